/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-chat-request.h"

/* The chat methods that are one question to the gateway and its answer, and the one that needs no gateway. */

static GTask *
task_new (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (request->context, cancellable, callback, user_data);

  /* What a cancelled request fails with is said in our own words. */
  g_task_set_check_cancellable (task, FALSE);
  g_task_set_task_data (task, relay_request_ref (request), (GDestroyNotify) relay_request_unref);

  return task;
}

static void
on_answered (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  GBytes *payload = relay_chat_call_gateway_finish (g_task_get_task_data (task), result, &error);

  if (payload != NULL)
    g_task_return_pointer (task, payload, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
ask_gateway (GTask *task, const char *params)
{
  RelayRequest *request = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);

  relay_chat_call_gateway_async (request, params, cancellable, on_answered, g_object_ref (task));
}

/**
 * relay_chat_send_async:
 * @request: `platform.chat.send` (C1)
 * @cancellable: (nullable): cancelled when the session ends
 * @callback: (scope async): called when the gateway has taken the message in, or refused it
 * @user_data: for @callback
 *
 * Sends a user's message to an agent.
 */
void
relay_chat_send_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (request, cancellable, callback, user_data);
  g_auto (RelayChatSend) send = { NULL };
  g_autoptr (GError) error = NULL;

  g_task_set_source_tag (task, relay_chat_send_async);
  if (!relay_chat_read_send (request, &send, &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  ask_gateway (task, send.params);
}

static char *
dup_history_params (RelayRequest *request, GError **error)
{
  g_autofree char *session_key = relay_chat_dup_session_key (request, error);
  g_autoptr (GString) params = g_string_new (NULL);

  if (session_key == NULL)
    return NULL;

  relay_chat_append_member (params, "sessionKey", session_key);
  if (!relay_chat_append_limit (request, params, error))
    return NULL;
  g_string_append_c (params, '}');

  return g_string_free (g_steal_pointer (&params), FALSE);
}

/**
 * relay_chat_history_async:
 * @request: `platform.chat.history` (C3)
 * @cancellable: (nullable): cancelled when the session ends
 * @callback: (scope async): called when the gateway has answered
 * @user_data: for @callback
 *
 * Asks for the messages of a user's session.
 */
void
relay_chat_history_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (request, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *params = dup_history_params (request, &error);

  g_task_set_source_tag (task, relay_chat_history_async);
  if (params != NULL)
    ask_gateway (task, params);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static char *
dup_abort_params (RelayRequest *request, GError **error)
{
  g_autofree char *session_key = relay_chat_dup_session_key (request, error);
  g_autoptr (GString) params = g_string_new (NULL);
  const char *run_id;

  if (session_key == NULL || !relay_chat_read_run_id (request, &run_id, error))
    return NULL;

  relay_chat_append_member (params, "sessionKey", session_key);
  relay_chat_append_member (params, "runId", run_id);
  g_string_append_c (params, '}');

  return g_string_free (g_steal_pointer (&params), FALSE);
}

/**
 * relay_chat_abort_async:
 * @request: `platform.chat.abort` (C4)
 * @cancellable: (nullable): cancelled when the session ends
 * @callback: (scope async): called when the gateway has answered
 * @user_data: for @callback
 *
 * Stops one run of a user's session, or all of them.
 */
void
relay_chat_abort_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (request, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *params = dup_abort_params (request, &error);

  g_task_set_source_tag (task, relay_chat_abort_async);
  if (params != NULL)
    ask_gateway (task, params);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/**
 * relay_chat_reset_async:
 * @request: `platform.chat.reset` (C5)
 * @cancellable: (nullable): cancelled when the session ends
 * @callback: (scope async): called when the gateway has answered
 * @user_data: for @callback
 *
 * Starts a user's session anew.
 */
void
relay_chat_reset_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = task_new (request, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *session_key = relay_chat_dup_session_key (request, &error);
  g_autoptr (GString) params = g_string_new (NULL);

  g_task_set_source_tag (task, relay_chat_reset_async);
  if (session_key == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  relay_chat_append_member (params, "key", session_key);
  relay_chat_append_member (params, "reason", "reset");
  g_string_append_c (params, '}');
  ask_gateway (task, params->str);
}

/**
 * relay_session_resolve_async:
 * @request: `platform.session.resolve` (C6)
 * @cancellable: (nullable): not used: nothing is waited for
 * @callback: (scope async): called with the answer
 * @user_data: for @callback
 *
 * Says which session belongs to a user and an agent.
 */
void
relay_session_resolve_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  g_autoptr (GTask) task = task_new (request, cancellable, callback, user_data);
  g_autoptr (GError) error = NULL;
  g_autofree char *session_key = relay_chat_dup_session_key (request, &error);
  g_autoptr (GString) payload = g_string_new (NULL);

  g_task_set_source_tag (task, relay_session_resolve_async);
  if (session_key == NULL)
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  relay_chat_append_member (payload, "sessionKey", session_key);
  g_string_append_c (payload, '}');
  g_task_return_pointer (task, g_string_free_to_bytes (g_steal_pointer (&payload)), (GDestroyNotify) g_bytes_unref);
}
