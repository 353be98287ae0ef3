/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pump-fixture.h"

#include <glib/gstdio.h>

#include "fakes/fake-hang.h"

/* A workspace on a disk that hangs: what its account gets, and that nobody else notices. */

#define TIME_LIMIT_MS 30000
#define N_SLOTS 4
#define READ_PARAMS "{\"sessionKey\":\"agent:main:x\",\"path\":\"a.txt\"}"
#define WRITE_PARAMS "{\"sessionKey\":\"agent:main:x\",\"path\":\"a.txt\",\"content\":\"new\"}"
#define TIME_OVER " was not done after 30 s: *"
#define NO_ANSWER "The workspace's disk does not answer: *"

typedef struct {
  SessionFixture session;
  char *root; /* (owned) with a.txt in it, which says `old` */
} FilesFixture;

static FakeHang *disk;

static void
set_up (FilesFixture *self, gconstpointer unused)
{
  g_autofree char *file = NULL;
  g_autofree char *account = NULL;

  session_fixture_set_up (&self->session, NULL);
  self->root = g_dir_make_tmp ("gangway-disk-XXXXXX", NULL);
  file = g_build_filename (self->root, "a.txt", NULL);
  account = g_strdup_printf ("workspace-root=%s", self->root);
  g_assert_true (g_file_set_contents (file, "old", -1, NULL));
  session_fixture_apply (&self->session, "", account);
  session_fixture_connect (&self->session);
}

/* No write of these tests gets its turn in time. */
static void
tear_down (FilesFixture *self, gconstpointer unused)
{
  g_autofree char *file = g_build_filename (self->root, "a.txt", NULL);
  g_autofree char *content = NULL;

  session_fixture_tear_down (&self->session, NULL);
  g_assert_true (g_file_get_contents (file, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "old");
  g_assert_cmpint (g_unlink (file), ==, 0);
  g_assert_cmpint (g_rmdir (self->root), ==, 0);
  g_free (self->root);
}

static void
expect_refusal (FilesFixture *self, const char *id, const char *code, const char *pattern)
{
  g_autoptr (FakeMessage) answer = fake_platform_expect_answer (self->session.platform, id);
  g_autofree char *message = fake_message_get_string (answer, "error.message");

  g_assert_true (fake_message_has (answer, "error.code", code));
  if (!g_pattern_match_simple (pattern, message))
    g_error ("%s was answered “%s”, not like “%s”", id, message, pattern);
}

/* What is no matter of files is served. */
static void
expect_resolved (FilesFixture *self)
{
  g_autoptr (FakeMessage) answer =
      fake_platform_request (self->session.platform, "platform.session.resolve", PUMP_RESOLVE_PARAMS);

  g_assert_true (fake_message_has (answer, "ok", "true"));
}

/* Has all slots taken by requests that hang, with the ids p1, p2, … */
static void
hang_all (FilesFixture *self)
{
  guint n_before = fake_hang_get_n_held (disk);

  fake_hang_hold (disk, N_SLOTS);
  for (guint i = 0; i < N_SLOTS; i++)
    g_free (fake_platform_send_request (self->session.platform, "workspace.read", READ_PARAMS));
  fake_wait_until (fake_hang_get_n_held (disk) == n_before + N_SLOTS);
}

static gboolean
is_served (FilesFixture *self)
{
  g_autoptr (FakeMessage) answer = fake_platform_request (self->session.platform, "workspace.read", READ_PARAMS);

  return fake_message_has (answer, "payload.0.content", "old");
}

/* Each is answered in time, what waits for them as well, and it goes on when the disk does. */
static void
test_time (FilesFixture *self, gconstpointer unused)
{
  g_autofree char *waiting = NULL;
  g_autofree char *late = NULL;

  hang_all (self);
  waiting = fake_platform_send_request (self->session.platform, "workspace.read", READ_PARAMS);
  expect_resolved (self);

  fake_clock_advance_ms (self->session.clock, TIME_LIMIT_MS);
  expect_refusal (self, "p1", "TIMEOUT", "workspace.read" TIME_OVER);
  expect_refusal (self, "p4", "TIMEOUT", "workspace.read" TIME_OVER);
  expect_refusal (self, waiting, "UNAVAILABLE", NO_ANSWER);
  late = fake_platform_send_request (self->session.platform, "workspace.ls", READ_PARAMS);
  expect_refusal (self, late, "UNAVAILABLE", NO_ANSWER);

  fake_hang_release (disk);
  fake_wait_until (is_served (self));
}

/* Who comes back does not get more threads to hang. */
static void
test_reconnecting (FilesFixture *self, gconstpointer unused)
{
  g_autofree char *early = NULL;

  hang_all (self);
  relay_session_restart (self->session.session);
  fake_wait_until (relay_session_get_state (self->session.session) != RELAY_STATE_CONNECTED);
  session_fixture_connect (&self->session);

  early = fake_platform_send_request (self->session.platform, "workspace.read", READ_PARAMS);
  expect_resolved (self);
  fake_clock_advance_ms (self->session.clock, TIME_LIMIT_MS);
  expect_refusal (self, early, "UNAVAILABLE", NO_ANSWER);

  fake_hang_release (disk);
  fake_wait_until (is_served (self));
}

/* A change that was not made in time is not made later, under the eyes of those who came after. */
static void
test_write (FilesFixture *self, gconstpointer unused)
{
  g_autofree char *write = NULL;
  g_autofree char *read = NULL;

  fake_hang_hold (disk, 1);
  write = fake_platform_send_request (self->session.platform, "workspace.write", WRITE_PARAMS);
  read = fake_platform_send_request (self->session.platform, "workspace.read", READ_PARAMS);
  fake_wait_until (fake_hang_get_n_held (disk) == 1);
  fake_clock_advance_ms (self->session.clock, TIME_LIMIT_MS);
  expect_refusal (self, write, "TIMEOUT", "workspace.write" TIME_OVER);
  expect_refusal (self, read, "UNAVAILABLE", NO_ANSWER);

  fake_hang_release (disk);
  fake_wait_until (is_served (self));
}

/* A change waits for all that came before it; with one of that stuck, it is refused, and does not hold up those behind it.
 */
static void
test_write_behind_a_read (FilesFixture *self, gconstpointer unused)
{
  g_autofree char *read = NULL;
  g_autofree char *write = NULL;
  g_autofree char *late = NULL;

  fake_hang_hold (disk, 1);
  read = fake_platform_send_request (self->session.platform, "workspace.read", READ_PARAMS);
  write = fake_platform_send_request (self->session.platform, "workspace.write", WRITE_PARAMS);
  fake_wait_until (fake_hang_get_n_held (disk) == 1);
  fake_clock_advance_ms (self->session.clock, TIME_LIMIT_MS);
  expect_refusal (self, read, "TIMEOUT", "workspace.read" TIME_OVER);
  expect_refusal (self, write, "UNAVAILABLE", NO_ANSWER);

  g_assert_true (is_served (self));
  late = fake_platform_send_request (self->session.platform, "workspace.write", WRITE_PARAMS);
  expect_refusal (self, late, "UNAVAILABLE", NO_ANSWER);
  g_assert_true (is_served (self));

  fake_hang_release (disk);
}

/* Accounts whose files hang, more than there are threads for all, take nothing from those whose files do not. */
static void
test_others (FilesFixture *self, gconstpointer unused)
{
  FilesFixture hanging[8] = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (hanging); i++)
    {
      set_up (&hanging[i], NULL);
      hang_all (&hanging[i]);
    }
  g_assert_cmpuint (fake_hang_get_n_held (disk), ==, G_N_ELEMENTS (hanging) * N_SLOTS);
  g_assert_true (is_served (self));

  fake_hang_release (disk);
  for (guint i = 0; i < G_N_ELEMENTS (hanging); i++)
    tear_down (&hanging[i], NULL);
}

static void
on_finalized (gpointer data, GObject *session)
{
  fake_hang_release (disk);
}

/* A file that hangs outlives the session that it was read for, which does not wait for it; what waits for its turn does not.
 */
static void
test_outlives_the_session (FilesFixture *self, gconstpointer unused)
{
  hang_all (self);
  for (guint i = 0; i < N_SLOTS; i++)
    g_free (fake_platform_send_request (self->session.platform, "workspace.write", WRITE_PARAMS));
  expect_resolved (self);
  g_object_weak_ref (G_OBJECT (self->session.session), on_finalized, NULL);
}

static void
add (const char *path, void (*test) (FilesFixture *self, gconstpointer unused))
{
  g_test_add (path, FilesFixture, NULL, set_up, test, tear_down);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  disk = fake_hang_new ();

  add ("/limits/files/time", test_time);
  add ("/limits/files/reconnecting", test_reconnecting);
  add ("/limits/files/write", test_write);
  add ("/limits/files/write-behind-a-read", test_write_behind_a_read);
  add ("/limits/files/others", test_others);
  add ("/limits/files/outlives-the-session", test_outlives_the_session);

  status = g_test_run ();
  fake_hang_free (disk);
  return status;
}
