/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-backoff.h"

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
