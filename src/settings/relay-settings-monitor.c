/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings-monitor.h"

#include "settings/relay-file-watch.h"
#include "settings/relay-watch-points.h"

/**
 * RelaySettingsMonitor:
 *
 * gangway.conf as it is: reads the file, watches it, and keeps the last settings that were good.
 */
struct _RelaySettingsMonitor {
  GObject parent_instance;

  char *filename;            /* (owned) absolute */
  RelaySettings *settings;   /* (owned) the last good ones */
  char *problem;             /* (owned) (nullable) what is the matter with the file now */
  RelayFileWatch *watch;     /* (owned) (nullable) until dispose */
  GCancellable *cancellable; /* (owned) cancelled on dispose */
  gboolean is_loading;
  gboolean is_stale; /* something changed while the file was being read */
};

G_DEFINE_FINAL_TYPE (RelaySettingsMonitor, relay_settings_monitor, G_TYPE_OBJECT)

enum {
  SIGNAL_CHANGED,
  SIGNAL_PROBLEM,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* What was found when the file was read: settings or a problem. */
typedef struct {
  RelaySettings *settings; /* (owned) (nullable) */
  char *problem;           /* (owned) (nullable) */
  GStrv points;            /* (owned) what is to be watched, as of just before */
} Reading;

static void
reading_free (Reading *self)
{
  g_clear_pointer (&self->settings, relay_settings_unref);
  g_free (self->problem);
  g_strfreev (self->points);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Reading, reading_free)

static Reading *
read_file (const char *filename)
{
  g_autoptr (Reading) reading = g_new0 (Reading, 1);
  g_autoptr (GError) error = NULL;

  reading->points = relay_watch_points (filename);
  reading->settings = relay_settings_new_from_file (filename, &error);
  if (error != NULL)
    reading->problem = g_strdup (error->message);

  return g_steal_pointer (&reading);
}

static gboolean
watch (RelaySettingsMonitor *self, const Reading *reading)
{
  return relay_file_watch_set_paths (self->watch, (const char *const *) reading->points);
}

/* Keeps the last good settings when the file is not good; tells of what is new only. */
static void
take (RelaySettingsMonitor *self, Reading *reading)
{
  gboolean had_problem = self->problem != NULL;
  gboolean is_new_problem = g_strcmp0 (reading->problem, self->problem) != 0;
  gboolean is_new = reading->settings != NULL && !relay_settings_equal (reading->settings, self->settings);

  g_free (self->problem);
  self->problem = g_steal_pointer (&reading->problem);

  if (is_new)
    {
      relay_settings_unref (self->settings);
      self->settings = g_steal_pointer (&reading->settings);
    }

  if (self->problem != NULL && is_new_problem)
    g_signal_emit (self, signals[SIGNAL_PROBLEM], 0, self->problem);
  else if (is_new || (had_problem && self->problem == NULL))
    g_signal_emit (self, signals[SIGNAL_CHANGED], 0, self->settings);
}

static void
load_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_pointer (task, read_file (task_data), (GDestroyNotify) reading_free);
}

static void
load_cb (GObject *source_object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (Reading) reading = g_task_propagate_pointer (G_TASK (result), NULL);
  g_autoptr (RelaySettingsMonitor) self = NULL;

  /* Cancelled: the monitor is gone. */
  if (reading == NULL)
    return;

  self = g_object_ref (user_data);
  self->is_loading = FALSE;

  /* Nobody watched the new points while the file was read. */
  if (watch (self, reading) || self->is_stale)
    relay_file_watch_poke (self->watch);

  take (self, reading);
}

static void
start_load (RelaySettingsMonitor *self)
{
  g_autoptr (GTask) task = NULL;

  self->is_stale = self->is_loading;
  if (self->is_loading)
    return;

  /* The task holds no reference, so that a file system that hangs does not keep the monitor alive. */
  task = g_task_new (NULL, self->cancellable, load_cb, self);
  g_task_set_source_tag (task, start_load);
  g_task_set_return_on_cancel (task, TRUE);
  g_task_set_task_data (task, g_strdup (self->filename), g_free);

  self->is_loading = TRUE;
  g_task_run_in_thread (task, load_in_thread);
}

static void
on_changed (gpointer user_data)
{
  start_load (user_data);
}

static void
relay_settings_monitor_dispose (GObject *object)
{
  RelaySettingsMonitor *self = RELAY_SETTINGS_MONITOR (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->watch, relay_file_watch_free);

  G_OBJECT_CLASS (relay_settings_monitor_parent_class)->dispose (object);
}

static void
relay_settings_monitor_finalize (GObject *object)
{
  RelaySettingsMonitor *self = RELAY_SETTINGS_MONITOR (object);

  g_free (self->filename);
  relay_settings_unref (self->settings);
  g_free (self->problem);
  g_object_unref (self->cancellable);

  G_OBJECT_CLASS (relay_settings_monitor_parent_class)->finalize (object);
}

static void
relay_settings_monitor_class_init (RelaySettingsMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = relay_settings_monitor_dispose;
  object_class->finalize = relay_settings_monitor_finalize;

  /**
   * RelaySettingsMonitor::changed:
   * @self: the monitor
   * @settings: what is in force from now on
   *
   * A good file was read, and it differs from the last one or follows a problem.
   */
  signals[SIGNAL_CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, RELAY_TYPE_SETTINGS);

  /**
   * RelaySettingsMonitor::problem:
   * @self: the monitor
   * @message: what is the matter, with the line that is wrong
   *
   * The file is missing, empty, unreadable or broken; the last good settings stay in force.
   */
  signals[SIGNAL_PROBLEM] = g_signal_new ("problem", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                          G_TYPE_NONE, 1, G_TYPE_STRING);
}

static void
relay_settings_monitor_init (RelaySettingsMonitor *self)
{
  self->settings = relay_settings_new ();
  self->watch = relay_file_watch_new (on_changed, self);
  self->cancellable = g_cancellable_new ();
}

/**
 * relay_settings_monitor_new:
 * @filename: gangway.conf; it need not exist
 *
 * Reads the file at once, without a signal, and watches it from then on, from the thread-default main context.
 *
 * Returns: (transfer full): a monitor
 */
RelaySettingsMonitor *
relay_settings_monitor_new (const char *filename)
{
  RelaySettingsMonitor *self = g_object_new (RELAY_TYPE_SETTINGS_MONITOR, NULL);
  g_auto (GStrv) points = NULL;
  g_autoptr (Reading) reading = NULL;

  self->filename = g_canonicalize_filename (filename, NULL);
  points = relay_watch_points (self->filename);
  relay_file_watch_set_paths (self->watch, (const char *const *) points);

  reading = read_file (self->filename);
  if (watch (self, reading))
    relay_file_watch_poke (self->watch);
  take (self, reading);

  return self;
}

/**
 * relay_settings_monitor_get_settings:
 * @self: a monitor
 *
 * Returns: (transfer none): the last good settings; the defaults, with no account, before there were any
 */
RelaySettings *
relay_settings_monitor_get_settings (RelaySettingsMonitor *self)
{
  return self->settings;
}

/**
 * relay_settings_monitor_get_filename:
 * @self: a monitor
 *
 * Returns: the absolute path of the file that is watched
 */
const char *
relay_settings_monitor_get_filename (RelaySettingsMonitor *self)
{
  return self->filename;
}

/**
 * relay_settings_monitor_get_problem:
 * @self: a monitor
 *
 * Returns: (nullable): why the file as it is now is not in force
 */
const char *
relay_settings_monitor_get_problem (RelaySettingsMonitor *self)
{
  return self->problem;
}

/**
 * relay_settings_monitor_reload:
 * @self: a monitor
 *
 * Reads the file now, changed or not. Whatever is new about it is signalled soon after, from the main context.
 */
void
relay_settings_monitor_reload (RelaySettingsMonitor *self)
{
  start_load (self);
}
