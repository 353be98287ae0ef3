/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* The name on the session bus of whatever is the desktop's keyring. */
#define RELAY_KEYRING_BUS_NAME "org.freedesktop.secrets"

/* All of these wait for the keyring, so that they belong into a thread. None but the store ever asks the user anything. */

char     *relay_keyring_find   (const char    *account_id,
                                const char    *origin,
                                GCancellable  *cancellable,
                                GError       **error);
gboolean  relay_keyring_store  (const char    *account_id,
                                const char    *origin,
                                const char    *key,
                                gboolean       may_prompt,
                                GCancellable  *cancellable,
                                GError       **error);
gboolean  relay_keyring_remove (const char    *account_id,
                                GCancellable  *cancellable,
                                GError       **error);

G_END_DECLS
