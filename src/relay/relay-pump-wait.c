/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-pump-private.h"

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "relay/relay-close.h"

/*
 * What waits for the platform until a message of the gateway has passed must not wait for good: a gateway that stops within
 * one, and goes on answering pings, is neither dead nor closed.
 */

static void on_wait_timeout (gpointer user_data);

static void
schedule (RelayPump *self, gint64 delay_ms)
{
  self->wait_timeout = relay_clock_add_timeout (self->clock, (guint) delay_ms, on_wait_timeout, self);
}

/* A platform that does not take what there is has no reason to wait for more: its own link sees to it. */
static gboolean
is_platform_behind (RelayPump *self)
{
  return relay_link_get_queued (self->platform) > relay_link_get_waiting (self->platform);
}

static void
end_stopped (RelayPump *self)
{
  g_autofree char *limit = relay_text_seconds (self->settings->gateway.stall_timeout_ms);

  relay_pump_end (self,
                  g_error_new (RELAY_ERROR, RELAY_ERROR_STALLED,
                               "gateway stalled: it sent nothing more of a message for %s s, and answers to the platform "
                               "wait for its end",
                               limit),
                  RELAY_CLOSE_GOING_AWAY, NULL);
}

static void
on_wait_timeout (gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);
  gint64 limit_ms = self->settings->gateway.stall_timeout_ms;
  gint64 untold_ms = relay_link_get_untold_ms (self->gateway);

  self->wait_timeout = 0;
  if (relay_link_get_waiting (self->platform) == 0)
    return;

  if (is_platform_behind (self))
    schedule (self, limit_ms);
  else if (untold_ms < limit_ms)
    schedule (self, limit_ms - untold_ms);
  else
    end_stopped (self);
}

/* To be called when something waits. There is no timer for each: the check that this begins goes on until nothing does. */
void
relay_pump_watch_wait (RelayPump *self)
{
  if (self->wait_timeout == 0)
    schedule (self, self->settings->gateway.stall_timeout_ms);
}
