/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-service.h"

#include "common/relay-log.h"
#include "service/relay-wakeups.h"
#include "settings/relay-keyring-watch.h"
#include "settings/relay-settings-monitor.h"

/**
 * RelayService:
 *
 * One session for each account in gangway.conf, kept in step with that file and with OpenClaw's configuration.
 */
struct _RelayService {
  GObject parent_instance;

  RelaySettingsMonitor *settings_monitor; /* (owned) */
  RelayOpenclawMonitor *openclaw_monitor; /* (owned) (nullable) until the settings say where its file is */
  char *openclaw_config;                  /* (owned) (nullable) the file that @openclaw_monitor was asked for */
  RelayOpenclaw *openclaw;                /* (owned) (nullable) what it said when it was last in order, if it ever was */
  RelayWakeups *wakeups;                  /* (owned) (nullable) until the service is started */
  RelayKeyringWatch *keyring_watch;       /* (owned) (nullable) likewise */
  GPtrArray *sessions;                    /* (owned) (element-type RelaySession) in the order of the file */
  guint n_closing;                        /* sessions that are being closed */
  GTask *close_task;                      /* (owned) (nullable) */
  gboolean started;
};

G_DEFINE_FINAL_TYPE (RelayService, relay_service, G_TYPE_OBJECT)

enum {
  SIGNAL_SETTINGS_READ,
  SIGNAL_SESSION_ADDED,
  SIGNAL_SESSION_REMOVED,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static RelaySession *
find_session (GPtrArray *sessions, const char *account_id)
{
  for (guint i = 0; i < sessions->len; i++)
    {
      RelaySession *session = g_ptr_array_index (sessions, i);

      if (g_str_equal (relay_session_get_account_id (session), account_id))
        return session;
    }

  return NULL;
}

/* NULL, which has sessions wait, until the service is started and OpenClaw's configuration was read. */
static RelayOpenclaw *
service_get_openclaw (RelayService *self)
{
  return self->started ? self->openclaw : NULL;
}

static void
service_apply (RelayService *self)
{
  RelaySettings *settings = relay_settings_monitor_get_settings (self->settings_monitor);
  RelayOpenclaw *openclaw = service_get_openclaw (self);

  /* Sessions that are up keep what they have until OpenClaw's configuration is there. */
  if (openclaw == NULL)
    return;

  for (guint i = 0; i < self->sessions->len; i++)
    relay_session_apply (g_ptr_array_index (self->sessions, i), settings, openclaw);
}

static void
on_openclaw_changed (RelayOpenclawMonitor *monitor, RelayOpenclaw *openclaw, RelayService *self)
{
  gboolean was_in_order = self->openclaw != NULL && self->openclaw->error == NULL;

  if (openclaw->error != NULL)
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, was_in_order ? "%s; going on with what it said before" : "%s",
               openclaw->error->message);
  /* a file that is being edited is no reason to drop links */
  if (openclaw->error != NULL && was_in_order)
    return;

  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  self->openclaw = relay_openclaw_ref (openclaw);
  service_apply (self);
}

static void
service_drop_openclaw_monitor (RelayService *self)
{
  if (self->openclaw_monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->openclaw_monitor, self);
  g_clear_object (&self->openclaw_monitor);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
}

static void
service_watch_openclaw (RelayService *self, const char *openclaw_config)
{
  if (self->openclaw_monitor != NULL && g_strcmp0 (self->openclaw_config, openclaw_config) == 0)
    return;

  service_drop_openclaw_monitor (self);
  g_free (self->openclaw_config);
  self->openclaw_config = g_strdup (openclaw_config);
  self->openclaw_monitor = relay_openclaw_monitor_new (openclaw_config);
  g_signal_connect (self->openclaw_monitor, "changed", G_CALLBACK (on_openclaw_changed), self);
}

static void
on_woken (RelayWakeups *wakeups, RelayService *self)
{
  for (guint i = 0; i < self->sessions->len; i++)
    relay_session_wake (g_ptr_array_index (self->sessions, i));
}

static void
on_keyring_changed (RelayKeyringWatch *watch, RelayService *self)
{
  for (guint i = 0; i < self->sessions->len; i++)
    relay_session_look_for_key (g_ptr_array_index (self->sessions, i));
}

static void
service_session_closed (RelayService *self)
{
  self->n_closing--;
  if (self->n_closing == 0 && self->close_task != NULL)
    {
      g_autoptr (GTask) task = g_steal_pointer (&self->close_task);

      g_task_return_boolean (task, TRUE);
    }
}

static void
on_session_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelayService) self = user_data;
  RelaySession *session = RELAY_SESSION (source);
  g_autoptr (GError) error = NULL;

  if (!relay_session_close_finish (session, result, &error))
    relay_log (G_LOG_LEVEL_DEBUG, relay_session_get_account_id (session), NULL, NULL, "%s", error->message);

  service_session_closed (self);
}

static void
service_close_session (RelayService *self, RelaySession *session)
{
  self->n_closing++;
  relay_session_close_async (session, on_session_closed, g_object_ref (self));
}

static void
service_remove_session (RelayService *self, RelaySession *session)
{
  relay_log (G_LOG_LEVEL_INFO, relay_session_get_account_id (session), NULL, NULL, "removed from the settings");
  g_signal_emit (self, signals[SIGNAL_SESSION_REMOVED], 0, session);
  service_close_session (self, session);
}

/* Has one session stand for each account of @settings; those of accounts that stay are kept. */
static void
service_update_sessions (RelayService *self, RelaySettings *settings)
{
  g_autoptr (GPtrArray) old = g_steal_pointer (&self->sessions);

  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < settings->accounts->len; i++)
    {
      RelayAccount *account = g_ptr_array_index (settings->accounts, i);
      RelaySession *session = find_session (old, account->id);

      g_ptr_array_add (self->sessions, session != NULL ? g_object_ref (session) : relay_session_new (account->id));
    }

  for (guint i = 0; i < old->len; i++)
    {
      RelaySession *session = g_ptr_array_index (old, i);

      if (find_session (self->sessions, relay_session_get_account_id (session)) == NULL)
        service_remove_session (self, session);
    }
  for (guint i = 0; i < self->sessions->len; i++)
    {
      RelaySession *session = g_ptr_array_index (self->sessions, i);

      if (find_session (old, relay_session_get_account_id (session)) != NULL)
        continue;

      relay_session_apply (session, settings, service_get_openclaw (self));
      g_signal_emit (self, signals[SIGNAL_SESSION_ADDED], 0, session);
    }
}

static void
on_settings_changed (RelaySettingsMonitor *monitor, RelaySettings *settings, RelayService *self)
{
  for (char **warning = settings->warnings; warning != NULL && *warning != NULL; warning++)
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, "%s", *warning);
  relay_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, "settings in force, accounts: %u", settings->accounts->len);

  service_watch_openclaw (self, settings->gateway.openclaw_config);
  service_update_sessions (self, settings);
  service_apply (self);
  g_signal_emit (self, signals[SIGNAL_SETTINGS_READ], 0);
}

static void
on_settings_problem (RelaySettingsMonitor *monitor, const char *message, RelayService *self)
{
  relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, "%s", message);
  g_signal_emit (self, signals[SIGNAL_SETTINGS_READ], 0);
}

static void
service_stop_watching (RelayService *self)
{
  g_clear_object (&self->wakeups);
  g_clear_object (&self->keyring_watch);
  if (self->settings_monitor != NULL)
    g_signal_handlers_disconnect_by_data (self->settings_monitor, self);
  service_drop_openclaw_monitor (self);
}

static void
relay_service_dispose (GObject *object)
{
  RelayService *self = RELAY_SERVICE (object);

  service_stop_watching (self);
  g_clear_object (&self->settings_monitor);
  g_ptr_array_set_size (self->sessions, 0);

  G_OBJECT_CLASS (relay_service_parent_class)->dispose (object);
}

static void
relay_service_finalize (GObject *object)
{
  RelayService *self = RELAY_SERVICE (object);

  g_free (self->openclaw_config);
  g_ptr_array_unref (self->sessions);

  G_OBJECT_CLASS (relay_service_parent_class)->finalize (object);
}

static void
relay_service_class_init (RelayServiceClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);

  object_class->dispose = relay_service_dispose;
  object_class->finalize = relay_service_finalize;

  signals[SIGNAL_SETTINGS_READ] =
      g_signal_new ("settings-read", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
  signals[SIGNAL_SESSION_ADDED] =
      g_signal_new ("session-added", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, RELAY_TYPE_SESSION);
  signals[SIGNAL_SESSION_REMOVED] =
      g_signal_new ("session-removed", type, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 1, RELAY_TYPE_SESSION);
}

static void
relay_service_init (RelayService *self)
{
  self->sessions = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * relay_service_new:
 * @config_file: the path of gangway.conf, which need not exist
 *
 * Reads the settings and makes the sessions. None dials before relay_service_start().
 *
 * Returns: (transfer full): a service
 */
RelayService *
relay_service_new (const char *config_file)
{
  RelayService *self = g_object_new (RELAY_TYPE_SERVICE, NULL);
  const char *problem;

  self->settings_monitor = relay_settings_monitor_new (config_file);
  g_signal_connect (self->settings_monitor, "changed", G_CALLBACK (on_settings_changed), self);
  g_signal_connect (self->settings_monitor, "problem", G_CALLBACK (on_settings_problem), self);

  on_settings_changed (self->settings_monitor, relay_settings_monitor_get_settings (self->settings_monitor), self);
  problem = relay_settings_monitor_get_problem (self->settings_monitor);
  if (problem != NULL)
    on_settings_problem (self->settings_monitor, problem, self);

  return self;
}

/**
 * relay_service_start:
 * @self: a service
 *
 * Lets the sessions dial. It is called late, so that a second service on the same bus never disturbs the first one's links.
 */
void
relay_service_start (RelayService *self)
{
  self->started = TRUE;
  self->wakeups = relay_wakeups_new ();
  g_signal_connect_object (self->wakeups, "woken", G_CALLBACK (on_woken), self, 0);
  self->keyring_watch = relay_keyring_watch_new ();
  g_signal_connect_object (self->keyring_watch, "changed", G_CALLBACK (on_keyring_changed), self, 0);
  service_apply (self);
}

/**
 * relay_service_get_sessions:
 * @self: a service
 *
 * Returns: (transfer none) (element-type RelaySession): the sessions, in the order of the settings
 */
GPtrArray *
relay_service_get_sessions (RelayService *self)
{
  return self->sessions;
}

/**
 * relay_service_get_config_file:
 * @self: a service
 *
 * Returns: the absolute path of gangway.conf
 */
const char *
relay_service_get_config_file (RelayService *self)
{
  return relay_settings_monitor_get_filename (self->settings_monitor);
}

/**
 * relay_service_get_settings:
 * @self: a service
 *
 * Returns: (transfer none): the settings in force
 */
RelaySettings *
relay_service_get_settings (RelayService *self)
{
  return relay_settings_monitor_get_settings (self->settings_monitor);
}

/**
 * relay_service_get_problem:
 * @self: a service
 *
 * Returns: (nullable): what is wrong with gangway.conf, for a person
 */
const char *
relay_service_get_problem (RelayService *self)
{
  return relay_settings_monitor_get_problem (self->settings_monitor);
}

/**
 * relay_service_reconnect:
 * @self: a service
 *
 * Has all sessions that wait to retry connect at once.
 *
 * Returns: how many did
 */
guint
relay_service_reconnect (RelayService *self)
{
  guint n_triggered = 0;

  for (guint i = 0; i < self->sessions->len; i++)
    {
      if (relay_session_reconnect (g_ptr_array_index (self->sessions, i)))
        n_triggered++;
    }

  return n_triggered;
}

/**
 * relay_service_reload:
 * @self: a service
 *
 * Has gangway.conf and OpenClaw's configuration read again.
 */
void
relay_service_reload (RelayService *self)
{
  relay_settings_monitor_reload (self->settings_monitor);
  if (self->openclaw_monitor != NULL)
    relay_openclaw_monitor_reload (self->openclaw_monitor);
}

/**
 * relay_service_close_async:
 * @self: a service that is not being closed
 * @callback: called when no socket is left
 * @user_data: for @callback
 *
 * Ends all sessions at the same time; settings are no longer followed.
 */
void
relay_service_close_async (RelayService *self, GAsyncReadyCallback callback, gpointer user_data)
{
  g_return_if_fail (self->close_task == NULL);

  self->close_task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->close_task, relay_service_close_async);
  service_stop_watching (self);

  self->n_closing++; /* so that it does not come to 0 on the way */
  for (guint i = 0; i < self->sessions->len; i++)
    service_close_session (self, g_ptr_array_index (self->sessions, i));
  service_session_closed (self);
}

/**
 * relay_service_close_finish:
 * @self: a service
 * @result: as given to the callback
 * @error: never set
 *
 * Returns: %TRUE
 */
gboolean
relay_service_close_finish (RelayService *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_async_result_is_tagged (result, relay_service_close_async), FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}
