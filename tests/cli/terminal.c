/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "terminal.h"

#include <gio/gunixinputstream.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

/**
 * terminal_start:
 * @self: what to fill
 * @fixture: whose environment the program gets
 * @argv: a program and its arguments
 *
 * Starts a program on a new terminal.
 */
void
terminal_start (Terminal *self, ServiceFixture *fixture, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (fixture, G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  int theirs;

  g_assert_cmpint (openpty (&self->fd, &theirs, NULL, NULL, NULL), ==, 0);
  g_subprocess_launcher_take_stdin_fd (launcher, dup (theirs));
  g_subprocess_launcher_take_stderr_fd (launcher, dup (theirs));
  g_subprocess_launcher_take_stdout_fd (launcher, theirs);
  g_subprocess_launcher_setenv (launcher, "TERM", "xterm", TRUE);
  g_subprocess_launcher_unsetenv (launcher, "NO_COLOR");
  self->subprocess = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  self->text = g_string_new (NULL);
  self->everything = g_string_new (NULL);
  self->screen = g_unix_input_stream_new (self->fd, TRUE);
}

static void
on_screen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GBytes **bytes = user_data;

  *bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
}

/**
 * terminal_expect:
 * @self: a terminal
 * @part: what the program will write
 *
 * Waits until it was written, and forgets what came before its end.
 */
void
terminal_expect (Terminal *self, const char *part)
{
  const char *found;

  while ((found = strstr (self->text->str, part)) == NULL)
    {
      g_autoptr (GBytes) bytes = NULL;

      g_input_stream_read_bytes_async (self->screen, 4096, G_PRIORITY_DEFAULT, NULL, on_screen, &bytes);
      fake_wait_until (bytes != NULL);
      g_string_append_len (self->text, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
      g_string_append_len (self->everything, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
    }

  g_string_erase (self->text, 0, found - self->text->str + (gssize) strlen (part));
}

/**
 * terminal_type:
 * @self: a terminal
 * @keys: what the user types
 *
 * Types.
 */
void
terminal_type (Terminal *self, const char *keys)
{
  g_assert_cmpint (write (self->fd, keys, strlen (keys)), ==, strlen (keys));
}

/**
 * terminal_echoes:
 * @self: a terminal
 *
 * Returns: whether it shows what is typed
 */
gboolean
terminal_echoes (Terminal *self)
{
  struct termios settings;

  g_assert_cmpint (tcgetattr (self->fd, &settings), ==, 0);
  return (settings.c_lflag & ECHO) != 0;
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *ended = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  *ended = TRUE;
}

static void
wait_for_end (Terminal *self)
{
  gboolean ended = FALSE;

  g_subprocess_wait_async (self->subprocess, NULL, on_ended, &ended);
  fake_wait_until (ended);
}

/**
 * terminal_signal:
 * @self: a terminal
 * @number: a signal that ends the program
 *
 * Sends it, and waits for the end.
 *
 * Returns: the signal that has ended the program; 0 if it ended otherwise
 */
int
terminal_signal (Terminal *self, int number)
{
  g_subprocess_send_signal (self->subprocess, number);
  wait_for_end (self);
  return g_subprocess_get_if_signaled (self->subprocess) ? g_subprocess_get_term_sig (self->subprocess) : 0;
}

/**
 * terminal_end:
 * @self: a terminal
 *
 * Ends the program, if it runs, and frees what @self holds.
 */
void
terminal_end (Terminal *self)
{
  g_subprocess_force_exit (self->subprocess);
  wait_for_end (self);
  g_clear_object (&self->subprocess);
  g_clear_object (&self->screen);
  g_string_free (self->text, TRUE);
  g_string_free (self->everything, TRUE);
}
