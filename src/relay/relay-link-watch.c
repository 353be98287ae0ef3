/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link-watch.h"

/* How long the answer to a probe may take: the network is there, and a link that is dead is to be replaced within 2 s. */
#define PROBE_TIMEOUT_MS 1500

static void on_keepalive_timeout (gpointer user_data);
static void on_stall_timeout (gpointer user_data);

/* Looks again when a ping is due, or when the silence is two intervals long, whichever comes first. */
static void
schedule_keepalive (RelayLinkWatch *self, gint64 silent_ms)
{
  gint64 left_ms = 2 * (gint64) self->keepalive_interval_ms - silent_ms;
  guint delay_ms = self->is_deaf ? self->keepalive_interval_ms : (guint) MIN (left_ms, self->keepalive_interval_ms);

  self->keepalive_timeout = relay_clock_add_timeout (self->clock, delay_ms, on_keepalive_timeout, self);
}

static void
schedule_stall_check (RelayLinkWatch *self, guint delay_ms)
{
  self->stall_timeout = relay_clock_add_timeout (self->clock, delay_ms, on_stall_timeout, self);
}

static void
on_keepalive_timeout (gpointer user_data)
{
  RelayLinkWatch *self = user_data;
  gint64 silent_ms = relay_clock_get_monotonic_ms (self->clock) - self->heard_ms;
  gboolean was_probed = self->probe_timeout != 0;

  self->keepalive_timeout = 0;
  if (!self->is_deaf && silent_ms >= 2 * (gint64) self->keepalive_interval_ms)
    {
      relay_link_watch_stop (self);
      self->funcs->dead ((guint) silent_ms, was_probed, self->user_data);
      return;
    }

  schedule_keepalive (self, silent_ms);
  self->funcs->ping (self->user_data);
}

static void
on_stall_timeout (gpointer user_data)
{
  RelayLinkWatch *self = user_data;
  gint64 idle_ms = relay_clock_get_monotonic_ms (self->clock) - self->taken_ms;

  self->stall_timeout = 0;
  if (!self->has_queue)
    return;

  if (idle_ms < self->stall_timeout_ms)
    {
      schedule_stall_check (self, self->stall_timeout_ms - (guint) idle_ms);
      return;
    }

  relay_link_watch_stop (self);
  self->funcs->stalled (self->user_data);
}

/**
 * relay_link_watch_start:
 * @self: (out caller-allocates): a watch
 * @clock: where the time comes from; must outlive the watch
 * @keepalive_interval_ms: between two pings, in milliseconds
 * @stall_timeout_ms: how long a peer may take no byte, in milliseconds
 * @funcs: whom to tell; must outlive the watch
 * @user_data: for @funcs
 *
 * Begins to watch.
 */
void
relay_link_watch_start (RelayLinkWatch *self, RelayClock *clock, guint keepalive_interval_ms, guint stall_timeout_ms,
                        const RelayLinkWatchFuncs *funcs, gpointer user_data)
{
  *self = (RelayLinkWatch){
    .clock = clock,
    .funcs = funcs,
    .user_data = user_data,
    .keepalive_interval_ms = keepalive_interval_ms,
    .stall_timeout_ms = stall_timeout_ms,
  };
  self->heard_ms = self->taken_ms = self->told_ms = relay_clock_get_monotonic_ms (clock);
  schedule_keepalive (self, 0);
}

/**
 * relay_link_watch_stop:
 * @self: a watch, started or zeroed
 *
 * Ends it. Nobody is told anything any more.
 */
void
relay_link_watch_stop (RelayLinkWatch *self)
{
  if (self->clock == NULL)
    return;

  relay_clock_clear_timeout (self->clock, &self->keepalive_timeout);
  relay_clock_clear_timeout (self->clock, &self->stall_timeout);
  relay_clock_clear_timeout (self->clock, &self->probe_timeout);
}

static void
on_probe_timeout (gpointer user_data)
{
  RelayLinkWatch *self = user_data;

  self->probe_timeout = 0;
  if (self->is_deaf)
    return;

  relay_link_watch_stop (self);
  self->funcs->dead (PROBE_TIMEOUT_MS, TRUE, self->user_data);
}

/**
 * relay_link_watch_probe:
 * @self: a watch that was not stopped
 *
 * Asks the peer for a sign of life that it owes us now, not in some minutes: to be called when there is reason to believe
 * that the connection may be gone. Silence ends in `dead`.
 */
void
relay_link_watch_probe (RelayLinkWatch *self)
{
  if (self->is_deaf || self->probe_timeout != 0)
    return;

  self->probe_timeout = relay_clock_add_timeout (self->clock, PROBE_TIMEOUT_MS, on_probe_timeout, self);
  self->funcs->ping (self->user_data);
}

/**
 * relay_link_watch_is_probing:
 * @self: a watch
 *
 * Returns: %TRUE if the peer owes us a sign of life
 */
gboolean
relay_link_watch_is_probing (const RelayLinkWatch *self)
{
  return self->probe_timeout != 0;
}

/**
 * relay_link_watch_heard:
 * @self: a watch
 *
 * To be called when the peer has sent something, whatever it is.
 */
void
relay_link_watch_heard (RelayLinkWatch *self)
{
  self->heard_ms = relay_clock_get_monotonic_ms (self->clock);
  relay_clock_clear_timeout (self->clock, &self->probe_timeout);
}

/**
 * relay_link_watch_set_deaf:
 * @self: a watch
 * @is_deaf: whether we have stopped listening to the peer
 *
 * The silence of a peer that is not listened to says nothing.
 */
void
relay_link_watch_set_deaf (RelayLinkWatch *self, gboolean is_deaf)
{
  if (self->is_deaf && !is_deaf)
    {
      relay_link_watch_heard (self);
      relay_link_watch_told (self);
    }
  self->is_deaf = is_deaf;
}

/**
 * relay_link_watch_get_untold_ms:
 * @self: a watch
 *
 * Returns: for how many milliseconds the peer has sent nothing of a message, although we listened
 */
gint64
relay_link_watch_get_untold_ms (const RelayLinkWatch *self)
{
  return self->is_deaf ? 0 : relay_clock_get_monotonic_ms (self->clock) - self->told_ms;
}

/**
 * relay_link_watch_queued:
 * @self: a watch that was not stopped
 *
 * To be called when bytes begin to wait, or more of them. The check that this begins goes on until none do: there is no
 * timer for each frame.
 */
void
relay_link_watch_queued (RelayLinkWatch *self)
{
  if (self->has_queue)
    return;

  self->has_queue = TRUE;
  self->taken_ms = relay_clock_get_monotonic_ms (self->clock);
  if (self->stall_timeout == 0)
    schedule_stall_check (self, self->stall_timeout_ms);
}

/**
 * relay_link_watch_taken:
 * @self: a watch that was not stopped
 * @still_queued: how many bytes still wait
 *
 * To be called when the peer has taken some bytes.
 */
void
relay_link_watch_taken (RelayLinkWatch *self, gsize still_queued)
{
  /* a pong is queued by others: this may be the first that is heard of it */
  if (still_queued > 0)
    relay_link_watch_queued (self);
  else
    self->has_queue = FALSE;
  self->taken_ms = relay_clock_get_monotonic_ms (self->clock);
}
