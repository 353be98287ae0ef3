/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <libsoup/soup.h>

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
  GQueue inbox; /* (owned) of RelayMessage */
  gsize inbox_bytes;
  GTask *receive_task; /* (owned) (nullable) */
  gboolean is_paused;  /* the owner wants no more for now */
  RelayFrameMeter meter;

  GError *end;            /* (owned) (nullable) why the link ended */
  GError *write_error;    /* (owned) (nullable) what was the matter when the socket took no more */
  guint close_code;       /* what the peer closed with, once it ended */
  char *close_reason;     /* (owned) (nullable) the same */
  gboolean is_gone;       /* the socket was closed */
  GPtrArray *close_tasks; /* (owned) of GTask */

  RelayLinkWatch watch;
  guint linger_timeout;
};

RelayMessage *relay_link_take_held   (RelayLink    *self);
void          relay_link_update_reading (RelayLink *self);
void          relay_link_attach      (RelayLink    *self);
void          relay_link_end         (RelayLink    *self,
                                      GError       *error);
void          relay_link_be_gone     (RelayLink    *self);
void          relay_link_send_frame  (RelayLink    *self,
                                      RelayOpcode   opcode,
                                      gconstpointer payload,
                                      gsize         length);
void          relay_link_send_close  (RelayLink    *self,
                                      guint         code,
                                      const char   *reason);

G_END_DECLS
