/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay-dbus.h"
#include "service/relay-service.h"

G_BEGIN_DECLS

#define RELAY_TYPE_MANAGER_OBJECT (relay_manager_object_get_type ())
G_DECLARE_FINAL_TYPE (RelayManagerObject, relay_manager_object, RELAY, MANAGER_OBJECT, RelayDBusManagerSkeleton)

RelayManagerObject *relay_manager_object_new      (RelayService        *service);
gboolean            relay_manager_object_export   (RelayManagerObject  *self,
                                                   GDBusConnection     *connection,
                                                   GError             **error);
void                relay_manager_object_unexport (RelayManagerObject  *self);

G_END_DECLS
