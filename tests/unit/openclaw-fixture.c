/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "openclaw-fixture.h"

#include <string.h>

#include <glib/gstdio.h>

#include "common/relay-error.h"

void
openclaw_fixture_remove_tree (const char *path)
{
  g_autoptr (GDir) dir = g_file_test (path, G_FILE_TEST_IS_SYMLINK) ? NULL : g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      openclaw_fixture_remove_tree (child);
    }
  g_remove (path);
}

void
openclaw_fixture_set_up (OpenclawFixture *self, gconstpointer data)
{
  g_autofree char *made = g_dir_make_tmp ("gangway-openclaw-XXXXXX", NULL);

  g_assert_nonnull (made);
  self->home = realpath (made, NULL);
  self->environ_ = g_environ_setenv (g_new0 (char *, 1), "HOME", self->home, TRUE);
}

void
openclaw_fixture_tear_down (OpenclawFixture *self, gconstpointer data)
{
  openclaw_fixture_remove_tree (self->home);
  g_free (self->home);
  g_strfreev (self->environ_);
}

char *
openclaw_fixture_in_home (OpenclawFixture *self, const char *name)
{
  return g_build_filename (self->home, name, NULL);
}

void
openclaw_fixture_write_file (OpenclawFixture *self, const char *name, const char *text)
{
  g_autofree char *path = openclaw_fixture_in_home (self, name);
  g_autofree char *dir = g_path_get_dirname (path);

  g_assert_no_errno (g_mkdir_with_parents (dir, 0700));
  g_assert_true (g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, NULL));
}

void
openclaw_fixture_write_config (OpenclawFixture *self, const char *text)
{
  openclaw_fixture_write_file (self, ".openclaw/openclaw.json", text);
}

void
openclaw_fixture_set_env (OpenclawFixture *self, const char *name, const char *value)
{
  self->environ_ = g_environ_setenv (self->environ_, name, value, TRUE);
}

RelayOpenclaw *
openclaw_fixture_load (OpenclawFixture *self)
{
  return relay_openclaw_load (NULL, (const char *const *) self->environ_);
}

void
openclaw_fixture_assert_path (OpenclawFixture *self, const char *path, const char *expected)
{
  g_autofree char *full = openclaw_fixture_in_home (self, expected);

  g_assert_cmpstr (path, ==, full);
}

void
openclaw_fixture_assert_workspace (OpenclawFixture *self, RelayOpenclaw *openclaw, const char *id, const char *expected)
{
  const RelayOpenclawAgent *agent = relay_openclaw_find_agent (openclaw, id);

  g_assert_nonnull (agent);
  openclaw_fixture_assert_path (self, agent->workspace, expected);
}

void
openclaw_fixture_assert_error (const GError *error, const char *message)
{
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, message);
}

void
openclaw_fixture_assert_secret (OpenclawFixture *self, RelayOpenclawAuth auth, const char *secret)
{
  g_autoptr (RelayOpenclaw) openclaw = openclaw_fixture_load (self);

  g_assert_no_error (openclaw->error);
  g_assert_no_error (openclaw->secret_error);
  g_assert_cmpint (openclaw->auth, ==, auth);
  g_assert_cmpstr (openclaw->secret, ==, secret);
}

void
openclaw_fixture_assert_secret_error (OpenclawFixture *self, const char *message)
{
  g_autoptr (RelayOpenclaw) openclaw = openclaw_fixture_load (self);

  g_assert_no_error (openclaw->error);
  g_assert_null (openclaw->secret);
  openclaw_fixture_assert_error (openclaw->secret_error, message);
}

void
openclaw_fixture_assert_config_error (OpenclawFixture *self, const char *message)
{
  g_autoptr (RelayOpenclaw) openclaw = openclaw_fixture_load (self);

  openclaw_fixture_assert_error (openclaw->error, message);
  openclaw_fixture_assert_error (openclaw->secret_error, message);
  g_assert_cmpuint (openclaw->port, ==, 18789);
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
}

gboolean
openclaw_fixture_watches (OpenclawFixture *self, RelayOpenclaw *openclaw, const char *name)
{
  g_autofree char *path = openclaw_fixture_in_home (self, name);

  return g_strv_contains ((const char *const *) openclaw->files, path);
}
