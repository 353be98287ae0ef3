/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/**
 * audit_path:
 * @self: a fixture
 * @number: which file
 *
 * Returns: (transfer full): its path
 */
char *
audit_path (ServiceFixture *self, guint number)
{
  g_autofree char *name = number == 0 ? g_strdup ("audit.jsonl") : g_strdup_printf ("audit.jsonl.%u", number);

  return g_build_filename (self->dir, "gangway", name, NULL);
}

/**
 * audit_read_text:
 * @self: a fixture
 * @number: which file
 *
 * Returns: (transfer full): what it holds; nothing if it is not there
 */
char *
audit_read_text (ServiceFixture *self, guint number)
{
  g_autofree char *path = audit_path (self, number);
  char *text = NULL;

  return g_file_get_contents (path, &text, NULL, NULL) ? text : g_strdup ("");
}

/* All files, from the oldest on. */
static char *
read_all (ServiceFixture *self)
{
  GString *all = g_string_new (NULL);

  for (guint i = 4; i > 0; i--)
    {
      g_autofree char *text = audit_read_text (self, i - 1);

      g_string_append (all, text);
    }

  return g_string_free (all, FALSE);
}

static JsonObject *
parse_line (const char *line)
{
  g_autoptr (JsonParser) parser = json_parser_new ();

  if (!json_parser_load_from_data (parser, line, -1, NULL))
    return NULL;

  return json_node_dup_object (json_parser_get_root (parser));
}

/**
 * audit_read:
 * @self: a fixture
 *
 * Returns: (transfer full) (element-type JsonObject): the lines of all files, in order; those that are torn are left out
 */
GPtrArray *
audit_read (ServiceFixture *self)
{
  g_autofree char *text = read_all (self);
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  GPtrArray *objects = g_ptr_array_new_with_free_func ((GDestroyNotify) json_object_unref);

  for (char **line = lines; *line != NULL; line++)
    {
      JsonObject *object = **line != '\0' ? parse_line (*line) : NULL;

      if (object != NULL)
        g_ptr_array_add (objects, object);
    }

  return objects;
}

/**
 * audit_count:
 * @self: a fixture
 *
 * Returns: how many lines all files have, whatever is in them
 */
guint
audit_count (ServiceFixture *self)
{
  g_autofree char *text = read_all (self);
  guint n_lines = 0;

  for (const char *p = text; (p = strchr (p, '\n')) != NULL; p++)
    n_lines++;

  return n_lines;
}

/**
 * audit_prefill:
 * @self: a fixture whose service does not run
 * @number: which file
 * @text: what it shall hold
 *
 * Makes a file, and the folder.
 */
void
audit_prefill (ServiceFixture *self, guint number, const char *text)
{
  g_autofree char *folder = g_build_filename (self->dir, "gangway", NULL);
  g_autofree char *path = audit_path (self, number);
  g_autoptr (GError) error = NULL;

  g_mkdir (folder, 0700);
  g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, &error);
  g_assert_no_error (error);
}

/**
 * audit_get:
 * @line: a line
 * @name: a member with a string
 *
 * Returns: its value
 */
const char *
audit_get (JsonObject *line, const char *name)
{
  return json_object_get_string_member (line, name);
}

/**
 * audit_count_equal:
 * @lines: lines
 * @name: a member with a string
 * @value: what it should be
 *
 * Returns: how many lines have it
 */
guint
audit_count_equal (GPtrArray *lines, const char *name, const char *value)
{
  guint n_equal = 0;

  for (guint i = 0; i < lines->len; i++)
    n_equal += g_str_equal (audit_get (g_ptr_array_index (lines, i), name), value);

  return n_equal;
}

/**
 * audit_find:
 * @lines: lines
 * @name: a member with a string
 * @value: what it should be
 *
 * Returns: the only line that has it
 */
JsonObject *
audit_find (GPtrArray *lines, const char *name, const char *value)
{
  g_assert_cmpuint (audit_count_equal (lines, name, value), ==, 1);
  for (guint i = 0; i < lines->len; i++)
    {
      if (g_str_equal (audit_get (g_ptr_array_index (lines, i), name), value))
        return g_ptr_array_index (lines, i);
    }

  g_assert_not_reached ();
}

/**
 * audit_dup_brief:
 * @line: a line
 *
 * Checks that all members are there, and no others.
 *
 * Returns: (transfer full): those that are always the same, as `account|event|method|outcome|path`
 */
char *
audit_dup_brief (JsonObject *line)
{
  g_assert_cmpuint (json_object_get_size (line), ==, 8);
  g_assert_true (
      g_regex_match_simple ("^20\\d\\d-\\d\\d-\\d\\dT\\d\\d:\\d\\d:\\d\\d\\.\\d\\d\\dZ$", audit_get (line, "time"), 0, 0));
  g_assert_cmpint (json_object_get_int_member (line, "duration_ms"), >=, 0);
  g_assert_cmpint (json_object_get_int_member (line, "bytes"), >=, 0);

  return g_strjoin ("|", audit_get (line, "account"), audit_get (line, "event"), audit_get (line, "method"),
                    audit_get (line, "outcome"), audit_get (line, "path"), NULL);
}

/**
 * audit_end_daemon:
 * @daemon: a daemon that runs
 *
 * Ends it.
 */
void
audit_end_daemon (Program *daemon)
{
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
}

gboolean
audit_keep_waking (gpointer unused)
{
  return G_SOURCE_CONTINUE;
}
