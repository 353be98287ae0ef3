/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-mark.h"

#include "bench-util.h"

#include <stdlib.h>
#include <string.h>
#include <time.h>

static guint64
driver_cpu_ns (void)
{
  struct timespec used;

  clock_gettime (CLOCK_PROCESS_CPUTIME_ID, &used);
  return (guint64) used.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) used.tv_nsec;
}

/**
 * bench_mark_set:
 * @self: (out caller-allocates): a mark
 * @session: where a stage begins
 *
 * Notes what was used up to now.
 */
void
bench_mark_set (BenchMark *self, const BenchSession *session)
{
  bench_child_usage (&session->child, &self->usage);
  self->driver_ns = driver_cpu_ns ();
  self->wall_ns = bench_now_ns ();
}

/**
 * bench_mark_report:
 * @self: what the stage started from
 * @session: where it ends
 * @name: the stage's
 * @n: how many of whatever it is about
 *
 * Reports what happened since, divided by @n by whoever reads it. The closing brace is the caller's.
 */
void
bench_mark_report (const BenchMark *self, BenchSession *session, const char *name, guint64 n)
{
  BenchMark now;

  bench_mark_set (&now, session);
  g_string_append_printf (session->report,
                          "%s{\"stage\":\"%s\",\"n\":%" G_GUINT64_FORMAT ",\"wall_ns\":%" G_GINT64_FORMAT
                          ",\"cpu_ns\":%" G_GUINT64_FORMAT ",\"kernel_ns\":%" G_GUINT64_FORMAT
                          ",\"driver_ns\":%" G_GUINT64_FORMAT ",\"peak_kib\":%" G_GUINT64_FORMAT,
                          g_str_has_suffix (session->report->str, "[") ? "" : ",\n", name, n, now.wall_ns - self->wall_ns,
                          now.usage.cpu_ns - self->usage.cpu_ns,
                          now.usage.kernel_ns - MIN (now.usage.kernel_ns, self->usage.kernel_ns),
                          now.driver_ns - self->driver_ns, bench_child_memory_kib (&session->child, "VmHWM"));
}

static int
compare_times (const void *a, const void *b)
{
  gint64 first = *(const gint64 *) a, second = *(const gint64 *) b;

  return first < second ? -1 : first > second;
}

/**
 * bench_report_times:
 * @session: where a stage has been reported
 * @times_ns: how long each of its things took; sorted here
 * @n: how many they are, at least one
 *
 * Adds what half of them and 99 of 100 did not exceed.
 */
void
bench_report_times (BenchSession *session, gint64 *times_ns, guint n)
{
  qsort (times_ns, n, sizeof *times_ns, compare_times);
  g_string_append_printf (session->report, ",\"p50_ns\":%" G_GINT64_FORMAT ",\"p99_ns\":%" G_GINT64_FORMAT, times_ns[n / 2],
                          times_ns[(guint64) n * 99 / 100]);
}
