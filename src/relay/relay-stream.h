/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define RELAY_TYPE_STREAM (relay_stream_get_type ())
G_DECLARE_FINAL_TYPE (RelayStream, relay_stream, RELAY, STREAM, GIOStream)

/**
 * RelayStreamHooks:
 * @filled: bytes came in; returns how many were taken. What was not is offered again once the stream is not paused, so
 *   that an owner who does not take all must have paused it
 * @read_done: what came in, or was passed on, was dealt with for this turn
 * @drained: bytes left the queue
 * @failed: a write failed; nothing more will leave
 *
 * What the owner of a stream is told. All run in the main context, none may be %NULL.
 */
typedef struct {
  gsize (*filled)    (const guint8 *data, gsize length, gpointer user_data);
  void  (*read_done) (gpointer user_data);
  void  (*drained)   (gpointer user_data);
  void  (*failed)    (const GError *error, gpointer user_data);
} RelayStreamHooks;

RelayStream *relay_stream_new         (GIOStream              *base,
                                       GSocket                *socket,
                                       const RelayStreamHooks *hooks,
                                       gpointer                user_data);
void         relay_stream_start       (RelayStream            *self,
                                       GBytes                 *leftover);
void         relay_stream_pass        (RelayStream            *self,
                                       const guint8           *data,
                                       gsize                   length);
void         relay_stream_set_paused  (RelayStream            *self,
                                       gboolean                paused);
void         relay_stream_discard_input (RelayStream        *self);
guint8      *relay_stream_reserve     (RelayStream            *self,
                                       gsize                   size);
void         relay_stream_commit      (RelayStream            *self,
                                       gsize                   length);
void         relay_stream_flush_later (RelayStream           *self);
void         relay_stream_flush       (RelayStream            *self);
gsize        relay_stream_get_queued  (RelayStream            *self);
void         relay_stream_abort       (RelayStream            *self);

G_END_DECLS
