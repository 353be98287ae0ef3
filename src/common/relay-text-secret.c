/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "common/relay-text-private.h"

/*
 * Finds secrets in what a peer says, also in the forms that a peer may give them without an effort: with JSON's escapes,
 * with percent signs, in base64 (alone or amid other text, as in `user:password`), and cut off by us. A peer that wants to
 * can always disguise what it knows; this is against echoes.
 */

/* A shorter "secret" would blank out ordinary words and hide nothing. */
#define MIN_SECRET_LENGTH 4
#define MAX_UNIT_BYTES 6

/* Sets @unit to what the next unit of @text stands for, @n_unit bytes; returns how many bytes of @text that takes up. */
typedef gsize (*NextUnit) (const char *text, gsize length, char *unit, gsize *n_unit);

static gsize
next_plain (const char *text, gsize length, char *unit, gsize *n_unit)
{
  *unit = *text;
  *n_unit = 1;
  return 1;
}

/* Returns: the number that @n_digits hexadecimal digits are, -1 if they are none. */
static int
read_hex (const char *text, gsize length, gsize n_digits)
{
  int value = 0;

  if (length < n_digits)
    return -1;
  for (gsize i = 0; i < n_digits; i++)
    {
      int digit = g_ascii_xdigit_value (text[i]);

      if (digit < 0)
        return -1;
      value = value * 16 + digit;
    }

  return value;
}

static gsize
next_json (const char *text, gsize length, char *unit, gsize *n_unit)
{
  static const char letters[] = "bfnrt";
  static const char controls[] = "\b\f\n\r\t";
  const char *letter;
  int c;

  if (*text != '\\' || length < 2)
    return next_plain (text, length, unit, n_unit);

  c = text[1] == 'u' ? read_hex (text + 2, length - 2, 4) : -1;
  if (c >= 0)
    {
      *n_unit = (gsize) g_unichar_to_utf8 ((gunichar) c, unit);
      return 6;
    }

  letter = strchr (letters, text[1]);
  *unit = letter != NULL && *letter != '\0' ? controls[letter - letters] : text[1];
  *n_unit = 1;
  return 2;
}

static gsize
next_percent (const char *text, gsize length, char *unit, gsize *n_unit)
{
  int c = *text == '%' ? read_hex (text + 1, length - 1, 2) : -1;

  if (c < 0)
    return next_plain (text, length, unit, n_unit);

  *unit = (char) c;
  *n_unit = 1;
  return 3;
}

static gboolean
is_cut_at (const char *text, gsize length)
{
  return length >= strlen (RELAY_TEXT_ELLIPSIS) && memcmp (text, RELAY_TEXT_ELLIPSIS, strlen (RELAY_TEXT_ELLIPSIS)) == 0;
}

/* How many bytes of @text are @secret in the form that @next reads; what is left of one that was cut counts as one. */
static gsize
measure_form (const char *text, gsize length, const char *secret, NextUnit next)
{
  gsize n_secret = strlen (secret);
  gsize n_matched = 0;
  gsize at = 0;

  while (n_matched < n_secret && at < length)
    {
      char unit[MAX_UNIT_BYTES];
      gsize n_unit;
      gsize n_text = next (text + at, length - at, unit, &n_unit);

      if (n_unit > n_secret - n_matched || memcmp (unit, secret + n_matched, n_unit) != 0)
        break;
      n_matched += n_unit;
      at += n_text;
    }

  if (n_matched == n_secret || (n_matched >= MIN_SECRET_LENGTH && is_cut_at (text + at, length - at)))
    return at;
  return 0;
}

/* Both alphabets; -1 for what is in neither. */
static int
read_base64_digit (char c)
{
  if (g_ascii_isupper (c))
    return c - 'A';
  if (g_ascii_islower (c))
    return c - 'a' + 26;
  if (g_ascii_isdigit (c))
    return c - '0' + 52;
  if (c == '+' || c == '-')
    return 62;
  return c == '/' || c == '_' ? 63 : -1;
}

static gsize
count_base64_digits (gsize n_bytes)
{
  return (n_bytes * 4 + 2) / 3;
}

/* How many bytes of @text are base64 in which @secret stands after @n_before other bytes. */
static gsize
measure_base64_after (const char *text, gsize length, const char *secret, gsize n_before)
{
  gsize n_bytes = n_before + strlen (secret);
  gsize n_digits = count_base64_digits (n_bytes);
  guint bits = 0;
  gsize at = 0;

  if (length < n_digits)
    return 0;
  for (gsize i = 0; i < n_digits; i++)
    {
      int digit = read_base64_digit (text[i]);

      if (digit < 0)
        return 0;
      bits = bits << 6 | (guint) digit;
      if (i % 4 == 0)
        continue;
      if (at >= n_before && at < n_bytes && (char) (bits >> (6 - i % 4 * 2)) != secret[at - n_before])
        return 0;
      at++;
    }

  return n_digits;
}

static gsize
measure_any_form (const char *text, gsize length, const char *secret)
{
  gsize longest = measure_form (text, length, secret, next_plain);

  longest = MAX (longest, measure_form (text, length, secret, next_json));
  longest = MAX (longest, measure_form (text, length, secret, next_percent));
  for (gsize n_before = 0; n_before < 3; n_before++)
    longest = MAX (longest, measure_base64_after (text, length, secret, n_before));

  return longest;
}

/**
 * relay_text_measure_secret:
 * @text: text from a peer
 * @length: its length in bytes
 * @secrets: (nullable) (array zero-terminated=1): what to look for
 *
 * Returns: how many bytes of a secret, in any of its forms, stand at the beginning of @text; of several, the longest counts
 */
gsize
relay_text_measure_secret (const char *text, gsize length, const char *const *secrets)
{
  gsize longest = 0;

  for (gsize i = 0; secrets != NULL && secrets[i] != NULL; i++)
    {
      if (strlen (secrets[i]) >= MIN_SECRET_LENGTH)
        longest = MAX (longest, measure_any_form (text, length, secrets[i]));
    }

  return longest;
}
