/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void  relay_sd_notify                (const char *format,
                                      ...) G_GNUC_PRINTF (1, 2);
guint relay_sd_watchdog_interval_ms  (void);

G_END_DECLS
