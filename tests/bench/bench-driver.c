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

#include "bench-options.h"
#include "bench-stages.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static gboolean unframed;

static const GOptionEntry entries[] = {
  { "unframed", 0, 0, G_OPTION_ARG_NONE, &unframed, "The peer copies bytes and speaks no WebSocket", NULL },
  { NULL },
};

int
main (int argc, char **argv)
{
  BenchSession session = { 0 };
  BenchOptions options;

  setlocale (LC_ALL, "C");
  signal (SIGPIPE, SIG_IGN);
  bench_options_parse (&options, "- measure a relay", entries, &argc, &argv);

  bench_link_init (&session.gateway, "gateway", !unframed);
  bench_link_init (&session.platform, "platform", !unframed);
  bench_child_start (&session.child, options.peer);
  bench_sessions_connect (&session, 1, options.gateway_fd, options.platform_fd);
  bench_session_report_start (&session, 1);

  for (char **stage = options.stages; stage != NULL && *stage != NULL; stage++)
    bench_session_run (&session, *stage);

  bench_child_stop (&session.child);
  bench_link_clear (&session.gateway);
  bench_link_clear (&session.platform);
  printf ("%s]}\n", session.report->str);
  g_string_free (session.report, TRUE);
  bench_options_clear (&options);
  return EXIT_SUCCESS;
}
