/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * FuzzPeer:
 * @incoming: (owned): what came and was not taken away yet
 * @outgoing: (owned): what waits to be sent
 * @has_ended: whether nothing comes any more
 *
 * The far end of a connection without a network, moved by hand.
 */
typedef struct {
  GByteArray *incoming;
  GByteArray *outgoing;
  gboolean has_ended;
  int fd; /* (owned) */
} FuzzPeer;

GSocketConnection *fuzz_peer_connect (FuzzPeer *self);
void               fuzz_peer_clear   (FuzzPeer *self);
gboolean           fuzz_peer_push    (FuzzPeer *self,
                                      gsize     max_bytes);
gboolean           fuzz_peer_pull    (FuzzPeer *self);
void               fuzz_peer_hang_up (FuzzPeer *self);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (FuzzPeer, fuzz_peer_clear)

G_END_DECLS
