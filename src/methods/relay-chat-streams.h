/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "common/relay-json.h"

G_BEGIN_DECLS

/**
 * RelayChatEvent:
 *
 * The payload of a `chat` event of the gateway, and the extents of its members within it.
 */
typedef struct {
  RelayJsonSpan payload;
  RelayJsonSpan run_id;
  RelayJsonSpan session_key;
  RelayJsonSpan state;
  RelayJsonSpan delta_text;
  RelayJsonSpan replace;
  RelayJsonSpan message;
  RelayJsonSpan error_message;
  RelayJsonSpan stop_reason;
} RelayChatEvent;

typedef struct _RelayChatListener RelayChatListener;

typedef void (*RelayChatEventFunc) (const RelayChatEvent *event, gpointer user_data);

#define RELAY_TYPE_CHAT_STREAMS (relay_chat_streams_get_type ())
G_DECLARE_FINAL_TYPE (RelayChatStreams, relay_chat_streams, RELAY, CHAT_STREAMS, GObject)

/*
 * The platform.chat.send.stream requests of one session that are running. The pump creates one per session, and hands it
 * the payload of each `chat` event of the gateway, after the event itself went to the platform.
 * relay_chat_streams_is_idle () says that no gateway frame needs to be looked at on behalf of a stream.
 */
RelayChatStreams  *relay_chat_streams_new       (void);
gboolean           relay_chat_streams_is_idle   (RelayChatStreams    *self);
void               relay_chat_streams_dispatch  (RelayChatStreams    *self,
                                                 const RelayJsonSpan *payload);

/* For the handler of platform.chat.send.stream. */
gboolean           relay_chat_event_read        (RelayChatEvent      *event,
                                                 const RelayJsonSpan *payload);
RelayChatListener *relay_chat_streams_add       (RelayChatStreams    *self,
                                                 const char          *session_key,
                                                 const char          *run_id,
                                                 RelayChatEventFunc   func,
                                                 gpointer             user_data,
                                                 GError             **error);
void               relay_chat_streams_remove    (RelayChatStreams    *self,
                                                 RelayChatListener   *listener);
gboolean           relay_chat_streams_set_run   (RelayChatStreams    *self,
                                                 RelayChatListener   *listener,
                                                 const char          *run_id,
                                                 GError             **error);

G_END_DECLS
