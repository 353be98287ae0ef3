/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-control.h"

#include <glib/gi18n.h>

#include "cli/cli-bus.h"
#include "common/relay-error.h"

static CliExit
control_account (GDBusConnection *connection, const char *account_id, const char *method, const char *done, gboolean all)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = cli_bus_call_session (connection, account_id, method, "()", &error);

  if (reply != NULL)
    {
      g_print ("%s: %s\n", account_id, done);
      return CLI_DONE;
    }

  /* To leave out a disabled account is what is wanted when all are meant. */
  if (all && g_error_matches (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE))
    {
      g_print (_ ("%s: disabled in gangway.conf, left alone\n"), account_id);
      return CLI_DONE;
    }

  return cli_bus_report (error);
}

/**
 * cli_control:
 * @name: the command's name
 * @method: the method of `dev.gangway.Relay1.Session` that does it
 * @done: what to say of an account after it was done, translated
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Calls a method that answers nothing, on one account or on all.
 *
 * Returns: what to exit with
 */
CliExit
cli_control (const char *name, const char *method, const char *done, int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_autoptr (GDBusConnection) connection = NULL;
  g_auto (GStrv) accounts = NULL;
  CliExit code = CLI_DONE;

  if (!cli_parse (name, entries, &argc, &argv, 1))
    return CLI_USAGE;
  connection = cli_bus_connect (&code);
  if (connection == NULL)
    return code;
  accounts = cli_bus_list_accounts (connection, argv[1], &code);
  if (accounts == NULL)
    return code;

  if (accounts[0] == NULL)
    g_print ("%s\n", _ ("No account is set up; “gangway status” says how to set one up."));
  for (char **account_id = accounts; *account_id != NULL; account_id++)
    {
      CliExit account_code = control_account (connection, *account_id, method, done, argv[1] == NULL);

      code = MAX (code, account_code);
    }

  return code;
}
