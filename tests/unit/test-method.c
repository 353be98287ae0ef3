/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-method-context.h"

#include <string.h>

static RelayJsonSpan
span_of (const char *json)
{
  return (RelayJsonSpan){ json, json != NULL ? strlen (json) : 0 };
}

static const RelayMethod *
lookup (const char *json)
{
  RelayJsonSpan span = span_of (json);

  return relay_methods_lookup (&span);
}

static RelayRequest *
request_new (FakeMethodContext *context, const char *id_json, const char *params_json, GError **error)
{
  RelayJsonSpan id = span_of (id_json);
  RelayJsonSpan params = span_of (params_json);

  return relay_request_new (RELAY_METHOD_CONTEXT (context), lookup ("\"platform.chat.send\""), &id, &params, error);
}

static void
test_table (void)
{
  static const struct {
    const char *name;
    const char *gateway_method;
    const char *kind;
    gboolean writes;
  } expected[] = {
    { "platform.chat.send", "chat.send", "chat", FALSE },
    { "platform.chat.send.stream", "chat.send", "chat", FALSE },
    { "platform.chat.history", "chat.history", "chat", FALSE },
    { "platform.chat.abort", "chat.abort", "chat", FALSE },
    { "platform.chat.reset", "sessions.reset", "chat", FALSE },
    { "platform.session.resolve", NULL, "session", FALSE },
    { "workspace.read", NULL, "workspace", FALSE },
    { "workspace.write", NULL, "workspace", TRUE },
    { "workspace.ls", NULL, "workspace", FALSE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (expected); i++)
    {
      g_autofree char *json = g_strdup_printf ("\"%s\"", expected[i].name);
      const RelayMethod *method = lookup (json);

      g_assert_nonnull (method);
      g_assert_cmpstr (method->name, ==, expected[i].name);
      g_assert_cmpstr (method->gateway_method, ==, expected[i].gateway_method);
      g_assert_cmpstr (method->kind, ==, expected[i].kind);
      g_assert_true (method->writes == expected[i].writes);
    }
}

static void
test_lookup_sees_what_the_gateway_sees (void)
{
  static const char *const others[] = { "\"chat.send\"",
                                        "\"platform.chat.sen\"",
                                        "\"platform.chat.send.\"",
                                        "\"workspace\"",
                                        "\"workspace.ls \"",
                                        "\"Workspace.ls\"",
                                        "\"workspace.ls\\u0000\"",
                                        "\"\"",
                                        "7",
                                        "null",
                                        "{}",
                                        NULL };

  g_assert_cmpstr (lookup ("\"work\\u0073pace.\\u006cs\"")->name, ==, "workspace.ls");
  for (gsize i = 0; i < G_N_ELEMENTS (others); i++)
    g_assert_null (lookup (others[i]));
}

static void
test_ids_stay_raw (void)
{
  static const char *const ids[] = { "\"a\"",       "7",          "1.0", "-0", "1e400", "12345678901234567890123",
                                     "\"\\ud83d\"", "\"\\u0000\"" };
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autoptr (RelayRequest) request = request_new (context, ids[i], "{}", NULL);

      g_assert_cmpstr (request->id_json, ==, ids[i]);
    }
}

static void
test_params_that_are_no_object_are_empty (void)
{
  static const char *const params[] = { NULL, "null", "[]", "[{\"userId\":\"bob\"}]", "\"userId\"", "7", "true", "{}" };
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();

  for (gsize i = 0; i < G_N_ELEMENTS (params); i++)
    {
      g_autoptr (RelayRequest) request = request_new (context, "1", params[i], NULL);

      g_assert_nonnull (request);
      g_assert_cmpuint (json_object_get_size (request->params), ==, 0);
    }
}

static void
test_params_are_what_the_gateway_would_see (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autoptr (RelayRequest) request =
      request_new (context, "1", "{\"userId\":1,\"user\\u0049d\":\"last\",\"deep\":{\"userId\":\"inner\"}}", NULL);

  g_assert_cmpstr (json_object_get_string_member (request->params, "userId"), ==, "last");
}

static void
test_params_that_no_handler_reads (void)
{
  g_autoptr (FakeMethodContext) context = fake_method_context_new ();
  g_autofree char *opening = g_strnfill (100, '[');
  g_autofree char *closing = g_strnfill (100, ']');
  g_autofree char *deep = g_strdup_printf ("{\"userId\":%s%s}", opening, closing);
  const char *const params[] = { deep, "{\"message\":\"a\\u0000b\"}", "{\"a\\u0000\":1}" };

  for (gsize i = 0; i < G_N_ELEMENTS (params); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (request_new (context, "1", params[i], &error));
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      g_assert_true (g_str_has_prefix (error->message, "platform.chat.send: params "));
    }
}

static void
test_request_is_counted (void)
{
  FakeMethodContext *context = fake_method_context_new ();
  RelayRequest *request = request_new (context, "1", NULL, NULL);
  gpointer gone = context;

  g_object_add_weak_pointer (G_OBJECT (context), &gone);
  g_object_unref (context);
  g_assert_true (relay_request_ref (request) == request);
  relay_request_unref (request);
  g_assert_nonnull (gone);
  relay_request_unref (request);
  g_assert_null (gone);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/method/table", test_table);
  g_test_add_func ("/method/R6/lookup-sees-what-the-gateway-sees", test_lookup_sees_what_the_gateway_sees);
  g_test_add_func ("/method/R7/ids-stay-raw", test_ids_stay_raw);
  g_test_add_func ("/method/params-that-are-no-object-are-empty", test_params_that_are_no_object_are_empty);
  g_test_add_func ("/method/R6/params-are-what-the-gateway-would-see", test_params_are_what_the_gateway_would_see);
  g_test_add_func ("/method/params-that-no-handler-reads", test_params_that_no_handler_reads);
  g_test_add_func ("/method/request-is-counted", test_request_is_counted);

  return g_test_run ();
}
