/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-stream-output.h"

#include <errno.h>
#include <string.h>
#include <sys/socket.h>

#include "common/relay-source.h"

/* Small writes are joined in chunks of this size. */
#define CHUNK_SIZE (64 * 1024)
/* A queue that has grown to this within one turn of the main loop is flushed before the turn ends. */
#define FLUSH_ABOVE (256 * 1024)
#define MAX_VECTORS 16

typedef struct {
  GList link;
  gsize start; /* what was written of it */
  gsize end;
  gsize size;
  guint8 data[];
} Chunk;

/*
 * The writing half of a RelayStream. It takes every write whole, so that what sits above it has no queue of its own, and
 * the bytes that wait here are all the bytes that wait.
 */
struct _RelayStreamOutput {
  GOutputStream parent_instance;

  GPollableOutputStream *base; /* (owned) */
  GSocket *socket;             /* (owned) (nullable) the socket that the base writes to, if it is nothing but that */
  RelayStreamHooks hooks;
  gpointer user_data;

  GQueue chunks;         /* of Chunk */
  gsize queued;          /* bytes in chunks */
  GSource *flush_source; /* (owned) (nullable) flushes at the end of this turn, or when the base takes more */
  gboolean is_blocked;   /* flush_source waits for the base */
  gboolean is_shut;
};

static void pollable_iface_init (GPollableOutputStreamInterface *iface);

G_DEFINE_TYPE_WITH_CODE (RelayStreamOutput, relay_stream_output, G_TYPE_OUTPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_OUTPUT_STREAM, pollable_iface_init))

static Chunk *
chunk_new (gsize size)
{
  Chunk *chunk = g_malloc (sizeof (Chunk) + size);

  chunk->link = (GList){ .data = chunk };
  chunk->start = 0;
  chunk->end = 0;
  chunk->size = size;

  return chunk;
}

static void
drop_chunks (RelayStreamOutput *self)
{
  GList *link;

  while ((link = g_queue_pop_head_link (&self->chunks)) != NULL)
    g_free (link->data);
  self->queued = 0;
}

static void
clear_flush_source (RelayStreamOutput *self)
{
  relay_clear_source (&self->flush_source);
  self->is_blocked = FALSE;
}

static gboolean
on_turn_over (gpointer user_data)
{
  RelayStreamOutput *self = RELAY_STREAM_OUTPUT (user_data);

  clear_flush_source (self);
  relay_stream_output_flush (self);
  return G_SOURCE_REMOVE;
}

static gboolean
on_base_writable (GObject *base, gpointer user_data)
{
  return on_turn_over (user_data);
}

static void
flush_when_writable (RelayStreamOutput *self)
{
  self->flush_source = g_pollable_output_stream_create_source (self->base, NULL);
  g_source_set_callback (self->flush_source, G_SOURCE_FUNC (on_base_writable), self, NULL);
  g_source_attach (self->flush_source, g_main_context_get_thread_default ());
  self->is_blocked = TRUE;
}

static void
fail (RelayStreamOutput *self, const GError *error)
{
  self->is_shut = TRUE;
  drop_chunks (self);
  self->hooks.failed (error, self->user_data);
}

static void
forget_written (RelayStreamOutput *self, gsize count)
{
  self->queued -= count;

  while (count > 0)
    {
      Chunk *chunk = g_queue_peek_head (&self->chunks);
      gsize part = MIN (count, chunk->end - chunk->start);

      chunk->start += part;
      count -= part;
      if (chunk->start == chunk->end)
        {
          g_queue_unlink (&self->chunks, &chunk->link);
          g_free (chunk);
        }
    }
}

static gsize
collect_chunks (RelayStreamOutput *self, GOutputVector *vectors)
{
  gsize n_vectors = 0;

  for (GList *link = self->chunks.head; link != NULL && n_vectors < MAX_VECTORS; link = link->next)
    {
      Chunk *chunk = link->data;

      vectors[n_vectors].buffer = chunk->data + chunk->start;
      vectors[n_vectors].size = chunk->end - chunk->start;
      n_vectors++;
    }

  return n_vectors;
}

/* What is in one piece, as most is, goes to a bare socket without the detours of the stream on it. */
static GPollableReturn
send_to_socket (RelayStreamOutput *self, const GOutputVector *vector, gsize *written, GError **error)
{
  gssize count =
      TEMP_FAILURE_RETRY (send (g_socket_get_fd (self->socket), vector->buffer, vector->size, MSG_DONTWAIT | MSG_NOSIGNAL));
  int code = errno;

  if (count >= 0)
    {
      *written = (gsize) count;
      return G_POLLABLE_RETURN_OK;
    }
  if (code == EAGAIN)
    return G_POLLABLE_RETURN_WOULD_BLOCK;

  g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Error sending data: %s", g_strerror (code));
  return G_POLLABLE_RETURN_FAILED;
}

static GPollableReturn
write_some (RelayStreamOutput *self, gsize *written, GError **error)
{
  GOutputVector vectors[MAX_VECTORS];
  gsize n_vectors = collect_chunks (self, vectors);

  if (self->socket != NULL && n_vectors == 1)
    return send_to_socket (self, vectors, written, error);

  return g_pollable_output_stream_writev_nonblocking (self->base, vectors, n_vectors, written, NULL, error);
}

/* Writes as much as the base takes now, and comes back when it takes more. */
void
relay_stream_output_flush (RelayStreamOutput *self)
{
  g_autoptr (RelayStreamOutput) keep_alive = NULL;
  gboolean wrote = FALSE;

  /* while the base is full, its source is what brings us here */
  if (self->is_blocked || self->is_shut || self->queued == 0)
    return;

  keep_alive = g_object_ref (self);
  clear_flush_source (self);

  while (self->queued > 0)
    {
      g_autoptr (GError) error = NULL;
      gsize written = 0;
      GPollableReturn result = write_some (self, &written, &error);

      if (result == G_POLLABLE_RETURN_FAILED)
        {
          fail (self, error);
          return;
        }
      if (result == G_POLLABLE_RETURN_WOULD_BLOCK)
        {
          flush_when_writable (self);
          break;
        }
      forget_written (self, written);
      wrote = TRUE;
    }

  if (wrote)
    self->hooks.drained (self->user_data);
}

/* Returns: (transfer none): room for @size bytes at the end of the queue, until the next call */
guint8 *
relay_stream_output_reserve (RelayStreamOutput *self, gsize size)
{
  Chunk *chunk = g_queue_peek_tail (&self->chunks);

  if (chunk == NULL || chunk->size - chunk->end < size)
    {
      chunk = chunk_new (MAX (size, CHUNK_SIZE));
      g_queue_push_tail_link (&self->chunks, &chunk->link);
    }

  return chunk->data + chunk->end;
}

/* Queues the first @length bytes of what was reserved. They leave at the next flush. */
void
relay_stream_output_commit (RelayStreamOutput *self, gsize length)
{
  Chunk *chunk = g_queue_peek_tail (&self->chunks);

  if (self->is_shut)
    return;

  chunk->end += length;
  self->queued += length;
  if (self->queued > FLUSH_ABOVE)
    relay_stream_output_flush (self);
}

/* Flushes when this turn of the main loop is over. */
void
relay_stream_output_flush_later (RelayStreamOutput *self)
{
  if (self->flush_source != NULL || self->queued == 0)
    return;

  self->flush_source = g_idle_source_new ();
  g_source_set_priority (self->flush_source, G_PRIORITY_DEFAULT);
  g_source_set_static_name (self->flush_source, "RelayStreamOutput");
  g_source_set_callback (self->flush_source, on_turn_over, self, NULL);
  g_source_attach (self->flush_source, g_main_context_get_thread_default ());
}

static gssize
relay_stream_output_write_nonblocking (GPollableOutputStream *pollable, const void *buffer, gsize count, GError **error)
{
  RelayStreamOutput *self = RELAY_STREAM_OUTPUT (pollable);

  if (self->is_shut)
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_BROKEN_PIPE, "The connection has ended");
      return -1;
    }

  memcpy (relay_stream_output_reserve (self, count), buffer, count);
  relay_stream_output_commit (self, count);
  relay_stream_output_flush_later (self);
  return (gssize) count;
}

static gboolean
relay_stream_output_is_writable (GPollableOutputStream *pollable)
{
  return TRUE;
}

static GSource *
relay_stream_output_create_source (GPollableOutputStream *pollable, GCancellable *cancellable)
{
  g_autoptr (GSource) child = g_idle_source_new ();

  g_source_set_dummy_callback (child);
  return g_pollable_source_new_full (pollable, child, cancellable);
}

static gssize
relay_stream_output_write_fn (GOutputStream *stream, const void *buffer, gsize count, GCancellable *cancellable,
                              GError **error)
{
  return relay_stream_output_write_nonblocking (G_POLLABLE_OUTPUT_STREAM (stream), buffer, count, error);
}

static void
relay_stream_output_finalize (GObject *object)
{
  RelayStreamOutput *self = RELAY_STREAM_OUTPUT (object);

  clear_flush_source (self);
  drop_chunks (self);
  g_clear_object (&self->base);
  g_clear_object (&self->socket);

  G_OBJECT_CLASS (relay_stream_output_parent_class)->finalize (object);
}

static void
relay_stream_output_class_init (RelayStreamOutputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_stream_output_finalize;
  G_OUTPUT_STREAM_CLASS (klass)->write_fn = relay_stream_output_write_fn;
}

static void
pollable_iface_init (GPollableOutputStreamInterface *iface)
{
  iface->is_writable = relay_stream_output_is_writable;
  iface->create_source = relay_stream_output_create_source;
  iface->write_nonblocking = relay_stream_output_write_nonblocking;
}

static void
relay_stream_output_init (RelayStreamOutput *self)
{
  g_queue_init (&self->chunks);
}

/* Returns: (transfer full): the writing half of a stream on @base, which is nothing but @socket if that is not NULL */
RelayStreamOutput *
relay_stream_output_new (GOutputStream *base, GSocket *socket, const RelayStreamHooks *hooks, gpointer user_data)
{
  RelayStreamOutput *self = g_object_new (RELAY_TYPE_STREAM_OUTPUT, NULL);

  self->base = g_object_ref (G_POLLABLE_OUTPUT_STREAM (base));
  self->socket = socket != NULL ? g_object_ref (socket) : NULL;
  self->hooks = *hooks;
  self->user_data = user_data;

  return self;
}

/* Returns: how many bytes wait */
gsize
relay_stream_output_get_queued (RelayStreamOutput *self)
{
  return self->queued;
}

/* Drops what waits, takes nothing and calls no hook any more. */
void
relay_stream_output_shut (RelayStreamOutput *self)
{
  self->is_shut = TRUE;
  clear_flush_source (self);
  drop_chunks (self);
}
