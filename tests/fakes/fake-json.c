/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-json.h"

#include <json-glib/json-glib.h>
#include <string.h>

typedef struct {
  const char *at;
  const char *end;
} Cursor;

static void
skip_space (Cursor *cursor)
{
  while (cursor->at < cursor->end && strchr (" \t\r\n", *cursor->at) != NULL && *cursor->at != '\0')
    cursor->at++;
}

static void
skip_string (Cursor *cursor)
{
  for (cursor->at++; cursor->at < cursor->end && *cursor->at != '"'; cursor->at++)
    {
      if (*cursor->at == '\\')
        cursor->at++;
    }
  cursor->at++;
}

/* Counts brackets instead of recursing: frames in tests are nested 100,000 deep. */
static void
skip_value (Cursor *cursor)
{
  gsize depth = 0;

  do
    {
      char c = *cursor->at;

      if (c == '"')
        skip_string (cursor);
      else if (c == '{' || c == '[')
        depth++, cursor->at++;
      else if (c == '}' || c == ']')
        depth--, cursor->at++;
      else if (depth > 0)
        cursor->at++;
      else
        while (cursor->at < cursor->end && strchr (",]} \t\r\n", *cursor->at) == NULL)
          cursor->at++;
    }
  while (depth > 0 && cursor->at < cursor->end);
  cursor->at = MIN (cursor->at, cursor->end);
}

static char *
decode_string (const char *token, gsize length)
{
  g_autofree char *array = g_strdup_printf ("[%.*s]", (int) length, token);
  g_autoptr (JsonNode) node = json_from_string (array, NULL);

  if (node == NULL || token[0] != '"')
    return NULL;

  return g_strdup (json_array_get_string_element (json_node_get_array (node), 0));
}

static gboolean
key_matches (const char *token, gsize length, const char *name, gsize name_length)
{
  g_autofree char *decoded = NULL;

  if (memchr (token, '\\', length) == NULL)
    return length == name_length + 2 && memcmp (token + 1, name, name_length) == 0;

  decoded = decode_string (token, length);
  return decoded != NULL && strlen (decoded) == name_length && memcmp (decoded, name, name_length) == 0;
}

/* Narrows @value to the member or element that @name names. */
static gboolean
enter (Cursor *value, const char *name, gsize name_length)
{
  gboolean is_object = value->at < value->end && *value->at == '{';
  guint64 wanted = is_object ? 0 : g_ascii_strtoull (name, NULL, 10);
  Cursor cursor = { value->at + 1, value->end };
  Cursor found = { NULL, NULL };

  if (value->at >= value->end || (*value->at != '{' && *value->at != '['))
    return FALSE;

  for (guint64 i = 0; cursor.at < cursor.end; i++)
    {
      gboolean matches = !is_object && i == wanted;
      const char *start;

      skip_space (&cursor);
      if (cursor.at >= cursor.end || *cursor.at == '}' || *cursor.at == ']')
        break;
      if (is_object)
        {
          start = cursor.at;
          skip_value (&cursor);
          matches = key_matches (start, cursor.at - start, name, name_length);
          skip_space (&cursor);
          cursor.at++;
          skip_space (&cursor);
        }
      start = cursor.at;
      skip_value (&cursor);
      if (matches)
        found = (Cursor){ start, cursor.at };
      skip_space (&cursor);
      cursor.at++;
    }

  *value = found;
  return found.at != NULL;
}

static gboolean
find (const char *text, gssize length, const char *path, Cursor *value)
{
  *value = (Cursor){ text, text + (length < 0 ? strlen (text) : (gsize) length) };
  skip_space (value);

  while (*path != '\0')
    {
      gsize name_length = strcspn (path, ".");

      if (!enter (value, path, name_length))
        return FALSE;
      path += name_length;
      if (*path == '.')
        path++;
    }

  return value->at < value->end;
}

/**
 * fake_json_get:
 * @text: JSON
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @path: which value
 *
 * Returns: (transfer full) (nullable): the raw text of the value, or %NULL if it is not there
 */
char *
fake_json_get (const char *text, gssize length, const char *path)
{
  Cursor value;

  return find (text, length, path, &value) ? g_strndup (value.at, value.end - value.at) : NULL;
}

/**
 * fake_json_get_string:
 * @text: JSON
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @path: which value
 *
 * Returns: (transfer full) (nullable): what the string says, or %NULL if it is not there or is no string
 */
char *
fake_json_get_string (const char *text, gssize length, const char *path)
{
  Cursor value;

  return find (text, length, path, &value) && *value.at == '"' ? decode_string (value.at, value.end - value.at) : NULL;
}

/**
 * fake_json_get_int:
 * @text: JSON
 * @length: its length in bytes, or -1 if it ends with a NUL
 * @path: which value
 *
 * Returns: the number, or -1 if it is not there or is no number
 */
gint64
fake_json_get_int (const char *text, gssize length, const char *path)
{
  g_autofree char *raw = fake_json_get (text, length, path);

  if (raw == NULL || !(g_ascii_isdigit (raw[0]) || raw[0] == '-'))
    return -1;

  return g_ascii_strtoll (raw, NULL, 10);
}

/**
 * fake_json_quote:
 * @string: UTF-8
 *
 * Returns: (transfer full): @string as a JSON string, with its quotation marks
 */
char *
fake_json_quote (const char *string)
{
  g_autoptr (JsonNode) node = json_node_init_string (json_node_alloc (), string);

  return json_to_string (node, FALSE);
}
