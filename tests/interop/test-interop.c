/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 *
 * The main job against the real OpenClaw: gangwayd, activated on a private bus, between it and a platform of ours.
 */

#include "config.h"

#include <glib/gstdio.h>

#include "real-gateway.h"

/* A gateway takes 10 s to start, and several times that on a busy machine. */
#define WAIT_LIMIT_MS 90000

#define SESSION_KEY "agent:main:platform:direct:interop"
#define USER "\"userId\":\"interop\""

typedef struct {
  ServiceFixture service;
  RealGateway *gateway; /* (unowned) */
} InteropFixture;

/* One gateway serves all tests that do not need one of their own. */
static RealGateway *shared_gateway;

/* --- Settings ------------------------------------------------------------------------------------------------------- */

/* A gangway.conf as a user writes it: OpenClaw's configuration is found in the home folder. */
static void
configure (InteropFixture *self, const char *max_delay, const char *account_lines)
{
  g_autofree char *account = service_account ("platform", self->service.platform, account_lines);
  g_autofree char *text = g_strdup_printf ("[retry]\ninitial-delay=0.5\nmax-delay=%s\n\n%s", max_delay, account);

  service_configure_raw (&self->service, text);
}

/* The home folder has the very configuration that the gateway runs with. */
static void
use_gateway_configuration (InteropFixture *self)
{
  g_autofree char *theirs = real_gateway_get_path (self->gateway, "home/.openclaw");
  g_autofree char *ours = g_build_filename (self->service.dir, ".openclaw", NULL);

  g_assert_no_errno (symlink (theirs, ours));
}

/* The home folder has a configuration of its own, which knows the gateway's port and the secret given, and no agents. */
static void
use_own_configuration (InteropFixture *self, const char *secret)
{
  g_autofree char *folder = g_build_filename (self->service.dir, ".openclaw", NULL);
  g_autofree char *file = g_build_filename (folder, "openclaw.json", NULL);
  g_autofree char *text =
      g_strdup_printf ("{ gateway: { port: %u, auth: { mode: 'token', token: '%s' } } }\n", self->gateway->port, secret);
  g_autoptr (GError) error = NULL;

  g_mkdir (folder, 0700);
  g_file_set_contents (file, text, -1, &error);
  g_assert_no_error (error);
}

static void
set_up (InteropFixture *self, gconstpointer data)
{
  if (shared_gateway == NULL)
    shared_gateway = real_gateway_new ("token");

  self->gateway = shared_gateway;
  service_fixture_set_up (&self->service, NULL);
  configure (self, "2", "");
}

static void
set_up_running (InteropFixture *self, gconstpointer data)
{
  set_up (self, data);
  if (self->gateway->port == 0)
    real_gateway_run (self->gateway);
}

static void
set_up_connected (InteropFixture *self, gconstpointer data)
{
  set_up_running (self, data);
  use_gateway_configuration (self);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");
}

static void
tear_down (InteropFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->service.dir, ".openclaw", NULL);
  g_autofree char *file = g_build_filename (folder, "openclaw.json", NULL);

  if (!g_file_test (folder, G_FILE_TEST_IS_SYMLINK))
    {
      g_unlink (file);
      g_rmdir (folder);
    }
  g_unlink (folder);
  service_fixture_tear_down (&self->service, NULL);
}

/* --- What the platform does ----------------------------------------------------------------------------------------- */

static void
assert_member (const FakeMessage *message, const char *path, const char *value)
{
  if (!fake_message_has (message, path, value))
    g_error ("%s is not %s in %.2000s", path, value, message->text);
}

static FakeMessage *
request_ok (InteropFixture *self, const char *method, const char *params)
{
  FakeMessage *answer = fake_platform_request (self->service.platform, method, params);

  assert_member (answer, "ok", "true");
  return answer;
}

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

      assert_member (message, "payload.requestId", id);
      assert_member (message, "payload.sessionKey", SESSION_KEY);
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
  g_autoptr (FakeMessage) health = request_ok (self, "health", "{}");

  assert_member (health, "payload.ok", "true");
}

/* The gateway's own refusal comes through, too. */
static void
test_unknown_method (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) answer = fake_platform_request (self->service.platform, "no.such.method", "{}");

  assert_member (answer, "ok", "false");
  assert_member (answer, "error.code", "INVALID_REQUEST");
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

  assert_member (answer, "ok", "true");
  assert_member (answer, "payload.state", "final");
  assert_member (answer, "payload.sessionKey", SESSION_KEY);
  g_assert_cmpint (fake_message_get_int (answer, "payload.chunks"), ==, n_chunks);
  g_assert_cmpuint (n_chunks, >, 1);
  g_assert_cmpstr (final, ==, "echo: one two three four five");
  g_assert_cmpstr (text->str, ==, final);
}

static void
test_send_and_history (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) ack =
      request_ok (self, "platform.chat.send", "{" USER ",\"message\":\"remember the gangway\",\"runId\":\"interop-run-1\"}");
  g_autoptr (FakeMessage) history = NULL;

  assert_member (ack, "payload.runId", "interop-run-1");
  assert_member (ack, "payload.status", "started");
  wait_for_final (self, "interop-run-1");

  history = request_ok (self, "platform.chat.history", "{" USER ",\"limit\":10}");
  assert_member (history, "payload.sessionKey", SESSION_KEY);
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
  assert_member (answer, "ok", "true");
  assert_member (answer, "payload.state", "aborted");
  assert_member (answer, "payload.runId", run_id);

  abort_answer = fake_platform_expect_answer (self->service.platform, abort_id);
  assert_member (abort_answer, "ok", "true");
  assert_member (abort_answer, "payload.aborted", "true");
  assert_member (abort_answer, "payload.runIds.0", run_id);
}

static void
test_reset (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) before = NULL;
  g_autoptr (FakeMessage) reset = NULL;
  g_autoptr (FakeMessage) after = NULL;

  before = request_ok (self, "platform.chat.send", "{" USER ",\"message\":\"soon forgotten\",\"runId\":\"interop-run-2\"}");
  wait_for_final (self, "interop-run-2");

  reset = request_ok (self, "platform.chat.reset", "{" USER "}");
  assert_member (reset, "payload.key", SESSION_KEY);

  after = request_ok (self, "platform.chat.history", "{" USER "}");
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

  use_own_configuration (self, self->gateway->secret);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);

  written = request_ok (self, "workspace.write",
                        "{\"sessionKey\":\"" SESSION_KEY "\",\"path\":\"notes/interop.md\",\"content\":\"grüße\\n\"}");
  g_assert_cmpint (fake_message_get_int (written, "payload.bytes"), ==, (gint64) strlen ("grüße\n"));
  g_assert_true (g_file_get_contents (path, &on_disk, NULL, NULL));
  g_assert_cmpstr (on_disk, ==, "grüße\n");

  read = request_ok (self, "workspace.read", "{\"sessionKey\":\"" SESSION_KEY "\",\"path\":\"notes/interop.md\"}");
  assert_member (read, "payload.0.name", "notes/interop.md");
  assert_member (read, "payload.0.content", "grüße\n");

  listed = request_ok (self, "workspace.ls", "{\"sessionKey\":\"" SESSION_KEY "\",\"path\":\"notes\"}");
  assert_member (listed, "payload.0", "notes/interop.md");

  refused = fake_platform_request (self->service.platform, "workspace.read",
                                   "{\"sessionKey\":\"" SESSION_KEY "\",\"path\":\"../../../etc/passwd\"}");
  assert_member (refused, "ok", "false");
}

static void
test_wrong_token (InteropFixture *self, gconstpointer data)
{
  g_autofree char *message = NULL;
  guint64 earliest_ms;

  configure (self, "600", "");
  use_own_configuration (self, "not-the-token");
  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "retrying");

  earliest_ms = (guint64) (g_get_real_time () / 1000) + 250000;
  assert_property (self, "LastErrorCode", "gateway-refused");
  message = get_string_property (self, "LastError");
  g_assert_nonnull (strstr (message, "AUTH_TOKEN_MISMATCH"));
  g_assert_cmpuint (service_get_uint64 (&self->service, "platform", "RetryingAt"), >, earliest_ms);

  use_own_configuration (self, self->gateway->secret);
  service_wait_for_state (&self->service, "platform", "connected");
  assert_property (self, "LastErrorCode", "");
}

static void
test_token_is_not_shared (InteropFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) health = NULL;
  g_autofree char *token = NULL;

  use_gateway_configuration (self);
  configure (self, "2", "share-gateway-token=false");
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);

  token = fake_platform_get_gateway_token (self->service.platform);
  g_assert_null (token);
  g_assert_null (strstr (fake_platform_get_connect (self->service.platform), self->gateway->secret));
  health = request_ok (self, "health", "{}");
}

/* Nothing listens at first; then the gateway comes up, which may refuse until it is ready. */
static void
test_gateway_comes_up (InteropFixture *self, gconstpointer data)
{
  Program *run;

  if (self->gateway->port != 0)
    real_gateway_wait_command (real_gateway_start_command (self->gateway, "stop"));
  real_gateway_prepare (self->gateway);
  use_gateway_configuration (self);
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
  health = request_ok (self, "health", "{}");
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
  use_gateway_configuration (self);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);

  secret = fake_platform_get_gateway_token (self->service.platform);
  g_assert_cmpstr (secret, ==, g_str_equal (mode, "none") ? NULL : gateway->secret);
  health = request_ok (self, "health", "{}");
}

#define interop_test_add(path, data, set_up_func, func)                                                                     \
  g_test_add ("/interop/" path, InteropFixture, data, set_up_func, func, tear_down)

int
main (int argc, char *argv[])
{
  int status;

  /* OpenClaw is installed in the user's cache folder; the tests have home folders of their own. */
  g_setenv ("XDG_CACHE_HOME", g_get_user_cache_dir (), TRUE);
  g_test_init (&argc, &argv, NULL);
  fake_wait_set_limit (WAIT_LIMIT_MS);

  /* The first starts the gateway that the others use. */
  interop_test_add ("gateway-comes-up", NULL, set_up, test_gateway_comes_up);
  interop_test_add ("handshake", NULL, set_up_connected, test_handshake);
  interop_test_add ("forwarded-request", NULL, set_up_connected, test_forwarded_request);
  interop_test_add ("unknown-method", NULL, set_up_connected, test_unknown_method);
  interop_test_add ("stream", NULL, set_up_connected, test_stream);
  interop_test_add ("send-and-history", NULL, set_up_connected, test_send_and_history);
  interop_test_add ("abort", NULL, set_up_connected, test_abort);
  interop_test_add ("reset", NULL, set_up_connected, test_reset);
  interop_test_add ("workspace", NULL, set_up_running, test_workspace);
  interop_test_add ("wrong-token", NULL, set_up_running, test_wrong_token);
  interop_test_add ("token-is-not-shared", NULL, set_up_running, test_token_is_not_shared);
  interop_test_add ("gateway-restarts", NULL, set_up_connected, test_gateway_restarts);
  interop_test_add ("mode-password", "password", set_up, test_auth_mode);
  interop_test_add ("mode-none", "none", set_up, test_auth_mode);

  status = g_test_run ();
  g_clear_pointer (&shared_gateway, real_gateway_free);
  return status;
}
