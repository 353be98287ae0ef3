/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "common/relay-error.h"
#include "common/relay-macros.h"
#include "relay/relay-state.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-secrets.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

#define RELAY_TYPE_SESSION (relay_session_get_type ())

RELAY_PUBLIC
G_DECLARE_FINAL_TYPE (RelaySession, relay_session, RELAY, SESSION, GObject)

/*
 * Properties (all read-only but account-id and clock, which are construct-only):
 *   account-id s, clock, state, step, last-error s, last-error-code s, retrying-at (gint64 ms), connected-since (gint64 ms),
 *   attempt u, platform-url s (as shown), gateway-url s (as shown), key-status (RelayKeyStatus as its string), gateway-version s,
 *   protocol-version u, account (boxed RelayAccount, nullable). State, step, error and times change together: their notifies
 *   are frozen and thawed as one.
 * Signals:
 *   activity (kind s, method s, detail s, outcome s): the platform used a local method, or was denied one
 */

/**
 * RelayCounters:
 *
 * What a session has carried since the service began.
 */
typedef struct {
  guint64 frames_to_platform;
  guint64 frames_to_gateway;
  guint64 bytes_to_platform;
  guint64 bytes_to_gateway;
  guint64 requests_served;
  guint64 requests_denied;
} RelayCounters;

RELAY_PUBLIC
RelaySession        *relay_session_new          (const char           *account_id);
RELAY_PUBLIC
RelaySession        *relay_session_new_with_clock (const char         *account_id,
                                                 RelayClock           *clock);

/* Puts settings in force and starts, restarts or stops the link as they ask. Nothing happens to a link whose settings are
 * the same. A NULL @openclaw means that OpenClaw's configuration has not been read yet: the session waits for it. */
void                 relay_session_apply        (RelaySession         *self,
                                                 RelaySettings        *settings,
                                                 RelayOpenclaw        *openclaw);

RELAY_PUBLIC
const char          *relay_session_get_account_id (RelaySession       *self);
RELAY_PUBLIC
RelayState           relay_session_get_state    (RelaySession         *self);
RELAY_PUBLIC
RelayStep            relay_session_get_step     (RelaySession         *self);
const RelayCounters *relay_session_get_counters (RelaySession         *self);
RelayAccount        *relay_session_get_account  (RelaySession         *self);

RELAY_PUBLIC
gboolean             relay_session_reconnect    (RelaySession         *self);
RELAY_PUBLIC
void                 relay_session_restart      (RelaySession         *self);
RELAY_PUBLIC
void                 relay_session_start        (RelaySession         *self);
RELAY_PUBLIC
void                 relay_session_stop         (RelaySession         *self);

/* Ends the session for good: closes both links with 1001, fails what is pending; completes when no socket is left. */
void                 relay_session_close_async  (RelaySession         *self,
                                                 GAsyncReadyCallback   callback,
                                                 gpointer              user_data);
gboolean             relay_session_close_finish (RelaySession         *self,
                                                 GAsyncResult         *result,
                                                 GError              **error);

G_END_DECLS
