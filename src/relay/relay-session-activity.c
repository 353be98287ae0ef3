/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-session-private.h"

/* What a session tells of its links. */

static void
tell_link (RelaySession *self, RelayActivityEvent event, const char *code, gint64 began_ms, guint64 bytes)
{
  g_autofree char *url = relay_session_dup_clean (self, self->link_url);
  RelayActivity activity = {
    .event = event,
    .kind = "",
    .method = "",
    .path = url,
    .outcome = *code == '\0' ? "ok" : "failed",
    .code = code,
    .duration_ms = relay_clock_get_monotonic_ms (self->clock) - began_ms,
    .bytes = bytes,
  };

  relay_session_tell_activity (self, &activity);
}

/* To be called when an attempt begins. */
void
relay_session_begin_attempt (RelaySession *self)
{
  self->attempt_began_ms = relay_clock_get_monotonic_ms (self->clock);
  g_free (self->link_url);
  self->link_url = g_strdup (self->platform_url);
}

/* To be called when a link is complete. */
void
relay_session_tell_connect (RelaySession *self)
{
  self->link_began_ms = relay_clock_get_monotonic_ms (self->clock);
  self->bytes_before_link = self->counters->bytes_to_platform;
  tell_link (self, RELAY_ACTIVITY_CONNECT, "", self->attempt_began_ms, 0);
}

/* To be called when a link has ended, with the reason; one that was asked for is no failure. */
void
relay_session_tell_close (RelaySession *self, const GError *error)
{
  tell_link (self, RELAY_ACTIVITY_CLOSE, relay_error_is_cancelled (error) ? "" : relay_error_code (error),
             self->link_began_ms, self->counters->bytes_to_platform - self->bytes_before_link);
}
