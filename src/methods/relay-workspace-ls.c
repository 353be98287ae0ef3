/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-error.h"
#include "common/relay-json.h"
#include "methods/relay-workspace-job.h"
#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-walk.h"

/* workspace.ls: the names of the files in a folder. */

#define ADVICE "ask for one folder with path, or use recursive:false"

static gboolean
prepare (RelayWorkspaceJob *job, JsonObject *params, GError **error)
{
  return relay_workspace_read_recursive (job, params, error);
}

static GBytes *
list_folder (const RelayWorkspaceJob *job, const RelaySandbox *sandbox, GCancellable *cancellable, GError **error)
{
  g_autoptr (RelayWorkspaceWalk) walk = relay_workspace_walk_new (sandbox, job);
  g_autoptr (GString) out = g_string_new ("[");
  const RelayWorkspaceEntry *entry;

  for (;;)
    {
      if (!relay_workspace_walk_next (walk, cancellable, &entry, error))
        return NULL;
      if (entry == NULL)
        break;

      if (out->len > 1)
        g_string_append_c (out, ',');
      relay_json_append_string (out, entry->name);
      if (out->len + 1 > job->max_bytes)
        {
          relay_workspace_set_too_large (error, out->len + 1, job->max_bytes, ADVICE);
          return NULL;
        }
    }

  g_string_append_c (out, ']');
  return g_string_free_to_bytes (g_steal_pointer (&out));
}

static GBytes *
run (const RelayWorkspaceJob *job, const RelaySandbox *sandbox, GCancellable *cancellable, GError **error)
{
  RelaySandboxKind kind = RELAY_SANDBOX_ABSENT;

  if (!relay_workspace_path_has_temporary (job->path) && !relay_sandbox_look (sandbox, job->path, &kind, error))
    return NULL;

  switch (kind)
    {
    case RELAY_SANDBOX_ABSENT:
      return g_bytes_new_static ("[]", 2);
    case RELAY_SANDBOX_FOLDER:
      return list_folder (job, sandbox, cancellable, error);
    case RELAY_SANDBOX_FILE:
    case RELAY_SANDBOX_OTHER:
    default:
      {
        g_autofree char *shown = relay_workspace_path_dup_shown (job->path);

        g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "Path '%s' is not a directory", shown);
        return NULL;
      }
    }
}

const RelayWorkspaceOperation relay_workspace_ls_operation = { prepare, run, ADVICE };

/**
 * relay_workspace_ls_async:
 * @request: the request
 * @cancellable: (nullable): stops the work
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Serves `workspace.ls`; see relay_workspace_serve_async() for the errors.
 */
void
relay_workspace_ls_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  relay_workspace_serve_async (request, &relay_workspace_ls_operation, relay_workspace_ls_async, cancellable, callback,
                               user_data);
}
