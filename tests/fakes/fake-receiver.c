/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-receiver.h"

#include <string.h>

/**
 * fake_receiver_init:
 * @self: (out caller-allocates): a receiver
 */
void
fake_receiver_init (FakeReceiver *self)
{
  *self = (FakeReceiver){ 0 };
  self->head = g_byte_array_new ();
  self->message = g_byte_array_new ();
  self->control = g_byte_array_new ();
}

/**
 * fake_receiver_clear:
 * @self: a receiver
 *
 * Frees what @self holds.
 */
void
fake_receiver_clear (FakeReceiver *self)
{
  g_clear_pointer (&self->head, g_byte_array_unref);
  g_clear_pointer (&self->message, g_byte_array_unref);
  g_clear_pointer (&self->control, g_byte_array_unref);
}

static gboolean
is_control (const FakeReceiver *self)
{
  return (self->frame.first_byte & 0x8) != 0;
}

/* What is wrong with the frame whose head has just been read. */
static const char *
check_header (FakeReceiver *self)
{
  guint opcode = self->frame.first_byte & 0xf;
  gboolean is_final = (self->frame.first_byte & FAKE_FIN) != 0;

  if (!self->frame.is_masked)
    return "a frame is not masked";
  if ((self->frame.first_byte & 0x70) != 0)
    return "a frame has reserved bits set";
  if ((opcode > FAKE_BINARY && opcode < FAKE_CLOSE) || opcode > FAKE_PONG)
    return "a frame has a reserved opcode";
  if (is_control (self) && (!is_final || self->frame.length > 125))
    return "a control frame is fragmented or too long";
  if (opcode == FAKE_CONTINUATION && self->message_opcode == 0)
    return "a continuation continues nothing";
  if ((opcode == FAKE_TEXT || opcode == FAKE_BINARY) && self->message_opcode != 0)
    return "a message begins within another";

  return NULL;
}

static FakeReceived
begin_frame (FakeReceiver *self)
{
  self->violation = check_header (self);
  if (self->violation != NULL)
    return FAKE_RECEIVED_VIOLATION;

  self->in_frame = TRUE;
  self->frame_bytes = 0;
  if (is_control (self))
    {
      g_byte_array_set_size (self->control, 0);
      return FAKE_RECEIVED_NOTHING;
    }

  if (self->message_opcode == 0)
    {
      self->message_opcode = self->frame.first_byte & 0xf;
      self->message_longest = 0;
      g_byte_array_set_size (self->message, 0);
    }
  self->message_longest = MAX (self->message_longest, (gsize) self->frame.length);
  return FAKE_RECEIVED_NOTHING;
}

static FakeReceived
read_head (FakeReceiver *self, const guint8 **data, gsize *length)
{
  while (*length > 0)
    {
      g_byte_array_append (self->head, *data, 1);
      (*data)++;
      (*length)--;
      if (fake_frame_read_header (&self->frame, self->head->data, self->head->len) > 0)
        {
          g_byte_array_set_size (self->head, 0);
          return begin_frame (self);
        }
    }

  return FAKE_RECEIVED_NOTHING;
}

static void
append_unmasked (FakeReceiver *self, GByteArray *out, const guint8 *data, gsize length)
{
  guint at = out->len;

  g_byte_array_append (out, data, (guint) length);
  for (gsize i = 0; i < length; i++)
    out->data[at + i] ^= self->frame.mask[(self->frame_bytes + i) & 3];
}

static void
read_payload (FakeReceiver *self, const guint8 **data, gsize *length)
{
  gsize n = (gsize) MIN ((guint64) *length, self->frame.length - self->frame_bytes);

  if (is_control (self))
    append_unmasked (self, self->control, *data, n);
  else
    {
      self->n_bytes += n;
      if (!self->discard)
        append_unmasked (self, self->message, *data, n);
    }

  self->frame_bytes += n;
  *data += n;
  *length -= n;
}

static FakeReceived
end_frame (FakeReceiver *self)
{
  self->in_frame = FALSE;
  if (is_control (self))
    {
      self->opcode = self->frame.first_byte & 0xf;
      self->data = self->control;
      self->longest_frame = self->control->len;
      return FAKE_RECEIVED_CONTROL;
    }
  if ((self->frame.first_byte & FAKE_FIN) == 0)
    return FAKE_RECEIVED_NOTHING;

  self->opcode = self->message_opcode;
  self->data = self->message;
  self->longest_frame = self->message_longest;
  self->message_opcode = 0;
  if (self->opcode == FAKE_TEXT && !g_utf8_validate_len ((const char *) self->data->data, self->data->len, NULL) &&
      memchr (self->data->data, '\0', self->data->len) == NULL)
    {
      self->violation = "a text message is not UTF-8";
      return FAKE_RECEIVED_VIOLATION;
    }
  return FAKE_RECEIVED_MESSAGE;
}

/**
 * fake_receiver_feed:
 * @self: a receiver
 * @data: (inout): bytes from the client; moved behind what was used
 * @length: (inout): how many; lessened by what was used
 *
 * Reads to the end of the next message or control frame.
 *
 * Returns: what was found; %FAKE_RECEIVED_NOTHING when @data is used up
 */
FakeReceived
fake_receiver_feed (FakeReceiver *self, const guint8 **data, gsize *length)
{
  FakeReceived received = FAKE_RECEIVED_NOTHING;

  while (received == FAKE_RECEIVED_NOTHING && *length > 0)
    {
      if (!self->in_frame)
        received = read_head (self, data, length);
      else
        read_payload (self, data, length);
      if (received == FAKE_RECEIVED_NOTHING && self->in_frame && self->frame_bytes == self->frame.length)
        received = end_frame (self);
    }

  return received;
}
