/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-gateway.h"

G_BEGIN_DECLS

/**
 * FakeChat:
 *
 * The runs and histories of a fake gateway.
 */
typedef struct _FakeChat FakeChat;

/* How a request of one method is answered. */
typedef struct {
  FakeAnswering answering;
  char *payload; /* (owned) (nullable) in place of what the gateway would say */
  char *error;   /* (owned) (nullable) the same */
} FakeRule;

/* A request that waits for fake_gateway_release(). */
typedef struct {
  FakeConnection *connection; /* (owned) */
  FakeMessage *request;       /* (owned) */
} FakeHeld;

struct _FakeGateway {
  FakePeer parent_instance;

  char *token; /* (owned) (nullable) */
  FakeGatewayMode mode;
  guint close_code;
  char *close_reason; /* (owned) */
  guint retry_after_ms;
  guint protocol;
  guint64 max_payload_bytes;
  gsize padding_bytes;
  guint n_events_before;
  guint n_events_with;
  guint n_events_after;
  char *challenge; /* (owned) (nullable) the last that was sent */
  char *hello;     /* (owned) (nullable) the same */

  GHashTable *rules; /* (owned) (element-type utf8 FakeRule) */
  GQueue held;       /* (owned) (element-type FakeHeld) */
  GString *agents;   /* (owned) elements of a JSON array */
  FakeChat *chat;    /* (owned) */
};

FakeChat *fake_chat_new        (FakeGateway    *gateway);
void      fake_chat_free       (FakeChat       *self);
void      fake_chat_set_mode   (FakeChat       *self,
                                FakeChatMode    mode);
void      fake_chat_set_delay  (FakeChat       *self,
                                guint           delay_ms);
gboolean  fake_chat_serve      (FakeChat       *self,
                                FakeConnection *connection,
                                FakeMessage    *request,
                                const char     *method);
void      fake_chat_forget     (FakeChat       *self,
                                FakeConnection *connection);

void      fake_gateway_answer  (FakeGateway    *self,
                                FakeConnection *connection,
                                FakeMessage    *request,
                                const char     *payload_json);
void      fake_gateway_refuse  (FakeGateway    *self,
                                FakeConnection *connection,
                                FakeMessage    *request,
                                const char     *error_json);
void      fake_gateway_send_hello (FakeGateway    *self,
                                   FakeConnection *connection,
                                   FakeMessage    *request);
void      fake_gateway_serve   (FakeGateway    *self,
                                FakeConnection *connection,
                                FakeMessage    *request,
                                const char     *method,
                                const FakeRule *rule);
guint     fake_gateway_next_seq (FakeConnection *connection);
void      fake_held_free       (FakeHeld       *held);

G_END_DECLS
