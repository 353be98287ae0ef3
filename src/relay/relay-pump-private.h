/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "methods/relay-method.h"
#include "relay/relay-dispatcher.h"
#include "relay/relay-flow.h"
#include "relay/relay-gateway-rpc.h"
#include "relay/relay-pump.h"

G_BEGIN_DECLS

struct _RelayPump {
  GObject parent_instance;

  RelayLink *gateway;          /* (owned) */
  RelayLink *platform;         /* (owned) */
  RelayFlow flow;              /* between the two */
  gsize max_payload;           /* what the gateway takes */
  RelayClock *clock;           /* (owned) */
  RelayCounters *counters;     /* (owned) */
  RelaySettings *settings;     /* (owned) */
  RelayAccount *account;       /* (owned) */
  RelayOpenclaw *openclaw;     /* (owned) */
  GStrv secrets;               /* (owned) (nullable) what the peers know and nobody else may see */
  RelayGatewayRpc *rpc;        /* (owned) */
  RelayChatStreams *streams;   /* (owned) */
  RelayDispatcher *dispatcher; /* (owned) */
  guint wait_timeout;          /* while something waits for the end of a message of the gateway */

  GTask *task;               /* (owned) (nullable) while it runs */
  GSource *cancelled_source; /* (owned) (nullable) */
  GError *end;               /* (owned) (nullable) why it ended */
  guint close_code;          /* what a peer closed with */
  guint n_closing;
};

void relay_pump_update_flow  (RelayPump                   *self);
void relay_pump_watch_wait   (RelayPump                   *self);
void relay_pump_end          (RelayPump                   *self,
                              GError                      *error,
                              guint                        code,
                              const char                  *reason);
void relay_pump_init_context (RelayMethodContextInterface *iface);

G_END_DECLS
