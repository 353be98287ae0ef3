/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

static FakePeer *
platform (PumpFixture *self)
{
  return FAKE_PEER (self->session.platform);
}

static void
check_refusal (PumpFixture *self, const char *status, const char *headers, const char *code, const char *message)
{
  fake_peer_refuse (platform (self), status, headers, "<html>sorry</html>");
  if (!relay_session_reconnect (self->session.session))
    session_fixture_start (&self->session);
  pump_fixture_expect_end (self, code, message);
  fake_peer_expect_empty (platform (self));
}

static void
test_refusals (PumpFixture *self, gconstpointer unused)
{
  check_refusal (self, "401 Unauthorized", "WWW-Authenticate: Bearer\r\n", "platform-refused",
                 "platform refused the connection: HTTP 401 Unauthorized; check the key and the URL");
  check_refusal (self, "403 Forbidden", "", "platform-refused", "platform refused the connection: HTTP 403 Forbidden*");
  check_refusal (self, "404 Not Found", "", "platform-refused", "platform refused the connection: HTTP 404 Not Found*");
  check_refusal (self, "200 OK", "", "platform-unreachable", "platform is not available: HTTP 200 OK");
  check_refusal (self, "502 Bad Gateway", "", "platform-unreachable", "platform is not available: HTTP 502 Bad Gateway");
  check_refusal (self, "429 Too Many Requests", "", "platform-unreachable", "platform is not available: HTTP 429*");
}

/* A redirect is said and not followed. */
static void
test_redirect (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (FakePeer) other = fake_peer_new ();
  g_autofree char *location = g_strdup_printf ("Location: %s\r\n", fake_peer_get_url (other));

  check_refusal (self, "302 Found", location, "platform-refused", "platform answered with a redirect (HTTP 302)*");
  check_refusal (self, "308 Permanent Redirect", location, "platform-refused",
                 "platform answered with a redirect (HTTP 308)*");
  g_assert_cmpuint (fake_peer_get_n_total (other), ==, 0);
}

static gint64
get_wait_ms (PumpFixture *self)
{
  return session_fixture_get_number (&self->session, "retrying-at") -
         relay_clock_get_real_ms (RELAY_CLOCK (self->session.clock));
}

/* The platform says when to come again, in seconds or as a date. */
static void
test_retry_after (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GDateTime) now =
      g_date_time_new_from_unix_utc (relay_clock_get_real_ms (RELAY_CLOCK (self->session.clock)) / 1000);
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, 120);
  g_autofree char *date = g_date_time_format (then, "Retry-After: %a, %d %b %Y %H:%M:%S GMT\r\n");

  check_refusal (self, "503 Service Unavailable", "Retry-After: 90\r\n", "platform-unreachable", "*HTTP 503*");
  g_assert_cmpint (get_wait_ms (self), >=, 90000);
  g_assert_cmpint (get_wait_ms (self), <=, 90000 * 5 / 4);

  check_refusal (self, "503 Service Unavailable", date, "platform-unreachable", "*HTTP 503*");
  g_assert_cmpint (get_wait_ms (self), >=, 119000);
  g_assert_cmpint (get_wait_ms (self), <=, 120000 * 5 / 4);

  check_refusal (self, "503 Service Unavailable", "Retry-After: 86400\r\n", "platform-unreachable", "*HTTP 503*");
  g_assert_cmpint (get_wait_ms (self), >=, 600000);
  g_assert_cmpint (get_wait_ms (self), <=, 600000 * 5 / 4);

  check_refusal (self, "503 Service Unavailable", "Retry-After: soon\r\n", "platform-unreachable", "*HTTP 503*");
  g_assert_cmpint (get_wait_ms (self), <=, 60000);
}

static void
check_mode (PumpFixture *self, FakeUpgradeMode mode, const char *headers, const char *code, const char *message)
{
  fake_peer_set_upgrade_mode (platform (self), mode);
  fake_peer_set_upgrade_headers (platform (self), headers);
  if (!relay_session_reconnect (self->session.session))
    session_fixture_start (&self->session);
  pump_fixture_expect_end (self, code, message);
  fake_peer_expect_empty (platform (self));
}

static void
test_wrong_answers (PumpFixture *self, gconstpointer unused)
{
  check_mode (self, FAKE_UPGRADE_WRONG_ACCEPT, NULL, "platform-protocol",
              "platform answered the upgrade with a wrong Sec-WebSocket-Accept");
  check_mode (self, FAKE_UPGRADE_ENDLESS, NULL, "platform-protocol",
              "platform answered the upgrade with more than 16384 bytes of headers");
  check_mode (self, FAKE_UPGRADE_DROP, NULL, "platform-unreachable", "platform closed the connection during the upgrade*");
  check_mode (self, FAKE_UPGRADE_ACCEPT, "Sec-WebSocket-Extensions: permessage-deflate\r\n", "platform-protocol",
              "platform answered the upgrade with a wrong Sec-WebSocket-Extensions");
  check_mode (self, FAKE_UPGRADE_ACCEPT, "Sec-WebSocket-Protocol: chat\r\n", "platform-protocol",
              "platform answered the upgrade with a wrong Sec-WebSocket-Protocol");
}

/* The dial's limit is for the connection, TLS and the upgrade together. */
static void
test_silent (PumpFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (platform (self), FAKE_UPGRADE_SILENT);
  session_fixture_start (&self->session);
  session_fixture_expect_step (&self->session, RELAY_STEP_PLATFORM_DIAL);
  fake_wait_until (fake_peer_get_n_open (platform (self)) == 1);
  fake_wait_settle ();
  fake_clock_advance_ms (self->session.clock, 9999);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTING);

  fake_clock_advance_ms (self->session.clock, 1);
  pump_fixture_expect_end (self, "timeout", "platform did not answer within 10 s (dialling)");
  fake_peer_expect_empty (platform (self));
}

static void
test_unreachable (PumpFixture *self, gconstpointer unused)
{
  fake_peer_stop_listening (FAKE_PEER (self->session.gateway));
  session_fixture_start (&self->session);
  pump_fixture_expect_end (self, "gateway-unreachable", "*gateway*");
  g_assert_cmpuint (fake_peer_get_n_total (platform (self)), ==, 0);
}

/* The answer may come in as many pieces as it likes. */
static void
test_bytewise (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) answer = NULL;

  fake_peer_set_upgrade_mode (platform (self), FAKE_UPGRADE_BYTEWISE);
  fake_peer_set_upgrade_mode (FAKE_PEER (self->session.gateway), FAKE_UPGRADE_BYTEWISE);
  fake_peer_set_upgrade_headers (platform (self), "Server: x\r\nDate: today\r\n");
  pump_fixture_connect (self);
  answer = fake_platform_request (self->session.platform, "health", "{}");
}

static gboolean
on_opened (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  GBytes *big = user_data;

  fake_connection_send_text (connection, "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{}}");
  for (guint i = 0; i < 10; i++)
    fake_connection_send_format (connection, "{\"type\":\"event\",\"event\":\"e%u\"}", i);
  fake_connection_send_bytes (connection, FAKE_TEXT, big);
  return TRUE;
}

/* H2: frames in the same segment as the 101, the challenge first among them, are not lost. */
static void
test_frames_behind_the_answer (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) big = pump_fixture_new_json (300000);
  FakeConnection *connection;
  g_autoptr (FakeMessage) pre_handshake = NULL;
  g_autoptr (FakeMessage) challenge = NULL;

  g_signal_connect (self->session.gateway, "opened", G_CALLBACK (on_opened), big);
  connection = session_fixture_connect (&self->session);
  pre_handshake = fake_connection_expect_message (connection);
  challenge = fake_connection_expect_message (connection);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *expected = g_strdup_printf ("{\"type\":\"event\",\"event\":\"e%u\"}", i);

      pump_fixture_expect_text (connection, expected);
    }
  pump_fixture_expect_bytes (connection, FAKE_TEXT, g_bytes_get_data (big, NULL), g_bytes_get_size (big));
  g_signal_handlers_disconnect_by_data (self->session.gateway, big);
}

static gboolean
on_opened_with_fault (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  g_autoptr (GBytes) head = g_bytes_new_static ("\x82\x7f\x00\x00\x01\x00\x00\x00\x00\x00", 10);

  fake_connection_send_raw (connection, head);
  return TRUE;
}

/* Too large a message may be announced in the segment of the 101 already. */
static void
test_fault_behind_the_answer (PumpFixture *self, gconstpointer unused)
{
  g_signal_connect (self->session.platform, "opened", G_CALLBACK (on_opened_with_fault), NULL);
  session_fixture_start (&self->session);
  pump_fixture_expect_end (self, "too-large", "platform sent a message over 64 MiB");
  g_assert_cmpuint (fake_connection_get_close_code (fake_peer_get_nth_connection (platform (self), 1)), ==, 1009);
}

/* What we send is as RFC 6455 wants it (the fakes check more), and no cookie, origin, extension or secret. */
static void
test_request (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *key = NULL;
  g_autofree char *old_key = NULL;
  g_autofree guint8 *nonce = NULL;
  gsize length;

  pump_fixture_connect (self);
  key = fake_connection_get_header (self->platform, "Sec-WebSocket-Key");
  old_key = fake_connection_get_header (self->gateway, "Sec-WebSocket-Key");
  nonce = g_base64_decode (key, &length);
  g_assert_cmpuint (length, ==, 16);
  g_assert_cmpstr (key, !=, old_key);
  g_assert_true (g_str_has_prefix (fake_connection_get_request (self->platform), "GET / HTTP/1.1\r\n"));
  g_assert_null (strstr (fake_connection_get_request (self->platform), FIXTURE_KEY));
  g_assert_null (fake_connection_get_header (self->platform, "Origin"));
  g_assert_null (fake_connection_get_header (self->platform, "Sec-WebSocket-Extensions"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add_unconnected ("/link/upgrade/refusals", test_refusals);
  pump_fixture_add_unconnected ("/link/upgrade/redirect", test_redirect);
  pump_fixture_add_unconnected ("/link/upgrade/retry-after", test_retry_after);
  pump_fixture_add_unconnected ("/link/upgrade/wrong-answers", test_wrong_answers);
  pump_fixture_add_unconnected ("/link/upgrade/bytewise", test_bytewise);
  pump_fixture_add_unconnected ("/link/upgrade/request", test_request);
  pump_fixture_add_unconnected ("/link/upgrade/unreachable", test_unreachable);
  pump_fixture_add_unconnected ("/link/upgrade/fault-behind-the-answer", test_fault_behind_the_answer);
  pump_fixture_add_unconnected ("/link/H1/silent-upgrade", test_silent);
  pump_fixture_add_unconnected ("/link/H2/frames-behind-the-answer", test_frames_behind_the_answer);

  return g_test_run ();
}
