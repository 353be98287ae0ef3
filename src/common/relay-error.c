/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-error.h"

#include <gio/gio.h>

/* What an error carries beyond its message. */
typedef struct {
  char *details_json; /* (owned) (nullable) a peer's own error object, raw JSON */
  guint retry_after_ms;
  gboolean was_probed;
} RelayErrorPrivate;

static void
relay_error_private_init (RelayErrorPrivate *priv)
{
}

static void
relay_error_private_copy (const RelayErrorPrivate *source, RelayErrorPrivate *target)
{
  target->details_json = g_strdup (source->details_json);
  target->retry_after_ms = source->retry_after_ms;
  target->was_probed = source->was_probed;
}

static void
relay_error_private_clear (RelayErrorPrivate *priv)
{
  g_free (priv->details_json);
}

G_DEFINE_EXTENDED_ERROR (RelayError, relay_error)

typedef struct {
  RelayError value;
  const char *code;        /* LastErrorCode */
  const char *answer_code; /* `error.code` in an answer to the platform */
  const char *dbus_name;
} RelayErrorEntry;

#define ENTRY(name, code, answer, dbus)                                                                                     \
  {                                                                                                                         \
    RELAY_ERROR_##name, code, answer, "dev.gangway.Relay1.Error." dbus                                                      \
  }

static const RelayErrorEntry error_entries[] = {
  ENTRY (INTERNAL, "internal", "UNAVAILABLE", "Internal"),
  ENTRY (BAD_SETTINGS, "bad-settings", "UNAVAILABLE", "BadSettings"),
  ENTRY (NO_KEY, "no-key", "UNAVAILABLE", "NoKey"),
  ENTRY (KEY_LOCKED, "key-locked", "UNAVAILABLE", "KeyLocked"),
  ENTRY (URL_CHANGED, "url-changed", "UNAVAILABLE", "UrlChanged"),
  ENTRY (PLAINTEXT_REFUSED, "plaintext-refused", "UNAVAILABLE", "PlaintextRefused"),
  ENTRY (GATEWAY_UNREACHABLE, "gateway-unreachable", "UNAVAILABLE", "GatewayUnreachable"),
  ENTRY (GATEWAY_REFUSED, "gateway-refused", "GATEWAY_ERROR", "GatewayRefused"),
  ENTRY (GATEWAY_STARTING, "gateway-starting", "UNAVAILABLE", "GatewayStarting"),
  ENTRY (GATEWAY_PROTOCOL, "gateway-protocol", "GATEWAY_ERROR", "GatewayProtocol"),
  ENTRY (PLATFORM_UNREACHABLE, "platform-unreachable", "UNAVAILABLE", "PlatformUnreachable"),
  ENTRY (PLATFORM_REFUSED, "platform-refused", "UNAVAILABLE", "PlatformRefused"),
  ENTRY (PLATFORM_PROTOCOL, "platform-protocol", "INVALID_REQUEST", "PlatformProtocol"),
  ENTRY (TLS_FAILED, "tls-failed", "UNAVAILABLE", "TlsFailed"),
  ENTRY (TIMEOUT, "timeout", "TIMEOUT", "Timeout"),
  ENTRY (GATEWAY_CLOSED, "gateway-closed", "UNAVAILABLE", "GatewayClosed"),
  ENTRY (PLATFORM_CLOSED, "platform-closed", "UNAVAILABLE", "PlatformClosed"),
  ENTRY (LINK_DEAD, "link-dead", "UNAVAILABLE", "LinkDead"),
  ENTRY (STALLED, "stalled", "UNAVAILABLE", "Stalled"),
  ENTRY (TOO_LARGE, "too-large", "PAYLOAD_TOO_LARGE", "TooLarge"),
  ENTRY (INVALID_REQUEST, "internal", "INVALID_REQUEST", "InvalidRequest"),
  ENTRY (DENIED, "internal", "DENIED", "Denied"),
  ENTRY (UNAVAILABLE, "internal", "UNAVAILABLE", "Unavailable"),
  ENTRY (GATEWAY_ERROR, "internal", "GATEWAY_ERROR", "GatewayError"),
  ENTRY (IO_ERROR, "internal", "IO_ERROR", "IoError"),
};

G_STATIC_ASSERT (G_N_ELEMENTS (error_entries) == RELAY_N_ERRORS);

static const RelayErrorEntry *
relay_error_lookup (const GError *error)
{
  if (error->domain != RELAY_ERROR || error->code < 0 || error->code >= RELAY_N_ERRORS)
    return &error_entries[RELAY_ERROR_INTERNAL];

  return &error_entries[error->code];
}

/**
 * relay_error_register_for_dbus:
 *
 * Makes GDBus translate the domain to and from its `dev.gangway.Relay1.Error` names. Idempotent.
 */
void
relay_error_register_for_dbus (void)
{
  for (guint i = 0; i < G_N_ELEMENTS (error_entries); i++)
    g_dbus_error_register_error (RELAY_ERROR, error_entries[i].value, error_entries[i].dbus_name);
}

/**
 * relay_error_code:
 * @error: an error of any domain
 *
 * Returns: the value of `LastErrorCode` for @error, for instance `gateway-refused`; `internal` for a foreign error
 */
const char *
relay_error_code (const GError *error)
{
  return relay_error_lookup (error)->code;
}

/**
 * relay_error_answer_code:
 * @error: an error of any domain
 *
 * Returns: the `error.code` with which a request of the platform is answered, for instance `INVALID_REQUEST`
 */
const char *
relay_error_answer_code (const GError *error)
{
  return relay_error_lookup (error)->answer_code;
}

/**
 * relay_error_is_permanent:
 * @error: why a session ended
 *
 * Returns: %TRUE if only a change of settings, not time, is likely to help, so that the longest delay is right
 */
gboolean
relay_error_is_permanent (const GError *error)
{
  return g_error_matches (error, RELAY_ERROR, RELAY_ERROR_GATEWAY_REFUSED) ||
         g_error_matches (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_REFUSED);
}

/**
 * relay_error_is_bad_settings:
 * @error: why a session ended
 *
 * Returns: %TRUE if the settings do not allow an attempt at all: the session waits for a change, not for a timer
 */
gboolean
relay_error_is_bad_settings (const GError *error)
{
  return g_error_matches (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS) ||
         g_error_matches (error, RELAY_ERROR, RELAY_ERROR_NO_KEY) ||
         g_error_matches (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED) ||
         g_error_matches (error, RELAY_ERROR, RELAY_ERROR_URL_CHANGED) ||
         g_error_matches (error, RELAY_ERROR, RELAY_ERROR_PLAINTEXT_REFUSED);
}

/**
 * relay_error_is_cancelled:
 * @error: (nullable): an error
 *
 * Returns: %TRUE if @error is %G_IO_ERROR_CANCELLED
 */
gboolean
relay_error_is_cancelled (const GError *error)
{
  return g_error_matches (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

/**
 * relay_error_set_details:
 * @error: an error of %RELAY_ERROR
 * @details_json: a peer's own error object, as raw JSON
 *
 * Attaches what a peer said, to be passed on as `error.details`.
 */
void
relay_error_set_details (GError *error, const char *details_json)
{
  RelayErrorPrivate *priv = relay_error_get_private (error);

  g_free (priv->details_json);
  priv->details_json = g_strdup (details_json);
}

/**
 * relay_error_get_details:
 * @error: an error of any domain
 *
 * Returns: (nullable): the raw JSON that relay_error_set_details() attached
 */
const char *
relay_error_get_details (const GError *error)
{
  return error->domain == RELAY_ERROR ? relay_error_get_private (error)->details_json : NULL;
}

/**
 * relay_error_set_retry_after_ms:
 * @error: an error of %RELAY_ERROR
 * @retry_after_ms: the least wait before the next attempt, in milliseconds
 *
 * Attaches the wait that a peer asked for.
 */
void
relay_error_set_retry_after_ms (GError *error, guint retry_after_ms)
{
  relay_error_get_private (error)->retry_after_ms = retry_after_ms;
}

/**
 * relay_error_get_retry_after_ms:
 * @error: an error of any domain
 *
 * Returns: the wait that a peer asked for, in milliseconds, or 0
 */
guint
relay_error_get_retry_after_ms (const GError *error)
{
  return error->domain == RELAY_ERROR ? relay_error_get_private (error)->retry_after_ms : 0;
}

/**
 * relay_error_set_was_probed:
 * @error: an error of %RELAY_ERROR
 *
 * Attaches that a probe found the fault: the network is there, and nothing is known against the peer.
 */
void
relay_error_set_was_probed (GError *error)
{
  relay_error_get_private (error)->was_probed = TRUE;
}

/**
 * relay_error_was_probed:
 * @error: an error of any domain
 *
 * Returns: %TRUE if a probe found the fault, so that there is nothing to wait for before the next attempt
 */
gboolean
relay_error_was_probed (const GError *error)
{
  return error->domain == RELAY_ERROR && relay_error_get_private (error)->was_probed;
}
