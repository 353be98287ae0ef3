/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-child.h"

#include "bench-util.h"

#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/prctl.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

/* Under valgrind a peer has much to write down before it ends. */
#define STOP_TIMEOUT_MS 15000

static pid_t running_group; /* what is left behind if the driver fails */

static void
kill_running_group (void)
{
  if (running_group > 0)
    kill (-running_group, SIGKILL);
}

/* Nothing that the driver waits for can come any more. Only what a signal handler may call. */
static void
ended_by_itself (int signal_number)
{
  static const char message[] = "bench-driver: the peer ended by itself\n";

  if (write (STDERR_FILENO, message, sizeof message - 1) > 0)
    kill_running_group ();
  _exit (EXIT_FAILURE);
}

/* The driver gets the first CPU that may be used and the peer the last. */
static void
choose_cpus (BenchChild *self)
{
  cpu_set_t allowed;
  int first = -1, last = -1;

  if (sched_getaffinity (0, sizeof allowed, &allowed) < 0)
    bench_fail ("reading the CPUs that may be used: %s", g_strerror (errno));
  for (int i = 0; i < CPU_SETSIZE; i++)
    if (CPU_ISSET (i, &allowed))
      {
        first = first < 0 ? i : first;
        last = i;
      }

  CPU_ZERO (&self->driver_cpu);
  CPU_ZERO (&self->cpu);
  CPU_SET (first, &self->driver_cpu);
  CPU_SET (last, &self->cpu);
}

/**
 * bench_child_place_driver:
 * @self: the peer
 * @place: where to
 *
 * Moves the driver to a CPU.
 */
void
bench_child_place_driver (const BenchChild *self, BenchPlace place)
{
  const cpu_set_t *cpu = place == BENCH_PLACE_BESIDE ? &self->cpu : &self->driver_cpu;

  if (sched_setaffinity (0, sizeof *cpu, cpu) < 0)
    bench_fail ("moving the driver to another CPU: %s", g_strerror (errno));
}

/**
 * bench_child_start:
 * @self: the peer to be
 * @argv: its command line
 *
 * Starts the peer on a CPU of its own, its standard output joined with its standard error. Neither
 * outlives the other.
 */
void
bench_child_start (BenchChild *self, char **argv)
{
  const struct sigaction on_end = { .sa_handler = ended_by_itself, .sa_flags = SA_NOCLDSTOP };

  choose_cpus (self);
  bench_child_place_driver (self, BENCH_PLACE_APART);
  atexit (kill_running_group);
  sigaction (SIGCHLD, &on_end, NULL);
  self->started_ns = bench_now_ns ();
  self->pid = fork ();
  if (self->pid < 0)
    bench_fail ("starting %s: %s", argv[0], g_strerror (errno));

  if (self->pid == 0)
    {
      setpgid (0, 0);
      prctl (PR_SET_PDEATHSIG, SIGKILL);
      sched_setaffinity (0, sizeof self->cpu, &self->cpu);
      dup2 (STDERR_FILENO, STDOUT_FILENO);
      execvp (argv[0], argv);
      fprintf (stderr, "%s: %s\n", argv[0], g_strerror (errno));
      _exit (127);
    }
  setpgid (self->pid, self->pid);
  running_group = self->pid;
}

/**
 * bench_child_stop:
 * @self: the peer
 *
 * Asks the peer to end, waits for that, and kills what does not listen.
 */
void
bench_child_stop (BenchChild *self)
{
  guint waited_ms = 0;

  signal (SIGCHLD, SIG_DFL);
  kill (-self->pid, SIGTERM);
  while (waitpid (self->pid, NULL, WNOHANG) == 0)
    {
      if (waited_ms >= STOP_TIMEOUT_MS)
        kill (-self->pid, SIGKILL);
      bench_sleep_ms (10);
      waited_ms += 10;
    }
  running_group = 0;
  self->pid = 0;
}

/* Inlined, it makes gcc 12 believe at -O3 that the address of contents is what is returned. */
static G_NO_INLINE char *
read_proc (const BenchChild *self, const char *file)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/%s", self->pid, file);
  g_autoptr (GError) error = NULL;
  char *contents = NULL;

  if (!g_file_get_contents (path, &contents, NULL, &error))
    bench_fail ("looking at the peer: %s", error->message);
  return contents;
}

/* The tick counts are the kernel's own split of the exact run time, so only their proportion is used. */
static double
kernel_share (const BenchChild *self)
{
  g_autofree char *stat = read_proc (self, "stat");
  const char *after_name = strrchr (stat, ')');
  unsigned long user = 0, kernel = 0;

  if (after_name == NULL ||
      sscanf (after_name + 2, "%*c %*d %*d %*d %*d %*d %*u %*u %*u %*u %*u %lu %lu", &user, &kernel) != 2)
    bench_fail ("cannot read the peer's times from: %s", stat);
  return user + kernel == 0 ? 0 : (double) kernel / (double) (user + kernel);
}

/**
 * bench_child_usage:
 * @self: the peer
 * @usage: (out caller-allocates): what it has used since it was started
 *
 * Reads the peer's CPU time, with the scheduler's nanoseconds rather than clock ticks.
 */
void
bench_child_usage (const BenchChild *self, BenchUsage *usage)
{
  struct timespec used;
  clockid_t clock_id;

  if (clock_getcpuclockid (self->pid, &clock_id) != 0 || clock_gettime (clock_id, &used) < 0)
    bench_fail ("the peer's CPU clock cannot be read");

  usage->cpu_ns = (guint64) used.tv_sec * G_GUINT64_CONSTANT (1000000000) + (guint64) used.tv_nsec;
  usage->kernel_ns = (guint64) ((double) usage->cpu_ns * kernel_share (self));
}

/**
 * bench_child_memory_kib:
 * @self: the peer
 * @field: `VmRSS` (now) or `VmHWM` (the most since bench_child_reset_peak())
 *
 * Returns: the resident memory in KiB
 */
guint64
bench_child_memory_kib (const BenchChild *self, const char *field)
{
  g_autofree char *status = read_proc (self, "status");
  g_autofree char *label = g_strconcat ("\n", field, ":", NULL);
  const char *found = strstr (status, label);

  if (found == NULL)
    bench_fail ("no %s in the peer's status: it has ended", field);
  return g_ascii_strtoull (found + strlen (label), NULL, 10);
}

/**
 * bench_child_reset_peak:
 * @self: the peer
 *
 * Makes the kernel forget the highest resident memory seen so far.
 */
void
bench_child_reset_peak (const BenchChild *self)
{
  g_autofree char *path = g_strdup_printf ("/proc/%d/clear_refs", self->pid);
  FILE *file = fopen (path, "we");

  if (file == NULL || fputs ("5", file) < 0 || fclose (file) != 0)
    bench_fail ("resetting the peer's memory peak: %s", g_strerror (errno));
}
