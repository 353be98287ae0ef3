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

#define OTHERS_MODE (S_IRWXG | S_IRWXO)

/**
 * relay_file_open:
 * @filename: what to read
 * @flags: flags of open() beside those that are set anyway, such as `O_NOFOLLOW`
 * @info: (out caller-allocates): what it is, its owner and mode
 *
 * Opens a file for reading. Does not wait for the other end of a FIFO, and does not become the owner of a terminal.
 *
 * Returns: a file descriptor, for close(); -1 with `errno` if it failed
 */
int
relay_file_open (const char *filename, int flags, struct stat *info)
{
  int fd = open (filename, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC | flags);

  if (fd >= 0 && fstat (fd, info) < 0)
    {
      int errsv = errno;

      close (fd);
      errno = errsv;
      return -1;
    }

  return fd;
}

/**
 * relay_file_read_all:
 * @fd: from relay_file_open(); it stays open
 * @max_bytes: how large the file may be, in bytes
 *
 * Reads a file to its end. Its size is not relied on: it can grow while it is read.
 *
 * Returns: (transfer full) (nullable): the content; %NULL with `errno`, which is `EFBIG` if there is more than @max_bytes
 */
GString *
relay_file_read_all (int fd, gsize max_bytes)
{
  g_autoptr (GString) text = g_string_new (NULL);
  char buffer[16 * 1024];

  while (TRUE)
    {
      gssize n_read = read (fd, buffer, sizeof buffer);

      if (n_read < 0 && errno == EINTR)
        continue;
      if (n_read < 0)
        return NULL;
      if (n_read == 0)
        return g_steal_pointer (&text);
      if (text->len + (gsize) n_read > max_bytes)
        {
          errno = EFBIG;
          return NULL;
        }

      g_string_append_len (text, buffer, n_read);
    }
}

static char *
dup_too_large (gsize max_bytes)
{
  return g_strdup_printf ("is larger than %" G_GSIZE_FORMAT " KiB", max_bytes / 1024);
}

/* Why the file is not to be read; NULL if it may be. */
static char *
dup_fault (const struct stat *info, gsize max_bytes)
{
  if (S_ISDIR (info->st_mode))
    return g_strdup ("is a folder, not a file");
  if (!S_ISREG (info->st_mode))
    return g_strdup ("is not a regular file");
  if ((guint64) info->st_size > max_bytes)
    return dup_too_large (max_bytes);

  return NULL;
}

static GString *
read_file (const char *filename, gsize max_bytes, struct stat *info, char **fault)
{
  g_autoptr (GString) text = NULL;
  int fd = relay_file_open (filename, 0, info);

  if (fd < 0)
    {
      *fault = errno == ENOENT ? g_strdup ("does not exist") : g_strdup_printf ("cannot be opened: %s", g_strerror (errno));
      return NULL;
    }

  *fault = dup_fault (info, max_bytes);
  if (*fault == NULL)
    {
      text = relay_file_read_all (fd, max_bytes);
      if (text == NULL)
        *fault = errno == EFBIG ? dup_too_large (max_bytes) : g_strdup_printf ("cannot be read: %s", g_strerror (errno));
    }

  close (fd);
  return g_steal_pointer (&text);
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
  g_autofree char *fault = NULL;
  GString *text = read_file (filename, max_bytes, info, &fault);

  if (text == NULL)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s %s", label, fault);

  return text;
}

/**
 * relay_file_check_private:
 * @info: what the file is
 * @filename: its path
 * @label: what messages call it
 * @error: return location for an error
 *
 * Tells whether nobody else can read or replace a file that holds a key: who can, has the key, or puts one of their own in
 * its place.
 *
 * Returns: %FALSE with %RELAY_ERROR_BAD_SETTINGS, which says what to do
 */
gboolean
relay_file_check_private (const struct stat *info, const char *filename, const char *label, GError **error)
{
  if (info->st_uid != geteuid () && info->st_uid != 0)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
                   "%s belongs to another user: put a copy of your own in its place", label);
      return FALSE;
    }

  if ((info->st_mode & OTHERS_MODE) != 0)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s is readable by others: chmod 600 '%s'", label,
                   filename);
      return FALSE;
    }

  return TRUE;
}
