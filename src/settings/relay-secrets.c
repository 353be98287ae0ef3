/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-secrets.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "settings/relay-file.h"

#define MAX_KEY_BYTES (16 * 1024)
#define OTHERS_MODE (S_IRWXG | S_IRWXO)

/* Everything a search needs; the environment is read before the thread starts. */
typedef struct {
  RelayAccount *account; /* (owned) */
  char *credentials_dir; /* (owned) (nullable) */
  char *variable;        /* (owned) (nullable) secret; the key of the environment */
} FindKey;

static void
find_key_free (FindKey *self)
{
  relay_account_unref (self->account);
  g_free (self->credentials_dir);
  g_free (self->variable);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FindKey, find_key_free)

/**
 * relay_key_status_to_string:
 * @status: whether there is a key
 *
 * Returns: the value of the `KeyStatus` property
 */
const char *
relay_key_status_to_string (RelayKeyStatus status)
{
  switch (status)
    {
    case RELAY_KEY_STATUS_MISSING:
      return "missing";

    case RELAY_KEY_STATUS_AVAILABLE:
      return "available";

    case RELAY_KEY_STATUS_LOCKED:
      return "locked";
    }

  g_assert_not_reached ();
}

/* @label says where the key was found; the key itself never gets into a message. */
static gboolean
check_key (const char *key, gsize length, const char *label, GError **error)
{
  gboolean is_good = g_utf8_validate_len (key, length, NULL);

  for (const char *p = key; is_good && *p != '\0'; p = g_utf8_next_char (p))
    is_good = g_unichar_isgraph (g_utf8_get_char (p)) && !g_unichar_isspace (g_utf8_get_char (p));

  if (!is_good)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
                 "%s must hold nothing but the key: one line, without white space or control characters", label);
  return is_good;
}

/* Cuts white space off both ends. */
static void
trim (GString *text)
{
  gsize n_leading = 0;

  while (text->len > 0 && g_ascii_isspace (text->str[text->len - 1]))
    g_string_truncate (text, text->len - 1);
  while (g_ascii_isspace (text->str[n_leading]))
    n_leading++;
  g_string_erase (text, 0, n_leading);
}

/* Whoever else could read or replace the file has the key, or puts one of their own in its place. */
static gboolean
check_owner_and_mode (const struct stat *info, const char *filename, const char *label, GError **error)
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

/* Gives %NULL without an error for a file that holds nothing. */
static char *
read_key_file (const char *filename, const char *label, gboolean is_private, GError **error)
{
  struct stat info;
  g_autoptr (GString) text = relay_file_read (filename, label, MAX_KEY_BYTES, &info, error);

  if (text == NULL || (is_private && !check_owner_and_mode (&info, filename, label, error)))
    return NULL;

  trim (text);
  if (text->len == 0 || !check_key (text->str, text->len, label, error))
    return NULL;

  return g_string_free (g_steal_pointer (&text), FALSE);
}

static char *
find_in_file (const FindKey *self, GError **error)
{
  const char *filename = self->account->platform_key_file;
  g_autofree char *label = NULL;

  if (filename == NULL)
    return NULL;

  label = g_strdup_printf ("platform-key-file %s", filename);
  return read_key_file (filename, label, TRUE, error);
}

/* systemd sees to who may read a credential; with access lists its mode says little. */
static char *
find_in_credentials (const FindKey *self, GError **error)
{
  g_autofree char *name = g_strdup_printf ("platform-key.%s", self->account->id);
  g_autofree char *label = g_strdup_printf ("the systemd credential %s", name);
  g_autofree char *filename = NULL;

  if (self->credentials_dir == NULL)
    return NULL;

  filename = g_build_filename (self->credentials_dir, name, NULL);
  if (access (filename, F_OK) != 0 && errno == ENOENT)
    return NULL;

  return read_key_file (filename, label, FALSE, error);
}

static char *
find_in_environment (const FindKey *self, GError **error)
{
  if (self->variable == NULL || !check_key (self->variable, strlen (self->variable), "$GANGWAY_PLATFORM_KEY", error))
    return NULL;

  return g_strdup (self->variable);
}

static char *
find_in_settings (const FindKey *self, GError **error)
{
  const char *key = self->account->platform_key;

  if (key == NULL || !check_key (key, strlen (key), "platform-key", error))
    return NULL;

  return g_strdup (key);
}

static void
find_key_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  static char *(*const sources[]) (const FindKey *self, GError **error) = {
    find_in_settings,
    find_in_file,
    find_in_credentials,
    find_in_environment,
  };
  const FindKey *self = task_data;

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GError) error = NULL;
      char *key = sources[i](self, &error);

      if (key != NULL)
        return g_task_return_pointer (task, key, g_free);
      if (error != NULL)
        return g_task_return_error (task, g_steal_pointer (&error));
    }

  g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_NO_KEY, "no platform-key for account '%s'", self->account->id);
}

static char *
dup_variable (const char *name)
{
  const char *value = g_getenv (name);
  g_autofree char *trimmed = value != NULL ? g_strstrip (g_strdup (value)) : NULL;

  return trimmed != NULL && *trimmed != '\0' ? g_steal_pointer (&trimmed) : NULL;
}

/**
 * relay_secrets_find_key_async:
 * @account: whose key to look for
 * @is_only_account: whether no other account is set up, so that `$GANGWAY_PLATFORM_KEY` counts
 * @cancellable: (nullable): a cancellable; once cancelled, the call does not wait for a file that hangs
 * @callback: (scope async): called when done
 * @user_data: for @callback
 *
 * Looks for the platform's key; the first of these that is not empty wins: `platform-key`, `platform-key-file`, the systemd
 * credential `platform-key.NAME`, `$GANGWAY_PLATFORM_KEY`. Files are read in a thread.
 */
void
relay_secrets_find_key_async (RelayAccount *account, gboolean is_only_account, GCancellable *cancellable,
                              GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  g_autoptr (FindKey) self = g_new0 (FindKey, 1);

  self->account = relay_account_ref (account);
  self->credentials_dir = dup_variable ("CREDENTIALS_DIRECTORY");
  self->variable = is_only_account ? dup_variable ("GANGWAY_PLATFORM_KEY") : NULL;

  g_task_set_source_tag (task, relay_secrets_find_key_async);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_set_task_data (task, g_steal_pointer (&self), (GDestroyNotify) find_key_free);
  g_task_run_in_thread (task, find_key_in_thread);
}

/**
 * relay_secrets_find_key_finish:
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Returns: (transfer full): the key, never empty; or %NULL with %RELAY_ERROR_NO_KEY if no source has one,
 *   %RELAY_ERROR_BAD_SETTINGS if one cannot be used, or %G_IO_ERROR_CANCELLED
 */
char *
relay_secrets_find_key_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, relay_secrets_find_key_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
