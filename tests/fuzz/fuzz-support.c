/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz-support.h"

#include <glib/gstdio.h>
#include <stdlib.h>
#include <string.h>

static char *scratch_folder;

static void
remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_tree (child);
    }
  g_remove (path);
}

static void
remove_scratch_folder (void)
{
  remove_tree (scratch_folder);
  g_free (scratch_folder);
}

/* Fields of text only, as all of ours are, and GLib's. */
static const char *
get_field (const GLogField *fields, gsize n_fields, const char *key)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, key))
        return fields[i].value;
    }

  return "";
}

/* Warnings are what our own code tells users about bad input; from elsewhere, and worse ones, they are faults. */
static GLogWriterOutput
stop_at_faults (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer unused)
{
  gboolean is_ours = g_str_equal (get_field (fields, n_fields, "GLIB_DOMAIN"), G_LOG_DOMAIN);

  if (is_ours)
    {
      fuzz_check_secrecy (get_field (fields, n_fields, "MESSAGE"));
      fuzz_check_secrecy (get_field (fields, n_fields, "GANGWAY_METHOD"));
    }
  if ((level & (G_LOG_LEVEL_ERROR | G_LOG_LEVEL_CRITICAL)) != 0 || (!is_ours && (level & G_LOG_LEVEL_WARNING) != 0))
    {
      g_log_writer_standard_streams (level, fields, n_fields, NULL);
      abort ();
    }

  return G_LOG_WRITER_HANDLED;
}

int
LLVMFuzzerInitialize (int *argc, char ***argv)
{
  g_log_set_writer_func (stop_at_faults, NULL, NULL);

  return 0;
}

/**
 * fuzz_input_take_below:
 * @self: an input
 * @n: how many choices there are, 65536 at most
 *
 * Returns: a number below @n
 */
guint
fuzz_input_take_below (FuzzInput *self, guint n)
{
  guint number = 0;

  for (guint width = n > 256 ? 2 : 1; width > 0 && self->size > 0; width--)
    {
      number = number << 8 | *self->data++;
      self->size--;
    }

  return number % n;
}

gboolean
fuzz_input_take_flag (FuzzInput *self)
{
  return fuzz_input_take_below (self, 2) != 0;
}

/* Returns up to 255 of the next bytes. */
GBytes *
fuzz_input_take_bytes (FuzzInput *self)
{
  gsize wanted = fuzz_input_take_below (self, 256);
  gsize length = MIN (wanted, self->size);
  GBytes *bytes = g_bytes_new (self->data, length);

  self->data += length;
  self->size -= length;
  return bytes;
}

/* The same as text, see fuzz_make_text (). */
char *
fuzz_input_take_text (FuzzInput *self)
{
  g_autoptr (GBytes) bytes = fuzz_input_take_bytes (self);
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  return fuzz_make_text (data, length);
}

/**
 * fuzz_make_text:
 * @data: some bytes
 * @size: how many
 *
 * Returns: (transfer full): UTF-8 without NUL, as a handler finds it in params
 */
char *
fuzz_make_text (const guint8 *data, gsize size)
{
  g_autofree char *terminated = g_strndup (size > 0 ? (const char *) data : "", size);

  return g_utf8_make_valid (terminated, -1);
}

/**
 * fuzz_make_folder:
 * @name: its name
 *
 * Makes a folder that is gone when the process ends well.
 *
 * Returns: (transfer full): its path, without symbolic links
 */
char *
fuzz_make_folder (const char *name)
{
  g_autofree char *path = NULL;

  if (scratch_folder == NULL)
    {
      g_autofree char *made = g_dir_make_tmp ("gangway-fuzz-XXXXXX", NULL);

      g_assert_nonnull (made);
      scratch_folder = realpath (made, NULL);
      atexit (remove_scratch_folder);
    }

  path = g_build_filename (scratch_folder, name, NULL);
  g_assert_no_errno (g_mkdir_with_parents (path, 0700));
  return g_steal_pointer (&path);
}

void
fuzz_write_file (const char *folder, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_no_errno (g_mkdir_with_parents (parent, 0700));
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL));
}

static void
require (gboolean is_right, const char *message)
{
  g_autofree char *shown = is_right ? NULL : g_strescape (message, NULL);

  if (is_right)
    return;

  g_printerr ("this must not be told: %s\n", shown);
  abort ();
}

/**
 * fuzz_check_message:
 * @message: what somebody may get to see
 *
 * Checks that it can be shown.
 */
void
fuzz_check_message (const char *message)
{
  require (g_utf8_validate (message, -1, NULL), message);
}

/**
 * fuzz_check_secrecy:
 * @message: what somebody may get to see
 *
 * Checks that it can be shown and does not hold the secret.
 */
void
fuzz_check_secrecy (const char *message)
{
  fuzz_check_message (message);
  require (strstr (message, FUZZ_SECRET) == NULL, message);
}

/**
 * fuzz_check_alike:
 * @message: (nullable): what somebody may get to see
 * @other: (nullable): the same where %FUZZ_OTHER_SECRET stands in for the secret
 *
 * Checks that the secret makes no difference, which holds whatever else the input has it say.
 */
void
fuzz_check_alike (const char *message, const char *other)
{
  if (message != NULL)
    fuzz_check_message (message);
  require (g_strcmp0 (message, other) == 0, message != NULL ? message : other);
}
