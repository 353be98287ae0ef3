/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-clock.h"

/**
 * RelayClock:
 *
 * Where the time comes from: the system's clocks and GLib's timeouts, unless a subclass says otherwise.
 */
G_DEFINE_TYPE (RelayClock, relay_clock, G_TYPE_OBJECT)

static gint64
relay_clock_real_get_monotonic_ms (RelayClock *self)
{
  return g_get_monotonic_time () / 1000;
}

static gint64
relay_clock_real_get_real_ms (RelayClock *self)
{
  return g_get_real_time () / 1000;
}

static guint
relay_clock_real_add_timeout (RelayClock *self, guint delay_ms, GSourceOnceFunc func, gpointer user_data)
{
  return g_timeout_add_once (delay_ms, func, user_data);
}

static void
relay_clock_real_remove_timeout (RelayClock *self, guint handle)
{
  g_source_remove (handle);
}

static void
relay_clock_class_init (RelayClockClass *klass)
{
  klass->get_monotonic_ms = relay_clock_real_get_monotonic_ms;
  klass->get_real_ms = relay_clock_real_get_real_ms;
  klass->add_timeout = relay_clock_real_add_timeout;
  klass->remove_timeout = relay_clock_real_remove_timeout;
}

static void
relay_clock_init (RelayClock *self)
{
}

/**
 * relay_clock_new:
 *
 * Returns: (transfer full): the system's clock
 */
RelayClock *
relay_clock_new (void)
{
  return g_object_new (RELAY_TYPE_CLOCK, NULL);
}

/**
 * relay_clock_get_monotonic_ms:
 * @self: a clock
 *
 * Returns: milliseconds that never go back, from an arbitrary start
 */
gint64
relay_clock_get_monotonic_ms (RelayClock *self)
{
  return RELAY_CLOCK_GET_CLASS (self)->get_monotonic_ms (self);
}

/**
 * relay_clock_get_real_ms:
 * @self: a clock
 *
 * Returns: milliseconds since the epoch
 */
gint64
relay_clock_get_real_ms (RelayClock *self)
{
  return RELAY_CLOCK_GET_CLASS (self)->get_real_ms (self);
}

/**
 * relay_clock_add_timeout: (skip)
 * @self: a clock
 * @delay_ms: how long to wait, in milliseconds
 * @func: (scope async): called once, from the main context; its handle must be set to 0 by @func, not cleared
 * @user_data: for @func
 *
 * Returns: a handle for relay_clock_clear_timeout(), never 0
 */
guint
relay_clock_add_timeout (RelayClock *self, guint delay_ms, GSourceOnceFunc func, gpointer user_data)
{
  return RELAY_CLOCK_GET_CLASS (self)->add_timeout (self, delay_ms, func, user_data);
}

/**
 * relay_clock_clear_timeout: (skip)
 * @self: a clock
 * @handle: (inout): a handle of relay_clock_add_timeout(), or 0, which does nothing; set to 0
 *
 * Has the function of a timeout that has not run yet not called.
 */
void
relay_clock_clear_timeout (RelayClock *self, guint *handle)
{
  guint id = *handle;

  *handle = 0;
  if (id != 0)
    RELAY_CLOCK_GET_CLASS (self)->remove_timeout (self, id);
}
