/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings-monitor.h"

#include <glib/gstdio.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

/* How long a signal may take to come. */
#define LIMIT_S 20

#define ACCOUNT "[account a]\nplatform-url=wss://platform.example/relay\n"
#define OTHER_ACCOUNT "[account b]\nplatform-url=wss://platform.example/relay\n"

typedef struct {
  char *folder;                  /* (owned) */
  char *filename;                /* (owned) gangway.conf in @folder */
  RelaySettingsMonitor *monitor; /* (owned) (nullable) */
  GMainLoop *loop;               /* (owned) */
  guint n_changed;
  guint n_problems;
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->folder = g_dir_make_tmp ("gangway-XXXXXX", NULL);
  fixture->filename = g_build_filename (fixture->folder, "gangway.conf", NULL);
  fixture->loop = g_main_loop_new (NULL, FALSE);
}

static void
remove_all (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_all (child);
    }

  g_assert_cmpint (g_remove (path), ==, 0);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_clear_object (&fixture->monitor);
  remove_all (fixture->folder);
  g_free (fixture->folder);
  g_free (fixture->filename);
  g_main_loop_unref (fixture->loop);
}

static void
changed_cb (RelaySettingsMonitor *monitor, RelaySettings *settings, Fixture *fixture)
{
  g_assert_true (settings == relay_settings_monitor_get_settings (monitor));
  g_assert_null (relay_settings_monitor_get_problem (monitor));
  fixture->n_changed++;
  g_main_loop_quit (fixture->loop);
}

static void
problem_cb (RelaySettingsMonitor *monitor, const char *message, Fixture *fixture)
{
  g_assert_cmpstr (message, ==, relay_settings_monitor_get_problem (monitor));
  fixture->n_problems++;
  g_main_loop_quit (fixture->loop);
}

static void
start (Fixture *fixture)
{
  fixture->monitor = relay_settings_monitor_new (fixture->filename);
  g_signal_connect (fixture->monitor, "changed", G_CALLBACK (changed_cb), fixture);
  g_signal_connect (fixture->monitor, "problem", G_CALLBACK (problem_cb), fixture);
}

static void
limit_cb (gpointer user_data)
{
  g_error ("no signal came within %d s", LIMIT_S);
}

/* Waits for one signal, whichever it is. */
static void
wait_for_signal (Fixture *fixture)
{
  guint limit_id = g_timeout_add_once (LIMIT_S * 1000, limit_cb, NULL);

  g_main_loop_run (fixture->loop);
  g_source_remove (limit_id);
}

/* In place, unlike g_file_set_contents (). */
static void
write_file (const char *filename, const char *text)
{
  FILE *file = fopen (filename, "we");

  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_cmpint (fclose (file), ==, 0);
}

static char *
in_folder (Fixture *fixture, const char *name)
{
  return g_build_filename (fixture->folder, name, NULL);
}

static gboolean
has_account (Fixture *fixture, const char *id)
{
  return relay_settings_find_account (relay_settings_monitor_get_settings (fixture->monitor), id) != NULL;
}

static void
assert_changed_to (Fixture *fixture, const char *id)
{
  guint n_changed = fixture->n_changed;

  wait_for_signal (fixture);
  g_assert_cmpuint (fixture->n_changed, ==, n_changed + 1);
  g_assert_true (has_account (fixture, id));
}

static void
assert_problem (Fixture *fixture, const char *ending)
{
  guint n_problems = fixture->n_problems;

  wait_for_signal (fixture);
  g_assert_cmpuint (fixture->n_problems, ==, n_problems + 1);
  g_assert_true (g_str_has_suffix (relay_settings_monitor_get_problem (fixture->monitor), ending));
}

static void
test_first_load_is_at_once (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  g_assert_true (has_account (fixture, "a"));
  g_assert_null (relay_settings_monitor_get_problem (fixture->monitor));
  g_assert_cmpuint (fixture->n_changed, ==, 0);
}

static void
test_defaults_before_there_is_a_file (Fixture *fixture, gconstpointer user_data)
{
  start (fixture);

  g_assert_cmpuint (relay_settings_monitor_get_settings (fixture->monitor)->accounts->len, ==, 0);
  g_assert_cmpuint (relay_settings_monitor_get_settings (fixture->monitor)->retry.max_delay_ms, ==, 60000);
  g_assert_nonnull (strstr (relay_settings_monitor_get_problem (fixture->monitor), "does not exist yet: run"));

  write_file (fixture->filename, ACCOUNT);
  assert_changed_to (fixture, "a");
}

static void
test_edited_in_place (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  write_file (fixture->filename, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");
  write_file (fixture->filename, ACCOUNT);
  assert_changed_to (fixture, "a");
}

static void
test_replaced_by_rename (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *new_file = in_folder (fixture, ".gangway.conf.swp");

  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  write_file (new_file, OTHER_ACCOUNT);
  g_assert_cmpint (g_rename (new_file, fixture->filename), ==, 0);
  assert_changed_to (fixture, "b");

  write_file (new_file, ACCOUNT);
  g_assert_cmpint (g_rename (new_file, fixture->filename), ==, 0);
  assert_changed_to (fixture, "a");
}

static void
test_last_good_settings_stay (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  write_file (fixture->filename, OTHER_ACCOUNT "nonsense\n");
  assert_problem (fixture, "gangway.conf line 3 is neither a group, nor KEY=VALUE, nor a comment");
  g_assert_true (has_account (fixture, "a"));

  write_file (fixture->filename, "");
  assert_problem (fixture, "is empty");
  g_assert_true (has_account (fixture, "a"));

  g_assert_cmpint (g_unlink (fixture->filename), ==, 0);
  assert_problem (fixture, "platform-key-file=FILE");
  g_assert_true (has_account (fixture, "a"));

  g_assert_cmpint (mkfifo (fixture->filename, 0600), ==, 0);
  assert_problem (fixture, "is not a regular file");
  g_assert_true (has_account (fixture, "a"));

  g_assert_cmpint (g_unlink (fixture->filename), ==, 0);
  write_file (fixture->filename, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");
}

/* The end of a problem is a change, even if the settings are the same as before it. */
static void
test_end_of_a_problem_is_told (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  write_file (fixture->filename, "[gateway]\nurl=x\n");
  assert_problem (fixture, "gangway.conf line 2: url must use ws:// or wss:// (got none)");
  write_file (fixture->filename, ACCOUNT);
  assert_changed_to (fixture, "a");
}

static void
test_many_writes_are_one_change (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  for (guint i = 0; i < 5; i++)
    {
      write_file (fixture->filename, "");
      write_file (fixture->filename, ACCOUNT "enabled=false\n");
      write_file (fixture->filename, OTHER_ACCOUNT);
    }
  assert_changed_to (fixture, "b");
  g_assert_cmpuint (fixture->n_problems, ==, 0);
}

/* What a second monitor, to which it is news, tells of, is nothing new to the first. */
static void
test_nothing_new_is_not_told (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (RelaySettingsMonitor) other = NULL;

  write_file (fixture->filename, ACCOUNT);
  start (fixture);
  write_file (fixture->filename, OTHER_ACCOUNT);
  other = relay_settings_monitor_new (fixture->filename);
  g_signal_connect_swapped (other, "changed", G_CALLBACK (g_main_loop_quit), fixture->loop);

  write_file (fixture->filename, "# a comment\n" ACCOUNT "enabled=true\n");
  wait_for_signal (fixture);
  g_clear_object (&other);

  write_file (fixture->filename, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");
  g_assert_cmpuint (fixture->n_changed, ==, 1);
}

static void
test_reload (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  write_file (fixture->filename, OTHER_ACCOUNT);
  relay_settings_monitor_reload (fixture->monitor);
  relay_settings_monitor_reload (fixture->monitor);
  assert_changed_to (fixture, "b");
}

static void
test_missing_folders (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *folder = in_folder (fixture, "config/gangway");

  g_free (fixture->filename);
  fixture->filename = in_folder (fixture, "config/gangway/gangway.conf");
  start (fixture);

  g_assert_cmpint (g_mkdir_with_parents (folder, 0700), ==, 0);
  write_file (fixture->filename, ACCOUNT);
  assert_changed_to (fixture, "a");
  write_file (fixture->filename, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");
}

static void
test_folder_is_replaced (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *folder = in_folder (fixture, "gangway");
  g_autofree char *old_folder = in_folder (fixture, "gangway.old");

  g_free (fixture->filename);
  fixture->filename = in_folder (fixture, "gangway/gangway.conf");
  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  write_file (fixture->filename, ACCOUNT);
  start (fixture);

  g_assert_cmpint (g_rename (folder, old_folder), ==, 0);
  assert_problem (fixture, "platform-key-file=FILE");

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  write_file (fixture->filename, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");
}

static void
test_target_of_a_link_is_edited (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *folder = in_folder (fixture, "dotfiles");
  g_autofree char *target = in_folder (fixture, "dotfiles/conf");
  g_autofree char *other = in_folder (fixture, "dotfiles/other");

  g_assert_cmpint (g_mkdir (folder, 0700), ==, 0);
  write_file (target, ACCOUNT);
  g_assert_cmpint (symlink ("./dotfiles/../dotfiles/conf", fixture->filename), ==, 0);
  start (fixture);
  g_assert_true (has_account (fixture, "a"));

  write_file (target, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");

  write_file (other, ACCOUNT);
  g_assert_cmpint (g_unlink (fixture->filename), ==, 0);
  g_assert_cmpint (symlink (other, fixture->filename), ==, 0);
  assert_changed_to (fixture, "a");

  write_file (other, OTHER_ACCOUNT);
  assert_changed_to (fixture, "b");
}

/* As it is done with settings that come in versions: a link to the folder is swapped. */
static void
test_linked_folder_is_swapped (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *one = in_folder (fixture, "1");
  g_autofree char *two = in_folder (fixture, "2");
  g_autofree char *current = in_folder (fixture, "current");
  g_autofree char *next = in_folder (fixture, "next");
  g_autofree char *file_in_one = in_folder (fixture, "1/gangway.conf");
  g_autofree char *file_in_two = in_folder (fixture, "2/gangway.conf");

  g_free (fixture->filename);
  fixture->filename = in_folder (fixture, "current/gangway.conf");
  g_assert_cmpint (g_mkdir (one, 0700), ==, 0);
  g_assert_cmpint (g_mkdir (two, 0700), ==, 0);
  write_file (file_in_one, ACCOUNT);
  write_file (file_in_two, OTHER_ACCOUNT);
  g_assert_cmpint (symlink ("1", current), ==, 0);
  start (fixture);
  g_assert_true (has_account (fixture, "a"));

  g_assert_cmpint (symlink ("2", next), ==, 0);
  g_assert_cmpint (g_rename (next, current), ==, 0);
  assert_changed_to (fixture, "b");
}

static void
test_link_to_itself (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (symlink ("gangway.conf", fixture->filename), ==, 0);
  start (fixture);
  g_assert_nonnull (relay_settings_monitor_get_problem (fixture->monitor));

  g_assert_cmpint (g_unlink (fixture->filename), ==, 0);
  write_file (fixture->filename, ACCOUNT);
  wait_for_signal (fixture);
  g_assert_true (has_account (fixture, "a"));
}

/* Neither a timer nor a thread outlives the monitor. */
static void
test_disposed_while_busy (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->filename, ACCOUNT);

  for (guint i = 0; i < 20; i++)
    {
      start (fixture);
      write_file (fixture->filename, i % 2 == 0 ? OTHER_ACCOUNT : ACCOUNT);
      relay_settings_monitor_reload (fixture->monitor);
      if (i % 3 == 0)
        g_main_context_iteration (NULL, FALSE);

      g_object_add_weak_pointer (G_OBJECT (fixture->monitor), (gpointer *) &fixture->monitor);
      g_object_unref (fixture->monitor);
      g_assert_null (fixture->monitor);
    }

  while (g_main_context_iteration (NULL, FALSE))
    continue;
  g_assert_cmpuint (fixture->n_problems, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/settings-monitor/first-load-is-at-once", test_first_load_is_at_once);
  ADD ("/settings-monitor/defaults-before-there-is-a-file", test_defaults_before_there_is_a_file);
  ADD ("/settings-monitor/edited-in-place", test_edited_in_place);
  ADD ("/settings-monitor/replaced-by-rename", test_replaced_by_rename);
  ADD ("/settings-monitor/last-good-settings-stay", test_last_good_settings_stay);
  ADD ("/settings-monitor/end-of-a-problem-is-told", test_end_of_a_problem_is_told);
  ADD ("/settings-monitor/many-writes-are-one-change", test_many_writes_are_one_change);
  ADD ("/settings-monitor/nothing-new-is-not-told", test_nothing_new_is_not_told);
  ADD ("/settings-monitor/reload", test_reload);
  ADD ("/settings-monitor/missing-folders", test_missing_folders);
  ADD ("/settings-monitor/folder-is-replaced", test_folder_is_replaced);
  ADD ("/settings-monitor/target-of-a-link-is-edited", test_target_of_a_link_is_edited);
  ADD ("/settings-monitor/linked-folder-is-swapped", test_linked_folder_is_swapped);
  ADD ("/settings-monitor/link-to-itself", test_link_to_itself);
  ADD ("/settings-monitor/disposed-while-busy", test_disposed_while_busy);

  return g_test_run ();
}
