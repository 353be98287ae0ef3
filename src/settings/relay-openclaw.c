/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <string.h>

#include "common/relay-error.h"
#include "settings/relay-json5.h"

#define MAX_CONFIG_BYTES (8 * 1024 * 1024)

G_DEFINE_BOXED_TYPE (RelayOpenclaw, relay_openclaw, relay_openclaw_ref, relay_openclaw_unref)

/**
 * relay_openclaw_load_clear:
 * @self: a load
 *
 * Frees what it holds.
 */
void
relay_openclaw_load_clear (RelayOpenclawLoad *self)
{
  g_clear_pointer (&self->env, g_hash_table_unref);
  g_clear_pointer (&self->given_token, g_free);
  g_clear_pointer (&self->given_password, g_free);
  g_clear_pointer (&self->home, g_free);
  g_clear_pointer (&self->state_dir, g_free);
  g_clear_pointer (&self->config_path, g_free);
  g_clear_pointer (&self->config, json_object_unref);
  g_clear_pointer (&self->files, g_ptr_array_unref);
}

/**
 * relay_openclaw_get:
 * @load: the load
 * @path: names of members with dots between them
 *
 * Returns: (transfer none) (nullable): what the configuration has there
 */
JsonNode *
relay_openclaw_get (RelayOpenclawLoad *load, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, ".", -1);
  JsonObject *object = load->config;
  JsonNode *node = NULL;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      node = object != NULL ? json_object_get_member (object, names[i]) : NULL;
      object = node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
    }

  return node;
}

/**
 * relay_openclaw_get_object:
 * @load: the load
 * @path: names of members with dots between them
 *
 * Returns: (transfer none) (nullable): the object that the configuration has there
 */
JsonObject *
relay_openclaw_get_object (RelayOpenclawLoad *load, const char *path)
{
  JsonNode *node = relay_openclaw_get (load, path);

  return node != NULL && JSON_NODE_HOLDS_OBJECT (node) ? json_node_get_object (node) : NULL;
}

/**
 * relay_openclaw_dup_text:
 * @load: the load
 * @node: (nullable): a value of the configuration
 *
 * Reads a string, with variables put in and white space around it taken off.
 *
 * Returns: (transfer full) (nullable): %NULL if it is no string or blank
 */
char *
relay_openclaw_dup_text (RelayOpenclawLoad *load, JsonNode *node)
{
  const char *written = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_string (node) : NULL;
  g_autofree char *value = written != NULL ? relay_openclaw_env_substitute (load, written, NULL) : NULL;
  g_autofree char *text = value != NULL ? relay_openclaw_trim (value) : NULL;

  return text != NULL && *text != '\0' ? g_steal_pointer (&text) : NULL;
}

/* Reads the configuration; that there is none is no error. */
static gboolean
read_config (RelayOpenclawLoad *load, GError **error)
{
  g_autofree char *shown = relay_openclaw_display_path (load, load->config_path);
  g_autofree char *text = NULL;
  g_autoptr (JsonNode) parsed = NULL;
  g_autoptr (JsonNode) root = NULL;
  gboolean missing;
  g_autoptr (GError) local_error = NULL;

  text =
      relay_openclaw_read_file (load, load->config_path, MAX_CONFIG_BYTES, RELAY_OPENCLAW_FILE_ANY, &missing, &local_error);
  if (text == NULL)
    {
      if (missing)
        return TRUE;
      g_propagate_error (error, g_steal_pointer (&local_error));
      return FALSE;
    }

  parsed = relay_json5_parse (text, strlen (text), error);
  if (parsed == NULL)
    {
      g_prefix_error (error, "%s: ", shown);
      return FALSE;
    }

  root = relay_openclaw_resolve_includes (load, parsed, error);
  if (root == NULL)
    return FALSE;
  if (!JSON_NODE_HOLDS_OBJECT (root))
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s: it holds no object", shown);
      return FALSE;
    }

  load->config = json_node_dup_object (root);
  return TRUE;
}

static gboolean
find_tls (RelayOpenclawLoad *load)
{
  JsonNode *node = relay_openclaw_get (load, "gateway.tls.enabled");

  return node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) == G_TYPE_BOOLEAN &&
         json_node_get_boolean (node);
}

/* A string of the environment as it was given, before .env and the configuration added theirs. */
static char *
dup_given (RelayOpenclawLoad *load, const char *name)
{
  const char *value = relay_openclaw_env_get (load, name);

  return value != NULL ? relay_openclaw_trim (value) : NULL;
}

/**
 * relay_openclaw_load_config:
 * @load: what to fill; all zero
 * @config_path: (nullable): OpenClaw's configuration file; %NULL looks where OpenClaw itself does
 * @environ_: (array zero-terminated=1): the environment to believe in
 * @error: return location for an error
 *
 * Finds and reads OpenClaw's configuration, with all that it includes. That there is none is no error.
 *
 * Returns: %FALSE with %RELAY_ERROR_BAD_SETTINGS; the places are known then, too
 */
gboolean
relay_openclaw_load_config (RelayOpenclawLoad *load, const char *config_path, const char *const *environ_, GError **error)
{
  load->env = relay_openclaw_env_new (environ_);
  load->files = g_ptr_array_new_with_free_func (g_free);
  load->given_token = dup_given (load, "OPENCLAW_GATEWAY_TOKEN");
  load->given_password = dup_given (load, "OPENCLAW_GATEWAY_PASSWORD");

  relay_openclaw_find_places (load, config_path);
  if (!read_config (load, error))
    return FALSE;

  relay_openclaw_env_add_config (load);
  return TRUE;
}

/* Takes @error over. */
static RelayOpenclaw *
openclaw_new (RelayOpenclawLoad *load, GError *error)
{
  RelayOpenclaw *self = g_atomic_rc_box_new0 (RelayOpenclaw);

  self->error = error;
  self->config_path = g_strdup (load->config_path);
  self->state_dir = g_strdup (load->state_dir);
  self->port = relay_openclaw_find_port (load);
  self->tls = find_tls (load);
  self->url = g_strdup_printf ("%s://127.0.0.1:%u", self->tls ? "wss" : "ws", self->port);
  relay_openclaw_find_secret (load, self);
  relay_openclaw_find_agents (load, self);

  /* That a setting is missing says nothing while the file cannot be read. */
  if (error != NULL && self->secret_error != NULL)
    {
      g_clear_error (&self->secret_error);
      self->secret_error = g_error_copy (error);
    }

  g_ptr_array_add (load->files, NULL);
  self->files = (GStrv) g_ptr_array_steal (load->files, NULL);
  return self;
}

/**
 * relay_openclaw_load:
 * @config_path: (nullable): OpenClaw's configuration file; %NULL looks where OpenClaw itself does
 * @environ_: (array zero-terminated=1): the environment to believe in, as from g_get_environ()
 *
 * Reads OpenClaw's configuration as OpenClaw 2026.9.6 does, as far as Gangway needs it. This never fails as a whole:
 * @error and @secret_error of the result say what could not be had. Reads files, so that it belongs into a thread.
 *
 * Where Gangway cannot do as OpenClaw does: `exec` and `store` secret references, variables that only the gateway's own
 * process has (its service unit, the .env of the folder it was started in, `env.shellEnv`), a token that the gateway makes
 * up at its start because none is set, and command-line options of the gateway.
 *
 * Returns: (transfer full): the configuration
 */
RelayOpenclaw *
relay_openclaw_load (const char *config_path, const char *const *environ_)
{
  g_auto (RelayOpenclawLoad) load = { NULL };
  GError *error = NULL;

  relay_openclaw_load_config (&load, config_path, environ_, &error);
  return openclaw_new (&load, error);
}

/**
 * relay_openclaw_ref:
 * @self: a configuration
 *
 * Returns: (transfer full): @self
 */
RelayOpenclaw *
relay_openclaw_ref (RelayOpenclaw *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
openclaw_clear (gpointer data)
{
  RelayOpenclaw *self = data;

  g_free (self->config_path);
  g_free (self->state_dir);
  g_clear_error (&self->error);
  g_free (self->url);
  g_free (self->secret);
  g_clear_error (&self->secret_error);
  g_free (self->default_agent);
  g_ptr_array_unref (self->agents);
  g_strfreev (self->files);
}

/**
 * relay_openclaw_unref:
 * @self: (transfer full): a configuration
 */
void
relay_openclaw_unref (RelayOpenclaw *self)
{
  g_atomic_rc_box_release_full (self, openclaw_clear);
}

/**
 * relay_openclaw_find_agent:
 * @self: a configuration
 * @id: an agent's id; normalised as OpenClaw does before it is looked for
 *
 * Returns: (transfer none) (nullable): the agent, if the gateway knows it
 */
const RelayOpenclawAgent *
relay_openclaw_find_agent (RelayOpenclaw *self, const char *id)
{
  g_autofree char *normalized = relay_openclaw_normalize_id (id);

  for (guint i = 0; i < self->agents->len; i++)
    {
      const RelayOpenclawAgent *agent = g_ptr_array_index (self->agents, i);

      if (g_str_equal (agent->id, normalized))
        return agent;
    }

  return NULL;
}

static gboolean
errors_equal (const GError *one, const GError *other)
{
  if (one == NULL || other == NULL)
    return one == other;

  return one->domain == other->domain && one->code == other->code && g_str_equal (one->message, other->message);
}

static gboolean
agents_equal (GPtrArray *one, GPtrArray *other)
{
  if (one->len != other->len)
    return FALSE;

  for (guint i = 0; i < one->len; i++)
    {
      const RelayOpenclawAgent *a = g_ptr_array_index (one, i);
      const RelayOpenclawAgent *b = g_ptr_array_index (other, i);

      if (!g_str_equal (a->id, b->id) || !g_str_equal (a->workspace, b->workspace))
        return FALSE;
    }

  return TRUE;
}

/**
 * relay_openclaw_equal:
 * @self: a configuration
 * @other: another
 *
 * Compares what two configurations say; which files were looked at does not count.
 *
 * Returns: %TRUE if it is the same
 */
gboolean
relay_openclaw_equal (const RelayOpenclaw *self, const RelayOpenclaw *other)
{
  return g_str_equal (self->config_path, other->config_path) && g_str_equal (self->state_dir, other->state_dir) &&
         errors_equal (self->error, other->error) && g_str_equal (self->url, other->url) && self->auth == other->auth &&
         g_strcmp0 (self->secret, other->secret) == 0 && errors_equal (self->secret_error, other->secret_error) &&
         g_str_equal (self->default_agent, other->default_agent) && agents_equal (self->agents, other->agents);
}
