/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char     *relay_settings_edit_set    (const char  *text,
                                      const char  *group,
                                      const char  *key,
                                      const char  *value);
char     *relay_settings_edit_remove (const char  *text,
                                      const char  *group);

char     *relay_settings_edit_read   (const char  *filename,
                                      GError     **error);
gboolean  relay_settings_edit_write  (const char  *filename,
                                      const char  *text,
                                      GError     **error);

G_END_DECLS
