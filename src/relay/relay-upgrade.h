/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "relay/relay-endpoint.h"

G_BEGIN_DECLS

/* How much of an answer is read before it counts as no answer. */
#define RELAY_UPGRADE_MAX_ANSWER (16 * 1024)

/*
 * The HTTP upgrade of a connection to a WebSocket (RFC 6455 4.1), strict: one request, one answer, nothing else.
 * relay_upgrade_async () runs it on an open connection; the bytes behind the answer are handed back.
 */
void    relay_upgrade_async  (GIOStream            *connection,
                              RelayEndpoint        *endpoint,
                              RelayClock           *clock,
                              GCancellable         *cancellable,
                              GAsyncReadyCallback   callback,
                              gpointer              user_data);
GBytes *relay_upgrade_finish (GAsyncResult         *result,
                              GError              **error);

char     *relay_upgrade_build_request (GUri          *uri,
                                       const char    *key);
gboolean  relay_upgrade_check_answer  (const char    *head,
                                       gsize          length,
                                       const char    *key,
                                       RelaySide      side,
                                       gint64         now_ms,
                                       GError       **error);

G_END_DECLS
