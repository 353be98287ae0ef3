/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-peer.h"

G_BEGIN_DECLS

/**
 * LedgerPart:
 * @LEDGER_PART_HEADER: one byte of a frame's head
 * @LEDGER_PART_PAYLOAD: the head and half of the payload
 * @LEDGER_PART_FRAGMENT: the first of two fragments
 *
 * How much of a frame is sent before its sender ends.
 */
typedef enum {
  LEDGER_PART_HEADER,
  LEDGER_PART_PAYLOAD,
  LEDGER_PART_FRAGMENT,
} LedgerPart;

/**
 * Ledger:
 * @faults: (owned) (element-type utf8): what was delivered and should not have been, or came out of order, and what else was
 *   added
 * @n_frames: how many numbered frames have arrived
 * @n_bytes: how many bytes they had
 *
 * The books of two sides that send each other numbered frames through a relay. Each frame says from which connection it is and
 * which of that connection's frames. A frame that comes twice, out of order, with one before it missing, on a session other
 * than its own, or that was never sent whole, is a fault.
 */
typedef struct {
  GPtrArray *faults;
  guint64 n_frames;
  guint64 n_bytes;

  /*< private >*/
  GHashTable *pages; /* (owned) (element-type utf8 Page) by the connection's name */
} Ledger;

Ledger  *ledger_new       (void);
void     ledger_free      (Ledger         *self);
void     ledger_watch     (Ledger         *self,
                           FakePeer       *peer,
                           const char     *name);
void     ledger_send      (Ledger         *self,
                           FakeConnection *connection,
                           gsize           padding_bytes,
                           gsize           fragment_bytes);
void     ledger_send_part (Ledger         *self,
                           FakeConnection *connection,
                           LedgerPart      part);
void     ledger_add_fault (Ledger         *self,
                           const char     *format,
                           ...) G_GNUC_PRINTF (2, 3);
FakeConnection *
         ledger_get_other (Ledger         *self,
                           FakeConnection *connection);
gboolean ledger_has_all   (Ledger         *self,
                           FakeConnection *connection);
gboolean ledger_is_even   (Ledger         *self,
                           FakeConnection *connection);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Ledger, ledger_free)

G_END_DECLS
