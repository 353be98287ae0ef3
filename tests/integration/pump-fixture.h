/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "session-fixture.h"

G_BEGIN_DECLS

/* A request that the relay answers at once, by itself, and its answer's payload. */
#define PUMP_RESOLVE_PARAMS "{\"userId\":\"ann\"}"
#define PUMP_RESOLVED "{\"sessionKey\":\"agent:main:platform:direct:ann\"}"

/**
 * PumpFixture:
 *
 * A session whose handshake is through, and both ends of it.
 */
typedef struct {
  SessionFixture session;
  FakeConnection *gateway;  /* (unowned) */
  FakeConnection *platform; /* (unowned) */
} PumpFixture;

void         pump_fixture_set_up    (PumpFixture    *self,
                                     gconstpointer   unused);
void         pump_fixture_tear_down (PumpFixture    *self,
                                     gconstpointer   unused);
void         pump_fixture_connect   (PumpFixture    *self);

void         pump_fixture_expect_end     (PumpFixture    *self,
                                          const char     *code,
                                          const char     *message);
void         pump_fixture_expect_quiet   (PumpFixture    *self);
void         pump_fixture_wait_for_stall (FakeConnection *sender);
void         pump_fixture_expect_bytes_at (FakeConnection *connection,
                                           guint           opcode,
                                           const char     *bytes,
                                           gsize           length,
                                           const char     *where);
void         pump_fixture_send_key  (FakeConnection *connection,
                                     const char     *id_json,
                                     const char     *method);
GBytes      *pump_fixture_new_json  (gsize           size);

/* Waits for the next message and compares opcode and bytes. */
#define pump_fixture_expect_bytes(connection, opcode, bytes, length) \
  pump_fixture_expect_bytes_at ((connection), (opcode), (bytes), (length), G_STRLOC)
#define pump_fixture_expect_text(connection, text) \
  pump_fixture_expect_bytes_at ((connection), FAKE_TEXT, (text), strlen (text), G_STRLOC)

/* Adds a test under @path that gets a fixture whose session is connected. */
#define pump_fixture_add(path, func) \
  g_test_add (path, PumpFixture, NULL, pump_fixture_set_up, func, pump_fixture_tear_down)

/* The same with a session that has not begun. */
#define pump_fixture_add_unconnected(path, func)                                                       \
  g_test_add (path, PumpFixture, GINT_TO_POINTER (TRUE), pump_fixture_set_up, func, pump_fixture_tear_down)

G_END_DECLS
