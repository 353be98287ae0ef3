/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-text.h"

#include <string.h>

/* A shorter "secret" would blank out ordinary words and hide nothing. */
#define MIN_SECRET_LENGTH 4

/* Control characters, and those that change the direction or the line of what follows. */
static gboolean
must_escape (gunichar c)
{
  return g_unichar_iscntrl (c) || (c >= 0x2028 && c <= 0x202e) || (c >= 0x2066 && c <= 0x2069);
}

static char *
replace_secrets (const char *text, const char *const *secrets)
{
  g_autoptr (GString) out = g_string_new (text);

  for (gsize i = 0; secrets != NULL && secrets[i] != NULL; i++)
    {
      if (strlen (secrets[i]) >= MIN_SECRET_LENGTH)
        g_string_replace (out, secrets[i], "<secret>", 0);
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/**
 * relay_text_clean:
 * @text: text from a peer, in any encoding
 * @length: its length in bytes, or -1 if it is terminated
 * @max_chars: how many characters the result has at most, an ellipsis included
 * @secrets: (nullable) (array zero-terminated=1): what is replaced by `<secret>` wherever it stands
 *
 * Makes a peer's text fit to be shown, logged or stored: secrets replaced, control characters (and those that change the
 * direction of text) escaped, invalid UTF-8 replaced, and cut.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *
relay_text_clean (const char *text, gssize length, gsize max_chars, const char *const *secrets)
{
  g_autofree char *valid = g_utf8_make_valid (text, length);
  g_autofree char *redacted = replace_secrets (valid, secrets);
  g_autoptr (GString) out = g_string_new (NULL);
  gsize n_chars = 0;

  for (const char *p = redacted; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gsize width = must_escape (c) ? strlen ("\\u0000") : 1;
      gboolean is_last = *g_utf8_next_char (p) == '\0';

      if (n_chars + width + (is_last ? 0 : 1) > max_chars)
        {
          g_string_append (out, "…");
          break;
        }

      if (must_escape (c))
        g_string_append_printf (out, "\\u%04x", c);
      else
        g_string_append_unichar (out, c);
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
