/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli.h"

#include "cli/cli-bus.h"
#include "cli/cli-render.h"
#include "cli/cli-watch.h"

/* The accounts that are meant: all of @status, or an `a{sa{sv}}` of one; NULL, and the user was told, if it is not there. */
static GVariant *
select_accounts (GVariant *status, const char *account_id)
{
  GVariantBuilder builder;
  g_autoptr (GVariant) properties = NULL;

  if (account_id == NULL)
    return g_variant_ref (status);

  properties = g_variant_lookup_value (status, account_id, G_VARIANT_TYPE_VARDICT);
  if (properties == NULL)
    return NULL;

  g_variant_builder_init (&builder, G_VARIANT_TYPE ("a{sa{sv}}"));
  g_variant_builder_add (&builder, "{s@a{sv}}", account_id, properties);
  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static void
print_text (GDBusProxy *manager, GVariant *accounts)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *file = cli_bus_dup_string (manager, "ConfigFile");
  g_autofree char *problem = cli_bus_dup_string (manager, "ConfigProblem");
  gint64 now_ms = g_get_real_time () / 1000;
  CliStyle style = cli_render_style ();
  GVariantIter iter;
  GVariant *properties;

  if (*problem != '\0')
    cli_render_problem (out, file, problem);

  g_variant_iter_init (&iter, accounts);
  while (g_variant_iter_next (&iter, "{&s@a{sv}}", NULL, &properties))
    {
      cli_render_account (out, properties, now_ms, style);
      g_variant_unref (properties);
    }

  if (g_variant_n_children (accounts) == 0)
    cli_render_no_accounts (out, file);
  g_print ("%s", out->str);
}

static CliExit
show_status (GDBusConnection *connection, const char *account_id, gboolean as_json)
{
  CliExit code = CLI_DONE;
  g_autoptr (GVariant) reply = cli_bus_call_manager (connection, "GetStatus", "(a{sa{sv}})", &code);
  g_autoptr (GDBusProxy) manager = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GVariant) accounts = NULL;

  if (reply == NULL)
    return code;
  manager = cli_bus_new_manager (connection, &code);
  if (manager == NULL)
    return code;

  status = g_variant_get_child_value (reply, 0);
  accounts = select_accounts (status, account_id);
  if (accounts == NULL)
    return cli_no_account (account_id, status);

  if (as_json)
    {
      g_autofree char *text = cli_render_dup_json (accounts, TRUE);

      g_print ("%s\n", text);
    }
  else
    print_text (manager, accounts);
  return CLI_DONE;
}

/**
 * cli_run_status:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway status`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_status (int argc, char **argv)
{
  gboolean as_json = FALSE;
  gboolean watch = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, NULL, NULL },
    { "watch", 0, 0, G_OPTION_ARG_NONE, &watch, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GDBusConnection) connection = NULL;
  CliExit code = CLI_DONE;

  if (!cli_parse ("status", entries, &argc, &argv, 1))
    return CLI_USAGE;
  connection = cli_bus_connect (&code);
  if (connection == NULL)
    return code;

  return watch ? cli_watch (connection, argv[1], as_json) : show_status (connection, argv[1], as_json);
}
