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
#include "settings/relay-keyring.h"
#include "settings/relay-paired-key.h"
#include "settings/relay-url.h"

#define MAX_KEY_BYTES (16 * 1024)

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

  for (const char *p = key; is_good && p < key + length; p = g_utf8_next_char (p))
    is_good = g_unichar_isgraph (g_utf8_get_char (p)) && !g_unichar_isspace (g_utf8_get_char (p));

  if (!is_good)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
                 "%s must hold nothing but the key: one line, without white space or control characters", label);
  return is_good;
}

/**
 * relay_secrets_parse_key:
 * @text: what a file or a person gave; NUL-terminated, but a NUL in it counts as what it is
 * @length: its length in bytes
 * @label: what messages call it
 * @error: return location for an error
 *
 * Takes a key out of the white space around it.
 *
 * Returns: (transfer full) (nullable): the key; %NULL without an error if there is nothing, else with
 *   %RELAY_ERROR_BAD_SETTINGS
 */
char *
relay_secrets_parse_key (const char *text, gsize length, const char *label, GError **error)
{
  const char *end = text + length;

  while (end > text && g_ascii_isspace (end[-1]))
    end--;
  while (text < end && g_ascii_isspace (*text))
    text++;
  if (text == end || !check_key (text, (gsize) (end - text), label, error))
    return NULL;

  return g_strndup (text, (gsize) (end - text));
}

/* Gives %NULL without an error for a file that holds nothing. */
static char *
read_key_file (const char *filename, const char *label, gboolean is_private, GError **error)
{
  struct stat info;
  g_autoptr (GString) text = relay_file_read (filename, label, MAX_KEY_BYTES, &info, error);

  if (text == NULL || (is_private && !relay_file_check_private (&info, filename, label, error)))
    return NULL;

  return relay_secrets_parse_key (text->str, text->len, label, error);
}

static char *
find_in_file (const FindKey *self, GCancellable *cancellable, GError **error)
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
find_in_credentials (const FindKey *self, GCancellable *cancellable, GError **error)
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

/* Whom the account's key is for; %NULL while its URL is wrong. */
static char *
dup_origin (const RelayAccount *account)
{
  g_autoptr (GUri) url =
      account->platform_url != NULL ? relay_url_parse (account->platform_url, "platform-url", TRUE, NULL) : NULL;

  return url != NULL ? relay_url_to_origin (url) : NULL;
}

/* @is_paired: whether the key must be there. %NULL without an error where nobody promised one. */
static char *
find_in_keyring (const FindKey *self, const char *origin, gboolean is_paired, GCancellable *cancellable, GError **error)
{
  const char *id = self->account->id;
  g_autoptr (GError) cause = NULL;
  char *key = relay_keyring_find (id, origin, cancellable, &cause);

  if (key != NULL)
    {
      g_autofree char *found = key;

      return check_key (found, strlen (found), "the key in the keyring", error) ? g_steal_pointer (&found) : NULL;
    }

  if (g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE) && is_paired)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED, "the key of account '%s' is in the keyring, but %s", id,
                 cause->message);
  else if (g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_NO_KEY) && is_paired)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_NO_KEY, "%s any more: pair it again", cause->message);
  else if (is_paired || g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_URL_CHANGED))
    g_propagate_error (error, g_steal_pointer (&cause));

  return NULL;
}

/* What pairing stored goes to the origin that it was stored for and nowhere else. */
static char *
find_paired (const FindKey *self, GCancellable *cancellable, GError **error)
{
  g_autofree char *origin = dup_origin (self->account);
  g_autoptr (GError) local_error = NULL;
  g_autoptr (RelayPairedKey) paired = NULL;

  if (origin == NULL)
    return NULL;

  paired = relay_paired_key_read (self->account->id, &local_error);
  if (local_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&local_error));
      return NULL;
    }

  if (paired != NULL && !g_str_equal (paired->origin, origin))
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_URL_CHANGED,
                   "the key of account '%s' was paired with %s, but platform-url leads to %s now", self->account->id,
                   paired->origin, origin);
      return NULL;
    }

  if (paired == NULL || paired->key == NULL)
    return find_in_keyring (self, origin, paired != NULL, cancellable, error);
  if (!check_key (paired->key, strlen (paired->key), "the paired key", error))
    return NULL;

  return g_steal_pointer (&paired->key);
}

static char *
find_in_environment (const FindKey *self, GCancellable *cancellable, GError **error)
{
  if (self->variable == NULL || !check_key (self->variable, strlen (self->variable), "$GANGWAY_PLATFORM_KEY", error))
    return NULL;

  return g_strdup (self->variable);
}

static char *
find_in_settings (const FindKey *self, GCancellable *cancellable, GError **error)
{
  const char *key = self->account->platform_key;

  if (key == NULL || !check_key (key, strlen (key), "platform-key", error))
    return NULL;

  return g_strdup (key);
}

static void
find_key_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  static char *(*const sources[]) (const FindKey *self, GCancellable *cancellable, GError **error) = {
    find_in_settings, find_in_file, find_in_credentials, find_paired, find_in_environment,
  };
  const FindKey *self = task_data;

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    {
      g_autoptr (GError) error = NULL;
      char *key = sources[i](self, cancellable, &error);

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
 * @cancellable: (nullable): a cancellable; once cancelled, the call does not wait for a file or a keyring that hangs
 * @callback: (scope async): called when done
 * @user_data: for @callback
 *
 * Looks for the platform's key; the first of these that is not empty wins: `platform-key`, `platform-key-file`, the systemd
 * credential `platform-key.NAME`, what `gangway pair` stored in the keyring or in a file, `$GANGWAY_PLATFORM_KEY`. A paired
 * key is given for the origin only that it was paired with. Files are read and the keyring is asked in a thread, and nobody
 * is asked to unlock anything.
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
 *   %RELAY_ERROR_KEY_LOCKED if it lies in a keyring that is locked or not running, %RELAY_ERROR_URL_CHANGED if it was paired
 *   with another origin, %RELAY_ERROR_BAD_SETTINGS if one cannot be used, %RELAY_ERROR_TIMEOUT or %RELAY_ERROR_INTERNAL if
 * the keyring does not answer as it should, or %G_IO_ERROR_CANCELLED
 */
char *
relay_secrets_find_key_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, NULL), NULL);
  g_return_val_if_fail (g_async_result_is_tagged (result, relay_secrets_find_key_async), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
