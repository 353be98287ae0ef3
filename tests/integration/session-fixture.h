/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-clock.h"
#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"
#include "relay/relay-session.h"

G_BEGIN_DECLS

#define FIXTURE_KEY "platform-key-4711"
#define FIXTURE_TOKEN "gateway-token-0815"

/**
 * SessionFixture:
 *
 * A session between a fake gateway and a fake platform, on real sockets, with a clock that the test moves. The session begins
 * when the test says so. Its home is a folder of its own.
 */
typedef struct {
  FakeClock *clock;         /* (owned) */
  FakeGateway *gateway;     /* (owned) */
  FakePlatform *platform;   /* (owned) */
  RelaySession *session;    /* (owned) */
  RelayOpenclaw *openclaw;  /* (owned) */
  char *home;               /* (owned) */
  GString *states;          /* (owned) each state and step that was shown, `state/step ` each */
} SessionFixture;

void  session_fixture_set_up     (SessionFixture *self,
                                  gconstpointer   unused);
void  session_fixture_tear_down  (SessionFixture *self,
                                  gconstpointer   unused);

void  session_fixture_set_openclaw (SessionFixture *self,
                                    const char     *json);
void  session_fixture_apply      (SessionFixture *self,
                                  const char     *gateway_lines,
                                  const char     *account_lines);
void  session_fixture_apply_text (SessionFixture *self,
                                  const char     *text);
void  session_fixture_apply_account (SessionFixture *self,
                                     const char     *account_lines);
void  session_fixture_start      (SessionFixture *self);
FakeConnection *session_fixture_connect (SessionFixture *self);
FakeConnection *session_fixture_get_gateway_connection (SessionFixture *self);

char *session_fixture_dup_text   (SessionFixture *self,
                                  const char     *property);
gint64 session_fixture_get_number (SessionFixture *self,
                                   const char     *property);

#define session_fixture_expect_state(self, wanted) \
  fake_wait_until (relay_session_get_state ((self)->session) == (wanted))
#define session_fixture_expect_step(self, wanted) fake_wait_until (relay_session_get_step ((self)->session) == (wanted))

void  session_fixture_expect_error (SessionFixture *self,
                                    const char     *code,
                                    const char     *message);
void  session_fixture_expect_bad_settings (SessionFixture *self,
                                           const char     *code,
                                           const char     *message);

/* Starts a session with peers that have it retry, or wait in a step; from then on they are good. */
void  session_fixture_make_retrying   (SessionFixture *self);
void  session_fixture_make_connecting (SessionFixture *self,
                                       RelayStep       step);

/* Adds a test under @path that gets a fixture. */
#define session_fixture_add(path, func) \
  g_test_add (path, SessionFixture, NULL, session_fixture_set_up, func, session_fixture_tear_down)

G_END_DECLS
