/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-connection.h"
#include "fakes/fake-json.h"

G_BEGIN_DECLS

#define FAKE_TYPE_PEER (fake_peer_get_type ())
G_DECLARE_DERIVABLE_TYPE (FakePeer, fake_peer, FAKE, PEER, GObject)

/**
 * FakePeerClass:
 * @opened: a connection's upgrade is done; returns %TRUE to stop here
 * @message: a message came; returns %TRUE to stop here
 * @closed: a connection's TCP connection is gone
 *
 * A WebSocket server on loopback that does what it is told, good or bad, on the main context that is the thread-default one
 * when it is made. It listens from the start. Properties, all construct-only: port (0: any), address (in place of 127.0.0.1),
 * certificate (a GTlsCertificate with its key: wss), receive-buffer (SO_RCVBUF in bytes, 0: the system's).
 *
 * The functions of the class are signals as well: opened (FakeConnection*) → gboolean, message (FakeConnection*, FakeMessage*) →
 * gboolean, closed (FakeConnection*). A handler that returns %TRUE takes the place of what a fake gateway or platform would do.
 */
struct _FakePeerClass {
  GObjectClass parent_class;

  gboolean (*opened)  (FakePeer *self, FakeConnection *connection);
  gboolean (*message) (FakePeer *self, FakeConnection *connection, FakeMessage *message);
  void     (*closed)  (FakePeer *self, FakeConnection *connection);
};

FakePeer       *fake_peer_new                    (void);

const char     *fake_peer_get_url                (FakePeer        *self);
guint           fake_peer_get_port               (FakePeer        *self);
void            fake_peer_stop_listening         (FakePeer        *self);
gboolean        fake_peer_listen                 (FakePeer        *self,
                                                  GError         **error);

void            fake_peer_set_upgrade_mode       (FakePeer        *self,
                                                  FakeUpgradeMode  mode);
void            fake_peer_set_upgrade_headers    (FakePeer        *self,
                                                  const char      *headers);
void            fake_peer_refuse                 (FakePeer        *self,
                                                  const char      *status,
                                                  const char      *headers,
                                                  const char      *body);

guint           fake_peer_get_n_total            (FakePeer        *self);
guint           fake_peer_get_n_open             (FakePeer        *self);
FakeConnection *fake_peer_get_connection         (FakePeer        *self);
FakeConnection *fake_peer_get_nth_connection     (FakePeer        *self,
                                                  guint            n);
FakeConnection *fake_peer_wait_for_connection_at (FakePeer        *self,
                                                  const char      *where);

/* Waits for the next connection whose upgrade is done, and returns it: (transfer none). Each is returned once. */
#define fake_peer_wait_for_connection(self) fake_peer_wait_for_connection_at (FAKE_PEER (self), G_STRLOC)
/* Waits until no connection to the peer is open (H7). */
#define fake_peer_expect_empty(self) fake_wait_until (fake_peer_get_n_open (FAKE_PEER (self)) == 0)

G_END_DECLS
