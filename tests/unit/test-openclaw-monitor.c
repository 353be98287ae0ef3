/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <unistd.h>

#include <glib/gstdio.h>

#include "settings/relay-openclaw.h"

/* How long a change may take to be seen. */
#define LIMIT_MS 15000

typedef struct {
  char *dir;                     /* (owned) */
  RelayOpenclawMonitor *monitor; /* (owned) */
  guint n_changes;
  gboolean timed_out;
} Fixture;

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

/* In place, as a shell's `>` does. */
static void
write_file (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *parent = g_path_get_dirname (path);
  FILE *file;

  g_assert_no_errno (g_mkdir_with_parents (parent, 0700));
  file = g_fopen (path, "w");
  g_assert_nonnull (file);
  g_assert_cmpint (fputs (text, file), >=, 0);
  g_assert_no_errno (fclose (file));
}

/* Beside it and then over it, as editors do. */
static void
replace_file (Fixture *self, const char *name, const char *text)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);
  g_autofree char *temporary = g_strconcat (name, "~", NULL);
  g_autofree char *temporary_path = g_build_filename (self->dir, temporary, NULL);

  write_file (self, temporary, text);
  g_assert_no_errno (g_rename (temporary_path, path));
}

static void
remove_file (Fixture *self, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);

  g_assert_no_errno (g_remove (path));
}

static void
link_file (Fixture *self, const char *target, const char *name)
{
  g_autofree char *path = g_build_filename (self->dir, name, NULL);

  g_remove (path);
  g_assert_no_errno (symlink (target, path));
}

static void
on_changed (Fixture *self, RelayOpenclaw *openclaw)
{
  g_assert_true (openclaw == relay_openclaw_monitor_get_openclaw (self->monitor));
  self->n_changes++;
}

static void
set_up (Fixture *self, gconstpointer data)
{
  self->dir = g_strdup (g_getenv ("HOME"));
  g_assert_no_errno (g_mkdir (self->dir, 0700));
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_clear_object (&self->monitor);
  remove_tree (self->dir);
  g_free (self->dir);
}

static void
start (Fixture *self)
{
  self->monitor = relay_openclaw_monitor_new (NULL);
  g_assert_null (relay_openclaw_monitor_get_openclaw (self->monitor));
  g_signal_connect_swapped (self->monitor, "changed", G_CALLBACK (on_changed), self);
}

static void
on_limit (gpointer user_data)
{
  Fixture *self = user_data;

  self->timed_out = TRUE;
}

static gboolean
says (Fixture *self, const char *secret, gboolean has_error)
{
  RelayOpenclaw *openclaw = relay_openclaw_monitor_get_openclaw (self->monitor);

  return openclaw != NULL && g_strcmp0 (openclaw->secret, secret) == 0 && (openclaw->error != NULL) == has_error;
}

/* Waits until the configuration says it, whatever it says in between. */
static void
wait_until (Fixture *self, const char *secret, gboolean has_error)
{
  guint limit = g_timeout_add_once (LIMIT_MS, on_limit, self);

  while (!says (self, secret, has_error) && !self->timed_out)
    g_main_context_iteration (NULL, TRUE);

  g_assert_false (self->timed_out);
  g_source_remove (limit);
}

static void
wait_for (Fixture *self, const char *secret)
{
  wait_until (self, secret, FALSE);
}

static void
test_first_load (Fixture *self, gconstpointer data)
{
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'one' } } }");
  start (self);
  wait_for (self, "one");
  g_assert_cmpuint (self->n_changes, ==, 1);
}

static void
test_edits (Fixture *self, gconstpointer data)
{
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'one' } } }");
  start (self);
  wait_for (self, "one");

  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'two' } } }");
  wait_for (self, "two");
  replace_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'three' } } }");
  wait_for (self, "three");
  replace_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'four' } } }");
  wait_for (self, "four");

  write_file (self, ".openclaw/openclaw.json", "{ gateway: ");
  wait_until (self, NULL, TRUE);
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'five' } } }");
  wait_for (self, "five");
}

static void
test_comes_and_goes (Fixture *self, gconstpointer data)
{
  g_autofree char *dir = g_build_filename (self->dir, ".openclaw", NULL);

  start (self);
  wait_for (self, NULL);

  /* Not even the folder was there. */
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'one' } } }");
  wait_for (self, "one");
  remove_file (self, ".openclaw/openclaw.json");
  wait_for (self, NULL);
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'two' } } }");
  wait_for (self, "two");

  remove_tree (dir);
  wait_for (self, NULL);
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'three' } } }");
  wait_for (self, "three");
}

static void
test_other_files (Fixture *self, gconstpointer data)
{
  g_autofree char *token = g_build_filename (self->dir, "token", NULL);

  write_file (self, ".openclaw/openclaw.json", "{ $include: 'auth.json5' }");
  start (self);
  wait_until (self, NULL, TRUE);

  /* A file that was missing, */
  write_file (self, ".openclaw/auth.json5", "{ gateway: { auth: { token: '${MY_TOKEN}' } } }");
  wait_until (self, NULL, FALSE);
  write_file (self, ".openclaw/.env", "MY_TOKEN=one\n");
  wait_for (self, "one");
  replace_file (self, ".openclaw/.env", "MY_TOKEN=two\n");
  wait_for (self, "two");

  /* and one that only the last change brought in. */
  write_file (self, ".openclaw/auth.json5",
              "{ secrets: { providers: { f: { source: 'file', path: '~/token', mode: 'singleValue' } } },\n"
              "  gateway: { auth: { token: { source: 'file', provider: 'f', id: 'value' } } } }");
  wait_for (self, NULL);
  write_file (self, "token", "three");
  g_assert_no_errno (g_chmod (token, 0600));
  wait_for (self, "three");
}

static void
test_symbolic_links (Fixture *self, gconstpointer data)
{
  write_file (self, "dotfiles/one.json", "{ gateway: { auth: { token: 'one' } } }");
  write_file (self, "dotfiles/two.json", "{ gateway: { auth: { token: 'two' } } }");
  write_file (self, ".openclaw/.env", "");
  link_file (self, "../dotfiles/current.json", ".openclaw/openclaw.json");
  link_file (self, "one.json", "dotfiles/current.json");
  start (self);
  wait_for (self, "one");

  /* A load that began to watch a file is followed by another: only from the second change on is it the watch that tells. */
  replace_file (self, "dotfiles/one.json", "{ gateway: { auth: { token: 'one.1' } } }");
  wait_for (self, "one.1");
  replace_file (self, "dotfiles/one.json", "{ gateway: { auth: { token: 'one.2' } } }");
  wait_for (self, "one.2");

  link_file (self, "two.json", "dotfiles/current.json");
  wait_for (self, "two");
  replace_file (self, "dotfiles/two.json", "{ gateway: { auth: { token: 'two.1' } } }");
  wait_for (self, "two.1");
  replace_file (self, "dotfiles/two.json", "{ gateway: { auth: { token: 'two.2' } } }");
  wait_for (self, "two.2");

  link_file (self, "../dotfiles/one.json", ".openclaw/openclaw.json");
  wait_for (self, "one.2");
}

static void
test_burst_is_one_change (Fixture *self, gconstpointer data)
{
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'start' } } }");
  start (self);
  wait_for (self, "start");

  for (guint i = 0; i <= 50; i++)
    {
      g_autofree char *text = g_strdup_printf ("{ gateway: { auth: { token: 'token-%u' } } }", i);

      replace_file (self, ".openclaw/openclaw.json", text);
      while (g_main_context_iteration (NULL, FALSE))
        continue;
    }
  wait_for (self, "token-50");
  g_assert_cmpuint (self->n_changes, <=, 3);
}

static void
test_nothing_new_is_no_change (Fixture *self, gconstpointer data)
{
  write_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'one' } } }");
  start (self);
  wait_for (self, "one");

  relay_openclaw_monitor_reload (self->monitor);
  relay_openclaw_monitor_reload (self->monitor);
  replace_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'one' } } /* a comment */ }");
  replace_file (self, ".openclaw/.env", "OTHER=x\n");
  relay_openclaw_monitor_reload (self->monitor);
  replace_file (self, ".openclaw/openclaw.json", "{ gateway: { auth: { token: 'two' } } }");
  wait_for (self, "two");
  g_assert_cmpuint (self->n_changes, ==, 2);
}

static void
on_unexpected_change (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_dropped_while_loading (Fixture *self, gconstpointer data)
{
  RelayOpenclawMonitor *other = relay_openclaw_monitor_new (NULL);
  gpointer weak = other;

  g_signal_connect_swapped (other, "changed", G_CALLBACK (on_unexpected_change), NULL);
  g_object_add_weak_pointer (G_OBJECT (other), &weak);
  g_object_unref (other);
  g_assert_null (weak);

  /* Long enough for the load that is under way to come back. */
  start (self);
  wait_for (self, NULL);
}

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_autofree char *made = g_dir_make_tmp ("gangway-monitor-XXXXXX", NULL);
  g_autofree char *base = realpath (made, NULL);
  g_autofree char *home = g_build_filename (base, "home", NULL);
  int status;

  /* Before there are threads. */
  g_setenv ("HOME", home, TRUE);
  g_test_init (&argc, &argv, NULL);

  ADD ("/openclaw-monitor/first-load", test_first_load);
  ADD ("/openclaw-monitor/edits", test_edits);
  ADD ("/openclaw-monitor/comes-and-goes", test_comes_and_goes);
  ADD ("/openclaw-monitor/other-files", test_other_files);
  ADD ("/openclaw-monitor/symbolic-links", test_symbolic_links);
  ADD ("/openclaw-monitor/burst-is-one-change", test_burst_is_one_change);
  ADD ("/openclaw-monitor/nothing-new-is-no-change", test_nothing_new_is_no_change);
  ADD ("/openclaw-monitor/dropped-while-loading", test_dropped_while_loading);

  status = g_test_run ();
  remove_tree (base);
  return status;
}
