/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "methods/relay-method-context.h"

G_BEGIN_DECLS

/**
 * RelayWorkspaceRoot:
 * @path: the folder, as it was named
 * @is_users_choice: %TRUE if the account's settings name it, %FALSE if OpenClaw does, and so perhaps the platform
 * @state_dir: OpenClaw's state folder
 * @own_folders: Gangway's own folders: the root may neither be, contain nor lie in one
 * @guarded_folders: folders that the root may neither be nor contain
 *
 * Where the workspace of an agent is, and what it may not be.
 */
typedef struct {
  char *path;                 /* (owned) */
  gboolean is_users_choice;
  char *state_dir;            /* (owned) */
  GPtrArray *own_folders;     /* (owned) (element-type filename) */
  GPtrArray *guarded_folders; /* (owned) (element-type filename) */
} RelayWorkspaceRoot;

char               *relay_workspace_parse_agent_id   (const char           *session_key);

void                relay_workspace_root_find_async  (RelayMethodContext   *context,
                                                      const char           *agent_id,
                                                      GCancellable         *cancellable,
                                                      GAsyncReadyCallback   callback,
                                                      gpointer              user_data);
RelayWorkspaceRoot *relay_workspace_root_find_finish (RelayMethodContext   *context,
                                                      GAsyncResult         *result,
                                                      GError              **error);
int                 relay_workspace_root_open        (const RelayWorkspaceRoot *self,
                                                      GError              **error);
void                relay_workspace_root_free        (RelayWorkspaceRoot   *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayWorkspaceRoot, relay_workspace_root_free)

G_END_DECLS
