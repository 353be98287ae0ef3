/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "settings/relay-file.h"

/* As many links as the kernel follows. */
#define MAX_LINKS 40

#define TOO_LARGE "it is too large"

/**
 * relay_openclaw_display_path:
 * @load: the load
 * @path: an absolute path
 *
 * Makes a path fit to stand in a message, with the home folder as `~`.
 *
 * Returns: (transfer full): valid UTF-8
 */
char *
relay_openclaw_display_path (RelayOpenclawLoad *load, const char *path)
{
  g_autofree char *shown = NULL;

  if (g_str_has_prefix (path, load->home) && path[strlen (load->home)] == G_DIR_SEPARATOR)
    shown = g_strconcat ("~", path + strlen (load->home), NULL);

  return relay_text_clean (shown != NULL ? shown : path, -1, RELAY_TEXT_MAX_NAME, NULL);
}

/* The next hop of a symbolic link; %NULL if @path is none. */
static char *
dup_link_target (const char *path)
{
  g_autofree char *target = g_file_read_link (path, NULL);
  g_autofree char *folder = NULL;

  if (target == NULL)
    return NULL;

  folder = g_path_get_dirname (path);
  return g_canonicalize_filename (target, folder);
}

/**
 * relay_openclaw_add_file:
 * @load: the load
 * @path: an absolute path, whether something is there or not
 *
 * Notes that the outcome depends on a file. If it is a symbolic link, the same goes for all that it leads over.
 */
void
relay_openclaw_add_file (RelayOpenclawLoad *load, const char *path)
{
  g_autofree char *current = g_strdup (path);

  for (guint i = 0; current != NULL && i < MAX_LINKS; i++)
    {
      g_autofree char *next = NULL;

      if (g_ptr_array_find_with_equal_func (load->files, current, g_str_equal, NULL))
        return;

      next = dup_link_target (current);
      g_ptr_array_add (load->files, g_steal_pointer (&current));
      current = g_steal_pointer (&next);
    }
}

/**
 * relay_openclaw_file_exists:
 * @load: the load
 * @path: an absolute path
 *
 * Looks whether something is there, and notes that the outcome depends on it.
 *
 * Returns: %TRUE if there is, whatever it is
 */
gboolean
relay_openclaw_file_exists (RelayOpenclawLoad *load, const char *path)
{
  relay_openclaw_add_file (load, path);
  return g_file_test (path, G_FILE_TEST_EXISTS);
}

/* Why the file is not to be read; %NULL if it may be. */
static const char *
find_fault (const struct stat *info, gsize max_bytes, RelayOpenclawFileFlags flags)
{
  if (!S_ISREG (info->st_mode))
    return "it is not a regular file";
  if (info->st_size < 0 || (guint64) info->st_size > max_bytes)
    return TOO_LARGE;
  if (flags == RELAY_OPENCLAW_FILE_ANY)
    return NULL;
  if (info->st_nlink > 1)
    return "it has hard links beside it, which OpenClaw refuses";
  if (flags == RELAY_OPENCLAW_FILE_ONE_LINK)
    return NULL;
  if (info->st_uid != geteuid ())
    return "it belongs to another user, which OpenClaw refuses";
  if ((info->st_mode & (S_IRWXG | S_IRWXO)) != 0)
    return "others than its owner may use it, which OpenClaw refuses (chmod 600)";

  return NULL;
}

static char *
read_text (int fd, gsize max_bytes, const char **fault)
{
  g_autoptr (GString) bytes = relay_file_read_all (fd, max_bytes);

  if (bytes == NULL)
    {
      *fault = errno == EFBIG ? TOO_LARGE : g_strerror (errno);
      return NULL;
    }
  if (strlen (bytes->str) != bytes->len)
    {
      *fault = "it holds a NUL character";
      return NULL;
    }

  /* As Node reads text: what is no UTF-8 becomes U+FFFD. */
  return g_utf8_make_valid (bytes->str, (gssize) bytes->len);
}

/**
 * relay_openclaw_read_file:
 * @load: the load
 * @path: an absolute path
 * @max_bytes: how many bytes it may have
 * @flags: what is demanded of it
 * @missing: (out) (optional): whether there is no such file
 * @error: return location for an error
 *
 * Reads a text file, and notes that the outcome depends on it. Anything but a regular file is refused without waiting for
 * it.
 *
 * Returns: (transfer full): valid UTF-8; or %NULL with %RELAY_ERROR_BAD_SETTINGS
 */
char *
relay_openclaw_read_file (RelayOpenclawLoad *load, const char *path, gsize max_bytes, RelayOpenclawFileFlags flags,
                          gboolean *missing, GError **error)
{
  g_autofree char *shown = relay_openclaw_display_path (load, path);
  g_autofree char *text = NULL;
  const char *fault = NULL;
  struct stat info;
  int fd;

  relay_openclaw_add_file (load, path);
  fd = relay_file_open (path, flags == RELAY_OPENCLAW_FILE_PRIVATE ? O_NOFOLLOW : 0, &info);
  if (missing != NULL)
    *missing = fd < 0 && (errno == ENOENT || errno == ENOTDIR);

  if (fd < 0)
    fault = errno == ELOOP && flags == RELAY_OPENCLAW_FILE_PRIVATE ? "it is a symbolic link, which OpenClaw refuses"
                                                                   : g_strerror (errno);
  else
    fault = find_fault (&info, max_bytes, flags);

  if (fault == NULL)
    text = read_text (fd, max_bytes, &fault);
  if (fd >= 0)
    close (fd);
  if (text == NULL)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "cannot read %s: %s", shown, fault);

  return g_steal_pointer (&text);
}
