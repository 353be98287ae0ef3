/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "common/relay-error.h"
#include "common/relay-macros.h"
#include "relay/relay-activity.h"
#include "relay/relay-state.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-secrets.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

#define RELAY_TYPE_SESSION (relay_session_get_type ())

RELAY_PUBLIC
G_DECLARE_FINAL_TYPE (RelaySession, relay_session, RELAY, SESSION, GObject)

/**
 * RelayCounters:
 *
 * What a session has carried since the service began. A reference-counted box (g_atomic_rc_box_acquire()): what is under way when
 * a session ends goes on counting.
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

RELAY_PUBLIC
const char          *relay_session_get_account_id (RelaySession       *self);
RELAY_PUBLIC
RelayState           relay_session_get_state    (RelaySession         *self);
RELAY_PUBLIC
RelayStep            relay_session_get_step     (RelaySession         *self);

RELAY_PUBLIC
gboolean             relay_session_reconnect    (RelaySession         *self);
RELAY_PUBLIC
void                 relay_session_restart      (RelaySession         *self);
RELAY_PUBLIC
void                 relay_session_start        (RelaySession         *self);
RELAY_PUBLIC
void                 relay_session_stop         (RelaySession         *self);

#ifndef __GI_SCANNER__ /* for the service only */
void                 relay_session_apply        (RelaySession         *self,
                                                 RelaySettings        *settings,
                                                 RelayOpenclaw        *openclaw);
void                 relay_session_wake         (RelaySession         *self);
void                 relay_session_look_for_key (RelaySession         *self);
const RelayCounters *relay_session_get_counters (RelaySession         *self);
RelayAccount        *relay_session_get_account  (RelaySession         *self);
void                 relay_session_close_async  (RelaySession         *self,
                                                 GAsyncReadyCallback   callback,
                                                 gpointer              user_data);
gboolean             relay_session_close_finish (RelaySession         *self,
                                                 GAsyncResult         *result,
                                                 GError              **error);
#endif

G_END_DECLS
