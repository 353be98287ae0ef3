/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-file-watch.h"

/* So long nothing must change before it is told: an editor does not write a file in one go. */
#define DEBOUNCE_MS 250

/**
 * RelayFileWatch:
 *
 * Watches the files that something was read from.
 */
struct _RelayFileWatch {
  RelayFileWatchFunc func;
  gpointer user_data;
  GHashTable *monitors; /* (owned) (element-type filename GFileMonitor) by path */
  guint debounce_id;
};

static void
monitor_free (gpointer data)
{
  GFileMonitor *monitor = data;

  g_file_monitor_cancel (monitor);
  g_object_unref (monitor);
}

static GHashTable *
monitors_new (void)
{
  return g_hash_table_new_full (g_str_hash, g_str_equal, g_free, monitor_free);
}

/**
 * relay_file_watch_new:
 * @func: called in the main context that is the thread's default now
 * @user_data: (unowned): for @func
 *
 * Returns: (transfer full): a watch that watches nothing yet
 */
RelayFileWatch *
relay_file_watch_new (RelayFileWatchFunc func, gpointer user_data)
{
  RelayFileWatch *self = g_new0 (RelayFileWatch, 1);

  self->func = func;
  self->user_data = user_data;
  self->monitors = monitors_new ();

  return self;
}

/**
 * relay_file_watch_free:
 * @self: (transfer full): a watch
 *
 * Ends a watch; its function is not called any more.
 */
void
relay_file_watch_free (RelayFileWatch *self)
{
  g_clear_handle_id (&self->debounce_id, g_source_remove);
  g_hash_table_unref (self->monitors);
  g_free (self);
}

static void
on_debounced (gpointer user_data)
{
  RelayFileWatch *self = user_data;

  self->debounce_id = 0;
  self->func (self->user_data);
}

/**
 * relay_file_watch_poke:
 * @self: a watch
 *
 * Does as if something had changed just now.
 */
void
relay_file_watch_poke (RelayFileWatch *self)
{
  g_clear_handle_id (&self->debounce_id, g_source_remove);
  self->debounce_id = g_timeout_add_once (DEBOUNCE_MS, on_debounced, self);
}

/* Any event may matter: a link set anew, a file moved over another, a mode changed. */
static void
on_monitor_changed (GFileMonitor *monitor, GFile *file, GFile *other_file, GFileMonitorEvent event, gpointer user_data)
{
  relay_file_watch_poke (user_data);
}

static GFileMonitor *
monitor_new (RelayFileWatch *self, const char *path)
{
  g_autoptr (GFile) file = g_file_new_for_path (path);
  g_autoptr (GError) error = NULL;
  GFileMonitor *monitor = g_file_monitor_file (file, G_FILE_MONITOR_WATCH_MOVES, NULL, &error);

  if (monitor == NULL)
    {
      g_warning ("Cannot watch %s, so that a change of it needs a reload: %s", path, error->message);
      return NULL;
    }

  g_file_monitor_set_rate_limit (monitor, DEBOUNCE_MS / 2);
  g_signal_connect (monitor, "changed", G_CALLBACK (on_monitor_changed), self);
  return monitor;
}

/**
 * relay_file_watch_set_paths:
 * @self: a watch
 * @paths: absolute paths, whether something is there or not
 *
 * Watches these and nothing else.
 *
 * Returns: %TRUE if one of them was not watched before: it may have changed unseen since it was read
 */
gboolean
relay_file_watch_set_paths (RelayFileWatch *self, const char *const *paths)
{
  g_autoptr (GHashTable) old = g_steal_pointer (&self->monitors);
  gboolean added = FALSE;

  self->monitors = monitors_new ();
  for (gsize i = 0; paths[i] != NULL; i++)
    {
      g_autofree char *path = NULL;
      GFileMonitor *monitor = NULL;

      if (g_hash_table_contains (self->monitors, paths[i]))
        continue;
      if (!g_hash_table_steal_extended (old, paths[i], (gpointer *) &path, (gpointer *) &monitor))
        {
          path = g_strdup (paths[i]);
          monitor = monitor_new (self, path);
          added = added || monitor != NULL;
        }
      if (monitor != NULL)
        g_hash_table_insert (self->monitors, g_steal_pointer (&path), monitor);
    }

  return added;
}
