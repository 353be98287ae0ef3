/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "common/relay-macros.h"

G_BEGIN_DECLS

/**
 * RELAY_ERROR:
 *
 * The one error domain of Gangway. Foreign errors are converted to it where they enter.
 */
#define RELAY_ERROR (relay_error_quark ())

/**
 * RelayError:
 * @RELAY_ERROR_INTERNAL: a fault of Gangway's own
 * @RELAY_ERROR_BAD_SETTINGS: a setting is missing or wrong
 * @RELAY_ERROR_NO_KEY: no platform key was found for the account
 * @RELAY_ERROR_KEY_LOCKED: the platform key lies in a locked keyring
 * @RELAY_ERROR_URL_CHANGED: the platform key was paired with another origin
 * @RELAY_ERROR_PLAINTEXT_REFUSED: the URL would carry credentials in the clear
 * @RELAY_ERROR_GATEWAY_UNREACHABLE: the gateway could not be dialled
 * @RELAY_ERROR_GATEWAY_REFUSED: the gateway answered the connect request with `ok:false`
 * @RELAY_ERROR_GATEWAY_STARTING: the gateway is not ready yet
 * @RELAY_ERROR_GATEWAY_PROTOCOL: the gateway sent what the protocol does not allow
 * @RELAY_ERROR_PLATFORM_UNREACHABLE: the platform could not be dialled
 * @RELAY_ERROR_PLATFORM_REFUSED: the platform refused the relay
 * @RELAY_ERROR_PLATFORM_PROTOCOL: the platform sent what the protocol does not allow
 * @RELAY_ERROR_TLS_FAILED: a certificate was not accepted, or TLS failed otherwise
 * @RELAY_ERROR_TIMEOUT: something did not happen in its time
 * @RELAY_ERROR_GATEWAY_CLOSED: the gateway closed the connection
 * @RELAY_ERROR_PLATFORM_CLOSED: the platform closed the connection
 * @RELAY_ERROR_LINK_DEAD: nothing was heard on a link for two keepalive intervals
 * @RELAY_ERROR_STALLED: a side took no byte for the stall timeout, or the gateway sent none of a message that others wait for
 * @RELAY_ERROR_TOO_LARGE: a message or an answer was over its limit
 * @RELAY_ERROR_INVALID_REQUEST: a request's params were missing or wrong
 * @RELAY_ERROR_DENIED: a request was refused by policy or by the sandbox
 * @RELAY_ERROR_UNAVAILABLE: a request cannot be served now
 * @RELAY_ERROR_GATEWAY_ERROR: the gateway refused a request of the relay's own
 * @RELAY_ERROR_IO_ERROR: reading or writing a file failed
 *
 * What went wrong, in a session or in a request. Those up to @RELAY_ERROR_TOO_LARGE can be a session's `LastErrorCode`.
 */
typedef enum {
  RELAY_ERROR_INTERNAL,
  RELAY_ERROR_BAD_SETTINGS,
  RELAY_ERROR_NO_KEY,
  RELAY_ERROR_KEY_LOCKED,
  RELAY_ERROR_URL_CHANGED,
  RELAY_ERROR_PLAINTEXT_REFUSED,
  RELAY_ERROR_GATEWAY_UNREACHABLE,
  RELAY_ERROR_GATEWAY_REFUSED,
  RELAY_ERROR_GATEWAY_STARTING,
  RELAY_ERROR_GATEWAY_PROTOCOL,
  RELAY_ERROR_PLATFORM_UNREACHABLE,
  RELAY_ERROR_PLATFORM_REFUSED,
  RELAY_ERROR_PLATFORM_PROTOCOL,
  RELAY_ERROR_TLS_FAILED,
  RELAY_ERROR_TIMEOUT,
  RELAY_ERROR_GATEWAY_CLOSED,
  RELAY_ERROR_PLATFORM_CLOSED,
  RELAY_ERROR_LINK_DEAD,
  RELAY_ERROR_STALLED,
  RELAY_ERROR_TOO_LARGE,
  RELAY_ERROR_INVALID_REQUEST,
  RELAY_ERROR_DENIED,
  RELAY_ERROR_UNAVAILABLE,
  RELAY_ERROR_GATEWAY_ERROR,
  RELAY_ERROR_IO_ERROR, /*< last >*/
} RelayError;

#define RELAY_N_ERRORS (RELAY_ERROR_IO_ERROR + 1)

RELAY_PUBLIC
GQuark      relay_error_quark              (void);

#ifndef __GI_SCANNER__ /* not exported */
void        relay_error_register_for_dbus  (void);
const char *relay_error_code               (const GError *error);
const char *relay_error_answer_code        (const GError *error);
gboolean    relay_error_is_permanent       (const GError *error);
gboolean    relay_error_is_bad_settings    (const GError *error);
gboolean    relay_error_is_cancelled       (const GError *error);

void        relay_error_set_details        (GError       *error,
                                            const char   *details_json);
const char *relay_error_get_details        (const GError *error);
void        relay_error_set_retry_after_ms (GError       *error,
                                            guint         retry_after_ms);
guint       relay_error_get_retry_after_ms (const GError *error);
void        relay_error_set_was_probed     (GError       *error);
gboolean    relay_error_was_probed         (const GError *error);
#endif

G_END_DECLS
