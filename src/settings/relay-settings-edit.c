/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings-edit.h"

#include <errno.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "settings/relay-file.h"

/* Changes gangway.conf line by line, so that all else stays as the user wrote it: comments, order, white space. */

#define MAX_FILE_BYTES (1024 * 1024)
#define BYTE_ORDER_MARK "\xef\xbb\xbf"

static GPtrArray *
split (const char *text)
{
  GPtrArray *lines = g_ptr_array_new_with_free_func (g_free);
  g_auto (GStrv) parts = g_strsplit (text, "\n", -1);

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      if (parts[i + 1] != NULL || *parts[i] != '\0')
        g_ptr_array_add (lines, g_strdup (parts[i]));
    }

  return lines;
}

static char *
join (GPtrArray *lines)
{
  GString *text = g_string_new (NULL);

  for (guint i = 0; i < lines->len; i++)
    g_string_append_printf (text, "%s\n", (const char *) g_ptr_array_index (lines, i));

  return g_string_free (text, FALSE);
}

/* Returns: (transfer full): a line as the reader sees it */
static char *
dup_stripped (GPtrArray *lines, guint index)
{
  const char *line = g_ptr_array_index (lines, index);

  if (index == 0 && g_str_has_prefix (line, BYTE_ORDER_MARK))
    line += strlen (BYTE_ORDER_MARK);

  return g_strstrip (g_strdup (line));
}

static gboolean
is_header (GPtrArray *lines, guint index)
{
  g_autofree char *line = dup_stripped (lines, index);

  return *line == '[';
}

/* `[ account  x ]` is the header of `account x`. */
static gboolean
is_header_of (GPtrArray *lines, guint index, const char *group)
{
  g_autofree char *line = dup_stripped (lines, index);
  g_auto (GStrv) words = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) kept = NULL;
  g_autofree char *name = NULL;

  if (*line != '[' || !g_str_has_suffix (line, "]"))
    return FALSE;

  line[strlen (line) - 1] = '\0';
  words = g_strsplit_set (line + 1, " \t\r\f\v", -1);
  for (gsize i = 0; words[i] != NULL; i++)
    {
      if (*words[i] != '\0')
        g_strv_builder_add (builder, words[i]);
    }
  kept = g_strv_builder_end (builder);
  name = g_strjoinv (" ", kept);

  return g_str_equal (name, group);
}

static gboolean
is_key (GPtrArray *lines, guint index, const char *key)
{
  g_autofree char *line = dup_stripped (lines, index);
  char *separator = strchr (line, '=');

  if (*line == '#' || separator == NULL)
    return FALSE;

  *separator = '\0';
  return g_str_equal (g_strchomp (line), key);
}

static gboolean
is_blank_or_comment (GPtrArray *lines, guint index)
{
  g_autofree char *line = dup_stripped (lines, index);

  return *line == '\0' || *line == '#';
}

static gboolean
is_blank (GPtrArray *lines, guint index)
{
  g_autofree char *line = dup_stripped (lines, index);

  return *line == '\0';
}

/* Returns: the line behind the last key of the group whose header is at @header: what follows may belong to the next one */
static guint
find_end (GPtrArray *lines, guint header)
{
  guint end = header + 1;

  for (guint i = header + 1; i < lines->len && !is_header (lines, i); i++)
    {
      if (!is_blank_or_comment (lines, i))
        end = i + 1;
    }

  return end;
}

static void
append_group (GPtrArray *lines, const char *group)
{
  if (lines->len > 0 && !is_blank (lines, lines->len - 1))
    g_ptr_array_add (lines, g_strdup (""));
  g_ptr_array_add (lines, g_strdup_printf ("[%s]", group));
}

/* Removes all settings of @key in @group. Returns: where the last one stood, -1 if there was none */
static int
remove_key (GPtrArray *lines, const char *group, const char *key)
{
  gboolean is_inside = FALSE;
  int place = -1;

  for (guint i = 0; i < lines->len; i++)
    {
      if (is_header (lines, i))
        is_inside = is_header_of (lines, i, group);
      else if (is_inside && is_key (lines, i, key))
        {
          place = (int) i;
          g_ptr_array_remove_index (lines, i);
          i--;
        }
    }

  return place;
}

static int
find_group (GPtrArray *lines, const char *group)
{
  for (guint i = 0; i < lines->len; i++)
    {
      if (is_header_of (lines, i, group))
        return (int) i;
    }

  return -1;
}

/**
 * relay_settings_edit_set:
 * @text: a gangway.conf without mistakes
 * @group: a group; it is added at the end if it is not there
 * @key: a key in it
 * @value: (nullable): its value, on one line; %NULL to remove the key
 *
 * Changes one setting, in its place; a new one comes behind the others of its group.
 *
 * Returns: (transfer full): the new text
 */
char *
relay_settings_edit_set (const char *text, const char *group, const char *key, const char *value)
{
  g_autoptr (GPtrArray) lines = split (text);
  int place = remove_key (lines, group, key);

  if (value != NULL && place < 0)
    {
      int header = find_group (lines, group);

      if (header < 0)
        {
          append_group (lines, group);
          header = (int) lines->len - 1;
        }
      place = (int) find_end (lines, (guint) header);
    }
  if (value != NULL)
    g_ptr_array_insert (lines, place, g_strdup_printf ("%s=%s", key, value));

  return join (lines);
}

/**
 * relay_settings_edit_remove:
 * @text: a gangway.conf without mistakes
 * @group: a group
 *
 * Removes a group. Comments before and behind it stay.
 *
 * Returns: (transfer full): the new text
 */
char *
relay_settings_edit_remove (const char *text, const char *group)
{
  g_autoptr (GPtrArray) lines = split (text);
  int header;

  while ((header = find_group (lines, group)) >= 0)
    {
      guint begin = (guint) header;
      guint end = find_end (lines, begin);

      g_ptr_array_remove_range (lines, begin, end - begin);
      /* not the blank lines of both sides, and none at the end */
      while (begin > 0 && is_blank (lines, begin - 1) && (begin == lines->len || is_blank (lines, begin)))
        g_ptr_array_remove_index (lines, --begin);
    }

  return join (lines);
}

/**
 * relay_settings_edit_read:
 * @filename: gangway.conf; it need not exist
 * @error: return location for an error
 *
 * Returns: (transfer full): its content, empty if there is none yet; %NULL with %RELAY_ERROR_BAD_SETTINGS if it cannot be
 * read
 */
char *
relay_settings_edit_read (const char *filename, GError **error)
{
  GString *text;
  struct stat info;

  if (access (filename, F_OK) != 0 && errno == ENOENT)
    return g_strdup ("");

  text = relay_file_read (filename, filename, MAX_FILE_BYTES, &info, error);
  return text != NULL ? g_string_free (text, FALSE) : NULL;
}

/**
 * relay_settings_edit_write:
 * @filename: gangway.conf; its folder is made if need be, and a symbolic link stays one
 * @text: what it shall hold
 * @error: return location for an error
 *
 * Replaces the file in one go, by one that only the user can read.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR; then the old file is as it was
 */
gboolean
relay_settings_edit_write (const char *filename, const char *text, GError **error)
{
  g_autofree char *folder = g_path_get_dirname (filename);
  char *target = realpath (filename, NULL);
  g_autoptr (GError) cause = NULL;
  gboolean is_written;

  /* If there is no folder, the next call tells why. */
  g_mkdir_with_parents (folder, 0700);
  is_written = g_file_set_contents_full (target != NULL ? target : filename, text, -1,
                                         G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600, &cause);
  free (target);
  if (is_written)
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "%s cannot be written: %s", filename, cause->message);
  return FALSE;
}
