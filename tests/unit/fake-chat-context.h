/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "common/relay-error.h"
#include "fakes/fake-clock.h"
#include "methods/relay-method.h"

G_BEGIN_DECLS

#define FAKE_TYPE_CHAT_CONTEXT (fake_chat_context_get_type ())
G_DECLARE_FINAL_TYPE (FakeChatContext, fake_chat_context, FAKE, CHAT_CONTEXT, GObject)

/**
 * FakeAnswer:
 *
 * What has become of a request.
 */
typedef struct {
  RelayRequest *request; /* (owned) (nullable) */
  guint n_answers;
  char *payload; /* (owned) (nullable) */
  GError *error; /* (owned) (nullable) */
} FakeAnswer;

void             fake_answer_free                  (FakeAnswer       *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (FakeAnswer, fake_answer_free)

FakeChatContext *fake_chat_context_new             (void);
FakeClock       *fake_chat_context_get_clock       (FakeChatContext  *self);
void             fake_chat_context_set_strict      (FakeChatContext  *self,
                                                    gboolean          strict);

FakeAnswer      *fake_chat_context_serve           (FakeChatContext  *self,
                                                    const char       *method,
                                                    const char       *params_json,
                                                    GCancellable     *cancellable);
FakeAnswer      *fake_chat_context_serve_id        (FakeChatContext  *self,
                                                    const char       *method,
                                                    const char       *id_json,
                                                    const char       *params_json,
                                                    GCancellable     *cancellable);

guint            fake_chat_context_get_n_calls     (FakeChatContext  *self);
const char      *fake_chat_context_get_call_method (FakeChatContext  *self);
const char      *fake_chat_context_get_call_params (FakeChatContext  *self);
void             fake_chat_context_answer          (FakeChatContext  *self,
                                                    const char       *payload);
void             fake_chat_context_fail            (FakeChatContext  *self,
                                                    GError           *error);

void             fake_chat_context_emit            (FakeChatContext  *self,
                                                    const char       *payload);
guint            fake_chat_context_get_n_frames    (FakeChatContext  *self);
const char      *fake_chat_context_get_frame       (FakeChatContext  *self,
                                                    guint             i);
void             fake_chat_context_settle          (void);

G_END_DECLS
