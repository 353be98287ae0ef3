/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelayPairedKey:
 * @origin: whom the key is for: scheme, host and port
 * @key: (nullable): the key; %NULL if it lies in the keyring
 *
 * What pairing left in Gangway's state folder for one account.
 */
typedef struct {
  char *origin; /* (owned) */
  char *key;    /* (owned) (nullable) secret */
} RelayPairedKey;

char           *relay_paired_key_dup_filename (const char      *account_id);
RelayPairedKey *relay_paired_key_read         (const char      *account_id,
                                               GError         **error);
gboolean        relay_paired_key_write        (const char      *account_id,
                                               const char      *origin,
                                               const char      *key,
                                               GError         **error);
gboolean        relay_paired_key_remove       (const char      *account_id,
                                               GError         **error);
void            relay_paired_key_free         (RelayPairedKey  *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayPairedKey, relay_paired_key_free)

G_END_DECLS
