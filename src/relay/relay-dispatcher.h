/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "methods/relay-method.h"
#include "relay/relay-activity.h"
#include "relay/relay-envelope.h"
#include "relay/relay-link.h"
#include "relay/relay-session.h"

G_BEGIN_DECLS

#define RELAY_TYPE_DISPATCHER (relay_dispatcher_get_type ())
G_DECLARE_FINAL_TYPE (RelayDispatcher, relay_dispatcher, RELAY, DISPATCHER, GObject)

/*
 * Signals:
 *  activity (const RelayActivity *activity): a request was served or refused; emitted before its answer is sent
 *  answered: a request is no longer held
 */
RelayDispatcher *relay_dispatcher_new         (RelayLink           *platform,
                                               RelayCounters       *counters,
                                               RelayWorkspaceSlots *slots);
void             relay_dispatcher_set_secrets (RelayDispatcher    *self,
                                               const char * const  *secrets);
void             relay_dispatcher_refuse      (RelayDispatcher     *self,
                                               RelayAccount        *account,
                                               const RelayMethod   *method,
                                               const RelayEnvelope *request,
                                               const GError        *reason);
void             relay_dispatcher_drop         (RelayDispatcher     *self,
                                               RelayAccount        *account);
void             relay_dispatcher_serve       (RelayDispatcher     *self,
                                               RelayMethodContext  *context,
                                               const RelayMethod   *method,
                                               const RelayEnvelope *request);
void             relay_dispatcher_admit       (RelayDispatcher     *self);
gboolean         relay_dispatcher_is_full     (RelayDispatcher     *self);
void             relay_dispatcher_shut        (RelayDispatcher     *self);

G_END_DECLS
