/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "fakes/fake-wait.h"
#include "relay/relay-stream.h"

typedef struct {
  RelayStream *stream;         /* (owned) */
  GPollableInputStream *input; /* (unowned) */
  GSocket *peer;               /* (owned) */
  GSource *source;             /* (owned) (nullable) */
  guint n_dispatched;
  guint read_bytes; /* how much each dispatch reads at most */
  GString *read;    /* (owned) */
  gboolean at_end;
  gsize takes; /* bytes at a time, before it pauses; 0 for all */
  guint n_filled;
  guint n_read_done;
  guint n_drained;
  guint n_failed;
} Fixture;

/* Passes all on, a part of it at a time if it should. */
static gsize
on_filled (const guint8 *data, gsize length, gpointer user_data)
{
  Fixture *self = user_data;
  gsize taken = self->takes > 0 ? MIN (self->takes, length) : length;

  self->n_filled++;
  relay_stream_pass (self->stream, data, taken);
  if (taken < length)
    relay_stream_set_paused (self->stream, TRUE);
  return taken;
}

static void
on_read_done (gpointer user_data)
{
  ((Fixture *) user_data)->n_read_done++;
}

static void
on_drained (gpointer user_data)
{
  ((Fixture *) user_data)->n_drained++;
}

static void
on_failed (const GError *error, gpointer user_data)
{
  ((Fixture *) user_data)->n_failed++;
}

static void
set_up (Fixture *self, gconstpointer unused)
{
  static const RelayStreamHooks hooks = { on_filled, on_read_done, on_drained, on_failed };
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], NULL);
  self->peer = g_socket_new_from_fd (fds[1], NULL);
  g_socket_set_blocking (self->peer, FALSE);
  connection = g_socket_connection_factory_create_connection (socket);
  self->stream = relay_stream_new (G_IO_STREAM (connection), socket, &hooks, self);
  self->input = G_POLLABLE_INPUT_STREAM (g_io_stream_get_input_stream (G_IO_STREAM (self->stream)));
  self->read = g_string_new (NULL);
  self->read_bytes = 4096;
}

static void
stop_reading (Fixture *self)
{
  if (self->source != NULL)
    g_source_destroy (self->source);
  g_clear_pointer (&self->source, g_source_unref);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  stop_reading (self);
  relay_stream_abort (self->stream);
  fake_wait_settle ();
  g_assert_finalize_object (self->stream);
  g_object_unref (self->peer);
  g_string_free (self->read, TRUE);
}

static void start_reading (Fixture *self);

/* Reads as libsoup does: until nothing is left, and then waits with a new source. */
static gboolean
on_readable (GObject *pollable, gpointer user_data)
{
  Fixture *self = user_data;
  char buffer[4096];
  gssize count;

  self->n_dispatched++;
  stop_reading (self);
  do
    {
      g_autoptr (GError) error = NULL;

      count = g_pollable_input_stream_read_nonblocking (self->input, buffer, self->read_bytes, NULL, &error);
      if (count > 0)
        g_string_append_len (self->read, buffer, count);
      else if (count == 0)
        self->at_end = TRUE;
      else
        g_assert_error (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK);
    }
  while (count > 0);
  if (!self->at_end)
    start_reading (self);

  return G_SOURCE_REMOVE;
}

static void
start_reading (Fixture *self)
{
  self->source = g_pollable_input_stream_create_source (self->input, NULL);
  g_source_set_callback (self->source, G_SOURCE_FUNC (on_readable), self, NULL);
  g_source_attach (self->source, NULL);
}

static void
peer_sends (Fixture *self, const char *text)
{
  g_assert_cmpint (g_socket_send (self->peer, text, strlen (text), NULL, NULL), ==, strlen (text));
}

static void
write_bytes (Fixture *self, gsize length)
{
  guint8 *room = relay_stream_reserve (self->stream, length);

  memset (room, 'w', length);
  relay_stream_commit (self->stream, length);
  relay_stream_flush_later (self->stream);
}

static gsize
peer_takes (Fixture *self)
{
  static char buffer[1024 * 1024];
  gssize count = g_socket_receive (self->peer, buffer, sizeof buffer, NULL, NULL);

  return count > 0 ? (gsize) count : 0;
}

static void
start (Fixture *self, const char *leftover)
{
  g_autoptr (GBytes) bytes = g_bytes_new_static (leftover, strlen (leftover));

  relay_stream_start (self->stream, bytes);
  start_reading (self);
}

static void
test_leftover_comes_first (Fixture *self, gconstpointer unused)
{
  peer_sends (self, "second");
  start (self, "first ");
  fake_wait_until (self->read->len == 12);
  g_assert_cmpstr (self->read->str, ==, "first second");
  g_assert_cmpuint (self->n_filled, ==, 2);
}

static void
test_pause (Fixture *self, gconstpointer unused)
{
  start (self, "");
  relay_stream_set_paused (self->stream, TRUE);
  peer_sends (self, "a");
  fake_wait_settle ();
  g_assert_cmpstr (self->read->str, ==, "");
  g_assert_cmpuint (self->n_filled, ==, 0);

  relay_stream_set_paused (self->stream, FALSE);
  fake_wait_until (self->read->len == 1);
  for (guint i = 0; i < 10; i++)
    {
      relay_stream_set_paused (self->stream, TRUE);
      peer_sends (self, "b");
      relay_stream_set_paused (self->stream, FALSE);
    }
  fake_wait_until (self->read->len == 11);
}

/* What an owner does not take it is offered again, before anything else, and once it wants more. */
static void
test_taken_in_parts (Fixture *self, gconstpointer unused)
{
  self->takes = 3;
  start (self, "abcdefgh");
  peer_sends (self, "ij");
  for (gsize length = 3; length <= 6; length += 3)
    {
      fake_wait_until (self->read->len == length);
      fake_wait_settle ();
      g_assert_cmpuint (self->read->len, ==, length);
      relay_stream_set_paused (self->stream, FALSE);
    }
  fake_wait_until (self->read->len == 10);
  g_assert_cmpstr (self->read->str, ==, "abcdefghij");
}

/* Nothing spins while nobody may read, whatever is held. */
static void
test_no_spinning (Fixture *self, gconstpointer unused)
{
  guint before;

  relay_stream_set_paused (self->stream, TRUE);
  start (self, "leftover");
  peer_sends (self, "more");
  fake_wait_settle ();
  g_assert_cmpuint (self->n_dispatched + self->n_filled, ==, 0);

  relay_stream_set_paused (self->stream, FALSE);
  relay_stream_abort (self->stream);
  before = self->n_dispatched;
  for (guint i = 0; i < 100; i++)
    g_main_context_iteration (NULL, FALSE);
  g_assert_cmpuint (self->n_dispatched, ==, before);
  g_assert_cmpuint (self->n_read_done, ==, 0);
}

static void
test_end (Fixture *self, gconstpointer unused)
{
  start (self, "");
  peer_sends (self, "last words");
  g_socket_shutdown (self->peer, FALSE, TRUE, NULL);
  fake_wait_until (self->at_end);
  g_assert_cmpstr (self->read->str, ==, "last words");
}

static void
test_discard (Fixture *self, gconstpointer unused)
{
  start (self, "");
  peer_sends (self, "seen");
  fake_wait_until (self->read->len == 4);
  relay_stream_discard_input (self->stream);
  for (guint i = 0; i < 100; i++)
    {
      peer_sends (self, "unseen");
      fake_wait_settle ();
    }
  g_socket_shutdown (self->peer, FALSE, TRUE, NULL);
  fake_wait_until (self->at_end);
  g_assert_cmpstr (self->read->str, ==, "seen");
}

/* Writes of one turn leave together, and what the socket does not take is counted until it does. */
static void
test_queue (Fixture *self, gconstpointer unused)
{
  gsize taken = 0;

  write_bytes (self, 3);
  write_bytes (self, 4);
  g_assert_cmpuint (relay_stream_get_queued (self->stream), ==, 7);
  g_assert_cmpuint (peer_takes (self), ==, 0);
  fake_wait_settle ();
  g_assert_cmpuint (relay_stream_get_queued (self->stream), ==, 0);
  g_assert_cmpuint (self->n_drained, ==, 1);
  g_assert_cmpuint (peer_takes (self), ==, 7);

  for (guint i = 0; i < 200; i++)
    write_bytes (self, 100000);
  g_assert_cmpuint (relay_stream_get_queued (self->stream), >, 15000000);
  while (taken < 20000000)
    {
      gsize part = peer_takes (self);

      taken += part;
      g_assert_cmpuint (relay_stream_get_queued (self->stream), <=, 20000000 - (taken - part));
      g_main_context_iteration (NULL, FALSE);
    }
  g_assert_cmpuint (taken, ==, 20000000);
  g_assert_cmpuint (relay_stream_get_queued (self->stream), ==, 0);
  g_assert_cmpuint (self->n_failed, ==, 0);
}

static void
test_flush (Fixture *self, gconstpointer unused)
{
  write_bytes (self, 5);
  relay_stream_flush (self->stream);
  g_assert_cmpuint (relay_stream_get_queued (self->stream), ==, 0);
  g_assert_cmpuint (peer_takes (self), ==, 5);
}

/* A write that fails is told once, and nothing is queued from then on. */
static void
test_failed_write (Fixture *self, gconstpointer unused)
{
  g_socket_close (self->peer, NULL);
  for (guint i = 0; i < 10; i++)
    {
      write_bytes (self, 100000);
      relay_stream_flush (self->stream);
    }
  fake_wait_settle ();
  g_assert_cmpuint (self->n_failed, ==, 1);
  g_assert_cmpuint (relay_stream_get_queued (self->stream), ==, 0);
}

static void
test_abort_calls_nobody (Fixture *self, gconstpointer unused)
{
  write_bytes (self, 5);
  peer_sends (self, "unread");
  start (self, "");
  relay_stream_abort (self->stream);
  fake_wait_settle ();
  g_assert_cmpuint (self->n_drained + self->n_filled + self->n_failed + self->n_read_done, ==, 0);
  g_assert_cmpuint (peer_takes (self), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  add ("/stream/leftover-comes-first", test_leftover_comes_first);
  add ("/stream/R10/pause", test_pause);
  add ("/stream/R10/taken-in-parts", test_taken_in_parts);
  add ("/stream/R10/no-spinning", test_no_spinning);
  add ("/stream/R10/queue", test_queue);
  add ("/stream/end", test_end);
  add ("/stream/discard", test_discard);
  add ("/stream/flush", test_flush);
  add ("/stream/failed-write", test_failed_write);
  add ("/stream/abort-calls-nobody", test_abort_calls_nobody);

  return g_test_run ();
}
