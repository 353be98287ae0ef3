/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-stream-input.h"

#include <errno.h>
#include <glib-unix.h>
#include <string.h>
#include <sys/socket.h>

#include "common/relay-source.h"

/* One read of the base, and so the most that is handed on in one turn of the main loop. Fewer frames are cut by its end than
 * by that of a smaller one. */
#define BUFFER_SIZE (512 * 1024)

/*
 * The reading half of a RelayStream. In one turn of the main loop it reads the base once, so that a fast peer cannot keep
 * the loop to itself, and offers what came to the owner. The owner takes it, all of it but for when it pauses, and passes on
 * what whoever reads the stream is to see: that is not much.
 */
struct _RelayStreamInput {
  GInputStream parent_instance;

  GPollableInputStream *base; /* (owned) */
  GSocket *socket;            /* (owned) (nullable) the socket that the base reads, if it is nothing but that */
  RelayStreamHooks hooks;
  gpointer user_data;

  GSource *base_source; /* (owned) (nullable) while the base is read */
  GSource *held_source; /* (owned) (nullable) offers again what is held */
  GByteArray *held;     /* (owned) what the owner did not take yet */
  GByteArray *passed;   /* (owned) for whoever reads the stream */
  gsize n_read;         /* how much of it was read */
  GList *readers;       /* (element-type GSource) (unowned) what waits until there is something to read */
  GError *error;        /* (owned) (nullable) why the base cannot be read any more */
  gboolean at_end;      /* the base has ended */
  gboolean is_started;
  gboolean is_paused;
  gboolean is_discarding; /* what comes is thrown away */
  gboolean is_shut;
};

static void pollable_iface_init (GPollableInputStreamInterface *iface);

G_DEFINE_TYPE_WITH_CODE (RelayStreamInput, relay_stream_input, G_TYPE_INPUT_STREAM,
                         G_IMPLEMENT_INTERFACE (G_TYPE_POLLABLE_INPUT_STREAM, pollable_iface_init))

static void update_sources (RelayStreamInput *self);
static void update_readers (RelayStreamInput *self);

/* --- from the base to the owner --- */

/* What is not taken at once is copied elsewhere, so that one buffer serves all streams of a thread. */
static guint8 *
get_buffer (void)
{
  static GPrivate buffers = G_PRIVATE_INIT (g_free);
  guint8 *buffer = g_private_get (&buffers);

  if (buffer == NULL)
    {
      buffer = g_malloc (BUFFER_SIZE);
      g_private_set (&buffers, buffer);
    }

  return buffer;
}

/* Returns: how much the owner took */
static gsize
offer (RelayStreamInput *self, const guint8 *data, gsize length)
{
  return self->is_discarding ? length : self->hooks.filled (data, length, self->user_data);
}

static void
end_turn (RelayStreamInput *self)
{
  if (self->is_shut)
    return;

  update_sources (self);
  update_readers (self);
  self->hooks.read_done (self->user_data);
}

/* A bare socket is read without the detours of the stream on it. */
static gssize
read_base (RelayStreamInput *self, guint8 *buffer, GError **error)
{
  gssize count;

  if (self->socket == NULL)
    return g_pollable_input_stream_read_nonblocking (self->base, buffer, BUFFER_SIZE, NULL, error);

  count = TEMP_FAILURE_RETRY (recv (g_socket_get_fd (self->socket), buffer, BUFFER_SIZE, MSG_DONTWAIT));
  if (count < 0)
    {
      int code = errno;

      g_set_error (error, G_IO_ERROR, g_io_error_from_errno (code), "Error receiving data: %s", g_strerror (code));
    }

  return count;
}

static gboolean
on_base_readable (GObject *base, gpointer user_data)
{
  g_autoptr (RelayStreamInput) self = g_object_ref (RELAY_STREAM_INPUT (user_data));
  guint8 *buffer = get_buffer ();
  g_autoptr (GError) error = NULL;
  gssize count = read_base (self, buffer, &error);

  if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
    return G_SOURCE_CONTINUE;

  if (count > 0)
    {
      gsize taken = offer (self, buffer, (gsize) count);

      if (!self->is_shut && taken < (gsize) count)
        g_byte_array_append (self->held, buffer + taken, (guint) ((gsize) count - taken));
    }
  self->at_end = count == 0;
  self->error = g_steal_pointer (&error);

  end_turn (self);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_held_due (gpointer user_data)
{
  g_autoptr (RelayStreamInput) self = g_object_ref (RELAY_STREAM_INPUT (user_data));
  g_autoptr (GByteArray) held = g_steal_pointer (&self->held);
  gsize taken;

  g_clear_pointer (&self->held_source, g_source_unref);
  self->held = g_byte_array_new ();
  taken = offer (self, held->data, held->len);
  if (!self->is_shut && taken < held->len)
    g_byte_array_append (self->held, held->data + taken, held->len - (guint) taken);

  end_turn (self);
  return G_SOURCE_REMOVE;
}

/* A source that may not recurse is taken off the poll and put back at each dispatch, which wakes the loop that it runs in.
 */
static GSource *
attach (GSource *source, GSourceFunc callback, RelayStreamInput *self)
{
  g_source_set_static_name (source, "RelayStreamInput");
  g_source_set_can_recurse (source, TRUE);
  g_source_set_callback (source, callback, self, NULL);
  g_source_attach (source, g_main_context_get_thread_default ());
  return source;
}

static gboolean
on_socket_readable (int fd, GIOCondition condition, gpointer user_data)
{
  return on_base_readable (NULL, user_data);
}

/* What GLib's sources of streams and sockets do beyond this is not needed, and done in each turn of the main loop. */
static GSource *
watch_base (RelayStreamInput *self)
{
  if (self->socket != NULL)
    return attach (g_unix_fd_source_new (g_socket_get_fd (self->socket), G_IO_IN), G_SOURCE_FUNC (on_socket_readable), self);

  return attach (g_pollable_input_stream_create_source (self->base, NULL), G_SOURCE_FUNC (on_base_readable), self);
}

/* What is held comes first: the base is read only when nothing is. */
static void
update_sources (RelayStreamInput *self)
{
  gboolean reads = self->is_started && !self->is_paused && !self->is_shut;
  gboolean has_held = self->held->len > 0;

  if (!reads || has_held || self->at_end || self->error != NULL)
    relay_clear_source (&self->base_source);
  else if (self->base_source == NULL)
    self->base_source = watch_base (self);

  if (!reads || !has_held)
    relay_clear_source (&self->held_source);
  else if (self->held_source == NULL)
    {
      self->held_source = attach (g_idle_source_new (), on_held_due, self);
      g_source_set_priority (self->held_source, G_PRIORITY_DEFAULT);
    }
}

/* --- from the owner to whoever reads the stream --- */

static gboolean
is_readable (RelayStreamInput *self)
{
  return !self->is_shut && (self->n_read < self->passed->len || self->at_end || self->error != NULL);
}

/* The source that a reader waits on. It has nothing for the main loop to ask in each turn, but is told when it is time. */
typedef struct {
  GSource source;
  RelayStreamInput *input; /* (owned) */
} InputSource;

static void
update_reader (GSource *source, RelayStreamInput *self)
{
  g_source_set_ready_time (source, is_readable (self) ? 0 : -1);
}

/* To be called when is_readable () may have changed. */
static void
update_readers (RelayStreamInput *self)
{
  g_list_foreach (self->readers, (GFunc) update_reader, self);
}

static gboolean
input_source_dispatch (GSource *source, GSourceFunc callback, gpointer user_data)
{
  g_autoptr (RelayStreamInput) self = g_object_ref (((InputSource *) source)->input);
  GPollableSourceFunc func = (GPollableSourceFunc) G_CALLBACK (callback);
  gboolean keep = func (G_OBJECT (self), user_data);

  if (!self->is_shut)
    self->hooks.read_done (self->user_data);

  return keep;
}

static void
input_source_finalize (GSource *source)
{
  RelayStreamInput *input = ((InputSource *) source)->input;

  input->readers = g_list_remove (input->readers, source);
  g_object_unref (input);
}

static GSourceFuncs input_source_funcs = {
  .dispatch = input_source_dispatch,
  .finalize = input_source_finalize,
};

static GSource *
relay_stream_input_create_source (GPollableInputStream *pollable, GCancellable *cancellable)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (pollable);
  GSource *source = g_source_new (&input_source_funcs, sizeof (InputSource));

  g_source_set_static_name (source, "RelayStreamInput reader");
  ((InputSource *) source)->input = g_object_ref (self);
  self->readers = g_list_prepend (self->readers, source);
  update_reader (source, self);

  return source;
}

static gboolean
relay_stream_input_is_readable (GPollableInputStream *pollable)
{
  return is_readable (RELAY_STREAM_INPUT (pollable));
}

static gssize
relay_stream_input_read_nonblocking (GPollableInputStream *pollable, void *buffer, gsize count, GError **error)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (pollable);
  gsize taken = MIN (count, self->passed->len - self->n_read);

  if (!is_readable (self))
    {
      g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK, "Nothing to read now");
      return -1;
    }
  if (taken == 0 && self->error != NULL)
    {
      g_propagate_error (error, g_error_copy (self->error));
      return -1;
    }

  if (taken > 0)
    memcpy (buffer, self->passed->data + self->n_read, taken);
  self->n_read += taken;
  if (self->n_read == self->passed->len)
    {
      g_byte_array_set_size (self->passed, 0);
      self->n_read = 0;
    }
  update_readers (self);

  return (gssize) taken;
}

static gssize
relay_stream_input_read_fn (GInputStream *stream, void *buffer, gsize count, GCancellable *cancellable, GError **error)
{
  g_set_error_literal (error, G_IO_ERROR, G_IO_ERROR_NOT_SUPPORTED, "This stream is read without blocking only");
  return -1;
}

/* --- the object --- */

static void
relay_stream_input_finalize (GObject *object)
{
  RelayStreamInput *self = RELAY_STREAM_INPUT (object);

  relay_clear_source (&self->base_source);
  relay_clear_source (&self->held_source);
  g_clear_object (&self->base);
  g_clear_object (&self->socket);
  g_clear_pointer (&self->held, g_byte_array_unref);
  g_clear_pointer (&self->passed, g_byte_array_unref);
  g_clear_error (&self->error);

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
  self->held = g_byte_array_new ();
  self->passed = g_byte_array_new ();
}

/* Returns: (transfer full): the reading half of a stream on @base, which is nothing but @socket if that is not NULL */
RelayStreamInput *
relay_stream_input_new (GInputStream *base, GSocket *socket, const RelayStreamHooks *hooks, gpointer user_data)
{
  RelayStreamInput *self = g_object_new (RELAY_TYPE_STREAM_INPUT, NULL);

  self->base = g_object_ref (G_POLLABLE_INPUT_STREAM (base));
  self->socket = socket != NULL ? g_object_ref (socket) : NULL;
  self->hooks = *hooks;
  self->user_data = user_data;

  return self;
}

/* Begins to read, with @leftover before anything of the base. */
void
relay_stream_input_start (RelayStreamInput *self, GBytes *leftover)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (leftover, &length);

  self->is_started = TRUE;
  g_byte_array_append (self->held, data, (guint) length);
  update_sources (self);
}

/* Has whoever reads the stream see @data. */
void
relay_stream_input_pass (RelayStreamInput *self, const guint8 *data, gsize length)
{
  g_byte_array_append (self->passed, data, (guint) length);
  update_readers (self);
}

/* Stops or goes on reading. */
void
relay_stream_input_set_paused (RelayStreamInput *self, gboolean paused)
{
  if (self->is_paused == paused)
    return;

  self->is_paused = paused;
  update_sources (self);
}

/* From now on throws away what comes, until the base ends. */
void
relay_stream_input_discard (RelayStreamInput *self)
{
  self->is_discarding = TRUE;
  g_byte_array_set_size (self->held, 0);
  g_byte_array_set_size (self->passed, 0);
  self->n_read = 0;
  update_sources (self);
  update_readers (self);
}

/* Reads nothing and calls no hook any more. */
void
relay_stream_input_shut (RelayStreamInput *self)
{
  self->is_shut = TRUE;
  update_sources (self);
  update_readers (self);
}
