/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-state.h"

#define NICK(value, nick)                                                                                                   \
  {                                                                                                                         \
    value, #value, nick                                                                                                     \
  }

static const GEnumValue state_values[] = {
  NICK (RELAY_STATE_DISCONNECTED, "disconnected"),
  NICK (RELAY_STATE_CONNECTING, "connecting"),
  NICK (RELAY_STATE_CONNECTED, "connected"),
  NICK (RELAY_STATE_RETRYING, "retrying"),
  { 0, NULL, NULL },
};

static const GEnumValue step_values[] = {
  NICK (RELAY_STEP_NONE, "none"),           NICK (RELAY_STEP_GATEWAY_DIAL, "gateway-dial"),
  NICK (RELAY_STEP_CHALLENGE, "challenge"), NICK (RELAY_STEP_PLATFORM_DIAL, "platform-dial"),
  NICK (RELAY_STEP_CONNECT, "connect"),     NICK (RELAY_STEP_HELLO, "hello"),
  NICK (RELAY_STEP_RELAY, "relay"),         { 0, NULL, NULL },
};

GType
relay_state_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("RelayState", state_values));

  return type;
}

GType
relay_step_get_type (void)
{
  static gsize type = 0;

  if (g_once_init_enter (&type))
    g_once_init_leave (&type, g_enum_register_static ("RelayStep", step_values));

  return type;
}

/**
 * relay_state_to_string:
 * @state: a state
 *
 * Returns: its name on the bus, for instance `retrying`
 */
const char *
relay_state_to_string (RelayState state)
{
  return state_values[state].value_nick;
}

/**
 * relay_step_to_string:
 * @step: a step
 *
 * Returns: its name on the bus, for instance `platform-dial`; empty for %RELAY_STEP_NONE
 */
const char *
relay_step_to_string (RelayStep step)
{
  return step == RELAY_STEP_NONE ? "" : step_values[step].value_nick;
}
