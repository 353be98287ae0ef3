/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-file-watch.h"
#include "settings/relay-openclaw-private.h"

struct _RelayOpenclawMonitor {
  GObject parent_instance;

  char *config_path;         /* (owned) (nullable) */
  RelayOpenclaw *openclaw;   /* (owned) (nullable) as last read */
  RelayFileWatch *watch;     /* (owned) (nullable) until dispose */
  GCancellable *cancellable; /* (owned) */
  gboolean is_loading;
  gboolean must_load_again;
};

G_DEFINE_FINAL_TYPE (RelayOpenclawMonitor, relay_openclaw_monitor, G_TYPE_OBJECT)

enum { CHANGED, N_SIGNALS };

static guint signals[N_SIGNALS];

/* What the thread needs. */
typedef struct {
  char *config_path; /* (owned) (nullable) */
  GStrv environ_;    /* (owned) */
} LoadData;

/* What comes out of it. */
typedef struct {
  RelayOpenclaw *openclaw; /* (owned) */
  GStrv watched;           /* (owned) */
} LoadResult;

static void
load_data_free (gpointer data)
{
  LoadData *self = data;

  g_free (self->config_path);
  g_strfreev (self->environ_);
  g_free (self);
}

static void
load_result_free (LoadResult *self)
{
  relay_openclaw_unref (self->openclaw);
  g_strfreev (self->watched);
  g_free (self);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (LoadResult, load_result_free)

static void start_load (RelayOpenclawMonitor *self);

/*
 * What to watch for a file: the file itself, or the first of its folders that is not there, as GLib looks for a file
 * without a folder only every few seconds.
 */
static char *
dup_watched (const char *file)
{
  g_autofree char *watched = g_strdup (file);
  g_autofree char *folder = g_path_get_dirname (file);

  while (!g_file_test (folder, G_FILE_TEST_IS_DIR) && g_strcmp0 (folder, watched) != 0)
    {
      g_free (watched);
      watched = g_steal_pointer (&folder);
      folder = g_path_get_dirname (watched);
    }

  return g_steal_pointer (&watched);
}

static void
load_in_thread (GTask *task, gpointer source_object, gpointer task_data, GCancellable *cancellable)
{
  LoadData *data = task_data;
  LoadResult *result = g_new0 (LoadResult, 1);
  g_autoptr (GStrvBuilder) watched = g_strv_builder_new ();

  result->openclaw = relay_openclaw_load (data->config_path, (const char *const *) data->environ_);
  for (gsize i = 0; result->openclaw->files[i] != NULL; i++)
    {
      g_autofree char *path = dup_watched (result->openclaw->files[i]);

      g_strv_builder_add (watched, path);
    }
  result->watched = g_strv_builder_end (watched);

  g_task_return_pointer (task, result, (GDestroyNotify) load_result_free);
}

static void
on_loaded (GObject *source_object, GAsyncResult *result, gpointer user_data)
{
  RelayOpenclawMonitor *self = user_data;
  g_autoptr (LoadResult) loaded = g_task_propagate_pointer (G_TASK (result), NULL);
  gboolean must_load_again;

  /* It can only have been cancelled, and then there is no monitor any more. */
  if (loaded == NULL)
    return;

  must_load_again = self->must_load_again;
  self->is_loading = FALSE;
  self->must_load_again = FALSE;

  /* A file can have changed between being read and being watched. */
  if (relay_file_watch_set_paths (self->watch, (const char *const *) loaded->watched) || must_load_again)
    start_load (self);

  if (self->openclaw != NULL && relay_openclaw_equal (self->openclaw, loaded->openclaw))
    return;

  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  self->openclaw = relay_openclaw_ref (loaded->openclaw);
  g_signal_emit (self, signals[CHANGED], 0, loaded->openclaw);
}

static void
start_load (RelayOpenclawMonitor *self)
{
  g_autoptr (GTask) task = NULL;
  LoadData *data;

  if (self->is_loading)
    {
      self->must_load_again = TRUE;
      return;
    }

  data = g_new0 (LoadData, 1);
  data->config_path = g_strdup (self->config_path);
  data->environ_ = g_get_environ ();

  self->is_loading = TRUE;
  task = g_task_new (NULL, self->cancellable, on_loaded, self);
  g_task_set_source_tag (task, start_load);
  g_task_set_task_data (task, data, load_data_free);
  g_task_run_in_thread (task, load_in_thread);
}

static void
on_changed (gpointer user_data)
{
  start_load (user_data);
}

static void
relay_openclaw_monitor_dispose (GObject *object)
{
  RelayOpenclawMonitor *self = RELAY_OPENCLAW_MONITOR (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->watch, relay_file_watch_free);

  G_OBJECT_CLASS (relay_openclaw_monitor_parent_class)->dispose (object);
}

static void
relay_openclaw_monitor_finalize (GObject *object)
{
  RelayOpenclawMonitor *self = RELAY_OPENCLAW_MONITOR (object);

  g_clear_pointer (&self->config_path, g_free);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (relay_openclaw_monitor_parent_class)->finalize (object);
}

static void
relay_openclaw_monitor_class_init (RelayOpenclawMonitorClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = relay_openclaw_monitor_dispose;
  object_class->finalize = relay_openclaw_monitor_finalize;

  /**
   * RelayOpenclawMonitor::changed:
   * @self: the monitor
   * @openclaw: the configuration as it is now
   *
   * Emitted when the configuration was read for the first time, and when it was read again and says something else.
   */
  signals[CHANGED] = g_signal_new ("changed", G_TYPE_FROM_CLASS (klass), G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                   1, RELAY_TYPE_OPENCLAW);
}

static void
relay_openclaw_monitor_init (RelayOpenclawMonitor *self)
{
  self->watch = relay_file_watch_new (on_changed, self);
  self->cancellable = g_cancellable_new ();
}

/**
 * relay_openclaw_monitor_new:
 * @config_path: (nullable): OpenClaw's configuration file; %NULL looks where OpenClaw itself does
 *
 * Begins to read OpenClaw's configuration, and to watch all the files it consists of. The environment is this process's.
 *
 * Returns: (transfer full): the monitor
 */
RelayOpenclawMonitor *
relay_openclaw_monitor_new (const char *config_path)
{
  RelayOpenclawMonitor *self = g_object_new (RELAY_TYPE_OPENCLAW_MONITOR, NULL);

  self->config_path = g_strdup (config_path);
  start_load (self);
  return self;
}

/**
 * relay_openclaw_monitor_get_openclaw:
 * @self: a monitor
 *
 * Returns: (transfer none) (nullable): the configuration as last read; %NULL until it was read for the first time
 */
RelayOpenclaw *
relay_openclaw_monitor_get_openclaw (RelayOpenclawMonitor *self)
{
  g_return_val_if_fail (RELAY_IS_OPENCLAW_MONITOR (self), NULL);

  return self->openclaw;
}

/**
 * relay_openclaw_monitor_reload:
 * @self: a monitor
 *
 * Reads the configuration again, without waiting for a change. Nothing is emitted if it says what it said before.
 */
void
relay_openclaw_monitor_reload (RelayOpenclawMonitor *self)
{
  g_return_if_fail (RELAY_IS_OPENCLAW_MONITOR (self));

  start_load (self);
}
