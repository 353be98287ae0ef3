/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "endurance/ledger.h"
#include "fakes/fake-platform.h"

G_BEGIN_DECLS

/**
 * SoakAccount:
 * @id: (owned): its name in gangway.conf
 * @platform: (owned): its platform
 * @workspace: (owned): the folder of its `workspace-root`
 * @n_requests: how many requests the platform has sent
 * @n_answers: how many were answered, or ended with their session
 *
 * One account of a relay under load: a platform that sends requests, frames and pings, a gateway that does the same, and what is
 * still to be answered.
 */
typedef struct {
  char *id;
  FakePlatform *platform;
  char *workspace;
  guint64 n_requests;
  guint64 n_answers;

  /*< private >*/
  Ledger *ledger;       /* (unowned) */
  GRand *random;        /* (unowned) */
  GHashTable *pending;  /* (owned) (element-type utf8 SoakRequest) by id */
  FakeConnection *last; /* (unowned) (nullable) on which nothing more will be sent */
} SoakAccount;

SoakAccount    *soak_account_new             (const char  *id,
                                              const char  *dir,
                                              Ledger      *ledger,
                                              GRand       *random);
void            soak_account_free            (SoakAccount *self);
FakeConnection *soak_account_get_connection  (SoakAccount *self);
FakeConnection *soak_account_get_gateway     (SoakAccount *self);
void            soak_account_act             (SoakAccount *self);
gboolean        soak_account_settle          (SoakAccount *self);
char           *soak_account_describe        (SoakAccount *self);

G_END_DECLS
