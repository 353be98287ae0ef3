/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-frame.h"

G_BEGIN_DECLS

/**
 * FakeReceived:
 * @FAKE_RECEIVED_NOTHING: more bytes are needed
 * @FAKE_RECEIVED_MESSAGE: a whole message: `opcode`, `data` (empty when discarded), `longest_frame`
 * @FAKE_RECEIVED_CONTROL: a control frame: `opcode`, `data`
 * @FAKE_RECEIVED_VIOLATION: the client broke the protocol: `violation`
 *
 * What fake_receiver_feed() found.
 */
typedef enum {
  FAKE_RECEIVED_NOTHING,
  FAKE_RECEIVED_MESSAGE,
  FAKE_RECEIVED_CONTROL,
  FAKE_RECEIVED_VIOLATION,
} FakeReceived;

/**
 * FakeReceiver:
 * @discard: count messages but keep none of their bytes
 * @opcode: of what was received
 * @data: (owned): the payload of what was received
 * @longest_frame: payload bytes of the longest of the frames it came in
 * @n_bytes: how many bytes of message payload have come in all
 * @violation: (unowned) (nullable): what the client did wrong
 *
 * Puts a client's frames together to messages, and watches that they are as a client's must be.
 */
typedef struct {
  gboolean discard;
  guint opcode;
  GByteArray *data;
  gsize longest_frame;
  guint64 n_bytes;
  const char *violation;

  /*< private >*/
  GByteArray *head;    /* (owned) of a frame whose head is not complete */
  GByteArray *message; /* (owned) the fragments so far */
  GByteArray *control; /* (owned) the control frame under way */
  FakeFrameHeader frame;
  gboolean in_frame;
  guint64 frame_bytes; /* of it so far */
  guint message_opcode; /* 0 when no message is under way */
  gsize message_longest;
} FakeReceiver;

void         fake_receiver_init  (FakeReceiver  *self);
void         fake_receiver_clear (FakeReceiver  *self);
FakeReceived fake_receiver_feed  (FakeReceiver  *self,
                                  const guint8 **data,
                                  gsize         *length);

G_END_DECLS
