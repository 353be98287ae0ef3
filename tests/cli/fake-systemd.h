/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "service-fixture.h"

G_BEGIN_DECLS

/**
 * FakeSystemd:
 *
 * A fixture whose bus has the user's systemd on it, in the test's hands, and logind: the bus is also the system's.
 */
typedef struct {
  ServiceFixture service;
  const char *unit_state; /* (nullable) of gangwayd.service; %NULL if there is no such unit */
  gboolean refuses;       /* to start anything */
  gboolean lingers;
  GString *calls;         /* (owned) the methods of systemd that were called, each with a space behind it */
  guint object_ids[2];
} FakeSystemd;

typedef void (*FakeSystemdTestFunc) (FakeSystemd *self, gconstpointer data);

void fake_systemd_set_up    (FakeSystemd   *self,
                             gconstpointer  data);
void fake_systemd_tear_down (FakeSystemd   *self,
                             gconstpointer  data);

#define fake_systemd_test_add(path, func)                                                                                   \
  g_test_add (path, FakeSystemd, NULL, fake_systemd_set_up, func, fake_systemd_tear_down)

G_END_DECLS
