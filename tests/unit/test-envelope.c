/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "relay/relay-envelope.h"

static RelayEnvelope
read_frame (const char *frame)
{
  RelayEnvelope envelope;

  g_assert_true (relay_envelope_read (&envelope, frame, strlen (frame)));

  return envelope;
}

static void
assert_raw (const RelayJsonSpan *span, const char *expected)
{
  g_autofree char *raw = relay_json_span_dup_raw (span);

  g_assert_cmpstr (raw, ==, expected);
}

static void
test_members (void)
{
  RelayEnvelope req =
      read_frame (" { \"type\" : \"req\", \"id\":\t7 ,\"method\":\"health\",\n\"params\": { \"a\": [ 1 ] } } \r\n");
  RelayEnvelope res =
      read_frame ("{\"type\":\"res\",\"id\":\"x\",\"ok\":false,\"error\":{\"code\":\"E\"},\"payload\":null}");
  RelayEnvelope event = read_frame ("{\"type\":\"event\",\"event\":\"chat\",\"payload\":[]}");
  RelayEnvelope error = read_frame ("{\"message\":\"no such key\",\"type\":\"error\"}");

  g_assert_cmpint (req.type, ==, RELAY_ENVELOPE_REQUEST);
  assert_raw (&req.id, "7");
  assert_raw (&req.method, "\"health\"");
  assert_raw (&req.params, "{ \"a\": [ 1 ] }");
  assert_raw (&req.payload, NULL);

  g_assert_cmpint (res.type, ==, RELAY_ENVELOPE_RESPONSE);
  assert_raw (&res.id, "\"x\"");
  assert_raw (&res.ok, "false");
  assert_raw (&res.error, "{\"code\":\"E\"}");
  assert_raw (&res.payload, "null");
  assert_raw (&res.method, NULL);

  g_assert_cmpint (event.type, ==, RELAY_ENVELOPE_EVENT);
  assert_raw (&event.event, "\"chat\"");
  assert_raw (&event.payload, "[]");

  g_assert_cmpint (error.type, ==, RELAY_ENVELOPE_ERROR);
  assert_raw (&error.message, "\"no such key\"");
}

static void
test_last_duplicate_wins (void)
{
  RelayEnvelope envelope = read_frame ("{\"type\":\"req\",\"method\":\"workspace.ls\",\"method\":\"health\"}");

  g_assert_true (relay_json_span_equal (&envelope.method, "health"));

  envelope = read_frame ("{\"method\":\"a\",\"m\\u0065thod\":\"b\",\"type\":\"event\",\"type\":\"res\"}");
  g_assert_true (relay_json_span_equal (&envelope.method, "b"));
  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_RESPONSE);

  envelope = read_frame ("{\"type\":\"req\",\"method\":\"workspace.ls\",\"type\":5,\"method\":null}");
  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_OTHER);
  assert_raw (&envelope.method, "null");
}

static void
test_names_are_decoded (void)
{
  RelayEnvelope envelope = read_frame ("{\"\\u0074ype\":\"\\u0072\\u0065q\",\"\\u006D\\u0065\\u0074\\u0068od\":\"a\\/b\"}");

  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_REQUEST);
  g_assert_true (relay_json_span_equal (&envelope.method, "a/b"));

  envelope = read_frame ("{\"type\\u0000\":\"req\",\"Type\":\"req\",\"typ\":\"req\",\"types\":\"req\",\"\":\"req\"}");
  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_OTHER);
}

static void
test_only_top_level_members (void)
{
  RelayEnvelope envelope =
      read_frame ("{\"params\":{\"type\":\"req\",\"id\":1},\"__proto__\":{\"type\":\"req\"},\"x\":[{\"id\":2}]}");

  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_OTHER);
  assert_raw (&envelope.id, NULL);
}

static void
test_other_values (void)
{
  const char *frames[] = { "[1]",
                           "\"x\"",
                           "0",
                           " null ",
                           "true",
                           "{}",
                           "[{\"type\":\"req\"}]",
                           "\"\\\"type\\\":\\\"req\\\"\"",
                           "{\"type\":[\"req\"]}",
                           "{\"type\":\"pre-handshake\"}",
                           "{\"type\":\"req \"}",
                           "{\"type\":\"REQ\"}" };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      RelayEnvelope envelope = read_frame (frames[i]);

      g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_OTHER);
      assert_raw (&envelope.id, NULL);
    }
}

static void
test_invalid (void)
{
  const char *frames[] = { "",
                           " ",
                           "{",
                           "{\"type\":\"req\"",
                           "{\"type\":\"req\"}}",
                           "{\"type\":\"req\"} x",
                           "{'type':'req'}",
                           "{type:\"req\"}",
                           "{\"type\":\"req\",}",
                           "{,\"type\":\"req\"}",
                           "{\"type\" \"req\"}",
                           "{\"type\":}",
                           "{\"type\":\"req\" \"id\":1}",
                           "/**/{}",
                           "{}//",
                           "\xef\xbb\xbf{\"type\":\"req\"}",
                           "\xc2\xa0{}",
                           "{\"type\":\"req\",\"params\":{\"a\":[1,2}]}",
                           "hello" };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      RelayEnvelope envelope;

      g_assert_false (relay_envelope_read (&envelope, frames[i], strlen (frames[i])));
    }
}

static void
test_binary_frame (void)
{
  RelayEnvelope envelope;
  /* Bytes that are no UTF-8 are a U+FFFD within a string, and no JSON elsewhere. */
  const char frame[] = "{\"type\":\"req\",\"x\xff\":1,\"id\":\"\xe2\x82\",\"method\":\"health\"}";
  const char outside[] = "{\"type\":\"req\",\xff\"id\":1}";

  envelope = read_frame (frame);
  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_REQUEST);
  assert_raw (&envelope.id, "\"\xef\xbf\xbd\"");
  g_assert_true (relay_json_span_equal (&envelope.method, "health"));

  g_assert_false (relay_envelope_read (&envelope, outside, strlen (outside)));
}

/* Reads only what it is given: no terminator, and nothing before or behind. */
static void
test_every_cut (void)
{
  const char *frame = "{\"type\":\"req\",\"id\":-1.5e+3,\"params\":[true,false,null,\"\\ud83d\\ude00\"]}";

  for (gsize length = 0; length <= strlen (frame); length++)
    {
      g_autofree char *cut = g_memdup2 (frame, length);
      RelayEnvelope envelope;

      g_assert_cmpint (relay_envelope_read (&envelope, cut, length), ==, length == strlen (frame));
    }
}

static void
test_any_depth (void)
{
  const gsize depth = 500000;
  g_autoptr (GString) frame = g_string_new ("{\"params\":");
  RelayEnvelope envelope;

  for (gsize i = 0; i < depth; i++)
    g_string_append (frame, i % 3 == 0 ? "{\"type\":" : "[");
  g_string_append (frame, "1");
  for (gsize i = depth; i-- > 0;)
    g_string_append_c (frame, i % 3 == 0 ? '}' : ']');
  g_string_append (frame, ",\"type\":\"req\"}");

  g_assert_true (relay_envelope_read (&envelope, frame->str, frame->len));
  g_assert_cmpint (envelope.type, ==, RELAY_ENVELOPE_REQUEST);
  g_assert_cmpuint (envelope.params.length, ==, frame->len - strlen ("{\"params\":,\"type\":\"req\"}"));

  /* One that closes what is not open. */
  frame->str[frame->len - 100] = frame->str[frame->len - 100] == ']' ? '}' : ']';
  g_assert_false (relay_envelope_read (&envelope, frame->str, frame->len));
}

static void
test_never_closed (void)
{
  const gsize length = 64 * 1024 * 1024;
  g_autofree char *frame = g_malloc (length);
  RelayEnvelope envelope;

  memset (frame, '[', length);
  g_assert_false (relay_envelope_read (&envelope, frame, length));
}

static gboolean
is_same_span (const RelayJsonSpan *seen, const RelayJsonSpan *whole)
{
  return seen->length == whole->length && (seen->length == 0 || memcmp (seen->data, whole->data, seen->length) == 0);
}

/* What the beginning of a frame tells is what the whole says, wherever it is cut. */
static void
test_peek (void)
{
  static const struct {
    const char *frame;
    RelayEnvelopePeek peek; /* of the whole */
  } cases[] = {
    { "{\"type\":\"event\",\"event\":\"agent\",\"payload\":{\"type\":\"res\"}}", RELAY_ENVELOPE_PEEK_TOLD },
    { " { \"event\" : \"chat\" ,\t\"seq\":-1.5e+3, \"type\":\"event\" } ", RELAY_ENVELOPE_PEEK_TOLD },
    { "{\"type\":\"res\",\"id\":\"x-1\",\"ok\":true,\"payload\":[]}", RELAY_ENVELOPE_PEEK_TOLD },
    { "{\"id\":7,\"ok\":false,\"type\":\"res\"}", RELAY_ENVELOPE_PEEK_TOLD },
    { "{\"type\":\"req\",\"id\":\"1\"}", RELAY_ENVELOPE_PEEK_TOLD },
    { "{\"type\":null}", RELAY_ENVELOPE_PEEK_TOLD },
    { "[1,2]", RELAY_ENVELOPE_PEEK_TOLD },
    { "not JSON", RELAY_ENVELOPE_PEEK_TOLD },
    { "", RELAY_ENVELOPE_PEEK_MORE },
    { " {\"type\":\"event\"", RELAY_ENVELOPE_PEEK_MORE },
    { "{\"payload\":{},\"type\":\"event\",\"event\":\"x\"}", RELAY_ENVELOPE_PEEK_WHOLE },
    { "{\"t\\u0079pe\":\"event\",\"event\":\"x\"}", RELAY_ENVELOPE_PEEK_WHOLE },
    { "{\"type\":\"ev\\u0065nt\",\"event\":\"x\"}", RELAY_ENVELOPE_PEEK_WHOLE },
    { "{}", RELAY_ENVELOPE_PEEK_WHOLE },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      gsize length = strlen (cases[i].frame);
      RelayEnvelope whole;
      gboolean is_json = relay_envelope_read (&whole, cases[i].frame, length);
      RelayEnvelope seen;

      g_assert_cmpint (relay_envelope_peek (&seen, cases[i].frame, length), ==, cases[i].peek);
      for (gsize cut = 0; cut <= length; cut++)
        {
          g_autofree char *begin = g_memdup2 (cases[i].frame, cut);

          if (relay_envelope_peek (&seen, begin, cut) != RELAY_ENVELOPE_PEEK_TOLD || !is_json)
            continue;
          g_assert_cmpint (seen.type, ==, whole.type);
          if (seen.type == RELAY_ENVELOPE_EVENT)
            g_assert_true (is_same_span (&seen.event, &whole.event));
          if (seen.type == RELAY_ENVELOPE_RESPONSE)
            g_assert_true (is_same_span (&seen.id, &whole.id));
        }
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/envelope/R6/members", test_members);
  g_test_add_func ("/envelope/R6/last-duplicate-wins", test_last_duplicate_wins);
  g_test_add_func ("/envelope/R4/peek", test_peek);
  g_test_add_func ("/envelope/R6/names-are-decoded", test_names_are_decoded);
  g_test_add_func ("/envelope/R6/only-top-level-members", test_only_top_level_members);
  g_test_add_func ("/envelope/R6/other-values", test_other_values);
  g_test_add_func ("/envelope/R6/invalid", test_invalid);
  g_test_add_func ("/envelope/R6/binary-frame", test_binary_frame);
  g_test_add_func ("/envelope/R6/every-cut", test_every_cut);
  g_test_add_func ("/envelope/R6/any-depth", test_any_depth);
  g_test_add_func ("/envelope/R6/never-closed", test_never_closed);

  return g_test_run ();
}
