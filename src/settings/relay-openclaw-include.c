/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <errno.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "settings/relay-json5.h"

#define INCLUDE_KEY "$include"

/* OpenClaw's own limits, */
#define MAX_DEPTH 10
#define MAX_FILE_BYTES (2 * 1024 * 1024)
#define MAX_PATH_LENGTH 4096

/* and one of ours: files that include others twice each, ten deep, would be read a thousand times. */
#define MAX_FILES 256

/* A folder that included files may lie in. */
typedef struct {
  char *path;      /* (owned) as it is written */
  char *real_path; /* (owned) with symbolic links resolved */
} Root;

typedef struct {
  RelayOpenclawLoad *load;
  GPtrArray *roots; /* (owned) (element-type Root) the configuration's own folder first */
  GPtrArray *chain; /* (owned) (element-type filename) the files that are being read, outermost first */
  guint n_files;
} Includer;

static JsonNode *process (Includer *self, JsonNode *node, GError **error);

static void
root_free (gpointer data)
{
  Root *self = data;

  g_free (self->path);
  g_free (self->real_path);
  g_free (self);
}

static void
add_root (Includer *self, const char *path)
{
  Root *root = g_new0 (Root, 1);
  g_autofree char *real_path = realpath (path, NULL);

  root->path = g_strdup (path);
  root->real_path = g_strdup (real_path != NULL ? real_path : path);
  g_ptr_array_add (self->roots, root);
}

static void
includer_clear (Includer *self)
{
  g_clear_pointer (&self->roots, g_ptr_array_unref);
  g_clear_pointer (&self->chain, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Includer, includer_clear)

static void
includer_init (Includer *self, RelayOpenclawLoad *load)
{
  g_autofree char *dir = g_path_get_dirname (load->config_path);
  const char *more = relay_openclaw_env_get (load, "OPENCLAW_INCLUDE_ROOTS");
  g_auto (GStrv) paths = g_strsplit (more != NULL ? more : "", G_SEARCHPATH_SEPARATOR_S, -1);

  self->load = load;
  self->roots = g_ptr_array_new_with_free_func (root_free);
  self->chain = g_ptr_array_new_with_free_func (g_free);
  g_ptr_array_add (self->chain, g_strdup (load->config_path));

  add_root (self, dir);
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *path = relay_openclaw_resolve_path (load, paths[i]);

      if (*g_strstrip (paths[i]) != '\0')
        add_root (self, path);
    }
}

static gboolean
is_inside (const char *root, const char *path)
{
  gsize length = strlen (root);

  return strncmp (root, path, length) == 0 &&
         (path[length] == '\0' || path[length] == G_DIR_SEPARATOR || root[length - 1] == G_DIR_SEPARATOR);
}

static gboolean
is_allowed (Includer *self, const char *path, gboolean is_real)
{
  for (guint i = 0; i < self->roots->len; i++)
    {
      const Root *root = g_ptr_array_index (self->roots, i);

      if (is_inside (is_real ? root->real_path : root->path, path))
        return TRUE;
    }

  return FALSE;
}

static void set_error (Includer *self, GError **error, const char *format, ...) G_GNUC_PRINTF (3, 4);

/* An error in the file that is being read. */
static void
set_error (Includer *self, GError **error, const char *format, ...)
{
  const char *path = g_ptr_array_index (self->chain, self->chain->len - 1);
  g_autofree char *shown = relay_openclaw_display_path (self->load, path);
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "cannot include a file in %s: %s", shown, problem);
}

/* --- merging, as OpenClaw does it: arrays are joined, objects merged, of all else the later counts --- */

static gboolean
is_blocked_key (const char *key)
{
  return g_str_equal (key, "__proto__") || g_str_equal (key, "prototype") || g_str_equal (key, "constructor");
}

static JsonNode *
join_arrays (JsonArray *first, JsonArray *second)
{
  g_autoptr (JsonArray) joined = json_array_new ();

  for (guint i = 0; i < json_array_get_length (first); i++)
    json_array_add_element (joined, json_node_copy (json_array_get_element (first, i)));
  for (guint i = 0; i < json_array_get_length (second); i++)
    json_array_add_element (joined, json_node_copy (json_array_get_element (second, i)));

  return json_node_init_array (json_node_alloc (), joined);
}

static JsonNode *
merge (JsonNode *base, JsonNode *override)
{
  g_autoptr (JsonObject) merged = NULL;
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  if (JSON_NODE_HOLDS_ARRAY (base) && JSON_NODE_HOLDS_ARRAY (override))
    return join_arrays (json_node_get_array (base), json_node_get_array (override));
  if (!JSON_NODE_HOLDS_OBJECT (base) || !JSON_NODE_HOLDS_OBJECT (override))
    return json_node_copy (override);

  merged = json_object_new ();
  json_object_iter_init_ordered (&iter, json_node_get_object (base));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      if (!is_blocked_key (name))
        json_object_set_member (merged, name, json_node_copy (member));
    }

  json_object_iter_init_ordered (&iter, json_node_get_object (override));
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      JsonNode *current = json_object_get_member (merged, name);

      if (!is_blocked_key (name))
        json_object_set_member (merged, name, current != NULL ? merge (current, member) : json_node_copy (member));
    }

  return json_node_init_object (json_node_alloc (), merged);
}

/* --- one file --- */

/* Whether a file may be included, by its path alone. */
static gboolean
check_path (Includer *self, const char *path, const char *shown, GError **error)
{
  if (strlen (path) >= MAX_PATH_LENGTH)
    set_error (self, error, "a path is longer than %d bytes", MAX_PATH_LENGTH);
  else if (!is_allowed (self, path, FALSE))
    set_error (self, error, "%s leads out of the configuration's folder (OPENCLAW_INCLUDE_ROOTS can allow more)", shown);
  else if (g_ptr_array_find_with_equal_func (self->chain, path, g_str_equal, NULL))
    set_error (self, error, "%s includes itself", shown);
  else if (self->chain->len > MAX_DEPTH)
    set_error (self, error, "%s lies more than %d files deep", shown, MAX_DEPTH);
  else if (++self->n_files > MAX_FILES)
    set_error (self, error, "more than %d files are included", MAX_FILES);
  else
    return TRUE;

  return FALSE;
}

/* Where an included file lies, with all symbolic links resolved, if it may lie there. @path is where it is said to lie. */
static char *
find_file (Includer *self, const char *written, char **path, GError **error)
{
  const char *base = g_ptr_array_index (self->chain, self->chain->len - 1);
  g_autofree char *dir = g_path_get_dirname (base);
  g_autofree char *shown = relay_text_clean (written, -1, RELAY_TEXT_MAX_NAME, NULL);
  g_autofree char *real_path = NULL;

  *path = g_canonicalize_filename (written, dir);
  if (!check_path (self, *path, shown, error))
    return NULL;

  relay_openclaw_add_file (self->load, *path);
  real_path = realpath (*path, NULL);
  if (real_path == NULL)
    set_error (self, error, "%s: %s", shown, g_strerror (errno));
  else if (is_allowed (self, real_path, TRUE))
    return g_steal_pointer (&real_path);
  else
    set_error (self, error, "%s is a symbolic link that leads out of the configuration's folder", shown);

  return NULL;
}

static JsonNode *
include_file (Includer *self, const char *written, GError **error)
{
  g_autoptr (JsonNode) parsed = NULL;
  g_autoptr (JsonNode) processed = NULL;
  g_autofree char *path = NULL;
  g_autofree char *real_path = find_file (self, written, &path, error);
  g_autofree char *shown = NULL;
  g_autofree char *text = NULL;

  if (real_path == NULL)
    return NULL;

  text = relay_openclaw_read_file (self->load, real_path, MAX_FILE_BYTES, RELAY_OPENCLAW_FILE_ONE_LINK, NULL, error);
  if (text == NULL)
    return NULL;

  shown = relay_openclaw_display_path (self->load, path);
  parsed = relay_json5_parse (text, strlen (text), error);
  if (parsed == NULL)
    {
      g_prefix_error (error, "%s: ", shown);
      return NULL;
    }

  g_ptr_array_add (self->chain, g_steal_pointer (&path));
  processed = process (self, parsed, error);
  g_ptr_array_remove_index (self->chain, self->chain->len - 1);
  return g_steal_pointer (&processed);
}

/* --- the tree --- */

static JsonNode *
include_value (Includer *self, JsonNode *value, GError **error)
{
  g_autoptr (JsonNode) merged = NULL;
  JsonArray *array;

  if (JSON_NODE_HOLDS_VALUE (value) && json_node_get_string (value) != NULL)
    return include_file (self, json_node_get_string (value), error);

  if (!JSON_NODE_HOLDS_ARRAY (value))
    {
      set_error (self, error, INCLUDE_KEY " must be a path or an array of paths");
      return NULL;
    }

  array = json_node_get_array (value);
  merged = json_node_init_object (json_node_alloc (), NULL);
  json_node_take_object (merged, json_object_new ());
  for (guint i = 0; i < json_array_get_length (array); i++)
    {
      JsonNode *element = json_array_get_element (array, i);
      g_autoptr (JsonNode) included = NULL;
      g_autoptr (JsonNode) before = g_steal_pointer (&merged);

      if (JSON_NODE_HOLDS_VALUE (element) && json_node_get_string (element) != NULL)
        included = include_file (self, json_node_get_string (element), error);
      else
        set_error (self, error, INCLUDE_KEY " must be a path or an array of paths");
      if (included == NULL)
        return NULL;
      merged = merge (before, included);
    }

  return g_steal_pointer (&merged);
}

/* What the members beside $include make. */
static JsonNode *
process_members (Includer *self, JsonObject *source, GError **error)
{
  g_autoptr (JsonObject) object = json_object_new ();
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  json_object_iter_init_ordered (&iter, source);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      JsonNode *processed;

      if (g_str_equal (name, INCLUDE_KEY))
        continue;
      processed = process (self, member, error);
      if (processed == NULL)
        return NULL;
      json_object_set_member (object, name, processed);
    }

  return json_node_init_object (json_node_alloc (), object);
}

static JsonNode *
process_object (Includer *self, JsonObject *source, GError **error)
{
  g_autoptr (JsonNode) included = NULL;
  g_autoptr (JsonNode) members = NULL;

  if (!json_object_has_member (source, INCLUDE_KEY))
    return process_members (self, source, error);

  included = include_value (self, json_object_get_member (source, INCLUDE_KEY), error);
  if (included == NULL || json_object_get_size (source) == 1)
    return g_steal_pointer (&included);
  if (!JSON_NODE_HOLDS_OBJECT (included))
    {
      set_error (self, error, "keys beside " INCLUDE_KEY " need an object to be included");
      return NULL;
    }

  members = process_members (self, source, error);
  return members != NULL ? merge (included, members) : NULL;
}

static JsonNode *
process_array (Includer *self, JsonArray *source, GError **error)
{
  g_autoptr (JsonArray) array = json_array_new ();

  for (guint i = 0; i < json_array_get_length (source); i++)
    {
      JsonNode *processed = process (self, json_array_get_element (source, i), error);

      if (processed == NULL)
        return NULL;
      json_array_add_element (array, processed);
    }

  return json_node_init_array (json_node_alloc (), array);
}

static JsonNode *
process (Includer *self, JsonNode *node, GError **error)
{
  if (JSON_NODE_HOLDS_OBJECT (node))
    return process_object (self, json_node_get_object (node), error);
  if (JSON_NODE_HOLDS_ARRAY (node))
    return process_array (self, json_node_get_array (node), error);

  return json_node_copy (node);
}

/**
 * relay_openclaw_resolve_includes:
 * @load: the load
 * @root: the configuration as it was parsed
 * @error: return location for an error
 *
 * Puts included files in the place of `$include`, wherever it stands: one path or several, relative to the file they stand
 * in, merged in their order and under the keys beside them. All of them must lie in the configuration's folder or in one
 * of OPENCLAW_INCLUDE_ROOTS.
 *
 * Returns: (transfer full): a new tree; or %NULL with %RELAY_ERROR_BAD_SETTINGS
 */
JsonNode *
relay_openclaw_resolve_includes (RelayOpenclawLoad *load, JsonNode *root, GError **error)
{
  g_auto (Includer) self = { NULL };

  includer_init (&self, load);
  return process (&self, root, error);
}
