/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-stages.h"

#include "bench-frames.h"
#include "bench-mark.h"
#include "bench-util.h"

#include <poll.h>
#include <stdlib.h>
#include <string.h>

#define NS_PER_MS G_GINT64_CONSTANT (1000000)
#define ROUND_TRIP_BYTES 200
#define ROUND_TRIP_WARM_UP 5000 /* until the engines have compiled what they run */
#define ID_OFFSET (strlen ("{\"type\":\"req\",\"id\":\""))
#define ASK_HEAD_BYTES 256

/* One frame, looked at as a whole: the rest of the stage only counts. */
static void
check_one (BenchLink *from, BenchLink *to, const BenchBatch *batch)
{
  g_autoptr (GString) frame = g_string_new_len (batch->bytes->str, (gssize) batch->frame_bytes);
  g_autoptr (BenchMessage) message = NULL;
  gsize sent = 0;

  to->keep_bytes = G_MAXSIZE;
  bench_link_set_mid_frame (from, TRUE);
  while (g_queue_is_empty (&to->messages))
    {
      struct pollfd both[] = { { .fd = from->fd, .events = sent < frame->len ? POLLOUT : 0 },
                               { .fd = to->fd, .events = POLLIN } };

      if (poll (both, G_N_ELEMENTS (both), BENCH_PATIENCE_MS) == 0)
        bench_fail ("a frame of %" G_GSIZE_FORMAT " bytes did not come through", frame->len);
      sent += bench_link_write (from, frame->str + sent, frame->len - sent);
      bench_link_receive (to);
    }
  bench_link_set_mid_frame (from, FALSE);

  message = g_queue_pop_head (&to->messages);
  if (message->length != batch->payload->len || memcmp (message->head->str, batch->payload->str, message->length) != 0)
    bench_fail ("a frame of %" G_GUINT64_FORMAT " bytes was not passed on verbatim", message->length);
  to->keep_bytes = 0;
}

/*
 * Sends as fast as the sockets take it for @ms, takes what comes out on the other side, and waits until all of it has
 * come. It never sleeps: waking a sleeping receiver costs the sender more than all else about a small frame, and a receiver
 * that sleeps now and then makes that a matter of luck. Returns how many frames came.
 */
static guint64
pour (BenchLink *from, BenchLink *to, const BenchBatch *batch, guint ms)
{
  gint64 until_ns = bench_now_ns () + ms * NS_PER_MS;
  gint64 given_up_ns = until_ns + BENCH_PATIENCE_MS * NS_PER_MS;
  guint64 first = to->n_messages, first_bytes = to->payload_bytes, n_sent = 0, n_received;
  gsize offset = 0; /* into the batch */
  gboolean sending = TRUE;

  while (sending || to->n_messages - first < n_sent)
    {
      struct pollfd both[] = { { .fd = from->fd, .events = sending ? POLLIN | POLLOUT : POLLIN },
                               { .fd = to->fd, .events = POLLIN } };

      if (poll (both, G_N_ELEMENTS (both), 0) == 0 && bench_now_ns () > given_up_ns)
        bench_fail ("%" G_GUINT64_FORMAT " frames did not come through", n_sent - (to->n_messages - first));
      if (both[0].revents & POLLIN)
        bench_link_receive (from);
      if (both[1].revents & POLLIN)
        bench_link_receive (to);
      if (both[0].revents & POLLOUT)
        {
          gsize end = batch->bytes->len, written;

          /* time is up: only what is left of the frame under way */
          if (bench_now_ns () >= until_ns)
            end = (offset + batch->frame_bytes - 1) / batch->frame_bytes * batch->frame_bytes;
          written = bench_link_write (from, batch->bytes->str + offset, end - offset);
          n_sent += (offset + written) / batch->frame_bytes - offset / batch->frame_bytes;
          offset = (offset + written) % batch->bytes->len;
          bench_link_set_mid_frame (from, offset % batch->frame_bytes != 0);
          sending = bench_now_ns () < until_ns || from->mid_frame;
        }
    }

  n_received = to->n_messages - first;
  if (n_received != n_sent || to->payload_bytes - first_bytes != n_sent * batch->payload->len)
    bench_fail ("%" G_GUINT64_FORMAT " frames were sent, but %" G_GUINT64_FORMAT " came out, or with other lengths", n_sent,
                n_received);
  return n_sent;
}

/* down:BYTES:WARM_UP_MS:MS, up:BYTES:WARM_UP_MS:MS, and streaming:… for down while streams run */
static void
run_pour (BenchSession *self, char **words)
{
  gboolean down = !g_str_equal (words[0], "up");
  BenchLink *from = down ? &self->gateway : &self->platform;
  BenchLink *to = down ? &self->platform : &self->gateway;
  gsize length = g_ascii_strtoull (words[1], NULL, 10);
  g_autofree char *name = g_strdup_printf ("%s:%s", words[0], words[1]);
  BenchBatch batch;
  BenchMark mark;
  guint64 n;

  bench_batch_init (&batch, down ? bench_event_new (length) : bench_request_new (length));
  bench_child_reset_peak (&self->child);
  check_one (from, to, &batch);
  pour (from, to, &batch, (guint) atoi (words[2]));

  bench_mark_set (&mark, self);
  n = pour (from, to, &batch, (guint) atoi (words[3]));
  bench_mark_report (&mark, self, name, n);
  g_string_append (self->report, "}");
  bench_batch_clear (&batch);
}

/* The platform asks, the gateway answers: the time between for one request, with nothing else going on. */
static gint64
round_trip (BenchSession *self, guint number, GString *request, GString *response)
{
  g_autoptr (BenchMessage) asked = NULL;
  g_autoptr (BenchMessage) answered = NULL;
  g_autofree char *id = g_strdup_printf ("%08u", number);
  gsize header_bytes = request->len - ROUND_TRIP_BYTES; /* the same for both: they have one length */
  gint64 started_ns, taken_ns;

  memcpy (request->str + header_bytes + ID_OFFSET, id, strlen (id));
  memcpy (response->str + header_bytes + ID_OFFSET, id, strlen (id));

  started_ns = bench_now_ns ();
  bench_link_send (&self->platform, request);
  asked = bench_link_next (&self->gateway, "request");
  bench_link_send (&self->gateway, response);
  answered = bench_link_next (&self->platform, "response");
  taken_ns = bench_now_ns () - started_ns;

  if (memcmp (asked->head->str, request->str + header_bytes, ROUND_TRIP_BYTES) != 0 ||
      memcmp (answered->head->str, response->str + header_bytes, ROUND_TRIP_BYTES) != 0)
    bench_fail ("round trip %u got another frame than its own", number);
  return taken_ns;
}

/*
 * roundtrip:COUNT. The driver moves beside the peer: on CPUs of their own each would sleep while the other works, and what
 * it takes to wake an idle CPU, above all a virtual one, is many times what is to be measured, and changes by the minute.
 */
static void
run_round_trips (BenchSession *self, char **words)
{
  guint n = (guint) atoi (words[1]);
  g_autofree gint64 *times_ns = g_new (gint64, n);
  g_autoptr (GString) request_json = bench_request_new (ROUND_TRIP_BYTES);
  g_autoptr (GString) request = bench_frame_new (1, request_json->str, request_json->len);
  g_autoptr (GString) response_json = g_string_new ("{\"type\":\"res\",\"id\":\"00000000\",\"ok\":true,\"payload\":\"");
  g_autoptr (GString) response = NULL;
  BenchMark mark;

  while (response_json->len < ROUND_TRIP_BYTES - 2)
    g_string_append_c (response_json, '.');
  g_string_append (response_json, "\"}");
  response = bench_frame_new (1, response_json->str, response_json->len);

  self->gateway.keep_bytes = self->platform.keep_bytes = G_MAXSIZE;
  bench_child_reset_peak (&self->child);
  bench_child_place_driver (&self->child, BENCH_PLACE_BESIDE);
  for (guint i = 0; i < ROUND_TRIP_WARM_UP; i++)
    round_trip (self, i, request, response);

  bench_mark_set (&mark, self);
  for (guint i = 0; i < n; i++)
    times_ns[i] = round_trip (self, i, request, response);
  bench_mark_report (&mark, self, "roundtrip", n);
  bench_child_place_driver (&self->child, BENCH_PLACE_APART);

  bench_report_times (self, times_ns, n);
  g_string_append (self->report, "}");
}

/* One request that the peer itself answers. Returns the bytes of the answer. */
static guint64
ask (BenchSession *self, const char *method, const char *params)
{
  g_autofree char *json = g_strdup_printf ("{\"type\":\"req\",\"id\":\"ask-%u\",\"method\":\"%s\",\"params\":%s}",
                                           ++self->n_asked, method, params);
  g_autoptr (GString) frame = bench_frame_new (1, json, strlen (json));
  g_autoptr (BenchMessage) answer = NULL;

  bench_link_send (&self->platform, frame);
  answer = bench_link_next (&self->platform, method);
  if (strstr (answer->head->str, "\"ok\":true") == NULL)
    bench_fail ("%s was answered: %s", method, answer->head->str);
  return answer->length;
}

/* ask:NAME:COUNT:METHOD:PARAMS, after one that is not counted */
static void
run_asks (BenchSession *self, char **words)
{
  guint n = (guint) atoi (words[2]);
  guint64 n_bytes = 0;
  BenchMark mark;

  self->platform.keep_bytes = ASK_HEAD_BYTES;
  ask (self, words[3], words[4]);
  bench_child_reset_peak (&self->child);

  bench_mark_set (&mark, self);
  for (guint i = 0; i < n; i++)
    n_bytes = ask (self, words[3], words[4]);
  bench_mark_report (&mark, self, words[1], n);
  g_string_append_printf (self->report, ",\"answer_bytes\":%" G_GUINT64_FORMAT "}", n_bytes);
}

/* streams:COUNT: that many run from now on, and nothing is heard of them */
static void
run_streams (BenchSession *self, char **words)
{
  bench_session_start_streams (self, (guint) atoi (words[1]));
}

static const struct {
  const char *name;
  guint n_words; /* of the stage's text, split at colons; the last one keeps its own */
  void (*run) (BenchSession *self, char **words);
} stages[] = {
  { "ask", 5, run_asks },       { "down", 4, run_pour },       { "roundtrip", 2, run_round_trips },
  { "streaming", 4, run_pour }, { "streams", 2, run_streams }, { "up", 4, run_pour },
};

/**
 * bench_session_run:
 * @self: a connected session
 * @stage: `down:`, `up:` or `streaming:BYTES:WARM_UP_MS:MS`, `roundtrip:COUNT`, `streams:COUNT`, or
 *   `ask:NAME:COUNT:METHOD:PARAMS`
 *
 * Runs one stage and adds its figures to the report.
 */
void
bench_session_run (BenchSession *self, const char *stage)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      g_auto (GStrv) words = g_strsplit (stage, ":", (int) stages[i].n_words);

      if (!g_str_equal (words[0], stages[i].name))
        continue;
      if (g_strv_length (words) != stages[i].n_words)
        bench_fail ("a stage %s has %u parts: %s", stages[i].name, stages[i].n_words, stage);
      stages[i].run (self, words);
      return;
    }
  bench_fail ("there is no such stage: %s", stage);
}
