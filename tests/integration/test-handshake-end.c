/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

/* How a handshake ends that does not succeed: refused, closed by either side, stopped. */

static FakeConnection *
get_first (gpointer peer)
{
  return fake_peer_get_nth_connection (FAKE_PEER (peer), 1);
}

static void
expect_never_connected (SessionFixture *self)
{
  g_assert_null (strstr (self->states->str, " connected/"));
  g_assert_cmpint (session_fixture_get_number (self, "connected-since"), ==, 0);
}

static gint64
get_wait_ms (SessionFixture *self)
{
  return session_fixture_get_number (self, "retrying-at") - relay_clock_get_real_ms (RELAY_CLOCK (self->clock));
}

/* --- H5: the gateway refuses --- */

static void
expect_refusal (SessionFixture *self, const char *code, const char *message)
{
  session_fixture_start (self);
  session_fixture_expect_error (self, code, message);
  expect_never_connected (self);
  fake_connection_expect_gone (get_first (self->gateway));
  fake_connection_expect_gone (get_first (self->platform));
  g_assert_nonnull (fake_platform_get_hello (self->platform));
  g_assert_nonnull (strstr (fake_platform_get_hello (self->platform), "\"ok\":false"));
}

static void
test_wrong_token (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_REFUSE_TOKEN);
  expect_refusal (self, "gateway-refused", "gateway refused: unauthorized: gateway token mismatch*(AUTH_TOKEN_MISMATCH)");
  g_assert_cmpint (get_wait_ms (self), ==, 60000);
}

static void
test_wrong_protocol (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_REFUSE_PROTOCOL);
  expect_refusal (self, "gateway-refused", "gateway refused: protocol mismatch (PROTOCOL_MISMATCH)");
  g_assert_cmpint (get_wait_ms (self), ==, 60000);
}

static void
test_still_starting (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_STARTING);
  fake_gateway_set_retry_after (self->gateway, 4000);
  expect_refusal (self, "gateway-starting", "gateway is still starting: gateway starting; retry shortly*");
  g_assert_cmpint (get_wait_ms (self), >=, 4000);
  g_assert_cmpint (get_wait_ms (self), <=, 5000);
}

static void
test_starting_asks_for_long (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_STARTING);
  fake_gateway_set_retry_after (self->gateway, G_MAXINT);
  expect_refusal (self, "gateway-starting", "*");
  g_assert_cmpint (get_wait_ms (self), >=, 600000);
  g_assert_cmpint (get_wait_ms (self), <=, 750000);
}

/* Whatever it asks for: no loop without a pause. */
static void
test_starting_asks_for_nothing (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_STARTING);
  fake_gateway_set_retry_after (self->gateway, 1);
  expect_refusal (self, "gateway-starting", "*");
  g_assert_cmpint (get_wait_ms (self), ==, 250);
}

/* The wait does not grow with the attempts while the gateway says how long it takes. */
static void
test_starting_sets_the_next_attempt (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_STARTING);
  fake_gateway_set_retry_after (self->gateway, 2000);
  session_fixture_start (self);
  for (guint i = 0; i < 10; i++)
    {
      session_fixture_expect_error (self, "gateway-starting", "*");
      g_assert_cmpint (get_wait_ms (self), >=, 2000);
      g_assert_cmpint (get_wait_ms (self), <=, 2500);
      fake_clock_advance_ms (self->clock, (guint64) get_wait_ms (self));
      g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
    }

  /* nor does it leave a long wait for another fault */
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_GOOD);
  fake_connection_close (session_fixture_connect (self), 1000, NULL);
  session_fixture_expect_error (self, "platform-closed", "*");
  g_assert_cmpint (get_wait_ms (self), <=, 1000);
}

static void
on_connect_answer (FakePeer *peer, FakeConnection *connection, FakeMessage *message, const char *answer)
{
  if (fake_message_has (message, "method", "connect"))
    fake_connection_send_text (connection, answer);
}

static void
expect_answer_is_refusal (SessionFixture *self, const char *answer, const char *error)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  g_signal_connect (self->gateway, "message", G_CALLBACK (on_connect_answer), (gpointer) answer);
  expect_refusal (self, "gateway-refused", error);
  g_assert_cmpstr (fake_platform_get_hello (self->platform), ==, answer);
}

static void
test_bare_refusal (SessionFixture *self, gconstpointer unused)
{
  expect_answer_is_refusal (self, "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":false}", "gateway refused: (no message)");
}

static void
test_refusal_with_plain_code (SessionFixture *self, gconstpointer unused)
{
  expect_answer_is_refusal (self,
                            "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":false,\"error\":{\"code\":\"NOT_PAIRED\","
                            "\"message\":\"pairing required\",\"details\":[]}}",
                            "gateway refused: pairing required (NOT_PAIRED)");
}

/* However long the message is, its code is shown. */
static void
test_refusal_with_long_message (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *words = g_strnfill (2000, 'w');
  g_autofree char *answer = g_strdup_printf ("{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":false,\"error\":{\"message\":"
                                             "\"%s\",\"details\":{\"code\":\"AUTH_RATE_LIMITED\"}}}",
                                             words);

  expect_answer_is_refusal (self, answer, "gateway refused: wwww*…*(AUTH_RATE_LIMITED)");
}

/* What is neither `ok:true` nor `ok:false` is no hello. */
static void
test_answer_without_ok (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  g_signal_connect (self->gateway, "message", G_CALLBACK (on_connect_answer),
                    (gpointer) "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":\"true\",\"payload\":{}}");
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-refused", "*");
  expect_never_connected (self);
}

/* Answers to other requests, and what only looks like one, are no answer to connect. */
static void
test_other_answers_before_hello (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *gateway;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  gateway = session_fixture_get_gateway_connection (self);
  fake_wait_until (fake_connection_get_n_messages (gateway) == 1);
  fake_connection_send_text (gateway, "{\"type\":\"res\",\"id\":\"connect-2\",\"ok\":true}");
  fake_connection_send_text (gateway, "{\"type\":\"event\",\"id\":\"connect-1\",\"ok\":true}");
  fake_connection_send_text (gateway, "{\"type\":\"res\",\"id\":\"connect-1\",\"id\":null,\"ok\":false}");
  fake_connection_send_text (gateway, "not json");
  fake_wait_until (fake_connection_get_n_messages (get_first (self->platform)) == 6);
  g_assert_cmpint (relay_session_get_step (self->session), ==, RELAY_STEP_HELLO);

  fake_gateway_release (self->gateway);
  session_fixture_connect (self);
}

/* The refusal counts, not the close that comes with it, whatever came before them in the same segment. */
static void
test_events_refusal_and_close_in_one_segment (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *gateway;

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  gateway = session_fixture_get_gateway_connection (self);
  fake_wait_until (fake_connection_get_n_messages (gateway) == 1);
  fake_connection_cork (gateway);
  for (guint i = 0; i < 3; i++)
    fake_gateway_send_event (self->gateway, gateway, "tick", "{}");
  fake_connection_send_text (gateway, "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":false,\"error\":{\"message\":\"no\","
                                      "\"code\":\"NO\"}}");
  fake_connection_close (gateway, 1008, "policy");
  fake_connection_uncork (gateway);

  session_fixture_expect_error (self, "gateway-refused", "gateway refused: no (NO)");
  fake_connection_expect_gone (get_first (self->platform));
  g_assert_nonnull (strstr (fake_platform_get_hello (self->platform), "\"ok\":false"));
}

/* A platform that has stopped reading does not hold the session up. */
static void
test_refusal_to_a_platform_that_does_not_close (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  fake_connection_set_ignore_close (get_first (self->platform), TRUE);
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_REFUSE_TOKEN);
  fake_connection_send_text (get_first (self->gateway), "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":false}");
  fake_wait_until (fake_connection_get_close_code (get_first (self->platform)) != 0);
  fake_wait_settle ();
  fake_clock_advance_ms (self->clock, 1000);
  session_fixture_expect_error (self, "gateway-refused", "*");
  fake_connection_expect_gone (get_first (self->platform));
}

/* --- H6: either side closes --- */

static void
expect_close (FakeConnection *connection, guint code, const char *reason)
{
  fake_connection_expect_gone (connection);
  g_assert_cmpuint (fake_connection_get_close_code (connection), ==, code);
  g_assert_cmpstr (fake_connection_get_close_reason (connection), ==, reason);
}

static void
test_gateway_closes_on_open (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_CLOSE_ON_OPEN);
  fake_gateway_set_close (self->gateway, 1000, NULL);
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1000");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);
}

static void
test_gateway_closes_after_challenge (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_CLOSE_AFTER_CHALLENGE);
  fake_gateway_set_close (self->gateway, 1008, "slow down");
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1008: slow down");
  expect_never_connected (self);
}

static void
test_gateway_closes_while_connect_is_awaited (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);
  fake_connection_close (get_first (self->gateway), 1000, "handshake timeout");
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1000: handshake timeout");
  expect_close (get_first (self->platform), 1000, "handshake timeout");
}

static void
test_gateway_closes_on_connect (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_CLOSE_ON_CONNECT);
  fake_gateway_set_close (self->gateway, 1008, "not you");
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1008: not you");
  expect_close (get_first (self->platform), 1008, "not you");
}

static void
test_gateway_drops_on_connect (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_DROP_ON_CONNECT);
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1006*");
  expect_close (get_first (self->platform), 1001, "");
}

static void
test_gateway_closes_after_hello (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_CLOSE_AFTER_HELLO);
  fake_gateway_set_close (self->gateway, 4100, "that was it");
  session_fixture_start (self);
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 4100: that was it");
  expect_close (get_first (self->platform), 4100, "that was it");
  g_assert_nonnull (fake_platform_get_hello (self->platform));
}

static void
expect_platform_close (SessionFixture *self, FakePlatformMode mode)
{
  fake_platform_set_mode (self->platform, mode);
  session_fixture_start (self);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 4001: bye now");
  expect_close (get_first (self->gateway), 4001, "bye now");
}

static void
test_platform_closes_on_open (SessionFixture *self, gconstpointer unused)
{
  expect_platform_close (self, FAKE_PLATFORM_CLOSE_ON_OPEN);
}

static void
test_platform_closes_on_pre_handshake (SessionFixture *self, gconstpointer unused)
{
  expect_platform_close (self, FAKE_PLATFORM_CLOSE_ON_PRE_HANDSHAKE);
}

static void
test_platform_closes_on_challenge (SessionFixture *self, gconstpointer unused)
{
  expect_platform_close (self, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
}

static void
test_platform_closes_after_connect (SessionFixture *self, gconstpointer unused)
{
  expect_platform_close (self, FAKE_PLATFORM_CLOSE_AFTER_CONNECT);
}

static void
test_platform_closes_on_hello (SessionFixture *self, gconstpointer unused)
{
  expect_platform_close (self, FAKE_PLATFORM_CLOSE_ON_HELLO);
}

static void
test_platform_closes_while_hello_is_awaited (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  fake_connection_close (get_first (self->platform), 3000, NULL);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 3000");
  expect_close (get_first (self->gateway), 3000, "");
}

typedef struct {
  guint code;
  guint passed_on;
} CodeCase;

static void
expect_platform_code (SessionFixture *self, const CodeCase *code_case)
{
  g_autofree char *error = g_strdup_printf ("platform closed: %u*", code_case->code == 0 ? 1005 : code_case->code);
  guint n = fake_peer_get_n_total (FAKE_PEER (self->gateway));

  fake_platform_set_close (self->platform, code_case->code, NULL);
  if (n == 0)
    session_fixture_start (self);
  else
    relay_session_restart (self->session);
  session_fixture_expect_error (self, "platform-closed", error);
  expect_close (fake_peer_get_nth_connection (FAKE_PEER (self->gateway), n + 1), code_case->passed_on, "");
}

static void
test_codes_are_passed_on (SessionFixture *self, gconstpointer unused)
{
  static const CodeCase cases[] = {
    { 1000, 1000 }, { 1001, 1001 }, { 1008, 1008 }, { 1009, 1009 }, { 1011, 1001 },
    { 1012, 1001 }, { 1013, 1001 }, { 3999, 3999 }, { 4999, 4999 }, { 0, 1001 },
  };

  fake_platform_set_mode (self->platform, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_platform_code (self, &cases[i]);
}

static void
test_platform_drops (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);
  fake_connection_drop (get_first (self->platform), FAKE_DROP_RESET);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 1006*");
  expect_close (get_first (self->gateway), 1001, "");
}

/* What ran out of time is closed like what was given up. */
static void
test_timeout_closes_both (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);
  fake_clock_advance_ms (self->clock, 10000);
  session_fixture_expect_error (self, "timeout", "*");
  expect_close (get_first (self->gateway), 1001, "");
  expect_close (get_first (self->platform), 1001, "");
}

/* --- H7: stopped --- */

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  SessionFixture *self = user_data;

  g_assert_true (relay_session_close_finish (RELAY_SESSION (source), result, NULL));
  /* nothing of the session is left, a dial that was under way included */
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
  g_string_append (self->states, "closed ");
}

/* Closes the session for good where it stands. */
static void
expect_clean_end (SessionFixture *self)
{
  relay_session_close_async (self->session, on_closed, self);
  fake_wait_until (strstr (self->states->str, "closed ") != NULL);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_DISCONNECTED);
  fake_peer_expect_empty (self->gateway);
  fake_peer_expect_empty (self->platform);
  expect_never_connected (self);
}

static void
test_end_in_search_of_the_key (SessionFixture *self, gconstpointer unused)
{
  session_fixture_start (self);
  expect_clean_end (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 0);
}

static void
test_end_in_gateway_dial (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_SILENT);
  session_fixture_start (self);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->gateway)) == 1);
  expect_clean_end (self);
}

static void
test_end_in_challenge (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);
  expect_clean_end (self);
  expect_close (get_first (self->gateway), 1001, "");
}

static void
test_end_in_platform_dial (SessionFixture *self, gconstpointer unused)
{
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_SILENT);
  session_fixture_start (self);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 1);
  expect_clean_end (self);
  expect_close (get_first (self->gateway), 1001, "");
}

static void
test_end_in_connect (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CONNECT);
  expect_clean_end (self);
  expect_close (get_first (self->gateway), 1001, "");
  expect_close (get_first (self->platform), 1001, "");
}

static void
test_end_in_hello (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  expect_clean_end (self);
  expect_close (get_first (self->gateway), 1001, "");
  expect_close (get_first (self->platform), 1001, "");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/handshake/H5/wrong-token", test_wrong_token);
  session_fixture_add ("/handshake/H5/wrong-protocol", test_wrong_protocol);
  session_fixture_add ("/handshake/H5/still-starting", test_still_starting);
  session_fixture_add ("/handshake/H5/starting-asks-for-long", test_starting_asks_for_long);
  session_fixture_add ("/handshake/H5/starting-asks-for-nothing", test_starting_asks_for_nothing);
  session_fixture_add ("/handshake/H5/starting-sets-the-next-attempt", test_starting_sets_the_next_attempt);
  session_fixture_add ("/handshake/H5/bare-refusal", test_bare_refusal);
  session_fixture_add ("/handshake/H5/refusal-with-plain-code", test_refusal_with_plain_code);
  session_fixture_add ("/handshake/H5/refusal-with-long-message", test_refusal_with_long_message);
  session_fixture_add ("/handshake/H5/answer-without-ok", test_answer_without_ok);
  session_fixture_add ("/handshake/H5/other-answers-before-hello", test_other_answers_before_hello);
  session_fixture_add ("/handshake/H5/events-refusal-and-close-in-one-segment",
                       test_events_refusal_and_close_in_one_segment);
  session_fixture_add ("/handshake/H5/platform-does-not-close", test_refusal_to_a_platform_that_does_not_close);
  session_fixture_add ("/handshake/H6/gateway-closes-on-open", test_gateway_closes_on_open);
  session_fixture_add ("/handshake/H6/gateway-closes-after-challenge", test_gateway_closes_after_challenge);
  session_fixture_add ("/handshake/H6/gateway-closes-while-connect-is-awaited",
                       test_gateway_closes_while_connect_is_awaited);
  session_fixture_add ("/handshake/H6/gateway-closes-on-connect", test_gateway_closes_on_connect);
  session_fixture_add ("/handshake/H6/gateway-drops-on-connect", test_gateway_drops_on_connect);
  session_fixture_add ("/handshake/H6/gateway-closes-after-hello", test_gateway_closes_after_hello);
  session_fixture_add ("/handshake/H6/platform-closes-on-open", test_platform_closes_on_open);
  session_fixture_add ("/handshake/H6/platform-closes-on-pre-handshake", test_platform_closes_on_pre_handshake);
  session_fixture_add ("/handshake/H6/platform-closes-on-challenge", test_platform_closes_on_challenge);
  session_fixture_add ("/handshake/H6/platform-closes-after-connect", test_platform_closes_after_connect);
  session_fixture_add ("/handshake/H6/platform-closes-on-hello", test_platform_closes_on_hello);
  session_fixture_add ("/handshake/H6/platform-closes-while-hello-is-awaited", test_platform_closes_while_hello_is_awaited);
  session_fixture_add ("/handshake/H6/codes-are-passed-on", test_codes_are_passed_on);
  session_fixture_add ("/handshake/H6/platform-drops", test_platform_drops);
  session_fixture_add ("/handshake/H6/timeout-closes-both", test_timeout_closes_both);
  session_fixture_add ("/handshake/H7/end-in-search-of-the-key", test_end_in_search_of_the_key);
  session_fixture_add ("/handshake/H7/end-in-gateway-dial", test_end_in_gateway_dial);
  session_fixture_add ("/handshake/H7/end-in-challenge", test_end_in_challenge);
  session_fixture_add ("/handshake/H7/end-in-platform-dial", test_end_in_platform_dial);
  session_fixture_add ("/handshake/H7/end-in-connect", test_end_in_connect);
  session_fixture_add ("/handshake/H7/end-in-hello", test_end_in_hello);

  return g_test_run ();
}
