/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdio.h>

#include "session-fixture.h"

/* How a session gets to its peers. */

static guint n_warnings; /* of credentials in the clear */

static GLogWriterOutput
count_warnings (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
  g_autofree char *line = g_log_writer_format_fields (level, fields, n_fields, FALSE);

  if ((level & G_LOG_LEVEL_WARNING) != 0 && strstr (line, "credentials go to ws://192.0.2.1:9 in the clear") != NULL)
    n_warnings++;
  return g_log_writer_default (level, fields, n_fields, NULL);
}

/* --- answers to the upgrade --- */

typedef struct {
  const char *status;
  const char *code;
  const char *message;
} RefusalCase;

static void
test_platform_answers_without_upgrade (SessionFixture *self, gconstpointer unused)
{
  static const RefusalCase cases[] = {
    { "401 Unauthorized", "platform-refused", "platform refused the connection: HTTP 401 Unauthorized; check the key *" },
    { "403 Forbidden", "platform-refused", "platform refused the connection: HTTP 403 Forbidden; check the key *" },
    { "404 Not Found", "platform-refused", "platform refused the connection: HTTP 404 Not Found; check the URL" },
    { "500 Oops", "platform-unreachable", "platform is not available: HTTP 500 Internal Server Error" },
    { "502 Bad Gateway", "platform-unreachable", "platform is not available: HTTP 502 Bad Gateway" },
    { "429 Slow Down", "platform-unreachable", "platform is not available: HTTP 429 Too Many Requests" },
  };

  session_fixture_start (self);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      fake_peer_refuse (FAKE_PEER (self->platform), cases[i].status, NULL, "<html>");
      relay_session_restart (self->session);
      fake_wait_until (relay_session_get_state (self->session) == RELAY_STATE_CONNECTING);
      session_fixture_expect_error (self, cases[i].code, cases[i].message);
    }
}

static void
test_gateway_answers_without_upgrade (SessionFixture *self, gconstpointer unused)
{
  fake_peer_refuse (FAKE_PEER (self->gateway), "404 Not Found", NULL, "<html>");
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-refused",
                                "gateway refused the connection: HTTP 404 Not Found; check the URL");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);
}

static void
test_redirects_are_not_followed (SessionFixture *self, gconstpointer unused)
{
  static const char *const statuses[] = { "301 Moved Permanently", "302 Found", "303 See Other", "307 Temporary Redirect",
                                          "308 Permanent Redirect" };
  g_autoptr (FakePeer) elsewhere = fake_peer_new ();
  g_autofree char *location = g_strdup_printf ("Location: %s/\r\n", fake_peer_get_url (elsewhere));

  session_fixture_start (self);
  for (gsize i = 0; i < G_N_ELEMENTS (statuses); i++)
    {
      fake_peer_refuse (FAKE_PEER (self->platform), statuses[i], location, NULL);
      relay_session_restart (self->session);
      fake_wait_until (relay_session_get_state (self->session) == RELAY_STATE_CONNECTING);
      session_fixture_expect_error (self, "platform-refused", "platform answered with a redirect (HTTP 30?)*");
    }
  fake_wait_settle ();
  g_assert_cmpuint (fake_peer_get_n_total (elsewhere), ==, 0);
}

static void
test_wrong_accept (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_WRONG_ACCEPT);
  session_fixture_start (self);
  session_fixture_expect_error (self, "platform-protocol",
                                "platform answered the upgrade with a wrong Sec-WebSocket-Accept");
}

static void
test_dropped_upgrade (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_DROP);
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-unreachable", "gateway closed the connection during the upgrade: *");
}

static void
test_upgrade_byte_by_byte (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_BYTEWISE);
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_BYTEWISE);
  session_fixture_connect (self);
}

/* --- addresses --- */

static void
test_path_and_query_are_sent (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line =
      g_strdup_printf ("platform-url=%s/a%%20b/relay?tenant=7&x=%%2F", fake_peer_get_url (FAKE_PEER (self->platform)));
  FakeConnection *platform;

  session_fixture_apply (self, "", line);
  platform = session_fixture_connect (self);
  g_assert_true (g_str_has_prefix (fake_connection_get_request (platform), "GET /a%20b/relay?tenant=7&x=%2F HTTP/1.1\r\n"));
}

static void
test_localhost_by_name (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line =
      g_strdup_printf ("platform-url=ws://localhost:%u", fake_peer_get_port (FAKE_PEER (self->platform)));
  g_autofree char *expected = g_strdup_printf ("localhost:%u", fake_peer_get_port (FAKE_PEER (self->platform)));
  g_autofree char *host = NULL;

  session_fixture_apply (self, "", line);
  host = fake_connection_get_header (session_fixture_connect (self), "Host");
  g_assert_cmpstr (host, ==, expected);
}

static void
test_ipv6 (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *expected = NULL;
  g_autofree char *host = NULL;

  g_clear_object (&self->platform);
  self->platform = g_object_new (FAKE_TYPE_PLATFORM, "address", "::1", NULL);
  session_fixture_start (self);
  expected = g_strdup_printf ("[::1]:%u", fake_peer_get_port (FAKE_PEER (self->platform)));
  host = fake_connection_get_header (session_fixture_connect (self), "Host");
  g_assert_cmpstr (host, ==, expected);
}

static void
test_nobody_listens (SessionFixture *self, gconstpointer unused)
{
  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-unreachable", "cannot reach the gateway at ws://127.0.0.1:*: *");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);
}

/* --- in the clear --- */

/* Nothing is sent here: the gateway, which comes first, is not there. */
static void
test_plaintext_is_warned_of_each_time (SessionFixture *self, gconstpointer unused)
{
  n_warnings = 0;
  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  session_fixture_apply (self, "", "platform-url=ws://192.0.2.1:9/\nallow-plaintext=true");
  for (guint i = 1; i <= 3; i++)
    {
      session_fixture_expect_error (self, "gateway-unreachable", "*");
      g_assert_cmpuint (n_warnings, ==, i);
      g_assert_true (relay_session_reconnect (self->session));
    }
}

static void
test_loopback_is_not_warned_of (SessionFixture *self, gconstpointer unused)
{
  n_warnings = 0;
  session_fixture_apply (self, "allow-plaintext=true", "allow-plaintext=true");
  session_fixture_connect (self);
  g_assert_cmpuint (n_warnings, ==, 0);
}

/* --- proxies --- */

/* Runs the test again with the proxy of the environment, which is read when the program starts. */
static void
run_with_proxy (const char *proxy)
{
  g_autofree char *url = g_strdup_printf ("http://%s", proxy);
  g_autofree char *options = g_strjoin (":", g_getenv ("ASAN_OPTIONS"), "fast_unwind_on_malloc=0", NULL);

  /* So that a leak tells its whole stack: those of the proxy resolver's library are in tests/lsan.supp. */
  g_setenv ("ASAN_OPTIONS", options, TRUE);
  g_unsetenv ("NO_PROXY");
  g_unsetenv ("no_proxy");
  g_setenv ("http_proxy", url, TRUE);
  g_setenv ("https_proxy", url, TRUE);
  g_setenv ("all_proxy", url, TRUE);
  /* not the desktop's */
  g_setenv ("GIO_USE_PROXY_RESOLVER", "libproxy", TRUE);
  g_unsetenv ("XDG_CURRENT_DESKTOP");
  g_test_trap_subprocess (NULL, 30 * G_USEC_PER_SEC, G_TEST_SUBPROCESS_INHERIT_STDERR);
  g_test_trap_assert_passed ();
  g_unsetenv ("http_proxy");
  g_unsetenv ("https_proxy");
  g_unsetenv ("all_proxy");
  g_setenv ("NO_PROXY", "*", TRUE);
}

static void
test_no_proxy_for_loopback (SessionFixture *self, gconstpointer unused)
{
  /* nobody listens on the discard port */
  if (g_test_subprocess ())
    session_fixture_connect (self);
  else
    run_with_proxy ("127.0.0.1:9");
}

static void
test_proxy_for_other_hosts (SessionFixture *self, gconstpointer unused)
{
  const char *variable = g_getenv ("http_proxy");
  g_autoptr (FakePeer) proxy = NULL;
  guint port = 0;

  if (!g_test_subprocess ())
    {
      g_autoptr (FakePeer) place = fake_peer_new ();
      g_autofree char *address = g_strdup_printf ("127.0.0.1:%u", fake_peer_get_port (place));

      g_clear_object (&place);
      run_with_proxy (address);
      return;
    }

  g_assert_cmpint (sscanf (variable, "http://127.0.0.1:%u", &port), ==, 1);
  proxy = g_object_new (FAKE_TYPE_PEER, "port", port, NULL);
  fake_peer_refuse (proxy, "403 Forbidden", NULL, NULL);
  session_fixture_apply (self, "", "platform-url=ws://platform.test:81/\nallow-plaintext=true");
  session_fixture_expect_error (self, "platform-unreachable", "cannot reach the platform at ws://platform.test:81: *");
  g_assert_cmpuint (fake_peer_get_n_total (proxy), ==, 1);
  g_assert_true (g_str_has_prefix (fake_connection_get_request (fake_peer_get_nth_connection (proxy, 1)),
                                   "CONNECT platform.test:81 HTTP/1."));
  g_free (fake_connection_take_violation (fake_peer_get_nth_connection (proxy, 1)));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_writer_func (count_warnings, NULL, NULL);

  session_fixture_add ("/session/dial/platform-answers-without-upgrade", test_platform_answers_without_upgrade);
  session_fixture_add ("/session/dial/gateway-answers-without-upgrade", test_gateway_answers_without_upgrade);
  session_fixture_add ("/session/dial/redirects-are-not-followed", test_redirects_are_not_followed);
  session_fixture_add ("/session/dial/wrong-accept", test_wrong_accept);
  session_fixture_add ("/session/dial/dropped-upgrade", test_dropped_upgrade);
  session_fixture_add ("/session/dial/upgrade-byte-by-byte", test_upgrade_byte_by_byte);
  session_fixture_add ("/session/dial/path-and-query-are-sent", test_path_and_query_are_sent);
  session_fixture_add ("/session/dial/localhost-by-name", test_localhost_by_name);
  session_fixture_add ("/session/dial/ipv6", test_ipv6);
  session_fixture_add ("/session/dial/nobody-listens", test_nobody_listens);
  session_fixture_add ("/session/dial/plaintext-is-warned-of-each-time", test_plaintext_is_warned_of_each_time);
  session_fixture_add ("/session/dial/loopback-is-not-warned-of", test_loopback_is_not_warned_of);
  session_fixture_add ("/session/dial/no-proxy-for-loopback", test_no_proxy_for_loopback);
  session_fixture_add ("/session/dial/proxy-for-other-hosts", test_proxy_for_other_hosts);

  return g_test_run ();
}
