/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "methods/relay-method.h"
#include "methods/relay-workspace-sandbox.h"

G_BEGIN_DECLS

/**
 * RelayWorkspaceJob:
 * @path: relative to the root, as relay_sandbox_open() wants it
 * @is_recursive: whether folders below @path count
 * @is_base64: whether contents are base64 rather than text
 * @content: (nullable): what is to be written
 * @max_bytes: how long the answer may be
 * @max_entries: how many entries of folders may be looked at
 *
 * What a workspace request asks for, as its work in a thread sees it.
 */
typedef struct {
  const char *path;    /* (unowned) */
  gboolean is_recursive;
  gboolean is_base64;
  const char *content; /* (unowned) */
  guint64 max_bytes;
  guint max_entries;
} RelayWorkspaceJob;

/**
 * RelayWorkspaceOperation:
 * @prepare: reads the params that are the method's own
 * @run: does the work, in a thread; returns the payload as raw JSON
 * @advice: what to do if it takes too long or its answer would be
 *
 * What makes one workspace method differ from the others.
 */
typedef struct {
  gboolean (*prepare) (RelayWorkspaceJob *job, JsonObject *params, GError **error);
  GBytes *(*run) (const RelayWorkspaceJob *job, const RelaySandbox *sandbox, GCancellable *cancellable, GError **error);
  const char *advice;
} RelayWorkspaceOperation;

extern const RelayWorkspaceOperation relay_workspace_read_operation;
extern const RelayWorkspaceOperation relay_workspace_write_operation;
extern const RelayWorkspaceOperation relay_workspace_ls_operation;

void     relay_workspace_serve_async    (RelayRequest                  *request,
                                         const RelayWorkspaceOperation *operation,
                                         gpointer                       source_tag,
                                         GCancellable                  *cancellable,
                                         GAsyncReadyCallback            callback,
                                         gpointer                       user_data);

gboolean relay_workspace_read_recursive (RelayWorkspaceJob             *job,
                                         JsonObject                    *params,
                                         GError                       **error);
gboolean relay_workspace_read_encoding  (RelayWorkspaceJob             *job,
                                         JsonObject                    *params,
                                         GError                       **error);
void     relay_workspace_set_too_large  (GError                       **error,
                                         guint64                        at_least_bytes,
                                         guint64                        max_bytes,
                                         const char                    *advice);

G_END_DECLS
