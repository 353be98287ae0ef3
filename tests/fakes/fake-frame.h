/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

G_BEGIN_DECLS

/* What a frame's first byte says. */
#define FAKE_FIN 0x80
#define FAKE_CONTINUATION 0x0
#define FAKE_TEXT 0x1
#define FAKE_BINARY 0x2
#define FAKE_CLOSE 0x8
#define FAKE_PING 0x9
#define FAKE_PONG 0xa

#define FAKE_TYPE_MESSAGE (fake_message_get_type ())

/**
 * FakeMessage:
 * @opcode: %FAKE_TEXT or %FAKE_BINARY
 * @text: (owned): the bytes, unmasked, with a NUL behind them
 * @length: how many bytes there are
 * @longest_frame: payload bytes of the longest of the frames it came in
 *
 * A message that a client sent. Reference-counted.
 */
typedef struct {
  guint opcode;
  char *text;
  gsize length;
  gsize longest_frame;
} FakeMessage;

GType        fake_message_get_type   (void);
FakeMessage *fake_message_new        (guint              opcode,
                                      const guint8      *data,
                                      gsize              length,
                                      gsize              longest_frame);
FakeMessage *fake_message_ref        (FakeMessage       *self);
void         fake_message_unref      (FakeMessage       *self);
char        *fake_message_get        (const FakeMessage *self,
                                      const char        *path);
char        *fake_message_get_string (const FakeMessage *self,
                                      const char        *path);
gint64       fake_message_get_int    (const FakeMessage *self,
                                      const char        *path);
gboolean     fake_message_has        (const FakeMessage *self,
                                      const char        *path,
                                      const char        *value);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeMessage, fake_message_unref)

/**
 * FakeFrameHeader:
 * @first_byte: FIN, reserved bits and opcode
 * @is_masked: whether @mask counts
 * @length: of the payload, in bytes
 *
 * The head of a frame, read.
 */
typedef struct {
  guint8 first_byte;
  gboolean is_masked;
  guint8 mask[4];
  guint64 length;
} FakeFrameHeader;

void  fake_frame_append_header (GByteArray      *out,
                                guint            first_byte,
                                gsize            length);
void  fake_frame_append        (GByteArray      *out,
                                guint            first_byte,
                                gconstpointer    data,
                                gsize            length);
gsize fake_frame_read_header   (FakeFrameHeader *header,
                                const guint8    *data,
                                gsize            length);

G_END_DECLS
