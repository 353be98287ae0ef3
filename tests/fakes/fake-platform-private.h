/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */


#pragma once

#include "fakes/fake-platform.h"

G_BEGIN_DECLS

struct _FakePlatform {
  FakePeer parent_instance;

  FakePlatformMode mode;
  guint close_code;
  char *close_reason;  /* (owned) (nullable) */
  char *key;           /* (owned) (nullable) the only one that it takes */
  char *error_message; /* (owned) */
  char *connect_frame; /* (owned) (nullable) in place of its own */
  guint opcode;
  GPtrArray *pipelined; /* (owned) (element-type utf8) */

  char *pre_handshake;   /* (owned) (nullable) as it came */
  char *challenge;       /* (owned) (nullable) as it came */
  char *connect;         /* (owned) (nullable) as it was sent */
  char *hello;           /* (owned) (nullable) as it came */
  FakeConnection *ready; /* (owned) (nullable) the connection that has been through the handshake, also when it is gone */
  guint last_id;
};

void fake_platform_send (FakePlatform   *self,
                         FakeConnection *connection,
                         const char     *text);

G_END_DECLS
