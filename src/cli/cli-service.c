/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-setup.h"

#include <glib/gi18n.h>

#include "cli/cli-bus.h"

#define UNIT "gangwayd.service"
#define SYSTEMD_NAME "org.freedesktop.systemd1"
/* A service that starts has to be loaded first. */
#define START_TIMEOUT_MS 25000
/* What a connection that could just be made takes at most, with a service that starts. */
#define CONNECT_WAIT_US (15 * G_USEC_PER_SEC)
#define LOOK_INTERVAL_US (50 * 1000)

static GVariant *
call_systemd (GDBusConnection *connection, const char *method, GVariant *parameters, const char *reply_type, GError **error)
{
  return g_dbus_connection_call_sync (connection, SYSTEMD_NAME, "/org/freedesktop/systemd1",
                                      "org.freedesktop.systemd1.Manager", method, parameters, G_VARIANT_TYPE (reply_type),
                                      G_DBUS_CALL_FLAGS_NO_AUTO_START, START_TIMEOUT_MS, NULL, error);
}

/**
 * cli_setup_dup_unit:
 * @self: a set-up with a session bus
 *
 * Returns: (transfer full) (nullable): `enabled`, `disabled`… as systemd calls the state of the service's unit; %NULL if
 * there is no such unit, or no systemd
 */
char *
cli_setup_dup_unit (CliSetup *self)
{
  g_autoptr (GVariant) reply = call_systemd (self->connection, "GetUnitFileState", g_variant_new ("(s)", UNIT), "(s)", NULL);
  char *state = NULL;

  if (reply != NULL)
    g_variant_get (reply, "(s)", &state);
  return state;
}

/* As `systemctl --user enable --now` does. */
static gboolean
enable_unit (GDBusConnection *connection, GError **error)
{
  const char *const units[] = { UNIT, NULL };
  g_autoptr (GVariant) enabled =
      call_systemd (connection, "EnableUnitFiles", g_variant_new ("(^asbb)", units, FALSE, FALSE), "(ba(sss))", error);
  g_autoptr (GVariant) reloaded = NULL;

  if (enabled == NULL)
    return FALSE;

  reloaded = call_systemd (connection, "Reload", NULL, "()", error);
  return reloaded != NULL;
}

static gboolean
start_unit (GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) reply = call_systemd (connection, "StartUnit", g_variant_new ("(ss)", UNIT, "replace"), "(o)", error);

  return reply != NULL;
}

static gboolean
activate (GDBusConnection *connection, GError **error)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "StartServiceByName", g_variant_new ("(su)", CLI_BUS_NAME, 0), G_VARIANT_TYPE ("(u)"),
                                   G_DBUS_CALL_FLAGS_NONE, START_TIMEOUT_MS, NULL, error);

  return reply != NULL;
}

/* With a unit the service comes back with each login, and runs under systemd's care; else the bus starts it. */
static gboolean
start (CliSetup *setup, GError **error)
{
  g_autofree char *unit_state = cli_setup_dup_unit (setup);

  if (g_strcmp0 (unit_state, "disabled") == 0)
    {
      if (!enable_unit (setup->connection, error))
        return FALSE;
      g_print ("%s\n", _ ("The service starts with your session from now on."));
    }
  if (setup->is_running)
    return TRUE;

  return unit_state != NULL ? start_unit (setup->connection, error) : activate (setup->connection, error);
}

/* The service notices a file that changed by itself, but not a key. */
static void
tell_running_service (CliSetup *setup, const char *account_id)
{
  g_autoptr (GVariant) reloaded =
      g_dbus_connection_call_sync (setup->connection, CLI_BUS_NAME, CLI_MANAGER_PATH, CLI_MANAGER_INTERFACE, "Reload", NULL,
                                   NULL, G_DBUS_CALL_FLAGS_NO_AUTO_START, START_TIMEOUT_MS, NULL, NULL);
  g_autoptr (GVariant) restarted = cli_bus_call_session (setup->connection, account_id, "Restart", "()", NULL);
}

/**
 * cli_setup_get_account:
 * @self: a set-up
 * @account_id: an account
 *
 * Returns: (transfer full) (nullable): its properties on the bus, an `a{sv}`; %NULL if no service runs that has it
 */
GVariant *
cli_setup_get_account (CliSetup *self, const char *account_id)
{
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) status = NULL;

  if (self->connection != NULL)
    reply = g_dbus_connection_call_sync (self->connection, CLI_BUS_NAME, CLI_MANAGER_PATH, CLI_MANAGER_INTERFACE,
                                         "GetStatus", NULL, G_VARIANT_TYPE ("(a{sa{sv}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START,
                                         START_TIMEOUT_MS, NULL, NULL);
  if (reply == NULL)
    return NULL;

  status = g_variant_get_child_value (reply, 0);
  return g_variant_lookup_value (status, account_id, G_VARIANT_TYPE_VARDICT);
}

/* Returns: since when the account is connected, in milliseconds since the epoch; 0 if it is not */
static guint64
get_connected_since (CliSetup *setup, const char *account_id)
{
  g_autoptr (GVariant) account = cli_setup_get_account (setup, account_id);
  guint64 since_ms = 0;

  if (account != NULL)
    g_variant_lookup (account, "ConnectedSince", "t", &since_ms);
  return since_ms;
}

/* @old_since_ms: of a connection that does not count, since it was made with what was there before */
static void
wait_for_connection (CliSetup *setup, const char *account_id, guint64 old_since_ms)
{
  gint64 deadline_us = g_get_monotonic_time () + CONNECT_WAIT_US;
  guint64 since_ms = get_connected_since (setup, account_id);

  while ((since_ms == 0 || since_ms == old_since_ms) && g_get_monotonic_time () < deadline_us)
    {
      g_usleep (LOOK_INTERVAL_US);
      since_ms = get_connected_since (setup, account_id);
    }

  if (since_ms != 0 && since_ms != old_since_ms)
    g_print (_ ("The service runs, and “%s” is connected.\n"), account_id);
  else
    g_print (_ ("The service runs, but “%s” is not connected yet; “gangway status” says why.\n"), account_id);
}

/**
 * cli_setup_start_service:
 * @self: a set-up, after it has changed something
 * @account_id: the account that was stored
 * @may_wait: whether to wait for the account to be connected
 *
 * Sees to it that the service runs with the new settings, and tells the user.
 */
void
cli_setup_start_service (CliSetup *self, const char *account_id, gboolean may_wait)
{
  guint64 old_since_ms = get_connected_since (self, account_id);
  g_autoptr (GError) error = NULL;

  if (self->connection == NULL)
    {
      g_print ("%s\n", _ ("There is no session bus here to start the service on. Start it with: gangwayd"));
      return;
    }

  if (!start (self, &error))
    {
      g_dbus_error_strip_remote_error (error);
      g_print (_ ("The service could not be started (%s). Start it with: gangwayd\n"), error->message);
      return;
    }

  if (self->is_running)
    tell_running_service (self, account_id);
  if (may_wait)
    wait_for_connection (self, account_id, old_since_ms);
  else
    g_print ("%s\n", _ ("The service runs; “gangway status” shows how it goes."));
}
