/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pair-fixture.h"

#include <glib/gstdio.h>

/* What `gangway import` makes of the settings of a plugin. */

G_GNUC_PRINTF (2, 3)
static void
write_openclaw (ServiceFixture *self, const char *format, ...)
{
  g_autofree char *filename = g_build_filename (self->dir, "openclaw.json", NULL);
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  g_assert_true (g_file_set_contents (filename, text, -1, NULL));
}

static const char *
url_of (FakePlatform *platform)
{
  return fake_peer_get_url (FAKE_PEER (platform));
}

static void
test_platform (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *openclaw_file = g_build_filename (self->dir, "openclaw.json", NULL);
  g_autofree char *note_file = pair_dup_note_file (self, "platform");
  g_autoptr (Program) program = NULL;
  g_autofree char *token = NULL;
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autofree char *note = NULL;

  write_openclaw (self, "{ channels: { platform: { platformUrl: '%s', platformKey: '" SERVICE_KEY "' } } }",
                  url_of (self->platform));
  before = pair_dup_file (openclaw_file);
  program = program_run_gangway (self, "import");
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "Taking over channels.platform: ws://127.0.0.1:");
  assert_contains (program->output, "Now switch the plugin off, or two relays fight over the platform:");
  assert_contains (program->output, "OpenClaw refuses to start with a section that no plugin claims.");
  assert_contains (program->output, openclaw_file);
  assert_lacks (program->output, SERVICE_KEY);

  service_wait_for_state (self, "platform", "connected");
  token = fake_platform_get_token (self->platform);
  g_assert_cmpstr (token, ==, SERVICE_KEY);
  note = pair_dup_file (note_file);
  assert_contains (note, "origin=ws://127.0.0.1:");
  after = pair_dup_file (openclaw_file);
  g_assert_cmpstr (after, ==, before);
}

/* Each with the name that it has there; and what OpenClaw resolves, Gangway does. */
static void
test_several (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;
  g_autoptr (Program) again = NULL;

  service_setenv (self, "HOME_KEY", SERVICE_KEY);
  write_openclaw (self,
                  "{ channels: { sideclaw: { accounts: { default: { platformUrl: '%s', platformKey: '${HOME_KEY}' },\n"
                  "work: { platformUrl: '%s', platformKey: { source: 'env', id: 'HOME_KEY' } } } } } }",
                  url_of (self->platform), url_of (self->platform2));
  program = program_run_gangway (self, "import");
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "channels.sideclaw.accounts.default, channels.sideclaw.accounts.work");
  service_wait_for_state (self, "sideclaw", "connected");
  service_wait_for_state (self, "work", "connected");

  again = program_run_gangway (self, "import");
  g_assert_cmpint (again->exit_code, ==, 0);
}

static void
test_nothing_there (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  write_openclaw (self, "{ channels: { telegram: { platformUrl: 'wss://x/', platformKey: 'y' } } }");
  program = program_run_gangway (self, "import");
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, "neither channels.platform nor channels.sideclaw");
  pair_assert_nothing_saved (self);
}

static void
test_broken_openclaw (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  write_openclaw (self, "{ channels: ");
  program = program_run_gangway (self, "import");
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, "openclaw.json");
  assert_contains (program->errors, "Nothing was saved.");
  pair_assert_nothing_saved (self);
}

static void
test_what_cannot_be_taken (ServiceFixture *self, gconstpointer data)
{
  static const struct {
    const char *members;
    const char *message;
  } cases[] = {
    { "platformUrl: 'wss://platform.example/'", "channels.platform.platformKey is not set" },
    { "platformUrl: 'wss://platform.example/', platformKey: ''", "channels.platform.platformKey is not set" },
    { "platformUrl: 'wss://platform.example/', platformKey: '${NOT_SET_IN_THE_TEST}'", "uses ${NOT_SET_IN_THE_TEST}" },
    { "platformUrl: 'wss://platform.example/', platformKey: { source: 'exec', id: 'x' }", "exec secret reference" },
    { "platformUrl: 'wss://platform.example/', platformKey: 's3 cret'", "must hold nothing but the key" },
    { "platformUrl: 'https://platform.example/', platformKey: 's3cret'", "must use ws:// or wss:// (got https)" },
    { "platformUrl: 'ws://platform.example/', platformKey: 's3cret'", "in the clear" },
    { "platformKey: 's3cret'", "channels.platform.platformUrl must use" },
    { "accounts: { 'My Account': { platformUrl: 'wss://platform.example/', platformKey: 's3cret' } }",
      "'My Account' is no name for an account" },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (Program) program = NULL;

      write_openclaw (self, "{ channels: { platform: { %s } } }", cases[i].members);
      program = program_run_gangway (self, "import");
      g_assert_cmpint (program->exit_code, ==, 1);
      assert_contains (program->errors, cases[i].message);
      assert_lacks (program->errors, "s3");
      pair_assert_nothing_saved (self);
    }
}

/* An account of that name is the user's. */
static void
test_account_is_there (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = service_account ("platform", self->platform, "");
  g_autofree char *before = NULL;
  g_autofree char *after = NULL;
  g_autoptr (Program) program = NULL;

  write_openclaw (self, "{ channels: { platform: { platformUrl: '%s', platformKey: 'k' } } }", url_of (self->platform2));
  service_configure (self, account);
  before = pair_dup_file (self->config_file);
  program = program_run_gangway (self, "import");
  g_assert_cmpint (program->exit_code, ==, 1);
  assert_contains (program->errors, "there is an account 'platform' with another platform already");
  after = pair_dup_file (self->config_file);
  g_assert_cmpstr (after, ==, before);
}

static void
test_usage (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = program_run_gangway (self, "import", "x");

  g_assert_cmpint (program->exit_code, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pair_test_add ("/import/platform", test_platform);
  pair_test_add ("/import/several", test_several);
  pair_test_add ("/import/nothing-there", test_nothing_there);
  pair_test_add ("/import/broken-openclaw", test_broken_openclaw);
  pair_test_add ("/import/what-cannot-be-taken", test_what_cannot_be_taken);
  pair_test_add ("/import/account-is-there", test_account_is_there);
  pair_test_add ("/import/usage", test_usage);

  return g_test_run ();
}
