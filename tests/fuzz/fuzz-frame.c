/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* WebSocket frames: those that come are taken apart, those that go are written. */

#include "config.h"

#include <string.h>

#include "fakes/fake-frame.h"
#include "fuzz-support.h"
#include "relay/relay-frame-reader.h"

#define MAX_MESSAGE 5000

/* --- what should be found, the plain way: from the whole --- */

/* How many bytes @data has as its header and how long it says the payload is; FALSE if it is not all there. */
static gboolean
measure (const guint8 *data, gsize size, gsize *header, guint64 *length)
{
  guint8 code = size >= 2 ? data[1] & 0x7f : 0;

  *header = code == 127 ? 10 : code == 126 ? 4 : 2;
  if (size < *header)
    return FALSE;

  *length = *header == 2 ? code : 0;
  for (gsize i = 2; i < *header; i++)
    *length = *length << 8 | data[i];
  return TRUE;
}

static guint
judge (const guint8 *data, gsize header, guint64 length, guint under_way, guint64 message_bytes)
{
  guint opcode = data[0] & 0x0f;
  gboolean is_control = (opcode & 0x08) != 0;

  if ((data[1] & 0x80) != 0 || (header == 4 && length < 126) || (header == 10 && length < 65536))
    return 1002;
  if (!is_control && (length > MAX_MESSAGE || message_bytes + length > MAX_MESSAGE))
    return 1009;
  if ((data[0] & 0x70) != 0 || (is_control && (opcode > 10 || (data[0] & FAKE_FIN) == 0 || length > 125)))
    return 1002;
  if (!is_control && (opcode == 0 ? under_way == 0 : under_way != 0 || opcode > 2))
    return 1002;
  return 0;
}

static void
note (GString *transcript, const char *what, guint number, const GByteArray *bytes)
{
  g_string_append_printf (transcript, "%s %u:", what, number);
  g_string_append_len (transcript, (const char *) bytes->data, bytes->len);
}

static GString *
read_plainly (const guint8 *data, gsize size)
{
  GString *transcript = g_string_new (NULL);
  g_autoptr (GByteArray) control = g_byte_array_new ();
  g_autoptr (GByteArray) message = g_byte_array_new ();
  guint under_way = 0;
  guint64 announced = 0;
  gsize header;
  guint64 length;

  while (measure (data, size, &header, &length))
    {
      guint opcode = data[0] & 0x0f;
      gboolean is_control = (opcode & 0x08) != 0;
      gboolean is_whole = length <= size - header;
      gsize part = is_whole ? (gsize) length : size - header;
      guint fault = judge (data, header, length, under_way, under_way != 0 ? announced : 0);

      if (fault != 0)
        {
          g_string_append_printf (transcript, "fault %u", fault);
          break;
        }

      if (is_control)
        g_byte_array_append (control, data, (guint) (header + part));
      else
        {
          announced = (under_way != 0 ? announced : 0) + length;
          under_way = under_way != 0 ? under_way : opcode;
          g_byte_array_append (message, data + header, (guint) part);
        }
      if (!is_whole || opcode == FAKE_CLOSE)
        break;
      if (!is_control && (data[0] & FAKE_FIN) != 0)
        {
          note (transcript, "message", under_way, message);
          g_byte_array_set_size (message, 0);
          under_way = 0;
        }
      data += header + part;
      size -= header + part;
    }

  note (transcript, "begun", 0, message);
  note (transcript, "control", 0, control);
  return transcript;
}

/* --- what the reader finds, from pieces --- */

static GString *
read_pieces (const guint8 *data, gsize size, gsize chunk)
{
  RelayFrameReader reader = { .max_message = MAX_MESSAGE };
  GString *transcript = g_string_new (NULL);
  g_autoptr (GByteArray) control = g_byte_array_new ();
  g_autoptr (GByteArray) message = g_byte_array_new ();
  RelayFramePiece piece;
  RelayFrameRead read;

  for (gsize at = 0; at < size; at += chunk)
    {
      const guint8 *part = data + at;
      gsize left = MIN (chunk, size - at);

      while ((read = relay_frame_reader_next (&reader, &part, &left, &piece)) != RELAY_FRAME_READ_NOTHING)
        {
          if (read == RELAY_FRAME_READ_FAULT)
            g_string_append_printf (transcript, "fault %u", reader.fault);
          else if (read == RELAY_FRAME_READ_CONTROL)
            g_byte_array_append (control, piece.data, (guint) piece.length);
          else
            {
              g_assert_true (!piece.is_first || message->len == 0);
              g_byte_array_append (message, piece.data, (guint) piece.length);
              if (piece.is_last)
                {
                  note (transcript, "message", piece.opcode, message);
                  g_byte_array_set_size (message, 0);
                }
            }
        }
      g_assert_cmpuint (left, ==, 0);
    }

  note (transcript, "begun", 0, message);
  note (transcript, "control", 0, control);
  return transcript;
}

static void
check_read (const guint8 *data, gsize size, gsize chunk)
{
  g_autoptr (GString) expected = read_plainly (data, size);
  g_autoptr (GString) found = read_pieces (data, size, chunk);

  g_assert_cmpmem (found->str, found->len, expected->str, expected->len);
}

/* --- what is written --- */

static void
check_write (RelayOpcode opcode, const guint8 *data, gsize size)
{
  g_autofree guint8 *frame = g_malloc (size + RELAY_FRAME_MAX_HEADER);
  FakeFrameHeader header;
  RelayFramePiece whole = relay_frame_whole (opcode, data, size);
  gsize written = relay_frame_write (frame, &whole);
  gsize at = fake_frame_read_header (&header, frame, written);

  g_assert_cmpuint (header.first_byte, ==, FAKE_FIN | opcode);
  g_assert_true (header.is_masked);
  g_assert_cmpuint (header.length, ==, size);
  g_assert_cmpuint (at + size, ==, written);
  for (gsize i = 0; i < size; i++)
    g_assert_cmpuint (frame[at + i] ^ header.mask[i & 3], ==, data[i]);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { data, size };
  gsize chunk = 1 + fuzz_input_take_below (&input, 64);

  check_read (input.data, input.size, chunk);
  check_read (input.data, input.size, MAX (input.size, 1));
  check_write (RELAY_OPCODE_BINARY, input.data, input.size);

  return 0;
}
