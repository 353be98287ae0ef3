/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-frames.h"

#include <string.h>

#define BATCH_BYTES (256 * 1024)
#define HELLO_BYTES (16 * 1024)

/*
 * What an agent writes: lines of prose with a quotation now and then, so that strings hold escapes as real ones do. It is
 * ASCII, which JavaScript engines keep in one byte per character: the peers at their best.
 */
static const char prose[] =
    "The build finished without warnings, and all of the tests passed on both machines.\\n"
    "I looked at \\\"main.c\\\" first, because the stack trace pointed there, but the cause is one level up.\\n"
    "- the timer is started before the link is open, and nobody stops it on the way out;\\n"
    "- the second caller sees a half-closed socket and waits for an answer that cannot come.\\n";

/* Closes @json with @tail, with as much prose before it as makes it @length bytes. */
static GString *
pad (GString *json, const char *tail, gsize length)
{
  gsize room;

  g_assert (json->len + strlen (tail) <= length);
  room = length - json->len - strlen (tail);
  while (room > 0)
    {
      gsize part = MIN (room, sizeof prose - 1);

      g_string_append_len (json, prose, (gssize) part);
      room -= part;
    }
  /* an escape that was cut in two would swallow the closing quote */
  if (json->str[json->len - 1] == '\\')
    json->str[json->len - 1] = '.';

  return g_string_append (json, tail);
}

/**
 * bench_event_new:
 * @length: how many bytes, at least 150
 *
 * Returns: (transfer full): what the gateway sends most: an agent's text as it grows
 */
GString *
bench_event_new (gsize length)
{
  GString *json = g_string_new ("{\"type\":\"event\",\"event\":\"agent\",\"payload\":{\"runId\":\"2f8a6c1e\",\"seq\":17,"
                                "\"stream\":\"assistant\",\"data\":{\"text\":\"");

  return pad (json, "\"}},\"seq\":90210}", length);
}

/**
 * bench_request_new:
 * @length: how many bytes, at least 150
 *
 * Returns: (transfer full): a request of the platform that the relay passes on
 */
GString *
bench_request_new (gsize length)
{
  GString *json =
      g_string_new ("{\"type\":\"req\",\"id\":\"00000000\",\"method\":\"chat.inject\",\"params\":{\"sessionKey\":"
                    "\"agent:main:main\",\"message\":\"");

  return pad (json, "\"}}", length);
}

/**
 * bench_hello_new:
 *
 * Returns: (transfer full): a `hello-ok` of the size that the real gateway's has
 */
GString *
bench_hello_new (void)
{
  GString *json = g_string_new ("{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":true,\"payload\":{\"type\":\"hello-ok\","
                                "\"protocol\":4,\"server\":{\"version\":\"bench\",\"connId\":\"bench\"},"
                                "\"policy\":{\"maxPayload\":26214400,\"maxBufferedBytes\":52428800,"
                                "\"tickIntervalMs\":30000},\"snapshot\":{\"text\":\"");

  return pad (json, "\"}}}", HELLO_BYTES);
}

/**
 * bench_frame_new:
 * @opcode: 1 for text, 10 for a pong
 * @payload: what it carries
 * @length: bytes of @payload
 *
 * Returns: (transfer full): one whole frame as a server sends it, not masked
 */
GString *
bench_frame_new (guint8 opcode, const char *payload, gsize length)
{
  GString *frame = g_string_sized_new (length + 16);

  g_string_append_c (frame, (char) (0x80 | opcode));
  if (length < 126)
    g_string_append_c (frame, (char) length);
  else
    {
      guint n_bytes = length <= G_MAXUINT16 ? 2 : 8;

      g_string_append_c (frame, n_bytes == 2 ? 126 : 127);
      while (n_bytes-- > 0)
        g_string_append_c (frame, (char) ((guint64) length >> (8 * n_bytes)));
    }
  return g_string_append_len (frame, payload, (gssize) length);
}

/**
 * bench_batch_init:
 * @self: the batch to fill
 * @payload: (transfer full): what each frame carries
 *
 * Lays out enough equal frames for one big write.
 */
void
bench_batch_init (BenchBatch *self, GString *payload)
{
  g_autoptr (GString) frame = bench_frame_new (1, payload->str, payload->len);

  self->payload = payload;
  self->frame_bytes = frame->len;
  self->bytes = g_string_sized_new (BATCH_BYTES + frame->len);
  do
    g_string_append_len (self->bytes, frame->str, (gssize) frame->len);
  while (self->bytes->len < BATCH_BYTES);
}

/**
 * bench_batch_clear:
 * @self: a batch
 *
 * Frees what the batch holds.
 */
void
bench_batch_clear (BenchBatch *self)
{
  g_string_free (self->bytes, TRUE);
  g_string_free (self->payload, TRUE);
}
