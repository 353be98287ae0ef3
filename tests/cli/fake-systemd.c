/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-systemd.h"

#include "pair-fixture.h"

#define SYSTEMD_NAME "org.freedesktop.systemd1"
#define LOGIND_NAME "org.freedesktop.login1"

static const char interface_xml[] = "<node><interface name='org.freedesktop.systemd1.Manager'>"
                                    "<method name='GetUnitFileState'>"
                                    "<arg type='s' direction='in'/><arg type='s' direction='out'/></method>"
                                    "<method name='EnableUnitFiles'>"
                                    "<arg type='as' direction='in'/><arg type='b' direction='in'/>"
                                    "<arg type='b' direction='in'/>"
                                    "<arg type='b' direction='out'/><arg type='a(sss)' direction='out'/></method>"
                                    "<method name='Reload'/>"
                                    "<method name='StartUnit'><arg type='s' direction='in'/><arg type='s' direction='in'/>"
                                    "<arg type='o' direction='out'/></method>"
                                    "</interface>"
                                    "<interface name='org.freedesktop.login1.User'>"
                                    "<property name='Linger' type='b' access='read'/></interface></node>";

static void
start_gangwayd (FakeSystemd *self)
{
  g_dbus_connection_call (self->service.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                          "StartServiceByName", g_variant_new ("(su)", SERVICE_BUS_NAME, 0), NULL, G_DBUS_CALL_FLAGS_NONE,
                          -1, NULL, NULL, NULL);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
         GVariant *parameters, GDBusMethodInvocation *invocation, gpointer user_data)
{
  FakeSystemd *self = user_data;

  g_string_append_printf (self->calls, "%s ", method);
  if (g_str_equal (method, "GetUnitFileState") && self->unit_state != NULL)
    g_dbus_method_invocation_return_value (invocation, g_variant_new ("(s)", self->unit_state));
  else if (g_str_equal (method, "GetUnitFileState") || (g_str_equal (method, "StartUnit") && self->refuses))
    g_dbus_method_invocation_return_dbus_error (invocation, "org.freedesktop.systemd1.NoSuchUnit", "Unit is not there.");
  else if (g_str_equal (method, "EnableUnitFiles"))
    g_dbus_method_invocation_return_value (invocation,
                                           g_variant_new ("(b@a(sss))", TRUE,
                                                          g_variant_new_array (G_VARIANT_TYPE ("(sss)"), NULL, 0)));
  else if (g_str_equal (method, "Reload"))
    g_dbus_method_invocation_return_value (invocation, NULL);
  else
    {
      start_gangwayd (self);
      g_dbus_method_invocation_return_value (invocation, g_variant_new ("(o)", "/org/freedesktop/systemd1/job/1"));
    }
}

static GVariant *
on_get (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *property,
        GError **error, gpointer user_data)
{
  FakeSystemd *self = user_data;

  return g_variant_new_boolean (self->lingers);
}

static void
own_name (FakeSystemd *self, const char *name)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (self->service.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                   "org.freedesktop.DBus", "RequestName", g_variant_new ("(su)", name, 0), NULL,
                                   G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
}

/**
 * fake_systemd_set_up:
 * @self: what to fill
 * @data: unused
 *
 * Has a fixture of pair-fixture.h ready, with systemd and logind.
 */
void
fake_systemd_set_up (FakeSystemd *self, gconstpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call, .get_property = on_get };
  static const char *const paths[] = { "/org/freedesktop/systemd1", "/org/freedesktop/login1/user/self" };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_autoptr (GError) error = NULL;

  pair_fixture_set_up (&self->service, data);
  service_setenv (&self->service, "DBUS_SYSTEM_BUS_ADDRESS",
                  g_environ_getenv (self->service.environ_, "DBUS_SESSION_BUS_ADDRESS"));
  self->calls = g_string_new (NULL);
  for (guint i = 0; i < G_N_ELEMENTS (paths); i++)
    {
      self->object_ids[i] = g_dbus_connection_register_object (self->service.connection, paths[i], info->interfaces[i],
                                                               &vtable, self, NULL, &error);
      g_assert_no_error (error);
    }
  own_name (self, SYSTEMD_NAME);
  own_name (self, LOGIND_NAME);
}

/**
 * fake_systemd_tear_down:
 * @self: a fixture
 * @data: unused
 *
 * Ends it.
 */
void
fake_systemd_tear_down (FakeSystemd *self, gconstpointer data)
{
  for (guint i = 0; i < G_N_ELEMENTS (self->object_ids); i++)
    g_dbus_connection_unregister_object (self->service.connection, self->object_ids[i]);
  service_fixture_tear_down (&self->service, data);
  g_string_free (self->calls, TRUE);
}
