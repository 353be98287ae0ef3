/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <string.h>

#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "common/relay-cpu.h"
#include "common/relay-json.h"

G_BEGIN_DECLS

/* One byte in each of the eight bytes of a word. */
#define RELAY_JSON_EACH(byte) (G_GUINT64_CONSTANT (0x0101010101010101) * (byte))

/* The high bit of the lowest byte that is a quote, a backslash or a control character is set in the result, and of no lower
 * byte; those of higher bytes mean nothing. */
static inline guint64
relay_json_mark_special (guint64 word)
{
  guint64 quote = word ^ RELAY_JSON_EACH ('"');
  guint64 backslash = word ^ RELAY_JSON_EACH ('\\');
  guint64 marks = ((word - RELAY_JSON_EACH (0x20)) & ~word) | ((quote - RELAY_JSON_EACH (1)) & ~quote) |
                  ((backslash - RELAY_JSON_EACH (1)) & ~backslash);

  return marks & RELAY_JSON_EACH (0x80);
}

static inline guint64
relay_json_load_word (const char *p)
{
  guint64 word;

  memcpy (&word, p, sizeof word);
  return GUINT64_FROM_LE (word);
}

#ifdef __SSE2__
/* Bits, one for each of 16 bytes, of those that are a quote, a backslash or a control character. */
static inline guint
relay_json_mark_special_16 (const char *p)
{
  const __m128i bytes = _mm_loadu_si128 ((const __m128i *) p);
  const __m128i last_control = _mm_set1_epi8 (0x1f);
  const __m128i marks = _mm_or_si128 (_mm_or_si128 (_mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('"')),
                                                    _mm_cmpeq_epi8 (bytes, _mm_set1_epi8 ('\\'))),
                                      _mm_cmpeq_epi8 (_mm_max_epu8 (bytes, last_control), last_control));

  return (guint) _mm_movemask_epi8 (marks);
}
#endif

/* Finds the next byte that means something within a string: a quote, a backslash or a control character. */
static inline const char *
relay_json_find_special (const char *p, const char *end)
{
#ifdef __SSE2__
  for (; end - p >= 16; p += 16)
    {
      guint marks = relay_json_mark_special_16 (p);

      if (marks != 0)
        return p + __builtin_ctz (marks);
    }
#endif

  for (; end - p >= (gssize) sizeof (guint64); p += sizeof (guint64))
    {
      guint64 marks = relay_json_mark_special (relay_json_load_word (p));

      if (marks != 0)
        return p + __builtin_ctzll (marks) / 8;
    }

  while (p < end && (guchar) *p >= 0x20 && *p != '"' && *p != '\\')
    p++;

  return p;
}

const char *relay_json_skip_value                (const char    *p,
                                                  const char    *end);
const char *relay_json_skip_rest_of_string       (const char    *p,
                                                  const char    *end);
const char *relay_json_skip_rest_of_string_plain (const char    *p,
                                                  const char    *end);
#ifdef RELAY_CPU_MAY_HAVE_AVX2
const char *relay_json_skip_rest_of_string_avx2  (const char    *p,
                                                  const char    *end);
#endif
gboolean    relay_json_append_decoded            (GString       *out,
                                                  RelayJsonSpan  string);

G_END_DECLS
