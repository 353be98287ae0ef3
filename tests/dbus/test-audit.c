/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* What is written down: a line for each request that is served or denied, and for each link that comes or goes. */

#define LS "{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\"}"
#define USER "{\"userId\":\"ann\"}"

static char *
dup_workspace (ServiceFixture *self)
{
  return g_build_filename (self->dir, "ws", NULL);
}

/* A connected service with an agent whose workspace is a folder of its own. */
static void
start (ServiceFixture *self, const char *account_lines)
{
  g_autofree char *account = service_account ("platform", self->platform, account_lines);
  g_autofree char *workspace = dup_workspace (self);

  g_mkdir (workspace, 0700);
  fake_gateway_add_agent (self->gateway, "main", workspace);
  service_configure (self, account);
  service_start (self);
  fake_platform_wait_ready (self->platform);
  service_wait_for_state (self, "platform", "connected");
}

static void
request (ServiceFixture *self, const char *method, const char *params)
{
  g_autoptr (FakeMessage) answer = fake_platform_request (self->platform, method, params);

  g_assert_nonnull (answer);
}

/* Waits for as many lines as @expected has, and compares them, in order. */
static void
expect_lines (ServiceFixture *self, const char *const *expected)
{
  g_autoptr (GPtrArray) lines = NULL;

  audit_wait_until (audit_count (self) >= g_strv_length ((GStrv) expected));
  lines = audit_read (self);
  g_assert_cmpuint (lines->len, ==, g_strv_length ((GStrv) expected));
  for (guint i = 0; i < lines->len; i++)
    {
      g_autofree char *brief = audit_dup_brief (g_ptr_array_index (lines, i));

      g_assert_cmpstr (brief, ==, expected[i]);
    }
}

static void
test_each_kind (ServiceFixture *self, gconstpointer data)
{
  const char *url = fake_peer_get_url (FAKE_PEER (self->platform));
  g_autofree char *connect = g_strdup_printf ("platform|connect||ok|%s", url);
  g_autofree char *close = g_strdup_printf ("platform|close||failed: platform-closed|%s", url);
  g_autoptr (FakeMessage) asked = NULL;
  g_autoptr (FakeMessage) asked_again = NULL;
  g_autofree char *large = g_strnfill (4000, 'x');
  g_autofree char *large_params = g_strdup_printf ("{\"x\":\"%s\"}", large);
  const char *const expected[] = {
    connect,
    "platform|request|platform.session.resolve|ok|",
    "platform|request|workspace.write|ok|a/b.txt",
    "platform|request|workspace.ls|ok|.",
    "platform|request|platform.chat.history|failed: GATEWAY_ERROR|",
    "platform|request|platform.chat.send|failed: INVALID_REQUEST|",
    "platform|denied|workspace.read|denied|",
    "platform|denied|secret.\\u0007\xc3\xa4|denied|",
    "platform|denied||denied|",
    "platform|request|echo|failed: PAYLOAD_TOO_LARGE|",
    "platform|request|platform.session.resolve|failed: INVALID_REQUEST|",
    "platform|request|platform.chat.history|failed: closed|",
    close,
    NULL,
  };

  fake_gateway_set_max_payload (self->gateway, 2000);
  fake_gateway_set_error (self->gateway, "chat.history", "{\"message\":\"no\"}");
  start (self, "deny-methods=secret.*;workspace.read");
  request (self, "platform.session.resolve", USER);
  request (self, "workspace.write", "{\"sessionKey\":\"agent:main:x\",\"path\":\"a/b.txt\",\"content\":\"c\"}");
  request (self, "workspace.ls", "{\"sessionKey\":\"agent:main:x\"}");
  request (self, "platform.chat.history", USER);
  request (self, "platform.chat.send", USER);
  request (self, "workspace.read", "{\"sessionKey\":\"agent:main:x\",\"path\":\"a\"}");
  request (self, "secret.\\u0007\xc3\xa4", "{}");
  fake_connection_send_text (fake_platform_get_ready (self->platform), "{'type':'req'}");
  request (self, "echo", large_params);
  fake_connection_send_text (fake_platform_get_ready (self->platform),
                             "{\"type\":\"req\",\"id\":[],\"method\":\"platform.session.resolve\",\"params\":{}}");
  fake_gateway_set_answering (self->gateway, "chat.history", FAKE_ANSWER_NEVER);
  g_free (fake_platform_send_request (self->platform, "platform.chat.history", USER));
  asked = fake_gateway_expect_request (fake_peer_get_connection (FAKE_PEER (self->gateway)), "chat.history");
  asked_again = fake_gateway_expect_request (fake_peer_get_connection (FAKE_PEER (self->gateway)), "chat.history");
  fake_connection_close (fake_platform_get_ready (self->platform), 1000, "");

  expect_lines (self, expected);
}

static void
on_time_to_answer (gpointer user_data)
{
  fake_gateway_release (user_data);
}

/* How long it took and how much was answered, and how long the link stood. */
static void
test_figures (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) answer = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  JsonObject *history, *close;
  gint64 bytes;

  fake_gateway_set_answering (self->gateway, "chat.history", FAKE_ANSWER_HELD);
  start (self, "");
  g_timeout_add_once (60, on_time_to_answer, self->gateway);
  answer = fake_platform_request (self->platform, "platform.chat.history", USER);
  g_variant_unref (service_call_session (self, "platform", "Stop"));
  service_wait_for_state (self, "platform", "disconnected");
  bytes = (gint64) service_get_uint64 (self, "platform", "BytesToPlatform");

  audit_wait_until (audit_count (self) == 3);
  lines = audit_read (self);
  history = g_ptr_array_index (lines, 1);
  g_assert_cmpint (json_object_get_int_member (history, "duration_ms"), >=, 50);
  g_assert_cmpint (json_object_get_int_member (history, "duration_ms"), <, 5000);
  g_assert_cmpint (json_object_get_int_member (history, "bytes"), ==, (gint64) answer->length);
  close = g_ptr_array_index (lines, 2);
  g_assert_cmpstr (audit_get (close, "outcome"), ==, "ok");
  g_assert_cmpint (json_object_get_int_member (close, "duration_ms"), >=, 50);
  g_assert_cmpint (json_object_get_int_member (close, "bytes"), >=, (gint64) answer->length);
  g_assert_cmpint (json_object_get_int_member (close, "bytes"), <, bytes + 1);
}

/* The platform reads no answers, so that requests wait for their turn, and then the link ends: each of them is told. */
static void
test_link_ends_with_requests_waiting (ServiceFixture *self, gconstpointer data)
{
  const guint n_requests = 20;
  g_autofree char *workspace = dup_workspace (self);
  g_autofree char *file = g_build_filename (workspace, "f", NULL);
  g_autofree char *contents = g_strnfill (2 * 1024 * 1024, 'x');
  g_autoptr (FakeConnection) platform = NULL;
  g_autoptr (GPtrArray) lines = NULL;
  guint n_closed;

  start (self, "");
  g_assert_true (g_file_set_contents (file, contents, -1, NULL));
  platform = g_object_ref (fake_platform_get_ready (self->platform));
  fake_connection_set_reading (platform, FALSE);
  for (guint i = 0; i < n_requests; i++)
    g_free (fake_platform_send_request (self->platform, "workspace.read", "{\"sessionKey\":\"agent:main:x\"}"));
  audit_wait_until (audit_count (self) > 1);
  g_variant_unref (service_call_session (self, "platform", "Stop"));
  audit_wait_until (audit_count (self) == 1 + n_requests + 1);
  fake_connection_set_reading (platform, TRUE);

  lines = audit_read (self);
  n_closed = audit_count_equal (lines, "outcome", "failed: closed");
  g_assert_cmpuint (n_closed, >, 0);
  g_assert_cmpuint (n_closed, <, n_requests);
  g_assert_cmpuint (audit_count_equal (lines, "method", "workspace.read"), ==, n_requests);
}

#define N_REQUESTS 2000
#define N_KINDS 8

/* Sends the request of that number. */
static void
send_one (ServiceFixture *self, guint number)
{
  g_autofree char *name = g_strdup_printf ("n%u", number);
  g_autofree char *files = g_strdup_printf (LS, name);
  g_autofree char *outside = g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"../%s\",\"content\":\"\"}", name);
  g_autofree char *secret = g_strconcat ("secret.", name, NULL);
  const char *const kinds[N_KINDS][2] = {
    { "platform.session.resolve", USER },
    { "workspace.ls", files },
    { "workspace.read", files },
    { "platform.chat.history", USER },
    { secret, "{}" },
    { "platform.chat.send", USER },
    { "workspace.write", outside },
    { NULL },
  };
  const char *const *kind = kinds[number % N_KINDS];

  if (kind[0] != NULL)
    g_free (fake_platform_send_request (self->platform, kind[0], kind[1]));
  else
    fake_connection_send_text (fake_platform_get_ready (self->platform), "not JSON");
}

static gboolean
is_answer (const FakeMessage *message, gpointer user_data)
{
  return fake_message_has (message, "type", "res");
}

/* 2,000 requests of all kinds at once: exactly one line each. */
static void
test_complete_under_load (ServiceFixture *self, gconstpointer data)
{
  const guint n_each = N_REQUESTS / N_KINDS;
  g_autoptr (GPtrArray) lines = NULL;
  FakeConnection *platform;

  start (self, "deny-methods=secret.*");
  platform = fake_platform_get_ready (self->platform);
  fake_connection_cork (platform);
  for (guint i = 0; i < N_REQUESTS; i++)
    send_one (self, i);
  fake_connection_uncork (platform);
  for (guint i = 0; i < N_REQUESTS - n_each; i++)
    {
      FakeMessage *answer = NULL;

      fake_wait_until ((answer = fake_connection_take_message (platform, is_answer, NULL)) != NULL);
      fake_message_unref (answer);
    }

  audit_wait_until (audit_count (self) >= N_REQUESTS + 1);
  lines = audit_read (self);
  g_assert_cmpuint (lines->len, ==, N_REQUESTS + 1);
  g_assert_cmpuint (audit_count_equal (lines, "method", "platform.session.resolve"), ==, n_each);
  g_assert_cmpuint (audit_count_equal (lines, "method", "platform.chat.history"), ==, n_each);
  g_assert_cmpuint (audit_count_equal (lines, "method", "platform.chat.send"), ==, n_each);
  g_assert_cmpuint (audit_count_equal (lines, "method", ""), ==, n_each + 1);
  for (guint i = 0; i < N_REQUESTS; i++)
    {
      g_autofree char *path = g_strdup_printf (i % N_KINDS == 6 ? "../n%u" : "n%u", i);
      g_autofree char *secret = g_strdup_printf ("secret.n%u", i);

      if (i % N_KINDS == 1 || i % N_KINDS == 2 || i % N_KINDS == 6)
        audit_find (lines, "path", path);
      else if (i % N_KINDS == 4)
        audit_find (lines, "method", secret);
    }

  g_assert_cmpuint (service_get_uint64 (self, "platform", "RequestsServed") +
                        service_get_uint64 (self, "platform", "RequestsDenied"),
                    ==, N_REQUESTS);
}

/* Neither what is read and written, nor what is said, nor a key or token, whoever says it. */
static void
test_no_contents_and_no_secrets (ServiceFixture *self, gconstpointer data)
{
  static const char *const never[] = { SERVICE_KEY, SERVICE_TOKEN, "the-contents", "the-message", "somebody-there" };
  g_autofree char *text = NULL;

  start (self, "deny-methods=" SERVICE_KEY);
  request (self, "workspace.write", "{\"sessionKey\":\"agent:main:x\",\"path\":\"f\",\"content\":\"the-contents\"}");
  request (self, "workspace.read", "{\"sessionKey\":\"agent:main:x\",\"path\":\"f\"}");
  request (self, "workspace.read", "{\"sessionKey\":\"agent:main:x\",\"path\":\"" SERVICE_TOKEN "/" SERVICE_KEY "\"}");
  request (self, "platform.chat.send", "{\"userId\":\"somebody-there\",\"message\":\"the-message\"}");
  request (self, SERVICE_KEY, "{}");
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye " SERVICE_KEY);

  audit_wait_until (audit_count (self) == 7);
  text = audit_read_text (self, 0);
  for (guint i = 0; i < G_N_ELEMENTS (never); i++)
    g_assert_null (strstr (text, never[i]));
  g_assert_nonnull (strstr (text, "\"path\":\"<secret>/<secret>\""));
}

/* Accounts that are removed say goodbye too. */
static void
test_removed_account (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GPtrArray) lines = NULL;

  start (self, "");
  service_configure (self, "");
  audit_wait_until (audit_count (self) == 2);
  lines = audit_read (self);
  g_assert_cmpstr (audit_get (audit_find (lines, "event", "close"), "outcome"), ==, "ok");
}

static void
expect_url_changed (ServiceFixture *self, guint n_times, const char *url)
{
  g_autoptr (GPtrArray) lines = audit_read (self);
  guint n_changed = 0;

  for (guint i = 0; i < lines->len; i++)
    {
      JsonObject *line = g_ptr_array_index (lines, i);

      if (!g_str_equal (audit_get (line, "event"), "url-changed"))
        continue;
      n_changed++;
      if (n_changed == n_times)
        g_assert_cmpstr (audit_get (line, "path"), ==, url);
    }
  g_assert_cmpuint (n_changed, ==, n_times);
}

/* A key in the file goes where the file says; that this is elsewhere now is told before it goes. */
static void
test_url_changed (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *there = service_account ("platform", self->platform2, "");
  g_autofree char *here = service_account ("platform", self->platform, "");
  g_autoptr (Program) first = program_start_gangwayd (self, NULL);
  g_autoptr (Program) second = NULL;

  fake_platform_wait_ready (self->platform);
  expect_url_changed (self, 0, NULL);

  service_configure (self, there);
  fake_platform_wait_ready (self->platform2);
  audit_wait_until (audit_count (self) == 4);
  expect_url_changed (self, 1, fake_peer_get_url (FAKE_PEER (self->platform2)));
  audit_end_daemon (first);
  g_assert_nonnull (strstr (first->errors, "platform-url was changed from "));

  /* also while the service does not run */
  service_configure (self, here);
  second = program_start_gangwayd (self, NULL);
  fake_platform_wait_ready (self->platform);
  audit_wait_until (audit_count (self) == 7);
  expect_url_changed (self, 2, fake_peer_get_url (FAKE_PEER (self->platform)));
  audit_end_daemon (second);
  g_assert_nonnull (strstr (second->errors, "platform-url was changed from "));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/audit/each-kind", test_each_kind);
  service_test_add ("/audit/figures", test_figures);
  service_test_add ("/audit/link-ends-with-requests-waiting", test_link_ends_with_requests_waiting);
  service_test_add ("/audit/complete-under-load", test_complete_under_load);
  service_test_add ("/audit/no-contents-and-no-secrets", test_no_contents_and_no_secrets);
  service_test_add ("/audit/removed-account", test_removed_account);
  service_test_add ("/audit/url-changed", test_url_changed);

  return g_test_run ();
}
