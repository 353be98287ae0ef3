/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

/* --- what the gateway sends early --- */

static FakeConnection *
get_platform_connection (SessionFixture *self)
{
  return fake_peer_get_nth_connection (FAKE_PEER (self->platform), 1);
}

static void
expect_next (FakeConnection *connection, const char *text)
{
  g_autoptr (FakeMessage) message = fake_connection_expect_message (connection);

  g_assert_cmpstr (message->text, ==, text);
}

/* The gateway numbers its events: all of them, and in their order. */
static void
expect_ticks (FakeConnection *connection, guint first, guint last)
{
  for (guint seq = first; seq <= last; seq++)
    {
      g_autoptr (FakeMessage) message = fake_connection_expect_message (connection);

      g_assert_true (fake_message_has (message, "event", "tick"));
      g_assert_cmpint (fake_message_get_int (message, "seq"), ==, seq);
    }
}

static void
expect_events_around_hello (SessionFixture *self, guint n_before, guint n_with, guint n_after)
{
  FakeConnection *platform;

  fake_gateway_set_hello_events (self->gateway, n_before, n_with, n_after);
  platform = session_fixture_connect (self);
  expect_next (platform, fake_platform_get_pre_handshake (self->platform));
  expect_next (platform, fake_gateway_get_challenge (self->gateway));
  expect_ticks (platform, 1, n_before);
  expect_next (platform, fake_gateway_get_hello (self->gateway));
  expect_ticks (platform, n_before + 1, n_before + n_with + n_after);
}

static void
test_hundred_events_before_hello (SessionFixture *self, gconstpointer unused)
{
  expect_events_around_hello (self, 100, 0, 0);
}

static void
test_hundred_events_with_hello (SessionFixture *self, gconstpointer unused)
{
  expect_events_around_hello (self, 0, 100, 0);
}

static void
test_hundred_events_after_hello (SessionFixture *self, gconstpointer unused)
{
  expect_events_around_hello (self, 0, 0, 100);
}

static void
test_events_all_around_a_large_hello (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_hello_padding (self->gateway, 200000);
  expect_events_around_hello (self, 100, 100, 100);
}

static gboolean
on_opened_send_challenge_and_events (FakePeer *peer, FakeConnection *connection, gpointer unused)
{
  fake_gateway_send_event (FAKE_GATEWAY (peer), connection, "connect.challenge", "{}");
  for (guint i = 0; i < 100; i++)
    fake_gateway_send_event (FAKE_GATEWAY (peer), connection, "tick", "{}");
  return TRUE;
}

static void
test_hundred_events_with_the_challenge (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform;

  g_signal_connect (self->gateway, "opened", G_CALLBACK (on_opened_send_challenge_and_events), NULL);
  platform = session_fixture_connect (self);
  expect_next (platform, fake_platform_get_pre_handshake (self->platform));
  expect_next (platform, fake_platform_get_challenge (self->platform));
  expect_ticks (platform, 2, 101);
  expect_next (platform, fake_gateway_get_hello (self->gateway));
}

/* Nothing that was said before a close is lost with it. */
static void
test_events_hello_and_close_in_one_segment (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *gateway;
  FakeConnection *platform;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  fake_gateway_set_hello_events (self->gateway, 10, 10, 0);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  gateway = session_fixture_get_gateway_connection (self);
  platform = get_platform_connection (self);
  fake_wait_until (fake_connection_get_n_messages (gateway) == 1);
  fake_connection_cork (gateway);
  fake_gateway_release (self->gateway);
  fake_connection_close (gateway, 1012, "service restart");
  fake_connection_uncork (gateway);

  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1012: service restart");
  g_assert_nonnull (strstr (self->states->str, "connected/relay"));
  expect_next (platform, fake_platform_get_pre_handshake (self->platform));
  expect_next (platform, fake_platform_get_challenge (self->platform));
  expect_ticks (platform, 1, 10);
  expect_next (platform, fake_gateway_get_hello (self->gateway));
  expect_ticks (platform, 11, 20);
}

/* --- what the platform sends early --- */

static void
pipeline_requests (SessionFixture *self)
{
  fake_platform_pipeline (self->platform,
                          "{\"type\":\"req\",\"id\":\"a\",\"method\":\"platform.session.resolve\",\"params\":"
                          "{\"userId\":\"anna\"}}");
  fake_platform_pipeline (self->platform, "{\"type\":\"req\",\"id\":\"b\",\"method\":\"echo\",\"params\":{\"n\":1}}");
  fake_platform_pipeline (self->platform, "{\"type\":\"req\",\"id\":\"c\",\"method\":\"echo\",\"params\":{\"n\":2}}");
  fake_platform_pipeline (self->platform, "{\"type\":\"req\",\"id\":\"d\",\"method\":\"denied.one\",\"params\":{}}");
}

static void
test_requests_behind_connect_wait_for_hello (SessionFixture *self, gconstpointer unused)
{
  static const char *const ids[] = { "a", "b", "c", "d" };
  FakeConnection *gateway;
  FakeConnection *platform;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  pipeline_requests (self);
  session_fixture_apply (self, "", "deny-methods=denied.*");
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  gateway = session_fixture_get_gateway_connection (self);
  platform = get_platform_connection (self);
  fake_wait_until (fake_connection_get_n_messages (gateway) == 1);
  fake_wait_settle ();
  g_assert_cmpuint (fake_connection_get_n_messages (gateway), ==, 1);
  g_assert_cmpuint (fake_connection_get_n_messages (platform), ==, 2);

  fake_gateway_release (self->gateway);
  session_fixture_connect (self);
  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (FakeMessage) answer = fake_connection_expect (platform, "id", ids[i]);

      g_assert_true (fake_message_has (answer, "ok", i < 3 ? "true" : "false"));
    }
  for (gsize i = 1; i <= 2; i++)
    {
      g_autoptr (FakeMessage) request = fake_gateway_expect_request (gateway, "echo");

      g_assert_cmpint (fake_message_get_int (request, "params.n"), ==, i);
    }
  g_assert_cmpuint (fake_connection_get_n_messages (gateway), ==, 3);
}

static void
test_requests_behind_connect_are_dropped_when_refused (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *gateway;
  FakeConnection *platform;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_REFUSE_TOKEN);
  pipeline_requests (self);
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-refused", "*");
  gateway = fake_peer_get_nth_connection (FAKE_PEER (self->gateway), 1);
  platform = get_platform_connection (self);
  fake_connection_expect_gone (gateway);
  fake_connection_expect_gone (platform);
  g_assert_cmpuint (fake_connection_get_n_messages (gateway), ==, 1);
  g_assert_cmpuint (fake_connection_get_n_messages (platform), ==, 3);
}

static void
test_requests_in_their_own_segments (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *gateway;
  FakeConnection *platform;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  gateway = session_fixture_get_gateway_connection (self);
  platform = get_platform_connection (self);
  for (guint i = 0; i < 100; i++)
    {
      fake_connection_send_format (platform, "{\"type\":\"req\",\"id\":\"%u\",\"method\":\"echo\",\"params\":{}}", i);
      fake_wait_settle ();
    }
  g_assert_cmpuint (fake_connection_get_n_messages (gateway), ==, 1);

  fake_gateway_release (self->gateway);
  for (guint i = 0; i < 100; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autoptr (FakeMessage) request = fake_gateway_expect_request (gateway, "echo");

      g_assert_true (fake_message_has (request, "id", id));
    }
}

#define N_LARGE 32
#define LARGE_BYTES (1024 * 1024)

/* The kernel holds a few MiB more on its own; the rest stays with the platform, and nothing is lost. */
static void
test_flood_behind_connect_is_not_read (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *padding = g_strnfill (LARGE_BYTES, 'x');
  FakeConnection *gateway;
  FakeConnection *platform;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  fake_gateway_set_answering (self->gateway, "flood", FAKE_ANSWER_NEVER);
  for (guint i = 0; i < N_LARGE; i++)
    {
      g_autofree char *frame =
          g_strdup_printf ("{\"type\":\"req\",\"id\":\"%u\",\"method\":\"flood\",\"params\":{\"p\":\"%s\"}}", i, padding);

      fake_platform_pipeline (self->platform, frame);
    }
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  gateway = session_fixture_get_gateway_connection (self);
  platform = get_platform_connection (self);
  fake_wait_settle ();
  g_assert_cmpuint (fake_connection_get_queued_bytes (platform), >, N_LARGE / 2 * LARGE_BYTES);
  g_assert_cmpuint (fake_connection_get_n_messages (gateway), ==, 1);

  fake_gateway_release (self->gateway);
  for (guint i = 0; i < N_LARGE; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autoptr (FakeMessage) request = fake_gateway_expect_request (gateway, "flood");

      g_assert_true (fake_message_has (request, "id", id));
      g_assert_cmpuint (request->length, >, LARGE_BYTES);
    }
}

/* The silence of a side that is not read says nothing about it, but the limits of the handshake hold. */
static void
test_flood_without_hello_ends_in_time (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *padding = g_strnfill (8 * LARGE_BYTES, 'x');

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  for (guint i = 0; i < 4; i++)
    fake_platform_pipeline (self->platform, padding);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  fake_wait_settle ();
  fake_clock_advance_ms (self->clock, 10000);

  session_fixture_expect_error (self, "timeout", "gateway did not answer within 10 s (waiting for hello)");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/handshake/H2/hundred-events-before-hello", test_hundred_events_before_hello);
  session_fixture_add ("/handshake/H2/hundred-events-in-the-segment-of-hello", test_hundred_events_with_hello);
  session_fixture_add ("/handshake/H2/hundred-events-after-hello", test_hundred_events_after_hello);
  session_fixture_add ("/handshake/H2/events-all-around-a-large-hello", test_events_all_around_a_large_hello);
  session_fixture_add ("/handshake/H2/hundred-events-in-the-segment-of-the-challenge",
                       test_hundred_events_with_the_challenge);
  session_fixture_add ("/handshake/H2/events-hello-and-close-in-one-segment", test_events_hello_and_close_in_one_segment);
  session_fixture_add ("/handshake/H2/requests-behind-connect-wait-for-hello", test_requests_behind_connect_wait_for_hello);
  session_fixture_add ("/handshake/H2/requests-behind-connect-are-dropped-when-refused",
                       test_requests_behind_connect_are_dropped_when_refused);
  session_fixture_add ("/handshake/H2/requests-in-segments-of-their-own", test_requests_in_their_own_segments);
  session_fixture_add ("/handshake/H2/flood-behind-connect-is-not-read", test_flood_behind_connect_is_not_read);
  session_fixture_add ("/handshake/H2/flood-without-hello-ends-in-time", test_flood_without_hello_ends_in_time);

  return g_test_run ();
}
