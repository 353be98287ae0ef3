/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-json.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-json-private.h"

/*
 * Trees of params. They are built here and not by json-glib's parser, which would wrap big integers, refuse halves of
 * surrogate pairs and cut strings at U+0000. The text has been validated: what is read is known to be well-formed.
 */

/* 2^63: whole numbers below it are handed over as integers. */
#define TOO_LARGE_INTEGER 9223372036854775808.0

typedef struct {
  const char *p;
  const char *end;
  guint depth;
  guint n_values;
  GError **error;
} TreeReader;

static JsonNode *tree_reader_read_value (TreeReader *self);

static JsonNode *
tree_reader_refuse (TreeReader *self, int limit, const char *what)
{
  g_set_error (self->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "params have more than %d %s", limit, what);
  return NULL;
}

/* To the next token; in a text that is known to be valid commas and colons tell nothing. */
static void
tree_reader_skip_separators (TreeReader *self)
{
  while (*self->p == ' ' || *self->p == '\n' || *self->p == '\r' || *self->p == '\t' || *self->p == ',' || *self->p == ':')
    self->p++;
}

static RelayJsonSpan
tree_reader_next_scalar (TreeReader *self)
{
  const char *begin = self->p;

  self->p = relay_json_skip_value (begin, self->end);
  return (RelayJsonSpan){ begin, self->p - begin };
}

static char *
tree_reader_read_string (TreeReader *self)
{
  RelayJsonSpan span = tree_reader_next_scalar (self);
  g_autofree char *string = relay_json_span_dup_string (&span);

  if (string == NULL)
    g_set_error_literal (self->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST,
                         "params contain a NUL character; use encoding base64 for binary content");

  return g_steal_pointer (&string);
}

/* Through a double, as in JavaScript, so that nothing is more exact here than in the gateway. */
static JsonNode *
tree_reader_read_number (TreeReader *self)
{
  RelayJsonSpan span = tree_reader_next_scalar (self);
  g_autofree char *digits = g_strndup (span.data, span.length);
  double value = g_ascii_strtod (digits, NULL);

  if (value >= -TOO_LARGE_INTEGER && value < TOO_LARGE_INTEGER && (double) (gint64) value == value)
    return json_node_init_int (json_node_alloc (), (gint64) value);

  return json_node_init_double (json_node_alloc (), value);
}

static JsonNode *
tree_reader_read_array (TreeReader *self)
{
  g_autoptr (JsonArray) array = json_array_new ();

  self->p++;
  for (tree_reader_skip_separators (self); *self->p != ']'; tree_reader_skip_separators (self))
    {
      JsonNode *element = tree_reader_read_value (self);

      if (element == NULL)
        return NULL;
      json_array_add_element (array, element);
    }
  self->p++;

  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
tree_reader_read_object (TreeReader *self)
{
  g_autoptr (JsonObject) object = json_object_new ();

  self->p++;
  for (tree_reader_skip_separators (self); *self->p != '}'; tree_reader_skip_separators (self))
    {
      g_autofree char *name = tree_reader_read_string (self);
      JsonNode *value;

      if (name == NULL)
        return NULL;
      if (json_object_get_size (object) == RELAY_JSON_MAX_TREE_MEMBERS && !json_object_has_member (object, name))
        return tree_reader_refuse (self, RELAY_JSON_MAX_TREE_MEMBERS, "members in one object");
      tree_reader_skip_separators (self);
      value = tree_reader_read_value (self);
      if (value == NULL)
        return NULL;
      json_object_set_member (object, name, value);
    }
  self->p++;

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
tree_reader_read_container (TreeReader *self)
{
  JsonNode *node;

  if (self->depth == RELAY_JSON_MAX_TREE_DEPTH)
    return tree_reader_refuse (self, RELAY_JSON_MAX_TREE_DEPTH, "levels of nesting");

  self->depth++;
  node = *self->p == '{' ? tree_reader_read_object (self) : tree_reader_read_array (self);
  self->depth--;

  return node;
}

static JsonNode *
tree_reader_read_string_node (TreeReader *self)
{
  g_autofree char *string = tree_reader_read_string (self);

  return string != NULL ? json_node_init_string (json_node_alloc (), string) : NULL;
}

static JsonNode *
tree_reader_read_value (TreeReader *self)
{
  RelayJsonSpan here = { self->p, 1 };

  if (self->n_values++ == RELAY_JSON_MAX_TREE_VALUES)
    return tree_reader_refuse (self, RELAY_JSON_MAX_TREE_VALUES, "values");

  switch (relay_json_span_kind (&here))
    {
    case RELAY_JSON_OBJECT:
    case RELAY_JSON_ARRAY:
      return tree_reader_read_container (self);
    case RELAY_JSON_STRING:
      return tree_reader_read_string_node (self);
    case RELAY_JSON_NUMBER:
      return tree_reader_read_number (self);
    case RELAY_JSON_BOOLEAN:
      return json_node_init_boolean (json_node_alloc (), *tree_reader_next_scalar (self).data == 't');
    case RELAY_JSON_ABSENT:
    case RELAY_JSON_NULL:
    default:
      tree_reader_next_scalar (self);
      return json_node_init_null (json_node_alloc ());
    }
}

/**
 * relay_json_span_to_node:
 * @span: the extent of a value in valid JSON; not absent
 * @error: return location for a #GError
 *
 * Builds a tree of a request's params, with what `JSON.parse` would see in them: of duplicate members the last; numbers as
 * the nearest double, which is an integer node if it is whole and fits one (also when it is written `1.0` or `1e2`), and
 * else a double node; what has no UTF-8 in a string as U+FFFD. Numbers that are too large for a double are infinity.
 *
 * json-glib's generator does not write valid JSON for infinity, nor (1.6) for doubles from 2^63 on: check the range of a
 * number before it goes out again.
 *
 * Returns: (transfer full): the tree; or %NULL with %RELAY_ERROR_INVALID_REQUEST if it would be more than
 *   %RELAY_JSON_MAX_TREE_DEPTH deep, have more than %RELAY_JSON_MAX_TREE_VALUES values or an object of more than
 *   %RELAY_JSON_MAX_TREE_MEMBERS members, or have a string or name with U+0000
 */
JsonNode *
relay_json_span_to_node (const RelayJsonSpan *span, GError **error)
{
  TreeReader reader = { .p = span->data, .end = span->data + span->length, .error = error };

  return tree_reader_read_value (&reader);
}
