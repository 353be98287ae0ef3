/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-gateway.h"

#include <string.h>

#include "fakes/fake-gateway-private.h"

#define MAX_BYTES_BEFORE_HELLO 65536

/* Where one connection stands. Hangs on it as object data. */
typedef struct {
  gboolean is_connected;
  guint seq;
} Standing;

G_DEFINE_FINAL_TYPE (FakeGateway, fake_gateway, FAKE_TYPE_PEER)

static void
rule_free (FakeRule *rule)
{
  g_free (rule->payload);
  g_free (rule->error);
  g_free (rule);
}

/**
 * fake_held_free:
 * @held: (transfer full): a request
 */
void
fake_held_free (FakeHeld *held)
{
  g_object_unref (held->connection);
  fake_message_unref (held->request);
  g_free (held);
}

static Standing *
standing_of (FakeConnection *connection)
{
  Standing *standing = g_object_get_data (G_OBJECT (connection), "fake-gateway-standing");

  if (standing == NULL)
    {
      standing = g_new0 (Standing, 1);
      g_object_set_data_full (G_OBJECT (connection), "fake-gateway-standing", standing, g_free);
    }
  return standing;
}

/**
 * fake_gateway_next_seq:
 * @connection: a connection of a fake gateway
 *
 * Returns: the number of the next event on it, from 1
 */
guint
fake_gateway_next_seq (FakeConnection *connection)
{
  return ++standing_of (connection)->seq;
}

/**
 * fake_gateway_answer:
 * @self: a gateway
 * @connection: where the request came from
 * @request: the request
 * @payload_json: the payload
 *
 * Answers a request with `ok:true`.
 */
void
fake_gateway_answer (FakeGateway *self, FakeConnection *connection, FakeMessage *request, const char *payload_json)
{
  g_autofree char *id = fake_message_get (request, "id");

  fake_connection_send_format (connection, "{\"type\":\"res\",\"id\":%s,\"ok\":true,\"payload\":%s}", id, payload_json);
}

/**
 * fake_gateway_refuse:
 * @self: a gateway
 * @connection: where the request came from
 * @request: the request
 * @error_json: the error
 *
 * Answers a request with `ok:false`.
 */
void
fake_gateway_refuse (FakeGateway *self, FakeConnection *connection, FakeMessage *request, const char *error_json)
{
  g_autofree char *id = fake_message_get (request, "id");

  fake_connection_send_format (connection, "{\"type\":\"res\",\"id\":%s,\"ok\":false,\"error\":%s}", id, error_json);
}

static void
fake_gateway_send_ticks (FakeGateway *self, FakeConnection *connection, guint n)
{
  for (guint i = 0; i < n; i++)
    {
      g_autofree char *payload = g_strdup_printf ("{\"n\":%u}", i);

      fake_gateway_send_event (self, connection, "tick", payload);
    }
}

/* As the real hello-ok, but for the length of its lists. Padding makes the list of methods longer. */
static char *
fake_gateway_make_hello (FakeGateway *self)
{
  GString *payload = g_string_new (NULL);

  g_string_append_printf (
      payload,
      "{\"type\":\"hello-ok\",\"protocol\":%u,\"server\":{\"version\":\"2026.9.6\",\"buildId\":\"2026.9.6-fake\","
      "\"bootId\":\"8b7ccaff-115d-4b75-9710-f65e7dd135a0\",\"connId\":\"17f578b7-7162-4765-aaa4-9e3fe16a3608\"},"
      "\"features\":{\"methods\":[\"health\",\"agents.list\",\"chat.send\",\"chat.history\",\"chat.abort\",\"sessions."
      "reset\"",
      self->protocol);
  for (gsize padded = 0, i = 0; padded < self->padding_bytes; i++)
    {
      gsize before = payload->len;

      g_string_append_printf (payload, ",\"fake.method.%" G_GSIZE_FORMAT "\"", i);
      padded += payload->len - before;
    }
  g_string_append_printf (
      payload,
      "],\"events\":[\"connect.challenge\",\"agent\",\"chat\",\"presence\",\"tick\",\"shutdown\",\"health\"]},"
      "\"snapshot\":{\"presence\":[],\"health\":{\"ok\":true,\"defaultAgentId\":\"main\"},"
      "\"stateVersion\":{\"presence\":1,\"health\":1},\"uptimeMs\":1000,"
      "\"sessionDefaults\":{\"defaultAgentId\":\"main\",\"mainKey\":\"main\",\"mainSessionKey\":\"agent:main:main\"}},"
      "\"auth\":{\"method\":\"token\",\"role\":\"operator\",\"scopes\":[\"operator.admin\"]},"
      "\"policy\":{\"maxPayload\":%" G_GUINT64_FORMAT ",\"maxBufferedBytes\":52428800,\"tickIntervalMs\":30000}}",
      self->max_payload_bytes);

  return g_string_free (payload, FALSE);
}

/**
 * fake_gateway_send_hello:
 * @self: a gateway
 * @connection: where the connect request came from
 * @request: the connect request
 *
 * Accepts a connect request, with the events that go around it.
 */
void
fake_gateway_send_hello (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *payload = fake_gateway_make_hello (self);
  g_autofree char *id = fake_message_get (request, "id");

  g_free (self->hello);
  self->hello = g_strdup_printf ("{\"type\":\"res\",\"id\":%s,\"ok\":true,\"payload\":%s}", id, payload);

  fake_connection_cork (connection);
  fake_gateway_send_ticks (self, connection, self->n_events_before);
  fake_connection_send_text (connection, self->hello);
  standing_of (connection)->is_connected = TRUE;
  fake_gateway_send_ticks (self, connection, self->n_events_with);
  fake_connection_uncork (connection);
  fake_gateway_send_ticks (self, connection, self->n_events_after);
}

static void
fake_gateway_refuse_and_close (FakeGateway *self, FakeConnection *connection, FakeMessage *request, const char *error_json,
                               guint code, const char *reason)
{
  fake_gateway_refuse (self, connection, request, error_json);
  fake_connection_close (connection, code, reason);
}

static void
fake_gateway_refuse_token (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  fake_gateway_refuse_and_close (
      self, connection, request,
      "{\"code\":\"INVALID_REQUEST\",\"message\":\"unauthorized: gateway token mismatch (provide gateway auth token)\","
      "\"details\":{\"code\":\"AUTH_TOKEN_MISMATCH\",\"authReason\":\"token_mismatch\",\"canRetryWithDeviceToken\":false,"
      "\"recommendedNextStep\":\"update_auth_credentials\"}}",
      1008, "unauthorized: gateway token mismatch (provide gateway auth token)");
}

static void
fake_gateway_refuse_protocol (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *error = g_strdup_printf ("{\"code\":\"INVALID_REQUEST\",\"message\":\"protocol mismatch\",\"details\":"
                                            "{\"code\":\"PROTOCOL_MISMATCH\",\"expectedProtocol\":%u}}",
                                            self->protocol);

  fake_gateway_refuse_and_close (self, connection, request, error, 1002, "protocol mismatch");
}

static void
fake_gateway_refuse_starting (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *error =
      g_strdup_printf ("{\"code\":\"UNAVAILABLE\",\"message\":\"gateway starting; retry shortly\",\"retryable\":true,"
                       "\"retryAfterMs\":%u,\"details\":{\"reason\":\"startup-sidecars\"}}",
                       self->retry_after_ms);

  fake_gateway_refuse_and_close (self, connection, request, error, 1013, "gateway starting");
}

static gboolean
fake_gateway_accepts_token (FakeGateway *self, FakeMessage *request)
{
  return self->token == NULL || fake_message_has (request, "params.auth.token", self->token) ||
         fake_message_has (request, "params.auth.password", self->token);
}

static void
fake_gateway_judge_connect (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *client = fake_message_get (request, "params.client.id");

  if (client == NULL)
    fake_gateway_refuse_and_close (self, connection, request,
                                   "{\"code\":\"INVALID_REQUEST\",\"message\":\"invalid connect params: must have required "
                                   "property 'client'\"}",
                                   1008, "invalid connect params: must have required property 'client'");
  else if (fake_message_get_int (request, "params.minProtocol") > self->protocol ||
           fake_message_get_int (request, "params.maxProtocol") < self->protocol)
    fake_gateway_refuse_protocol (self, connection, request);
  else if (!fake_gateway_accepts_token (self, request))
    fake_gateway_refuse_token (self, connection, request);
  else
    fake_gateway_send_hello (self, connection, request);
}

static void
fake_gateway_hold (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  FakeHeld *held = g_new0 (FakeHeld, 1);

  held->connection = g_object_ref (connection);
  held->request = fake_message_ref (request);
  g_queue_push_tail (&self->held, held);
}

static void
fake_gateway_got_connect (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  switch (self->mode)
    {
    case FAKE_GATEWAY_CLOSE_ON_CONNECT:
      fake_connection_close (connection, self->close_code, self->close_reason);
      break;
    case FAKE_GATEWAY_DROP_ON_CONNECT:
      fake_connection_drop (connection, FAKE_DROP_FIN);
      break;
    case FAKE_GATEWAY_HOLD_HELLO:
      fake_gateway_hold (self, connection, request);
      break;
    case FAKE_GATEWAY_REFUSE_TOKEN:
      fake_gateway_refuse_token (self, connection, request);
      break;
    case FAKE_GATEWAY_REFUSE_PROTOCOL:
      fake_gateway_refuse_protocol (self, connection, request);
      break;
    case FAKE_GATEWAY_STARTING:
      fake_gateway_refuse_starting (self, connection, request);
      break;
    case FAKE_GATEWAY_CLOSE_AFTER_HELLO:
      fake_gateway_judge_connect (self, connection, request);
      fake_connection_close (connection, self->close_code, self->close_reason);
      break;
    case FAKE_GATEWAY_GOOD:
    case FAKE_GATEWAY_SILENT:
    case FAKE_GATEWAY_WRONG_FIRST:
    case FAKE_GATEWAY_CLOSE_ON_OPEN:
    case FAKE_GATEWAY_CLOSE_AFTER_CHALLENGE:
      fake_gateway_judge_connect (self, connection, request);
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
fake_gateway_got_first (FakeGateway *self, FakeConnection *connection, FakeMessage *message)
{
  if (message->length > MAX_BYTES_BEFORE_HELLO)
    fake_connection_close (connection, 1009, NULL);
  else if (!fake_message_has (message, "type", "req"))
    fake_connection_close (connection, 1000, NULL);
  else if (!fake_message_has (message, "method", "connect"))
    fake_gateway_refuse_and_close (
        self, connection, message,
        "{\"code\":\"INVALID_REQUEST\",\"message\":\"invalid handshake: first request must be connect\"}", 1008,
        "invalid handshake: first request must be connect");
  else
    fake_gateway_got_connect (self, connection, message);
}

static void
fake_gateway_refuse_unknown (FakeGateway *self, FakeConnection *connection, FakeMessage *request, const char *method)
{
  g_autofree char *text = g_strdup_printf ("unknown method: %s", method);
  g_autofree char *quoted = fake_json_quote (text);
  g_autofree char *error = g_strdup_printf ("{\"code\":\"INVALID_REQUEST\",\"message\":%s}", quoted);

  fake_gateway_refuse (self, connection, request, error);
}

/**
 * fake_gateway_serve:
 * @self: a gateway
 * @connection: where the request came from
 * @request: the request
 * @method: its method
 * @rule: (nullable): what was set for the method
 *
 * Answers a request.
 */
void
fake_gateway_serve (FakeGateway *self, FakeConnection *connection, FakeMessage *request, const char *method,
                    const FakeRule *rule)
{
  g_autofree char *payload = NULL;

  if (rule != NULL && rule->error != NULL)
    {
      fake_gateway_refuse (self, connection, request, rule->error);
      return;
    }

  if (rule != NULL && rule->payload != NULL)
    payload = g_strdup (rule->payload);
  else if (strcmp (method, "health") == 0)
    payload = g_strdup ("{\"ok\":true,\"ts\":1790000000000,\"durationMs\":3,\"defaultAgentId\":\"main\"}");
  else if (strcmp (method, "agents.list") == 0)
    payload = g_strdup_printf ("{\"defaultId\":\"main\",\"mainKey\":\"main\",\"scope\":\"per-sender\",\"agents\":[%s]}",
                               self->agents->str);
  else if (strcmp (method, "echo") == 0)
    payload = fake_message_get (request, "params");

  if (payload != NULL)
    fake_gateway_answer (self, connection, request, payload);
  else if (!fake_chat_serve (self->chat, connection, request, method))
    fake_gateway_refuse_unknown (self, connection, request, method);
}

static void
fake_gateway_got_request (FakeGateway *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *method = fake_message_get_string (request, "method");
  g_autofree char *id = fake_message_get (request, "id");
  const FakeRule *rule = method != NULL ? g_hash_table_lookup (self->rules, method) : NULL;
  FakeAnswering answering = rule != NULL ? rule->answering : FAKE_ANSWER_ONCE;

  if (method == NULL || id == NULL || answering == FAKE_ANSWER_NEVER)
    return;
  if (answering == FAKE_ANSWER_HELD)
    {
      fake_gateway_hold (self, connection, request);
      return;
    }

  fake_gateway_serve (self, connection, request, method, rule);
  if (answering == FAKE_ANSWER_TWICE)
    fake_gateway_serve (self, connection, request, method, rule);
}

static gboolean
fake_gateway_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message)
{
  FakeGateway *self = FAKE_GATEWAY (peer);

  if (!standing_of (connection)->is_connected)
    fake_gateway_got_first (self, connection, message);
  else if (fake_message_has (message, "type", "req"))
    fake_gateway_got_request (self, connection, message);
  return TRUE;
}

static void
fake_gateway_send_challenge (FakeGateway *self, FakeConnection *connection)
{
  g_autofree char *nonce = g_uuid_string_random ();

  g_free (self->challenge);
  self->challenge = g_strdup_printf (
      "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{\"nonce\":\"%s\",\"ts\":%" G_GINT64_FORMAT
      ",\"capabilities\":[\"model-catalog-snapshot\"]}}",
      nonce, g_get_real_time () / 1000);
  fake_connection_send_text (connection, self->challenge);
}

static gboolean
fake_gateway_opened (FakePeer *peer, FakeConnection *connection)
{
  FakeGateway *self = FAKE_GATEWAY (peer);

  if (self->mode == FAKE_GATEWAY_SILENT)
    return TRUE;
  if (self->mode == FAKE_GATEWAY_WRONG_FIRST)
    fake_connection_send_text (connection, "{\"type\":\"event\",\"event\":\"tick\",\"payload\":{}}");
  else if (self->mode != FAKE_GATEWAY_CLOSE_ON_OPEN)
    fake_gateway_send_challenge (self, connection);
  if (self->mode == FAKE_GATEWAY_CLOSE_ON_OPEN || self->mode == FAKE_GATEWAY_CLOSE_AFTER_CHALLENGE)
    fake_connection_close (connection, self->close_code, self->close_reason);
  return TRUE;
}

static void
fake_gateway_closed (FakePeer *peer, FakeConnection *connection)
{
  FakeGateway *self = FAKE_GATEWAY (peer);

  fake_chat_forget (self->chat, connection);
}

static void
fake_gateway_finalize (GObject *object)
{
  FakeGateway *self = FAKE_GATEWAY (object);

  g_free (self->token);
  g_free (self->close_reason);
  g_free (self->challenge);
  g_free (self->hello);
  g_hash_table_unref (self->rules);
  g_queue_clear_full (&self->held, (GDestroyNotify) fake_held_free);
  g_string_free (self->agents, TRUE);
  fake_chat_free (self->chat);

  G_OBJECT_CLASS (fake_gateway_parent_class)->finalize (object);
}

static void
fake_gateway_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FAKE_GATEWAY (object)->token = g_value_dup_string (value);
}

static void
fake_gateway_class_init (FakeGatewayClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  FakePeerClass *peer_class = FAKE_PEER_CLASS (klass);

  object_class->finalize = fake_gateway_finalize;
  object_class->set_property = fake_gateway_set_property;
  peer_class->opened = fake_gateway_opened;
  peer_class->message = fake_gateway_message;
  peer_class->closed = fake_gateway_closed;

  g_object_class_install_property (object_class, 1,
                                   g_param_spec_string ("token", NULL, NULL, NULL,
                                                        G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS));
}

static void
fake_gateway_init (FakeGateway *self)
{
  self->close_code = 1001;
  self->close_reason = g_strdup ("going away");
  self->retry_after_ms = 500;
  self->protocol = 4;
  self->max_payload_bytes = 26214400;
  self->rules = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) rule_free);
  self->agents = g_string_new (NULL);
  self->chat = fake_chat_new (self);
}
