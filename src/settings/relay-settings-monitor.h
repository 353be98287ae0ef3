/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "settings/relay-settings.h"

G_BEGIN_DECLS

#define RELAY_TYPE_SETTINGS_MONITOR (relay_settings_monitor_get_type ())
G_DECLARE_FINAL_TYPE (RelaySettingsMonitor, relay_settings_monitor, RELAY, SETTINGS_MONITOR, GObject)

RelaySettingsMonitor *relay_settings_monitor_new          (const char           *filename);
RelaySettings        *relay_settings_monitor_get_settings (RelaySettingsMonitor *self);
const char           *relay_settings_monitor_get_filename (RelaySettingsMonitor *self);
const char           *relay_settings_monitor_get_problem  (RelaySettingsMonitor *self);
void                  relay_settings_monitor_reload       (RelaySettingsMonitor *self);

G_END_DECLS
