/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What one frame of a client can need beyond its payload: a 64-bit length and a mask. */
#define RELAY_FRAME_MAX_HEADER 14

typedef enum {
  RELAY_OPCODE_TEXT = 0x1,
  RELAY_OPCODE_BINARY = 0x2,
  RELAY_OPCODE_PING = 0x9,
} RelayOpcode;

/**
 * RelayFramePiece:
 * @opcode: of the message
 * @data: (nullable): the payload's bytes
 * @length: how many; only the first and the last piece of a message can be empty
 * @is_first: whether the message begins with it
 * @is_last: whether the message ends with it
 *
 * A message, or a piece of one, of any length that was convenient: how a message is cut into frames means nothing.
 */
typedef struct {
  RelayOpcode opcode;
  const guint8 *data;
  gsize length;
  gboolean is_first;
  gboolean is_last;
} RelayFramePiece;

static inline RelayFramePiece
relay_frame_whole (RelayOpcode opcode, gconstpointer data, gsize length)
{
  return (RelayFramePiece){ opcode, data, length, TRUE, TRUE };
}

gsize relay_frame_write (guint8                *buffer,
                         const RelayFramePiece *piece);

G_END_DECLS
