/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char     *relay_workspace_path_resolve       (const char  *path,
                                              const char  *root,
                                              const char  *real_root,
                                              GError     **error);
gboolean  relay_workspace_path_is_plain      (const char  *path);
gboolean  relay_workspace_path_is_skipped    (const char  *folder_name);
gboolean  relay_workspace_path_check_open    (const char  *path,
                                              GError     **error);
gboolean  relay_workspace_path_is_temporary  (const char  *name);
gboolean  relay_workspace_path_has_temporary (const char  *path);
char     *relay_workspace_path_new_temporary (void);
char     *relay_workspace_path_dup_shown     (const char  *path);
void      relay_workspace_path_set_error     (GError     **error,
                                              int          saved_errno,
                                              const char  *verb,
                                              const char  *path);

G_END_DECLS
