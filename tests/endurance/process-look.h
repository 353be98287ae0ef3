/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

guint   process_count_descriptors (const char *pid);
guint64 process_get_kib           (const char *pid,
                                   const char *field);

G_END_DECLS
