/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <fcntl.h>
#include <ftw.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-path.h"

#define MAX_RESPONSE_BYTES (24 * 1024 * 1024)
#define MAX_ENTRIES 1000000

static const RelayMethod methods[] = {
  { "workspace.read", NULL, "workspace", FALSE, relay_workspace_read_async },
  { "workspace.write", NULL, "workspace", TRUE, relay_workspace_write_async },
  { "workspace.ls", NULL, "workspace", FALSE, relay_workspace_ls_async },
};

void
workspace_fixture_set_up (WorkspaceFixture *self, gconstpointer mode)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *secret = NULL;

  self->mode = GPOINTER_TO_UINT (mode);
  self->base = g_dir_make_tmp ("gangway-test-XXXXXX", &error);
  g_assert_no_error (error);
  self->root = g_build_filename (self->base, "ws", NULL);
  self->outside = g_build_filename (self->base, "outside", NULL);
  g_assert_cmpint (mkdir (self->root, 0700), ==, 0);
  g_assert_cmpint (mkdir (self->outside, 0700), ==, 0);

  secret = g_build_filename (self->outside, "secret.txt", NULL);
  g_file_set_contents (secret, CANARY, -1, &error);
  g_assert_no_error (error);

  self->context = fake_method_context_new ();
  self->context->account->workspace_root = g_strdup (self->root);
}

static int
remove_one (const char *path, const struct stat *info, int type, struct FTW *ftw)
{
  return remove (path);
}

/* Removes a folder and all that is in it. */
void
workspace_remove (const char *folder)
{
  g_assert_cmpint (nftw (folder, remove_one, 64, FTW_DEPTH | FTW_PHYS), ==, 0);
}

void
workspace_fixture_tear_down (WorkspaceFixture *self, gconstpointer mode)
{
  g_autofree char *secret = g_build_filename (self->outside, "secret.txt", NULL);
  g_autofree char *content = NULL;

  g_assert_true (g_file_get_contents (secret, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, CANARY);
  workspace_remove (self->base);

  g_free (self->base);
  g_free (self->root);
  g_free (self->outside);
  g_assert_finalize_object (self->context);
}

static void
add_test (const char *path, WorkspaceTest test, RelaySandboxMode mode)
{
  g_test_add (path, WorkspaceFixture, GUINT_TO_POINTER (mode), workspace_fixture_set_up, test, workspace_fixture_tear_down);
}

/* Adds a test that does not depend on how the sandbox works. */
void
workspace_add_test (const char *path, WorkspaceTest test)
{
  add_test (path, test, RELAY_SANDBOX_AUTO);
}

/* Adds a test once for each way in which the sandbox works. */
void
workspace_add_test_for_modes (const char *path, WorkspaceTest test)
{
  g_autofree char *openat2 = g_strconcat (path, "/openat2", NULL);
  g_autofree char *components = g_strconcat (path, "/components", NULL);

  add_test (openat2, test, RELAY_SANDBOX_OPENAT2);
  add_test (components, test, RELAY_SANDBOX_COMPONENTS);
}

char *
workspace_path (WorkspaceFixture *self, const char *name)
{
  return g_build_filename (self->root, name, NULL);
}

static void
make_parents (const char *path)
{
  g_autofree char *parent = g_path_get_dirname (path);

  g_assert_cmpint (g_mkdir_with_parents (parent, 0777), ==, 0);
}

void
workspace_put_bytes (WorkspaceFixture *self, const char *name, gconstpointer bytes, gsize n_bytes)
{
  g_autofree char *path = workspace_path (self, name);
  g_autoptr (GError) error = NULL;

  make_parents (path);
  g_file_set_contents (path, bytes, (gssize) n_bytes, &error);
  g_assert_no_error (error);
}

void
workspace_put (WorkspaceFixture *self, const char *name, const char *content)
{
  workspace_put_bytes (self, name, content, strlen (content));
}

void
workspace_make_folder (WorkspaceFixture *self, const char *name)
{
  g_autofree char *path = workspace_path (self, name);

  g_assert_cmpint (g_mkdir_with_parents (path, 0777), ==, 0);
}

void
workspace_link (WorkspaceFixture *self, const char *target, const char *name)
{
  g_autofree char *path = workspace_path (self, name);

  make_parents (path);
  g_assert_cmpint (symlink (target, path), ==, 0);
}

/* What a file holds; NULL if it is not there. */
char *
workspace_get (WorkspaceFixture *self, const char *name)
{
  g_autofree char *path = workspace_path (self, name);
  char *content = NULL;

  g_file_get_contents (path, &content, NULL, NULL);
  return content;
}

guint
workspace_count_temporary (WorkspaceFixture *self, const char *folder)
{
  g_autofree char *path = workspace_path (self, folder);
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;
  guint n = 0;

  g_assert_nonnull (dir);
  while ((name = g_dir_read_name (dir)) != NULL)
    n += relay_workspace_path_is_temporary (name) ? 1 : 0;

  return n;
}

RelaySandbox *
workspace_open_sandbox (WorkspaceFixture *self)
{
  int fd = open (self->root, O_PATH | O_DIRECTORY | O_CLOEXEC);

  g_assert_cmpint (fd, >=, 0);
  return relay_sandbox_new (fd, self->mode);
}

/* Runs what a method does in its thread, here and now. Caps of 0 are the usual ones. */
char *
workspace_run (WorkspaceFixture *self, const RelayWorkspaceOperation *operation, const RelayWorkspaceJob *job,
               GError **error)
{
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (self);
  RelayWorkspaceJob capped = *job;
  g_autoptr (GBytes) payload = NULL;

  if (capped.max_bytes == 0)
    capped.max_bytes = MAX_RESPONSE_BYTES;
  if (capped.max_entries == 0)
    capped.max_entries = MAX_ENTRIES;

  payload = operation->run (&capped, sandbox, NULL, error);
  return payload != NULL ? g_strndup (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload)) : NULL;
}

static void
on_served (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GAsyncResult **out = user_data;

  *out = g_object_ref (result);
}

/* Has a method's handler serve a request, as the relay would. */
char *
workspace_serve (WorkspaceFixture *self, const char *method, const char *params, GError **error)
{
  g_autoptr (JsonNode) node = json_from_string (params, NULL);
  RelayRequest request = { .context = RELAY_METHOD_CONTEXT (self->context), .params = json_node_get_object (node) };
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GBytes) payload = NULL;
  g_autofree char *path = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (strcmp (methods[i].name, method) == 0)
        request.method = &methods[i];
    }

  request.method->serve_async (&request, NULL, on_served, &result);
  while (result == NULL)
    g_main_context_iteration (NULL, TRUE);

  path = request.path;
  payload = g_task_propagate_pointer (G_TASK (result), error);
  return payload != NULL ? g_strndup (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload)) : NULL;
}

void
assert_answer (const char *answer, const GError *error, const char *expected)
{
  g_assert_no_error (error);
  g_assert_cmpstr (answer, ==, expected);
}

void
assert_refused (const char *answer, const GError *error, int code, const char *message)
{
  g_assert_cmpstr (answer, ==, NULL);
  g_assert_error (error, RELAY_ERROR, code);
  g_assert_cmpstr (error->message, ==, message);
}
