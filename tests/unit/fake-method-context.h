/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "common/relay-error.h"
#include "fakes/fake-clock.h"
#include "methods/relay-method.h"

G_BEGIN_DECLS

#define FAKE_TYPE_METHOD_CONTEXT (fake_method_context_get_type ())
G_DECLARE_FINAL_TYPE (FakeMethodContext, fake_method_context, FAKE, METHOD_CONTEXT, GObject)

/**
 * FakeMethodContext:
 * @settings: the defaults, with no account
 * @account: the defaults, named `platform`
 * @openclaw: with no agent, and a state folder in the home folder
 * @clock: stands still until it is moved
 * @streams: none runs
 * @calls: (element-type FakeCall): the requests to the gateway so far
 * @frames: (element-type utf8): what went to the platform so far
 * @payload: (nullable): what the gateway answers at once from now on
 * @failure: (nullable): what requests to the gateway fail with at once from now on
 *
 * What a session is to a method handler, for tests to fill and to look at. With neither @payload nor @failure a request to
 * the gateway waits until a test answers it, or until it is cancelled.
 */
struct _FakeMethodContext {
  GObject parent_instance;

  RelaySettings *settings;   /* (owned) */
  RelayAccount *account;     /* (owned) */
  RelayOpenclaw *openclaw;   /* (owned) */
  FakeClock *clock;          /* (owned) */
  RelayChatStreams *streams; /* (owned) */
  GPtrArray *calls;          /* (owned) */
  GPtrArray *frames;         /* (owned) */
  char *payload;             /* (owned) */
  GError *failure;           /* (owned) */
};

/**
 * FakeCall:
 *
 * A request to the gateway.
 */
typedef struct {
  char *method; /* (owned) */
  char *params; /* (owned) */
  guint timeout_ms;
  GTask *task;         /* (owned) (nullable) NULL once it is answered or cancelled */
  GSource *cancelling; /* (owned) (nullable) */
} FakeCall;

/**
 * FakeAnswer:
 *
 * What has become of a request of the platform.
 */
typedef struct {
  RelayRequest *request; /* (owned) (nullable) */
  guint n_answers;
  char *payload; /* (owned) (nullable) */
  GError *error; /* (owned) (nullable) */
} FakeAnswer;

void               fake_answer_free                   (FakeAnswer        *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeAnswer, fake_answer_free)

FakeMethodContext *fake_method_context_new            (void);
void               fake_method_context_add_agent      (FakeMethodContext *self,
                                                       const char        *id,
                                                       const char        *workspace);

/* The platform's requests */
FakeAnswer        *fake_method_context_serve          (FakeMethodContext *self,
                                                       const char        *method,
                                                       const char        *params_json,
                                                       GCancellable      *cancellable);
FakeAnswer        *fake_method_context_serve_id       (FakeMethodContext *self,
                                                       const char        *method,
                                                       const char        *id_json,
                                                       const char        *params_json,
                                                       GCancellable      *cancellable);
void               fake_method_context_settle         (void);

/* The gateway */
const FakeCall    *fake_method_context_get_last_call  (FakeMethodContext *self);
void               fake_method_context_answer         (FakeMethodContext *self,
                                                       const char        *payload);
void               fake_method_context_fail           (FakeMethodContext *self,
                                                       GError            *error);
void               fake_method_context_always_answer  (FakeMethodContext *self,
                                                       const char        *payload);
void               fake_method_context_always_fail    (FakeMethodContext *self,
                                                       int                code,
                                                       const char        *message);
void               fake_method_context_emit           (FakeMethodContext *self,
                                                       const char        *payload);

/* What the platform got */
const char        *fake_method_context_get_frame      (FakeMethodContext *self,
                                                       guint              i);

G_END_DECLS
