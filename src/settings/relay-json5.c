/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-json5.h"

#include <math.h>
#include <string.h>

#include "common/relay-error.h"
#include "settings/relay-json5-private.h"

/* Far deeper than any configuration, far shallower than the stack. */
#define MAX_DEPTH 256

/* Integers up to here are exact in JavaScript, which is what wrote the rules. */
#define MAX_SAFE_INTEGER G_GINT64_CONSTANT (9007199254740991)

static JsonNode *read_value (RelayJson5Reader *self, GError **error);

static gsize
skip_digits (RelayJson5Reader *self)
{
  const char *start = self->at;

  while (self->at < self->end && g_ascii_isdigit (*self->at))
    self->at++;

  return (gsize) (self->at - start);
}

/* Moves behind the number (which has no sign here); %FALSE if it is none. */
static gboolean
skip_number (RelayJson5Reader *self, gboolean *is_integer)
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

  if (relay_json5_take (self, '0'))
    n_whole = 1;
  else
    n_whole = skip_digits (self);

  if (relay_json5_take (self, '.'))
    {
      *is_integer = FALSE;
      n_fraction = skip_digits (self);
    }
  if (n_whole + n_fraction == 0)
    return FALSE;

  if (relay_json5_take (self, 'e') || relay_json5_take (self, 'E'))
    {
      *is_integer = FALSE;
      if (!relay_json5_take (self, '+'))
        relay_json5_take (self, '-');
      return skip_digits (self) > 0;
    }

  return TRUE;
}

static gboolean
take_word (RelayJson5Reader *self, const char *word)
{
  gsize length = strlen (word);

  if ((gsize) (self->end - self->at) < length || memcmp (self->at, word, length) != 0)
    return FALSE;

  self->at += length;
  return TRUE;
}

static JsonNode *
read_number (RelayJson5Reader *self, GError **error)
{
  const char *start = self->at;
  double sign = 1, value;
  gboolean is_integer;
  g_autofree char *digits = NULL;
  const char *digits_start;

  if (relay_json5_take (self, '-'))
    sign = -1;
  else
    relay_json5_take (self, '+');

  if (take_word (self, "Infinity"))
    return json_node_init_double (json_node_alloc (), sign * (double) INFINITY);
  if (take_word (self, "NaN"))
    return json_node_init_double (json_node_alloc (), (double) NAN);

  digits_start = self->at;
  if (!skip_number (self, &is_integer))
    {
      relay_json5_set_error (self, start, error, "the number is not complete");
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
enter (RelayJson5Reader *self, GError **error)
{
  if (self->depth == MAX_DEPTH)
    {
      relay_json5_set_error (self, self->at, error, "it is nested more than 256 deep");
      return FALSE;
    }

  self->depth++;
  self->at++;
  return TRUE;
}

/* Moves behind white space and then either the closing bracket (@closed) or, behind a value, the comma. */
static gboolean
read_separator (RelayJson5Reader *self, char close, gboolean after_value, gboolean *closed, GError **error)
{
  if (!relay_json5_skip_space (self, error))
    return FALSE;

  *closed = relay_json5_take (self, close);
  if (*closed)
    {
      self->depth--;
      return TRUE;
    }

  if (after_value && !relay_json5_take (self, ','))
    {
      relay_json5_set_error (self, self->at, error, close == '}' ? "expected , or }" : "expected , or ]");
      return FALSE;
    }

  return relay_json5_skip_space (self, error);
}

static gboolean
read_member (RelayJson5Reader *self, JsonObject *object, GError **error)
{
  g_autofree char *name = NULL;
  JsonNode *value;

  if (self->at < self->end && (*self->at == '"' || *self->at == '\''))
    name = relay_json5_read_string (self, error);
  else
    name = relay_json5_read_identifier (self, error);
  if (name == NULL || !relay_json5_skip_space (self, error))
    return FALSE;

  if (!relay_json5_take (self, ':'))
    {
      relay_json5_set_error (self, self->at, error, "expected :");
      return FALSE;
    }

  value = read_value (self, error);
  if (value == NULL)
    return FALSE;

  json_object_set_member (object, name, value);
  return TRUE;
}

static JsonNode *
read_object (RelayJson5Reader *self, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  gboolean closed;

  if (!enter (self, error) || !read_separator (self, '}', FALSE, &closed, error))
    return NULL;

  while (!closed)
    {
      if (!read_member (self, object, error) || !read_separator (self, '}', TRUE, &closed, error))
        return NULL;
      if (!closed && relay_json5_take (self, '}'))
        {
          self->depth--;
          closed = TRUE;
        }
    }

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
read_array (RelayJson5Reader *self, GError **error)
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
      if (!closed && relay_json5_take (self, ']'))
        {
          self->depth--;
          closed = TRUE;
        }
    }

  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
read_word (RelayJson5Reader *self, GError **error)
{
  if (take_word (self, "null"))
    return json_node_init_null (json_node_alloc ());
  if (take_word (self, "true"))
    return json_node_init_boolean (json_node_alloc (), TRUE);
  if (take_word (self, "false"))
    return json_node_init_boolean (json_node_alloc (), FALSE);

  relay_json5_set_error (self, self->at, error,
                         self->at == self->end ? "the text ends where a value should stand" : "expected a value");
  return NULL;
}

static JsonNode *
read_value (RelayJson5Reader *self, GError **error)
{
  gunichar c;

  if (!relay_json5_skip_space (self, error))
    return NULL;

  c = relay_json5_peek (self);
  switch (c)
    {
    case '{':
      return read_object (self, error);
    case '[':
      return read_array (self, error);
    case '"':
    case '\'':
      {
        g_autofree char *string = relay_json5_read_string (self, error);

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
  RelayJson5Reader self = { text, text, text + length, 0 };
  g_autoptr (JsonNode) node = NULL;
  const char *nul = memchr (text, '\0', length);
  const char *valid_end;

  if (nul != NULL)
    {
      relay_json5_set_error (&self, nul, error, "the text holds a NUL character");
      return NULL;
    }
  if (!g_utf8_validate_len (text, length, &valid_end))
    {
      relay_json5_set_error (&self, valid_end, error, "the text is not valid UTF-8");
      return NULL;
    }

  node = read_value (&self, error);
  if (node == NULL || !relay_json5_skip_space (&self, error))
    return NULL;

  if (self.at != self.end)
    {
      relay_json5_set_error (&self, self.at, error, "there is more behind the value");
      return NULL;
    }

  return g_steal_pointer (&node);
}
