/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-json.h"

#include <string.h>

#include "common/relay-json-private.h"

/*
 * Strings between JSON and UTF-8. What has no UTF-8 becomes U+FFFD, as in the gateway: bytes that are not UTF-8 (one for
 * each maximal subpart, as the WHATWG has it), and halves of surrogate pairs.
 */

#define REPLACEMENT "\xef\xbf\xbd"

/* Length of the longest escape for one byte of UTF-8. */
#define MAX_BYTES_PER_ESCAPE 6

static inline gboolean
is_between (char c, guchar low, guchar high)
{
  return (guchar) c >= low && (guchar) c <= high;
}

/* How many of the bytes at @p, which do not begin with a character, become one U+FFFD: the longest beginning of one. */
static gsize
maximal_subpart (const char *p, const char *end)
{
  guchar lead = (guchar) *p;
  guchar low = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  guchar high = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

  if (lead < 0xe0 || lead > 0xf4 || end - p < 2 || !is_between (p[1], low, high))
    return 1;
  if (lead < 0xf0 || end - p < 3 || !is_between (p[2], 0x80, 0xbf))
    return 2;
  return 3;
}

static void
append_valid (GString *out, const char *p, const char *end)
{
  while (p < end)
    {
      const char *invalid;
      gboolean is_valid = g_utf8_validate_len (p, end - p, &invalid);

      g_string_append_len (out, p, invalid - p);
      if (is_valid)
        return;

      g_string_append (out, REPLACEMENT);
      p = invalid + maximal_subpart (invalid, end);
    }
}

static gunichar
read_code_unit (const char *p)
{
  gunichar unit = 0;

  for (guint i = 2; i < 6; i++)
    unit = unit << 4 | (guint) g_ascii_xdigit_value (p[i]);

  return unit;
}

/* \uXXXX, or two that make up a pair. */
static const char *
read_unicode_escape (const char *p, const char *end, gunichar *c)
{
  *c = read_code_unit (p);
  p += 6;

  if (*c >= 0xd800 && *c <= 0xdbff && end - p >= 6 && p[0] == '\\' && p[1] == 'u')
    {
      gunichar low = read_code_unit (p);

      if (low >= 0xdc00 && low <= 0xdfff)
        {
          *c = 0x10000 + ((*c - 0xd800) << 10) + (low - 0xdc00);
          return p + 6;
        }
    }
  if (*c >= 0xd800 && *c <= 0xdfff)
    *c = 0xfffd;

  return p;
}

/* Reads the escape at @p; returns the place behind it. */
static const char *
read_escape (const char *p, const char *end, gunichar *c)
{
  switch (p[1])
    {
    case 'u':
      return read_unicode_escape (p, end, c);
    case 'b':
      *c = '\b';
      break;
    case 'f':
      *c = '\f';
      break;
    case 'n':
      *c = '\n';
      break;
    case 'r':
      *c = '\r';
      break;
    case 't':
      *c = '\t';
      break;
    default:
      *c = (guchar) p[1];
      break;
    }

  return p + 2;
}

/**
 * relay_json_append_decoded:
 * @out: what is appended to
 * @string: the extent of a string in valid JSON, with its quotes
 *
 * Appends what the string says, as UTF-8.
 *
 * Returns: %FALSE if it contains U+0000, which a C string cannot hold
 */
gboolean
relay_json_append_decoded (GString *out, RelayJsonSpan string)
{
  const char *p = string.data + 1;
  const char *end = string.data + string.length - 1;

  while (p < end)
    {
      const char *backslash = memchr (p, '\\', end - p);
      gunichar c;

      append_valid (out, p, backslash != NULL ? backslash : end);
      if (backslash == NULL)
        break;

      p = read_escape (backslash, end, &c);
      if (c == 0)
        return FALSE;
      if (c < 0x80)
        g_string_append_c (out, (char) c);
      else
        g_string_append_unichar (out, c);
    }

  return TRUE;
}

/* Whether a string says @string, which is ASCII. Nothing is allocated: a frame may have millions of names with escapes. */
static gboolean
says_ascii (const char *p, const char *end, const char *string)
{
  for (; *string != '\0'; string++)
    {
      gunichar c;

      if (p == end)
        return FALSE;
      if (*p == '\\')
        p = read_escape (p, end, &c);
      else
        c = (guchar) *p++;
      if (c != (guchar) *string)
        return FALSE;
    }

  return p == end;
}

/**
 * relay_json_span_equal:
 * @span: the extent of a value in valid JSON, or an absent one
 * @string: UTF-8
 *
 * Returns: %TRUE if the value is a string that says @string, in whatever way its characters are written
 */
gboolean
relay_json_span_equal (const RelayJsonSpan *span, const char *string)
{
  const char *p, *end;
  const char *s = string;
  g_autofree char *decoded = NULL;

  if (relay_json_span_kind (span) != RELAY_JSON_STRING)
    return FALSE;

  p = span->data + 1;
  end = span->data + span->length - 1;
  while (p < end && *p == *s && *p != '\\')
    p++, s++;
  if (p == end)
    return *s == '\0';
  /* what is ASCII and no escape says what it is */
  if ((guchar) *p < 0x80 && *p != '\\')
    return FALSE;
  if (span->length - 2 > strlen (string) * MAX_BYTES_PER_ESCAPE)
    return FALSE;
  if (g_str_is_ascii (string))
    return says_ascii (span->data + 1, end, string);

  decoded = relay_json_span_dup_string (span);
  return g_strcmp0 (decoded, string) == 0;
}

/**
 * relay_json_span_dup_string:
 * @span: the extent of a value in valid JSON, or an absent one
 *
 * Returns: (transfer full) (nullable): what the string says, as UTF-8, with U+FFFD for what has none (bytes that are not
 *   UTF-8, halves of surrogate pairs); %NULL if the value is no string, or contains U+0000
 */
char *
relay_json_span_dup_string (const RelayJsonSpan *span)
{
  g_autoptr (GString) out = NULL;

  if (relay_json_span_kind (span) != RELAY_JSON_STRING)
    return NULL;

  out = g_string_sized_new (span->length);
  if (!relay_json_append_decoded (out, *span))
    return NULL;

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/**
 * relay_json_span_dup_shown:
 * @span: the extent of a value in valid JSON, or an absent one
 *
 * As relay_json_span_dup_string(), for what is only shown and cut for that: a peer's text may have 64 MiB, and take three
 * times that as UTF-8. Of one that is longer than %RELAY_JSON_MAX_SHOWN the rest is left out.
 *
 * Returns: (transfer full) (nullable): what the string says, or how it begins
 */
char *
relay_json_span_dup_shown (const RelayJsonSpan *span)
{
  RelayJsonSpan beginning;
  const char *limit;
  const char *cut;

  if (span->length <= RELAY_JSON_MAX_SHOWN || relay_json_span_kind (span) != RELAY_JSON_STRING)
    return relay_json_span_dup_string (span);

  limit = span->data + RELAY_JSON_MAX_SHOWN;
  cut = span->data + 1;
  while (cut < limit)
    {
      const char *backslash = memchr (cut, '\\', limit - cut);

      /* not within an escape */
      cut = backslash == NULL ? limit : backslash + (backslash[1] == 'u' ? 6 : 2);
    }

  /* what ends a string is not looked at */
  beginning = (RelayJsonSpan){ span->data, MIN (span->length, (gsize) (cut - span->data) + 1) };
  return relay_json_span_dup_string (&beginning);
}

/**
 * relay_json_span_dup_raw:
 * @span: the extent of a value in valid JSON, or an absent one
 *
 * Returns: (transfer full) (nullable): the value's own JSON, byte for byte but for U+FFFD in place of bytes that are not
 *   UTF-8; %NULL if it is absent
 */
char *
relay_json_span_dup_raw (const RelayJsonSpan *span)
{
  g_autoptr (GString) out = NULL;

  if (span->data == NULL)
    return NULL;

  out = g_string_sized_new (span->length);
  relay_json_append_span (out, span);

  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
append_escaped (GString *out, char c)
{
  switch (c)
    {
    case '"':
      g_string_append (out, "\\\"");
      break;
    case '\\':
      g_string_append (out, "\\\\");
      break;
    case '\n':
      g_string_append (out, "\\n");
      break;
    case '\r':
      g_string_append (out, "\\r");
      break;
    case '\t':
      g_string_append (out, "\\t");
      break;
    default:
      g_string_append_printf (out, "\\u%04x", (guint) c);
      break;
    }
}

/**
 * relay_json_append_string:
 * @out: what is appended to
 * @string: UTF-8
 *
 * Appends a JSON string literal, quotes included, that says @string.
 */
void
relay_json_append_string (GString *out, const char *string)
{
  relay_json_append_string_len (out, string, strlen (string));
}

/**
 * relay_json_append_string_len:
 * @out: what is appended to
 * @string: UTF-8, which may contain U+0000
 * @length: its length in bytes
 *
 * Appends a JSON string literal, quotes included, that says @string. For text of any size: runs without a character that
 * must be escaped are copied whole.
 */
void
relay_json_append_string_len (GString *out, const char *string, gsize length)
{
  const char *end = string + length;

  g_string_append_c (out, '"');
  for (const char *p = string; p < end; p++)
    {
      const char *special = relay_json_find_special (p, end);

      g_string_append_len (out, p, special - p);
      if (special < end)
        append_escaped (out, *special);
      p = special;
    }
  g_string_append_c (out, '"');
}

/**
 * relay_json_append_span:
 * @out: what is appended to
 * @span: the extent of a value in valid JSON, or an absent one
 *
 * Appends the value's own JSON, byte for byte but for U+FFFD in place of bytes that are not UTF-8, so that @out can be
 * sent as text; nothing if it is absent.
 */
void
relay_json_append_span (GString *out, const RelayJsonSpan *span)
{
  if (span->data != NULL)
    append_valid (out, span->data, span->data + span->length);
}
