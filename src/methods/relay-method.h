/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "common/relay-json.h"
#include "methods/relay-method-context.h"
#include "methods/relay-workspace-slots.h"

G_BEGIN_DECLS

typedef struct _RelayRequest RelayRequest;

/**
 * RelayMethod:
 * @name: what the platform asks for
 * @gateway_method: (nullable): what it is translated to, for the policy to judge as well
 * @kind: what the `Activity` signal calls it: `chat`, `workspace` or `session`
 * @writes: whether it changes files of the workspace
 * @serve_async: serves one request; answers with relay_request_serve_finish()
 *
 * One method that the relay answers itself: a line in the table of relay-methods.c and a function.
 */
typedef struct {
  const char *name;
  const char *gateway_method;
  const char *kind;
  gboolean writes;
  void (*serve_async) (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
} RelayMethod;

/**
 * RelayRequest:
 *
 * A request of the platform that the relay answers itself. Reference-counted.
 */
struct _RelayRequest {
  RelayMethodContext *context; /* (owned) */
  const RelayMethod *method;
  char *id_json;               /* (owned) the request's own `id` token, raw */
  JsonObject *params;          /* (owned) never NULL: absent or non-object params are an empty object */
  char *path;                  /* (owned) (nullable) what `Activity` and the audit show; set by the handler, cleaned */
  RelayWorkspaceSlot *slot;    /* (owned) (nullable) of a request for files whose turn it is */
};

const RelayMethod *relay_methods_lookup        (const RelayJsonSpan  *method);

RelayRequest      *relay_request_new           (RelayMethodContext   *context,
                                                const RelayMethod    *method,
                                                const RelayJsonSpan  *id,
                                                const RelayJsonSpan  *params,
                                                GError              **error);
RelayRequest      *relay_request_ref           (RelayRequest         *self);
void               relay_request_unref         (RelayRequest         *self);
void               relay_request_serve_async   (RelayRequest         *self,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
GBytes            *relay_request_serve_finish  (RelayRequest         *self,
                                                GAsyncResult         *result,
                                                GError              **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayRequest, relay_request_unref)

/* The handlers, each in the file of its name. Each is a GTask on the request's context that returns a GBytes: the payload
 * as raw JSON. */
void relay_workspace_read_async    (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_workspace_write_async   (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_workspace_ls_async      (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_chat_send_async         (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_chat_send_stream_async  (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_chat_history_async      (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_chat_abort_async        (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_chat_reset_async        (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);
void relay_session_resolve_async   (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data);

G_END_DECLS
