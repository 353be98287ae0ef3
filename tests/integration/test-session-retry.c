/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

/* How long a session waits for its next attempt, as RetryingAt shows it and the clock proves it. */

static gint64
get_wait_ms (SessionFixture *self)
{
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);
  return session_fixture_get_number (self, "retrying-at") - relay_clock_get_real_ms (RELAY_CLOCK (self->clock));
}

static gint64
expect_wait (SessionFixture *self, gint64 min_ms, gint64 max_ms)
{
  gint64 wait_ms = get_wait_ms (self);

  g_assert_cmpint (wait_ms, >=, min_ms);
  g_assert_cmpint (wait_ms, <=, max_ms);
  return wait_ms;
}

/* The next attempt begins when RetryingAt says so, and not before. */
static void
expect_attempt_after (SessionFixture *self, gint64 wait_ms)
{
  fake_clock_advance_ms (self->clock, (guint64) wait_ms - 1);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_RETRYING);
  fake_clock_advance_ms (self->clock, 1);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
}

static void
apply_retry (SessionFixture *self, const char *retry_lines)
{
  g_autofree char *lines = g_strdup_printf ("[retry]\n%s", retry_lines);

  session_fixture_apply (self, lines, "");
}

static void
close_link (SessionFixture *self, guint code)
{
  session_fixture_connect (self);
  fake_connection_close (fake_peer_get_connection (FAKE_PEER (self->platform)), code, NULL);
}

/* --- backoff --- */

static void
test_delay_doubles (SessionFixture *self, gconstpointer unused)
{
  guint delay_ms = 1000;

  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  apply_retry (self, "max-delay=20");
  for (guint i = 0; i < 8; i++)
    {
      expect_attempt_after (self, expect_wait (self, delay_ms / 2, delay_ms));
      delay_ms = MIN (delay_ms * 2, 20000);
    }
  session_fixture_expect_error (self, "gateway-unreachable", "cannot reach the gateway at ws://127.0.0.1:*");
}

/* Many relays that lost the same platform must not come back together. */
static void
test_waits_are_spread (SessionFixture *self, gconstpointer unused)
{
  gint64 least_ms = G_MAXINT64;
  gint64 most_ms = 0;

  g_random_set_seed (4711);
  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  apply_retry (self, "initial-delay=10\nmax-delay=10");
  for (guint i = 0; i < 100; i++)
    {
      gint64 wait_ms = expect_wait (self, 5000, 10000);

      least_ms = MIN (least_ms, wait_ms);
      most_ms = MAX (most_ms, wait_ms);
      g_assert_true (relay_session_reconnect (self->session));
    }

  g_assert_cmpint (least_ms, <, 5500);
  g_assert_cmpint (most_ms, >, 9500);
}

static void
test_max_delay_of_the_settings (SessionFixture *self, gconstpointer unused)
{
  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  apply_retry (self, "initial-delay=0.2\nmax-delay=0.3");
  expect_attempt_after (self, expect_wait (self, 100, 200));
  for (guint i = 0; i < 5; i++)
    expect_attempt_after (self, expect_wait (self, 150, 300));
}

/* A link that does not last changes nothing, one that does begins anew. */
static void
test_stable_link_resets_the_delay (SessionFixture *self, gconstpointer unused)
{
  apply_retry (self, "stable-after=15");
  close_link (self, 1000);
  expect_attempt_after (self, expect_wait (self, 500, 1000));
  session_fixture_connect (self);
  fake_clock_advance_ms (self->clock, 14999);
  close_link (self, 1000);
  expect_attempt_after (self, expect_wait (self, 1000, 2000));
  session_fixture_connect (self);
  fake_clock_advance_ms (self->clock, 15000);
  close_link (self, 1000);
  expect_wait (self, 500, 1000);
}

static void
test_reconnect_does_not_reset_the_delay (SessionFixture *self, gconstpointer unused)
{
  fake_peer_stop_listening (FAKE_PEER (self->gateway));
  session_fixture_start (self);
  expect_wait (self, 500, 1000);
  relay_session_reconnect (self->session);
  expect_wait (self, 1000, 2000);
  relay_session_reconnect (self->session);
  expect_wait (self, 2000, 4000);
}

/* --- permanent faults --- */

static void
test_refused_key_waits_long (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_key (self->platform, "another");
  apply_retry (self, "max-delay=40");
  expect_attempt_after (self, expect_wait (self, 40000, 40000));
  session_fixture_expect_error (self, "platform-refused", "*unknown platform key*");
}

static void
test_refused_key_is_tried_at_once_when_changed (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_key (self->platform, "another");
  session_fixture_start (self);
  expect_wait (self, 60000, 60000);
  session_fixture_apply (self, "", "platform-key=another");
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
  session_fixture_connect (self);
}

static void
test_refused_token_is_tried_at_once_when_changed (SessionFixture *self, gconstpointer unused)
{
  session_fixture_apply (self, "token=wrong", "");
  session_fixture_expect_error (self, "gateway-refused", "*AUTH_TOKEN_MISMATCH*");
  expect_wait (self, 60000, 60000);
  session_fixture_start (self);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
  session_fixture_connect (self);
}

static void
test_http_refusal_waits_long (SessionFixture *self, gconstpointer unused)
{
  fake_peer_refuse (FAKE_PEER (self->platform), "401 Unauthorized", NULL, NULL);
  session_fixture_start (self);
  session_fixture_expect_error (self, "platform-refused", "platform refused the connection: HTTP 401 *");
  expect_wait (self, 60000, 60000);
}

/* --- what the peer asks for --- */

static void
test_restarting_peer_gets_a_second (SessionFixture *self, gconstpointer unused)
{
  apply_retry (self, "initial-delay=0.01\nmax-delay=0.01");
  close_link (self, 1000);
  expect_attempt_after (self, expect_wait (self, 5, 10));
  close_link (self, 1012);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 1012");
  expect_attempt_after (self, expect_wait (self, 1000, 2000));
  close_link (self, 1013);
  expect_attempt_after (self, expect_wait (self, 1000, 2000));
}

/* The least wait must not be the same for all relays that the peer closed. */
static void
test_waits_for_restarting_peer_are_spread (SessionFixture *self, gconstpointer unused)
{
  gint64 least_ms = G_MAXINT64;
  gint64 most_ms = 0;

  g_random_set_seed (4711);
  apply_retry (self, "initial-delay=0.01\nmax-delay=0.01");
  for (guint i = 0; i < 100; i++)
    {
      gint64 wait_ms;

      close_link (self, i % 2 == 0 ? 1012 : 1013);
      wait_ms = expect_wait (self, 1000, 2000);
      least_ms = MIN (least_ms, wait_ms);
      most_ms = MAX (most_ms, wait_ms);
      g_assert_true (relay_session_reconnect (self->session));
    }

  g_assert_cmpint (least_ms, <, 1100);
  g_assert_cmpint (most_ms, >, 1900);
}

static void
test_restarting_peer_in_the_handshake_gets_a_second (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
  fake_platform_set_close (self->platform, 1013, "try again later");
  apply_retry (self, "initial-delay=0.01\nmax-delay=0.01");
  expect_attempt_after (self, expect_wait (self, 1000, 2000));

  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_CLOSE_ON_OPEN);
  fake_gateway_set_close (self->gateway, 1012, "service restart");
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);
  relay_session_reconnect (self->session);
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 1012: service restart");
  expect_wait (self, 1000, 2000);
}

static void
test_restarting_peer_does_not_shorten_the_wait (SessionFixture *self, gconstpointer unused)
{
  apply_retry (self, "initial-delay=8");
  close_link (self, 1012);
  expect_wait (self, 4000, 8000);
}

typedef struct {
  const char *status;
  const char *retry_after;
  gint64 min_ms;
  gint64 max_ms;
} RetryAfterCase;

static void
expect_retry_after (SessionFixture *self, const RetryAfterCase *retry_case)
{
  g_autofree char *headers = g_strdup_printf ("Retry-After: %s\r\n", retry_case->retry_after);
  g_autofree char *error = g_strdup_printf ("platform is not available: HTTP %s", retry_case->status);

  fake_peer_refuse (FAKE_PEER (self->platform), retry_case->status, headers, NULL);
  if (!relay_session_reconnect (self->session))
    apply_retry (self, "max-delay=1");
  session_fixture_expect_error (self, "platform-unreachable", error);
  expect_wait (self, retry_case->min_ms, retry_case->max_ms);
}

static void
test_retry_after (SessionFixture *self, gconstpointer unused)
{
  static const RetryAfterCase cases[] = {
    { "503 Service Unavailable", "7", 7000, 8750 },
    { "429 Too Many Requests", "30", 30000, 37500 },
    { "503 Service Unavailable", "0", 500, 1000 },
    { "503 Service Unavailable", "soon", 500, 1000 },
    { "503 Service Unavailable", "-5", 500, 1000 },
    { "503 Service Unavailable", "3600", 600000, 750000 },
    { "503 Service Unavailable", "99999999999999999999", 600000, 750000 },
    { "503 Service Unavailable", "Fri, 31 Dec 2100 23:59:59 GMT", 600000, 750000 },
    { "503 Service Unavailable", "Fri, 31 Dec 1999 23:59:59 GMT", 500, 1000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    expect_retry_after (self, &cases[i]);
}

/* A date counts from the session's own clock. */
static void
test_retry_after_a_date (SessionFixture *self, gconstpointer unused)
{
  gint64 now_s = relay_clock_get_real_ms (RELAY_CLOCK (self->clock)) / 1000;
  g_autoptr (GDateTime) date = g_date_time_new_from_unix_utc (now_s + 100);
  g_autofree char *text = g_date_time_format (date, "%a, %d %b %Y %H:%M:%S GMT");
  RetryAfterCase retry_case = { "503 Service Unavailable", text, 100000, 125000 };

  expect_retry_after (self, &retry_case);
}

/* --- a link that dies --- */

/* Has an event of the gateway arrive: what the gateway sent before it was heard. */
static void
hear_gateway (SessionFixture *self, FakeConnection *gateway)
{
  g_autoptr (FakeMessage) event = NULL;

  fake_gateway_send_event (self->gateway, gateway, "heard", "{}");
  event = fake_platform_expect_event (self->platform, "heard");
}

static void
wake (SessionFixture *self, FakeConnection *platform, FakeConnection *gateway)
{
  relay_session_wake (self->session);
  fake_wait_until (fake_connection_get_n_pings (platform) == 1 && fake_connection_get_n_pings (gateway) == 1);
}

/* Wakes up when the platform does not answer, and the gateway does. */
static void
expect_new_platform_link (SessionFixture *self, FakeConnection *platform, FakeConnection *gateway)
{
  wake (self, platform, gateway);
  hear_gateway (self, gateway);
  fake_clock_advance_ms (self->clock, 1500);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 2);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
}

/* The network is there and nothing was wrong with the peer: there is nothing to wait for. */
static void
test_death_found_at_waking_up (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);
  FakeConnection *gateway = session_fixture_get_gateway_connection (self);

  fake_connection_set_ignore_pings (platform, TRUE);
  expect_new_platform_link (self, platform, gateway);
}

/* What had come before, and was only not read yet, is no answer to the probe. */
static void
test_what_came_before_waking_up (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);
  FakeConnection *gateway = session_fixture_get_gateway_connection (self);

  fake_connection_set_ignore_pings (platform, TRUE);
  fake_wait_settle ();
  fake_connection_send_now (platform, "{\"type\":\"event\",\"event\":\"old\"}");
  expect_new_platform_link (self, platform, gateway);
}

/* Nobody waits for a goodbye of the other one, which is as dead. */
static void
test_both_dead_at_waking_up (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);
  FakeConnection *gateway = session_fixture_get_gateway_connection (self);

  fake_connection_set_reading (platform, FALSE);
  fake_connection_set_reading (gateway, FALSE);
  relay_session_wake (self->session);
  fake_wait_settle ();
  fake_clock_advance_ms (self->clock, 1500);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 2);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  fake_connection_set_reading (platform, TRUE);
  fake_connection_set_reading (gateway, TRUE);
}

/* Once the probe was answered, what comes later is a fault like others. */
static void
test_death_long_after_waking_up (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);
  FakeConnection *gateway = session_fixture_get_gateway_connection (self);

  g_autoptr (FakeMessage) answer = NULL;

  wake (self, platform, gateway);
  /* behind the pongs of both */
  answer = fake_platform_request (self->platform, "echo", "{}");
  fake_connection_set_ignore_pings (platform, TRUE);
  fake_clock_advance_ms (self->clock, 30000);
  fake_wait_until (fake_connection_get_n_pings (gateway) == 2);
  hear_gateway (self, gateway);
  fake_clock_advance_ms (self->clock, 30000);

  expect_wait (self, 500, 1000);
  session_fixture_expect_error (self, "link-dead", "platform is dead: nothing was heard of it for 60 s");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/session/retry/delay-doubles", test_delay_doubles);
  session_fixture_add ("/session/retry/waits-are-spread", test_waits_are_spread);
  session_fixture_add ("/session/retry/max-delay-of-the-settings", test_max_delay_of_the_settings);
  session_fixture_add ("/session/retry/stable-link-resets-the-delay", test_stable_link_resets_the_delay);
  session_fixture_add ("/session/retry/reconnect-does-not-reset-the-delay", test_reconnect_does_not_reset_the_delay);
  session_fixture_add ("/session/retry/refused-key-waits-long", test_refused_key_waits_long);
  session_fixture_add ("/session/retry/refused-key-is-tried-at-once-when-changed",
                       test_refused_key_is_tried_at_once_when_changed);
  session_fixture_add ("/session/retry/refused-token-is-tried-at-once-when-changed",
                       test_refused_token_is_tried_at_once_when_changed);
  session_fixture_add ("/session/retry/http-refusal-waits-long", test_http_refusal_waits_long);
  session_fixture_add ("/session/retry/restarting-peer-gets-a-second", test_restarting_peer_gets_a_second);
  session_fixture_add ("/session/retry/waits-for-restarting-peer-are-spread", test_waits_for_restarting_peer_are_spread);
  session_fixture_add ("/session/retry/restarting-peer-in-the-handshake-gets-a-second",
                       test_restarting_peer_in_the_handshake_gets_a_second);
  session_fixture_add ("/session/retry/restarting-peer-does-not-shorten-the-wait",
                       test_restarting_peer_does_not_shorten_the_wait);
  session_fixture_add ("/session/retry/retry-after", test_retry_after);
  session_fixture_add ("/session/retry/retry-after-a-date", test_retry_after_a_date);
  session_fixture_add ("/session/retry/death-found-at-waking-up", test_death_found_at_waking_up);
  session_fixture_add ("/session/retry/what-came-before-waking-up", test_what_came_before_waking_up);
  session_fixture_add ("/session/retry/both-dead-at-waking-up", test_both_dead_at_waking_up);
  session_fixture_add ("/session/retry/death-long-after-waking-up", test_death_long_after_waking_up);

  return g_test_run ();
}
