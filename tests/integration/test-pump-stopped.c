/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * A gateway that stops within a message, and lives: between two fragments it can still answer pings. What waits for the
 * message's end does not wait for good.
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

#define STOPPED "gateway stalled: it sent nothing more of a message for 20 s, and answers to the platform wait for its end"
#define BEGINNING "{\"type\":\"event\",\"event\":\"slow\",\"payload\":["
#define MIB (1024 * 1024)

static void
send_fragment (PumpFixture *self, guint first_byte, const char *text)
{
  const guint64 before = fake_connection_get_n_bytes (self->platform);

  fake_connection_send_frame (self->gateway, first_byte, text, strlen (text));
  fake_wait_until (fake_connection_get_n_bytes (self->platform) >= before + strlen (text));
}

static void
begin (PumpFixture *self)
{
  send_fragment (self, FAKE_TEXT, BEGINNING);
}

/* Has an answer wait. */
static void
ask (PumpFixture *self)
{
  pump_fixture_send_key (self->platform, "\"key\"", "platform.session.resolve");
  fake_wait_until (relay_session_get_counters (self->session.session)->requests_served == 1);
  fake_wait_settle ();
}

/* Time passes, in which the gateway shows that it lives, and the relay keeps the session. */
static void
pass_ms (PumpFixture *self, guint ms)
{
  const guint step_ms = 1000;
  const guint n_pongs = fake_connection_get_n_pongs (self->gateway);

  fake_connection_send_frame (self->gateway, FAKE_FIN | FAKE_PING, "alive", 5);
  fake_wait_until (fake_connection_get_n_pongs (self->gateway) == n_pongs + 1);
  for (guint left_ms = ms; left_ms > 0; left_ms -= MIN (left_ms, step_ms))
    {
      fake_clock_advance_ms (self->session.clock, MIN (left_ms, step_ms));
      fake_wait_settle ();
    }
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);
}

static void
expect_answer (PumpFixture *self)
{
  g_autoptr (FakeMessage) answer = fake_connection_expect (self->platform, "id", "key");

  g_assert_true (fake_message_has (answer, "payload", PUMP_RESOLVED));
}

static void
expect_stopped (PumpFixture *self)
{
  pump_fixture_expect_end (self, "stalled", STOPPED);
  g_assert_cmpuint (fake_connection_get_close_code (self->gateway), ==, 1001);
  g_assert_cmpuint (fake_connection_get_close_code (self->platform), ==, 1001);
  g_assert_null (fake_connection_take_message (self->platform, NULL, NULL));
}

static void
test_ends (PumpFixture *self, gconstpointer unused)
{
  begin (self);
  ask (self);
  pass_ms (self, 10000);
  pass_ms (self, 9999);
  fake_clock_advance_ms (self->session.clock, 1);
  expect_stopped (self);

  /* and is tried again, as any other stall */
  fake_clock_advance_ms (self->session.clock, 1000);
  pump_fixture_connect (self);
  pump_fixture_expect_quiet (self);
}

/* Not only what the platform asks within the message waits. */
static void
test_late_answer (PumpFixture *self, gconstpointer unused)
{
  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_NEVER);
  g_free (fake_platform_send_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}"));
  fake_message_unref (fake_gateway_expect_request (self->gateway, "chat.history"));
  begin (self);
  pass_ms (self, 29999);
  g_assert_cmpuint (relay_session_get_counters (self->session.session)->requests_served, ==, 0);
  pass_ms (self, 1);
  g_assert_cmpuint (relay_session_get_counters (self->session.session)->requests_served, ==, 1);

  pass_ms (self, 19999);
  fake_clock_advance_ms (self->session.clock, 1);
  expect_stopped (self);
}

/* A gateway that is slow is not one that has stopped. */
static void
test_slow (PumpFixture *self, gconstpointer unused)
{
  begin (self);
  ask (self);
  for (guint i = 0; i < 5; i++)
    {
      pass_ms (self, 19999);
      send_fragment (self, FAKE_CONTINUATION, "0");
    }
  pass_ms (self, 19999);
  send_fragment (self, FAKE_FIN | FAKE_CONTINUATION, "0]}");
  pump_fixture_expect_text (self->platform, BEGINNING "000000]}");
  expect_answer (self);

  /* what waited has left, and the next message may take its time */
  begin (self);
  pass_ms (self, 60000);
}

/* It may take all its time as long as nobody waits; who begins to waits for as long as anybody. */
static void
test_nobody_waits (PumpFixture *self, gconstpointer unused)
{
  begin (self);
  for (guint i = 0; i < 5; i++)
    pass_ms (self, 25000);
  ask (self);
  pass_ms (self, 19999);
  send_fragment (self, FAKE_FIN | FAKE_CONTINUATION, "]}");
  pump_fixture_expect_text (self->platform, BEGINNING "]}");
  expect_answer (self);
}

/* The relay does not read a side that has it queue more pongs than it holds, and does not read them. */
static void
flood_with_pings (FakeConnection *from)
{
  char payload[125] = { 0 };
  g_autoptr (GByteArray) frames = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 8192; i++)
    fake_frame_append (frames, FAKE_FIN | FAKE_PING, payload, sizeof payload);
  bytes = g_bytes_new (frames->data, frames->len);
  fake_connection_set_reading (from, FALSE);
  for (guint i = 0; i < 32; i++)
    fake_connection_send_raw (from, bytes);
  pump_fixture_wait_for_stall (from);
}

/* The silence of a gateway that is not read says nothing. */
static void
test_paused_gateway (PumpFixture *self, gconstpointer unused)
{
  begin (self);
  ask (self);
  pass_ms (self, 10000);
  flood_with_pings (self->gateway);
  fake_clock_advance_ms (self->session.clock, 19999);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);

  fake_connection_set_reading (self->gateway, TRUE);
  fake_wait_until (fake_connection_get_n_pongs (self->gateway) == 1 + 32 * 8192);
  pass_ms (self, 19999);
  send_fragment (self, FAKE_FIN | FAKE_CONTINUATION, "]}");
  pump_fixture_expect_text (self->platform, BEGINNING "]}");
  expect_answer (self);
}

/* A platform that does not read has stalled itself, whatever the gateway does. */
static void
test_platform_does_not_read (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *much = g_strnfill (MIB, '0');

  begin (self);
  ask (self);
  pass_ms (self, 5000);
  fake_connection_set_reading (self->platform, FALSE);
  for (guint i = 0; i < 32; i++)
    fake_connection_send_frame (self->gateway, FAKE_CONTINUATION, much, MIB);
  pump_fixture_wait_for_stall (self->gateway);
  fake_clock_advance_ms (self->session.clock, 19999);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);

  fake_clock_advance_ms (self->session.clock, 1);
  pump_fixture_expect_end (self, "stalled", "platform stalled: it took no byte for 20 s");
  fake_connection_set_reading (self->platform, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/stopped/R10/ends", test_ends);
  pump_fixture_add ("/stopped/R10/late-answer", test_late_answer);
  pump_fixture_add ("/stopped/R10/slow", test_slow);
  pump_fixture_add ("/stopped/R10/nobody-waits", test_nobody_waits);
  pump_fixture_add ("/stopped/R10/paused-gateway", test_paused_gateway);
  pump_fixture_add ("/stopped/R10/platform-does-not-read", test_platform_does_not_read);

  return g_test_run ();
}
