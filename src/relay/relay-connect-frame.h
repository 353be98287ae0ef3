/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "relay/relay-envelope.h"

G_BEGIN_DECLS

GBytes *relay_connect_frame_set_auth (GBytes               *frame,
                                      const RelayEnvelope  *envelope,
                                      const char           *member,
                                      const char           *secret,
                                      GError              **error);

G_END_DECLS
