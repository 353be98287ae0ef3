/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

#define CLIENT "\"minProtocol\":3,\"maxProtocol\":4,\"client\":{\"id\":\"gateway-client\"}"
#define AUTH "\"auth\":{\"token\":\"" FIXTURE_TOKEN "\"}"

static void
test_main_path (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);
  g_autoptr (FakeMessage) answer = NULL;
  g_autofree char *version = session_fixture_dup_text (self, "gateway-version");

  g_assert_cmpstr (self->states->str, ==,
                   "connecting/gateway-dial connecting/gateway-dial connecting/challenge connecting/platform-dial "
                   "connecting/connect connecting/hello connected/relay connected/relay ");
  g_assert_cmpstr (version, !=, "");
  g_assert_nonnull (platform);

  answer = fake_platform_request (self->platform, "health", "{}");
  g_assert_nonnull (answer);
}

/* --- H1: what ran out is named, and not before its time --- */

static void
expect_limit (SessionFixture *self, guint limit_ms, const char *message)
{
  fake_clock_advance_ms (self->clock, limit_ms - 1);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
  fake_clock_advance_ms (self->clock, 1);
  session_fixture_expect_error (self, "timeout", message);
}

static void
test_gateway_never_upgrades (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_SILENT);
  session_fixture_start (self);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->gateway)) == 1);
  g_assert_cmpint (relay_session_get_step (self->session), ==, RELAY_STEP_GATEWAY_DIAL);

  expect_limit (self, 10000, "gateway did not answer within 10 s (dialling)");
}

static void
test_gateway_never_challenges (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);

  expect_limit (self, 10000, "gateway did not answer within 10 s (waiting for challenge)");
}

static void
test_platform_never_upgrades (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_PLATFORM_DIAL);

  expect_limit (self, 10000, "platform did not answer within 10 s (dialling)");
}

static void
test_platform_never_connects (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);

  expect_limit (self, 10000, "platform did not answer within 10 s (waiting for connect)");
}

static void
test_gateway_never_says_hello (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);

  expect_limit (self, 10000, "gateway did not answer within 10 s (waiting for hello)");
}

static void
test_endless_answer_to_the_upgrade (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_ENDLESS);
  session_fixture_start (self);

  session_fixture_expect_error (self, "platform-protocol", "platform answered the upgrade with more than * of headers");
}

/* Events are no answer: they do not make the wait longer. */
static void
test_events_do_not_prolong_the_wait (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);

  fake_clock_advance_ms (self->clock, 9000);
  fake_gateway_send_event (self->gateway, session_fixture_get_gateway_connection (self), "tick", "{}");
  fake_message_unref (fake_connection_expect (fake_peer_get_connection (FAKE_PEER (self->platform)), "event", "tick"));
  expect_limit (self, 1000, "gateway did not answer within 10 s (waiting for hello)");
}

static void
test_budget_over_two_steps (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_PLATFORM_DIAL);
  fake_clock_advance_ms (self->clock, 8000);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);

  expect_limit (self, 6000, "handshake took over 14 s, which is what the gateway gives it (waiting for *platform*connect*)");
}

static void
on_platform_opened (FakePeer *peer, FakeConnection *connection, FakeConnection **opened)
{
  *opened = connection;
}

static void
test_budget_over_three_steps (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = NULL;

  g_signal_connect (self->platform, "opened", G_CALLBACK (on_platform_opened), &platform);
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_PLATFORM_DIAL);
  fake_clock_advance_ms (self->clock, 4000);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);
  fake_clock_advance_ms (self->clock, 8000);
  fake_connection_send_text (platform, "{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":{}}");
  session_fixture_expect_step (self, RELAY_STEP_HELLO);

  expect_limit (self, 2000, "handshake took over 14 s, which is what the gateway gives it (waiting for *gateway*hello*)");
}

/* The budget is the gateway's, from its challenge on: the wait for the challenge is not part of it. */
static void
test_budget_begins_with_the_challenge (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);
  fake_clock_advance_ms (self->clock, 9000);
  fake_gateway_send_event (self->gateway, session_fixture_get_gateway_connection (self), "connect.challenge", "{}");
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);

  expect_limit (self, 10000, "platform did not answer within 10 s (waiting for connect)");
}

static void
test_timeouts_of_the_settings (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_SILENT);
  session_fixture_apply (self, "connect-timeout=3\nhandshake-timeout=0.25", "");
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->gateway)) == 1);
  expect_limit (self, 3000, "gateway did not answer within 3 s (dialling)");

  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_ACCEPT);
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  relay_session_reconnect (self->session);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);
  expect_limit (self, 250, "gateway did not answer within 0.25 s (waiting for challenge)");
}

/* --- H3: the platform's first frame --- */

static void
test_error_frame (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_ERROR);
  fake_platform_set_error (self->platform, "this key was revoked\nyesterday");
  session_fixture_start (self);

  session_fixture_expect_error (self, "platform-refused", "*this key was revoked\\u000ayesterday");
  g_assert_cmpuint (fake_connection_get_n_messages (fake_peer_get_nth_connection (FAKE_PEER (self->gateway), 1)), ==, 0);
}

static void
on_message_send_error_and_close (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer unused)
{
  if (!fake_message_has (message, "event", "connect.challenge"))
    return;

  fake_connection_cork (connection);
  fake_connection_send_text (connection, "{\"type\":\"error\",\"message\":\"not today\"}");
  fake_connection_close (connection, 4003, "forbidden");
  fake_connection_uncork (connection);
}

/* The error frame tells more than the close that comes with it. */
static void
test_error_frame_with_close (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  g_signal_connect (self->platform, "message", G_CALLBACK (on_message_send_error_and_close), NULL);
  session_fixture_start (self);

  session_fixture_expect_error (self, "platform-refused", "*not today");
}

static gboolean
on_opened_send_error_and_close (FakePeer *peer, FakeConnection *connection, gpointer unused)
{
  fake_connection_send_text (connection, "{\"type\":\"error\",\"message\":\"not today\"}");
  fake_connection_close (connection, 4003, "forbidden");
  return TRUE;
}

static void
test_error_frame_with_the_upgrade (SessionFixture *self, gconstpointer unused)
{
  g_signal_connect (self->platform, "opened", G_CALLBACK (on_opened_send_error_and_close), NULL);
  session_fixture_start (self);

  session_fixture_expect_error (self, "platform-refused", "*not today");
}

static void
test_other_first_frames (SessionFixture *self, gconstpointer unused)
{
  static const char *const frames[] = {
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"health\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"Connect\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":[\"connect\"],\"params\":{}}",
    "{\"type\":\"res\",\"id\":\"1\",\"ok\":true,\"method\":\"connect\"}",
    "{\"type\":\"event\",\"event\":\"connect\"}",
    "{\"request\":{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":{}}}",
    "[{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":{}}]",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":{}} /* yes */",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"method\":\"health\",\"params\":{}}",
    "{'type':'req','id':'1','method':'connect','params':{}}",
    "connect",
    "null",
    "",
  };

  session_fixture_start (self);
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      FakeConnection *gateway;

      fake_platform_set_connect (self->platform, frames[i]);
      relay_session_restart (self->session);
      fake_wait_until (relay_session_get_state (self->session) == RELAY_STATE_CONNECTING);
      session_fixture_expect_error (self, "platform-protocol", "platform's first frame is not a connect request*");
      gateway = fake_peer_get_nth_connection (FAKE_PEER (self->gateway), fake_peer_get_n_total (FAKE_PEER (self->gateway)));
      g_assert_cmpuint (fake_connection_get_n_messages (gateway), ==, 0);
    }
}

/* Sends @frame as the platform's first, and expects it to reach the gateway byte for byte, and to be answered. */
static void
expect_connect_goes_through (SessionFixture *self, const char *frame)
{
  FakeConnection *gateway;
  g_autoptr (FakeMessage) message = NULL;

  fake_platform_set_connect (self->platform, frame);
  session_fixture_connect (self);
  gateway = session_fixture_get_gateway_connection (self);
  message = fake_connection_expect_message (gateway);
  g_assert_cmpstr (message->text, ==, frame);
  g_assert_cmpstr (fake_platform_get_hello (self->platform), ==, fake_gateway_get_hello (self->gateway));
}

static void
test_connect_verbatim (SessionFixture *self, gconstpointer unused)
{
  expect_connect_goes_through (self, " {\"type\" :\"r\\u0065q\",\n\"id\":\"caf\\u00e9 \\/\",\"method\":\"conn\\u0065ct\","
                                     "\"params\":{" CLIENT "," AUTH ",\"n\":1e400,\"n\":1.50},\"more\":[[[]]]}\t");
}

static void
test_connect_with_numeric_id (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform;

  fake_platform_set_connect (self->platform,
                             "{\"type\":\"req\",\"id\":7,\"method\":\"connect\",\"params\":{" CLIENT "," AUTH "}}");
  session_fixture_start (self);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  platform = fake_peer_get_connection (FAKE_PEER (self->platform));
  fake_message_unref (fake_connection_expect (platform, "id", "7"));
}

static void
test_duplicates_the_last_wins (SessionFixture *self, gconstpointer unused)
{
  expect_connect_goes_through (self, "{\"type\":\"error\",\"message\":\"no\",\"id\":\"1\",\"method\":\"health\",\"params\":{"
                                     "},\"t\\u0079pe\":\"req\",\"id\":\"2\",\"method\":\"connect\",\"params\":{" CLIENT
                                     "," AUTH "}}");
}

static void
test_duplicates_of_an_error (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_connect (self->platform, "{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"message\":\"first\","
                                             "\"type\":\"error\",\"message\":\"last\"}");
  session_fixture_start (self);

  session_fixture_expect_error (self, "platform-refused", "*last");
  g_assert_cmpuint (fake_connection_get_n_messages (fake_peer_get_nth_connection (FAKE_PEER (self->gateway), 1)), ==, 0);
}

static void
test_binary_connect (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) message = NULL;

  fake_platform_set_opcode (self->platform, FAKE_BINARY);
  session_fixture_connect (self);
  message = fake_connection_expect_message (session_fixture_get_gateway_connection (self));
  g_assert_cmpuint (message->opcode, ==, FAKE_BINARY);
  g_assert_cmpstr (message->text, ==, fake_platform_get_connect (self->platform));
}

/* --- H4: the gateway's first frame --- */

static void
send_first (FakePeer *peer, FakeConnection *connection, const char *frame)
{
  fake_connection_send_text (connection, frame);
}

static void
test_other_first_frames_of_the_gateway (SessionFixture *self, gconstpointer unused)
{
  static const char *const frames[] = {
    "{\"type\":\"event\",\"event\":\"tick\",\"payload\":{}}",
    "{\"type\":\"event\",\"event\":\"connect.challenge\",\"event\":\"tick\",\"payload\":{}}",
    "{\"type\":\"res\",\"event\":\"connect.challenge\",\"payload\":{}}",
    "{\"type\":\"event\",\"payload\":{\"event\":\"connect.challenge\"}}",
    "connect.challenge",
  };

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      gulong handler = g_signal_connect (self->gateway, "opened", G_CALLBACK (send_first), (gpointer) frames[i]);

      if (i == 0)
        session_fixture_start (self);
      else
        relay_session_reconnect (self->session);
      session_fixture_expect_error (self, "gateway-protocol", "gateway's first frame is not connect.challenge*");
      g_signal_handler_disconnect (self->gateway, handler);
    }

  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);
}

/* --- H8, and steps 4 and 5 --- */

static void
test_gateway_is_dialled_first (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);
  fake_wait_settle ();
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);

  fake_gateway_send_event (self->gateway, session_fixture_get_gateway_connection (self), "connect.challenge", "{}");
  session_fixture_connect (self);
}

static void
test_no_request_of_its_own (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) answer = NULL;

  session_fixture_connect (self);
  answer = fake_platform_request (self->platform, "health", "{}");
  fake_clock_advance_ms (self->clock, 20000);
  fake_wait_settle ();
  g_assert_cmpuint (fake_connection_get_n_messages (session_fixture_get_gateway_connection (self)), ==, 2);
}

static void
test_challenge_byte_for_byte (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  g_assert_cmpstr (fake_platform_get_challenge (self->platform), ==, fake_gateway_get_challenge (self->gateway));
}

static void
test_odd_challenge_byte_for_byte (SessionFixture *self, gconstpointer unused)
{
  const char *challenge = "\t{\"type\":\"event\",\"event\":\"connect.ch\\u0061llenge\", \"payload\":{\"nonce\":\"\\ud800\","
                          "\"nonce\":\"2\",\"ts\":1e3}}\n ";

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  g_signal_connect (self->gateway, "opened", G_CALLBACK (send_first), (gpointer) challenge);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (FakeMessage) message =
          fake_connection_expect_message (fake_peer_get_nth_connection (FAKE_PEER (self->platform), 1));

      if (i == 1)
        g_assert_cmpstr (message->text, ==, challenge);
    }
}

static void
test_pre_handshake (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  g_assert_cmpstr (fake_platform_get_pre_handshake (self->platform), ==,
                   "{\"type\":\"pre-handshake\",\"version\":1,\"token\":\"" FIXTURE_KEY
                   "\",\"gatewayToken\":\"" FIXTURE_TOKEN "\"}");
}

static void
test_pre_handshake_escapes (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *key = NULL;

  session_fixture_apply (self, "", "platform-key=a\"b\\c</é");
  session_fixture_connect (self);
  key = fake_platform_get_token (self->platform);
  g_assert_cmpstr (key, ==, "a\"b\\c</é");
}

static void
test_pre_handshake_without_secret (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *text = NULL;

  g_clear_object (&self->gateway);
  self->gateway = fake_gateway_new (NULL);
  session_fixture_set_openclaw (self, "{gateway: {auth: {mode: 'none'}}}");
  text = g_strdup_printf ("[gateway]\nurl=%s\n[account test]\nplatform-url=%s\nplatform-key=" FIXTURE_KEY "\n",
                          fake_peer_get_url (FAKE_PEER (self->gateway)), fake_peer_get_url (FAKE_PEER (self->platform)));
  session_fixture_apply_text (self, text);
  session_fixture_connect (self);
  g_assert_cmpstr (fake_platform_get_pre_handshake (self->platform), ==,
                   "{\"type\":\"pre-handshake\",\"version\":1,\"token\":\"" FIXTURE_KEY "\"}");
}

/* --- share-gateway-token=false --- */

static void
expect_connect_becomes (SessionFixture *self, const char *params, const char *expected)
{
  g_autofree char *frame =
      g_strdup_printf ("{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":%s,\"x\":1}", params);
  g_autofree char *expected_frame =
      g_strdup_printf ("{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":%s,\"x\":1}", expected);
  g_autoptr (FakeMessage) message = NULL;

  fake_platform_set_connect (self->platform, frame);
  if (relay_session_get_state (self->session) == RELAY_STATE_DISCONNECTED)
    session_fixture_apply (self, "", "share-gateway-token=false");
  else
    relay_session_restart (self->session);
  fake_wait_until (relay_session_get_state (self->session) != RELAY_STATE_CONNECTED);
  session_fixture_connect (self);
  message = fake_connection_expect_message (session_fixture_get_gateway_connection (self));
  g_assert_cmpstr (message->text, ==, expected_frame);
  g_assert_cmpstr (fake_platform_get_pre_handshake (self->platform), ==,
                   "{\"type\":\"pre-handshake\",\"version\":1,\"token\":\"" FIXTURE_KEY "\"}");
}

static void
test_token_is_put_into_connect (SessionFixture *self, gconstpointer unused)
{
  expect_connect_becomes (self, "{" CLIENT "}", "{" AUTH "," CLIENT "}");
  expect_connect_becomes (self, "{" CLIENT ", \"auth\" : {\"token\":\"theirs\"} }",
                          "{" CLIENT ", \"auth\" : "
                          "{\"token\":\"" FIXTURE_TOKEN "\"} }");
  expect_connect_becomes (self, "{" CLIENT ",\"auth\":null,\"device\":null,\"\\u0061uth\":[1]}",
                          "{" CLIENT ",\"auth\":null,\"device\":null,\"\\u0061uth\":{\"token\":\"" FIXTURE_TOKEN "\"}}");
}

static void
expect_connect_is_refused (SessionFixture *self, const char *frame, const char *code, const char *message)
{
  fake_platform_set_connect (self->platform, frame);
  session_fixture_apply (self, "", "share-gateway-token=false");
  session_fixture_expect_error (self, code, message);
  g_assert_cmpuint (fake_connection_get_n_messages (fake_peer_get_nth_connection (FAKE_PEER (self->gateway), 1)), ==, 0);
}

static void
test_signed_connect_is_refused (SessionFixture *self, gconstpointer unused)
{
  expect_connect_is_refused (self,
                             "{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\",\"params\":{" CLIENT
                             ",\"device\":{\"id\":\"d\",\"signature\":\"s\"}}}",
                             "platform-refused", "*signed by a device identity*share-gateway-token=true*");
}

static void
test_connect_without_params_is_refused (SessionFixture *self, gconstpointer unused)
{
  expect_connect_is_refused (self, "{\"type\":\"req\",\"id\":\"1\",\"method\":\"connect\"}", "platform-protocol",
                             "platform's connect request has no params");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/handshake/main-path", test_main_path);
  session_fixture_add ("/handshake/H1/gateway-never-upgrades", test_gateway_never_upgrades);
  session_fixture_add ("/handshake/H1/gateway-never-challenges", test_gateway_never_challenges);
  session_fixture_add ("/handshake/H1/platform-never-upgrades", test_platform_never_upgrades);
  session_fixture_add ("/handshake/H1/platform-never-connects", test_platform_never_connects);
  session_fixture_add ("/handshake/H1/gateway-never-says-hello", test_gateway_never_says_hello);
  session_fixture_add ("/handshake/H1/endless-answer-to-the-upgrade", test_endless_answer_to_the_upgrade);
  session_fixture_add ("/handshake/H1/events-do-not-prolong-the-wait", test_events_do_not_prolong_the_wait);
  session_fixture_add ("/handshake/H1/budget-over-two-steps", test_budget_over_two_steps);
  session_fixture_add ("/handshake/H1/budget-over-three-steps", test_budget_over_three_steps);
  session_fixture_add ("/handshake/H1/budget-begins-with-the-challenge", test_budget_begins_with_the_challenge);
  session_fixture_add ("/handshake/H1/timeouts-of-the-settings", test_timeouts_of_the_settings);
  session_fixture_add ("/handshake/H3/error-frame", test_error_frame);
  session_fixture_add ("/handshake/H3/error-frame-with-close", test_error_frame_with_close);
  session_fixture_add ("/handshake/H3/error-frame-with-the-upgrade", test_error_frame_with_the_upgrade);
  session_fixture_add ("/handshake/H3/other-first-frames", test_other_first_frames);
  session_fixture_add ("/handshake/H3/connect-verbatim", test_connect_verbatim);
  session_fixture_add ("/handshake/H3/connect-with-numeric-id", test_connect_with_numeric_id);
  session_fixture_add ("/handshake/H3/duplicates-the-last-wins", test_duplicates_the_last_wins);
  session_fixture_add ("/handshake/H3/duplicates-of-an-error", test_duplicates_of_an_error);
  session_fixture_add ("/handshake/H3/binary-connect", test_binary_connect);
  session_fixture_add ("/handshake/H4/other-first-frames", test_other_first_frames_of_the_gateway);
  session_fixture_add ("/handshake/H8/gateway-is-dialled-first", test_gateway_is_dialled_first);
  session_fixture_add ("/handshake/H8/no-request-of-its-own", test_no_request_of_its_own);
  session_fixture_add ("/handshake/challenge/byte-for-byte", test_challenge_byte_for_byte);
  session_fixture_add ("/handshake/challenge/odd-one-byte-for-byte", test_odd_challenge_byte_for_byte);
  session_fixture_add ("/handshake/pre-handshake/exact", test_pre_handshake);
  session_fixture_add ("/handshake/pre-handshake/escapes", test_pre_handshake_escapes);
  session_fixture_add ("/handshake/pre-handshake/without-secret", test_pre_handshake_without_secret);
  session_fixture_add ("/handshake/share-gateway-token/token-is-put-into-connect", test_token_is_put_into_connect);
  session_fixture_add ("/handshake/share-gateway-token/signed-connect-is-refused", test_signed_connect_is_refused);
  session_fixture_add ("/handshake/share-gateway-token/connect-without-params-is-refused",
                       test_connect_without_params_is_refused);

  return g_test_run ();
}
