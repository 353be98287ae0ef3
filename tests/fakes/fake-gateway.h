/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-peer.h"

G_BEGIN_DECLS

/**
 * FakeGatewayMode:
 * @FAKE_GATEWAY_GOOD: as the real one: challenge, then hello-ok to a good connect request, a refusal to a bad one
 * @FAKE_GATEWAY_SILENT: accepts the connection and sends nothing
 * @FAKE_GATEWAY_WRONG_FIRST: sends another event in place of the challenge
 * @FAKE_GATEWAY_CLOSE_ON_OPEN: closes in place of the challenge
 * @FAKE_GATEWAY_CLOSE_AFTER_CHALLENGE: closes right behind the challenge
 * @FAKE_GATEWAY_CLOSE_ON_CONNECT: closes in place of an answer to the connect request
 * @FAKE_GATEWAY_DROP_ON_CONNECT: the same without a close frame
 * @FAKE_GATEWAY_HOLD_HELLO: answers the connect request when fake_gateway_release() is called, if ever
 * @FAKE_GATEWAY_REFUSE_TOKEN: refuses every connect request, `AUTH_TOKEN_MISMATCH`, 1008
 * @FAKE_GATEWAY_REFUSE_PROTOCOL: the same, `PROTOCOL_MISMATCH`, 1002
 * @FAKE_GATEWAY_STARTING: the same, `UNAVAILABLE` with `startup-sidecars` and `retryAfterMs`, 1013
 * @FAKE_GATEWAY_CLOSE_AFTER_HELLO: closes right behind hello-ok
 *
 * What a gateway does in the handshake.
 */
typedef enum {
  FAKE_GATEWAY_GOOD,
  FAKE_GATEWAY_SILENT,
  FAKE_GATEWAY_WRONG_FIRST,
  FAKE_GATEWAY_CLOSE_ON_OPEN,
  FAKE_GATEWAY_CLOSE_AFTER_CHALLENGE,
  FAKE_GATEWAY_CLOSE_ON_CONNECT,
  FAKE_GATEWAY_DROP_ON_CONNECT,
  FAKE_GATEWAY_HOLD_HELLO,
  FAKE_GATEWAY_REFUSE_TOKEN,
  FAKE_GATEWAY_REFUSE_PROTOCOL,
  FAKE_GATEWAY_STARTING,
  FAKE_GATEWAY_CLOSE_AFTER_HELLO,
} FakeGatewayMode;

/**
 * FakeAnswering:
 * @FAKE_ANSWER_ONCE: as one does
 * @FAKE_ANSWER_NEVER: the request is taken and that is all
 * @FAKE_ANSWER_TWICE: the same answer twice
 * @FAKE_ANSWER_HELD: not before fake_gateway_release()
 *
 * Whether and when a request is answered.
 */
typedef enum {
  FAKE_ANSWER_ONCE,
  FAKE_ANSWER_NEVER,
  FAKE_ANSWER_TWICE,
  FAKE_ANSWER_HELD,
} FakeAnswering;

/**
 * FakeChatMode:
 * @FAKE_CHAT_ECHO: status, a delta per word of "echo: " and the message, final
 * @FAKE_CHAT_EARLY: the same, but all of it before the ack
 * @FAKE_CHAT_OLD: the same with `message`, the text so far, but no `deltaText`, as older gateways do it
 * @FAKE_CHAT_REPLACE: the same, but the last delta has `replace:true` and the whole text
 * @FAKE_CHAT_FAIL: one word, then the state `error` with the errorMessage "the model failed"
 * @FAKE_CHAT_MANUAL: only the ack; the test sends what events it wants
 *
 * What follows on a `chat.send`.
 */
typedef enum {
  FAKE_CHAT_ECHO,
  FAKE_CHAT_EARLY,
  FAKE_CHAT_OLD,
  FAKE_CHAT_REPLACE,
  FAKE_CHAT_FAIL,
  FAKE_CHAT_MANUAL,
} FakeChatMode;

#define FAKE_TYPE_GATEWAY (fake_gateway_get_type ())
G_DECLARE_FINAL_TYPE (FakeGateway, fake_gateway, FAKE, GATEWAY, FakePeer)

/*
 * A gateway as OpenClaw's, as far as the relay can see it. It serves health, agents.list, chat.send, chat.history, chat.abort,
 * sessions.reset and `echo`, whose payload is its params, raw. Settings hold for what happens from then on. It ignores the
 * opcode, as the real one. A construct-only property `token` beside those of FakePeer: %NULL accepts any.
 */
FakeGateway    *fake_gateway_new               (const char       *token);

/* The handshake */
void            fake_gateway_set_mode          (FakeGateway      *self,
                                                FakeGatewayMode   mode);
gboolean        fake_gateway_set_mode_by_name  (FakeGateway      *self,
                                                const char       *name);
void            fake_gateway_set_close         (FakeGateway      *self,
                                                guint             code,
                                                const char       *reason);
void            fake_gateway_set_retry_after   (FakeGateway      *self,
                                                guint             retry_after_ms);
void            fake_gateway_set_protocol      (FakeGateway      *self,
                                                guint             protocol);
void            fake_gateway_set_max_payload   (FakeGateway      *self,
                                                guint64           max_payload_bytes);
void            fake_gateway_set_hello_padding (FakeGateway      *self,
                                                gsize             padding_bytes);
void            fake_gateway_set_hello_events  (FakeGateway      *self,
                                                guint             n_before,
                                                guint             n_with,
                                                guint             n_after);
const char     *fake_gateway_get_challenge     (FakeGateway      *self);
const char     *fake_gateway_get_hello         (FakeGateway      *self);

/* Requests */
void            fake_gateway_set_answering     (FakeGateway      *self,
                                                const char       *method,
                                                FakeAnswering     answering);
void            fake_gateway_set_payload       (FakeGateway      *self,
                                                const char       *method,
                                                const char       *payload_json);
void            fake_gateway_set_error         (FakeGateway      *self,
                                                const char       *method,
                                                const char       *error_json);
void            fake_gateway_add_agent         (FakeGateway      *self,
                                                const char       *id,
                                                const char       *workspace);
void            fake_gateway_release           (FakeGateway      *self);
void            fake_gateway_set_chat_mode     (FakeGateway      *self,
                                                FakeChatMode      mode);
void            fake_gateway_set_delay         (FakeGateway      *self,
                                                guint             delay_ms);

/* What it sends of its own */
void            fake_gateway_send_event        (FakeGateway      *self,
                                                FakeConnection   *connection,
                                                const char       *event,
                                                const char       *payload_json);
void            fake_gateway_send_chat_event   (FakeGateway      *self,
                                                FakeConnection   *connection,
                                                const char       *run_id,
                                                const char       *session_key,
                                                const char       *members);

/* Waits for a request of that method on @connection and takes it out of the queue: (transfer full). */
#define fake_gateway_expect_request(connection, method) fake_connection_expect ((connection), "method", (method))

G_END_DECLS
