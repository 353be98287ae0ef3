/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A frame, as it comes from either peer. That it means what JSON.parse () says is compared by tests/unit/json-equality.mjs.
 */

#include "config.h"

#include <string.h>

#include "fuzz-support.h"
#include "relay/relay-envelope.h"

static void
check_string (const RelayJsonSpan *span)
{
  g_autofree char *string = relay_json_span_dup_string (span);
  g_autoptr (GString) literal = g_string_new (NULL);

  if (string == NULL)
    return;

  g_assert_cmpint (relay_json_span_kind (span), ==, RELAY_JSON_STRING);
  g_assert_true (g_utf8_validate (string, -1, NULL));
  g_assert_true (relay_json_span_equal (span, string) || strstr (string, "\xef\xbf\xbd") != NULL);
  relay_json_append_string (literal, string);
  g_assert_true (relay_json_validate (literal->str, literal->len));
}

static void
check_raw (const RelayJsonSpan *span)
{
  g_autofree char *raw = relay_json_span_dup_raw (span);
  g_autoptr (GString) appended = g_string_new (NULL);

  g_assert_true (g_utf8_validate (raw, -1, NULL));
  g_assert_true (relay_json_validate (raw, strlen (raw)));
  relay_json_append_span (appended, span);
  g_assert_true (relay_json_validate (appended->str, appended->len));
}

static void
check_tree (const RelayJsonSpan *span)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = relay_json_span_to_node (span, &error);

  g_assert_true ((node == NULL) == (error != NULL));
  if (error != NULL)
    fuzz_check_message (error->message);
}

static void
check_span (const RelayJsonSpan *span, const char *frame, gsize length)
{
  g_assert_true ((span->data == NULL) == (relay_json_span_kind (span) == RELAY_JSON_ABSENT));
  if (span->data == NULL)
    return;

  g_assert_true (span->data >= frame && span->length > 0 && span->length <= length - (gsize) (span->data - frame));
  g_assert_true (relay_json_validate (span->data, span->length));
  check_string (span);
  check_raw (span);
  check_tree (span);
}

/* Valid or not: more white space around it changes nothing, and nothing valid can go on behind its end. */
static void
check_surroundings (const char *frame, gsize length, gboolean is_valid)
{
  g_autoptr (GString) text = g_string_new (" \n");

  g_string_append_len (text, frame, length);
  g_string_append (text, "\t\r");
  g_assert_cmpint (relay_json_validate (text->str, text->len), ==, is_valid);
  if (is_valid)
    {
      g_string_append_c (text, '}');
      g_assert_false (relay_json_validate (text->str, text->len));
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *frame = (const char *) data;
  RelayEnvelope envelope;
  gboolean is_valid = relay_envelope_read (&envelope, frame, size);
  const RelayJsonSpan *spans[] = { &envelope.id,     &envelope.method,  &envelope.event, &envelope.ok,
                                   &envelope.params, &envelope.payload, &envelope.error, &envelope.message };

  g_assert_cmpint (relay_json_validate (frame, size), ==, is_valid);
  check_surroundings (frame, size, is_valid);
  if (!is_valid)
    return 0;

  for (gsize i = 0; i < G_N_ELEMENTS (spans); i++)
    check_span (spans[i], frame, size);

  return 0;
}
