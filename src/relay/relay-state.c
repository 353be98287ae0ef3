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

/* All changes of state that there are; docs/state-diagram draws docs/architecture.md from this table. */
static const struct {
  RelayState from;
  RelayState to;
  const char *cause; /* for the picture */
} transitions[] = {
  { RELAY_STATE_DISCONNECTED, RELAY_STATE_CONNECTING, "started, or settings became usable" },
  { RELAY_STATE_CONNECTING, RELAY_STATE_CONNECTED, "hello-ok" },
  { RELAY_STATE_CONNECTING, RELAY_STATE_RETRYING, "the attempt failed" },
  { RELAY_STATE_CONNECTING, RELAY_STATE_DISCONNECTED, "stopped, or settings are unusable" },
  { RELAY_STATE_CONNECTED, RELAY_STATE_CONNECTING, "restarted, or settings of the link changed" },
  { RELAY_STATE_CONNECTED, RELAY_STATE_RETRYING, "the link ended" },
  { RELAY_STATE_CONNECTED, RELAY_STATE_DISCONNECTED, "stopped, or settings are unusable" },
  { RELAY_STATE_RETRYING, RELAY_STATE_CONNECTING, "the wait is over, or was skipped" },
  { RELAY_STATE_RETRYING, RELAY_STATE_DISCONNECTED, "stopped, or settings are unusable" },
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

/**
 * relay_state_can_become: (skip)
 * @state: a state
 * @next: what is to follow it
 *
 * Returns: %TRUE if they are the same, or a session goes from one to the other
 */
gboolean
relay_state_can_become (RelayState state, RelayState next)
{
  for (gsize i = 0; i < G_N_ELEMENTS (transitions); i++)
    {
      if (transitions[i].from == state && transitions[i].to == next)
        return TRUE;
    }

  return state == next;
}
