/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-utf8.h"

#include <string.h>

#include "common/relay-cpu.h"

/* Eight words at a time. */
#define STEP 64
#define HIGH_BITS G_GUINT64_CONSTANT (0x8080808080808080)

static inline gboolean
is_ascii (const guint8 *p)
{
  guint64 words[STEP / sizeof (guint64)];
  guint64 all = 0;

  memcpy (words, p, sizeof words);
  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    all |= words[i];

  return (all & HIGH_BITS) == 0;
}

#ifdef RELAY_CPU_MAY_HAVE_AVX2

/* Returns: where the next 128 bytes are not all ASCII, or fewer are left */
RELAY_CPU_AVX2 static const guint8 *
skip_ascii_avx2 (const guint8 *p, const guint8 *end)
{
  for (; end - p >= 128; p += 128)
    {
      const __m256i *wide = (const __m256i *) p;
      __m256i all = _mm256_or_si256 (_mm256_or_si256 (_mm256_loadu_si256 (wide), _mm256_loadu_si256 (wide + 1)),
                                     _mm256_or_si256 (_mm256_loadu_si256 (wide + 2), _mm256_loadu_si256 (wide + 3)));

      if (_mm256_movemask_epi8 (all) != 0)
        break;
    }

  return p;
}

#endif

static inline const guint8 *
skip_ascii (const guint8 *p, const guint8 *end)
{
#ifdef RELAY_CPU_MAY_HAVE_AVX2
  if (end - p >= 128 && relay_cpu_has_avx2 ())
    p = skip_ascii_avx2 (p, end);
#endif
  while (end - p >= STEP && is_ascii (p))
    p += STEP;
  while (p < end && *p < 0x80)
    p++;

  return p;
}

static inline gboolean
is_tail (guint8 byte)
{
  return (byte & 0xc0) == 0x80;
}

/* Most characters beyond ASCII have two or three bytes: those whose second byte may be any tail are stepped over here. */
static inline const guint8 *
skip_common (const guint8 *p, const guint8 *end)
{
  while (end - p >= 3)
    {
      if (p[0] >= 0xe1 && p[0] <= 0xef && p[0] != 0xed && is_tail (p[1]) && is_tail (p[2]))
        p += 3;
      else if (p[0] >= 0xc2 && p[0] <= 0xdf && is_tail (p[1]))
        p += 2;
      else
        break;
    }

  return p;
}

static gboolean
begin_character (RelayUtf8 *self, guint8 lead)
{
  if (lead < 0xc2 || lead > 0xf4)
    return FALSE;

  self->n_missing = lead < 0xe0 ? 1 : lead < 0xf0 ? 2 : 3;
  /* no longer form than needed, no half of a surrogate pair, nothing behind the last plane */
  self->low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  self->high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;
  return TRUE;
}

static gboolean
go_on_character (RelayUtf8 *self, guint8 byte)
{
  if (byte < self->low || byte > self->high)
    return FALSE;

  self->n_missing--;
  self->low = 0x80;
  self->high = 0xbf;
  return TRUE;
}

/**
 * relay_utf8_feed:
 * @self: a judge, zeroed at the beginning of a text
 * @data: the next part of the text; NUL is a character like others
 * @length: how many bytes
 *
 * Returns: %FALSE if the text cannot be UTF-8 any more, however it goes on; then @self means nothing
 */
gboolean
relay_utf8_feed (RelayUtf8 *self, const guint8 *data, gsize length)
{
  const guint8 *p = data;
  const guint8 *end = data + length;

  while (p < end)
    {
      if (self->n_missing > 0)
        {
          if (!go_on_character (self, *p++))
            return FALSE;
          continue;
        }

      p = skip_common (skip_ascii (p, end), end);
      if (p < end && *p >= 0x80 && !begin_character (self, *p++))
        return FALSE;
    }

  return TRUE;
}

/**
 * relay_utf8_is_whole:
 * @self: a judge that has found nothing wrong
 *
 * Returns: %TRUE if the text may end here: not within a character
 */
gboolean
relay_utf8_is_whole (const RelayUtf8 *self)
{
  return self->n_missing == 0;
}
