/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-json5.h"

#include <math.h>
#include <string.h>

#include "common/relay-error.h"

/* Far deeper than any configuration, far shallower than the stack. */
#define MAX_DEPTH 256

/* Integers up to here are exact in JavaScript, which is what wrote the rules. */
#define MAX_SAFE_INTEGER G_GINT64_CONSTANT (9007199254740991)

#define END_OF_TEXT ((gunichar) -1)

typedef struct {
  const char *text; /* (unowned) valid UTF-8 */
  const char *at;
  const char *end;
  guint depth;
} Reader;

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

static JsonNode *read_value (Reader *self, GError **error);

/* Says where it went wrong, but never what stands there: it may be a secret. */
static void
set_error (Reader *self, const char *at, GError **error, const char *problem)
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

static gunichar
peek (Reader *self)
{
  return self->at < self->end ? g_utf8_get_char (self->at) : END_OF_TEXT;
}

static void
advance (Reader *self)
{
  self->at = g_utf8_next_char (self->at);
}

static gboolean
take (Reader *self, char c)
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
      return is_line_end (c) || (c != END_OF_TEXT && g_unichar_type (c) == G_UNICODE_SPACE_SEPARATOR);
    }
}

static gboolean
is_identifier_start (gunichar c)
{
  if (c < 0x80)
    return g_ascii_isalpha ((char) c) || c == '$' || c == '_';

  if (c == END_OF_TEXT)
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

  if (c == END_OF_TEXT)
    return FALSE;

  return g_unichar_type (c) == G_UNICODE_NON_SPACING_MARK || g_unichar_type (c) == G_UNICODE_SPACING_MARK ||
         g_unichar_type (c) == G_UNICODE_DECIMAL_NUMBER || g_unichar_type (c) == G_UNICODE_CONNECT_PUNCTUATION;
}

static gboolean
skip_comment (Reader *self, GError **error)
{
  const char *start = self->at++;

  if (take (self, '/'))
    {
      while (self->at < self->end && !is_line_end (peek (self)))
        advance (self);
      return TRUE;
    }

  if (take (self, '*'))
    {
      const char *close = g_strstr_len (self->at, self->end - self->at, "*/");

      if (close != NULL)
        {
          self->at = close + 2;
          return TRUE;
        }
      set_error (self, start, error, "the comment does not end");
      return FALSE;
    }

  set_error (self, start, error, "a comment begins with // or /*");
  return FALSE;
}

static gboolean
skip_space (Reader *self, GError **error)
{
  while (self->at < self->end)
    {
      if (*self->at == '/')
        {
          if (!skip_comment (self, error))
            return FALSE;
        }
      else if (is_space (peek (self)))
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
read_hex_digits (Reader *self, guint n_digits, gunichar *c, GError **error)
{
  *c = 0;
  for (guint i = 0; i < n_digits; i++)
    {
      if (self->at == self->end || !g_ascii_isxdigit (*self->at))
        {
          set_error (self, self->at, error, "the escape needs more hexadecimal digits");
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
read_escape (Reader *self, Buffer *buffer, GError **error)
{
  const char *start = self->at;
  gunichar c = peek (self);
  gunichar value = simple_escape (c);

  if (c == END_OF_TEXT || (c >= '1' && c <= '9'))
    {
      set_error (self, start, error, "the escape is not one of JSON5's");
      return FALSE;
    }

  advance (self);
  if (is_line_end (c))
    {
      if (c == '\r')
        take (self, '\n');
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
          set_error (self, start, error, "the escape is not one of JSON5's");
          return FALSE;
        }
    }
  else if (value == 0)
    {
      value = c;
    }

  if (value == 0)
    {
      set_error (self, start, error, "a string must not hold a NUL character");
      return FALSE;
    }

  buffer_append (buffer, value);
  return TRUE;
}

static char *
read_string (Reader *self, GError **error)
{
  g_auto (Buffer) buffer = { g_string_new (NULL), 0 };
  const char *start = self->at;
  char quote = *self->at++;

  for (;;)
    {
      gunichar c = peek (self);

      if (c == END_OF_TEXT || c == '\n' || c == '\r')
        {
          set_error (self, start, error, "the string does not end on its line");
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

static char *
read_identifier (Reader *self, GError **error)
{
  g_autoptr (GString) name = g_string_new (NULL);

  for (;;)
    {
      const char *start = self->at;
      gunichar c = peek (self);
      gboolean escaped = c == '\\';

      if (escaped)
        {
          self->at++;
          if (!take (self, 'u'))
            {
              set_error (self, start, error, "only \\u escapes can stand in a property name without quotes");
              return NULL;
            }
          if (!read_hex_digits (self, 4, &c, error))
            return NULL;
        }

      if (!(name->len == 0 ? is_identifier_start (c) : is_identifier_part (c)))
        {
          if (!escaped && name->len > 0)
            return g_string_free (g_steal_pointer (&name), FALSE);

          set_error (self, start, error,
                     escaped ? "the escape cannot stand in a property name" : "expected a property name");
          return NULL;
        }

      if (!escaped)
        advance (self);
      g_string_append_unichar (name, c);
    }
}

static gsize
skip_digits (Reader *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;

  return (gsize) (self->at - start);
}

/* Moves behind the number (which has no sign here); %FALSE if it is none. */
static gboolean
skip_number (Reader *self, gboolean *is_integer)
{
  gsize n_whole, n_fraction = 0;

  *is_integer = TRUE;
  if (self->end - self->at >= 2 && self->at[0] == '0' && (self->at[1] | 0x20) == 'x')
    {
      const char *digits = self->at += 2;

      while (self->at < self->end && g_ascii_isxdigit (*self->at))
        self->at++;
      return self->at > digits;
    }

  if (take (self, '0'))
    n_whole = 1;
  else
    n_whole = skip_digits (self);

  if (take (self, '.'))
    {
      *is_integer = FALSE;
      n_fraction = skip_digits (self);
    }
  if (n_whole + n_fraction == 0)
    return FALSE;

  if (take (self, 'e') || take (self, 'E'))
    {
      *is_integer = FALSE;
      if (!take (self, '+'))
        take (self, '-');
      return skip_digits (self) > 0;
    }

  return TRUE;
}

static gboolean
take_word (Reader *self, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return FALSE;

  self->at += length;
  return TRUE;
}

static JsonNode *
read_number (Reader *self, GError **error)
{
  const char *start = self->at;
  double sign = 1, value;
  gboolean is_integer;
  g_autofree char *digits = NULL;
  const char *digits_start;

  if (take (self, '-'))
    sign = -1;
  else
    take (self, '+');

  if (take_word (self, "Infinity"))
    return json_node_init_double (json_node_alloc (), sign * (double) INFINITY);
  if (take_word (self, "NaN"))
    return json_node_init_double (json_node_alloc (), (double) NAN);

  digits_start = self->at;
  if (!skip_number (self, &is_integer))
    {
      set_error (self, start, error, "the number is not complete");
      return NULL;
    }

  /* strtod () knows hexadecimal too, and rounds both as JavaScript does. */
  digits = g_strndup (digits_start, (gsize) (self->at - digits_start));
  value = sign * g_ascii_strtod (digits, NULL);
  if (is_integer && value != 0 && value >= (double) -MAX_SAFE_INTEGER && value <= (double) MAX_SAFE_INTEGER)
    return json_node_init_int (json_node_alloc (), (gint64) value);
  if (is_integer && value == 0 && sign > 0)
    return json_node_init_int (json_node_alloc (), 0);

  return json_node_init_double (json_node_alloc (), value);
}

static gboolean
enter (Reader *self, GError **error)
{
  if (self->depth == MAX_DEPTH)
    {
      set_error (self, self->at, error, "it is nested more than 256 deep");
      return FALSE;
    }

  self->depth++;
  self->at++;
  return TRUE;
}

/* Moves behind white space and then either the closing bracket (@closed) or, behind a value, the comma. */
static gboolean
read_separator (Reader *self, char close, gboolean after_value, gboolean *closed, GError **error)
{
  if (!skip_space (self, error))
    return FALSE;

  *closed = take (self, close);
  if (*closed)
    {
      self->depth--;
      return TRUE;
    }

  if (after_value && !take (self, ','))
    {
      set_error (self, self->at, error, close == '}' ? "expected , or }" : "expected , or ]");
      return FALSE;
    }

  return skip_space (self, error);
}

static gboolean
read_member (Reader *self, JsonObject *object, GError **error)
{
  g_autofree char *name = NULL;
  JsonNode *value;

  if (self->at < self->end && (*self->at == '"' || *self->at == '\''))
    name = read_string (self, error);
  else
    name = read_identifier (self, error);
  if (name == NULL || !skip_space (self, error))
    return FALSE;

  if (!take (self, ':'))
    {
      set_error (self, self->at, error, "expected :");
      return FALSE;
    }

  value = read_value (self, error);
  if (value == NULL)
    return FALSE;

  json_object_set_member (object, name, value);
  return TRUE;
}

static JsonNode *
read_object (Reader *self, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  gboolean closed;

  if (!enter (self, error) || !read_separator (self, '}', FALSE, &closed, error))
    return NULL;

  while (!closed)
    {
      if (!read_member (self, object, error) || !read_separator (self, '}', TRUE, &closed, error))
        return NULL;
      if (!closed && take (self, '}'))
        {
          self->depth--;
          closed = TRUE;
        }
    }

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
read_array (Reader *self, GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();
  gboolean closed;

  if (!enter (self, error) || !read_separator (self, ']', FALSE, &closed, error))
    return NULL;

  while (!closed)
    {
      JsonNode *value = read_value (self, error);

      if (value == NULL)
        return NULL;

      json_array_add_element (array, value);
      if (!read_separator (self, ']', TRUE, &closed, error))
        return NULL;
      if (!closed && take (self, ']'))
        {
          self->depth--;
          closed = TRUE;
        }
    }

  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
read_word (Reader *self, GError **error)
{
  if (take_word (self, "null"))
    return json_node_init_null (json_node_alloc ());
  if (take_word (self, "true"))
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (take_word (self, "false"))
    return json_node_init_boolean (json_node_alloc (), FALSE);

  set_error (self, self->at, error, self->at == self->end ? "the text ends where a value should stand" : "expected a value");
  return NULL;
}

static JsonNode *
read_value (Reader *self, GError **error)
{
  gunichar c;

  if (!skip_space (self, error))
    return NULL;

  c = peek (self);
  switch (c)
    {
    case '{':
      return read_object (self, error);
    case '[':
      return read_array (self, error);
    case '"':
    case '\'':
      {
        g_autofree char *string = read_string (self, error);

        return string != NULL ? json_node_init_string (json_node_alloc (), string) : NULL;
      }
    case '+':
    case '-':
    case '.':
    case 'I':
    case 'N':
      return read_number (self, error);
    default:
      return c >= '0' && c <= '9' ? read_number (self, error) : read_word (self, error);
    }
}

/**
 * relay_json5_parse:
 * @text: (array length=length) (element-type guint8): a JSON5 document
 * @length: how many bytes it has
 * @error: return location for an error
 *
 * Reads JSON5 1.0 as the `json5` package does, with these limits of its own: the text must be valid UTF-8, is nested 256
 * deep at most, and no NUL stands in it or in one of its strings. Whole numbers that JavaScript holds exactly become integer
 * nodes, all others doubles, `Infinity` and `NaN` included. Of two members with one name the last counts.
 *
 * Returns: (transfer full): the document's value; or %NULL with %RELAY_ERROR_BAD_SETTINGS, whose message names line and
 *   column but quotes nothing
 */
JsonNode *
relay_json5_parse (const char *text, gsize length, GError **error)
{
  Reader self = { text, text, text + length, 0 };
  g_autoptr (JsonNode) node = NULL;
  const char *nul = memchr (text, '\0', length);
  const char *valid_end;

  if (nul != NULL)
    {
      set_error (&self, nul, error, "the text holds a NUL character");
      return NULL;
    }
  if (!g_utf8_validate_len (text, length, &valid_end))
    {
      set_error (&self, valid_end, error, "the text is not valid UTF-8");
      return NULL;
    }

  node = read_value (&self, error);
  if (node == NULL || !skip_space (&self, error))
    return NULL;

  if (self.at != self.end)
    {
      set_error (&self, self.at, error, "there is more behind the value");
      return NULL;
    }

  return g_steal_pointer (&node);
}
