/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-watch-points.h"

#include <sys/stat.h>

#define MAX_LINKS 40

/* The way to a file, as it is walked. */
typedef struct {
  GQueue rest;       /* (owned) (element-type utf8) components that are still to be looked up */
  char *place;       /* (owned) how far the way has been walked: a path without links */
  GPtrArray *points; /* (owned) (element-type utf8) */
  guint n_links;
} Walk;

static void
walk_clear (Walk *self)
{
  g_queue_clear_full (&self->rest, g_free);
  g_free (self->place);
  g_ptr_array_unref (self->points);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Walk, walk_clear)

/* Puts the components of @path before what is still to be looked up. */
static void
push_path (Walk *self, const char *path)
{
  g_auto (GStrv) components = g_strsplit (path, "/", -1);

  for (guint i = g_strv_length (components); i > 0; i--)
    {
      if (*components[i - 1] != '\0' && !g_str_equal (components[i - 1], "."))
        g_queue_push_head (&self->rest, g_strdup (components[i - 1]));
    }
}

/* @place: (transfer full) */
static void
move_to (Walk *self, char *place)
{
  g_free (self->place);
  self->place = place;
}

/* A link can be made to point elsewhere; where it points to is walked next. */
static gboolean
follow_link (Walk *self, const char *link)
{
  g_autofree char *target = g_file_read_link (link, NULL);

  g_ptr_array_add (self->points, g_strdup (link));
  if (target == NULL || ++self->n_links > MAX_LINKS)
    return FALSE;

  if (g_path_is_absolute (target))
    move_to (self, g_strdup ("/"));
  push_path (self, target);
  return TRUE;
}

/* Takes one component; %FALSE where the way ends early. */
static gboolean
step (Walk *self, const char *component)
{
  g_autofree char *next = g_build_filename (self->place, component, NULL);
  struct stat info;

  if (g_str_equal (component, ".."))
    {
      move_to (self, g_path_get_dirname (self->place));
      return TRUE;
    }

  if (lstat (next, &info) != 0)
    {
      g_ptr_array_add (self->points, g_strdup (next));
      return FALSE;
    }

  if (S_ISLNK (info.st_mode))
    return follow_link (self, next);

  move_to (self, g_steal_pointer (&next));
  return TRUE;
}

/**
 * relay_watch_points:
 * @filename: an absolute path, of which nothing needs to exist
 *
 * Tells what to watch, each with a #GFileMonitor of its own, so that nothing can come, go or change at @filename unseen:
 * every symbolic link on the way, the first thing on the way that is missing, else the file itself, and the folder that the
 * way ends in. Looks at the disk.
 *
 * Returns: (transfer full): absolute paths
 */
GStrv
relay_watch_points (const char *filename)
{
  g_auto (Walk) self = { .place = g_strdup ("/"), .points = g_ptr_array_new_with_free_func (g_free) };
  gboolean is_complete = TRUE;

  g_queue_init (&self.rest);
  push_path (&self, filename);

  while (is_complete && !g_queue_is_empty (&self.rest))
    {
      g_autofree char *component = g_queue_pop_head (&self.rest);

      is_complete = step (&self, component);
    }

  g_ptr_array_add (self.points, g_strdup (self.place));
  if (is_complete)
    g_ptr_array_add (self.points, g_path_get_dirname (self.place));

  g_ptr_array_add (self.points, NULL);
  return g_strdupv ((char **) self.points->pdata);
}
