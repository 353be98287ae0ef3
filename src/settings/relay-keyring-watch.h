/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define RELAY_TYPE_KEYRING_WATCH (relay_keyring_watch_get_type ())
G_DECLARE_FINAL_TYPE (RelayKeyringWatch, relay_keyring_watch, RELAY, KEYRING_WATCH, GObject)

RelayKeyringWatch *relay_keyring_watch_new (void);

G_END_DECLS
