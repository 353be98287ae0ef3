/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-program.h"

#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

/* Longer messages are shown cut. */
#define MAX_SHOWN_BYTES 65536

/**
 * fake_program_add_options:
 * @context: a program's command line
 * @options: (out caller-allocates): where the values go
 *
 * Adds `--port`, `--address` and `--tls`.
 */
void
fake_program_add_options (GOptionContext *context, FakeProgramOptions *options)
{
  const GOptionEntry entries[] = {
    { "port", 0, 0, G_OPTION_ARG_INT, &options->port, "Listen on this port (default: any)", "PORT" },
    { "address", 0, 0, G_OPTION_ARG_STRING, &options->address, "Listen on this address in place of 127.0.0.1", "ADDRESS" },
    { "tls", 0, 0, G_OPTION_ARG_FILENAME, &options->tls, "Speak TLS, with the certificate and the key in this file", "PEM" },
    G_OPTION_ENTRY_NULL,
  };

  *options = (FakeProgramOptions){ .address = g_strdup ("127.0.0.1") };
  g_option_context_add_main_entries (context, entries, NULL);
}

/**
 * fake_program_load_certificate:
 * @options: a program's options
 *
 * Ends the program if the file cannot be read.
 *
 * Returns: (transfer full) (nullable): the certificate of `--tls`
 */
GTlsCertificate *
fake_program_load_certificate (FakeProgramOptions *options)
{
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = NULL;

  if (options->tls == NULL)
    return NULL;

  certificate = g_tls_certificate_new_from_file (options->tls, &error);
  if (certificate == NULL)
    {
      g_printerr ("%s: %s\n", options->tls, error->message);
      exit (1);
    }
  return certificate;
}

/**
 * fake_program_print:
 * @format: as for printf(); a line of JSON
 * @...: what @format asks for
 *
 * Prints a line at once.
 */
void
fake_program_print (const char *format, ...)
{
  va_list args;

  va_start (args, format);
  vfprintf (stdout, format, args);
  va_end (args);
  fputc ('\n', stdout);
  fflush (stdout);
}

/**
 * fake_program_is_on:
 * @word: an argument
 *
 * Returns: %TRUE if it is `on`
 */
gboolean
fake_program_is_on (const char *word)
{
  return strcmp (word, "on") == 0;
}

static gboolean
on_opened (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  fake_program_print ("{\"event\":\"opened\",\"connection\":%u}", fake_connection_get_number (connection));
  return FALSE;
}

static gboolean
on_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  gsize shown = MIN (message->length, MAX_SHOWN_BYTES);
  g_autofree char *text = g_utf8_make_valid (message->text, (gssize) shown);
  g_autofree char *quoted = fake_json_quote (text);

  /* What is printed is not waited for any more. */
  fake_message_unref (fake_connection_take_message (connection, NULL, NULL));
  fake_program_print ("{\"event\":\"message\",\"connection\":%u,\"opcode\":\"%s\",\"length\":%" G_GSIZE_FORMAT
                      ",\"text\":%s}",
                      fake_connection_get_number (connection), message->opcode == FAKE_TEXT ? "text" : "binary",
                      message->length, quoted);
  return FALSE;
}

static void
on_closed (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  const char *reason = fake_connection_get_close_reason (connection);
  g_autofree char *quoted = fake_json_quote (reason != NULL ? reason : "");
  g_autofree char *violation = fake_connection_take_violation (connection);
  g_autofree char *quoted_violation = violation != NULL ? fake_json_quote (violation) : g_strdup ("null");

  fake_program_print ("{\"event\":\"closed\",\"connection\":%u,\"code\":%u,\"reason\":%s,\"violation\":%s}",
                      fake_connection_get_number (connection), fake_connection_get_close_code (connection), quoted,
                      quoted_violation);
}

static gboolean
run_send (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_send_text (connection, args[0]);
  return connection != NULL;
}

static gboolean
run_send_binary (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_send_frame (connection, FAKE_FIN | FAKE_BINARY, args[0], strlen (args[0]));
  return connection != NULL;
}

static gboolean
run_flood (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);
  gsize length = (gsize) g_ascii_strtoull (args[1], NULL, 10);
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_strnfill (length, ' '), length);

  for (guint64 i = g_ascii_strtoull (args[0], NULL, 10); connection != NULL && i > 0; i--)
    fake_connection_send_bytes (connection, FAKE_TEXT, bytes);
  return connection != NULL;
}

static gboolean
run_ping (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_send_frame (connection, FAKE_FIN | FAKE_PING, NULL, 0);
  return connection != NULL;
}

static gboolean
run_close (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_close (connection, (guint) g_ascii_strtoull (args[0], NULL, 10), args[1]);
  return connection != NULL;
}

static gboolean
run_drop (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_drop (connection, FAKE_DROP_FIN);
  return connection != NULL;
}

static gboolean
run_reset (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_drop (connection, FAKE_DROP_RESET);
  return connection != NULL;
}

static gboolean
run_reading (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_set_reading (connection, fake_program_is_on (args[0]));
  return connection != NULL;
}

static gboolean
run_pongs (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_set_ignore_pings (connection, !fake_program_is_on (args[0]));
  return connection != NULL;
}

static gboolean
run_discard (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  if (connection != NULL)
    fake_connection_set_discard (connection, fake_program_is_on (args[0]));
  return connection != NULL;
}

static gboolean
run_count (FakeProgram *program, char **args)
{
  FakeConnection *connection = fake_peer_get_connection (program->peer);

  fake_program_print ("{\"event\":\"count\",\"open\":%u,\"total\":%u,\"messages\":%u,\"bytes\":%" G_GUINT64_FORMAT
                      ",\"pings\":%u,\"queued\":%" G_GSIZE_FORMAT "}",
                      fake_peer_get_n_open (program->peer), fake_peer_get_n_total (program->peer),
                      connection != NULL ? fake_connection_get_n_messages (connection) : 0,
                      connection != NULL ? fake_connection_get_n_bytes (connection) : 0,
                      connection != NULL ? fake_connection_get_n_pings (connection) : 0,
                      connection != NULL ? fake_connection_get_queued_bytes (connection) : 0);
  return TRUE;
}

static gboolean
run_refuse (FakeProgram *program, char **args)
{
  if (strcmp (args[0], "off") == 0)
    fake_peer_set_upgrade_mode (program->peer, FAKE_UPGRADE_ACCEPT);
  else
    fake_peer_refuse (program->peer, strcmp (args[0], "on") == 0 ? "503 Service Unavailable" : args[0], NULL, NULL);
  return TRUE;
}

static gboolean
run_listen (FakeProgram *program, char **args)
{
  if (fake_program_is_on (args[0]))
    return fake_peer_listen (program->peer, NULL);

  fake_peer_stop_listening (program->peer);
  return TRUE;
}

static gboolean
run_quit (FakeProgram *program, char **args)
{
  g_main_loop_quit (program->loop);
  return TRUE;
}

/* Those that act on a connection act on the newest that is open. */
static const FakeCommand common_commands[] = {
  { "send", "TEXT", run_send },
  { "send-binary", "TEXT", run_send_binary },
  { "flood", "COUNT BYTES", run_flood },
  { "ping", NULL, run_ping },
  { "close", "CODE REASON", run_close },
  { "drop", NULL, run_drop },
  { "reset", NULL, run_reset },
  { "reading", "on|off", run_reading },
  { "pongs", "on|off", run_pongs },
  { "discard", "on|off", run_discard },
  { "count", NULL, run_count },
  { "refuse", "on|off|STATUS", run_refuse },
  { "listen", "on|off", run_listen },
  { "quit", NULL, run_quit },
  { NULL, NULL, NULL },
};

static const FakeCommand *
find_command (const FakeCommand *commands, const char *name)
{
  for (; commands->name != NULL; commands++)
    {
      if (strcmp (commands->name, name) == 0)
        return commands;
    }

  return NULL;
}

/* As many words as the command has arguments, the last with the rest of the line; NULL if there are too few. */
static GStrv
split_args (const FakeCommand *command, const char *rest)
{
  g_auto (GStrv) names = g_strsplit (command->args != NULL ? command->args : "", " ", -1);
  guint n = g_strv_length (names);
  g_auto (GStrv) args = g_strsplit (rest, " ", (gint) MAX (n, 1));

  return n == 0 || (g_strv_length (args) == n && *args[0] != '\0') ? g_steal_pointer (&args) : NULL;
}

static void
fake_program_execute (FakeProgram *self, const char *line)
{
  g_auto (GStrv) words = g_strsplit (line, " ", 2);
  g_auto (GStrv) args = NULL;
  g_autofree char *quoted = fake_json_quote (line);
  const FakeCommand *command;

  if (words[0] == NULL || *words[0] == '\0')
    return;

  command = find_command (self->commands, words[0]);
  if (command == NULL)
    command = find_command (common_commands, words[0]);
  if (command != NULL)
    args = split_args (command, words[1] != NULL ? words[1] : "");
  if (args == NULL || !command->run (self, args))
    fake_program_print ("{\"event\":\"failed\",\"command\":%s}", quoted);
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FakeProgram *self = user_data;
  GDataInputStream *input = G_DATA_INPUT_STREAM (source);
  g_autofree char *line = g_data_input_stream_read_line_finish (input, result, NULL, NULL);

  if (line == NULL)
    {
      g_main_loop_quit (self->loop);
      return;
    }

  fake_program_execute (self, line);
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line, self);
}

/**
 * fake_program_run:
 * @self: a program whose peer and commands are set
 *
 * Serves until the end of standard input.
 *
 * Returns: the exit code
 */
int
fake_program_run (FakeProgram *self)
{
  g_autoptr (GInputStream) raw = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) input = g_data_input_stream_new (raw);

  self->loop = g_main_loop_new (NULL, FALSE);
  g_signal_connect (self->peer, "opened", G_CALLBACK (on_opened), NULL);
  g_signal_connect (self->peer, "message", G_CALLBACK (on_message), NULL);
  g_signal_connect (self->peer, "closed", G_CALLBACK (on_closed), NULL);
  fake_program_print ("{\"url\":\"%s\"}", fake_peer_get_url (self->peer));
  g_data_input_stream_read_line_async (input, G_PRIORITY_DEFAULT, NULL, on_line, self);
  g_main_loop_run (self->loop);

  g_signal_handlers_disconnect_by_func (self->peer, on_closed, NULL);
  g_clear_pointer (&self->loop, g_main_loop_unref);
  return 0;
}
