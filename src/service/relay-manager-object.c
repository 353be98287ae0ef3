/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-manager-object.h"

#include "service/relay-session-object.h"

#define MANAGER_PATH "/dev/gangway/Relay1"

/**
 * RelayManagerObject:
 *
 * The service as the bus sees it: `dev.gangway.Relay1.Manager`, with one object per session below it.
 */
struct _RelayManagerObject {
  RelayDBusManagerSkeleton parent_instance;

  RelayService *service;             /* (owned) */
  GDBusObjectManagerServer *objects; /* (owned) */
  GHashTable *session_objects;       /* (owned) RelaySession (not owned) to RelaySessionObject (owned) */
};

static void relay_manager_object_iface_init (RelayDBusManagerIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RelayManagerObject, relay_manager_object, RELAY_DBUS_TYPE_MANAGER_SKELETON,
                               G_IMPLEMENT_INTERFACE (RELAY_DBUS_TYPE_MANAGER, relay_manager_object_iface_init))

static void
on_session_added (RelayService *service, RelaySession *session, RelayManagerObject *self)
{
  RelaySessionObject *session_object = relay_session_object_new (session);
  g_autofree char *path = relay_session_object_dup_path (session_object);
  g_autoptr (GDBusObjectSkeleton) object = g_dbus_object_skeleton_new (path);

  g_dbus_object_skeleton_add_interface (object, G_DBUS_INTERFACE_SKELETON (session_object));
  g_dbus_object_manager_server_export (self->objects, object);
  g_hash_table_insert (self->session_objects, session, session_object);
}

static void
on_session_removed (RelayService *service, RelaySession *session, RelayManagerObject *self)
{
  RelaySessionObject *session_object = g_hash_table_lookup (self->session_objects, session);
  g_autofree char *path = relay_session_object_dup_path (session_object);

  g_dbus_object_manager_server_unexport (self->objects, path);
  g_hash_table_remove (self->session_objects, session);
}

/* A path need not be UTF-8, as the bus demands. */
static void
manager_object_show_config (RelayManagerObject *self)
{
  const char *problem = relay_service_get_problem (self->service);
  g_autofree char *shown_file = g_filename_display_name (relay_service_get_config_file (self->service));
  g_autofree char *shown_problem = g_utf8_make_valid (problem != NULL ? problem : "", -1);

  relay_dbus_manager_set_config_file (RELAY_DBUS_MANAGER (self), shown_file);
  relay_dbus_manager_set_config_problem (RELAY_DBUS_MANAGER (self), shown_problem);
}

static void
on_settings_read (RelayService *service, RelayManagerObject *self)
{
  manager_object_show_config (self);
}

static gboolean
handle_get_status (RelayDBusManager *object, GDBusMethodInvocation *invocation)
{
  RelayManagerObject *self = RELAY_MANAGER_OBJECT (object);
  GPtrArray *sessions = relay_service_get_sessions (self->service);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{sa{sv}}"));

  for (guint i = 0; i < sessions->len; i++)
    {
      RelaySession *session = g_ptr_array_index (sessions, i);
      GDBusInterfaceSkeleton *session_object = g_hash_table_lookup (self->session_objects, session);
      g_autoptr (GVariant) properties = g_dbus_interface_skeleton_get_properties (session_object);

      g_variant_builder_add (&builder, "{s@a{sv}}", relay_session_get_account_id (session), properties);
    }

  relay_dbus_manager_complete_get_status (object, invocation, g_variant_builder_end (&builder));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_reconnect (RelayDBusManager *object, GDBusMethodInvocation *invocation)
{
  RelayManagerObject *self = RELAY_MANAGER_OBJECT (object);

  relay_dbus_manager_complete_reconnect (object, invocation, relay_service_reconnect (self->service));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_reload (RelayDBusManager *object, GDBusMethodInvocation *invocation)
{
  RelayManagerObject *self = RELAY_MANAGER_OBJECT (object);

  relay_service_reload (self->service);
  relay_dbus_manager_complete_reload (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
relay_manager_object_iface_init (RelayDBusManagerIface *iface)
{
  iface->handle_get_status = handle_get_status;
  iface->handle_reconnect = handle_reconnect;
  iface->handle_reload = handle_reload;
}

static void
relay_manager_object_dispose (GObject *object)
{
  RelayManagerObject *self = RELAY_MANAGER_OBJECT (object);

  if (self->service != NULL)
    g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->service);
  g_hash_table_remove_all (self->session_objects);
  g_clear_object (&self->objects);

  G_OBJECT_CLASS (relay_manager_object_parent_class)->dispose (object);
}

static void
relay_manager_object_finalize (GObject *object)
{
  RelayManagerObject *self = RELAY_MANAGER_OBJECT (object);

  g_hash_table_unref (self->session_objects);

  G_OBJECT_CLASS (relay_manager_object_parent_class)->finalize (object);
}

static void
relay_manager_object_class_init (RelayManagerObjectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = relay_manager_object_dispose;
  object_class->finalize = relay_manager_object_finalize;
}

static void
relay_manager_object_init (RelayManagerObject *self)
{
  self->objects = g_dbus_object_manager_server_new (MANAGER_PATH);
  self->session_objects = g_hash_table_new_full (NULL, NULL, NULL, g_object_unref);
  relay_dbus_manager_set_version (RELAY_DBUS_MANAGER (self), PACKAGE_VERSION);
}

/**
 * relay_manager_object_new:
 * @service: the service to show
 *
 * Returns: (transfer full): an interface for export, with objects for all sessions that @service has or will have
 */
RelayManagerObject *
relay_manager_object_new (RelayService *service)
{
  RelayManagerObject *self = g_object_new (RELAY_TYPE_MANAGER_OBJECT, NULL);
  GPtrArray *sessions = relay_service_get_sessions (service);

  self->service = g_object_ref (service);
  manager_object_show_config (self);
  g_signal_connect (service, "settings-read", G_CALLBACK (on_settings_read), self);
  g_signal_connect (service, "session-added", G_CALLBACK (on_session_added), self);
  g_signal_connect (service, "session-removed", G_CALLBACK (on_session_removed), self);
  for (guint i = 0; i < sessions->len; i++)
    on_session_added (service, g_ptr_array_index (sessions, i), self);

  return self;
}

/**
 * relay_manager_object_export:
 * @self: an interface
 * @connection: the bus to be on
 * @error: a #GDBusError if something else stands at the path
 *
 * Returns: %TRUE if the manager and all session objects can now be called
 */
gboolean
relay_manager_object_export (RelayManagerObject *self, GDBusConnection *connection, GError **error)
{
  if (!g_dbus_interface_skeleton_export (G_DBUS_INTERFACE_SKELETON (self), connection, MANAGER_PATH, error))
    return FALSE;

  g_dbus_object_manager_server_set_connection (self->objects, connection);
  return TRUE;
}

/**
 * relay_manager_object_unexport:
 * @self: an interface that is exported
 *
 * Takes everything off the bus.
 */
void
relay_manager_object_unexport (RelayManagerObject *self)
{
  g_dbus_object_manager_server_set_connection (self->objects, NULL);
  g_dbus_interface_skeleton_unexport (G_DBUS_INTERFACE_SKELETON (self));
}
