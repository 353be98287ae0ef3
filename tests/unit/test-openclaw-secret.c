/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "openclaw-fixture.h"

static void
test_modes (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'none', token: 'unused' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_NONE, NULL);
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'password', token: 'unused', password: 'pass' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'token', token: 'tok', password: 'unused' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "tok");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { password: 'pass' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'trusted-proxy', password: 'pass' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
  openclaw_fixture_write_config (self, "{ gateway: { remote: { token: 'remote' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "remote");

  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'password' } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.password in ~/.openclaw/openclaw.json is not set: set [gateway] token in "
            "gangway.conf or OPENCLAW_GATEWAY_PASSWORD");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'trusted-proxy' } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.mode in ~/.openclaw/openclaw.json is trusted-proxy, and without a "
            "gateway.auth.password the gateway lets in nobody else: set [gateway] token in gangway.conf or "
            "OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'magic', token: 'x' } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.mode in ~/.openclaw/openclaw.json is none that Gangway knows (none, token, "
            "password): set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: 'x', password: 'y' } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.mode in ~/.openclaw/openclaw.json is not set, though there are both a token and a "
            "password (the gateway does not start so): set [gateway] token in gangway.conf or "
            "OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: 5 } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is neither text nor a secret reference: set "
            "[gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
}

static void
test_variables_of_secrets (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_write_file (self, ".openclaw/.env",
                               "OPENCLAW_GATEWAY_TOKEN=dotenv-token\nOPENCLAW_GATEWAY_PASSWORD=dotenv-pass\n");

  /* As the gateway: its own file, then the environment that the .env makes; a password anywhere decides the mode. */
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'token', token: 'tok' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "tok");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'token' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "dotenv-token");
  openclaw_fixture_write_config (self, "{}");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "dotenv-pass");

  /* What Gangway itself is given comes first. */
  openclaw_fixture_set_env (self, "OPENCLAW_GATEWAY_TOKEN", "given-token");
  openclaw_fixture_set_env (self, "OPENCLAW_GATEWAY_PASSWORD", "given-pass");
  openclaw_fixture_write_config (
      self, "{ gateway: { auth: { mode: 'token', token: { source: 'exec', provider: 'p', id: 'x' } } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "given-token");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { mode: 'password', password: 'pass' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "given-pass");
  openclaw_fixture_set_env (self, "OPENCLAW_GATEWAY_PASSWORD", "");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "pass");
}

static void
test_env_references (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_set_env (self, "MY_TOKEN", " sesame ");

  openclaw_fixture_write_config (self,
                                 "{ gateway: { auth: { token: { source: 'env', provider: 'default', id: 'MY_TOKEN' } } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: { source: 'env', id: 'MY_TOKEN' } } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: '$MY_TOKEN' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: 'x$MY_TOKEN' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "x$MY_TOKEN");
  openclaw_fixture_write_config (self,
                                 "{ secrets: { providers: { mine: { source: 'env', allowlist: ['MY_TOKEN'] } } },\n"
                                 "  gateway: { auth: { password: { source: 'env', provider: 'mine', id: 'MY_TOKEN' } } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_PASSWORD, "sesame");

  openclaw_fixture_write_config (self,
                                 "{ gateway: { auth: { token: { source: 'env', provider: 'default', id: 'NOT_SET' } } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json refers to the variable NOT_SET, which is not set "
            "in Gangway's environment or in OpenClaw's .env: set [gateway] token in gangway.conf or "
            "OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self,
                                 "{ gateway: { auth: { token: { source: 'env', provider: 'other', id: 'MY_TOKEN' } } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is an env secret reference, but secrets.providers "
            "has no env provider other: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, "{ secrets: { providers: { default: { source: 'env', allowlist: [] } } },\n"
                                       "  gateway: { auth: { token: '$MY_TOKEN' } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json refers to the variable MY_TOKEN, which is not in "
            "secrets.providers.default.allowlist: set [gateway] token in gangway.conf or "
            "OPENCLAW_GATEWAY_TOKEN");
}

#define FILE_CONFIG(token)                                                                                                  \
  "{ secrets: { providers: { json: { source: 'file', path: '~/.openclaw/secrets.json' },\n"                                 \
  "    one: { source: 'file', path: '~/.openclaw/token', mode: 'singleValue' } } },\n"                                      \
  "  gateway: { auth: { token: " token " } } }"

static void
test_file_references (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *path = openclaw_fixture_in_home (self, ".openclaw/secrets.json");
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_write_file (self, ".openclaw/secrets.json",
                               "\xef\xbb\xbf{ \"a/b\": { \"~c\": [\"zero\", \"sesame\", \"\", 5] } }");
  openclaw_fixture_write_file (self, ".openclaw/token", "single\r\n");

  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/1' }"));
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
  openclaw = openclaw_fixture_load (self);
  g_assert_true (openclaw_fixture_watches (self, openclaw, ".openclaw/secrets.json"));
  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'one', id: 'value' }"));
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "single");

  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'one', id: '/value' }"));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json refers to a file of one secret, whose id must be "
            "\"value\": set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/3' }"));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference, but the file has no "
            "text where its id points: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/01' }"));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference, but the file has no "
            "text where its id points: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/2' }"));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference to an empty secret: "
            "set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'none', id: '/x' }"));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference, but secrets.providers "
            "has no file provider none: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");

  openclaw_fixture_write_config (self, FILE_CONFIG ("{ source: 'file', provider: 'json', id: '/a~1b/~0c/1' }"));
  g_assert_no_errno (g_chmod (path, 0640));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference (cannot read "
            "~/.openclaw/secrets.json: others than its owner may use it, which OpenClaw refuses (chmod 600)): "
            "set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  g_assert_no_errno (g_remove (path));
  g_assert_no_errno (symlink ("token", path));
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is a file secret reference (cannot read "
            "~/.openclaw/secrets.json: it is a symbolic link, which OpenClaw refuses): set [gateway] token in "
            "gangway.conf or OPENCLAW_GATEWAY_TOKEN");
}

static void
test_references_it_cannot_resolve (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_write_config (
      self, "{ gateway: { auth: { token: { source: 'exec', provider: 'vault', id: 'gateway/token' } } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is an exec secret reference, which Gangway cannot "
            "resolve: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
  openclaw_fixture_write_config (
      self, "{ gateway: { auth: { mode: 'password', password: { source: 'store', provider: 'default', id: 'PASS' } } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.password in ~/.openclaw/openclaw.json is a store secret reference, which Gangway "
            "cannot resolve: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_PASSWORD");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: { source: 'cloud', provider: 'x', id: 'y' } } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json is neither text nor a secret reference: set "
            "[gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  OPENCLAW_FIXTURE_ADD ("/openclaw/secret/modes", test_modes);
  OPENCLAW_FIXTURE_ADD ("/openclaw/secret/variables", test_variables_of_secrets);
  OPENCLAW_FIXTURE_ADD ("/openclaw/secret/env-references", test_env_references);
  OPENCLAW_FIXTURE_ADD ("/openclaw/secret/file-references", test_file_references);
  OPENCLAW_FIXTURE_ADD ("/openclaw/secret/references-it-cannot-resolve", test_references_it_cannot_resolve);

  return g_test_run ();
}
