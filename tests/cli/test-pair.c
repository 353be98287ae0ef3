/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pair-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* A first account, and all that can go wrong with it. */

static void
test_pair (ServiceFixture *self, gconstpointer data)
{
  static const char steps[] = "  calling the OpenClaw gateway … ok\n"
                              "  waiting for the gateway's greeting … ok\n"
                              "  calling the platform … ok\n"
                              "  waiting for the platform to introduce itself … ok\n"
                              "  waiting for the gateway to accept the platform … ok\n";
  static const char *const lines[] = {
    "Pairing account “platform” with ws://127.0.0.1:",
    steps,
    "Saved as account “platform” in ",
    "There is no keyring, so the key is in ",
    "“platform” is connected.\n",
  };
  g_autofree char *note_file = pair_dup_note_file (self, "platform");
  g_autofree char *config = NULL;
  g_autofree char *note = NULL;
  g_autofree char *token = NULL;
  g_autoptr (Program) program = pair_run (self, self->platform, SERVICE_KEY "\n", NULL);

  g_assert_cmpint (program->exit_code, ==, 0);
  g_assert_cmpstr (program->errors, ==, "");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    assert_contains (program->output, lines[i]);
  assert_lacks (program->output, SERVICE_KEY);
  token = fake_platform_get_token (self->platform);
  g_assert_cmpstr (token, ==, SERVICE_KEY);
  g_assert_true (service_property_is (self, "platform", "State", "connected"));

  /* the file is the user's, with an account more, and without a secret */
  config = pair_dup_file (self->config_file);
  assert_contains (config, PAIR_COMMENT "\n[account platform]\nplatform-url=ws://127.0.0.1:");
  assert_lacks (config, SERVICE_KEY);
  pair_assert_private (self->config_file);
  note = pair_dup_file (note_file);
  assert_contains (note, "key=" SERVICE_KEY "\n");
  pair_assert_private (note_file);
}

/* The trial leaves no socket behind, on either side: what is open is the service's. */
static void
test_trial_ends (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = pair_run (self, self->platform, SERVICE_KEY, NULL);

  g_assert_cmpint (program->exit_code, ==, 0);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 2);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 2);
  fake_wait_until (fake_peer_get_n_open (FAKE_PEER (self->gateway)) == 1);
  fake_wait_until (fake_peer_get_n_open (FAKE_PEER (self->platform)) == 1);
}

static void
test_first_account_of_all (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autofree char *config = NULL;

  g_assert_cmpint (g_unlink (self->config_file), ==, 0);
  service_setenv (self, "OPENCLAW_GATEWAY_TOKEN", SERVICE_TOKEN);
  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  service_setenv (self, "OPENCLAW_GATEWAY_PORT", "1");
  program = pair_run (self, self->platform, SERVICE_KEY, "--account=first");
  g_assert_cmpint (program->exit_code, ==, 0);
  config = pair_dup_file (self->config_file);
  g_assert_true (g_str_has_prefix (config, "[account first]\nplatform-url=ws://127.0.0.1:"));
  pair_assert_private (self->config_file);
}

static void
test_key_is_refused (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  fake_platform_set_key (self->platform, "another key");
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->output, "  waiting for the platform to introduce itself … failed\n");
  assert_contains (program->errors, "Problem: the platform refused the connection\n");
  assert_contains (program->errors, "What to do: See whether the platform still accepts this key");
  assert_contains (program->errors, "Nothing was saved.");
  assert_lacks (program->errors, SERVICE_KEY);
  pair_assert_nothing_saved (self);
}

/* A platform that throws the key back at us does not get it onto the screen. */
static void
test_key_in_a_message (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  fake_platform_set_mode (self->platform, FAKE_PLATFORM_ERROR);
  fake_platform_set_error (self->platform, "no such key: " SERVICE_KEY "\033[2J");
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, "no such key: ");
  assert_lacks (program->errors, SERVICE_KEY);
  assert_lacks (program->errors, "\033");
}

static void
test_platform_is_down (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  fake_peer_stop_listening (FAKE_PEER (self->platform));
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->output, "  calling the platform … failed\n");
  assert_contains (program->errors, "Problem: the platform cannot be reached\n");
  assert_contains (program->errors, "What to do: See whether this computer is online and whether the address is right.\n");
  assert_contains (program->errors, "Nothing was saved. Run “gangway pair” again after that.\n");
  pair_assert_nothing_saved (self);
}

static void
test_gateway_refuses (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_REFUSE_TOKEN);
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->output, "  waiting for the gateway to accept the platform … failed\n");
  assert_contains (program->errors, "Problem: the OpenClaw gateway refused the connection\n");
  pair_assert_nothing_saved (self);
}

/* The user has done their part: it connects when OpenClaw is started. Until then nobody gets the key. */
static void
test_gateway_is_down (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autoptr (Program) reconnect = NULL;
  g_autoptr (GError) error = NULL;

  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "  calling the OpenClaw gateway … failed\n");
  assert_contains (program->output, "  calling the platform … ok\n");
  assert_contains (program->output, "The key could not be tried.");
  g_assert_null (fake_platform_get_pre_handshake (self->platform));
  service_wait_for_state (self, "platform", "retrying");

  g_assert_true (fake_peer_listen (FAKE_PEER (self->gateway), &error));
  reconnect = program_run_gangway (self, "reconnect");
  service_wait_for_state (self, "platform", "connected");
}

static void
test_both_are_down (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  fake_peer_stop_listening (FAKE_PEER (self->platform));
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, "Problem: the platform cannot be reached\n");
  pair_assert_nothing_saved (self);
}

static void
test_wrong_addresses (ServiceFixture *self, gconstpointer data)
{
  static const struct {
    const char *url;
    int exit_code;
    const char *message;
  } cases[] = {
    { "http://platform.example/", 2, "must use ws:// or wss:// (got http)" },
    { "platform.example", 2, "must use ws:// or wss:// (got none)" },
    { "wss://me:pw@platform.example/", 2, "must not contain a user name or password" },
    { "", 2, "must use ws:// or wss:// (got none)" },
    { "ws://platform.example/", 1, "would send credentials to platform.example in the clear" },
  };
  g_autofree char *key_file = pair_write_key (self, SERVICE_KEY);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Program) program = program_run_gangway (self, "pair", cases[i].url, "--key-file", key_file);

      g_assert_cmpint (program->exit_code, ==, cases[i].exit_code);
      assert_contains (program->errors, cases[i].message);
      assert_lacks (program->errors, "me:pw");
    }
  pair_assert_nothing_saved (self);
}

static void
test_usage (ServiceFixture *self, gconstpointer data)
{
  const char *url = fake_peer_get_url (FAKE_PEER (self->platform));
  g_autoptr (Program) nothing = program_run_gangway (self, "pair");
  g_autoptr (Program) many = program_run_gangway (self, "pair", url, "the-key");
  g_autoptr (Program) no_terminal = program_run_gangway (self, "pair", url);
  g_autoptr (Program) name = program_run_gangway (self, "pair", url, "--account", "../x");
  g_autoptr (Program) unpair = program_run_gangway (self, "unpair", "a", "b");

  g_assert_cmpint (nothing->exit_code, ==, 2);
  assert_contains (nothing->errors, "wss://…");
  g_assert_cmpint (many->exit_code, ==, 2);
  assert_lacks (many->errors, "the-key");
  g_assert_cmpint (no_terminal->exit_code, ==, 2);
  assert_contains (no_terminal->errors, "--key-file -");
  g_assert_cmpint (name->exit_code, ==, 2);
  assert_contains (name->errors, "“../x” is no name for an account");
  g_assert_cmpint (unpair->exit_code, ==, 2);
  pair_assert_nothing_saved (self);
}

static void
test_wrong_keys (ServiceFixture *self, gconstpointer data)
{
  static const struct {
    const char *text;
    const char *message;
  } cases[] = {
    { "", "no key was given" },
    { " \n\n", "no key was given" },
    { "two words\n", "must hold nothing but the key" },
    { "two\nlines\n", "must hold nothing but the key" },
  };
  g_autofree char *folder = g_strconcat ("--key-file=", self->dir, NULL);
  g_autoptr (Program) missing =
      program_run_gangway (self, "pair", fake_peer_get_url (FAKE_PEER (self->platform)), "--key-file", "/nonexistent/key");
  g_autoptr (Program) of_folder = program_run_gangway (self, "pair", fake_peer_get_url (FAKE_PEER (self->platform)), folder);

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Program) program = pair_run (self, self->platform, cases[i].text, NULL);

      g_assert_cmpint (program->exit_code, ==, 1);
      assert_contains (program->errors, cases[i].message);
      assert_lacks (program->errors, "two");
    }
  g_assert_cmpint (missing->exit_code, ==, 1);
  assert_contains (missing->errors, "/nonexistent/key does not exist");
  g_assert_cmpint (of_folder->exit_code, ==, 1);
  assert_contains (of_folder->errors, "is a folder");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);
  pair_assert_nothing_saved (self);
}

static void
test_key_from_standard_input (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *key_file = pair_write_key (self, SERVICE_KEY "\n");
  g_autoptr (Program) program =
      program_run (self, (const char *const[]){ "sh", "-c", "exec \"$0\" pair \"$1\" --key-file - < \"$2\"", GANGWAY,
                                                fake_peer_get_url (FAKE_PEER (self->platform)), key_file, NULL });
  g_autofree char *token = NULL;

  g_assert_cmpint (program->exit_code, ==, 0);
  token = fake_platform_get_token (self->platform);
  g_assert_cmpstr (token, ==, SERVICE_KEY);
}

static void
test_broken_settings (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autoptr (Program) unpair = NULL;
  g_autofree char *config = NULL;

  service_configure_raw (self, "[account platform\n" PAIR_COMMENT);
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  unpair = program_run_gangway (self, "unpair");
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, "gangway.conf line 1 is not a group");
  assert_contains (program->errors, "nothing was changed");
  g_assert_cmpint (unpair->exit_code, ==, 1);
  config = pair_dup_file (self->config_file);
  g_assert_cmpstr (config, ==, "[account platform\n" PAIR_COMMENT);
}

/* What was set by hand stays, but for the key, which would be found before the one that is paired. */
/* A new key for the same address, while the old one is in use. */
/* Whoever edits gangway.conf does not get the key: nothing is even dialled. */
/* Nor by naming the file that the key is in, beside an address of their own. */
/* A file that the user made is the user's to delete. */
static void
test_no_bus (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autofree char *config = NULL;

  service_setenv (self, "DBUS_SESSION_BUS_ADDRESS", "unix:path=/nonexistent");
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "Start it with: gangwayd");
  config = pair_dup_file (self->config_file);
  assert_contains (config, "[account platform]");
}

/* The service's own file, wherever that is. */
static void
test_service_with_another_file (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *other_file = g_build_filename (self->dir, "other.conf", NULL);
  g_autofree char *config = pair_dup_file (self->config_file);
  g_autofree char *account = service_account ("other", self->platform2, "");
  g_autofree char *text = g_strconcat (config, account, NULL);
  g_autofree char *edited = NULL;
  g_autoptr (Program) gangwayd = NULL;
  g_autoptr (Program) program = NULL;

  g_assert_true (g_file_set_contents (other_file, text, -1, NULL));
  gangwayd = program_start_gangwayd (self, "--config", other_file);
  fake_platform_wait_ready (self->platform2);
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 0);
  edited = pair_dup_file (other_file);
  assert_contains (edited, "[account platform]");
}

static void
test_settings_cannot_be_written (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->dir, "a-file", NULL);
  g_autofree char *config_file = g_build_filename (folder, "gangway.conf", NULL);
  g_autofree char *note_file = pair_dup_note_file (self, "platform");
  g_autofree char *port = g_strdup_printf ("%u", fake_peer_get_port (FAKE_PEER (self->gateway)));
  g_autoptr (Program) program = NULL;

  g_assert_true (g_file_set_contents (folder, "in the way", -1, NULL));
  service_setenv (self, "GANGWAY_CONFIG", config_file);
  service_setenv (self, "OPENCLAW_GATEWAY_PORT", port);
  service_setenv (self, "OPENCLAW_GATEWAY_TOKEN", SERVICE_TOKEN);
  program = pair_run (self, self->platform, SERVICE_KEY, NULL);
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, config_file);
  assert_contains (program->errors, "othing was");
  g_assert_false (g_file_test (note_file, G_FILE_TEST_EXISTS));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pair_test_add ("/pair/pair", test_pair);
  pair_test_add ("/pair/trial-ends", test_trial_ends);
  pair_test_add ("/pair/first-account-of-all", test_first_account_of_all);
  pair_test_add ("/pair/key-is-refused", test_key_is_refused);
  pair_test_add ("/pair/key-in-a-message", test_key_in_a_message);
  pair_test_add ("/pair/platform-is-down", test_platform_is_down);
  pair_test_add ("/pair/gateway-refuses", test_gateway_refuses);
  pair_test_add ("/pair/gateway-is-down", test_gateway_is_down);
  pair_test_add ("/pair/both-are-down", test_both_are_down);
  pair_test_add ("/pair/wrong-addresses", test_wrong_addresses);
  pair_test_add ("/pair/usage", test_usage);
  pair_test_add ("/pair/wrong-keys", test_wrong_keys);
  pair_test_add ("/pair/key-from-standard-input", test_key_from_standard_input);
  pair_test_add ("/pair/broken-settings", test_broken_settings);
  pair_test_add ("/pair/no-bus", test_no_bus);
  pair_test_add ("/pair/service-with-another-file", test_service_with_another_file);
  pair_test_add ("/pair/settings-cannot-be-written", test_settings_cannot_be_written);

  return g_test_run ();
}
