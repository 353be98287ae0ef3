/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

#define MIB (1024 * 1024)
/* What the kernel's buffers of two connections on loopback may hold, and the relay. */
#define MAX_HELD (24 * MIB)

static void
send_much (FakeConnection *from, guint n_mib)
{
  g_autoptr (GBytes) bytes = pump_fixture_new_json (MIB);

  for (guint i = 0; i < n_mib; i++)
    fake_connection_send_bytes (from, FAKE_TEXT, bytes);
}

static void
check_backpressure (PumpFixture *self, FakeConnection *from, FakeConnection *to)
{
  guint64 before = fake_connection_get_n_bytes (to);
  g_autoptr (FakeMessage) last = NULL;

  fake_connection_set_reading (to, FALSE);
  fake_connection_set_discard (to, TRUE);
  send_much (from, 64);
  pump_fixture_wait_for_stall (from);
  g_assert_cmpuint (fake_connection_get_queued_bytes (from), >, 64 * MIB - MAX_HELD);

  fake_connection_set_reading (to, TRUE);
  fake_wait_until (fake_connection_get_n_bytes (to) == before + 64 * MIB);
  g_assert_cmpuint (fake_connection_get_queued_bytes (from), ==, 0);
  fake_connection_set_discard (to, FALSE);
  fake_connection_send_text (from, "{\"last\":true}");
  last = fake_connection_expect_message (to);
  g_assert_true (fake_message_has (last, "last", "true"));
}

static void
test_to_platform (PumpFixture *self, gconstpointer unused)
{
  check_backpressure (self, self->gateway, self->platform);
}

static void
test_to_gateway (PumpFixture *self, gconstpointer unused)
{
  check_backpressure (self, self->platform, self->gateway);
}

/* While one direction stands still, the other goes on. */
static void
test_other_direction_goes_on (PumpFixture *self, gconstpointer unused)
{
  fake_connection_set_reading (self->platform, FALSE);
  fake_connection_set_discard (self->platform, TRUE);
  send_much (self->gateway, 32);
  pump_fixture_wait_for_stall (self->gateway);

  fake_connection_send_text (self->platform, "{\"n\":1}");
  pump_fixture_expect_text (self->gateway, "{\"n\":1}");
  fake_connection_set_discard (self->gateway, TRUE);
  send_much (self->platform, 32);
  fake_wait_until (fake_connection_get_n_messages (self->gateway) == 2 + 32);
  fake_connection_set_reading (self->platform, TRUE);
}

static void
check_stall (PumpFixture *self, FakeConnection *from, FakeConnection *to, const char *message)
{
  fake_connection_set_reading (to, FALSE);
  send_much (from, 32);
  pump_fixture_wait_for_stall (from);
  fake_clock_advance_ms (self->session.clock, 19999);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);

  fake_clock_advance_ms (self->session.clock, 1);
  pump_fixture_expect_end (self, "stalled", message);
  fake_connection_expect_gone (from);
  g_assert_cmpuint (fake_connection_get_close_code (from), ==, 1001);
  fake_connection_set_reading (to, TRUE);
  fake_connection_expect_gone (to);
}

static void
test_platform_stalls (PumpFixture *self, gconstpointer unused)
{
  check_stall (self, self->gateway, self->platform, "platform stalled: it took no byte for 20 s");
}

static void
test_gateway_stalls (PumpFixture *self, gconstpointer unused)
{
  check_stall (self, self->platform, self->gateway, "gateway stalled: it took no byte for 20 s");
}

/* Has @connection take some more. */
static void
read_some (FakeConnection *connection)
{
  guint64 before = fake_connection_get_n_bytes (connection);

  fake_connection_set_reading (connection, TRUE);
  fake_wait_until (fake_connection_get_n_bytes (connection) >= before + 4 * MIB);
  fake_connection_set_reading (connection, FALSE);
}

/* A slow side that moves is not closed, nor is the other, whose silence says nothing while it is not read. */
static void
test_slow_is_not_stalled (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) big = pump_fixture_new_json (60 * MIB);

  fake_connection_set_reading (self->platform, FALSE);
  fake_connection_set_discard (self->platform, TRUE);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  pump_fixture_wait_for_stall (self->gateway);

  for (guint i = 0; i < 8; i++)
    {
      read_some (self->platform);
      /* a ping of its own is what is heard of it, and is answered */
      fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_PING, "x", 1);
      fake_wait_settle ();
      fake_clock_advance_ms (self->session.clock, 15000);
      fake_wait_settle ();
      g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);
    }
  g_assert_cmpuint (fake_connection_get_queued_bytes (self->gateway), >, 0);

  fake_connection_set_reading (self->platform, TRUE);
  fake_wait_until (fake_connection_get_n_messages (self->platform) == 3 + 2);
  fake_wait_until (fake_connection_get_n_pongs (self->platform) == 8);

  /* the gateway has its full time from now on */
  fake_clock_advance_ms (self->session.clock, 29000);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);
}

static void
test_keepalive (PumpFixture *self, gconstpointer unused)
{
  for (guint i = 1; i <= 5; i++)
    {
      fake_clock_advance_ms (self->session.clock, 30000);
      fake_wait_until (fake_connection_get_n_pings (self->platform) == i &&
                       fake_connection_get_n_pings (self->gateway) == i);
      fake_connection_send_frame (self->gateway, FAKE_FIN | FAKE_PING, "beat", 4);
      fake_wait_until (fake_connection_get_n_pongs (self->gateway) == i);
    }
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);
}

static void
check_dead (PumpFixture *self, FakeConnection *dead, FakeConnection *other, const char *message)
{
  fake_connection_set_ignore_pings (dead, TRUE);
  fake_connection_set_ignore_close (dead, TRUE);
  fake_clock_advance_ms (self->session.clock, 30000);
  fake_wait_until (fake_connection_get_n_pings (other) == 1);
  pump_fixture_expect_quiet (self);
  fake_connection_set_reading (dead, FALSE);

  fake_clock_advance_ms (self->session.clock, 30000);
  fake_wait_until (fake_connection_get_n_pings (other) == 2);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);
  fake_clock_advance_ms (self->session.clock, 30000);

  pump_fixture_expect_end (self, "link-dead", message);
  g_assert_cmpuint (fake_connection_get_close_code (other), ==, 1001);
  fake_connection_set_reading (dead, TRUE);
  fake_connection_expect_gone (dead);
}

static void
test_platform_dies (PumpFixture *self, gconstpointer unused)
{
  check_dead (self, self->platform, self->gateway, "platform is dead: nothing was heard of it for 60 s");
}

static void
test_gateway_dies (PumpFixture *self, gconstpointer unused)
{
  check_dead (self, self->gateway, self->platform, "gateway is dead: nothing was heard of it for 60 s");
}

/* Has the relay hear the gateway now. */
static void
hear_gateway (PumpFixture *self)
{
  guint n_before = fake_connection_get_n_messages (self->platform);

  fake_gateway_send_event (self->session.gateway, self->gateway, "tick", "{}");
  fake_wait_until (fake_connection_get_n_messages (self->platform) == n_before + 1);
}

/* Two intervals from the last that was heard, not from the last look. */
static void
test_death_is_noticed_in_time (PumpFixture *self, gconstpointer unused)
{
  fake_connection_set_ignore_pings (self->platform, TRUE);
  fake_connection_set_ignore_close (self->platform, TRUE);
  fake_clock_advance_ms (self->session.clock, 1000);
  fake_connection_send_text (self->platform, "{\"type\":\"event\",\"event\":\"last-words\"}");
  fake_wait_until (fake_connection_get_n_messages (self->gateway) > 1);

  fake_clock_advance_ms (self->session.clock, 29000);
  fake_wait_until (fake_connection_get_n_pings (self->gateway) == 1);
  hear_gateway (self);
  fake_clock_advance_ms (self->session.clock, 30000);
  fake_wait_until (fake_connection_get_n_pings (self->gateway) == 2);
  hear_gateway (self);
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);
  fake_clock_advance_ms (self->session.clock, 1000);
  pump_fixture_expect_end (self, "link-dead", "platform is dead: nothing was heard of it for 60 s");
}

/* The settings say how long. */
static void
test_times_are_settings (PumpFixture *self, gconstpointer unused)
{
  session_fixture_apply (&self->session, "keepalive-interval=5\nstall-timeout=3", "");
  pump_fixture_connect (self);
  fake_clock_advance_ms (self->session.clock, 5000);
  fake_wait_until (fake_connection_get_n_pings (self->platform) == 1 && fake_connection_get_n_pings (self->gateway) == 1);

  fake_connection_set_reading (self->platform, FALSE);
  send_much (self->gateway, 32);
  pump_fixture_wait_for_stall (self->gateway);
  fake_clock_advance_ms (self->session.clock, 3000);
  pump_fixture_expect_end (self, "stalled", "platform stalled: it took no byte for 3 s");
  fake_connection_set_reading (self->platform, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/pump/R10/backpressure-to-platform", test_to_platform);
  pump_fixture_add ("/pump/R10/backpressure-to-gateway", test_to_gateway);
  pump_fixture_add ("/pump/R10/other-direction-goes-on", test_other_direction_goes_on);
  pump_fixture_add ("/pump/R10/platform-stalls", test_platform_stalls);
  pump_fixture_add ("/pump/R10/gateway-stalls", test_gateway_stalls);
  pump_fixture_add ("/pump/R10/slow-is-not-stalled", test_slow_is_not_stalled);
  pump_fixture_add ("/pump/R10/keepalive", test_keepalive);
  pump_fixture_add ("/pump/R10/platform-dies", test_platform_dies);
  pump_fixture_add ("/pump/R10/platform-dies-noticed-in-time", test_death_is_noticed_in_time);
  pump_fixture_add ("/pump/R10/gateway-dies", test_gateway_dies);
  pump_fixture_add_unconnected ("/pump/R10/times-are-settings", test_times_are_settings);

  return g_test_run ();
}
