/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "methods/relay-workspace-slots.h"
#include "relay/relay-handshake.h"
#include "relay/relay-session.h"

G_BEGIN_DECLS

#define RELAY_TYPE_PUMP (relay_pump_get_type ())
G_DECLARE_FINAL_TYPE (RelayPump, relay_pump, RELAY, PUMP, GObject)

/*
 * Signals:
 *  activity (const RelayActivity *activity): as the dispatcher's
 */
RelayPump *relay_pump_new          (RelayHandshakeResult *links,
                                    RelayClock           *clock,
                                    RelayCounters        *counters,
                                    RelayWorkspaceSlots  *slots);
void       relay_pump_set_settings (RelayPump            *self,
                                    RelaySettings        *settings,
                                    RelayAccount         *account,
                                    RelayOpenclaw        *openclaw,
                                    const char           *platform_key);
void       relay_pump_run_async    (RelayPump            *self,
                                    GCancellable         *cancellable,
                                    GAsyncReadyCallback   callback,
                                    gpointer              user_data);
void       relay_pump_probe        (RelayPump            *self);
gboolean   relay_pump_run_finish   (RelayPump            *self,
                                    GAsyncResult         *result,
                                    guint                *close_code,
                                    GError              **error);

G_END_DECLS
