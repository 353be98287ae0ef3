/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* A message that came in: its first bytes, and how long it was. */
typedef struct {
  GString *head; /* (owned) unmasked, at most the link's keep_bytes */
  guint64 length;
} BenchMessage;

/*
 * The server's end of one WebSocket. It reads frame headers and skips what lies between them; what a stage wants to look
 * at is kept only as far as keep_bytes says.
 */
typedef struct {
  const char *name; /* for messages: "gateway" or "platform" */
  int fd;           /* (owned) not blocking */
  gboolean framed;  /* FALSE: the peer copies bytes, so the frames that arrive are the driver's own, unmasked ones */

  gsize keep_bytes;
  GQueue messages;       /* (element-type BenchMessage) (owned) while keep_bytes is not 0 */
  guint64 n_messages;    /* all that ever arrived */
  guint64 payload_bytes; /* of those */

  /* the frame under way */
  guint8 header[14];
  guint header_bytes;
  guint8 opcode;
  gboolean final;
  guint8 mask[4];
  guint64 frame_bytes;
  guint64 frame_done;
  /* the message under way */
  GString *head; /* (owned) */
  guint64 message_bytes;
  GString *control; /* (owned) */

  gboolean mid_frame; /* a batch is under way and has not come to the end of a frame: no pong may go out now */
  GString *pongs;     /* (owned) waiting for that */
} BenchLink;

void bench_message_free (BenchMessage *message);
G_DEFINE_AUTOPTR_CLEANUP_FUNC (BenchMessage, bench_message_free)
char *bench_message_dup_value (const BenchMessage *message, const char *before);

void          bench_link_init          (BenchLink *self, const char *name, gboolean framed);
void          bench_link_clear         (BenchLink *self);
void          bench_link_accept        (BenchLink *self, int listening_fd);
gboolean      bench_link_receive       (BenchLink *self);
BenchMessage *bench_link_next          (BenchLink *self, const char *awaited);
void          bench_link_send          (BenchLink *self, const GString *frame);
gsize         bench_link_write         (BenchLink *self, const char *data, gsize length);
void          bench_link_set_mid_frame (BenchLink *self, gboolean mid_frame);
