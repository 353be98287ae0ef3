/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* Frames of the gateway that pass while they come in. */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

/* A message of the gateway, and how much of it was sent. */
typedef struct {
  GBytes *payload; /* (owned) */
  gsize n_sent;
} Passing;

static void
send_part (Passing *self, FakeConnection *gateway, gsize length)
{
  g_autoptr (GBytes) part = g_bytes_new_from_bytes (self->payload, self->n_sent, length);

  fake_connection_send_raw (gateway, part);
  self->n_sent += length;
}

static void
begin (Passing *self, FakeConnection *gateway, gsize n_bytes, gsize n_first)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  *self = (Passing){ .payload = pump_fixture_new_json (n_bytes) };
  fake_frame_append_header (head, FAKE_FIN | FAKE_TEXT, n_bytes);
  bytes = g_bytes_new (head->data, head->len);
  fake_connection_send_raw (gateway, bytes);
  send_part (self, gateway, n_first);
}

static void
finish (Passing *self, FakeConnection *gateway)
{
  send_part (self, gateway, g_bytes_get_size (self->payload) - self->n_sent);
}

/* It is whole, and nobody has put anything between. */
static void
expect_passed (Passing *self, FakeConnection *platform)
{
  gsize length;
  const char *text = g_bytes_get_data (self->payload, &length);

  pump_fixture_expect_bytes (platform, FAKE_TEXT, text, length);
  g_bytes_unref (self->payload);
}

static void
test_leaves_as_it_comes (PumpFixture *self, gconstpointer unused)
{
  const gsize n_bytes = 20 * 1024 * 1024;
  const guint64 before = fake_connection_get_n_bytes (self->platform);
  Passing passing;

  begin (&passing, self->gateway, n_bytes, n_bytes / 2);
  fake_wait_until (fake_connection_get_n_bytes (self->platform) - before == n_bytes / 2);
  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
}

static void
ask_key (PumpFixture *self, const char *id_json)
{
  const guint64 before = relay_session_get_counters (self->session.session)->requests_served;

  pump_fixture_send_key (self->platform, id_json, "platform.session.resolve");
  fake_wait_until (relay_session_get_counters (self->session.session)->requests_served == before + 1);
}

static void
test_answers_wait_for_its_end (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) answer = NULL;
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  ask_key (self, "\"key\"");
  fake_wait_settle ();
  g_assert_null (fake_connection_take_message (self->platform, NULL, NULL));

  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
  answer = fake_connection_expect (self->platform, "id", "key");
  g_assert_true (fake_message_has (answer, "payload", PUMP_RESOLVED));
}

/* However much waits for its end, the rest of the message is read: nothing else can end the wait. */
static void
test_long_answers_wait_for_its_end (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *name = g_strnfill (2 * 1024 * 1024, 'k');
  g_autofree char *id_json = g_strdup_printf ("\"%s\"", name);
  g_autoptr (FakeMessage) answer = NULL;
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  ask_key (self, id_json);
  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
  answer = fake_connection_expect (self->platform, "id", name);
  g_assert_true (fake_message_has (answer, "payload", PUMP_RESOLVED));
}

/* A platform that asks and asks meanwhile is not read any more; when the message has ended it gets all its answers. */
static void
test_what_waits_has_a_bound (PumpFixture *self, gconstpointer unused)
{
  const guint n_requests = 32;
  g_autofree char *name = g_strnfill (1024 * 1024, 'k');
  g_autofree char *id_json = g_strdup_printf ("\"%s\"", name);
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  for (guint i = 0; i < n_requests; i++)
    pump_fixture_send_key (self->platform, id_json, "platform.session.resolve");
  pump_fixture_wait_for_stall (self->platform);

  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
  for (guint i = 0; i < n_requests; i++)
    fake_message_unref (fake_connection_expect (self->platform, "id", name));
}

static void
test_control_frames_do_not_wait (PumpFixture *self, gconstpointer unused)
{
  const guint n_pongs = fake_connection_get_n_pongs (self->platform);
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_PING, "ping", 4);
  fake_wait_until (fake_connection_get_n_pongs (self->platform) == n_pongs + 1);
  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
}

static void
test_close_does_not_wait (PumpFixture *self, gconstpointer unused)
{
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  fake_wait_settle ();
  relay_session_stop (self->session.session);
  fake_connection_expect_gone (self->platform);
  g_assert_cmpuint (fake_connection_get_close_code (self->platform), ==, 1001);
  g_assert_null (fake_connection_take_message (self->platform, NULL, NULL));
  g_bytes_unref (passing.payload);
}

static void
test_gateway_goes_within (PumpFixture *self, gconstpointer unused)
{
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  fake_connection_drop (self->gateway, FAKE_DROP_FIN);
  fake_connection_expect_gone (self->platform);
  g_assert_cmpuint (fake_connection_get_close_code (self->platform), ==, 1001);
  g_assert_null (fake_connection_take_message (self->platform, NULL, NULL));
  session_fixture_expect_error (&self->session, "gateway-closed", "gateway closed: 1006");
  g_bytes_unref (passing.payload);
}

/* What begins before the relay asks the gateway for something passes; the answer behind it does not. */
static void
test_switches_between_messages (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *id = NULL;
  g_autoptr (FakeMessage) request = NULL;
  g_autoptr (FakeMessage) answer = NULL;
  Passing passing;

  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_HELD);
  begin (&passing, self->gateway, 100000, 50000);
  id = fake_platform_send_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}");
  request = fake_gateway_expect_request (self->gateway, "chat.history");
  finish (&passing, self->gateway);
  fake_gateway_release (self->session.gateway);

  expect_passed (&passing, self->platform);
  answer = fake_platform_expect_answer (self->session.platform, id);
  g_assert_true (fake_message_has (answer, "ok", "true"));
  pump_fixture_expect_quiet (self);
}

/* --- in fragments: a ping between two of them tells that the first was read --- */

/* Sends a fragment of @text, all of it if @length is -1, and waits until the relay has read it. */
static void
send_fragment (FakeConnection *from, guint first_byte, const char *text, gssize length)
{
  const guint n_pongs = fake_connection_get_n_pongs (from);

  fake_connection_send_frame (from, first_byte, text, length >= 0 ? (gsize) length : strlen (text));
  fake_connection_send_frame (from, FAKE_FIN | FAKE_PING, "read?", 5);
  fake_wait_until (fake_connection_get_n_pongs (from) == n_pongs + 1);
}

static void
set_policy (PumpFixture *self, const char *account_lines)
{
  session_fixture_apply (&self->session, "", account_lines);
}

/* What the gateway has begun to send goes on, whatever the platform may ask from now on. */
static void
test_policy_within_gateway_message (PumpFixture *self, gconstpointer unused)
{
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  fake_wait_settle ();
  set_policy (self, "deny-methods=*\nworkspace-access=none");
  send_part (&passing, self->gateway, 20000);
  fake_wait_settle ();
  set_policy (self, "");
  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
  pump_fixture_expect_quiet (self);
}

/* Has @policy come into force within a message of the platform. */
static void
send_across (PumpFixture *self, guint opcode, const char *first, const char *policy, const char *second)
{
  send_fragment (self->platform, opcode, first, -1);
  set_policy (self, policy);
  send_fragment (self->platform, FAKE_FIN | FAKE_CONTINUATION, second, -1);
}

static void
expect_denied (PumpFixture *self, const char *id)
{
  g_autoptr (FakeMessage) answer = fake_connection_expect (self->platform, "id", id);

  g_assert_true (fake_message_has (answer, "error.code", "DENIED"));
  g_assert_null (fake_connection_take_message (self->gateway, NULL, NULL));
}

/* What the platform sends is judged when it is whole, as a whole: by the policy that is in force then. */
static void
test_policy_within_platform_message (PumpFixture *self, gconstpointer unused)
{
  const RelayCounters *counters = relay_session_get_counters (self->session.session);

  send_across (self, FAKE_TEXT, "{\"type\":\"req\",\"id\":\"a\",\"method\":\"health\",", "deny-methods=health",
               "\"params\":{}}");
  expect_denied (self, "a");
  set_policy (self, "");
  send_across (self, FAKE_TEXT, "{\"type\":\"req\",\"id\":\"b\",", "deny-methods=health", "\"method\":\"health\"}");
  expect_denied (self, "b");

  /* what no policy can judge was let past until now */
  set_policy (self, "");
  send_across (self, FAKE_BINARY, "no ", "deny-methods=health", "JSON");
  g_assert_cmpuint (counters->requests_denied, ==, 3);
  g_assert_null (fake_connection_take_message (self->gateway, NULL, NULL));

  /* and the other way round nothing is held against a message that was denied when it began */
  send_across (self, FAKE_TEXT, "{\"type\":\"req\",\"id\":\"c\",\"method\":", "", "\"echo\",\"params\":{}}");
  pump_fixture_expect_text (self->gateway, "{\"type\":\"req\",\"id\":\"c\",\"method\":\"echo\",\"params\":{}}");
  fake_message_unref (fake_connection_expect (self->platform, "id", "c"));
  g_assert_cmpuint (counters->requests_denied, ==, 3);
}

/* --- while the relay waits for an answer of the gateway --- */

/* Returns: (transfer full): the id of a request of the relay's own, on behalf of the platform's @id, which is put there */
static char *
have_relay_ask (PumpFixture *self, char **id)
{
  g_autoptr (FakeMessage) request = NULL;

  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_NEVER);
  *id = fake_platform_send_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}");
  request = fake_gateway_expect_request (self->gateway, "chat.history");
  return fake_message_get_string (request, "id");
}

/* Sends an event whose first piece ends at @cut: it leaves as soon as it is told, and counts once. */
static void
pass_event_cut_at (PumpFixture *self, gsize cut)
{
  const RelayCounters *counters = relay_session_get_counters (self->session.session);
  const RelayCounters before = *counters;
  const guint64 n_before = fake_connection_get_n_bytes (self->platform);
  const gsize n_bytes = 3000;
  const gsize half = n_bytes / 2;
  g_autoptr (GBytes) payload = pump_fixture_new_json (n_bytes);
  const char *text = g_bytes_get_data (payload, NULL);

  send_fragment (self->gateway, FAKE_TEXT, text, (gssize) cut);
  send_fragment (self->gateway, FAKE_CONTINUATION, text + cut, (gssize) (half - cut));
  fake_wait_until (fake_connection_get_n_bytes (self->platform) == n_before + half);
  send_fragment (self->gateway, FAKE_FIN | FAKE_CONTINUATION, text + half, (gssize) (n_bytes - half));
  pump_fixture_expect_bytes (self->platform, FAKE_TEXT, text, n_bytes);
  g_assert_cmpuint (counters->frames_to_platform, ==, before.frames_to_platform + 1);
  g_assert_cmpuint (counters->bytes_to_platform, ==, before.bytes_to_platform + n_bytes);
}

/* However little of it came first: what turns out to be nobody's answer goes on at once, with what was held of it. */
static void
test_told_as_an_event (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *id = NULL;
  g_autofree char *own_id = have_relay_ask (self, &id);
  g_autofree char *answer = g_strdup_printf ("{\"type\":\"res\",\"id\":\"%s\",\"ok\":true,\"payload\":{}}", own_id);
  g_autoptr (FakeMessage) answered = NULL;

  for (gsize cut = 1; cut <= 40; cut++)
    pass_event_cut_at (self, cut);

  fake_connection_send_text (self->gateway, answer);
  answered = fake_platform_expect_answer (self->session.platform, id);
  g_assert_true (fake_message_has (answered, "ok", "true"));
}

/* Sends the answer that the relay waits for, and looks at what the platform gets of it. */
static void
answer_cut_at (PumpFixture *self, gsize cut)
{
  g_autofree char *id = NULL;
  g_autofree char *own_id = have_relay_ask (self, &id);
  const RelayCounters *counters = relay_session_get_counters (self->session.session);
  const guint64 frames_before = counters->frames_to_platform;
  const guint64 n_before = fake_connection_get_n_bytes (self->platform);
  g_autofree char *padding = g_strnfill (100000, 'x');
  g_autofree char *text =
      g_strdup_printf ("{\"type\":\"res\",\"id\":\"%s\",\"ok\":true,\"payload\":{\"x\":\"%s\"}}", own_id, padding);
  g_autoptr (FakeMessage) answered = NULL;

  send_fragment (self->gateway, FAKE_TEXT, text, (gssize) cut);
  send_fragment (self->gateway, FAKE_CONTINUATION, text + cut, 50000);
  g_assert_cmpuint (fake_connection_get_n_bytes (self->platform), ==, n_before);
  send_fragment (self->gateway, FAKE_FIN | FAKE_CONTINUATION, text + cut + 50000, -1);
  answered = fake_connection_expect_message (self->platform);
  g_assert_true (fake_message_has (answered, "id", id));
  g_assert_true (fake_message_has (answered, "payload.x", padding));
  g_assert_cmpuint (counters->frames_to_platform, ==, frames_before + 1);
}

/* What turns out to be the answer is held until it is whole, and goes to whoever asked. */
static void
test_told_as_an_answer (PumpFixture *self, gconstpointer unused)
{
  for (gsize cut = 1; cut <= 40; cut++)
    answer_cut_at (self, cut);
  pump_fixture_expect_quiet (self);
}

/* --- counters --- */

/* A message counts when it begins, and its bytes as they pass: also when the session ends within it. */
static void
test_counts_what_passes (PumpFixture *self, gconstpointer unused)
{
  const RelayCounters *counters = relay_session_get_counters (self->session.session);
  const RelayCounters before = *counters;
  const guint64 n_before = fake_connection_get_n_bytes (self->platform);
  Passing passing;

  begin (&passing, self->gateway, 100000, 50000);
  fake_wait_until (fake_connection_get_n_bytes (self->platform) == n_before + 50000);
  g_assert_cmpuint (counters->frames_to_platform, ==, before.frames_to_platform + 1);
  g_assert_cmpuint (counters->bytes_to_platform, ==, before.bytes_to_platform + 50000);
  finish (&passing, self->gateway);
  expect_passed (&passing, self->platform);
  g_assert_cmpuint (counters->frames_to_platform, ==, before.frames_to_platform + 1);
  g_assert_cmpuint (counters->bytes_to_platform, ==, before.bytes_to_platform + 100000);

  begin (&passing, self->gateway, 100000, 30000);
  fake_wait_until (fake_connection_get_n_bytes (self->platform) == n_before + 130000);
  fake_connection_drop (self->gateway, FAKE_DROP_FIN);
  fake_connection_expect_gone (self->platform);
  session_fixture_expect_error (&self->session, "gateway-closed", "gateway closed: 1006");
  g_assert_cmpuint (counters->frames_to_platform, ==, before.frames_to_platform + 2);
  g_assert_cmpuint (counters->bytes_to_platform, ==, before.bytes_to_platform + 130000);
  g_bytes_unref (passing.payload);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/splice/R5/leaves-as-it-comes", test_leaves_as_it_comes);
  pump_fixture_add ("/splice/R5/answers-wait-for-its-end", test_answers_wait_for_its_end);
  pump_fixture_add ("/splice/R10/long-answers-wait-for-its-end", test_long_answers_wait_for_its_end);
  pump_fixture_add ("/splice/R10/what-waits-has-a-bound", test_what_waits_has_a_bound);
  pump_fixture_add ("/splice/R5/control-frames-do-not-wait", test_control_frames_do_not_wait);
  pump_fixture_add ("/splice/R5/close-does-not-wait", test_close_does_not_wait);
  pump_fixture_add ("/splice/H6/gateway-goes-within", test_gateway_goes_within);
  pump_fixture_add ("/splice/R4/switches-between-messages", test_switches_between_messages);
  pump_fixture_add ("/splice/R5/policy-within-gateway-message", test_policy_within_gateway_message);
  pump_fixture_add ("/splice/R3/policy-within-platform-message", test_policy_within_platform_message);
  pump_fixture_add ("/splice/R4/told-as-an-event", test_told_as_an_event);
  pump_fixture_add ("/splice/R4/told-as-an-answer", test_told_as_an_answer);
  pump_fixture_add ("/splice/R5/counts-what-passes", test_counts_what_passes);

  return g_test_run ();
}
