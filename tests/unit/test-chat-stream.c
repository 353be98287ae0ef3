/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-method-context.h"

#include <string.h>

#define METHOD "platform.chat.send.stream"
#define KEY "agent:main:platform:direct:bob"
#define PARAMS "{\"userId\":\"bob\",\"message\":\"hi\",\"runId\":\"run\"}"
#define STARTED "{\"runId\":\"run\",\"status\":\"started\"}"

/* An event of the run, and a chunk and an answer of the stream. */
#define EVENT(members) "{\"runId\":\"run\",\"sessionKey\":\"" KEY "\",\"agentId\":\"main\",\"seq\":7," members "}"
#define DELTA(text) EVENT ("\"state\":\"delta\",\"deltaText\":\"" text "\"")
#define MESSAGE(text)                                                                                                       \
  "\"message\":{\"role\":\"assistant\",\"content\":[{\"type\":\"text\",\"text\":\"" text "\"}],\"timestamp\":1}"
#define CHUNK(members)                                                                                                      \
  "{\"type\":\"event\",\"event\":\"platform.chat.chunk\",\"payload\":{\"requestId\":\"r1\",\"runId\":\"run\","              \
  "\"sessionKey\":\"" KEY "\"," members "}}"
#define ANSWER(members) "{\"runId\":\"run\",\"sessionKey\":\"" KEY "\"," members "}"

typedef struct {
  FakeMethodContext *context; /* (owned) */
  GCancellable *cancellable;  /* (owned) */
  FakeAnswer *answer;         /* (owned) */
} Fixture;

/* A stream whose request is with the gateway. */
static void
set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->context = fake_method_context_new ();
  fixture->cancellable = g_cancellable_new ();
  fixture->answer = fake_method_context_serve (fixture->context, METHOD, PARAMS, fixture->cancellable);
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);
}

static void
set_up_started (Fixture *fixture, gconstpointer user_data)
{
  set_up (fixture, user_data);
  fake_method_context_answer (fixture->context, STARTED);
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);
}

/* Every stream ends in exactly one answer, and in silence: what comes after it is nobody's. */
static void
tear_down (Fixture *fixture, gconstpointer user_data)
{
  guint n_frames = fixture->context->frames->len;

  g_assert_cmpuint (fixture->answer->n_answers, ==, 1);
  fake_method_context_emit (fixture->context, DELTA ("late"));
  fake_method_context_emit (fixture->context, EVENT ("\"state\":\"final\""));
  g_cancellable_cancel (fixture->cancellable);
  fake_clock_advance_ms (fixture->context->clock, 1000 * 1000);
  fake_method_context_settle ();
  g_assert_cmpuint (fixture->answer->n_answers, ==, 1);
  g_assert_cmpuint (fixture->context->frames->len, ==, n_frames);

  fake_answer_free (fixture->answer);
  g_object_unref (fixture->cancellable);
  g_assert_finalize_object (fixture->context);
}

static void
emit (Fixture *fixture, const char *payload)
{
  fake_method_context_emit (fixture->context, payload);
}

static void
assert_chunks (Fixture *fixture, const char *const *chunks)
{
  for (guint i = 0; chunks[i] != NULL; i++)
    g_assert_cmpstr (fake_method_context_get_frame (fixture->context, i), ==, chunks[i]);
  g_assert_cmpuint (fixture->context->frames->len, ==, g_strv_length ((GStrv) chunks));
}

static void
assert_failed (Fixture *fixture, RelayError code, const char *message)
{
  g_assert_error (fixture->answer->error, RELAY_ERROR, (int) code);
  g_assert_cmpstr (fixture->answer->error->message, ==, message);
}

static void
test_run (Fixture *fixture, gconstpointer user_data)
{
  static const char *const chunks[] = { CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"Hel\""),
                                        CHUNK ("\"seq\":2,\"state\":\"delta\",\"deltaText\":\"lo \\\"you\\\"\""), NULL };

  g_assert_cmpstr (fake_method_context_get_last_call (fixture->context)->method, ==, "chat.send");
  g_assert_cmpstr (fake_method_context_get_last_call (fixture->context)->params, ==,
                   "{\"sessionKey\":\"" KEY "\",\"message\":\"hi\",\"idempotencyKey\":\"run\"}");

  emit (fixture, EVENT ("\"state\":\"status\",\"phase\":\"preparing_workspace\""));
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\"Hel\"," MESSAGE ("Hel")));
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\"lo \\\"you\\\"\"," MESSAGE ("Hello \\\"you\\\"")));
  assert_chunks (fixture, chunks);
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);

  emit (fixture, EVENT ("\"state\":\"final\",\"stopReason\":\"stop\"," MESSAGE ("Hello \\\"you\\\".")));
  g_assert_no_error (fixture->answer->error);
  g_assert_cmpstr (fixture->answer->payload, ==,
                   ANSWER ("\"state\":\"final\",\"text\":\"Hello \\\"you\\\".\",\"chunks\":2,\"stopReason\":\"stop\""));
}

static void
test_request_id_is_raw (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer = fake_method_context_serve_id (context, METHOD, "1.50", PARAMS, NULL);

  fake_method_context_answer (context, STARTED);
  fake_method_context_emit (context, DELTA ("a"));
  fake_method_context_emit (context, EVENT ("\"state\":\"final\""));

  g_assert_nonnull (strstr (fake_method_context_get_frame (context, 0), "\"payload\":{\"requestId\":1.50,\"runId\":"));
  g_assert_cmpuint (answer->n_answers, ==, 1);
}

/* A delta may end within a pair of surrogates, or be written in any way. */
static void
test_text_is_never_decoded (Fixture *fixture, gconstpointer user_data)
{
  static const char *const chunks[] = { CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"\\ud83d\""),
                                        CHUNK ("\"seq\":2,\"state\":\"delta\",\"deltaText\":\"\\uDE00\\u0041é\\/\\u0000\""),
                                        NULL };

  emit (fixture, DELTA ("\\ud83d"));
  emit (fixture, EVENT ("\"st\\u0061te\":\"delt\\u0061\", \"deltaText\" : \"\\uDE00\\u0041é\\/\\u0000\" "));
  assert_chunks (fixture, chunks);

  emit (fixture, EVENT ("\"state\":\"final\""));
  g_assert_cmpstr (fixture->answer->payload, ==,
                   ANSWER ("\"state\":\"final\",\"text\":\"\\ud83d\\uDE00\\u0041é\\/\\u0000\",\"chunks\":2"));
}

static void
test_bytes_that_are_no_utf8 (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("a\xff"
                        "b"));
  g_assert_cmpstr (fake_method_context_get_frame (fixture->context, 0), ==,
                   CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"a\xef\xbf\xbd"
                          "b\""));
  emit (fixture, EVENT ("\"state\":\"final\"," MESSAGE ("\xc3")));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"\xef\xbf\xbd\",\"chunks\":1"));
}

static void
test_replace (Fixture *fixture, gconstpointer user_data)
{
  static const char *const chunks[] = { CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"one \""),
                                        CHUNK ("\"seq\":2,\"state\":\"delta\",\"deltaText\":\"two \",\"replace\":true"),
                                        CHUNK ("\"seq\":3,\"state\":\"delta\",\"deltaText\":\"three\""), NULL };

  emit (fixture, DELTA ("one "));
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\"two \",\"replace\":true"));
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\"three\",\"replace\":false"));
  assert_chunks (fixture, chunks);

  emit (fixture, EVENT ("\"state\":\"final\""));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"two three\",\"chunks\":3"));
}

/* Older gateways: the text so far, nothing else. */
static void
test_text_so_far (Fixture *fixture, gconstpointer user_data)
{
  static const char *const chunks[] = { CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"a\\\\\""),
                                        CHUNK ("\"seq\":2,\"state\":\"delta\",\"deltaText\":\"n\\ud83d\""),
                                        CHUNK ("\"seq\":3,\"state\":\"delta\",\"deltaText\":\"\\ude00\""),
                                        CHUNK ("\"seq\":4,\"state\":\"delta\",\"deltaText\":\"b\",\"replace\":true"),
                                        CHUNK ("\"seq\":5,\"state\":\"delta\",\"deltaText\":\"\",\"replace\":true"),
                                        NULL };

  emit (fixture, EVENT ("\"state\":\"delta\"," MESSAGE ("a\\\\")));
  emit (fixture, EVENT ("\"state\":\"delta\",\"message\":{\"content\":\"a\\\\n\\ud83d\"}"));
  emit (fixture, EVENT ("\"state\":\"delta\"," MESSAGE ("a\\\\n\\ud83d")));
  emit (fixture, EVENT ("\"state\":\"delta\",\"message\":\"a\\\\n\\ud83d\\ude00\""));
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":null," MESSAGE ("b")));
  emit (fixture, EVENT ("\"state\":\"delta\"," MESSAGE ("")));
  assert_chunks (fixture, chunks);

  emit (fixture, EVENT ("\"state\":\"final\"," MESSAGE ("done")));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"done\",\"chunks\":5"));
}

static void
test_message_blocks (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("x"));
  emit (fixture, EVENT ("\"state\":\"final\",\"message\":{\"content\": [ {\"type\":\"thinking\",\"text\":\"hm\"} , "
                        "{\"type\":\"text\",\"text\":\"\\ud83d\"}, 7, \"]\", [\"],\"], {\"type\":\"text\"}, null,"
                        "{\"text\":\"no\", \"type\":\"image\"},{\"te\\u0078t\":\"two\",\"type\":\"text\"} ] }"));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"\\ud83d\\ntwo\",\"chunks\":1"));
}

static void
test_message_without_text (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("said"));
  emit (fixture, EVENT ("\"state\":\"final\",\"stopReason\":7,\"message\":{\"content\":[{\"type\":\"image\"}]}"));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"said\",\"chunks\":1"));
}

static void
test_aborted (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("half an ans"));
  emit (fixture, EVENT ("\"state\":\"aborted\",\"stopReason\":\"rpc\""));
  g_assert_cmpstr (fixture->answer->payload, ==,
                   ANSWER ("\"state\":\"aborted\",\"text\":\"half an ans\",\"chunks\":1,\"stopReason\":\"rpc\""));
}

static void
test_aborted_with_message (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("half an ans"));
  emit (fixture, EVENT ("\"state\":\"aborted\"," MESSAGE ("half an answer")));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"aborted\",\"text\":\"half an answer\",\"chunks\":1"));
}

static void
test_failed (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("x"));
  emit (fixture, EVENT ("\"state\":\"error\",\"errorMessage\":\"⚠️ no credit\\nfor gateway-secret\""));
  assert_failed (fixture, RELAY_ERROR_GATEWAY_ERROR, "⚠️ no credit\\u000afor <secret>");
}

static void
test_failed_without_words (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, EVENT ("\"state\":\"error\",\"errorMessage\":7"));
  assert_failed (fixture, RELAY_ERROR_GATEWAY_ERROR, "the run failed");
}

static void
test_refused (Fixture *fixture, gconstpointer user_data)
{
  GError *refusal = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR, "busy");

  emit (fixture, DELTA ("x"));
  relay_error_set_details (refusal, "{\"message\":\"busy\"}");
  fake_method_context_fail (fixture->context, refusal);
  assert_failed (fixture, RELAY_ERROR_GATEWAY_ERROR, METHOD ": busy");
  g_assert_cmpstr (relay_error_get_details (fixture->answer->error), ==, "{\"message\":\"busy\"}");
  g_assert_cmpuint (fixture->context->frames->len, ==, 0);
}

/* What the platform sends is judged as for platform.chat.send. */
static void
test_params_are_refused (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer = fake_method_context_serve (context, METHOD, "{\"userId\":\"bob\"}", NULL);

  g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpstr (answer->error->message, ==, METHOD ": message is required");
}

static void
test_other_events_do_nothing (Fixture *fixture, gconstpointer user_data)
{
  static const char *const payloads[] = {
    "{\"runId\":\"other\",\"sessionKey\":\"" KEY "\",\"state\":\"final\"}",
    "{\"runId\":\"run\",\"sessionKey\":\"agent:main:platform:direct:eve\",\"state\":\"final\"}",
    "{\"runId\":\"run\",\"sessionKey\":\"agent:main:platform:direct:BOB\",\"state\":\"final\"}",
    "{\"runId\":\"run\",\"sessionKey\":\"" KEY "\"}",
    "{\"runId\":\"run\",\"sessionKey\":\"" KEY "\",\"state\":7}",
    "{\"runId\":[\"run\"],\"sessionKey\":\"" KEY "\",\"state\":\"final\"}",
    "{\"sessionKey\":\"" KEY "\",\"state\":\"final\"}",
    "{\"runId\":\"run\",\"state\":\"final\"}",
    "{\"nested\":{\"runId\":\"run\",\"sessionKey\":\"" KEY "\",\"state\":\"final\"}}",
    "{\"runId\":\"run\",\"sessionKey\":\"\\u0000\",\"state\":\"final\"}",
    EVENT ("\"state\":\"\""),
    EVENT ("\"state\":\"finally\""),
    EVENT ("\"state\":\"queued\",\"deltaText\":\"x\""),
    EVENT ("\"state\":\"delta\""),
    EVENT ("\"state\":\"delta\",\"deltaText\":7"),
    EVENT ("\"state\":\"delta\",\"deltaText\":[\"x\"],\"message\":{\"content\":{}}"),
    EVENT ("\"state\":\"delta\",\"message\":{\"content\":[]}"),
    EVENT ("\"state\":\"delta\",\"message\":[\"x\"]"),
    "{}",
    "[]",
    "null",
    "7",
    "\"final\"",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (payloads); i++)
    emit (fixture, payloads[i]);
  relay_chat_streams_dispatch (relay_method_context_get_streams (RELAY_METHOD_CONTEXT (fixture->context)),
                               &(RelayJsonSpan){ NULL, 0 });
  g_assert_cmpuint (fixture->context->frames->len, ==, 0);
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);

  emit (fixture, "{\"runId\":\"other\",\"runId\":\"r\\u0075n\",\"sessionKey\":\"\\u0061gent:main:platform:direct:bob\","
                 "\"state\":\"final\"}");
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"\",\"chunks\":0"));
}

static void
test_events_before_the_ack (Fixture *fixture, gconstpointer user_data)
{
  static const char *const chunks[] = { CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"a\""),
                                        CHUNK ("\"seq\":2,\"state\":\"delta\",\"deltaText\":\"b\""),
                                        CHUNK ("\"seq\":3,\"state\":\"delta\",\"deltaText\":\"c\""), NULL };

  emit (fixture, DELTA ("a"));
  emit (fixture, "{\"runId\":\"other\",\"sessionKey\":\"" KEY "\",\"state\":\"delta\",\"deltaText\":\"no\"}");
  emit (fixture, DELTA ("b"));
  g_assert_cmpuint (fixture->context->frames->len, ==, 0);

  fake_method_context_answer (fixture->context, STARTED);
  emit (fixture, DELTA ("c"));
  assert_chunks (fixture, chunks);
  emit (fixture, EVENT ("\"state\":\"final\""));
}

static void
test_end_before_the_ack (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("all"));
  emit (fixture, EVENT ("\"state\":\"final\""));
  emit (fixture, DELTA ("too late"));
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);

  fake_method_context_answer (fixture->context, STARTED);
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"all\",\"chunks\":1"));
}

static void
test_the_ack_names_the_run (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("not ours"));
  emit (fixture, "{\"runId\":\"theirs\",\"sessionKey\":\"" KEY "\",\"state\":\"delta\",\"deltaText\":\"ours\"}");
  fake_method_context_answer (fixture->context, "{\"runId\":\"the\\u0069rs\",\"status\":\"started\"}");
  emit (fixture, EVENT ("\"state\":\"final\""));
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);

  emit (fixture, "{\"runId\":\"theirs\",\"sessionKey\":\"" KEY "\",\"state\":\"final\"}");
  g_assert_cmpstr (fixture->answer->payload, ==,
                   "{\"runId\":\"theirs\",\"sessionKey\":\"" KEY "\",\"state\":\"final\",\"text\":\"ours\",\"chunks\":1}");
}

static void
test_too_many_events_before_the_ack (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (1024 * 1024, 'x');
  g_autofree char *event = g_strdup_printf ("{\"runId\":\"other\",\"sessionKey\":\"" KEY "\",\"state\":\"delta\","
                                            "\"deltaText\":\"%s\"}",
                                            text);

  for (guint i = 0; i < 4; i++)
    emit (fixture, event);
  assert_failed (fixture, RELAY_ERROR_TOO_LARGE,
                 METHOD ": over 4 MiB of chat events came before the gateway's answer to chat.send");
  fake_method_context_answer (fixture->context, STARTED);
}

static void
test_too_much_text (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (8 * 1024 * 1024, 'x');
  g_autofree char *event = g_strdup_printf ("{\"runId\":\"run\",\"sessionKey\":\"" KEY "\",\"state\":\"delta\","
                                            "\"deltaText\":\"%s\"}",
                                            text);

  for (guint i = 0; i < 3; i++)
    emit (fixture, event);
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);
  emit (fixture, DELTA ("x"));
  assert_failed (fixture, RELAY_ERROR_TOO_LARGE, METHOD ": the run's text is over 24 MiB");
  g_assert_cmpuint (fixture->context->frames->len, ==, 3);
}

/* An acknowledgement without a run under way: what the gateway kept of a run that is over, or the answer to a command. */
static void
test_over_already (void)
{
  static const struct {
    const char *ack;
    const char *payload; /* NULL for an error */
  } acks[] = {
    { "{\"runId\":\"run\",\"status\":\"ok\"}", ANSWER ("\"state\":\"final\",\"text\":\"\",\"chunks\":0") },
    { "{\"runId\":\"run\",\"status\":\"timeout\",\"summary\":\"aborted\",\"stopReason\":\"rpc\",\"endedAt\":1}",
      ANSWER ("\"state\":\"aborted\",\"text\":\"\",\"chunks\":0,\"stopReason\":\"rpc\"") },
    { "{\"runId\":\"run\",\"status\":\"error\",\"summary\":\"no credit\"}", NULL },
    { "{\"ok\":true,\"aborted\":false,\"runIds\":[]}", ANSWER ("\"state\":\"final\",\"text\":\"\",\"chunks\":0") },
    { "null", ANSWER ("\"state\":\"final\",\"text\":\"\",\"chunks\":0") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (acks); i++)
    {
      g_autoptr (FakeMethodContext) context = fake_method_context_new ();
      g_autoptr (FakeAnswer) answer = fake_method_context_serve (context, METHOD, PARAMS, NULL);

      fake_method_context_answer (context, acks[i].ack);
      g_assert_cmpuint (answer->n_answers, ==, 1);
      g_assert_cmpstr (answer->payload, ==, acks[i].payload);
      if (acks[i].payload == NULL)
        {
          g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR);
          g_assert_cmpstr (answer->error->message, ==, "no credit");
        }
    }
}

/* A run that another request began: its first deltas are gone, but each event has all of the text. */
static void
test_in_flight (Fixture *fixture, gconstpointer user_data)
{
  static const char *const chunks[] = { CHUNK ("\"seq\":1,\"state\":\"delta\",\"deltaText\":\"one two\""),
                                        CHUNK ("\"seq\":2,\"state\":\"delta\",\"deltaText\":\" three\""), NULL };

  fake_method_context_answer (fixture->context, "{\"runId\":\"run\",\"status\":\"in_flight\"}");
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\" two\"," MESSAGE ("one two")));
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\" three\"," MESSAGE ("one two three")));
  assert_chunks (fixture, chunks);
  emit (fixture, EVENT ("\"state\":\"final\""));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\"one two three\",\"chunks\":2"));
}

static void
test_in_flight_without_message (Fixture *fixture, gconstpointer user_data)
{
  fake_method_context_answer (fixture->context, "{\"runId\":\"run\",\"status\":\"in_flight\"}");
  emit (fixture, EVENT ("\"state\":\"delta\",\"deltaText\":\" two\",\"message\":{\"content\":[]}"));
  emit (fixture, EVENT ("\"state\":\"final\""));
  g_assert_cmpstr (fixture->answer->payload, ==, ANSWER ("\"state\":\"final\",\"text\":\" two\",\"chunks\":1"));
}

static void
test_run_is_streaming_already (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (FakeAnswer) same = fake_method_context_serve (fixture->context, METHOD, PARAMS, NULL);
  g_autoptr (FakeAnswer) other_user =
      fake_method_context_serve (fixture->context, METHOD, "{\"userId\":\"eve\",\"message\":\"x\",\"runId\":\"run\"}", NULL);
  g_autoptr (FakeAnswer) other_run =
      fake_method_context_serve (fixture->context, METHOD, "{\"userId\":\"bob\",\"message\":\"x\",\"runId\":\"run2\"}",
                                 NULL);
  g_autoptr (FakeAnswer) again = NULL;

  g_assert_error (same->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpstr (same->error->message, ==, METHOD ": run run is already streaming");
  g_assert_error (other_user->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpuint (fixture->context->calls->len, ==, 2);

  fake_method_context_answer (fixture->context, STARTED);
  fake_method_context_answer (fixture->context, STARTED);
  g_assert_error (other_run->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);

  emit (fixture, EVENT ("\"state\":\"final\""));
  again = fake_method_context_serve (fixture->context, METHOD, PARAMS, NULL);
  fake_method_context_answer (fixture->context, "{\"runId\":\"run\",\"status\":\"ok\"}");
  g_assert_no_error (again->error);
}

static void
test_idle (Fixture *fixture, gconstpointer user_data)
{
  FakeClock *clock = fixture->context->clock;

  fake_clock_advance_ms (clock, 299 * 1000);
  emit (fixture, EVENT ("\"state\":\"status\""));
  fake_clock_advance_ms (clock, 299 * 1000);
  emit (fixture, DELTA ("x"));
  emit (fixture, "{\"runId\":\"other\",\"sessionKey\":\"" KEY "\",\"state\":\"status\"}");
  fake_clock_advance_ms (clock, 299 * 1000);
  emit (fixture, "{\"runId\":\"other\",\"sessionKey\":\"" KEY "\",\"state\":\"status\"}");
  fake_method_context_settle ();
  g_assert_cmpuint (fixture->answer->n_answers, ==, 0);

  fake_clock_advance_ms (clock, 1000);
  fake_method_context_settle ();
  assert_failed (fixture, RELAY_ERROR_TIMEOUT, METHOD ": the gateway sent no event of run run for 300 s");
}

static void
test_end_of_the_session (Fixture *fixture, gconstpointer user_data)
{
  emit (fixture, DELTA ("x"));
  g_cancellable_cancel (fixture->cancellable);
  fake_method_context_settle ();
  assert_failed (fixture, RELAY_ERROR_UNAVAILABLE, "connection closed");
}

static void
test_end_of_the_session_before_the_ack (Fixture *fixture, gconstpointer user_data)
{
  g_cancellable_cancel (fixture->cancellable);
  fake_method_context_settle ();
  assert_failed (fixture, RELAY_ERROR_UNAVAILABLE, "connection closed");
}

static void
test_many_at_once (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  RelayChatStreams *streams = relay_method_context_get_streams (RELAY_METHOD_CONTEXT (context));
  g_autoptr (GPtrArray) answers = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_answer_free);

  g_assert_true (relay_chat_streams_is_idle (streams));
  for (guint i = 0; i < 200; i++)
    {
      g_autofree char *id = g_strdup_printf ("%u", i);
      g_autofree char *params = g_strdup_printf ("{\"userId\":\"user%u\",\"message\":\"x\",\"runId\":\"run%u\"}", i / 2, i);
      g_autofree char *ack = g_strdup_printf ("{\"runId\":\"run%u\",\"status\":\"started\"}", i);

      g_ptr_array_add (answers, fake_method_context_serve_id (context, METHOD, id, params, NULL));
      fake_method_context_answer (context, ack);
    }
  g_assert_false (relay_chat_streams_is_idle (streams));

  for (guint i = 200; i-- > 0;)
    {
      FakeAnswer *answer = answers->pdata[i];
      g_autofree char *event =
          g_strdup_printf ("{\"runId\":\"run%u\",\"sessionKey\":\"agent:main:platform:direct:user%u\",\"state\":\"final\"}",
                           i, i / 2);

      g_assert_cmpuint (answer->n_answers, ==, 0);
      fake_method_context_emit (context, event);
      g_assert_cmpuint (answer->n_answers, ==, 1);
    }
  g_assert_true (relay_chat_streams_is_idle (streams));
}

#define ADD(path, before, func) g_test_add ("/chat/C2/" path, Fixture, NULL, before, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  ADD ("run", set_up_started, test_run);
  g_test_add_func ("/chat/C2/request-id-is-raw", test_request_id_is_raw);
  ADD ("text-is-never-decoded", set_up_started, test_text_is_never_decoded);
  ADD ("bytes-that-are-no-utf8", set_up_started, test_bytes_that_are_no_utf8);
  ADD ("replace", set_up_started, test_replace);
  ADD ("text-so-far", set_up_started, test_text_so_far);
  ADD ("message-blocks", set_up_started, test_message_blocks);
  ADD ("message-without-text", set_up_started, test_message_without_text);
  ADD ("aborted", set_up_started, test_aborted);
  ADD ("aborted-with-message", set_up_started, test_aborted_with_message);
  ADD ("failed", set_up_started, test_failed);
  ADD ("failed-without-words", set_up_started, test_failed_without_words);
  ADD ("refused", set_up, test_refused);
  g_test_add_func ("/chat/C2/params-are-refused", test_params_are_refused);
  ADD ("other-events-do-nothing", set_up_started, test_other_events_do_nothing);
  ADD ("events-before-the-ack", set_up, test_events_before_the_ack);
  ADD ("end-before-the-ack", set_up, test_end_before_the_ack);
  ADD ("the-ack-names-the-run", set_up, test_the_ack_names_the_run);
  ADD ("too-many-events-before-the-ack", set_up, test_too_many_events_before_the_ack);
  ADD ("too-much-text", set_up_started, test_too_much_text);
  g_test_add_func ("/chat/C2/over-already", test_over_already);
  ADD ("in-flight", set_up, test_in_flight);
  ADD ("in-flight-without-message", set_up, test_in_flight_without_message);
  ADD ("run-is-streaming-already", set_up, test_run_is_streaming_already);
  ADD ("idle", set_up_started, test_idle);
  ADD ("end-of-the-session", set_up_started, test_end_of_the_session);
  ADD ("end-of-the-session-before-the-ack", set_up, test_end_of_the_session_before_the_ack);
  g_test_add_func ("/chat/C2/many-at-once", test_many_at_once);

  return g_test_run ();
}
