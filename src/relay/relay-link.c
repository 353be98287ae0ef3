/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link.h"

#include "common/relay-error.h"
#include "common/relay-source.h"
#include "relay/relay-link-private.h"

/**
 * RelayLink:
 *
 * One WebSocket, on a stream of our own. We read and write the messages; libsoup answers pings and keeps the close
 * handshake. A link ends once, with the reason; its socket is gone when relay_link_close_async() completes.
 */
G_DEFINE_TYPE (RelayLink, relay_link, G_TYPE_OBJECT)

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

static void
relay_link_dispose (GObject *object)
{
  RelayLink *self = RELAY_LINK (object);

  if (self->stream != NULL)
    relay_link_be_gone (self);
  relay_clear_source (&self->probe_source);
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
  g_queue_clear_full (&self->waiting, (GDestroyNotify) relay_message_free);
  g_clear_pointer (&self->begun, g_byte_array_unref);
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
  self->reader.max_message = RELAY_LINK_MAX_MESSAGE;
  self->begun = g_byte_array_new ();
  g_queue_init (&self->inbox);
  g_queue_init (&self->waiting);
  self->close_tasks = g_ptr_array_new_with_free_func (g_object_unref);
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
  RelayLink *self = g_object_new (RELAY_TYPE_LINK, NULL);

  self->endpoint = g_object_ref (endpoint);
  self->clock = g_object_ref (clock);
  self->times = *times;
  self->connection = g_object_ref (connection);
  relay_link_attach (self);
  relay_stream_start (self->stream, leftover);

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

  while (self->handler.message != NULL && (held = relay_link_take_held (self)) != NULL)
    {
      g_autoptr (RelayMessage) message = held;
      gsize length;
      const char *data = g_bytes_get_data (message->bytes, &length);

      self->handler.message (self, message->opcode, data, length, self->handler_data);
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
  g_autoptr (RelayLink) keep_alive = g_object_ref (self);

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
  RelayMessage *message = relay_link_take_held (self);

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
    relay_link_update_reading (self);
}

/**
 * relay_link_get_untold_ms:
 * @self: a link
 *
 * Returns: for how many milliseconds nothing of a message came, although the link was read; pings and pongs do not count
 */
gint64
relay_link_get_untold_ms (RelayLink *self)
{
  return relay_link_watch_get_untold_ms (&self->watch);
}

static gboolean
on_probe_due (gpointer user_data)
{
  RelayLink *self = RELAY_LINK (user_data);

  g_clear_pointer (&self->probe_source, g_source_unref);
  relay_link_watch_probe (&self->watch);
  relay_stream_flush (self->stream);

  return G_SOURCE_REMOVE;
}

/**
 * relay_link_probe:
 * @self: a link
 *
 * Finds out at once whether the peer is still there. If not, the link ends with %RELAY_ERROR_LINK_DEAD.
 */
void
relay_link_probe (RelayLink *self)
{
  if (self->end != NULL || self->probe_source != NULL)
    return;

  /* what is there to be read came before, and is no sign of life: it is read first */
  self->probe_source = g_idle_source_new ();
  g_source_set_static_name (self->probe_source, "RelayLink probe");
  g_source_set_callback (self->probe_source, on_probe_due, self, NULL);
  g_source_attach (self->probe_source, g_main_context_get_thread_default ());
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
 * Closes the link behind what is queued, if the peer takes it and answers within a second; else without. One that has not
 * answered a probe yet is not waited for. The handler is not
 * told that it ended. On a link that has ended only its socket is waited for.
 */
void
relay_link_close_async (RelayLink *self, guint code, const char *reason, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (RelayLink) keep_alive = g_object_ref (self);
  gboolean is_doubtful = relay_link_watch_is_probing (&self->watch);
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
    relay_link_end (self, g_error_new (G_IO_ERROR, G_IO_ERROR_CANCELLED, "%s: closed by us",
                                       relay_side_to_string (relay_link_get_side (self))));
  /* what still comes is thrown away, but read: the close frame is behind it */
  self->is_paused = FALSE;
  g_queue_clear_full (&self->inbox, (GDestroyNotify) relay_message_free);
  self->inbox_bytes = 0;
  relay_link_update_reading (self);
  relay_link_send_close (self, code, reason);
  if (is_doubtful)
    relay_link_be_gone (self);
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
