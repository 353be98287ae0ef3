/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-gateway.h"

#include <string.h>

#include "fakes/fake-gateway-private.h"

/* In the order of FakeGatewayMode. */
static const char *const mode_names[] = {
  "good",
  "silent",
  "wrong-first",
  "close-on-open",
  "close-after-challenge",
  "close-on-connect",
  "drop-on-connect",
  "hold-hello",
  "refuse-token",
  "refuse-protocol",
  "starting",
  "close-after-hello",
};

G_STATIC_ASSERT (G_N_ELEMENTS (mode_names) == FAKE_GATEWAY_CLOSE_AFTER_HELLO + 1);

/**
 * fake_gateway_new:
 * @token: (nullable): the token or password that a connect request must carry; %NULL for any
 *
 * Returns: (transfer full): a gateway without agents, on 127.0.0.1
 */
FakeGateway *
fake_gateway_new (const char *token)
{
  return g_object_new (FAKE_TYPE_GATEWAY, "token", token, NULL);
}

/**
 * fake_gateway_set_mode:
 * @self: a gateway
 * @mode: what it does in the handshake
 */
void
fake_gateway_set_mode (FakeGateway *self, FakeGatewayMode mode)
{
  self->mode = mode;
}

/**
 * fake_gateway_set_mode_by_name:
 * @self: a gateway
 * @name: a mode's name in lower case with hyphens, for instance `hold-hello`
 *
 * Returns: %FALSE if there is no such mode
 */
gboolean
fake_gateway_set_mode_by_name (FakeGateway *self, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (mode_names); i++)
    {
      if (strcmp (mode_names[i], name) == 0)
        {
          self->mode = (FakeGatewayMode) i;
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * fake_gateway_set_close:
 * @self: a gateway
 * @code: the close code of the modes that close; 0 for a close frame without one
 * @reason: (nullable): its reason
 */
void
fake_gateway_set_close (FakeGateway *self, guint code, const char *reason)
{
  self->close_code = code;
  g_free (self->close_reason);
  self->close_reason = g_strdup (reason);
}

/**
 * fake_gateway_set_retry_after:
 * @self: a gateway
 * @retry_after_ms: what %FAKE_GATEWAY_STARTING asks for, in milliseconds
 */
void
fake_gateway_set_retry_after (FakeGateway *self, guint retry_after_ms)
{
  self->retry_after_ms = retry_after_ms;
}

/**
 * fake_gateway_set_protocol:
 * @self: a gateway
 * @protocol: the version that it speaks, 4 at first
 */
void
fake_gateway_set_protocol (FakeGateway *self, guint protocol)
{
  self->protocol = protocol;
}

/**
 * fake_gateway_set_max_payload:
 * @self: a gateway
 * @max_payload_bytes: the `policy.maxPayload` of hello-ok, 26214400 at first
 */
void
fake_gateway_set_max_payload (FakeGateway *self, guint64 max_payload_bytes)
{
  self->max_payload_bytes = max_payload_bytes;
}

/**
 * fake_gateway_set_hello_padding:
 * @self: a gateway
 * @padding_bytes: how much longer hello-ok is made; the real one has 16 KB
 */
void
fake_gateway_set_hello_padding (FakeGateway *self, gsize padding_bytes)
{
  self->padding_bytes = padding_bytes;
}

/**
 * fake_gateway_set_hello_events:
 * @self: a gateway
 * @n_before: how many `tick` events go before hello-ok, in the same write
 * @n_with: how many go behind it, in the same write
 * @n_after: how many follow, each in a write of its own
 *
 * Has events sent around hello-ok; the payload of each batch is `{"n":0}`, `{"n":1}`, … (H2).
 */
void
fake_gateway_set_hello_events (FakeGateway *self, guint n_before, guint n_with, guint n_after)
{
  self->n_events_before = n_before;
  self->n_events_with = n_with;
  self->n_events_after = n_after;
}

/**
 * fake_gateway_get_challenge:
 * @self: a gateway
 *
 * Returns: (nullable): the last challenge, as it was sent
 */
const char *
fake_gateway_get_challenge (FakeGateway *self)
{
  return self->challenge;
}

/**
 * fake_gateway_get_hello:
 * @self: a gateway
 *
 * Returns: (nullable): the last hello-ok, as it was sent
 */
const char *
fake_gateway_get_hello (FakeGateway *self)
{
  return self->hello;
}

static FakeRule *
fake_gateway_get_rule (FakeGateway *self, const char *method)
{
  FakeRule *rule = g_hash_table_lookup (self->rules, method);

  if (rule == NULL)
    {
      rule = g_new0 (FakeRule, 1);
      g_hash_table_insert (self->rules, g_strdup (method), rule);
    }
  return rule;
}

/**
 * fake_gateway_set_answering:
 * @self: a gateway
 * @method: a method
 * @answering: whether and when requests of it are answered
 */
void
fake_gateway_set_answering (FakeGateway *self, const char *method, FakeAnswering answering)
{
  fake_gateway_get_rule (self, method)->answering = answering;
}

/**
 * fake_gateway_set_payload:
 * @self: a gateway
 * @method: a method, also one that the gateway would not know
 * @payload_json: (nullable): the payload with which requests of it are answered; %NULL for what it would say by itself
 */
void
fake_gateway_set_payload (FakeGateway *self, const char *method, const char *payload_json)
{
  FakeRule *rule = fake_gateway_get_rule (self, method);

  g_free (rule->payload);
  rule->payload = g_strdup (payload_json);
}

/**
 * fake_gateway_set_error:
 * @self: a gateway
 * @method: a method
 * @error_json: (nullable): the error with which requests of it are refused; %NULL for none
 */
void
fake_gateway_set_error (FakeGateway *self, const char *method, const char *error_json)
{
  FakeRule *rule = fake_gateway_get_rule (self, method);

  g_free (rule->error);
  rule->error = g_strdup (error_json);
}

/**
 * fake_gateway_add_agent:
 * @self: a gateway
 * @id: the agent's id
 * @workspace: (nullable): its workspace
 *
 * Adds an agent to the answer to `agents.list`.
 */
void
fake_gateway_add_agent (FakeGateway *self, const char *id, const char *workspace)
{
  g_autofree char *quoted_id = fake_json_quote (id);
  g_autofree char *quoted = workspace != NULL ? fake_json_quote (workspace) : NULL;

  g_string_append_printf (self->agents, "%s{\"id\":%s", self->agents->len > 0 ? "," : "", quoted_id);
  if (quoted != NULL)
    g_string_append_printf (self->agents, ",\"workspace\":%s,\"workspaceGit\":false", quoted);
  g_string_append_c (self->agents, '}');
}

/**
 * fake_gateway_release:
 * @self: a gateway
 *
 * Answers all requests that are held, connect requests too, in the order in which they came.
 */
void
fake_gateway_release (FakeGateway *self)
{
  FakeHeld *held;

  while ((held = g_queue_pop_head (&self->held)) != NULL)
    {
      g_autofree char *method = fake_message_get_string (held->request, "method");

      if (strcmp (method, "connect") == 0)
        fake_gateway_send_hello (self, held->connection, held->request);
      else
        fake_gateway_serve (self, held->connection, held->request, method, g_hash_table_lookup (self->rules, method));
      fake_held_free (held);
    }
}

/**
 * fake_gateway_set_chat_mode:
 * @self: a gateway
 * @mode: what follows on a `chat.send`
 */
void
fake_gateway_set_chat_mode (FakeGateway *self, FakeChatMode mode)
{
  fake_chat_set_mode (self->chat, mode);
}

/**
 * fake_gateway_set_delay:
 * @self: a gateway
 * @delay_ms: how long to wait before each word, in milliseconds; with 0 a run's events are sent at once
 */
void
fake_gateway_set_delay (FakeGateway *self, guint delay_ms)
{
  fake_chat_set_delay (self->chat, delay_ms);
}

/**
 * fake_gateway_send_event:
 * @self: a gateway
 * @connection: where to
 * @event: the event's name
 * @payload_json: its payload
 *
 * Sends an event with the connection's next `seq`.
 */
void
fake_gateway_send_event (FakeGateway *self, FakeConnection *connection, const char *event, const char *payload_json)
{
  fake_connection_send_format (connection, "{\"type\":\"event\",\"event\":\"%s\",\"payload\":%s,\"seq\":%u}", event,
                               payload_json, fake_gateway_next_seq (connection));
}

/**
 * fake_gateway_send_chat_event:
 * @self: a gateway
 * @connection: where to
 * @run_id: the run's id
 * @session_key: the session's key
 * @members: further members of the payload, for instance `"state":"delta","deltaText":"a"`
 *
 * Sends a `chat` event.
 */
void
fake_gateway_send_chat_event (FakeGateway *self, FakeConnection *connection, const char *run_id, const char *session_key,
                              const char *members)
{
  g_autofree char *run = fake_json_quote (run_id);
  g_autofree char *key = fake_json_quote (session_key);
  g_autofree char *payload = g_strdup_printf ("{\"runId\":%s,\"sessionKey\":%s,\"agentId\":\"main\",%s}", run, key, members);

  fake_gateway_send_event (self, connection, "chat", payload);
}
