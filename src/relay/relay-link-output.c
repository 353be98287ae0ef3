/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link-private.h"

/*
 * What goes out on a link. Long messages leave in fragments, each of which is whole when it is queued, so that control
 * frames never wait behind a message; other messages wait for its end.
 */

#define MAX_FRAGMENT (64 * 1024)

static void
queue_frame (RelayLink *self, const RelayFramePiece *piece)
{
  guint8 *frame = relay_stream_reserve (self->stream, piece->length + RELAY_FRAME_MAX_HEADER);

  relay_link_watch_queued (&self->watch);
  relay_stream_commit (self->stream, relay_frame_write (frame, piece));
}

static void
queue_piece (RelayLink *self, const RelayFramePiece *piece)
{
  RelayFramePiece rest = *piece;

  while (rest.length > MAX_FRAGMENT)
    {
      RelayFramePiece fragment = rest;

      fragment.length = MAX_FRAGMENT;
      fragment.is_last = FALSE;
      queue_frame (self, &fragment);
      rest.data += MAX_FRAGMENT;
      rest.length -= MAX_FRAGMENT;
      rest.is_first = FALSE;
    }
  queue_frame (self, &rest);
}

static void
queue_message (RelayLink *self, RelayOpcode opcode, GBytes *bytes)
{
  RelayFramePiece piece = { .opcode = opcode, .is_first = TRUE, .is_last = TRUE };

  piece.data = g_bytes_get_data (bytes, &piece.length);
  queue_piece (self, &piece);
}

/* What is sent meanwhile, by a handler that is told of bytes that left, waits behind what waits already. */
static void
queue_waiting (RelayLink *self)
{
  RelayMessage *next;

  self->is_sending = TRUE;
  while ((next = g_queue_pop_head (&self->waiting)) != NULL)
    {
      g_autoptr (RelayMessage) message = next;

      self->waiting_bytes -= g_bytes_get_size (message->bytes);
      queue_message (self, message->opcode, message->bytes);
    }
  self->is_sending = FALSE;
}

void
relay_link_send_ping (RelayLink *self)
{
  const RelayFramePiece ping = { .opcode = RELAY_OPCODE_PING, .is_first = TRUE, .is_last = TRUE };

  queue_frame (self, &ping);
  relay_stream_flush_later (self->stream);
}

/**
 * relay_link_send:
 * @self: a link
 * @opcode: text or binary
 * @bytes: the message; UTF-8 if it is text
 *
 * Queues a message, behind the one that is sent in pieces, if there is one. It leaves at the end of this turn of the main
 * loop, or at relay_link_flush(). On a link that has ended nothing happens.
 */
void
relay_link_send (RelayLink *self, RelayOpcode opcode, GBytes *bytes)
{
  if (self->end != NULL)
    return;

  g_queue_push_tail (&self->waiting, relay_message_new (opcode, g_bytes_ref (bytes)));
  self->waiting_bytes += g_bytes_get_size (bytes);
  if (!self->is_sending)
    {
      queue_waiting (self);
      relay_stream_flush_later (self->stream);
    }
  else if (self->handler.waits != NULL)
    self->handler.waits (self, self->handler_data);
}

/**
 * relay_link_send_piece:
 * @self: a link
 * @piece: a message, or a piece of one; the pieces of a message must come in order, and no other message's between
 *
 * Queues a piece of a message, as relay_link_send() a whole one, but that it leaves only at relay_link_flush().
 */
void
relay_link_send_piece (RelayLink *self, const RelayFramePiece *piece)
{
  if (self->end != NULL)
    return;

  self->is_sending = TRUE;
  queue_piece (self, piece);
  self->is_sending = !piece->is_last;
  if (!self->is_sending && !g_queue_is_empty (&self->waiting))
    queue_waiting (self);
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

/**
 * relay_link_get_queued:
 * @self: a link
 *
 * Returns: how many bytes wait for the peer to take them
 */
gsize
relay_link_get_queued (RelayLink *self)
{
  return relay_stream_get_queued (self->stream) + self->waiting_bytes;
}

/**
 * relay_link_get_waiting:
 * @self: a link
 *
 * Returns: how many of those bytes wait for the end of the message that is sent in pieces, whether the peer takes any or not
 */
gsize
relay_link_get_waiting (RelayLink *self)
{
  return self->waiting_bytes;
}
