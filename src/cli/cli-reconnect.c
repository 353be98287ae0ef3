/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-bus.h"

#include <glib/gi18n.h>

static CliExit
reconnect_all (GDBusConnection *connection)
{
  CliExit code = CLI_DONE;
  g_autoptr (GVariant) reply = cli_bus_call_manager (connection, "Reconnect", "(u)", &code);
  guint32 n_skipped;

  if (reply == NULL)
    return code;

  g_variant_get (reply, "(u)", &n_skipped);
  if (n_skipped == 0)
    g_print ("%s\n", _ ("No account was waiting to try again."));
  else
    g_print (g_dngettext (GETTEXT_PACKAGE, "%u account is connecting now.\n", "%u accounts are connecting now.\n",
                          n_skipped),
             n_skipped);
  return CLI_DONE;
}

static CliExit
reconnect_account (GDBusConnection *connection, const char *account_id)
{
  CliExit code = CLI_DONE;
  g_auto (GStrv) accounts = cli_bus_list_accounts (connection, account_id, &code);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;
  gboolean triggered;

  if (accounts == NULL)
    return code;
  reply = cli_bus_call_session (connection, account_id, "Reconnect", "(b)", &error);
  if (reply == NULL)
    return cli_bus_report (error);

  g_variant_get (reply, "(b)", &triggered);
  g_print ("%s: %s\n", account_id, triggered ? _ ("connecting now") : _ ("was not waiting to try again"));
  return CLI_DONE;
}

/**
 * cli_run_reconnect:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway reconnect`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_reconnect (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_autoptr (GDBusConnection) connection = NULL;
  CliExit code = CLI_DONE;

  if (!cli_parse ("reconnect", entries, &argc, &argv, 1))
    return CLI_USAGE;
  connection = cli_bus_connect (&code);
  if (connection == NULL)
    return code;

  return argv[1] == NULL ? reconnect_all (connection) : reconnect_account (connection, argv[1]);
}
