/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "fakes/fake-frame.h"
#include "relay/relay-frame.h"

static void
check_frame (RelayOpcode opcode, gsize length, gsize header_length)
{
  g_autofree guint8 *payload = g_malloc (length + 1);
  g_autofree guint8 *frame = g_malloc (length + RELAY_FRAME_MAX_HEADER + 1);
  FakeFrameHeader header;
  gsize written;

  for (gsize i = 0; i < length; i++)
    payload[i] = (guint8) (i * 31 + 7);
  memset (frame, 0xa5, length + RELAY_FRAME_MAX_HEADER + 1);

  written = relay_frame_write (frame, opcode, length > 0 ? payload : NULL, length);
  g_assert_cmpuint (written, ==, header_length + length);
  g_assert_cmpuint (frame[written], ==, 0xa5);
  g_assert_cmpuint (fake_frame_read_header (&header, frame, written), ==, header_length);
  g_assert_cmpuint (header.first_byte, ==, 0x80u | opcode);
  g_assert_true (header.is_masked);
  g_assert_cmpuint (header.length, ==, length);
  for (gsize i = 0; i < length; i++)
    g_assert_cmpuint (frame[header_length + i] ^ header.mask[i & 3], ==, payload[i]);
}

static void
test_write (void)
{
  for (gsize length = 0; length <= 40; length++)
    check_frame (RELAY_OPCODE_TEXT, length, 6);
  check_frame (RELAY_OPCODE_PING, 0, 6);
  check_frame (RELAY_OPCODE_BINARY, 125, 6);
  check_frame (RELAY_OPCODE_BINARY, 126, 8);
  check_frame (RELAY_OPCODE_TEXT, 65535, 8);
  check_frame (RELAY_OPCODE_TEXT, 65536, 14);
  check_frame (RELAY_OPCODE_TEXT, 65537, 14);
}

/* Each frame has a mask of its own, also beyond the masks that are fetched at a time. */
static void
test_masks_differ (void)
{
  g_autoptr (GHashTable) seen = g_hash_table_new_full (g_int_hash, g_int_equal, g_free, NULL);
  const guint n = 3000;

  for (guint i = 0; i < n; i++)
    {
      guint8 frame[RELAY_FRAME_MAX_HEADER];

      relay_frame_write (frame, RELAY_OPCODE_TEXT, NULL, 0);
      g_hash_table_add (seen, g_memdup2 (frame + 2, sizeof (guint32)));
    }
  /* two of 3000 alike happen once in a thousand runs, three pairs never */
  g_assert_cmpuint (g_hash_table_size (seen), >, n - 3);
}

/* A message of random fragments, with pings between, and how long it is. */
static gsize
append_message (GByteArray *wire)
{
  guint n_fragments = (guint) g_test_rand_int_range (1, 6);
  gsize total = 0;

  for (guint i = 0; i < n_fragments; i++)
    {
      static const gsize lengths[] = { 0, 1, 125, 126, 127, 300, 65535, 65536, 70000 };
      gsize length = lengths[g_test_rand_int_range (0, G_N_ELEMENTS (lengths))];
      g_autofree char *payload = g_strnfill (length, (char) g_test_rand_int_range ('a', 'z' + 1));
      guint opcode = i == 0 ? FAKE_TEXT : FAKE_CONTINUATION;

      fake_frame_append (wire, opcode | (i == n_fragments - 1 ? FAKE_FIN : 0), payload, length);
      total += length;
      if (g_test_rand_bit ())
        fake_frame_append (wire, FAKE_FIN | FAKE_PING, payload, MIN (length, 125));
    }

  return total;
}

static void
test_meter_in_chunks (void)
{
  for (guint round = 0; round < 200; round++)
    {
      g_autoptr (GByteArray) wire = g_byte_array_new ();
      RelayFrameMeter meter = { 0 };
      guint64 expected = 0;
      guint64 greatest = 0;
      int max_chunk = g_test_rand_bit () ? 8 : 100000;
      gsize at = 0;

      for (guint i = 0; i < 4; i++)
        {
          gsize message_bytes = append_message (wire);

          expected = MAX (expected, message_bytes);
        }
      while (at < wire->len)
        {
          gsize chunk = (gsize) g_test_rand_int_range (1, max_chunk);
          gsize part = MIN (wire->len - at, chunk);

          guint64 seen = relay_frame_meter_feed (&meter, wire->data + at, part);

          greatest = MAX (greatest, seen);
          at += part;
        }
      g_assert_cmpuint (greatest, ==, expected);
    }
}

/* What is announced counts, not what came. */
static void
test_meter_announced (void)
{
  static const guint8 small[] = { FAKE_FIN | FAKE_TEXT, 2, 'a', 'b' };
  static const guint8 large[] = { FAKE_BINARY, 127, 0, 0, 0, 0, 4, 0, 0, 0 };
  static const guint8 more[] = { FAKE_CONTINUATION, 1 };
  static const guint8 endless[] = { FAKE_BINARY, 127, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff, 0xff };
  g_autofree guint8 *payload = g_malloc0 (64 * 1024 * 1024);
  RelayFrameMeter meter = { 0 };

  g_assert_cmpuint (relay_frame_meter_feed (&meter, small, sizeof small), ==, 2);
  g_assert_cmpuint (relay_frame_meter_feed (&meter, large, 9), ==, 2);
  g_assert_cmpuint (relay_frame_meter_feed (&meter, large + 9, 1), ==, 64 * 1024 * 1024);
  g_assert_cmpuint (relay_frame_meter_feed (&meter, payload, 64 * 1024 * 1024), ==, 64 * 1024 * 1024);
  g_assert_cmpuint (relay_frame_meter_feed (&meter, more, 2), ==, 64 * 1024 * 1024 + 1);

  meter = (RelayFrameMeter){ 0 };
  g_assert_cmpuint (relay_frame_meter_feed (&meter, endless, sizeof endless), ==, G_MAXUINT64);
  g_assert_cmpuint (relay_frame_meter_feed (&meter, payload, 1000), ==, G_MAXUINT64);
}

/* What the frames mean: each message whole, and each control frame. Fails if a frame of a message is larger than @max_bytes.
 */
static GPtrArray *
read_messages (const GByteArray *wire, gsize max_bytes)
{
  GPtrArray *messages = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);
  g_autoptr (GByteArray) message = g_byte_array_new ();

  for (gsize at = 0; at < wire->len;)
    {
      FakeFrameHeader header;
      guint opcode;

      at += fake_frame_read_header (&header, wire->data + at, wire->len - at);
      opcode = header.first_byte & 0xf;
      if (opcode == FAKE_PING)
        g_ptr_array_add (messages, g_bytes_new (wire->data + at, header.length));
      else
        g_assert_cmpuint (header.length, <=, max_bytes);
      if (opcode == FAKE_TEXT)
        g_assert_cmpuint (message->len, ==, 0);
      if (opcode != FAKE_PING)
        g_byte_array_append (message, wire->data + at, (guint) header.length);
      if (opcode != FAKE_PING && (header.first_byte & FAKE_FIN) != 0)
        {
          g_ptr_array_add (messages, g_bytes_new (message->data, message->len));
          g_byte_array_set_size (message, 0);
        }
      at += header.length;
    }

  g_assert_cmpuint (message->len, ==, 0);
  return messages;
}

/* Hands @wire on in chunks and to room of any size. */
static GByteArray *
split (const GByteArray *wire)
{
  RelayFrameSplitter splitter = { 0 };
  GByteArray *out = g_byte_array_new ();
  int max_chunk = g_test_rand_bit () ? 8 : 100000;

  for (gsize at = 0; at < wire->len;)
    {
      const guint8 *data = wire->data + at;
      gsize chunk = (gsize) g_test_rand_int_range (1, max_chunk);
      gsize length = MIN (wire->len - at, chunk);

      at += length;
      while (length > 0)
        {
          guint8 buffer[5000];
          gsize room = (gsize) g_test_rand_int_range (RELAY_FRAME_MAX_HEADER, sizeof buffer);

          g_byte_array_append (out, buffer, (guint) relay_frame_split (&splitter, &data, &length, buffer, room));
        }
    }

  return out;
}

static void
test_split (void)
{
  for (guint round = 0; round < 100; round++)
    {
      g_autoptr (GByteArray) wire = g_byte_array_new ();
      g_autoptr (GByteArray) out = NULL;
      g_autoptr (GPtrArray) sent = NULL;
      g_autoptr (GPtrArray) got = NULL;

      for (guint i = 0; i < 4; i++)
        append_message (wire);
      out = split (wire);
      sent = read_messages (wire, G_MAXSIZE);
      got = read_messages (out, RELAY_FRAME_MAX_FRAGMENT);
      g_assert_cmpuint (got->len, ==, sent->len);
      for (guint i = 0; i < sent->len; i++)
        g_assert_true (g_bytes_equal (sent->pdata[i], got->pdata[i]));
    }
}

/* What is small, or no server's frame, is not touched. */
static void
test_split_leaves_alone (void)
{
  static const guint8 masked[] = { FAKE_FIN | FAKE_BINARY, 0x80 | 127, 0, 0, 0, 0, 0, 1, 0, 0, 1, 2, 3, 4 };
  g_autofree char *payload = g_strnfill (RELAY_FRAME_MAX_FRAGMENT, 's');
  g_autoptr (GByteArray) wire = g_byte_array_new ();
  g_autoptr (GByteArray) out = NULL;

  fake_frame_append (wire, FAKE_FIN | FAKE_TEXT, payload, RELAY_FRAME_MAX_FRAGMENT);
  fake_frame_append (wire, FAKE_FIN | FAKE_PING, payload, 125);
  fake_frame_append (wire, FAKE_FIN | FAKE_BINARY, NULL, 0);
  g_byte_array_append (wire, masked, sizeof masked);
  g_byte_array_append (wire, (const guint8 *) payload, 1000);
  out = split (wire);
  g_assert_cmpmem (out->data, out->len, wire->data, wire->len);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/frame/write", test_write);
  g_test_add_func ("/frame/masks-differ", test_masks_differ);
  g_test_add_func ("/frame/R9/meter-in-chunks", test_meter_in_chunks);
  g_test_add_func ("/frame/R9/meter-announced", test_meter_announced);
  g_test_add_func ("/frame/split", test_split);
  g_test_add_func ("/frame/split-leaves-alone", test_split_leaves_alone);

  return g_test_run ();
}
