/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>
#include <unistd.h>

#include "session-fixture.h"
#include "settings/relay-file-watch.h"

/* What a session does when the files change that its account names. */

static guint
n_links (SessionFixture *self)
{
  return fake_peer_get_n_total (FAKE_PEER (self->gateway));
}

static void
test_missing_ca_file (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = g_build_filename (self->home, "ca.pem", NULL);
  g_autofree char *source = g_test_build_filename (G_TEST_DIST, "fakes", "localhost.pem", NULL);
  g_autofree char *pem = NULL;
  g_autofree char *lines = g_strdup_printf ("tls-ca-file=%s", path);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (source, NULL);

  g_clear_object (&self->platform);
  self->platform = g_object_new (FAKE_TYPE_PLATFORM, "certificate", certificate, NULL);
  session_fixture_apply (self, "", lines);
  session_fixture_expect_bad_settings (self, "bad-settings", "tls-ca-file * cannot be used: *");

  /* it is looked at again when it is there */
  g_assert_true (g_file_get_contents (source, &pem, NULL, NULL));
  g_assert_true (g_file_set_contents (path, pem, -1, NULL));
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unlink (path);
}

/* --- the key's file --- */

static char *
dup_key_path (SessionFixture *self)
{
  return g_build_filename (self->home, "platform.key", NULL);
}

static void
apply_key_file (SessionFixture *self)
{
  g_autofree char *path = dup_key_path (self);
  g_autofree char *lines =
      g_strdup_printf ("platform-url=%s\nplatform-key-file=%s", fake_peer_get_url (FAKE_PEER (self->platform)), path);

  session_fixture_apply_account (self, lines);
}

static gboolean
has_error (SessionFixture *self, const char *pattern)
{
  g_autofree char *error = session_fixture_dup_text (self, "last-error");

  return g_pattern_match_simple (pattern, error);
}

static void
write_key (const char *path, const char *key, int mode)
{
  g_assert_true (g_file_set_contents_full (path, key, -1, G_FILE_SET_CONTENTS_CONSISTENT, mode, NULL));
}

static void
test_key_file_appears (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);
  g_autofree char *key = NULL;

  apply_key_file (self);
  session_fixture_expect_bad_settings (self, "bad-settings", "platform-key-file *platform.key*");
  write_key (path, FIXTURE_KEY "\n", 0600);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  key = fake_platform_get_token (self->platform);
  g_assert_cmpstr (key, ==, FIXTURE_KEY);
  g_unlink (path);
}

/* Written piece by piece, as by an editor or a shell: the last word counts. */
static void
test_key_file_is_written_slowly (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);
  FILE *file;

  apply_key_file (self);
  fake_platform_set_key (self->platform, FIXTURE_KEY);
  session_fixture_expect_bad_settings (self, "bad-settings", "platform-key-file *platform.key*");
  file = g_fopen (path, "w");
  fake_wait_until (has_error (self, "*is readable by others*"));
  g_chmod (path, 0600);
  fake_wait_until (has_error (self, "no platform-key for account 'test'"));
  fputs ("platform-", file);
  fflush (file);
  fake_wait_until (has_error (self, "*unknown platform key*"));
  fputs ("key-4711\n", file);
  fclose (file);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unlink (path);
}

static void
test_key_file_gets_its_mode (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);

  write_key (path, FIXTURE_KEY, 0644);
  g_chmod (path, 0644);
  apply_key_file (self);
  session_fixture_expect_bad_settings (self, "bad-settings", "*is readable by others: chmod 600*");
  g_chmod (path, 0600);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unlink (path);
}

static void
test_key_file_changes_when_refused (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);

  fake_platform_set_key (self->platform, FIXTURE_KEY);
  write_key (path, "old", 0600);
  apply_key_file (self);
  session_fixture_expect_error (self, "platform-refused", "*unknown platform key");
  write_key (path, FIXTURE_KEY, 0600);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unlink (path);
}

/* As secrets are mounted: the file is a link to one in a folder that is a link, and that link is set anew. */
static void
test_key_file_behind_links (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);
  g_autofree char *current = g_build_filename (self->home, "current", NULL);
  g_autofree char *next = g_build_filename (self->home, "next", NULL);
  const char *const versions[] = { "first", "second", "third" };
  const char *const keys[] = { "old", "older", FIXTURE_KEY };

  g_assert_no_errno (symlink ("current/key", path));
  fake_platform_set_key (self->platform, FIXTURE_KEY);
  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_autofree char *folder = g_build_filename (self->home, versions[i], NULL);
      g_autofree char *key = g_build_filename (folder, "key", NULL);
      guint n_before = n_links (self);

      g_mkdir (folder, 0700);
      write_key (key, keys[i], 0600);
      g_assert_no_errno (symlink (versions[i], next));
      g_assert_no_errno (rename (next, current));
      if (i == 0)
        apply_key_file (self);
      fake_wait_until (n_links (self) > n_before);
      session_fixture_expect_state (self, i < 2 ? RELAY_STATE_RETRYING : RELAY_STATE_CONNECTED);
    }

  for (gsize i = 0; i < G_N_ELEMENTS (versions); i++)
    {
      g_autofree char *folder = g_build_filename (self->home, versions[i], NULL);
      g_autofree char *key = g_build_filename (folder, "key", NULL);

      g_unlink (key);
      g_rmdir (folder);
    }
  g_unlink (current);
  g_unlink (path);
}

static void
on_neighbour_changed (gpointer user_data)
{
  gboolean *has_changed = user_data;

  *has_changed = TRUE;
}

/* Whatever else is written into the folder is no reason to try again. */
static void
test_key_file_has_neighbours (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);
  g_autofree char *neighbour = g_build_filename (self->home, "neighbour", NULL);
  gboolean has_changed = FALSE;
  RelayFileWatch *watch = relay_file_watch_new (on_neighbour_changed, &has_changed);

  fake_platform_set_key (self->platform, FIXTURE_KEY);
  write_key (path, "old", 0600);
  apply_key_file (self);
  session_fixture_expect_error (self, "platform-refused", "*unknown platform key");
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);

  /* one that would be told of no sooner than the session */
  relay_file_watch_set_paths (watch, (const char *const[]){ neighbour, NULL });
  write_key (neighbour, "new", 0600);
  fake_wait_until (has_changed);
  fake_wait_settle ();
  g_assert_cmpuint (n_links (self), ==, 1);

  relay_file_watch_free (watch);
  g_unlink (neighbour);
  g_unlink (path);
}

/* The attempt under way has the old key: nobody waits for what comes of it. */
static void
test_key_file_changes_when_connecting (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);

  fake_platform_set_key (self->platform, FIXTURE_KEY);
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  write_key (path, "old", 0600);
  apply_key_file (self);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);
  fake_wait_settle ();
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_GOOD);
  write_key (path, FIXTURE_KEY, 0600);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unlink (path);
}

static void
on_changed (GFileMonitor *monitor, GFile *file, GFile *other, GFileMonitorEvent event, gboolean *has_changed)
{
  *has_changed = TRUE;
}

static void
test_key_file_changes_when_connected (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *path = dup_key_path (self);
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GFileMonitor) monitor = NULL;
  gboolean has_changed = FALSE;

  write_key (path, FIXTURE_KEY, 0600);
  apply_key_file (self);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  monitor = g_file_monitor_file (file, G_FILE_MONITOR_NONE, NULL, NULL);
  g_signal_connect (monitor, "changed", G_CALLBACK (on_changed), &has_changed);
  write_key (path, "new", 0600);
  fake_wait_until (has_changed);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTED);
  g_assert_cmpuint (n_links (self), ==, 1);
  g_unlink (path);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/session/bad-settings/missing-ca-file", test_missing_ca_file);
  session_fixture_add ("/session/key-file/appears", test_key_file_appears);
  session_fixture_add ("/session/key-file/is-written-slowly", test_key_file_is_written_slowly);
  session_fixture_add ("/session/key-file/gets-its-mode", test_key_file_gets_its_mode);
  session_fixture_add ("/session/key-file/changes-when-refused", test_key_file_changes_when_refused);
  session_fixture_add ("/session/key-file/behind-links", test_key_file_behind_links);
  session_fixture_add ("/session/key-file/has-neighbours", test_key_file_has_neighbours);
  session_fixture_add ("/session/key-file/changes-when-connecting", test_key_file_changes_when_connecting);
  session_fixture_add ("/session/key-file/changes-when-connected", test_key_file_changes_when_connected);

  return g_test_run ();
}
