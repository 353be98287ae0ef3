/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-connection.h"

#include <string.h>
#include <sys/socket.h>

#include "fakes/fake-connection-private.h"

/* Payloads from here on are queued as they are, not copied behind their frame's head. */
#define SHARE_BYTES 65536

static void
fake_connection_queue (FakeConnection *self, GBytes *bytes)
{
  g_queue_push_tail (&self->out, g_bytes_ref (bytes));
  self->queued_bytes += g_bytes_get_size (bytes);
  fake_connection_write (self);
}

static void
fake_connection_flush_cork (FakeConnection *self)
{
  g_autoptr (GBytes) bytes = NULL;

  if (self->corked->len == 0)
    return;

  bytes = g_byte_array_free_to_bytes (g_steal_pointer (&self->corked));
  self->corked = g_byte_array_new ();
  fake_connection_queue (self, bytes);
}

/**
 * fake_connection_send_raw:
 * @self: a connection
 * @bytes: what to put on the wire, in a write of its own unless corked
 *
 * Sends bytes as they are.
 */
void
fake_connection_send_raw (FakeConnection *self, GBytes *bytes)
{
  gsize size;
  gconstpointer data = g_bytes_get_data (bytes, &size);

  if (self->state == FAKE_STATE_GONE || self->finish || size == 0)
    return;

  if (self->corked != NULL)
    g_byte_array_append (self->corked, data, (guint) size);
  else
    fake_connection_queue (self, bytes);
}

/**
 * fake_connection_send_frame:
 * @self: a connection
 * @first_byte: FIN, reserved bits and opcode
 * @data: (nullable) (array length=length): the payload
 * @length: its length in bytes
 *
 * Sends one frame, good or bad.
 */
void
fake_connection_send_frame (FakeConnection *self, guint first_byte, gconstpointer data, gsize length)
{
  GByteArray *frame = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  fake_frame_append (frame, first_byte, data, length);
  bytes = g_byte_array_free_to_bytes (frame);
  fake_connection_send_raw (self, bytes);
}

/**
 * fake_connection_send_bytes:
 * @self: a connection
 * @opcode: %FAKE_TEXT or %FAKE_BINARY
 * @bytes: the message; when it is large, no copy is made, so that the same bytes can be queued many times
 *
 * Sends a message in one frame.
 */
void
fake_connection_send_bytes (FakeConnection *self, guint opcode, GBytes *bytes)
{
  gsize length;
  gconstpointer data = g_bytes_get_data (bytes, &length);
  GByteArray *head;
  g_autoptr (GBytes) head_bytes = NULL;

  if (length < SHARE_BYTES || self->corked != NULL)
    {
      fake_connection_send_frame (self, FAKE_FIN | opcode, data, length);
      return;
    }

  head = g_byte_array_new ();
  fake_frame_append_header (head, FAKE_FIN | opcode, length);
  head_bytes = g_byte_array_free_to_bytes (head);
  fake_connection_send_raw (self, head_bytes);
  fake_connection_send_raw (self, bytes);
}

/**
 * fake_connection_send_text:
 * @self: a connection
 * @text: the message
 *
 * Sends a text message.
 */
void
fake_connection_send_text (FakeConnection *self, const char *text)
{
  fake_connection_send_frame (self, FAKE_FIN | FAKE_TEXT, text, strlen (text));
}

/**
 * fake_connection_send_now:
 * @self: a connection without TLS that has sent all it was to send
 * @text: the message
 *
 * Sends a text message before it returns, so that the relay has had no turn of the main loop to read it.
 */
void
fake_connection_send_now (FakeConnection *self, const char *text)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  g_assert_cmpuint (self->queued_bytes, ==, 0);
  fake_frame_append (frame, FAKE_FIN | FAKE_TEXT, text, strlen (text));
  g_assert_cmpint (g_socket_send (self->socket, (const char *) frame->data, frame->len, NULL, NULL), ==, frame->len);
}

/**
 * fake_connection_send_format:
 * @self: a connection
 * @format: as for printf()
 * @...: what @format asks for
 *
 * Sends a text message.
 */
void
fake_connection_send_format (FakeConnection *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  fake_connection_send_text (self, text);
}

/**
 * fake_connection_send_fragmented:
 * @self: a connection
 * @opcode: %FAKE_TEXT or %FAKE_BINARY
 * @bytes: the message
 * @fragment_bytes: how much of it goes into each frame; may cut through characters
 *
 * Sends a message in several frames.
 */
void
fake_connection_send_fragmented (FakeConnection *self, guint opcode, GBytes *bytes, gsize fragment_bytes)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);
  gsize at = 0;

  do
    {
      gsize n = MIN (fragment_bytes, length - at);
      guint fin = at + n == length ? FAKE_FIN : 0;

      fake_connection_send_frame (self, fin | (at == 0 ? opcode : FAKE_CONTINUATION), data + at, n);
      at += n;
    }
  while (at < length);
}

/**
 * fake_connection_cork:
 * @self: a connection
 *
 * Holds back what is sent from now on, for fake_connection_uncork() to send in one write. Calls nest.
 */
void
fake_connection_cork (FakeConnection *self)
{
  if (self->cork_depth++ == 0)
    self->corked = g_byte_array_new ();
}

/**
 * fake_connection_uncork:
 * @self: a connection
 *
 * Sends in one write what was held back since fake_connection_cork().
 */
void
fake_connection_uncork (FakeConnection *self)
{
  g_return_if_fail (self->cork_depth > 0);

  if (--self->cork_depth == 0)
    {
      fake_connection_flush_cork (self);
      g_clear_pointer (&self->corked, g_byte_array_unref);
    }
}

/**
 * fake_connection_close:
 * @self: a connection
 * @code: the close code, or 0 for a close frame without one; not checked, so that it may be one that nobody may send
 * @reason: (nullable): why
 *
 * Sends a close frame. The TCP connection ends when the client has answered.
 */
void
fake_connection_close (FakeConnection *self, guint code, const char *reason)
{
  g_autoptr (GByteArray) payload = g_byte_array_new ();
  guint16 wire = GUINT16_TO_BE ((guint16) code);

  if (self->state != FAKE_STATE_OPEN || self->close_sent)
    return;

  if (code != 0)
    g_byte_array_append (payload, (const guint8 *) &wire, sizeof wire);
  if (code != 0 && reason != NULL)
    g_byte_array_append (payload, (const guint8 *) reason, (guint) strlen (reason));
  fake_connection_send_frame (self, FAKE_FIN | FAKE_CLOSE, payload->data, payload->len);
  self->close_sent = TRUE;
}

/**
 * fake_connection_finish:
 * @self: a connection
 *
 * Closes the TCP connection once everything is written. Nothing more can be sent.
 */
void
fake_connection_finish (FakeConnection *self)
{
  if (self->corked != NULL)
    fake_connection_flush_cork (self);
  self->finish = TRUE;
  fake_connection_write (self);
}

/**
 * fake_connection_drop:
 * @self: a connection
 * @how: with which last segment
 *
 * Closes the TCP connection at once, without a close frame and whatever is still to be written.
 */
void
fake_connection_drop (FakeConnection *self, FakeDrop how)
{
  struct linger linger = { .l_onoff = 1, .l_linger = 0 };

  if (how == FAKE_DROP_RESET)
    setsockopt (g_socket_get_fd (self->socket), SOL_SOCKET, SO_LINGER, &linger, sizeof linger);
  fake_connection_end (self);
}
