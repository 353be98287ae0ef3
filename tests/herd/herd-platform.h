/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A platform that was down and comes back: how it answers those who dial. It upgrades so many connections in a second,
 * lets as many as it upgrades in one second wait for that, and sends all others away.
 */
typedef struct {
  gint64 back_at_ms;
  guint upgrades_per_second;
  gboolean tells_when; /* sends away with 503 and a Retry-After of its own for each, else by closing the connection */

  gint64 busy_until_us;   /* when all that wait will be upgraded */
  gint64 booked_until_us; /* when all that were told to come again will be upgraded */
} HerdPlatform;

typedef enum {
  HERD_ANSWER_NONE, /* nobody listens */
  HERD_ANSWER_UPGRADED,
  HERD_ANSWER_SENT_AWAY,
} HerdAnswer;

typedef struct {
  HerdAnswer kind;
  gint64 upgraded_at_ms;
  guint retry_after_s; /* 0 if nothing was said */
} HerdReply;

HerdReply herd_platform_dial (HerdPlatform *self,
                              gint64        now_ms);

G_END_DECLS
