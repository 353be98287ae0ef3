/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-clock.h"
#include "fakes/fake-receiver.h"
#include "fuzz-peer.h"
#include "relay/relay-pump.h"

G_BEGIN_DECLS

/* What the strict policy refuses; FUZZ_DENIED_TARGET is what platform.chat.history is translated to. */
#define FUZZ_DENIED_METHOD "denied.method"
#define FUZZ_DENIED_TARGET "chat.history"

/* How long the relay waits for the gateway, in the world's own time. */
#define FUZZ_REQUEST_TIMEOUT_MS 2000

/**
 * FuzzSide:
 * @peer: the far end of the link
 * @receiver: reads what is sent to it
 * @expected: (owned) (element-type RelayMessage): what must arrive there, in that order
 * @n_frames: how many messages arrived
 * @is_reading: whether it takes what is sent to it
 * @chunk: how many bytes it sends at a time
 */
typedef struct {
  FuzzPeer peer;
  FakeReceiver receiver;
  GQueue expected;
  guint64 n_frames;
  gboolean is_reading;
  gsize chunk;
} FuzzSide;

/**
 * FuzzCall:
 * @id: (owned): the request's raw id
 * @run_id: (owned) (nullable): the run that it starts, as raw JSON
 *
 * A request of the relay's own that the gateway has got.
 */
typedef struct {
  char *id;
  char *run_id;
} FuzzCall;

/**
 * FuzzWorld:
 * @asked: (owned) (element-type utf8 guint): raw ids of the requests that the relay has to answer, and how often it did
 * @calls: (owned) (element-type FuzzCall): what the gateway was asked by the relay
 * @is_strict: whether the policy in force is the strict one
 * @is_broken: whether a peer did what may end the relay at any time: then what was to arrive may not
 *
 * A relay between two peers that the fuzzer moves, with what must be seen of it from outside.
 */
typedef struct {
  FakeClock *clock;          /* (owned) */
  RelayPump *pump;           /* (owned) */
  RelayCounters *counters;   /* (owned) */
  GCancellable *cancellable; /* (owned) */
  FuzzSide gateway;
  FuzzSide platform;
  GHashTable *asked;
  GPtrArray *calls;
  gboolean is_strict;
  gboolean is_broken;
  gboolean has_ended;
} FuzzWorld;

void fuzz_world_begin      (FuzzWorld     *self);
void fuzz_world_end        (FuzzWorld     *self);
void fuzz_world_set_strict (FuzzWorld     *self,
                            gboolean       is_strict);
void fuzz_world_advance    (FuzzWorld     *self,
                            guint          by_ms);
void fuzz_world_settle     (FuzzWorld     *self);

void fuzz_world_expect     (FuzzSide      *receiver,
                            RelayOpcode    opcode,
                            const GString *message);
void fuzz_world_ask        (FuzzWorld     *self,
                            const char    *id);

G_END_DECLS
