/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-options.h"

#include "bench-util.h"

/**
 * bench_options_parse:
 * @self: (out caller-allocates): what was told
 * @summary: what the program does, for its help
 * @more: (nullable): the options that only this program has
 * @argc: (inout): as of `main ()`
 * @argv: (inout): as of `main ()`
 *
 * Reads the options. Without those that are needed the run fails.
 */
void
bench_options_parse (BenchOptions *self, const char *summary, const GOptionEntry *more, int *argc, char ***argv)
{
  const GOptionEntry entries[] = {
    { "gateway-fd", 0, 0, G_OPTION_ARG_INT, &self->gateway_fd, "Listening socket that the peer dials as the gateway", "FD" },
    { "platform-fd", 0, 0, G_OPTION_ARG_INT, &self->platform_fd, "Listening socket that the peer dials as the platform",
      "FD" },
    { "stage", 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->stages, "What to do, any number of times", "STAGE" },
    { G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &self->peer, NULL, "-- COMMAND…" },
    { NULL },
  };
  g_autoptr (GOptionContext) context = g_option_context_new (summary);
  g_autoptr (GError) error = NULL;

  *self = (BenchOptions){ .gateway_fd = -1, .platform_fd = -1 };
  g_option_context_add_main_entries (context, entries, NULL);
  if (more != NULL)
    g_option_context_add_main_entries (context, more, NULL);
  if (!g_option_context_parse (context, argc, argv, &error))
    bench_fail ("%s", error->message);
  if (self->gateway_fd < 0 || self->platform_fd < 0 || self->peer == NULL)
    bench_fail ("--gateway-fd, --platform-fd and a command are needed");
}

/**
 * bench_options_clear:
 * @self: what was told
 *
 * Frees what @self holds.
 */
void
bench_options_clear (BenchOptions *self)
{
  g_strfreev (self->stages);
  g_strfreev (self->peer);
}
