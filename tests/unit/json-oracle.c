/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <stdio.h>

#include "relay/relay-envelope.h"

/*
 * Tells what the reader makes of frames, for json-equality.mjs to compare. Input: frames, each behind its length (4 bytes,
 * little-endian). Output, a line for each frame: `invalid`, or separated by tabs
 *   the envelope's type,
 *   for each member OFFSET:LENGTH and the string it says as a JSON literal (`*` no string, `!` it has a NUL), or `-` twice,
 *   the raw params as a JSON literal, or `-`,
 *   the tree of the params as JSON, `!` if it was refused, or `-`.
 */

static const char *const type_names[] = {
  [RELAY_ENVELOPE_OTHER] = "other", [RELAY_ENVELOPE_REQUEST] = "req", [RELAY_ENVELOPE_RESPONSE] = "res",
  [RELAY_ENVELOPE_EVENT] = "event", [RELAY_ENVELOPE_ERROR] = "error",
};

static void
append_member (GString *line, const char *frame, const RelayJsonSpan *span)
{
  g_autofree char *string = relay_json_span_dup_string (span);

  if (span->data == NULL)
    {
      g_string_append (line, "\t-\t-");
      return;
    }

  g_string_append_printf (line, "\t%zu:%zu\t", (gsize) (span->data - frame), span->length);
  if (string != NULL)
    relay_json_append_string (line, string);
  else
    g_string_append_c (line, relay_json_span_kind (span) == RELAY_JSON_STRING ? '!' : '*');
}

static void append_node (GString *out, JsonNode *node);

static void
append_array (GString *out, JsonArray *array)
{
  g_string_append_c (out, '[');
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      g_string_append (out, i > 0 ? "," : "");
      append_node (out, json_array_get_element (array, i));
    }
  g_string_append_c (out, ']');
}

static void
append_object (GString *out, JsonObject *object)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *value;
  const char *separator = "";

  g_string_append_c (out, '{');
  json_object_iter_init (&iter, object);
  while (json_object_iter_next (&iter, &name, &value))
    {
      g_string_append (out, separator);
      relay_json_append_string (out, name);
      g_string_append_c (out, ':');
      append_node (out, value);
      separator = ",";
    }
  g_string_append_c (out, '}');
}

static void
append_number (GString *out, JsonNode *node)
{
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (json_node_get_value_type (node) == G_TYPE_INT64)
    g_string_append_printf (out, "%" G_GINT64_FORMAT, json_node_get_int (node));
  else if (json_node_get_double (node) > G_MAXDOUBLE || json_node_get_double (node) < -G_MAXDOUBLE)
    g_string_append (out, json_node_get_double (node) > 0 ? "1e999" : "-1e999");
  else
    g_string_append (out, g_ascii_dtostr (digits, sizeof digits, json_node_get_double (node)));
}

/* Not with json-glib's generator, which writes 1e20 as `1e+20.0`. */
static void
append_node (GString *out, JsonNode *node)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    append_object (out, json_node_get_object (node));
  else if (JSON_NODE_HOLDS_ARRAY (node))
    append_array (out, json_node_get_array (node));
  else if (JSON_NODE_HOLDS_NULL (node))
    g_string_append (out, "null");
  else if (json_node_get_value_type (node) == G_TYPE_STRING)
    relay_json_append_string (out, json_node_get_string (node));
  else if (json_node_get_value_type (node) == G_TYPE_BOOLEAN)
    g_string_append (out, json_node_get_boolean (node) ? "true" : "false");
  else
    append_number (out, node);
}

static void
append_params (GString *line, const RelayJsonSpan *params)
{
  g_autofree char *raw = relay_json_span_dup_raw (params);
  g_autoptr (JsonNode) node = NULL;

  if (raw == NULL)
    {
      g_string_append (line, "\t-\t-");
      return;
    }

  node = relay_json_span_to_node (params, NULL);
  g_string_append_c (line, '\t');
  relay_json_append_string (line, raw);
  g_string_append_c (line, '\t');
  if (node != NULL)
    append_node (line, node);
  else
    g_string_append_c (line, '!');
}

static void
append_verdict (GString *line, const char *frame, gsize length)
{
  RelayEnvelope envelope;
  gboolean is_valid = relay_envelope_read (&envelope, frame, length);

  g_assert_cmpint (is_valid, ==, relay_json_validate (frame, length));
  if (!is_valid)
    {
      g_string_append (line, "invalid\n");
      return;
    }

  g_string_append (line, type_names[envelope.type]);
  append_member (line, frame, &envelope.id);
  append_member (line, frame, &envelope.method);
  append_member (line, frame, &envelope.event);
  append_member (line, frame, &envelope.ok);
  append_member (line, frame, &envelope.params);
  append_member (line, frame, &envelope.payload);
  append_member (line, frame, &envelope.error);
  append_member (line, frame, &envelope.message);
  append_params (line, &envelope.params);
  g_string_append_c (line, '\n');
}

int
main (void)
{
  guint32 length_le;

  while (fread (&length_le, sizeof length_le, 1, stdin) == 1)
    {
      guint32 length = GUINT32_FROM_LE (length_le);
      /* Of its own size exactly, so that a sanitizer sees a read beyond the frame. */
      g_autofree char *frame = g_malloc (length);
      g_autoptr (GString) line = g_string_new (NULL);

      if (length > 0 && fread (frame, length, 1, stdin) != 1)
        return 1;
      append_verdict (line, frame, length);
      if (fwrite (line->str, line->len, 1, stdout) != 1)
        return 1;
    }

  return 0;
}
