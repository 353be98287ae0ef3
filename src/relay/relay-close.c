/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-close.h"

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "relay/relay-link.h"

/* A close frame's payload has 125 bytes, of which the code takes two. */
#define MAX_REASON 123

/**
 * relay_close_sendable_code:
 * @code: a close code, as a peer sent it
 *
 * Returns: @code if a client may send it and libsoup lets it, else 1001
 */
guint
relay_close_sendable_code (guint code)
{
  if ((code >= 1000 && code <= 1003) || (code >= 1007 && code <= 1010) || (code >= 3000 && code <= 4999))
    return code;
  return RELAY_CLOSE_GOING_AWAY;
}

/**
 * relay_close_cut_reason:
 * @reason: (nullable): the reason of a close
 *
 * Returns: (transfer full) (nullable): as much of it as fits into a close frame, in whole characters
 */
char *
relay_close_cut_reason (const char *reason)
{
  g_autofree char *cut = g_strndup (reason, MAX_REASON);
  const char *end;

  if (reason == NULL)
    return NULL;

  g_utf8_validate (cut, -1, &end);
  return g_strndup (cut, (gsize) (end - cut));
}

/**
 * relay_close_make_error:
 * @side: who closed
 * @code: with which code; 1006 if there was no close frame
 * @reason: (nullable): with which reason, or what the matter was
 *
 * Returns: (transfer full): an error such as `platform closed: 4001: bye now`
 */
GError *
relay_close_make_error (RelaySide side, guint code, const char *reason)
{
  g_autofree char *clean = NULL;

  if (reason != NULL)
    clean = relay_text_clean (reason, -1, RELAY_TEXT_MAX_MESSAGE, NULL);

  return relay_side_error (side, RELAY_ERROR_GATEWAY_CLOSED, RELAY_ERROR_PLATFORM_CLOSED,
                           clean != NULL ? "%s closed: %u: %s" : "%s closed: %u", relay_side_to_string (side), code, clean);
}

/**
 * relay_close_make_fault:
 * @side: who is at fault
 * @code: the close code that says what is wrong with what was sent
 *
 * Returns: (transfer full): the same in our words
 */
GError *
relay_close_make_fault (RelaySide side, guint code)
{
  const char *name = relay_side_to_string (side);

  switch (code)
    {
    case RELAY_CLOSE_TOO_LARGE:
      return g_error_new (RELAY_ERROR, RELAY_ERROR_TOO_LARGE, "%s sent a message over %d MiB", name,
                          RELAY_LINK_MAX_MESSAGE >> 20);
    case RELAY_CLOSE_BAD_DATA:
      return relay_side_error (side, RELAY_ERROR_GATEWAY_PROTOCOL, RELAY_ERROR_PLATFORM_PROTOCOL,
                               "%s sent text that is not UTF-8", name);
    default:
      return relay_side_error (side, RELAY_ERROR_GATEWAY_PROTOCOL, RELAY_ERROR_PLATFORM_PROTOCOL,
                               "%s broke the WebSocket protocol", name);
    }
}
