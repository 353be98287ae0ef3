/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "relay/relay-endpoint.h"

G_BEGIN_DECLS

/* Close codes (RFC 6455 7.4.1). The first two of these stand for no code and no close frame. */
#define RELAY_CLOSE_NO_STATUS 1005
#define RELAY_CLOSE_ABNORMAL 1006
#define RELAY_CLOSE_NORMAL 1000
#define RELAY_CLOSE_GOING_AWAY 1001
#define RELAY_CLOSE_PROTOCOL_ERROR 1002
#define RELAY_CLOSE_BAD_DATA 1007
#define RELAY_CLOSE_POLICY_VIOLATION 1008
#define RELAY_CLOSE_TOO_LARGE 1009
#define RELAY_CLOSE_SERVICE_RESTART 1012
#define RELAY_CLOSE_TRY_AGAIN_LATER 1013

guint   relay_close_sendable_code (guint         code);
char   *relay_close_cut_reason    (const char   *reason);
GError *relay_close_make_error    (RelaySide     side,
                                   guint         code,
                                   const char   *reason);
GError *relay_close_make_fault    (RelaySide     side,
                                   guint         code);

G_END_DECLS
