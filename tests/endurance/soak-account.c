/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/soak-account.h"

#include "endurance/soak-request.h"

#define PINGS_KEY "soak-pings"
#define N_RESETS 3
#define MAX_PENDING 200
/* What may wait to be sent to a relay that does not read. */
#define MAX_QUEUED_BYTES (16 * 1024 * 1024)
#define LARGE_PADDING_BYTES (4 * 1024 * 1024)

static gboolean
is_same (const FakeMessage *message, gpointer user_data)
{
  return message == user_data;
}

/* Frames are not only in the books: those of requests are to be taken out of the queues too. */
static void
drop_from_queue (FakeConnection *connection, FakeMessage *message)
{
  FakeMessage *queued = fake_connection_take_message (connection, is_same, message);

  g_clear_pointer (&queued, fake_message_unref);
}

static void
take_answer (SoakAccount *self, const char *id, const FakeMessage *message)
{
  SoakRequest *request = g_hash_table_lookup (self->pending, id);

  if (request == NULL)
    {
      ledger_add_fault (self->ledger, "%s: an answer to %s, which does not wait for one: %.300s", self->id, id,
                        message->text);
      return;
    }

  if (!soak_request_takes_answer (request, message))
    ledger_add_fault (self->ledger, "%s: a wrong answer to %s: %.300s", self->id, request->method, message->text);
  g_hash_table_remove (self->pending, id);
  self->n_answers++;
}

static void
take_chunk (SoakAccount *self, const FakeMessage *message)
{
  g_autofree char *id = fake_message_get_string (message, "payload.requestId");
  SoakRequest *request = id != NULL ? g_hash_table_lookup (self->pending, id) : NULL;

  if (request == NULL || !soak_request_takes_chunk (request, message))
    ledger_add_fault (self->ledger, "%s: a wrong chunk: %.300s", self->id, message->text);
}

static gboolean
on_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, SoakAccount *self)
{
  g_autofree char *id = NULL;

  drop_from_queue (connection, message);
  if (connection != fake_platform_get_ready (self->platform))
    return FALSE;

  id = fake_message_has (message, "type", "res") ? fake_message_get_string (message, "id") : NULL;
  if (id != NULL)
    take_answer (self, id, message);
  else if (fake_message_has (message, "event", "platform.chat.chunk"))
    take_chunk (self, message);
  return TRUE;
}

static gboolean
is_on (gpointer key, gpointer value, gpointer user_data)
{
  return ((SoakRequest *) value)->connection == user_data;
}

/* What was asked on a session that has ended is not answered any more. */
static void
on_closed (FakePeer *peer, FakeConnection *connection, SoakAccount *self)
{
  self->n_answers += g_hash_table_foreach_remove (self->pending, is_on, connection);
}

/**
 * soak_account_new:
 * @id: its name in gangway.conf
 * @dir: a folder that goes with the test
 * @ledger: the books
 * @random: chance
 *
 * Returns: (transfer full): an account whose platform listens
 */
SoakAccount *
soak_account_new (const char *id, const char *dir, Ledger *ledger, GRand *random)
{
  SoakAccount *self = g_new0 (SoakAccount, 1);

  self->id = g_strdup (id);
  self->platform = fake_platform_new ();
  self->ledger = ledger;
  self->random = random;
  self->workspace = g_build_filename (dir, "workspaces", id, NULL);
  self->pending = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) soak_request_free);
  soak_request_prepare_workspace (self->workspace);
  ledger_watch (ledger, FAKE_PEER (self->platform), id);
  g_signal_connect (self->platform, "message", G_CALLBACK (on_message), self);
  g_signal_connect (self->platform, "closed", G_CALLBACK (on_closed), self);
  return self;
}

/**
 * soak_account_free:
 * @self: (transfer full): an account
 */
void
soak_account_free (SoakAccount *self)
{
  g_object_unref (self->platform);
  g_hash_table_unref (self->pending);
  g_free (self->workspace);
  g_free (self->id);
  g_free (self);
}

/**
 * soak_account_get_connection:
 * @self: an account
 *
 * Returns: (transfer none) (nullable): the platform's end of its session, if it is connected
 */
FakeConnection *
soak_account_get_connection (SoakAccount *self)
{
  return fake_platform_get_ready (self->platform);
}

/**
 * soak_account_get_gateway:
 * @self: an account
 *
 * Returns: (transfer none) (nullable): the gateway's end of its session, once a frame came through
 */
FakeConnection *
soak_account_get_gateway (SoakAccount *self)
{
  FakeConnection *connection = soak_account_get_connection (self);
  FakeConnection *gateway = connection != NULL ? ledger_get_other (self->ledger, connection) : NULL;

  return gateway != NULL && fake_connection_is_open (gateway) ? gateway : NULL;
}

static guint
get_n_pings (FakeConnection *connection)
{
  return GPOINTER_TO_UINT (g_object_get_data (G_OBJECT (connection), PINGS_KEY));
}

static void
ping (FakeConnection *connection)
{
  fake_connection_send_frame (connection, FAKE_FIN | FAKE_PING, "soak", 4);
  g_object_set_data (G_OBJECT (connection), PINGS_KEY, GUINT_TO_POINTER (get_n_pings (connection) + 1));
}

/* Mostly tiny ones; every two hundredth is large. */
static void
send_frame (SoakAccount *self, FakeConnection *connection)
{
  guint dice = (guint) g_rand_int_range (self->random, 0, 200);
  gsize padding_bytes = 0;

  if (fake_connection_get_queued_bytes (connection) > MAX_QUEUED_BYTES)
    return;

  if (dice == 0)
    padding_bytes = LARGE_PADDING_BYTES;
  else if (dice < 40)
    padding_bytes = (gsize) g_rand_int_range (self->random, 1000, 60000);
  ledger_send (self->ledger, connection, padding_bytes, dice < 20 ? padding_bytes / 3 : 0);
}

static void
send_request (SoakAccount *self, SoakRequest *request)
{
  self->n_requests++;
  g_hash_table_insert (self->pending, request->id, request);
  soak_request_send (request);
}

/**
 * soak_account_act:
 * @self: an account
 *
 * Sends something by chance, if it is connected.
 */
void
soak_account_act (SoakAccount *self)
{
  FakeConnection *connection = soak_account_get_connection (self);
  FakeConnection *gateway = soak_account_get_gateway (self);

  self->last = NULL;
  if (connection == NULL)
    return;

  send_frame (self, connection);
  if (gateway != NULL)
    send_frame (self, gateway);
  if (gateway != NULL && g_rand_int_range (self->random, 0, 10) == 0)
    {
      ping (connection);
      ping (gateway);
    }
  if (g_hash_table_size (self->pending) < MAX_PENDING)
    send_request (self, soak_request_new (connection, self->n_requests + 1, self->random));
}

static void
send_last (SoakAccount *self, FakeConnection *connection)
{
  for (guint i = 0; i < N_RESETS; i++)
    send_request (self, soak_request_new_reset (connection, self->n_requests + 1));
  ledger_send (self->ledger, connection, 0, 0);
  self->last = connection;
}

/**
 * soak_account_settle:
 * @self: an account
 *
 * Has the gateway forget the account's chats, and a frame sent behind which there is nothing more, once for each session.
 *
 * Returns: whether it is connected, every request and ping was answered, and every frame has arrived
 */
gboolean
soak_account_settle (SoakAccount *self)
{
  FakeConnection *connection = soak_account_get_connection (self);
  FakeConnection *gateway;

  if (connection != NULL && connection != self->last)
    send_last (self, connection);
  gateway = soak_account_get_gateway (self);

  return gateway != NULL && g_hash_table_size (self->pending) == 0 && ledger_is_even (self->ledger, connection) &&
         fake_connection_get_n_pongs (connection) == get_n_pings (connection) &&
         fake_connection_get_n_pongs (gateway) == get_n_pings (gateway);
}

/**
 * soak_account_describe:
 * @self: an account
 *
 * Returns: (transfer full): where it stands, for one that does not settle
 */
char *
soak_account_describe (SoakAccount *self)
{
  FakeConnection *connection = soak_account_get_connection (self);
  FakeConnection *gateway = soak_account_get_gateway (self);

  return g_strdup_printf ("%s: %s, %u requests without an answer, %s, %u of %u pings of the platform and %u of %u of the "
                          "gateway answered",
                          self->id,
                          connection == NULL ? "not connected"
                          : gateway == NULL  ? "no frame yet"
                                             : "connected",
                          g_hash_table_size (self->pending),
                          connection != NULL && gateway != NULL && ledger_is_even (self->ledger, connection)
                              ? "all frames arrived"
                              : "frames are missing",
                          connection != NULL ? fake_connection_get_n_pongs (connection) : 0,
                          connection != NULL ? get_n_pings (connection) : 0,
                          gateway != NULL ? fake_connection_get_n_pongs (gateway) : 0,
                          gateway != NULL ? get_n_pings (gateway) : 0);
}
