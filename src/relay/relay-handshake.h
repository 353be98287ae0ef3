/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-clock.h"
#include "relay/relay-link.h"
#include "relay/relay-state.h"

G_BEGIN_DECLS

/**
 * RelayHandshakeSetup:
 * @gateway: whom to dial first
 * @platform: whom to dial then
 * @clock: where the time comes from
 * @times: how long links wait for what
 * @wait_timeout_ms: how long one wait lasts at most
 * @platform_key: the secret that the platform knows the relay by
 * @gateway_secret: (nullable): the gateway's token or password; %NULL if it wants none
 * @secret_member: the member of `auth` that @gateway_secret goes into when it is not shared: `token` or `password`
 * @share_gateway_secret: whether the platform gets it
 *
 * What a handshake needs. Copied by relay_handshake_async().
 */
typedef struct {
  RelayEndpoint *gateway;
  RelayEndpoint *platform;
  RelayClock *clock;
  RelayLinkTimes times;
  guint wait_timeout_ms;
  const char *platform_key;
  const char *gateway_secret;
  const char *secret_member;
  gboolean share_gateway_secret;
} RelayHandshakeSetup;

/**
 * RelayHandshakeResult:
 * @gateway: a link to the gateway that has accepted the platform
 * @platform: a link to the platform that was told so
 * @gateway_version: (nullable): what the gateway calls itself
 * @protocol_version: the protocol that both speak, 0 if the gateway did not say
 * @max_payload: the longest message that the gateway takes, in bytes
 *
 * Both links still hold what came behind the handshake.
 */
typedef struct {
  RelayLink *gateway;    /* (owned) */
  RelayLink *platform;   /* (owned) */
  char *gateway_version; /* (owned) (nullable) */
  guint protocol_version;
  gsize max_payload;
} RelayHandshakeResult;

void relay_handshake_result_free (RelayHandshakeResult *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayHandshakeResult, relay_handshake_result_free)

typedef void (*RelayStepFunc) (RelayStep step, gpointer user_data);

void                  relay_handshake_async  (const RelayHandshakeSetup *setup,
                                              RelayStepFunc              step_func,
                                              GCancellable              *cancellable,
                                              GAsyncReadyCallback        callback,
                                              gpointer                   user_data);
RelayHandshakeResult *relay_handshake_finish (GAsyncResult              *result,
                                              guint                     *close_code,
                                              GError                   **error);

G_END_DECLS
