/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "openclaw-fixture.h"

static void
test_substitution (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_set_env (self, "MY_TOKEN", "sesame");
  openclaw_fixture_set_env (self, "_2", "two");
  openclaw_fixture_set_env (self, "lower", "no");
  openclaw_fixture_set_env (self, "EMPTY", "");

  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: 'a-${MY_TOKEN}-${_2}' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "a-sesame-two");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: '$${MY_TOKEN}$$${MY_TOKEN}' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "${MY_TOKEN}$${MY_TOKEN}");
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: '${lower}${2X}${}${MY TOKEN}${MY_TOKEN $' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "${lower}${2X}${}${MY TOKEN}${MY_TOKEN $");

  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: '${EMPTY}' } } }");
  openclaw_fixture_assert_secret_error (
      self, "gateway.auth.token in ~/.openclaw/openclaw.json uses ${EMPTY}, which is not set in Gangway's "
            "environment or in OpenClaw's .env: set [gateway] token in gangway.conf or OPENCLAW_GATEWAY_TOKEN");

  /* What is missing elsewhere does no harm. */
  openclaw_fixture_write_config (self, "{ channels: { x: '${NOT_SET}' }, gateway: { auth: { token: '${MY_TOKEN}' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "sesame");
}

static void
test_dotenv (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_write_config (self, "{ gateway: { auth: { token: '${A}|${B}|${C}|${D}|${E}|${F}|${G}|${H}' } } }");
  openclaw_fixture_write_file (self, ".openclaw/.env",
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
  openclaw_fixture_set_env (self, "H", "given");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN,
                                  "one|two # \\'2\\'|three\n3|four\n4|five|it's|last|given");
}

static void
test_dotenv_places (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *state = openclaw_fixture_in_home (self, "state");
  g_autofree char *config = openclaw_fixture_in_home (self, "conf/claw.json");
  g_autoptr (RelayOpenclaw) moved = NULL;

  openclaw_fixture_write_config (self, "{}");
  openclaw_fixture_write_file (self, ".openclaw/.env", "OPENCLAW_GATEWAY_TOKEN=of-home\nEMPTY=\n");
  openclaw_fixture_write_file (self, ".config/openclaw/gateway.env",
                               "OPENCLAW_GATEWAY_TOKEN=of-config\nOPENCLAW_GATEWAY_PORT=19020\nEMPTY=x\n");
  openclaw_fixture_write_file (self, "state/.env", "OPENCLAW_GATEWAY_TOKEN=of-state\n");
  openclaw_fixture_write_file (self, "conf/.env", "OPENCLAW_GATEWAY_TOKEN=of-conf\n");
  openclaw_fixture_write_file (self, "conf/claw.json", "{}");

  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-home");
  moved = openclaw_fixture_load (self);
  g_assert_cmpuint (moved->port, ==, 19020);

  openclaw_fixture_set_env (self, "OPENCLAW_CONFIG_PATH", config);
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-conf");
  openclaw_fixture_set_env (self, "OPENCLAW_STATE_DIR", state);
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-state");
}

static void
test_config_env (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_write_file (self, ".openclaw/.env", "FROM_DOTENV=dotenv\n");
  openclaw_fixture_set_env (self, "GIVEN", "given");
  openclaw_fixture_write_config (
      self, "{ env: { vars: { A: 'vars', B: 'vars', NUMBER: 5 }, B: 'direct', GIVEN: 'no', FROM_DOTENV: 'no', 'x y': 'z',\n"
            "         REF: '${A}', BLANK: ' ', shellEnv: { enabled: false } },\n"
            "  gateway: { auth: { token: '${A}|${B}|${GIVEN}|${FROM_DOTENV}' } } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "vars|direct|given|dotenv");

  openclaw_fixture_write_config (self, "{ env: { OPENCLAW_GATEWAY_TOKEN: 'of-env' } }");
  openclaw_fixture_assert_secret (self, RELAY_OPENCLAW_AUTH_TOKEN, "of-env");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  OPENCLAW_FIXTURE_ADD ("/openclaw/env/substitution", test_substitution);
  OPENCLAW_FIXTURE_ADD ("/openclaw/env/dotenv", test_dotenv);
  OPENCLAW_FIXTURE_ADD ("/openclaw/env/dotenv-places", test_dotenv_places);
  OPENCLAW_FIXTURE_ADD ("/openclaw/env/config-section", test_config_env);

  return g_test_run ();
}
