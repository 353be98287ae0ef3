/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-slots.h"

#include "common/relay-error.h"

/* Requests for files run this many at a time: their answers may have 24 MiB each. */
#define MAX_SLOTS 4

/**
 * RelayWorkspaceSlots:
 *
 * How many requests of one account may work on files at a time. Each of them has a thread of its own, so that an account
 * whose disk hangs takes no thread from anybody else; and since nobody can stop what hangs in the kernel, its slot remains
 * taken after its session has ended, until it returns.
 */
struct _RelayWorkspaceSlots {
  GObject parent_instance;

  guint n_taken;
  guint n_stuck;       /* of them */
  gboolean is_writing; /* the one that is taken is for changes */
};

/* Reference-counted, by the main context only. */
struct _RelayWorkspaceSlot {
  RelayWorkspaceSlots *slots; /* (owned) */
  gboolean writes;
  gboolean is_stuck;
};

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

G_DEFINE_FINAL_TYPE (RelayWorkspaceSlots, relay_workspace_slots, G_TYPE_OBJECT)

static void
relay_workspace_slots_class_init (RelayWorkspaceSlotsClass *klass)
{
  signals[SIGNAL_CHANGED] =
      g_signal_new ("changed", RELAY_TYPE_WORKSPACE_SLOTS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
relay_workspace_slots_init (RelayWorkspaceSlots *self)
{
}

/**
 * relay_workspace_slots_new:
 *
 * Returns: (transfer full): the slots of an account, all free
 */
RelayWorkspaceSlots *
relay_workspace_slots_new (void)
{
  return g_object_new (RELAY_TYPE_WORKSPACE_SLOTS, NULL);
}

/* How many slots may be taken at most, the one included that is asked for. */
static guint
get_max_taken (RelayWorkspaceSlots *self, gboolean writes)
{
  return self->is_writing || writes ? 1 : MAX_SLOTS;
}

/**
 * relay_workspace_slots_has_room:
 * @self: the slots of an account
 * @writes: whether files would be changed. What does so runs alone, so that requests see each other's work in the order in
 *   which they came
 *
 * Returns: %TRUE if a slot can be taken
 */
gboolean
relay_workspace_slots_has_room (RelayWorkspaceSlots *self, gboolean writes)
{
  return self->n_taken < get_max_taken (self, writes);
}

/**
 * relay_workspace_slots_check:
 * @self: the slots of an account
 * @writes: as for relay_workspace_slots_has_room()
 * @error: return location for a #GError
 *
 * Finds out whether there is a point in waiting for a slot.
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_UNAVAILABLE if what would have to return first has not done so in time
 */
gboolean
relay_workspace_slots_check (RelayWorkspaceSlots *self, gboolean writes, GError **error)
{
  if (self->n_stuck < get_max_taken (self, writes))
    return TRUE;

  g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE,
                       "The workspace's disk does not answer: earlier requests still wait for it, try again later");
  return FALSE;
}

/**
 * relay_workspace_slots_take: (skip)
 * @self: the slots of an account, with room
 * @writes: whether files will be changed
 *
 * Returns: (transfer full): a slot, taken until the last reference to it is gone
 */
RelayWorkspaceSlot *
relay_workspace_slots_take (RelayWorkspaceSlots *self, gboolean writes)
{
  RelayWorkspaceSlot *slot = g_rc_box_new0 (RelayWorkspaceSlot);

  slot->slots = g_object_ref (self);
  slot->writes = writes;
  self->n_taken++;
  self->is_writing |= writes;

  return slot;
}

/**
 * relay_workspace_slot_ref: (skip)
 * @slot: a slot
 *
 * Returns: (transfer full): @slot
 */
RelayWorkspaceSlot *
relay_workspace_slot_ref (RelayWorkspaceSlot *slot)
{
  return g_rc_box_acquire (slot);
}

static void
relay_workspace_slot_clear (RelayWorkspaceSlot *slot)
{
  g_autoptr (RelayWorkspaceSlots) slots = g_steal_pointer (&slot->slots);

  slots->n_taken--;
  if (slot->is_stuck)
    slots->n_stuck--;
  if (slot->writes)
    slots->is_writing = FALSE;
  g_signal_emit (slots, signals[SIGNAL_CHANGED], 0);
}

/**
 * relay_workspace_slot_unref: (skip)
 * @slot: (transfer full): a slot, which is free again if this was the last reference
 */
void
relay_workspace_slot_unref (RelayWorkspaceSlot *slot)
{
  g_rc_box_release_full (slot, (GDestroyNotify) relay_workspace_slot_clear);
}

/**
 * relay_workspace_slot_set_stuck: (skip)
 * @slot: a slot
 *
 * Says that what has the slot has not returned from the disk in time.
 */
void
relay_workspace_slot_set_stuck (RelayWorkspaceSlot *slot)
{
  if (slot->is_stuck)
    return;

  slot->is_stuck = TRUE;
  slot->slots->n_stuck++;
  g_signal_emit (slot->slots, signals[SIGNAL_CHANGED], 0);
}
