/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* What every driver is told: where the peer dials, what to do then, and how to start it. */
typedef struct {
  int gateway_fd;
  int platform_fd;
  char **stages; /* (owned) (nullable) */
  char **peer;   /* (owned) a command */
} BenchOptions;

void bench_options_parse (BenchOptions *self, const char *summary, const GOptionEntry *more, int *argc, char ***argv);
void bench_options_clear (BenchOptions *self);
