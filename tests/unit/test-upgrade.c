/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "relay/relay-upgrade.h"
#include "settings/relay-url.h"

/* RFC 6455 1.3 */
#define KEY "dGhlIHNhbXBsZSBub25jZQ=="
#define ACCEPT "s3pPLMBiTxaQ9kYGzzhZRbK+xOo="
#define GOOD "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
#define NOW_MS G_GINT64_CONSTANT (784111777000) /* Sun, 06 Nov 1994 08:49:37 GMT */

static void
check_request (const char *url, const char *first_line, const char *host)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) uri = relay_url_parse (url, "platform-url", TRUE, &error);
  g_autofree char *request = NULL;
  g_autofree char *expected = g_strdup_printf ("GET %s HTTP/1.1\r\nHost: %s\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                                               "Sec-WebSocket-Key: " KEY "\r\nSec-WebSocket-Version: 13\r\n"
                                               "User-Agent: gangway/" PACKAGE_VERSION "\r\n\r\n",
                                               first_line, host);

  g_assert_no_error (error);
  request = relay_upgrade_build_request (uri, KEY);
  g_assert_cmpstr (request, ==, expected);
}

static void
test_request (void)
{
  check_request ("ws://localhost", "/", "localhost");
  check_request ("ws://localhost:18789/", "/", "localhost:18789");
  check_request ("ws://localhost:80/a", "/a", "localhost");
  check_request ("wss://platform.example:443/relay", "/relay", "platform.example");
  check_request ("wss://platform.example:80/relay", "/relay", "platform.example:80");
  check_request ("ws://127.0.0.1:443?a=b", "/?a=b", "127.0.0.1:443");
  check_request ("wss://[::1]", "/", "[::1]");
  check_request ("wss://[2001:db8::1]:8443/x/y?z=%20&q", "/x/y?z=%20&q", "[2001:db8::1]:8443");
  check_request ("wss://platform.example/a%0d%0aX:%20y?b=%0d%0a", "/a%0d%0aX:%20y?b=%0d%0a", "platform.example");
}

static GError *
judge (const char *answer, RelaySide side)
{
  GError *error = NULL;
  gboolean is_good = relay_upgrade_check_answer (answer, strlen (answer), KEY, side, NOW_MS, &error);

  g_assert_true (is_good == (error == NULL));
  return error;
}

static void
test_good_answers (void)
{
  static const char *const answers[] = {
    GOOD "Sec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
    "HTTP/1.1 101 \r\nupgrade: WebSocket\r\nconnection: keep-alive, Upgrade\r\nsec-websocket-accept: " ACCEPT "\r\n\r\n",
    "HTTP/1.1 101 Whatever\r\nServer: x\r\nConnection: keep-alive\r\nConnection: upgrade\r\nUpgrade:   websocket  \r\n"
    "Sec-WebSocket-Accept:" ACCEPT "\r\nContent-Length: 0\r\n\r\n",
  };

  for (guint i = 0; i < G_N_ELEMENTS (answers); i++)
    {
      g_autoptr (GError) error = judge (answers[i], RELAY_SIDE_PLATFORM);

      g_assert_no_error (error);
    }
}

static void
check_bad (const char *answer, RelayError code, const char *message)
{
  g_autoptr (GError) error = judge (answer, RELAY_SIDE_PLATFORM);

  g_assert_error (error, RELAY_ERROR, (int) code);
  if (!g_pattern_match_simple (message, error->message))
    g_error ("“%s” is not like “%s”", error->message, message);
}

static void
test_bad_answers (void)
{
  check_bad ("SSH-2.0-OpenSSH_9.2\r\n\r\n", RELAY_ERROR_PLATFORM_PROTOCOL, "platform did not answer in HTTP*");
  check_bad ("\r\n\r\n", RELAY_ERROR_PLATFORM_PROTOCOL, "*");
  check_bad ("HTTP/1.0 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT
             "\r\n\r\n",
             RELAY_ERROR_PLATFORM_PROTOCOL, "*wrong HTTP version");
  check_bad (GOOD "\r\n", RELAY_ERROR_PLATFORM_PROTOCOL, "*wrong Sec-WebSocket-Accept");
  check_bad (GOOD "Sec-WebSocket-Accept: " KEY "\r\n\r\n", RELAY_ERROR_PLATFORM_PROTOCOL, "*wrong Sec-WebSocket-Accept");
  check_bad (GOOD "Sec-WebSocket-Accept: S3PPLMBITXAQ9KYGZZHZRBK+XOO=\r\n\r\n", RELAY_ERROR_PLATFORM_PROTOCOL,
             "*wrong Sec-WebSocket-Accept");
  check_bad ("HTTP/1.1 101 x\r\nUpgrade: h2c\r\nConnection: Upgrade\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
             RELAY_ERROR_PLATFORM_PROTOCOL, "*wrong Upgrade");
  check_bad ("HTTP/1.1 101 x\r\nUpgrade: websocket\r\nConnection: close\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n",
             RELAY_ERROR_PLATFORM_PROTOCOL, "*wrong Connection");
  check_bad (GOOD "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Extensions: permessage-deflate\r\n\r\n",
             RELAY_ERROR_PLATFORM_PROTOCOL, "*wrong Sec-WebSocket-Extensions");
  check_bad (GOOD "Sec-WebSocket-Accept: " ACCEPT "\r\nSec-WebSocket-Protocol: chat\r\n\r\n", RELAY_ERROR_PLATFORM_PROTOCOL,
             "*wrong Sec-WebSocket-Protocol");
  check_bad ("HTTP/1.1 401 Unauthorized\r\n\r\n", RELAY_ERROR_PLATFORM_REFUSED, "*HTTP 401*check the key and the URL");
  check_bad ("HTTP/1.1 301 Moved\r\nLocation: wss://x/\r\n\r\n", RELAY_ERROR_PLATFORM_REFUSED, "*redirect (HTTP 301)*");
  check_bad ("HTTP/1.1 426 Upgrade Required\r\n\r\n", RELAY_ERROR_PLATFORM_REFUSED, "*HTTP 426*");
  check_bad ("HTTP/1.1 500 Oops\r\n\r\n", RELAY_ERROR_PLATFORM_UNREACHABLE, "*HTTP 500*");
  check_bad ("HTTP/1.1 408 Slow\r\n\r\n", RELAY_ERROR_PLATFORM_UNREACHABLE, "*HTTP 408*");
}

/* A gateway's errors are its own, and a NUL is no HTTP. */
static void
test_sides (void)
{
  static const char with_nul[] = GOOD "X: \0\r\nSec-WebSocket-Accept: " ACCEPT "\r\n\r\n";
  g_autoptr (GError) error = judge ("HTTP/1.1 403 Forbidden\r\n\r\n", RELAY_SIDE_GATEWAY);
  g_autoptr (GError) nul_error = NULL;

  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_GATEWAY_REFUSED);
  g_assert_false (relay_upgrade_check_answer (with_nul, sizeof with_nul - 1, KEY, RELAY_SIDE_GATEWAY, NOW_MS, &nul_error));
  g_assert_error (nul_error, RELAY_ERROR, RELAY_ERROR_GATEWAY_PROTOCOL);
}

static guint
read_retry_after (const char *value)
{
  g_autofree char *answer = g_strdup_printf ("HTTP/1.1 503 Service Unavailable\r\nRetry-After: %s\r\n\r\n", value);
  g_autoptr (GError) error = judge (answer, RELAY_SIDE_PLATFORM);

  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_UNREACHABLE);
  return relay_error_get_retry_after_ms (error);
}

static void
test_retry_after (void)
{
  g_assert_cmpuint (read_retry_after ("0"), ==, 0);
  g_assert_cmpuint (read_retry_after ("120"), ==, 120000);
  g_assert_cmpuint (read_retry_after ("-1"), ==, 0);
  g_assert_cmpuint (read_retry_after ("soon"), ==, 0);
  g_assert_cmpuint (read_retry_after (""), ==, 0);
  g_assert_cmpuint (read_retry_after ("Sun, 06 Nov 1994 08:50:37 GMT"), ==, 60000);
  g_assert_cmpuint (read_retry_after ("Sunday, 06-Nov-94 08:50:37 GMT"), ==, 60000);
  g_assert_cmpuint (read_retry_after ("Sun, 06 Nov 1994 08:49:36 GMT"), ==, 0);
  g_assert_cmpuint (read_retry_after ("4000000"), >=, 10 * 60 * 1000);
  g_assert_cmpuint (read_retry_after ("Sun, 06 Nov 2394 08:49:36 GMT"), >=, 10 * 60 * 1000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/upgrade/request", test_request);
  g_test_add_func ("/upgrade/good-answers", test_good_answers);
  g_test_add_func ("/upgrade/bad-answers", test_bad_answers);
  g_test_add_func ("/upgrade/sides", test_sides);
  g_test_add_func ("/upgrade/retry-after", test_retry_after);

  return g_test_run ();
}
