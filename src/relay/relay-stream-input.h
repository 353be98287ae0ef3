/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-stream.h"

G_BEGIN_DECLS

#define RELAY_TYPE_STREAM_INPUT (relay_stream_input_get_type ())
G_DECLARE_FINAL_TYPE (RelayStreamInput, relay_stream_input, RELAY, STREAM_INPUT, GInputStream)

RelayStreamInput *relay_stream_input_new        (GInputStream           *base,
                                                 GSocket                *socket,
                                                 const RelayStreamHooks *hooks,
                                                 gpointer                user_data);
void              relay_stream_input_start      (RelayStreamInput       *self,
                                                 GBytes                 *leftover);
void              relay_stream_input_pass       (RelayStreamInput       *self,
                                                 const guint8           *data,
                                                 gsize                   length);
void              relay_stream_input_set_paused (RelayStreamInput       *self,
                                                 gboolean                paused);
void              relay_stream_input_discard    (RelayStreamInput       *self);
void              relay_stream_input_shut       (RelayStreamInput       *self);

G_END_DECLS
