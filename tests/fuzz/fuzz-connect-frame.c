/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* A platform's connect request that the gateway's secret is put into: all else must mean what it meant. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "relay/relay-connect-frame.h"

#define AUTH "{\"token\":\"" FUZZ_SECRET "\"}"

static void
check_same_span (const RelayJsonSpan *before, const RelayJsonSpan *after)
{
  g_assert_cmpmem (before->data, before->length, after->data, after->length);
}

static void
check_around_params (const RelayEnvelope *before, const RelayEnvelope *after)
{
  g_assert_cmpint (before->type, ==, after->type);
  check_same_span (&before->id, &after->id);
  check_same_span (&before->method, &after->method);
  check_same_span (&before->event, &after->event);
  check_same_span (&before->ok, &after->ok);
  check_same_span (&before->payload, &after->payload);
  check_same_span (&before->error, &after->error);
  check_same_span (&before->message, &after->message);
}

/* Compares as trees, if they are such that one can be made of them. */
static void
check_params (const RelayEnvelope *before, const RelayEnvelope *after)
{
  static const char *const names[] = { "auth", "device", NULL };
  RelayJsonSpan members[2];
  g_autoptr (JsonNode) expected = relay_json_span_to_node (&before->params, NULL);
  g_autoptr (JsonNode) seen = relay_json_span_to_node (&after->params, NULL);

  g_assert_true (relay_json_read_object (after->params.data, after->params.length, names, members));
  g_assert_cmpmem (members[0].data, members[0].length, AUTH, strlen (AUTH));
  g_assert_cmpint (relay_json_span_kind (&members[1]), <=, RELAY_JSON_NULL);
  if (expected == NULL || seen == NULL)
    return;

  json_object_remove_member (json_node_get_object (expected), "auth");
  json_object_remove_member (json_node_get_object (seen), "auth");
  g_assert_true (json_node_equal (expected, seen));
}

static void
check_refusal (const GError *error, const RelayEnvelope *request)
{
  static const char *const names[] = { "device", NULL };
  RelayJsonSpan device = { NULL, 0 };

  fuzz_check_secrecy (error->message);
  if (relay_json_span_kind (&request->params) != RELAY_JSON_OBJECT)
    {
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_PROTOCOL);
      return;
    }

  g_assert_true (relay_json_read_object (request->params.data, request->params.length, names, &device));
  g_assert_cmpint (relay_json_span_kind (&device), >, RELAY_JSON_NULL);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_REFUSED);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (GBytes) frame = g_bytes_new_static (data, size);
  g_autoptr (GBytes) changed = NULL;
  g_autoptr (GError) error = NULL;
  RelayEnvelope before, after;
  gsize length;
  const char *text;

  if (!relay_envelope_read (&before, (const char *) data, size))
    return 0;

  changed = relay_connect_frame_set_auth (frame, &before, "token", FUZZ_SECRET, &error);
  if (changed == NULL)
    {
      check_refusal (error, &before);
      return 0;
    }

  text = g_bytes_get_data (changed, &length);
  g_assert_true (relay_envelope_read (&after, text, length));
  check_around_params (&before, &after);
  check_params (&before, &after);
  return 0;
}
