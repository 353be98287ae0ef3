/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-path.h"

static char *
ls (WorkspaceFixture *fixture, const char *path, gboolean is_recursive, GError **error)
{
  const RelayWorkspaceJob job = { .path = path, .is_recursive = is_recursive };

  return workspace_run (fixture, &relay_workspace_ls_operation, &job, error);
}

static void
assert_ls (WorkspaceFixture *fixture, const char *path, gboolean is_recursive, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = ls (fixture, path, is_recursive, &error);

  assert_answer (answer, error, expected);
}

static void
test_files_only (WorkspaceFixture *fixture, gconstpointer data)
{
  assert_ls (fixture, "", TRUE, "[]");
  workspace_put (fixture, "b.md", "x");
  workspace_put (fixture, "a/one.md", "x");
  workspace_put (fixture, "a/deep/er/two.md", "x");
  workspace_make_folder (fixture, "empty/folder");

  assert_ls (fixture, "", TRUE, "[\"a/deep/er/two.md\",\"a/one.md\",\"b.md\"]");
  assert_ls (fixture, "", FALSE, "[\"b.md\"]");
  assert_ls (fixture, "a", TRUE, "[\"a/deep/er/two.md\",\"a/one.md\"]");
  assert_ls (fixture, "a", FALSE, "[\"a/one.md\"]");
  assert_ls (fixture, "a/deep", TRUE, "[\"a/deep/er/two.md\"]");
}

/* Whole names are compared, and '-' and '.' come before '/', '0' after it. */
static void
test_code_point_order (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *names[] = { "a/b",        "a-b",       "a.b", "a0",           "a/b0/c",           "a/b/c",
                          "ä",          "z",         "Z",   "\xef\xbc\xa1", "\xf0\x90\x80\x80", "abcdefgh2",
                          "abcdefgh10", "abcdefgh/x" };

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autofree char *name = g_strconcat (names[i], ".f", NULL);

      workspace_put (fixture, name, "x");
    }

  assert_ls (fixture, "", TRUE,
             "[\"Z.f\",\"a-b.f\",\"a.b.f\",\"a/b.f\",\"a/b/c.f\",\"a/b0/c.f\",\"a0.f\",\"abcdefgh/x.f\",\"abcdefgh10.f\","
             "\"abcdefgh2.f\",\"z.f\",\"ä.f\",\"\xef\xbc\xa1.f\",\"\xf0\x90\x80\x80.f\"]");
}

static void
test_names_are_escaped (WorkspaceFixture *fixture, gconstpointer data)
{
  workspace_put (fixture, "a\"b\\c\n.md", "x");
  workspace_put (fixture, "bad\xff\xe2\x82/f\xc0.md", "x");

  assert_ls (fixture, "", TRUE, "[\"a\\\"b\\\\c\\n.md\",\"bad\xef\xbf\xbd\xef\xbf\xbd\xef\xbf\xbd/f\xef\xbf\xbd.md\"]");
}

static void
test_skipped (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *skipped[] = { ".git", ".hg", ".svn", "node_modules", "dist", "build", "vendor", "Node_Modules" };
  g_autofree char *temporary = relay_workspace_path_new_temporary ();
  g_autofree char *fifo = workspace_path (fixture, "fifo");

  for (gsize i = 0; i < G_N_ELEMENTS (skipped); i++)
    {
      g_autofree char *top = g_strconcat (skipped[i], "/f", NULL);
      g_autofree char *deep = g_strconcat ("x/y/", skipped[i], "/z/f", NULL);

      workspace_put (fixture, top, "x");
      workspace_put (fixture, deep, "x");
    }
  workspace_put (fixture, temporary, "x");
  workspace_put (fixture, "x/build", "a file may have that name");
  workspace_put (fixture, ".hidden", "x");
  workspace_link (fixture, fixture->outside, "out");
  workspace_link (fixture, "x", "inner");
  workspace_link (fixture, "x/build", "file-link");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);

  assert_ls (fixture, "", TRUE, "[\".hidden\",\"x/build\"]");
  assert_ls (fixture, "", FALSE, "[\".hidden\"]");
  assert_ls (fixture, "node_modules", TRUE, "[\"node_modules/f\"]");
  assert_ls (fixture, temporary, TRUE, "[]");
}

static void
test_missing_is_empty (WorkspaceFixture *fixture, gconstpointer data)
{
  workspace_put (fixture, "file", "x");

  assert_ls (fixture, "nothing/here", TRUE, "[]");
  assert_ls (fixture, "file/x", TRUE, "[]");
}

static void
test_no_directory (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) link_error = NULL;
  g_autofree char *answer = NULL;
  g_autofree char *link_answer = NULL;

  workspace_put (fixture, "a/file", "x");
  workspace_link (fixture, fixture->outside, "out");

  answer = ls (fixture, "a/file", TRUE, &error);
  link_answer = ls (fixture, "out", TRUE, &link_error);

  assert_refused (answer, error, RELAY_ERROR_INVALID_REQUEST, "Path 'a/file' is not a directory");
  assert_refused (link_answer, link_error, RELAY_ERROR_DENIED, "Path 'out' is a symbolic link or leads through one");
}

/* A cap that the answer just fits, and one byte less. */
static void
test_cap (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *expected = "[\"a.md\",\"b/c.md\"]";
  RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE, .max_bytes = strlen (expected) };
  g_autoptr (GError) error = NULL;
  g_autofree char *fits = NULL;
  g_autofree char *over = NULL;

  workspace_put (fixture, "a.md", "x");
  workspace_put (fixture, "b/c.md", "x");

  fits = workspace_run (fixture, &relay_workspace_ls_operation, &job, &error);
  assert_answer (fits, error, expected);

  job.max_bytes--;
  over = workspace_run (fixture, &relay_workspace_ls_operation, &job, &error);
  assert_refused (over, error, RELAY_ERROR_TOO_LARGE,
                  "The answer would have at least 17 bytes, over the limit of 16 (workspace-max-response): "
                  "ask for one folder with path, or use recursive:false");
}

/* As many entries as a walk may look at, and one more; what is passed over counts as well. */
static void
test_cap_on_entries (WorkspaceFixture *fixture, gconstpointer data)
{
  RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE, .max_entries = 9 };
  g_autoptr (GError) error = NULL;
  g_autofree char *fits = NULL;
  g_autofree char *over = NULL;
  g_autofree char *narrowed = NULL;

  /* three, two in the folder, and "." and ".." in both */
  workspace_put (fixture, "a.md", "x");
  workspace_put (fixture, "b/c.md", "x");
  workspace_link (fixture, "c.md", "b/link");
  workspace_put (fixture, "d.md", "x");

  fits = workspace_run (fixture, &relay_workspace_ls_operation, &job, &error);
  assert_answer (fits, error, "[\"a.md\",\"b/c.md\",\"d.md\"]");

  job.max_entries--;
  over = workspace_run (fixture, &relay_workspace_ls_operation, &job, &error);
  assert_refused (over, error, RELAY_ERROR_TOO_LARGE,
                  "The folder has over 8 files and folders in it: narrow it with path or recursive:false");

  g_clear_error (&error);
  job.is_recursive = FALSE;
  narrowed = workspace_run (fixture, &relay_workspace_ls_operation, &job, &error);
  assert_answer (narrowed, error, "[\"a.md\",\"d.md\"]");
}

/* Folders need no room in the answer, but in memory. */
static void
test_cap_on_what_is_held (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE, .max_bytes = 1000 };
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *name = g_strdup_printf ("folder-%04u", i);

      workspace_make_folder (fixture, name);
    }

  answer = workspace_run (fixture, &relay_workspace_ls_operation, &job, &error);
  g_assert_null (answer);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_TOO_LARGE);
}

static void
make_and_enter (const char *name)
{
  g_assert_cmpint (mkdir (name, 0777), ==, 0);
  g_assert_cmpint (chdir (name), ==, 0);
}

static void
leave_and_remove (const char *name)
{
  g_assert_cmpint (chdir (".."), ==, 0);
  g_assert_cmpint (rmdir (name), ==, 0);
}

/* Deeper than the descriptors that there are, as deep as paths may be, and deeper. */
static void
test_deep_tree (WorkspaceFixture *fixture, gconstpointer data)
{
  const guint max_depth = 4080 / 40;
  g_autofree char *name = g_strnfill (39, 'd');
  g_autofree char *cwd = g_get_current_dir ();
  g_autoptr (GString) expected = g_string_new ("[\"");
  g_autoptr (GError) error = NULL;
  g_autofree char *too_deep = NULL;
  struct rlimit old_limit;
  struct rlimit limit;

  g_assert_cmpint (chdir (fixture->root), ==, 0);
  for (guint i = 0; i < max_depth; i++)
    {
      make_and_enter (name);
      g_string_append_printf (expected, "%s/", name);
    }
  g_assert_true (g_file_set_contents ("f", "x", 1, NULL));
  g_string_append (expected, "f\"]");

  g_assert_cmpint (getrlimit (RLIMIT_NOFILE, &old_limit), ==, 0);
  limit = old_limit;
  limit.rlim_cur = 32;
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &limit), ==, 0);
  assert_ls (fixture, "", TRUE, expected->str);
  g_assert_cmpint (setrlimit (RLIMIT_NOFILE, &old_limit), ==, 0);

  make_and_enter (name);
  too_deep = ls (fixture, "", TRUE, &error);
  g_assert_null (too_deep);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);

  /* What tears the fixture down goes by path. */
  leave_and_remove (name);
  g_assert_cmpint (unlink ("f"), ==, 0);
  for (guint i = 0; i < max_depth; i++)
    leave_and_remove (name);
  g_assert_cmpint (chdir (cwd), ==, 0);
}

static void
test_cancelled (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE, .max_bytes = 1000, .max_entries = 1000 };
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (fixture);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  workspace_put (fixture, "a", "x");
  g_cancellable_cancel (cancellable);
  g_assert_null (relay_workspace_ls_operation.run (&job, sandbox, cancellable, &error));
  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_params (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *all = NULL;
  g_autofree char *flat = NULL;
  g_autofree char *wrong = NULL;

  workspace_put (fixture, "a/b", "x");
  workspace_put (fixture, "c", "x");

  all = workspace_serve (fixture, "workspace.ls", "{\"sessionKey\":\"agent:main:x\",\"path\":null,\"recursive\":null}",
                         &error);
  assert_answer (all, error, "[\"a/b\",\"c\"]");
  flat = workspace_serve (fixture, "workspace.ls",
                          "{\"sessionKey\":\"agent:main:x\",\"path\":\" .\\\\ \",\"recursive\":false}", &error);
  assert_answer (flat, error, "[\"c\"]");
  wrong = workspace_serve (fixture, "workspace.ls", "{\"sessionKey\":\"agent:main:x\",\"recursive\":\"no\"}", &error);
  assert_refused (wrong, error, RELAY_ERROR_INVALID_REQUEST, "recursive must be true or false");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  workspace_add_test_for_modes ("/workspace/W5/files-only", test_files_only);
  workspace_add_test ("/workspace/W5/params", test_params);
  workspace_add_test ("/workspace/W5/cancelled", test_cancelled);
  workspace_add_test_for_modes ("/workspace/W6/code-point-order", test_code_point_order);
  workspace_add_test ("/workspace/W6/names-are-escaped", test_names_are_escaped);
  workspace_add_test_for_modes ("/workspace/W7/walk-skips", test_skipped);
  workspace_add_test_for_modes ("/workspace/W7/missing-is-empty", test_missing_is_empty);
  workspace_add_test ("/workspace/W9/ls-over-the-cap", test_cap);
  workspace_add_test ("/workspace/W9/cap-on-entries", test_cap_on_entries);
  workspace_add_test ("/workspace/W9/cap-on-what-is-held", test_cap_on_what_is_held);
  workspace_add_test_for_modes ("/workspace/W10/deep-tree", test_deep_tree);
  workspace_add_test_for_modes ("/workspace/W11/not-a-directory", test_no_directory);

  return g_test_run ();
}
