/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-frame.h"

#include <string.h>

#include "common/relay-cpu.h"
#include "common/relay-random.h"

#define FIN 0x80
#define MASKED 0x80

/* Four words at a time: the compiler has registers that wide, or makes two or four of it. */
typedef guint64 Wide __attribute__ ((vector_size (32)));

/* RFC 6455 5.3 wants keys that nobody can predict: they come from the system's generator, many at a time. */
static guint32
next_mask (void)
{
  static guint32 masks[1024];
  static gsize n_left = 0;

  if (n_left == 0)
    {
      relay_random_fill (masks, sizeof masks);
      n_left = G_N_ELEMENTS (masks);
    }

  return masks[--n_left];
}

/* Compiled twice: for every processor, and for those with wide registers. */
G_ALWAYS_INLINE static inline void
copy_masked_inline (guint8 *target, const guint8 *source, gsize length, guint32 mask)
{
  const guint64 twice = (guint64) mask << 32 | mask;
  const Wide wide = { twice, twice, twice, twice };
  const guint8 *bytes = (const guint8 *) &mask;
  gsize i = 0;

  for (; i + sizeof wide <= length; i += sizeof wide)
    {
      Wide words;

      memcpy (&words, source + i, sizeof words);
      words ^= wide;
      memcpy (target + i, &words, sizeof words);
    }
  for (; i + sizeof mask <= length; i += sizeof mask)
    {
      guint32 word;

      memcpy (&word, source + i, sizeof word);
      word ^= mask;
      memcpy (target + i, &word, sizeof word);
    }
  for (; i < length; i++)
    target[i] = source[i] ^ bytes[i & 3];
}

#ifdef RELAY_CPU_MAY_HAVE_AVX2

RELAY_CPU_AVX2 static void
copy_masked_avx2 (guint8 *target, const guint8 *source, gsize length, guint32 mask)
{
  copy_masked_inline (target, source, length, mask);
}

#endif

static void
copy_masked (guint8 *target, const guint8 *source, gsize length, guint32 mask)
{
#ifdef RELAY_CPU_MAY_HAVE_AVX2
  if (length >= 256 && relay_cpu_has_avx2 ())
    {
      copy_masked_avx2 (target, source, length, mask);
      return;
    }
#endif
  copy_masked_inline (target, source, length, mask);
}

static gsize
write_length (guint8 *buffer, gsize length)
{
  if (length < 126)
    {
      buffer[1] = (guint8) (MASKED | length);
      return 2;
    }

  if (length <= G_MAXUINT16)
    {
      guint16 wire = GUINT16_TO_BE ((guint16) length);

      buffer[1] = MASKED | 126;
      memcpy (buffer + 2, &wire, sizeof wire);
      return 4;
    }

  {
    guint64 wire = GUINT64_TO_BE ((guint64) length);

    buffer[1] = MASKED | 127;
    memcpy (buffer + 2, &wire, sizeof wire);
    return 10;
  }
}

/**
 * relay_frame_write:
 * @buffer: (out caller-allocates): room for the piece and %RELAY_FRAME_MAX_HEADER bytes
 * @piece: a message, or a piece of one
 *
 * Writes a masked frame: the whole message if @piece is its first and last, else a fragment of it.
 *
 * Returns: how many bytes were written
 */
gsize
relay_frame_write (guint8 *buffer, const RelayFramePiece *piece)
{
  guint32 mask = next_mask ();
  gsize at;

  buffer[0] = (guint8) ((piece->is_last ? FIN : 0) | (piece->is_first ? piece->opcode : 0));
  at = write_length (buffer, piece->length);
  memcpy (buffer + at, &mask, sizeof mask);
  at += sizeof mask;
  copy_masked (buffer + at, piece->data, piece->length, mask);

  return at + piece->length;
}
