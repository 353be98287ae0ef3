/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Reads documents from standard input, each as its length in bytes, a newline and the bytes, and writes for each a line:
 * `!` if relay_json5_parse () refuses it, else its value as JSON, in which a number is `[bits]` (those of the double, in
 * hexadecimal, so that -0, NaN and all digits count) and an array has a `null` in front.
 */

#include "config.h"

#include <stdio.h>

#include "settings/relay-json5.h"

static JsonNode *encode (JsonNode *node);

static JsonNode *
encode_number (double number)
{
  g_autoptr (JsonArray) array = json_array_new ();
  g_autofree char *bits = NULL;
  union {
    double number;
    guint64 bits;
  } value = { number };

  bits = number != number ? g_strdup ("NaN") : g_strdup_printf ("%" G_GINT64_MODIFIER "x", value.bits);
  json_array_add_string_element (array, bits);
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
encode_array (JsonArray *source)
{
  g_autoptr (JsonArray) array = json_array_new ();

  json_array_add_null_element (array);
  for (guint i = 0; i < json_array_get_length (source); i++)
    json_array_add_element (array, encode (json_array_get_element (source, i)));
  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
encode_object (JsonObject *source)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  json_object_iter_init (&iter, source);
  while (json_object_iter_next (&iter, &name, &member))
    json_object_set_member (object, name, encode (member));
  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
encode (JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return encode_object (json_node_get_object (node));
  if (JSON_NODE_HOLDS_ARRAY (node))
    return encode_array (json_node_get_array (node));
  if (JSON_NODE_HOLDS_VALUE (node) &&
      (json_node_get_value_type (node) == G_TYPE_DOUBLE || json_node_get_value_type (node) == G_TYPE_INT64))
    return encode_number (json_node_get_double (node));

  return json_node_copy (node);
}

static void
answer (const char *text, gsize length)
{
  g_autoptr (JsonNode) node = relay_json5_parse (text, length, NULL);
  g_autoptr (JsonNode) encoded = NULL;
  g_autoptr (GString) line = g_string_new ("!");

  if (node != NULL)
    {
      g_autofree char *written = NULL;

      encoded = encode (node);
      written = json_to_string (encoded, FALSE);
      g_string_assign (line, written);
      /* json-glib escapes all control characters but one */
      g_string_replace (line, "\x1f", "\\u001f", 0);
    }
  puts (line->str);
}

int
main (void)
{
  gsize length;

  while (scanf ("%" G_GSIZE_MODIFIER "u", &length) == 1 && getchar () == '\n')
    {
      g_autofree char *text = g_malloc (length + 1);

      if (fread (text, 1, length, stdin) != length)
        return 1;
      answer (text, length);
    }

  return 0;
}
