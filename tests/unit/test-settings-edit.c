/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings-edit.h"

#include <glib/gstdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"

/* gangway.conf as a person wrote it. */
static const char written[] = "# my settings\n"
                              "\n"
                              "[gateway]\n"
                              "url = ws://127.0.0.1:1\n"
                              "\n"
                              "# work\n"
                              "[ account  work ]\n"
                              "# theirs\n"
                              "platform-url=wss://old.example/\n"
                              "  strict-user-ids=true\n"
                              "\n"
                              "# home\n"
                              "[account home]\n"
                              "platform-url=wss://home.example/\n";

static void
assert_set (const char *text, const char *group, const char *key, const char *value, const char *expected)
{
  g_autofree char *edited = relay_settings_edit_set (text, group, key, value);

  g_assert_cmpstr (edited, ==, expected);
}

static void
test_replace (void)
{
  g_autofree char *edited = relay_settings_edit_set (written, "account work", "platform-url", "wss://new.example/");

  g_assert_cmpstr (edited, ==,
                   "# my settings\n\n[gateway]\nurl = ws://127.0.0.1:1\n\n# work\n[ account  work ]\n# theirs\n"
                   "platform-url=wss://new.example/\n  strict-user-ids=true\n\n# home\n[account home]\n"
                   "platform-url=wss://home.example/\n");
}

/* A new key comes behind the group's last, before the comment of the next group. */
static void
test_add_key (void)
{
  assert_set ("[a]\nx=1\n\n# of b\n[b]\ny=2\n", "a", "z", "3", "[a]\nx=1\nz=3\n\n# of b\n[b]\ny=2\n");
  assert_set ("[a]\n# of a\n\n[b]\n", "a", "z", "3", "[a]\nz=3\n# of a\n\n[b]\n");
  assert_set ("[a]\nx=1", "a", "z", "3", "[a]\nx=1\nz=3\n");
}

static void
test_add_group (void)
{
  assert_set ("", "a", "x", "1", "[a]\nx=1\n");
  assert_set ("# only a comment\n", "a", "x", "1", "# only a comment\n\n[a]\nx=1\n");
  assert_set ("[b]\ny=2\n\n", "a", "x", "1", "[b]\ny=2\n\n[a]\nx=1\n");
}

static void
test_remove_key (void)
{
  assert_set ("[a]\nx=1\n#x=0\nz=2\n", "a", "x", NULL, "[a]\n#x=0\nz=2\n");
  assert_set ("[a]\nz=2\n[b]\nx=1\n", "a", "x", NULL, "[a]\nz=2\n[b]\nx=1\n");
}

/* The later one is in force, and so is the group that stands twice. */
static void
test_what_stands_twice (void)
{
  assert_set ("[a]\nx=1\nx=2\ny=1\n", "a", "x", "3", "[a]\nx=3\ny=1\n");
  assert_set ("[a]\nx=1\n[b]\n[a]\nx=2\n", "a", "x", "3", "[a]\n[b]\n[a]\nx=3\n");
}

static void
test_byte_order_mark (void)
{
  assert_set ("\xef\xbb\xbf[a]\nx=1\n", "a", "x", "2", "\xef\xbb\xbf[a]\nx=2\n");
}

static void
assert_removed (const char *text, const char *group, const char *expected)
{
  g_autofree char *edited = relay_settings_edit_remove (text, group);

  g_assert_cmpstr (edited, ==, expected);
}

static void
test_remove_group (void)
{
  assert_removed (written, "account work",
                  "# my settings\n\n[gateway]\nurl = ws://127.0.0.1:1\n\n# work\n\n# home\n[account home]\n"
                  "platform-url=wss://home.example/\n");
  assert_removed ("[a]\nx=1\n\n[b]\ny=1\n\n[c]\nz=1\n", "b", "[a]\nx=1\n\n[c]\nz=1\n");
  assert_removed ("[a]\nx=1\n\n[b]\ny=1\n", "b", "[a]\nx=1\n");
  assert_removed ("[b]\ny=1\n[a]\nx=1\n[b]\nz=1\n", "b", "[a]\nx=1\n");
  assert_removed ("[b]\ny=1\n", "b", "");
  assert_removed ("[a]\nx=1\n", "b", "[a]\nx=1\n");
}

typedef struct {
  char *folder; /* (owned) */
  char *file;   /* (owned) in a folder that is not there yet */
} Fixture;

static void
fixture_set_up (Fixture *self, gconstpointer user_data)
{
  self->folder = g_dir_make_tmp ("gangway-XXXXXX", NULL);
  self->file = g_build_filename (self->folder, "gangway", "gangway.conf", NULL);
}

static void
fixture_tear_down (Fixture *self, gconstpointer user_data)
{
  g_autofree char *inner = g_path_get_dirname (self->file);

  g_remove (self->file);
  g_rmdir (inner);
  g_assert_cmpint (g_rmdir (self->folder), ==, 0);
  g_free (self->file);
  g_free (self->folder);
}

static void
test_write (Fixture *self, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *nothing = relay_settings_edit_read (self->file, &error);
  g_autofree char *text = NULL;
  struct stat info;

  g_assert_cmpstr (nothing, ==, "");
  g_assert_true (relay_settings_edit_write (self->file, "[a]\n", &error));
  g_assert_no_error (error);
  text = relay_settings_edit_read (self->file, &error);
  g_assert_cmpstr (text, ==, "[a]\n");
  g_assert_cmpint (stat (self->file, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}

/* As those have it who keep their settings elsewhere. */
static void
test_write_through_a_link (Fixture *self, gconstpointer user_data)
{
  g_autofree char *target = g_build_filename (self->folder, "elsewhere.conf", NULL);
  g_autofree char *inner = g_path_get_dirname (self->file);
  g_autofree char *text = NULL;

  g_assert_true (g_file_set_contents (target, "[a]\n", -1, NULL));
  g_assert_cmpint (g_mkdir (inner, 0700), ==, 0);
  g_assert_cmpint (symlink (target, self->file), ==, 0);

  g_assert_true (relay_settings_edit_write (self->file, "[b]\n", NULL));
  g_assert_true (g_file_test (self->file, G_FILE_TEST_IS_SYMLINK));
  g_assert_true (g_file_get_contents (target, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "[b]\n");
  g_unlink (target);
}

static void
test_write_fails (Fixture *self, gconstpointer user_data)
{
  g_autofree char *inner = g_path_get_dirname (self->file);
  g_autoptr (GError) error = NULL;

  g_assert_true (g_file_set_contents (inner, "a file in place of the folder", -1, NULL));
  g_assert_false (relay_settings_edit_write (self->file, "[a]\n", &error));
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR);
  g_assert_nonnull (strstr (error->message, self->file));
  g_unlink (inner);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/settings-edit/replace", test_replace);
  g_test_add_func ("/settings-edit/add-key", test_add_key);
  g_test_add_func ("/settings-edit/add-group", test_add_group);
  g_test_add_func ("/settings-edit/remove-key", test_remove_key);
  g_test_add_func ("/settings-edit/what-stands-twice", test_what_stands_twice);
  g_test_add_func ("/settings-edit/byte-order-mark", test_byte_order_mark);
  g_test_add_func ("/settings-edit/remove-group", test_remove_group);
#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/settings-edit/write", test_write);
  ADD ("/settings-edit/write-through-a-link", test_write_through_a_link);
  ADD ("/settings-edit/write-fails", test_write_fails);

  return g_test_run ();
}
