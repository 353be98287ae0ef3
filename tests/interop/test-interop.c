/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The main job against the real OpenClaw: gangwayd, activated on a private bus, between it and a platform of ours.
 */

#include "config.h"

#include <glib/gstdio.h>

#include "interop-fixture.h"

/* A gateway takes 10 s to start, and several times that on a busy machine. */
#define WAIT_LIMIT_MS 90000

#define USER "\"userId\":\"interop\""

/* Reads the run's chunks, in their order, until its answer comes; @text takes what they say. */
static FakeMessage *
read_stream (InteropFixture *self, const char *id, GString *text, guint *n_chunks)
{
  FakeConnection *connection = fake_platform_get_ready (self->service.platform);

  while (TRUE)
    {
      g_autoptr (FakeMessage) message = fake_connection_expect_message (connection);
      g_autofree char *delta = NULL;

      if (fake_message_has (message, "type", "res") && fake_message_has (message, "id", id))
        return g_steal_pointer (&message);
      if (!fake_message_has (message, "event", "platform.chat.chunk"))
        continue;

      interop_assert_member (message, "payload.requestId", id);
      interop_assert_member (message, "payload.sessionKey", INTEROP_SESSION_KEY);
      g_assert_cmpint (fake_message_get_int (message, "payload.seq"), ==, ++*n_chunks);
      if (fake_message_has (message, "payload.replace", "true"))
        g_string_truncate (text, 0);
      delta = fake_message_get_string (message, "payload.deltaText");
      g_string_append (text, delta);
    }
}

/* Waits until a run that is not streamed is over. */
static void
wait_for_final (InteropFixture *self, const char *run_id)
{
  while (TRUE)
    {
      g_autoptr (FakeMessage) event = fake_platform_expect_event (self->service.platform, "chat");

      if (fake_message_has (event, "payload.runId", run_id) && fake_message_has (event, "payload.state", "final"))
        return;
    }
}

static char *
get_string_property (InteropFixture *self, const char *property)
{
  g_autoptr (GVariant) value = service_get (&self->service, "platform", property);

  g_assert_nonnull (value);
  return g_variant_dup_string (value, NULL);
}

static void
assert_property (InteropFixture *self, const char *property, const char *value)
{
  g_autofree char *actual = get_string_property (self, property);

  g_assert_cmpstr (actual, ==, value);
}

/* Whether a change signal brought this value of a property. */
static gboolean
was_signalled (InteropFixture *self, const char *property, const char *value)
{
  for (guint i = 0; i < self->service.changes->len; i++)
    {
      g_autoptr (GVariant) changed = g_variant_get_child_value (self->service.changes->pdata[i], 2);
      const char *actual;

      if (g_variant_lookup (changed, property, "&s", &actual) && g_strcmp0 (actual, value) == 0)
        return TRUE;
    }

  return FALSE;
}

/* --- Tests ---------------------------------------------------------------------------------------------------------- */

static void
test_handshake (InteropFixture *self, gconstpointer data)
{
  FakePlatform *platform = self->service.platform;
  const char *hello = fake_platform_get_hello (platform);
  g_autofree char *token = fake_platform_get_gateway_token (platform);
  g_autofree char *type = fake_json_get_string (hello, -1, "payload.type");
  g_autofree char *version = fake_json_get_string (hello, -1, "payload.server.version");
  g_autoptr (GVariant) protocol = service_get (&self->service, "platform", "ProtocolVersion");

  g_assert_cmpstr (token, ==, self->gateway->secret);
  g_assert_cmpstr (type, ==, "hello-ok");
  g_assert_cmpstr (version, ==, OPENCLAW_VERSION);
  g_assert_cmpuint (strlen (hello), >, 4096);

  assert_property (self, "GatewayVersion", OPENCLAW_VERSION);
  g_assert_cmpint (g_variant_get_uint32 (protocol), ==, fake_json_get_int (hello, -1, "payload.protocol"));
  assert_property (self, "LastError", "");
  assert_property (self, "Step", "relay");
}

static void
test_forwarded_request (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) health = interop_request_ok (self, "health", "{}");

  interop_assert_member (health, "payload.ok", "true");
}

/* The gateway's own refusal comes through, too. */
static void
test_unknown_method (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) answer = fake_platform_request (self->service.platform, "no.such.method", "{}");

  interop_assert_member (answer, "ok", "false");
  interop_assert_member (answer, "error.code", "INVALID_REQUEST");
}

static void
test_stream (InteropFixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_chunks = 0;
  g_autofree char *id = fake_platform_send_request (self->service.platform, "platform.chat.send.stream",
                                                    "{" USER ",\"message\":\"one two three four five\"}");
  g_autoptr (FakeMessage) answer = read_stream (self, id, text, &n_chunks);
  g_autofree char *final = fake_message_get_string (answer, "payload.text");

  interop_assert_member (answer, "ok", "true");
  interop_assert_member (answer, "payload.state", "final");
  interop_assert_member (answer, "payload.sessionKey", INTEROP_SESSION_KEY);
  g_assert_cmpint (fake_message_get_int (answer, "payload.chunks"), ==, n_chunks);
  g_assert_cmpuint (n_chunks, >, 1);
  g_assert_cmpstr (final, ==, "echo: one two three four five");
  g_assert_cmpstr (text->str, ==, final);
}

static void
test_send_and_history (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) ack =
      interop_request_ok (self, "platform.chat.send",
                          "{" USER ",\"message\":\"remember the gangway\",\"runId\":\"interop-run-1\"}");
  g_autoptr (FakeMessage) history = NULL;

  interop_assert_member (ack, "payload.runId", "interop-run-1");
  interop_assert_member (ack, "payload.status", "started");
  wait_for_final (self, "interop-run-1");

  history = interop_request_ok (self, "platform.chat.history", "{" USER ",\"limit\":10}");
  interop_assert_member (history, "payload.sessionKey", INTEROP_SESSION_KEY);
  g_assert_nonnull (strstr (history->text, "echo: "));
  g_assert_nonnull (strstr (history->text, "remember the gangway"));
}

static void
test_abort (InteropFixture *self, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new (NULL);
  guint n_chunks = 1;
  g_autofree char *id = fake_platform_send_request (self->service.platform, "platform.chat.send.stream",
                                                    "{" USER ",\"message\":\"go on (endless)\"}");
  g_autoptr (FakeMessage) chunk = fake_platform_expect_event (self->service.platform, "platform.chat.chunk");
  g_autofree char *run_id = fake_message_get_string (chunk, "payload.runId");
  g_autoptr (FakeMessage) abort_answer = NULL;
  g_autofree char *abort_id = NULL;
  g_autoptr (FakeMessage) answer = NULL;

  abort_id = fake_platform_send_request (self->service.platform, "platform.chat.abort", "{" USER "}");
  answer = read_stream (self, id, text, &n_chunks);
  interop_assert_member (answer, "ok", "true");
  interop_assert_member (answer, "payload.state", "aborted");
  interop_assert_member (answer, "payload.runId", run_id);

  abort_answer = fake_platform_expect_answer (self->service.platform, abort_id);
  interop_assert_member (abort_answer, "ok", "true");
  interop_assert_member (abort_answer, "payload.aborted", "true");
  interop_assert_member (abort_answer, "payload.runIds.0", run_id);
}

static void
test_reset (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) before = NULL;
  g_autoptr (FakeMessage) reset = NULL;
  g_autoptr (FakeMessage) after = NULL;

  before = interop_request_ok (self, "platform.chat.send",
                               "{" USER ",\"message\":\"soon forgotten\",\"runId\":\"interop-run-2\"}");
  wait_for_final (self, "interop-run-2");

  reset = interop_request_ok (self, "platform.chat.reset", "{" USER "}");
  interop_assert_member (reset, "payload.key", INTEROP_SESSION_KEY);

  after = interop_request_ok (self, "platform.chat.history", "{" USER "}");
  g_assert_null (strstr (after->text, "soon forgotten"));
}

/* The agents and their folders are in the gateway's answer alone: this openclaw.json does not have them. */
static void
test_workspace (InteropFixture *self, gconstpointer data)
{
  g_autofree char *path = real_gateway_get_path (self->gateway, "workspace/notes/interop.md");
  g_autoptr (FakeMessage) written = NULL;
  g_autoptr (FakeMessage) read = NULL;
  g_autoptr (FakeMessage) listed = NULL;
  g_autoptr (FakeMessage) refused = NULL;
  g_autofree char *on_disk = NULL;

  interop_use_own_configuration (self, self->gateway->secret);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);

  written = interop_request_ok (self, "workspace.write",
                                "{\"sessionKey\":\"" INTEROP_SESSION_KEY
                                "\",\"path\":\"notes/interop.md\",\"content\":\"grüße\\n\"}");
  g_assert_cmpint (fake_message_get_int (written, "payload.bytes"), ==, (gint64) strlen ("grüße\n"));
  g_assert_true (g_file_get_contents (path, &on_disk, NULL, NULL));
  g_assert_cmpstr (on_disk, ==, "grüße\n");

  read = interop_request_ok (self, "workspace.read",
                             "{\"sessionKey\":\"" INTEROP_SESSION_KEY "\",\"path\":\"notes/interop.md\"}");
  interop_assert_member (read, "payload.0.name", "notes/interop.md");
  interop_assert_member (read, "payload.0.content", "grüße\n");

  listed = interop_request_ok (self, "workspace.ls", "{\"sessionKey\":\"" INTEROP_SESSION_KEY "\",\"path\":\"notes\"}");
  interop_assert_member (listed, "payload.0", "notes/interop.md");

  refused = fake_platform_request (self->service.platform, "workspace.read",
                                   "{\"sessionKey\":\"" INTEROP_SESSION_KEY "\",\"path\":\"../../../etc/passwd\"}");
  interop_assert_member (refused, "ok", "false");
}

static void
test_wrong_token (InteropFixture *self, gconstpointer data)
{
  g_autofree char *message = NULL;
  guint64 earliest_ms;

  interop_configure (self, "600", "");
  interop_use_own_configuration (self, "not-the-token");
  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "retrying");

  earliest_ms = (guint64) (g_get_real_time () / 1000) + 250000;
  assert_property (self, "LastErrorCode", "gateway-refused");
  message = get_string_property (self, "LastError");
  g_assert_nonnull (strstr (message, "AUTH_TOKEN_MISMATCH"));
  g_assert_cmpuint (service_get_uint64 (&self->service, "platform", "RetryingAt"), >, earliest_ms);

  interop_use_own_configuration (self, self->gateway->secret);
  service_wait_for_state (&self->service, "platform", "connected");
  assert_property (self, "LastErrorCode", "");
}

static void
test_token_is_not_shared (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) health = NULL;
  g_autofree char *token = NULL;

  interop_use_gateway_configuration (self);
  interop_configure (self, "2", "share-gateway-token=false");
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);

  token = fake_platform_get_gateway_token (self->service.platform);
  g_assert_null (token);
  g_assert_null (strstr (fake_platform_get_connect (self->service.platform), self->gateway->secret));
  health = interop_request_ok (self, "health", "{}");
}

/* Nothing listens at first; then the gateway comes up, which may refuse until it is ready. */
static void
test_gateway_comes_up (InteropFixture *self, gconstpointer data)
{
  Program *run;

  if (self->gateway->port != 0)
    real_gateway_wait_command (real_gateway_start_command (self->gateway, "stop"));
  real_gateway_prepare (self->gateway);
  interop_use_gateway_configuration (self);
  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "retrying");
  assert_property (self, "LastErrorCode", "gateway-unreachable");

  run = real_gateway_start_command (self->gateway, "run");
  service_wait_for_state (&self->service, "platform", "connected");
  fake_platform_wait_ready (self->service.platform);
  g_test_message ("the gateway said that it was still starting: %s",
                  was_signalled (self, "LastErrorCode", "gateway-starting") ? "yes" : "no");
  assert_property (self, "LastErrorCode", "");
  real_gateway_wait_command (run);
}

static void
test_gateway_restarts (InteropFixture *self, gconstpointer data)
{
  guint64 connected_since = service_get_uint64 (&self->service, "platform", "ConnectedSince");
  Program *restart = real_gateway_start_command (self->gateway, "restart");
  g_autoptr (FakeMessage) health = NULL;

  fake_wait_until (was_signalled (self, "State", "retrying"));
  g_assert_true (was_signalled (self, "LastErrorCode", "gateway-closed"));

  real_gateway_wait_command (restart);
  fake_wait_until (service_get_uint64 (&self->service, "platform", "ConnectedSince") > connected_since);
  fake_platform_wait_ready (self->service.platform);
  health = interop_request_ok (self, "health", "{}");
}

static void
test_auth_mode (InteropFixture *self, gconstpointer data)
{
  const char *mode = data;
  g_autoptr (RealGateway) gateway = real_gateway_new (mode);
  g_autofree char *secret = NULL;
  g_autoptr (FakeMessage) health = NULL;

  self->gateway = gateway;
  real_gateway_run (gateway);
  interop_use_gateway_configuration (self);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);

  secret = fake_platform_get_gateway_token (self->service.platform);
  g_assert_cmpstr (secret, ==, g_str_equal (mode, "none") ? NULL : gateway->secret);
  health = interop_request_ok (self, "health", "{}");
}

int
main (int argc, char *argv[])
{
  int status;

  /* OpenClaw is installed in the user's cache folder; the tests have home folders of their own. */
  g_setenv ("XDG_CACHE_HOME", g_get_user_cache_dir (), TRUE);
  g_test_init (&argc, &argv, NULL);
  fake_wait_set_limit (WAIT_LIMIT_MS);

  /* The first starts the gateway that the others use. */
  interop_test_add ("gateway-comes-up", NULL, interop_set_up, test_gateway_comes_up);
  interop_test_add ("handshake", NULL, interop_set_up_connected, test_handshake);
  interop_test_add ("forwarded-request", NULL, interop_set_up_connected, test_forwarded_request);
  interop_test_add ("unknown-method", NULL, interop_set_up_connected, test_unknown_method);
  interop_test_add ("stream", NULL, interop_set_up_connected, test_stream);
  interop_test_add ("send-and-history", NULL, interop_set_up_connected, test_send_and_history);
  interop_test_add ("abort", NULL, interop_set_up_connected, test_abort);
  interop_test_add ("reset", NULL, interop_set_up_connected, test_reset);
  interop_test_add ("workspace", NULL, interop_set_up_running, test_workspace);
  interop_add_policy_tests ();
  interop_test_add ("wrong-token", NULL, interop_set_up_running, test_wrong_token);
  interop_test_add ("token-is-not-shared", NULL, interop_set_up_running, test_token_is_not_shared);
  interop_test_add ("gateway-restarts", NULL, interop_set_up_connected, test_gateway_restarts);
  interop_test_add ("mode-password", "password", interop_set_up, test_auth_mode);
  interop_test_add ("mode-none", "none", interop_set_up, test_auth_mode);

  status = g_test_run ();
  interop_end_gateway ();
  return status;
}
