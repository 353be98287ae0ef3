/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-chat-request.h"

#include <math.h>
#include <string.h>

#include "common/relay-error.h"
#include "methods/relay-session-key.h"

/* What the chat methods share: they read the platform's params, put together those of the gateway (with members that are
 * named here only, so that nothing else gets through), and pass on what the gateway says. */

/* All but the message is an id or a word; a run's id is kept while the run lasts, and goes into every chunk. */
#define MAX_WORD_BYTES 1024

static void
set_invalid (RelayRequest *request, GError **error, const char *what)
{
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "%s: %s", request->method->name, what);
}

/* Reads a param that may be left out; null counts as that. */
static gboolean
read_optional_string (RelayRequest *request, const char *name, const char **value, GError **error)
{
  JsonNode *node = json_object_get_member (request->params, name);
  g_autofree char *problem = NULL;

  *value = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING)
    {
      *value = json_node_get_string (node);
      return TRUE;
    }

  problem = g_strdup_printf ("%s must be a string", name);
  set_invalid (request, error, problem);
  return FALSE;
}

static gboolean
check_length (RelayRequest *request, const char *name, const char *value, GError **error)
{
  if (value == NULL || strlen (value) <= MAX_WORD_BYTES)
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "%s: %s is too long: at most %d bytes",
               request->method->name, name, MAX_WORD_BYTES);
  return FALSE;
}

/* Reads a param that must be there, trimmed. One of another type is as good as none, word for word as the platform knows it.
 */
static char *
dup_required_string (RelayRequest *request, const char *name, GError **error)
{
  g_autofree char *problem = NULL;
  g_autofree char *trimmed = NULL;
  const char *value;

  if (read_optional_string (request, name, &value, NULL) && value != NULL)
    {
      trimmed = g_strstrip (g_strdup (value));
      if (*trimmed != '\0')
        return g_steal_pointer (&trimmed);
    }

  problem = g_strdup_printf ("%s is required", name);
  set_invalid (request, error, problem);
  return NULL;
}

/**
 * relay_chat_dup_session_key:
 * @request: a request with `userId` and perhaps `agentId`
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the key of the session between that user and that agent; or %NULL with
 *   %RELAY_ERROR_INVALID_REQUEST
 */
char *
relay_chat_dup_session_key (RelayRequest *request, GError **error)
{
  RelayAccount *account = relay_method_context_get_account (request->context);
  g_autofree char *user_id = dup_required_string (request, "userId", error);
  g_autofree char *key = NULL;
  const char *agent_id;

  if (user_id == NULL || !read_optional_string (request, "agentId", &agent_id, error))
    return NULL;
  if (!check_length (request, "userId", user_id, error) || !check_length (request, "agentId", agent_id, error))
    return NULL;

  key = relay_session_key_new (agent_id, user_id, account->strict_user_ids, error);
  if (key == NULL)
    g_prefix_error (error, "%s: ", request->method->name);

  return g_steal_pointer (&key);
}

/**
 * relay_chat_read_run_id:
 * @request: a request with perhaps a `runId`
 * @run_id: (out) (transfer none) (nullable): the run, or %NULL if none is named
 * @error: return location for a #GError
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_INVALID_REQUEST if it is empty, very long or no string
 */
gboolean
relay_chat_read_run_id (RelayRequest *request, const char **run_id, GError **error)
{
  if (!read_optional_string (request, "runId", run_id, error))
    return FALSE;
  if (*run_id == NULL)
    return TRUE;

  if (**run_id != '\0')
    return check_length (request, "runId", *run_id, error);

  set_invalid (request, error, "runId must not be empty");
  return FALSE;
}

/**
 * relay_chat_append_member:
 * @out: (inout): an object that is being written, or an empty string
 * @name: a member's name, which needs no escapes
 * @value: (nullable): its value; with %NULL nothing is appended
 *
 * Writes `{` or `,` and a member; the closing brace is the caller's.
 */
void
relay_chat_append_member (GString *out, const char *name, const char *value)
{
  if (value == NULL)
    return;

  g_string_append_printf (out, "%c\"%s\":", out->len == 0 ? '{' : ',', name);
  relay_json_append_string (out, value);
}

/**
 * relay_chat_append_limit:
 * @request: a request with perhaps a `limit`
 * @out: an object that is being written, with at least one member
 * @error: return location for a #GError
 *
 * Appends the limit, if there is one. Whether it is a sensible one is for the gateway to say.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_INVALID_REQUEST if it is no number
 */
gboolean
relay_chat_append_limit (RelayRequest *request, GString *out, GError **error)
{
  JsonNode *node = json_object_get_member (request->params, "limit");
  GType type = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_value_type (node) : G_TYPE_INVALID;
  char digits[G_ASCII_DTOSTR_BUF_SIZE];

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;

  if (type == G_TYPE_INT64)
    {
      g_string_append_printf (out, ",\"limit\":%" G_GINT64_FORMAT, json_node_get_int (node));
      return TRUE;
    }
  if (type == G_TYPE_DOUBLE && isfinite (json_node_get_double (node)))
    {
      g_string_append_printf (out, ",\"limit\":%s", g_ascii_dtostr (digits, sizeof digits, json_node_get_double (node)));
      return TRUE;
    }

  set_invalid (request, error, "limit must be a number");
  return FALSE;
}

/**
 * relay_chat_read_send:
 * @request: a request with `userId`, `message` and perhaps `agentId`, `thinking`, `runId`
 * @send: (out caller-allocates): what to send; cleared in any case with relay_chat_send_clear()
 * @error: return location for a #GError
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_INVALID_REQUEST
 */
gboolean
relay_chat_read_send (RelayRequest *request, RelayChatSend *send, GError **error)
{
  g_autoptr (GString) params = g_string_new (NULL);
  g_autofree char *message = NULL;
  const char *thinking;
  const char *run_id;

  *send = (RelayChatSend){ NULL, NULL, NULL };
  send->session_key = relay_chat_dup_session_key (request, error);
  if (send->session_key == NULL)
    return FALSE;
  message = dup_required_string (request, "message", error);
  if (message == NULL)
    return FALSE;
  if (!read_optional_string (request, "thinking", &thinking, error) || !relay_chat_read_run_id (request, &run_id, error))
    return FALSE;
  if (!check_length (request, "thinking", thinking, error))
    return FALSE;

  send->run_id = run_id != NULL ? g_strdup (run_id) : g_uuid_string_random ();
  relay_chat_append_member (params, "sessionKey", send->session_key);
  relay_chat_append_member (params, "message", message);
  relay_chat_append_member (params, "thinking", thinking);
  relay_chat_append_member (params, "idempotencyKey", send->run_id);
  g_string_append_c (params, '}');
  send->params = g_string_free (g_steal_pointer (&params), FALSE);

  return TRUE;
}

/**
 * relay_chat_send_clear:
 * @self: a message that relay_chat_read_send() read, also in vain
 */
void
relay_chat_send_clear (RelayChatSend *self)
{
  g_clear_pointer (&self->session_key, g_free);
  g_clear_pointer (&self->run_id, g_free);
  g_clear_pointer (&self->params, g_free);
}

/**
 * relay_chat_call_gateway_async:
 * @request: the request that is being served
 * @params: the gateway's params, a JSON object
 * @cancellable: (nullable): the request's
 * @callback: (scope async): called when the gateway has answered
 * @user_data: for @callback
 *
 * Sends what the request's method is translated to. The request's own params are gone then: it may wait for minutes, and
 * they may be long.
 */
void
relay_chat_call_gateway_async (RelayRequest *request, const char *params, GCancellable *cancellable,
                               GAsyncReadyCallback callback, gpointer user_data)
{
  json_object_unref (request->params);
  request->params = json_object_new ();
  relay_method_context_call_gateway_async (request->context, request->method->gateway_method, params, 0, cancellable,
                                           callback, user_data);
}

/**
 * relay_chat_call_gateway_finish:
 * @request: the request that is being served
 * @result: the result that the callback got
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the gateway's payload, untouched; or %NULL with %RELAY_ERROR_GATEWAY_ERROR, the platform's
 *   method in front of the gateway's message and its error attached, or %RELAY_ERROR_TIMEOUT or %RELAY_ERROR_UNAVAILABLE
 */
GBytes *
relay_chat_call_gateway_finish (RelayRequest *request, GAsyncResult *result, GError **error)
{
  g_autoptr (GError) local_error = NULL;
  GBytes *payload = relay_method_context_call_gateway_finish (request->context, result, &local_error);

  if (payload != NULL)
    return payload;

  if (relay_error_is_cancelled (local_error))
    relay_chat_set_closed (error);
  else if (g_error_matches (local_error, RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR))
    g_propagate_prefixed_error (error, g_steal_pointer (&local_error), "%s: ", request->method->name);
  else
    g_propagate_error (error, g_steal_pointer (&local_error));

  return NULL;
}

/**
 * relay_chat_set_closed:
 * @error: return location for a #GError
 *
 * Says that a request ends because its session does.
 */
void
relay_chat_set_closed (GError **error)
{
  g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "connection closed");
}
