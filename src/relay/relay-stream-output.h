/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-stream.h"

G_BEGIN_DECLS

#define RELAY_TYPE_STREAM_OUTPUT (relay_stream_output_get_type ())
G_DECLARE_FINAL_TYPE (RelayStreamOutput, relay_stream_output, RELAY, STREAM_OUTPUT, GOutputStream)

RelayStreamOutput *relay_stream_output_new        (GOutputStream          *base,
                                                   GSocket                *socket,
                                                   const RelayStreamHooks *hooks,
                                                   gpointer                user_data);
guint8            *relay_stream_output_reserve    (RelayStreamOutput      *self,
                                                   gsize                   size);
void               relay_stream_output_commit     (RelayStreamOutput      *self,
                                                   gsize                   length);
void               relay_stream_output_flush_later (RelayStreamOutput     *self);
void               relay_stream_output_flush      (RelayStreamOutput      *self);
gsize              relay_stream_output_get_queued (RelayStreamOutput      *self);
void               relay_stream_output_shut       (RelayStreamOutput      *self);

G_END_DECLS
