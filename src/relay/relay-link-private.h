/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

#include "common/relay-utf8.h"
#include "relay/relay-frame-reader.h"
#include "relay/relay-link-watch.h"
#include "relay/relay-link.h"
#include "relay/relay-stream.h"

G_BEGIN_DECLS

struct _RelayLink {
  GObject parent_instance;

  RelayEndpoint *endpoint; /* (owned) */
  RelayClock *clock;       /* (owned) */
  RelayLinkTimes times;
  GSocketConnection *connection;      /* (owned) */
  RelayStream *stream;                /* (owned) */
  SoupWebsocketConnection *websocket; /* (owned) */

  RelayLinkHandler handler;
  gpointer handler_data;

  /* what comes in: relay-link-input.c */
  RelayFrameReader reader;
  RelayUtf8 utf8;       /* of the text under way */
  RelayReading reading; /* what is done with the message under way */
  GByteArray *begun;    /* (owned) what is there of a message that is handed on as a whole */
  gsize glance_at;      /* an undecided message is looked at again when so many bytes are there */
  GQueue inbox;         /* (owned) of RelayMessage */
  gsize inbox_bytes;
  GTask *receive_task; /* (owned) (nullable) */
  gboolean is_paused;  /* the owner wants no more for now */
  gboolean is_held;    /* the stream is paused, for this or another reason */

  /* what goes out: relay-link-output.c */
  gboolean is_sending; /* a message that is sent in pieces is under way */
  GQueue waiting;      /* (owned) of RelayMessage: those that wait for its end */
  gsize waiting_bytes;

  GError *end;            /* (owned) (nullable) why the link ended */
  GError *write_error;    /* (owned) (nullable) what was the matter when the socket took no more */
  guint close_code;       /* what the peer closed with, once it ended */
  char *close_reason;     /* (owned) (nullable) the same */
  gboolean is_gone;       /* the socket was closed */
  GPtrArray *close_tasks; /* (owned) of GTask */

  RelayLinkWatch watch;
  GSource *probe_source; /* (owned) (nullable) a probe that is due as soon as there is nothing else to do */
  guint linger_timeout;
};

RelayMessage *relay_message_new      (RelayOpcode   opcode,
                                      GBytes       *bytes);
RelayMessage *relay_link_take_held   (RelayLink    *self);
void          relay_link_update_reading (RelayLink *self);
void          relay_link_attach      (RelayLink    *self);
void          relay_link_end         (RelayLink    *self,
                                      GError       *error);
void          relay_link_be_gone     (RelayLink    *self);
gsize         relay_link_take_in     (RelayLink    *self,
                                      const guint8 *data,
                                      gsize         length);
void          relay_link_send_ping   (RelayLink    *self);
void          relay_link_end_for_fault (RelayLink  *self,
                                      guint         code);
void          relay_link_send_close  (RelayLink    *self,
                                      guint         code,
                                      const char   *reason);

G_END_DECLS
