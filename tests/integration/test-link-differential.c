/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <libsoup/soup.h>
#include <string.h>
#include <sys/socket.h>

#include "fakes/fake-receiver.h"
#include "fakes/fake-wait.h"
#include "relay/relay-link.h"

/*
 * Whatever a server sends, and however the network cuts it, comes out of a RelayLink as it does of libsoup's own connection:
 * the same messages, the same pongs, the same close.
 */

/* One end that is fed, and what came of it. */
typedef struct {
  GSocket *peer;      /* (owned) */
  GString *outcome;   /* (owned) */
  GString *pongs;     /* (owned) */
  FakeReceiver sent;  /* what the client sent to its peer */
  guint end_code;     /* what the peer closed with, or was found to have done wrong; 0 while the client is open */
  guint sent_code;    /* what the client closed with */
  RelayOpcode opcode; /* of the message that comes in pieces */
  GByteArray *pieces; /* (owned) */
} End;

static GSocketConnection *
end_init (End *self)
{
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], NULL);
  self->peer = g_socket_new_from_fd (fds[1], NULL);
  g_socket_set_blocking (self->peer, FALSE);
  self->outcome = g_string_new (NULL);
  self->pongs = g_string_new (NULL);
  self->pieces = g_byte_array_new ();
  fake_receiver_init (&self->sent);
  return g_socket_connection_factory_create_connection (socket);
}

static void
end_clear (End *self)
{
  g_object_unref (self->peer);
  g_string_free (self->outcome, TRUE);
  g_string_free (self->pongs, TRUE);
  g_byte_array_unref (self->pieces);
  fake_receiver_clear (&self->sent);
}

static void
note (GString *outcome, const char *what, guint opcode, const guint8 *data, gsize length)
{
  g_autofree char *sum = g_compute_checksum_for_data (G_CHECKSUM_MD5, data, length);

  g_string_append_printf (outcome, "%s %x %" G_GSIZE_FORMAT " %s\n", what, opcode, length, sum);
}

/* Notes pongs, and the code of the close. */
static void
look_at_sent (End *self)
{
  guint8 buffer[4096];
  gssize count;

  while ((count = g_socket_receive (self->peer, (char *) buffer, sizeof buffer, NULL, NULL)) > 0)
    {
      const guint8 *data = buffer;
      gsize length = (gsize) count;

      while (fake_receiver_feed (&self->sent, &data, &length) == FAKE_RECEIVED_CONTROL)
        {
          if (self->sent.opcode == FAKE_PONG)
            note (self->pongs, "pong", 0, self->sent.data->data, self->sent.data->len);
          else if (self->sent.opcode == FAKE_CLOSE && self->sent.data->len >= 2)
            self->sent_code = self->sent.data->data[0] * 256u + self->sent.data->data[1];
        }
      g_assert_null (self->sent.violation);
    }
}

static void
feed (End *self, const guint8 *wire, gsize length)
{
  gsize at = 0;

  while (at < length && self->end_code == 0)
    {
      gssize count = g_socket_send (self->peer, (const char *) wire + at, length - at, NULL, NULL);

      if (count > 0)
        at += (gsize) count;
      fake_wait_settle ();
      look_at_sent (self);
    }
}

/* --- libsoup --- */

static void
on_soup_message (SoupWebsocketConnection *websocket, int type, GBytes *bytes, gpointer user_data)
{
  gsize length;
  const guint8 *data = g_bytes_get_data (bytes, &length);

  /* it goes on with what it has buffered behind a fault, which nobody wants */
  if (soup_websocket_connection_get_state (websocket) == SOUP_WEBSOCKET_STATE_OPEN)
    note (((End *) user_data)->outcome, "message", (guint) type, data, length);
}

static void
on_soup_error (SoupWebsocketConnection *websocket, GError *error, gpointer user_data)
{
  End *end = user_data;

  if (end->end_code == 0)
    end->end_code = soup_websocket_connection_get_close_code (websocket);
  if (end->end_code == 0)
    end->end_code = (guint) error->code;
}

static void
on_soup_closing (SoupWebsocketConnection *websocket, gpointer user_data)
{
  End *end = user_data;

  if (end->end_code == 0)
    end->end_code = soup_websocket_connection_get_close_code (websocket);
}

static SoupWebsocketConnection *
open_soup (End *end)
{
  g_autoptr (GSocketConnection) connection = end_init (end);
  g_autoptr (GUri) uri = g_uri_parse ("ws://127.0.0.1/", SOUP_HTTP_URI_FLAGS, NULL);
  SoupWebsocketConnection *websocket =
      soup_websocket_connection_new (G_IO_STREAM (connection), uri, SOUP_WEBSOCKET_CONNECTION_CLIENT, NULL, NULL, NULL);

  soup_websocket_connection_set_max_incoming_payload_size (websocket, RELAY_LINK_MAX_MESSAGE);
  g_signal_connect (websocket, "message", G_CALLBACK (on_soup_message), end);
  g_signal_connect (websocket, "error", G_CALLBACK (on_soup_error), end);
  g_signal_connect (websocket, "closing", G_CALLBACK (on_soup_closing), end);
  return websocket;
}

/* --- RelayLink --- */

static void
on_message (RelayLink *link, RelayOpcode opcode, const char *data, gsize length, gpointer user_data)
{
  note (((End *) user_data)->outcome, "message", opcode, (const guint8 *) data, length);
}

static RelayReading
on_glance (RelayLink *link, const RelayFramePiece *begin, gpointer user_data)
{
  return (RelayReading) g_test_rand_int_range (RELAY_READING_WHOLE, RELAY_READING_UNDECIDED + 1);
}

static void
on_piece (RelayLink *link, const RelayFramePiece *piece, gpointer user_data)
{
  End *end = user_data;

  if (piece->is_first)
    {
      end->opcode = piece->opcode;
      g_byte_array_set_size (end->pieces, 0);
    }
  g_assert_cmpuint (piece->opcode, ==, end->opcode);
  g_byte_array_append (end->pieces, piece->data, (guint) piece->length);
  if (piece->is_last)
    note (end->outcome, "message", piece->opcode, end->pieces->data, end->pieces->len);
}

/* A link that has found a fault says which only to the peer. */
static void
on_ended (RelayLink *link, const GError *error, gpointer user_data)
{
  End *end = user_data;

  fake_wait_settle ();
  look_at_sent (end);
  end->end_code = relay_link_get_close_code (link) != 0 ? relay_link_get_close_code (link) : end->sent_code;
}

static RelayLink *
open_link (End *end, RelayClock *clock, gboolean in_pieces)
{
  static const char text[] = "[account test]\nplatform-url=ws://127.0.0.1:1/\nplatform-key=key-4711\n";
  static const RelayLinkTimes times = { 10000, 30000, 20000 };
  static const RelayLinkHandler whole = { .message = on_message, .ended = on_ended };
  static const RelayLinkHandler pieces = {
    .message = on_message,
    .glance = on_glance,
    .piece = on_piece,
    .ended = on_ended,
  };
  g_autoptr (GSocketConnection) connection = end_init (end);
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (text, strlen (text), "gangway.conf", NULL);
  g_autoptr (RelayEndpoint) endpoint = relay_endpoint_new_platform (relay_settings_find_account (settings, "test"), NULL);
  g_autoptr (GBytes) leftover = g_bytes_new (NULL, 0);
  RelayLink *link = relay_link_new (endpoint, clock, &times, connection, leftover);

  relay_link_set_handler (link, in_pieces ? &pieces : &whole, end);
  return link;
}

/* --- what is sent --- */

static void
append_text (GByteArray *wire, guint first_byte)
{
  static const char *const texts[] = { "", "{\"type\":\"event\"}", "é€🐢 龟", "a NUL is a character", "\x7f" };
  const char *text = texts[g_test_rand_int_range (0, G_N_ELEMENTS (texts))];

  fake_frame_append (wire, first_byte, text, strlen (text));
}

static void
append_binary (GByteArray *wire, guint first_byte)
{
  static const gsize lengths[] = { 0, 1, 125, 126, 127, 1023, 1024, 1025, 4097, 65535, 65536, 70000 };
  gsize length = lengths[g_test_rand_int_range (0, G_N_ELEMENTS (lengths))];
  g_autofree guint8 *data = g_malloc (length + 1);

  for (gsize i = 0; i < length; i++)
    data[i] = (guint8) (i * 7 + length);
  fake_frame_append (wire, first_byte, data, length);
}

static void
append_control (GByteArray *wire)
{
  static const char text[] = "up to 125 bytes";

  fake_frame_append (wire, FAKE_FIN | (g_test_rand_bit () ? FAKE_PING : FAKE_PONG), text,
                     (gsize) g_test_rand_int_range (0, sizeof text));
}

/* A text may be cut within a character, which only the end of the message must not be. */
static void
append_fragments (GByteArray *wire)
{
  static const char text[] = "fragments may end within a character: é€🐢龟 é€🐢龟";
  gsize at = 0;

  while (at < sizeof text - 1)
    {
      gsize most = (gsize) g_test_rand_int_range (1, 20);
      gsize length = MIN (sizeof text - 1 - at, most);
      gboolean is_last = at + length == sizeof text - 1;

      fake_frame_append (wire, (at == 0 ? FAKE_TEXT : FAKE_CONTINUATION) | (is_last ? FAKE_FIN : 0), text + at, length);
      if (!is_last && g_test_rand_bit ())
        fake_frame_append (wire, FAKE_CONTINUATION, NULL, 0);
      if (!is_last && g_test_rand_bit ())
        append_control (wire);
      at += length;
    }
}

static void
append_fault (GByteArray *wire)
{
#define FAULT(bytes)                                                                                                        \
  {                                                                                                                         \
    bytes, sizeof (bytes) - 1                                                                                               \
  }
  static const struct {
    const char *bytes;
    gsize length;
  } faults[] = {
    FAULT ("\x81\x02\xc3\x28"),
    FAULT ("\x01\x01\xc3\x80\x01("),
    FAULT ("\x81\x03\xed\xa0\x80"),
    FAULT ("\x81\x01\xc3"),
    FAULT ("\xc1\x01x"),
    FAULT ("\xa2\x01x"),
    FAULT ("\x91\x01x"),
    FAULT ("\xc9\x01x"),
    FAULT ("\x81\x81mask\x15"),
    FAULT ("\x83\x01x"),
    FAULT ("\x03\x01x"),
    FAULT ("\x8b\x01x"),
    FAULT ("\x80\x01x"),
    FAULT ("\x00\x01x"),
    FAULT ("\x09\x01x"),
    FAULT ("\x08\x02\x03\xe8"),
    FAULT ("\x01\x01x\x81\x01y"),
    FAULT ("\x02\x00\x82\x00"),
    FAULT ("\x81\x7e\x00\x01x"),
    FAULT ("\x81\x7e\x00\x7dx"),
    FAULT ("\x89\x7e\x00\x01x"),
    FAULT ("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x01x"),
    FAULT ("\x82\x7f\x00\x00\x00\x00\x00\x00\xff\xff"),
    FAULT ("\x82\x7f\x00\x00\x00\x00\x04\x00\x00\x01"),
    FAULT ("\x82\x7f\x80\x00\x00\x00\x00\x00\x00\x00"),
    FAULT ("\x81\x7f\xff\xff\xff\xff\xff\xff\xff\xff"),
    FAULT ("\x88\x01x"),
    FAULT ("\x88\x00"),
    FAULT ("\x88\x02\x03\xe8"),
    FAULT ("\x88\x05\x0f\xa1"
           "bye"),
    FAULT ("\x88\x04\x03\xf4\xc3\x28"),
    FAULT ("\x88\x02\x03\xee"),
    FAULT ("\x88\x02\x00\x00"),
    FAULT ("\x88\x02\xff\xff"),
  };
  guint i = (guint) g_test_rand_int_range (0, G_N_ELEMENTS (faults));

  g_byte_array_append (wire, (const guint8 *) faults[i].bytes, (guint) faults[i].length);
#undef FAULT
}

static GByteArray *
make_wire (void)
{
  GByteArray *wire = g_byte_array_new ();
  guint n_frames = (guint) g_test_rand_int_range (1, 12);

  for (guint i = 0; i < n_frames; i++)
    {
      switch (g_test_rand_int_range (0, 9))
        {
        case 0:
        case 1:
          append_text (wire, FAKE_FIN | FAKE_TEXT);
          break;
        case 2:
        case 3:
          append_binary (wire, FAKE_FIN | FAKE_BINARY);
          break;
        case 4:
          append_binary (wire, FAKE_BINARY);
          append_control (wire);
          append_binary (wire, FAKE_FIN | FAKE_CONTINUATION);
          break;
        case 5:
          append_fragments (wire);
          break;
        case 6:
          append_control (wire);
          break;
        case 7:
          append_text (wire, FAKE_FIN | FAKE_BINARY);
          break;
        default:
          if (g_test_rand_int_range (0, 4) == 0)
            append_fault (wire);
        }
    }

  return wire;
}

static gsize
next_chunk (gsize left)
{
  static const gint32 limits[] = { 2, 12, 3000, 200000 };
  gsize chunk = (gsize) g_test_rand_int_range (1, limits[g_test_rand_int_range (0, G_N_ELEMENTS (limits))]);

  return MIN (left, chunk);
}

/* Whoever breaks a rule need not be answered a ping that came right before, but no other is. */
static void
expect_same (GByteArray *wire, End *soup, End *link)
{
  gboolean same_pongs = link->end_code != 0 ? g_str_has_prefix (soup->pongs->str, link->pongs->str)
                                            : g_str_equal (soup->pongs->str, link->pongs->str);
  g_autofree char *base64 = NULL;

  if (same_pongs && soup->end_code == link->end_code && g_str_equal (soup->outcome->str, link->outcome->str))
    return;

  base64 = g_base64_encode (wire->data, wire->len);
  g_error ("%s\nlibsoup: %u\n%s%s\nRelayLink: %u\n%s%s", base64, soup->end_code, soup->outcome->str, soup->pongs->str,
           link->end_code, link->outcome->str, link->pongs->str);
}

/* Feeds the same, cut in the same places, to both. */
static void
compare (GByteArray *wire, RelayClock *clock, gboolean in_pieces)
{
  End soup_end = { 0 };
  End link_end = { 0 };
  g_autoptr (SoupWebsocketConnection) websocket = open_soup (&soup_end);
  g_autoptr (RelayLink) link = open_link (&link_end, clock, in_pieces);
  gsize chunk;

  for (gsize at = 0; at < wire->len; at += chunk)
    {
      chunk = wire->len < 500 && g_test_rand_bit () ? 1 : next_chunk (wire->len - at);
      feed (&soup_end, wire->data + at, chunk);
      feed (&link_end, wire->data + at, chunk);
    }
  expect_same (wire, &soup_end, &link_end);

  relay_link_set_handler (link, NULL, NULL);
  relay_link_close_async (link, 1001, NULL, NULL, NULL);
  g_socket_close (link_end.peer, NULL);
  g_socket_close (soup_end.peer, NULL);
  fake_wait_settle ();
  end_clear (&soup_end);
  end_clear (&link_end);
}

static void
test_random (gconstpointer in_pieces)
{
  g_autoptr (RelayClock) clock = relay_clock_new ();

  for (guint round = 0; round < 2000; round++)
    {
      g_autoptr (GByteArray) wire = make_wire ();

      compare (wire, clock, GPOINTER_TO_INT (in_pieces));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_data_func ("/link/as-libsoup/whole", GINT_TO_POINTER (FALSE), test_random);
  g_test_add_data_func ("/link/as-libsoup/pieces", GINT_TO_POINTER (TRUE), test_random);

  return g_test_run ();
}
