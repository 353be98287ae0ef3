/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "common/relay-macros.h"

G_BEGIN_DECLS

/**
 * RelayActivityEvent:
 * @RELAY_ACTIVITY_REQUEST: the platform asked for something that the relay answers itself, or refuses for another reason than
 *   policy
 * @RELAY_ACTIVITY_DENIED: it was denied what it asked for
 * @RELAY_ACTIVITY_CONNECT: a link is complete
 * @RELAY_ACTIVITY_CLOSE: that link has ended
 *
 * What happened.
 */
typedef enum {
  RELAY_ACTIVITY_REQUEST,
  RELAY_ACTIVITY_DENIED,
  RELAY_ACTIVITY_CONNECT,
  RELAY_ACTIVITY_CLOSE,
} RelayActivityEvent;

#define RELAY_TYPE_ACTIVITY (relay_activity_get_type ())

/**
 * RelayActivity:
 * @event: what happened
 * @kind: `chat`, `workspace`, `session` or `policy`; empty for a link
 * @method: what the platform asked for, cleaned; empty for a link, and if it cannot be told
 * @path: a path of the workspace, cleaned, or empty; for a link the platform's URL, as shown
 * @outcome: `ok`, `failed` or `denied`
 * @code: why it failed or was denied: the `error.code` of the answer; `closed` if the link ended before there was one; for a
 *   link its `LastErrorCode`; empty with `ok`
 * @duration_ms: from the request to its answer, from the beginning of the attempt to the link, or how long the link stood
 * @bytes: how many bytes the answer has, 0 if there is none; for a link that ended, how many it brought to the platform
 *
 * One thing that a platform did, as the bus and the audit tell it: never contents, never secrets.
 */
typedef struct {
  RelayActivityEvent event;
  const char *kind;
  const char *method;
  const char *path;
  const char *outcome;
  const char *code;
  gint64 duration_ms;
  guint64 bytes;
} RelayActivity;

RELAY_PUBLIC
GType          relay_activity_get_type (void);
RELAY_PUBLIC
RelayActivity *relay_activity_copy     (const RelayActivity *self);
RELAY_PUBLIC
void           relay_activity_free     (RelayActivity       *self);

#ifndef __GI_SCANNER__ /* not exported */
void           relay_activity_set_result (RelayActivity     *self,
                                          const GError      *error);
#endif

G_END_DECLS
