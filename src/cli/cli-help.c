/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli.h"

#include <glib/gi18n.h>
#include <string.h>

#define ARGUMENTS_WIDTH 34

/**
 * cli_print_usage:
 *
 * Lists all commands on standard output.
 */
void
cli_print_usage (void)
{
  g_print ("%s\n\n", _ ("Usage: gangway COMMAND [ARGUMENTS]"));
  for (const CliCommand *command = cli_commands; command->name != NULL; command++)
    {
      gboolean fits = strlen (command->arguments) <= ARGUMENTS_WIDTH;

      g_print ("  %-10s %-*s", command->name, ARGUMENTS_WIDTH, command->arguments);
      if (!fits)
        g_print ("\n  %-10s %-*s", "", ARGUMENTS_WIDTH, "");
      g_print (" %s\n", _ (command->summary));
    }
  g_print ("\n%s\n", _ ("“gangway --version” shows the version. Without ACCOUNT, all accounts are meant."));
}

/**
 * cli_print_help:
 * @command: a command
 *
 * Shows on standard output how it is used.
 */
void
cli_print_help (const CliCommand *command)
{
  g_print (_ ("Usage: gangway %s %s\n\n%s.\n"), command->name, command->arguments, _ (command->summary));
  if (command->details != NULL)
    g_print ("%s\n", _ (command->details));
}

/**
 * cli_run_help:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Shows how one command is used, or all.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_help (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  const CliCommand *command;

  if (!cli_parse ("help", entries, &argc, &argv, 1))
    return CLI_USAGE;
  if (argc < 2)
    {
      cli_print_usage ();
      return CLI_DONE;
    }

  command = cli_find_command (argv[1]);
  if (command == NULL)
    {
      g_printerr (_ ("gangway: there is no command “%s”; “gangway help” lists them\n"), argv[1]);
      return CLI_USAGE;
    }

  cli_print_help (command);
  return CLI_DONE;
}
