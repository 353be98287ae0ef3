/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>

#include <string.h>

#include "pump-fixture.h"

#define REFUSAL(id, code, message)                                                                                          \
  "{\"type\":\"res\",\"id\":" id ",\"ok\":false,\"error\":{\"message\":\"" message "\",\"code\":\"" code "\"}}"

/* The platform's request for something that the relay asks of the gateway. */
static char *
ask_history (PumpFixture *self)
{
  return fake_platform_send_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}");
}

static void
test_served_stay_here (PumpFixture *self, gconstpointer unused)
{
  static const char *const methods[] = {
    "platform.chat.send",  "platform.chat.send.stream", "platform.chat.history",
    "platform.chat.abort", "platform.chat.reset",       "platform.session.resolve",
    "workspace.read",      "workspace.write",           "workspace.ls",
  };

  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      g_autoptr (FakeMessage) answer = fake_platform_request (self->session.platform, methods[i], "{}");

      g_assert_true (fake_message_has (answer, "ok", "false"));
      g_assert_true (fake_message_has (answer, "error.code", "INVALID_REQUEST"));
      g_assert_cmpuint (answer->opcode, ==, FAKE_TEXT);
    }
  pump_fixture_expect_quiet (self);
}

/* What the gateway would execute is what the relay serves. */
static void
test_served_however_written (PumpFixture *self, gconstpointer unused)
{
  static const char *const frames[] = {
    "{\"type\":\"req\",\"id\":\"1\",\"\\u006dethod\":\"platform.session.resolve\",\"params\":" PUMP_RESOLVE_PARAMS "}",
    "{\"t\\u0079pe\":\"\\u0072eq\",\"id\":\"1\",\"method\":\"platform\\u002esession.resolve\","
    "\"params\":" PUMP_RESOLVE_PARAMS "}",
    "\r\n\t {\"type\" : \"req\" , \"id\" : \"1\" , \"method\" : \"platform.session.resolve\" , \"params\" "
    ": " PUMP_RESOLVE_PARAMS " } \n",
    "{\"params\":" PUMP_RESOLVE_PARAMS ",\"method\":\"health\",\"type\":\"event\",\"id\":7,\"id\":\"1\",\"type\":\"req\","
    "\"method\":\"platform.session.resolve\"}",
    "{\"type\":\"req\",\"id\":\"1\",\"method\":\"platform.session.resolve\",\"params\":{\"userId\":\"bob\"},"
    "\"params\":" PUMP_RESOLVE_PARAMS "}",
    "{\"x\":{\"type\":\"event\",\"method\":\"health\"},\"type\":\"req\",\"id\":\"1\",\"method\":\"platform.session."
    "resolve\","
    "\"params\":" PUMP_RESOLVE_PARAMS "}",
  };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      fake_connection_send_text (self->platform, frames[i]);
      pump_fixture_expect_text (self->platform, "{\"type\":\"res\",\"id\":\"1\",\"ok\":true,\"payload\":" PUMP_RESOLVED "}");
      fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_BINARY, frames[i], strlen (frames[i]));
      pump_fixture_expect_text (self->platform, "{\"type\":\"res\",\"id\":\"1\",\"ok\":true,\"payload\":" PUMP_RESOLVED "}");
    }
  pump_fixture_expect_quiet (self);
}

/* What the gateway would not take for a served method goes to it. */
static void
test_not_served (PumpFixture *self, gconstpointer unused)
{
  static const char *const frames[] = {
    "{\"type\":\"req\",\"method\":\"workspace.ls\",\"method\":\"health\"}",
    "{\"type\":\"req\",\"method\":\"workspace.ls\\u0000\"}",
    "{\"type\":\"req\\u0000\",\"id\":\"1\",\"method\":\"workspace.ls\"}",
    "{\"type\":\"req\",\"type\":\"event\",\"id\":\"1\",\"method\":\"workspace.ls\"}",
    "{\"type\":\"req\",\"method\":\"workspace.ls\",\"method\":[\"workspace.ls\"]}",
    "{\"type\\u0000\":\"req\",\"id\":\"1\",\"method\":\"workspace.ls\"}",
    "{\"frame\":{\"type\":\"req\",\"id\":\"1\",\"method\":\"workspace.ls\"}}",
    "[\"type\",\"req\",\"method\",\"workspace.ls\"]",
  };

  for (guint i = 0; i < G_N_ELEMENTS (frames); i++)
    {
      fake_connection_send_text (self->platform, frames[i]);
      pump_fixture_expect_text (self->gateway, frames[i]);
    }
}

/* A hundred thousand levels, in a frame of the relay's own business and in one that is none. */
static void
test_deep_nesting (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *open = g_strnfill (100000, '[');
  g_autofree char *close = g_strnfill (100000, ']');
  g_autofree char *foreign = g_strconcat (open, close, NULL);
  g_autofree char *broken = g_strconcat (open, "}", NULL);
  g_autofree char *served =
      g_strdup_printf ("{\"x\":%s%s,\"type\":\"req\",\"id\":\"1\",\"method\":\"platform.session.resolve\","
                       "\"params\":" PUMP_RESOLVE_PARAMS "}",
                       open, close);
  g_autofree char *params = g_strdup_printf ("{\"userId\":%s%s}", open, close);
  g_autoptr (FakeMessage) answer = NULL;

  fake_connection_send_text (self->platform, foreign);
  pump_fixture_expect_text (self->gateway, foreign);
  fake_connection_send_text (self->platform, broken);
  pump_fixture_expect_text (self->gateway, broken);
  fake_connection_send_text (self->platform, served);
  pump_fixture_expect_text (self->platform, "{\"type\":\"res\",\"id\":\"1\",\"ok\":true,\"payload\":" PUMP_RESOLVED "}");
  answer = fake_platform_request (self->session.platform, "platform.session.resolve", params);
  g_assert_true (fake_message_has (answer, "error.code", "INVALID_REQUEST"));
}

/* The gateway replaces what is not UTF-8 in a binary frame, and then parses it: so must the relay. */
static void
test_binary_without_utf8 (PumpFixture *self, gconstpointer unused)
{
  static const char request[] = "{\"type\":\"req\",\"id\":\"a\xff\",\"method\":\"platform.session.resolve\",\"x\":\"\xc3\","
                                "\"params\":" PUMP_RESOLVE_PARAMS "}";

  fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_BINARY, request, strlen (request));
  pump_fixture_expect_text (self->platform,
                            "{\"type\":\"res\",\"id\":\"a\xef\xbf\xbd\",\"ok\":true,\"payload\":" PUMP_RESOLVED "}");
}

static void
test_error_frames (PumpFixture *self, gconstpointer unused)
{
  fake_connection_send_text (self->platform, "{\"type\":\"error\",\"message\":\"no such user\"}");
  fake_connection_send_text (self->platform, "{\"message\":7,\"type\":\"error\"}");
  fake_connection_send_text (self->platform, "{\"type\":\"error\"}");
  fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_BINARY, "{\"type\":\"\\u0065rror\"}", 21);
  pump_fixture_expect_quiet (self);

  /* the gateway's are no business of the relay's */
  fake_connection_send_text (self->gateway, "{\"type\":\"error\",\"message\":\"x\"}");
  pump_fixture_expect_text (self->platform, "{\"type\":\"error\",\"message\":\"x\"}");
}

static GString *logged; /* (owned) all that this program logs */

static GLogWriterOutput
collect_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      g_string_append_len (logged, fields[i].value, fields[i].length);
      g_string_append_c (logged, '\n');
    }

  return g_log_writer_default (level, fields, n_fields, user_data);
}

static void
on_any_activity (RelaySession *session, const RelayActivity *activity, gpointer user_data)
{
  g_string_append_printf (logged, "%s %s\n", activity->method, activity->path);
}

/* What the platform says is logged and told, but not the secrets that it was given. */
static void
test_no_secret_is_logged (PumpFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) denied = NULL;
  g_autoptr (FakeMessage) failed = NULL;
  g_autoptr (FakeMessage) listed = NULL;

  session_fixture_apply (&self->session, "", "deny-methods=" FIXTURE_KEY);
  pump_fixture_connect (self);
  g_string_truncate (logged, 0);
  g_signal_connect (self->session.session, "activity", G_CALLBACK (on_any_activity), NULL);
  fake_gateway_set_error (self->session.gateway, "chat.history", "{\"message\":\"token " FIXTURE_TOKEN " is old\"}");

  fake_connection_send_text (self->platform, "{\"type\":\"error\",\"message\":\"bad " FIXTURE_KEY "\"}");
  denied = fake_platform_request (self->session.platform, FIXTURE_KEY, "{}");
  failed = fake_platform_request (self->session.platform, "platform.chat.history", "{\"userId\":\"ann\"}");
  listed = fake_platform_request (self->session.platform, "workspace.ls",
                                  "{\"sessionKey\":\"agent:main:x\",\"path\":\"" FIXTURE_TOKEN "\"}");
  pump_fixture_send_key (self->platform, "\"" FIXTURE_TOKEN "\"", "workspace.ls");
  g_clear_pointer (&failed, fake_message_unref);
  failed = fake_connection_expect (self->platform, "id", FIXTURE_TOKEN);

  g_assert_nonnull (strstr (logged->str, "platform reports an error: bad <secret>\n"));
  g_assert_nonnull (strstr (logged->str, "token <secret> is old\n"));
  g_assert_null (strstr (logged->str, FIXTURE_KEY));
  g_assert_null (strstr (logged->str, FIXTURE_TOKEN));
}

static void
test_second_answers_stay_here (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *id = NULL;
  g_autoptr (FakeMessage) answer = NULL;
  g_autoptr (FakeMessage) request = NULL;

  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_TWICE);
  id = ask_history (self);
  answer = fake_platform_expect_answer (self->session.platform, id);
  request = fake_gateway_expect_request (self->gateway, "chat.history");
  g_assert_true (fake_message_has (answer, "ok", "true"));
  pump_fixture_expect_quiet (self);
}

static void
test_late_answers_stay_here (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *id = NULL;
  g_autoptr (FakeMessage) answer = NULL;
  g_autoptr (FakeMessage) request = NULL;

  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_HELD);
  id = ask_history (self);
  request = fake_gateway_expect_request (self->gateway, "chat.history");
  fake_clock_advance_ms (self->session.clock, 29999);
  fake_wait_settle ();
  g_assert_null (fake_connection_take_message (self->platform, NULL, NULL));
  fake_clock_advance_ms (self->session.clock, 1);

  answer = fake_platform_expect_answer (self->session.platform, id);
  g_assert_true (fake_message_has (answer, "error.code", "TIMEOUT"));
  g_assert_true (fake_message_has (answer, "error.message", "gateway request timed out: chat.history"));
  fake_gateway_release (self->session.gateway);
  pump_fixture_expect_quiet (self);
}

/* The relay's own ids cannot be guessed, and a platform that has seen one cannot use it. */
static void
test_own_ids_are_refused (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *history_id = ask_history (self);
  g_autoptr (FakeMessage) request = fake_gateway_expect_request (self->gateway, "chat.history");
  g_autoptr (FakeMessage) history = fake_platform_expect_answer (self->session.platform, history_id);
  g_autofree char *id = fake_message_get_string (request, "id");
  char *end = strrchr (id, '-') + 1;
  g_autofree char *next = NULL;
  g_autofree char *escaped = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *stray = NULL;

  g_assert_cmpuint (strlen (id), >, 32);
  *end = '\0';
  next = g_strdup_printf ("\"%s2\"", id);
  escaped = g_strdup_printf ("\"\\u00%02x%s\"", id[0], id + 1);

  expected =
      g_strdup_printf (REFUSAL ("%s", "INVALID_REQUEST", "id begins as the relay's own ids do: choose another"), next);
  pump_fixture_send_key (self->platform, next, "health");
  pump_fixture_expect_text (self->platform, expected);
  pump_fixture_send_key (self->platform, next, "platform.session.resolve");
  pump_fixture_expect_text (self->platform, expected);
  g_free (expected);
  expected =
      g_strdup_printf (REFUSAL ("%s", "INVALID_REQUEST", "id begins as the relay's own ids do: choose another"), escaped);
  pump_fixture_send_key (self->platform, escaped, "health");
  pump_fixture_expect_text (self->platform, expected);

  /* an answer with the prefix that nobody waits for */
  stray = g_strdup_printf ("{\"type\":\"res\",\"ok\":true,\"id\":\"x\",\"id\":\"%s99\"}", id);
  fake_connection_send_text (self->gateway, stray);
  fake_connection_send_frame (self->gateway, FAKE_FIN | FAKE_BINARY, stray, strlen (stray));
  pump_fixture_expect_quiet (self);

  /* but an event with it is the gateway's */
  g_free (stray);
  stray = g_strdup_printf ("{\"type\":\"event\",\"event\":\"x\",\"id\":\"%s99\"}", id);
  fake_connection_send_text (self->gateway, stray);
  pump_fixture_expect_text (self->platform, stray);
}

/* An id of more than is shown of any text, and a NUL behind it. */
static void
test_answer_with_endless_id (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *padding = g_strnfill (2 * 1024 * 1024, 'x');
  g_autofree char *asked = NULL;
  g_autofree char *id = NULL;
  g_autofree char *stray = NULL;
  g_autoptr (FakeMessage) request = NULL;

  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_HELD);
  asked = ask_history (self);
  request = fake_gateway_expect_request (self->gateway, "chat.history");
  id = fake_message_get_string (request, "id");
  stray = g_strdup_printf ("{\"type\":\"res\",\"ok\":true,\"id\":\"%s%s\\u0000\"}", id, padding);
  fake_connection_send_text (self->gateway, stray);
  pump_fixture_expect_quiet (self);
}

static void
test_answers_have_the_id (PumpFixture *self, gconstpointer unused)
{
  static const char *const ids[] = {
    "\"p1\"", "1",           "-0",          "1e400",       "0.10",         "123456789012345678901234567890",
    "\"\"",   "\"\\u0000\"", "\"\\ud800\"", "\"\\/\\\"\"", "\"\xc3\xa4\"",
  };

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      g_autofree char *expected =
          g_strdup_printf ("{\"type\":\"res\",\"id\":%s,\"ok\":true,\"payload\":" PUMP_RESOLVED "}", ids[i]);

      pump_fixture_send_key (self->platform, ids[i], "platform.session.resolve");
      pump_fixture_expect_text (self->platform, expected);
    }
}

static void
test_ids_that_are_none (PumpFixture *self, gconstpointer unused)
{
  static const char *const ids[] = { "null", "true", "{}", "{\"id\":\"1\"}", "[\"1\"]", "\"1\",\"id\":null" };
  static const char expected[] = REFUSAL ("null", "INVALID_REQUEST", "id must be a string or a number");

  for (guint i = 0; i < G_N_ELEMENTS (ids); i++)
    {
      pump_fixture_send_key (self->platform, ids[i], "platform.session.resolve");
      pump_fixture_expect_text (self->platform, expected);
    }

  fake_connection_send_text (self->platform, "{\"type\":\"req\",\"method\":\"workspace.ls\",\"params\":{}}");
  pump_fixture_expect_text (self->platform, expected);
}

/* Gateway payloads and errors travel raw. */
static void
test_gateway_payloads_are_raw (PumpFixture *self, gconstpointer unused)
{
  static const char payload[] = "{ \"n\" : 1.50e+400, \"a\":1,\"a\":2, \"s\":\"\\u0041\\ud800\" }";
  static const char refusal[] = "{ \"code\":\"X\", \"message\":\"no \\u0041\", \"n\": 1.0 }";
  g_autofree char *id = NULL;
  g_autofree char *expected = NULL;
  g_autofree char *refused_id = NULL;
  g_autofree char *refused = NULL;

  fake_gateway_set_payload (self->session.gateway, "chat.history", payload);
  id = ask_history (self);
  expected = g_strdup_printf ("{\"type\":\"res\",\"id\":\"%s\",\"ok\":true,\"payload\":%s}", id, payload);
  pump_fixture_expect_text (self->platform, expected);

  fake_gateway_set_error (self->session.gateway, "chat.history", refusal);
  refused_id = ask_history (self);
  refused =
      g_strdup_printf ("{\"type\":\"res\",\"id\":\"%s\",\"ok\":false,\"error\":{\"message\":\"platform.chat.history: no A\","
                       "\"code\":\"GATEWAY_ERROR\",\"details\":%s}}",
                       refused_id, refusal);
  pump_fixture_expect_text (self->platform, refused);
}

/* What waits for the gateway fails when it goes, before the platform is closed. */
static void
test_gateway_closes_with_requests_pending (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *id = NULL;
  g_autoptr (FakeMessage) request = NULL;
  g_autoptr (FakeMessage) answer = NULL;

  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_NEVER);
  id = ask_history (self);
  request = fake_gateway_expect_request (self->gateway, "chat.history");
  fake_connection_close (self->gateway, 1012, "service restart");

  answer = fake_platform_expect_answer (self->session.platform, id);
  g_assert_true (fake_message_has (answer, "error.code", "UNAVAILABLE"));
  g_assert_true (fake_message_has (answer, "error.message", "connection closed"));
  fake_connection_expect_gone (self->platform);
  g_assert_cmpuint (fake_connection_get_close_code (self->platform), ==, 1001);
  session_fixture_expect_error (&self->session, "gateway-closed", "gateway closed: 1012: service restart");
}

static void
test_platform_closes_with_requests_pending (PumpFixture *self, gconstpointer unused)
{
  fake_gateway_set_answering (self->session.gateway, "chat.history", FAKE_ANSWER_HELD);
  for (guint i = 0; i < 20; i++)
    {
      g_autofree char *id = ask_history (self);
      g_autoptr (FakeMessage) request = fake_gateway_expect_request (self->gateway, "chat.history");
    }

  fake_connection_close (self->platform, 4001, "bye now");
  fake_gateway_release (self->session.gateway);
  session_fixture_expect_error (&self->session, "platform-closed", "platform closed: 4001: bye now");
}

static void
on_activity (RelaySession *session, const RelayActivity *activity, gpointer user_data)
{
  if (activity->event == RELAY_ACTIVITY_REQUEST || activity->event == RELAY_ACTIVITY_DENIED)
    g_string_append_printf (user_data, "%s|%s|%s|%s|%s|%s\n", activity->kind, activity->method, activity->path,
                            activity->outcome, activity->code, activity->bytes > 0 ? "answered" : "");
}

static void
test_activity (PumpFixture *self, gconstpointer unused)
{
  const RelayCounters *counters = relay_session_get_counters (self->session.session);
  g_autoptr (GString) told = g_string_new (NULL);
  g_autoptr (FakeMessage) resolved = NULL;
  g_autoptr (FakeMessage) failed = NULL;
  g_autoptr (FakeMessage) denied = NULL;
  g_autoptr (FakeMessage) denied_write = NULL;

  session_fixture_apply (&self->session, "", "deny-methods=secret.*\nworkspace-access=read-only");
  pump_fixture_connect (self);
  g_signal_connect (self->session.session, "activity", G_CALLBACK (on_activity), told);

  resolved = fake_platform_request (self->session.platform, "platform.session.resolve", PUMP_RESOLVE_PARAMS);
  failed = fake_platform_request (self->session.platform, "platform.chat.history", "{\"userId\":\"\\ud83d\\ude00\"}");
  denied = fake_platform_request (self->session.platform, "secret.\xc3\xa4\\u0007", "{}");
  denied_write = fake_platform_request (self->session.platform, "workspace.write", "{}");
  g_assert_true (fake_message_has (failed, "ok", "false"));
  g_assert_true (fake_message_has (denied, "error.code", "DENIED"));
  g_assert_true (fake_message_has (denied_write, "error.code", "DENIED"));
  pump_fixture_expect_quiet (self);

  g_assert_cmpstr (told->str, ==,
                   "session|platform.session.resolve||ok||answered\n"
                   "chat|platform.chat.history||failed|INVALID_REQUEST|answered\n"
                   "policy|secret.\xc3\xa4\\u0007||denied|DENIED|answered\n"
                   "policy|workspace.write||denied|DENIED|answered\n");
  g_assert_cmpuint (counters->requests_served, ==, 2);
  g_assert_cmpuint (counters->requests_denied, ==, 2);
  g_signal_handlers_disconnect_by_data (self->session.session, told);
}

/* Requests for files that come together see each other's work in the order in which they came. */
static void
test_writes_keep_their_order (PumpFixture *self, gconstpointer unused)
{
  g_autofree char *root = g_dir_make_tmp ("gangway-order-XXXXXX", NULL);
  g_autofree char *file = g_build_filename (root, "a.txt", NULL);
  g_autofree char *account = g_strdup_printf ("workspace-root=%s", root);
  FakeConnection *platform;
  g_autoptr (FakeMessage) answer = NULL;

  session_fixture_apply (&self->session, "", account);
  platform = session_fixture_connect (&self->session);

  fake_connection_cork (platform);
  for (guint i = 0; i < 30; i++)
    fake_connection_send_format (platform,
                                 "{\"type\":\"req\",\"id\":\"w%u\",\"method\":\"workspace.write\",\"params\":{"
                                 "\"sessionKey\":\"agent:main:x\",\"path\":\"a.txt\",\"content\":\"%u\"}}",
                                 i, i);
  fake_connection_send_text (platform, "{\"type\":\"req\",\"id\":\"r\",\"method\":\"workspace.read\",\"params\":{"
                                       "\"sessionKey\":\"agent:main:x\",\"path\":\"a.txt\"}}");
  fake_connection_uncork (platform);

  answer = fake_connection_expect (platform, "id", "r");
  g_assert_true (fake_message_has (answer, "payload.0.content", "29"));

  g_unlink (file);
  g_rmdir (root);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  logged = g_string_new (NULL);
  g_log_set_writer_func (collect_log, NULL, NULL);

  pump_fixture_add ("/pump/R1/served-stay-here", test_served_stay_here);
  pump_fixture_add_unconnected ("/pump/R1/writes-keep-their-order", test_writes_keep_their_order);
  pump_fixture_add ("/pump/R2/error-frames", test_error_frames);
  pump_fixture_add_unconnected ("/pump/R2/no-secret-is-logged", test_no_secret_is_logged);
  pump_fixture_add ("/pump/R4/second-answers-stay-here", test_second_answers_stay_here);
  pump_fixture_add ("/pump/R4/late-answers-stay-here", test_late_answers_stay_here);
  pump_fixture_add ("/pump/R4/own-ids-are-refused", test_own_ids_are_refused);
  pump_fixture_add ("/pump/R4/answer-with-endless-id", test_answer_with_endless_id);
  pump_fixture_add ("/pump/R6/served-however-written", test_served_however_written);
  pump_fixture_add ("/pump/R6/not-served", test_not_served);
  pump_fixture_add ("/pump/R6/deep-nesting", test_deep_nesting);
  pump_fixture_add ("/pump/R6/binary-without-utf8", test_binary_without_utf8);
  pump_fixture_add ("/pump/R7/answers-have-the-id", test_answers_have_the_id);
  pump_fixture_add ("/pump/R7/ids-that-are-none", test_ids_that_are_none);
  pump_fixture_add ("/pump/R7/gateway-payloads-are-raw", test_gateway_payloads_are_raw);
  pump_fixture_add ("/pump/R8/gateway-closes-with-requests-pending", test_gateway_closes_with_requests_pending);
  pump_fixture_add ("/pump/R8/platform-closes-with-requests-pending", test_platform_closes_with_requests_pending);
  pump_fixture_add_unconnected ("/pump/activity", test_activity);

  status = g_test_run ();
  g_string_free (logged, TRUE);
  return status;
}
