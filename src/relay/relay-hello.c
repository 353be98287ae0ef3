/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-hello.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"

/* What a gateway takes that does not say (PROTOCOL). */
#define DEFAULT_MAX_PAYLOAD 26214400
/* A refusal's text leaves room for its code in a message. */
#define MAX_REFUSAL_TEXT (RELAY_TEXT_MAX_MESSAGE - RELAY_TEXT_MAX_NAME - 50)

static double
read_number (const RelayJsonSpan *span, double fallback)
{
  g_autofree char *number = NULL;

  if (relay_json_span_kind (span) != RELAY_JSON_NUMBER)
    return fallback;

  number = relay_json_span_dup_raw (span);
  return g_ascii_strtod (number, NULL);
}

/* Reads members of what may be no object, or not there at all. */
static void
read_members (const RelayJsonSpan *span, const char *const *names, RelayJsonSpan *members)
{
  if (relay_json_span_kind (span) == RELAY_JSON_OBJECT)
    relay_json_read_object (span->data, span->length, names, members);
}

/**
 * relay_hello_dup_text:
 * @text: a string of a frame, or anything else
 * @max_chars: how many characters the result has at most
 * @secrets: (nullable) (array zero-terminated=1): what is replaced in it
 *
 * Returns: (transfer full): @text as it may be shown, or that there is none
 */
char *
relay_hello_dup_text (const RelayJsonSpan *text, gsize max_chars, const char *const *secrets)
{
  g_autofree char *string = relay_json_span_dup_shown (text);

  return relay_text_clean (string != NULL ? string : "(no message)", -1, max_chars, secrets);
}

/**
 * relay_hello_answers:
 * @frame: a frame of the gateway
 * @connect_id: the id of the platform's connect request
 *
 * Returns: %TRUE if it is the answer to that request
 */
gboolean
relay_hello_answers (const RelayEnvelope *frame, const RelayJsonSpan *connect_id)
{
  g_autofree char *id = relay_json_span_dup_string (connect_id);

  if (frame->type != RELAY_ENVELOPE_RESPONSE)
    return FALSE;
  if (id != NULL)
    return relay_json_span_equal (&frame->id, id);

  return frame->id.length == connect_id->length && connect_id->length > 0 &&
         memcmp (frame->id.data, connect_id->data, connect_id->length) == 0;
}

/**
 * relay_hello_is_ok:
 * @hello: the answer to the connect request
 *
 * Returns: %TRUE if the gateway accepts the platform; whatever is not `ok:true` is a refusal
 */
gboolean
relay_hello_is_ok (const RelayEnvelope *hello)
{
  return relay_json_span_kind (&hello->ok) == RELAY_JSON_BOOLEAN && *hello->ok.data == 't';
}

/**
 * relay_hello_read:
 * @hello: an answer that is ok
 * @secrets: (nullable) (array zero-terminated=1): what must not be shown
 * @gateway_version: (out) (transfer full) (nullable): what the gateway calls itself
 * @protocol_version: (out): the protocol that both speak, 0 if the gateway does not say
 * @max_payload: (out): the longest message that the gateway takes, in bytes
 *
 * Reads what the relay needs to know of the gateway.
 */
void
relay_hello_read (const RelayEnvelope *hello, const char *const *secrets, char **gateway_version, guint *protocol_version,
                  gsize *max_payload)
{
  static const char *const names[] = { "protocol", "server", "policy", NULL };
  static const char *const server_names[] = { "version", NULL };
  static const char *const policy_names[] = { "maxPayload", NULL };
  RelayJsonSpan spans[3] = { 0 };
  RelayJsonSpan version[1] = { 0 };
  RelayJsonSpan max[1] = { 0 };

  read_members (&hello->payload, names, spans);
  read_members (&spans[1], server_names, version);
  read_members (&spans[2], policy_names, max);

  *protocol_version = (guint) CLAMP (read_number (&spans[0], 0), 0, G_MAXUINT);
  *max_payload = (gsize) CLAMP (read_number (&max[0], DEFAULT_MAX_PAYLOAD), 1, G_MAXINT);
  *gateway_version = relay_json_span_kind (&version[0]) == RELAY_JSON_STRING
                         ? relay_hello_dup_text (&version[0], RELAY_TEXT_MAX_NAME, secrets)
                         : NULL;
}

/* The more precise code, as a message ends with it; empty if there is none. */
static char *
dup_code (const RelayJsonSpan *details_code, const RelayJsonSpan *error_code, const char *const *secrets)
{
  gboolean is_precise = relay_json_span_kind (details_code) == RELAY_JSON_STRING;
  g_autofree char *code = NULL;

  if (!is_precise && relay_json_span_kind (error_code) != RELAY_JSON_STRING)
    return g_strdup ("");

  code = relay_hello_dup_text (is_precise ? details_code : error_code, RELAY_TEXT_MAX_NAME, secrets);
  return g_strdup_printf (" (%s)", code);
}

/**
 * relay_hello_make_refusal:
 * @hello: an answer that is not ok
 * @secrets: (nullable) (array zero-terminated=1): what must not be shown
 *
 * Returns: (transfer full): %RELAY_ERROR_GATEWAY_STARTING or %RELAY_ERROR_GATEWAY_REFUSED with the gateway's message and
 * code (H5), and the wait that it asks for
 */
GError *
relay_hello_make_refusal (const RelayEnvelope *hello, const char *const *secrets)
{
  static const char *const names[] = { "message", "code", "details", "retryAfterMs", NULL };
  static const char *const details_names[] = { "code", NULL };
  RelayJsonSpan spans[4] = { 0 };
  RelayJsonSpan details_code[1] = { 0 };
  g_autofree char *message = NULL;
  g_autofree char *code = NULL;
  gboolean is_starting;
  GError *error;

  read_members (&hello->error, names, spans);
  read_members (&spans[2], details_names, details_code);

  message = relay_hello_dup_text (&spans[0], MAX_REFUSAL_TEXT, secrets);
  code = dup_code (&details_code[0], &spans[1], secrets);
  is_starting = relay_json_span_equal (&spans[1], "UNAVAILABLE");
  error = g_error_new (RELAY_ERROR, is_starting ? RELAY_ERROR_GATEWAY_STARTING : RELAY_ERROR_GATEWAY_REFUSED, "%s: %s%s",
                       is_starting ? "gateway is still starting" : "gateway refused", message, code);
  relay_error_set_retry_after_ms (error, (guint) CLAMP (read_number (&spans[3], 0), 0, G_MAXINT));

  return error;
}
