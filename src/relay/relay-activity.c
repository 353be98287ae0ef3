/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-activity.h"

#include "common/relay-error.h"

G_DEFINE_BOXED_TYPE (RelayActivity, relay_activity, relay_activity_copy, relay_activity_free)

/**
 * relay_activity_copy:
 * @self: an activity
 *
 * Returns: (transfer full): a copy that owns its strings
 */
RelayActivity *
relay_activity_copy (const RelayActivity *self)
{
  RelayActivity *copy = g_new (RelayActivity, 1);

  *copy = *self;
  copy->kind = g_strdup (self->kind);
  copy->method = g_strdup (self->method);
  copy->path = g_strdup (self->path);
  copy->outcome = g_strdup (self->outcome);
  copy->code = g_strdup (self->code);

  return copy;
}

/**
 * relay_activity_free:
 * @self: (transfer full): a copy
 */
void
relay_activity_free (RelayActivity *self)
{
  g_free ((char *) self->kind);
  g_free ((char *) self->method);
  g_free ((char *) self->path);
  g_free ((char *) self->outcome);
  g_free ((char *) self->code);
  g_free (self);
}

/**
 * relay_activity_set_result:
 * @self: an activity of the platform
 * @error: (nullable): why its request was refused or failed; %NULL if it was served
 *
 * Tells how a request ended, with static strings.
 */
void
relay_activity_set_result (RelayActivity *self, const GError *error)
{
  gboolean is_denied = g_error_matches (error, RELAY_ERROR, RELAY_ERROR_DENIED);

  self->event = is_denied ? RELAY_ACTIVITY_DENIED : RELAY_ACTIVITY_REQUEST;
  self->code = error != NULL ? relay_error_answer_code (error) : "";
  if (error == NULL)
    self->outcome = "ok";
  else
    self->outcome = is_denied ? "denied" : "failed";
}
