/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-json5-private.h"

#include <string.h>

#include "common/relay-error.h"

/* A string as it is read. Escapes can name half of a surrogate pair, so that a first half waits for its second. */
typedef struct {
  GString *text; /* (owned) */
  gunichar pending;
} Buffer;

static void
buffer_clear (Buffer *self)
{
  if (self->text != NULL)
    g_string_free (self->text, TRUE);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Buffer, buffer_clear)

/**
 * relay_json5_set_error:
 * @self: a reader
 * @at: where it went wrong
 * @error: return location for the error
 * @problem: what went wrong
 *
 * Says where it went wrong, but never what stands there: it may be a secret.
 */
void
relay_json5_set_error (RelayJson5Reader *self, const char *at, GError **error, const char *problem)
{
  guint line = 1;
  const char *line_start = self->text;

  for (const char *p = self->text; p < at; p++)
    {
      if (*p == '\n' || (*p == '\r' && p + 1 < self->end && p[1] != '\n'))
        {
          line++;
          line_start = p + 1;
        }
    }

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "line %u, column %ld: %s", line,
               g_utf8_strlen (line_start, at - line_start) + 1, problem);
}

/**
 * relay_json5_peek:
 * @self: a reader
 *
 * Returns: the next character, or %RELAY_JSON5_END
 */
gunichar
relay_json5_peek (RelayJson5Reader *self)
{
  return self->at < self->end ? g_utf8_get_char (self->at) : RELAY_JSON5_END;
}

static void
advance (RelayJson5Reader *self)
{
  self->at = g_utf8_next_char (self->at);
}

/**
 * relay_json5_take:
 * @self: a reader
 * @c: an ASCII character
 *
 * Moves behind the next character if it is @c.
 *
 * Returns: whether it was
 */
gboolean
relay_json5_take (RelayJson5Reader *self, char c)
{
  if (self->at == self->end || *self->at != c)
    return FALSE;

  self->at++;
  return TRUE;
}

static gboolean
is_line_end (gunichar c)
{
  return c == '\n' || c == '\r' || c == 0x2028 || c == 0x2029;
}

static gboolean
is_space (gunichar c)
{
  switch (c)
    {
    case '\t':
    case '\v':
    case '\f':
    case ' ':
    case 0xfeff:
      return TRUE;
    default:
      return is_line_end (c) || (c != RELAY_JSON5_END && g_unichar_type (c) == G_UNICODE_SPACE_SEPARATOR);
    }
}

static gboolean
is_identifier_start (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalpha ((char) c) || c == '$' || c == '_';

  if (c == RELAY_JSON5_END)
    return FALSE;

  return g_unichar_isalpha (c) || g_unichar_type (c) == G_UNICODE_LETTER_NUMBER;
}

static gboolean
is_identifier_part (gunichar c)
{
  if (is_identifier_start (c))
    return TRUE;

  if (c < 0x80)
    return g_ascii_isdigit ((char) c);

  if (c == 0x200c || c == 0x200d)
    return TRUE;

  if (c == RELAY_JSON5_END)
    return FALSE;

  return g_unichar_type (c) == G_UNICODE_NON_SPACING_MARK || g_unichar_type (c) == G_UNICODE_SPACING_MARK ||
         g_unichar_type (c) == G_UNICODE_DECIMAL_NUMBER || g_unichar_type (c) == G_UNICODE_CONNECT_PUNCTUATION;
}

static gboolean
skip_comment (RelayJson5Reader *self, GError **error)
{
  const char *start = self->at++;

  if (relay_json5_take (self, '/'))
    {
      while (self->at < self->end && !is_line_end (relay_json5_peek (self)))
        advance (self);
      return TRUE;
    }

  if (relay_json5_take (self, '*'))
    {
      const char *close = g_strstr_len (self->at, self->end - self->at, "*/");

      if (close != NULL)
        {
          self->at = close + 2;
          return TRUE;
        }
      relay_json5_set_error (self, start, error, "the comment does not end");
      return FALSE;
    }

  relay_json5_set_error (self, start, error, "a comment begins with // or /*");
  return FALSE;
}

/**
 * relay_json5_skip_space:
 * @self: a reader
 * @error: return location for an error
 *
 * Moves behind white space and comments.
 *
 * Returns: %FALSE with %RELAY_ERROR_BAD_SETTINGS if there is a comment that is none
 */
gboolean
relay_json5_skip_space (RelayJson5Reader *self, GError **error)
{
  while (self->at < self->end)
    {
      if (*self->at == '/')
        {
          if (!skip_comment (self, error))
            return FALSE;
        }
      else if (is_space (relay_json5_peek (self)))
        {
          advance (self);
        }
      else
        {
          break;
        }
    }

  return TRUE;
}

static void
buffer_flush (Buffer *self)
{
  /* Half a pair has no UTF-8: it becomes what JavaScript's own encoder makes of it. */
  if (self->pending != 0)
    g_string_append_unichar (self->text, 0xfffd);
  self->pending = 0;
}

static void
buffer_append (Buffer *self, gunichar c)
{
  if (self->pending != 0 && c >= 0xdc00 && c <= 0xdfff)
    {
      g_string_append_unichar (self->text, 0x10000 + ((self->pending - 0xd800) << 10) + (c - 0xdc00));
      self->pending = 0;
      return;
    }

  buffer_flush (self);
  if (c >= 0xd800 && c <= 0xdbff)
    self->pending = c;
  else
    g_string_append_unichar (self->text, c >= 0xdc00 && c <= 0xdfff ? 0xfffd : c);
}

static char *
buffer_steal (Buffer *self)
{
  buffer_flush (self);
  return g_string_free (g_steal_pointer (&self->text), FALSE);
}

static gboolean
read_hex_digits (RelayJson5Reader *self, guint n_digits, gunichar *c, GError **error)
{
  *c = 0;
  for (guint i = 0; i < n_digits; i++)
    {
      if (self->at == self->end || !g_ascii_isxdigit (*self->at))
        {
          relay_json5_set_error (self, self->at, error, "the escape needs more hexadecimal digits");
          return FALSE;
        }
      *c = *c * 16 + (gunichar) g_ascii_xdigit_value (*self->at++);
    }

  return TRUE;
}

/* What a single letter behind a backslash stands for; 0 if it has no such meaning. */
static gunichar
simple_escape (gunichar c)
{
  switch (c)
    {
    case 'b':
      return '\b';
    case 'f':
      return '\f';
    case 'n':
      return '\n';
    case 'r':
      return '\r';
    case 't':
      return '\t';
    case 'v':
      return '\v';
    default:
      return 0;
    }
}

static gboolean
read_escape (RelayJson5Reader *self, Buffer *buffer, GError **error)
{
  const char *start = self->at;
  gunichar c = relay_json5_peek (self);
  gunichar value = simple_escape (c);

  if (c == RELAY_JSON5_END || (c >= '1' && c <= '9'))
    {
      relay_json5_set_error (self, start, error, "the escape is not one of JSON5's");
      return FALSE;
    }

  advance (self);
  if (is_line_end (c))
    {
      if (c == '\r')
        relay_json5_take (self, '\n');
      return TRUE;
    }

  if (c == 'x' || c == 'u')
    {
      if (!read_hex_digits (self, c == 'x' ? 2 : 4, &value, error))
        return FALSE;
    }
  else if (c == '0')
    {
      if (self->at < self->end && g_ascii_isdigit (*self->at))
        {
          relay_json5_set_error (self, start, error, "the escape is not one of JSON5's");
          return FALSE;
        }
    }
  else if (value == 0)
    {
      value = c;
    }

  if (value == 0)
    {
      relay_json5_set_error (self, start, error, "a string must not hold a NUL character");
      return FALSE;
    }

  buffer_append (buffer, value);
  return TRUE;
}

/**
 * relay_json5_read_string:
 * @self: a reader in front of a quote
 * @error: return location for an error
 *
 * Returns: (transfer full): the string; or %NULL with %RELAY_ERROR_BAD_SETTINGS
 */
char *
relay_json5_read_string (RelayJson5Reader *self, GError **error)
{
  g_auto (Buffer) buffer = { g_string_new (NULL), 0 };
  const char *start = self->at;
  char quote = *self->at++;

  for (;;)
    {
      gunichar c = relay_json5_peek (self);

      if (c == RELAY_JSON5_END || c == '\n' || c == '\r')
        {
          relay_json5_set_error (self, start, error, "the string does not end on its line");
          return NULL;
        }

      advance (self);
      if (c == (gunichar) quote)
        return buffer_steal (&buffer);

      if (c != '\\')
        buffer_append (&buffer, c);
      else if (!read_escape (self, &buffer, error))
        return NULL;
    }
}

/**
 * relay_json5_read_identifier:
 * @self: a reader
 * @error: return location for an error
 *
 * Returns: (transfer full): a property name without quotes; or %NULL with %RELAY_ERROR_BAD_SETTINGS
 */
char *
relay_json5_read_identifier (RelayJson5Reader *self, GError **error)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (;;)
    {
      const char *start = self->at;
      gunichar c = relay_json5_peek (self);
      gboolean escaped = c == '\\';

      if (escaped)
        {
          self->at++;
          if (!relay_json5_take (self, 'u'))
            {
              relay_json5_set_error (self, start, error, "only \\u escapes can stand in a property name without quotes");
              return NULL;
            }
          if (!read_hex_digits (self, 4, &c, error))
            return NULL;
        }

      if (!(name->len == 0 ? is_identifier_start (c) : is_identifier_part (c)))
        {
          if (!escaped && name->len > 0)
            return g_string_free (g_steal_pointer (&name), FALSE);

          relay_json5_set_error (self, start, error,
                                 escaped ? "the escape cannot stand in a property name" : "expected a property name");
          return NULL;
        }

      if (!escaped)
        advance (self);
      g_string_append_unichar (name, c);
    }
}
