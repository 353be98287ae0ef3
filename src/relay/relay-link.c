/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link.h"

#include <libsoup/soup.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "relay/relay-close.h"
#include "relay/relay-link-watch.h"
#include "relay/relay-stream.h"

/* How long a peer may take to answer our close, or to close after its own. */
#define LINGER_MS 1000

/**
 * RelayLink:
 *
 * One WebSocket, on a stream of our own. libsoup reads messages from it and keeps the close handshake; we write the frames.
 * A link ends once, with the reason; its socket is gone when relay_link_close_async() completes.
 */
struct _RelayLink {
  GObject parent_instance;

  RelayEndpoint *endpoint; /* (owned) */
  RelayClock *clock;       /* (owned) */
  RelayLinkTimes times;
  GSocketConnection *connection;      /* (owned) */
  RelayStream *stream;                /* (owned) */
  SoupWebsocketConnection *websocket; /* (owned) */

  RelayLinkHandler handler;
  gpointer handler_data;
  GQueue inbox; /* (owned) of RelayMessage */
  gsize inbox_bytes;
  GTask *receive_task; /* (owned) (nullable) */
  gboolean is_paused;  /* the owner wants no more for now */
  RelayFrameMeter meter;

  GError *end;            /* (owned) (nullable) why the link ended */
  GError *write_error;    /* (owned) (nullable) what was the matter when the socket took no more */
  guint close_code;       /* what the peer closed with, once it ended */
  char *close_reason;     /* (owned) (nullable) the same */
  gboolean is_gone;       /* the socket was closed */
  GPtrArray *close_tasks; /* (owned) of GTask */

  RelayLinkWatch watch;
  guint linger_timeout;
};

G_DEFINE_TYPE (RelayLink, relay_link, G_TYPE_OBJECT)

static void relay_link_end (RelayLink *self, GError *error);
static void end_for_fault (RelayLink *self, guint code, GError *error);
static void be_gone (RelayLink *self);

/**
 * relay_message_free:
 * @self: (transfer full): a message
 *
 * Frees it.
 */
void
relay_message_free (RelayMessage *self)
{
  g_bytes_unref (self->bytes);
  g_free (self);
}

static const char *
side_name (RelayLink *self)
{
  return relay_side_to_string (relay_link_get_side (self));
}

static void
update_reading (RelayLink *self)
{
  gboolean hold = self->is_paused || self->inbox_bytes > RELAY_LINK_MAX_INBOX;

  relay_link_watch_set_deaf (&self->watch, hold);
  relay_stream_set_paused (self->stream, hold);
}

/* --- what comes in --- */

static void
hold_message (RelayLink *self, RelayOpcode opcode, GBytes *bytes)
{
  RelayMessage *message = g_new (RelayMessage, 1);

  message->opcode = opcode;
  message->bytes = g_bytes_ref (bytes);
  g_queue_push_tail (&self->inbox, message);
  self->inbox_bytes += g_bytes_get_size (bytes);
  update_reading (self);
}

static RelayMessage *
take_held_message (RelayLink *self)
{
  RelayMessage *message = g_queue_pop_head (&self->inbox);

  if (message != NULL)
    {
      self->inbox_bytes -= g_bytes_get_size (message->bytes);
      update_reading (self);
    }

  return message;
}

static void
on_message (SoupWebsocketConnection *websocket, int type, GBytes *bytes, gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);
  RelayOpcode opcode = type == SOUP_WEBSOCKET_DATA_BINARY ? RELAY_OPCODE_BINARY : RELAY_OPCODE_TEXT;

  if (self->end != NULL)
    return;

  if (self->handler.message != NULL)
    {
      self->handler.message (self, opcode, bytes, self->handler_data);
      return;
    }

  hold_message (self, opcode, bytes);
  if (self->receive_task != NULL)
    {
      g_autoptr (GTask) task = g_steal_pointer (&self->receive_task);

      g_task_return_pointer (task, take_held_message (self), (GDestroyNotify) relay_message_free);
    }
}

static void
on_filled (const guint8 *data, gsize length, gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  relay_link_watch_heard (&self->watch);

  /* libsoup limits each frame, and before 3.8 not a message of many */
  if (relay_frame_meter_feed (&self->meter, data, length) > RELAY_LINK_MAX_MESSAGE && self->end == NULL)
    end_for_fault (self, RELAY_CLOSE_TOO_LARGE, relay_close_make_too_large (relay_link_get_side (self)));
}

static void
on_read_done (gpointer user_data)
{
  g_autoptr (RelayLink) self = g_object_ref (RELAY_LINK (user_data));

  if (self->handler.turn_over != NULL && self->end == NULL)
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
  be_gone (self);
}

static void
start_linger (RelayLink *self)
{
  if (self->linger_timeout == 0 && !self->is_gone)
    self->linger_timeout = relay_clock_add_timeout (self->clock, LINGER_MS, on_linger_over, self);
}

static void
relay_link_end (RelayLink *self, GError *error)
{
  g_autoptr (RelayLink) keep_alive G_GNUC_UNUSED = g_object_ref (self);

  if (self->end != NULL)
    {
      g_error_free (error);
      return;
    }

  self->end = error;
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

static void
send_close (RelayLink *self, guint code, const char *reason)
{
  g_autofree char *cut = relay_close_cut_reason (reason);

  if (soup_websocket_connection_get_state (self->websocket) != SOUP_WEBSOCKET_STATE_OPEN)
    return;

  soup_websocket_connection_close (self->websocket, (gushort) relay_close_sendable_code (code), cut);
  relay_stream_flush (self->stream);
}

/* The peer broke a rule: it is told so with @code, and nothing that it sends is looked at any more. Takes @error. */
static void
end_for_fault (RelayLink *self, guint code, GError *error)
{
  self->close_code = 0;
  send_close (self, code, NULL);
  relay_stream_discard_input (self->stream);
  relay_link_end (self, error);
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
    end_for_fault (self, (guint) fault->code, relay_close_make_fault (relay_link_get_side (self), fault));
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
  be_gone (self);
}

static void
be_gone (RelayLink *self)
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

  relay_link_watch_taken (&self->watch, relay_stream_get_queued (self->stream));
  if (self->handler.drained != NULL && self->end == NULL)
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
  be_gone (self);

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

static void
send_frame (RelayLink *self, RelayOpcode opcode, gconstpointer payload, gsize length)
{
  guint8 *frame = relay_stream_reserve (self->stream, length + RELAY_FRAME_MAX_HEADER);

  relay_link_watch_queued (&self->watch);
  relay_stream_commit (self->stream, relay_frame_write (frame, opcode, payload, length));
}

/**
 * relay_link_send:
 * @self: a link
 * @opcode: text or binary
 * @bytes: the message; UTF-8 if it is text
 *
 * Queues a message. It leaves at the end of this turn of the main loop, or at relay_link_flush(). On a link that has ended
 * nothing happens.
 */
void
relay_link_send (RelayLink *self, RelayOpcode opcode, GBytes *bytes)
{
  gsize length;
  gconstpointer payload = g_bytes_get_data (bytes, &length);

  if (self->end == NULL)
    send_frame (self, opcode, payload, length);
}

/**
 * relay_link_flush:
 * @self: a link
 *
 * Hands as much of the queue to the socket as it takes now; the rest follows by itself.
 */
void
relay_link_flush (RelayLink *self)
{
  if (!self->is_gone)
    relay_stream_flush (self->stream);
}

/* --- a peer that is gone although its connection is not --- */

static void
on_ping_due (gpointer user_data)
{
  send_frame (RELAY_LINK (user_data), RELAY_OPCODE_PING, NULL, 0);
}

/* There is nobody to say goodbye to. Takes @error. */
static void
end_at_once (RelayLink *self, GError *error)
{
  g_autoptr (RelayLink) keep_alive G_GNUC_UNUSED = g_object_ref (self);

  relay_link_end (self, error);
  be_gone (self);
}

static void
on_dead (gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);
  g_autofree char *limit = relay_text_seconds (2 * self->times.keepalive_interval_ms);

  end_at_once (self, g_error_new (RELAY_ERROR, RELAY_ERROR_LINK_DEAD, "%s is dead: nothing was heard of it for %s s",
                                  side_name (self), limit));
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

/* --- the object --- */

static void
relay_link_dispose (GObject *object)
{
  RelayLink *self = RELAY_LINK (object);

  if (self->stream != NULL)
    be_gone (self);
  relay_link_watch_stop (&self->watch);
  g_clear_object (&self->websocket);
  g_clear_object (&self->stream);

  G_OBJECT_CLASS (relay_link_parent_class)->dispose (object);
}

static void
relay_link_finalize (GObject *object)
{
  RelayLink *self = RELAY_LINK (object);

  g_clear_object (&self->connection);
  g_clear_object (&self->endpoint);
  g_clear_object (&self->clock);
  g_queue_clear_full (&self->inbox, (GDestroyNotify) relay_message_free);
  g_clear_pointer (&self->close_tasks, g_ptr_array_unref);
  g_clear_error (&self->end);
  g_clear_error (&self->write_error);
  g_free (self->close_reason);

  G_OBJECT_CLASS (relay_link_parent_class)->finalize (object);
}

static void
relay_link_class_init (RelayLinkClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = relay_link_dispose;
  G_OBJECT_CLASS (klass)->finalize = relay_link_finalize;
}

static void
relay_link_init (RelayLink *self)
{
  g_queue_init (&self->inbox);
  self->close_tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

static void
set_limits (SoupWebsocketConnection *websocket)
{
  GObjectClass *klass = G_OBJECT_GET_CLASS (websocket);

  soup_websocket_connection_set_max_incoming_payload_size (websocket, RELAY_LINK_MAX_MESSAGE);
  /* libsoup 3.8 has a limit over fragments as well, far too small by default */
  if (g_object_class_find_property (klass, "max-total-message-size") != NULL)
    g_object_set (websocket, "max-total-message-size", (guint64) RELAY_LINK_MAX_MESSAGE, NULL);
}

/**
 * relay_link_new:
 * @endpoint: who is at the other end
 * @clock: where the time comes from
 * @times: how long to wait for what
 * @connection: a connection that has just become a WebSocket
 * @leftover: what was read of it behind the answer to the upgrade
 *
 * Returns: (transfer full): a link, which holds what comes in until a handler is set
 */
RelayLink *
relay_link_new (RelayEndpoint *endpoint, RelayClock *clock, const RelayLinkTimes *times, GSocketConnection *connection,
                GBytes *leftover)
{
  static const RelayStreamHooks hooks = {
    .filled = on_filled,
    .read_done = on_read_done,
    .drained = on_drained,
    .failed = on_failed,
  };
  RelayLink *self = g_object_new (RELAY_TYPE_LINK, NULL);

  self->endpoint = g_object_ref (endpoint);
  self->clock = g_object_ref (clock);
  self->times = *times;
  self->connection = g_object_ref (connection);
  self->stream = relay_stream_new (G_IO_STREAM (connection), g_socket_connection_get_socket (connection), &hooks, self);
  self->websocket = soup_websocket_connection_new (G_IO_STREAM (self->stream), relay_endpoint_get_uri (endpoint),
                                                   SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL);
  set_limits (self->websocket);
  g_signal_connect (self->websocket, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->websocket, "closing", G_CALLBACK (on_closing), self);
  g_signal_connect (self->websocket, "error", G_CALLBACK (on_error), self);
  g_signal_connect (self->websocket, "closed", G_CALLBACK (on_closed), self);
  relay_link_watch_start (&self->watch, clock, times->keepalive_interval_ms, times->stall_timeout_ms, &watch_funcs, self);
  relay_stream_unread (self->stream, leftover);

  return self;
}

/**
 * relay_link_get_side:
 * @self: a link
 *
 * Returns: who is at the other end
 */
RelaySide
relay_link_get_side (RelayLink *self)
{
  return relay_endpoint_get_side (self->endpoint);
}

static void
hand_on_held_messages (RelayLink *self)
{
  RelayMessage *held;

  while (self->handler.message != NULL && (held = take_held_message (self)) != NULL)
    {
      g_autoptr (RelayMessage) message = held;

      self->handler.message (self, message->opcode, message->bytes, self->handler_data);
    }
}

/**
 * relay_link_set_handler:
 * @self: a link
 * @handler: (nullable): whom to tell what happens
 * @user_data: for @handler; must stay valid until another handler is set
 *
 * Puts a handler in place of the last one. What was held goes to it at once, in order; so does the end, if the link has
 * ended.
 */
void
relay_link_set_handler (RelayLink *self, const RelayLinkHandler *handler, gpointer user_data)
{
  g_autoptr (RelayLink) keep_alive G_GNUC_UNUSED = g_object_ref (self);

  self->handler = handler != NULL ? *handler : (RelayLinkHandler){ NULL };
  self->handler_data = user_data;
  hand_on_held_messages (self);
  if (self->end != NULL && self->handler.ended != NULL)
    self->handler.ended (self, self->end, self->handler_data);
}

/**
 * relay_link_receive_async:
 * @self: a link without a message handler, and without another receive under way
 * @cancellable: (nullable): a cancellable
 * @callback: called when a message is there, or none will come
 * @user_data: for @callback
 *
 * Takes the next message. Those that were held come first, also when the link has ended since.
 */
void
relay_link_receive_async (RelayLink *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  RelayMessage *message = take_held_message (self);

  g_return_if_fail (self->receive_task == NULL);

  g_task_set_source_tag (task, relay_link_receive_async);
  if (message != NULL)
    g_task_return_pointer (task, message, (GDestroyNotify) relay_message_free);
  else if (self->end != NULL)
    g_task_return_error (task, g_error_copy (self->end));
  else
    self->receive_task = g_steal_pointer (&task);
}

/**
 * relay_link_receive_finish:
 * @self: a link
 * @result: what the callback got
 * @error: return location; why the link ended
 *
 * Returns: (transfer full): the message
 */
RelayMessage *
relay_link_receive_finish (RelayLink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_link_receive_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * relay_link_get_queued:
 * @self: a link
 *
 * Returns: how many bytes wait for the peer to take them
 */
gsize
relay_link_get_queued (RelayLink *self)
{
  return relay_stream_get_queued (self->stream);
}

/**
 * relay_link_set_paused:
 * @self: a link
 * @paused: whether no more messages are wanted for now
 *
 * Stops or goes on reading the socket. A message of what was read before may still come.
 */
void
relay_link_set_paused (RelayLink *self, gboolean paused)
{
  self->is_paused = paused;
  if (!self->is_gone)
    update_reading (self);
}

/**
 * relay_link_has_ended:
 * @self: a link
 *
 * Returns: %TRUE once nothing comes and nothing goes any more
 */
gboolean
relay_link_has_ended (RelayLink *self)
{
  return self->end != NULL;
}

/**
 * relay_link_get_close_code:
 * @self: a link that has ended
 *
 * Returns: the code that the peer closed with, 1006 if there was no close frame, 0 if it was not the peer that ended it
 */
guint
relay_link_get_close_code (RelayLink *self)
{
  return self->close_code;
}

/**
 * relay_link_get_close_reason:
 * @self: a link that has ended
 *
 * Returns: (nullable): the reason that the peer closed with, as it was sent
 */
const char *
relay_link_get_close_reason (RelayLink *self)
{
  return self->close_reason;
}

/**
 * relay_link_close_async:
 * @self: a link
 * @code: the close code; one that a client may not send becomes 1001
 * @reason: (nullable): the reason; cut to what fits
 * @callback: (nullable): called when the socket is gone
 * @user_data: for @callback
 *
 * Closes the link behind what is queued, if the peer takes it and answers within a second; else without. The handler is not
 * told that it ended. On a link that has ended only its socket is waited for.
 */
void
relay_link_close_async (RelayLink *self, guint code, const char *reason, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (RelayLink) keep_alive G_GNUC_UNUSED = g_object_ref (self);
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, relay_link_close_async);
  if (self->is_gone)
    {
      g_task_return_boolean (task, TRUE);
      g_object_unref (task);
      return;
    }

  g_ptr_array_add (self->close_tasks, task);
  self->handler.ended = NULL;
  if (self->end == NULL)
    relay_link_end (self, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: closed by us", side_name (self)));
  /* what still comes is thrown away, but read: the close frame is behind it */
  self->is_paused = FALSE;
  g_queue_clear_full (&self->inbox, (GDestroyNotify) relay_message_free);
  self->inbox_bytes = 0;
  update_reading (self);
  send_close (self, code, reason);
}

/**
 * relay_link_close_finish:
 * @self: a link
 * @result: what the callback got
 * @error: return location; never set
 *
 * Returns: %TRUE
 */
gboolean
relay_link_close_finish (RelayLink *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_link_close_async, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
