/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

/* What a session shows of itself, to the end. */

static GString *log_text; /* (owned) all that was logged */

static GLogWriterOutput
remember_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
  g_autofree char *line = g_log_writer_format_fields (level, fields, n_fields, FALSE);

  g_string_append_printf (log_text, "%s\n", line);
  return g_log_writer_default (level, fields, n_fields, NULL);
}

static FakeConnection *
get_first (gpointer peer)
{
  return fake_peer_get_nth_connection (FAKE_PEER (peer), 1);
}

static void
expect_disconnected (SessionFixture *self)
{
  g_autofree char *error = NULL;

  session_fixture_expect_state (self, RELAY_STATE_DISCONNECTED);
  error = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (error, ==, "");
}

/* --- what it shows --- */

static void
test_any_end_leads_to_retrying (SessionFixture *self, gconstpointer unused)
{
  gint64 now_ms = relay_clock_get_real_ms (RELAY_CLOCK (self->clock));

  session_fixture_connect (self);
  g_assert_cmpint (session_fixture_get_number (self, "connected-since"), ==, now_ms);
  g_string_truncate (self->states, 0);
  fake_connection_close (get_first (self->platform), 1000, NULL);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 1000");
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_RETRYING);
  g_assert_cmpint (session_fixture_get_number (self, "retrying-at"), >=, now_ms + 500);
  g_assert_cmpint (session_fixture_get_number (self, "retrying-at"), <=, now_ms + 1000);
  g_assert_cmpstr (self->states->str, ==, "retrying/ retrying/ ");
}

static void
test_last_error_stays_until_connected (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *while_connecting = NULL;
  g_autofree char *when_connected = NULL;

  session_fixture_make_retrying (self);
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);
  fake_clock_advance_ms (self->clock, 1000);
  session_fixture_expect_step (self, RELAY_STEP_HELLO);
  while_connecting = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (while_connecting, ==, "platform closed: 4001: bye now");
  fake_wait_until (fake_connection_get_n_messages (session_fixture_get_gateway_connection (self)) == 1);
  fake_gateway_release (self->gateway);
  session_fixture_connect (self);
  when_connected = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (when_connected, ==, "");
}

static void
test_attempts_are_counted (SessionFixture *self, gconstpointer unused)
{
  guint attempt = 0;

  fake_platform_set_mode (self->platform, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
  session_fixture_start (self);
  for (guint i = 1; i <= 3; i++)
    {
      session_fixture_expect_state (self, RELAY_STATE_RETRYING);
      g_object_get (self->session, "attempt", &attempt, NULL);
      g_assert_cmpuint (attempt, ==, i);
      g_assert_true (relay_session_reconnect (self->session));
    }

  fake_platform_set_mode (self->platform, FAKE_PLATFORM_GOOD);
  session_fixture_connect (self);
  fake_connection_close (fake_peer_get_connection (FAKE_PEER (self->platform)), 1000, NULL);
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);
  g_assert_true (relay_session_reconnect (self->session));
  g_object_get (self->session, "attempt", &attempt, NULL);
  g_assert_cmpuint (attempt, ==, 1);
}

static void
test_urls_are_shown_without_query (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *url = g_strdup_printf ("%s/relay", fake_peer_get_url (FAKE_PEER (self->platform)));
  g_autofree char *line = g_strdup_printf ("platform-url=%s?token=hidden-in-the-query", url);
  g_autofree char *shown = NULL;
  g_autofree char *error = NULL;

  fake_peer_stop_listening (FAKE_PEER (self->platform));
  session_fixture_apply (self, "", line);
  session_fixture_expect_error (self, "platform-unreachable", "cannot reach the platform at *");
  shown = session_fixture_dup_text (self, "platform-url");
  error = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (shown, ==, url);
  g_assert_null (strstr (error, "hidden"));
  g_assert_null (strstr (log_text->str, "hidden"));
}

/* --- the end --- */

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *n_closed = user_data;

  g_assert_true (relay_session_close_finish (RELAY_SESSION (source), result, NULL));
  ++*n_closed;
}

static void
expect_close_completes (SessionFixture *self)
{
  guint n_closed = 0;

  relay_session_close_async (self->session, on_closed, &n_closed);
  relay_session_close_async (self->session, on_closed, &n_closed);
  fake_wait_until (n_closed == 2);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
  expect_disconnected (self);
  relay_session_close_async (self->session, on_closed, &n_closed);
  fake_wait_until (n_closed == 3);
}

static void
test_close_before_settings (SessionFixture *self, gconstpointer unused)
{
  expect_close_completes (self);
}

static void
test_close_when_connected (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  expect_close_completes (self);
}

static void
test_close_when_retrying (SessionFixture *self, gconstpointer unused)
{
  session_fixture_make_retrying (self);
  expect_close_completes (self);
}

static void
test_close_after_restart (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  relay_session_restart (self->session);
  expect_close_completes (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 1);
}

/* --- secrets --- */

static void
expect_no_secret (SessionFixture *self)
{
  g_autofree char *error = session_fixture_dup_text (self, "last-error");

  g_assert_null (strstr (error, FIXTURE_KEY));
  g_assert_null (strstr (error, FIXTURE_TOKEN));
  g_assert_nonnull (strstr (error, "<secret>"));
  g_assert_null (strstr (log_text->str, FIXTURE_KEY));
  g_assert_null (strstr (log_text->str, FIXTURE_TOKEN));
}

static void
test_error_frame_with_secrets (SessionFixture *self, gconstpointer unused)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_ERROR);
  fake_platform_set_error (self->platform, "key " FIXTURE_KEY " does not go with " FIXTURE_TOKEN);
  session_fixture_start (self);
  session_fixture_expect_error (self, "platform-refused", "*key <secret> does not go with <secret>");
  expect_no_secret (self);
}

static void
test_refusal_with_secrets (SessionFixture *self, gconstpointer unused)
{
  session_fixture_make_connecting (self, RELAY_STEP_HELLO);
  fake_wait_until (fake_connection_get_n_messages (get_first (self->gateway)) == 1);
  fake_connection_send_text (
      get_first (self->gateway),
      "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":false,\"error\":{\"message\":\"bad " FIXTURE_TOKEN
      "\",\"code\":\"X-" FIXTURE_KEY "\"}}");
  session_fixture_expect_error (self, "gateway-refused", "gateway refused: bad <secret> (X-<secret>)");
  expect_no_secret (self);
}

static void
test_close_reason_with_secrets (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  fake_connection_close (get_first (self->platform), 4001, "no " FIXTURE_KEY " and no " FIXTURE_TOKEN);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 4001: no <secret> and no <secret>");
  expect_no_secret (self);

  fake_platform_set_mode (self->platform, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
  fake_platform_set_close (self->platform, 4001, "still " FIXTURE_KEY);
  relay_session_reconnect (self->session);
  session_fixture_expect_error (self, "platform-closed", "platform closed: 4001: still <secret>");
  expect_no_secret (self);
}

static void
test_version_with_secrets (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *version = NULL;

  session_fixture_make_connecting (self, RELAY_STEP_HELLO);
  fake_wait_until (fake_connection_get_n_messages (get_first (self->gateway)) == 1);
  fake_connection_send_text (get_first (self->gateway),
                             "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":true,\"payload\":{\"protocol\":3,\"server\":"
                             "{\"version\":\"1 " FIXTURE_TOKEN "\"}}}");
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  version = session_fixture_dup_text (self, "gateway-version");
  g_assert_cmpstr (version, ==, "1 <secret>");
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  log_text = g_string_new (NULL);
  g_log_set_writer_func (remember_log, NULL, NULL);

  session_fixture_add ("/session/shows/any-end-leads-to-retrying", test_any_end_leads_to_retrying);
  session_fixture_add ("/session/shows/last-error-stays-until-connected", test_last_error_stays_until_connected);
  session_fixture_add ("/session/shows/attempts-are-counted", test_attempts_are_counted);
  session_fixture_add ("/session/shows/urls-without-query", test_urls_are_shown_without_query);
  session_fixture_add ("/session/close/before-settings", test_close_before_settings);
  session_fixture_add ("/session/close/when-connected", test_close_when_connected);
  session_fixture_add ("/session/close/when-retrying", test_close_when_retrying);
  session_fixture_add ("/session/close/after-restart", test_close_after_restart);
  session_fixture_add ("/session/secrets/error-frame", test_error_frame_with_secrets);
  session_fixture_add ("/session/secrets/refusal", test_refusal_with_secrets);
  session_fixture_add ("/session/secrets/close-reason", test_close_reason_with_secrets);
  session_fixture_add ("/session/secrets/version", test_version_with_secrets);

  status = g_test_run ();
  g_string_free (log_text, TRUE);
  return status;
}
