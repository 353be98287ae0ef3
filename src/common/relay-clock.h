/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "common/relay-macros.h"

G_BEGIN_DECLS

#define RELAY_TYPE_CLOCK (relay_clock_get_type ())

RELAY_PUBLIC
G_DECLARE_DERIVABLE_TYPE (RelayClock, relay_clock, RELAY, CLOCK, GObject)

/**
 * RelayClockClass:
 * @get_monotonic_ms: milliseconds that never go back, from an arbitrary start
 * @get_real_ms: milliseconds since the epoch
 * @add_timeout: has a function called after a delay; the handle is never 0
 * @remove_timeout: undoes @add_timeout
 *
 * Where all of Gangway's time comes from; tests put a clock of their own in its place.
 */
struct _RelayClockClass {
  GObjectClass parent_class;

  gint64 (*get_monotonic_ms) (RelayClock *self);
  gint64 (*get_real_ms)      (RelayClock *self);
  guint  (*add_timeout)      (RelayClock *self, guint delay_ms, GSourceOnceFunc func, gpointer user_data);
  void   (*remove_timeout)   (RelayClock *self, guint handle);
};

RELAY_PUBLIC
RelayClock *relay_clock_new              (void);

RELAY_PUBLIC
gint64      relay_clock_get_monotonic_ms (RelayClock      *self);
RELAY_PUBLIC
gint64      relay_clock_get_real_ms      (RelayClock      *self);

#ifndef __GI_SCANNER__ /* not exported */
guint       relay_clock_add_timeout      (RelayClock      *self,
                                          guint            delay_ms,
                                          GSourceOnceFunc  func,
                                          gpointer         user_data);
void        relay_clock_clear_timeout    (RelayClock      *self,
                                          guint           *handle);
#endif

G_END_DECLS
