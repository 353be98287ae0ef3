/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Plays the gateway and the platform to a relay that it starts, and sends a counted number of frames in a steady rhythm, so
 * that whoever counts the relay's instructions can tell what one frame takes. tests/bench/cost starts it.
 */

#include "config.h"

#include "bench-frames.h"
#include "bench-options.h"
#include "bench-stages.h"
#include "bench-util.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* How many streams run while frames are counted that pass beside them. */
#define N_STREAMS 10

/* Has the relay ask the gateway something, after which it has to glance at what the gateway sends. */
static void
ask_once (BenchSession *self)
{
  static const char request[] = "{\"type\":\"req\",\"id\":\"1\",\"method\":\"platform.chat.history\",\"params\":{\"userId\":"
                                "\"user\"}}";
  g_autoptr (GString) request_frame = bench_frame_new (1, request, strlen (request));
  g_autoptr (GString) response_frame = NULL;
  g_autoptr (BenchMessage) asked = NULL;
  g_autoptr (BenchMessage) answered = NULL;
  g_autofree char *response = NULL;
  g_autofree char *id = NULL;

  bench_link_send (&self->platform, request_frame);
  asked = bench_link_next (&self->gateway, "request of the relay's own");
  id = bench_message_dup_value (asked, "\"id\":\"");
  response = g_strdup_printf ("{\"type\":\"res\",\"id\":\"%s\",\"ok\":true,\"payload\":{}}", id);
  response_frame = bench_frame_new (1, response, strlen (response));
  bench_link_send (&self->gateway, response_frame);
  answered = bench_link_next (&self->platform, "answer");
  if (strstr (answered->head->str, "\"ok\":true") == NULL)
    bench_fail ("the relay answered: %s", answered->head->str);
}

/* One write, and nothing more before all of it has come out on the other side, as it was sent. */
static void
send_batch (BenchLink *from, BenchLink *to, const GString *batch, guint n_frames, const GString *payload)
{
  bench_link_send (from, batch);
  for (guint i = 0; i < n_frames; i++)
    {
      g_autoptr (BenchMessage) message = bench_link_next (to, "frame");

      if (message->length != payload->len || memcmp (message->head->str, payload->str, payload->len) != 0)
        bench_fail ("a frame of %" G_GSIZE_FORMAT " bytes was not passed on verbatim", payload->len);
    }
}

/* down, asked, streaming or up:BYTES:FRAMES-IN-A-BATCH:BATCHES */
static void
run (BenchSession *self, const char *stage)
{
  g_auto (GStrv) words = g_strsplit (stage, ":", 4);
  gboolean up = g_str_equal (words[0], "up");
  BenchLink *from = up ? &self->platform : &self->gateway;
  BenchLink *to = up ? &self->gateway : &self->platform;
  g_autoptr (GString) payload = NULL;
  g_autoptr (GString) frame = NULL;
  g_autoptr (GString) batch = g_string_new (NULL);
  guint n_frames;

  if (g_strv_length (words) != 4)
    bench_fail ("a stage has four parts: %s", stage);
  payload = up ? bench_request_new ((gsize) atoi (words[1])) : bench_event_new ((gsize) atoi (words[1]));
  frame = bench_frame_new (1, payload->str, payload->len);
  n_frames = (guint) atoi (words[2]);
  for (guint i = 0; i < n_frames; i++)
    g_string_append_len (batch, frame->str, (gssize) frame->len);

  if (g_str_equal (words[0], "asked"))
    ask_once (self);
  if (g_str_equal (words[0], "streaming"))
    bench_session_start_streams (self, N_STREAMS);
  for (int left = atoi (words[3]); left > 0; left--)
    send_batch (from, to, batch, n_frames, payload);
}

int
main (int argc, char **argv)
{
  BenchSession session = { 0 };
  BenchOptions options;

  setlocale (LC_ALL, "C");
  signal (SIGPIPE, SIG_IGN);
  bench_options_parse (&options, "- send a relay so many frames", NULL, &argc, &argv);

  bench_link_init (&session.gateway, "gateway", TRUE);
  bench_link_init (&session.platform, "platform", TRUE);
  bench_child_start (&session.child, options.peer);
  bench_sessions_connect (&session, 1, options.gateway_fd, options.platform_fd);
  for (char **stage = options.stages; stage != NULL && *stage != NULL; stage++)
    run (&session, *stage);

  bench_child_stop (&session.child);
  bench_link_clear (&session.gateway);
  bench_link_clear (&session.platform);
  puts ("{}");
  bench_options_clear (&options);
  return EXIT_SUCCESS;
}
