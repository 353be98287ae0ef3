/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Sessions that end while something is under way. */

#include "config.h"

#include "pump-fixture.h"

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *is_closed = user_data;

  *is_closed = relay_session_close_finish (RELAY_SESSION (source), result, NULL);
}

/* Closes the session and lets go of it, as the service does with an account that is taken out of its settings. */
static void
drop_session (PumpFixture *self)
{
  gboolean is_closed = FALSE;

  relay_session_close_async (self->session.session, on_closed, &is_closed);
  fake_wait_until (is_closed);
  g_signal_handlers_disconnect_by_data (self->session.session, self);
  g_assert_finalize_object (g_steal_pointer (&self->session.session));
  self->session.session = relay_session_new_with_clock ("test", RELAY_CLOCK (self->session.clock));
}

/* Streams and requests to the gateway end with the link. */
static void
test_requests_end_with_session (PumpFixture *self, gconstpointer unused)
{
  fake_gateway_set_chat_mode (self->session.gateway, FAKE_CHAT_MANUAL);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *stream = fake_platform_send_request (self->session.platform, "platform.chat.send.stream",
                                                            "{\"userId\":\"ann\",\"message\":\"m\"}");
    }
  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_NEVER);
  for (guint i = 0; i < 5; i++)
    {
      g_autofree char *history =
          fake_platform_send_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}");
      g_autoptr (FakeMessage) request = fake_gateway_expect_request (self->gateway, "chat.history");
    }

  drop_session (self);
  fake_wait_until (G_OBJECT (self->session.clock)->ref_count == 2);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->session.clock), ==, 0);
}

/* Whoever ends a link from within what the link tells of does no harm. */
static void
on_activity (RelaySession *session, const char *kind, const char *method, const char *detail, const char *outcome,
             gpointer user_data)
{
  relay_session_stop (session);
}

static void
test_stop_from_signal (PumpFixture *self, gconstpointer unused)
{
  g_signal_connect (self->session.session, "activity", G_CALLBACK (on_activity), NULL);
  fake_connection_cork (self->platform);
  for (guint i = 0; i < 10; i++)
    pump_fixture_send_key (self->platform, "1", "platform.session.resolve");
  fake_connection_uncork (self->platform);
  session_fixture_expect_state (&self->session, RELAY_STATE_DISCONNECTED);
  fake_connection_expect_gone (self->gateway);
}

/* With much queued on both sides, and nobody reading. */
static void
test_stop_while_full (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) big = pump_fixture_new_json (30 * 1024 * 1024);

  fake_connection_set_reading (self->platform, FALSE);
  fake_connection_set_reading (self->gateway, FALSE);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  fake_connection_send_bytes (self->platform, FAKE_BINARY, big);
  fake_connection_send_bytes (self->gateway, FAKE_TEXT, big);
  pump_fixture_wait_for_stall (self->gateway);
  relay_session_stop (self->session.session);
  fake_wait_settle ();
  fake_clock_advance_ms (self->session.clock, 1000);
  session_fixture_expect_state (&self->session, RELAY_STATE_DISCONNECTED);
  fake_connection_set_reading (self->platform, TRUE);
  fake_connection_set_reading (self->gateway, TRUE);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/pump/R8/requests-end-with-session", test_requests_end_with_session);
  pump_fixture_add ("/pump/H7/stop-from-signal", test_stop_from_signal);
  pump_fixture_add ("/pump/H7/stop-while-full", test_stop_while_full);

  return g_test_run ();
}
