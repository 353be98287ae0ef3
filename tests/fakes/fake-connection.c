/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-connection.h"

#include <string.h>

#include "fakes/fake-connection-private.h"
#include "fakes/fake-upgrade.h"

#define READ_BYTES 65536
#define MAX_HEAD_BYTES 65536

G_DEFINE_FINAL_TYPE (FakeConnection, fake_connection, G_TYPE_OBJECT)

enum {
  SIGNAL_OPENED,
  SIGNAL_MESSAGE,
  SIGNAL_CLOSED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
fake_connection_finalize (GObject *object)
{
  FakeConnection *self = FAKE_CONNECTION (object);

  if (self->violation != NULL)
    g_critical ("connection %u: %s", self->number, self->violation);

  g_clear_object (&self->stream);
  g_clear_object (&self->socket);
  g_clear_object (&self->cancellable);
  g_free (self->upgrade.refusal);
  g_free (self->upgrade.headers);
  g_string_free (self->request, TRUE);
  g_free (self->read_buffer);
  g_byte_array_unref (self->unread);
  fake_receiver_clear (&self->receiver);
  g_queue_clear_full (&self->messages, (GDestroyNotify) fake_message_unref);
  g_queue_clear_full (&self->out, (GDestroyNotify) g_bytes_unref);
  g_clear_pointer (&self->corked, g_byte_array_unref);
  g_free (self->close_reason);
  g_free (self->violation);

  G_OBJECT_CLASS (fake_connection_parent_class)->finalize (object);
}

static void
fake_connection_class_init (FakeConnectionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->finalize = fake_connection_finalize;

  signals[SIGNAL_OPENED] = g_signal_new ("opened", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_MESSAGE] =
      g_signal_new ("message", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, FAKE_TYPE_MESSAGE);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
fake_connection_init (FakeConnection *self)
{
  self->cancellable = g_cancellable_new ();
  self->request = g_string_new (NULL);
  self->read_buffer = g_malloc (READ_BYTES);
  self->unread = g_byte_array_new ();
  self->reading = TRUE;
  fake_receiver_init (&self->receiver);
}

/**
 * fake_connection_new:
 * @stream: what to read from and write to
 * @socket: the same without TLS
 * @upgrade: how to answer the HTTP request; copied
 * @number: its name in messages
 *
 * Returns: (transfer full): a connection that does nothing before fake_connection_start()
 */
FakeConnection *
fake_connection_new (GIOStream *stream, GSocket *socket, const FakeUpgrade *upgrade, guint number)
{
  FakeConnection *self = g_object_new (FAKE_TYPE_CONNECTION, NULL);

  self->stream = g_object_ref (stream);
  self->socket = g_object_ref (socket);
  self->number = number;
  self->upgrade.mode = upgrade->mode;
  self->upgrade.refusal = g_strdup (upgrade->refusal);
  self->upgrade.headers = g_strdup (upgrade->headers);
  return self;
}

/**
 * fake_connection_start:
 * @self: a connection
 *
 * Begins to read.
 */
void
fake_connection_start (FakeConnection *self)
{
  fake_connection_read (self);
}

/**
 * fake_connection_end:
 * @self: a connection
 *
 * Closes the socket.
 */
void
fake_connection_end (FakeConnection *self)
{
  if (self->state == FAKE_STATE_GONE)
    return;

  self->state = FAKE_STATE_GONE;
  g_cancellable_cancel (self->cancellable);
  g_socket_close (self->socket, NULL);
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0);
}

static void
fake_connection_violated (FakeConnection *self, const char *violation)
{
  if (self->violation == NULL)
    self->violation = g_strdup (violation);
  fake_connection_close (self, 1002, violation);
  fake_connection_finish (self);
}

static void
fake_connection_got_close (FakeConnection *self)
{
  const GByteArray *data = self->receiver.data;

  self->close_code = data->len >= 2 ? (guint) (data->data[0] << 8 | data->data[1]) : 1005;
  self->close_reason = data->len > 2 ? g_strndup ((const char *) data->data + 2, data->len - 2) : g_strdup ("");
  if (self->ignore_close)
    return;

  if (!self->close_sent)
    fake_connection_send_frame (self, FAKE_FIN | FAKE_CLOSE, data->data, data->len);
  self->close_sent = TRUE;
  fake_connection_finish (self);
}

static void
fake_connection_got_control (FakeConnection *self)
{
  const GByteArray *data = self->receiver.data;

  switch (self->receiver.opcode)
    {
    case FAKE_CLOSE:
      fake_connection_got_close (self);
      break;
    case FAKE_PING:
      self->n_pings++;
      if (!self->ignore_pings && !self->close_sent)
        fake_connection_send_frame (self, FAKE_FIN | FAKE_PONG, data->data, data->len);
      break;
    default:
      self->n_pongs++;
      break;
    }
}

static void
fake_connection_got_message (FakeConnection *self)
{
  const FakeReceiver *receiver = &self->receiver;
  FakeMessage *message;

  self->n_messages++;
  if (receiver->discard)
    return;

  message = fake_message_new (receiver->opcode, receiver->data->data, receiver->data->len, receiver->longest_frame);
  g_queue_push_tail (&self->messages, message);
  fake_message_ref (message);
  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, message);
  fake_message_unref (message);
}

/**
 * fake_connection_got_frames:
 * @self: a connection
 * @data: (array length=length): bytes from the client
 * @length: how many
 *
 * Reads frames, as long as reading is switched on, and keeps the rest for later.
 */
void
fake_connection_got_frames (FakeConnection *self, const guint8 *data, gsize length)
{
  while (self->reading && self->state == FAKE_STATE_OPEN && self->violation == NULL && length > 0)
    {
      FakeReceived received = fake_receiver_feed (&self->receiver, &data, &length);

      if (received != FAKE_RECEIVED_NOTHING && self->close_code != 0)
        fake_connection_violated (self, "a frame came behind the close frame");
      else if (received == FAKE_RECEIVED_MESSAGE)
        fake_connection_got_message (self);
      else if (received == FAKE_RECEIVED_CONTROL)
        fake_connection_got_control (self);
      else if (received == FAKE_RECEIVED_VIOLATION)
        fake_connection_violated (self, self->receiver.violation);
    }

  if (length > 0)
    g_byte_array_append (self->unread, data, (guint) length);
}

static void
fake_connection_answer_bytewise (FakeConnection *self, const char *answer)
{
  for (const char *at = answer; *at != '\0'; at++)
    {
      g_autoptr (GBytes) byte = g_bytes_new (at, 1);

      fake_connection_send_raw (self, byte);
    }
}

/* What a handler of `opened` sends is held back until the answer is written, and then goes with it. */
static void
fake_connection_accept (FakeConnection *self, const char *answer)
{
  g_autoptr (GBytes) bytes = g_bytes_new (answer, strlen (answer));

  self->state = FAKE_STATE_OPEN;
  if (self->upgrade.mode == FAKE_UPGRADE_BYTEWISE)
    {
      fake_connection_answer_bytewise (self, answer);
      g_signal_emit (self, signals[SIGNAL_OPENED], 0);
      return;
    }

  fake_connection_cork (self);
  fake_connection_send_raw (self, bytes);
  g_signal_emit (self, signals[SIGNAL_OPENED], 0);
  fake_connection_uncork (self);
}

static void
fake_connection_answer (FakeConnection *self)
{
  g_autofree char *answer = fake_upgrade_answer (&self->upgrade, self->request->str);
  g_autoptr (GBytes) bytes = answer != NULL ? g_bytes_new (answer, strlen (answer)) : NULL;

  g_free (self->violation);
  self->violation = fake_upgrade_check (self->request->str);

  switch (self->upgrade.mode)
    {
    case FAKE_UPGRADE_ACCEPT:
    case FAKE_UPGRADE_BYTEWISE:
    case FAKE_UPGRADE_WRONG_ACCEPT:
      fake_connection_accept (self, answer);
      break;
    case FAKE_UPGRADE_REFUSE:
      fake_connection_send_raw (self, bytes);
      fake_connection_finish (self);
      break;
    case FAKE_UPGRADE_ENDLESS:
      fake_connection_send_raw (self, bytes);
      break;
    case FAKE_UPGRADE_DROP:
      fake_connection_drop (self, FAKE_DROP_FIN);
      break;
    case FAKE_UPGRADE_SILENT:
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
fake_connection_got_head (FakeConnection *self, const guint8 *data, gsize length)
{
  gsize before = self->request->len;
  char *end;

  g_string_append_len (self->request, (const char *) data, (gssize) length);
  end = strstr (self->request->str, "\r\n\r\n");
  if (end == NULL)
    {
      if (self->request->len > MAX_HEAD_BYTES)
        fake_connection_end (self);
      return;
    }

  /* Nothing may follow the request before it is answered, but what does counts as frames. */
  gsize head_bytes = (gsize) (end - self->request->str) + 4;
  gsize used = head_bytes - before;

  g_string_truncate (self->request, head_bytes);
  fake_connection_answer (self);
  fake_connection_got_frames (self, data + used, length - used);
}

static void
fake_connection_on_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FakeConnection) self = user_data;
  gssize n = g_input_stream_read_finish (G_INPUT_STREAM (source), result, NULL);

  self->read_pending = FALSE;
  if (n <= 0)
    {
      fake_connection_end (self);
    }
  else if (self->state == FAKE_STATE_UPGRADE)
    {
      if (strstr (self->request->str, "\r\n\r\n") == NULL)
        fake_connection_got_head (self, self->read_buffer, (gsize) n);
    }
  else
    fake_connection_got_frames (self, self->read_buffer, (gsize) n);

  fake_connection_read (self);
}

/**
 * fake_connection_read:
 * @self: a connection
 *
 * Has a read under way, if one should be.
 */
void
fake_connection_read (FakeConnection *self)
{
  /* A peer remembers all its connections: those that are gone shall be small. */
  if (self->state == FAKE_STATE_GONE && !self->read_pending)
    {
      g_clear_pointer (&self->read_buffer, g_free);
      fake_receiver_clear (&self->receiver);
    }
  if (self->read_pending || !self->reading || self->state == FAKE_STATE_GONE)
    return;

  self->read_pending = TRUE;
  g_input_stream_read_async (g_io_stream_get_input_stream (self->stream), self->read_buffer, READ_BYTES, G_PRIORITY_DEFAULT,
                             self->cancellable, fake_connection_on_read, g_object_ref (self));
}

static void
fake_connection_on_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (FakeConnection) self = user_data;
  g_autoptr (GBytes) written = g_queue_pop_head (&self->out);

  self->write_pending = FALSE;
  self->queued_bytes -= g_bytes_get_size (written);
  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, NULL))
    {
      /* The reading side tells of the end once it has read what came before. */
      if (!self->reading)
        fake_connection_end (self);
      return;
    }

  fake_connection_write (self);
}

static GBytes *
more_headers (void)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < 256; i++)
    g_string_append_printf (text, "X-More-%u: and more, and more, and more, and more\r\n", i);
  return g_string_free_to_bytes (text);
}

/**
 * fake_connection_write:
 * @self: a connection
 *
 * Has a write under way, if there is something to write, and ends the connection if that was all.
 */
void
fake_connection_write (FakeConnection *self)
{
  GBytes *next = g_queue_peek_head (&self->out);
  gconstpointer data;
  gsize size;

  if (self->write_pending || self->state == FAKE_STATE_GONE)
    return;
  if (next == NULL && self->finish)
    {
      fake_connection_end (self);
      return;
    }
  if (next == NULL && self->upgrade.mode == FAKE_UPGRADE_ENDLESS)
    {
      next = more_headers ();
      g_queue_push_tail (&self->out, next);
      self->queued_bytes += g_bytes_get_size (next);
    }
  if (next == NULL)
    return;

  self->write_pending = TRUE;
  data = g_bytes_get_data (next, &size);
  g_output_stream_write_all_async (g_io_stream_get_output_stream (self->stream), data, size, G_PRIORITY_DEFAULT,
                                   self->cancellable, fake_connection_on_written, g_object_ref (self));
}
