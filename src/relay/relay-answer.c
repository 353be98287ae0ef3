/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-answer.h"

#include "common/relay-error.h"
#include "common/relay-text.h"

/**
 * relay_answer_new_payload:
 * @id_json: the request's own `id` token, raw
 * @payload: the payload, raw JSON
 *
 * Returns: (transfer full): the frame that answers a request which was served
 */
GBytes *
relay_answer_new_payload (const char *id_json, GBytes *payload)
{
  gsize length;
  const char *text = g_bytes_get_data (payload, &length);
  GString *frame = g_string_sized_new (length + strlen (id_json) + 64);

  g_string_append (frame, "{\"type\":\"res\",\"id\":");
  g_string_append (frame, id_json);
  g_string_append (frame, ",\"ok\":true,\"payload\":");
  g_string_append_len (frame, text, (gssize) length);
  g_string_append_c (frame, '}');

  return g_string_free_to_bytes (frame);
}

/**
 * relay_answer_new_error:
 * @id_json: the request's own `id` token, raw, or `null`
 * @error: why it was not served
 *
 * Returns: (transfer full): the frame that says so, with a peer's own error as details if @error has one
 */
GBytes *
relay_answer_new_error (const char *id_json, const GError *error)
{
  const char *details = relay_error_get_details (error);
  g_autofree char *message = relay_text_clean (error->message, -1, RELAY_TEXT_MAX_MESSAGE, NULL);
  GString *frame = g_string_new ("{\"type\":\"res\",\"id\":");

  g_string_append (frame, id_json);
  g_string_append (frame, ",\"ok\":false,\"error\":{\"message\":");
  relay_json_append_string (frame, message);
  g_string_append_printf (frame, ",\"code\":\"%s\"", relay_error_answer_code (error));
  if (details != NULL)
    {
      g_string_append (frame, ",\"details\":");
      g_string_append (frame, details);
    }
  g_string_append (frame, "}}");

  return g_string_free_to_bytes (frame);
}
