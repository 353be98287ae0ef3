/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Plays the gateway and the platform to a relay that it starts, and measures what the relay takes. It is one thread that
 * writes frames laid out beforehand and reads headers only, so that the peer is what is measured.
 *
 * tests/bench/run starts it: that binds the two sockets, knows the peers, and makes tables of the JSON that comes out here.
 */

#include "config.h"

#include "bench-stages.h"
#include "bench-util.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

/* For what a peer still does after it has connected: reading files, collecting garbage. */
#define SETTLE_MS 300

static int gateway_fd = -1;
static int platform_fd = -1;
static gboolean unframed;
static char **stage_texts; /* (owned) (nullable) */
static char **peer_argv;   /* (owned) */

static const GOptionEntry entries[] = {
  { "gateway-fd", 0, 0, G_OPTION_ARG_INT, &gateway_fd, "Listening socket that the peer dials as the gateway", "FD" },
  { "platform-fd", 0, 0, G_OPTION_ARG_INT, &platform_fd, "Listening socket that the peer dials as the platform", "FD" },
  { "unframed", 0, 0, G_OPTION_ARG_NONE, &unframed, "The peer copies bytes and speaks no WebSocket", NULL },
  { "stage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &stage_texts, "What to measure, any number of times", "STAGE" },
  { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &peer_argv, NULL, "-- COMMAND…" },
  { NULL },
};

static void
parse_options (int *argc, char ***argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- measure a relay");
  g_autoptr (GError) error = NULL;

  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    bench_fail ("%s", error->message);
  if (gateway_fd < 0 || platform_fd < 0 || peer_argv == NULL)
    bench_fail ("--gateway-fd, --platform-fd and a command are needed");
}

/* From the start of the process to the moment at which the platform holds the gateway's hello. */
static void
report_start (BenchSession *self)
{
  gint64 connected_ns = bench_now_ns ();

  bench_sleep_ms (SETTLE_MS);
  self->report = g_string_new (NULL);
  g_string_append_printf (self->report, "{\"start_ns\":%" G_GINT64_FORMAT ",\"idle_kib\":%" G_GUINT64_FORMAT ",\"stages\":[",
                          connected_ns - self->child.started_ns, bench_child_memory_kib (&self->child, "VmRSS"));
}

int
main (int argc, char **argv)
{
  BenchSession session = { 0 };

  setlocale (LC_ALL, "C");
  signal (SIGPIPE, SIG_IGN);
  parse_options (&argc, &argv);

  bench_link_init (&session.gateway, "gateway", !unframed);
  bench_link_init (&session.platform, "platform", !unframed);
  bench_child_start (&session.child, peer_argv);
  bench_session_connect (&session, gateway_fd, platform_fd);
  report_start (&session);

  for (char **stage = stage_texts; stage != NULL && *stage != NULL; stage++)
    bench_session_run (&session, *stage);

  bench_child_stop (&session.child);
  bench_link_clear (&session.gateway);
  bench_link_clear (&session.platform);
  printf ("%s]}\n", session.report->str);
  g_string_free (session.report, TRUE);
  g_strfreev (stage_texts);
  g_strfreev (peer_argv);
  return EXIT_SUCCESS;
}
