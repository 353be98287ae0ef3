/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

typedef struct {
  guint code; /* 0: a close frame without one */
  const char *reason;
  guint passed_on;
  const char *said;
} Close;

static const Close closes[] = {
  { 1000, NULL, 1000, "1000" },
  { 1000, "done", 1000, "1000: done" },
  { 1001, "going away", 1001, "1001: going away" },
  { 1003, "text only", 1003, "1003: text only" },
  { 1008, "unauthorized", 1008, "1008: unauthorized" },
  { 1009, "too big", 1009, "1009: too big" },
  { 1011, "server error", 1001, "1011: server error" },
  { 1012, "service restart", 1001, "1012: service restart" },
  { 1013, "try again later", 1001, "1013: try again later" },
  { 1014, "bad gateway", 1001, "1014: bad gateway" },
  { 3000, "registered", 3000, "3000: registered" },
  { 4001, "bye now", 4001, "4001: bye now" },
  { 4999, "t\xc3\xa4st", 4999, "4999: t\xc3\xa4st" },
  { 0, NULL, 1001, "1005" },
};

static void
check_close (PumpFixture *self, gboolean is_gateway, const Close *close)
{
  const char *side = is_gateway ? "gateway" : "platform";
  FakeConnection *from = is_gateway ? self->gateway : self->platform;
  FakeConnection *to = is_gateway ? self->platform : self->gateway;
  g_autofree char *code = g_strdup_printf ("%s-closed", side);
  g_autofree char *message = g_strdup_printf ("%s closed: %s", side, close->said);

  fake_connection_close (from, close->code, close->reason);
  fake_connection_expect_gone (to);
  g_assert_cmpuint (fake_connection_get_close_code (to), ==, close->passed_on);
  g_assert_cmpstr (fake_connection_get_close_reason (to), ==, close->reason != NULL ? close->reason : "");
  fake_connection_expect_gone (from);
  session_fixture_expect_error (&self->session, code, message);
}

static void
check_all (PumpFixture *self, gboolean is_gateway)
{
  for (guint i = 0; i < G_N_ELEMENTS (closes); i++)
    {
      if (i > 0)
        {
          g_assert_true (relay_session_reconnect (self->session.session));
          pump_fixture_connect (self);
        }
      check_close (self, is_gateway, &closes[i]);
    }
}

static void
test_platform_closes (PumpFixture *self, gconstpointer unused)
{
  check_all (self, FALSE);
}

static void
test_gateway_closes (PumpFixture *self, gconstpointer unused)
{
  check_all (self, TRUE);
}

static void
test_end_without_close_frame (PumpFixture *self, gconstpointer unused)
{
  fake_connection_drop (self->platform, FAKE_DROP_FIN);
  fake_connection_expect_gone (self->gateway);
  g_assert_cmpuint (fake_connection_get_close_code (self->gateway), ==, 1001);
  session_fixture_expect_error (&self->session, "platform-closed", "platform closed: 1006*");

  relay_session_reconnect (self->session.session);
  pump_fixture_connect (self);
  fake_connection_drop (self->gateway, FAKE_DROP_RESET);
  fake_connection_expect_gone (self->platform);
  g_assert_cmpuint (fake_connection_get_close_code (self->platform), ==, 1001);
  session_fixture_expect_error (&self->session, "gateway-closed", "gateway closed: 1006*");
}

/* What the peer sent before it closed arrives, in order, and then the close frame. */
static void
test_last_words (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) big = pump_fixture_new_json (3 * 1024 * 1024);

  fake_connection_cork (self->gateway);
  for (guint i = 0; i < 100; i++)
    fake_connection_send_format (self->gateway, "{\"type\":\"event\",\"event\":\"e%u\"}", i);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  fake_connection_close (self->gateway, 1012, "service restart");
  fake_connection_uncork (self->gateway);

  fake_connection_expect_gone (self->platform);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *expected = g_strdup_printf ("{\"type\":\"event\",\"event\":\"e%u\"}", i);

      pump_fixture_expect_text (self->platform, expected);
    }
  pump_fixture_expect_bytes (self->platform, FAKE_TEXT, g_bytes_get_data (big, NULL), g_bytes_get_size (big));
  session_fixture_expect_error (&self->session, "gateway-closed", "gateway closed: 1012: service restart");
}

/* A peer that ends at once, with bytes from us unread: writing to it fails, but its close frame lies there. */
static void
test_close_frame_beats_failed_write (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) big = pump_fixture_new_json (16 * 1024 * 1024);

  fake_connection_set_reading (self->platform, FALSE);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  pump_fixture_wait_for_stall (self->gateway);
  fake_connection_close (self->platform, 4001, "bye now");
  fake_connection_drop (self->platform, FAKE_DROP_FIN);

  pump_fixture_expect_end (self, "platform-closed", "platform closed: 4001: bye now");
  g_assert_cmpuint (fake_connection_get_close_code (self->gateway), ==, 4001);
}

/* A peer that answers no close frame does not hold us up for more than a second. */
static void
test_close_is_not_answered (PumpFixture *self, gconstpointer unused)
{
  fake_connection_set_ignore_close (self->gateway, TRUE);
  fake_connection_close (self->platform, 4001, "bye now");
  fake_wait_until (fake_connection_get_close_code (self->gateway) == 4001);
  fake_connection_expect_gone (self->platform);
  g_assert_false (fake_connection_is_gone (self->gateway));
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);

  fake_clock_advance_ms (self->session.clock, 1000);
  fake_connection_expect_gone (self->gateway);
  session_fixture_expect_error (&self->session, "platform-closed", "platform closed: 4001: bye now");
}

/* A peer that sends its close frame and then keeps the connection. */
static void
test_peer_stays (PumpFixture *self, gconstpointer unused)
{
  static const guint8 payload[] = { 4001 >> 8, 4001 & 0xff, 'o', 'h' };

  fake_connection_set_ignore_close (self->platform, TRUE);
  fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_CLOSE, payload, sizeof payload);
  fake_connection_expect_gone (self->gateway);
  g_assert_false (fake_connection_is_gone (self->platform));
  fake_clock_advance_ms (self->session.clock, 1000);
  session_fixture_expect_error (&self->session, "platform-closed", "platform closed: 4001: oh");
}

/* What a peer says is cut to what a close frame holds, and not within a character; LastError hides secrets. */
static void
test_long_reason (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GString) reason = g_string_new (FIXTURE_TOKEN);
  g_autofree char *passed_on = NULL;

  for (guint i = 0; i < 52; i++)
    g_string_append (reason, "\xc3\xa4");
  g_assert_cmpuint (reason->len, >, 121);
  g_string_truncate (reason, 122);
  g_string_append_c (reason, '.');
  passed_on = g_strdup (reason->str);

  fake_connection_close (self->platform, 4002, reason->str);
  fake_connection_expect_gone (self->gateway);
  g_assert_cmpstr (fake_connection_get_close_reason (self->gateway), ==, passed_on);
  session_fixture_expect_error (&self->session, "platform-closed", "platform closed: 4002: <secret>\xc3\xa4*");
}

static void
test_stop_closes_both (PumpFixture *self, gconstpointer unused)
{
  relay_session_stop (self->session.session);
  fake_connection_expect_gone (self->gateway);
  fake_connection_expect_gone (self->platform);
  g_assert_cmpuint (fake_connection_get_close_code (self->gateway), ==, 1001);
  g_assert_cmpuint (fake_connection_get_close_code (self->platform), ==, 1001);
  session_fixture_expect_state (&self->session, RELAY_STATE_DISCONNECTED);
}

/* Both at once: the first counts, and nothing is closed twice. */
static void
test_both_close (PumpFixture *self, gconstpointer unused)
{
  fake_connection_close (self->gateway, 1012, "service restart");
  fake_connection_close (self->platform, 4001, "bye now");
  fake_connection_expect_gone (self->gateway);
  fake_connection_expect_gone (self->platform);
  session_fixture_expect_state (&self->session, RELAY_STATE_RETRYING);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/link/H6/platform-closes", test_platform_closes);
  pump_fixture_add ("/link/H6/gateway-closes", test_gateway_closes);
  pump_fixture_add ("/link/H6/end-without-close-frame", test_end_without_close_frame);
  pump_fixture_add ("/link/H6/last-words", test_last_words);
  pump_fixture_add ("/link/H6/close-frame-beats-failed-write", test_close_frame_beats_failed_write);
  pump_fixture_add ("/link/H6/long-reason", test_long_reason);
  pump_fixture_add ("/link/H6/both-close", test_both_close);
  pump_fixture_add ("/link/H7/close-is-not-answered", test_close_is_not_answered);
  pump_fixture_add ("/link/H7/peer-stays", test_peer_stays);
  pump_fixture_add ("/link/H7/stop-closes-both", test_stop_closes_both);

  return g_test_run ();
}
