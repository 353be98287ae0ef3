/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-sd-notify.h"

#include <gio/gio.h>
#include <gio/gunixsocketaddress.h>
#include <string.h>
#include <unistd.h>

static GSocketAddress *
notify_address (void)
{
  const char *path = g_getenv ("NOTIFY_SOCKET");

  if (path == NULL || (path[0] != '/' && path[0] != '@') || path[1] == '\0')
    return NULL;
  if (path[0] == '@')
    return g_unix_socket_address_new_with_type (path + 1, -1, G_UNIX_SOCKET_ADDRESS_ABSTRACT);

  return g_unix_socket_address_new (path);
}

/**
 * relay_sd_notify:
 * @format: assignments as in sd_notify(3), one per line, for instance `READY=1`
 * @...: for @format
 *
 * Tells the service manager how the service is. Does nothing if there is none, and never blocks.
 */
void
relay_sd_notify (const char *format, ...)
{
  g_autoptr (GSocketAddress) address = notify_address ();
  g_autoptr (GSocket) socket = NULL;
  g_autofree char *state = NULL;
  g_autoptr (GError) error = NULL;
  va_list args;

  if (address == NULL)
    return;

  va_start (args, format);
  state = g_strdup_vprintf (format, args);
  va_end (args);

  socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);
  if (socket != NULL)
    {
      g_socket_set_blocking (socket, FALSE);
      g_socket_send_to (socket, address, state, strlen (state), NULL, &error);
    }
  if (error != NULL)
    g_debug ("Could not notify the service manager: %s", error->message);
}

/**
 * relay_sd_watchdog_interval_ms:
 *
 * Returns: how often `WATCHDOG=1` is due, in milliseconds, half of what the unit asks for; 0 if it does not ask
 */
guint
relay_sd_watchdog_interval_ms (void)
{
  const char *pid = g_getenv ("WATCHDOG_PID");
  const char *usec = g_getenv ("WATCHDOG_USEC");
  guint64 interval_us;

  if (usec == NULL || !g_ascii_string_to_unsigned (usec, 10, 1, G_MAXUINT32 * G_GUINT64_CONSTANT (1000), &interval_us, NULL))
    return 0;
  if (pid != NULL && g_ascii_strtoull (pid, NULL, 10) != (guint64) getpid ())
    return 0;

  return MAX (1, (guint) (interval_us / 2000));
}
