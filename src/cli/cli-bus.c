/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-bus.h"

#include <glib/gi18n.h>

#include "cli/cli-words.h"
#include "common/relay-error.h"

/* The service answers from memory: who does not within this time does not run properly. */
#define CALL_TIMEOUT_MS 5000

/**
 * cli_bus_report:
 * @error: what a call of the service ended with
 *
 * Tells the user, on standard error.
 *
 * Returns: what to exit with
 */
CliExit
cli_bus_report (const GError *error)
{
  g_autoptr (GError) plain = g_error_copy (error);
  g_autofree char *message = NULL;

  if (g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_SERVICE_UNKNOWN) ||
      g_error_matches (error, G_DBUS_ERROR, G_DBUS_ERROR_NAME_HAS_NO_OWNER))
    {
      g_printerr ("%s\n", _ ("gangway: the service is not running. Start it with: gangwayd"));
      return CLI_NOT_RUNNING;
    }

  g_dbus_error_strip_remote_error (plain);
  message = cli_words_dup_error (relay_error_code (error), plain->message);
  g_printerr (_ ("gangway: the service did not do it: %s\n"), message);
  return CLI_FAILED;
}

/**
 * cli_bus_connect:
 * @code: (out): what to exit with, if it fails
 *
 * Returns: (transfer full) (nullable): the session bus; %NULL, and the user was told, if there is none
 */
GDBusConnection *
cli_bus_connect (CliExit *code)
{
  g_autoptr (GError) error = NULL;
  GDBusConnection *connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, &error);

  if (connection == NULL)
    {
      g_printerr (_ ("gangway: cannot reach the session bus: %s\n"), error->message);
      *code = CLI_FAILED;
    }

  return connection;
}

static GVariant *
bus_call (GDBusConnection *connection, const char *path, const char *interface, const char *method, const char *reply_type,
          GError **error)
{
  return g_dbus_connection_call_sync (connection, CLI_BUS_NAME, path, interface, method, NULL, G_VARIANT_TYPE (reply_type),
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, CALL_TIMEOUT_MS, NULL, error);
}

/**
 * cli_bus_call_manager:
 * @connection: the session bus
 * @method: a method without parameters
 * @reply_type: the type of its answer
 * @code: (out): what to exit with, if it fails
 *
 * Calls the service, if it runs.
 *
 * Returns: (transfer full) (nullable): the answer; %NULL, and the user was told, if there is none
 */
GVariant *
cli_bus_call_manager (GDBusConnection *connection, const char *method, const char *reply_type, CliExit *code)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = bus_call (connection, CLI_MANAGER_PATH, CLI_MANAGER_INTERFACE, method, reply_type, &error);

  if (reply == NULL)
    *code = cli_bus_report (error);

  return reply;
}

/**
 * cli_bus_new_manager:
 * @connection: the session bus
 * @code: (out): what to exit with, if it fails
 *
 * Returns: (transfer full) (nullable): the service with its properties, as they change; %NULL, and the user was told, if it
 *   cannot be asked
 */
GDBusProxy *
cli_bus_new_manager (GDBusConnection *connection, CliExit *code)
{
  g_autoptr (GError) error = NULL;
  GDBusProxy *manager = g_dbus_proxy_new_sync (connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL, CLI_BUS_NAME,
                                               CLI_MANAGER_PATH, CLI_MANAGER_INTERFACE, NULL, &error);

  if (manager == NULL)
    *code = cli_bus_report (error);

  return manager;
}

/**
 * cli_bus_dup_string:
 * @manager: the service
 * @name: a property that holds a text
 *
 * Returns: (transfer full): its value; empty if the service, of another version, has none of that name
 */
char *
cli_bus_dup_string (GDBusProxy *manager, const char *name)
{
  g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (manager, name);

  return g_strdup (value != NULL ? g_variant_get_string (value, NULL) : "");
}

/**
 * cli_bus_call_session:
 * @connection: the session bus
 * @account_id: an account
 * @method: a method without parameters
 * @reply_type: the type of its answer
 * @error: for %G_DBUS_ERROR and %RELAY_ERROR
 *
 * Calls one account's session, if the service runs.
 *
 * Returns: (transfer full): the answer
 */
GVariant *
cli_bus_call_session (GDBusConnection *connection, const char *account_id, const char *method, const char *reply_type,
                      GError **error)
{
  g_autofree char *name = g_dbus_escape_object_path (account_id);
  g_autofree char *path = g_strconcat (CLI_MANAGER_PATH "/session/", name, NULL);

  return bus_call (connection, path, CLI_SESSION_INTERFACE, method, reply_type, error);
}

/**
 * cli_no_account:
 * @account_id: what was asked for
 * @status: the accounts that there are, as `GetStatus` gives them
 *
 * Tells the user that there is no such account, and which there are.
 *
 * Returns: what to exit with
 */
CliExit
cli_no_account (const char *account_id, GVariant *status)
{
  g_autoptr (GString) known = g_string_new (NULL);
  GVariantIter iter;
  const char *id;

  g_variant_iter_init (&iter, status);
  while (g_variant_iter_next (&iter, "{&s@a{sv}}", &id, NULL))
    g_string_append_printf (known, "%s%s", known->len > 0 ? ", " : "", id);

  if (known->len > 0)
    g_printerr (_ ("gangway: there is no account “%s”, only: %s\n"), account_id, known->str);
  else
    g_printerr (_ ("gangway: there is no account “%s”, nor any other; “gangway status” says how to set one up\n"),
                account_id);

  return CLI_NO_ACCOUNT;
}

/**
 * cli_bus_list_accounts:
 * @connection: the session bus
 * @account_id: (nullable): the one that is meant, or %NULL for all
 * @code: (out): what to exit with, if it fails
 *
 * Returns: (transfer full) (nullable): the ids of the accounts that are meant; %NULL, and the user was told, if the service
 *   does not run or does not know the account
 */
GStrv
cli_bus_list_accounts (GDBusConnection *connection, const char *account_id, CliExit *code)
{
  g_autoptr (GVariant) reply = cli_bus_call_manager (connection, "GetStatus", "(a{sa{sv}})", code);
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) accounts = NULL;
  GVariantIter iter;
  const char *id;

  if (reply == NULL)
    return NULL;

  status = g_variant_get_child_value (reply, 0);
  g_variant_iter_init (&iter, status);
  while (g_variant_iter_next (&iter, "{&s@a{sv}}", &id, NULL))
    {
      if (account_id == NULL || g_str_equal (id, account_id))
        g_strv_builder_add (builder, id);
    }

  accounts = g_strv_builder_end (builder);
  if (account_id != NULL && accounts[0] == NULL)
    {
      *code = cli_no_account (account_id, status);
      return NULL;
    }

  return g_steal_pointer (&accounts);
}
