/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-temporary.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <unistd.h>

#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-sandbox.h"

/*
 * The temporary files of workspace.write. One that is in use is locked, and the lock ends with its process, however that
 * ends: one without a lock is a leftover. Where the file system has no locks nothing is taken for one.
 */

#define MAX_NAME_TRIES 16

/* Whether a file that was just made is ours to write: nobody took it for a leftover before it was locked. */
static gboolean
claim (int fd)
{
  struct stat info;

  if (flock (fd, LOCK_EX | LOCK_NB) != 0 && errno == EWOULDBLOCK)
    return FALSE;

  return fstat (fd, &info) == 0 && info.st_nlink > 0;
}

/**
 * relay_workspace_temporary_create:
 * @folder_fd: where
 * @mode: the file's mode, as for open ()
 * @name: (out) (transfer full): the file's name
 *
 * Makes a temporary file, which is locked while it is open.
 *
 * Returns: (transfer full): a descriptor to write to, or -1 with `errno`
 */
int
relay_workspace_temporary_create (int folder_fd, mode_t mode, char **name)
{
  for (guint i = 0; i < MAX_NAME_TRIES; i++)
    {
      g_autofree char *candidate = relay_workspace_path_new_temporary ();
      relay_autofd int fd = openat (folder_fd, candidate, O_WRONLY | O_CREAT | O_EXCL | O_NOFOLLOW | O_CLOEXEC, mode);

      if (fd < 0 && errno != EEXIST)
        return -1;
      if (fd >= 0 && claim (fd))
        {
          *name = g_steal_pointer (&candidate);
          return g_steal_fd (&fd);
        }
    }

  errno = EEXIST;
  return -1;
}

/* Removes a file that nobody uses; what is not as we make them stays. */
static void
remove_leftover (int folder_fd, const char *name)
{
  relay_autofd int fd = openat (folder_fd, name, O_RDONLY | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  struct stat info;

  if (fd < 0 || fstat (fd, &info) != 0 || !S_ISREG (info.st_mode) || info.st_uid != geteuid () || info.st_nlink != 1)
    return;
  if (flock (fd, LOCK_EX | LOCK_NB) == 0)
    unlinkat (folder_fd, name, 0);
}

/**
 * relay_workspace_temporary_sweep:
 * @folder_fd: a folder, open for reading
 *
 * Removes the temporary files that a relay left there which was killed. Those that are in use, also by another process,
 * stay, and so does what only has such a name: links, and files that are somebody else's or have a second name.
 */
void
relay_workspace_temporary_sweep (int folder_fd)
{
  relay_autofd int fd = openat (folder_fd, ".", O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  DIR *dir = fd >= 0 ? fdopendir (fd) : NULL;
  const struct dirent *dirent;

  if (dir == NULL)
    return;

  g_steal_fd (&fd);
  while ((dirent = readdir (dir)) != NULL)
    {
      if (relay_workspace_path_is_temporary (dirent->d_name))
        remove_leftover (folder_fd, dirent->d_name);
    }
  closedir (dir);
}
