/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <string.h>

/* What JavaScript's \s and trim () take for white space. */
static gboolean
is_space (gunichar c)
{
  return c == '\v' || c == 0xfeff || g_unichar_isspace (c);
}

static const char *
skip_space (const char *p)
{
  while (*p != '\0' && is_space (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);

  return p;
}

/**
 * relay_openclaw_trim:
 * @text: valid UTF-8
 *
 * Takes white space off both ends, as JavaScript's trim () does.
 *
 * Returns: (transfer full):
 */
char *
relay_openclaw_trim (const char *text)
{
  const char *start = skip_space (text);
  const char *end = start + strlen (start);

  while (end > start)
    {
      const char *last = g_utf8_prev_char (end);

      if (!is_space (g_utf8_get_char (last)))
        break;
      end = last;
    }

  return g_strndup (start, (gsize) (end - start));
}

/**
 * relay_openclaw_env_new:
 * @environ_: (array zero-terminated=1): KEY=VALUE
 *
 * Makes a table of an environment. Empty variables count as unset.
 *
 * Returns: (transfer full) (element-type utf8 utf8):
 */
GHashTable *
relay_openclaw_env_new (const char *const *environ_)
{
  GHashTable *env = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);

  for (gsize i = 0; environ_[i] != NULL; i++)
    {
      const char *equals = strchr (environ_[i], '=');

      if (equals != NULL && equals[1] != '\0')
        g_hash_table_insert (env, g_strndup (environ_[i], (gsize) (equals - environ_[i])),
                             g_utf8_make_valid (equals + 1, -1));
    }

  return env;
}

/**
 * relay_openclaw_env_get:
 * @load: the load
 * @name: the variable
 *
 * Returns: (transfer none) (nullable): its value as it is, but %NULL if that is blank
 */
const char *
relay_openclaw_env_get (RelayOpenclawLoad *load, const char *name)
{
  const char *value = g_hash_table_lookup (load->env, name);

  return value != NULL && *skip_space (value) != '\0' ? value : NULL;
}

static gboolean
is_portable_name (const char *name)
{
  if (*name == '\0' || g_ascii_isdigit (*name))
    return FALSE;

  for (const char *p = name; *p != '\0'; p++)
    {
      if (!g_ascii_isalnum (*p) && *p != '_')
        return FALSE;
    }

  return TRUE;
}

/* --- .env: the grammar of npm's dotenv, which is one regular expression; this takes what that takes. --- */

static gsize
measure_key (const char *p)
{
  gsize length = 0;

  while (g_ascii_isalnum (p[length]) || (p[length] != '\0' && strchr ("_.-", p[length]) != NULL))
    length++;

  return length;
}

/* Behind a quoted value only white space or a comment may stand on the line. */
static gboolean
ends_line (const char *p)
{
  while (*p != '\n' && *p != '\0' && is_space (g_utf8_get_char (p)))
    p = g_utf8_next_char (p);

  return *p == '\0' || *p == '\n' || *p == '#';
}

/* Where the value in quotes at @p ends: at the last quote that ends the line, up to the first without a backslash. */
static const char *
find_closing_quote (const char *p)
{
  const char *found = NULL;

  for (const char *q = p + 1; *q != '\0'; q++)
    {
      if (*q != *p)
        continue;
      if (ends_line (q + 1))
        found = q;
      if (q[-1] != '\\')
        break;
    }

  return found;
}

static char *
finish_value (const char *start, const char *end)
{
  g_autofree char *raw = g_strndup (start, (gsize) (end - start));
  g_autofree char *value = relay_openclaw_trim (raw);
  gsize length = strlen (value);
  char quote = value[0];
  g_autoptr (GString) out = NULL;

  if (length >= 2 && strchr ("'\"`", quote) != NULL && value[length - 1] == quote)
    out = g_string_new_len (value + 1, (gssize) length - 2);
  else
    out = g_string_new (value);

  if (quote == '"')
    {
      g_string_replace (out, "\\n", "\n", 0);
      g_string_replace (out, "\\r", "\r", 0);
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* Behind what separates the key from its value; %NULL if nothing does. */
static const char *
skip_separator (const char *p)
{
  const char *next = skip_space (p);

  if (*next == '=')
    return next + 1;
  if (*p == ':' && skip_space (p + 1) > p + 1)
    return g_utf8_next_char (p + 1);

  return NULL;
}

static const char *
find_line_end (const char *p)
{
  return p + strcspn (p, "\n");
}

/* Reads one assignment from the start of a line on, if there is one. Returns the end of the line behind it. */
static const char *
read_assignment (const char *line, char **key, char **value)
{
  const char *first = skip_space (line);
  const char *p = first;
  const char *behind_key, *start, *quoted, *close;

  if (g_str_has_prefix (p, "export") && skip_space (p + 6) > p + 6 && measure_key (skip_space (p + 6)) > 0)
    p = skip_space (p + 6);

  behind_key = p + measure_key (p);
  start = behind_key > p ? skip_separator (behind_key) : NULL;
  if (start == NULL)
    return find_line_end (first);

  *key = g_strndup (p, (gsize) (behind_key - p));
  quoted = skip_space (start);
  close = *quoted != '\0' && strchr ("'\"`", *quoted) != NULL ? find_closing_quote (quoted) : NULL;
  if (close != NULL)
    {
      *value = finish_value (quoted, close + 1);
      return find_line_end (close);
    }

  *value = finish_value (start, start + strcspn (start, "#\n"));
  return find_line_end (start);
}

/* Of two assignments in one place the last counted, but what is set already stays. */
static void
add_entries (RelayOpenclawLoad *load, GHashTable *entries)
{
  GHashTableIter iter;
  gpointer key, value;

  g_hash_table_iter_init (&iter, entries);
  while (g_hash_table_iter_next (&iter, &key, &value))
    {
      if (relay_openclaw_env_get (load, key) == NULL && *(const char *) value != '\0')
        g_hash_table_insert (load->env, g_strdup (key), g_strdup (value));
    }
}

/**
 * relay_openclaw_env_add_dotenv:
 * @load: the load
 * @text: what stands in a .env file
 *
 * Sets the file's variables that are not set yet.
 */
void
relay_openclaw_env_add_dotenv (RelayOpenclawLoad *load, const char *text)
{
  g_autoptr (GHashTable) entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  g_autoptr (GString) lines = g_string_new (text);
  const char *p;

  g_string_replace (lines, "\r\n", "\n", 0);
  g_string_replace (lines, "\r", "\n", 0);

  p = lines->str;
  while (*p != '\0')
    {
      g_autofree char *key = NULL;
      g_autofree char *value = NULL;

      p = read_assignment (p, &key, &value);
      if (key != NULL && is_portable_name (key))
        g_hash_table_insert (entries, g_steal_pointer (&key), g_steal_pointer (&value));
      if (*p == '\n')
        p++;
    }

  add_entries (load, entries);
}

/* --- ${VAR} --- */

/* Measures `{NAME}`; 0 if it is none. */
static gsize
measure_reference (const char *p)
{
  gsize length = 1;

  if (*p != '{' || g_ascii_isdigit (p[1]))
    return 0;

  while (g_ascii_isupper (p[length]) || g_ascii_isdigit (p[length]) || p[length] == '_')
    length++;

  return length > 1 && p[length] == '}' ? length + 1 : 0;
}

/**
 * relay_openclaw_env_substitute:
 * @load: the load
 * @value: a string of the configuration
 * @missing: (out) (optional) (nullable): the first variable that is not set
 *
 * Puts variables in the place of `${VAR}`, and `${VAR}` in the place of `$${VAR}`. A reference to a variable that is not
 * set stays as it is.
 *
 * Returns: (transfer full):
 */
char *
relay_openclaw_env_substitute (RelayOpenclawLoad *load, const char *value, char **missing)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *first_missing = NULL;
  const char *p = value;

  while (*p != '\0')
    {
      gsize escaped = g_str_has_prefix (p, "$$") ? measure_reference (p + 2) : 0;
      gsize reference = *p == '$' ? measure_reference (p + 1) : 0;

      if (escaped > 0)
        {
          g_string_append_len (out, p + 1, (gssize) escaped + 1);
          p += 2 + escaped;
        }
      else if (reference > 0)
        {
          g_autofree char *name = g_strndup (p + 2, reference - 2);
          const char *found = g_hash_table_lookup (load->env, name);

          if (found != NULL && *found != '\0')
            g_string_append (out, found);
          else
            g_string_append_len (out, p, (gssize) reference + 1);
          if ((found == NULL || *found == '\0') && first_missing == NULL)
            first_missing = g_steal_pointer (&name);
          p += 1 + reference;
        }
      else
        {
          g_string_append_c (out, *p++);
        }
    }

  if (missing != NULL)
    *missing = g_steal_pointer (&first_missing);
  return g_string_free (g_steal_pointer (&out), FALSE);
}

static gboolean
has_reference (const char *value)
{
  for (const char *p = strchr (value, '$'); p != NULL; p = strchr (p + 1, '$'))
    {
      gsize escaped = p[1] == '$' ? measure_reference (p + 2) : 0;

      if (escaped > 0)
        p += 1 + escaped;
      else if (measure_reference (p + 1) > 0)
        return TRUE;
    }

  return FALSE;
}

/* --- the `env` section --- */

static void
add_config_variables (JsonObject *object, GHashTable *entries)
{
  JsonObjectIter iter;
  const char *name;
  JsonNode *member;

  json_object_iter_init_ordered (&iter, object);
  while (json_object_iter_next_ordered (&iter, &name, &member))
    {
      g_autofree char *key = relay_openclaw_trim (name);
      const char *value = JSON_NODE_HOLDS_VALUE (member) ? json_node_get_string (member) : NULL;

      if (value != NULL && *skip_space (value) != '\0' && is_portable_name (key) && !has_reference (value))
        g_hash_table_insert (entries, g_steal_pointer (&key), g_strdup (value));
    }
}

/**
 * relay_openclaw_env_add_config:
 * @load: the load
 *
 * Sets the variables of the configuration's `env` section that are not set yet. OpenClaw keeps some names (HOME, PATH, …)
 * out of its own environment here; nothing but references reads this one, so that there is nothing to protect.
 */
void
relay_openclaw_env_add_config (RelayOpenclawLoad *load)
{
  g_autoptr (GHashTable) entries = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, g_free);
  JsonObject *vars = relay_openclaw_get_object (load, "env.vars");
  JsonObject *env = relay_openclaw_get_object (load, "env");

  if (vars != NULL)
    add_config_variables (vars, entries);
  if (env != NULL)
    add_config_variables (env, entries);

  add_entries (load, entries);
}
