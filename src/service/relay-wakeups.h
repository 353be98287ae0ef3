/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define RELAY_TYPE_WAKEUPS (relay_wakeups_get_type ())
G_DECLARE_FINAL_TYPE (RelayWakeups, relay_wakeups, RELAY, WAKEUPS, GObject)

RelayWakeups *relay_wakeups_new (void);

G_END_DECLS
