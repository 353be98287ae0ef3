/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-stream-input.h"

#include "relay/relay-frame.h"

/* One read of the base, and so the most that is handed on in one turn of the main loop. */
#define BUFFER_SIZE (64 * 1024)

/*
 * The reading half of a RelayStream. In one turn of the main loop it reads the base once, so that a fast peer cannot keep
 * the loop to itself, and a reader that reads until nothing is left comes to an end.
 */
struct _RelayStreamInput {
  GInputStream parent_instance;

  GPollableInputStream *base; /* (owned) */
  RelayStreamHooks hooks;
  gpointer user_data;

  guint8 *buffer;     /* (owned) (nullable) BUFFER_SIZE bytes, once something was read */
  const guint8 *data; /* what was not read yet: in buffer, or in unread */
  gsize length;
  GBytes *unread; /* (owned) (nullable) */
  RelayFrameSplitter splitter;
  gboolean is_paused;
  gboolean is_discarding; /* what comes is thrown away */
  gboolean is_shut;
  gboolean has_turn; /* whether the base may be read in this turn */
  GSource *waiting;  /* (unowned) (nullable) whoever waits for us to be readable */
};

static void pollable_iface_init (GPollableInputStreamInterface *iface);

G_DEFINE_TYPE_WITH_CODE (RelayStreamInput, relay_stream_input, G_TYPE_INPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_iface_init))

/* The source that a reader waits on: ready when something is buffered, or when the base is (its child). */
typedef struct {
  GSource source;
  RelayStreamInput *input; /* (owned) */
} InputSource;

static gboolean
input_source_is_ready (GSource *source)
{
  RelayStreamInput *self = ((InputSource *) source)->input;

  return !self->is_paused && self->length > 0;
}

static gboolean
input_source_prepare (GSource *source, int *timeout)
{
  *timeout = -1;
  return input_source_is_ready (source);
}

static gboolean
input_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (RelayStreamInput) self = g_object_ref (((InputSource *) source)->input);
  GPollableSourceFunc func = (GPollableSourceFunc) G_CALLBACK (callback);
  gboolean keep;

  g_source_set_ready_time (source, -1);
  self->has_turn = TRUE;
  keep = func (G_OBJECT (self), user_data);
  self->has_turn = FALSE;

  if (!self->is_shut)
    self->hooks.read_done (self->user_data);

  return keep;
}

static void
input_source_finalize (GSource *source)
{
  InputSource *input_source = (InputSource *) source;

  if (input_source->input->waiting == source)
    input_source->input->waiting = NULL;
  g_object_unref (input_source->input);
}

static GSourceFuncs input_source_funcs = {
  .prepare = input_source_prepare,
  .check = input_source_is_ready,
  .dispatch = input_source_dispatch,
  .finalize = input_source_finalize,
};

static GSource *
relay_stream_input_create_source (GPollableInputStream *pollable, GCancellable *cancellable)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (pollable);
  GSource *source = g_source_new (&input_source_funcs, sizeof (InputSource));

  g_source_set_static_name (source, "RelayStreamInput");
  ((InputSource *) source)->input = g_object_ref (self);
  self->waiting = source;

  if (!self->is_paused && !self->is_shut && self->length == 0)
    {
      g_autoptr (GSource) child = g_pollable_input_stream_create_source (self->base, cancellable);

      g_source_set_dummy_callback (child);
      g_source_add_child_source (source, child);
    }

  return source;
}

static gboolean
relay_stream_input_is_readable (GPollableInputStream *pollable)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (pollable);

  if (self->is_paused || self->is_shut)
    return FALSE;

  return self->length > 0 || g_pollable_input_stream_is_readable (self->base);
}

static gssize
return_would_block (GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Nothing to read now");
  return -1;
}

/* Returns what reading the base did: more than 0, 0 at its end, or -1. */
static gssize
fill (RelayStreamInput *self, GError **error)
{
  gssize count;

  self->has_turn = FALSE;
  g_clear_pointer (&self->unread, g_bytes_unref);
  if (self->buffer == NULL)
    self->buffer = g_malloc (BUFFER_SIZE);

  count = g_pollable_input_stream_read_nonblocking (self->base, self->buffer, BUFFER_SIZE, NULL, error);
  if (count > 0 && !self->is_discarding)
    {
      self->data = self->buffer;
      self->length = (gsize) count;
      self->hooks.filled (self->data, self->length, self->user_data);
    }

  return count;
}

static gssize
relay_stream_input_read_nonblocking (GPollableInputStream *pollable, void *buffer, gsize count, GError **error)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (pollable);
  gsize written;

  if (self->is_paused || self->is_shut)
    return return_would_block (error);

  if (self->length == 0)
    {
      gssize result;

      if (!self->has_turn)
        return return_would_block (error);
      result = fill (self, error);
      if (result <= 0)
        return result;
      /* the hook may have paused or ended us, or want nothing of it */
      if (self->is_paused || self->is_shut || self->length == 0)
        return return_would_block (error);
    }

  written = relay_frame_split (&self->splitter, &self->data, &self->length, buffer, count);

  /* it may have been a part of a header alone */
  return written > 0 ? (gssize) written : return_would_block (error);
}

static gssize
relay_stream_input_read_fn (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "This stream is read without blocking only");
  return -1;
}

static void
relay_stream_input_finalize (GObject *object)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (object);

  g_clear_object (&self->base);
  g_clear_pointer (&self->buffer, g_free);
  g_clear_pointer (&self->unread, g_bytes_unref);

  G_OBJECT_CLASS (relay_stream_input_parent_class)->finalize (object);
}

static void
relay_stream_input_class_init (RelayStreamInputClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_stream_input_finalize;
  G_INPUT_STREAM_CLASS (klass)->read_fn = relay_stream_input_read_fn;
}

static void
pollable_iface_init (GPollableInputStreamInterface *iface)
{
  iface->is_readable = relay_stream_input_is_readable;
  iface->create_source = relay_stream_input_create_source;
  iface->read_nonblocking = relay_stream_input_read_nonblocking;
}

static void
relay_stream_input_init (RelayStreamInput *self)
{
}

/* Returns: (transfer full): the reading half of a stream on @base */
RelayStreamInput *
relay_stream_input_new (GInputStream *base, const RelayStreamHooks *hooks, gpointer user_data)
{
  RelayStreamInput *self = g_object_new (RELAY_TYPE_STREAM_INPUT, NULL);

  self->base = g_object_ref (G_POLLABLE_INPUT_STREAM (base));
  self->hooks = *hooks;
  self->user_data = user_data;

  return self;
}

/* Has @bytes read before anything of the base. */
void
relay_stream_input_unread (RelayStreamInput *self, GBytes *bytes)
{
  g_return_if_fail (self->length == 0 && self->unread == NULL);

  self->unread = g_bytes_ref (bytes);
  self->data = g_bytes_get_data (bytes, &self->length);
  if (self->length > 0)
    self->hooks.filled (self->data, self->length, self->user_data);
}

/* Stops or goes on reading. */
void
relay_stream_input_set_paused (RelayStreamInput *self, gboolean paused)
{
  if (self->is_paused == paused)
    return;

  self->is_paused = paused;
  /* the source was made without the base as a child, or has lost its turn: have the reader ask again */
  if (!paused && self->waiting != NULL)
    g_source_set_ready_time (self->waiting, 0);
}

/* Returns: whether reading is stopped */
gboolean
relay_stream_input_get_paused (RelayStreamInput *self)
{
  return self->is_paused;
}

/* From now on throws away what comes, until the base ends. */
void
relay_stream_input_discard (RelayStreamInput *self)
{
  self->is_discarding = TRUE;
  self->length = 0;
}

/* Reads nothing and calls no hook any more. */
void
relay_stream_input_shut (RelayStreamInput *self)
{
  self->is_shut = TRUE;
  /* else a reader that waits would be told again and again that there is something to read */
  self->length = 0;
}
