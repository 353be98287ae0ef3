/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "keyring-fixture.h"

#include <signal.h>
#include <string.h>

#define KEYRING_NAME "org.freedesktop.secrets"
#define KEYRING_PATH "/org/freedesktop/secrets"
#define LOGIN_PATH KEYRING_PATH "/collection/login"
#define INTERNAL_INTERFACE "org.gnome.keyring.InternalUnsupportedGuiltRiddenInterface"
#define PASSWORD "password-of-the-keyring"

static GVariant *
call (KeyringFixture *self, const char *path, const char *interface, const char *method, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = g_dbus_connection_call_sync (self->service.connection, KEYRING_NAME, path, interface, method, parameters,
                                                 NULL, G_DBUS_CALL_FLAGS_NONE, FAKE_WAIT_LIMIT_MS, NULL, &error);

  g_assert_no_error (error);
  return reply;
}

static GVariant *
call_service (KeyringFixture *self, const char *method, GVariant *parameters)
{
  return call (self, KEYRING_PATH, "org.freedesktop.Secret.Service", method, parameters);
}

static void
on_keyring_came (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  KeyringFixture *self = user_data;

  self->is_there = TRUE;
}

static void
on_keyring_went (GDBusConnection *connection, const char *name, gpointer user_data)
{
  KeyringFixture *self = user_data;

  self->is_there = FALSE;
}

/* Runs in the bus connection's thread. Calls that are for others must not be answered. */
static GDBusMessage *
on_message (GDBusConnection *connection, GDBusMessage *message, gboolean incoming, gpointer user_data)
{
  KeyringFixture *self = user_data;

  if (!incoming || g_dbus_message_get_message_type (message) != G_DBUS_MESSAGE_TYPE_METHOD_CALL)
    return message;

  if (g_strcmp0 (g_dbus_message_get_interface (message), "org.freedesktop.Secret.Prompt") == 0 ||
      g_strcmp0 (g_dbus_message_get_member (message), "Unlock") == 0)
    g_atomic_int_inc (&self->n_questions);
  g_object_unref (message);
  return NULL;
}

static void
eavesdrop (KeyringFixture *self, const char *rule)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (self->service.connection, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                   "org.freedesktop.DBus", "AddMatch", g_variant_new ("(s)", rule), NULL,
                                   G_DBUS_CALL_FLAGS_NONE, FAKE_WAIT_LIMIT_MS, NULL, &error);

  g_assert_no_error (error);
}

/**
 * keyring_fixture_set_up:
 * @self: what to fill
 * @data: unused
 *
 * Has a service fixture ready in which no account is set up.
 */
void
keyring_fixture_set_up (KeyringFixture *self, gconstpointer data)
{
  service_fixture_set_up (&self->service, data);
  service_configure (&self->service, "");
  self->watch_id = g_bus_watch_name_on_connection (self->service.connection, KEYRING_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                   on_keyring_came, on_keyring_went, self, NULL);
  self->filter_id = g_dbus_connection_add_filter (self->service.connection, on_message, self, NULL);
  eavesdrop (self, "eavesdrop='true',type='method_call',interface='org.freedesktop.Secret.Prompt'");
  eavesdrop (self, "eavesdrop='true',type='method_call',interface='org.freedesktop.Secret.Service'");
}

/**
 * keyring_fixture_tear_down:
 * @self: a fixture
 * @data: unused
 *
 * Ends all; nobody was asked anything.
 */
void
keyring_fixture_tear_down (KeyringFixture *self, gconstpointer data)
{
  g_assert_cmpint (g_atomic_int_get (&self->n_questions), ==, 0);
  if (self->daemon != NULL)
    keyring_stop (self);
  g_bus_unwatch_name (self->watch_id);
  g_dbus_connection_remove_filter (self->service.connection, self->filter_id);
  service_fixture_tear_down (&self->service, data);
}

static gboolean
is_locked (KeyringFixture *self)
{
  g_autoptr (GVariant) reply = call (self, LOGIN_PATH, "org.freedesktop.DBus.Properties", "Get",
                                     g_variant_new ("(ss)", "org.freedesktop.Secret.Collection", "Locked"));
  g_autoptr (GVariant) value = NULL;

  g_variant_get (reply, "(v)", &value);
  return g_variant_get_boolean (value);
}

/**
 * keyring_start:
 * @self: a fixture
 *
 * Starts gnome-keyring as a login does: with the keyring made, if need be, and unlocked.
 */
void
keyring_start (KeyringFixture *self)
{
  g_autoptr (GSubprocessLauncher) launcher =
      program_launcher_new (&self->service, G_SUBPROCESS_FLAGS_STDIN_PIPE | G_SUBPROCESS_FLAGS_STDOUT_SILENCE |
                                                G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;
  GOutputStream *input;

  /* its criticals are not ours */
  g_subprocess_launcher_unsetenv (launcher, "G_DEBUG");
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, "gnome-keyring-daemon", "--foreground",
                                              "--components=secrets", "--unlock", NULL);
  g_assert_no_error (error);
  input = g_subprocess_get_stdin_pipe (self->daemon);
  g_output_stream_write_all (input, PASSWORD, strlen (PASSWORD), NULL, NULL, &error);
  g_assert_no_error (error);
  g_output_stream_close (input, NULL, &error);
  g_assert_no_error (error);

  fake_wait_until (self->is_there);
  g_assert_false (is_locked (self));
}

/**
 * keyring_take_questions:
 * @self: a fixture
 *
 * Returns: how often anybody wanted the user to be asked since the last call
 */
guint
keyring_take_questions (KeyringFixture *self)
{
  return (guint) g_atomic_int_and ((guint *) &self->n_questions, 0);
}

static void
on_daemon_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KeyringFixture *self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  g_clear_object (&self->daemon);
}

/**
 * keyring_stop:
 * @self: a fixture whose keyring runs
 *
 * Ends gnome-keyring, also one that was stopped by a signal.
 */
void
keyring_stop (KeyringFixture *self)
{
  g_subprocess_wait_async (self->daemon, NULL, on_daemon_ended, self);
  g_subprocess_send_signal (self->daemon, SIGCONT);
  g_subprocess_send_signal (self->daemon, SIGTERM);
  fake_wait_until (self->daemon == NULL && !self->is_there);
}

/**
 * keyring_lock:
 * @self: a fixture whose keyring runs
 *
 * Locks the keyring, as the desktop does on request.
 */
void
keyring_lock (KeyringFixture *self)
{
  const char *const paths[] = { LOGIN_PATH, NULL };

  g_variant_unref (call_service (self, "Lock", g_variant_new ("(^ao)", paths)));
  g_assert_true (is_locked (self));
}

/* Returns: (transfer full): the path of a session in which secrets go in the clear */
static char *
open_session (KeyringFixture *self)
{
  g_autoptr (GVariant) reply =
      call_service (self, "OpenSession", g_variant_new ("(sv)", "plain", g_variant_new_string ("")));
  char *session;

  g_variant_get (reply, "(vo)", NULL, &session);
  return session;
}

static GVariant *
new_secret (const char *session, const char *text)
{
  return g_variant_new ("(o@ay@ays)", session, g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, NULL, 0, 1),
                        g_variant_new_fixed_array (G_VARIANT_TYPE_BYTE, text, strlen (text), 1), "text/plain");
}

/**
 * keyring_unlock:
 * @self: a fixture whose keyring runs
 *
 * Unlocks the keyring with its password, without asking anybody.
 */
void
keyring_unlock (KeyringFixture *self)
{
  g_autofree char *session = open_session (self);

  g_variant_unref (call (self, KEYRING_PATH, INTERNAL_INTERFACE, "UnlockWithMasterPassword",
                         g_variant_new ("(o@(oayays))", LOGIN_PATH, new_secret (session, PASSWORD))));
  g_assert_false (is_locked (self));
}

static GPtrArray *
find_keys (KeyringFixture *self, const char *account_id)
{
  GPtrArray *paths = g_ptr_array_new_with_free_func (g_free);
  g_auto (GVariantBuilder) attributes = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE ("a{ss}"));
  g_autoptr (GVariant) reply = NULL;

  g_variant_builder_add (&attributes, "{ss}", "account", account_id);
  reply = call_service (self, "SearchItems", g_variant_new ("(a{ss})", &attributes));
  for (gsize i = 0; i < 2; i++)
    {
      g_autoptr (GVariant) found = g_variant_get_child_value (reply, i);
      GVariantIter iter;
      const char *path;

      g_variant_iter_init (&iter, found);
      while (g_variant_iter_next (&iter, "&o", &path))
        g_ptr_array_add (paths, g_strdup (path));
    }

  return paths;
}

/**
 * keyring_count_keys:
 * @self: a fixture whose keyring runs
 * @account_id: an account
 *
 * Returns: how many keys the keyring has for it, locked or not
 */
guint
keyring_count_keys (KeyringFixture *self, const char *account_id)
{
  g_autoptr (GPtrArray) paths = find_keys (self, account_id);

  return paths->len;
}

/**
 * keyring_delete_keys:
 * @self: a fixture whose keyring is unlocked
 * @account_id: an account
 *
 * Deletes an account's keys, as a user does in Seahorse.
 */
void
keyring_delete_keys (KeyringFixture *self, const char *account_id)
{
  g_autoptr (GPtrArray) paths = find_keys (self, account_id);

  for (guint i = 0; i < paths->len; i++)
    g_variant_unref (call (self, g_ptr_array_index (paths, i), "org.freedesktop.Secret.Item", "Delete", NULL));
}

/**
 * keyring_add_other_secret:
 * @self: a fixture whose keyring is unlocked
 *
 * Stores a secret that has nothing to do with Gangway, as other programs do all the time.
 */
void
keyring_add_other_secret (KeyringFixture *self)
{
  g_autofree char *session = open_session (self);
  g_auto (GVariantBuilder) properties = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  g_variant_builder_add (&properties, "{sv}", "org.freedesktop.Secret.Item.Label", g_variant_new_string ("another"));
  g_variant_unref (call (self, LOGIN_PATH, "org.freedesktop.Secret.Collection", "CreateItem",
                         g_variant_new ("(a{sv}@(oayays)b)", &properties, new_secret (session, "another secret"), FALSE)));
}
