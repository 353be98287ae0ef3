/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-doctor.h"

#include <glib/gi18n.h>

#include "cli/cli-bus.h"

#define LOGIND_NAME "org.freedesktop.login1"
#define CALL_TIMEOUT_MS 5000

static void
check_running (CliDoctor *self)
{
  if (self->setup.connection == NULL)
    cli_doctor_add (self, "service", NULL, CLI_VERDICT_SKIPPED, NULL, "%s",
                    _ ("there is no session bus here to see the service on"));
  else if (self->setup.is_running)
    cli_doctor_add (self, "service", NULL, CLI_VERDICT_OK, NULL, "%s", _ ("it runs"));
  else
    cli_doctor_add (self, "service", NULL, CLI_VERDICT_FAILED, _ ("Start it: systemctl --user start gangwayd"), "%s",
                    _ ("it does not run"));
}

static gboolean
has_systemd (GDBusConnection *connection)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "NameHasOwner", g_variant_new ("(s)", "org.freedesktop.systemd1"), G_VARIANT_TYPE ("(b)"),
                                   G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL, NULL);
  gboolean has_owner = FALSE;

  if (reply != NULL)
    g_variant_get (reply, "(b)", &has_owner);
  return has_owner;
}

static void
check_unit (CliDoctor *self)
{
  g_autofree char *state = NULL;

  if (self->setup.connection == NULL || !has_systemd (self->setup.connection))
    {
      cli_doctor_add (self, "unit", NULL, CLI_VERDICT_SKIPPED, NULL, "%s", _ ("the user has no systemd here"));
      return;
    }

  state = cli_setup_dup_unit (&self->setup);
  if (state == NULL)
    cli_doctor_add (self, "unit", NULL, CLI_VERDICT_FAILED,
                    _ ("Install Gangway's unit for systemd, gangwayd.service, as the README says."), "%s",
                    _ ("systemd has no gangwayd.service, so the service does not start with your session"));
  else if (g_str_equal (state, "disabled"))
    cli_doctor_add (self, "unit", NULL, CLI_VERDICT_WARNING, _ ("Run: systemctl --user enable --now gangwayd"), "%s",
                    _ ("gangwayd.service is disabled: the service does not start with your session"));
  else if (g_str_equal (state, "masked"))
    cli_doctor_add (self, "unit", NULL, CLI_VERDICT_FAILED, _ ("Run: systemctl --user unmask gangwayd"), "%s",
                    _ ("gangwayd.service is masked: the service cannot be started"));
  else
    cli_doctor_add (self, "unit", NULL, CLI_VERDICT_OK, NULL, "%s", _ ("gangwayd.service is enabled"));
}

/* Returns: (transfer full) (nullable): what logind says; %NULL where there is none */
static GVariant *
get_linger (void)
{
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SYSTEM, NULL, NULL);
  g_autoptr (GVariant) reply = NULL;
  GVariant *value;

  if (connection == NULL)
    return NULL;

  reply = g_dbus_connection_call_sync (connection, LOGIND_NAME, "/org/freedesktop/login1/user/self",
                                       "org.freedesktop.DBus.Properties", "Get",
                                       g_variant_new ("(ss)", "org.freedesktop.login1.User", "Linger"),
                                       G_VARIANT_TYPE ("(v)"), G_DBUS_CALL_FLAGS_NONE, CALL_TIMEOUT_MS, NULL, NULL);
  if (reply == NULL)
    return NULL;

  g_variant_get (reply, "(v)", &value);
  return value;
}

static void
check_linger (CliDoctor *self)
{
  g_autoptr (GVariant) linger = get_linger ();

  if (linger == NULL || !g_variant_is_of_type (linger, G_VARIANT_TYPE_BOOLEAN))
    cli_doctor_add (self, "linger", NULL, CLI_VERDICT_SKIPPED, NULL, "%s", _ ("logind does not say"));
  else if (g_variant_get_boolean (linger))
    cli_doctor_add (self, "linger", NULL, CLI_VERDICT_OK, NULL, "%s", _ ("the service runs from the computer's start on"));
  else
    cli_doctor_add (self, "linger", NULL, CLI_VERDICT_WARNING,
                    _ ("If that is not what you want, run: loginctl enable-linger"), "%s",
                    _ ("linger is off: the service runs only while you are logged in"));
}

/**
 * cli_doctor_check_service:
 * @self: an examination
 *
 * Looks at what runs the service, now and after the next start of the computer.
 */
void
cli_doctor_check_service (CliDoctor *self)
{
  check_running (self);
  check_unit (self);
  check_linger (self);
}
