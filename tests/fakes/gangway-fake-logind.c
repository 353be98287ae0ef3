/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <gio/gio.h>
#include <gio/gunixinputstream.h>
#include <stdio.h>
#include <unistd.h>

/*
 * logind, as far as the relay can see it: `gangway-fake-logind BUS-ADDRESS` tells who listens that the computer goes to
 * sleep or has woken up, at the words `sleep` and `wake` on standard input, and prints what it is asked for.
 */

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"

static GDBusMessage *
print_call (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer unused)
{
  if (incoming && g_dbus_message_get_message_type (message) == G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    {
      g_print ("{\"call\":\"%s\"}\n", g_dbus_message_get_member (message));
      fflush (stdout);
    }

  return message;
}

static GDBusConnection *
connect_as_logind (const char *address, GError **error)
{
  g_autoptr (GDBusConnection) connection =
      g_dbus_connection_new_for_address_sync (address,
                                              G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                  G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                              NULL, NULL, error);
  g_autoptr (GVariant) reply = NULL;

  if (connection == NULL)
    return NULL;

  g_dbus_connection_add_filter (connection, print_call, NULL, NULL);
  reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       "RequestName", g_variant_new ("(su)", LOGIND_NAME, 0), NULL, G_DBUS_CALL_FLAGS_NONE,
                                       -1, NULL, error);
  return reply != NULL ? g_steal_pointer (&connection) : NULL;
}

/* Tells of sleep until standard input ends. */
static gboolean
run (GDBusConnection *connection, GError **error)
{
  g_autoptr (GInputStream) input = g_unix_input_stream_new (STDIN_FILENO, FALSE);
  g_autoptr (GDataInputStream) lines = g_data_input_stream_new (input);

  while (TRUE)
    {
      g_autofree char *line = g_data_input_stream_read_line (lines, NULL, NULL, error);

      if (line == NULL)
        return *error == NULL;
      if (!g_dbus_connection_emit_signal (connection, NULL, LOGIND_PATH, LOGIND_INTERFACE, "PrepareForSleep",
                                          g_variant_new ("(b)", g_str_equal (line, "sleep")), error))
        return FALSE;
    }
}

int
main (int argc, char *argv[])
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GDBusConnection) connection = NULL;

  if (argc != 2)
    {
      g_printerr ("Usage: gangway-fake-logind BUS-ADDRESS\n");
      return 2;
    }

  connection = connect_as_logind (argv[1], &error);
  if (connection != NULL)
    {
      g_print ("{\"url\":\"%s\"}\n", argv[1]);
      fflush (stdout);
    }
  if (connection == NULL || !run (connection, &error))
    {
      g_printerr ("gangway-fake-logind: %s\n", error->message);
      return 1;
    }

  return 0;
}
