/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-handshake.h"

G_BEGIN_DECLS

const char *relay_handshake_secret      (const RelaySettings  *settings,
                                         const RelayOpenclaw  *openclaw);
gboolean    relay_handshake_setup_init  (RelayHandshakeSetup  *self,
                                         RelaySettings        *settings,
                                         RelayAccount         *account,
                                         RelayOpenclaw        *openclaw,
                                         GError              **error);
void        relay_handshake_setup_clear (RelayHandshakeSetup  *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RelayHandshakeSetup, relay_handshake_setup_clear)

G_END_DECLS
