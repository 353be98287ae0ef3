/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <stdio.h>
#include <string.h>

#include "common/relay-error.h"

const CliCommand cli_commands[] = {
  { "status", "[ACCOUNT] [--json] [--watch]", N_ ("Show what is connected, what is not, and what to do about it"),
    N_ ("\n"
        "  --watch  show changes as they happen, until the service ends\n"
        "  --json   one object with the bus properties of every account, for programs;\n"
        "           with --watch one object per line and change, without the counters"),
    cli_run_status },
  { "reconnect", "[ACCOUNT]", N_ ("Try again at once instead of waiting for the next attempt"),
    N_ ("Accounts that do not wait are left alone."), cli_run_reconnect },
  { "restart", "[ACCOUNT]", N_ ("Drop the connection and connect again"),
    N_ ("Accounts that are disabled in gangway.conf are left alone."), cli_run_restart },
  { "start", "[ACCOUNT]", N_ ("Connect an account that was stopped, or that is disabled in gangway.conf"),
    N_ ("A disabled account runs until the service ends."), cli_run_start },
  { "stop", "[ACCOUNT]", N_ ("Disconnect until the next start, or until the service is started again"), NULL, cli_run_stop },
  { "pair", "URL [--account NAME] [--key-file FILE|-]",
    N_ ("Connect to a platform from now on, with the key that it gave you"),
    N_ ("Asks for the key, tries the connection, and saves the account only if it works. The key goes into your keyring, "
        "or\n"
        "where there is none into a file that only you can read; it is sent to this address and to no other.\n"
        "\n"
        "  --account NAME   the account's name in gangway.conf: a new one, or one to be paired again\n"
        "  --key-file FILE  read the key from a file, or with - from standard input"),
    cli_run_pair },
  { "unpair", "[ACCOUNT]", N_ ("Remove an account and its key"), N_ ("ACCOUNT can be left out if there is only one."),
    cli_run_unpair },
  { "import", "", N_ ("Take over the platform of a plugin from OpenClaw's configuration"),
    N_ ("Takes address and key from channels.platform and channels.sideclaw. OpenClaw's configuration is not changed."),
    cli_run_import },
  { "doctor", "[--json]", N_ ("Find out what is in the way of a connection"),
    N_ ("Looks at settings, keys, both sides, and what runs the service; the first that failed is the cause. A connection "
        "that "
        "stands is not disturbed.\n"
        "\n"
        "  --json   an array of findings, for programs"),
    cli_run_doctor },
  { "audit", "[ACCOUNT] [--since WHEN] [--json]", N_ ("Show what platforms did: requests, denials, connections"),
    N_ ("WHEN is 45s, 30m, 2h, 3d or 1w ago, today, yesterday, a date or a time: 2026-11-23, 2026-11-23T14:00, "
        "2026-11-23T14:00:00Z. With --json the lines of the file are shown as they are. Works without the service."),
    cli_run_audit },
  { "help", "[COMMAND]", N_ ("Show how a command is used"), NULL, cli_run_help },
  { NULL, NULL, NULL, NULL, NULL },
};

/**
 * cli_find_command:
 * @name: what was typed
 *
 * Returns: (nullable): the command of that name
 */
const CliCommand *
cli_find_command (const char *name)
{
  for (const CliCommand *command = cli_commands; command->name != NULL; command++)
    {
      if (g_str_equal (command->name, name))
        return command;
    }

  return NULL;
}

/**
 * cli_parse:
 * @name: the command's name
 * @entries: the command's options
 * @argc: (inout): as the command got it; what is left of it
 * @argv: (inout): likewise
 * @max_arguments: how many arguments may be left, without the name
 *
 * Reads a command's options, and says what is wrong with them.
 *
 * Returns: %FALSE if the command was used wrongly
 */
gboolean
cli_parse (const char *name, const GOptionEntry *entries, int *argc, char ***argv, int max_arguments)
{
  const CliCommand *command = cli_find_command (name);
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;

  g_option_context_set_help_enabled (context, FALSE);
  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  if (!g_option_context_parse (context, argc, argv, &error))
    {
      g_printerr (_ ("gangway %s: %s; usage: gangway %s %s\n"), name, error->message, name, command->arguments);
      return FALSE;
    }
  if (*argc - 1 > max_arguments)
    {
      g_printerr (_ ("gangway %s: too many arguments; usage: gangway %s %s\n"), name, name, command->arguments);
      return FALSE;
    }

  return TRUE;
}

/* `gangway status --help` is as good as `gangway help status`. */
static gboolean
asks_for_help (char **argv)
{
  return g_strv_contains ((const char *const *) argv, "--help") || g_strv_contains ((const char *const *) argv, "-h");
}

/* Text for a locale that may lack a character, such as a quotation mark or the space in “9.7 kB”: then with what looks
 * like it, where GLib by itself has only `?`. */
static char *
dup_in_charset (const char *text, const char *charset)
{
  g_autofree char *valid = g_utf8_make_valid (text, -1);
  char *converted = g_convert (valid, -1, charset, "UTF-8", NULL, NULL, NULL);

  return converted != NULL ? converted : g_str_to_ascii (valid, NULL);
}

static void
print_in_locale (FILE *stream, const char *text)
{
  g_autofree char *converted = NULL;
  const char *charset;

  if (!g_get_console_charset (&charset))
    converted = dup_in_charset (text, charset);
  fputs (converted != NULL ? converted : text, stream);
  fflush (stream);
}

static void
print_output (const char *text)
{
  print_in_locale (stdout, text);
}

static void
print_error (const char *text)
{
  print_in_locale (stderr, text);
}

int
main (int argc, char *argv[])
{
  const CliCommand *command;

  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);
  g_set_print_handler (print_output);
  g_set_printerr_handler (print_error);
  relay_error_register_for_dbus ();

  if (argc < 2)
    {
      cli_print_usage ();
      return CLI_USAGE;
    }
  if (g_str_equal (argv[1], "--version"))
    {
      g_print ("gangway %s\n", PACKAGE_VERSION);
      return CLI_DONE;
    }
  if (g_str_equal (argv[1], "--help") || g_str_equal (argv[1], "-h"))
    argv[1] = (char *) "help";

  command = cli_find_command (argv[1]);
  if (command == NULL)
    {
      g_printerr (_ ("gangway: there is no command “%s”; “gangway help” lists them\n"), argv[1]);
      return CLI_USAGE;
    }

  if (asks_for_help (argv + 2))
    {
      cli_print_help (command);
      return CLI_DONE;
    }

  return (int) command->run (argc - 1, argv + 1);
}
