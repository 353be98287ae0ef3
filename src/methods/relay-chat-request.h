/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "methods/relay-method.h"

G_BEGIN_DECLS

/**
 * RelayChatSend:
 * @session_key: (owned): whom the message is for
 * @run_id: (owned): the platform's, or a new one
 * @params: (owned): of the gateway's `chat.send`, a JSON object
 *
 * A message on its way to the gateway.
 */
typedef struct {
  char *session_key;
  char *run_id;
  char *params;
} RelayChatSend;

gboolean  relay_chat_read_send            (RelayRequest         *request,
                                           RelayChatSend        *send,
                                           GError              **error);
void      relay_chat_send_clear           (RelayChatSend        *self);
char     *relay_chat_dup_session_key      (RelayRequest         *request,
                                           GError              **error);
gboolean  relay_chat_read_run_id          (RelayRequest         *request,
                                           const char          **run_id,
                                           GError              **error);
gboolean  relay_chat_append_limit         (RelayRequest         *request,
                                           GString              *out,
                                           GError              **error);

void      relay_chat_append_member        (GString              *out,
                                           const char           *name,
                                           const char           *value);

void      relay_chat_call_gateway_async   (RelayRequest         *request,
                                           const char           *params,
                                           GCancellable         *cancellable,
                                           GAsyncReadyCallback   callback,
                                           gpointer              user_data);
GBytes   *relay_chat_call_gateway_finish  (RelayRequest         *request,
                                           GAsyncResult         *result,
                                           GError              **error);
void      relay_chat_set_closed           (GError              **error);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RelayChatSend, relay_chat_send_clear)

G_END_DECLS
