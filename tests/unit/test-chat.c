/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-method-context.h"

#include <string.h>

#define KEY "agent:main:platform:direct:bob"

static void
assert_refused (const char *method, const char *params, const char *message)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer = fake_method_context_serve (context, method, params, NULL);

  g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpstr (answer->error->message, ==, message);
  g_assert_cmpuint (answer->n_answers, ==, 1);
  g_assert_cmpuint (context->calls->len, ==, 0);
}

/* Checks what the gateway is asked, and that what it answers is the answer, byte for byte. */
static void
assert_translated (const char *method, const char *params, const char *gateway_method, const char *gateway_params)
{
  static const char payload[] = "{ \"n\":1.0, \"big\":12345678901234567890, \"half\":\"\\ud83d\", \"n\":2 }";
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer = fake_method_context_serve (context, method, params, NULL);

  g_assert_no_error (answer->error);
  g_assert_cmpuint (context->calls->len, ==, 1);
  g_assert_cmpstr (fake_method_context_get_last_call (context)->method, ==, gateway_method);
  g_assert_cmpstr (fake_method_context_get_last_call (context)->params, ==, gateway_params);
  g_assert_cmpuint (answer->n_answers, ==, 0);

  fake_method_context_answer (context, payload);
  g_assert_cmpuint (answer->n_answers, ==, 1);
  g_assert_cmpstr (answer->payload, ==, payload);
}

static void
test_send (void)
{
  assert_translated ("platform.chat.send", "{\"userId\":\"Bob\",\"message\":\" hello \\n\",\"runId\":\"r-1\"}", "chat.send",
                     "{\"sessionKey\":\"" KEY "\",\"message\":\"hello\",\"idempotencyKey\":\"r-1\"}");
  assert_translated ("platform.chat.send",
                     "{\"userId\":\"bob\",\"message\":\"x\",\"agentId\":\"Blue\",\"thinking\":\"high\",\"runId\":\" r \"}",
                     "chat.send",
                     "{\"sessionKey\":\"agent:blue:platform:direct:bob\",\"message\":\"x\",\"thinking\":\"high\","
                     "\"idempotencyKey\":\" r \"}");
  assert_translated ("platform.chat.send",
                     "{\"userId\":\"bob\",\"message\":\"x\",\"agentId\":null,\"thinking\":null,\"runId\":\"r\"}",
                     "chat.send", "{\"sessionKey\":\"" KEY "\",\"message\":\"x\",\"idempotencyKey\":\"r\"}");
}

static void
test_send_makes_run_ids (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  const char *params = "{\"userId\":\"bob\",\"message\":\"x\"}";
  g_autoptr (FakeAnswer) first = fake_method_context_serve (context, "platform.chat.send", params, NULL);
  g_autofree char *first_params = g_strdup (fake_method_context_get_last_call (context)->params);
  g_autoptr (FakeAnswer) second = fake_method_context_serve (context, "platform.chat.send", params, NULL);
  const char *second_params = fake_method_context_get_last_call (context)->params;

  g_assert_true (
      g_regex_match_simple ("\"idempotencyKey\":\"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}\"}$", first_params, 0, 0));
  g_assert_cmpstr (first_params, !=, second_params);
  fake_method_context_answer (context, "{\"n\":1}");
  fake_method_context_answer (context, "{\"n\":2}");
  g_assert_cmpstr (first->payload, ==, "{\"n\":1}");
  g_assert_cmpstr (second->payload, ==, "{\"n\":2}");
}

static void
test_only_named_params_are_sent_on (void)
{
  assert_translated ("platform.chat.send",
                     "{\"userId\":\"bob\",\"deliver\":true,\"sessionKey\":\"agent:main:main\",\"idempotencyKey\":\"evil\","
                     "\"message\":\"\\\",\\\"deliver\\\":true,\\\"x\\\":\\\"\\u0001\\\\\",\"runId\":\"r\\\"\"}",
                     "chat.send",
                     "{\"sessionKey\":\"" KEY "\",\"message\":\"\\\",\\\"deliver\\\":true,\\\"x\\\":\\\"\\u0001\\\\\","
                     "\"idempotencyKey\":\"r\\\"\"}");
  assert_translated ("platform.chat.reset", "{\"userId\":\"bob\",\"reason\":\"new\",\"key\":\"x\"}", "sessions.reset",
                     "{\"key\":\"" KEY "\",\"reason\":\"reset\"}");
}

static void
test_send_refuses_params (void)
{
  static const char method[] = "platform.chat.send";
  g_autofree char *long_run_id = g_strdup_printf ("{\"userId\":\"bob\",\"message\":\"x\",\"runId\":\"%01025d\"}", 0);

  assert_refused (method, NULL, "platform.chat.send: userId is required");
  assert_refused (method, "[\"bob\",\"x\"]", "platform.chat.send: userId is required");
  assert_refused (method, "{}", "platform.chat.send: userId is required");
  assert_refused (method, "{\"userId\":7,\"message\":\"x\"}", "platform.chat.send: userId is required");
  assert_refused (method, "{\"userId\":null,\"message\":\"x\"}", "platform.chat.send: userId is required");
  assert_refused (method, "{\"userId\":[\"bob\"],\"message\":\"x\"}", "platform.chat.send: userId is required");
  assert_refused (method, "{\"userId\":\" \\t\\n\",\"message\":\"x\"}", "platform.chat.send: userId is required");
  assert_refused (method, "{\"userId\":\"bob\"}", "platform.chat.send: message is required");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":\"  \"}", "platform.chat.send: message is required");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":{}}", "platform.chat.send: message is required");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":\"x\",\"agentId\":1}",
                  "platform.chat.send: agentId must be a string");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":\"x\",\"agentId\":\"!\"}",
                  "platform.chat.send: agentId has no letter a-z, digit or underscore, so it cannot name a session");
  assert_refused (method, "{\"userId\":\"日本\",\"message\":\"x\"}",
                  "platform.chat.send: userId has no letter a-z, digit or underscore, so it cannot name a session");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":\"x\",\"thinking\":3}",
                  "platform.chat.send: thinking must be a string");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":\"x\",\"runId\":{}}",
                  "platform.chat.send: runId must be a string");
  assert_refused (method, "{\"userId\":\"bob\",\"message\":\"x\",\"runId\":\"\"}",
                  "platform.chat.send: runId must not be empty");
  assert_refused (method, long_run_id, "platform.chat.send: runId is too long: at most 1024 bytes");
}

static void
test_history (void)
{
  static const char method[] = "platform.chat.history";

  assert_translated (method, "{\"userId\":\"bob\"}", "chat.history", "{\"sessionKey\":\"" KEY "\"}");
  assert_translated (method, "{\"userId\":\"bob\",\"limit\":null}", "chat.history", "{\"sessionKey\":\"" KEY "\"}");
  assert_translated (method, "{\"userId\":\"bob\",\"limit\":20}", "chat.history",
                     "{\"sessionKey\":\"" KEY "\",\"limit\":20}");
  assert_translated (method, "{\"userId\":\"bob\",\"limit\":2e1}", "chat.history",
                     "{\"sessionKey\":\"" KEY "\",\"limit\":20}");
  assert_translated (method, "{\"userId\":\"bob\",\"limit\":-0.5}", "chat.history",
                     "{\"sessionKey\":\"" KEY "\",\"limit\":-0.5}");
  assert_translated (method, "{\"userId\":\"bob\",\"limit\":1e300}", "chat.history",
                     "{\"sessionKey\":\"" KEY "\",\"limit\":1.0000000000000001e+300}");
}

static void
test_history_refuses_params (void)
{
  static const char method[] = "platform.chat.history";

  assert_refused (method, NULL, "platform.chat.history: userId is required");
  assert_refused (method, "{\"userId\":\"bob\",\"limit\":\"20\"}", "platform.chat.history: limit must be a number");
  assert_refused (method, "{\"userId\":\"bob\",\"limit\":[20]}", "platform.chat.history: limit must be a number");
  assert_refused (method, "{\"userId\":\"bob\",\"limit\":true}", "platform.chat.history: limit must be a number");
  assert_refused (method, "{\"userId\":\"bob\",\"limit\":1e999}", "platform.chat.history: limit must be a number");
}

static void
test_abort (void)
{
  assert_translated ("platform.chat.abort", "{\"userId\":\"bob\"}", "chat.abort", "{\"sessionKey\":\"" KEY "\"}");
  assert_translated ("platform.chat.abort", "{\"userId\":\"bob\",\"runId\":\"r\",\"agentId\":\"b\"}", "chat.abort",
                     "{\"sessionKey\":\"agent:b:platform:direct:bob\",\"runId\":\"r\"}");
  assert_refused ("platform.chat.abort", "{\"userId\":\"\"}", "platform.chat.abort: userId is required");
  assert_refused ("platform.chat.abort", "{\"userId\":\"bob\",\"runId\":7}", "platform.chat.abort: runId must be a string");
}

static void
test_reset (void)
{
  assert_translated ("platform.chat.reset", "{\"userId\":\"bob\",\"agentId\":\"Blue\"}", "sessions.reset",
                     "{\"key\":\"agent:blue:platform:direct:bob\",\"reason\":\"reset\"}");
  assert_refused ("platform.chat.reset", "7", "platform.chat.reset: userId is required");
}

static void
test_resolve (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer =
      fake_method_context_serve (context, "platform.session.resolve", "{\"userId\":\" Zoë@x \",\"agentId\":\"A\"}", NULL);

  g_assert_no_error (answer->error);
  g_assert_cmpstr (answer->payload, ==, "{\"sessionKey\":\"agent:a:platform:direct:zo-x\"}");
  g_assert_cmpuint (answer->n_answers, ==, 1);
  g_assert_cmpuint (context->calls->len, ==, 0);
  assert_refused ("platform.session.resolve", "{}", "platform.session.resolve: userId is required");
}

static void
test_strict_user_ids (void)
{
  static const char *const methods[] = { "platform.chat.send",  "platform.chat.send.stream", "platform.chat.history",
                                         "platform.chat.abort", "platform.chat.reset",       "platform.session.resolve" };
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();

  context->account->strict_user_ids = TRUE;
  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (FakeAnswer) answer =
          fake_method_context_serve (context, methods[i], "{\"userId\":\"zo@x\",\"message\":\"x\"}", NULL);

      g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      g_assert_nonnull (strstr (answer->error->message, "strict-user-ids"));
    }
  g_assert_cmpuint (context->calls->len, ==, 0);
}

static void
test_refusals_name_the_method (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer = fake_method_context_serve (context, "platform.chat.reset", "{\"userId\":\"bob\"}", NULL);
  GError *refusal = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR, "no such session");

  relay_error_set_details (refusal, "{\"code\":\"X\", \"message\":\"no such session\"}");
  fake_method_context_fail (context, refusal);

  g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR);
  g_assert_cmpstr (answer->error->message, ==, "platform.chat.reset: no such session");
  g_assert_cmpstr (relay_error_get_details (answer->error), ==, "{\"code\":\"X\", \"message\":\"no such session\"}");
}

static void
test_timeouts_are_the_gateways (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (FakeAnswer) answer = fake_method_context_serve (context, "platform.chat.reset", "{\"userId\":\"bob\"}", NULL);

  fake_method_context_fail (context, g_error_new_literal (RELAY_ERROR, RELAY_ERROR_TIMEOUT,
                                                          "gateway request timed out: sessions.reset"));

  g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_TIMEOUT);
  g_assert_cmpstr (answer->error->message, ==, "gateway request timed out: sessions.reset");
}

static void
test_end_of_the_session (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (FakeAnswer) answer =
      fake_method_context_serve (context, "platform.chat.history", "{\"userId\":\"bob\"}", cancellable);

  g_cancellable_cancel (cancellable);
  fake_method_context_settle ();

  g_assert_error (answer->error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE);
  g_assert_cmpstr (answer->error->message, ==, "connection closed");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/chat/C1/send", test_send);
  g_test_add_func ("/chat/C1/send-makes-run-ids", test_send_makes_run_ids);
  g_test_add_func ("/chat/C1/only-named-params-are-sent-on", test_only_named_params_are_sent_on);
  g_test_add_func ("/chat/C1/send-refuses-params", test_send_refuses_params);
  g_test_add_func ("/chat/C3/history", test_history);
  g_test_add_func ("/chat/C3/history-refuses-params", test_history_refuses_params);
  g_test_add_func ("/chat/C4/abort", test_abort);
  g_test_add_func ("/chat/C5/reset", test_reset);
  g_test_add_func ("/chat/C6/resolve", test_resolve);
  g_test_add_func ("/chat/S1/strict-user-ids", test_strict_user_ids);
  g_test_add_func ("/chat/R4/refusals-name-the-method", test_refusals_name_the_method);
  g_test_add_func ("/chat/R8/timeouts-are-the-gateways", test_timeouts_are_the_gateways);
  g_test_add_func ("/chat/R8/end-of-the-session", test_end_of_the_session);

  return g_test_run ();
}
