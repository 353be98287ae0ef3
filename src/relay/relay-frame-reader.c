/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-frame-reader.h"

#include "relay/relay-close.h"

#define FIN 0x80
#define RESERVED 0x70
#define OPCODE_MASK 0x0f
#define MASKED 0x80
#define LENGTH_MASK 0x7f
#define CONTROL 0x08
#define OPCODE_CLOSE 0x08
#define OPCODE_PONG 0x0a
#define MAX_CONTROL_PAYLOAD 125

static gsize
header_size (const RelayFrameReader *self)
{
  if (self->n_header < 2)
    return 2;

  switch (self->header[1] & LENGTH_MASK)
    {
    case 126:
      return 4;
    case 127:
      return 10;
    default:
      return 2;
    }
}

/* Returns: whether the header is whole */
static gboolean
read_header (RelayFrameReader *self, const guint8 **data, gsize *length)
{
  while (*length > 0 && self->n_header < header_size (self))
    {
      self->header[self->n_header++] = *(*data)++;
      (*length)--;
    }

  return self->n_header == header_size (self);
}

static guint64
payload_length (const RelayFrameReader *self)
{
  gsize size = header_size (self);
  guint64 length = 0;

  if (size == 2)
    return self->header[1] & LENGTH_MASK;

  for (gsize i = 2; i < size; i++)
    length = length << 8 | self->header[i];

  return length;
}

static gboolean
is_control (const RelayFrameReader *self)
{
  return (self->header[0] & CONTROL) != 0;
}

static gboolean
is_shortest_form (const RelayFrameReader *self, guint64 length)
{
  switch (header_size (self))
    {
    case 4:
      return length > 125;
    case 10:
      return length > G_MAXUINT16;
    default:
      return TRUE;
    }
}

/* A fragment goes on with what is under way; anything else begins a message, and then none may be. */
static gboolean
is_in_order (const RelayFrameReader *self)
{
  guint opcode = self->header[0] & OPCODE_MASK;

  if (opcode == 0)
    return self->opcode != 0;

  return self->opcode == 0 && (opcode == RELAY_OPCODE_TEXT || opcode == RELAY_OPCODE_BINARY);
}

/* What libsoup finds wrong with a control frame it would find too late: when the frames behind it were handed on. */
static gboolean
is_proper_control (const RelayFrameReader *self, guint64 length)
{
  guint opcode = self->header[0] & OPCODE_MASK;

  return (self->header[0] & FIN) != 0 && opcode <= OPCODE_PONG && length <= MAX_CONTROL_PAYLOAD;
}

/* Returns: the close code for what is wrong with the header, 0 if nothing is */
static guint
find_fault (const RelayFrameReader *self, guint64 length)
{
  guint64 before = self->opcode != 0 ? self->message_bytes : 0;

  if ((self->header[1] & MASKED) != 0 || !is_shortest_form (self, length))
    return RELAY_CLOSE_PROTOCOL_ERROR;
  if (!is_control (self) && length > self->max_message - before)
    return RELAY_CLOSE_TOO_LARGE;
  if ((self->header[0] & RESERVED) != 0)
    return RELAY_CLOSE_PROTOCOL_ERROR;
  if (is_control (self) ? !is_proper_control (self, length) : !is_in_order (self))
    return RELAY_CLOSE_PROTOCOL_ERROR;

  return 0;
}

static void
begin_payload (RelayFrameReader *self, guint64 length)
{
  self->in_payload = TRUE;
  self->payload_left = length;
  if (is_control (self))
    return;

  if (self->opcode == 0)
    {
      self->opcode = (RelayOpcode) (self->header[0] & OPCODE_MASK);
      self->message_bytes = 0;
      self->has_begun = FALSE;
    }
  self->message_bytes += length;
}

static void
end_frame (RelayFrameReader *self)
{
  self->in_payload = FALSE;
  self->n_header = 0;
}

static gsize
take_payload (RelayFrameReader *self, const guint8 **data, gsize *length)
{
  gsize taken = (gsize) MIN (self->payload_left, *length);

  *data += taken;
  *length -= taken;
  self->payload_left -= taken;
  return taken;
}

static RelayFrameRead
read_control (RelayFrameReader *self, const guint8 **data, gsize *length, RelayFramePiece *piece)
{
  *piece = (RelayFramePiece){ .data = *data };
  piece->length = take_payload (self, data, length);
  if (self->payload_left == 0)
    {
      self->is_over = (self->header[0] & OPCODE_MASK) == OPCODE_CLOSE;
      end_frame (self);
    }

  return piece->length > 0 ? RELAY_FRAME_READ_CONTROL : RELAY_FRAME_READ_NOTHING;
}

/* Returns: %RELAY_FRAME_READ_NOTHING also for a piece that says nothing, as the end of a fragment in the middle */
static RelayFrameRead
read_piece (RelayFrameReader *self, const guint8 **data, gsize *length, RelayFramePiece *piece)
{
  *piece = (RelayFramePiece){ .opcode = self->opcode, .data = *data, .is_first = !self->has_begun };
  piece->length = take_payload (self, data, length);
  if (self->payload_left == 0)
    {
      piece->is_last = (self->header[0] & FIN) != 0;
      end_frame (self);
    }
  if (piece->is_last)
    self->opcode = 0;
  if (piece->length == 0 && !piece->is_last)
    return RELAY_FRAME_READ_NOTHING;

  self->has_begun = TRUE;
  return RELAY_FRAME_READ_PIECE;
}

/* The header of a control frame is handed out on its own, since it may have come in parts. */
static RelayFrameRead
begin_frame (RelayFrameReader *self, RelayFramePiece *piece)
{
  guint64 length = payload_length (self);

  self->fault = find_fault (self, length);
  if (self->fault != 0)
    {
      self->is_over = TRUE;
      return RELAY_FRAME_READ_FAULT;
    }

  begin_payload (self, length);
  if (!is_control (self))
    return RELAY_FRAME_READ_NOTHING;

  *piece = (RelayFramePiece){ .data = self->header, .length = self->n_header };
  return RELAY_FRAME_READ_CONTROL;
}

/**
 * relay_frame_reader_next:
 * @self: a reader, zeroed but for `max_message` before its first use
 * @data: (inout): what came in; moves behind what was read
 * @length: (inout): how many bytes are left of it
 * @piece: (out caller-allocates): what was read; lies in @data or in the reader, and is valid until the next call
 *
 * Reads on. To be called until it finds nothing more; by then all of @data was taken, and the next call wants what comes in
 * next. Behind a close frame or a fault nothing is found any more.
 *
 * Returns: what was come upon
 */
RelayFrameRead
relay_frame_reader_next (RelayFrameReader *self, const guint8 **data, gsize *length, RelayFramePiece *piece)
{
  RelayFrameRead read = RELAY_FRAME_READ_NOTHING;

  while (read == RELAY_FRAME_READ_NOTHING && !self->is_over)
    {
      if (self->in_payload && (*length > 0 || self->payload_left == 0))
        read = is_control (self) ? read_control (self, data, length, piece) : read_piece (self, data, length, piece);
      else if (!self->in_payload && *length > 0 && read_header (self, data, length))
        read = begin_frame (self, piece);
      else
        return RELAY_FRAME_READ_NOTHING;
    }

  if (self->is_over)
    *length = 0;
  return read;
}
