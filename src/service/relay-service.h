/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-session.h"

G_BEGIN_DECLS

#define RELAY_TYPE_SERVICE (relay_service_get_type ())
G_DECLARE_FINAL_TYPE (RelayService, relay_service, RELAY, SERVICE, GObject)

/*
 * Signals:
 *  settings-read (): gangway.conf changed, and is in force or has a problem
 *  session-added (RelaySession *session), session-removed (RelaySession *session): an account came or went
 */
RelayService *relay_service_new             (const char           *config_file);
void          relay_service_start           (RelayService         *self);
GPtrArray    *relay_service_get_sessions    (RelayService         *self);
const char   *relay_service_get_config_file (RelayService         *self);
RelaySettings *relay_service_get_settings   (RelayService         *self);
const char   *relay_service_get_problem     (RelayService         *self);
guint         relay_service_reconnect       (RelayService         *self);
void          relay_service_reload          (RelayService         *self);

void          relay_service_close_async     (RelayService         *self,
                                             GAsyncReadyCallback   callback,
                                             gpointer              user_data);
gboolean      relay_service_close_finish    (RelayService         *self,
                                             GAsyncResult         *result,
                                             GError              **error);

G_END_DECLS
