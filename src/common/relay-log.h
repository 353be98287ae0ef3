/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

void relay_log_install (gboolean        verbose);

void relay_log         (GLogLevelFlags  level,
                        const char     *account,
                        const char     *step,
                        const char     *method,
                        const char     *format,
                        ...) G_GNUC_PRINTF (5, 6);

G_END_DECLS
