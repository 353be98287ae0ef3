/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "relay/relay-backoff.h"

G_BEGIN_DECLS

#define HERD_BIN_MS 100

/* Chooses a wait, as relay_backoff_choose_wait() does. */
typedef guint (*HerdChooseWait) (RelayBackoff             *backoff,
                                 const RelayRetrySettings *settings,
                                 const GError             *error,
                                 guint                     close_code);

/* A platform closes all its relays at once, is away, and takes them back as fast as it can. */
typedef struct {
  guint n_relays;
  guint close_code; /* as the relays see it */
  guint outage_ms;
  guint upgrades_per_second;
  gboolean tells_when; /* as in HerdPlatform */
  HerdChooseWait choose_wait;
} HerdScene;

/* Times count from the moment when the platform is back. */
typedef struct {
  GArray *dials;       /* (owned) of guint: in each bin since the platform went */
  GArray *upgrades;    /* (owned) of guint: the same */
  guint64 n_dials;     /* since the platform went */
  guint64 n_sent_away; /* by the platform, since it is back */
  gint64 half_ms;
  gint64 most_ms; /* 99 of 100 */
  gint64 all_ms;
} HerdResult;

HerdResult *herd_play        (const HerdScene *scene);
void        herd_result_free (HerdResult      *result);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (HerdResult, herd_result_free)

G_END_DECLS
