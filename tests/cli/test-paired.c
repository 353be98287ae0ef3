/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pair-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* Accounts that are paired: with another key, another platform, another address, no more. */

static void
test_account_that_is_there (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account =
      service_account ("platform", self->platform, "# why\nenabled=false\nstrict-user-ids=true\nplatform-key-file=~/key");
  g_autoptr (Program) program = NULL;
  g_autofree char *config = NULL;

  service_configure (self, account);
  program = pair_run (self, self->platform, "another-key", NULL);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "platform-key");
  config = pair_dup_file (self->config_file);
  assert_contains (config, "\n# why\nstrict-user-ids=true\n");
  assert_lacks (config, "platform-key");
  assert_lacks (config, "enabled");
  g_assert_true (service_property_is (self, "platform", "State", "connected"));
}

static void
test_pair_again (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) first = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_autoptr (Program) second = NULL;
  g_autofree char *token = NULL;
  guint n_before;

  g_assert_cmpint (first->exit_code, ==, 0);
  fake_platform_set_key (self->platform, "new-key");
  n_before = fake_peer_get_n_total (FAKE_PEER (self->platform));
  second = pair_run (self, self->platform, "new-key", NULL);
  g_assert_cmpint (second->exit_code, ==, 0);
  /* the trial and the service, which does not go on with the old key */
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == n_before + 2);
  service_wait_for_state (self, "platform", "connected");
  token = fake_platform_get_token (self->platform);
  g_assert_cmpstr (token, ==, "new-key");
}

static void
test_second_platform (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) first = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_autoptr (Program) unnamed = pair_run (self, self->platform2, SERVICE_KEY, NULL);
  g_autoptr (Program) second = pair_run (self, self->platform2, SERVICE_KEY, "--account=second");
  g_autoptr (Program) again = pair_run (self, self->platform2, SERVICE_KEY, NULL);
  g_autoptr (Program) which = program_run_gangway (self, "unpair");

  g_assert_cmpint (first->exit_code, ==, 0);
  g_assert_cmpint (unnamed->exit_code, ==, 2);
  assert_contains (unnamed->errors, "--account NAME");
  g_assert_cmpint (second->exit_code, ==, 0);
  service_wait_for_state (self, "second", "connected");
  service_wait_for_state (self, "platform", "connected");

  /* it is told by its address then */
  g_assert_cmpint (again->exit_code, ==, 0);
  assert_contains (again->output, "Pairing account “second”");
  g_assert_cmpint (which->exit_code, ==, 2);
  assert_contains (which->errors, "platform, second");
}

static void
edit_config (ServiceFixture *self, const char *from, const char *to)
{
  g_autofree char *config = pair_dup_file (self->config_file);
  g_autoptr (GString) edited = g_string_new (config);

  g_assert_cmpuint (g_string_replace (edited, from, to, 0), >, 0);
  service_configure_raw (self, edited->str);
}

static void
test_other_origin (ServiceFixture *self, gconstpointer data)
{
  const char *good = fake_peer_get_url (FAKE_PEER (self->platform));
  const char *evil = fake_peer_get_url (FAKE_PEER (self->platform2));
  g_autoptr (Program) program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_autoptr (Program) status = NULL;

  g_assert_cmpint (program->exit_code, ==, 0);
  edit_config (self, good, evil);
  fake_wait_until (service_property_is (self, "platform", "LastErrorCode", "url-changed"));
  g_assert_true (service_property_is (self, "platform", "State", "disconnected"));
  status = program_run_gangway (self, "status");
  assert_contains (status->output, "Set platform-url back to what it was, or pair the account with the new address.");
  service_stop (self);
  service_start (self);
  fake_wait_until (service_property_is (self, "platform", "LastErrorCode", "url-changed"));

  edit_config (self, evil, good);
  service_wait_for_state (self, "platform", "connected");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform2)), ==, 0);
}

static void
test_note_as_a_key_file (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *note_file = pair_dup_note_file (self, "platform");
  g_autofree char *line = g_strconcat ("\nplatform-key-file=", note_file, NULL);
  const char *good = fake_peer_get_url (FAKE_PEER (self->platform));
  g_autofree char *evil = g_strconcat (fake_peer_get_url (FAKE_PEER (self->platform2)), line, NULL);
  g_autoptr (Program) program = pair_run (self, self->platform, SERVICE_KEY, NULL);

  g_assert_cmpint (program->exit_code, ==, 0);
  edit_config (self, good, evil);
  fake_wait_until (service_property_is (self, "platform", "LastErrorCode", "bad-settings"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform2)), ==, 0);
}

static void
test_open_note (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *note_file = pair_dup_note_file (self, "platform");
  g_autoptr (Program) program = pair_run (self, self->platform, SERVICE_KEY, NULL);

  g_assert_cmpint (program->exit_code, ==, 0);
  service_stop (self);
  g_assert_cmpint (g_chmod (note_file, 0644), ==, 0);
  service_start (self);
  fake_wait_until (service_property_is (self, "platform", "LastErrorCode", "bad-settings"));
}

static void
test_unpair (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *note_file = pair_dup_note_file (self, "platform");
  g_autoptr (Program) program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_autoptr (Program) unknown = program_run_gangway (self, "unpair", "x");
  g_autoptr (Program) unpair = program_run_gangway (self, "unpair", "platform");
  g_autoptr (Program) again = NULL;
  g_autofree char *config = NULL;

  g_assert_cmpint (program->exit_code, ==, 0);
  g_assert_cmpint (unknown->exit_code, ==, 4);
  assert_contains (unknown->errors, "only: platform");
  g_assert_cmpint (unpair->exit_code, ==, 0);
  g_assert_false (g_file_test (note_file, G_FILE_TEST_EXISTS));
  config = pair_dup_file (self->config_file);
  g_assert_true (g_str_has_suffix (config, PAIR_COMMENT));
  fake_wait_until (!service_has_account (self, "platform"));
  fake_peer_expect_empty (self->platform);
  again = program_run_gangway (self, "unpair");
  g_assert_cmpint (again->exit_code, ==, 4);
}

static void
test_unpair_leaves_key_files (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *key_file = pair_write_key (self, SERVICE_KEY);
  g_autofree char *account =
      g_strdup_printf ("[account platform]\nplatform-url=wss://platform.example/\nplatform-key-file=%s\n", key_file);
  g_autoptr (Program) program = NULL;

  service_configure (self, account);
  program = program_run_gangway (self, "unpair");
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, key_file);
  g_assert_true (g_file_test (key_file, G_FILE_TEST_EXISTS));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pair_test_add ("/paired/account-that-is-there", test_account_that_is_there);
  pair_test_add ("/paired/pair-again", test_pair_again);
  pair_test_add ("/paired/second-platform", test_second_platform);
  pair_test_add ("/paired/other-origin", test_other_origin);
  pair_test_add ("/paired/note-as-a-key-file", test_note_as_a_key_file);
  pair_test_add ("/paired/open-note", test_open_note);
  pair_test_add ("/paired/unpair", test_unpair);
  pair_test_add ("/paired/unpair-leaves-key-files", test_unpair_leaves_key_files);

  return g_test_run ();
}
