/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-error.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

/**
 * RelaySide:
 * @RELAY_SIDE_GATEWAY: the local OpenClaw gateway
 * @RELAY_SIDE_PLATFORM: the remote platform
 *
 * Which of the two peers.
 */
typedef enum {
  RELAY_SIDE_GATEWAY,
  RELAY_SIDE_PLATFORM,
} RelaySide;

const char *relay_side_to_string (RelaySide side);

#define RELAY_TYPE_ENDPOINT (relay_endpoint_get_type ())
G_DECLARE_FINAL_TYPE (RelayEndpoint, relay_endpoint, RELAY, ENDPOINT, GObject)

RelayEndpoint *relay_endpoint_new_gateway  (RelaySettings        *settings,
                                            RelayOpenclaw        *openclaw,
                                            GError              **error);
RelayEndpoint *relay_endpoint_new_platform (RelayAccount         *account,
                                            GError              **error);

RelaySide      relay_endpoint_get_side     (RelayEndpoint        *self);
GUri          *relay_endpoint_get_uri      (RelayEndpoint        *self);

void           relay_endpoint_dial_async   (RelayEndpoint        *self,
                                            GCancellable         *cancellable,
                                            GAsyncReadyCallback   callback,
                                            gpointer              user_data);
GSocketConnection *relay_endpoint_dial_finish (RelayEndpoint     *self,
                                            GAsyncResult         *result,
                                            GError              **error);

/* A GError of the side's own: the gateway's value or the platform's. */
GError        *relay_side_error            (RelaySide             side,
                                            RelayError            gateway_code,
                                            RelayError            platform_code,
                                            const char           *format,
                                            ...) G_GNUC_PRINTF (4, 5);

G_END_DECLS
