/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "herd-platform.h"

/* Takes the next free place behind `until_us`, and returns when that is. */
static gint64
take_place (const HerdPlatform *self, gint64 *until_us, gint64 now_us)
{
  *until_us = MAX (*until_us, now_us) + G_USEC_PER_SEC / self->upgrades_per_second;
  return *until_us;
}

HerdReply
herd_platform_dial (HerdPlatform *self, gint64 now_ms)
{
  gint64 now_us = now_ms * 1000;
  HerdReply reply = { .kind = HERD_ANSWER_NONE };

  if (now_ms < self->back_at_ms)
    return reply;

  if (self->busy_until_us - now_us < G_USEC_PER_SEC)
    {
      reply.kind = HERD_ANSWER_UPGRADED;
      reply.upgraded_at_ms = take_place (self, &self->busy_until_us, now_us) / 1000;
      return reply;
    }

  reply.kind = HERD_ANSWER_SENT_AWAY;
  if (self->tells_when)
    reply.retry_after_s = (guint) ((take_place (self, &self->booked_until_us, now_us) - now_us) / G_USEC_PER_SEC + 1);
  return reply;
}
