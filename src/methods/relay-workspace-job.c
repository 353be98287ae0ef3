/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-job.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-root.h"

/*
 * What the workspace methods have in common: params, then the agent's root, then the work in a thread. It is a thread of the
 * request's own: in those that GTask shares among all, disks that hang would hold up the settings, the resolver and
 * everybody else's files.
 */

/* How long the work may take before the request is answered without it. */
#define TIME_LIMIT_MS (30 * 1000)

/* How many entries a walk may look at: it takes seconds from a fast disk, and as much again for whoever reads the answer. */
#define MAX_ENTRIES (1000 * 1000)

/* A session key has a few dozen bytes. */
#define MAX_SESSION_KEY_BYTES 1024

typedef struct {
  const RelayWorkspaceOperation *operation; /* (unowned) static */
  const char *method_name;                  /* (unowned) static */
  JsonObject *params;                       /* (owned) what job's strings point into */
  char *path;                               /* (owned) as the platform sent it */
  RelayWorkspaceRoot *root;                 /* (owned) (nullable) until it is found */
  RelayWorkspaceSlot *slot;                 /* (owned) (nullable) taken until the thread returns */
  RelayWorkspaceJob job;

  GTask *task;                       /* (unowned) the one that has this as its data */
  gboolean is_over;                  /* the task has returned */
  RelayClock *clock;                 /* (owned) */
  guint timeout;                     /* for the work in the thread */
  GCancellable *cancellable;         /* (owned) stops the work, when time is up or the session ends */
  GCancellable *session_cancellable; /* (owned) (nullable) */
  gulong cancelled_id;
} ServeData;

static void
serve_data_free (ServeData *data)
{
  relay_clock_clear_timeout (data->clock, &data->timeout);
  g_cancellable_disconnect (data->session_cancellable, data->cancelled_id);
  g_clear_object (&data->session_cancellable);
  g_clear_object (&data->cancellable);
  g_clear_object (&data->clock);
  g_clear_pointer (&data->slot, relay_workspace_slot_unref);
  g_clear_pointer (&data->params, json_object_unref);
  g_clear_pointer (&data->root, relay_workspace_root_free);
  g_free (data->path);
  g_free (data);
}

/* A param that may be left out, or null; FALSE if it is something else than a string. */
static gboolean
read_string (JsonObject *params, const char *name, const char **value, GError **error)
{
  JsonNode *node = json_object_get_member (params, name);

  *value = NULL;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "%s must be a string", name);
      return FALSE;
    }

  *value = json_node_get_string (node);
  return TRUE;
}

/**
 * relay_workspace_read_recursive:
 * @job: the job
 * @params: the request's params
 * @error: return location for a #GError
 *
 * Reads the param `recursive`, which is true unless given.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_INVALID_REQUEST
 */
gboolean
relay_workspace_read_recursive (RelayWorkspaceJob *job, JsonObject *params, GError **error)
{
  JsonNode *node = json_object_get_member (params, "recursive");

  job->is_recursive = TRUE;
  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return TRUE;
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_BOOLEAN)
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "recursive must be true or false");
      return FALSE;
    }

  job->is_recursive = json_node_get_boolean (node);
  return TRUE;
}

/**
 * relay_workspace_read_encoding:
 * @job: the job
 * @params: the request's params
 * @error: return location for a #GError
 *
 * Reads the param `encoding`, which is `utf8` unless given.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_INVALID_REQUEST
 */
gboolean
relay_workspace_read_encoding (RelayWorkspaceJob *job, JsonObject *params, GError **error)
{
  const char *encoding;

  if (!read_string (params, "encoding", &encoding, error))
    return FALSE;
  if (encoding != NULL && strcmp (encoding, "utf8") != 0 && strcmp (encoding, "base64") != 0)
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "encoding must be utf8 or base64");
      return FALSE;
    }

  job->is_base64 = g_strcmp0 (encoding, "base64") == 0;
  return TRUE;
}

/**
 * relay_workspace_set_too_large:
 * @error: return location for a #GError
 * @at_least_bytes: how long the answer would be, as far as that is known
 * @max_bytes: how long it may be
 * @advice: what to do
 *
 * Says with %RELAY_ERROR_TOO_LARGE that an answer would be too long.
 */
void
relay_workspace_set_too_large (GError **error, guint64 at_least_bytes, guint64 max_bytes, const char *advice)
{
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_TOO_LARGE,
               "The answer would have at least %" G_GUINT64_FORMAT " bytes, over the limit of %" G_GUINT64_FORMAT
               " (workspace-max-response): %s",
               at_least_bytes, max_bytes, advice);
}

static char *
read_agent_id (RelayRequest *request, GError **error)
{
  JsonNode *node = json_object_get_member (request->params, "sessionKey");
  gboolean is_string = node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_STRING;
  const char *session_key = is_string ? json_node_get_string (node) : "";
  g_autofree char *agent_id = NULL;

  if (strlen (session_key) > MAX_SESSION_KEY_BYTES)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "sessionKey is too long: at most %d bytes",
                   MAX_SESSION_KEY_BYTES);
      return NULL;
    }

  agent_id = relay_workspace_parse_agent_id (session_key);
  if (session_key[strspn (session_key, " \t\r\n\f\v")] == '\0')
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "sessionKey is required for %s", request->method->name);
    }
  else if (agent_id == NULL)
    {
      g_autofree char *shown = relay_text_clean (session_key, -1, RELAY_TEXT_MAX_NAME, NULL);

      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "Cannot parse agent ID from sessionKey: %s", shown);
    }

  return g_steal_pointer (&agent_id);
}

static gboolean
read_path (RelayRequest *request, ServeData *data, GError **error)
{
  const char *path;

  if (!read_string (request->params, "path", &path, error))
    return FALSE;

  data->path = g_strstrip (g_strdup (path != NULL ? path : ""));
  if (request->method->writes && *data->path == '\0')
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "path is required for %s", request->method->name);
      return FALSE;
    }

  g_free (request->path);
  request->path = relay_text_clean (*data->path != '\0' ? data->path : ".", -1, RELAY_TEXT_MAX_MESSAGE, NULL);
  return TRUE;
}

static void on_served (GObject *source, GAsyncResult *result, gpointer user_data);

static gpointer
serve_in_thread (gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  ServeData *data = g_task_get_task_data (task);
  GCancellable *cancellable = g_task_get_cancellable (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySandbox) sandbox = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autofree char *real_root = NULL;
  g_autofree char *path = NULL;
  int root_fd = relay_workspace_root_open (data->root, &error);

  if (root_fd >= 0)
    {
      sandbox = relay_sandbox_new (root_fd, RELAY_SANDBOX_AUTO);
      real_root = relay_sandbox_dup_real_root (sandbox);
      path = relay_workspace_path_resolve (data->path, data->root->path, real_root, &error);
    }
  if (path != NULL && relay_workspace_path_check_open (path, &error))
    {
      data->job.path = path;
      payload = data->operation->run (&data->job, sandbox, cancellable, &error);
    }

  if (payload != NULL)
    g_task_return_pointer (task, g_steal_pointer (&payload), (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));

  return NULL;
}

/* The work cannot be waited for any longer, nor can it be stopped while it is in the kernel: it goes on without anybody who
 * would hear of it, until it notices or returns. */
static void
on_time_over (gpointer user_data)
{
  ServeData *data = user_data;
  g_autoptr (GTask) task = g_object_ref (data->task);

  data->timeout = 0;
  data->is_over = TRUE;
  g_cancellable_cancel (data->cancellable);
  if (data->slot != NULL)
    relay_workspace_slot_set_stuck (data->slot);
  g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_TIMEOUT, "%s was not done after %d s: %s", data->method_name,
                           TIME_LIMIT_MS / 1000, data->operation->advice);
}

/* Has @work done in a thread of its own, or failed. */
static void
start_thread (GTask *work)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GThread) thread = g_thread_try_new ("workspace", serve_in_thread, g_object_ref (work), &error);

  if (thread != NULL)
    return;

  g_task_return_new_error (work, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "Cannot start a thread for files: %s",
                           error->message);
  g_object_unref (work);
}

/* The thread keeps its task a moment longer than the answer needs, so that must not hold the context: it would be finalized
 * in the thread. */
static void
on_root_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GTask) work = NULL;
  ServeData *data = g_task_get_task_data (task);
  GError *error = NULL;

  data->root = relay_workspace_root_find_finish (RELAY_METHOD_CONTEXT (source), result, &error);
  if (data->root == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  work = g_task_new (NULL, data->cancellable, on_served, g_object_ref (task));
  g_task_set_source_tag (work, on_root_found);
  g_task_set_task_data (work, data, NULL);
  data->timeout = relay_clock_add_timeout (data->clock, TIME_LIMIT_MS, on_time_over, data);
  start_thread (work);
}

static void
on_served (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  GError *error = NULL;
  g_autoptr (GBytes) payload = g_task_propagate_pointer (G_TASK (result), &error);
  ServeData *data = g_task_get_task_data (task);

  relay_clock_clear_timeout (data->clock, &data->timeout);
  if (data->is_over)
    g_clear_error (&error);
  else if (payload != NULL)
    g_task_return_pointer (task, g_steal_pointer (&payload), (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, error);
}

static void
on_session_ended (GCancellable *cancellable, gpointer work_cancellable)
{
  g_cancellable_cancel (work_cancellable);
}

static ServeData *
serve_data_new (RelayRequest *request, const RelayWorkspaceOperation *operation, GTask *task, GCancellable *cancellable)
{
  ServeData *data = g_new0 (ServeData, 1);

  data->operation = operation;
  data->method_name = request->method->name;
  data->params = json_object_ref (request->params);
  data->job.max_bytes = relay_method_context_get_account (request->context)->workspace_max_response;
  data->job.max_entries = MAX_ENTRIES;
  data->slot = request->slot != NULL ? relay_workspace_slot_ref (request->slot) : NULL;
  data->task = task;
  data->clock = g_object_ref (relay_method_context_get_clock (request->context));
  data->cancellable = g_cancellable_new ();
  if (cancellable != NULL)
    {
      data->session_cancellable = g_object_ref (cancellable);
      data->cancelled_id = g_cancellable_connect (cancellable, G_CALLBACK (on_session_ended),
                                                  g_object_ref (data->cancellable), g_object_unref);
    }

  return data;
}

/**
 * relay_workspace_serve_async:
 * @request: the request; its path is set for the audit
 * @operation: what its method does
 * @source_tag: the source tag of the task
 * @cancellable: (nullable): stops the work
 * @callback: called when it is done, with a #GTask on the request's context that returns a #GBytes
 * @user_data: for @callback
 *
 * Serves a workspace request. Errors: %RELAY_ERROR_INVALID_REQUEST, %RELAY_ERROR_DENIED, %RELAY_ERROR_UNAVAILABLE,
 * %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_TOO_LARGE, %RELAY_ERROR_IO_ERROR, %G_IO_ERROR_CANCELLED.
 */
void
relay_workspace_serve_async (RelayRequest *request, const RelayWorkspaceOperation *operation, gpointer source_tag,
                             GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (request->context, cancellable, callback, user_data);
  ServeData *data = serve_data_new (request, operation, task, cancellable);
  g_autofree char *agent_id = NULL;
  GError *error = NULL;

  g_task_set_source_tag (task, source_tag);
  g_task_set_task_data (task, data, (GDestroyNotify) serve_data_free);

  agent_id = read_agent_id (request, &error);
  if (agent_id == NULL || !read_path (request, data, &error) || !operation->prepare (&data->job, request->params, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  relay_workspace_root_find_async (request->context, agent_id, cancellable, on_root_found, g_steal_pointer (&task));
}
