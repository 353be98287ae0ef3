/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link-private.h"

#include "relay/relay-close.h"

/*
 * What comes in on a link: messages go to the handler, in pieces as they come or as a whole, control frames to libsoup.
 */

/* A message whose kind cannot be told from so many bytes is handed on as a whole. */
#define MAX_GLANCE 4096

/* What a message that was put together may keep of its memory for the next one. */
#define MAX_KEPT (64 * 1024)

void
relay_link_update_reading (RelayLink *self)
{
  self->is_held = self->is_paused || self->inbox_bytes > RELAY_LINK_MAX_INBOX;

  relay_link_watch_set_deaf (&self->watch, self->is_held);
  relay_stream_set_paused (self->stream, self->is_held);
}

/* --- whole messages --- */

RelayMessage *
relay_message_new (RelayOpcode opcode, GBytes *bytes)
{
  RelayMessage *message = g_new (RelayMessage, 1);

  message->opcode = opcode;
  message->bytes = bytes;

  return message;
}

static void
hold_message (RelayLink *self, RelayOpcode opcode, const guint8 *data, gsize length)
{
  g_queue_push_tail (&self->inbox, relay_message_new (opcode, g_bytes_new (data, length)));
  self->inbox_bytes += length;
  relay_link_update_reading (self);
}

RelayMessage *
relay_link_take_held (RelayLink *self)
{
  RelayMessage *message = g_queue_pop_head (&self->inbox);

  if (message != NULL)
    {
      self->inbox_bytes -= g_bytes_get_size (message->bytes);
      relay_link_update_reading (self);
    }

  return message;
}

static void
hand_on_message (RelayLink *self, RelayOpcode opcode, const guint8 *data, gsize length)
{
  if (self->handler.message != NULL)
    {
      self->handler.message (self, opcode, (const char *) data, length, self->handler_data);
      return;
    }

  hold_message (self, opcode, data, length);
  if (self->receive_task != NULL)
    {
      g_autoptr (GTask) task = g_steal_pointer (&self->receive_task);

      g_task_return_pointer (task, relay_link_take_held (self), (GDestroyNotify) relay_message_free);
    }
}

/* --- in pieces --- */

static RelayReading
glance (RelayLink *self, const RelayFramePiece *begin)
{
  RelayReading reading;

  if (self->handler.glance == NULL)
    return RELAY_READING_WHOLE;

  reading = self->handler.glance (self, begin, self->handler_data);
  return reading == RELAY_READING_UNDECIDED && begin->length > MAX_GLANCE ? RELAY_READING_WHOLE : reading;
}

static void
hand_on_piece (RelayLink *self, const RelayFramePiece *piece)
{
  /* a handler that takes no pieces any more has let go of the link: there is nobody to tell */
  if (self->handler.piece != NULL)
    self->handler.piece (self, piece, self->handler_data);
}

/* What was put together while the message was undecided is its first piece. */
static void
hand_on_begun (RelayLink *self, RelayFramePiece *piece)
{
  g_autoptr (GByteArray) begun = g_steal_pointer (&self->begun);

  self->begun = g_byte_array_new ();
  piece->data = begun->data;
  piece->length = begun->len;
  piece->is_first = TRUE;
  hand_on_piece (self, piece);
}

static void
look_again (RelayLink *self, RelayFramePiece *piece)
{
  const RelayFramePiece begun = { piece->opcode, self->begun->data, self->begun->len, TRUE, piece->is_last };

  if (begun.length < self->glance_at && !piece->is_last)
    return;

  self->reading = piece->is_last ? RELAY_READING_WHOLE : glance (self, &begun);
  self->glance_at = 2 * begun.length;
  if (self->reading == RELAY_READING_PIECES)
    hand_on_begun (self, piece);
}

static void
hand_on_put_together (RelayLink *self, RelayOpcode opcode)
{
  g_autoptr (GByteArray) whole = g_steal_pointer (&self->begun);

  self->begun = g_byte_array_new ();
  hand_on_message (self, opcode, whole->data, whole->len);
  if (whole->len > MAX_KEPT || self->begun->len > 0)
    return;

  /* put back, so that the next one need not grow again */
  g_byte_array_unref (g_steal_pointer (&self->begun));
  g_byte_array_set_size (whole, 0);
  self->begun = g_steal_pointer (&whole);
}

static void
put_together (RelayLink *self, RelayFramePiece *piece)
{
  g_byte_array_append (self->begun, piece->data, (guint) piece->length);
  if (self->reading == RELAY_READING_UNDECIDED)
    look_again (self, piece);
  if (self->reading == RELAY_READING_WHOLE && piece->is_last)
    hand_on_put_together (self, piece->opcode);
}

static gboolean
is_whole (const RelayFramePiece *piece)
{
  return piece->is_first && piece->is_last;
}

/* Returns: whether @piece goes on with a text as UTF-8, if it is one */
static gboolean
is_proper_text (RelayLink *self, const RelayFramePiece *piece)
{
  if (piece->opcode != RELAY_OPCODE_TEXT)
    return TRUE;
  if (piece->is_first)
    self->utf8 = (RelayUtf8){ 0 };

  return relay_utf8_feed (&self->utf8, piece->data, piece->length) && (!piece->is_last || relay_utf8_is_whole (&self->utf8));
}

static void
take_piece (RelayLink *self, RelayFramePiece *piece)
{
  if (!is_proper_text (self, piece))
    {
      relay_link_end_for_fault (self, RELAY_CLOSE_BAD_DATA);
      return;
    }

  relay_link_watch_told (&self->watch);
  if (piece->is_first)
    {
      self->reading = glance (self, piece);
      self->glance_at = 2 * piece->length;
    }

  if (self->reading == RELAY_READING_PIECES)
    hand_on_piece (self, piece);
  else if (is_whole (piece))
    hand_on_message (self, piece->opcode, piece->data, piece->length);
  else
    put_together (self, piece);
}

/* Takes what came in, until the link is paused. Once the link has ended only control frames matter: the peer's close may be
 * among them. Returns: how much was taken */
gsize
relay_link_take_in (RelayLink *self, const guint8 *data, gsize length)
{
  gsize left = length;
  RelayFramePiece piece;

  while (!self->is_held)
    {
      switch (relay_frame_reader_next (&self->reader, &data, &left, &piece))
        {
        case RELAY_FRAME_READ_NOTHING:
          return length;
        case RELAY_FRAME_READ_PIECE:
          if (self->end == NULL)
            take_piece (self, &piece);
          break;
        case RELAY_FRAME_READ_CONTROL:
          relay_stream_pass (self->stream, piece.data, piece.length);
          break;
        case RELAY_FRAME_READ_FAULT:
          if (self->end == NULL)
            relay_link_end_for_fault (self, self->reader.fault);
          break;
        }
    }

  return length - left;
}
