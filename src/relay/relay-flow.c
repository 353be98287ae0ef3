/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-flow.h"

/* R10 allows 4 MiB; less is enough to keep a fast peer busy. */
#define PAUSE_ABOVE (1024 * 1024)
#define RESUME_BELOW (256 * 1024)
/* What a side may have us send it, in answers and pongs, beyond what it already leaves unread. */
#define MAX_OWN_BYTES (4 * 1024 * 1024)

/**
 * relay_flow_is_much:
 * @queued: how many bytes wait for a side
 *
 * Returns: %TRUE if the flow should be updated now, and not when the turn of the main loop is over
 */
gboolean
relay_flow_is_much (gsize queued)
{
  return queued > PAUSE_ABOVE;
}

/**
 * relay_flow_is_little:
 * @queued: how many bytes wait for a side
 *
 * Returns: %TRUE if it may get more
 */
gboolean
relay_flow_is_little (gsize queued)
{
  return queued < RESUME_BELOW;
}

/* What waits for the end of a message from the other side must not keep that side from being read: it would never come.
 * Once a side is full the other is not read, so what still comes on top the side has asked for itself; so has it what waits
 * for the end of a message. */
static void
look_at (RelayFlowSide *side)
{
  gsize queued = side->link != NULL ? relay_link_get_queued (side->link) : 0;
  gsize untaken = queued != 0 ? queued - relay_link_get_waiting (side->link) : 0;

  if (relay_flow_is_little (untaken))
    {
      side->is_full = FALSE;
      side->full_bytes = 0;
    }
  else if (relay_flow_is_much (untaken) && !side->is_full)
    {
      side->is_full = TRUE;
      side->full_bytes = queued;
    }
  side->asks_too_much = queued > side->full_bytes + MAX_OWN_BYTES;
}

static void
set_paused (const RelayFlowSide *side, gboolean paused)
{
  if (side->link != NULL)
    relay_link_set_paused (side->link, paused);
}

/**
 * relay_flow_update:
 * @self: the flow between two links, of which one may not be there yet
 * @hold_platform: whether there is another reason not to read the platform
 *
 * Stops or goes on reading either link: it is not read while the other does not take what waits for it, nor while it has us
 * send more than it reads.
 */
void
relay_flow_update (RelayFlow *self, gboolean hold_platform)
{
  look_at (&self->gateway);
  look_at (&self->platform);

  set_paused (&self->gateway, self->platform.is_full || self->gateway.asks_too_much);
  set_paused (&self->platform, self->gateway.is_full || hold_platform || self->platform.asks_too_much);
}
