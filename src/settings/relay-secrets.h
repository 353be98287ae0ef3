/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "settings/relay-settings.h"

G_BEGIN_DECLS

/**
 * RelayKeyStatus:
 * @RELAY_KEY_STATUS_MISSING: no source has a key
 * @RELAY_KEY_STATUS_AVAILABLE: a key was found
 * @RELAY_KEY_STATUS_LOCKED: a key is there but locked
 */
typedef enum {
  RELAY_KEY_STATUS_MISSING,
  RELAY_KEY_STATUS_AVAILABLE,
  RELAY_KEY_STATUS_LOCKED,
} RelayKeyStatus;

const char *relay_key_status_to_string (RelayKeyStatus status);

char  *relay_secrets_parse_key       (const char           *text,
                                      gsize                 length,
                                      const char           *label,
                                      GError              **error);

void   relay_secrets_find_key_async  (RelayAccount         *account,
                                      gboolean              is_only_account,
                                      GCancellable         *cancellable,
                                      GAsyncReadyCallback   callback,
                                      gpointer              user_data);
char  *relay_secrets_find_key_finish (GAsyncResult         *result,
                                      GError              **error);

G_END_DECLS
