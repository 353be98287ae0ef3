/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include <glib/gstdio.h>

#include "common/relay-error.h"
#include "settings/relay-openclaw.h"

/* A home folder of its own, and the environment to believe in. */
typedef struct {
  char *home;     /* (owned) */
  GStrv environ_; /* (owned) */
} Fixture;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
set_up (Fixture *self, gconstpointer data)
{
  g_autofree char *made = g_dir_make_tmp ("gangway-openclaw-XXXXXX", NULL);

  g_assert_nonnull (made);
  self->home = realpath (made, NULL);
  self->environ_ = g_environ_setenv (g_new0 (char *, 1), "HOME", self->home, TRUE);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  remove_tree (self->home);
  g_free (self->home);
  g_strfreev (self->environ_);
}

static char *
in_home (Fixture *self, const char *name)
{
  return g_build_filename (self->home, name, NULL);
}

static void
write_file (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = in_home (self, name);
  g_autofree char *dir = g_path_get_dirname (path);

  g_assert_no_errno (g_mkdir_with_parents (dir, 0700));
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

static void
write_config (Fixture *self, const char *text)
{
  write_file (self, ".openclaw/openclaw.json", text);
}

static void
set_env (Fixture *self, const char *name, const char *value)
{
  self->environ_ = g_environ_setenv (self->environ_, name, value, TRUE);
}

static RelayOpenclaw *
load (Fixture *self)
{
  return relay_openclaw_load (NULL, (const char *const *) self->environ_);
}

static void
assert_path (Fixture *self, const char *path, const char *expected)
{
  g_autofree char *full = in_home (self, expected);

  g_assert_cmpstr (path, ==, full);
}

static void
assert_workspace (Fixture *self, RelayOpenclaw *openclaw, const char *id, const char *expected)
{
  const RelayOpenclawAgent *agent = relay_openclaw_find_agent (openclaw, id);

  g_assert_nonnull (agent);
  assert_path (self, agent->workspace, expected);
}

static void
assert_error (const GError *error, const char *message)
{
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, message);
}

static void
assert_secret (Fixture *self, RelayOpenclawAuth auth, const char *secret)
{
  g_autoptr (RelayOpenclaw) openclaw = load (self);

  g_assert_no_error (openclaw->error);
  g_assert_no_error (openclaw->secret_error);
  g_assert_cmpint (openclaw->auth, ==, auth);
  g_assert_cmpstr (openclaw->secret, ==, secret);
}

static void
assert_secret_error (Fixture *self, const char *message)
{
  g_autoptr (RelayOpenclaw) openclaw = load (self);

  g_assert_no_error (openclaw->error);
  g_assert_null (openclaw->secret);
  assert_error (openclaw->secret_error, message);
}

static void
assert_config_error (Fixture *self, const char *message)
{
  g_autoptr (RelayOpenclaw) openclaw = load (self);

  assert_error (openclaw->error, message);
  assert_error (openclaw->secret_error, message);
  g_assert_cmpuint (openclaw->port, ==, 18789);
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
}

static gboolean
watches (Fixture *self, RelayOpenclaw *openclaw, const char *name)
{
  g_autofree char *path = in_home (self, name);

  return g_strv_contains ((const char *const *) openclaw->files, path);
}

/* --- the file --- */

static void
test_missing_file (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = load (self);

  g_assert_no_error (openclaw->error);
  assert_path (self, openclaw->config_path, ".openclaw/openclaw.json");
  assert_path (self, openclaw->state_dir, ".openclaw");
  g_assert_cmpuint (openclaw->port, ==, 18789);
  g_assert_false (openclaw->tls);
  g_assert_cmpstr (openclaw->url, ==, "ws://127.0.0.1:18789");
  g_assert_cmpint (openclaw->auth, ==, RELAY_OPENCLAW_AUTH_TOKEN);
  g_assert_null (openclaw->secret);
  assert_error (openclaw->secret_error, "gateway.auth.token in ~/.openclaw/openclaw.json is not set: set [gateway] token in "
                                        "gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
  g_assert_cmpuint (openclaw->agents->len, ==, 1);
  assert_workspace (self, openclaw, "main", ".openclaw/workspace");
  g_assert_null (relay_openclaw_find_agent (openclaw, "other"));
  g_assert_null (relay_openclaw_find_agent (openclaw, ""));
  g_assert_true (watches (self, openclaw, ".openclaw/openclaw.json"));
  g_assert_true (watches (self, openclaw, ".openclaw/.env"));
}

static void
test_plain_file (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  write_config (self,
                "\xef\xbb\xbf{ // as people write it\n"
                "  gateway: { port: 0x4A7F, auth: { mode: 'token', token: ' sesame-1 ' }, tls: { enabled: true } },\n}");
  openclaw = load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 19071);
  g_assert_true (openclaw->tls);
  g_assert_cmpstr (openclaw->url, ==, "wss://127.0.0.1:19071");
  g_assert_cmpint (openclaw->auth, ==, RELAY_OPENCLAW_AUTH_TOKEN);
  g_assert_cmpstr (openclaw->secret, ==, "sesame-1");
}

static void
test_broken_file (Fixture *self, gconstpointer data)
{
  write_config (self, "{\n  gateway: { auth: { token: sesame } }\n}");
  assert_config_error (self, "~/.openclaw/openclaw.json: line 2, column 29: expected a value");
  write_config (self, "");
  assert_config_error (self, "~/.openclaw/openclaw.json: line 1, column 1: the text ends where a value should stand");
  write_config (self, "[]");
  assert_config_error (self, "~/.openclaw/openclaw.json: it holds no object");

  /* The token that Gangway is given needs no file. */
  set_env (self, "OPENCLAW_GATEWAY_TOKEN", "given");
  {
    g_autoptr (RelayOpenclaw) openclaw = load (self);

    g_assert_nonnull (openclaw->error);
    g_assert_no_error (openclaw->secret_error);
    g_assert_cmpstr (openclaw->secret, ==, "given");
  }
}

static void
test_unreadable_file (Fixture *self, gconstpointer data)
{
  g_autofree char *path = in_home (self, ".openclaw/openclaw.json");
  g_autofree char *big = NULL;

  /* Opening a pipe must not wait for its other end. */
  write_file (self, ".openclaw/other", "");
  g_assert_no_errno (mkfifo (path, 0600));
  assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: it is not a regular file");

  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (g_mkdir (path, 0700));
  assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: it is not a regular file");

  g_assert_no_errno (g_rmdir (path));
  big = g_strnfill (8 * 1024 * 1024 + 1, ' ');
  write_config (self, big);
  assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: it is too large");

  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (symlink ("openclaw.json", path));
  assert_config_error (self, "cannot read ~/.openclaw/openclaw.json: Too many levels of symbolic links");
}

static void
test_wrong_types (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  write_config (self, "{ gateway: { port: '19000', tls: 'yes', auth: 'token' }, agents: 5, env: [], secrets: null }");
  openclaw = load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 18789);
  g_assert_false (openclaw->tls);
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
  assert_workspace (self, openclaw, "main", ".openclaw/workspace");
}

/* --- where it is --- */

static void
test_variables_of_places (Fixture *self, gconstpointer data)
{
  g_autofree char *state = in_home (self, "elsewhere");
  g_autoptr (RelayOpenclaw) by_home = NULL;
  g_autoptr (RelayOpenclaw) by_state = NULL;
  g_autoptr (RelayOpenclaw) by_path = NULL;

  set_env (self, "OPENCLAW_HOME", "~/service");
  set_env (self, "OPENCLAW_STATE_DIR", "");
  by_home = load (self);
  assert_path (self, by_home->config_path, "service/.openclaw/openclaw.json");
  assert_workspace (self, by_home, "main", "service/.openclaw/workspace");

  set_env (self, "OPENCLAW_HOME", "undefined");
  set_env (self, "OPENCLAW_STATE_DIR", state);
  by_state = load (self);
  assert_path (self, by_state->state_dir, "elsewhere");
  assert_path (self, by_state->config_path, "elsewhere/openclaw.json");
  assert_workspace (self, by_state, "main", "elsewhere/workspace");

  set_env (self, "OPENCLAW_CONFIG_PATH", " ~/my/claw.json5 ");
  by_path = load (self);
  assert_path (self, by_path->state_dir, "elsewhere");
  assert_path (self, by_path->config_path, "my/claw.json5");
}

static void
test_profile (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) absent = NULL;
  g_autoptr (RelayOpenclaw) own = NULL;
  g_autoptr (RelayOpenclaw) variable_only = NULL;
  g_autoptr (RelayOpenclaw) dev = NULL;
  g_autoptr (RelayOpenclaw) unnamed = NULL;
  g_autofree char *path = in_home (self, ".openclaw-work/openclaw.json");

  set_env (self, "OPENCLAW_PROFILE", "work");
  absent = load (self);
  assert_path (self, absent->config_path, ".openclaw-work/openclaw.json");
  g_assert_cmpuint (absent->port, ==, 41984);

  write_config (self, "{}");
  write_file (self, ".openclaw-work/openclaw.json", "{ gateway: { port: 19003 } }");
  own = load (self);
  assert_path (self, own->state_dir, ".openclaw-work");
  assert_workspace (self, own, "main", ".openclaw-work/workspace");
  g_assert_cmpuint (own->port, ==, 19003);

  /* As OpenClaw does when it has the variable and was not told --profile. */
  g_assert_no_errno (g_remove (path));
  variable_only = load (self);
  assert_path (self, variable_only->config_path, ".openclaw/openclaw.json");
  assert_path (self, variable_only->state_dir, ".openclaw");
  assert_workspace (self, variable_only, "main", ".openclaw-work/workspace");
  g_assert_cmpuint (variable_only->port, ==, 41984);
  g_assert_true (watches (self, variable_only, ".openclaw-work/openclaw.json"));

  set_env (self, "OPENCLAW_PROFILE", "dev");
  write_file (self, ".openclaw-dev/openclaw.json", "{}");
  dev = load (self);
  assert_path (self, dev->state_dir, ".openclaw-dev");
  g_assert_cmpuint (dev->port, ==, 19001);

  set_env (self, "OPENCLAW_PROFILE", "Default");
  unnamed = load (self);
  assert_path (self, unnamed->state_dir, ".openclaw");
  g_assert_cmpuint (unnamed->port, ==, 18789);
}

static void
test_given_path (Fixture *self, gconstpointer data)
{
  g_autofree char *profile = in_home (self, ".openclaw-work/openclaw.json");
  g_autofree char *link = in_home (self, "link.json");
  g_autofree char *other = in_home (self, "other.json");
  g_autoptr (RelayOpenclaw) by_profile = NULL;
  g_autoptr (RelayOpenclaw) by_link = NULL;
  g_autoptr (RelayOpenclaw) by_other = NULL;

  write_file (self, ".openclaw-work/openclaw.json", "{}");
  write_file (self, "other.json", "{ gateway: { port: 19004 } }");
  g_assert_no_errno (symlink (".openclaw-work/openclaw.json", link));
  set_env (self, "OPENCLAW_PROFILE", "rescue");

  by_profile = relay_openclaw_load (profile, (const char *const *) self->environ_);
  assert_path (self, by_profile->state_dir, ".openclaw-work");
  g_assert_cmpuint (by_profile->port, ==, 41984);

  by_link = relay_openclaw_load (link, (const char *const *) self->environ_);
  g_assert_cmpstr (by_link->config_path, ==, link);
  assert_path (self, by_link->state_dir, ".openclaw-work");
  g_assert_true (watches (self, by_link, "link.json"));
  g_assert_true (watches (self, by_link, ".openclaw-work/openclaw.json"));

  by_other = relay_openclaw_load (other, (const char *const *) self->environ_);
  assert_path (self, by_other->state_dir, ".openclaw");
  g_assert_cmpuint (by_other->port, ==, 19004);
}

static void
test_legacy_names (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) old_file = NULL;
  g_autoptr (RelayOpenclaw) old_dir = NULL;
  g_autofree char *dir = in_home (self, ".openclaw");

  write_file (self, ".openclaw/clawdbot.json", "{ gateway: { port: 19005 } }");
  old_file = load (self);
  g_assert_cmpuint (old_file->port, ==, 19005);

  remove_tree (dir);
  write_file (self, ".clawdbot/openclaw.json", "{ gateway: { port: 19006 } }");
  old_dir = load (self);
  assert_path (self, old_dir->state_dir, ".clawdbot");
  g_assert_cmpuint (old_dir->port, ==, 19006);
}

static void
test_port_variable (Fixture *self, gconstpointer data)
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

  write_config (self, "{ gateway: { port: 19009 } }");
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RelayOpenclaw) openclaw = NULL;

      set_env (self, "OPENCLAW_GATEWAY_PORT", cases[i].value);
      openclaw = load (self);
      g_assert_cmpuint (openclaw->port, ==, cases[i].port);
    }
}

/* --- the environment --- */

static void
test_substitution (Fixture *self, gconstpointer data)
{
  set_env (self, "MY_TOKEN", "sesame");
  set_env (self, "_2", "two");
  set_env (self, "lower", "no");
  set_env (self, "EMPTY", "");

  write_config (self, "{ gateway: { auth: { token: 'a-${MY_TOKEN}-${_2}' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "a-sesame-two");
  write_config (self, "{ gateway: { auth: { token: '$${MY_TOKEN}$$${MY_TOKEN}' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "${MY_TOKEN}$${MY_TOKEN}");
  write_config (self, "{ gateway: { auth: { token: '${lower}${2X}${}${MY TOKEN}${MY_TOKEN $' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "${lower}${2X}${}${MY TOKEN}${MY_TOKEN $");

  write_config (self, "{ gateway: { auth: { token: '${EMPTY}' } } }");
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json uses ${EMPTY}, which is not set in Gangway's "
                       "environment or in OpenClaw's .env: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");

  /* What is missing elsewhere does no harm. */
  write_config (self, "{ channels: { x: '${NOT_SET}' }, gateway: { auth: { token: '${MY_TOKEN}' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
}

static void
test_dotenv (Fixture *self, gconstpointer data)
{
  write_config (self, "{ gateway: { auth: { token: '${A}|${B}|${C}|${D}|${E}|${F}|${G}|${H}' } } }");
  write_file (self, ".openclaw/.env",
              "\xef\xbb\xbf# A=commented\n"
              "A=one # a comment\r\n"
              "export B = 'two # \\'2\\''   # a comment\r"
              "C=\"three\\n3\"\n"
              "D=\"four\n4\"\n\n"
              "E: five\n"
              "not-portable=x\n2=x\nno assignment\n"
              "F='it's'\n"
              "G=first\nG=last\n"
              "H=from-file\n");
  set_env (self, "H", "given");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "one|two # \\'2\\'|three\n3|four\n4|five|it's|last|given");
}

static void
test_dotenv_places (Fixture *self, gconstpointer data)
{
  g_autofree char *state = in_home (self, "state");
  g_autofree char *config = in_home (self, "conf/claw.json");
  g_autoptr (RelayOpenclaw) moved = NULL;

  write_config (self, "{}");
  write_file (self, ".openclaw/.env", "OPENCLAW_GATEWAY_TOKEN=of-home\nEMPTY=\n");
  write_file (self, ".config/openclaw/gateway.env",
              "OPENCLAW_GATEWAY_TOKEN=of-config\nOPENCLAW_GATEWAY_PORT=19020\nEMPTY=x\n");
  write_file (self, "state/.env", "OPENCLAW_GATEWAY_TOKEN=of-state\n");
  write_file (self, "conf/.env", "OPENCLAW_GATEWAY_TOKEN=of-conf\n");
  write_file (self, "conf/claw.json", "{}");

  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-home");
  moved = load (self);
  g_assert_cmpuint (moved->port, ==, 19020);

  set_env (self, "OPENCLAW_CONFIG_PATH", config);
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-conf");
  set_env (self, "OPENCLAW_STATE_DIR", state);
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-state");
}

static void
test_config_env (Fixture *self, gconstpointer data)
{
  write_file (self, ".openclaw/.env", "FROM_DOTENV=dotenv\n");
  set_env (self, "GIVEN", "given");
  write_config (
      self, "{ env: { vars: { A: 'vars', B: 'vars', NUMBER: 5 }, B: 'direct', GIVEN: 'no', FROM_DOTENV: 'no', 'x y': 'z',\n"
            "         REF: '${A}', BLANK: ' ', shellEnv: { enabled: false } },\n"
            "  gateway: { auth: { token: '${A}|${B}|${GIVEN}|${FROM_DOTENV}' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "vars|direct|given|dotenv");

  write_config (self, "{ env: { OPENCLAW_GATEWAY_TOKEN: 'of-env' } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-env");
}

/* --- $include --- */

static void
test_include (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  set_env (self, "PART", "part");
  write_config (self, "{ $include: ['./base.json5', 'parts/agents.json5'],\n"
                      "  gateway: { $include: 'parts/gateway.json5', auth: { token: 'over-${PART}' } } }");
  write_file (self, ".openclaw/base.json5",
              "{ gateway: { port: 1, tls: { enabled: true } }, agents: { list: [{ id: 'one' }] } }");
  write_file (self, ".openclaw/parts/agents.json5",
              "{ agents: { list: [{ id: 'two' }], defaults: { $include: '../defaults.json5' } } }");
  write_file (self, ".openclaw/parts/gateway.json5",
              "{ port: 19030, auth: { mode: 'token', token: 'under' }, tls: { keyPath: 'x' } }");
  write_file (self, ".openclaw/defaults.json5", "{ workspace: '~/${PART}' }");

  openclaw = load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 19030);
  g_assert_true (openclaw->tls);
  g_assert_cmpstr (openclaw->secret, ==, "over-part");
  g_assert_cmpuint (openclaw->agents->len, ==, 2);
  assert_workspace (self, openclaw, "one", "part");
  assert_workspace (self, openclaw, "two", "part/two");
  g_assert_true (watches (self, openclaw, ".openclaw/parts/gateway.json5"));
  g_assert_true (watches (self, openclaw, ".openclaw/defaults.json5"));
}

static void
test_include_errors (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  write_config (self, "{ $include: './absent.json5' }");
  assert_config_error (self,
                       "cannot include a file in ~/.openclaw/openclaw.json: ./absent.json5: No such file or directory");
  openclaw = load (self);
  g_assert_true (watches (self, openclaw, ".openclaw/absent.json5"));

  write_config (self, "{ $include: './broken.json5' }");
  write_file (self, ".openclaw/broken.json5", "{\n a: sesame }");
  assert_config_error (self, "~/.openclaw/broken.json5: line 2, column 5: expected a value");

  write_config (self, "{ gateway: { $include: 5 } }");
  assert_config_error (self,
                       "cannot include a file in ~/.openclaw/openclaw.json: $include must be a path or an array of paths");
  write_config (self, "{ gateway: { $include: ['./list.json5', null] } }");
  write_file (self, ".openclaw/list.json5", "[]");
  assert_config_error (self,
                       "cannot include a file in ~/.openclaw/openclaw.json: $include must be a path or an array of paths");
  write_config (self, "{ gateway: { $include: './list.json5', port: 1 } }");
  assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: keys beside $include need an object to be included");

  write_config (self, "{ $include: './round.json5' }");
  write_file (self, ".openclaw/round.json5", "{ a: { $include: 'openclaw.json' } }");
  assert_config_error (self, "cannot include a file in ~/.openclaw/round.json5: openclaw.json includes itself");
}

static void
test_include_limits (Fixture *self, gconstpointer data)
{
  g_autofree char *big = g_strnfill (2 * 1024 * 1024 + 1, ' ');
  g_autofree char *one = in_home (self, ".openclaw/one.json5");
  g_autofree char *two = in_home (self, ".openclaw/two.json5");
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  write_config (self, "{ gateway: { $include: 'deep-0.json5' } }");
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf (".openclaw/deep-%u.json5", i);
      g_autofree char *text = g_strdup_printf ("{ port: 19040, x: { $include: 'deep-%u.json5' } }", i + 1);

      write_file (self, name, i == 9 ? "{}" : text);
    }
  openclaw = load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 19040);

  write_file (self, ".openclaw/deep-9.json5", "{ $include: 'deep-10.json5' }");
  write_file (self, ".openclaw/deep-10.json5", "{}");
  assert_config_error (self,
                       "cannot include a file in ~/.openclaw/deep-9.json5: deep-10.json5 lies more than 10 files deep");

  write_config (self, "{ $include: 'big.json5' }");
  write_file (self, ".openclaw/big.json5", big);
  assert_config_error (self, "cannot read ~/.openclaw/big.json5: it is too large");

  write_config (self, "{ $include: 'one.json5' }");
  write_file (self, ".openclaw/one.json5", "{}");
  g_assert_no_errno (link (one, two));
  assert_config_error (self, "cannot read ~/.openclaw/one.json5: it has hard links beside it, which OpenClaw refuses");

  /* Two each, ten deep: a thousand readings. */
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *name = g_strdup_printf (".openclaw/deep-%u.json5", i);
      g_autofree char *text = g_strdup_printf ("{ a: { $include: ['deep-%u.json5', './deep-%u.json5'] } }", i + 1, i + 1);

      write_file (self, name, text);
    }
  write_file (self, ".openclaw/deep-9.json5", "{}");
  write_config (self, "{ $include: 'deep-0.json5' }");
  assert_config_error (self, "cannot include a file in ~/.openclaw/deep-8.json5: more than 256 files are included");
}

static void
test_include_confinement (Fixture *self, gconstpointer data)
{
  g_autofree char *link = in_home (self, ".openclaw/link.json5");
  g_autofree char *inner = in_home (self, ".openclaw/inner.json5");

  write_file (self, "outside.json5", "{ gateway: { auth: { token: 'outside' } } }");
  write_file (self, ".openclaw/inside.json5", "{ gateway: { auth: { token: 'inside' } } }");
  write_file (self, ".openclaw-twin/x.json5", "{}");
  g_assert_no_errno (symlink ("../outside.json5", link));
  g_assert_no_errno (symlink ("inside.json5", inner));

  write_config (self, "{ $include: '../outside.json5' }");
  assert_config_error (self, "cannot include a file in ~/.openclaw/openclaw.json: ../outside.json5 leads out of the "
                             "configuration's folder (OPENCLAW_INCLUDE_ROOTS can allow more)");
  write_config (self, "{ $include: '../.openclaw-twin/x.json5' }");
  assert_config_error (self,
                       "cannot include a file in ~/.openclaw/openclaw.json: ../.openclaw-twin/x.json5 leads out of the "
                       "configuration's folder (OPENCLAW_INCLUDE_ROOTS can allow more)");
  write_config (self, "{ $include: 'link.json5' }");
  assert_config_error (self,
                       "cannot include a file in ~/.openclaw/openclaw.json: link.json5 is a symbolic link that leads out "
                       "of the configuration's folder");

  write_config (self, "{ $include: 'inner.json5' }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "inside");
  set_env (self, "OPENCLAW_INCLUDE_ROOTS", "/nonexistent: ~ ");
  write_config (self, "{ $include: '../outside.json5' }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "outside");
  write_config (self, "{ $include: 'link.json5' }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "outside");
}

/* --- how the gateway is greeted --- */

static void
test_modes (Fixture *self, gconstpointer data)
{
  write_config (self, "{ gateway: { auth: { mode: 'none', token: 'unused' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_NONE, NULL);
  write_config (self, "{ gateway: { auth: { mode: 'password', token: 'unused', password: 'pass' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
  write_config (self, "{ gateway: { auth: { mode: 'token', token: 'tok', password: 'unused' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "tok");
  write_config (self, "{ gateway: { auth: { password: 'pass' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
  write_config (self, "{ gateway: { auth: { mode: 'trusted-proxy', password: 'pass' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
  write_config (self, "{ gateway: { remote: { token: 'remote' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "remote");

  write_config (self, "{ gateway: { auth: { mode: 'password' } } }");
  assert_secret_error (self, "gateway.auth.password in ~/.openclaw/openclaw.json is not set: set [gateway] token in "
                             "gangway.conf or OPENCLAW_GATEWAY_PASSWORD");
  write_config (self, "{ gateway: { auth: { mode: 'trusted-proxy' } } }");
  assert_secret_error (self, "gateway.auth.mode in ~/.openclaw/openclaw.json is trusted-proxy, and without a "
                             "gateway.auth.password the gateway lets in nobody else: set [gateway] token in gangway.conf or "
                             "OPENCLAW_GATEWAY_TOKEN");
  write_config (self, "{ gateway: { auth: { mode: 'magic', token: 'x' } } }");
  assert_secret_error (self, "gateway.auth.mode in ~/.openclaw/openclaw.json is none that Gangway knows (none, token, "
                             "password): set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (self, "{ gateway: { auth: { token: 'x', password: 'y' } } }");
  assert_secret_error (self,
                       "gateway.auth.mode in ~/.openclaw/openclaw.json is not set, though there are both a token and a "
                       "password (the gateway does not start so): set [gateway] token in gangway.conf or "
                       "OPENCLAW_GATEWAY_TOKEN");
  write_config (self, "{ gateway: { auth: { token: 5 } } }");
  assert_secret_error (self, "gateway.auth.token in ~/.openclaw/openclaw.json is neither text nor a secret reference: set "
                             "[gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
}

static void
test_variables_of_secrets (Fixture *self, gconstpointer data)
{
  write_file (self, ".openclaw/.env", "OPENCLAW_GATEWAY_TOKEN=dotenv-token\nOPENCLAW_GATEWAY_PASSWORD=dotenv-pass\n");

  /* As the gateway: its own file, then the environment that the .env makes; a password anywhere decides the mode. */
  write_config (self, "{ gateway: { auth: { mode: 'token', token: 'tok' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "tok");
  write_config (self, "{ gateway: { auth: { mode: 'token' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "dotenv-token");
  write_config (self, "{}");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "dotenv-pass");

  /* What Gangway itself is given comes first. */
  set_env (self, "OPENCLAW_GATEWAY_TOKEN", "given-token");
  set_env (self, "OPENCLAW_GATEWAY_PASSWORD", "given-pass");
  write_config (self, "{ gateway: { auth: { mode: 'token', token: { source: 'exec', provider: 'p', id: 'x' } } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "given-token");
  write_config (self, "{ gateway: { auth: { mode: 'password', password: 'pass' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "given-pass");
  set_env (self, "OPENCLAW_GATEWAY_PASSWORD", "");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
}

static void
test_env_references (Fixture *self, gconstpointer data)
{
  set_env (self, "MY_TOKEN", " sesame ");

  write_config (self, "{ gateway: { auth: { token: { source: 'env', provider: 'default', id: 'MY_TOKEN' } } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  write_config (self, "{ gateway: { auth: { token: { source: 'env', id: 'MY_TOKEN' } } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  write_config (self, "{ gateway: { auth: { token: '$MY_TOKEN' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  write_config (self, "{ gateway: { auth: { token: 'x$MY_TOKEN' } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "x$MY_TOKEN");
  write_config (self, "{ secrets: { providers: { mine: { source: 'env', allowlist: ['MY_TOKEN'] } } },\n"
                      "  gateway: { auth: { password: { source: 'env', provider: 'mine', id: 'MY_TOKEN' } } } }");
  assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "sesame");

  write_config (self, "{ gateway: { auth: { token: { source: 'env', provider: 'default', id: 'NOT_SET' } } } }");
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json refers to the variable NOT_SET, which is not set "
                       "in Gangway's environment or in OpenClaw's .env: set [gateway] token in gangway.conf or "
                       "OPENCLAW_GATEWAY_TOKEN");
  write_config (self, "{ gateway: { auth: { token: { source: 'env', provider: 'other', id: 'MY_TOKEN' } } } }");
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is an env secret reference, but secrets.providers "
                       "has no env provider other: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (self, "{ secrets: { providers: { default: { source: 'env', allowlist: [] } } },\n"
                      "  gateway: { auth: { token: '$MY_TOKEN' } } }");
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json refers to the variable MY_TOKEN, which is not in "
                       "secrets.providers.default.allowlist: set [gateway] token in gangway.conf or "
                       "OPENCLAW_GATEWAY_TOKEN");
}

#define FILE_CONFIG(token)                                                                                                  \
  "{ secrets: { providers: { json: { source: 'file', path: '~/.openclaw/secrets.json' },\n"                                 \
  "    one: { source: 'file', path: '~/.openclaw/token', mode: 'singleValue' } } },\n"                                      \
  "  gateway: { auth: { token: " token " } } }"

static void
test_file_references (Fixture *self, gconstpointer data)
{
  g_autofree char *path = in_home (self, ".openclaw/secrets.json");
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  write_file (self, ".openclaw/secrets.json", "\xef\xbb\xbf{ \"a/b\": { \"~c\": [\"zero\", \"sesame\", \"\", 5] } }");
  write_file (self, ".openclaw/token", "single\r\n");

  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/1' }"));
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  openclaw = load (self);
  g_assert_true (watches (self, openclaw, ".openclaw/secrets.json"));
  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'one', id: 'value' }"));
  assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "single");

  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'one', id: '/value' }"));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json refers to a file of one secret, whose id must be "
                       "\"value\": set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/3' }"));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference, but the file has no "
                       "text where its id points: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/01' }"));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference, but the file has no "
                       "text where its id points: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/2' }"));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference to an empty secret: "
                       "set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'none', id: '/x' }"));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference, but secrets.providers "
                       "has no file provider none: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");

  write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/1' }"));
  g_assert_no_errno (g_chmod (path, 0640));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference (cannot read "
                       "~/.openclaw/secrets.json: others than its owner may use it, which OpenClaw refuses (chmod 600)): "
                       "set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (symlink ("token", path));
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference (cannot read "
                       "~/.openclaw/secrets.json: it is a symbolic link, which OpenClaw refuses): set [gateway] token in "
                       "gangway.conf or OPENCLAW_GATEWAY_TOKEN");
}

static void
test_references_it_cannot_resolve (Fixture *self, gconstpointer data)
{
  write_config (self, "{ gateway: { auth: { token: { source: 'exec', provider: 'vault', id: 'gateway/token' } } } }");
  assert_secret_error (self,
                       "gateway.auth.token in ~/.openclaw/openclaw.json is an exec secret reference, which Gangway cannot "
                       "resolve: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  write_config (
      self, "{ gateway: { auth: { mode: 'password', password: { source: 'store', provider: 'default', id: 'PASS' } } } }");
  assert_secret_error (self, "gateway.auth.password in ~/.openclaw/openclaw.json is a store secret reference, which Gangway "
                             "cannot resolve: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_PASSWORD");
  write_config (self, "{ gateway: { auth: { token: { source: 'cloud', provider: 'x', id: 'y' } } } }");
  assert_secret_error (self, "gateway.auth.token in ~/.openclaw/openclaw.json is neither text nor a secret reference: set "
                             "[gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
}

/* --- agents --- */

static void
test_entries (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  write_config (
      self,
      "{ agents: { defaults: { workspace: '~/claw' },\n"
      "  entries: { main: {}, work: { workspace: ' ~/work ' }, 'My Agent!': {}, ops: { workspace: ' ' }, bad: 5 } } }");
  openclaw = load (self);
  g_assert_cmpuint (openclaw->agents->len, ==, 4);
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
  assert_workspace (self, openclaw, "main", "claw/main");
  assert_workspace (self, openclaw, "WORK", "work");
  assert_workspace (self, openclaw, "my-agent", "claw/my-agent");
  assert_workspace (self, openclaw, "ops", "claw/ops");
}

static void
test_entries_without_workspace (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) several = NULL;
  g_autoptr (RelayOpenclaw) marked = NULL;
  g_autoptr (RelayOpenclaw) named = NULL;
  g_autoptr (RelayOpenclaw) sole = NULL;

  write_config (self, "{ agents: { entries: { one: {}, two: {} } } }");
  several = load (self);
  g_assert_cmpstr (several->default_agent, ==, "one");
  assert_workspace (self, several, "one", ".openclaw/workspace-one");
  assert_workspace (self, several, "two", ".openclaw/workspace-two");

  write_config (self, "{ agents: { entries: { one: {}, two: { default: true } } } }");
  marked = load (self);
  g_assert_cmpstr (marked->default_agent, ==, "two");
  assert_workspace (self, marked, "one", ".openclaw/workspace-one");
  assert_workspace (self, marked, "two", ".openclaw/workspace");

  write_config (self, "{ agents: { ownership: 'explicit', defaults: { systemAgent: { agentId: 'Two' } },\n"
                      "  entries: { one: { default: true }, two: {} } } }");
  named = load (self);
  g_assert_cmpstr (named->default_agent, ==, "two");
  assert_workspace (self, named, "one", ".openclaw/workspace-one");

  write_config (self, "{ agents: { defaults: { workspace: '/srv/claw/../claw' }, entries: { solo: {} } } }");
  sole = load (self);
  g_assert_cmpstr (sole->default_agent, ==, "solo");
  g_assert_cmpstr (relay_openclaw_find_agent (sole, "solo")->workspace, ==, "/srv/claw");
}

static void
test_list (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) unmarked = NULL;
  g_autoptr (RelayOpenclaw) marked = NULL;
  g_autoptr (RelayOpenclaw) empty = NULL;
  g_autoptr (RelayOpenclaw) both = NULL;

  write_config (
      self, "{ agents: { list: [ { id: 'one' }, { id: 'two', workspace: '~/two' }, { id: 'three' }, 5, { id: 'One' } ] } }");
  unmarked = load (self);
  g_assert_cmpuint (unmarked->agents->len, ==, 3);
  g_assert_cmpstr (unmarked->default_agent, ==, "one");
  assert_workspace (self, unmarked, "one", ".openclaw/workspace");
  assert_workspace (self, unmarked, "two", "two");
  assert_workspace (self, unmarked, "three", ".openclaw/workspace-three");

  write_config (self, "{ agents: { list: [ { id: 'one' }, { id: 'two', default: true } ] } }");
  marked = load (self);
  g_assert_cmpstr (marked->default_agent, ==, "two");
  assert_workspace (self, marked, "one", ".openclaw/workspace-one");
  assert_workspace (self, marked, "two", ".openclaw/workspace");

  write_config (self, "{ agents: { list: [] } }");
  empty = load (self);
  assert_workspace (self, empty, "main", ".openclaw/workspace");

  write_config (self, "{ agents: { list: [ { id: 'listed' } ], entries: { entered: {} } } }");
  both = load (self);
  g_assert_null (relay_openclaw_find_agent (both, "listed"));
  g_assert_nonnull (relay_openclaw_find_agent (both, "entered"));
}

static void
test_workspace_variable (Fixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) absolute = NULL;
  g_autoptr (RelayOpenclaw) relative = NULL;

  set_env (self, "OPENCLAW_WORKSPACE_DIR", "/srv/claw");
  absolute = load (self);
  g_assert_cmpstr (relay_openclaw_find_agent (absolute, "main")->workspace, ==, "/srv/claw");

  write_config (self, "{ agents: { defaults: { workspace: 'claw' } } }");
  relative = load (self);
  assert_workspace (self, relative, "main", "claw");
}

static void
test_ids (Fixture *self, gconstpointer data)
{
  static const struct {
    const char *written, *id;
  } cases[] = {
    { "Main", "main" },
    { " a_b-C ", "a_b-c" },
    { "my agent", "my-agent" },
    { "--x--", "x" },
    { "x--", "x--" },
    { "a.b..c", "a-b-c" },
    { "a -b", "a--b" },
    { "-é-", "main" },
    { "\xc4\xb0stanbul", "i-stanbul" },
    { "\xe2\x84\xaa", "k" },
    { "a123456789012345678901234567890123456789012345678901234567890123456789",
      "a123456789012345678901234567890123456789012345678901234567890123" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{ agents: { entries: { '%s': {} } } }", cases[i].written);
      g_autoptr (RelayOpenclaw) openclaw = NULL;

      write_config (self, text);
      openclaw = load (self);
      g_assert_cmpstr (openclaw->default_agent, ==, cases[i].id);
    }
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("/openclaw/missing-file", test_missing_file);
  ADD ("/openclaw/plain-file", test_plain_file);
  ADD ("/openclaw/broken-file", test_broken_file);
  ADD ("/openclaw/unreadable-file", test_unreadable_file);
  ADD ("/openclaw/wrong-types", test_wrong_types);
  ADD ("/openclaw/places/variables", test_variables_of_places);
  ADD ("/openclaw/places/profile", test_profile);
  ADD ("/openclaw/places/given-path", test_given_path);
  ADD ("/openclaw/places/legacy-names", test_legacy_names);
  ADD ("/openclaw/places/port-variable", test_port_variable);
  ADD ("/openclaw/env/substitution", test_substitution);
  ADD ("/openclaw/env/dotenv", test_dotenv);
  ADD ("/openclaw/env/dotenv-places", test_dotenv_places);
  ADD ("/openclaw/env/config-section", test_config_env);
  ADD ("/openclaw/include/merges", test_include);
  ADD ("/openclaw/include/errors", test_include_errors);
  ADD ("/openclaw/include/limits", test_include_limits);
  ADD ("/openclaw/include/confinement", test_include_confinement);
  ADD ("/openclaw/secret/modes", test_modes);
  ADD ("/openclaw/secret/variables", test_variables_of_secrets);
  ADD ("/openclaw/secret/env-references", test_env_references);
  ADD ("/openclaw/secret/file-references", test_file_references);
  ADD ("/openclaw/secret/references-it-cannot-resolve", test_references_it_cannot_resolve);
  ADD ("/openclaw/agents/W1/entries", test_entries);
  ADD ("/openclaw/agents/W1/entries-without-workspace", test_entries_without_workspace);
  ADD ("/openclaw/agents/W1/list", test_list);
  ADD ("/openclaw/agents/W1/workspace-variable", test_workspace_variable);
  ADD ("/openclaw/agents/W1/ids", test_ids);

  return g_test_run ();
}
