/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-connect-frame.h"

#include "common/relay-error.h"

static void
append_auth (GString *out, const char *member, const char *secret)
{
  if (secret == NULL)
    {
      g_string_append (out, "{}");
      return;
    }

  g_string_append_printf (out, "{\"%s\":", member);
  relay_json_append_string (out, secret);
  g_string_append_c (out, '}');
}

/**
 * relay_connect_frame_set_auth:
 * @frame: the platform's connect request
 * @envelope: @frame, read
 * @member: `token` or `password`
 * @secret: (nullable): the gateway's secret; %NULL if it wants none
 * @error: return location; %RELAY_ERROR_PLATFORM_PROTOCOL if the request has no params, %RELAY_ERROR_PLATFORM_REFUSED if it
 *   is signed by a device identity, since a change would break the signature
 *
 * Puts the gateway's secret into a connect request on behalf of a platform that does not get to know it: `params.auth` is
 * set or replaced, every other byte stays.
 *
 * Returns: (transfer full): the frame to send instead
 */
GBytes *
relay_connect_frame_set_auth (GBytes *frame, const RelayEnvelope *envelope, const char *member, const char *secret,
                              GError **error)
{
  static const char *const names[] = { "auth", "device", NULL };
  RelayJsonSpan spans[2] = { 0 };
  gsize length;
  const char *text = g_bytes_get_data (frame, &length);
  const char *params = envelope->params.data;
  g_autoptr (GString) out = NULL;

  if (relay_json_span_kind (&envelope->params) != RELAY_JSON_OBJECT ||
      !relay_json_read_object (params, envelope->params.length, names, spans))
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_PROTOCOL, "platform's connect request has no params");
      return NULL;
    }
  if (relay_json_span_kind (&spans[1]) > RELAY_JSON_NULL)
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_REFUSED,
                           "platform's connect request is signed by a device identity, so the gateway token cannot be put "
                           "into it: set share-gateway-token=true, or have the platform connect without a device identity");
      return NULL;
    }

  out = g_string_sized_new (length + 256);
  if (spans[0].data != NULL)
    {
      g_string_append_len (out, text, spans[0].data - text);
      append_auth (out, member, secret);
      g_string_append_len (out, spans[0].data + spans[0].length, text + length - (spans[0].data + spans[0].length));
    }
  else
    {
      gboolean is_empty;
      const char *inside = params + 1;

      while (g_ascii_isspace (*inside))
        inside++;
      is_empty = *inside == '}';
      g_string_append_len (out, text, params + 1 - text);
      g_string_append (out, "\"auth\":");
      append_auth (out, member, secret);
      if (!is_empty)
        g_string_append_c (out, ',');
      g_string_append_len (out, params + 1, text + length - (params + 1));
    }

  return g_string_free_to_bytes (g_steal_pointer (&out));
}
