/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* What any single thing may take before the driver gives up: far beyond the slowest peer. */
#define BENCH_PATIENCE_MS 30000

void   bench_fail     (const char *format, ...) G_GNUC_PRINTF (1, 2) G_GNUC_NORETURN;
gint64 bench_now_ns   (void);
void   bench_wait_fd  (int fd, short events, const char *awaited);
void   bench_sleep_ms (guint ms);
