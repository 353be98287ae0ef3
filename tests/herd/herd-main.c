/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * What happens when a platform with very many relays goes and comes back, with the waits that Gangway chooses and with
 * others. Nothing is dialled and nobody waits: the program plays it on a clock of its own. It prints lines of CSV:
 *
 *   second,CASE,WAY,SECOND,DIALS,UPGRADES        SECOND since the platform went; those in which something happened
 *   total,CASE,WAY,RELAYS,OUTAGE,BUSIEST_SECOND,BUSIEST_TENTH,HALF,MOST,ALL,DIALS,SENT_AWAY
 *                                                times in ms since the platform is back; busiest as dials since then
 */

#include "config.h"

#include <stdio.h>

#include "herd.h"
#include "relay/relay-close.h"

#define BINS_PER_SECOND (1000 / HERD_BIN_MS)

/* --- the ways to wait --- */

/* As the plugins do that Gangway takes the place of. */
static guint
wait_a_minute (RelayBackoff *backoff, const RelayRetrySettings *settings, const GError *error, guint close_code)
{
  return 60 * 1000;
}

static guint
wait_without_jitter (RelayBackoff *backoff, const RelayRetrySettings *settings, const GError *error, guint close_code)
{
  return relay_backoff_next (backoff, settings, 0.9999999);
}

typedef struct {
  const char *name;
  HerdChooseWait choose_wait;
  gboolean tells_when;
} Way;

static const Way ways[] = {
  { "minute", wait_a_minute, FALSE },
  { "no-jitter", wait_without_jitter, FALSE },
  { "gangway", relay_backoff_choose_wait, FALSE },
  { "retry-after", relay_backoff_choose_wait, TRUE },
};

/* --- the cases --- */

typedef struct {
  const char *name;
  gsize first_way;
  HerdScene scene;
} Case;

/* A million are played with Gangway's waits only: the others need hundreds of millions of dials. */
static const Case cases[] = {
  { "restart",
    0,
    { .n_relays = 100000, .close_code = RELAY_CLOSE_SERVICE_RESTART, .outage_ms = 2000, .upgrades_per_second = 2000 } },
  { "crash",
    0,
    { .n_relays = 100000, .close_code = RELAY_CLOSE_ABNORMAL, .outage_ms = 30 * 1000, .upgrades_per_second = 2000 } },
  { "outage",
    0,
    { .n_relays = 100000, .close_code = RELAY_CLOSE_ABNORMAL, .outage_ms = 300 * 1000, .upgrades_per_second = 2000 } },
  { "million",
    2,
    { .n_relays = 1000000, .close_code = RELAY_CLOSE_ABNORMAL, .outage_ms = 30 * 1000, .upgrades_per_second = 2000 } },
};

/* --- what is printed --- */

static guint
sum (const GArray *bins, guint first, guint n)
{
  guint total = 0;

  for (guint i = first; i < MIN (first + n, bins->len); i++)
    total += g_array_index (bins, guint, i);

  return total;
}

static guint
find_busiest (const GArray *bins, guint first, guint step)
{
  guint most = 0;

  for (guint i = first; i < bins->len; i += step)
    most = MAX (most, sum (bins, i, step));

  return most;
}

static void
print_seconds (const char *case_name, const char *way_name, const HerdResult *result)
{
  for (guint i = 0; i < result->upgrades->len; i += BINS_PER_SECOND)
    {
      guint n_dials = sum (result->dials, i, BINS_PER_SECOND);
      guint n_upgrades = sum (result->upgrades, i, BINS_PER_SECOND);

      if (n_dials > 0 || n_upgrades > 0)
        g_print ("second,%s,%s,%u,%u,%u\n", case_name, way_name, i / BINS_PER_SECOND, n_dials, n_upgrades);
    }
}

static void
print_total (const char *case_name, const char *way_name, const HerdScene *scene, const HerdResult *result)
{
  guint back = scene->outage_ms / HERD_BIN_MS;

  g_print ("total,%s,%s,%u,%u,%u,%u,%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GINT64_FORMAT ",%" G_GUINT64_FORMAT
           ",%" G_GUINT64_FORMAT "\n",
           case_name, way_name, scene->n_relays, scene->outage_ms, find_busiest (result->dials, back, BINS_PER_SECOND),
           find_busiest (result->dials, back, 1), result->half_ms, result->most_ms, result->all_ms, result->n_dials,
           result->n_sent_away);
}

int
main (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    for (gsize j = cases[i].first_way; j < G_N_ELEMENTS (ways); j++)
      {
        HerdScene scene = cases[i].scene;
        g_autoptr (HerdResult) result = NULL;

        scene.choose_wait = ways[j].choose_wait;
        scene.tells_when = ways[j].tells_when;
        result = herd_play (&scene);
        print_seconds (cases[i].name, ways[j].name, result);
        print_total (cases[i].name, ways[j].name, &scene, result);
      }

  return 0;
}
