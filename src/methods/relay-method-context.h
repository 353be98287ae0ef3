/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>
#include <json-glib/json-glib.h>

#include "common/relay-clock.h"
#include "methods/relay-chat-streams.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

#define RELAY_TYPE_METHOD_CONTEXT (relay_method_context_get_type ())
G_DECLARE_INTERFACE (RelayMethodContext, relay_method_context, RELAY, METHOD_CONTEXT, GObject)

/**
 * RelayMethodContextInterface:
 * @get_clock: (transfer none): where the time comes from
 * @get_settings: (transfer none): gangway.conf, as in force now
 * @get_account: (transfer none): the account on whose behalf requests are served
 * @get_openclaw: (transfer none): OpenClaw's configuration, as last read
 * @get_streams: (transfer none): the streams of this session that are running
 * @call_gateway_async: sends a request of the relay's own to the gateway; @params is a raw JSON object; @timeout_ms is 0 for
 *   the configured one
 * @call_gateway_finish: (transfer full): the gateway's payload as raw JSON (`null` when it sent none); or
 *   %RELAY_ERROR_GATEWAY_ERROR with details, %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_UNAVAILABLE
 * @notify: sends a frame (whole, valid JSON) to the platform
 *
 * What a method handler may use of the session that it serves. It lives as long as a handler holds a reference, also after
 * the session has ended; its calls then fail and its notifications go nowhere.
 */
struct _RelayMethodContextInterface {
  GTypeInterface parent_iface;

  RelayClock         *(*get_clock)           (RelayMethodContext *self);
  RelaySettings      *(*get_settings)        (RelayMethodContext *self);
  RelayAccount       *(*get_account)         (RelayMethodContext *self);
  RelayOpenclaw      *(*get_openclaw)        (RelayMethodContext *self);
  RelayChatStreams   *(*get_streams)         (RelayMethodContext *self);
  void                (*call_gateway_async)  (RelayMethodContext *self,
                                              const char         *method,
                                              const char         *params,
                                              guint               timeout_ms,
                                              GCancellable       *cancellable,
                                              GAsyncReadyCallback callback,
                                              gpointer            user_data);
  GBytes             *(*call_gateway_finish) (RelayMethodContext *self,
                                              GAsyncResult       *result,
                                              GError            **error);
  void                (*notify)              (RelayMethodContext *self,
                                              GBytes             *frame);
};

RelayClock       *relay_method_context_get_clock           (RelayMethodContext  *self);
RelaySettings    *relay_method_context_get_settings        (RelayMethodContext  *self);
RelayAccount     *relay_method_context_get_account         (RelayMethodContext  *self);
RelayOpenclaw    *relay_method_context_get_openclaw        (RelayMethodContext  *self);
RelayChatStreams *relay_method_context_get_streams         (RelayMethodContext  *self);
void              relay_method_context_call_gateway_async  (RelayMethodContext  *self,
                                                            const char          *method,
                                                            const char          *params,
                                                            guint                timeout_ms,
                                                            GCancellable        *cancellable,
                                                            GAsyncReadyCallback  callback,
                                                            gpointer             user_data);
GBytes           *relay_method_context_call_gateway_finish (RelayMethodContext  *self,
                                                            GAsyncResult        *result,
                                                            GError             **error);
void              relay_method_context_notify              (RelayMethodContext  *self,
                                                            GBytes              *frame);

G_END_DECLS
