/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-platform.h"

#include <string.h>

#include "fakes/fake-platform-private.h"

G_DEFINE_FINAL_TYPE (FakePlatform, fake_platform, FAKE_TYPE_PEER)

/**
 * fake_platform_send:
 * @self: a platform
 * @connection: where to
 * @text: a frame
 *
 * Sends @text, as text or binary as the platform is set.
 */
void
fake_platform_send (FakePlatform *self, FakeConnection *connection, const char *text)
{
  fake_connection_send_frame (connection, FAKE_FIN | self->opcode, text, strlen (text));
}

static gboolean
fake_platform_opened (FakePeer *peer, FakeConnection *connection)
{
  FakePlatform *self = FAKE_PLATFORM (peer);

  g_clear_pointer (&self->pre_handshake, g_free);
  g_clear_pointer (&self->challenge, g_free);
  g_clear_pointer (&self->connect, g_free);
  g_clear_pointer (&self->hello, g_free);
  g_clear_object (&self->ready);
  if (self->mode == FAKE_PLATFORM_CLOSE_ON_OPEN)
    fake_connection_close (connection, self->close_code, self->close_reason);
  return TRUE;
}

/* As the real gateway wants it of a client without a device identity: mode `backend`, on loopback, with the token. */
static char *
fake_platform_make_connect (FakePlatform *self)
{
  g_autofree char *token = fake_platform_get_gateway_token (self);
  g_autofree char *quoted = token != NULL ? fake_json_quote (token) : NULL;
  g_autofree char *auth = quoted != NULL ? g_strdup_printf (",\"auth\":{\"token\":%s}", quoted) : g_strdup ("");

  return g_strdup_printf ("{\"type\":\"req\",\"id\":\"connect-1\",\"method\":\"connect\",\"params\":{\"minProtocol\":3,"
                          "\"maxProtocol\":4,\"client\":{\"id\":\"gateway-client\",\"displayName\":\"Fake platform\","
                          "\"version\":\"1.0.0\",\"platform\":\"linux\",\"mode\":\"backend\"},\"role\":\"operator\","
                          "\"scopes\":[\"operator.admin\",\"operator.read\",\"operator.write\"],\"caps\":[]%s}}",
                          auth);
}

static void
fake_platform_send_connect (FakePlatform *self, FakeConnection *connection)
{
  self->connect = self->connect_frame != NULL ? g_strdup (self->connect_frame) : fake_platform_make_connect (self);

  fake_connection_cork (connection);
  fake_platform_send (self, connection, self->connect);
  for (guint i = 0; i < self->pipelined->len; i++)
    fake_platform_send (self, connection, self->pipelined->pdata[i]);
  if (self->mode == FAKE_PLATFORM_CLOSE_AFTER_CONNECT)
    fake_connection_close (connection, self->close_code, self->close_reason);
  fake_connection_uncork (connection);
}

static void
fake_platform_send_error (FakePlatform *self, FakeConnection *connection)
{
  g_autofree char *quoted = fake_json_quote (self->error_message);
  g_autofree char *frame = g_strdup_printf ("{\"type\":\"error\",\"message\":%s}", quoted);

  fake_platform_send (self, connection, frame);
}

static gboolean
fake_platform_takes_key (FakePlatform *self)
{
  g_autofree char *token = fake_platform_get_token (self);

  return self->key == NULL || g_strcmp0 (token, self->key) == 0;
}

static void
fake_platform_got_challenge (FakePlatform *self, FakeConnection *connection)
{
  switch (self->mode)
    {
    case FAKE_PLATFORM_GOOD:
    case FAKE_PLATFORM_CLOSE_AFTER_CONNECT:
    case FAKE_PLATFORM_CLOSE_ON_HELLO:
      if (fake_platform_takes_key (self))
        fake_platform_send_connect (self, connection);
      else
        fake_platform_send_error (self, connection);
      break;
    case FAKE_PLATFORM_ERROR:
      fake_platform_send_error (self, connection);
      break;
    case FAKE_PLATFORM_WRONG_FIRST:
      fake_platform_send (self, connection, "{\"type\":\"req\",\"id\":\"p0\",\"method\":\"health\",\"params\":{}}");
      break;
    case FAKE_PLATFORM_CLOSE_ON_CHALLENGE:
      fake_connection_close (connection, self->close_code, self->close_reason);
      break;
    case FAKE_PLATFORM_SILENT:
    case FAKE_PLATFORM_CLOSE_ON_OPEN:
    case FAKE_PLATFORM_CLOSE_ON_PRE_HANDSHAKE:
      break;
    default:
      g_assert_not_reached ();
    }
}

static void
fake_platform_got_hello (FakePlatform *self, FakeConnection *connection, const FakeMessage *message)
{
  self->hello = g_strdup (message->text);
  if (self->mode == FAKE_PLATFORM_CLOSE_ON_HELLO)
    fake_connection_close (connection, self->close_code, self->close_reason);
  else if (fake_message_has (message, "ok", "true"))
    g_set_object (&self->ready, connection);
}

static gboolean
fake_platform_is_hello (FakePlatform *self, const FakeMessage *message)
{
  g_autofree char *id = self->connect != NULL ? fake_json_get_string (self->connect, -1, "id") : NULL;

  return self->hello == NULL && id != NULL && fake_message_has (message, "type", "res") &&
         fake_message_has (message, "id", id);
}

static gboolean
fake_platform_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message)
{
  FakePlatform *self = FAKE_PLATFORM (peer);

  if (self->pre_handshake == NULL && fake_message_has (message, "type", "pre-handshake"))
    {
      self->pre_handshake = g_strdup (message->text);
      if (self->mode == FAKE_PLATFORM_CLOSE_ON_PRE_HANDSHAKE)
        fake_connection_close (connection, self->close_code, self->close_reason);
    }
  else if (self->challenge == NULL && fake_message_has (message, "event", "connect.challenge"))
    {
      self->challenge = g_strdup (message->text);
      fake_platform_got_challenge (self, connection);
    }
  else if (fake_platform_is_hello (self, message))
    {
      fake_platform_got_hello (self, connection, message);
    }

  return TRUE;
}

static void
fake_platform_finalize (GObject *object)
{
  FakePlatform *self = FAKE_PLATFORM (object);

  g_free (self->close_reason);
  g_free (self->key);
  g_free (self->error_message);
  g_free (self->connect_frame);
  g_ptr_array_unref (self->pipelined);
  g_free (self->pre_handshake);
  g_free (self->challenge);
  g_free (self->connect);
  g_free (self->hello);
  g_clear_object (&self->ready);

  G_OBJECT_CLASS (fake_platform_parent_class)->finalize (object);
}

static void
fake_platform_class_init (FakePlatformClass *klass)
{
  FakePeerClass *peer_class = FAKE_PEER_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fake_platform_finalize;
  peer_class->opened = fake_platform_opened;
  peer_class->message = fake_platform_message;
}

static void
fake_platform_init (FakePlatform *self)
{
  self->close_code = 4001;
  self->close_reason = g_strdup ("bye now");
  self->error_message = g_strdup ("unknown platform key");
  self->opcode = FAKE_TEXT;
  self->pipelined = g_ptr_array_new_with_free_func (g_free);
}

/**
 * fake_platform_wait_ready_at:
 * @self: a platform
 * @where: the place in the test
 *
 * Waits until a connection has been through the handshake; fails the test if it takes too long.
 *
 * Returns: (transfer none): the connection
 */
FakeConnection *
fake_platform_wait_ready_at (FakePlatform *self, const char *where)
{
  FakeWait wait;

  fake_wait_begin (&wait);
  while (fake_platform_get_ready (self) == NULL)
    {
      if (!fake_wait_iterate (&wait))
        {
          g_autofree char *what =
              g_strdup_printf ("a handshake with the platform (pre-handshake: %s, challenge: %s, connect: %s, answer: %s)",
                               self->pre_handshake != NULL ? "came" : "no", self->challenge != NULL ? "came" : "no",
                               self->connect != NULL ? "sent" : "no", self->hello != NULL ? self->hello : "no");

          fake_wait_fail (where, what);
        }
    }
  fake_wait_end (&wait);

  return self->ready;
}

/**
 * fake_platform_send_request:
 * @self: a platform whose connection is ready
 * @method: the method
 * @params_json: (nullable): the params; %NULL for none
 *
 * Sends a request.
 *
 * Returns: (transfer full): its id
 */
char *
fake_platform_send_request (FakePlatform *self, const char *method, const char *params_json)
{
  g_autofree char *id = g_strdup_printf ("p%u", ++self->last_id);
  g_autofree char *quoted = fake_json_quote (method);
  g_autofree char *frame =
      g_strdup_printf ("{\"type\":\"req\",\"id\":\"%s\",\"method\":%s%s%s}", id, quoted,
                       params_json != NULL ? ",\"params\":" : "", params_json != NULL ? params_json : "");

  g_return_val_if_fail (fake_platform_get_ready (self) != NULL, NULL);

  fake_platform_send (self, self->ready, frame);
  return g_steal_pointer (&id);
}

/**
 * fake_platform_expect_answer_at:
 * @self: a platform whose connection is ready
 * @id: a request's id
 * @where: the place in the test
 *
 * Waits for the answer to a request; fails the test if the connection ends before or it takes too long.
 *
 * Returns: (transfer full): the answer
 */
FakeMessage *
fake_platform_expect_answer_at (FakePlatform *self, const char *id, const char *where)
{
  FakeConnection *connection = self->ready != NULL ? self->ready : fake_platform_wait_ready_at (self, where);

  return fake_connection_expect_at (connection, "id", id, where);
}

/**
 * fake_platform_request_at:
 * @self: a platform whose connection is ready
 * @method: the method
 * @params_json: (nullable): the params; %NULL for none
 * @where: the place in the test
 *
 * Sends a request and waits for its answer; fails the test if the connection ends before or it takes too long.
 *
 * Returns: (transfer full): the answer
 */
FakeMessage *
fake_platform_request_at (FakePlatform *self, const char *method, const char *params_json, const char *where)
{
  g_autofree char *id = fake_platform_send_request (self, method, params_json);

  return fake_platform_expect_answer_at (self, id, where);
}

/**
 * fake_platform_expect_event_at:
 * @self: a platform whose connection is ready
 * @event: the event's name
 * @where: the place in the test
 *
 * Waits for an event; fails the test if the connection ends before or it takes too long.
 *
 * Returns: (transfer full): the event's frame
 */
FakeMessage *
fake_platform_expect_event_at (FakePlatform *self, const char *event, const char *where)
{
  FakeConnection *connection = self->ready != NULL ? self->ready : fake_platform_wait_ready_at (self, where);

  return fake_connection_expect_at (connection, "event", event, where);
}
