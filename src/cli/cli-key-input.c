/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-key-input.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "settings/relay-file.h"
#include "settings/relay-secrets.h"

#define MAX_KEY_BYTES (16 * 1024)

/* A question on the terminal. */
typedef struct {
  gboolean is_readable; /* there is an answer */
  int signal;           /* that wants to end the program, 0 for none */
} Question;

static gboolean
on_readable (int fd, GIOCondition condition, gpointer user_data)
{
  Question *self = user_data;

  self->is_readable = TRUE;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_interrupt (gpointer user_data)
{
  ((Question *) user_data)->signal = SIGINT;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_terminate (gpointer user_data)
{
  ((Question *) user_data)->signal = SIGTERM;
  return G_SOURCE_CONTINUE;
}

static gboolean
on_hangup (gpointer user_data)
{
  ((Question *) user_data)->signal = SIGHUP;
  return G_SOURCE_CONTINUE;
}

/* A line is not shown, not even what is typed ahead of the question, and what would end the program from the keyboard does
 * not do so before the terminal echoes again. */
static void
hide (const struct termios *shown)
{
  struct termios hidden = *shown;

  hidden.c_lflag &= ~(tcflag_t) (ECHO | ECHOE | ECHOK | ECHONL);
  hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
  hidden.c_cc[VQUIT] = _POSIX_VDISABLE;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
}

/* Whatever happens, the terminal echoes afterwards. */
static gssize
ask_hidden (const char *question, char *buffer, gsize size)
{
  Question self = { 0 };
  struct termios shown;
  gssize length = -1;
  int errsv = ENOTTY;
  guint sources[] = {
    g_unix_signal_add (SIGINT, on_interrupt, &self),
    g_unix_signal_add (SIGTERM, on_terminate, &self),
    g_unix_signal_add (SIGHUP, on_hangup, &self),
    g_unix_fd_add (STDIN_FILENO, G_IO_IN | G_IO_HUP | G_IO_ERR, on_readable, &self),
  };

  if (tcgetattr (STDIN_FILENO, &shown) == 0)
    {
      hide (&shown);
      g_printerr ("%s", question);
      while (!self.is_readable && self.signal == 0)
        g_main_context_iteration (NULL, TRUE);
      if (self.signal == 0)
        length = read (STDIN_FILENO, buffer, size);
      errsv = errno;
      tcsetattr (STDIN_FILENO, TCSAFLUSH, &shown);
      g_printerr ("\n");
    }

  for (gsize i = 0; i < G_N_ELEMENTS (sources); i++)
    g_source_remove (sources[i]);
  if (self.signal != 0)
    raise (self.signal);

  errno = errsv;
  return length;
}

static char *
parse (const char *text, gsize length, const char *label)
{
  g_autoptr (GError) error = NULL;
  char *key = relay_secrets_parse_key (text, length, label, &error);

  if (error != NULL)
    g_printerr (_ ("gangway: the key cannot be used: %s\n"), error->message);
  else if (key == NULL)
    g_printerr ("%s\n", _ ("gangway: no key was given"));

  return key;
}

static char *
read_terminal (void)
{
  char buffer[MAX_KEY_BYTES + 1];
  gssize length;
  char *key;

  length = ask_hidden (_ ("Key that the platform gave you (it is not shown): "), buffer, sizeof buffer - 1);
  if (length < 0)
    {
      g_printerr (_ ("gangway: the key cannot be read: %s\n"), g_strerror (errno));
      return NULL;
    }

  buffer[length] = '\0';
  key = parse (buffer, (gsize) length, "what was entered");
  explicit_bzero (buffer, sizeof buffer);
  return key;
}

static char *
read_standard_input (void)
{
  g_autoptr (GString) text = relay_file_read_all (STDIN_FILENO, MAX_KEY_BYTES);

  if (text == NULL)
    {
      g_printerr (_ ("gangway: the key cannot be read: %s\n"), g_strerror (errno));
      return NULL;
    }

  return parse (text->str, text->len, "standard input");
}

static char *
read_file (const char *filename)
{
  g_autoptr (GError) error = NULL;
  struct stat info;
  g_autoptr (GString) text = relay_file_read (filename, filename, MAX_KEY_BYTES, &info, &error);

  if (text == NULL)
    {
      g_printerr (_ ("gangway: the key cannot be read: %s\n"), error->message);
      return NULL;
    }

  return parse (text->str, text->len, filename);
}

/**
 * cli_key_input_read:
 * @key_file: (nullable): the file that holds the key, `-` for standard input; %NULL to ask on the terminal
 * @code: (out): what to exit with, if it fails
 *
 * Gets the platform's key from the user, never as an argument, which every process could see.
 *
 * Returns: (transfer full) (nullable): the key; %NULL, and the user was told, if there is none
 */
char *
cli_key_input_read (const char *key_file, CliExit *code)
{
  gboolean is_terminal = isatty (STDIN_FILENO);
  char *key;

  if (key_file == NULL && !is_terminal)
    {
      g_printerr ("%s\n", _ ("gangway: there is no terminal to ask for the key on; use --key-file FILE, or --key-file - to "
                             "read it from standard input"));
      *code = CLI_USAGE;
      return NULL;
    }

  if (key_file != NULL && !g_str_equal (key_file, "-"))
    key = read_file (key_file);
  else
    key = is_terminal ? read_terminal () : read_standard_input ();

  if (key == NULL)
    *code = CLI_FAILED;
  return key;
}
