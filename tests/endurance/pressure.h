/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-platform.h"

G_BEGIN_DECLS

/**
 * PressureFlow:
 *
 * Frames of 200 bytes, 64 KiB and 4 MiB from one connection to another, each filled with what only it has at only that place.
 * What comes out must be what went in, in order.
 */
typedef struct {
  FakeConnection *from; /* (owned) */
  FakeConnection *to;   /* (owned) */
  guint n_frames;
  guint n_sent;
  guint n_received;
  guint64 n_bytes;      /* received */
  gsize n_queued;       /* at the sender, when last looked at */
  gint64 moved_us;      /* when it last changed */
  guint send_id;
  gulong message_id;
} PressureFlow;

void     pressure_flow_begin          (PressureFlow   *self,
                                       FakeConnection *from,
                                       FakeConnection *to,
                                       guint64         n_bytes);
gboolean pressure_flow_is_done        (PressureFlow   *self);
void     pressure_flow_wait_for_stall (PressureFlow   *self);
void     pressure_flow_end            (PressureFlow   *self);

/**
 * PressureNeighbour:
 *
 * Another account of the same service, which asks and pings all the while.
 */
typedef struct {
  FakePlatform *platform;     /* (unowned) */
  FakeConnection *connection; /* (owned) */
  char *id;                   /* (owned) (nullable) of the request under way */
  gint64 sent_us;
  gint64 worst_us;            /* the longest that an answer took */
  guint n_answers;
  guint tick_id;
} PressureNeighbour;

void pressure_neighbour_begin (PressureNeighbour *self,
                               FakePlatform      *platform);
void pressure_neighbour_end   (PressureNeighbour *self);

G_END_DECLS
