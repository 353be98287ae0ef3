/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-client.h"

/* A fake peer that runs as a program, and one client that is connected to it. */
typedef struct {
  GSubprocess *process;     /* (owned) */
  GDataInputStream *output; /* (owned) */
  Client *client;           /* (owned) */
} Fixture;

/* Reads the program's lines up to the one whose @path is @value. */
static char *
expect_line (Fixture *fixture, const char *path, const char *value)
{
  for (;;)
    {
      g_autofree char *line = g_data_input_stream_read_line (fixture->output, NULL, NULL, NULL);
      g_autofree char *actual = NULL;

      g_assert_nonnull (line);
      actual = fake_json_get_string (line, -1, path);
      if (g_strcmp0 (actual, value) == 0)
        return g_steal_pointer (&line);
    }
}

static void
command (Fixture *fixture, const char *line)
{
  GOutputStream *input = g_subprocess_get_stdin_pipe (fixture->process);

  g_assert_true (g_output_stream_printf (input, NULL, NULL, NULL, "%s\n", line));
}

static void
fixture_set_up (Fixture *fixture, const char *program, const char *option, const char *value)
{
  g_autofree char *path = g_test_build_filename (G_TEST_BUILT, "fakes", program, NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *first = NULL;
  g_autofree char *url = NULL;

  fixture->process =
      g_subprocess_new (G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_PIPE, &error, path, option, value, NULL);
  g_assert_no_error (error);
  fixture->output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (fixture->process));
  first = g_data_input_stream_read_line (fixture->output, NULL, NULL, NULL);
  url = fake_json_get_string (first, -1, "url");
  g_assert_nonnull (url);
  fixture->client = client_dial (url);
  g_assert_no_error (fixture->client->error);
}

/* The program ends with its input. */
static void
fixture_tear_down (Fixture *fixture)
{
  g_autoptr (GError) error = NULL;

  g_output_stream_close (g_subprocess_get_stdin_pipe (fixture->process), NULL, NULL);
  g_subprocess_wait_check (fixture->process, NULL, &error);
  g_assert_no_error (error);

  client_free (fixture->client);
  g_object_unref (fixture->output);
  g_object_unref (fixture->process);
}

static void
test_platform (void)
{
  Fixture fixture = { 0 };
  g_autofree char *message = NULL;
  g_autofree char *text = NULL;
  g_autofree char *request = NULL;
  g_autofree char *failed = NULL;
  g_autofree char *closed = NULL;
  g_autofree char *connect = NULL;

  fixture_set_up (&fixture, "gangway-fake-platform", "--token", "key");
  client_send (fixture.client, "{\"type\":\"pre-handshake\",\"version\":1,\"token\":\"key\",\"gatewayToken\":\"secret\"}");
  message = expect_line (&fixture, "event", "message");
  text = fake_json_get_string (message, -1, "text");
  g_assert_cmpstr (text, ==, "{\"type\":\"pre-handshake\",\"version\":1,\"token\":\"key\",\"gatewayToken\":\"secret\"}");

  client_send (fixture.client, "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{}}");
  connect = fake_json_get_string (client_expect (fixture.client, 0), -1, "params.auth.token");
  g_assert_cmpstr (connect, ==, "secret");

  command (&fixture, "request health");
  failed = expect_line (&fixture, "event", "failed");
  client_send (fixture.client, "{\"type\":\"res\",\"id\":\"connect-1\",\"ok\":true,\"payload\":{}}");
  g_free (expect_line (&fixture, "event", "message"));
  command (&fixture, "request workspace.ls {\"path\":\"a b\"}");
  request = expect_line (&fixture, "event", "request");
  g_assert_cmpstr (client_expect (fixture.client, 1), ==,
                   "{\"type\":\"req\",\"id\":\"p1\",\"method\":\"workspace.ls\",\"params\":{\"path\":\"a b\"}}");

  command (&fixture, "close 4001 bye now");
  fake_wait_until (fixture.client->is_closed);
  g_assert_cmpstr (soup_websocket_connection_get_close_data (fixture.client->socket), ==, "bye now");
  closed = expect_line (&fixture, "event", "closed");
  g_assert_cmpint (fake_json_get_int (closed, -1, "code"), ==, 4001);
  fixture_tear_down (&fixture);
}

static void
test_gateway (void)
{
  Fixture fixture = { 0 };
  g_autofree char *event = NULL;
  g_autofree char *count = NULL;
  g_autofree char *workspace = NULL;

  fixture_set_up (&fixture, "gangway-fake-gateway", "--workspace", "/srv/agent");
  event = fake_json_get_string (client_expect (fixture.client, 0), -1, "event");
  g_assert_cmpstr (event, ==, "connect.challenge");
  client_send (fixture.client,
               "{\"type\":\"req\",\"id\":\"c\",\"method\":\"connect\",\"params\":{\"minProtocol\":3,\"maxProtocol\":4,"
               "\"client\":{\"id\":\"test\"}}}");
  client_send (fixture.client, "{\"type\":\"req\",\"id\":\"a\",\"method\":\"agents.list\"}");
  workspace = fake_json_get_string (client_expect (fixture.client, 2), -1, "payload.agents.0.workspace");
  g_assert_cmpstr (workspace, ==, "/srv/agent");

  command (&fixture, "event tick {\"n\":1}");
  g_assert_cmpstr (client_expect (fixture.client, 3), ==,
                   "{\"type\":\"event\",\"event\":\"tick\",\"payload\":{\"n\":1},\"seq\":1}");
  command (&fixture, "payload health {\"ok\":false}");
  command (&fixture, "count");
  count = expect_line (&fixture, "event", "count");
  g_assert_cmpint (fake_json_get_int (count, -1, "messages"), ==, 2);
  client_send (fixture.client, "{\"type\":\"req\",\"id\":\"h\",\"method\":\"health\"}");
  g_assert_cmpstr (client_expect (fixture.client, 4), ==,
                   "{\"type\":\"res\",\"id\":\"h\",\"ok\":true,\"payload\":{\"ok\":false}}");

  command (&fixture, "drop");
  fake_wait_until (fixture.client->is_closed);
  fixture_tear_down (&fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/fake-programs/platform", test_platform);
  g_test_add_func ("/fake-programs/gateway", test_gateway);

  return g_test_run ();
}
