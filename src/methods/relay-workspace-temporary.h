/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <sys/types.h>

G_BEGIN_DECLS

int  relay_workspace_temporary_create (int      folder_fd,
                                       mode_t   mode,
                                       char   **name);
void relay_workspace_temporary_sweep  (int      folder_fd);

G_END_DECLS
