/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <string.h>

#define DEFAULT_PORT 18789
#define DEV_PORT "19001"
#define MAX_DOTENV_BYTES (1024 * 1024)
#define STATE_DIR_NAME ".openclaw"
#define CONFIG_NAME "openclaw.json"

/* From before OpenClaw had its name. */
#define LEGACY_STATE_DIR_NAME ".clawdbot"
#define LEGACY_CONFIG_NAME "clawdbot.json"

/* A variable that holds a path or a name, trimmed; %NULL if it is not set. */
static char *
dup_variable (RelayOpenclawLoad *load, const char *name)
{
  const char *value = relay_openclaw_env_get (load, name);

  return value != NULL ? relay_openclaw_trim (value) : NULL;
}

static char *
dup_home_variable (RelayOpenclawLoad *load, const char *name)
{
  g_autofree char *value = dup_variable (load, name);

  /* What scripts leave behind when they print a value that is not there. */
  if (value == NULL || g_str_equal (value, "undefined") || g_str_equal (value, "null"))
    return NULL;

  return g_steal_pointer (&value);
}

static char *
expand_tilde (const char *path, const char *home)
{
  if (path[0] == '~' && (path[1] == '\0' || path[1] == '/'))
    return g_strconcat (home, path + 1, NULL);

  return g_strdup (path);
}

static char *
find_home (RelayOpenclawLoad *load)
{
  g_autofree char *own = dup_home_variable (load, "OPENCLAW_HOME");
  g_autofree char *home = dup_home_variable (load, "HOME");
  g_autofree char *expanded = NULL;

  if (home == NULL)
    home = g_strdup (g_get_home_dir ());
  if (own != NULL)
    expanded = expand_tilde (own, home);

  return g_canonicalize_filename (expanded != NULL ? expanded : home, NULL);
}

/**
 * relay_openclaw_resolve_path:
 * @load: the load
 * @path: a path as a person writes it
 *
 * Makes a path absolute. OpenClaw resolves a relative one against the folder the gateway was started in; that is not
 * known here, and the home folder is where a service starts.
 *
 * Returns: (transfer full): an absolute path
 */
char *
relay_openclaw_resolve_path (RelayOpenclawLoad *load, const char *path)
{
  g_autofree char *trimmed = relay_openclaw_trim (path);
  g_autofree char *expanded = expand_tilde (trimmed, load->home);

  return g_canonicalize_filename (expanded, load->home);
}

static char *
dup_path_variable (RelayOpenclawLoad *load, const char *name)
{
  const char *value = relay_openclaw_env_get (load, name);

  return value != NULL ? relay_openclaw_resolve_path (load, value) : NULL;
}

static void
set_variable (RelayOpenclawLoad *load, const char *name, const char *value)
{
  g_hash_table_insert (load->env, g_strdup (name), g_strdup (value));
}

/* --- profiles --- */

static gboolean
is_profile_name (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= 64 && g_ascii_isalnum (name[0]) &&
         strspn (name, G_CSET_A_2_Z G_CSET_a_2_z G_CSET_DIGITS "_-") == length;
}

/* The profile in force; %NULL if it is the default one. */
static char *
dup_profile (RelayOpenclawLoad *load)
{
  g_autofree char *profile = dup_variable (load, "OPENCLAW_PROFILE");

  if (profile == NULL || !is_profile_name (profile) || g_ascii_strcasecmp (profile, "default") == 0)
    return NULL;

  return g_steal_pointer (&profile);
}

static char *
dup_profile_dir (RelayOpenclawLoad *load, const char *profile)
{
  g_autofree char *name = g_strconcat (STATE_DIR_NAME "-", profile, NULL);

  return g_build_filename (load->home, name, NULL);
}

/* What `openclaw --profile NAME` does to its own environment. */
static void
enter_profile (RelayOpenclawLoad *load, const char *profile, const char *state_dir)
{
  set_variable (load, "OPENCLAW_STATE_DIR", state_dir);
  if (g_str_equal (profile, "dev") && relay_openclaw_env_get (load, "OPENCLAW_GATEWAY_PORT") == NULL)
    set_variable (load, "OPENCLAW_GATEWAY_PORT", DEV_PORT);
}

/*
 * OpenClaw moves its state folder for `--profile NAME`, but not for OPENCLAW_PROFILE=NAME alone. For Gangway the variable
 * is the only way to name the profile, so that it counts as the option does; unless only the default profile has a
 * configuration, for then OpenClaw was run with the variable and without the option.
 */
static void
apply_profile_variable (RelayOpenclawLoad *load)
{
  g_autofree char *profile = dup_profile (load);
  g_autofree char *profile_dir = NULL;
  g_autofree char *profile_config = NULL;
  g_autofree char *default_config = NULL;

  if (profile == NULL || relay_openclaw_env_get (load, "OPENCLAW_STATE_DIR") != NULL)
    return;

  profile_dir = dup_profile_dir (load, profile);
  profile_config = g_build_filename (profile_dir, CONFIG_NAME, NULL);
  default_config = g_build_filename (load->home, STATE_DIR_NAME, CONFIG_NAME, NULL);
  if (relay_openclaw_file_exists (load, profile_config) || !relay_openclaw_file_exists (load, default_config))
    enter_profile (load, profile, profile_dir);
}

/* Enters the state folder that a configuration file lies in, if its name is one that OpenClaw gives. */
static gboolean
apply_state_dir_of (RelayOpenclawLoad *load, const char *config_path)
{
  g_autofree char *dir = g_path_get_dirname (config_path);
  g_autofree char *name = g_path_get_basename (dir);

  if (g_str_equal (name, STATE_DIR_NAME))
    {
      g_hash_table_remove (load->env, "OPENCLAW_PROFILE");
      set_variable (load, "OPENCLAW_STATE_DIR", dir);
      return TRUE;
    }

  if (g_str_has_prefix (name, STATE_DIR_NAME "-") && is_profile_name (name + strlen (STATE_DIR_NAME "-")))
    {
      set_variable (load, "OPENCLAW_PROFILE", name + strlen (STATE_DIR_NAME "-"));
      enter_profile (load, name + strlen (STATE_DIR_NAME "-"), dir);
      return TRUE;
    }

  return FALSE;
}

/* gangway.conf can name the file. It counts as OPENCLAW_CONFIG_PATH, and tells the state folder if it lies in one. */
static void
apply_given_path (RelayOpenclawLoad *load, const char *given)
{
  g_autofree char *config_path = relay_openclaw_resolve_path (load, given);
  g_autofree char *real_path = NULL;

  set_variable (load, "OPENCLAW_CONFIG_PATH", config_path);
  if (relay_openclaw_env_get (load, "OPENCLAW_STATE_DIR") != NULL)
    return;

  real_path = realpath (config_path, NULL);
  if (!apply_state_dir_of (load, config_path) && real_path != NULL)
    apply_state_dir_of (load, real_path);
}

/* --- .env --- */

static void
read_dotenv (RelayOpenclawLoad *load, const char *path)
{
  /* OpenClaw passes over one that it cannot read, without a word. */
  g_autofree char *text = relay_openclaw_read_file (load, path, MAX_DOTENV_BYTES, RELAY_OPENCLAW_FILE_ANY, NULL, NULL);

  if (text != NULL)
    relay_openclaw_env_add_dotenv (load, text);
}

/*
 * The .env in the state folder, and the older gateway.env. OpenClaw also reads the .env in the folder it was started in,
 * which is not known here and may not set OPENCLAW_* or provider keys anyway.
 */
static void
read_dotenv_files (RelayOpenclawLoad *load)
{
  g_autofree char *default_dir = g_build_filename (load->home, STATE_DIR_NAME, NULL);
  g_autofree char *gateway_env = g_build_filename (load->home, ".config", "openclaw", "gateway.env", NULL);
  g_autofree char *state_dir = dup_path_variable (load, "OPENCLAW_STATE_DIR");
  g_autofree char *config_path = dup_path_variable (load, "OPENCLAW_CONFIG_PATH");
  g_autofree char *dir = NULL;
  g_autofree char *path = NULL;

  if (state_dir != NULL)
    dir = g_strdup (state_dir);
  else if (config_path != NULL)
    dir = g_path_get_dirname (config_path);
  else
    dir = g_strdup (default_dir);

  path = g_build_filename (dir, ".env", NULL);
  read_dotenv (load, path);
  if (state_dir == NULL || g_str_equal (dir, default_dir))
    read_dotenv (load, gateway_env);
}

/* --- the state folder and the configuration --- */

static char *
find_state_dir (RelayOpenclawLoad *load)
{
  g_autofree char *dir = dup_path_variable (load, "OPENCLAW_STATE_DIR");
  g_autofree char *legacy = NULL;

  if (dir != NULL)
    return g_steal_pointer (&dir);

  dir = g_build_filename (load->home, STATE_DIR_NAME, NULL);
  legacy = g_build_filename (load->home, LEGACY_STATE_DIR_NAME, NULL);
  if (!g_file_test (dir, G_FILE_TEST_EXISTS) && g_file_test (legacy, G_FILE_TEST_EXISTS))
    return g_steal_pointer (&legacy);

  return g_steal_pointer (&dir);
}

static char *
find_config_in (RelayOpenclawLoad *load, const char *dir)
{
  g_autofree char *path = g_build_filename (dir, CONFIG_NAME, NULL);
  g_autofree char *legacy = g_build_filename (dir, LEGACY_CONFIG_NAME, NULL);

  if (relay_openclaw_file_exists (load, path))
    return g_steal_pointer (&path);
  if (relay_openclaw_file_exists (load, legacy))
    return g_steal_pointer (&legacy);

  return NULL;
}

static char *
find_config (RelayOpenclawLoad *load)
{
  g_autofree char *found = dup_path_variable (load, "OPENCLAW_CONFIG_PATH");
  g_autofree char *legacy_dir = g_build_filename (load->home, LEGACY_STATE_DIR_NAME, NULL);

  if (found == NULL)
    found = find_config_in (load, load->state_dir);
  if (found == NULL && relay_openclaw_env_get (load, "OPENCLAW_STATE_DIR") == NULL)
    found = find_config_in (load, legacy_dir);
  if (found == NULL)
    found = g_build_filename (load->state_dir, CONFIG_NAME, NULL);

  return g_steal_pointer (&found);
}

/**
 * relay_openclaw_find_places:
 * @load: the load; its @home, @state_dir and @config_path are set and its @env gets what the .env files say
 * @config_path: (nullable): the configuration file, if gangway.conf names one
 *
 * Finds out where OpenClaw keeps its things, from OPENCLAW_HOME, OPENCLAW_PROFILE, OPENCLAW_STATE_DIR and
 * OPENCLAW_CONFIG_PATH. The .env file can set them too, for all but its own place.
 */
void
relay_openclaw_find_places (RelayOpenclawLoad *load, const char *config_path)
{
  load->home = find_home (load);
  if (config_path != NULL)
    apply_given_path (load, config_path);
  else
    apply_profile_variable (load);

  read_dotenv_files (load);
  g_free (load->home);
  load->home = find_home (load);
  load->state_dir = find_state_dir (load);
  load->config_path = find_config (load);
}

/**
 * relay_openclaw_dup_workspace:
 * @load: the load
 *
 * Finds the workspace of the default agent if the configuration names none.
 *
 * Returns: (transfer full): an absolute path
 */
char *
relay_openclaw_dup_workspace (RelayOpenclawLoad *load)
{
  g_autofree char *own = dup_variable (load, "OPENCLAW_WORKSPACE_DIR");
  g_autofree char *profile = dup_profile (load);
  g_autofree char *profile_dir = NULL;

  /* This one knows no `~`. */
  if (own != NULL)
    return g_canonicalize_filename (own, load->home);
  if (relay_openclaw_env_get (load, "OPENCLAW_STATE_DIR") != NULL)
    return g_build_filename (load->state_dir, "workspace", NULL);
  if (profile == NULL)
    return g_build_filename (load->home, STATE_DIR_NAME, "workspace", NULL);

  profile_dir = dup_profile_dir (load, profile);
  return g_build_filename (profile_dir, "workspace", NULL);
}

/* --- the port --- */

static guint
parse_port (const char *digits)
{
  guint64 port = 0;

  if (*digits == '\0' || strspn (digits, G_CSET_DIGITS) != strlen (digits) ||
      !g_ascii_string_to_unsigned (digits, 10, 1, G_MAXUINT16, &port, NULL))
    return 0;

  return (guint) port;
}

/* OPENCLAW_GATEWAY_PORT is a port, HOST:PORT or [ADDRESS]:PORT; 0 if it is none of them. */
static guint
parse_port_variable (const char *value)
{
  const char *colon = strrchr (value, ':');

  if (colon == NULL)
    return parse_port (value);
  if (colon == value || (value[0] == '[' ? colon[-1] != ']' : strchr (value, ':') != colon))
    return 0;

  return parse_port (colon + 1);
}

/* Each named profile has a port of its own: FNV-1a of its name. */
static guint
derive_port (const char *profile)
{
  guint32 hash = 2166136261u;

  for (const char *p = profile; *p != '\0'; p++)
    hash = (hash ^ (guint8) *p) * 16777619u;

  return 20000 + hash % 40000;
}

/**
 * relay_openclaw_find_port:
 * @load: the load, with the configuration read
 *
 * Returns: the gateway's port: OPENCLAW_GATEWAY_PORT, gateway.port, what the profile has, or 18789
 */
guint
relay_openclaw_find_port (RelayOpenclawLoad *load)
{
  g_autofree char *variable = dup_variable (load, "OPENCLAW_GATEWAY_PORT");
  g_autofree char *profile = dup_profile (load);
  JsonNode *node = relay_openclaw_get (load, "gateway.port");
  guint port = variable != NULL ? parse_port_variable (variable) : 0;

  if (port > 0)
    return port;

  if (node != NULL && JSON_NODE_HOLDS_VALUE (node) && json_node_get_value_type (node) != G_TYPE_STRING)
    {
      double number = json_node_get_double (node);

      if (number >= 1 && number <= G_MAXUINT16)
        return (guint) number;
    }

  return profile != NULL ? derive_port (profile) : DEFAULT_PORT;
}
