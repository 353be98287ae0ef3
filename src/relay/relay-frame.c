/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-frame.h"

#include <string.h>
#include <sys/random.h>

#define FIN 0x80
#define MASKED 0x80
#define OPCODE_MASK 0x0f
#define LENGTH_MASK 0x7f
#define CONTROL 0x08

/* RFC 6455 5.3 wants keys that nobody can predict: they come from the system's generator, many at a time. */
static guint32
next_mask (void)
{
  static guint32 masks[1024];
  static gsize n_left = 0;

  if (n_left == 0)
    {
      gsize filled = 0;

      while (filled < sizeof masks)
        {
          gssize count = getrandom ((guint8 *) masks + filled, sizeof masks - filled, 0);

          if (count > 0)
            filled += (gsize) count;
        }
      n_left = G_N_ELEMENTS (masks);
    }

  return masks[--n_left];
}

static void
copy_masked (guint8 *target, const guint8 *source, gsize length, guint32 mask)
{
  guint64 wide = (guint64) mask << 32 | mask;
  const guint8 *bytes = (const guint8 *) &mask;
  gsize i = 0;

  for (; i + sizeof wide <= length; i += sizeof wide)
    {
      guint64 word;

      memcpy (&word, source + i, sizeof word);
      word ^= wide;
      memcpy (target + i, &word, sizeof word);
    }
  for (; i < length; i++)
    target[i] = source[i] ^ bytes[i & 3];
}

static gsize
write_length (guint8 *buffer, guint8 masked, gsize length)
{
  if (length < 126)
    {
      buffer[1] = (guint8) (masked | length);
      return 2;
    }

  if (length <= G_MAXUINT16)
    {
      guint16 wire = GUINT16_TO_BE ((guint16) length);

      buffer[1] = masked | 126;
      memcpy (buffer + 2, &wire, sizeof wire);
      return 4;
    }

  {
    guint64 wire = GUINT64_TO_BE ((guint64) length);

    buffer[1] = masked | 127;
    memcpy (buffer + 2, &wire, sizeof wire);
    return 10;
  }
}

/**
 * relay_frame_write:
 * @buffer: (out caller-allocates): room for @length + %RELAY_FRAME_MAX_HEADER bytes
 * @opcode: what the frame is
 * @payload: its payload
 * @length: how many bytes the payload has
 *
 * Writes a whole, unfragmented, masked frame.
 *
 * Returns: how many bytes were written
 */
gsize
relay_frame_write (guint8 *buffer, RelayOpcode opcode, gconstpointer payload, gsize length)
{
  guint32 mask = next_mask ();
  gsize at;

  buffer[0] = (guint8) (FIN | opcode);
  at = write_length (buffer, MASKED, length);
  memcpy (buffer + at, &mask, sizeof mask);
  at += sizeof mask;
  copy_masked (buffer + at, payload, length, mask);

  return at + length;
}

/* Returns: how many bytes the header has, as far as @have of them tell */
static gsize
header_size (const guint8 *header, gsize have)
{
  if (have < 2)
    return 2;

  switch (header[1] & LENGTH_MASK)
    {
    case 126:
      return 4;
    case 127:
      return 10;
    default:
      return 2;
    }
}

static gboolean
is_header_complete (const guint8 *header, gsize have)
{
  return have >= 2 && have == header_size (header, have);
}

static guint64
payload_length (const guint8 *header)
{
  guint64 length = header[1] & LENGTH_MASK;
  gsize size = header_size (header, 2);

  if (size == 2)
    return length;

  length = 0;
  for (gsize i = 2; i < size; i++)
    length = length << 8 | header[i];

  return length;
}

static void
begin_payload (RelayFrameMeter *self)
{
  guint8 opcode = self->header[0] & OPCODE_MASK;

  self->payload_left = payload_length (self->header);
  self->have = 0;

  if (opcode & CONTROL)
    return;
  if (opcode != 0)
    self->message_bytes = 0;
  self->message_bytes += MIN (self->payload_left, G_MAXUINT64 - self->message_bytes);
}

/**
 * relay_frame_meter_feed:
 * @self: a meter, zeroed before its first use
 * @data: what came in
 * @length: how many bytes
 *
 * Returns: the greatest length that a message has announced so far within @data, over all its fragments
 */
guint64
relay_frame_meter_feed (RelayFrameMeter *self, const guint8 *data, gsize length)
{
  guint64 greatest = self->message_bytes;

  while (length > 0)
    {
      gsize part = (gsize) MIN (self->payload_left, length);

      data += part;
      length -= part;
      self->payload_left -= part;

      while (length > 0 && self->payload_left == 0)
        {
          self->header[self->have++] = *data++;
          length--;
          if (is_header_complete (self->header, self->have))
            {
              begin_payload (self);
              greatest = MAX (greatest, self->message_bytes);
              break;
            }
        }
    }

  return greatest;
}

static gsize
begin_fragment (RelayFrameSplitter *self, guint8 *buffer)
{
  self->fragment_left = MIN (self->frame_left, RELAY_FRAME_MAX_FRAGMENT);
  self->frame_left -= self->fragment_left;
  buffer[0] = self->first_byte | (self->frame_left == 0 ? self->fin : 0);
  self->first_byte = 0;

  return write_length (buffer, 0, (gsize) self->fragment_left);
}

static gsize
begin_frame (RelayFrameSplitter *self, guint8 *buffer)
{
  gsize size = self->have;
  guint64 length = payload_length (self->header);

  self->have = 0;
  if ((self->header[0] & CONTROL) == 0 && (self->header[1] & MASKED) == 0 && length > RELAY_FRAME_MAX_FRAGMENT)
    {
      self->first_byte = self->header[0] & (guint8) ~FIN;
      self->fin = self->header[0] & FIN;
      self->frame_left = length;
      return begin_fragment (self, buffer);
    }

  /* A mask, which a server must not use, is for the reader to complain about. */
  self->fragment_left = length;
  memcpy (buffer, self->header, size);
  return size;
}

/* Returns: how many bytes of a header were written, once there are enough of it */
static gsize
split_header (RelayFrameSplitter *self, const guint8 **data, gsize *length, guint8 *buffer)
{
  if (self->frame_left > 0)
    return begin_fragment (self, buffer);

  self->header[self->have++] = *(*data)++;
  *length -= 1;
  return is_header_complete (self->header, self->have) ? begin_frame (self, buffer) : 0;
}

/**
 * relay_frame_split:
 * @self: a splitter, zeroed before its first use
 * @data: (inout): what a server has sent, from where the last call stopped
 * @length: (inout): how many bytes that are
 * @buffer: (out caller-allocates): where to hand it on
 * @room: how many bytes go into it, at least %RELAY_FRAME_MAX_HEADER
 *
 * Hands on what a server sends, each large frame as fragments: whoever reads it needs room for one of them, not for a frame.
 *
 * Returns: how many bytes were written
 */
gsize
relay_frame_split (RelayFrameSplitter *self, const guint8 **data, gsize *length, guint8 *buffer, gsize room)
{
  gsize at = 0;

  while (*length > 0)
    {
      gsize part = (gsize) MIN (self->fragment_left, MIN (*length, room - at));

      memcpy (buffer + at, *data, part);
      *data += part;
      *length -= part;
      self->fragment_left -= part;
      at += part;

      if (*length == 0 || room - at < RELAY_FRAME_MAX_HEADER)
        break;
      at += split_header (self, data, length, buffer + at);
    }

  return at;
}
