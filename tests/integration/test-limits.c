/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pump-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* What a platform may ask for at once, and how much of it; docs/limits.md has all of them. */

#define MAX_REQUESTS 10000
#define MAX_STREAMS 256

static void
expect_error (FakeConnection *platform, const char *id, const char *code, const char *message)
{
  g_autoptr (FakeMessage) answer = fake_connection_expect (platform, "id", id);
  g_autofree char *said = fake_message_get_string (answer, "error.message");

  g_assert_cmpstr (said, ==, message);
  g_assert_true (fake_message_has (answer, "error.code", code));
}

static void
send_chat (FakeConnection *platform, guint number, const char *method)
{
  fake_connection_send_format (platform,
                               "{\"type\":\"req\",\"id\":\"r%u\",\"method\":\"%s\",\"params\":{\"userId\":\"ann\","
                               "\"message\":\"hi\",\"runId\":\"run%u\"}}",
                               number, method, number);
}

/* Sends one request more than may be without an answer: it is refused. */
static void
fill (PumpFixture *self, FakeAnswering answering)
{
  fake_gateway_set_answering (self->session.gateway, "chat.history", answering);
  fake_connection_cork (self->platform);
  for (guint i = 1; i <= MAX_REQUESTS + 1; i++)
    send_chat (self->platform, i, "platform.chat.history");
  fake_connection_uncork (self->platform);
  expect_error (self->platform, "r10001", "UNAVAILABLE", "10000 requests are being served already: wait for some answers");
  fake_wait_until (fake_connection_get_n_messages (self->gateway) == MAX_REQUESTS + 1); /* with connect */
}

/* Waits for the answers of all that were not refused; then there is room again. */
static void
expect_room (PumpFixture *self, guint n_messages)
{
  g_autoptr (FakeMessage) answer = NULL;

  fake_wait_until (fake_connection_get_n_messages (self->platform) == n_messages + MAX_REQUESTS);
  fake_connection_set_discard (self->platform, FALSE);
  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_ONCE);
  answer = fake_platform_request (self->session.platform, "platform.chat.history", PUMP_RESOLVE_PARAMS);
  g_assert_true (fake_message_has (answer, "ok", "true"));
}

static void
test_requests (PumpFixture *self, gconstpointer unused)
{
  guint n_messages;

  fill (self, FAKE_ANSWER_HELD);
  n_messages = fake_connection_get_n_messages (self->platform);
  fake_connection_set_discard (self->platform, TRUE);
  fake_gateway_release (self->session.gateway);
  expect_room (self, n_messages);
}

/* All of them run out of time. */
static void
test_requests_time_out (PumpFixture *self, gconstpointer unused)
{
  guint n_messages;

  fill (self, FAKE_ANSWER_NEVER);
  n_messages = fake_connection_get_n_messages (self->platform);
  fake_connection_set_discard (self->platform, TRUE);
  fake_clock_advance_ms (self->session.clock, 30000);
  expect_room (self, n_messages);
}

/* One stream more than may run: it is refused, also when it would take the place of a run; when one ends there is room. */
static void
test_streams (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) ended = NULL;
  g_autoptr (FakeMessage) begun = NULL;

  fake_gateway_set_chat_mode (self->session.gateway, FAKE_CHAT_MANUAL);
  fake_connection_cork (self->platform);
  for (guint i = 1; i <= MAX_STREAMS + 1; i++)
    send_chat (self->platform, i, "platform.chat.send.stream");
  send_chat (self->platform, 1, "platform.chat.send.stream");
  fake_connection_uncork (self->platform);
  expect_error (self->platform, "r257", "UNAVAILABLE",
                "platform.chat.send.stream: 256 runs are streaming already: wait until one ends, or abort one");
  expect_error (self->platform, "r1", "INVALID_REQUEST", "platform.chat.send.stream: run run1 is already streaming");

  fake_gateway_send_chat_event (self->session.gateway, self->gateway, "run7", "agent:main:platform:direct:ann",
                                "\"state\":\"final\"");
  ended = fake_connection_expect (self->platform, "id", "r7");
  g_assert_true (fake_message_has (ended, "payload.state", "final"));
  send_chat (self->platform, 300, "platform.chat.send.stream");
  begun = fake_connection_expect (self->gateway, "params.idempotencyKey", "run300");
}

typedef struct {
  const char *method;
  const char *name;
  const char *params; /* with %s for the text that is too long */
  gsize max_bytes;
  const char *message;
} Length;

static const Length lengths[] = {
  { "platform.chat.send", "userId", "{\"userId\":\"%s\",\"message\":\"hi\"}", 1024,
    "platform.chat.send: userId is too long: at most 1024 bytes" },
  { "platform.session.resolve", "agentId", "{\"userId\":\"ann\",\"agentId\":\"%s\"}", 1024,
    "platform.session.resolve: agentId is too long: at most 1024 bytes" },
  { "platform.chat.send", "thinking", "{\"userId\":\"ann\",\"message\":\"hi\",\"thinking\":\"%s\"}", 1024,
    "platform.chat.send: thinking is too long: at most 1024 bytes" },
  { "platform.chat.abort", "runId", "{\"userId\":\"ann\",\"runId\":\"%s\"}", 1024,
    "platform.chat.abort: runId is too long: at most 1024 bytes" },
  { "workspace.ls", "sessionKey", "{\"sessionKey\":\"%s\"}", 1024, "sessionKey is too long: at most 1024 bytes" },
  { "workspace.ls", "path", "{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\"}", 4095,
    "path is too long: at most 4095 bytes, and 255 in one name" },
};

static char *
make_params (const Length *length, gsize n_bytes)
{
  g_autofree char *text = g_strnfill (n_bytes, 'x');
  g_auto (GStrv) parts = g_strsplit (length->params, "%s", 2);

  if (strcmp (length->name, "sessionKey") == 0)
    memcpy (text, "agent:main:", strlen ("agent:main:"));
  if (strcmp (length->name, "path") == 0)
    for (gsize i = 255; i < n_bytes; i += 256)
      text[i] = '/';

  return g_strconcat (parts[0], text, parts[1], NULL);
}

/* As long as may be, and one byte more. */
static void
test_lengths (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *root = g_dir_make_tmp ("gangway-limits-XXXXXX", NULL);
  g_autofree char *account = g_strdup_printf ("workspace-root=%s", root);

  session_fixture_apply (&self->session, "", account);
  pump_fixture_connect (self);

  for (guint i = 0; i < G_N_ELEMENTS (lengths); i++)
    {
      g_autofree char *longest = make_params (&lengths[i], lengths[i].max_bytes);
      g_autofree char *too_long = make_params (&lengths[i], lengths[i].max_bytes + 1);
      g_autoptr (FakeMessage) fits = fake_platform_request (self->session.platform, lengths[i].method, longest);
      g_autofree char *id = NULL;

      g_assert_true (fake_message_has (fits, "ok", "true"));
      id = fake_platform_send_request (self->session.platform, lengths[i].method, too_long);
      expect_error (self->platform, id, "INVALID_REQUEST", lengths[i].message);
    }
  g_assert_cmpint (g_rmdir (root), ==, 0);
}

static char *
repeat (const char *head, const char *item, guint n, const char *tail)
{
  g_autoptr (GString) out = g_string_new (head);

  for (guint i = 0; i < n; i++)
    g_string_append (out, item);
  g_string_append (out, tail);

  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
expect_invalid_params (PumpFixture *self, const char *params, const char *message)
{
  g_autofree char *id = fake_platform_send_request (self->session.platform, "platform.session.resolve", params);

  expect_error (self->platform, id, "INVALID_REQUEST", message);
}

/* What nobody needs in params, and what it would cost to build. */
static void
test_params (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *opening = repeat ("{\"userId\":\"ann\",\"a\":", "[", 64, "");
  g_autofree char *deep = repeat (opening, "]", 64, "}");
  g_autofree char *many = repeat ("{\"userId\":\"ann\",\"a\":[0", ",0", 10000, "]}");
  g_autoptr (GString) members = g_string_new ("{\"userId\":\"ann\"");

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (members, ",\"m%u\":0", i);
  g_string_append_c (members, '}');

  expect_invalid_params (self, deep, "platform.session.resolve: params have more than 64 levels of nesting");
  expect_invalid_params (self, many, "platform.session.resolve: params have more than 10000 values");
  expect_invalid_params (self, members->str, "platform.session.resolve: params have more than 1000 members in one object");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/limits/requests", test_requests);
  pump_fixture_add ("/limits/requests-time-out", test_requests_time_out);
  pump_fixture_add ("/limits/streams", test_streams);
  pump_fixture_add_unconnected ("/limits/lengths", test_lengths);
  pump_fixture_add ("/limits/params", test_params);

  return g_test_run ();
}
