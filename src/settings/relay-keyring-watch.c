/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-keyring-watch.h"

#include "common/relay-log.h"
#include "settings/relay-keyring.h"

#define KEYRING_PATH "/org/freedesktop/secrets"
/* A keyring that is unlocked tells so of each key in it. */
#define DEBOUNCE_MS 250

/**
 * RelayKeyringWatch:
 *
 * Tells when a key may be there that was not before: a keyring came, was unlocked, or was changed. It only listens: nothing
 * is started, asked or unlocked for it.
 */
struct _RelayKeyringWatch {
  GObject parent_instance;

  GCancellable *cancellable;   /* (owned) */
  GDBusConnection *connection; /* (owned) (nullable) until it is there, if there is one */
  guint watch_id;
  guint subscription_id;
  guint debounce_id;
};

G_DEFINE_FINAL_TYPE (RelayKeyringWatch, relay_keyring_watch, G_TYPE_OBJECT)

enum {
  SIGNAL_CHANGED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
on_settled (gpointer user_data)
{
  RelayKeyringWatch *self = RELAY_KEYRING_WATCH (user_data);

  self->debounce_id = 0;
  g_signal_emit (self, signals[SIGNAL_CHANGED], 0);
}

static void
poke (RelayKeyringWatch *self)
{
  g_clear_handle_id (&self->debounce_id, g_source_remove);
  self->debounce_id = g_timeout_add_once (DEBOUNCE_MS, on_settled, self);
}

static void
on_keyring_came (GDBusConnection *connection, const char *name, const char *owner, gpointer user_data)
{
  poke (RELAY_KEYRING_WATCH (user_data));
}

static void
on_keyring_signal (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                   const char *signal, GVariant *parameters, gpointer user_data)
{
  if (g_str_has_prefix (path, KEYRING_PATH))
    poke (RELAY_KEYRING_WATCH (user_data));
}

static void
on_session_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelayKeyringWatch) self = RELAY_KEYRING_WATCH (user_data);
  g_autoptr (GError) error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->connection == NULL)
    {
      relay_log (G_LOG_LEVEL_DEBUG, NULL, NULL, NULL, "no session bus, so no keyring: %s", error->message);
      return;
    }

  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  if (g_cancellable_is_cancelled (self->cancellable))
    return;

  self->watch_id = g_bus_watch_name_on_connection (self->connection, RELAY_KEYRING_BUS_NAME, G_BUS_NAME_WATCHER_FLAGS_NONE,
                                                   on_keyring_came, NULL, self, NULL);
  self->subscription_id = g_dbus_connection_signal_subscribe (self->connection, RELAY_KEYRING_BUS_NAME, NULL, NULL, NULL,
                                                              NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_keyring_signal, self, NULL);
}

static void
relay_keyring_watch_dispose (GObject *object)
{
  RelayKeyringWatch *self = RELAY_KEYRING_WATCH (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->debounce_id, g_source_remove);
  g_clear_handle_id (&self->watch_id, g_bus_unwatch_name);
  if (self->subscription_id != 0)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription_id);
  self->subscription_id = 0;
  g_clear_object (&self->connection);

  G_OBJECT_CLASS (relay_keyring_watch_parent_class)->dispose (object);
}

static void
relay_keyring_watch_finalize (GObject *object)
{
  RelayKeyringWatch *self = RELAY_KEYRING_WATCH (object);

  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (relay_keyring_watch_parent_class)->finalize (object);
}

static void
relay_keyring_watch_class_init (RelayKeyringWatchClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = relay_keyring_watch_dispose;
  G_OBJECT_CLASS (klass)->finalize = relay_keyring_watch_finalize;

  /**
   * RelayKeyringWatch::changed:
   * @self: the watch
   *
   * A keyring came, was unlocked, or was changed otherwise.
   */
  signals[SIGNAL_CHANGED] =
      g_signal_new ("changed", RELAY_TYPE_KEYRING_WATCH, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
relay_keyring_watch_init (RelayKeyringWatch *self)
{
  self->cancellable = g_cancellable_new ();
}

/**
 * relay_keyring_watch_new:
 *
 * Returns: (transfer full): a watch on the keyring of the session bus, which need not be there
 */
RelayKeyringWatch *
relay_keyring_watch_new (void)
{
  RelayKeyringWatch *self = g_object_new (RELAY_TYPE_KEYRING_WATCH, NULL);

  g_bus_get (G_BUS_TYPE_SESSION, self->cancellable, on_session_bus, g_object_ref (self));

  return self;
}
