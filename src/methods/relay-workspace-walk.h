/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "methods/relay-workspace-job.h"
#include "methods/relay-workspace-sandbox.h"

G_BEGIN_DECLS

/**
 * RelayWorkspaceEntry:
 * @path: relative to the root, as the file system has it
 * @name: the same as UTF-8, with U+FFFD for each byte that is none
 *
 * A file that a walk came to. Valid until the walk's next step.
 */
typedef struct {
  const char *path; /* (unowned) */
  const char *name; /* (unowned) */
} RelayWorkspaceEntry;

typedef struct _RelayWorkspaceWalk RelayWorkspaceWalk;

RelayWorkspaceWalk *relay_workspace_walk_new  (const RelaySandbox         *sandbox,
                                               const RelayWorkspaceJob    *job);
void                relay_workspace_walk_free (RelayWorkspaceWalk         *self);
gboolean            relay_workspace_walk_next (RelayWorkspaceWalk         *self,
                                               GCancellable               *cancellable,
                                               const RelayWorkspaceEntry **entry,
                                               GError                    **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayWorkspaceWalk, relay_workspace_walk_free)

G_END_DECLS
