/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

typedef struct {
  guint opcode;
  const char *bytes;
  gsize length;
} Frame;

#define FRAME(opcode, bytes)                                                                                                \
  {                                                                                                                         \
    opcode, bytes, sizeof (bytes) - 1                                                                                       \
  }

/* What is none of the relay's business, in both directions. */
static const Frame frames[] = {
  FRAME (FAKE_TEXT, "{\"type\":\"event\",\"event\":\"tick\",\"payload\":{\"n\":1}}"),
  FRAME (FAKE_TEXT, " { \"type\" :\t\"res\" , \"id\" : 1.50e+1, \"ok\":true }\r\n"),
  FRAME (FAKE_BINARY, "{\"type\":\"event\",\"event\":\"tick\"}"),
  FRAME (FAKE_BINARY, "\x00\xff\xfe\x80 neither text nor JSON \x00"),
  FRAME (FAKE_TEXT, "not JSON"),
  FRAME (FAKE_TEXT, "{\"type\":\"req\",\"id\":\"1\",\"method\":\"workspace.ls\",}"),
  FRAME (FAKE_TEXT, "{'type':'req','id':'1','method':'workspace.ls'}"),
  FRAME (FAKE_TEXT, "{\"type\":\"req\",\"id\":\"1\",\"method\":\"workspace.ls\"} // comment"),
  FRAME (FAKE_TEXT, "\xef\xbb\xbf{\"type\":\"error\",\"message\":\"a byte order mark is no JSON\"}"),
  FRAME (FAKE_TEXT, "[{\"type\":\"error\"}]"),
  FRAME (FAKE_TEXT, "{\"payload\":{\"type\":\"error\"}}"),
  FRAME (FAKE_TEXT, "a NUL \x00 within"),
  FRAME (FAKE_TEXT, "\"\xf0\x9f\x90\xa2 \xc3\xa4\""),
  FRAME (FAKE_TEXT, "null"),
  FRAME (FAKE_TEXT, ""),
  FRAME (FAKE_BINARY, ""),
  FRAME (FAKE_TEXT, " "),
};

static void
send_frame (FakeConnection *connection, const Frame *frame)
{
  fake_connection_send_frame (connection, FAKE_FIN | frame->opcode, frame->bytes, frame->length);
}

static void
check_verbatim (FakeConnection *from, FakeConnection *to)
{
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      send_frame (from, &frames[i]);
      pump_fixture_expect_bytes (to, frames[i].opcode, frames[i].bytes, frames[i].length);
    }

  fake_connection_cork (from);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    send_frame (from, &frames[i]);
  fake_connection_uncork (from);
  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    pump_fixture_expect_bytes (to, frames[i].opcode, frames[i].bytes, frames[i].length);
}

static void
test_verbatim_to_gateway (PumpFixture *self, gconstpointer unused)
{
  check_verbatim (self->platform, self->gateway);
}

static void
test_verbatim_to_platform (PumpFixture *self, gconstpointer unused)
{
  check_verbatim (self->gateway, self->platform);
}

/* The same once the relay looks at the gateway's frames, because answers to its own requests may be among them. */
static void
test_verbatim_after_own_request (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) answer =
      fake_platform_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}");
  g_autoptr (FakeMessage) request = fake_gateway_expect_request (self->gateway, "chat.history");

  g_assert_true (fake_message_has (answer, "ok", "true"));
  check_verbatim (self->gateway, self->platform);
}

static void
test_requests_for_the_gateway (PumpFixture *self, gconstpointer unused)
{
  static const char *const requests[] = {
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"unknown.method\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"workspace.lsx\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"Workspace.ls\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\" workspace.ls\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":{},\"method\":\"no.answer\"}",
    "{\"type\":\"req\",\"method\":\"no.answer\"}",
    "{\"type\":\"req\"}",
    "{\"type\":\"req\",\"method\":7}",
    "{\"type\":\"REQ\",\"id\":\"1\",\"method\":\"workspace.ls\"}",
  };

  fake_gateway_set_answering (self->session.gateway, "unknown.method", FAKE_ANSWER_NEVER);
  for (guint i = 0; i < G_N_ELEMENTS (requests); i++)
    {
      fake_connection_send_text (self->platform, requests[i]);
      pump_fixture_expect_text (self->gateway, requests[i]);
    }
}

static void
check_fragments (FakeConnection *from, FakeConnection *to)
{
  static const char text[] = "{\"type\":\"event\",\"event\":\"t\xc3\xa4st\",\"payload\":\"\xf0\x9f\x90\xa2\"}";
  g_autoptr (GBytes) bytes = g_bytes_new_static (text, strlen (text));
  g_autoptr (GBytes) empty = g_bytes_new_static ("", 0);

  for (gsize size = 1; size < 8; size++)
    {
      fake_connection_send_fragmented (from, FAKE_TEXT, bytes, size);
      pump_fixture_expect_text (to, text);
      fake_connection_send_fragmented (from, FAKE_BINARY, bytes, size);
      pump_fixture_expect_bytes (to, FAKE_BINARY, text, strlen (text));
    }

  /* a ping within a message, and fragments without bytes */
  fake_connection_send_frame (from, FAKE_TEXT, "{\"a\"", 4);
  fake_connection_send_frame (from, FAKE_FIN | FAKE_PING, "ping", 4);
  fake_connection_send_frame (from, FAKE_CONTINUATION, NULL, 0);
  fake_connection_send_frame (from, FAKE_CONTINUATION, ":1}", 3);
  fake_connection_send_frame (from, FAKE_FIN | FAKE_CONTINUATION, NULL, 0);
  pump_fixture_expect_text (to, "{\"a\":1}");
  fake_wait_until (fake_connection_get_n_pongs (from) == 1);
}

static void
test_fragments (PumpFixture *self, gconstpointer unused)
{
  check_fragments (self->platform, self->gateway);
  check_fragments (self->gateway, self->platform);
}

/* Split into TCP segments everywhere. */
static void
check_bytewise (FakeConnection *from, FakeConnection *to)
{
  g_autoptr (GByteArray) wire = g_byte_array_new ();

  fake_frame_append (wire, FAKE_FIN | FAKE_TEXT, "{\"n\":1}", 7);
  fake_frame_append (wire, FAKE_FIN | FAKE_BINARY, NULL, 0);
  fake_frame_append (wire, FAKE_FIN | FAKE_TEXT, "{\"n\":2}", 7);
  for (guint i = 0; i < wire->len; i++)
    {
      g_autoptr (GBytes) byte = g_bytes_new (wire->data + i, 1);

      fake_connection_send_raw (from, byte);
      fake_wait_settle ();
    }

  pump_fixture_expect_text (to, "{\"n\":1}");
  pump_fixture_expect_bytes (to, FAKE_BINARY, "", 0);
  pump_fixture_expect_text (to, "{\"n\":2}");
}

static void
test_bytewise (PumpFixture *self, gconstpointer unused)
{
  check_bytewise (self->platform, self->gateway);
  check_bytewise (self->gateway, self->platform);
}

static void
check_sizes (FakeConnection *from, FakeConnection *to)
{
  static const gsize sizes[] = { 125, 126, 127, 1023, 1024, 1025, 65535, 65536, 65537, 262144, 20 * 1024 * 1024 };

  for (guint i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      g_autoptr (GBytes) bytes = pump_fixture_new_json (sizes[i]);

      fake_connection_send_bytes (from, FAKE_TEXT, bytes);
      fake_connection_send_fragmented (from, FAKE_BINARY, bytes, sizes[i] / 3 + 1);
      pump_fixture_expect_bytes (to, FAKE_TEXT, g_bytes_get_data (bytes, NULL), sizes[i]);
      pump_fixture_expect_bytes (to, FAKE_BINARY, g_bytes_get_data (bytes, NULL), sizes[i]);
    }
}

static void
test_sizes_to_gateway (PumpFixture *self, gconstpointer unused)
{
  check_sizes (self->platform, self->gateway);
}

static void
test_sizes_to_platform (PumpFixture *self, gconstpointer unused)
{
  check_sizes (self->gateway, self->platform);
}

/* A hundred frames in one segment, small and large, with requests that the relay serves between them. */
static void
test_order (PumpFixture *self, gconstpointer unused)
{
  fake_connection_cork (self->gateway);
  for (guint i = 0; i < 100; i++)
    fake_connection_send_format (self->gateway, "{\"type\":\"event\",\"event\":\"e%u\",\"payload\":\"%*s\"}", i,
                                 i % 10 == 0 ? 20000 : 1, "");
  fake_connection_uncork (self->gateway);
  fake_connection_cork (self->platform);
  for (guint i = 0; i < 100; i++)
    {
      fake_connection_send_format (self->platform, "{\"type\":\"event\",\"event\":\"p%u\"}", i);
      if (i % 10 == 0)
        pump_fixture_send_key (self->platform, "\"key\"", "platform.session.resolve");
    }
  fake_connection_uncork (self->platform);

  for (guint i = 0; i < 10; i++)
    {
      g_autoptr (FakeMessage) answer = fake_connection_expect (self->platform, "id", "key");

      g_assert_true (fake_message_has (answer, "payload", PUMP_RESOLVED));
    }
  for (guint i = 0; i < 100; i++)
    {
      g_autoptr (FakeMessage) to_platform = fake_connection_expect_message (self->platform);
      g_autoptr (FakeMessage) to_gateway = fake_connection_expect_message (self->gateway);
      g_autofree char *event = g_strdup_printf ("e%u", i);
      g_autofree char *platform_event = g_strdup_printf ("p%u", i);

      g_assert_true (fake_message_has (to_platform, "event", event));
      g_assert_true (fake_message_has (to_gateway, "event", platform_event));
    }
}

/* The gateway's answers to the platform's requests go back whatever their ids look like. */
static void
test_answers (PumpFixture *self, gconstpointer unused)
{
  static const char *const ids[] = { "1", "\"gangway-1\"", "\"gangway-\"", "-0", "1e400", "\"\\u0000\"", "\"\"" };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *expected =
          g_strdup_printf ("{\"type\":\"res\",\"id\":%s,\"ok\":true,\"payload\":{\"n\":%u}}", ids[i], i);

      fake_connection_send_format (self->platform, "{\"type\":\"req\",\"id\":%s,\"method\":\"echo\",\"params\":{\"n\":%u}}",
                                   ids[i], i);
      pump_fixture_expect_text (self->platform, expected);
    }
}

static void
test_counters (PumpFixture *self, gconstpointer unused)
{
  const RelayCounters *counters = relay_session_get_counters (self->session.session);
  g_autoptr (FakeMessage) answer = NULL;
  const guint64 answer_length = strlen ("{\"type\":\"res\",\"id\":\"k\",\"ok\":true,\"payload\":" PUMP_RESOLVED "}");

  fake_connection_send_text (self->platform, "{}");
  pump_fixture_expect_text (self->gateway, "{}");
  fake_connection_send_text (self->gateway, "[1]");
  fake_connection_send_text (self->gateway, "[12]");
  pump_fixture_expect_text (self->platform, "[1]");
  pump_fixture_expect_text (self->platform, "[12]");
  g_assert_cmpuint (counters->frames_to_gateway, ==, 1);
  g_assert_cmpuint (counters->bytes_to_gateway, ==, 2);
  g_assert_cmpuint (counters->frames_to_platform, ==, 2);
  g_assert_cmpuint (counters->bytes_to_platform, ==, 7);
  g_assert_cmpuint (counters->requests_served, ==, 0);

  pump_fixture_send_key (self->platform, "\"k\"", "platform.session.resolve");
  answer = fake_connection_expect (self->platform, "id", "k");
  g_assert_cmpuint (counters->frames_to_gateway, ==, 1);
  g_assert_cmpuint (counters->frames_to_platform, ==, 3);
  g_assert_cmpuint (counters->bytes_to_platform, ==, 7 + answer_length);
  g_assert_cmpuint (counters->requests_served, ==, 1);
  g_assert_cmpuint (counters->requests_denied, ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/pump/R3/verbatim-to-gateway", test_verbatim_to_gateway);
  pump_fixture_add ("/pump/R3/requests-for-the-gateway", test_requests_for_the_gateway);
  pump_fixture_add ("/pump/R3/fragments", test_fragments);
  pump_fixture_add ("/pump/R3/bytewise", test_bytewise);
  pump_fixture_add ("/pump/R3/sizes-to-gateway", test_sizes_to_gateway);
  pump_fixture_add ("/pump/R3/order", test_order);
  pump_fixture_add ("/pump/R5/verbatim-to-platform", test_verbatim_to_platform);
  pump_fixture_add ("/pump/R5/verbatim-after-own-request", test_verbatim_after_own_request);
  pump_fixture_add ("/pump/R5/sizes-to-platform", test_sizes_to_platform);
  pump_fixture_add ("/pump/R5/answers", test_answers);
  pump_fixture_add ("/pump/counters", test_counters);

  return g_test_run ();
}
