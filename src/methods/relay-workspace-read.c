/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "common/relay-json.h"
#include "methods/relay-workspace-content.h"
#include "methods/relay-workspace-job.h"
#include "methods/relay-workspace-path.h"
#include "methods/relay-workspace-walk.h"

/* workspace.read: the contents of a file, or of all files in a folder, in one answer that is built as they are read. */

#define ADVICE "read files one by one with path (workspace.ls lists them), or use recursive:false"

#define CHUNK_BYTES (64 * 1024)

/* What follows a file's content at least: "}]. */
#define TAIL_BYTES 3

typedef struct {
  const RelayWorkspaceJob *job; /* (unowned) */
  const RelaySandbox *sandbox;  /* (unowned) */
  GCancellable *cancellable;    /* (unowned) (nullable) */
  GString *out;                 /* (owned) (nullable) */
  char *chunk;                  /* (owned) of CHUNK_BYTES */
} Reader;

static void
reader_clear (Reader *self)
{
  if (self->out != NULL)
    g_string_free (self->out, TRUE);
  g_free (self->chunk);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reader, reader_clear)

static gboolean
prepare (RelayWorkspaceJob *job, JsonObject *params, GError **error)
{
  return relay_workspace_read_recursive (job, params, error) && relay_workspace_read_encoding (job, params, error);
}

/* Checks the answer's length if @more_bytes of a file were added now. */
static gboolean
reader_check_length (Reader *self, guint64 more_bytes, GError **error)
{
  guint64 length = self->out->len + (self->job->is_base64 ? (more_bytes + 2) / 3 * 4 : more_bytes) + TAIL_BYTES;

  if (length <= self->job->max_bytes)
    return TRUE;

  relay_workspace_set_too_large (error, length, self->job->max_bytes, ADVICE);
  return FALSE;
}

static gboolean
reader_append_content (Reader *self, int fd, const char *path, RelayWorkspaceContent *content, GError **error)
{
  gssize n_bytes;

  do
    {
      if (g_cancellable_set_error_if_cancelled (self->cancellable, error))
        return FALSE;

      n_bytes = TEMP_FAILURE_RETRY (read (fd, self->chunk, CHUNK_BYTES));
      if (n_bytes < 0)
        {
          relay_workspace_path_set_error (error, errno, "read", path);
          return FALSE;
        }
      if (self->job->is_base64)
        relay_workspace_content_append_base64 (content, self->chunk, (gsize) n_bytes);
      else
        relay_workspace_content_append_text (content, self->chunk, (gsize) n_bytes);
      if (!reader_check_length (self, 0, error))
        return FALSE;
    }
  while (n_bytes > 0);

  if (self->job->is_base64)
    relay_workspace_content_end_base64 (content);
  else
    relay_workspace_content_end_text (content);
  return reader_check_length (self, 0, error);
}

/* Appends the entry of an open file. */
static gboolean
reader_append_entry (Reader *self, int fd, const RelayWorkspaceEntry *entry, GError **error)
{
  RelayWorkspaceContent content = { .out = self->out };

  g_string_append (self->out, self->out->len > 1 ? ",{\"name\":" : "{\"name\":");
  relay_json_append_string (self->out, entry->name);
  g_string_append (self->out, ",\"content\":\"");
  if (!reader_append_content (self, fd, entry->path, &content, error))
    return FALSE;

  g_string_append_c (self->out, '"');
  if (content.is_lossy || strcmp (entry->name, entry->path) != 0)
    g_string_append (self->out, ",\"lossy\":true");
  g_string_append_c (self->out, '}');

  return TRUE;
}

/* Opens a file that was seen to be a regular one, and appends it, unless it no longer is. */
static gboolean
reader_append_file (Reader *self, const RelayWorkspaceEntry *entry, GError **error)
{
  relay_autofd int fd = relay_sandbox_open (self->sandbox, entry->path, O_RDONLY | O_NONBLOCK | O_NOCTTY);
  struct stat info;

  if (fd < 0 && (relay_sandbox_is_gone (errno) || errno == ELOOP || errno == ENXIO))
    return TRUE;
  if (fd < 0 || fstat (fd, &info) != 0)
    {
      relay_workspace_path_set_error (error, errno, "read", entry->path);
      return FALSE;
    }
  if (!S_ISREG (info.st_mode))
    return TRUE;

  return reader_check_length (self, (guint64) info.st_size, error) && reader_append_entry (self, fd, entry, error);
}

static gboolean
reader_append_folder (Reader *self, GError **error)
{
  g_autoptr (RelayWorkspaceWalk) walk = relay_workspace_walk_new (self->sandbox, self->job);
  const RelayWorkspaceEntry *entry;

  for (;;)
    {
      if (!relay_workspace_walk_next (walk, self->cancellable, &entry, error))
        return FALSE;
      if (entry == NULL)
        return TRUE;
      if (!reader_append_file (self, entry, error))
        return FALSE;
    }
}

static gboolean
reader_append (Reader *self, RelaySandboxKind kind, GError **error)
{
  RelayWorkspaceEntry entry = { self->job->path, self->job->path };
  g_autofree char *shown = NULL;

  switch (kind)
    {
    case RELAY_SANDBOX_ABSENT:
      return TRUE;
    case RELAY_SANDBOX_FOLDER:
      return reader_append_folder (self, error);
    case RELAY_SANDBOX_FILE:
      return reader_append_file (self, &entry, error);
    case RELAY_SANDBOX_OTHER:
    default:
      shown = relay_workspace_path_dup_shown (self->job->path);
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED, "Path '%s' is not a regular file", shown);
      return FALSE;
    }
}

static GBytes *
run (const RelayWorkspaceJob *job, const RelaySandbox *sandbox, GCancellable *cancellable, GError **error)
{
  g_auto (Reader) reader = { job, sandbox, cancellable, g_string_new ("["), g_malloc (CHUNK_BYTES) };
  RelaySandboxKind kind = RELAY_SANDBOX_ABSENT;

  if (!relay_workspace_path_has_temporary (job->path) && !relay_sandbox_look (sandbox, job->path, &kind, error))
    return NULL;
  if (!reader_append (&reader, kind, error))
    return NULL;

  g_string_append_c (reader.out, ']');
  if (reader.out->len > job->max_bytes)
    {
      relay_workspace_set_too_large (error, reader.out->len, job->max_bytes, ADVICE);
      return NULL;
    }
  return g_string_free_to_bytes (g_steal_pointer (&reader.out));
}

const RelayWorkspaceOperation relay_workspace_read_operation = { prepare, run, ADVICE };

/**
 * relay_workspace_read_async:
 * @request: the request
 * @cancellable: (nullable): stops the work
 * @callback: called with the answer
 * @user_data: for @callback
 *
 * Serves `workspace.read`; see relay_workspace_serve_async() for the errors.
 */
void
relay_workspace_read_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback,
                            gpointer user_data)
{
  relay_workspace_serve_async (request, &relay_workspace_read_operation, relay_workspace_read_async, cancellable, callback,
                               user_data);
}
