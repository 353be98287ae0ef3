/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-root.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-json.h"
#include "common/relay-text.h"
#include "methods/relay-session-key.h"

/* Which folder is an agent's workspace: the account's own setting, else what the running gateway says, else what OpenClaw's
 * configuration says. */

#define GATEWAY_TIMEOUT_MS 5000

/* Leaves room for the words around it in a message of RELAY_TEXT_MAX_MESSAGE. */
#define MAX_SHOWN_CHARS 180

typedef struct {
  RelayWorkspaceRoot *root; /* (owned) */
  char *agent_id;           /* (owned) normalised */
} FindData;

static void
find_data_free (FindData *data)
{
  g_clear_pointer (&data->root, relay_workspace_root_free);
  g_free (data->agent_id);
  g_free (data);
}

static void
agent_free (gpointer data)
{
  RelayOpenclawAgent *agent = data;

  g_free (agent->id);
  g_free (agent->workspace);
  g_free (agent);
}

/**
 * relay_workspace_parse_agent_id:
 * @session_key: a session key, `agent:<id>:…`
 *
 * Returns: (transfer full) (nullable): the agent's id, in the form in which OpenClaw compares it; %NULL if there is none
 */
char *
relay_workspace_parse_agent_id (const char *session_key)
{
  g_autofree char *key = g_strstrip (g_strdup (session_key));
  g_autofree char *raw_id = NULL;
  g_autofree char *id = NULL;
  const char *begin = key + strlen ("agent:");
  const char *end;

  if (g_ascii_strncasecmp (key, "agent:", strlen ("agent:")) != 0)
    return NULL;
  end = strchr (begin, ':');
  if (end == NULL || end[1] == '\0' || end[1] == ':')
    return NULL;

  raw_id = g_strndup (begin, (gsize) (end - begin));
  id = relay_session_key_normalize_part (raw_id);
  return *id != '\0' ? g_steal_pointer (&id) : NULL;
}

/**
 * relay_workspace_root_free:
 * @self: a root
 *
 * Frees a root.
 */
void
relay_workspace_root_free (RelayWorkspaceRoot *self)
{
  g_free (self->path);
  g_free (self->state_dir);
  g_ptr_array_unref (self->own_folders);
  g_ptr_array_unref (self->guarded_folders);
  g_free (self);
}

static void
guard_folder_of (RelayWorkspaceRoot *self, const char *filename)
{
  if (filename != NULL && g_path_is_absolute (filename))
    g_ptr_array_add (self->guarded_folders, g_path_get_dirname (filename));
}

static RelayWorkspaceRoot *
root_new (RelayMethodContext *context)
{
  RelayWorkspaceRoot *self = g_new0 (RelayWorkspaceRoot, 1);
  const RelaySettings *settings = relay_method_context_get_settings (context);
  const RelayOpenclaw *openclaw = relay_method_context_get_openclaw (context);
  const char *credentials_dir = g_getenv ("CREDENTIALS_DIRECTORY");

  self->state_dir = g_strdup (openclaw->state_dir);
  self->own_folders = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->own_folders, g_build_filename (g_get_user_config_dir (), "gangway", NULL));
  g_ptr_array_add (self->own_folders, g_build_filename (g_get_user_state_dir (), "gangway", NULL));
  g_ptr_array_add (self->own_folders, g_build_filename (g_get_user_data_dir (), "gangway", NULL));

  self->guarded_folders = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->guarded_folders, g_strdup (g_get_home_dir ()));
  g_ptr_array_add (self->guarded_folders, g_strdup (openclaw->state_dir));
  if (credentials_dir != NULL && g_path_is_absolute (credentials_dir))
    g_ptr_array_add (self->guarded_folders, g_strdup (credentials_dir));
  guard_folder_of (self, openclaw->config_path);
  guard_folder_of (self, settings->filename);
  for (guint i = 0; i < settings->accounts->len; i++)
    {
      const RelayAccount *account = g_ptr_array_index (settings->accounts, i);

      guard_folder_of (self, account->platform_key_file);
    }

  return self;
}

static RelayOpenclawAgent *
read_agent (JsonNode *node)
{
  JsonObject *object = JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
  const char *id = object != NULL ? json_object_get_string_member_with_default (object, "id", NULL) : NULL;
  RelayOpenclawAgent *agent;

  if (id == NULL)
    return NULL;

  agent = g_new0 (RelayOpenclawAgent, 1);
  agent->id = g_strdup (id);
  agent->workspace = g_strdup (json_object_get_string_member_with_default (object, "workspace", NULL));
  return agent;
}

/* What agents.list answered; NULL if it is not what it should be. */
static GPtrArray *
read_agents (GBytes *payload)
{
  RelayJsonSpan span = { .data = g_bytes_get_data (payload, NULL), .length = g_bytes_get_size (payload) };
  g_autoptr (JsonNode) node = NULL;
  g_autoptr (GPtrArray) agents = g_ptr_array_new_with_free_func (agent_free);
  JsonNode *list = NULL;

  if (relay_json_validate (span.data, span.length))
    node = relay_json_span_to_node (&span, NULL);
  if (node != NULL && JSON_NODE_HOLDS_OBJECT (node))
    list = json_object_get_member (json_node_get_object (node), "agents");
  if (list == NULL || !JSON_NODE_HOLDS_ARRAY (list))
    return NULL;

  for (guint i = 0; i < json_array_get_length (json_node_get_array (list)); i++)
    {
      RelayOpenclawAgent *agent = read_agent (json_array_get_element (json_node_get_array (list), i));

      if (agent == NULL)
        return NULL;
      g_ptr_array_add (agents, agent);
    }

  return g_steal_pointer (&agents);
}

static char *
describe_agents (GPtrArray *agents)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < agents->len; i++)
    {
      const RelayOpenclawAgent *agent = g_ptr_array_index (agents, i);

      g_string_append_printf (out, "%s%s", i > 0 ? ", " : "", agent->id);
    }

  return relay_text_clean (out->str, (gssize) out->len, MAX_SHOWN_CHARS, NULL);
}

static const RelayOpenclawAgent *
find_agent (GPtrArray *agents, const char *agent_id)
{
  for (guint i = 0; i < agents->len; i++)
    {
      const RelayOpenclawAgent *agent = g_ptr_array_index (agents, i);
      g_autofree char *id = relay_session_key_normalize_part (agent->id);

      if (strcmp (id, agent_id) == 0)
        return agent;
    }

  return NULL;
}

static void
return_from_agents (GTask *task, GPtrArray *agents)
{
  FindData *data = g_task_get_task_data (task);
  const RelayOpenclawAgent *agent = find_agent (agents, data->agent_id);

  if (agent == NULL)
    {
      g_autofree char *known = describe_agents (agents);

      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "Agent '%s' not found in agents list [%s]",
                               data->agent_id, known);
    }
  else if (agent->workspace == NULL || !g_path_is_absolute (agent->workspace))
    {
      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "No workspace configured for agent '%s'",
                               data->agent_id);
    }
  else
    {
      data->root->path = g_strdup (agent->workspace);
      g_task_return_pointer (task, g_steal_pointer (&data->root), (GDestroyNotify) relay_workspace_root_free);
    }
}

static void
on_agents_listed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  RelayMethodContext *context = RELAY_METHOD_CONTEXT (source);
  g_autoptr (GTask) task = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) payload = relay_method_context_call_gateway_finish (context, result, &error);
  g_autoptr (GPtrArray) agents = payload != NULL ? read_agents (payload) : NULL;

  if (g_task_return_error_if_cancelled (task))
    return;

  return_from_agents (task, agents != NULL ? agents : relay_method_context_get_openclaw (context)->agents);
}

/**
 * relay_workspace_root_find_async:
 * @context: the session
 * @agent_id: an agent's id, from relay_workspace_parse_agent_id()
 * @cancellable: (nullable): stops the search
 * @callback: called when it is done; finish with relay_workspace_root_find_finish()
 * @user_data: for @callback
 *
 * Finds out which folder is an agent's workspace. Asks the gateway only if the account does not say, and falls back to
 * OpenClaw's configuration if the gateway does not answer in 5 s, or nothing that can be read.
 */
void
relay_workspace_root_find_async (RelayMethodContext *context, const char *agent_id, GCancellable *cancellable,
                                 GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (context, cancellable, callback, user_data);
  const RelayAccount *account = relay_method_context_get_account (context);
  FindData *data = g_new0 (FindData, 1);

  g_task_set_source_tag (task, relay_workspace_root_find_async);
  g_task_set_task_data (task, data, (GDestroyNotify) find_data_free);
  data->root = root_new (context);
  data->agent_id = g_strdup (agent_id);

  if (account->workspace_root != NULL)
    {
      data->root->path = g_strdup (account->workspace_root);
      data->root->is_users_choice = TRUE;
      g_task_return_pointer (task, g_steal_pointer (&data->root), (GDestroyNotify) relay_workspace_root_free);
      return;
    }

  relay_method_context_call_gateway_async (context, "agents.list", "{}", GATEWAY_TIMEOUT_MS, cancellable, on_agents_listed,
                                           g_steal_pointer (&task));
}

/**
 * relay_workspace_root_find_finish:
 * @context: the session
 * @result: what the callback was given
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the root, not yet looked at; or %NULL with %RELAY_ERROR_INVALID_REQUEST if there is no such
 *   agent, %RELAY_ERROR_UNAVAILABLE if it has no workspace, or %G_IO_ERROR_CANCELLED
 */
RelayWorkspaceRoot *
relay_workspace_root_find_finish (RelayMethodContext *context, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_async_result_is_tagged (result, relay_workspace_root_find_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
