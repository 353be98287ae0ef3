/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "relay/relay-connect-frame.h"

static GBytes *
rewrite (const char *frame, const char *member, const char *secret, GError **error)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (frame, strlen (frame));
  RelayEnvelope envelope;

  g_assert_true (relay_envelope_read (&envelope, frame, strlen (frame)));
  return relay_connect_frame_set_auth (bytes, &envelope, member, secret, error);
}

static void
check_rewritten (const char *frame, const char *member, const char *secret, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) result = rewrite (frame, member, secret, &error);
  g_autofree char *text = NULL;

  g_assert_no_error (error);
  text = g_strndup (g_bytes_get_data (result, NULL), g_bytes_get_size (result));
  g_assert_cmpstr (text, ==, expected);
}

static void
test_auth_is_set (void)
{
  check_rewritten ("{\"params\":{\"role\":\"operator\"},\"id\":1}", "token", "t1",
                   "{\"params\":{\"auth\":{\"token\":\"t1\"},\"role\":\"operator\"},\"id\":1}");
  check_rewritten ("{\"params\":{}}", "token", "t1", "{\"params\":{\"auth\":{\"token\":\"t1\"}}}");
  check_rewritten ("{\"params\" : { \n\t } }", "password", "p \"1\"\n",
                   "{\"params\" : {\"auth\":{\"password\":\"p \\\"1\\\"\\n\"} \n\t } }");
  check_rewritten ("{\"params\":{ \"a\" : [ ] } }", "token", "t1",
                   "{\"params\":{\"auth\":{\"token\":\"t1\"}, \"a\" : [ ] } }");
}

static void
test_auth_is_replaced (void)
{
  check_rewritten ("{\"params\":{\"a\":1,\"auth\":{\"token\":\"stolen\",\"x\":[{}]} ,\"b\":2}}", "token", "t1",
                   "{\"params\":{\"a\":1,\"auth\":{\"token\":\"t1\"} ,\"b\":2}}");
  check_rewritten ("{\"params\":{\"\\u0061uth\":null}}", "token", "t1", "{\"params\":{\"\\u0061uth\":{\"token\":\"t1\"}}}");
  check_rewritten ("{\"params\":{\"auth\":\"x\",\"aut\\u0068\":7}}", "token", "t1",
                   "{\"params\":{\"auth\":\"x\",\"aut\\u0068\":{\"token\":\"t1\"}}}");
}

/* The params that count are the last, and only their own members. */
static void
test_right_params (void)
{
  check_rewritten ("{\"params\":{\"auth\":1},\"auth\":2,\"params\":{\"x\":{\"auth\":3}}}", "token", "t1",
                   "{\"params\":{\"auth\":1},\"auth\":2,\"params\":{\"auth\":{\"token\":\"t1\"},\"x\":{\"auth\":3}}}");
  check_rewritten ("{\"params\":{\"x\":{\"device\":{}}}}", "token", "t1",
                   "{\"params\":{\"auth\":{\"token\":\"t1\"},\"x\":{\"device\":{}}}}");
}

/* In mode `none` the gateway wants nothing, and gets nothing that the platform made up. */
static void
test_no_secret (void)
{
  check_rewritten ("{\"params\":{\"auth\":{\"token\":\"x\"}}}", "token", NULL, "{\"params\":{\"auth\":{}}}");
  check_rewritten ("{\"params\":{}}", "token", NULL, "{\"params\":{\"auth\":{}}}");
}

static void
check_refused (const char *frame, RelayError code, const char *message)
{
  g_autoptr (GError) error = NULL;

  g_assert_null (rewrite (frame, "token", "secret-4711", &error));
  g_assert_error (error, RELAY_ERROR, (int) code);
  g_assert_true (g_str_has_prefix (error->message, message));
  g_assert_null (strstr (error->message, "secret-4711"));
}

static void
test_refused (void)
{
  const char *signed_by = "platform's connect request is signed by a device identity";
  const char *no_params = "platform's connect request has no params";

  check_refused ("{\"params\":{\"device\":{\"id\":\"d\"}}}", RELAY_ERROR_PLATFORM_REFUSED, signed_by);
  check_refused ("{\"params\":{\"auth\":{},\"d\\u0065vice\":\"d\"}}", RELAY_ERROR_PLATFORM_REFUSED, signed_by);
  check_refused ("{\"params\":{\"device\":null,\"device\":{}}}", RELAY_ERROR_PLATFORM_REFUSED, signed_by);
  check_refused ("{\"id\":1}", RELAY_ERROR_PLATFORM_PROTOCOL, no_params);
  check_refused ("{\"params\":null}", RELAY_ERROR_PLATFORM_PROTOCOL, no_params);
  check_refused ("{\"params\":[{}]}", RELAY_ERROR_PLATFORM_PROTOCOL, no_params);
  check_refused ("{\"params\":{},\"params\":\"{}\"}", RELAY_ERROR_PLATFORM_PROTOCOL, no_params);
  check_rewritten ("{\"params\":{\"device\":null}}", "token", "t1",
                   "{\"params\":{\"auth\":{\"token\":\"t1\"},\"device\":null}}");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/connect-frame/auth-is-set", test_auth_is_set);
  g_test_add_func ("/connect-frame/auth-is-replaced", test_auth_is_replaced);
  g_test_add_func ("/connect-frame/right-params", test_right_params);
  g_test_add_func ("/connect-frame/no-secret", test_no_secret);
  g_test_add_func ("/connect-frame/refused", test_refused);

  return g_test_run ();
}
