/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-path.h"

#include <errno.h>
#include <limits.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"

/* Leaves room for the words around it in a message of RELAY_TEXT_MAX_MESSAGE. */
#define MAX_SHOWN_CHARS 200

#define TEMPORARY_PREFIX ".gangway-"
#define TEMPORARY_SUFFIX ".tmp"
#define TEMPORARY_RANDOM_LENGTH 8

/* An absolute path without empty names, `.` and `..`; "" for the root of all. */
static char *
normalise (const char *absolute)
{
  g_auto (GStrv) names = g_strsplit (absolute, "/", -1);
  g_autoptr (GString) out = g_string_new (NULL);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (strcmp (names[i], "..") == 0)
        g_string_truncate (out, out->len > 0 ? (gsize) (strrchr (out->str, '/') - out->str) : 0);
      else if (*names[i] != '\0' && strcmp (names[i], ".") != 0)
        g_string_append_printf (out, "/%s", names[i]);
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

/* What is left of @path below @root, or NULL if it is not below. Both are normalised. */
static const char *
strip_root (const char *path, const char *root)
{
  const char *rest = path + strlen (root);

  if (!g_str_has_prefix (path, root) || (*rest != '/' && *rest != '\0'))
    return NULL;

  return *rest == '/' ? rest + 1 : rest;
}

static gboolean
has_long_name (const char *path)
{
  for (const char *name = path; *name != '\0';)
    {
      gsize length = strcspn (name, "/");

      if (length > NAME_MAX)
        return TRUE;
      name += length + (name[length] == '/' ? 1 : 0);
    }

  return FALSE;
}

static void
set_too_long (GError **error)
{
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "path is too long: at most %d bytes, and %d in one name",
               PATH_MAX - 1, NAME_MAX);
}

/**
 * relay_workspace_path_resolve:
 * @path: what the platform sent
 * @root: the workspace's absolute path, as it is configured
 * @real_root: (nullable): the same without symbolic links
 * @error: return location for a #GError
 *
 * Applies the rules for the text of a path: trimmed, `\` counts as `/`, `.` and `..` are resolved against @root, and an
 * absolute path must lie in @root or @real_root. Does not look at the disk.
 *
 * Returns: (transfer full): a path relative to the root, as relay_sandbox_open() wants it, empty for the root itself; or
 *   %NULL with %RELAY_ERROR_DENIED if it is outside, %RELAY_ERROR_INVALID_REQUEST if it is too long
 */
char *
relay_workspace_path_resolve (const char *path, const char *root, const char *real_root, GError **error)
{
  g_autofree char *text = g_strstrip (g_strdelimit (g_strdup (path), "\\", '/'));
  g_autofree char *absolute = NULL;
  g_autofree char *normal = NULL;
  g_autofree char *normal_root = NULL;
  const char *relative;

  /* first: the rest takes time that grows with the square of the length */
  if (strlen (text) >= PATH_MAX)
    {
      set_too_long (error);
      return NULL;
    }

  absolute = *text == '/' ? g_strdup (text) : g_strconcat (root, "/", text, NULL);
  normal = normalise (absolute);
  normal_root = normalise (root);
  relative = strip_root (normal, normal_root);
  if (relative == NULL && real_root != NULL)
    relative = strip_root (normal, real_root);

  if (relative != NULL && has_long_name (relative))
    {
      set_too_long (error);
      return NULL;
    }
  if (relative == NULL)
    {
      g_autofree char *shown = relay_workspace_path_dup_shown (path);

      g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED, "Path '%s' is outside the workspace", shown);
      return NULL;
    }

  return g_strdup (relative);
}

/**
 * relay_workspace_path_is_plain:
 * @path: a path
 *
 * Returns: %TRUE if @path is relative and has no empty names, no `.` and no `..`; also if it is empty
 */
gboolean
relay_workspace_path_is_plain (const char *path)
{
  const char *name = path;

  if (*path == '\0')
    return TRUE;

  for (;;)
    {
      gsize length = strcspn (name, "/");

      if (length == 0 || (length == 1 && name[0] == '.') || (length == 2 && name[0] == '.' && name[1] == '.'))
        return FALSE;
      if (name[length] == '\0')
        return TRUE;
      name += length + 1;
    }
}

static gboolean
is_one_of (const char *name, gsize length, const char *const *names)
{
  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (strlen (names[i]) == length && g_ascii_strncasecmp (name, names[i], length) == 0)
        return TRUE;
    }

  return FALSE;
}

/* Folders of version control: what is in them is run, as hooks, and may hold credentials. */
static const char *const closed_folders[] = { ".git", ".hg", ".svn", NULL };

/**
 * relay_workspace_path_is_skipped:
 * @folder_name: the name of a folder
 *
 * Returns: %TRUE if walks do not enter folders of that name
 */
gboolean
relay_workspace_path_is_skipped (const char *folder_name)
{
  static const char *const bulky_folders[] = { "node_modules", "dist", "build", "vendor", NULL };
  gsize length = strlen (folder_name);

  return is_one_of (folder_name, length, closed_folders) || is_one_of (folder_name, length, bulky_folders);
}

/**
 * relay_workspace_path_check_open:
 * @path: a path, relative to the root
 * @error: return location for a #GError
 *
 * Checks that no name in @path is that of a folder, or a file in its place, which version control keeps for itself, in any
 * case: some folders ignore case.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_DENIED
 */
gboolean
relay_workspace_path_check_open (const char *path, GError **error)
{
  for (const char *name = path; *name != '\0';)
    {
      gsize length = strcspn (name, "/");

      if (is_one_of (name, length, closed_folders))
        {
          g_autofree char *shown = relay_workspace_path_dup_shown (path);

          g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED,
                       "Path '%s' is in a folder that workspace methods leave alone (.git, .hg, .svn)", shown);
          return FALSE;
        }
      name += length + (name[length] == '/' ? 1 : 0);
    }

  return TRUE;
}

/**
 * relay_workspace_path_is_temporary:
 * @name: the name of a file
 *
 * Returns: %TRUE if it has the form of relay_workspace_path_new_temporary(), in any case: some folders ignore case
 */
gboolean
relay_workspace_path_is_temporary (const char *name)
{
  const char *random = name + strlen (TEMPORARY_PREFIX);

  if (g_ascii_strncasecmp (name, TEMPORARY_PREFIX, strlen (TEMPORARY_PREFIX)) != 0)
    return FALSE;
  for (gsize i = 0; i < TEMPORARY_RANDOM_LENGTH; i++)
    {
      if (!g_ascii_isxdigit (random[i]))
        return FALSE;
    }

  return g_ascii_strcasecmp (random + TEMPORARY_RANDOM_LENGTH, TEMPORARY_SUFFIX) == 0;
}

/**
 * relay_workspace_path_has_temporary:
 * @path: a path, relative to the root
 *
 * Returns: %TRUE if one of the names in it is the relay's own, for temporary files
 */
gboolean
relay_workspace_path_has_temporary (const char *path)
{
  g_auto (GStrv) names = g_strsplit (path, "/", -1);

  for (gsize i = 0; names[i] != NULL; i++)
    {
      if (relay_workspace_path_is_temporary (names[i]))
        return TRUE;
    }

  return FALSE;
}

/**
 * relay_workspace_path_new_temporary:
 *
 * Returns: (transfer full): a random name for a temporary file of the relay's own
 */
char *
relay_workspace_path_new_temporary (void)
{
  return g_strdup_printf (TEMPORARY_PREFIX "%08x" TEMPORARY_SUFFIX, g_random_int ());
}

/**
 * relay_workspace_path_dup_shown:
 * @path: a path
 *
 * Returns: (transfer full): @path as it may stand in a message
 */
char *
relay_workspace_path_dup_shown (const char *path)
{
  return relay_text_clean (path, -1, MAX_SHOWN_CHARS, NULL);
}

/**
 * relay_workspace_path_set_error:
 * @error: return location for a #GError
 * @saved_errno: what went wrong
 * @verb: what was tried, for instance `read`
 * @path: on what, relative to the root
 *
 * Says why a file could not be reached: %RELAY_ERROR_DENIED for a symbolic link, %RELAY_ERROR_INVALID_REQUEST for a name
 * that is too long, else %RELAY_ERROR_IO_ERROR.
 */
void
relay_workspace_path_set_error (GError **error, int saved_errno, const char *verb, const char *path)
{
  g_autofree char *shown = relay_workspace_path_dup_shown (*path != '\0' ? path : ".");

  if (saved_errno == ELOOP || saved_errno == EXDEV)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED, "Path '%s' is a symbolic link or leads through one", shown);
  else if (saved_errno == ENAMETOOLONG)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "Cannot %s '%s': the path is too long", verb, shown);
  else
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "Cannot %s '%s': %s", verb, shown, g_strerror (saved_errno));
}
