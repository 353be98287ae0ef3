/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "common/relay-clock.h"

G_BEGIN_DECLS

/**
 * RelayLinkWatchFuncs:
 * @ping: the peer should be asked for a sign of life
 * @dead: none came for two keepalive intervals, or in answer to a probe (`was_probed`), although we listened
 * @stalled: the peer took no byte for the stall timeout, although some waited
 *
 * What a watch finds. @dead and @stalled are called once and end the watch.
 */
typedef struct {
  void (*ping)    (gpointer user_data);
  void (*dead)    (guint silent_ms, gboolean was_probed, gpointer user_data);
  void (*stalled) (gpointer user_data);
} RelayLinkWatchFuncs;

/**
 * RelayLinkWatch:
 *
 * Finds out that a peer is gone although its connection is not: it keeps silent, or takes nothing.
 */
typedef struct {
  RelayClock *clock;                 /* (unowned) */
  const RelayLinkWatchFuncs *funcs;  /* (unowned) */
  gpointer user_data;
  guint keepalive_interval_ms;
  guint stall_timeout_ms;
  gint64 heard_ms;                   /* when the peer last sent something, or was not listened to */
  gint64 taken_ms;                   /* when the peer last took a byte, or had none to take */
  gint64 told_ms;                    /* when the peer last sent some of a message, or was not listened to */
  gboolean is_deaf;                  /* we do not listen, so silence says nothing */
  gboolean has_queue;                /* bytes wait for the peer */
  guint keepalive_timeout;
  guint stall_timeout;
  guint probe_timeout;
} RelayLinkWatch;

void relay_link_watch_start      (RelayLinkWatch            *self,
                                  RelayClock                *clock,
                                  guint                      keepalive_interval_ms,
                                  guint                      stall_timeout_ms,
                                  const RelayLinkWatchFuncs *funcs,
                                  gpointer                   user_data);
void relay_link_watch_stop       (RelayLinkWatch            *self);
void relay_link_watch_probe      (RelayLinkWatch            *self);
gboolean relay_link_watch_is_probing (const RelayLinkWatch  *self);
void relay_link_watch_heard      (RelayLinkWatch            *self);
void relay_link_watch_set_deaf   (RelayLinkWatch            *self,
                                  gboolean                   is_deaf);
gint64 relay_link_watch_get_untold_ms (const RelayLinkWatch *self);
void relay_link_watch_queued     (RelayLinkWatch            *self);
void relay_link_watch_taken      (RelayLinkWatch            *self,
                                  gsize                      still_queued);

/* To be called when what the peer has sent is some of a message. It happens for each frame: it has to cost nothing. */
static inline void
relay_link_watch_told (RelayLinkWatch *self)
{
  self->told_ms = self->heard_ms;
}

G_END_DECLS
