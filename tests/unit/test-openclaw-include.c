/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "openclaw-fixture.h"

static void
test_include (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_set_env (self, "PART", "part");
  openclaw_fixture_write_config (self, "{ $include: ['./base.json5', 'parts/agents.json5'],\n"
                                       "  gateway: { $include: 'parts/gateway.json5', auth: { token: 'over-${PART}' } } }");
  openclaw_fixture_write_file (self, ".openclaw/base.json5",
                               "{ gateway: { port: 1, tls: { enabled: true } }, agents: { list: [{ id: 'one' }] } }");
  openclaw_fixture_write_file (self, ".openclaw/parts/agents.json5",
                               "{ agents: { list: [{ id: 'two' }], defaults: { $include: '../defaults.json5' } } }");
  openclaw_fixture_write_file (self, ".openclaw/parts/gateway.json5",
                               "{ port: 19030, auth: { mode: 'token', token: 'under' }, tls: { keyPath: 'x' } }");
  openclaw_fixture_write_file (self, ".openclaw/defaults.json5", "{ workspace: '~/${PART}' }");

  openclaw = openclaw_fixture_load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 19030);
  g_assert_true (openclaw->tls);
  g_assert_cmpstr (openclaw->secret, ==, "over-part");
  g_assert_cmpuint (openclaw->agents->len, ==, 2);
  openclaw_fixture_assert_workspace (self, openclaw, "one", "part");
  openclaw_fixture_assert_workspace (self, openclaw, "two", "part/two");
  g_assert_true (openclaw_fixture_watches (self, openclaw, ".openclaw/parts/gateway.json5"));
  g_assert_true (openclaw_fixture_watches (self, openclaw, ".openclaw/defaults.json5"));
}

static void
test_include_errors (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_write_config (self, "{ $include: './absent.json5' }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: ./absent.json5: No such file or directory");
  openclaw = openclaw_fixture_load (self);
  g_assert_true (openclaw_fixture_watches (self, openclaw, ".openclaw/absent.json5"));

  openclaw_fixture_write_config (self, "{ $include: './broken.json5' }");
  openclaw_fixture_write_file (self, ".openclaw/broken.json5", "{\n a: sesame }");
  openclaw_fixture_assert_config_error (self, "~/.openclaw/broken.json5: line 2, column 5: expected a value");

  openclaw_fixture_write_config (self, "{ gateway: { $include: 5 } }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: $include must be a path or an array of paths");
  openclaw_fixture_write_config (self, "{ gateway: { $include: ['./list.json5', null] } }");
  openclaw_fixture_write_file (self, ".openclaw/list.json5", "[]");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: $include must be a path or an array of paths");
  openclaw_fixture_write_config (self, "{ gateway: { $include: './list.json5', port: 1 } }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: keys beside $include need an object to be included");

  openclaw_fixture_write_config (self, "{ $include: './round.json5' }");
  openclaw_fixture_write_file (self, ".openclaw/round.json5", "{ a: { $include: 'openclaw.json' } }");
  openclaw_fixture_assert_config_error (self,
                                        "cannot include a file in ~/.openclaw/round.json5: openclaw.json includes itself");
}

static void
test_include_limits (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *big = g_strnfill (2 * 1024 * 1024 + 1, ' ');
  g_autofree char *one = openclaw_fixture_in_home (self, ".openclaw/one.json5");
  g_autofree char *two = openclaw_fixture_in_home (self, ".openclaw/two.json5");
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_write_config (self, "{ gateway: { $include: 'deep-0.json5' } }");
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *name = g_strdup_printf (".openclaw/deep-%u.json5", i);
      g_autofree char *text = g_strdup_printf ("{ port: 19040, x: { $include: 'deep-%u.json5' } }", i + 1);

      openclaw_fixture_write_file (self, name, i == 9 ? "{}" : text);
    }
  openclaw = openclaw_fixture_load (self);
  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->port, ==, 19040);

  openclaw_fixture_write_file (self, ".openclaw/deep-9.json5", "{ $include: 'deep-10.json5' }");
  openclaw_fixture_write_file (self, ".openclaw/deep-10.json5", "{}");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/deep-9.json5: deep-10.json5 lies more than 10 files deep");

  openclaw_fixture_write_config (self, "{ $include: 'big.json5' }");
  openclaw_fixture_write_file (self, ".openclaw/big.json5", big);
  openclaw_fixture_assert_config_error (self, "cannot read ~/.openclaw/big.json5: it is too large");

  openclaw_fixture_write_config (self, "{ $include: 'one.json5' }");
  openclaw_fixture_write_file (self, ".openclaw/one.json5", "{}");
  g_assert_no_errno (link (one, two));
  openclaw_fixture_assert_config_error (
      self, "cannot read ~/.openclaw/one.json5: it has hard links beside it, which OpenClaw refuses");

  /* Two each, ten deep: a thousand readings. */
  for (guint i = 0; i < 9; i++)
    {
      g_autofree char *name = g_strdup_printf (".openclaw/deep-%u.json5", i);
      g_autofree char *text = g_strdup_printf ("{ a: { $include: ['deep-%u.json5', './deep-%u.json5'] } }", i + 1, i + 1);

      openclaw_fixture_write_file (self, name, text);
    }
  openclaw_fixture_write_file (self, ".openclaw/deep-9.json5", "{}");
  openclaw_fixture_write_config (self, "{ $include: 'deep-0.json5' }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/deep-8.json5: more than 256 files are included");
}

static void
test_include_confinement (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *link = openclaw_fixture_in_home (self, ".openclaw/link.json5");
  g_autofree char *inner = openclaw_fixture_in_home (self, ".openclaw/inner.json5");

  openclaw_fixture_write_file (self, "outside.json5", "{ gateway: { auth: { token: 'outside' } } }");
  openclaw_fixture_write_file (self, ".openclaw/inside.json5", "{ gateway: { auth: { token: 'inside' } } }");
  openclaw_fixture_write_file (self, ".openclaw-twin/x.json5", "{}");
  g_assert_no_errno (symlink ("../outside.json5", link));
  g_assert_no_errno (symlink ("inside.json5", inner));

  openclaw_fixture_write_config (self, "{ $include: '../outside.json5' }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: ../outside.json5 leads out of the "
            "configuration's folder (OPENCLAW_INCLUDE_ROOTS can allow more)");
  openclaw_fixture_write_config (self, "{ $include: '../.openclaw-twin/x.json5' }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: ../.openclaw-twin/x.json5 leads out of the "
            "configuration's folder (OPENCLAW_INCLUDE_ROOTS can allow more)");
  openclaw_fixture_write_config (self, "{ $include: 'link.json5' }");
  openclaw_fixture_assert_config_error (
      self, "cannot include a file in ~/.openclaw/openclaw.json: link.json5 is a symbolic link that leads out "
            "of the configuration's folder");

  openclaw_fixture_write_config (self, "{ $include: 'inner.json5' }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "inside");
  openclaw_fixture_set_env (self, "OPENCLAW_INCLUDE_ROOTS", "/nonexistent: ~ ");
  openclaw_fixture_write_config (self, "{ $include: '../outside.json5' }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "outside");
  openclaw_fixture_write_config (self, "{ $include: 'link.json5' }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "outside");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  OPENCLAW_FIXTURE_ADD ("/openclaw/include/merges", test_include);
  OPENCLAW_FIXTURE_ADD ("/openclaw/include/errors", test_include_errors);
  OPENCLAW_FIXTURE_ADD ("/openclaw/include/limits", test_include_limits);
  OPENCLAW_FIXTURE_ADD ("/openclaw/include/confinement", test_include_confinement);

  return g_test_run ();
}
