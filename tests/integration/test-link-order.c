/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Messages that are sent while another one leaves: by a handler that is told of bytes that left, in the middle of it.
 */

#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include "fakes/fake-clock.h"
#include "fakes/fake-frame.h"
#include "fakes/fake-wait.h"
#include "relay/relay-link.h"

/* More than a link queues without writing some of it. */
#define LONG (1024 * 1024)
#define BETWEEN "{\"sent\":\"between\"}"
#define CONF "[account a]\nplatform-url=ws://127.0.0.1:2\nplatform-key=key-4711\n"

typedef struct {
  FakeClock *clock; /* (owned) */
  RelayLink *link;  /* (owned) */
  GSocket *peer;    /* (owned) the far end */
  char *text;       /* (owned) a long message */
  GByteArray *got;  /* (owned) what the peer has of the frame under way */
  GString *seen;    /* (owned) what it has seen: `text`, `between`, with a `+` for each fragment that more follow */
  gboolean sent_between;
  gsize most_queued; /* the most that waited when bytes had left */
} OrderFixture;

static void
on_drained (RelayLink *link, gpointer user_data)
{
  OrderFixture *self = user_data;
  g_autoptr (GBytes) between = g_bytes_new_static (BETWEEN, strlen (BETWEEN));

  self->most_queued = MAX (self->most_queued, relay_link_get_queued (link));
  if (!self->sent_between)
    {
      self->sent_between = TRUE;
      relay_link_send (link, RELAY_OPCODE_TEXT, between);
    }
}

static void
set_up (OrderFixture *self, gconstpointer unused)
{
  static const RelayLinkTimes times = { 1000, 300000, 20000 };
  static const RelayLinkHandler handler = { .drained = on_drained };
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (CONF, strlen (CONF), "gangway.conf", NULL);
  g_autoptr (RelayEndpoint) endpoint = relay_endpoint_new_platform (relay_settings_find_account (settings, "a"), NULL);
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], NULL);
  self->peer = g_socket_new_from_fd (fds[1], NULL);
  g_socket_set_blocking (self->peer, FALSE);
  connection = g_socket_connection_factory_create_connection (socket);

  self->clock = fake_clock_new ();
  self->link = relay_link_new (endpoint, RELAY_CLOCK (self->clock), &times, connection, nothing);
  self->text = g_strnfill (LONG, 'x');
  self->got = g_byte_array_new ();
  self->seen = g_string_new (NULL);
  relay_link_set_handler (self->link, &handler, self);
}

static void
tear_down (OrderFixture *self, gconstpointer unused)
{
  relay_link_set_handler (self->link, NULL, NULL);
  g_clear_object (&self->link);
  g_clear_object (&self->peer);
  fake_wait_settle ();
  g_clear_object (&self->clock);
  g_free (self->text);
  g_byte_array_unref (self->got);
  g_string_free (self->seen, TRUE);
}

/* Returns: whether there was a whole frame */
static gboolean
see_frame (OrderFixture *self)
{
  FakeFrameHeader header;
  gsize at = fake_frame_read_header (&header, self->got->data, self->got->len);
  gboolean is_between;

  if (at == 0 || self->got->len - at < header.length)
    return FALSE;

  is_between = header.length == strlen (BETWEEN);
  if ((header.first_byte & 0x0f) != 0 || is_between)
    g_string_append (self->seen, is_between ? " between" : " text");
  if ((header.first_byte & FAKE_FIN) == 0)
    g_string_append_c (self->seen, '+');
  g_byte_array_remove_range (self->got, 0, (guint) (at + header.length));
  return TRUE;
}

/* Reads until nothing is left on the way. */
static void
see_all (OrderFixture *self)
{
  char buffer[64 * 1024];
  gssize count = 0;

  while (count > 0 || relay_link_get_queued (self->link) > 0)
    {
      count = g_socket_receive (self->peer, buffer, sizeof buffer, NULL, NULL);
      if (count > 0)
        g_byte_array_append (self->got, (const guint8 *) buffer, (guint) count);
      while (see_frame (self))
        continue;
      g_main_context_iteration (NULL, FALSE);
    }
  while ((count = g_socket_receive (self->peer, buffer, sizeof buffer, NULL, NULL)) > 0)
    g_byte_array_append (self->got, (const guint8 *) buffer, (guint) count);
  while (see_frame (self))
    continue;

  g_assert_cmpuint (self->got->len, ==, 0);
  g_assert_true (self->sent_between);
}

static void
test_within_message (OrderFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) text = g_bytes_new_static (self->text, LONG);

  relay_link_send (self->link, RELAY_OPCODE_TEXT, text);
  see_all (self);
  g_assert_cmpstr (self->seen->str, ==, " text+++++++++++++++ between");
}

static void
test_within_first_piece (OrderFixture *self, gconstpointer unused)
{
  RelayFramePiece piece = { RELAY_OPCODE_TEXT, (const guint8 *) self->text, LONG, TRUE, FALSE };
  RelayFramePiece rest = { RELAY_OPCODE_TEXT, (const guint8 *) self->text, 1, FALSE, TRUE };

  relay_link_send_piece (self->link, &piece);
  g_assert_true (self->sent_between);
  relay_link_send_piece (self->link, &rest);
  see_all (self);
  g_assert_cmpstr (self->seen->str, ==, " text++++++++++++++++ between");
}

/* What waited is counted once while it leaves. */
static void
test_within_what_waited (OrderFixture *self, gconstpointer unused)
{
  RelayFramePiece begin = { RELAY_OPCODE_TEXT, (const guint8 *) self->text, 1, TRUE, FALSE };
  RelayFramePiece rest = { RELAY_OPCODE_TEXT, (const guint8 *) self->text, 1, FALSE, TRUE };
  g_autoptr (GBytes) text = g_bytes_new_static (self->text, LONG);

  relay_link_send_piece (self->link, &begin);
  relay_link_send (self->link, RELAY_OPCODE_TEXT, text);
  g_assert_cmpuint (relay_link_get_waiting (self->link), ==, LONG);
  relay_link_send_piece (self->link, &rest);
  g_assert_cmpuint (relay_link_get_waiting (self->link), ==, 0);
  see_all (self);
  g_assert_cmpstr (self->seen->str, ==, " text+ text+++++++++++++++ between");
  g_assert_cmpuint (self->most_queued, <, LONG);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add ("/link/order/within-message", OrderFixture, NULL, set_up, test_within_message, tear_down);
  g_test_add ("/link/order/within-first-piece", OrderFixture, NULL, set_up, test_within_first_piece, tear_down);
  g_test_add ("/link/order/within-what-waited", OrderFixture, NULL, set_up, test_within_what_waited, tear_down);

  return g_test_run ();
}
