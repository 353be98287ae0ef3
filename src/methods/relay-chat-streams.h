/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "common/relay-json.h"

G_BEGIN_DECLS

#define RELAY_TYPE_CHAT_STREAMS (relay_chat_streams_get_type ())
G_DECLARE_FINAL_TYPE (RelayChatStreams, relay_chat_streams, RELAY, CHAT_STREAMS, GObject)

/*
 * The platform.chat.send.stream requests of one session that are running. The pump creates one per session, and hands it
 * the payload of each `chat` event of the gateway, after the event itself went to the platform.
 * relay_chat_streams_is_idle () says that no gateway frame needs to be looked at on behalf of a stream.
 */
RelayChatStreams *relay_chat_streams_new       (void);
gboolean          relay_chat_streams_is_idle   (RelayChatStreams    *self);
void              relay_chat_streams_dispatch  (RelayChatStreams    *self,
                                                const RelayJsonSpan *payload);

G_END_DECLS
