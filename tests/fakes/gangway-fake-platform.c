/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-platform.h"
#include "fakes/fake-program.h"

static gboolean
run_mode (FakeProgram *program, char **args)
{
  return fake_platform_set_mode_by_name (FAKE_PLATFORM (program->peer), args[0]);
}

/* Without params, the line ends behind the method. */
static gboolean
run_request (FakeProgram *program, char **args)
{
  FakePlatform *platform = FAKE_PLATFORM (program->peer);
  g_auto (GStrv) words = g_strsplit (args[0], " ", 2);
  g_autofree char *id = NULL;

  if (fake_platform_get_ready (platform) == NULL)
    return FALSE;

  id = fake_platform_send_request (platform, words[0], words[1]);
  fake_program_print ("{\"event\":\"request\",\"id\":\"%s\"}", id);
  return TRUE;
}

static gboolean
run_pipeline (FakeProgram *program, char **args)
{
  fake_platform_pipeline (FAKE_PLATFORM (program->peer), args[0]);
  return TRUE;
}

static gboolean
run_error (FakeProgram *program, char **args)
{
  fake_platform_set_error (FAKE_PLATFORM (program->peer), args[0]);
  return fake_platform_set_mode_by_name (FAKE_PLATFORM (program->peer), "error");
}

static gboolean
run_close_with (FakeProgram *program, char **args)
{
  fake_platform_set_close (FAKE_PLATFORM (program->peer), (guint) g_ascii_strtoull (args[0], NULL, 10), args[1]);
  return TRUE;
}

static const FakeCommand commands[] = {
  { "mode", "NAME", run_mode },      { "request", "METHOD-AND-PARAMS", run_request }, { "pipeline", "FRAME", run_pipeline },
  { "error", "MESSAGE", run_error }, { "close-with", "CODE REASON", run_close_with }, { NULL, NULL, NULL },
};

int
main (int argc, char *argv[])
{
  g_autoptr (GOptionContext) context = g_option_context_new ("- a platform, as the relay meets it");
  g_autoptr (GTlsCertificate) certificate = NULL;
  g_autoptr (FakePlatform) platform = NULL;
  g_autoptr (GError) error = NULL;
  g_autofree char *token = NULL;
  FakeProgramOptions options;
  FakeProgram program = { .commands = commands };
  const GOptionEntry entries[] = {
    { "token", 0, 0, G_OPTION_ARG_STRING, &token, "Refuse another platform key than this (default: take any)", "KEY" },
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
  platform = g_object_new (FAKE_TYPE_PLATFORM, "port", (guint) options.port, "address", options.address, "certificate",
                           certificate, NULL);
  fake_platform_set_key (platform, token);
  g_free (options.tls);
  g_free (options.address);

  program.peer = FAKE_PEER (platform);
  return fake_program_run (&program);
}
