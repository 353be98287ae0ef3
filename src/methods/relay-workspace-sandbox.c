/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-sandbox.h"

#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <linux/openat2.h>
#include <string.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "methods/relay-workspace-path.h"

/*
 * The one way to files of a workspace. The root is opened once, before; from then on every path is opened beneath that
 * descriptor and through no symbolic link, so that it does not matter what anyone does to the tree meanwhile.
 */

struct _RelaySandbox {
  int root_fd; /* (owned) */
  RelaySandboxMode mode;
};

/**
 * relay_fd_clear:
 * @fd: a descriptor, or -1
 *
 * Closes @fd and sets it to -1; `errno` stays as it was.
 */
void
relay_fd_clear (int *fd)
{
  int saved_errno = errno;

  if (*fd >= 0)
    close (*fd);
  *fd = -1;
  errno = saved_errno;
}

static int
open_with_openat2 (int folder_fd, const char *path, int flags)
{
  struct open_how how = {
    .flags = (guint64) (guint) (flags | O_CLOEXEC),
    .resolve = RESOLVE_BENEATH | RESOLVE_NO_SYMLINKS | RESOLVE_NO_MAGICLINKS,
  };

  return (int) syscall (SYS_openat2, folder_fd, path, &how, sizeof how);
}

/* Judges what was opened, not what has the name a moment later; what is no folder because it is a symbolic link is told as
 * openat2 () tells it. */
static int
open_component (int folder_fd, const char *name, int flags)
{
  relay_autofd int fd = -1;
  struct stat info;

  if ((flags & (O_PATH | O_DIRECTORY)) == 0)
    return openat (folder_fd, name, flags | O_NOFOLLOW | O_CLOEXEC);

  fd = openat (folder_fd, name, O_PATH | O_NOFOLLOW | O_CLOEXEC);
  if (fd < 0 || fstat (fd, &info) != 0)
    return -1;
  if (S_ISLNK (info.st_mode) || ((flags & O_DIRECTORY) != 0 && !S_ISDIR (info.st_mode)))
    {
      errno = S_ISLNK (info.st_mode) ? ELOOP : ENOTDIR;
      return -1;
    }

  return (flags & O_PATH) != 0 ? g_steal_fd (&fd) : openat (fd, ".", flags | O_CLOEXEC);
}

static int
open_by_components (int folder_fd, const char *path, int flags)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  relay_autofd int at = -1;

  for (gsize i = 0; names[i] != NULL; i++)
    {
      gboolean is_last = names[i + 1] == NULL;
      relay_autofd int parent = g_steal_fd (&at);

      at = open_component (parent >= 0 ? parent : folder_fd, names[i], is_last ? flags : O_PATH | O_DIRECTORY);
      if (at < 0)
        return -1;
    }

  return g_steal_fd (&at);
}

static gboolean
has_openat2 (int root_fd)
{
  relay_autofd int fd = open_with_openat2 (root_fd, ".", O_PATH | O_DIRECTORY);

  /* ENOSYS from an old kernel, EPERM from a seccomp filter that does not know the call */
  return fd >= 0 || (errno != ENOSYS && errno != EPERM);
}

/**
 * relay_sandbox_new:
 * @root_fd: (transfer full): a descriptor of the root folder
 * @mode: how to keep paths beneath it
 *
 * Returns: (transfer full): a sandbox
 */
RelaySandbox *
relay_sandbox_new (int root_fd, RelaySandboxMode mode)
{
  RelaySandbox *self = g_new0 (RelaySandbox, 1);

  self->root_fd = root_fd;
  self->mode = mode;
  if (mode == RELAY_SANDBOX_AUTO)
    self->mode = has_openat2 (root_fd) ? RELAY_SANDBOX_OPENAT2 : RELAY_SANDBOX_COMPONENTS;

  return self;
}

/**
 * relay_sandbox_free:
 * @self: a sandbox
 *
 * Closes the root and frees the sandbox.
 */
void
relay_sandbox_free (RelaySandbox *self)
{
  relay_fd_clear (&self->root_fd);
  g_free (self);
}

/**
 * relay_sandbox_get_mode:
 * @self: a sandbox
 *
 * Returns: how it keeps paths beneath its root; never %RELAY_SANDBOX_AUTO
 */
RelaySandboxMode
relay_sandbox_get_mode (const RelaySandbox *self)
{
  return self->mode;
}

/**
 * relay_sandbox_dup_real_root:
 * @self: a sandbox
 *
 * Returns: (transfer full) (nullable): the root's path without symbolic links, as it is now; %NULL if the system does not
 *   tell
 */
char *
relay_sandbox_dup_real_root (const RelaySandbox *self)
{
  g_autofree char *link = g_strdup_printf ("/proc/self/fd/%d", self->root_fd);

  return g_file_read_link (link, NULL);
}

/**
 * relay_sandbox_open:
 * @self: a sandbox
 * @path: a path relative to the root, `/` between names, without empty names, `.` and `..`; empty for the root itself
 * @flags: for open (), without O_CREAT; O_CLOEXEC is added
 *
 * Opens what lies at @path beneath the root.
 *
 * Returns: (transfer full): a descriptor; or -1 with `errno` set: %ELOOP if a symbolic link is in the way, %EXDEV if @path
 *   is of the wrong form
 */
int
relay_sandbox_open (const RelaySandbox *self, const char *path, int flags)
{
  return relay_sandbox_open_at (self, self->root_fd, path, flags);
}

/**
 * relay_sandbox_open_at:
 * @self: a sandbox
 * @folder_fd: a folder that was opened in the sandbox
 * @path: as for relay_sandbox_open(), but relative to @folder_fd
 * @flags: as for relay_sandbox_open()
 *
 * Opens what lies at @path beneath a folder.
 *
 * Returns: (transfer full): as relay_sandbox_open()
 */
int
relay_sandbox_open_at (const RelaySandbox *self, int folder_fd, const char *path, int flags)
{
  if (!relay_workspace_path_is_plain (path))
    {
      errno = EXDEV;
      return -1;
    }
  if (strlen (path) >= PATH_MAX)
    {
      errno = ENAMETOOLONG;
      return -1;
    }
  if (*path == '\0')
    return openat (folder_fd, ".", flags | O_CLOEXEC);

  return self->mode == RELAY_SANDBOX_OPENAT2 ? open_with_openat2 (folder_fd, path, flags)
                                             : open_by_components (folder_fd, path, flags);
}

/**
 * relay_sandbox_is_gone:
 * @saved_errno: why opening failed
 *
 * Returns: %TRUE if nothing is at the path: also a file where a folder would have to be
 */
gboolean
relay_sandbox_is_gone (int saved_errno)
{
  return saved_errno == ENOENT || saved_errno == ENOTDIR;
}

/**
 * relay_sandbox_look:
 * @self: a sandbox
 * @path: as for relay_sandbox_open()
 * @kind: (out): what lies there
 * @error: return location for a #GError
 *
 * Tells what lies at a path without opening it for reading, which a FIFO or a device might notice.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_DENIED if a symbolic link is in the way, %RELAY_ERROR_IO_ERROR
 */
gboolean
relay_sandbox_look (const RelaySandbox *self, const char *path, RelaySandboxKind *kind, GError **error)
{
  relay_autofd int fd = relay_sandbox_open (self, path, O_PATH);
  struct stat info;

  *kind = RELAY_SANDBOX_ABSENT;
  if (fd < 0 && relay_sandbox_is_gone (errno))
    return TRUE;
  if (fd < 0 || fstat (fd, &info) != 0)
    {
      relay_workspace_path_set_error (error, errno, "look at", path);
      return FALSE;
    }

  if (S_ISDIR (info.st_mode))
    *kind = RELAY_SANDBOX_FOLDER;
  else
    *kind = S_ISREG (info.st_mode) ? RELAY_SANDBOX_FILE : RELAY_SANDBOX_OTHER;
  return TRUE;
}
