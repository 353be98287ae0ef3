/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-json-private.h"

/*
 * To the end of a string: the one loop of the reader that sees nearly every byte of a long text.
 */

static const gboolean simple_escapes[256] = {
  ['"'] = 1, ['\\'] = 1, ['/'] = 1, ['b'] = 1, ['f'] = 1, ['n'] = 1, ['r'] = 1, ['t'] = 1
};

/* From the backslash. */
static const char *
skip_escape (const char *p, const char *end)
{
  if (end - p < 2)
    return NULL;
  if (simple_escapes[(guchar) p[1]])
    return p + 2;
  if (p[1] != 'u' || end - p < 6 || !g_ascii_isxdigit (p[2]) || !g_ascii_isxdigit (p[3]) || !g_ascii_isxdigit (p[4]) ||
      !g_ascii_isxdigit (p[5]))
    return NULL;

  return p + 6;
}

/* The way of every processor, and of what is left at the end. */
const char *
relay_json_skip_rest_of_string_plain (const char *p, const char *end)
{
  for (;;)
    {
      p = relay_json_find_special (p, end);
      if (p == end)
        return NULL;
      if (*p == '"')
        return p + 1;
      if (*p != '\\')
        return NULL;

      p = skip_escape (p, end);
      if (p == NULL)
        return NULL;
    }
}

#ifdef RELAY_CPU_MAY_HAVE_AVX2

/* Of 64 bytes, a bit for each. */
typedef struct {
  guint64 quotes;
  guint64 backslashes;
  guint64 controls;
  guint64 simple; /* may follow a backslash, and that is all of the escape */
} Marks;

/* The eight characters of simple escapes have four upper halves and six lower ones: of each half a set of the others that go
 * with it, looked up for 32 bytes at once. */
RELAY_CPU_AVX2 static inline guint32
mark_simple (__m256i bytes)
{
  const __m256i by_lower =
      _mm256_setr_epi8 (0, 0, 13, 0, 8, 0, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1, 0, 0, 13, 0, 8, 0, 4, 0, 0, 0, 0, 0, 2, 0, 4, 1);
  const __m256i by_upper =
      _mm256_setr_epi8 (0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0, 0, 2, 4, 8, 0, 0, 0, 0, 0, 0, 0, 0);
  const __m256i half = _mm256_set1_epi8 (0x0f);
  const __m256i lower = _mm256_shuffle_epi8 (by_lower, _mm256_and_si256 (bytes, half));
  const __m256i upper = _mm256_shuffle_epi8 (by_upper, _mm256_and_si256 (_mm256_srli_epi16 (bytes, 4), half));
  const __m256i none = _mm256_cmpeq_epi8 (_mm256_and_si256 (lower, upper), _mm256_setzero_si256 ());

  return ~(guint32) _mm256_movemask_epi8 (none);
}

RELAY_CPU_AVX2 static inline guint32
mark_equal (__m256i bytes, char c)
{
  return (guint32) _mm256_movemask_epi8 (_mm256_cmpeq_epi8 (bytes, _mm256_set1_epi8 (c)));
}

RELAY_CPU_AVX2 static inline guint32
mark_controls (__m256i bytes)
{
  const __m256i last = _mm256_set1_epi8 (0x1f);

  return (guint32) _mm256_movemask_epi8 (_mm256_cmpeq_epi8 (_mm256_max_epu8 (bytes, last), last));
}

RELAY_CPU_AVX2 static inline Marks
mark (const char *p)
{
  const __m256i first = _mm256_loadu_si256 ((const __m256i *) p);
  const __m256i second = _mm256_loadu_si256 ((const __m256i *) (p + 32));

  return (Marks){
    .quotes = mark_equal (first, '"') | (guint64) mark_equal (second, '"') << 32,
    .backslashes = mark_equal (first, '\\') | (guint64) mark_equal (second, '\\') << 32,
    .controls = mark_controls (first) | (guint64) mark_controls (second) << 32,
    .simple = mark_simple (first) | (guint64) mark_simple (second) << 32,
  };
}

/* Which bytes a backslash stands before that is not escaped itself. @carry: whether the first byte is one; gets whether the
 * byte behind the last is. */
static inline guint64
find_escaped (guint64 backslashes, guint64 *carry)
{
  guint64 escaped = *carry;
  guint64 left = backslashes & ~escaped;

  if ((left & left << 1) == 0)
    {
      *carry = left >> 63;
      return escaped | left << 1;
    }

  *carry = 0;
  while (left != 0)
    {
      guint64 lowest = left & -left;

      escaped |= lowest << 1;
      *carry = lowest >> 63;
      left &= ~(lowest | lowest << 1);
    }

  return escaped;
}

/* Whether each of @escapes, bits for the bytes from @p that are escaped, is a \uXXXX. */
static gboolean
are_long_escapes (const char *p, const char *end, guint64 escapes)
{
  for (; escapes != 0; escapes &= escapes - 1)
    {
      if (skip_escape (p + __builtin_ctzll (escapes) - 1, end) == NULL)
        return FALSE;
    }

  return TRUE;
}

/* Looks at 64 bytes at a time, with no step that depends on where in them the escapes are. */
RELAY_CPU_AVX2 const char *
relay_json_skip_rest_of_string_avx2 (const char *p, const char *end)
{
  guint64 carry = 0;

  for (; end - p > 64; p += 64)
    {
      Marks marks = mark (p);
      guint64 escaped = find_escaped (marks.backslashes, &carry);
      guint64 ends = (marks.quotes & ~escaped) | marks.controls;
      guint64 others = escaped & ~marks.simple;

      if (ends != 0)
        others &= ends ^ (ends - 1);
      if (others != 0 && !are_long_escapes (p, end, others))
        return NULL;
      if (ends != 0)
        return (marks.controls & ends & -ends) == 0 ? p + __builtin_ctzll (ends) + 1 : NULL;
    }

  return relay_json_skip_rest_of_string_plain (p - carry, end);
}

#endif

/**
 * relay_json_skip_rest_of_string:
 * @p: a place within a string, not behind a backslash that escapes something
 * @end: the end of the text
 *
 * Returns: (nullable): the place behind the closing quote, or %NULL if there is no valid string
 */
const char *
relay_json_skip_rest_of_string (const char *p, const char *end)
{
#ifdef RELAY_CPU_MAY_HAVE_AVX2
  if (end - p > 64 && relay_cpu_has_avx2 ())
    return relay_json_skip_rest_of_string_avx2 (p, end);
#endif

  return relay_json_skip_rest_of_string_plain (p, end);
}
