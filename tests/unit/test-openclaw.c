/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "openclaw-fixture.h"

/* --- the file --- */

static void
test_missing_file (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = openclaw_fixture_load (self);

  g_assert_no_error (openclaw->error);
  openclaw_fixture_assert_path (self, openclaw->config_path, ".openclaw/openclaw.json");
  openclaw_fixture_assert_path (self, openclaw->state_dir, ".openclaw");
  g_assert_cmpuint (openclaw->port, ==, 18789);
  g_assert_false (openclaw->tls);
  g_assert_cmpstr (openclaw->url, ==, "ws://127.0.0.1:18789");
  g_assert_cmpint (openclaw->auth, ==, RELAY_OPENCLAW_AUTH_TOKEN);
  g_assert_null (openclaw->secret);
  openclaw_fixture_assert_error (openclaw->secret_error,
                                 "gateway.auth.token in ~/.openclaw/openclaw.json is not set, as there is no such file: "
                                 "set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
  g_assert_cmpuint (openclaw->agents->len, ==, 1);
  openclaw_fixture_assert_workspace (self, openclaw, "main", ".openclaw/workspace");
  g_assert_null (relay_openclaw_find_agent (openclaw, "other"));
  g_assert_null (relay_openclaw_find_agent (openclaw, ""));
  g_assert_true (openclaw_fixture_watches (self, openclaw, ".openclaw/openclaw.json"));
  g_assert_true (openclaw_fixture_watches (self, openclaw, ".openclaw/.env"));
}

static void
test_plain_file (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_write_config (
      self, "\xef\xbb\xbf{ // as people write it\n"
            "  gateway: { port: 0x4A7F, auth: { mode: 'token', token: ' sesame-1 ' }, tls: { enabled: true } },\n}");
  openclaw = openclaw_fixture_load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 19071);
  g_assert_true (openclaw->tls);
  g_assert_cmpstr (openclaw->url, ==, "wss://127.0.0.1:19071");
  g_assert_cmpint (openclaw->auth, ==, RELAY_OPENCLAW_AUTH_TOKEN);
  g_assert_cmpstr (openclaw->secret, ==, "sesame-1");
}

static void
test_broken_file (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_write_config (self, "{\n  gateway: { auth: { token: sesame } }\n}");
  openclaw_fixture_assert_config_error (self, "~/.openclaw/openclaw.json: line 2, column 29: expected a value");
  openclaw_fixture_write_config (self, "");
  openclaw_fixture_assert_config_error (
      self, "~/.openclaw/openclaw.json: line 1, column 1: the text ends where a value should stand");
  openclaw_fixture_write_config (self, "[]");
  openclaw_fixture_assert_config_error (self, "~/.openclaw/openclaw.json: it holds no object");

  /* The token that Gangway is given needs no file. */
  openclaw_fixture_set_env (self, "OPENCLAW_GATEWAY_TOKEN", "given");
  {
    g_autoptr (RelayOpenclaw) openclaw = openclaw_fixture_load (self);

    g_assert_nonnull (openclaw->error);
    g_assert_no_error (openclaw->secret_error);
    g_assert_cmpstr (openclaw->secret, ==, "given");
  }
}

static void
test_unreadable_file (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *path = openclaw_fixture_in_home (self, ".openclaw/openclaw.json");
  g_autofree char *big = NULL;

  /* Opening a pipe must not wait for its other end. */
  openclaw_fixture_write_file (self, ".openclaw/other", "");
  g_assert_no_errno (mkfifo (path, 0600));
  openclaw_fixture_assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: it is not a regular file");

  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (g_mkdir (path, 0700));
  openclaw_fixture_assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: it is not a regular file");

  g_assert_no_errno (g_rmdir (path));
  big = g_strnfill (8 * 1024 * 1024 + 1, ' ');
  openclaw_fixture_write_config (self, big);
  openclaw_fixture_assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: it is too large");

  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (symlink ("openclaw.json", path));
  openclaw_fixture_assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: Too many levels of symbolic links");
}

static void
test_wrong_types (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_write_config (
      self, "{ gateway: { port: '19000', tls: 'yes', auth: 'token' }, agents: 5, env: [], secrets: null }");
  openclaw = openclaw_fixture_load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 18789);
  g_assert_false (openclaw->tls);
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
  openclaw_fixture_assert_workspace (self, openclaw, "main", ".openclaw/workspace");
}

/* --- where it is --- */

static void
test_variables_of_places (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *state = openclaw_fixture_in_home (self, "elsewhere");
  g_autoptr (RelayOpenclaw) by_home = NULL;
  g_autoptr (RelayOpenclaw) by_state = NULL;
  g_autoptr (RelayOpenclaw) by_path = NULL;

  openclaw_fixture_set_env (self, "OPENCLAW_HOME", "~/service");
  openclaw_fixture_set_env (self, "OPENCLAW_STATE_DIR", "");
  by_home = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, by_home->config_path, "service/.openclaw/openclaw.json");
  openclaw_fixture_assert_workspace (self, by_home, "main", "service/.openclaw/workspace");

  openclaw_fixture_set_env (self, "OPENCLAW_HOME", "undefined");
  openclaw_fixture_set_env (self, "OPENCLAW_STATE_DIR", state);
  by_state = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, by_state->state_dir, "elsewhere");
  openclaw_fixture_assert_path (self, by_state->config_path, "elsewhere/openclaw.json");
  openclaw_fixture_assert_workspace (self, by_state, "main", "elsewhere/workspace");

  openclaw_fixture_set_env (self, "OPENCLAW_CONFIG_PATH", " ~/my/claw.json5 ");
  by_path = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, by_path->state_dir, "elsewhere");
  openclaw_fixture_assert_path (self, by_path->config_path, "my/claw.json5");
}

static void
test_profile (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) absent = NULL;
  g_autoptr (RelayOpenclaw) own = NULL;
  g_autoptr (RelayOpenclaw) variable_only = NULL;
  g_autoptr (RelayOpenclaw) dev = NULL;
  g_autoptr (RelayOpenclaw) unnamed = NULL;
  g_autofree char *path = openclaw_fixture_in_home (self, ".openclaw-work/openclaw.json");

  openclaw_fixture_set_env (self, "OPENCLAW_PROFILE", "work");
  absent = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, absent->config_path, ".openclaw-work/openclaw.json");
  g_assert_cmpuint (absent->port, ==, 41984);

  openclaw_fixture_write_config (self, "{}");
  openclaw_fixture_write_file (self, ".openclaw-work/openclaw.json", "{ gateway: { port: 19003 } }");
  own = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, own->state_dir, ".openclaw-work");
  openclaw_fixture_assert_workspace (self, own, "main", ".openclaw-work/workspace");
  g_assert_cmpuint (own->port, ==, 19003);

  /* As OpenClaw does when it has the variable and was not told --profile. */
  g_assert_no_errno (g_remove (path));
  variable_only = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, variable_only->config_path, ".openclaw/openclaw.json");
  openclaw_fixture_assert_path (self, variable_only->state_dir, ".openclaw");
  openclaw_fixture_assert_workspace (self, variable_only, "main", ".openclaw-work/workspace");
  g_assert_cmpuint (variable_only->port, ==, 41984);
  g_assert_true (openclaw_fixture_watches (self, variable_only, ".openclaw-work/openclaw.json"));

  openclaw_fixture_set_env (self, "OPENCLAW_PROFILE", "dev");
  openclaw_fixture_write_file (self, ".openclaw-dev/openclaw.json", "{}");
  dev = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, dev->state_dir, ".openclaw-dev");
  g_assert_cmpuint (dev->port, ==, 19001);

  openclaw_fixture_set_env (self, "OPENCLAW_PROFILE", "Default");
  unnamed = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, unnamed->state_dir, ".openclaw");
  g_assert_cmpuint (unnamed->port, ==, 18789);
}

static void
test_given_path (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *profile = openclaw_fixture_in_home (self, ".openclaw-work/openclaw.json");
  g_autofree char *link = openclaw_fixture_in_home (self, "link.json");
  g_autofree char *other = openclaw_fixture_in_home (self, "other.json");
  g_autoptr (RelayOpenclaw) by_profile = NULL;
  g_autoptr (RelayOpenclaw) by_link = NULL;
  g_autoptr (RelayOpenclaw) by_other = NULL;

  openclaw_fixture_write_file (self, ".openclaw-work/openclaw.json", "{}");
  openclaw_fixture_write_file (self, "other.json", "{ gateway: { port: 19004 } }");
  g_assert_no_errno (symlink (".openclaw-work/openclaw.json", link));
  openclaw_fixture_set_env (self, "OPENCLAW_PROFILE", "rescue");

  by_profile = relay_openclaw_load (profile, (const char *const *) self->environ_);
  openclaw_fixture_assert_path (self, by_profile->state_dir, ".openclaw-work");
  g_assert_cmpuint (by_profile->port, ==, 41984);

  by_link = relay_openclaw_load (link, (const char *const *) self->environ_);
  g_assert_cmpstr (by_link->config_path, ==, link);
  openclaw_fixture_assert_path (self, by_link->state_dir, ".openclaw-work");
  g_assert_true (openclaw_fixture_watches (self, by_link, "link.json"));
  g_assert_true (openclaw_fixture_watches (self, by_link, ".openclaw-work/openclaw.json"));

  by_other = relay_openclaw_load (other, (const char *const *) self->environ_);
  openclaw_fixture_assert_path (self, by_other->state_dir, ".openclaw");
  g_assert_cmpuint (by_other->port, ==, 19004);
}

static void
test_legacy_names (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) old_file = NULL;
  g_autoptr (RelayOpenclaw) old_dir = NULL;
  g_autofree char *dir = openclaw_fixture_in_home (self, ".openclaw");

  openclaw_fixture_write_file (self, ".openclaw/clawdbot.json", "{ gateway: { port: 19005 } }");
  old_file = openclaw_fixture_load (self);
  g_assert_cmpuint (old_file->port, ==, 19005);

  openclaw_fixture_remove_tree (dir);
  openclaw_fixture_write_file (self, ".clawdbot/openclaw.json", "{ gateway: { port: 19006 } }");
  old_dir = openclaw_fixture_load (self);
  openclaw_fixture_assert_path (self, old_dir->state_dir, ".clawdbot");
  g_assert_cmpuint (old_dir->port, ==, 19006);
}

static void
test_port_variable (OpenclawFixture *self, gconstpointer data)
{
  static const struct {
    const char *value;
    guint port;
  } cases[] = {
    { "19010", 19010 },          { " 19010 ", 19010 },    { "localhost:19011", 19011 },
    { "[::1]:19012", 19012 },    { "", 19009 },           { "0", 19009 },
    { "65536", 19009 },          { "19010x", 19009 },     { "::1:19012", 19009 },
    { ":19012", 19009 },         { "[::1]19012", 19009 }, { "-1", 19009 },
    { "99999999999999", 19009 },
  };

  openclaw_fixture_write_config (self, "{ gateway: { port: 19009 } }");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RelayOpenclaw) openclaw = NULL;

      openclaw_fixture_set_env (self, "OPENCLAW_GATEWAY_PORT", cases[i].value);
      openclaw = openclaw_fixture_load (self);
      g_assert_cmpuint (openclaw->port, ==, cases[i].port);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  OPENCLAW_FIXTURE_ADD ("/openclaw/missing-file", test_missing_file);
  OPENCLAW_FIXTURE_ADD ("/openclaw/plain-file", test_plain_file);
  OPENCLAW_FIXTURE_ADD ("/openclaw/broken-file", test_broken_file);
  OPENCLAW_FIXTURE_ADD ("/openclaw/unreadable-file", test_unreadable_file);
  OPENCLAW_FIXTURE_ADD ("/openclaw/wrong-types", test_wrong_types);
  OPENCLAW_FIXTURE_ADD ("/openclaw/places/variables", test_variables_of_places);
  OPENCLAW_FIXTURE_ADD ("/openclaw/places/profile", test_profile);
  OPENCLAW_FIXTURE_ADD ("/openclaw/places/given-path", test_given_path);
  OPENCLAW_FIXTURE_ADD ("/openclaw/places/legacy-names", test_legacy_names);
  OPENCLAW_FIXTURE_ADD ("/openclaw/places/port-variable", test_port_variable);

  return g_test_run ();
}
