/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-stages.h"

/* What a stage starts from. */
typedef struct {
  BenchUsage usage;
  gint64 wall_ns;
  guint64 driver_ns;
} BenchMark;

void bench_mark_set     (BenchMark *self, const BenchSession *session);
void bench_mark_report  (const BenchMark *self, BenchSession *session, const char *name, guint64 n);
void bench_report_times (BenchSession *session, gint64 *times_ns, guint n);
