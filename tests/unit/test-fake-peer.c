/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "fake-client.h"

static void
test_json_paths (void)
{
  const char *text = " { \"a\" : [1, {\"b\":\"x\\u0041\\\"\"}, [] ] ,\"a\\u0062\":-7,\"c\":1,\"c\":{\"d\":null}} ";
  g_autofree char *string = fake_json_get_string (text, -1, "a.1.b");
  g_autofree char *last = fake_json_get (text, -1, "c");
  g_autofree char *null = fake_json_get (text, -1, "c.d");
  g_autofree char *array = fake_json_get (text, -1, "a.2");
  g_autofree char *absent = fake_json_get (text, -1, "a.3");
  g_autofree char *quoted = fake_json_quote ("a\"\n");

  g_assert_cmpstr (string, ==, "xA\"");
  g_assert_cmpint (fake_json_get_int (text, -1, "ab"), ==, -7);
  g_assert_cmpstr (last, ==, "{\"d\":null}");
  g_assert_cmpstr (null, ==, "null");
  g_assert_cmpstr (array, ==, "[]");
  g_assert_null (absent);
  g_assert_cmpstr (quoted, ==, "\"a\\\"\\n\"");
}

static void
test_json_depth (void)
{
  g_autoptr (GString) text = g_string_new ("{\"params\":");
  g_autofree char *id = NULL;

  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, '[');
  for (guint i = 0; i < 100000; i++)
    g_string_append_c (text, ']');
  g_string_append (text, ",\"id\":\"7\"}");

  id = fake_json_get (text->str, (gssize) text->len, "id");
  g_assert_cmpstr (id, ==, "\"7\"");
}

static void
test_messages_both_ways (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);
  g_autoptr (FakeMessage) text = NULL;
  g_autoptr (FakeMessage) binary = NULL;
  g_autoptr (GBytes) large = g_bytes_new_take (g_strnfill (300000, 'x'), 300000);
  g_autofree char *host = fake_connection_get_header (connection, "host");

  g_assert_nonnull (host);
  g_assert_true (g_str_has_prefix (fake_connection_get_request (connection), "GET / HTTP/1.1\r\n"));

  client_send (client, "hé");
  soup_websocket_connection_send_message (client->socket, SOUP_WEBSOCKET_DATA_BINARY, large);
  text = fake_connection_expect_message (connection);
  binary = fake_connection_expect_message (connection);
  g_assert_cmpuint (text->opcode, ==, FAKE_TEXT);
  g_assert_cmpstr (text->text, ==, "hé");
  g_assert_cmpuint (binary->opcode, ==, FAKE_BINARY);
  g_assert_cmpuint (binary->length, ==, 300000);

  fake_connection_send_text (connection, "back");
  fake_connection_send_bytes (connection, FAKE_BINARY, large);
  fake_connection_send_fragmented (connection, FAKE_BINARY, large, 70000);
  g_assert_cmpstr (client_expect (client, 0), ==, "back");
  g_assert_cmpuint (strlen (client_expect (client, 1)), ==, 300000);
  g_assert_cmpuint (strlen (client_expect (client, 2)), ==, 300000);
}

static void
test_pings (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);

  g_assert_no_error (client->error);
  fake_connection_send_frame (connection, FAKE_FIN | FAKE_PING, "ab", 2);
  fake_wait_until (fake_connection_get_n_pongs (connection) == 1);
}

static void
test_close_from_server (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);

  fake_connection_close (connection, 4001, "bye now");
  fake_wait_until (client->is_closed);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (client->socket), ==, 4001);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (client->socket), ==, "bye now");
  fake_peer_expect_empty (peer);
  g_assert_cmpuint (fake_connection_get_close_code (connection), ==, 4001);
}

static void
test_close_from_client (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);

  soup_websocket_connection_close (client->socket, 4002, "enough");
  fake_connection_expect_gone (connection);
  g_assert_cmpuint (fake_connection_get_close_code (connection), ==, 4002);
  g_assert_cmpstr (fake_connection_get_close_reason (connection), ==, "enough");
  g_assert_cmpuint (fake_peer_get_n_total (peer), ==, 1);
}

static void
test_drop (gconstpointer data)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);

  fake_connection_drop (connection, GPOINTER_TO_UINT (data));
  fake_wait_until (client->is_closed);
  g_assert_cmpuint (soup_websocket_connection_get_close_code (client->socket), ==, 0);
  g_assert_cmpuint (fake_peer_get_n_open (peer), ==, 0);
}

static void
test_reserved_bits (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);

  fake_connection_send_frame (connection, FAKE_FIN | 0x40 | FAKE_TEXT, "{}", 2);
  fake_wait_until (client->failure != NULL);
  g_assert_cmpint (client->failure->code, ==, SOUP_WEBSOCKET_CLOSE_PROTOCOL_ERROR);
}

static void
test_not_reading (void)
{
  g_autoptr (FakePeer) peer = g_object_new (FAKE_TYPE_PEER, "receive-buffer", 4096, NULL);
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);
  g_autoptr (FakeMessage) first = NULL;

  fake_connection_set_reading (connection, FALSE);
  for (guint i = 0; i < 100; i++)
    client_send (client, "{\"n\":1}");
  fake_wait_settle ();
  g_assert_cmpuint (fake_connection_get_n_messages (connection), ==, 0);

  fake_connection_set_reading (connection, TRUE);
  first = fake_connection_expect (connection, "n", "1");
  fake_wait_until (fake_connection_get_n_messages (connection) == 100);
}

static void
test_discard (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = client_new (peer);
  FakeConnection *connection = fake_peer_wait_for_connection (peer);

  fake_connection_set_discard (connection, TRUE);
  for (guint i = 0; i < 10; i++)
    client_send (client, "0123456789");
  fake_wait_until (fake_connection_get_n_messages (connection) == 10);
  g_assert_cmpuint (fake_connection_get_n_bytes (connection), ==, 100);
  g_assert_null (fake_connection_take_message (connection, NULL, NULL));
}

static void
test_listens_again (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) refused = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *url = g_strdup (fake_peer_get_url (peer));

  fake_peer_stop_listening (peer);
  refused = client_new (peer);
  g_assert_error (refused->error, G_IO_ERROR, G_IO_ERROR_CONNECTION_REFUSED);

  g_assert_true (fake_peer_listen (peer, &error));
  g_assert_no_error (error);
  g_assert_cmpstr (fake_peer_get_url (peer), ==, url);
  client = client_new (peer);
  g_assert_nonnull (client->socket);
}

static void
test_ipv6 (void)
{
  g_autoptr (FakePeer) peer = NULL;
  g_autoptr (Client) client = NULL;
  g_autoptr (GSocket) probe = g_socket_new (G_SOCKET_FAMILY_IPV6, G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, NULL);
  g_autoptr (GInetAddress) loopback = g_inet_address_new_loopback (G_SOCKET_FAMILY_IPV6);
  g_autoptr (GSocketAddress) address = g_inet_socket_address_new (loopback, 0);

  /* A machine without IPv6 has nothing to test here. */
  if (probe == NULL || !g_socket_bind (probe, address, FALSE, NULL))
    return;

  peer = g_object_new (FAKE_TYPE_PEER, "address", "::1", NULL);
  client = client_new (peer);
  g_assert_nonnull (client->socket);
}

static void
test_tls (void)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fakes", "localhost.pem", NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);
  g_autoptr (FakePeer) peer = NULL;
  g_autoptr (Client) client = NULL;

  g_assert_no_error (error);
  peer = g_object_new (FAKE_TYPE_PEER, "certificate", certificate, NULL);
  g_assert_true (g_str_has_prefix (fake_peer_get_url (peer), "wss://"));
  client = client_new (peer);
  g_assert_no_error (client->error);
  fake_connection_send_text (fake_peer_wait_for_connection (peer), "sealed");
  g_assert_cmpstr (client_expect (client, 0), ==, "sealed");
}

static void
test_refusal (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = NULL;

  fake_peer_refuse (peer, "503 Service Unavailable", "Retry-After: 7\r\n", "busy");
  client = client_new (peer);
  g_assert_nonnull (client->error);
  g_assert_cmpuint (soup_message_get_status (client->request), ==, 503);
  g_assert_cmpstr (soup_message_headers_get_one (soup_message_get_response_headers (client->request), "Retry-After"), ==,
                   "7");
  fake_peer_expect_empty (peer);
}

static void
test_wrong_accept (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = NULL;

  fake_peer_set_upgrade_mode (peer, FAKE_UPGRADE_WRONG_ACCEPT);
  client = client_new (peer);
  g_assert_error (client->error, SOUP_WEBSOCKET_ERROR, SOUP_WEBSOCKET_ERROR_BAD_HANDSHAKE);
}

static void
test_bytewise (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = NULL;

  fake_peer_set_upgrade_mode (peer, FAKE_UPGRADE_BYTEWISE);
  client = client_new (peer);
  g_assert_nonnull (client->socket);
}

static void
test_upgrade_dropped (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autoptr (Client) client = NULL;

  fake_peer_set_upgrade_mode (peer, FAKE_UPGRADE_DROP);
  client = client_new (peer);
  g_assert_nonnull (client->error);
}

/* Sends @request as it is, and reads to the end of the stream or until @max_bytes have come. */
static char *
exchange (FakePeer *peer, const char *request, gsize max_bytes)
{
  g_autoptr (GSocketClient) dialler = g_socket_client_new ();
  g_autoptr (GSocketConnection) stream =
      g_socket_client_connect_to_host (dialler, "127.0.0.1", (guint16) fake_peer_get_port (peer), NULL, NULL);
  g_autoptr (GString) answer = g_string_new (NULL);
  GInputStream *input = g_io_stream_get_input_stream (G_IO_STREAM (stream));
  GOutputStream *output = g_io_stream_get_output_stream (G_IO_STREAM (stream));
  gboolean is_over = FALSE;

  g_socket_set_blocking (g_socket_connection_get_socket (stream), FALSE);
  g_assert_true (g_output_stream_write_all (output, request, strlen (request), NULL, NULL, NULL));
  while (!is_over && answer->len < max_bytes)
    {
      char buffer[4096];
      g_autoptr (GError) error = NULL;
      gssize n =
          g_pollable_input_stream_read_nonblocking (G_POLLABLE_INPUT_STREAM (input), buffer, sizeof buffer, NULL, &error);

      if (n > 0)
        g_string_append_len (answer, buffer, n);
      else if (g_error_matches (error, G_IO_ERROR, G_IO_ERROR_WOULD_BLOCK))
        g_main_context_iteration (NULL, FALSE);
      else
        is_over = TRUE;
    }

  return g_string_free (g_steal_pointer (&answer), FALSE);
}

#define GOOD_UPGRADE                                                                                                        \
  "GET / HTTP/1.1\r\nHost: a\r\nUpgrade: websocket\r\nConnection: Upgrade\r\nSec-WebSocket-Version: 13\r\n"                 \
  "Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\n\r\n"

static void
test_endless_headers (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autofree char *answer = NULL;

  fake_peer_set_upgrade_mode (peer, FAKE_UPGRADE_ENDLESS);
  answer = exchange (peer, GOOD_UPGRADE, 200000);
  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 101 Switching Protocols\r\nX-More-0: "));
  g_assert_null (strstr (answer, "\r\n\r\n"));
}

/* RFC 6455 1.3 has the key and its answer. */
static void
test_accept_of_the_rfc (void)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autofree char *answer = NULL;

  fake_peer_set_upgrade_headers (peer, "X-Extra: yes\r\n");
  answer = exchange (peer, GOOD_UPGRADE, 100);
  g_assert_nonnull (strstr (answer, "Sec-WebSocket-Accept: s3pPLMBiTxaQ9kYGzzhZRbK+xOo=\r\nX-Extra: yes\r\n\r\n"));
}

static void
expect_violation (const char *request, const char *violation)
{
  g_autoptr (FakePeer) peer = fake_peer_new ();
  g_autofree char *answer = exchange (peer, request, 1000);
  g_autofree char *actual = NULL;

  g_assert_true (g_str_has_prefix (answer, "HTTP/1.1 101 "));
  fake_peer_expect_empty (peer);
  actual = fake_connection_take_violation (fake_peer_get_nth_connection (peer, 1));
  g_assert_cmpstr (actual, ==, violation);
}

static void
test_violations_are_seen (void)
{
  expect_violation (GOOD_UPGRADE "\x81\x02{}", "a frame is not masked");
  expect_violation (GOOD_UPGRADE "\xc1\x82\x01\x01\x01\x01{}", "a frame has reserved bits set");
  expect_violation (GOOD_UPGRADE "\x80\x82\x01\x01\x01\x01{}", "a continuation continues nothing");
  expect_violation (GOOD_UPGRADE "\x81\x81\x01\x01\x01\x01\xfe", "a text message is not UTF-8");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fakes/json/paths", test_json_paths);
  g_test_add_func ("/fakes/json/depth", test_json_depth);
  g_test_add_func ("/fakes/peer/messages-both-ways", test_messages_both_ways);
  g_test_add_func ("/fakes/peer/pings", test_pings);
  g_test_add_func ("/fakes/peer/close-from-server", test_close_from_server);
  g_test_add_func ("/fakes/peer/close-from-client", test_close_from_client);
  g_test_add_data_func ("/fakes/peer/drop/fin", GUINT_TO_POINTER (FAKE_DROP_FIN), test_drop);
  g_test_add_data_func ("/fakes/peer/drop/reset", GUINT_TO_POINTER (FAKE_DROP_RESET), test_drop);
  g_test_add_func ("/fakes/peer/reserved-bits", test_reserved_bits);
  g_test_add_func ("/fakes/peer/not-reading", test_not_reading);
  g_test_add_func ("/fakes/peer/discard", test_discard);
  g_test_add_func ("/fakes/peer/listens-again", test_listens_again);
  g_test_add_func ("/fakes/peer/ipv6", test_ipv6);
  g_test_add_func ("/fakes/peer/tls", test_tls);
  g_test_add_func ("/fakes/peer/violations-are-seen", test_violations_are_seen);
  g_test_add_func ("/fakes/upgrade/refusal", test_refusal);
  g_test_add_func ("/fakes/upgrade/wrong-accept", test_wrong_accept);
  g_test_add_func ("/fakes/upgrade/bytewise", test_bytewise);
  g_test_add_func ("/fakes/upgrade/dropped", test_upgrade_dropped);
  g_test_add_func ("/fakes/upgrade/endless-headers", test_endless_headers);
  g_test_add_func ("/fakes/upgrade/accept-of-the-rfc", test_accept_of_the_rfc);

  return g_test_run ();
}
