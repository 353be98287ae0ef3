/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <string.h>

#define IMPLICIT_AGENT "main"
#define MAX_ID_LENGTH 64

/* An agent as the configuration has it. */
typedef struct {
  char *id;              /* (owned) normalised */
  JsonObject *config;    /* (unowned) (nullable) */
  gboolean is_marked;    /* `default: true`, from before there were roles */
  gboolean has_odd_mark; /* `default` with another value than true or false */
} Entry;

static void
entry_free (gpointer data)
{
  Entry *self = data;

  g_free (self->id);
  g_free (self);
}

/* What JavaScript's toLowerCase () makes of a character, as far as it is a character of an id; `-` stands for all others. */
static char
fold_character (gunichar c)
{
  if (c == 0x212a) /* the Kelvin sign */
    return 'k';
  if (c >= 0x80 || (!g_ascii_isalnum ((char) c) && c != '_'))
    return '-';

  return g_ascii_tolower ((char) c);
}

/**
 * relay_openclaw_normalize_id:
 * @id: an agent's id as a person writes it
 *
 * Makes the id that OpenClaw uses: lower case, each run of characters outside `[a-z0-9_-]` one `-`, none at the ends, 64
 * characters at most.
 *
 * Returns: (transfer full): the id; empty if nothing is left of it
 */
char *
relay_openclaw_normalize_id (const char *id)
{
  g_autofree char *trimmed = relay_openclaw_trim (id);
  g_autoptr (GString) out = g_string_new (NULL);
  gboolean in_run = FALSE;
  gsize start;

  for (const char *p = trimmed; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      char folded = fold_character (c);

      /* A dotted capital I is an i and a dot, for JavaScript. */
      if (c == 0x130)
        {
          g_string_append_c (out, 'i');
          in_run = FALSE;
        }

      /* A `-` that stands there is kept, even beside a run. */
      if (folded != '-' || c == '-' || !in_run)
        g_string_append_c (out, folded);
      in_run = folded == '-' && c != '-';
    }

  /* An id that is good already may end in dashes, and is no longer than 64. */
  if (strlen (trimmed) == out->len && out->len <= MAX_ID_LENGTH && g_ascii_isalnum (trimmed[0]) &&
      g_ascii_strcasecmp (trimmed, out->str) == 0)
    return g_string_free (g_steal_pointer (&out), FALSE);

  while (out->len > 0 && out->str[out->len - 1] == '-')
    g_string_truncate (out, out->len - 1);
  start = strspn (out->str, "-");
  return g_strndup (out->str + start, MAX_ID_LENGTH);
}

/* --- the roster --- */

/* The first with an id counts. @ids has those of @roster. */
static void
add_entry (GPtrArray *roster, GHashTable *ids, const char *id, JsonObject *config)
{
  g_autofree char *normalized = relay_openclaw_normalize_id (id);
  JsonNode *mark = config != NULL ? json_object_get_member (config, "default") : NULL;
  gboolean is_boolean = mark != NULL && JSON_NODE_HOLDS_VALUE (mark) && json_node_get_value_type (mark) == G_TYPE_BOOLEAN;
  Entry *entry;

  if (*normalized == '\0')
    {
      g_free (normalized);
      normalized = g_strdup (IMPLICIT_AGENT);
    }
  if (g_hash_table_contains (ids, normalized))
    return;

  entry = g_new0 (Entry, 1);
  entry->id = g_steal_pointer (&normalized);
  entry->config = config;
  entry->is_marked = is_boolean && json_node_get_boolean (mark);
  entry->has_odd_mark = mark != NULL && !is_boolean;
  g_ptr_array_add (roster, entry);
  g_hash_table_add (ids, entry->id);
}

static void
read_entries (GPtrArray *roster, GHashTable *ids, JsonObject *entries)
{
  JsonObjectIter iter;
  const char *id;
  JsonNode *member;

  json_object_iter_init_ordered (&iter, entries);
  while (json_object_iter_next_ordered (&iter, &id, &member))
    {
      if (JSON_NODE_HOLDS_OBJECT (member))
        add_entry (roster, ids, id, json_node_get_object (member));
    }
}

static void
read_list (RelayOpenclawLoad *load, GPtrArray *roster, GHashTable *ids, JsonArray *list)
{
  for (guint i = 0; i < json_array_get_length (list); i++)
    {
      JsonNode *element = json_array_get_element (list, i);
      g_autofree char *id = NULL;

      if (!JSON_NODE_HOLDS_OBJECT (element))
        continue;
      id = relay_openclaw_dup_text (load, json_object_get_member (json_node_get_object (element), "id"));
      add_entry (roster, ids, id != NULL ? id : IMPLICIT_AGENT, json_node_get_object (element));
    }
}

/* agents.entries counts before the older agents.list; with neither there is one agent. */
static GPtrArray *
read_roster (RelayOpenclawLoad *load, gboolean *is_list)
{
  g_autoptr (GPtrArray) roster = g_ptr_array_new_with_free_func (entry_free);
  g_autoptr (GHashTable) ids = g_hash_table_new (g_str_hash, g_str_equal);
  JsonNode *entries = relay_openclaw_get (load, "agents.entries");
  JsonNode *list = relay_openclaw_get (load, "agents.list");

  *is_list = entries == NULL && list != NULL && JSON_NODE_HOLDS_ARRAY (list);
  if (entries != NULL && JSON_NODE_HOLDS_OBJECT (entries))
    read_entries (roster, ids, json_node_get_object (entries));
  else if (*is_list)
    read_list (load, roster, ids, json_node_get_array (list));

  if (roster->len == 0)
    add_entry (roster, ids, IMPLICIT_AGENT, NULL);

  return g_steal_pointer (&roster);
}

/* --- who is the default --- */

static gboolean
is_explicit (RelayOpenclawLoad *load)
{
  g_autofree char *ownership = relay_openclaw_dup_text (load, relay_openclaw_get (load, "agents.ownership"));

  return g_strcmp0 (ownership, "explicit") == 0;
}

/* The one agent that inherits agents.defaults.workspace itself: marked as the default, or alone. */
static const Entry *
find_owner (RelayOpenclawLoad *load, GPtrArray *roster)
{
  const Entry *marked = NULL;
  guint n_marked = 0;

  for (guint i = 0; i < roster->len && !is_explicit (load); i++)
    {
      const Entry *entry = g_ptr_array_index (roster, i);

      if (entry->is_marked)
        {
          marked = entry;
          n_marked++;
        }
    }

  if (n_marked == 1)
    return marked;

  return roster->len == 1 ? g_ptr_array_index (roster, 0) : NULL;
}

static const char *
find_default (RelayOpenclawLoad *load, GPtrArray *roster, const Entry *owner)
{
  const Entry *first = g_ptr_array_index (roster, 0);
  g_autofree char *named = NULL;
  g_autofree char *id = NULL;

  if (owner != NULL)
    return owner->id;

  named = relay_openclaw_dup_text (load, relay_openclaw_get (load, "agents.defaults.systemAgent.agentId"));
  id = named != NULL && is_explicit (load) ? relay_openclaw_normalize_id (named) : NULL;
  for (guint i = 0; id != NULL && i < roster->len; i++)
    {
      const Entry *entry = g_ptr_array_index (roster, i);

      if (g_str_equal (entry->id, id))
        return entry->id;
    }

  return first->id;
}

/* --- workspaces --- */

/* In an agents.list without any mark the first agent has always lived in the default workspace, and still does. */
static gboolean
is_first_of_old_list (RelayOpenclawLoad *load, GPtrArray *roster, const Entry *entry)
{
  if (relay_openclaw_get (load, "agents.ownership") != NULL || entry != g_ptr_array_index (roster, 0))
    return FALSE;

  for (guint i = 0; i < roster->len; i++)
    {
      const Entry *other = g_ptr_array_index (roster, i);

      if (other->is_marked || other->has_odd_mark)
        return FALSE;
    }

  return TRUE;
}

static char *
dup_workspace (RelayOpenclawLoad *load, GPtrArray *roster, gboolean is_list, const Entry *owner, const Entry *entry)
{
  g_autofree char *own =
      entry->config != NULL ? relay_openclaw_dup_text (load, json_object_get_member (entry->config, "workspace")) : NULL;
  g_autofree char *shared = relay_openclaw_dup_text (load, relay_openclaw_get (load, "agents.defaults.workspace"));
  g_autofree char *shared_path = shared != NULL ? relay_openclaw_resolve_path (load, shared) : NULL;
  g_autofree char *name = NULL;

  if (own != NULL)
    return relay_openclaw_resolve_path (load, own);

  if (entry == owner || (is_list && is_first_of_old_list (load, roster, entry)))
    return shared_path != NULL ? g_steal_pointer (&shared_path) : relay_openclaw_dup_workspace (load);
  if (shared_path != NULL)
    return g_build_filename (shared_path, entry->id, NULL);

  name = g_strconcat ("workspace-", entry->id, NULL);
  return g_build_filename (load->state_dir, name, NULL);
}

static void
agent_free (gpointer data)
{
  RelayOpenclawAgent *self = data;

  g_free (self->id);
  g_free (self->workspace);
  g_free (self);
}

/**
 * relay_openclaw_find_agents:
 * @load: the load, with the configuration read
 * @openclaw: what gets @agents and @default_agent
 *
 * Lists the agents that the gateway knows and where each works.
 */
void
relay_openclaw_find_agents (RelayOpenclawLoad *load, RelayOpenclaw *openclaw)
{
  gboolean is_list;
  g_autoptr (GPtrArray) roster = read_roster (load, &is_list);
  const Entry *owner = find_owner (load, roster);

  openclaw->agents = g_ptr_array_new_with_free_func (agent_free);
  openclaw->default_agent = g_strdup (find_default (load, roster, owner));
  for (guint i = 0; i < roster->len; i++)
    {
      const Entry *entry = g_ptr_array_index (roster, i);
      RelayOpenclawAgent *agent = g_new0 (RelayOpenclawAgent, 1);

      agent->id = g_strdup (entry->id);
      agent->workspace = dup_workspace (load, roster, is_list, owner, entry);
      g_ptr_array_add (openclaw->agents, agent);
    }
}
