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

gsize relay_frame_write (guint8        *buffer,
                         RelayOpcode    opcode,
                         gconstpointer  payload,
                         gsize          length);

/**
 * RelayFrameMeter:
 *
 * Follows the frame headers in what a server sends, to know how long the message under way is over all its fragments.
 */
typedef struct {
  guint8 header[10];
  guint8 have;           /* bytes of the header that came so far */
  guint64 payload_left;  /* bytes of the payload that are still to come */
  guint64 message_bytes; /* payload of the message under way, announced so far */
} RelayFrameMeter;

guint64 relay_frame_meter_feed (RelayFrameMeter *self,
                                const guint8    *data,
                                gsize            length);

/* The most that one fragment has of a frame that was split. */
#define RELAY_FRAME_MAX_FRAGMENT (32 * 1024)

/**
 * RelayFrameSplitter:
 *
 * Makes fragments of the large frames that a server sends. libsoup collects a frame in a buffer that stays as large as the
 * largest for as long as the connection, but lets go of a message that came in fragments.
 */
typedef struct {
  guint8 header[10];
  guint8 have;           /* bytes of the header that came so far */
  guint8 first_byte;     /* of the next fragment */
  guint8 fin;            /* of the last one */
  guint64 frame_left;    /* payload behind the fragment under way */
  guint64 fragment_left; /* payload of the fragment under way that is still to come */
} RelayFrameSplitter;

gsize   relay_frame_split      (RelayFrameSplitter *self,
                                const guint8      **data,
                                gsize              *length,
                                guint8             *buffer,
                                gsize               room);

G_END_DECLS
