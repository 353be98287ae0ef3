/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-load.h"

#include "bench-mark.h"
#include "bench-util.h"

#include <stdlib.h>
#include <string.h>

static void
check_answers (BenchLink *platform, guint64 least_bytes)
{
  while (!g_queue_is_empty (&platform->messages))
    {
      g_autoptr (BenchMessage) answer = g_queue_pop_head (&platform->messages);

      if (strstr (answer->head->str, "\"ok\":true") == NULL || answer->length < least_bytes)
        bench_fail ("workspace.read was answered: %s", answer->head->str);
    }
}

/**
 * bench_load_reads:
 * @self: the load, of two accounts
 * @words: `reads`, how many, the path of a file, and how many bytes it has
 *
 * Measures files that are asked for all at once on the first account, and meanwhile the round trips of the second one.
 */
void
bench_load_reads (BenchLoad *self, char **words)
{
  BenchSession *first = &self->accounts[0];
  guint64 n_awaited = first->platform.n_messages + (guint64) atoi (words[1]);
  g_autoptr (GArray) times_ns = g_array_new (FALSE, FALSE, sizeof (gint64));
  BenchOutbox requests;
  BenchMark mark;

  bench_outbox_init (&requests);
  for (int i = 0; i < atoi (words[1]); i++)
    bench_outbox_add (&requests,
                      "{\"type\":\"req\",\"id\":\"f%d\",\"method\":\"workspace.read\",\"params\":{\"sessionKey\":"
                      "\"agent:main:x\",\"path\":\"%s\"}}",
                      i, words[2]);

  bench_mark_set (&mark, first);
  while (!bench_outbox_write (&requests, &first->platform) || first->platform.n_messages < n_awaited)
    {
      gint64 taken_ns = bench_load_trip (self, 1);

      g_array_append_val (times_ns, taken_ns);
    }
  bench_mark_report (&mark, first, "reads", (guint64) atoi (words[1]));
  bench_report_times (first, (gint64 *) (gpointer) times_ns->data, times_ns->len);
  check_answers (&first->platform, g_ascii_strtoull (words[3], NULL, 10));
  bench_outbox_clear (&requests);
}
