/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "fakes/fake-gateway.h"
#include "fakes/fake-program.h"

static gboolean
run_mode (FakeProgram *program, char **args)
{
  return fake_gateway_set_mode_by_name (FAKE_GATEWAY (program->peer), args[0]);
}

static gboolean
run_event (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_gateway_send_event (FAKE_GATEWAY (program->peer), connection, args[0], args[1]);
  return connection != NULL;
}

static gboolean
run_answer (FakeProgram *program, char **args)
{
  static const char *const names[] = { "once", "never", "twice", "held" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      if (strcmp (names[i], args[1]) == 0)
        {
          fake_gateway_set_answering (FAKE_GATEWAY (program->peer), args[0], (FakeAnswering) i);
          return TRUE;
        }
    }

  return FALSE;
}

static gboolean
run_payload (FakeProgram *program, char **args)
{
  fake_gateway_set_payload (FAKE_GATEWAY (program->peer), args[0], args[1]);
  return TRUE;
}

static gboolean
run_error (FakeProgram *program, char **args)
{
  fake_gateway_set_error (FAKE_GATEWAY (program->peer), args[0], args[1]);
  return TRUE;
}

static gboolean
run_release (FakeProgram *program, char **args)
{
  fake_gateway_release (FAKE_GATEWAY (program->peer));
  return TRUE;
}

static gboolean
run_delay (FakeProgram *program, char **args)
{
  fake_gateway_set_delay (FAKE_GATEWAY (program->peer), (guint) g_ascii_strtoull (args[0], NULL, 10));
  return TRUE;
}

static gboolean
run_agent (FakeProgram *program, char **args)
{
  fake_gateway_add_agent (FAKE_GATEWAY (program->peer), args[0], args[1]);
  return TRUE;
}

static const FakeCommand commands[] = {
  { "mode", "NAME", run_mode },
  { "event", "NAME PAYLOAD", run_event },
  { "answer", "METHOD once|never|twice|held", run_answer },
  { "payload", "METHOD JSON", run_payload },
  { "error", "METHOD JSON", run_error },
  { "release", NULL, run_release },
  { "delay", "MS", run_delay },
  { "agent", "ID DIR", run_agent },
  { NULL, NULL, NULL },
};

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- OpenClaw's gateway, as far as the relay can see it");
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (FakeGateway) gateway = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;
  g_autofree char *workspace = NULL;
  int delay_ms = 0;
  FakeProgramOptions options;
  FakeProgram program = { .commands = commands };
  const GOptionEntry entries[] = {
    { "token", 0, 0, G_OPTION_ARG_STRING, &token, "Refuse another token than this (default: take any)", "TOKEN" },
    { "workspace", 0, 0, G_OPTION_ARG_FILENAME, &workspace, "Have an agent, main, with this workspace", "DIR" },
    { "delay-ms", 0, 0, G_OPTION_ARG_INT, &delay_ms, "Wait before each word of a chat's answer", "MS" },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_add_main_entries (context, entries, NULL);
  fake_program_add_options (context, &options);
  if (!g_option_context_parse (context, &argc, &argv, &error))
    {
      g_printerr ("%s\n", error->message);
      return 2;
    }

  certificate = fake_program_load_certificate (&options);
  gateway = g_object_new (FAKE_TYPE_GATEWAY, "token", token, "port", (guint) options.port, "address", options.address,
                          "certificate", certificate, NULL);
  if (workspace != NULL)
    fake_gateway_add_agent (gateway, "main", workspace);
  fake_gateway_set_delay (gateway, (guint) MAX (delay_ms, 0));
  g_free (options.tls);
  g_free (options.address);

  program.peer = FAKE_PEER (gateway);
  return fake_program_run (&program);
}
