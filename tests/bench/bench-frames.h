/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

/* Frames of one size, ready to be written: encoded once, sent again and again. */
typedef struct {
  GString *bytes;   /* (owned) whole frames, one behind the other */
  GString *payload; /* (owned) what each of them carries */
  gsize frame_bytes;
} BenchBatch;

GString *bench_frame_new   (guint8 opcode, const char *payload, gsize length);
GString *bench_event_new   (gsize length);
GString *bench_request_new (gsize length);
GString *bench_hello_new   (void);
void     bench_batch_init  (BenchBatch *self, GString *payload);
void     bench_batch_clear (BenchBatch *self);
