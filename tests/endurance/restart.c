/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/restart.h"

#define GATEWAY (1 << RESTART_GATEWAY)
#define PLATFORM (1 << RESTART_PLATFORM)
#define BOTH (GATEWAY | PLATFORM)

#define CLOSES (1 << RESTART_CLOSE_1000 | 1 << RESTART_CLOSE_1001 | 1 << RESTART_CLOSE_1012)
#define DROPS (1 << RESTART_FIN | 1 << RESTART_RESET | 1 << RESTART_KILL)
#define ANY (CLOSES | DROPS)
/* How the connection ends follows from the point. */
#define ONE (1 << RESTART_FIN)

#define N_FRAMES 8
#define MAX_PADDING_BYTES 4000
/* More than the fakes read at once. */
#define LARGE_PADDING_BYTES (256 * 1024)

static const struct {
  const char *name;
  guint sides;
  guint ends;
} points[] = {
  [RESTART_DIAL_REFUSED] = { "while it is dialled: refused", BOTH, ONE },
  [RESTART_UPGRADE_DROPPED] = { "while it is dialled: dropped in the upgrade", BOTH, ONE },
  [RESTART_UPGRADE_REFUSED] = { "while it is dialled: 503", BOTH, ONE },
  [RESTART_OPENED] = { "before its first word", BOTH, ANY },
  [RESTART_HALF_CHALLENGE] = { "in the middle of the challenge", GATEWAY, DROPS },
  [RESTART_AFTER_CHALLENGE] = { "after the challenge", GATEWAY, ANY },
  [RESTART_GOT_PRE_HANDSHAKE] = { "on the pre-handshake", PLATFORM, ANY },
  [RESTART_GOT_CHALLENGE] = { "on the challenge, before connect", PLATFORM, ANY },
  [RESTART_HALF_CONNECT] = { "in the middle of connect", PLATFORM, DROPS },
  [RESTART_AFTER_CONNECT] = { "while connect is pending", PLATFORM, ANY },
  [RESTART_GOT_CONNECT] = { "on connect, before hello", GATEWAY, ANY },
  [RESTART_HALF_HELLO] = { "in the middle of hello", GATEWAY, DROPS },
  [RESTART_AFTER_HELLO] = { "right after hello", BOTH, ANY },
  [RESTART_RELAY] = { "in the relay", BOTH, ANY },
  [RESTART_HALF_HEAD] = { "in the head of a frame that it sends", BOTH, DROPS },
  [RESTART_HALF_PAYLOAD] = { "in the payload of a frame that it sends", BOTH, DROPS },
  [RESTART_BETWEEN_FRAGMENTS] = { "between two fragments that it sends", BOTH, ANY },
  [RESTART_HALF_RECEIVED] = { "in the middle of a frame that it gets", BOTH, DROPS },
};

static const char *const ends[] = {
  [RESTART_CLOSE_1000] = "close 1000", [RESTART_CLOSE_1001] = "close 1001", [RESTART_CLOSE_1012] = "close 1012",
  [RESTART_FIN] = "end of stream",     [RESTART_RESET] = "reset",           [RESTART_KILL] = "killed",
};

static gboolean
is_close (RestartEnd end)
{
  return (1 << end & CLOSES) != 0;
}

/**
 * restart_list_all:
 *
 * Returns: (transfer full) (element-type Restart): every restart that there can be
 */
GArray *
restart_list_all (void)
{
  GArray *all = g_array_new (FALSE, FALSE, sizeof (Restart));

  for (guint point = 0; point < G_N_ELEMENTS (points); point++)
    for (guint side = 0; side <= RESTART_PLATFORM; side++)
      for (guint end = 0; end < G_N_ELEMENTS (ends); end++)
        {
          Restart restart = { side, point, end };

          if ((points[point].sides & 1 << side) != 0 && (points[point].ends & 1 << end) != 0)
            g_array_append_val (all, restart);
        }

  return all;
}

/**
 * restart_describe:
 * @restart: a restart
 *
 * Returns: (transfer full): who restarts, when, and how
 */
char *
restart_describe (const Restart *restart)
{
  return g_strdup_printf ("%s, %s, %s", restart->side == RESTART_GATEWAY ? "gateway" : "platform",
                          points[restart->point].name, ends[restart->end]);
}

static FakePeer *
get_peer (Restarter *self, RestartSide side)
{
  return side == RESTART_GATEWAY ? FAKE_PEER (self->gateway) : FAKE_PEER (self->platform);
}

static void
end_connection (Restarter *self, FakeConnection *connection, const Restart *restart)
{
  switch (restart->end)
    {
    case RESTART_CLOSE_1000:
      fake_connection_close (connection, 1000, "restart");
      break;
    case RESTART_CLOSE_1001:
      fake_connection_close (connection, 1001, "restart");
      break;
    case RESTART_CLOSE_1012:
      fake_connection_close (connection, 1012, "restart");
      break;
    case RESTART_FIN:
      fake_connection_drop (connection, FAKE_DROP_FIN);
      break;
    case RESTART_KILL:
      fake_peer_stop_listening (get_peer (self, restart->side));
      fake_connection_drop (connection, FAKE_DROP_RESET);
      break;
    case RESTART_RESET:
      fake_connection_drop (connection, FAKE_DROP_RESET);
      break;
    default:
      g_assert_not_reached ();
    }
}

/* --- in the handshake --- */

typedef struct {
  Restarter *restarter;       /* (unowned) */
  FakeConnection *connection; /* (owned) */
  Restart restart;
} Shot;

static void
shot_free (gpointer data)
{
  Shot *shot = data;

  g_object_unref (shot->connection);
  g_free (shot);
}

static gboolean
on_fire (gpointer user_data)
{
  Shot *shot = user_data;
  Restarter *self = shot->restarter;

  if (fake_connection_get_queued_bytes (shot->connection) > 0)
    return G_SOURCE_CONTINUE;

  for (RestartSide side = RESTART_GATEWAY; side <= RESTART_PLATFORM; side++)
    self->n_before_fired[side] = fake_peer_get_n_total (get_peer (self, side));
  end_connection (self, shot->connection, &shot->restart);
  self->n_fired++;
  return G_SOURCE_REMOVE;
}

/* Once the peer has done what it does now, and it has gone out. */
static void
fire (Restarter *self, FakeConnection *connection)
{
  Shot *shot = g_new0 (Shot, 1);

  shot->restarter = self;
  shot->connection = g_object_ref (connection);
  shot->restart = *g_steal_pointer (&self->armed);
  g_idle_add_full (G_PRIORITY_DEFAULT, on_fire, shot, shot_free);
}

/* Returns: whether the peer shall not do what it would, because it ends before that or in the middle */
static gboolean
reach (Restarter *self, FakePeer *peer, FakeConnection *connection, RestartPoint before, RestartPoint half,
       RestartPoint after)
{
  RestartPoint point;

  if (self->armed == NULL || get_peer (self, self->armed->side) != peer)
    return FALSE;
  point = self->armed->point;
  if (point != before && point != half && point != after)
    return FALSE;

  if (point == half && half != before)
    ledger_send_part (self->ledger, connection, LEDGER_PART_PAYLOAD);
  fire (self, connection);
  return point != after;
}

static gboolean
on_opened (FakePeer *peer, FakeConnection *connection, Restarter *self)
{
  return reach (self, peer, connection, RESTART_OPENED, RESTART_HALF_CHALLENGE, RESTART_AFTER_CHALLENGE);
}

static gboolean
on_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, Restarter *self)
{
  if (fake_message_has (message, "type", "pre-handshake"))
    return reach (self, peer, connection, RESTART_GOT_PRE_HANDSHAKE, RESTART_GOT_PRE_HANDSHAKE, RESTART_GOT_PRE_HANDSHAKE);
  if (fake_message_has (message, "event", "connect.challenge"))
    return reach (self, peer, connection, RESTART_GOT_CHALLENGE, RESTART_HALF_CONNECT, RESTART_AFTER_CONNECT);
  if (fake_message_has (message, "method", "connect"))
    return reach (self, peer, connection, RESTART_GOT_CONNECT, RESTART_HALF_HELLO, RESTART_AFTER_HELLO);
  if (fake_message_has (message, "payload.type", "hello-ok"))
    return reach (self, peer, connection, RESTART_AFTER_HELLO, RESTART_AFTER_HELLO, RESTART_AFTER_HELLO);

  return FALSE;
}

/**
 * restarter_init:
 * @self: (out caller-allocates): a restarter
 * @gateway: the gateway, without connections yet
 * @platform: the platform, the same
 * @ledger: the books of both
 *
 * Has the two under watch, in the books too.
 */
void
restarter_init (Restarter *self, FakeGateway *gateway, FakePlatform *platform, Ledger *ledger)
{
  *self = (Restarter){ .gateway = gateway, .platform = platform, .ledger = ledger };

  ledger_watch (ledger, FAKE_PEER (gateway), "gateway");
  ledger_watch (ledger, FAKE_PEER (platform), "platform");
  for (RestartSide side = RESTART_GATEWAY; side <= RESTART_PLATFORM; side++)
    {
      g_signal_connect (get_peer (self, side), "opened", G_CALLBACK (on_opened), self);
      g_signal_connect (get_peer (self, side), "message", G_CALLBACK (on_message), self);
    }
}

/* The relay finds nobody, and then somebody again. */
static void
come_back (Restarter *self, const Restart *restart, guint n_retries)
{
  g_autoptr (GError) error = NULL;

  fake_wait_until (self->n_retries >= n_retries + 2);
  fake_peer_set_upgrade_mode (get_peer (self, restart->side), FAKE_UPGRADE_ACCEPT);
  fake_peer_listen (get_peer (self, restart->side), &error);
  g_assert_no_error (error);
}

static void
run_in_handshake (Restarter *self, const Restart *restart, FakeConnection *connection)
{
  guint n_fired = self->n_fired;

  self->armed = restart;
  fake_connection_drop (connection, FAKE_DROP_RESET);
  fake_wait_until (self->n_fired > n_fired);
  if (restart->end == RESTART_KILL)
    come_back (self, restart, self->n_retries);

  for (RestartSide side = RESTART_GATEWAY; side <= RESTART_PLATFORM; side++)
    fake_connection_expect_gone (fake_peer_get_nth_connection (get_peer (self, side), self->n_before_fired[side]));
}

static void
run_in_dial (Restarter *self, const Restart *restart, FakeConnection *connection)
{
  FakePeer *peer = get_peer (self, restart->side);
  guint n_retries = self->n_retries;

  if (restart->point == RESTART_DIAL_REFUSED)
    fake_peer_stop_listening (peer);
  else if (restart->point == RESTART_UPGRADE_DROPPED)
    fake_peer_set_upgrade_mode (peer, FAKE_UPGRADE_DROP);
  else
    fake_peer_refuse (peer, "503 Service Unavailable", NULL, NULL);

  fake_connection_drop (connection, FAKE_DROP_FIN);
  come_back (self, restart, n_retries);
}

/* --- in the relay --- */

static void
send_some (Restarter *self, FakeConnection *connection)
{
  for (guint i = 0; i < N_FRAMES; i++)
    {
      gsize padding_bytes = (gsize) g_test_rand_int_range (0, MAX_PADDING_BYTES);

      ledger_send (self->ledger, connection, padding_bytes, g_test_rand_int_range (0, 3) > 0 ? 0 : padding_bytes / 3 + 1);
    }
}

/* Has the relay write a frame to @connection, of which only the beginning is read. */
static void
receive_half (Restarter *self, FakeConnection *connection, FakeConnection *other)
{
  guint64 n_bytes;

  fake_wait_until (ledger_has_all (self->ledger, connection));
  n_bytes = fake_connection_get_n_bytes (connection);
  ledger_send (self->ledger, other, LARGE_PADDING_BYTES, 0);
  fake_wait_until (fake_connection_get_n_bytes (connection) > n_bytes);
  g_assert_cmpuint (fake_connection_get_n_bytes (connection), <, n_bytes + LARGE_PADDING_BYTES);
}

static void
run_in_relay (Restarter *self, const Restart *restart, FakeConnection *connection, FakeConnection *other)
{
  guint n_retries = self->n_retries;

  send_some (self, other);
  send_some (self, connection);
  if (restart->point == RESTART_HALF_HEAD)
    ledger_send_part (self->ledger, connection, LEDGER_PART_HEADER);
  else if (restart->point == RESTART_HALF_PAYLOAD)
    ledger_send_part (self->ledger, connection, LEDGER_PART_PAYLOAD);
  else if (restart->point == RESTART_BETWEEN_FRAGMENTS)
    ledger_send_part (self->ledger, connection, LEDGER_PART_FRAGMENT);
  else if (restart->point == RESTART_HALF_RECEIVED)
    receive_half (self, connection, other);

  if (restart->point != RESTART_RELAY)
    fake_wait_until (fake_connection_get_queued_bytes (connection) == 0);
  end_connection (self, connection, restart);
  if (restart->end == RESTART_KILL)
    come_back (self, restart, n_retries);

  /* Who says that he goes has all delivered that he sent before. */
  fake_connection_expect_gone (other);
  if (is_close (restart->end))
    g_assert_true (ledger_has_all (self->ledger, other));
}

/**
 * restarter_run:
 * @self: a restarter, whose relay is connected
 * @restart: a restart
 *
 * Has it happen, and waits until it has. The relay is left to find its way back.
 */
void
restarter_run (Restarter *self, const Restart *restart)
{
  FakeConnection *gateway = fake_peer_get_connection (FAKE_PEER (self->gateway));
  FakeConnection *platform = fake_platform_get_ready (self->platform);
  FakeConnection *connection = restart->side == RESTART_GATEWAY ? gateway : platform;

  if (restart->point <= RESTART_UPGRADE_REFUSED)
    run_in_dial (self, restart, connection);
  else if (restart->point <= RESTART_AFTER_HELLO)
    run_in_handshake (self, restart, connection);
  else
    run_in_relay (self, restart, connection, restart->side == RESTART_GATEWAY ? platform : gateway);

  fake_connection_expect_gone (gateway);
  fake_connection_expect_gone (platform);
}

/**
 * restarter_check:
 * @self: a restarter
 *
 * Waits for the relay to be connected, sends frames both ways, and sees that all arrive, that there is one session alone,
 * and that the books are right.
 */
void
restarter_check (Restarter *self)
{
  FakeConnection *platform = fake_platform_wait_ready (self->platform);
  FakeConnection *gateway = fake_peer_get_connection (FAKE_PEER (self->gateway));

  send_some (self, platform);
  send_some (self, gateway);
  fake_wait_until (ledger_is_even (self->ledger, gateway) && ledger_get_other (self->ledger, gateway) == platform);
  fake_wait_until (fake_peer_get_n_open (FAKE_PEER (self->gateway)) == 1);
  fake_wait_until (fake_peer_get_n_open (FAKE_PEER (self->platform)) == 1);
  if (self->ledger->faults->len > 0)
    g_error ("%s", (const char *) self->ledger->faults->pdata[0]);
}
