/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "methods/relay-method-context.h"

G_BEGIN_DECLS

#define FAKE_TYPE_METHOD_CONTEXT (fake_method_context_get_type ())
G_DECLARE_FINAL_TYPE (FakeMethodContext, fake_method_context, FAKE, METHOD_CONTEXT, GObject)

/**
 * FakeMethodContext:
 * @settings: empty, with no account
 * @account: named `platform`, with everything allowed
 * @openclaw: with no agent, and a state folder in the home folder
 * @clock: (nullable): none
 * @streams: (nullable): none
 * @calls: (element-type utf8): the requests that were made, `METHOD PARAMS TIMEOUT_MS`
 * @notifications: (element-type utf8): the frames that were sent
 *
 * What a session is to a method handler, for tests to fill and to look at. The gateway's answers are set beforehand; as
 * long as there is none, a request waits until it is cancelled.
 */
struct _FakeMethodContext {
  GObject parent_instance;

  RelaySettings *settings;   /* (owned) */
  RelayAccount *account;     /* (owned) */
  RelayOpenclaw *openclaw;   /* (owned) */
  RelayClock *clock;         /* (owned) (nullable) */
  RelayChatStreams *streams; /* (owned) (nullable) */
  GPtrArray *calls;          /* (owned) */
  GPtrArray *notifications;  /* (owned) */
  GBytes *answer;            /* (owned) (nullable) */
  GError *failure;           /* (owned) (nullable) */
};

FakeMethodContext *fake_method_context_new       (void);
void               fake_method_context_answer    (FakeMethodContext *self,
                                                  const char        *payload);
void               fake_method_context_fail      (FakeMethodContext *self,
                                                  int                code,
                                                  const char        *message);
void               fake_method_context_add_agent (FakeMethodContext *self,
                                                  const char        *id,
                                                  const char        *workspace);

G_END_DECLS
