/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* W6 and W10: what a platform calls a path is resolved as text, and opened beneath a root that has something beside it. */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-sandbox.h"

static char *root;              /* (owned) */
static char *named_root;        /* (owned) the same through a symbolic link */
static RelaySandbox *kernel;    /* (owned) */
static RelaySandbox *component; /* (owned) */

static RelaySandbox *
open_sandbox (RelaySandboxMode mode)
{
  int fd = open (root, O_PATH | O_DIRECTORY | O_CLOEXEC);

  g_assert_no_errno (fd);
  return relay_sandbox_new (fd, mode);
}

/* Makes `w` with files, and links to what lies beside it. */
static void
set_up (void)
{
  g_autofree char *home = fuzz_make_folder ("home");
  g_autofree char *file_link = g_build_filename (home, "w", "l", NULL);
  g_autofree char *folder_link = g_build_filename (home, "w", "a", "up", NULL);

  fuzz_write_file (home, "s", "a sentinel");
  fuzz_write_file (home, "w/f", "a file");
  fuzz_write_file (home, "w/..f", "a file");
  fuzz_write_file (home, "w/a/b/c", "a file");
  fuzz_write_file (home, "ww/f", "a neighbour");
  g_assert_no_errno (symlink ("../s", file_link));
  g_assert_no_errno (symlink ("../..", folder_link));

  root = g_build_filename (home, "w", NULL);
  named_root = g_build_filename (home, "n", NULL);
  g_assert_no_errno (symlink ("w", named_root));
  kernel = open_sandbox (RELAY_SANDBOX_OPENAT2);
  component = open_sandbox (RELAY_SANDBOX_COMPONENTS);
}

/* The names that a path leads to from /, one after the other. */
static GPtrArray *
walk (GPtrArray *names, const char *path)
{
  g_auto (GStrv) steps = g_strsplit (path, "/", -1);

  for (gsize i = 0; steps[i] != NULL; i++)
    {
      if (g_str_equal (steps[i], "..") && names->len > 0)
        g_ptr_array_remove_index (names, names->len - 1);
      else if (*steps[i] != '\0' && !g_str_equal (steps[i], ".") && !g_str_equal (steps[i], ".."))
        g_ptr_array_add (names, g_strdup (steps[i]));
    }

  return names;
}

static GPtrArray *
walk_from_top (const char *path)
{
  return walk (g_ptr_array_new_with_free_func (g_free), path);
}

/* What is left of @names below @folder, or NULL. */
static char *
join_below (GPtrArray *names, const char *folder)
{
  g_autoptr (GPtrArray) above = walk_from_top (folder);
  g_autoptr (GString) rest = g_string_new (NULL);

  if (names->len < above->len)
    return NULL;
  for (guint i = 0; i < names->len; i++)
    {
      const char *name = g_ptr_array_index (names, i);

      if (i >= above->len)
        g_string_append_printf (rest, "%s%s", i > above->len ? "/" : "", name);
      else if (!g_str_equal (name, g_ptr_array_index (above, i)))
        return NULL;
    }

  return g_string_free (g_steal_pointer (&rest), FALSE);
}

/* What W6 makes of @path, found in another way than our own code does; NULL if it is outside. */
static char *
resolve_plainly (const char *path)
{
  g_autofree char *text = g_strstrip (g_strdelimit (g_strdup (path), "\\", '/'));
  g_autoptr (GPtrArray) names = walk_from_top (*text == '/' ? "" : named_root);
  g_autofree char *below = NULL;

  walk (names, text);
  below = join_below (names, named_root);
  return below != NULL ? g_steal_pointer (&below) : join_below (names, root);
}

static void
check_inside (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);
  g_autofree char *target = g_file_read_link (link, NULL);

  g_assert_true (g_str_has_prefix (target, root));
  g_assert_true (target[strlen (root)] == '\0' || target[strlen (root)] == '/');
}

/* Whatever the flags: both ways to open come to the same, and that lies inside. */
static void
check_open (const char *path, int flags)
{
  relay_autofd int by_kernel = relay_sandbox_open (kernel, path, flags);
  int kernel_errno = by_kernel < 0 ? errno : 0;
  relay_autofd int by_component = relay_sandbox_open (component, path, flags);
  int component_errno = by_component < 0 ? errno : 0;

  g_assert_cmpint (kernel_errno, ==, component_errno);
  if (by_kernel >= 0)
    check_inside (by_kernel);
  if (by_component >= 0)
    check_inside (by_component);
}

static void
check_path (const char *path)
{
  check_open (path, O_RDONLY | O_NONBLOCK);
  check_open (path, O_RDONLY | O_DIRECTORY);
  check_open (path, O_PATH);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *path = fuzz_make_text (data, size);
  g_autofree char *expected = NULL;
  g_autofree char *resolved = NULL;
  g_autoptr (GError) error = NULL;

  if (root == NULL)
    set_up ();

  resolved = relay_workspace_path_resolve (path, named_root, root, &error);
  expected = strlen (path) < PATH_MAX ? resolve_plainly (path) : NULL;
  /* as it came, too: nothing but the sandbox keeps it inside then */
  check_path (path);
  if (resolved == NULL)
    {
      g_assert_true (expected == NULL || g_error_matches (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST));
      fuzz_check_message (error->message);
      return 0;
    }

  g_assert_cmpstr (resolved, ==, expected);
  g_assert_true (relay_workspace_path_is_plain (resolved));
  check_path (resolved);
  return 0;
}
