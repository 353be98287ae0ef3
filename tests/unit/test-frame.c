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
  RelayFramePiece piece = relay_frame_whole (opcode, length > 0 ? payload : NULL, length);
  FakeFrameHeader header;
  gsize written;

  for (gsize i = 0; i < length; i++)
    payload[i] = (guint8) (i * 31 + 7);
  memset (frame, 0xa5, length + RELAY_FRAME_MAX_HEADER + 1);

  written = relay_frame_write (frame, &piece);
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
  const RelayFramePiece empty = relay_frame_whole (RELAY_OPCODE_TEXT, NULL, 0);
  const guint n = 3000;

  for (guint i = 0; i < n; i++)
    {
      guint8 frame[RELAY_FRAME_MAX_HEADER];

      relay_frame_write (frame, &empty);
      g_hash_table_add (seen, g_memdup2 (frame + 2, sizeof (guint32)));
    }
  /* two of 3000 alike happen once in a thousand runs, three pairs never */
  g_assert_cmpuint (g_hash_table_size (seen), >, n - 3);
}

/* Of a message in pieces the first has its opcode, and the last says that it is over. */
static void
test_pieces (void)
{
  static const struct {
    gboolean is_first, is_last;
    guint8 first_byte;
  } cases[] = {
    { TRUE, TRUE, FAKE_FIN | FAKE_BINARY },
    { TRUE, FALSE, FAKE_BINARY },
    { FALSE, FALSE, FAKE_CONTINUATION },
    { FALSE, TRUE, FAKE_FIN | FAKE_CONTINUATION },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RelayFramePiece piece = { RELAY_OPCODE_BINARY, (const guint8 *) "x", 1, cases[i].is_first, cases[i].is_last };
      guint8 frame[RELAY_FRAME_MAX_HEADER + 1];

      g_assert_cmpuint (relay_frame_write (frame, &piece), ==, 7);
      g_assert_cmpuint (frame[0], ==, cases[i].first_byte);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/frame/write", test_write);
  g_test_add_func ("/frame/masks-differ", test_masks_differ);
  g_test_add_func ("/frame/pieces", test_pieces);

  return g_test_run ();
}
