/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "herd.h"

#include "common/relay-error.h"
#include "herd-platform.h"
#include "settings/relay-settings.h"

/* How long it takes until the last relay has noticed that the platform is gone. */
#define NOTICED_WITHIN_MS 200
/* More than the longest wait, which is 10 minutes and a quarter: a turn of the wheel. A power of two. */
#define WHEEL_MS (1 << 20)
#define NOBODY G_MAXUINT32

typedef struct {
  RelayBackoff backoff;
  guint32 next; /* who dials in the same millisecond */
} HerdRelay;

typedef struct {
  const HerdScene *scene;
  HerdPlatform platform;
  RelaySettings *settings; /* (owned) the defaults */
  GError *closed;          /* (owned) */
  GError *unreachable;     /* (owned) */
  HerdRelay *relays;       /* (owned) */
  guint32 *wheel;          /* (owned) for each millisecond, the first who dials in it */
  guint n_upgraded;
  HerdResult *result; /* (owned) */
} Herd;

static void
count (GArray *bins, gint64 now_ms)
{
  guint bin = (guint) (now_ms / HERD_BIN_MS);

  if (bin >= bins->len)
    g_array_set_size (bins, bin + 1);
  g_array_index (bins, guint, bin)++;
}

static void
let_wait (Herd *self, guint32 index, gint64 now_ms, const GError *error, guint close_code)
{
  HerdRelay *relay = &self->relays[index];
  guint wait_ms = self->scene->choose_wait (&relay->backoff, &self->settings->retry, error, close_code);
  guint32 *first = &self->wheel[(now_ms + wait_ms) % WHEEL_MS];

  g_assert (wait_ms > 0 && wait_ms < WHEEL_MS);
  relay->next = *first;
  *first = index;
}

static void
note_upgrade (Herd *self, gint64 upgraded_at_ms)
{
  guint n_relays = self->scene->n_relays;
  gint64 after_ms = upgraded_at_ms - self->platform.back_at_ms;

  count (self->result->upgrades, upgraded_at_ms);
  self->n_upgraded++;
  if (self->n_upgraded == n_relays / 2)
    self->result->half_ms = after_ms;
  if (self->n_upgraded == n_relays / 100 * 99)
    self->result->most_ms = after_ms;
  if (self->n_upgraded == n_relays)
    self->result->all_ms = after_ms;
}

static void
dial (Herd *self, guint32 index, gint64 now_ms)
{
  HerdReply reply = herd_platform_dial (&self->platform, now_ms);

  self->result->n_dials++;
  count (self->result->dials, now_ms);
  if (reply.kind == HERD_ANSWER_UPGRADED)
    {
      note_upgrade (self, reply.upgraded_at_ms);
      return;
    }

  if (reply.kind == HERD_ANSWER_SENT_AWAY)
    self->result->n_sent_away++;
  relay_error_set_retry_after_ms (self->unreachable, reply.retry_after_s * 1000);
  let_wait (self, index, now_ms, self->unreachable, 0);
}

static void
lose_platform (Herd *self)
{
  for (guint32 i = 0; i < self->scene->n_relays; i++)
    let_wait (self, i, g_random_int_range (0, NOTICED_WITHIN_MS), self->closed, self->scene->close_code);
}

static void
dial_all_of (Herd *self, gint64 now_ms)
{
  guint32 *first = &self->wheel[now_ms % WHEEL_MS];

  while (*first != NOBODY)
    {
      guint32 index = *first;

      *first = self->relays[index].next;
      dial (self, index, now_ms);
    }
}

static void
herd_init (Herd *self, const HerdScene *scene)
{
  self->scene = scene;
  self->platform.back_at_ms = scene->outage_ms;
  self->platform.upgrades_per_second = scene->upgrades_per_second;
  self->platform.tells_when = scene->tells_when;
  self->settings = relay_settings_new ();
  self->closed = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_PLATFORM_CLOSED, "closed");
  self->unreachable = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_PLATFORM_UNREACHABLE, "unreachable");
  self->relays = g_new0 (HerdRelay, scene->n_relays);
  self->wheel = g_new (guint32, WHEEL_MS);
  for (guint i = 0; i < WHEEL_MS; i++)
    self->wheel[i] = NOBODY;
  self->result = g_new0 (HerdResult, 1);
  self->result->dials = g_array_new (FALSE, TRUE, sizeof (guint));
  self->result->upgrades = g_array_new (FALSE, TRUE, sizeof (guint));
}

static void
herd_clear (Herd *self)
{
  relay_settings_unref (self->settings);
  g_error_free (self->closed);
  g_error_free (self->unreachable);
  g_free (self->relays);
  g_free (self->wheel);
}

/* Lets it happen, and returns what happened: the same each time. */
HerdResult *
herd_play (const HerdScene *scene)
{
  Herd self = { 0 };

  g_random_set_seed (4711);
  herd_init (&self, scene);
  lose_platform (&self);
  for (gint64 now_ms = 0; self.n_upgraded < scene->n_relays; now_ms++)
    dial_all_of (&self, now_ms);
  herd_clear (&self);

  return self.result;
}

void
herd_result_free (HerdResult *result)
{
  g_array_unref (result->dials);
  g_array_unref (result->upgrades);
  g_free (result);
}
