/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-walk.h"

#include <dirent.h>
#include <errno.h>
#include <fcntl.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-content.h"
#include "methods/relay-workspace-path.h"

/*
 * Goes through the files below a folder in the order of their full names. Each folder is read and sorted when the walk
 * comes to it, a folder's name with a slash behind it; that is the order of the full names, because no such key is the
 * beginning of another. So nothing but the folders on the way down is held, and one descriptor at a time: each folder is
 * opened anew, by its path, beneath the root.
 */

#define CANCEL_CHECK_INTERVAL 256

typedef struct {
  guint64 prefix;   /* the first bytes of @key, as a number: most comparisons end here */
  const char *key;  /* (unowned) the name as UTF-8, a folder's with a slash */
  const char *name; /* (unowned) as the file system has it */
  gboolean is_folder;
} Child;

typedef struct {
  char *names;     /* (owned) what the children's strings point into */
  Child *children; /* (owned) */
  gsize n_children;
  gsize next;
  gsize path_length; /* of the walk's path, with the slash behind the folder */
  gsize name_length;
  gsize held_bytes;
} Folder;

struct _RelayWorkspaceWalk {
  const RelaySandbox *sandbox;  /* (unowned) */
  const RelayWorkspaceJob *job; /* (unowned) */
  gboolean is_started;
  guint64 held_bytes;
  guint n_steps;
  GArray *folders; /* (owned) (element-type Folder) from the first folder down to the present one */
  GString *path;   /* (owned) of the present entry */
  GString *name;   /* (owned) of the present entry */
  RelayWorkspaceEntry entry;
};

/* What read_folder () gathers: while names grows, children hold offsets into it. */
typedef struct {
  GString *names;   /* (owned) */
  GArray *children; /* (owned) (element-type Child) */
} Listing;

static void
folder_clear (gpointer data)
{
  Folder *folder = data;

  g_free (folder->names);
  g_free (folder->children);
}

static void
listing_clear (Listing *listing)
{
  g_string_free (listing->names, TRUE);
  g_array_unref (listing->children);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Listing, listing_clear)

/**
 * relay_workspace_walk_new:
 * @sandbox: (transfer none): where to walk; must outlive the walk
 * @job: (transfer none): what is asked for; must outlive the walk, which begins at its path
 *
 * Returns: (transfer full): a walk that stands before the first file
 */
RelayWorkspaceWalk *
relay_workspace_walk_new (const RelaySandbox *sandbox, const RelayWorkspaceJob *job)
{
  RelayWorkspaceWalk *self = g_new0 (RelayWorkspaceWalk, 1);

  self->sandbox = sandbox;
  self->job = job;
  self->folders = g_array_new (FALSE, FALSE, sizeof (Folder));
  g_array_set_clear_func (self->folders, folder_clear);
  self->path = g_string_new (job->path);
  self->name = g_string_new (job->path);

  return self;
}

/**
 * relay_workspace_walk_free:
 * @self: a walk
 *
 * Ends the walk.
 */
void
relay_workspace_walk_free (RelayWorkspaceWalk *self)
{
  g_array_unref (self->folders);
  g_string_free (self->path, TRUE);
  g_string_free (self->name, TRUE);
  g_free (self);
}

/* DT_DIR, DT_REG, or DT_UNKNOWN for all that a walk skips. */
static int
tell_type (int folder_fd, const struct dirent *dirent)
{
  struct stat info;

  if (dirent->d_type == DT_DIR || dirent->d_type == DT_REG)
    return dirent->d_type;
  if (dirent->d_type != DT_UNKNOWN || fstatat (folder_fd, dirent->d_name, &info, AT_SYMLINK_NOFOLLOW) != 0)
    return DT_UNKNOWN;
  if (S_ISDIR (info.st_mode))
    return DT_DIR;

  return S_ISREG (info.st_mode) ? DT_REG : DT_UNKNOWN;
}

static gboolean
is_wanted (RelayWorkspaceWalk *self, const char *name, int type)
{
  if (strcmp (name, ".") == 0 || strcmp (name, "..") == 0 || relay_workspace_path_is_temporary (name))
    return FALSE;
  if (type == DT_DIR)
    return self->job->is_recursive && !relay_workspace_path_is_skipped (name);

  return type == DT_REG;
}

static void
listing_add (Listing *listing, const char *name, gboolean is_folder)
{
  Child child = { .key = GSIZE_TO_POINTER (listing->names->len), .is_folder = is_folder };

  relay_workspace_content_append_valid (listing->names, name);
  if (is_folder)
    g_string_append_c (listing->names, '/');
  g_string_append_c (listing->names, '\0');
  child.name = GSIZE_TO_POINTER (listing->names->len);
  g_string_append_len (listing->names, name, strlen (name) + 1);
  g_array_append_val (listing->children, child);
}

static int
compare_children (gconstpointer a, gconstpointer b)
{
  const Child *left = a;
  const Child *right = b;

  if (left->prefix != right->prefix)
    return left->prefix < right->prefix ? -1 : 1;

  return strcmp (left->key, right->key);
}

static void
child_settle (Child *child, const char *names)
{
  guint64 prefix = 0;

  child->key = names + GPOINTER_TO_SIZE (child->key);
  child->name = names + GPOINTER_TO_SIZE (child->name);
  memcpy (&prefix, child->key, strnlen (child->key, sizeof prefix));
  child->prefix = GUINT64_FROM_BE (prefix);
}

/* Takes what was gathered and makes it the folder that the walk is in. */
static void
enter_folder (RelayWorkspaceWalk *self, Listing *listing)
{
  Folder folder = { .n_children = listing->children->len, .held_bytes = listing->names->len };

  folder.names = g_string_free (listing->names, FALSE);
  folder.children = (Child *) (gpointer) g_array_free (listing->children, FALSE);
  listing->names = g_string_new (NULL);
  listing->children = g_array_new (FALSE, FALSE, sizeof (Child));

  for (gsize i = 0; i < folder.n_children; i++)
    child_settle (&folder.children[i], folder.names);
  if (folder.n_children > 0)
    qsort (folder.children, folder.n_children, sizeof (Child), compare_children);

  if (self->path->len > 0)
    {
      g_string_append_c (self->path, '/');
      g_string_append_c (self->name, '/');
    }
  folder.path_length = self->path->len;
  folder.name_length = self->name->len;
  self->held_bytes += folder.held_bytes;
  g_array_append_val (self->folders, folder);
}

static gboolean
check_step (RelayWorkspaceWalk *self, gsize more_bytes, GCancellable *cancellable, GError **error)
{
  if (self->n_steps++ % CANCEL_CHECK_INTERVAL == 0 && g_cancellable_set_error_if_cancelled (cancellable, error))
    return FALSE;
  if (self->n_steps > self->job->max_entries)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_TOO_LARGE,
                   "The folder has over %u files and folders in it: narrow it with path or recursive:false",
                   self->job->max_entries);
      return FALSE;
    }
  /* Each name is held twice, as it is and as UTF-8; an answer would have it once. */
  if ((self->held_bytes + more_bytes) / 2 <= self->job->max_bytes)
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_TOO_LARGE,
               "The names in the folder are over %" G_GUINT64_FORMAT
               " bytes, the limit for an answer (workspace-max-response): narrow it with path or recursive:false",
               self->job->max_bytes);
  return FALSE;
}

static gboolean
read_folder (RelayWorkspaceWalk *self, DIR *dir, GCancellable *cancellable, GError **error)
{
  g_auto (Listing) listing = { g_string_new (NULL), g_array_new (FALSE, FALSE, sizeof (Child)) };
  const struct dirent *dirent;

  while (errno = 0, (dirent = readdir (dir)) != NULL)
    {
      int type = tell_type (dirfd (dir), dirent);

      if (is_wanted (self, dirent->d_name, type))
        listing_add (&listing, dirent->d_name, type == DT_DIR);
      if (!check_step (self, listing.names->len, cancellable, error))
        return FALSE;
    }
  if (errno != 0)
    {
      relay_workspace_path_set_error (error, errno, "list", self->path->str);
      return FALSE;
    }

  enter_folder (self, &listing);
  return TRUE;
}

/* Opens the folder at the walk's path and reads it. One that is no longer there, or no longer a folder, is empty. */
static gboolean
open_folder (RelayWorkspaceWalk *self, GCancellable *cancellable, GError **error)
{
  relay_autofd int fd = relay_sandbox_open (self->sandbox, self->path->str, O_RDONLY | O_DIRECTORY | O_NONBLOCK);
  gboolean is_read;
  DIR *dir;

  if (fd < 0 && (relay_sandbox_is_gone (errno) || errno == ELOOP))
    return TRUE;

  dir = fd >= 0 ? fdopendir (fd) : NULL;
  if (dir == NULL)
    {
      relay_workspace_path_set_error (error, errno, "list", self->path->str);
      return FALSE;
    }

  g_steal_fd (&fd);
  is_read = read_folder (self, dir, cancellable, error);
  closedir (dir);
  return is_read;
}

static void
leave_folder (RelayWorkspaceWalk *self)
{
  const Folder *folder = &g_array_index (self->folders, Folder, self->folders->len - 1);

  self->held_bytes -= folder->held_bytes;
  g_array_set_size (self->folders, self->folders->len - 1);
}

/* Sets the walk's path and name to those of the present folder's next child. */
static const Child *
go_to_next_child (RelayWorkspaceWalk *self)
{
  Folder *folder = &g_array_index (self->folders, Folder, self->folders->len - 1);
  const Child *child = &folder->children[folder->next++];

  g_string_truncate (self->path, folder->path_length);
  g_string_append (self->path, child->name);
  g_string_truncate (self->name, folder->name_length);
  g_string_append (self->name, child->key);
  if (child->is_folder)
    g_string_truncate (self->name, self->name->len - 1);

  return child;
}

/**
 * relay_workspace_walk_next:
 * @self: a walk
 * @cancellable: (nullable): stops the walk
 * @entry: (out) (transfer none) (nullable): the next file; %NULL after the last one
 * @error: return location for a #GError
 *
 * Goes on to the next regular file, in the order of the names. Symbolic links, other kinds of files, folders of the names
 * that are skipped and the relay's own temporary files are passed over, and what disappears meanwhile. Blocks.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_IO_ERROR if a folder cannot be read, %RELAY_ERROR_TOO_LARGE, or
 *   %G_IO_ERROR_CANCELLED
 */
gboolean
relay_workspace_walk_next (RelayWorkspaceWalk *self, GCancellable *cancellable, const RelayWorkspaceEntry **entry,
                           GError **error)
{
  *entry = NULL;
  if (!self->is_started)
    {
      self->is_started = TRUE;
      if (!open_folder (self, cancellable, error))
        return FALSE;
    }

  while (self->folders->len > 0)
    {
      const Folder *folder = &g_array_index (self->folders, Folder, self->folders->len - 1);

      if (folder->next == folder->n_children)
        {
          leave_folder (self);
        }
      else if (!go_to_next_child (self)->is_folder)
        {
          self->entry = (RelayWorkspaceEntry){ self->path->str, self->name->str };
          *entry = &self->entry;
          return TRUE;
        }
      else if (!open_folder (self, cancellable, error))
        {
          return FALSE;
        }
    }

  return TRUE;
}
