/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay-dbus.h"
#include "relay/relay-session.h"

G_BEGIN_DECLS

#define RELAY_TYPE_SESSION_OBJECT (relay_session_object_get_type ())
G_DECLARE_FINAL_TYPE (RelaySessionObject, relay_session_object, RELAY, SESSION_OBJECT, RelayDBusSessionSkeleton)

RelaySessionObject *relay_session_object_new      (RelaySession       *session);
char               *relay_session_object_dup_path (RelaySessionObject *self);

G_END_DECLS
