/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "settings/relay-settings.h"

G_BEGIN_DECLS

gboolean  relay_value_read_boolean  (const char            *key,
                                     const char            *value,
                                     gboolean              *result,
                                     GError               **error);
gboolean  relay_value_read_seconds  (const char            *key,
                                     const char            *value,
                                     guint                  max_s,
                                     guint                 *result_ms,
                                     GError               **error);
gboolean  relay_value_read_size     (const char            *key,
                                     const char            *value,
                                     guint64                max_bytes,
                                     guint64               *result_bytes,
                                     GError               **error);
gboolean  relay_value_read_access   (const char            *key,
                                     const char            *value,
                                     RelayWorkspaceAccess  *result,
                                     GError               **error);
char     *relay_value_read_path     (const char            *key,
                                     const char            *value,
                                     GError               **error);
char     *relay_value_read_pin      (const char            *key,
                                     const char            *value,
                                     GError               **error);
GStrv     relay_value_read_pins     (const char            *key,
                                     const char            *value,
                                     GError               **error);
GStrv     relay_value_read_patterns (const char            *key,
                                     const char            *value,
                                     GError               **error);

G_END_DECLS
