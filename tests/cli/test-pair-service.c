/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pair-fixture.h"

/* How `gangway pair` starts the service, with the user's systemd in the test's hands. */

#define SYSTEMD_NAME "org.freedesktop.systemd1"

typedef struct {
  ServiceFixture service;
  const char *unit_state; /* (nullable) as GetUnitFileState says; %NULL if there is no such unit */
  gboolean refuses;       /* to start anything */
  GString *calls;         /* (owned) the methods that were called, each with a space behind it */
  guint object_id;
} Fixture;

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
                                    "</interface></node>";

static void
start_gangwayd (Fixture *self)
{
  g_dbus_connection_call (self->service.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                          "StartServiceByName", g_variant_new ("(su)", SERVICE_BUS_NAME, 0), NULL, G_DBUS_CALL_FLAGS_NONE,
                          -1, NULL, NULL, NULL);
}

static void
on_call (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *method,
         GVariant *parameters, GDBusMethodInvocation *invocation, gpointer user_data)
{
  Fixture *self = user_data;

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

static void
set_up (Fixture *self, gconstpointer data)
{
  static const GDBusInterfaceVTable vtable = { .method_call = on_call };
  g_autoptr (GDBusNodeInfo) info = g_dbus_node_info_new_for_xml (interface_xml, NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GError) error = NULL;

  pair_fixture_set_up (&self->service, data);
  self->calls = g_string_new (NULL);
  self->object_id = g_dbus_connection_register_object (self->service.connection, "/org/freedesktop/systemd1",
                                                       info->interfaces[0], &vtable, self, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (self->service.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus", "RequestName", g_variant_new ("(su)", SYSTEMD_NAME, 0), NULL,
                                       G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);
  g_assert_no_error (error);
}

static void
tear_down (Fixture *self, gconstpointer data)
{
  g_dbus_connection_unregister_object (self->service.connection, self->object_id);
  service_fixture_tear_down (&self->service, data);
  g_string_free (self->calls, TRUE);
}

static Program *
pair (Fixture *self)
{
  return pair_run (&self->service, self->service.platform, SERVICE_KEY, NULL);
}

static void
test_unit_is_enabled (Fixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "disabled";
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "The service starts with your session from now on.\n");
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState EnableUnitFiles Reload StartUnit ");
}

static void
test_unit_was_enabled (Fixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "enabled";
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_lacks (program->output, "from now on");
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState StartUnit ");
}

/* It was started by hand, or by the bus; from the next login on systemd starts it. */
static void
test_unit_is_enabled_for_later (Fixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "disabled";
  service_start (&self->service);
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState EnableUnitFiles Reload ");
}

static void
test_no_unit (Fixture *self, gconstpointer data)
{
  g_autoptr (Program) program = pair (self);

  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState ");
}

/* The account is saved all the same, and the user told what to do. */
static void
test_start_fails (Fixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "enabled";
  self->refuses = TRUE;
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "The service could not be started (Unit is not there.). Start it with: gangwayd\n");
  assert_lacks (program->output, "GDBus");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)
  ADD ("/pair-service/unit-is-enabled", test_unit_is_enabled);
  ADD ("/pair-service/unit-was-enabled", test_unit_was_enabled);
  ADD ("/pair-service/unit-is-enabled-for-later", test_unit_is_enabled_for_later);
  ADD ("/pair-service/no-unit", test_no_unit);
  ADD ("/pair-service/start-fails", test_start_fails);

  return g_test_run ();
}
