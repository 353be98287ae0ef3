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

  return g_test_run ();
}
