/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-url-book.h"

#include "common/relay-audit-place.h"
#include "common/relay-log.h"

#define BOOK_NAME "platform-urls"
#define GROUP "platform-url"

/**
 * RelayUrlBook:
 *
 * Remembers where each account's key goes, also while the service does not run: a key that lies in or next to gangway.conf
 * follows whoever edits that file.
 */
struct _RelayUrlBook {
  GObject parent_instance;

  char *filename; /* (owned) */
  GKeyFile *urls; /* (owned) account ids and URLs, as shown */
  gboolean is_saving;
  gboolean is_stale; /* it changed while it was being saved */
};

G_DEFINE_FINAL_TYPE (RelayUrlBook, relay_url_book, G_TYPE_OBJECT)

static void
relay_url_book_finalize (GObject *object)
{
  RelayUrlBook *self = RELAY_URL_BOOK (object);

  g_key_file_unref (self->urls);
  g_free (self->filename);

  G_OBJECT_CLASS (relay_url_book_parent_class)->finalize (object);
}

static void
relay_url_book_class_init (RelayUrlBookClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_url_book_finalize;
}

static void
relay_url_book_init (RelayUrlBook *self)
{
  self->filename = g_build_filename (g_get_user_state_dir (), RELAY_AUDIT_FOLDER, BOOK_NAME, NULL);
  self->urls = g_key_file_new ();
}

/**
 * relay_url_book_new:
 *
 * Reads the book of the last run. Blocks, for a small file.
 *
 * Returns: (transfer full): a book
 */
RelayUrlBook *
relay_url_book_new (void)
{
  RelayUrlBook *self = g_object_new (RELAY_TYPE_URL_BOOK, NULL);
  g_autoptr (GError) error = NULL;

  if (!g_key_file_load_from_file (self->urls, self->filename, G_KEY_FILE_NONE, &error) &&
      !g_error_matches (error, G_FILE_ERROR, G_FILE_ERROR_NOENT))
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
               "cannot tell whether a platform-url was changed since the last run, since %s cannot be read: %s",
               self->filename, error->message);

  return self;
}

static void save (RelayUrlBook *self);

static void
save_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  RelayUrlBook *self = source;
  g_autofree char *folder = g_path_get_dirname (self->filename);
  GError *error = NULL;

  /* If there is no folder, the next call tells why. */
  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents_full (self->filename, task_data, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
    g_task_return_boolean (task, TRUE);
  else
    g_task_return_error (task, error);
}

static void
on_saved (GObject *source, GAsyncResult *result, gpointer user_data)
{
  RelayUrlBook *self = RELAY_URL_BOOK (source);
  g_autoptr (GError) error = NULL;

  self->is_saving = FALSE;
  if (!g_task_propagate_boolean (G_TASK (result), &error))
    relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
               "a platform-url that is changed while gangwayd does not run will not be noticed: %s", error->message);
  if (self->is_stale)
    save (self);
}

static void
save (RelayUrlBook *self)
{
  g_autoptr (GTask) task = NULL;

  self->is_stale = self->is_saving;
  if (self->is_saving)
    return;

  self->is_saving = TRUE;
  task = g_task_new (self, NULL, on_saved, NULL);
  g_task_set_source_tag (task, save);
  g_task_set_task_data (task, g_key_file_to_data (self->urls, NULL, NULL), g_free);
  g_task_run_in_thread (task, save_in_thread);
}

/**
 * relay_url_book_note:
 * @self: a book
 * @account_id: an account
 * @url: where its platform is, as shown
 *
 * Writes down an account's URL.
 *
 * Returns: (transfer full) (nullable): the one that stood there, if it is another one
 */
char *
relay_url_book_note (RelayUrlBook *self, const char *account_id, const char *url)
{
  g_autofree char *old = g_key_file_get_string (self->urls, GROUP, account_id, NULL);

  if (g_strcmp0 (old, url) == 0)
    return NULL;

  g_key_file_set_string (self->urls, GROUP, account_id, url);
  save (self);

  return g_steal_pointer (&old);
}

static gboolean
on_time_to_look (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/**
 * relay_url_book_end:
 * @self: a book
 * @deadline_us: how long to wait, in the time of g_get_monotonic_time()
 *
 * Waits until what was written down is saved, but not longer than it says. To be called when nothing else runs any more.
 */
void
relay_url_book_end (RelayUrlBook *self, gint64 deadline_us)
{
  guint look_id = g_timeout_add (10, on_time_to_look, NULL);

  while (self->is_saving && g_get_monotonic_time () < deadline_us)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (look_id);
}
