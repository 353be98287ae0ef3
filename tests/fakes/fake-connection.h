/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "fakes/fake-frame.h"
#include "fakes/fake-wait.h"

G_BEGIN_DECLS

/**
 * FakeUpgradeMode:
 * @FAKE_UPGRADE_ACCEPT: as a good server does
 * @FAKE_UPGRADE_REFUSE: answers with what fake_peer_refuse() was given, and closes
 * @FAKE_UPGRADE_WRONG_ACCEPT: answers 101 with a wrong `Sec-WebSocket-Accept`
 * @FAKE_UPGRADE_SILENT: reads the request and never answers
 * @FAKE_UPGRADE_BYTEWISE: a good answer, each byte in a write of its own
 * @FAKE_UPGRADE_ENDLESS: a good status line and then headers without end
 * @FAKE_UPGRADE_DROP: closes the TCP connection in place of an answer
 *
 * What a peer does with the HTTP request that begins a WebSocket.
 */
typedef enum {
  FAKE_UPGRADE_ACCEPT,
  FAKE_UPGRADE_REFUSE,
  FAKE_UPGRADE_WRONG_ACCEPT,
  FAKE_UPGRADE_SILENT,
  FAKE_UPGRADE_BYTEWISE,
  FAKE_UPGRADE_ENDLESS,
  FAKE_UPGRADE_DROP,
} FakeUpgradeMode;

/**
 * FakeUpgrade:
 * @mode: what to do
 * @refusal: (owned) (nullable): the whole answer of %FAKE_UPGRADE_REFUSE
 * @headers: (owned) (nullable): further header lines of a 101, each with its CRLF
 *
 * How to answer the HTTP request.
 */
typedef struct {
  FakeUpgradeMode mode;
  char *refusal;
  char *headers;
} FakeUpgrade;

/**
 * FakeDrop:
 * @FAKE_DROP_FIN: an end of the stream, as when a process ends (the kernel makes it a reset if bytes lie unread)
 * @FAKE_DROP_RESET: a TCP reset, as when a machine forgets
 *
 * How a TCP connection ends without a close frame.
 */
typedef enum {
  FAKE_DROP_FIN,
  FAKE_DROP_RESET,
} FakeDrop;

#define FAKE_TYPE_CONNECTION (fake_connection_get_type ())
G_DECLARE_FINAL_TYPE (FakeConnection, fake_connection, FAKE, CONNECTION, GObject)

/*
 * The server's end of one WebSocket, made by a FakePeer. Signals:
 *   opened ()                       the upgrade is done; what a handler sends travels in the same segment as the 101
 *   message (FakeMessage *message)  a whole message came
 *   closed ()                       the TCP connection is gone
 * Every message is also queued for fake_connection_expect_message(), those of a handshake too.
 */
FakeConnection *fake_connection_new               (GIOStream          *stream,
                                                   GSocket            *socket,
                                                   const FakeUpgrade  *upgrade,
                                                   guint               number);
void            fake_connection_start             (FakeConnection     *self);

/* What it has seen */
guint           fake_connection_get_number        (FakeConnection     *self);
gboolean        fake_connection_is_open           (FakeConnection     *self);
gboolean        fake_connection_is_gone           (FakeConnection     *self);
const char     *fake_connection_get_request       (FakeConnection     *self);
char           *fake_connection_get_header        (FakeConnection     *self,
                                                   const char         *name);
guint           fake_connection_get_close_code    (FakeConnection     *self);
const char     *fake_connection_get_close_reason  (FakeConnection     *self);
guint           fake_connection_get_n_pings       (FakeConnection     *self);
guint           fake_connection_get_n_pongs       (FakeConnection     *self);
guint           fake_connection_get_n_messages    (FakeConnection     *self);
guint64         fake_connection_get_n_bytes       (FakeConnection     *self);
gsize           fake_connection_get_queued_bytes  (FakeConnection     *self);
char           *fake_connection_take_violation    (FakeConnection     *self);

/* How it behaves */
void            fake_connection_set_reading       (FakeConnection     *self,
                                                   gboolean            reading);
void            fake_connection_set_discard       (FakeConnection     *self,
                                                   gboolean            discard);
void            fake_connection_set_ignore_pings  (FakeConnection     *self,
                                                   gboolean            ignore);
void            fake_connection_set_ignore_close  (FakeConnection     *self,
                                                   gboolean            ignore);

/* What it sends. Between cork and uncork all is held, and goes out in one write. */
void            fake_connection_send_text         (FakeConnection     *self,
                                                   const char         *text);
void            fake_connection_send_now          (FakeConnection     *self,
                                                   const char         *text);
void            fake_connection_send_format       (FakeConnection     *self,
                                                   const char         *format,
                                                   ...) G_GNUC_PRINTF (2, 3);
void            fake_connection_send_bytes        (FakeConnection     *self,
                                                   guint               opcode,
                                                   GBytes             *bytes);
void            fake_connection_send_fragmented   (FakeConnection     *self,
                                                   guint               opcode,
                                                   GBytes             *bytes,
                                                   gsize               fragment_bytes);
void            fake_connection_send_frame        (FakeConnection     *self,
                                                   guint               first_byte,
                                                   gconstpointer       data,
                                                   gsize               length);
void            fake_connection_send_raw          (FakeConnection     *self,
                                                   GBytes             *bytes);
void            fake_connection_cork              (FakeConnection     *self);
void            fake_connection_uncork            (FakeConnection     *self);
void            fake_connection_close             (FakeConnection     *self,
                                                   guint               code,
                                                   const char         *reason);
void            fake_connection_finish            (FakeConnection     *self);
void            fake_connection_drop              (FakeConnection     *self,
                                                   FakeDrop            how);

/* What a test waits for */
typedef gboolean (*FakeMessageFunc) (const FakeMessage *message, gpointer user_data);

FakeMessage    *fake_connection_take_message      (FakeConnection     *self,
                                                   FakeMessageFunc     func,
                                                   gpointer            user_data);
FakeMessage    *fake_connection_expect_at         (FakeConnection     *self,
                                                   const char         *path,
                                                   const char         *value,
                                                   const char         *where);
void            fake_connection_expect_gone_at    (FakeConnection     *self,
                                                   const char         *where);

/* Waits for the next message, and takes it out of the queue. */
#define fake_connection_expect_message(self) fake_connection_expect_at ((self), NULL, NULL, G_STRLOC)
/* Waits for the next message whose value at @path is @value, and takes it out of the queue; the others stay. */
#define fake_connection_expect(self, path, value) fake_connection_expect_at ((self), (path), (value), G_STRLOC)
/* Waits until the TCP connection is gone. */
#define fake_connection_expect_gone(self) fake_connection_expect_gone_at ((self), G_STRLOC)

G_END_DECLS
