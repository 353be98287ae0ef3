/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-path.h"

#include <errno.h>

#include "common/relay-error.h"

#define ROOT "/home/ann/ws"
#define REAL_ROOT "/data/ws"

static void
assert_resolves (const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *relative = relay_workspace_path_resolve (path, ROOT, REAL_ROOT, &error);

  g_assert_no_error (error);
  g_assert_cmpstr (relative, ==, expected);
}

static void
assert_outside (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *relative = relay_workspace_path_resolve (path, ROOT, REAL_ROOT, &error);
  g_autofree char *message = g_strdup_printf ("Path '%s' is outside the workspace", path);

  g_assert_null (relative);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_DENIED);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_relative (void)
{
  assert_resolves ("", "");
  assert_resolves (".", "");
  assert_resolves ("./", "");
  assert_resolves ("a.md", "a.md");
  assert_resolves ("docs/a.md", "docs/a.md");
  assert_resolves ("./docs//./a.md", "docs/a.md");
  assert_resolves ("docs/", "docs");
  assert_resolves ("docs/../a.md", "a.md");
  assert_resolves ("a/b/../../c", "c");
}

static void
test_trimmed (void)
{
  assert_resolves ("  docs/a b.md \n", "docs/a b.md");
  assert_resolves (" \t ", "");
}

static void
test_backslash_counts_as_slash (void)
{
  assert_resolves ("docs\\a.md", "docs/a.md");
  assert_resolves ("a\\..\\b", "b");
  assert_outside ("..\\..\\etc\\passwd");
  assert_resolves ("C:\\x", "C:/x");
}

static void
test_names_with_dots_are_inside (void)
{
  assert_resolves ("..name", "..name");
  assert_resolves ("..name/x", "..name/x");
  assert_resolves ("name..", "name..");
  assert_resolves ("...", "...");
}

static void
test_absolute (void)
{
  assert_resolves (ROOT, "");
  assert_resolves (ROOT "/", "");
  assert_resolves (ROOT "/a/b", "a/b");
  assert_resolves ("//home/./ann//ws/a", "a");
  assert_resolves (REAL_ROOT "/a", "a");
  assert_resolves (ROOT "/../ws/a", "a");
}

static void
test_outside (void)
{
  assert_outside ("..");
  assert_outside ("../x");
  assert_outside ("../../etc/passwd");
  assert_outside ("a/../../x");
  assert_outside ("/");
  assert_outside ("/etc/passwd");
  assert_outside (ROOT "2/a");
  assert_outside (ROOT "/../a");
  assert_outside ("/home/ann");
  assert_outside ("../../../../../../../../../../x");
}

static void
assert_too_long (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *relative = relay_workspace_path_resolve (path, ROOT, NULL, &error);

  g_assert_null (relative);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
}

static void
test_too_long (void)
{
  g_autofree char *name = g_strnfill (256, 'x');
  g_autofree char *longest_name = g_strnfill (255, 'x');
  g_autoptr (GString) path = g_string_new (NULL);

  while (path->len < 4096)
    g_string_append (path, "a/");

  assert_resolves (longest_name, longest_name);
  assert_too_long (name);
  assert_too_long (path->str);
}

static void
test_skipped_folders (void)
{
  const char *skipped[] = {
    ".git", ".hg", ".svn", "node_modules", "dist", "build", "vendor", "Build", "NODE_MODULES", ".GIT"
  };
  const char *kept[] = { "git", ".github", "builds", "rebuild", "src", "" };

  for (gsize i = 0; i < G_N_ELEMENTS (skipped); i++)
    g_assert_true (relay_workspace_path_is_skipped (skipped[i]));
  for (gsize i = 0; i < G_N_ELEMENTS (kept); i++)
    g_assert_false (relay_workspace_path_is_skipped (kept[i]));
}

static void
test_closed_folders (void)
{
  const char *closed[] = { ".git", ".GIT/hooks/post-checkout", "a/.git/config", "a/b/.Hg", ".svn/entries" };
  const char *open[] = { "", "git", ".github/workflows/x", ".gitignore", "a.git/config", "a/.svn-base", "node_modules/x" };

  for (gsize i = 0; i < G_N_ELEMENTS (closed); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *message =
          g_strdup_printf ("Path '%s' is in a folder that workspace methods leave alone (.git, .hg, .svn)", closed[i]);

      g_assert_false (relay_workspace_path_check_open (closed[i], &error));
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_DENIED);
      g_assert_cmpstr (error->message, ==, message);
    }
  for (gsize i = 0; i < G_N_ELEMENTS (open); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_true (relay_workspace_path_check_open (open[i], &error));
      g_assert_no_error (error);
    }
}

static void
test_temporary_names (void)
{
  g_autofree char *name = relay_workspace_path_new_temporary ();
  g_autofree char *upper = g_ascii_strup (name, -1);
  g_autofree char *path = g_strconcat ("a/", name, "/b", NULL);

  g_assert_true (relay_workspace_path_is_temporary (name));
  g_assert_true (relay_workspace_path_is_temporary (upper));
  g_assert_true (relay_workspace_path_has_temporary (path));
  g_assert_false (relay_workspace_path_has_temporary ("a/b"));
  g_assert_false (relay_workspace_path_is_temporary (".gangway-"));
  g_assert_false (relay_workspace_path_is_temporary (".gangway-1234567.tmp"));
  g_assert_false (relay_workspace_path_is_temporary (".gangway-12345678.tmpx"));
  g_assert_false (relay_workspace_path_is_temporary (".gangway-12345678.tm"));
  g_assert_false (relay_workspace_path_is_temporary ("x.gangway-12345678.tmp"));
}

static void
test_plain (void)
{
  g_assert_true (relay_workspace_path_is_plain (""));
  g_assert_true (relay_workspace_path_is_plain ("a/..b/.c"));
  g_assert_false (relay_workspace_path_is_plain ("/a"));
  g_assert_false (relay_workspace_path_is_plain ("a//b"));
  g_assert_false (relay_workspace_path_is_plain ("a/"));
  g_assert_false (relay_workspace_path_is_plain ("."));
  g_assert_false (relay_workspace_path_is_plain ("a/../b"));
  g_assert_false (relay_workspace_path_is_plain (".."));
}

static void
test_error_is_clean (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *long_path = g_strnfill (1000, 'x');
  g_autofree char *path = g_strconcat ("a\x1b\n", long_path, NULL);

  relay_workspace_path_set_error (&error, EACCES, "read", path);

  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR);
  g_assert_true (g_str_has_prefix (error->message, "Cannot read 'a\\u001b\\u000axxx"));
  g_assert_cmpint (g_utf8_strlen (error->message, -1), <=, 300);
}

/* A request may have 64 MiB of path. */
static void
test_long_path_takes_no_time (void)
{
  g_autoptr (GString) path = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *resolved = NULL;
  gint64 begin_us;

  for (guint i = 0; i < 1000 * 1000; i++)
    g_string_append (path, "a/");
  for (guint i = 0; i < 1000 * 1000; i++)
    g_string_append (path, "../");

  begin_us = g_get_monotonic_time ();
  resolved = relay_workspace_path_resolve (path->str, "/root", NULL, &error);
  g_assert_null (resolved);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, G_USEC_PER_SEC);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workspace/W6/path/relative", test_relative);
  g_test_add_func ("/workspace/W6/path/trimmed", test_trimmed);
  g_test_add_func ("/workspace/W6/path/backslash-counts-as-slash", test_backslash_counts_as_slash);
  g_test_add_func ("/workspace/W6/path/absolute", test_absolute);
  g_test_add_func ("/workspace/W6/path/too-long", test_too_long);
  g_test_add_func ("/workspace/W7/skipped-folders", test_skipped_folders);
  g_test_add_func ("/workspace/W7/closed-folders", test_closed_folders);
  g_test_add_func ("/workspace/W7/temporary-names", test_temporary_names);
  g_test_add_func ("/workspace/W10/path/names-with-dots-are-inside", test_names_with_dots_are_inside);
  g_test_add_func ("/workspace/W10/path/outside", test_outside);
  g_test_add_func ("/workspace/W10/path/plain", test_plain);
  g_test_add_func ("/workspace/W11/path/error-is-clean", test_error_is_clean);
  g_test_add_func ("/workspace/W6/long-path-takes-no-time", test_long_path_takes_no_time);

  return g_test_run ();
}
