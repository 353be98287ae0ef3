/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-pairing.h"

#include "common/relay-error.h"
#include "settings/relay-keyring.h"
#include "settings/relay-paired-key.h"
#include "settings/relay-url.h"

/* %FALSE without an error if the key has to go into a file, as @place tells. */
static gboolean
store_in_keyring (const char *account_id, const char *origin, const char *key, gboolean may_prompt, RelayKeyPlace *place,
                  GError **error)
{
  g_autoptr (GError) cause = NULL;

  *place = RELAY_KEY_PLACE_KEYRING;
  if (relay_keyring_store (account_id, origin, key, may_prompt, NULL, &cause))
    return TRUE;

  if (g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE))
    *place = RELAY_KEY_PLACE_FILE;
  else if (g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED) && !may_prompt)
    *place = RELAY_KEY_PLACE_FILE_LOCKED;
  else
    g_propagate_error (error, g_steal_pointer (&cause));

  return FALSE;
}

/**
 * relay_pairing_store:
 * @account_id: an account
 * @url: its platform
 * @key: the platform's key
 * @may_prompt: whether the desktop may ask the user to unlock the keyring, and is waited for
 * @place: (out): where the key is now
 * @error: return location for an error
 *
 * Stores a key, bound to the platform's origin: in the keyring if there is one that can be used, else in a file.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR, %RELAY_ERROR_KEY_LOCKED if the user did not unlock the keyring,
 *   %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_INTERNAL
 */
gboolean
relay_pairing_store (const char *account_id, GUri *url, const char *key, gboolean may_prompt, RelayKeyPlace *place,
                     GError **error)
{
  g_autofree char *origin = relay_url_to_origin (url);
  g_autoptr (GError) cause = NULL;

  if (store_in_keyring (account_id, origin, key, may_prompt, place, &cause))
    return relay_paired_key_write (account_id, origin, NULL, error);
  if (cause == NULL)
    return relay_paired_key_write (account_id, origin, key, error);

  g_propagate_error (error, g_steal_pointer (&cause));
  return FALSE;
}

/**
 * relay_pairing_exists:
 * @account_id: an account
 *
 * Returns: whether there is a note of its pairing
 */
gboolean
relay_pairing_exists (const char *account_id)
{
  g_autofree char *filename = relay_paired_key_dup_filename (account_id);

  return g_file_test (filename, G_FILE_TEST_EXISTS);
}

/**
 * relay_pairing_remove:
 * @account_id: an account
 * @error: return location for an error
 *
 * Removes what pairing stored, wherever it is. If the keyring has it and cannot be reached, the note stays, so that it can
 * be tried again; %TRUE says that nothing of the key is left.
 *
 * Returns: %FALSE with %RELAY_ERROR_KEY_LOCKED if the key is in a keyring that is locked or not there,
 * %RELAY_ERROR_IO_ERROR, %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_INTERNAL
 */
gboolean
relay_pairing_remove (const char *account_id, GError **error)
{
  g_autoptr (RelayPairedKey) paired = relay_paired_key_read (account_id, NULL);
  gboolean is_in_keyring = paired != NULL && paired->key == NULL;
  g_autoptr (GError) cause = NULL;

  if (!relay_keyring_remove (account_id, NULL, &cause) &&
      (is_in_keyring || !g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE)))
    {
      if (g_error_matches (cause, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE))
        g_set_error (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED, "the key is in the keyring, but %s", cause->message);
      else
        g_propagate_error (error, g_steal_pointer (&cause));
      return FALSE;
    }

  return relay_paired_key_remove (account_id, error);
}
