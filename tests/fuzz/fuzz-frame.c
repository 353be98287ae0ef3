/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The headers of WebSocket frames: those that come are metered, those that go are written. */

#include "config.h"

#include <string.h>

#include "fakes/fake-frame.h"
#include "fuzz-support.h"
#include "relay/relay-frame.h"

/* How long the longest message is that @data announces, found the plain way. */
static guint64
measure (const guint8 *data, gsize size)
{
  guint64 message = 0;
  guint64 longest = 0;

  while (size >= 2)
    {
      guint8 byte = data[0];
      guint8 code = data[1] & 0x7f;
      gsize header = code == 127 ? 10 : code == 126 ? 4 : 2;
      guint64 length = header == 2 ? code : 0;

      if (size < header)
        break;
      for (gsize i = 2; i < header; i++)
        length = length << 8 | data[i];
      if ((byte & 0x08) == 0)
        {
          message = (byte & 0x0f) != 0 ? length : message > G_MAXUINT64 - length ? G_MAXUINT64 : message + length;
          longest = MAX (longest, message);
        }
      data += header;
      size -= header;
      data += MIN (length, size);
      size -= (gsize) MIN (length, size);
    }

  return longest;
}

static void
check_meter (const guint8 *data, gsize size, gsize chunk)
{
  RelayFrameMeter meter = { 0 };
  guint64 longest = 0;

  for (gsize at = 0; at < size; at += chunk)
    {
      guint64 announced = relay_frame_meter_feed (&meter, data + at, MIN (chunk, size - at));

      longest = MAX (longest, announced);
    }

  g_assert_cmpuint (longest, ==, measure (data, size));
}

static void
check_write (RelayOpcode opcode, const guint8 *data, gsize size)
{
  g_autofree guint8 *frame = g_malloc (size + RELAY_FRAME_MAX_HEADER);
  FakeFrameHeader header;
  gsize written = relay_frame_write (frame, opcode, data, size);
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

  check_meter (input.data, input.size, chunk);
  check_meter (input.data, input.size, MAX (input.size, 1));
  check_write (RELAY_OPCODE_BINARY, input.data, input.size);

  return 0;
}
