/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */


#pragma once

#include <libsoup/soup.h>

#include "fakes/fake-peer.h"

G_BEGIN_DECLS

/* A client that has nothing to do with Gangway: libsoup's. */
typedef struct {
  SoupSession *session;            /* (owned) */
  SoupMessage *request;            /* (owned) */
  SoupWebsocketConnection *socket; /* (owned) (nullable) */
  GError *error;                   /* (owned) (nullable) */
  gboolean is_dialled;
  gboolean is_closed;
  GPtrArray *received; /* (owned) (element-type utf8) */
  GError *failure;     /* (owned) (nullable) the first of the socket */
} Client;

Client     *client_dial   (const char *url);
Client     *client_new    (FakePeer   *peer);
const char *client_expect (Client     *client,
                           guint       n);
void        client_send   (Client     *client,
                           const char *text);
void        client_free   (Client     *client);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Client, client_free)

G_END_DECLS
