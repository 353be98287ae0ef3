/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelayKeyPlace:
 * @RELAY_KEY_PLACE_KEYRING: in the desktop's keyring
 * @RELAY_KEY_PLACE_FILE: in a file that only the user can read, since there is no keyring
 * @RELAY_KEY_PLACE_FILE_LOCKED: likewise, since the keyring is locked and nobody could be asked to unlock it
 *
 * Where a key was stored.
 */
typedef enum {
  RELAY_KEY_PLACE_KEYRING,
  RELAY_KEY_PLACE_FILE,
  RELAY_KEY_PLACE_FILE_LOCKED,
} RelayKeyPlace;

gboolean relay_pairing_store      (const char      *account_id,
                                   GUri            *url,
                                   const char      *key,
                                   gboolean         may_prompt,
                                   RelayKeyPlace   *place,
                                   GError         **error);
gboolean relay_pairing_exists     (const char      *account_id);
gboolean relay_pairing_remove     (const char      *account_id,
                                   GError         **error);

G_END_DECLS
