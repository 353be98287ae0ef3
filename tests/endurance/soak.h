/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "endurance/soak-account.h"
#include "service-fixture.h"

G_BEGIN_DECLS

/**
 * Soak:
 * @service: a bus, a gateway, a place for the settings
 * @daemon: (owned): gangwayd
 * @accounts: (owned) (element-type SoakAccount): all that there are
 * @ledger: (owned): the books, and what is wrong
 * @random: (owned): chance
 * @heap_file: (owned): where the daemon tells how much of its heap is in use
 * @is_busy: whether there is traffic, and trouble
 * @n_restarts: how often a side was restarted
 * @n_edits: how often the settings were edited
 *
 * A relay under load for a long time.
 */
typedef struct {
  ServiceFixture service;
  GSubprocess *daemon;
  GPtrArray *accounts;
  Ledger *ledger;
  GRand *random;
  char *heap_file;
  gboolean is_busy;
  guint n_restarts;
  guint n_edits;
} Soak;

void soak_write_settings (Soak *self,
                          gboolean is_varied);
void soak_make_trouble   (Soak *self);

G_END_DECLS
