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
#include "bench-stages.h"
#include "bench-util.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

static int gateway_fd = -1;
static int platform_fd = -1;
static char *stage;      /* (owned) */
static char **peer_argv; /* (owned) */

static const GOptionEntry entries[] = {
  { "gateway-fd", 0, 0, G_OPTION_ARG_INT, &gateway_fd, "Listening socket that the peer dials as the gateway", "FD" },
  { "platform-fd", 0, 0, G_OPTION_ARG_INT, &platform_fd, "Listening socket that the peer dials as the platform", "FD" },
  { "stage", 0, 0, G_OPTION_ARG_STRING, &stage, "down, asked or up:BYTES:FRAMES-IN-A-BATCH:BATCHES", "STAGE" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &peer_argv, NULL, "-- COMMAND…" },
  { NULL },
};

static void
parse_options (int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- send a relay so many frames");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    bench_fail ("%s", error->message);
  if (gateway_fd < 0 || platform_fd < 0 || stage == NULL || peer_argv == NULL)
    bench_fail ("--gateway-fd, --platform-fd, --stage and a command are needed");
}

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
  const char *id;

  bench_link_send (&self->platform, request_frame);
  asked = bench_link_next (&self->gateway, "request of the relay's own");
  id = strstr (asked->head->str, "\"id\":\"");
  if (id == NULL)
    bench_fail ("the relay asked without an id: %s", asked->head->str);
  id += strlen ("\"id\":\"");

  response = g_strdup_printf ("{\"type\":\"res\",\"id\":\"%.*s\",\"ok\":true,\"payload\":{}}", (int) strcspn (id, "\""), id);
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

static void
run (BenchSession *self)
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
  for (int left = atoi (words[3]); left > 0; left--)
    send_batch (from, to, batch, n_frames, payload);
}

int
main (int argc, char **argv)
{
  BenchSession session = { 0 };

  setlocale (LC_ALL, "C");
  signal (SIGPIPE, SIG_IGN);
  parse_options (&argc, &argv);

  bench_link_init (&session.gateway, "gateway", TRUE);
  bench_link_init (&session.platform, "platform", TRUE);
  bench_child_start (&session.child, peer_argv);
  bench_sessions_connect (&session, 1, gateway_fd, platform_fd);
  run (&session);

  bench_child_stop (&session.child);
  bench_link_clear (&session.gateway);
  bench_link_clear (&session.platform);
  puts ("{}");
  g_free (stage);
  g_strfreev (peer_argv);
  return EXIT_SUCCESS;
}
