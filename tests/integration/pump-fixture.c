/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pump-fixture.h"

#include <string.h>

static void
take_all (FakeConnection *connection)
{
  FakeMessage *message;

  while ((message = fake_connection_take_message (connection, NULL, NULL)) != NULL)
    fake_message_unref (message);
}

/* Starts the session, unless that was done, and throws away what the handshake left in the queues. */
void
pump_fixture_connect (PumpFixture *self)
{
  self->platform = session_fixture_connect (&self->session);
  self->gateway = session_fixture_get_gateway_connection (&self->session);
  take_all (self->gateway);
  take_all (self->platform);
}

void
pump_fixture_set_up (PumpFixture *self, gconstpointer is_unconnected)
{
  session_fixture_set_up (&self->session, NULL);
  if (!GPOINTER_TO_INT (is_unconnected))
    pump_fixture_connect (self);
}

void
pump_fixture_tear_down (PumpFixture *self, gconstpointer is_unconnected)
{
  session_fixture_tear_down (&self->session, NULL);
}

static gboolean
is_retrying (PumpFixture *self)
{
  return relay_session_get_state (self->session.session) == RELAY_STATE_RETRYING;
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Waits for the end of the link, and compares why; a peer that does not answer our close is waited for by the clock. */
void
pump_fixture_expect_end (PumpFixture *self, const char *code, const char *message)
{
  guint tick = g_timeout_add (10, on_tick, NULL);
  FakeWait wait;

  fake_wait_begin (&wait);
  while (!is_retrying (self) && fake_wait_iterate (&wait))
    {
      fake_wait_settle ();
      if (!is_retrying (self))
        fake_clock_advance_ms (self->session.clock, 10);
    }
  fake_wait_end (&wait);
  g_source_remove (tick);

  session_fixture_expect_error (&self->session, code, message);
}

/* Waits until a request has been to the gateway and back: what went before it has arrived as well, and was this all. */
void
pump_fixture_expect_quiet (PumpFixture *self)
{
  g_autoptr (FakeMessage) answer = fake_platform_request (self->session.platform, "echo", "{}");
  g_autoptr (FakeMessage) request = fake_connection_expect_message (self->gateway);

  g_assert_true (fake_message_has (request, "method", "echo"));
  g_assert_null (fake_connection_take_message (self->gateway, NULL, NULL));
  g_assert_null (fake_connection_take_message (self->platform, NULL, NULL));
}

/* Waits until no byte more of what @sender has queued is taken: buffers are full all the way. */
void
pump_fixture_wait_for_stall (FakeConnection *sender)
{
  guint tick = g_timeout_add (20, on_tick, NULL);
  gsize before = 0;
  guint n_quiet = 0;
  FakeWait wait;

  fake_wait_begin (&wait);
  while (n_quiet < 5 && fake_wait_iterate (&wait))
    {
      gsize now = fake_connection_get_queued_bytes (sender);

      n_quiet = now == before && !g_main_context_pending (NULL) ? n_quiet + 1 : 0;
      before = now;
    }
  fake_wait_end (&wait);
  g_source_remove (tick);

  g_assert_cmpuint (before, >, 0);
}

void
pump_fixture_expect_bytes_at (FakeConnection *connection, guint opcode, const char *bytes, gsize length, const char *where)
{
  g_autoptr (FakeMessage) message = fake_connection_expect_at (connection, NULL, NULL, where);

  if (message->opcode != opcode || message->length != length || memcmp (message->text, bytes, length) != 0)
    g_error ("%s: opcode %u, %" G_GSIZE_FORMAT " bytes came: %.200s", where, message->opcode, message->length,
             message->text);
  /* pings and closes never wait behind more than that */
  g_assert_cmpuint (message->longest_frame, <=, 64 * 1024);
}

/* Sends a request whose id is the raw JSON given, with params that suit platform.session.resolve. */
void
pump_fixture_send_key (FakeConnection *connection, const char *id_json, const char *method)
{
  fake_connection_send_format (connection,
                               "{\"type\":\"req\",\"id\":%s,\"method\":\"%s\",\"params\":" PUMP_RESOLVE_PARAMS "}", id_json,
                               method);
}

/* Returns an event of that size. */
GBytes *
pump_fixture_new_json (gsize size)
{
  static const char head[] = "{\"type\":\"event\",\"event\":\"big\",\"payload\":\"";
  static const char tail[] = "\"}";
  char *text = g_malloc (size);

  memset (text, 'x', size);
  memcpy (text, head, strlen (head));
  memcpy (text + size - strlen (tail), tail, strlen (tail));

  return g_bytes_new_take (text, size);
}
