/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-frame.h"

G_BEGIN_DECLS

/**
 * RelayFrameReader:
 *
 * Takes apart what a server sends, in whatever pieces it comes, without copying or holding any of it.
 */
typedef struct {
  guint64 max_message;   /* bytes of the longest message, over all its fragments */

  guint8 header[10];     /* of the frame under way, as far as it came */
  guint8 n_header;
  gboolean in_payload;   /* the header is whole, and more is to come */
  guint64 payload_left;  /* bytes of the frame's payload that are still to come */
  RelayOpcode opcode;    /* of the message under way; 0 between messages */
  guint64 message_bytes; /* payload of the message under way, announced so far */
  gboolean has_begun;    /* a piece of the message was handed out */
  gboolean is_over;      /* the peer has closed, or broken a rule */
  guint fault;           /* the close code that says which rule; 0 if none */
} RelayFrameReader;

/**
 * RelayFrameRead:
 * @RELAY_FRAME_READ_NOTHING: nothing more can be told from what is there
 * @RELAY_FRAME_READ_PIECE: a piece of a message
 * @RELAY_FRAME_READ_CONTROL: bytes of a control frame, header and all, as they came
 * @RELAY_FRAME_READ_FAULT: the peer broke a rule, `fault` says which; nothing can be read any more
 *
 * What a reader came upon.
 */
typedef enum {
  RELAY_FRAME_READ_NOTHING,
  RELAY_FRAME_READ_PIECE,
  RELAY_FRAME_READ_CONTROL,
  RELAY_FRAME_READ_FAULT,
} RelayFrameRead;

RelayFrameRead relay_frame_reader_next (RelayFrameReader  *self,
                                        const guint8     **data,
                                        gsize             *length,
                                        RelayFramePiece   *piece);

G_END_DECLS
