/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-method-context.h"

G_DEFINE_INTERFACE (RelayMethodContext, relay_method_context, G_TYPE_OBJECT)

static void
relay_method_context_default_init (RelayMethodContextInterface *iface)
{
}

/**
 * relay_method_context_get_clock:
 * @self: a context
 *
 * Returns: (transfer none): where the time comes from
 */
RelayClock *
relay_method_context_get_clock (RelayMethodContext *self)
{
  return RELAY_METHOD_CONTEXT_GET_IFACE (self)->get_clock (self);
}

/**
 * relay_method_context_get_settings:
 * @self: a context
 *
 * Returns: (transfer none): gangway.conf, as in force now
 */
RelaySettings *
relay_method_context_get_settings (RelayMethodContext *self)
{
  return RELAY_METHOD_CONTEXT_GET_IFACE (self)->get_settings (self);
}

/**
 * relay_method_context_get_account:
 * @self: a context
 *
 * Returns: (transfer none): the account on whose behalf requests are served
 */
RelayAccount *
relay_method_context_get_account (RelayMethodContext *self)
{
  return RELAY_METHOD_CONTEXT_GET_IFACE (self)->get_account (self);
}

/**
 * relay_method_context_get_openclaw:
 * @self: a context
 *
 * Returns: (transfer none): OpenClaw's configuration, as last read
 */
RelayOpenclaw *
relay_method_context_get_openclaw (RelayMethodContext *self)
{
  return RELAY_METHOD_CONTEXT_GET_IFACE (self)->get_openclaw (self);
}

/**
 * relay_method_context_get_streams:
 * @self: a context
 *
 * Returns: (transfer none): the streams of this session that are running
 */
RelayChatStreams *
relay_method_context_get_streams (RelayMethodContext *self)
{
  return RELAY_METHOD_CONTEXT_GET_IFACE (self)->get_streams (self);
}

/**
 * relay_method_context_call_gateway_async:
 * @self: a context
 * @method: the gateway's method
 * @params: a raw JSON object
 * @timeout_ms: how long to wait for the answer, in milliseconds; 0 for the configured time
 * @cancellable: (nullable): stops the waiting
 * @callback: called with the answer; finish with relay_method_context_call_gateway_finish()
 * @user_data: for @callback
 *
 * Sends a request of the relay's own to the gateway.
 */
void
relay_method_context_call_gateway_async (RelayMethodContext *self, const char *method, const char *params, guint timeout_ms,
                                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  RELAY_METHOD_CONTEXT_GET_IFACE (self)->call_gateway_async (self, method, params, timeout_ms, cancellable, callback,
                                                             user_data);
}

/**
 * relay_method_context_call_gateway_finish:
 * @self: a context
 * @result: what the callback was given
 * @error: return location for an error
 *
 * Returns: (transfer full): the gateway's payload as raw JSON (`null` when it sent none), or %NULL with
 *   %RELAY_ERROR_GATEWAY_ERROR and details, %RELAY_ERROR_TIMEOUT or %RELAY_ERROR_UNAVAILABLE
 */
GBytes *
relay_method_context_call_gateway_finish (RelayMethodContext *self, GAsyncResult *result, GError **error)
{
  return RELAY_METHOD_CONTEXT_GET_IFACE (self)->call_gateway_finish (self, result, error);
}

/**
 * relay_method_context_notify:
 * @self: a context
 * @frame: a whole frame, valid JSON
 *
 * Sends a frame to the platform.
 */
void
relay_method_context_notify (RelayMethodContext *self, GBytes *frame)
{
  RELAY_METHOD_CONTEXT_GET_IFACE (self)->notify (self, frame);
}
