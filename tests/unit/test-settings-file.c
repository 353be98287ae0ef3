/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"

#define ACCOUNT "[account a]\nplatform-url=wss://platform.example/relay\n"

typedef struct {
  char *folder;   /* (owned) */
  char *filename; /* (owned) */
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->folder = g_dir_make_tmp ("gangway-XXXXXX", NULL);
  fixture->filename = g_build_filename (fixture->folder, "gangway.conf", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_remove (fixture->filename);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->filename);
  g_free (fixture->folder);
}

static void
write_file (Fixture *fixture, const char *text, gssize length, int mode)
{
  g_file_set_contents (fixture->filename, text, length, NULL);
  g_assert_cmpint (g_chmod (fixture->filename, mode), ==, 0);
}

static void
assert_file_refused (Fixture *fixture, const char *problem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = relay_settings_new_from_file (fixture->filename, &error);
  g_autofree char *message = g_strdup_printf ("%s %s", fixture->filename, problem);

  g_assert_null (settings);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_file (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = NULL;

  write_file (fixture, ACCOUNT, -1, 0644);
  settings = relay_settings_new_from_file (fixture->filename, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (settings->accounts->len, ==, 1);
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 0);
}

static void
test_missing_file (Fixture *fixture, gconstpointer user_data)
{
  assert_file_refused (
      fixture, "does not exist yet: run “gangway pair”, or create it with at least these three lines: [account NAME], "
               "platform-url=wss://HOST/PATH, platform-key-file=FILE");
}

static void
test_empty_file (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture, "", 0, 0600);
  assert_file_refused (fixture, "is empty");
  write_file (fixture, " \n\t\r\n", -1, 0600);
  assert_file_refused (fixture, "is empty");
}

/* Root may read anything, so the test stops being root for a moment. */
static void
test_unreadable_file (Fixture *fixture, gconstpointer user_data)
{
  gboolean is_root = geteuid () == 0;

  write_file (fixture, ACCOUNT, -1, 0000);
  g_assert_cmpint (g_chmod (fixture->folder, 0755), ==, 0);

  if (is_root)
    g_assert_cmpint (seteuid (65534), ==, 0);
  assert_file_refused (fixture, "cannot be opened: Permission denied");
  if (is_root)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_folder_in_its_place (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (g_mkdir (fixture->filename, 0700), ==, 0);
  assert_file_refused (fixture, "is a folder, not a file");
}

static void
test_fifo_in_its_place (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (mkfifo (fixture->filename, 0600), ==, 0);
  assert_file_refused (fixture, "is not a regular file");
}

static void
test_file_too_large (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (1024 * 1024 + 1, '#');

  write_file (fixture, text, 1024 * 1024 + 1, 0600);
  assert_file_refused (fixture, "is larger than 1024 KiB");
}

static void
test_binary_file (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = NULL;

  write_file (fixture, "\0\0\0\0", 4, 0600);
  settings = relay_settings_new_from_file (fixture->filename, &error);

  g_assert_null (settings);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, "gangway.conf line 1 holds a NUL byte");
}

static void
test_readable_secrets_are_a_warning (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *warning =
      g_strdup_printf ("gangway.conf: the file holds a key or a token, but other users may open it: chmod 600 '%s'",
                       fixture->filename);
  g_autoptr (RelaySettings) open_key = NULL;
  g_autoptr (RelaySettings) private_key = NULL;
  g_autoptr (RelaySettings) open_token = NULL;

  write_file (fixture, ACCOUNT "platform-key=k\n", -1, 0640);
  open_key = relay_settings_new_from_file (fixture->filename, NULL);
  write_file (fixture, ACCOUNT "platform-key=k\n", -1, 0600);
  private_key = relay_settings_new_from_file (fixture->filename, NULL);
  write_file (fixture, ACCOUNT "[gateway]\ntoken=t\n", -1, 0604);
  open_token = relay_settings_new_from_file (fixture->filename, NULL);

  g_assert_cmpstr (open_key->warnings[0], ==, warning);
  g_assert_null (private_key->warnings[0]);
  g_assert_cmpstr (open_token->warnings[0], ==, warning);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/settings/file/good", test_file);
  ADD ("/settings/file/missing", test_missing_file);
  ADD ("/settings/file/empty", test_empty_file);
  ADD ("/settings/file/unreadable", test_unreadable_file);
  ADD ("/settings/file/folder-in-its-place", test_folder_in_its_place);
  ADD ("/settings/file/fifo-in-its-place", test_fifo_in_its_place);
  ADD ("/settings/file/too-large", test_file_too_large);
  ADD ("/settings/file/binary", test_binary_file);
  ADD ("/settings/file/readable-secrets-are-a-warning", test_readable_secrets_are_a_warning);

  return g_test_run ();
}
