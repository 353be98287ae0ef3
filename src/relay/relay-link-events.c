/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link-private.h"

#include "common/relay-error.h"
#include "common/relay-source.h"
#include "common/relay-text.h"
#include "relay/relay-close.h"

/*
 * What a link is told, by libsoup, by its stream and by its watch, and what follows from it.
 */

/* How long a peer may take to answer our close, or to close after its own. */
#define LINGER_MS 1000

static const char *
side_name (RelayLink *self)
{
  return relay_side_to_string (relay_link_get_side (self));
}

static gsize
on_filled (const guint8 *data, gsize length, gpointer user_data)
{
  g_autoptr (RelayLink) self = g_object_ref (RELAY_LINK (user_data));

  relay_link_watch_heard (&self->watch);
  return relay_link_take_in (self, data, length);
}

static void
on_read_done (gpointer user_data)
{
  g_autoptr (RelayLink) self = g_object_ref (RELAY_LINK (user_data));

  if (self->end != NULL)
    return;

  /* pongs, which libsoup queues */
  if (relay_stream_get_queued (self->stream) > 0)
    relay_link_watch_queued (&self->watch);
  if (self->handler.turn_over != NULL)
    self->handler.turn_over (self, self->handler_data);
}

/* --- how it ends --- */

static GError *
make_closed_error (RelayLink *self, const char *why)
{
  return relay_close_make_error (relay_link_get_side (self), self->close_code, why);
}

/* Takes the peer's code and reason; 0 stands for no close frame. */
static void
note_close (RelayLink *self)
{
  guint code = soup_websocket_connection_get_close_code (self->websocket);
  const char *reason = soup_websocket_connection_get_close_data (self->websocket);

  self->close_code = code != 0 ? code : RELAY_CLOSE_ABNORMAL;
  g_free (self->close_reason);
  self->close_reason = code != 0 && reason != NULL && *reason != '\0' ? g_strdup (reason) : NULL;
}

static void
on_linger_over (gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  self->linger_timeout = 0;
  relay_link_be_gone (self);
}

static void
start_linger (RelayLink *self)
{
  if (self->linger_timeout == 0 && !self->is_gone)
    self->linger_timeout = relay_clock_add_timeout (self->clock, LINGER_MS, on_linger_over, self);
}

void
relay_link_end (RelayLink *self, GError *error)
{
  g_autoptr (RelayLink) keep_alive = g_object_ref (self);

  if (self->end != NULL)
    {
      g_error_free (error);
      return;
    }

  self->end = error;
  relay_clear_source (&self->probe_source);
  relay_link_watch_stop (&self->watch);
  start_linger (self);

  if (self->receive_task != NULL)
    {
      g_autoptr (GTask) task = g_steal_pointer (&self->receive_task);

      g_task_return_error (task, g_error_copy (self->end));
    }
  if (self->handler.ended != NULL)
    self->handler.ended (self, self->end, self->handler_data);
}

void
relay_link_send_close (RelayLink *self, guint code, const char *reason)
{
  g_autofree char *cut = relay_close_cut_reason (reason);

  if (soup_websocket_connection_get_state (self->websocket) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  soup_websocket_connection_close (self->websocket, (gushort) relay_close_sendable_code (code), cut);
  relay_stream_flush (self->stream);
}

/* The peer broke a rule: it is told so with @code, and nothing that it sends is looked at any more. */
void
relay_link_end_for_fault (RelayLink *self, guint code)
{
  self->close_code = 0;
  relay_link_send_close (self, code, NULL);
  relay_stream_discard_input (self->stream);
  relay_link_end (self, relay_close_make_fault (relay_link_get_side (self), code));
}

/* Either side begins to close: if it is the peer, its code is known now. */
static void
on_closing (SoupWebsocketConnection *websocket, gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  if (soup_websocket_connection_get_close_code (websocket) == 0 || self->end != NULL)
    return;

  note_close (self);
  relay_link_end (self, make_closed_error (self, self->close_reason));
}

/* A close code that libsoup does not know (1012 and 1013 are common) comes as an error first: the code beats it. */
static void
on_error (SoupWebsocketConnection *websocket, GError *fault, gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  if (self->end != NULL)
    return;

  note_close (self);
  if (soup_websocket_connection_get_close_code (websocket) != 0)
    relay_link_end (self, make_closed_error (self, self->close_reason));
  else if (fault->domain == SOUP_WEBSOCKET_ERROR)
    relay_link_end_for_fault (self, (guint) fault->code);
  else
    relay_link_end (self, make_closed_error (self, fault->message));
}

static void
on_closed (SoupWebsocketConnection *websocket, gpointer user_data)
{
  g_autoptr (RelayLink) self = g_object_ref (RELAY_LINK (user_data));

  if (self->end == NULL)
    {
      note_close (self);
      relay_link_end (self, make_closed_error (self, self->close_reason));
    }
  relay_link_be_gone (self);
}

void
relay_link_be_gone (RelayLink *self)
{
  g_autoptr (GPtrArray) tasks = NULL;

  if (self->is_gone)
    return;

  self->is_gone = TRUE;
  relay_clock_clear_timeout (self->clock, &self->linger_timeout);
  g_signal_handlers_disconnect_by_data (self->websocket, self);
  relay_stream_abort (self->stream);

  tasks = g_steal_pointer (&self->close_tasks);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

/* --- what goes out --- */

static void
on_drained (gpointer user_data)
{
  g_autoptr (RelayLink) self = g_object_ref (RELAY_LINK (user_data));

  if (self->end != NULL)
    return;

  relay_link_watch_taken (&self->watch, relay_stream_get_queued (self->stream));
  if (self->handler.drained != NULL)
    self->handler.drained (self, self->handler_data);
}

/* The write that failed is somebody's call: what follows waits for its return. */
static gboolean
on_failed_later (gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  if (self->end == NULL)
    {
      self->close_code = RELAY_CLOSE_ABNORMAL;
      relay_link_end (self, make_closed_error (self, self->write_error->message));
    }
  relay_link_be_gone (self);

  return G_SOURCE_REMOVE;
}

static void
on_failed (const GError *error, gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  if (self->write_error == NULL)
    self->write_error = g_error_copy (error);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_failed_later, g_object_ref (self), g_object_unref);
}

/* --- a peer that is gone although its connection is not --- */

static void
on_ping_due (gpointer user_data)
{
  relay_link_send_ping (RELAY_LINK (user_data));
}

/* There is nobody to say goodbye to. Takes @error. */
static void
end_at_once (RelayLink *self, GError *error)
{
  g_autoptr (RelayLink) keep_alive = g_object_ref (self);

  relay_link_end (self, error);
  relay_link_be_gone (self);
}

static void
on_dead (guint silent_ms, gboolean was_probed, gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);
  g_autofree char *silent = relay_text_seconds (silent_ms);
  GError *error = g_error_new (RELAY_ERROR, RELAY_ERROR_LINK_DEAD, "%s is dead: nothing was heard of it for %s s",
                               side_name (self), silent);

  if (was_probed)
    relay_error_set_was_probed (error);
  end_at_once (self, error);
}

static void
on_stalled (gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);
  g_autofree char *limit = relay_text_seconds (self->times.stall_timeout_ms);

  end_at_once (self, g_error_new (RELAY_ERROR, RELAY_ERROR_STALLED, "%s stalled: it took no byte for %s s", side_name (self),
                                  limit));
}

static const RelayLinkWatchFuncs watch_funcs = {
  .ping = on_ping_due,
  .dead = on_dead,
  .stalled = on_stalled,
};

/* Puts stream, WebSocket and watch on the connection. */
void
relay_link_attach (RelayLink *self)
{
  static const RelayStreamHooks hooks = {
    .filled = on_filled,
    .read_done = on_read_done,
    .drained = on_drained,
    .failed = on_failed,
  };

  self->stream =
      relay_stream_new (G_IO_STREAM (self->connection), g_socket_connection_get_socket (self->connection), &hooks, self);
  self->websocket = soup_websocket_connection_new (G_IO_STREAM (self->stream), relay_endpoint_get_uri (self->endpoint),
                                                   SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL);
  g_signal_connect (self->websocket, "closing", G_CALLBACK (on_closing), self);
  g_signal_connect (self->websocket, "error", G_CALLBACK (on_error), self);
  g_signal_connect (self->websocket, "closed", G_CALLBACK (on_closed), self);
  relay_link_watch_start (&self->watch, self->clock, self->times.keepalive_interval_ms, self->times.stall_timeout_ms,
                          &watch_funcs, self);
}
