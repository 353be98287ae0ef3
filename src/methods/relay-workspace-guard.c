/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/magic.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-root.h"
#include "methods/relay-workspace-sandbox.h"

/*
 * Opens a workspace's root, once, and judges what was opened, not its name: the platform can have the gateway move an
 * agent's workspace to any folder. Folders are compared by device and inode on the way up to the root of all, so that
 * neither symbolic links nor bind mounts hide anything. When in doubt the root is refused.
 */

#define OPEN_FOLDER (O_PATH | O_DIRECTORY | O_CLOEXEC)

/* Whether the folder @outer is the folder @inner or one above it; also if that cannot be told. */
static gboolean
holds (int outer, int inner)
{
  relay_autofd int at = openat (inner, ".", OPEN_FOLDER);
  struct stat outer_info;
  struct stat info;

  if (at < 0 || fstat (outer, &outer_info) != 0 || fstat (at, &info) != 0)
    return TRUE;

  for (;;)
    {
      relay_autofd int parent = openat (at, "..", OPEN_FOLDER);
      struct stat parent_info;

      if (info.st_dev == outer_info.st_dev && info.st_ino == outer_info.st_ino)
        return TRUE;
      if (parent < 0 || fstat (parent, &parent_info) != 0)
        return TRUE;
      if (parent_info.st_dev == info.st_dev && parent_info.st_ino == info.st_ino)
        return FALSE;

      relay_fd_clear (&at);
      at = g_steal_fd (&parent);
      info = parent_info;
    }
}

/* Opens a folder, or what is there of the way to it: who holds that would hold the folder when it is made. */
static int
open_nearest (const char *folder)
{
  g_autofree char *path = g_strdup (folder);

  for (;;)
    {
      int fd = open (path, OPEN_FOLDER);
      g_autofree char *child = g_steal_pointer (&path);

      if (fd >= 0 || !relay_sandbox_is_gone (errno) || strcmp (child, "/") == 0)
        return fd;
      path = g_path_get_dirname (child);
    }
}

static gboolean
holds_any (int root, GPtrArray *folders)
{
  for (guint i = 0; i < folders->len; i++)
    {
      relay_autofd int folder = open_nearest (g_ptr_array_index (folders, i));

      if (folder < 0 || holds (root, folder))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_held_by_any (int root, GPtrArray *folders)
{
  for (guint i = 0; i < folders->len; i++)
    {
      relay_autofd int folder = open (g_ptr_array_index (folders, i), OPEN_FOLDER);

      if (folder < 0 ? !relay_sandbox_is_gone (errno) : holds (folder, root))
        return TRUE;
    }

  return FALSE;
}

static char *
dup_real_path (int fd)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", fd);

  return g_file_read_link (link, NULL);
}

/* OpenClaw keeps workspaces in its state folder, as `workspace`, `workspace-<agent>` or below a folder of such a name, and
 * next to them credentials, sessions and its own configuration. */
static gboolean
is_workspace_in_state (int root, int state)
{
  g_autofree char *root_path = dup_real_path (root);
  g_autofree char *state_path = dup_real_path (state);
  g_auto (GStrv) names = NULL;

  if (root_path == NULL || state_path == NULL || !g_str_has_prefix (root_path, state_path) ||
      root_path[strlen (state_path)] != '/')
    return FALSE;

  names = g_strsplit (root_path + strlen (state_path), "/", -1);
  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (strcmp (names[i], "workspace") == 0 || g_str_has_prefix (names[i], "workspace-"))
        return TRUE;
    }

  return FALSE;
}

static gboolean
is_inside_state (int root, const char *state_dir)
{
  relay_autofd int state = open (state_dir, OPEN_FOLDER);

  if (state < 0)
    return !relay_sandbox_is_gone (errno);

  return holds (state, root) && !is_workspace_in_state (root, state);
}

/* There lie the environments of processes, ours among them, with whatever secrets were given that way. */
static gboolean
is_of_processes (int root)
{
  struct statfs info;

  return fstatfs (root, &info) != 0 || info.f_type == PROC_SUPER_MAGIC;
}

/* Paths in a workspace do not lead there, and neither does a workspace. */
static gboolean
is_of_version_control (int root)
{
  g_autofree char *path = dup_real_path (root);

  return path == NULL || !relay_workspace_path_check_open (path + strspn (path, "/"), NULL);
}

static gboolean
is_refused (const RelayWorkspaceRoot *self, int root)
{
  return is_of_processes (root) || is_of_version_control (root) || holds_any (root, self->guarded_folders) ||
         holds_any (root, self->own_folders) || is_held_by_any (root, self->own_folders) ||
         (!self->is_users_choice && is_inside_state (root, self->state_dir));
}

static void
set_open_error (GError **error, int saved_errno)
{
  if (saved_errno == ENOENT)
    g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "Workspace directory does not exist");
  else if (saved_errno == ENOTDIR)
    g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "Workspace path is not a directory");
  else
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "Cannot open the workspace: %s", g_strerror (saved_errno));
}

/**
 * relay_workspace_root_open:
 * @self: a root
 * @error: return location for a #GError
 *
 * Opens the root, which may be a symbolic link, and refuses one that is or contains the home folder, OpenClaw's state
 * folder or configuration, or Gangway's own folders, configuration or keys; one that lies in Gangway's own folders, in
 * /proc or in a folder of version control; and, unless the user chose it, one in OpenClaw's state folder that is not below a
 * folder named `workspace` or `workspace-…`. Blocks.
 *
 * Returns: (transfer full): a descriptor; or -1 with %RELAY_ERROR_UNAVAILABLE if there is no such folder,
 *   %RELAY_ERROR_DENIED if it is refused, or %RELAY_ERROR_IO_ERROR
 */
int
relay_workspace_root_open (const RelayWorkspaceRoot *self, GError **error)
{
  relay_autofd int root = -1;

  if (!g_path_is_absolute (self->path))
    {
      set_open_error (error, ENOENT);
      return -1;
    }

  root = open (self->path, OPEN_FOLDER);
  if (root < 0)
    {
      set_open_error (error, errno);
      return -1;
    }
  if (is_refused (self, root))
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_DENIED,
                           "The workspace is refused: it is, contains or lies in a folder that Gangway guards (home, "
                           "OpenClaw's state, Gangway's own, .git and its like); choose another with workspace-root");
      return -1;
    }

  return g_steal_fd (&root);
}
