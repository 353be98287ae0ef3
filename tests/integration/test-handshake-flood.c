/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pump-fixture.h"

/* H2 against peers that send and send, and do not read, before the handshake is through: what is held stays bounded. */

#define MIB (1024 * 1024)
#define FLOOD_BYTES (32 * MIB)
/* What the kernel's buffers of two connections on loopback may hold, and the relay. */
#define MAX_HELD (24 * MIB)

static FakeConnection *
get_platform_connection (SessionFixture *self)
{
  return fake_peer_get_nth_connection (FAKE_PEER (self->platform), 1);
}

static void
expect_held_back (FakeConnection *sender)
{
  pump_fixture_wait_for_stall (sender);
  g_assert_cmpuint (fake_connection_get_queued_bytes (sender), >, FLOOD_BYTES - MAX_HELD);
}

/* --- frames before hello, for a platform that does not read --- */

/* Each message begins with its number. */
static guint
send_numbered (FakeConnection *from, gsize size)
{
  guint n_at_once = MAX (MIB / size, 1);
  guint n = FLOOD_BYTES / size / n_at_once * n_at_once;
  g_autofree char *padding = g_strnfill (size, 'x');

  for (guint i = 0; i < n;)
    {
      fake_connection_cork (from);
      for (guint k = 0; k < n_at_once; k++)
        fake_connection_send_format (from, "{\"type\":\"event\",\"n\":%u,\"payload\":\"%s\"}", i++, padding);
      fake_connection_uncork (from);
    }

  return n;
}

static void
expect_numbered (FakeConnection *to, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *head = g_strdup_printf ("{\"type\":\"event\",\"n\":%u,", i);
      g_autoptr (FakeMessage) message = fake_connection_expect_message (to);

      g_assert_true (g_str_has_prefix (message->text, head));
    }
}

static void
wait_for_connect (SessionFixture *self)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  fake_wait_until (fake_connection_get_n_messages (session_fixture_get_gateway_connection (self)) == 1);
}

static void
check_frames_before_hello (PumpFixture *self, gsize size)
{
  FakeConnection *gateway;
  FakeConnection *platform;
  g_autoptr (FakeMessage) pre_handshake = NULL;
  g_autoptr (FakeMessage) challenge = NULL;
  g_autoptr (FakeMessage) hello = NULL;
  guint n;

  wait_for_connect (&self->session);
  gateway = session_fixture_get_gateway_connection (&self->session);
  platform = get_platform_connection (&self->session);
  pre_handshake = fake_connection_expect_message (platform);
  challenge = fake_connection_expect_message (platform);

  fake_connection_set_reading (platform, FALSE);
  n = send_numbered (gateway, size);
  expect_held_back (gateway);
  fake_gateway_release (self->session.gateway);

  fake_connection_set_reading (platform, TRUE);
  expect_numbered (platform, n);
  hello = fake_connection_expect_message (platform);
  g_assert_cmpstr (hello->text, ==, fake_gateway_get_hello (self->session.gateway));
  session_fixture_connect (&self->session);
}

static void
test_small_frames (PumpFixture *self, gconstpointer unused)
{
  check_frames_before_hello (self, 200);
}

static void
test_frames (PumpFixture *self, gconstpointer unused)
{
  check_frames_before_hello (self, 64 * 1024);
}

static void
test_large_frames (PumpFixture *self, gconstpointer unused)
{
  check_frames_before_hello (self, 4 * MIB);
}

/* It is the platform whose fault it is, although it is the gateway's hello that did not come. */
static void
test_time_is_up (PumpFixture *self, gconstpointer unused)
{
  FakeConnection *gateway;
  FakeConnection *platform;

  wait_for_connect (&self->session);
  gateway = session_fixture_get_gateway_connection (&self->session);
  platform = get_platform_connection (&self->session);
  fake_connection_set_reading (platform, FALSE);
  send_numbered (gateway, MIB);
  expect_held_back (gateway);

  fake_clock_advance_ms (self->session.clock, 10000);
  pump_fixture_expect_end (self, "timeout", "platform did not read within 10 s (waiting for hello)");
  fake_connection_set_reading (platform, TRUE);
}

/* --- pings of a peer that does not read the pongs --- */

static void
check_pings (FakeConnection *from)
{
  char payload[125] = { 0 };
  const guint n_at_once = 1000;
  const guint n = FLOOD_BYTES / sizeof payload / n_at_once * n_at_once;
  g_autoptr (GByteArray) frames = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < n_at_once; i++)
    fake_frame_append (frames, FAKE_FIN | FAKE_PING, payload, sizeof payload);
  bytes = g_bytes_new (frames->data, frames->len);
  fake_connection_set_reading (from, FALSE);
  for (guint i = 0; i < n; i += n_at_once)
    fake_connection_send_raw (from, bytes);
  expect_held_back (from);

  fake_connection_set_reading (from, TRUE);
  fake_wait_until (fake_connection_get_n_pongs (from) == n);
}

static void
check_gateway_pings (PumpFixture *self, RelayStep step)
{
  session_fixture_make_connecting (&self->session, step);
  check_pings (session_fixture_get_gateway_connection (&self->session));
}

static void
test_gateway_pings_before_challenge (PumpFixture *self, gconstpointer unused)
{
  check_gateway_pings (self, RELAY_STEP_CHALLENGE);
}

static void
test_gateway_pings_while_platform_is_dialled (PumpFixture *self, gconstpointer unused)
{
  check_gateway_pings (self, RELAY_STEP_PLATFORM_DIAL);
}

static void
test_gateway_pings_before_connect (PumpFixture *self, gconstpointer unused)
{
  check_gateway_pings (self, RELAY_STEP_CONNECT);
}

static void
test_gateway_pings_before_hello (PumpFixture *self, gconstpointer unused)
{
  check_gateway_pings (self, RELAY_STEP_HELLO);
}

static void
check_platform_pings (PumpFixture *self, RelayStep step)
{
  session_fixture_make_connecting (&self->session, step);
  check_pings (get_platform_connection (&self->session));
}

static void
test_platform_pings_before_connect (PumpFixture *self, gconstpointer unused)
{
  check_platform_pings (self, RELAY_STEP_CONNECT);
}

static void
test_platform_pings_before_hello (PumpFixture *self, gconstpointer unused)
{
  check_platform_pings (self, RELAY_STEP_HELLO);
}

/* libsoup has four lines to say on each ping. */
static void
ignore (const char *domain, GLogLevelFlags level, const char *message, gpointer unused)
{
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_log_set_handler ("libsoup", G_LOG_LEVEL_DEBUG, ignore, NULL);
  fake_wait_set_limit (60000);

  pump_fixture_add_unconnected ("/handshake/H2/flood-before-hello/200-bytes", test_small_frames);
  pump_fixture_add_unconnected ("/handshake/H2/flood-before-hello/64-kib", test_frames);
  pump_fixture_add_unconnected ("/handshake/H2/flood-before-hello/4-mib", test_large_frames);
  pump_fixture_add_unconnected ("/handshake/H2/flood-before-hello/time-is-up", test_time_is_up);
  pump_fixture_add_unconnected ("/handshake/H2/gateway-pings/before-challenge", test_gateway_pings_before_challenge);
  pump_fixture_add_unconnected ("/handshake/H2/gateway-pings/while-platform-is-dialled",
                                test_gateway_pings_while_platform_is_dialled);
  pump_fixture_add_unconnected ("/handshake/H2/gateway-pings/before-connect", test_gateway_pings_before_connect);
  pump_fixture_add_unconnected ("/handshake/H2/gateway-pings/before-hello", test_gateway_pings_before_hello);
  pump_fixture_add_unconnected ("/handshake/H2/platform-pings/before-connect", test_platform_pings_before_connect);
  pump_fixture_add_unconnected ("/handshake/H2/platform-pings/before-hello", test_platform_pings_before_hello);

  return g_test_run ();
}
