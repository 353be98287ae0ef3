/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "keyring-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* The service and the command line with a real gnome-keyring. The fixture sees to it that none of them asks the user. */

static Program *
pair (KeyringFixture *self, FakePlatform *platform, const char *more)
{
  g_autofree char *key_file = g_build_filename (self->service.dir, "key-of-the-user", NULL);

  g_assert_true (g_file_set_contents (key_file, SERVICE_KEY "\n", -1, NULL));
  return program_run_gangway (&self->service, "pair", fake_peer_get_url (FAKE_PEER (platform)), "--key-file", key_file,
                              more);
}

static char *
dup_note (KeyringFixture *self)
{
  g_autofree char *filename = g_build_filename (self->service.dir, "gangway", "keys", "platform", NULL);
  char *text = NULL;

  g_file_get_contents (filename, &text, NULL, NULL);
  return text;
}

static void
start_paired (KeyringFixture *self)
{
  g_autoptr (Program) program = NULL;

  keyring_start (self);
  program = pair (self, self->service.platform, NULL);
  g_assert_cmpint (program->exit_code, ==, 0);
  service_wait_for_state (&self->service, "platform", "connected");
}

static void
assert_waits_for_keyring (KeyringFixture *self)
{
  fake_wait_until (service_property_is (&self->service, "platform", "LastErrorCode", "key-locked"));
  g_assert_true (service_property_is (&self->service, "platform", "State", "disconnected"));
  g_assert_true (service_property_is (&self->service, "platform", "KeyStatus", "locked"));
}

static void
test_pair (KeyringFixture *self, gconstpointer data)
{
  g_autofree char *note = NULL;
  g_autofree char *config = NULL;
  g_autofree char *token = NULL;

  start_paired (self);
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 1);
  token = fake_platform_get_token (self->service.platform);
  g_assert_cmpstr (token, ==, SERVICE_KEY);
  g_assert_true (service_property_is (&self->service, "platform", "KeyStatus", "available"));

  /* and nowhere else */
  note = dup_note (self);
  g_assert_nonnull (note);
  g_assert_null (strstr (note, SERVICE_KEY));
  g_assert_true (g_file_get_contents (self->service.config_file, &config, NULL, NULL));
  g_assert_null (strstr (config, SERVICE_KEY));
}

static void
test_locked_at_start (KeyringFixture *self, gconstpointer data)
{
  start_paired (self);
  service_stop (&self->service);
  keyring_lock (self);
  service_start (&self->service);
  assert_waits_for_keyring (self);

  keyring_unlock (self);
  service_wait_for_state (&self->service, "platform", "connected");
  g_assert_true (service_property_is (&self->service, "platform", "KeyStatus", "available"));
}

/* With linger the service starts with the computer, and the keyring with the login. */
static void
test_keyring_comes_late (KeyringFixture *self, gconstpointer data)
{
  start_paired (self);
  service_stop (&self->service);
  keyring_stop (self);
  service_start (&self->service);
  assert_waits_for_keyring (self);

  keyring_start (self);
  service_wait_for_state (&self->service, "platform", "connected");
}

/* A link that is up needs no key. */
static void
test_locked_while_connected (KeyringFixture *self, gconstpointer data)
{
  start_paired (self);
  keyring_lock (self);
  keyring_unlock (self);
  keyring_stop (self);
  g_variant_unref (service_call_manager (&self->service, "GetStatus"));
  g_assert_true (service_property_is (&self->service, "platform", "State", "connected"));
  /* one for the trial, one for the service */
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->service.platform)), ==, 2);
}

static char *
replace_url (KeyringFixture *self, FakePlatform *from, FakePlatform *to, const char *filename)
{
  g_autofree char *text = NULL;
  GString *edited;

  g_assert_true (g_file_get_contents (filename, &text, NULL, NULL));
  edited = g_string_new (text);
  g_string_replace (edited, fake_peer_get_url (FAKE_PEER (from)), fake_peer_get_url (FAKE_PEER (to)), 0);
  g_assert_true (g_file_set_contents_full (filename, edited->str, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
  return g_string_free (edited, FALSE);
}

/* Whoever edits gangway.conf does not get the key: nothing is even dialled. */
static void
test_other_origin (KeyringFixture *self, gconstpointer data)
{
  ServiceFixture *service = &self->service;
  FakePeer *evil = FAKE_PEER (service->platform2);
  g_autofree char *edited = NULL;
  g_autofree char *restored = NULL;

  start_paired (self);
  edited = replace_url (self, service->platform, service->platform2, service->config_file);
  fake_wait_until (service_property_is (service, "platform", "LastErrorCode", "url-changed"));
  g_assert_true (service_property_is (service, "platform", "State", "disconnected"));
  g_assert_cmpuint (fake_peer_get_n_total (evil), ==, 0);

  restored = replace_url (self, service->platform2, service->platform, service->config_file);
  service_wait_for_state (service, "platform", "connected");
  g_assert_cmpuint (fake_peer_get_n_total (evil), ==, 0);
}

/* Nor whoever edits the note of the pairing as well, whether the keyring is locked or not, or throws it away. */
static void
test_other_origin_in_the_note (KeyringFixture *self, gconstpointer data)
{
  ServiceFixture *service = &self->service;
  g_autofree char *note_file = g_build_filename (service->dir, "gangway", "keys", "platform", NULL);
  g_autofree char *note = NULL;
  g_autofree char *config = NULL;

  start_paired (self);
  service_stop (&self->service);
  note = replace_url (self, service->platform, service->platform2, note_file);
  config = replace_url (self, service->platform, service->platform2, service->config_file);
  service_start (service);
  fake_wait_until (service_property_is (service, "platform", "LastErrorCode", "url-changed"));

  keyring_lock (self);
  service_stop (&self->service);
  service_start (service);
  fake_wait_until (service_property_is (service, "platform", "LastErrorCode", "url-changed"));

  g_assert_cmpint (g_unlink (note_file), ==, 0);
  service_stop (&self->service);
  service_start (service);
  fake_wait_until (service_property_is (service, "platform", "LastErrorCode", "url-changed"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (service->platform2)), ==, 0);
}

/* Then it is bound to the new address, and to that only. */
static void
test_pair_with_another_address (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) refused = NULL;
  g_autoptr (Program) moved = NULL;
  ServiceFixture *service = &self->service;

  start_paired (self);
  refused = pair (self, service->platform2, NULL);
  g_assert_cmpint (refused->exit_code, ==, 2);
  g_assert_nonnull (strstr (refused->errors, "--account platform"));
  moved = pair (self, service->platform2, "--account=platform");
  g_assert_cmpint (moved->exit_code, ==, 0);
  fake_wait_until (
      service_property_is (service, "platform", "PlatformUrl", fake_peer_get_url (FAKE_PEER (service->platform2))));
  service_wait_for_state (service, "platform", "connected");
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 1);
}

/* The user's state folder can be gone, or be another machine's. */
static void
test_note_is_lost (KeyringFixture *self, gconstpointer data)
{
  g_autofree char *note_file = g_build_filename (self->service.dir, "gangway", "keys", "platform", NULL);

  start_paired (self);
  service_stop (&self->service);
  g_assert_cmpint (g_unlink (note_file), ==, 0);
  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "connected");
}

static void
test_key_is_deleted (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  start_paired (self);
  service_stop (&self->service);
  keyring_delete_keys (self, "platform");
  service_start (&self->service);
  fake_wait_until (service_property_is (&self->service, "platform", "LastErrorCode", "no-key"));
  g_assert_true (service_property_is (&self->service, "platform", "KeyStatus", "missing"));

  program = pair (self, self->service.platform, NULL);
  g_assert_cmpint (program->exit_code, ==, 0);
  service_wait_for_state (&self->service, "platform", "connected");
}

static void
test_locked_while_pairing (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) locked = NULL;
  g_autoptr (Program) unlocked = NULL;
  g_autofree char *note = NULL;

  keyring_start (self);
  keyring_lock (self);
  locked = pair (self, self->service.platform, NULL);
  g_assert_cmpint (locked->exit_code, ==, 0);
  g_assert_nonnull (strstr (locked->output, "Your keyring is locked"));
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 0);
  service_wait_for_state (&self->service, "platform", "connected");

  /* and later it moves */
  keyring_unlock (self);
  unlocked = pair (self, self->service.platform, NULL);
  g_assert_cmpint (unlocked->exit_code, ==, 0);
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 1);
  note = dup_note (self);
  g_assert_null (strstr (note, SERVICE_KEY));
}

/* On a desktop the user is asked, by the command that they have typed; here there is nobody to answer. */
static void
test_not_unlocked_while_pairing (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autofree char *note = NULL;

  keyring_start (self);
  keyring_lock (self);
  service_setenv (&self->service, "DISPLAY", ":99");
  program = pair (self, self->service.platform, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  g_assert_nonnull (strstr (program->errors, "gangway: the key cannot be stored: the keyring cannot be used: "));
  g_assert_nonnull (strstr (program->errors, "Nothing was saved.\n"));
  note = dup_note (self);
  g_assert_null (note);
  g_assert_cmpuint (keyring_take_questions (self), >, 0);
}

static void
test_unpair (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autofree char *note = NULL;

  start_paired (self);
  program = program_run_gangway (&self->service, "unpair");
  g_assert_cmpint (program->exit_code, ==, 0);
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 0);
  note = dup_note (self);
  g_assert_null (note);
  fake_wait_until (!service_has_account (&self->service, "platform"));
}

/* The account is gone at once; its key can be removed when the keyring is unlocked. */
static void
test_unpair_while_locked (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) locked = NULL;
  g_autoptr (Program) unlocked = NULL;
  g_autoptr (Program) again = NULL;

  start_paired (self);
  keyring_lock (self);
  locked = program_run_gangway (&self->service, "unpair", "platform");
  g_assert_cmpint (locked->exit_code, ==, 1);
  g_assert_nonnull (strstr (locked->errors, "gangway unpair platform"));
  fake_wait_until (!service_has_account (&self->service, "platform"));
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 1);

  keyring_unlock (self);
  unlocked = program_run_gangway (&self->service, "unpair", "platform");
  g_assert_cmpint (unlocked->exit_code, ==, 0);
  g_assert_cmpuint (keyring_count_keys (self, "platform"), ==, 0);
  again = program_run_gangway (&self->service, "unpair", "platform");
  g_assert_cmpint (again->exit_code, ==, 4);
}

static gboolean
has_changed (ServiceFixture *self, const char *path)
{
  for (guint i = 0; i < self->changes->len; i++)
    {
      const char *changed_path;

      g_variant_get_child (g_ptr_array_index (self->changes, i), 0, "&o", &changed_path);
      if (g_str_equal (changed_path, path))
        return TRUE;
    }

  return FALSE;
}

/* Other programs store secrets all the time: that is no reason to skip a wait, or to drop a link. */
static void
test_other_secrets (KeyringFixture *self, gconstpointer data)
{
  ServiceFixture *service = &self->service;
  g_autofree char *account = NULL;

  start_paired (self);
  fake_connection_close (fake_platform_get_ready (service->platform), 4001, "bye now");
  service_wait_for_state (service, "platform", "retrying");
  account = g_strdup_printf ("[account platform]\nplatform-url=%s\n[account late]\nplatform-url=%s\n",
                             fake_peer_get_url (FAKE_PEER (service->platform)),
                             fake_peer_get_url (FAKE_PEER (service->platform2)));
  service_configure (service, account);
  fake_wait_until (service_property_is (service, "late", "LastErrorCode", "no-key"));

  /* the one without a key looks again, which shows that the other one had its chance */
  g_ptr_array_set_size (service->changes, 0);
  keyring_add_other_secret (self);
  fake_wait_until (has_changed (service, SERVICE_PATH "/session/late"));
  fake_wait_until (service_property_is (service, "late", "LastErrorCode", "no-key"));
  g_assert_true (service_property_is (service, "platform", "State", "retrying"));
}

/* A keyring that does not answer keeps nobody else waiting. */
static void
test_keyring_hangs (KeyringFixture *self, gconstpointer data)
{
  ServiceFixture *service = &self->service;
  g_autofree char *accounts = NULL;
  g_autofree char *other = service_account ("other", service->platform2, "");

  start_paired (self);
  service_stop (&self->service);
  accounts =
      g_strdup_printf ("[account platform]\nplatform-url=%s\n%s", fake_peer_get_url (FAKE_PEER (service->platform)), other);
  service_configure (service, accounts);
  g_subprocess_send_signal (self->daemon, SIGSTOP);
  service_start (service);
  service_wait_for_state (service, "other", "connected");
  g_assert_true (service_property_is (service, "platform", "State", "connecting"));
  g_assert_true (service_property_is (service, "platform", "LastErrorCode", ""));
  service_stop (&self->service);
}

/* The true cause, of which the rest only follows. */
static void
test_doctor (KeyringFixture *self, gconstpointer data)
{
  g_autoptr (Program) unlocked = NULL;
  g_autoptr (Program) locked = NULL;

  start_paired (self);
  unlocked = program_run_gangway (&self->service, "doctor");
  g_assert_nonnull (strstr (unlocked->output, "\nok       platform, keyring: it is unlocked, and has the key\n"));

  keyring_lock (self);
  service_stop (&self->service);
  locked = program_run_gangway (&self->service, "doctor");
  g_assert_cmpint (locked->exit_code, ==, 1);
  g_assert_nonnull (strstr (locked->output,
                            "\nFAILED   platform, keyring: the key for the platform is locked away (the key of "
                            "account 'platform' is in a keyring that is locked)\n"
                            "           What to do: Log in to your desktop, or unlock"));
  g_assert_true (strstr (locked->output, "FAILED") == strstr (locked->output, "FAILED   platform, keyring"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  keyring_test_add ("/keyring/pair", test_pair);
  keyring_test_add ("/keyring/locked-at-start", test_locked_at_start);
  keyring_test_add ("/keyring/keyring-comes-late", test_keyring_comes_late);
  keyring_test_add ("/keyring/locked-while-connected", test_locked_while_connected);
  keyring_test_add ("/keyring/other-origin", test_other_origin);
  keyring_test_add ("/keyring/other-origin-in-the-note", test_other_origin_in_the_note);
  keyring_test_add ("/keyring/pair-with-another-address", test_pair_with_another_address);
  keyring_test_add ("/keyring/note-is-lost", test_note_is_lost);
  keyring_test_add ("/keyring/key-is-deleted", test_key_is_deleted);
  keyring_test_add ("/keyring/locked-while-pairing", test_locked_while_pairing);
  keyring_test_add ("/keyring/not-unlocked-while-pairing", test_not_unlocked_while_pairing);
  keyring_test_add ("/keyring/unpair", test_unpair);
  keyring_test_add ("/keyring/unpair-while-locked", test_unpair_while_locked);
  keyring_test_add ("/keyring/other-secrets", test_other_secrets);
  keyring_test_add ("/keyring/keyring-hangs", test_keyring_hangs);
  keyring_test_add ("/keyring/doctor", test_doctor);

  return g_test_run ();
}
