/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-stream.h"

#include "relay/relay-stream-input.h"
#include "relay/relay-stream-output.h"

/**
 * RelayStream:
 *
 * The stream beneath a WebSocket connection, on top of a socket or TLS. What comes in is offered to its owner, who passes on
 * what SoupWebsocketConnection is to see. What goes out is taken, joined, counted, and written when the socket takes it.
 * SoupWebsocketConnection can do none of this by itself: it reads 1 KiB and writes one frame at a time, and tells neither
 * how much waits nor lets one pause it.
 */
struct _RelayStream {
  GIOStream parent_instance;

  GIOStream *base;           /* (owned) */
  GSocket *socket;           /* (owned) */
  RelayStreamInput *input;   /* (owned) */
  RelayStreamOutput *output; /* (owned) */
  gboolean is_closed;
};

G_DEFINE_TYPE (RelayStream, relay_stream, G_TYPE_IO_STREAM)

static GInputStream *
relay_stream_get_input_stream (GIOStream *stream)
{
  return G_INPUT_STREAM (RELAY_STREAM (stream)->input);
}

static GOutputStream *
relay_stream_get_output_stream (GIOStream *stream)
{
  return G_OUTPUT_STREAM (RELAY_STREAM (stream)->output);
}

/* Nothing here may block, so the base is closed behind our back; whoever wants a clean end has flushed before. */
static void
close_now (RelayStream *self)
{
  if (self->is_closed)
    return;

  self->is_closed = TRUE;
  relay_stream_input_shut (self->input);
  relay_stream_output_shut (self->output);
  g_io_stream_close_async (self->base, G_PRIORITY_DEFAULT, NULL, NULL, NULL);
}

static gboolean
relay_stream_close_fn (GIOStream *stream, GCancellable *cancellable, GError **error)
{
  close_now (RELAY_STREAM (stream));
  return TRUE;
}

static void
relay_stream_close_async (GIOStream *stream, int io_priority, GCancellable *cancellable, GAsyncReadyCallback callback,
                          gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (stream, cancellable, callback, user_data);

  g_task_set_source_tag (task, relay_stream_close_async);
  g_task_set_priority (task, io_priority);
  close_now (RELAY_STREAM (stream));
  g_task_return_boolean (task, TRUE);
}

static gboolean
relay_stream_close_finish (GIOStream *stream, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, stream), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

static void
relay_stream_dispose (GObject *object)
{
  RelayStream *self = RELAY_STREAM (object);

  if (self->base != NULL)
    close_now (self);

  G_OBJECT_CLASS (relay_stream_parent_class)->dispose (object);

  g_clear_object (&self->input);
  g_clear_object (&self->output);
  g_clear_object (&self->socket);
  g_clear_object (&self->base);
}

static void
relay_stream_class_init (RelayStreamClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GIOStreamClass *stream_class = G_IO_STREAM_CLASS (klass);

  object_class->dispose = relay_stream_dispose;
  stream_class->get_input_stream = relay_stream_get_input_stream;
  stream_class->get_output_stream = relay_stream_get_output_stream;
  stream_class->close_fn = relay_stream_close_fn;
  stream_class->close_async = relay_stream_close_async;
  stream_class->close_finish = relay_stream_close_finish;
}

static void
relay_stream_init (RelayStream *self)
{
}

/**
 * relay_stream_new:
 * @base: the connection to read from and write to, with pollable streams; the stream closes it
 * @socket: the socket under @base
 * @hooks: whom to tell what happens; must outlive the stream or relay_stream_abort()
 * @user_data: for @hooks
 *
 * Returns: (transfer full): a stream that does not read yet
 */
RelayStream *
relay_stream_new (GIOStream *base, GSocket *socket, const RelayStreamHooks *hooks, gpointer user_data)
{
  RelayStream *self = g_object_new (RELAY_TYPE_STREAM, NULL);
  gboolean is_tls = G_IS_TCP_WRAPPER_CONNECTION (base) || G_IS_TLS_CONNECTION (base);
  GSocket *bare = is_tls ? NULL : socket;

  self->base = g_object_ref (base);
  self->socket = g_object_ref (socket);
  self->input = relay_stream_input_new (g_io_stream_get_input_stream (base), bare, hooks, user_data);
  self->output = relay_stream_output_new (g_io_stream_get_output_stream (base), bare, hooks, user_data);

  return self;
}

/**
 * relay_stream_start:
 * @self: a stream
 * @leftover: what was already read from the base, to be offered before anything else
 *
 * Begins to read.
 */
void
relay_stream_start (RelayStream *self, GBytes *leftover)
{
  relay_stream_input_start (self->input, leftover);
}

/**
 * relay_stream_pass:
 * @self: a stream
 * @data: some bytes
 * @length: how many
 *
 * Has whoever reads the stream see @data.
 */
void
relay_stream_pass (RelayStream *self, const guint8 *data, gsize length)
{
  relay_stream_input_pass (self->input, data, length);
}

/**
 * relay_stream_set_paused:
 * @self: a stream
 * @paused: whether to stop reading
 *
 * Stops or goes on reading. What the base has taken in already may still be read first.
 */
void
relay_stream_set_paused (RelayStream *self, gboolean paused)
{
  relay_stream_input_set_paused (self->input, paused);
}

/**
 * relay_stream_discard_input:
 * @self: a stream
 *
 * Has whoever reads the stream see nothing but its end any more. The base is still read, so that a peer who goes on sending
 * gets to reading what it is sent.
 */
void
relay_stream_discard_input (RelayStream *self)
{
  relay_stream_input_discard (self->input);
}

/**
 * relay_stream_reserve:
 * @self: a stream
 * @size: how many bytes
 *
 * Returns: (transfer none): room for @size bytes at the end of the queue, to be filled before anything else is done
 */
guint8 *
relay_stream_reserve (RelayStream *self, gsize size)
{
  return relay_stream_output_reserve (self->output, size);
}

/**
 * relay_stream_commit:
 * @self: a stream
 * @length: how many of the reserved bytes were filled
 *
 * Queues them. They leave at the next flush.
 */
void
relay_stream_commit (RelayStream *self, gsize length)
{
  relay_stream_output_commit (self->output, length);
}

/**
 * relay_stream_flush_later:
 * @self: a stream
 *
 * Has relay_stream_flush() called when this turn of the main loop is over.
 */
void
relay_stream_flush_later (RelayStream *self)
{
  relay_stream_output_flush_later (self->output);
}

/**
 * relay_stream_flush:
 * @self: a stream
 *
 * Writes as much of the queue as the base takes now; the rest follows by itself.
 */
void
relay_stream_flush (RelayStream *self)
{
  relay_stream_output_flush (self->output);
}

/**
 * relay_stream_get_queued:
 * @self: a stream
 *
 * Returns: how many bytes the base has not taken yet
 */
gsize
relay_stream_get_queued (RelayStream *self)
{
  return relay_stream_output_get_queued (self->output);
}

/**
 * relay_stream_abort:
 * @self: a stream
 *
 * Ends the connection at once, in both directions, and calls no hook any more. What is queued is dropped.
 */
void
relay_stream_abort (RelayStream *self)
{
  if (!self->is_closed)
    g_socket_shutdown (self->socket, TRUE, TRUE, NULL);
  close_now (self);
}
