/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */


#pragma once

#include "fakes/fake-connection.h"
#include "fakes/fake-receiver.h"

G_BEGIN_DECLS

typedef enum {
  FAKE_STATE_UPGRADE,
  FAKE_STATE_OPEN,
  FAKE_STATE_GONE,
} FakeState;

struct _FakeConnection {
  GObject parent_instance;

  guint number;
  FakeState state;
  GIOStream *stream; /* (owned) */
  GSocket *socket;   /* (owned) the same without TLS */
  GCancellable *cancellable; /* (owned) */
  FakeUpgrade upgrade;       /* (owned) */
  GString *request;          /* (owned) the HTTP request, up to its empty line */

  guint8 *read_buffer; /* (owned) */
  GByteArray *unread;  /* (owned) what came and waits for reading to be switched on */
  gboolean reading;
  gboolean read_pending;
  FakeReceiver receiver;
  GQueue messages; /* (owned) (element-type FakeMessage) */

  GQueue out; /* (owned) (element-type GBytes) */
  gsize queued_bytes;
  gboolean write_pending;
  GByteArray *corked; /* (owned) (nullable) */
  guint cork_depth;
  gboolean finish; /* once all is written */

  gboolean ignore_pings;
  gboolean ignore_close;
  gboolean close_sent;
  guint close_code; /* what the client sent; 0: no close frame came */
  char *close_reason; /* (owned) (nullable) */
  guint n_pings;
  guint n_pongs;
  guint n_messages;
  char *violation; /* (owned) (nullable) */
};

/* What the connection's three files share: its life, what it sends, and what can be seen and set from outside. */
void fake_connection_read       (FakeConnection *self);
void fake_connection_write      (FakeConnection *self);
void fake_connection_end        (FakeConnection *self);
void fake_connection_got_frames (FakeConnection *self,
                                 const guint8   *data,
                                 gsize           length);

G_END_DECLS
