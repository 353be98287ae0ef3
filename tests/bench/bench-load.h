/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "bench-stages.h"

#include <poll.h>

/* Any number of accounts of one peer. */
typedef struct {
  BenchSession *accounts; /* (owned) the first one has the peer and the report */
  guint n_accounts;
  struct pollfd *fds; /* (owned) of each account the gateway and the platform */
} BenchLoad;

/* Frames that wait to be written, as the socket takes them. */
typedef struct {
  GString *bytes; /* (owned) */
  gsize n_written;
} BenchOutbox;

void     bench_load_look   (BenchLoad *self);
void     bench_load_await  (BenchLoad *self, BenchLink *link, guint n_messages, const char *awaited);
gint64   bench_load_trip   (BenchLoad *self, guint account);

void     bench_outbox_init (BenchOutbox *self);
void     bench_outbox_clear (BenchOutbox *self);
void     bench_outbox_add  (BenchOutbox *self, const char *format, ...) G_GNUC_PRINTF (2, 3);
gboolean bench_outbox_write (BenchOutbox *self, BenchLink *link);

/* The stages, each in the file of its kind; words are the stage's text, split at colons. */
void bench_load_paced   (BenchLoad *self, char **words);
void bench_load_flood   (BenchLoad *self, char **words);
void bench_load_pending (BenchLoad *self, char **words);
void bench_load_streams (BenchLoad *self, char **words);
void bench_load_reads   (BenchLoad *self, char **words);
