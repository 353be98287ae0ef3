/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-content.h"
#include "methods/relay-workspace-job.h"
#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-temporary.h"

/*
 * workspace.write: a whole file, put in place of the old one at once. What is written goes to a temporary file next to it,
 * and to the disk, before it takes the name; the folder is synced after that, so that the answer is true. What a relay left
 * behind that was killed meanwhile goes with the next write in that folder.
 */

#define ADVICE "it may still be done later, read the file to see"

#define CHUNK_BYTES (1024 * 1024)

typedef struct {
  const RelayWorkspaceJob *job; /* (unowned) */
  const RelaySandbox *sandbox;  /* (unowned) */
  GCancellable *cancellable;    /* (unowned) (nullable) */
  int folder_fd;                /* (owned) where the file lies */
  char *name;                   /* (owned) the file's, in the folder */
  gboolean is_old;              /* whether it is there already */
  struct stat old_info;         /* if so */
  int fd;                       /* (owned) the temporary file */
  char *temporary;              /* (owned) (nullable) its name, while it has one */
} Writer;

static void
writer_clear (Writer *self)
{
  if (self->temporary != NULL)
    unlinkat (self->folder_fd, self->temporary, 0);
  relay_fd_clear (&self->fd);
  relay_fd_clear (&self->folder_fd);
  g_free (self->temporary);
  g_free (self->name);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Writer, writer_clear)

static gboolean
prepare (RelayWorkspaceJob *job, JsonObject *params, GError **error)
{
  JsonNode *node = json_object_get_member (params, "content");

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "content is required for workspace.write");
      return FALSE;
    }
  if (!JSON_NODE_HOLDS_VALUE (node) || json_node_get_value_type (node) != G_TYPE_STRING)
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "content must be a string");
      return FALSE;
    }

  job->content = json_node_get_string (node);
  return relay_workspace_read_encoding (job, params, error);
}

static gboolean
writer_fail (Writer *self, GError **error)
{
  relay_workspace_path_set_error (error, errno, "write", self->job->path);
  return FALSE;
}

static gboolean
writer_refuse (Writer *self, const char *what, GError **error)
{
  g_autofree char *shown = relay_workspace_path_dup_shown (*self->job->path != '\0' ? self->job->path : ".");

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED, "Path '%s' %s", shown, what);
  return FALSE;
}

/* Has the names in a folder on disk, where the file system knows how to. */
static gboolean
sync_folder (int folder_fd)
{
  return fsync (folder_fd) == 0 || errno == EINVAL || errno == ENOTSUP;
}

/* Makes a folder, and has it on disk. */
static int
make_folder (const RelaySandbox *sandbox, int parent_fd, const char *name)
{
  relay_autofd int readable_fd = relay_sandbox_open_at (sandbox, parent_fd, "", O_RDONLY | O_DIRECTORY);

  if (readable_fd < 0 || (mkdirat (readable_fd, name, 0777) != 0 && errno != EEXIST) || !sync_folder (readable_fd))
    return -1;

  return relay_sandbox_open_at (sandbox, parent_fd, name, O_PATH | O_DIRECTORY);
}

/* Opens the folder of the file for reading, because only such a one can be synced, and makes it if need be. */
static int
open_parents (const RelaySandbox *sandbox, const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);
  relay_autofd int at = relay_sandbox_open (sandbox, "", O_PATH | O_DIRECTORY);

  for (gsize i = 0; at >= 0 && names[i + 1] != NULL; i++)
    {
      relay_autofd int parent = g_steal_fd (&at);

      at = relay_sandbox_open_at (sandbox, parent, names[i], O_PATH | O_DIRECTORY);
      if (at < 0 && errno == ENOENT)
        at = make_folder (sandbox, parent, names[i]);
    }

  return at >= 0 ? relay_sandbox_open_at (sandbox, at, "", O_RDONLY | O_DIRECTORY) : -1;
}

/* Looks at the file that is to be replaced. One that the user made read-only stays as it is. */
static gboolean
writer_look_at_old (Writer *self, GError **error)
{
  self->is_old = fstatat (self->folder_fd, self->name, &self->old_info, AT_SYMLINK_NOFOLLOW) == 0;
  if (!self->is_old)
    return errno == ENOENT || writer_fail (self, error);

  if (S_ISLNK (self->old_info.st_mode))
    return writer_refuse (self, "is a symbolic link or leads through one", error);
  if (!S_ISREG (self->old_info.st_mode))
    return writer_refuse (self, "is not a regular file", error);

  return faccessat (self->folder_fd, self->name, W_OK, AT_EACCESS | AT_SYMLINK_NOFOLLOW) == 0 || writer_fail (self, error);
}

static gboolean
writer_open_folder (Writer *self, GError **error)
{
  if (*self->job->path == '\0')
    return writer_refuse (self, "is not a regular file", error);
  if (relay_workspace_path_has_temporary (self->job->path))
    return writer_refuse (self, "has a name that is kept for temporary files", error);

  self->name = g_path_get_basename (self->job->path);
  self->folder_fd = open_parents (self->sandbox, self->job->path);
  return self->folder_fd >= 0 ? writer_look_at_old (self, error) : writer_fail (self, error);
}

/* A new file gets the mode that any program would give it; nobody else may read one that replaces another, until it has
 * that one's mode. */
static gboolean
writer_create_temporary (Writer *self, GError **error)
{
  relay_workspace_temporary_sweep (self->folder_fd);
  self->fd = relay_workspace_temporary_create (self->folder_fd, self->is_old ? 0600 : 0666, &self->temporary);

  return self->fd >= 0 || writer_fail (self, error);
}

static gboolean
writer_write_all (Writer *self, const char *data, gsize length, GError **error)
{
  while (length > 0)
    {
      gssize n_written;

      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;

      n_written = TEMP_FAILURE_RETRY (write (self->fd, data, MIN (length, CHUNK_BYTES)));
      if (n_written < 0)
        return writer_fail (self, error);
      data += n_written;
      length -= (gsize) n_written;
    }

  return TRUE;
}

/* Gives the new file the old one's owner and group, as far as that is allowed. A folder that hands its group on has done so
 * already, also where a user namespace has that group look like any other and lets nobody give it to a file. */
static gboolean
writer_keep_owner (Writer *self)
{
  struct stat new_info;

  if (fstat (self->fd, &new_info) == 0 && new_info.st_uid == self->old_info.st_uid &&
      new_info.st_gid == self->old_info.st_gid)
    return TRUE;

  return fchown (self->fd, self->old_info.st_uid, self->old_info.st_gid) == 0 ||
         fchown (self->fd, (uid_t) -1, self->old_info.st_gid) == 0;
}

/* Gives the new file the old one's owner and permissions: not set-user-id and its like, as with any write, and none for a
 * group that could not be kept. */
static gboolean
writer_keep_mode (Writer *self, GError **error)
{
  mode_t mode = self->old_info.st_mode & 0777;

  if (!self->is_old)
    return TRUE;
  if (!writer_keep_owner (self))
    mode &= ~(mode_t) 0070;

  return fchmod (self->fd, mode) == 0 || writer_fail (self, error);
}

/* The point of no return is the rename; a symbolic link that takes the name before it is replaced, not followed. */
static gboolean
writer_put_in_place (Writer *self, GError **error)
{
  if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
    return FALSE;
  if (fsync (self->fd) != 0 || renameat (self->folder_fd, self->temporary, self->folder_fd, self->name) != 0)
    return writer_fail (self, error);

  g_clear_pointer (&self->temporary, g_free);
  return sync_folder (self->folder_fd) || writer_fail (self, error);
}

static gboolean
write_file (const RelayWorkspaceJob *job, const RelaySandbox *sandbox, const char *data, gsize length,
            GCancellable *cancellable, GError **error)
{
  g_auto (Writer) writer = { .job = job, .sandbox = sandbox, .cancellable = cancellable, .folder_fd = -1, .fd = -1 };

  return writer_open_folder (&writer, error) && writer_create_temporary (&writer, error) &&
         writer_write_all (&writer, data, length, error) && writer_keep_mode (&writer, error) &&
         writer_put_in_place (&writer, error);
}

static GBytes *
run (const RelayWorkspaceJob *job, const RelaySandbox *sandbox, GCancellable *cancellable, GError **error)
{
  g_autoptr (GBytes) decoded = job->is_base64 ? relay_workspace_content_decode_base64 (job->content) : NULL;
  gsize length = decoded != NULL ? g_bytes_get_size (decoded) : strlen (job->content);
  const char *data = decoded != NULL ? g_bytes_get_data (decoded, NULL) : job->content;
  char *answer;

  if (job->is_base64 && decoded == NULL)
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "content is not valid base64");
      return NULL;
    }
  if (!write_file (job, sandbox, data, length, cancellable, error))
    return NULL;

  answer = g_strdup_printf ("{\"bytes\":%" G_GSIZE_FORMAT "}", length);
  return g_bytes_new_take (answer, strlen (answer));
}

const RelayWorkspaceOperation relay_workspace_write_operation = { prepare, run, ADVICE };

/**
 * relay_workspace_write_async:
 * @request: the request
 * @cancellable: (nullable): stops the work, until the file is replaced
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Serves `workspace.write`; see relay_workspace_serve_async() for the errors.
 */
void
relay_workspace_write_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback,
                             gpointer user_data)
{
  relay_workspace_serve_async (request, &relay_workspace_write_operation, relay_workspace_write_async, cancellable, callback,
                               user_data);
}
