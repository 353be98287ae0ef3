/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-handshake-setup.h"

/**
 * relay_handshake_secret:
 * @settings: gangway.conf
 * @openclaw: OpenClaw's configuration
 *
 * Returns: (nullable): the gateway's token or password
 */
const char *
relay_handshake_secret (const RelaySettings *settings, const RelayOpenclaw *openclaw)
{
  return settings->gateway.token != NULL ? settings->gateway.token : openclaw->secret;
}

static RelayEndpoint *
make_gateway (RelaySettings *settings, RelayOpenclaw *openclaw, GError **error)
{
  g_autoptr (RelayEndpoint) gateway = relay_endpoint_new_gateway (settings, openclaw, error);

  if (gateway == NULL)
    return NULL;
  if (relay_handshake_secret (settings, openclaw) == NULL && openclaw->secret_error != NULL)
    {
      g_propagate_error (error, g_error_copy (openclaw->secret_error));
      return NULL;
    }

  return g_steal_pointer (&gateway);
}

/**
 * relay_handshake_setup_init:
 * @self: (out caller-allocates): what to fill; relay_handshake_setup_clear() lets go of what it owns
 * @settings: gangway.conf
 * @account: the account to connect
 * @openclaw: OpenClaw's configuration
 * @error: return location for an error
 *
 * Tells from settings how to shake hands. What it takes from them is borrowed, but for the endpoints; the clock and the
 * platform's key are the caller's to add.
 *
 * Returns: %FALSE with %RELAY_ERROR_BAD_SETTINGS or %RELAY_ERROR_PLAINTEXT_REFUSED if the settings do not allow it
 */
gboolean
relay_handshake_setup_init (RelayHandshakeSetup *self, RelaySettings *settings, RelayAccount *account,
                            RelayOpenclaw *openclaw, GError **error)
{
  *self = (RelayHandshakeSetup){ .platform = relay_endpoint_new_platform (account, error) };
  if (self->platform == NULL)
    return FALSE;

  self->gateway = make_gateway (settings, openclaw, error);
  if (self->gateway == NULL)
    {
      relay_handshake_setup_clear (self);
      return FALSE;
    }

  self->times.connect_timeout_ms = settings->gateway.connect_timeout_ms;
  self->times.keepalive_interval_ms = settings->gateway.keepalive_interval_ms;
  self->times.stall_timeout_ms = settings->gateway.stall_timeout_ms;
  self->wait_timeout_ms = settings->gateway.handshake_timeout_ms;
  self->gateway_secret = relay_handshake_secret (settings, openclaw);
  self->secret_member = openclaw->auth == RELAY_OPENCLAW_AUTH_PASSWORD ? "password" : "token";
  self->share_gateway_secret = account->share_gateway_token;
  return TRUE;
}

/**
 * relay_handshake_setup_clear:
 * @self: what relay_handshake_setup_init() filled
 *
 * Lets go of the endpoints.
 */
void
relay_handshake_setup_clear (RelayHandshakeSetup *self)
{
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
}
