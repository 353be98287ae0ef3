/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib-object.h>

#include "common/relay-macros.h"

G_BEGIN_DECLS

/**
 * RelayState:
 * @RELAY_STATE_DISCONNECTED: disabled, without usable settings, or stopped
 * @RELAY_STATE_CONNECTING: an attempt is under way
 * @RELAY_STATE_CONNECTED: the handshake is complete, frames are relayed
 * @RELAY_STATE_RETRYING: the last attempt or link ended; the next one waits for its time
 *
 * Where a session stands.
 */
typedef enum {
  RELAY_STATE_DISCONNECTED,
  RELAY_STATE_CONNECTING,
  RELAY_STATE_CONNECTED,
  RELAY_STATE_RETRYING,
} RelayState;

/**
 * RelayStep:
 * @RELAY_STEP_NONE: no attempt is under way
 * @RELAY_STEP_GATEWAY_DIAL: dialling the gateway
 * @RELAY_STEP_CHALLENGE: waiting for the gateway's challenge
 * @RELAY_STEP_PLATFORM_DIAL: dialling the platform
 * @RELAY_STEP_CONNECT: waiting for the platform's connect request
 * @RELAY_STEP_HELLO: waiting for the gateway's answer to it
 * @RELAY_STEP_RELAY: relaying
 *
 * How far a session's link has come.
 */
typedef enum {
  RELAY_STEP_NONE,
  RELAY_STEP_GATEWAY_DIAL,
  RELAY_STEP_CHALLENGE,
  RELAY_STEP_PLATFORM_DIAL,
  RELAY_STEP_CONNECT,
  RELAY_STEP_HELLO,
  RELAY_STEP_RELAY,
} RelayStep;

#define RELAY_TYPE_STATE (relay_state_get_type ())
#define RELAY_TYPE_STEP (relay_step_get_type ())

RELAY_PUBLIC
GType       relay_state_get_type   (void);
RELAY_PUBLIC
const char *relay_state_to_string  (RelayState state);
gboolean    relay_state_can_become (RelayState state,
                                    RelayState next);
RELAY_PUBLIC
GType       relay_step_get_type    (void);
RELAY_PUBLIC
const char *relay_step_to_string   (RelayStep  step);

G_END_DECLS
