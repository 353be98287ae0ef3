/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-text.h"

#include <string.h>

#include "common/relay-text-private.h"

#define REPLACEMENT "\xef\xbf\xbd"

/* Control characters, and those that change the direction or the line of what follows. */
static gboolean
must_escape (gunichar c)
{
  return g_unichar_iscntrl (c) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

/* Sets @shown to what is shown for the first character at @text, or for a secret; returns how many bytes that takes up. */
static gsize
show_next (GString *shown, const char *text, gsize length, const char *const *secrets)
{
  gsize n_secret = relay_text_measure_secret (text, length, secrets);
  gunichar c = g_utf8_get_char_validated (text, (gssize) length);

  g_string_truncate (shown, 0);
  if (n_secret > 0)
    {
      g_string_append (shown, "<secret>");
      return n_secret;
    }
  if (c == (gunichar) -1 || c == (gunichar) -2)
    {
      g_string_append (shown, REPLACEMENT);
      return 1;
    }

  if (must_escape (c))
    g_string_append_printf (shown, "\\u%04x", c);
  else
    g_string_append_unichar (shown, c);
  return (gsize) (g_utf8_next_char (text) - text);
}

/**
 * relay_text_clean:
 * @text: text from a peer, in any encoding
 * @length: its length in bytes, or -1 if it is terminated
 * @max_chars: how many characters the result has at most, an ellipsis included
 * @secrets: (nullable) (array zero-terminated=1): what is replaced by `<secret>` wherever it stands,
 *   also with JSON's escapes, with percent signs, in base64, and cut with an ellipsis
 *
 * Makes a peer's text fit to be shown, logged or stored: secrets replaced, control characters (and those that change the
 * direction of text) escaped, invalid UTF-8 replaced, and cut. No more of it is looked at than is shown: a peer's text may
 * have 64 MiB.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *
relay_text_clean (const char *text, gssize length, gsize max_chars, const char *const *secrets)
{
  gsize left = length >= 0 ? (gsize) length : strlen (text);
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (GString) shown = g_string_new (NULL);
  gsize n_chars = 0;

  while (left > 0)
    {
      gsize n_bytes = show_next (shown, text, left, secrets);
      gsize width = (gsize) g_utf8_strlen (shown->str, -1);

      text += n_bytes;
      left -= n_bytes;
      if (n_chars + width + (left == 0 ? 0 : 1) > max_chars)
        {
          g_string_append (out, RELAY_TEXT_ELLIPSIS);
          break;
        }

      g_string_append (out, shown->str);
      n_chars += width;
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/**
 * relay_text_seconds:
 * @time_ms: a time in milliseconds
 *
 * Returns: (transfer full): the same in seconds, for a message: `10`, `0.25`
 */
char *
relay_text_seconds (guint time_ms)
{
  char buffer[G_ASCII_DTOSTR_BUF_SIZE];

  return g_strdup (g_ascii_formatd (buffer, sizeof buffer, "%.15g", time_ms / 1000.0));
}
