/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-util.h"

#include <errno.h>
#include <poll.h>
#include <stdarg.h>
#include <stdio.h>
#include <stdlib.h>
#include <time.h>

/**
 * bench_fail:
 * @format: what was tried and what happened instead, printf style
 * @...: the arguments
 *
 * Says why this run is worth nothing, and ends it. What is registered with `atexit ()` stops the peer.
 */
void
bench_fail (const char *format, ...)
{
  va_list arguments;

  va_start (arguments, format);
  fputs ("bench-driver: ", stderr);
  vfprintf (stderr, format, arguments);
  fputc ('\n', stderr);
  va_end (arguments);

  exit (EXIT_FAILURE);
}

/**
 * bench_now_ns:
 *
 * Returns: the monotonic time in nanoseconds
 */
gint64
bench_now_ns (void)
{
  struct timespec now;

  clock_gettime (CLOCK_MONOTONIC, &now);
  return (gint64) now.tv_sec * G_GINT64_CONSTANT (1000000000) + now.tv_nsec;
}

/**
 * bench_wait_fd:
 * @fd: what to wait for
 * @events: as for `poll ()`
 * @awaited: what that would be, for the message when it does not come
 *
 * Waits until @fd is ready, or fails the run.
 */
void
bench_wait_fd (int fd, short events, const char *awaited)
{
  struct pollfd poll_fd = { .fd = fd, .events = events };
  int n_ready;

  do
    n_ready = poll (&poll_fd, 1, BENCH_PATIENCE_MS);
  while (n_ready < 0 && errno == EINTR);

  if (n_ready < 0)
    bench_fail ("waiting for %s: %s", awaited, g_strerror (errno));
  if (n_ready == 0)
    bench_fail ("no %s within %d s", awaited, BENCH_PATIENCE_MS / 1000);
}

/**
 * bench_sleep_ms:
 * @ms: how long
 *
 * Leaves the peer alone for a while.
 */
void
bench_sleep_ms (guint ms)
{
  g_usleep ((gulong) ms * 1000);
}
