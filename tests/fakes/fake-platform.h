/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-peer.h"

G_BEGIN_DECLS

/**
 * FakePlatformMode:
 * @FAKE_PLATFORM_GOOD: answers pre-handshake and challenge with a connect request
 * @FAKE_PLATFORM_SILENT: never sends a connect request
 * @FAKE_PLATFORM_ERROR: sends an error frame in its place, see fake_platform_set_error()
 * @FAKE_PLATFORM_WRONG_FIRST: sends another request in its place
 * @FAKE_PLATFORM_CLOSE_ON_OPEN: closes before it has read anything
 * @FAKE_PLATFORM_CLOSE_ON_PRE_HANDSHAKE: closes when the pre-handshake has come
 * @FAKE_PLATFORM_CLOSE_ON_CHALLENGE: closes in place of the connect request
 * @FAKE_PLATFORM_CLOSE_AFTER_CONNECT: closes right behind the connect request
 * @FAKE_PLATFORM_CLOSE_ON_HELLO: closes when the answer to the connect request has come
 *
 * What a platform does in the handshake.
 */
typedef enum {
  FAKE_PLATFORM_GOOD,
  FAKE_PLATFORM_SILENT,
  FAKE_PLATFORM_ERROR,
  FAKE_PLATFORM_WRONG_FIRST,
  FAKE_PLATFORM_CLOSE_ON_OPEN,
  FAKE_PLATFORM_CLOSE_ON_PRE_HANDSHAKE,
  FAKE_PLATFORM_CLOSE_ON_CHALLENGE,
  FAKE_PLATFORM_CLOSE_AFTER_CONNECT,
  FAKE_PLATFORM_CLOSE_ON_HELLO,
} FakePlatformMode;

#define FAKE_TYPE_PLATFORM (fake_platform_get_type ())
G_DECLARE_FINAL_TYPE (FakePlatform, fake_platform, FAKE, PLATFORM, FakePeer)

/*
 * A platform, as the relay meets it. Its connect request carries the gateway token that the pre-handshake brought. What it has
 * been told is remembered of the latest connection.
 */
FakePlatform   *fake_platform_new               (void);

/* The handshake */
void            fake_platform_set_mode          (FakePlatform      *self,
                                                 FakePlatformMode   mode);
gboolean        fake_platform_set_mode_by_name  (FakePlatform      *self,
                                                 const char        *name);
void            fake_platform_set_close         (FakePlatform      *self,
                                                 guint              code,
                                                 const char        *reason);
void            fake_platform_set_key           (FakePlatform      *self,
                                                 const char        *key);
void            fake_platform_set_error         (FakePlatform      *self,
                                                 const char        *message);
void            fake_platform_set_connect       (FakePlatform      *self,
                                                 const char        *frame_json);
void            fake_platform_set_opcode        (FakePlatform      *self,
                                                 guint              opcode);
void            fake_platform_pipeline          (FakePlatform      *self,
                                                 const char        *frame);
const char     *fake_platform_get_pre_handshake (FakePlatform      *self);
const char     *fake_platform_get_challenge     (FakePlatform      *self);
const char     *fake_platform_get_connect       (FakePlatform      *self);
const char     *fake_platform_get_hello         (FakePlatform      *self);
char           *fake_platform_get_token         (FakePlatform      *self);
char           *fake_platform_get_gateway_token (FakePlatform      *self);
FakeConnection *fake_platform_get_ready         (FakePlatform      *self);
FakeConnection *fake_platform_wait_ready_at     (FakePlatform      *self,
                                                 const char        *where);

/* Waits until a connection has been through the whole handshake, and returns it: (transfer none). */
#define fake_platform_wait_ready(self) fake_platform_wait_ready_at ((self), G_STRLOC)

/* Requests, on the connection that is ready. Ids are "p1", "p2", … */
char           *fake_platform_send_request      (FakePlatform      *self,
                                                 const char        *method,
                                                 const char        *params_json);
FakeMessage    *fake_platform_expect_answer_at  (FakePlatform      *self,
                                                 const char        *id,
                                                 const char        *where);
FakeMessage    *fake_platform_request_at        (FakePlatform      *self,
                                                 const char        *method,
                                                 const char        *params_json,
                                                 const char        *where);
FakeMessage    *fake_platform_expect_event_at   (FakePlatform      *self,
                                                 const char        *event,
                                                 const char        *where);

/* Waits for the answer to a request: (transfer full). */
#define fake_platform_expect_answer(self, id) fake_platform_expect_answer_at ((self), (id), G_STRLOC)
/* Sends a request and waits for the answer: (transfer full). */
#define fake_platform_request(self, method, params) fake_platform_request_at ((self), (method), (params), G_STRLOC)
/* Waits for the next event of that name: (transfer full). */
#define fake_platform_expect_event(self, event) fake_platform_expect_event_at ((self), (event), G_STRLOC)

G_END_DECLS
