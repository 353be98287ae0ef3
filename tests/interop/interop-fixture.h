/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "real-gateway.h"

G_BEGIN_DECLS

#define INTEROP_SESSION_KEY "agent:main:platform:direct:interop"

/**
 * InteropFixture:
 *
 * The service between a real gateway and a platform of ours.
 */
typedef struct {
  ServiceFixture service;
  RealGateway *gateway; /* (unowned) */
} InteropFixture;

/* One gateway serves all tests that do not need one of their own; interop_end_gateway() ends it. */
void         interop_set_up                     (InteropFixture    *self,
                                                 gconstpointer      data);
void         interop_set_up_running             (InteropFixture    *self,
                                                 gconstpointer      data);
void         interop_set_up_connected           (InteropFixture    *self,
                                                 gconstpointer      data);
void         interop_tear_down                  (InteropFixture    *self,
                                                 gconstpointer      data);
void         interop_end_gateway                (void);

/* Settings */
void         interop_configure                  (InteropFixture    *self,
                                                 const char        *max_delay,
                                                 const char        *account_lines);
void         interop_use_gateway_configuration  (InteropFixture    *self);
void         interop_use_own_configuration      (InteropFixture    *self,
                                                 const char        *secret);

/* What the platform does */
void         interop_assert_member              (const FakeMessage *message,
                                                 const char        *path,
                                                 const char        *value);
FakeMessage *interop_request_ok                 (InteropFixture    *self,
                                                 const char        *method,
                                                 const char        *params);

#define interop_test_add(path, data, set_up_func, func)                                                                     \
  g_test_add ("/interop/" path, InteropFixture, data, set_up_func, func, interop_tear_down)

void         interop_add_policy_tests           (void);

G_END_DECLS
