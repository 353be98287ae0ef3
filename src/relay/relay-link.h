/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "relay/relay-endpoint.h"
#include "relay/relay-frame.h"

G_BEGIN_DECLS

/* The longest message that is taken, over all its fragments (R9). */
#define RELAY_LINK_MAX_MESSAGE (64 * 1024 * 1024)
/* How much is held while nobody takes messages, beyond the one under way (H2). */
#define RELAY_LINK_MAX_INBOX (1024 * 1024)
/**
 * RelayLinkTimes:
 *
 * How long a link waits for what, in milliseconds.
 */
typedef struct {
  guint connect_timeout_ms;
  guint keepalive_interval_ms;
  guint stall_timeout_ms;
} RelayLinkTimes;

/**
 * RelayMessage:
 *
 * A message as it came: its opcode and its bytes.
 */
typedef struct {
  RelayOpcode opcode;
  GBytes *bytes; /* (owned) */
} RelayMessage;

void relay_message_free (RelayMessage *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayMessage, relay_message_free)

#define RELAY_TYPE_LINK (relay_link_get_type ())
G_DECLARE_FINAL_TYPE (RelayLink, relay_link, RELAY, LINK, GObject)

/**
 * RelayReading:
 * @RELAY_READING_WHOLE: handed on when it is there as a whole
 * @RELAY_READING_PIECES: handed on in pieces, as they come
 * @RELAY_READING_UNDECIDED: to be looked at again when more of it is there
 *
 * What to do with a message.
 */
typedef enum {
  RELAY_READING_WHOLE,
  RELAY_READING_PIECES,
  RELAY_READING_UNDECIDED,
} RelayReading;

/**
 * RelayLinkHandler:
 * @message: (nullable): a message came, whose bytes are valid during the call; without it messages are held for
 *   relay_link_receive_async()
 * @glance: (nullable): a message begins, with this piece, which may be all of it: how is it to be handed on? Without it, as
 *   a whole
 * @piece: (nullable): a piece of a message came that is not handed on as a whole; not %NULL if @glance is not
 * @turn_over: (nullable): all that came in this turn was handed on
 * @drained: (nullable): bytes left the queue
 * @waits: (nullable): a message was sent that has to wait for the end of the one that is sent in pieces
 * @ended: nothing comes and nothing goes any more; called once, after the last message
 *
 * What the owner of a link is told. All run in the main context.
 */
typedef struct {
  void         (*message)   (RelayLink *link, RelayOpcode opcode, const char *data, gsize length, gpointer user_data);
  RelayReading (*glance)    (RelayLink *link, const RelayFramePiece *begin, gpointer user_data);
  void         (*piece)     (RelayLink *link, const RelayFramePiece *piece, gpointer user_data);
  void         (*turn_over) (RelayLink *link, gpointer user_data);
  void         (*drained)   (RelayLink *link, gpointer user_data);
  void         (*waits)     (RelayLink *link, gpointer user_data);
  void         (*ended)     (RelayLink *link, const GError *error, gpointer user_data);
} RelayLinkHandler;

void          relay_link_dial_async      (RelayEndpoint           *endpoint,
                                          RelayClock              *clock,
                                          const RelayLinkTimes    *times,
                                          GCancellable            *cancellable,
                                          GAsyncReadyCallback      callback,
                                          gpointer                 user_data);
RelayLink    *relay_link_dial_finish     (GAsyncResult            *result,
                                          GError                 **error);
RelayLink    *relay_link_new             (RelayEndpoint           *endpoint,
                                          RelayClock              *clock,
                                          const RelayLinkTimes    *times,
                                          GSocketConnection       *connection,
                                          GBytes                  *leftover);

RelaySide     relay_link_get_side        (RelayLink               *self);
void          relay_link_set_handler     (RelayLink               *self,
                                          const RelayLinkHandler  *handler,
                                          gpointer                 user_data);
void          relay_link_receive_async   (RelayLink               *self,
                                          GCancellable            *cancellable,
                                          GAsyncReadyCallback      callback,
                                          gpointer                 user_data);
RelayMessage *relay_link_receive_finish  (RelayLink               *self,
                                          GAsyncResult            *result,
                                          GError                 **error);

void          relay_link_send            (RelayLink               *self,
                                          RelayOpcode              opcode,
                                          GBytes                  *bytes);
void          relay_link_send_piece      (RelayLink               *self,
                                          const RelayFramePiece   *piece);
void          relay_link_flush           (RelayLink               *self);
gsize         relay_link_get_queued      (RelayLink               *self);
gsize         relay_link_get_waiting     (RelayLink               *self);
void          relay_link_set_paused      (RelayLink               *self,
                                          gboolean                 paused);

gint64        relay_link_get_untold_ms   (RelayLink               *self);
void          relay_link_probe           (RelayLink               *self);
gboolean      relay_link_has_ended       (RelayLink               *self);
guint         relay_link_get_close_code  (RelayLink               *self);
const char   *relay_link_get_close_reason (RelayLink              *self);

void          relay_link_close_async     (RelayLink               *self,
                                          guint                    code,
                                          const char              *reason,
                                          GAsyncReadyCallback      callback,
                                          gpointer                 user_data);
gboolean      relay_link_close_finish    (RelayLink               *self,
                                          GAsyncResult            *result,
                                          GError                 **error);

G_END_DECLS
