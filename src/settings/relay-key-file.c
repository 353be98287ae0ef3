/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-key-file.h"

#include <string.h>

#include "common/relay-error.h"

#define MAX_LINES 10000
#define MAX_NAME_LENGTH 64
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

/* GKeyFile's format is read by a reader of our own, because GKeyFile itself does not tell line numbers, and merges what
 * stands twice without a word. */

static void
relay_key_line_free (RelayKeyLine *self)
{
  g_free (self->key);
  g_free (self->value);
  g_free (self);
}

static void
relay_key_group_free (RelayKeyGroup *self)
{
  g_free (self->name);
  g_ptr_array_unref (self->keys);
  g_free (self);
}

static RelayKeyGroup *
enter_group (GPtrArray *groups, const char *name, guint line)
{
  RelayKeyGroup *group;

  for (guint i = 0; i < groups->len; i++)
    {
      group = g_ptr_array_index (groups, i);
      if (g_str_equal (group->name, name))
        {
          group->later_line = line;
          return group;
        }
    }

  group = g_new0 (RelayKeyGroup, 1);
  group->name = g_strdup (name);
  group->line = line;
  group->keys = g_ptr_array_new_with_free_func ((GDestroyNotify) relay_key_line_free);
  g_ptr_array_add (groups, group);

  return group;
}

static void
set_key (RelayKeyGroup *group, const char *key, const char *value, guint line)
{
  RelayKeyLine *entry = (RelayKeyLine *) relay_key_group_find (group, key);

  if (entry == NULL)
    {
      entry = g_new0 (RelayKeyLine, 1);
      entry->key = g_strdup (key);
      g_ptr_array_add (group->keys, entry);
    }

  g_free (entry->value);
  entry->value = g_strdup (value);
  entry->earlier_line = entry->line;
  entry->line = line;
}

/* `account  x` is the same group as `account x`. */
static void
squeeze_spaces (char *name)
{
  char *out = name;

  g_strstrip (name);
  for (const char *in = name; *in != '\0'; in++)
    {
      if (!g_ascii_isspace (*in))
        *out++ = *in;
      else if (!g_ascii_isspace (in[1]))
        *out++ = ' ';
    }
  *out = '\0';
}

/* @line is changed. No message quotes it: it can be a key that was pasted into the wrong place. */
static const char *
parse_line (GPtrArray *groups, RelayKeyGroup **group, char *line, guint number)
{
  char *separator;

  g_strstrip (line);
  if (*line == '\0' || *line == '#')
    return NULL;

  if (*line == '[')
    {
      gsize end = strlen (line) - 1;

      if (line[end] != ']' || strcspn (line + 1, "[]") != end - 1)
        return "is not a group: [NAME] on a line of its own is expected";

      line[end] = '\0';
      squeeze_spaces (line + 1);
      if (line[1] == '\0')
        return "is a group without a name";

      *group = enter_group (groups, line + 1, number);
      return NULL;
    }

  separator = strchr (line, '=');
  if (separator == NULL || separator == line)
    return "is neither a group, nor KEY=VALUE, nor a comment";
  if (*group == NULL)
    return "stands before the first group, such as [gateway]";

  *separator = '\0';
  set_key (*group, g_strchomp (line), g_strchug (separator + 1), number);
  return NULL;
}

static guint
count_lines (const char *text, const char *end)
{
  guint n_lines = 1;

  for (const char *p = text; p < end; p++)
    n_lines += *p == '\n';

  return n_lines;
}

static gboolean
check_text (const char *text, gsize length, const char *label, GError **error)
{
  const char *end;

  if (g_utf8_validate_len (text, length, &end))
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s line %u %s", label, count_lines (text, end),
               *end == '\0' ? "holds a NUL byte" : "is not valid UTF-8");
  return FALSE;
}

/**
 * relay_key_file_parse:
 * @text: the file
 * @length: its length in bytes
 * @label: what messages call it
 * @error: return location for an error
 *
 * Reads the format of GKeyFile: groups, keys with raw values, comments on lines of their own.
 *
 * Returns: (transfer container) (element-type RelayKeyGroup): the groups in the order of the file, or %NULL with
 *   %RELAY_ERROR_BAD_SETTINGS, which says which line is wrong
 */
GPtrArray *
relay_key_file_parse (const char *text, gsize length, const char *label, GError **error)
{
  g_autoptr (GPtrArray) groups = g_ptr_array_new_with_free_func ((GDestroyNotify) relay_key_group_free);
  const char *end = text + length;
  RelayKeyGroup *group = NULL;
  guint number = 1;

  if (!check_text (text, length, label, error))
    return NULL;

  if (length >= strlen (BYTE_ORDER_MARK) && memcmp (text, BYTE_ORDER_MARK, strlen (BYTE_ORDER_MARK)) == 0)
    text += strlen (BYTE_ORDER_MARK);

  while (text < end)
    {
      const char *newline = memchr (text, '\n', end - text);
      const char *line_end = newline != NULL ? newline : end;
      g_autofree char *line = g_strndup (text, line_end - text);
      const char *problem = number <= MAX_LINES ? parse_line (groups, &group, line, number) : "is one too many";

      if (problem != NULL)
        {
          g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s line %u %s", label, number, problem);
          return NULL;
        }

      text = line_end + (newline != NULL ? 1 : 0);
      number++;
    }

  return g_steal_pointer (&groups);
}

/**
 * relay_key_group_find:
 * @self: a group
 * @key: a key
 *
 * Returns: (nullable) (transfer none): where @key stands
 */
const RelayKeyLine *
relay_key_group_find (const RelayKeyGroup *self, const char *key)
{
  for (guint i = 0; i < self->keys->len; i++)
    {
      const RelayKeyLine *entry = g_ptr_array_index (self->keys, i);

      if (g_str_equal (entry->key, key))
        return entry;
    }

  return NULL;
}

static char
fold (char c)
{
  return c == '_' ? '-' : g_ascii_tolower (c);
}

/* Levenshtein's: how many characters must be inserted, removed or replaced; both names are short. */
static guint
get_distance (const char *a, const char *b)
{
  guint row[MAX_NAME_LENGTH + 1];
  gsize length = strlen (b);

  for (guint j = 0; j <= length; j++)
    row[j] = j;

  for (guint i = 0; a[i] != '\0'; i++)
    {
      guint diagonal = row[0];

      row[0] = i + 1;
      for (guint j = 0; j < length; j++)
        {
          guint replaced = diagonal + (fold (a[i]) != fold (b[j]));

          diagonal = row[j + 1];
          row[j + 1] = MIN (replaced, MIN (row[j], row[j + 1]) + 1);
        }
    }

  return row[length];
}

/**
 * relay_key_file_nearest:
 * @name: what somebody wrote
 * @known: (array zero-terminated=1): what they may have meant, none longer than 64 bytes
 *
 * Returns: (nullable): the one of @known that is nearest to @name, if one is near at all
 */
const char *
relay_key_file_nearest (const char *name, const char *const *known)
{
  const char *nearest = NULL;
  gsize length = strlen (name);
  guint limit = (guint) MAX (2, length / 4 + 1);

  if (length > MAX_NAME_LENGTH)
    return NULL;

  for (gsize i = 0; known[i] != NULL; i++)
    {
      guint distance = get_distance (name, known[i]);

      if (distance < limit && distance < strlen (known[i]))
        {
          nearest = known[i];
          limit = distance;
        }
    }

  return nearest;
}
