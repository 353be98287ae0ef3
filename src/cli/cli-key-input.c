/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-key-input.h"

#include <errno.h>
#include <glib/gi18n.h>
#include <poll.h>
#include <signal.h>
#include <string.h>
#include <termios.h>
#include <unistd.h>

#include "settings/relay-file.h"
#include "settings/relay-secrets.h"

#define MAX_KEY_BYTES (16 * 1024)

/* What ends the program, and must not while the terminal does not echo. */
static const int ending_signals[] = { SIGHUP, SIGINT, SIGQUIT, SIGTERM };
static volatile sig_atomic_t caught_signal;

static void
on_signal (int number)
{
  caught_signal = number;
}

/* How signals are dealt with while a key is asked for, and were before. */
typedef struct {
  struct sigaction actions[G_N_ELEMENTS (ending_signals)];
  sigset_t mask;
} Signals;

/* Holds them back but for the wait, so that none comes between a look at what was caught and the wait. */
static void
catch_signals (Signals *old)
{
  struct sigaction action = { .sa_handler = on_signal };
  sigset_t held;

  caught_signal = 0;
  sigemptyset (&action.sa_mask);
  sigemptyset (&held);
  for (gsize i = 0; i < G_N_ELEMENTS (ending_signals); i++)
    sigaddset (&held, ending_signals[i]);
  sigprocmask (SIG_BLOCK, &held, &old->mask);
  for (gsize i = 0; i < G_N_ELEMENTS (ending_signals); i++)
    sigaction (ending_signals[i], &action, &old->actions[i]);
}

/* A signal that came meanwhile does now what it does. */
static void
release_signals (const Signals *old)
{
  for (gsize i = 0; i < G_N_ELEMENTS (ending_signals); i++)
    sigaction (ending_signals[i], &old->actions[i], NULL);
  if (caught_signal != 0)
    raise (caught_signal);
  sigprocmask (SIG_SETMASK, &old->mask, NULL);
}

/* Asks for a line that is not shown: not even what is typed ahead of the question. Whatever happens, the terminal echoes
 * afterwards. */
static gssize
ask_hidden (const char *question, char *buffer, gsize size)
{
  struct pollfd input = { .fd = STDIN_FILENO, .events = POLLIN };
  struct termios shown, hidden;
  Signals old;
  gssize length = -1;
  int errsv;

  if (tcgetattr (STDIN_FILENO, &shown) != 0)
    return -1;

  catch_signals (&old);
  hidden = shown;
  hidden.c_lflag &= ~(tcflag_t) (ECHO | ECHOE | ECHOK | ECHONL);
  hidden.c_cc[VSUSP] = _POSIX_VDISABLE;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &hidden);
  g_printerr ("%s", question);
  if (ppoll (&input, 1, NULL, &old.mask) > 0)
    length = read (STDIN_FILENO, buffer, size);
  errsv = errno;
  tcsetattr (STDIN_FILENO, TCSAFLUSH, &shown);
  g_printerr ("\n");
  release_signals (&old);

  errno = errsv;
  return length;
}

static char *
parse (const char *text, gsize length, const char *label)
{
  g_autoptr (GError) error = NULL;
  char *key = relay_secrets_parse_key (text, length, label, &error);

  if (error != NULL)
    g_printerr ("gangway: %s\n", error->message);
  else if (key == NULL)
    g_printerr ("gangway: %s\n", _ ("no key was given"));

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
  key = parse (buffer, (gsize) length, _ ("what was entered"));
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

  return parse (text->str, text->len, _ ("standard input"));
}

static char *
read_file (const char *filename)
{
  g_autoptr (GError) error = NULL;
  struct stat info;
  g_autoptr (GString) text = relay_file_read (filename, filename, MAX_KEY_BYTES, &info, &error);

  if (text == NULL)
    {
      g_printerr ("gangway: %s\n", error->message);
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
