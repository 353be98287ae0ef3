/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define RELAY_TYPE_WORKSPACE_SLOTS (relay_workspace_slots_get_type ())
G_DECLARE_FINAL_TYPE (RelayWorkspaceSlots, relay_workspace_slots, RELAY, WORKSPACE_SLOTS, GObject)

typedef struct _RelayWorkspaceSlot RelayWorkspaceSlot;

/*
 * Signals:
 *  changed: a slot is free again, or there is no point in waiting for one any more
 */
RelayWorkspaceSlots *relay_workspace_slots_new        (void);
gboolean             relay_workspace_slots_has_room   (RelayWorkspaceSlots *self,
                                                       gboolean             writes);
gboolean             relay_workspace_slots_check      (RelayWorkspaceSlots *self,
                                                       gboolean             writes,
                                                       GError             **error);
RelayWorkspaceSlot  *relay_workspace_slots_take       (RelayWorkspaceSlots *self,
                                                       gboolean             writes);

RelayWorkspaceSlot  *relay_workspace_slot_ref         (RelayWorkspaceSlot  *slot);
void                 relay_workspace_slot_unref       (RelayWorkspaceSlot  *slot);
void                 relay_workspace_slot_set_stuck   (RelayWorkspaceSlot  *slot);

G_END_DECLS
