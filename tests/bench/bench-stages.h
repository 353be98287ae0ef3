/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-child.h"
#include "bench-link.h"

#include <glib.h>

/* One account of a peer between the driver's two servers. The first one has the peer, and the report on it. */
typedef struct {
  BenchChild child;
  BenchLink gateway;
  BenchLink platform;
  GString *report; /* (owned) JSON, grows stage by stage */
  guint n_asked;
} BenchSession;

void bench_sessions_connect      (BenchSession *sessions, guint n, int gateway_fd, int platform_fd);
void bench_session_report_start  (BenchSession *self, guint n);
void bench_session_start_streams (BenchSession *self, guint n);
void bench_session_run           (BenchSession *self, const char *stage);
