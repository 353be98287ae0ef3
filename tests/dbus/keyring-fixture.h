/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "service-fixture.h"

G_BEGIN_DECLS

/**
 * KeyringFixture:
 *
 * A service fixture whose bus has a real gnome-keyring, with a keyring of its own, once keyring_start() was called.
 */
typedef struct {
  ServiceFixture service;
  GSubprocess *daemon;  /* (owned) (nullable) */
  gboolean is_there;    /* whether it is on the bus */
  guint watch_id;
  guint filter_id;
  gint n_questions;     /* (atomic) how often anybody wanted the user to be asked to unlock something */
} KeyringFixture;

typedef void (*KeyringTestFunc) (KeyringFixture *self, gconstpointer data);

void      keyring_fixture_set_up    (KeyringFixture *self,
                                     gconstpointer   data);
void      keyring_fixture_tear_down (KeyringFixture *self,
                                     gconstpointer   data);

#define keyring_test_add(path, func)                                                                                        \
  g_test_add (path, KeyringFixture, NULL, keyring_fixture_set_up, func, keyring_fixture_tear_down)

void      keyring_start             (KeyringFixture *self);
void      keyring_stop              (KeyringFixture *self);
void      keyring_lock              (KeyringFixture *self);
void      keyring_unlock            (KeyringFixture *self);
guint     keyring_count_keys        (KeyringFixture *self,
                                     const char     *account_id);
void      keyring_delete_keys       (KeyringFixture *self,
                                     const char     *account_id);
guint     keyring_take_questions    (KeyringFixture *self);
void      keyring_add_other_secret  (KeyringFixture *self);

G_END_DECLS
