/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-content.h"

#include <string.h>

#define REPLACEMENT "\xef\xbf\xbd"

/* The most that one byte becomes: \u001f. */
#define MAX_ESCAPED_LENGTH 6

/* What g_base64_encode_step () and _close () may write for n bytes, over any number of steps. */
#define BASE64_ROOM(n) (((n) / 3 + 1) * 4 + 4)

#define ALL_BYTES(byte) (G_GUINT64_CONSTANT (0x0101010101010101) * (byte))

/* Whether one of eight bytes is zero; may take a byte behind a zero for one. */
#define HAS_ZERO(word) (((word) -ALL_BYTES (0x01)) & ~(word) &ALL_BYTES (0x80))

static inline gboolean
is_plain (guchar c)
{
  return c >= 0x20 && c < 0x80 && c != '"' && c != '\\';
}

static inline gboolean
are_plain (guint64 word)
{
  guint64 is_control = (word - ALL_BYTES (0x20)) & ~word;
  guint64 is_high = word;

  return ((is_control | is_high) & ALL_BYTES (0x80)) == 0 && HAS_ZERO (word ^ ALL_BYTES ('"')) == 0 &&
         HAS_ZERO (word ^ ALL_BYTES ('\\')) == 0;
}

static char *
put_escape (char *to, guchar c)
{
  static const char short_escapes[] = "btnvfr";
  static const char hex[] = "0123456789abcdef";

  *to++ = '\\';
  if (c == '"' || c == '\\')
    {
      *to++ = (char) c;
    }
  else if (c >= '\b' && c <= '\r' && c != '\v')
    {
      *to++ = short_escapes[c - '\b'];
    }
  else
    {
      memcpy (to, "u00", 3);
      to[3] = hex[c >> 4];
      to[4] = hex[c & 0xf];
      to += 5;
    }

  return to;
}

/* How many bytes the character has that begins with @lead, and what its second byte may be; 0 if none begins so. */
static gsize
judge_lead (guchar lead, guchar *min_second, guchar *max_second)
{
  *min_second = lead == 0xe0 ? 0xa0 : lead == 0xf0 ? 0x90 : 0x80;
  *max_second = lead == 0xed ? 0x9f : lead == 0xf4 ? 0x8f : 0xbf;

  if (lead >= 0xc2 && lead <= 0xdf)
    return 2;
  if (lead >= 0xe0 && lead <= 0xef)
    return 3;
  if (lead >= 0xf0 && lead <= 0xf4)
    return 4;

  return 0;
}

/* How many bytes the character at @p has; 0 if it is not UTF-8, -1 if it may be but goes on behind @end. */
static gssize
measure_character (const guchar *p, const guchar *end)
{
  guchar min, max;
  gsize length = judge_lead (*p, &min, &max);

  for (gsize i = 1; i < length; i++)
    {
      if (p + i == end)
        return -1;
      if (p[i] < min || p[i] > max)
        return 0;
      min = 0x80;
      max = 0xbf;
    }

  return (gssize) length;
}

/* Copies runs that need no change, eight bytes at a time. */
static const guchar *
copy_plain (const guchar *from, const guchar *end, char **to)
{
  guint64 word;

  for (; (gsize) (end - from) >= sizeof word; from += sizeof word, *to += sizeof word)
    {
      memcpy (&word, from, sizeof word);
      if (!are_plain (word))
        break;
      memcpy (*to, &word, sizeof word);
    }
  while (from < end && is_plain (*from))
    *(*to)++ = (char) *from++;

  return from;
}

/* Appends text up to @end, or to a character that goes on behind it; returns how far it came. */
static const guchar *
append_run (RelayWorkspaceContent *self, const guchar *from, const guchar *end)
{
  gsize old_length = self->out->len;
  char *to;

  /* Room for the worst case, so that no byte needs to ask; what is not used goes to the next run. */
  g_string_set_size (self->out, old_length + (gsize) (end - from) * MAX_ESCAPED_LENGTH);
  to = self->out->str + old_length;

  while ((from = copy_plain (from, end, &to)) < end)
    {
      gssize length = *from < 0x80 ? 1 : measure_character (from, end);

      if (length < 0)
        break;
      if (*from < 0x80)
        {
          to = put_escape (to, *from);
        }
      else if (length > 0)
        {
          memcpy (to, from, (gsize) length);
          to += length;
        }
      else
        {
          to = mempcpy (to, REPLACEMENT, strlen (REPLACEMENT));
          self->is_lossy = TRUE;
        }
      from += MAX (length, 1);
    }

  g_string_truncate (self->out, (gsize) (to - self->out->str));
  return from;
}

/* Goes on with a character that began in an earlier piece; returns how many bytes of this one it took. */
static gsize
complete_pending (RelayWorkspaceContent *self, const char *bytes, gsize n_bytes)
{
  gsize n_taken = 0;

  while (self->n_pending > 0 && n_taken < n_bytes)
    {
      const guchar *rest;

      self->pending[self->n_pending++] = (guchar) bytes[n_taken++];
      rest = append_run (self, self->pending, self->pending + self->n_pending);
      self->n_pending -= (gsize) (rest - self->pending);
      memmove (self->pending, rest, self->n_pending);
    }

  return n_taken;
}

/**
 * relay_workspace_content_append_text:
 * @self: a conversion
 * @bytes: the next piece
 * @n_bytes: its length
 *
 * Appends text, escaped as JSON wants it, with U+FFFD for each byte that is not UTF-8.
 */
void
relay_workspace_content_append_text (RelayWorkspaceContent *self, const char *bytes, gsize n_bytes)
{
  gsize n_taken = complete_pending (self, bytes, n_bytes);
  const guchar *end = (const guchar *) bytes + n_bytes;
  const guchar *rest;

  if (self->n_pending > 0)
    return;

  rest = append_run (self, (const guchar *) bytes + n_taken, end);
  self->n_pending = (gsize) (end - rest);
  memcpy (self->pending, rest, self->n_pending);
}

/**
 * relay_workspace_content_end_text:
 * @self: a conversion
 *
 * Says that no more text comes: a character that is not complete is not UTF-8.
 */
void
relay_workspace_content_end_text (RelayWorkspaceContent *self)
{
  for (; self->n_pending > 0; self->n_pending--)
    {
      g_string_append (self->out, REPLACEMENT);
      self->is_lossy = TRUE;
    }
}

/**
 * relay_workspace_content_append_base64:
 * @self: a conversion
 * @bytes: the next piece
 * @n_bytes: its length
 *
 * Appends bytes as base64.
 */
void
relay_workspace_content_append_base64 (RelayWorkspaceContent *self, const char *bytes, gsize n_bytes)
{
  gsize old_length = self->out->len;
  gsize n_written;

  g_string_set_size (self->out, old_length + BASE64_ROOM (n_bytes));
  n_written = g_base64_encode_step ((const guchar *) bytes, n_bytes, FALSE, self->out->str + old_length, &self->base64_state,
                                    &self->base64_save);
  g_string_truncate (self->out, old_length + n_written);
}

/**
 * relay_workspace_content_end_base64:
 * @self: a conversion
 *
 * Says that no more bytes come.
 */
void
relay_workspace_content_end_base64 (RelayWorkspaceContent *self)
{
  char last[BASE64_ROOM (0)];
  gsize n_written = g_base64_encode_close (FALSE, last, &self->base64_state, &self->base64_save);

  g_string_append_len (self->out, last, (gssize) n_written);
}

/**
 * relay_workspace_content_append_valid:
 * @out: what is appended to
 * @name: a file's name, in any encoding
 *
 * Appends @name as UTF-8, with U+FFFD for each byte that is none.
 */
void
relay_workspace_content_append_valid (GString *out, const char *name)
{
  const char *end = name + strlen (name);

  if (g_utf8_validate_len (name, (gsize) (end - name), NULL))
    {
      g_string_append_len (out, name, end - name);
      return;
    }

  while (name < end)
    {
      const char *bad;

      g_utf8_validate_len (name, (gsize) (end - name), &bad);
      g_string_append_len (out, name, bad - name);
      if (bad < end)
        g_string_append (out, REPLACEMENT);
      name = bad + 1;
    }
}

static gboolean
is_base64_char (char c)
{
  return g_ascii_isalnum (c) || c == '+' || c == '/';
}

/**
 * relay_workspace_content_decode_base64:
 * @text: what should be base64: the usual alphabet, padded, and nothing else
 *
 * Returns: (transfer full) (nullable): the bytes; %NULL if it is not
 */
GBytes *
relay_workspace_content_decode_base64 (const char *text)
{
  gsize length = strlen (text);
  gsize n_padding = 0;
  gsize n_bytes;
  guchar *bytes;

  if (length % 4 != 0)
    return NULL;
  while (n_padding < 2 && n_padding < length && text[length - 1 - n_padding] == '=')
    n_padding++;
  for (gsize i = 0; i < length - n_padding; i++)
    {
      if (!is_base64_char (text[i]))
        return NULL;
    }

  bytes = g_base64_decode (text, &n_bytes);
  return g_bytes_new_take (bytes, n_bytes);
}
