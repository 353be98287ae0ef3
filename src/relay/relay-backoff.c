/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-backoff.h"

#include "common/relay-error.h"
#include "relay/relay-close.h"

/* The longest wait that a peer may ask for. */
#define MAX_RETRY_AFTER_MS (10 * 60 * 1000)
/* What a peer that restarts is given at least: close codes 1012 and 1013. */
#define MIN_RESTART_WAIT_MS 1000
/* What a gateway that starts is given, however soon it wants to be asked again. */
#define MIN_STARTING_WAIT_MS 250

/**
 * relay_backoff_reset:
 * @self: a backoff
 *
 * Begins again with the initial delay.
 */
void
relay_backoff_reset (RelayBackoff *self)
{
  self->next_delay_ms = 0;
}

/**
 * relay_backoff_next:
 * @self: a backoff
 * @settings: the delays
 * @random: at least 0 and less than 1
 *
 * Returns: how long to wait now, in milliseconds: between half of this turn's delay and all of it
 */
guint
relay_backoff_next (RelayBackoff *self, const RelayRetrySettings *settings, double random)
{
  guint delay_ms = self->next_delay_ms != 0 ? self->next_delay_ms : settings->initial_delay_ms;

  delay_ms = MIN (delay_ms, settings->max_delay_ms);
  self->next_delay_ms = (guint) MIN ((guint64) delay_ms * 2, settings->max_delay_ms);

  return delay_ms / 2 + (guint) (random * (delay_ms - delay_ms / 2 + 1));
}

/* A least wait must not be the same for all relays that get it from one peer at one moment: that part of it is added. */
static guint
spread (guint wait_ms, double part)
{
  return wait_ms + (guint) (g_random_double () * part * wait_ms);
}

/**
 * relay_backoff_choose_wait:
 * @self: a backoff
 * @settings: the delays
 * @error: what ended the attempt or the link, perhaps with the wait that the peer asked for
 * @close_code: the close code that ended it, or 0
 *
 * Weighs this turn's delay, which grows, against what the peer asked for and what is wrong.
 *
 * Returns: how long to wait before the next attempt, in milliseconds
 */
guint
relay_backoff_choose_wait (RelayBackoff *self, const RelayRetrySettings *settings, const GError *error, guint close_code)
{
  guint asked_ms = spread (MIN (relay_error_get_retry_after_ms (error), MAX_RETRY_AFTER_MS), 0.25);
  guint usual_ms;

  /* the local gateway knows best when it will be ready: the wait does not grow meanwhile, nor afterwards */
  if (g_error_matches (error, RELAY_ERROR, RELAY_ERROR_GATEWAY_STARTING) && asked_ms > 0)
    return MAX (asked_ms, MIN_STARTING_WAIT_MS);

  usual_ms = relay_backoff_next (self, settings, g_random_double ());
  if (relay_error_is_permanent (error))
    usual_ms = settings->max_delay_ms;
  if (close_code == RELAY_CLOSE_SERVICE_RESTART || close_code == RELAY_CLOSE_TRY_AGAIN_LATER)
    usual_ms = MAX (usual_ms, spread (MIN_RESTART_WAIT_MS, 1));

  return MAX (usual_ms, asked_ms);
}
