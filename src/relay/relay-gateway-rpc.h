/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "relay/relay-envelope.h"
#include "relay/relay-link.h"
#include "relay/relay-session.h"

G_BEGIN_DECLS

#define RELAY_TYPE_GATEWAY_RPC (relay_gateway_rpc_get_type ())
G_DECLARE_FINAL_TYPE (RelayGatewayRpc, relay_gateway_rpc, RELAY, GATEWAY_RPC, GObject)

RelayGatewayRpc *relay_gateway_rpc_new         (RelayLink            *gateway,
                                                gsize                 max_payload,
                                                RelayClock           *clock,
                                                RelayCounters        *counters);
void             relay_gateway_rpc_call_async  (RelayGatewayRpc      *self,
                                                const char           *method,
                                                const char           *params,
                                                guint                 timeout_ms,
                                                GCancellable         *cancellable,
                                                GAsyncReadyCallback   callback,
                                                gpointer              user_data);
GBytes          *relay_gateway_rpc_call_finish (RelayGatewayRpc      *self,
                                                GAsyncResult         *result,
                                                GError              **error);

gboolean         relay_gateway_rpc_was_used    (RelayGatewayRpc      *self);
gboolean         relay_gateway_rpc_owns_id     (RelayGatewayRpc      *self,
                                                const RelayJsonSpan  *id);
gboolean         relay_gateway_rpc_consume     (RelayGatewayRpc      *self,
                                                const RelayEnvelope  *envelope);
void             relay_gateway_rpc_shut        (RelayGatewayRpc      *self);

G_END_DECLS
