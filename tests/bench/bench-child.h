/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <sched.h>
#include <sys/types.h>

/* The peer under test: a process that is started, watched and stopped. */
typedef struct {
  pid_t pid;
  gint64 started_ns;
  cpu_set_t cpu;        /* it has one CPU, on every machine */
  cpu_set_t driver_cpu; /* and the driver another, where there are two */
} BenchChild;

typedef enum {
  BENCH_PLACE_APART,
  BENCH_PLACE_BESIDE, /* on the peer's CPU */
} BenchPlace;

/* What a process has used up to now. */
typedef struct {
  guint64 cpu_ns;    /* all threads, also ended ones */
  guint64 kernel_ns; /* the kernel's part of it, from clock ticks: rough below a second */
} BenchUsage;

void    bench_child_start        (BenchChild *self, char **argv);
void    bench_child_stop         (BenchChild *self);
void    bench_child_place_driver (const BenchChild *self, BenchPlace place);
void    bench_child_usage        (const BenchChild *self, BenchUsage *usage);
guint64 bench_child_memory_kib   (const BenchChild *self, const char *field);
void    bench_child_reset_peak   (const BenchChild *self);
