/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "service-fixture.h"

G_BEGIN_DECLS

/**
 * RealGateway:
 *
 * A real OpenClaw gateway in a folder of its own, run by `openclaw-gateway`. It ends with the test program, however that ends.
 */
typedef struct {
  char *dir;    /* (owned) */
  char *auth;   /* (owned) `token`, `password` or `none` */
  char *secret; /* (owned) (nullable) the token or password, once prepared */
  guint port;   /* once prepared */
} RealGateway;

RealGateway *real_gateway_new           (const char        *auth);
void         real_gateway_free          (RealGateway       *self);

void         real_gateway_prepare       (RealGateway       *self);
void         real_gateway_run           (RealGateway       *self);
Program     *real_gateway_start_command (RealGateway       *self,
                                         const char        *command);
void         real_gateway_wait_command  (Program           *command);
char        *real_gateway_get_path      (const RealGateway *self,
                                         const char        *name);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RealGateway, real_gateway_free)

G_END_DECLS
