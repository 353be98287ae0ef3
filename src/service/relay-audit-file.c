/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-audit-file.h"

#include <errno.h>
#include <fcntl.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-audit-place.h"
#include "common/relay-error.h"
#include "common/relay-log.h"

#define MAX_FILE_BYTES (4 * 1024 * 1024)
#define FOLDER_MODE 0700
#define FILE_MODE 0600
#define OTHERS_MODE (S_IRWXG | S_IRWXO)

/**
 * RelayAuditFile:
 *
 * The file of the audit: whole lines at its end, nobody else's eyes, and a new file when it is full. All of it may wait for
 * the disk: it belongs to one thread, which is not the main one.
 */
struct _RelayAuditFile {
  char *folder;          /* (owned) */
  int folder_fd;         /* (owned) or -1 */
  int fd;                /* (owned) or -1 */
  gboolean is_unrotated; /* it could not be, and that was said */
};

/**
 * relay_audit_file_new:
 * @folder: where the audit is kept
 *
 * Returns: (transfer full): the file, not open yet
 */
RelayAuditFile *
relay_audit_file_new (const char *folder)
{
  RelayAuditFile *self = g_new0 (RelayAuditFile, 1);

  self->folder = g_strdup (folder);
  self->folder_fd = -1;
  self->fd = -1;

  return self;
}

static void
clear_fd (int *fd)
{
  if (*fd >= 0)
    close (*fd);
  *fd = -1;
}

static void
close_all (RelayAuditFile *self)
{
  clear_fd (&self->fd);
  clear_fd (&self->folder_fd);
}

/**
 * relay_audit_file_free:
 * @self: (transfer full): a file
 *
 * Closes it.
 */
void
relay_audit_file_free (RelayAuditFile *self)
{
  close_all (self);
  g_free (self->folder);
  g_free (self);
}

static gboolean
fail (const char *what, const char *problem, GError **error)
{
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "%s %s", what, problem);
  return FALSE;
}

static gboolean
fail_errno (const char *what, int saved_errno, GError **error)
{
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "%s: %s", what, g_strerror (saved_errno));
  return FALSE;
}

/* What others may read or change is made private; what belongs to others is none of ours. */
static gboolean
make_private (int fd, const struct stat *info, const char *what, mode_t mode, GError **error)
{
  if (info->st_uid != geteuid ())
    return fail (what, "belongs to another user: move it away", error);
  if ((info->st_mode & OTHERS_MODE) == 0)
    return TRUE;
  if (fchmod (fd, mode) != 0)
    return fail_errno (what, errno, error);

  relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, "%s was open to other users (mode %04o): closed to them (%04o)", what,
             (guint) (info->st_mode & 07777), (guint) mode);
  return TRUE;
}

static gboolean
open_folder (RelayAuditFile *self, GError **error)
{
  struct stat info;

  if (g_mkdir_with_parents (self->folder, FOLDER_MODE) != 0)
    return fail_errno (self->folder, errno, error);

  self->folder_fd = open (self->folder, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
  if (self->folder_fd < 0 || fstat (self->folder_fd, &info) != 0)
    return fail_errno (self->folder, errno, error);

  return make_private (self->folder_fd, &info, self->folder, FOLDER_MODE, error);
}

/* What a crash has left of a line becomes one of its own, which readers pass over. */
static gboolean
end_torn_line (int fd, off_t size)
{
  char last = '\n';

  if (size > 0 && pread (fd, &last, 1, size - 1) != 1)
    return FALSE;

  return last == '\n' || write (fd, "\n", 1) == 1;
}

static gboolean
open_in_folder (RelayAuditFile *self, GError **error)
{
  g_autofree char *what = g_build_filename (self->folder, RELAY_AUDIT_NAME, NULL);
  struct stat info;

  self->fd = openat (self->folder_fd, RELAY_AUDIT_NAME,
                     O_RDWR | O_APPEND | O_CREAT | O_CLOEXEC | O_NOFOLLOW | O_NONBLOCK | O_NOCTTY, FILE_MODE);
  if (self->fd < 0 && errno == ELOOP)
    return fail (what, "is a symbolic link: remove it", error);
  if (self->fd < 0 || fstat (self->fd, &info) != 0)
    return fail_errno (what, errno, error);
  if (!S_ISREG (info.st_mode))
    return fail (what, "is not a regular file: move it away", error);
  if (!make_private (self->fd, &info, what, FILE_MODE, error))
    return FALSE;
  if (!end_torn_line (self->fd, info.st_size))
    return fail_errno (what, errno, error);

  return TRUE;
}

/**
 * relay_audit_file_open:
 * @self: a file
 * @error: return location for an error
 *
 * Makes the file and its folder, if they are not there; closes them to other users, if they are open to them; ends a line
 * that a crash has left torn. Does nothing if it is open.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR; it can be tried again
 */
gboolean
relay_audit_file_open (RelayAuditFile *self, GError **error)
{
  if (self->fd >= 0)
    return TRUE;
  if (open_folder (self, error) && open_in_folder (self, error))
    return TRUE;

  close_all (self);
  return FALSE;
}

/* Whether the file that is open is still the one of that name; if so, what is known of it. */
static gboolean
is_in_place (RelayAuditFile *self, struct stat *info)
{
  struct stat opened;

  return fstatat (self->folder_fd, RELAY_AUDIT_NAME, info, AT_SYMLINK_NOFOLLOW) == 0 && fstat (self->fd, &opened) == 0 &&
         info->st_dev == opened.st_dev && info->st_ino == opened.st_ino && (info->st_mode & OTHERS_MODE) == 0;
}

/* Somebody may have moved the file away, replaced it, or opened it to others. */
static gboolean
ensure_open (RelayAuditFile *self, struct stat *info, GError **error)
{
  if (self->fd >= 0 && is_in_place (self, info))
    return TRUE;

  close_all (self);
  if (!relay_audit_file_open (self, error))
    return FALSE;

  return fstat (self->fd, info) == 0 || fail_errno (self->folder, errno, error);
}

static gboolean
rename_to (RelayAuditFile *self, guint from, guint to)
{
  char old[64] = RELAY_AUDIT_NAME;
  char new[64];

  if (from > 0)
    g_snprintf (old, sizeof old, "%s.%u", RELAY_AUDIT_NAME, from);
  g_snprintf (new, sizeof new, "%s.%u", RELAY_AUDIT_NAME, to);

  return renameat (self->folder_fd, old, self->folder_fd, new) == 0 || (from > 0 && errno == ENOENT);
}

/* A file that cannot be rotated grows on: that is better than to lose what happens. */
static void
rotate (RelayAuditFile *self)
{
  gboolean is_rotated = TRUE;

  fdatasync (self->fd);
  for (guint i = RELAY_AUDIT_N_KEPT; i > 0 && is_rotated; i--)
    is_rotated = rename_to (self, i - 1, i);

  if (!is_rotated && !self->is_unrotated)
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, "the audit cannot begin a new file in %s, and its old one grows: %s",
               self->folder, g_strerror (errno));
  self->is_unrotated = !is_rotated;
  if (is_rotated)
    clear_fd (&self->fd);
}

/* One write, so that the line is whole or not there. A full disk may take a part of it, which is taken back. */
static gboolean
write_line (RelayAuditFile *self, const char *line, gsize length, off_t size, GError **error)
{
  gsize n_written = 0;

  while (n_written < length)
    {
      gssize n = write (self->fd, line + n_written, length - n_written);

      if (n < 0 && errno == EINTR)
        continue;
      if (n < 0)
        {
          int errsv = errno;

          /* if that fails, the line is ended when the file is opened again */
          if (n_written > 0 && ftruncate (self->fd, size) != 0)
            errsv = errno;
          close_all (self);
          return fail_errno (self->folder, errsv, error);
        }
      n_written += (gsize) n;
    }

  return TRUE;
}

/**
 * relay_audit_file_append:
 * @self: a file; it is opened if it is not
 * @line: a line, with its end
 * @length: its length in bytes
 * @error: return location for an error
 *
 * Writes the line behind the others, into a new file if this one is full.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR, and nothing of the line is there; it can be tried again
 */
gboolean
relay_audit_file_append (RelayAuditFile *self, const char *line, gsize length, GError **error)
{
  struct stat info;

  if (!ensure_open (self, &info, error))
    return FALSE;

  if (info.st_size > 0 && info.st_size + (off_t) length > MAX_FILE_BYTES)
    {
      rotate (self);
      if (!ensure_open (self, &info, error))
        return FALSE;
    }

  return write_line (self, line, length, info.st_size, error);
}

/**
 * relay_audit_file_sync:
 * @self: a file
 * @error: return location for an error
 *
 * Waits until what was written is on the disk, and not only with the kernel.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR
 */
gboolean
relay_audit_file_sync (RelayAuditFile *self, GError **error)
{
  if (self->fd < 0 || fdatasync (self->fd) == 0)
    return TRUE;

  return fail_errno (self->folder, errno, error);
}
