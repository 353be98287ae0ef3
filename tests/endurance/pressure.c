/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/pressure.h"

#define KIB 1024
#define MIB (1024 * 1024)

/* One large frame, then middle ones, then small ones: about as many bytes in the large as in the middle ones. */
#define N_MIDDLE 64
#define N_SMALL 2048
#define N_CYCLE (1 + N_MIDDLE + N_SMALL)
#define LARGE_BYTES (4 * MIB)
#define MIDDLE_BYTES (64 * KIB)
#define SMALL_BYTES 200
#define CYCLE_BYTES (LARGE_BYTES + N_MIDDLE * MIDDLE_BYTES + N_SMALL * SMALL_BYTES)

/* What the sender has ready. */
#define MAX_QUEUED (8 * MIB)
/* Nothing moves any more. */
#define STALL_US 500000
/* An answer that takes longer would be noticed. */
#define MAX_ANSWER_US (5 * G_USEC_PER_SEC)

/* --- the flow --- */

static gsize
get_frame_bytes (guint number)
{
  guint place = number % N_CYCLE;

  if (place == 0)
    return LARGE_BYTES;
  return place <= N_MIDDLE ? MIDDLE_BYTES : SMALL_BYTES;
}

static guint64
get_word (guint number, gsize place)
{
  return (guint64) number << 32 | place;
}

static GBytes *
make_frame (guint number)
{
  gsize n_bytes = get_frame_bytes (number);
  guint64 *words = g_malloc (n_bytes);

  for (gsize i = 0; i < n_bytes / sizeof *words; i++)
    words[i] = get_word (number, i);

  return g_bytes_new_take (words, n_bytes);
}

static void
check_frame (const FakeMessage *message, guint number)
{
  const guint64 *words = (const guint64 *) message->text;

  g_assert_cmpuint (message->length, ==, get_frame_bytes (number));
  for (gsize i = 0; i < message->length / sizeof *words; i++)
    g_assert_true (words[i] == get_word (number, i));
}

/* Sends a portion: one frame, or all the small ones that follow each other, in one write. */
static void
send_portion (PressureFlow *self)
{
  fake_connection_cork (self->from);
  do
    {
      g_autoptr (GBytes) frame = make_frame (self->n_sent++);

      fake_connection_send_bytes (self->from, FAKE_BINARY, frame);
    }
  while (self->n_sent < self->n_frames && get_frame_bytes (self->n_sent) == SMALL_BYTES);
  fake_connection_uncork (self->from);
}

static gboolean
on_time_to_send (gpointer user_data)
{
  PressureFlow *self = user_data;

  if (fake_connection_get_queued_bytes (self->from) != self->n_queued)
    self->moved_us = g_get_monotonic_time ();
  while (self->n_sent < self->n_frames && fake_connection_get_queued_bytes (self->from) < MAX_QUEUED)
    send_portion (self);
  self->n_queued = fake_connection_get_queued_bytes (self->from);

  return G_SOURCE_CONTINUE;
}

static gboolean
is_binary (const FakeMessage *message, gpointer unused)
{
  return message->opcode == FAKE_BINARY;
}

static void
on_message (FakeConnection *to, FakeMessage *message, gpointer user_data)
{
  PressureFlow *self = user_data;

  if (!is_binary (message, NULL))
    return;

  check_frame (message, self->n_received++);
  self->n_bytes += message->length;
  fake_message_unref (fake_connection_take_message (to, is_binary, NULL));
}

/**
 * pressure_flow_begin:
 * @self: (out caller-allocates): a flow
 * @from: who sends
 * @to: where it must come out
 * @n_bytes: how much to send at least
 *
 * Begins to send, as fast as it is taken.
 */
void
pressure_flow_begin (PressureFlow *self, FakeConnection *from, FakeConnection *to, guint64 n_bytes)
{
  *self = (PressureFlow){
    .from = g_object_ref (from),
    .to = g_object_ref (to),
    .n_frames = (guint) ((n_bytes + CYCLE_BYTES - 1) / CYCLE_BYTES) * N_CYCLE,
  };
  self->message_id = g_signal_connect (to, "message", G_CALLBACK (on_message), self);
  self->send_id = g_timeout_add (1, on_time_to_send, self);
}

/**
 * pressure_flow_is_done:
 * @self: a flow
 *
 * Returns: %TRUE if all has come out
 */
gboolean
pressure_flow_is_done (PressureFlow *self)
{
  return self->n_received == self->n_frames;
}

/**
 * pressure_flow_wait_for_stall:
 * @self: a flow whose receiver does not read
 *
 * Waits until no byte more is taken of the sender, who has more to send.
 */
void
pressure_flow_wait_for_stall (PressureFlow *self)
{
  self->moved_us = g_get_monotonic_time ();
  fake_wait_until (g_get_monotonic_time () - self->moved_us > STALL_US);
  g_assert_cmpuint (self->n_sent, <, self->n_frames);
}

/**
 * pressure_flow_end:
 * @self: a flow
 *
 * Sends and looks no more.
 */
void
pressure_flow_end (PressureFlow *self)
{
  g_clear_handle_id (&self->send_id, g_source_remove);
  g_clear_signal_handler (&self->message_id, self->to);
  g_clear_object (&self->from);
  g_clear_object (&self->to);
}

/* --- the neighbour --- */

static gboolean
has_id (const FakeMessage *message, gpointer id)
{
  return fake_message_has (message, "id", id);
}

static gboolean
on_time_to_ask (gpointer user_data)
{
  PressureNeighbour *self = user_data;

  if (self->id != NULL)
    {
      g_autoptr (FakeMessage) answer = fake_connection_take_message (self->connection, has_id, self->id);

      if (answer == NULL)
        return G_SOURCE_CONTINUE;
      self->worst_us = MAX (self->worst_us, g_get_monotonic_time () - self->sent_us);
      self->n_answers++;
      g_free (self->id);
    }

  self->sent_us = g_get_monotonic_time ();
  fake_connection_send_frame (self->connection, FAKE_FIN | FAKE_PING, "neighbour", 9);
  self->id = fake_platform_send_request (self->platform, "echo", "{}");
  return G_SOURCE_CONTINUE;
}

/**
 * pressure_neighbour_begin:
 * @self: (out caller-allocates): a neighbour
 * @platform: its platform, which is ready
 *
 * Begins to ask.
 */
void
pressure_neighbour_begin (PressureNeighbour *self, FakePlatform *platform)
{
  *self = (PressureNeighbour){
    .platform = platform,
    .connection = g_object_ref (fake_platform_get_ready (platform)),
  };
  self->tick_id = g_timeout_add (10, on_time_to_ask, self);
}

/**
 * pressure_neighbour_end:
 * @self: a neighbour
 *
 * Checks that it had its answers and pongs in time, on one connection, and asks no more.
 */
void
pressure_neighbour_end (PressureNeighbour *self)
{
  g_clear_handle_id (&self->tick_id, g_source_remove);
  g_test_message ("the other account: %u round trips, the longest %.1f ms", self->n_answers, self->worst_us / 1000.0);
  g_assert_cmpuint (self->n_answers, >, 10);
  g_assert_cmpint (self->worst_us, <, MAX_ANSWER_US);
  g_assert_cmpuint (fake_connection_get_n_pongs (self->connection), >=, self->n_answers);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
  g_clear_object (&self->connection);
  g_clear_pointer (&self->id, g_free);
}
