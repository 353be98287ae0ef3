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
  bench_sessions_connect (&session, 1, gateway_fd, platform_fd);
  bench_session_report_start (&session, 1);

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
