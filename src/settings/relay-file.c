/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-file.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include "common/relay-error.h"

G_GNUC_PRINTF (3, 4)
static gboolean
fail (const char *label, GError **error, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s %s", label, problem);
  return FALSE;
}

/* Does not wait for the other end of a FIFO, and does not become the owner of a terminal. */
static int
open_file (const char *filename, const char *label, GError **error)
{
  int fd = open (filename, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
  int errsv = errno;

  if (fd < 0 && errsv == ENOENT)
    fail (label, error, "does not exist");
  else if (fd < 0)
    fail (label, error, "cannot be opened: %s", g_strerror (errsv));

  return fd;
}

static gboolean
check_file (int fd, const char *label, gsize max_bytes, struct stat *info, GError **error)
{
  if (fstat (fd, info) < 0)
    return fail (label, error, "cannot be examined: %s", g_strerror (errno));
  if (S_ISDIR (info->st_mode))
    return fail (label, error, "is a folder, not a file");
  if (!S_ISREG (info->st_mode))
    return fail (label, error, "is not a regular file");
  if ((guint64) info->st_size > max_bytes)
    return fail (label, error, "is larger than %" G_GSIZE_FORMAT " KiB", max_bytes / 1024);

  return TRUE;
}

/* The size is not relied on: the file can grow while it is read. */
static gboolean
read_all (int fd, const char *label, gsize max_bytes, GString *text, GError **error)
{
  char buffer[16 * 1024];

  while (TRUE)
    {
      gssize n_read = read (fd, buffer, sizeof buffer);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return fail (label, error, "cannot be read: %s", g_strerror (errno));
      if (n_read == 0)
        return TRUE;
      if (text->len + (gsize) n_read > max_bytes)
        return fail (label, error, "is larger than %" G_GSIZE_FORMAT " KiB", max_bytes / 1024);

      g_string_append_len (text, buffer, n_read);
    }
}

/**
 * relay_file_read:
 * @filename: what to read; symbolic links are followed
 * @label: what messages call the file
 * @max_bytes: how large it may be, in bytes
 * @info: (out caller-allocates): what the file is, its owner and mode
 * @error: return location for an error
 *
 * Reads a small regular file in one go. Never waits for a FIFO; may wait for a network file system.
 *
 * Returns: (transfer full): the content, or %NULL with %RELAY_ERROR_BAD_SETTINGS
 */
GString *
relay_file_read (const char *filename, const char *label, gsize max_bytes, struct stat *info, GError **error)
{
  g_autoptr (GString) text = g_string_new (NULL);
  int fd = open_file (filename, label, error);
  gboolean is_read;

  if (fd < 0)
    return NULL;

  is_read = check_file (fd, label, max_bytes, info, error) && read_all (fd, label, max_bytes, text, error);
  close (fd);

  return is_read ? g_steal_pointer (&text) : NULL;
}
