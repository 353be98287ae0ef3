/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

typedef struct {
  const char *wire; /* what is sent */
  gsize length;
  guint code; /* what it is closed with */
  const char *said;
} Fault;

#define FAULT(wire, code, said)                                                                                             \
  {                                                                                                                         \
    wire, sizeof (wire) - 1, code, said                                                                                     \
  }
#define BROKE "broke the WebSocket protocol"

static const Fault faults[] = {
  FAULT ("\x81\x02\xc3\x28", 1007, "sent text that is not UTF-8"),
  FAULT ("\x01\x01\xc3\x80\x01(", 1007, "sent text that is not UTF-8"),
  FAULT ("\x81\x03\xed\xa0\x80", 1007, "sent text that is not UTF-8"),
  FAULT ("\xc1\x01x", 1002, BROKE),
  FAULT ("\xa1\x01x", 1002, BROKE),
  FAULT ("\x91\x01x", 1002, BROKE),
  FAULT ("\x81\x81mask\x15", 1002, BROKE),
  FAULT ("\x83\x01x", 1002, BROKE),
  FAULT ("\x8b\x01x", 1002, BROKE),
  FAULT ("\x80\x01x", 1002, BROKE),
  FAULT ("\x09\x01x", 1002, BROKE),
  FAULT ("\x01\x01x\x81\x01y", 1002, BROKE),
  FAULT ("\x81\x7e\x00\x01x", 1002, BROKE),
  FAULT ("\x81\x7f\x00\x00\x00\x00\x00\x00\x00\x01x", 1002, BROKE),
  FAULT ("\x88\x01x", 1002, BROKE),
};

static void
check_fault (PumpFixture *self, gboolean is_gateway, const Fault *fault)
{
  const char *side = is_gateway ? "gateway" : "platform";
  FakeConnection *from = is_gateway ? self->gateway : self->platform;
  FakeConnection *to = is_gateway ? self->platform : self->gateway;
  g_autofree char *code = g_strdup_printf ("%s-protocol", side);
  g_autofree char *message = g_strdup_printf ("%s %s", side, fault->said);
  g_autoptr (GBytes) wire = g_bytes_new_static (fault->wire, fault->length);

  /* whatever follows is not looked at */
  fake_connection_cork (from);
  fake_connection_send_text (from, "{\"before\":1}");
  fake_connection_send_raw (from, wire);
  fake_connection_send_text (from, "{\"behind\":1}");
  fake_connection_uncork (from);

  fake_connection_expect_gone (from);
  g_assert_cmpuint (fake_connection_get_close_code (from), ==, fault->code);
  pump_fixture_expect_text (to, "{\"before\":1}");
  g_assert_null (fake_connection_take_message (to, NULL, NULL));
  fake_connection_expect_gone (to);
  g_assert_cmpuint (fake_connection_get_close_code (to), ==, 1001);
  session_fixture_expect_error (&self->session, code, message);
}

static void
check_all (PumpFixture *self, gboolean is_gateway)
{
  for (guint i = 0; i < G_N_ELEMENTS (faults); i++)
    {
      if (i > 0)
        {
          g_assert_true (relay_session_reconnect (self->session.session));
          pump_fixture_connect (self);
        }
      check_fault (self, is_gateway, &faults[i]);
    }
}

static void
test_platform_faults (PumpFixture *self, gconstpointer unused)
{
  check_all (self, FALSE);
}

static void
test_gateway_faults (PumpFixture *self, gconstpointer unused)
{
  check_all (self, TRUE);
}

/* Codes that may not stand in a close frame. */
static void
test_impossible_close_codes (PumpFixture *self, gconstpointer unused)
{
  static const guint codes[] = { 999, 1005, 1006, 1015, 2999, 5000, 65535 };

  for (guint i = 0; i < G_N_ELEMENTS (codes); i++)
    {
      if (i > 0)
        {
          relay_session_reconnect (self->session.session);
          pump_fixture_connect (self);
        }
      fake_connection_close (self->platform, codes[i], "odd");
      fake_connection_expect_gone (self->gateway);
      g_assert_cmpuint (fake_connection_get_close_code (self->gateway), ==, 1001);
      fake_connection_expect_gone (self->platform);
      session_fixture_expect_error (&self->session, "platform-closed", "platform closed: *");
    }
}

/* Sends the head of a frame and, as fast as it is taken, a payload without end. */
static void
check_too_large (PumpFixture *self, FakeConnection *from, FakeConnection *to, const char *message)
{
  fake_wait_until (fake_connection_is_gone (from) || fake_connection_get_close_code (from) != 0);
  g_assert_cmpuint (fake_connection_get_close_code (from), ==, 1009);
  pump_fixture_expect_end (self, "too-large", message);
  g_assert_cmpuint (fake_connection_get_close_code (to), ==, 1001);
  g_assert_null (fake_connection_take_message (to, NULL, NULL));
}

static void
send_head (FakeConnection *connection, guint first_byte, gsize length)
{
  g_autoptr (GByteArray) head = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  fake_frame_append_header (head, first_byte, length);
  bytes = g_bytes_new (head->data, head->len);
  fake_connection_send_raw (connection, bytes);
}

static void
test_large_frame (PumpFixture *self, gconstpointer unused)
{
  send_head (self->platform, FAKE_FIN | FAKE_BINARY, 64 * 1024 * 1024 + 1);
  check_too_large (self, self->platform, self->gateway, "platform sent a message over 64 MiB");

  relay_session_reconnect (self->session.session);
  pump_fixture_connect (self);
  send_head (self->gateway, FAKE_FIN | FAKE_TEXT, G_MAXINT64);
  check_too_large (self, self->gateway, self->platform, "gateway sent a message over 64 MiB");
}

/* Sends as much as a message may have, which is taken, and the head of one byte more. */
static void
send_fragments (PumpFixture *self, FakeConnection *from, guint opcode)
{
  g_autoptr (GBytes) part = pump_fixture_new_json (16 * 1024 * 1024);

  for (guint i = 0; i < 4; i++)
    {
      send_head (from, i == 0 ? opcode : FAKE_CONTINUATION, g_bytes_get_size (part));
      fake_connection_send_raw (from, part);
    }
  fake_connection_send_frame (from, FAKE_FIN | FAKE_PING, "still there", 11);
  fake_wait_until (fake_connection_get_n_pongs (from) == 1);
  g_assert_cmpint (relay_session_get_state (self->session.session), ==, RELAY_STATE_CONNECTED);

  send_head (from, FAKE_CONTINUATION, 1);
}

static void
test_large_fragments (PumpFixture *self, gconstpointer unused)
{
  send_fragments (self, self->platform, FAKE_BINARY);
  check_too_large (self, self->platform, self->gateway, "platform sent a message over 64 MiB");

  relay_session_reconnect (self->session.session);
  pump_fixture_connect (self);
  send_fragments (self, self->gateway, FAKE_TEXT);
  check_too_large (self, self->gateway, self->platform, "gateway sent a message over 64 MiB");
}

/* The longest message that is taken, in one frame and in many. */
static void
test_largest_message (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) bytes = pump_fixture_new_json (64 * 1024 * 1024);

  fake_connection_send_bytes (self->platform, FAKE_TEXT, bytes);
  pump_fixture_expect_bytes (self->gateway, FAKE_TEXT, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
  fake_connection_send_fragmented (self->gateway, FAKE_BINARY, bytes, 30 * 1024 * 1024);
  pump_fixture_expect_bytes (self->platform, FAKE_BINARY, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* A peer whose message is refused learns it also while it goes on sending. */
static void
test_refused_while_sending (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (GBytes) part = pump_fixture_new_json (8 * 1024 * 1024);

  send_head (self->platform, FAKE_FIN | FAKE_BINARY, (gsize) 1 << 40);
  for (guint i = 0; i < 16; i++)
    fake_connection_send_raw (self->platform, part);
  check_too_large (self, self->platform, self->gateway, "platform sent a message over 64 MiB");
}

/* R9: the gateway's own limit, which it told in its hello. */
static void
test_over_max_payload (PumpFixture *self, gconstpointer unused)
{
  static const char answer[] =
      "{\"type\":\"res\",\"id\":\"1\",\"ok\":false,\"error\":{\"message\":\"the request has 4097 bytes, and "
      "the gateway takes at most 4096\",\"code\":\"PAYLOAD_TOO_LARGE\"}}";
  g_autofree char *fits = NULL;
  g_autofree char *too_large = NULL;
  g_autofree char *message = g_strnfill (5000, 'm');
  g_autofree char *params = g_strdup_printf ("{\"userId\":\"ann\",\"message\":\"%s\"}", message);
  g_autoptr (FakeMessage) chat = NULL;

  fake_gateway_set_max_payload (self->session.gateway, 4096);
  pump_fixture_connect (self);
  fits = g_strdup_printf ("{\"type\":\"req\",\"id\":\"1\",\"method\":\"none\",\"params\":\"%*s\"}", 4096 - 51, "");
  too_large = g_strdup_printf ("{\"type\":\"req\",\"id\":\"1\",\"method\":\"none\",\"params\":\"%*s\"}", 4097 - 51, "");
  g_assert_cmpuint (strlen (fits), ==, 4096);

  fake_gateway_set_answering (self->session.gateway, "none", FAKE_ANSWER_NEVER);
  fake_connection_send_text (self->platform, fits);
  pump_fixture_expect_text (self->gateway, fits);
  fake_connection_send_text (self->platform, too_large);
  pump_fixture_expect_text (self->platform, answer);

  /* what it is translated to is as large */
  chat = fake_platform_request (self->session.platform, "platform.chat.send", params);
  g_assert_true (fake_message_has (chat, "error.code", "PAYLOAD_TOO_LARGE"));
  pump_fixture_expect_quiet (self);

  /* not a request */
  too_large[9] = 'e';
  fake_connection_send_text (self->platform, too_large);
  pump_fixture_expect_text (self->gateway, too_large);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/link/faults/platform", test_platform_faults);
  pump_fixture_add ("/link/faults/gateway", test_gateway_faults);
  pump_fixture_add ("/link/faults/impossible-close-codes", test_impossible_close_codes);
  pump_fixture_add ("/pump/R9/large-frame", test_large_frame);
  pump_fixture_add ("/pump/R9/large-fragments", test_large_fragments);
  pump_fixture_add ("/pump/R9/largest-message", test_largest_message);
  pump_fixture_add ("/pump/R9/refused-while-sending", test_refused_while_sending);
  pump_fixture_add_unconnected ("/pump/R9/over-max-payload", test_over_max_payload);

  return g_test_run ();
}
