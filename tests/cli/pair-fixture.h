/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "service-fixture.h"

G_BEGIN_DECLS

/* Somebody who has OpenClaw, a key and a gangway.conf without an account, but no keyring. */

#define PAIR_COMMENT "# mine, and to stay\n"

void     pair_fixture_set_up       (ServiceFixture *self,
                                    gconstpointer   data);

#define pair_test_add(path, func)                                                                                           \
  g_test_add (path, ServiceFixture, NULL, pair_fixture_set_up, func, service_fixture_tear_down)

char    *pair_write_key            (ServiceFixture *self,
                                    const char     *text);
Program *pair_run                  (ServiceFixture *self,
                                    FakePlatform   *platform,
                                    const char     *key,
                                    const char     *more);

char    *pair_dup_note_file        (ServiceFixture *self,
                                    const char     *account_id);
char    *pair_dup_file             (const char     *filename);
void     pair_assert_nothing_saved (ServiceFixture *self);
void     pair_assert_private       (const char     *filename);

void     assert_contains           (const char     *text,
                                    const char     *part);
void     assert_lacks              (const char     *text,
                                    const char     *part);

G_END_DECLS
