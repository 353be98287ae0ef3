/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "fake-client.h"
#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"

static void
send_connect (Client *client, const char *token)
{
  g_autofree char *frame = g_strdup_printf (
      "{\"type\":\"req\",\"id\":\"c\",\"method\":\"connect\",\"params\":{\"minProtocol\":3,\"maxProtocol\":4,"
      "\"client\":{\"id\":\"gateway-client\"},\"auth\":{\"token\":\"%s\"}}}",
      token);

  client_send (client, frame);
}

static gboolean
has (const char *text, const char *path, const char *value)
{
  g_autofree char *actual = fake_json_get_string (text, -1, path);

  return g_strcmp0 (actual, value) == 0;
}

static Client *
client_connect (FakeGateway *gateway)
{
  Client *client = client_new (FAKE_PEER (gateway));

  g_assert_cmpstr (client_expect (client, 0), ==, fake_gateway_get_challenge (gateway));
  send_connect (client, "secret");
  g_assert_cmpstr (client_expect (client, 1), ==, fake_gateway_get_hello (gateway));
  return client;
}

static void
test_gateway_hello (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (Client) client = NULL;
  const char *hello;

  fake_gateway_set_hello_padding (gateway, 16384);
  client = client_connect (gateway);
  hello = client->received->pdata[1];
  g_assert_true (has (hello, "payload.type", "hello-ok"));
  g_assert_cmpint (fake_json_get_int (hello, -1, "payload.protocol"), ==, 4);
  g_assert_cmpint (fake_json_get_int (hello, -1, "payload.policy.maxPayload"), ==, 26214400);
  g_assert_cmpuint (strlen (hello), >, 16384);
}

static void
test_gateway_refuses (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (Client) client = client_new (FAKE_PEER (gateway));

  client_expect (client, 0);
  send_connect (client, "wrong");
  fake_wait_until (client->is_closed);
  g_assert_true (has (client_expect (client, 1), "error.details.code", "AUTH_TOKEN_MISMATCH"));
  g_assert_cmpuint (soup_websocket_connection_get_close_code (client->socket), ==, 1008);
}

static void
test_gateway_starting (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new (NULL);
  g_autoptr (Client) client = client_new (FAKE_PEER (gateway));

  g_assert_true (fake_gateway_set_mode_by_name (gateway, "starting"));
  fake_gateway_set_retry_after (gateway, 1500);
  client_expect (client, 0);
  send_connect (client, "");
  g_assert_cmpint (fake_json_get_int (client_expect (client, 1), -1, "error.retryAfterMs"), ==, 1500);
  fake_wait_until (client->is_closed);
}

/* A hundred events in the same segment as hello-ok, as H2 has it. */
static void
test_gateway_events_around_hello (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new (NULL);
  g_autoptr (Client) client = NULL;

  fake_gateway_set_hello_events (gateway, 2, 100, 3);
  client = client_new (FAKE_PEER (gateway));
  client_expect (client, 0);
  send_connect (client, "");
  client_expect (client, 105);
  g_assert_true (has (client->received->pdata[1], "event", "tick"));
  g_assert_true (has (client->received->pdata[3], "type", "res"));
  for (guint i = 0; i < 100; i++)
    g_assert_cmpint (fake_json_get_int (client->received->pdata[4 + i], -1, "payload.n"), ==, i);
  g_assert_cmpint (fake_json_get_int (client->received->pdata[105], -1, "seq"), ==, 104);
}

static void
test_gateway_held_and_twice (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (Client) client = client_connect (gateway);

  fake_gateway_set_answering (gateway, "health", FAKE_ANSWER_HELD);
  fake_gateway_set_answering (gateway, "echo", FAKE_ANSWER_TWICE);
  fake_gateway_set_error (gateway, "odd", "{\"code\":\"ODD\"}");
  client_send (client, "{\"type\":\"req\",\"id\":1,\"method\":\"health\"}");
  client_send (client, "{\"type\":\"req\",\"id\":2,\"method\":\"echo\",\"params\":[ 1 ]}");
  client_send (client, "{\"type\":\"req\",\"id\":3,\"method\":\"odd\"}");
  client_send (client, "{\"type\":\"req\",\"id\":4,\"method\":\"none\"}");
  g_assert_cmpstr (client_expect (client, 2), ==, "{\"type\":\"res\",\"id\":2,\"ok\":true,\"payload\":[ 1 ]}");
  g_assert_cmpstr (client_expect (client, 3), ==, client->received->pdata[2]);
  g_assert_cmpstr (client_expect (client, 4), ==, "{\"type\":\"res\",\"id\":3,\"ok\":false,\"error\":{\"code\":\"ODD\"}}");
  g_assert_true (has (client_expect (client, 5), "error.message", "unknown method: none"));

  fake_gateway_release (gateway);
  g_assert_cmpint (fake_json_get_int (client_expect (client, 6), -1, "id"), ==, 1);
}

#define CHAT(text)                                                                                                          \
  "{\"type\":\"req\",\"id\":\"s\",\"method\":\"chat.send\",\"params\":{\"sessionKey\":\"k\",\"message\":\"" text            \
  "\",\"idempotencyKey\":\"run\"}}"

static void
test_gateway_chat (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (Client) client = client_connect (gateway);
  const char *final;

  fake_gateway_set_delay (gateway, 1);
  client_send (client, CHAT ("one two"));
  g_assert_true (has (client_expect (client, 2), "payload.status", "started"));
  g_assert_true (has (client_expect (client, 3), "payload.state", "status"));
  g_assert_true (has (client_expect (client, 4), "payload.deltaText", "echo: "));
  g_assert_true (has (client_expect (client, 5), "payload.deltaText", "one "));
  g_assert_true (has (client_expect (client, 6), "payload.deltaText", "two"));
  final = client_expect (client, 7);
  g_assert_true (has (final, "payload.state", "final"));
  g_assert_true (has (final, "payload.message.content.0.text", "echo: one two"));

  client_send (client, CHAT ("one two"));
  g_assert_true (has (client_expect (client, 8), "payload.status", "ok"));
  soup_websocket_connection_send_text (
      client->socket,
      "{\"type\":\"req\",\"id\":\"h\",\"method\":\"chat.history\",\"params\":{\"sessionKey\":\"k\",\"limit\":1}}");
  g_assert_true (has (client_expect (client, 9), "payload.messages.0.content.0.text", "echo: one two"));
}

static void
test_gateway_chat_abort (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (Client) client = client_connect (gateway);

  fake_gateway_set_chat_mode (gateway, FAKE_CHAT_MANUAL);
  client_send (client, CHAT ("one"));
  client_expect (client, 2);
  soup_websocket_connection_send_text (
      client->socket, "{\"type\":\"req\",\"id\":\"a\",\"method\":\"chat.abort\",\"params\":{\"sessionKey\":\"k\"}}");
  g_assert_true (has (client_expect (client, 3), "payload.state", "aborted"));
  g_assert_true (has (client_expect (client, 4), "payload.runIds.0", "run"));
}

static gboolean
take_over (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  fake_connection_send_text (connection, "mine");
  return TRUE;
}

static void
test_gateway_taken_over (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (Client) client = client_new (FAKE_PEER (gateway));

  g_signal_connect (gateway, "message", G_CALLBACK (take_over), NULL);
  send_connect (client, "secret");
  g_assert_cmpstr (client_expect (client, 1), ==, "mine");
}

/* What the relay will do, done by hand: the platform's connect request opens the gateway. */
static void
test_platform_and_gateway (void)
{
  g_autoptr (FakeGateway) gateway = fake_gateway_new ("secret");
  g_autoptr (FakePlatform) platform = fake_platform_new ();
  g_autoptr (Client) down = client_new (FAKE_PEER (gateway));
  g_autoptr (Client) up = client_new (FAKE_PEER (platform));
  g_autofree char *id = NULL;
  g_autofree char *token = NULL;
  g_autoptr (FakeMessage) answer = NULL;

  soup_websocket_connection_send_text (
      up->socket, "{\"type\":\"pre-handshake\",\"version\":1,\"token\":\"key\",\"gatewayToken\":\"secret\"}");
  client_send (up, client_expect (down, 0));
  client_send (down, client_expect (up, 0));
  client_send (up, client_expect (down, 1));
  fake_platform_wait_ready (platform);

  token = fake_platform_get_token (platform);
  g_assert_cmpstr (token, ==, "key");
  g_assert_cmpstr (fake_platform_get_challenge (platform), ==, fake_gateway_get_challenge (gateway));
  g_assert_cmpstr (fake_platform_get_hello (platform), ==, fake_gateway_get_hello (gateway));

  id = fake_platform_send_request (platform, "echo", "{\"a\":1}");
  client_send (down, client_expect (up, 1));
  client_send (up, client_expect (down, 2));
  answer = fake_platform_expect_answer (platform, id);
  g_assert_true (fake_message_has (answer, "payload", "{\"a\":1}"));
}

static void
test_platform_misbehaves (void)
{
  g_autoptr (FakePlatform) platform = fake_platform_new ();
  g_autoptr (Client) client = NULL;

  g_assert_true (fake_platform_set_mode_by_name (platform, "error"));
  g_assert_false (fake_platform_set_mode_by_name (platform, "no such mode"));
  fake_platform_set_error (platform, "no such key");
  client = client_new (FAKE_PEER (platform));
  client_send (client, "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{}}");
  g_assert_cmpstr (client_expect (client, 0), ==, "{\"type\":\"error\",\"message\":\"no such key\"}");
}

static void
test_platform_pipelines (void)
{
  g_autoptr (FakePlatform) platform = fake_platform_new ();
  g_autoptr (Client) client = NULL;

  fake_platform_pipeline (platform, "{\"n\":1}");
  fake_platform_pipeline (platform, "{\"n\":2}");
  fake_platform_set_mode (platform, FAKE_PLATFORM_CLOSE_AFTER_CONNECT);
  fake_platform_set_close (platform, 1013, "later");
  client = client_new (FAKE_PEER (platform));
  client_send (client, "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{}}");
  fake_wait_until (client->is_closed);
  g_assert_cmpstr (client->received->pdata[0], ==, fake_platform_get_connect (platform));
  g_assert_cmpstr (client->received->pdata[1], ==, "{\"n\":1}");
  g_assert_cmpstr (client->received->pdata[2], ==, "{\"n\":2}");
  g_assert_cmpuint (soup_websocket_connection_get_close_code (client->socket), ==, 1013);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fakes/gateway/hello", test_gateway_hello);
  g_test_add_func ("/fakes/gateway/refuses", test_gateway_refuses);
  g_test_add_func ("/fakes/gateway/starting", test_gateway_starting);
  g_test_add_func ("/fakes/gateway/events-around-hello", test_gateway_events_around_hello);
  g_test_add_func ("/fakes/gateway/held-and-twice", test_gateway_held_and_twice);
  g_test_add_func ("/fakes/gateway/chat", test_gateway_chat);
  g_test_add_func ("/fakes/gateway/chat-abort", test_gateway_chat_abort);
  g_test_add_func ("/fakes/gateway/taken-over", test_gateway_taken_over);
  g_test_add_func ("/fakes/platform/and-gateway", test_platform_and_gateway);
  g_test_add_func ("/fakes/platform/misbehaves", test_platform_misbehaves);
  g_test_add_func ("/fakes/platform/pipelines", test_platform_pipelines);

  return g_test_run ();
}
