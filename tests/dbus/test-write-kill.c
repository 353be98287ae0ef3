/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

#include "methods/relay-workspace-path.h"

/* W4: gangwayd is killed at any moment of a workspace.write, ever so often; what is in the file is the old or the new. */

#define N_KILLS 320
#define OLD_BYTES 5000

static const gsize sizes[] = { 1, 1000, 70 * 1000, 1000 * 1000, 4 * 1000 * 1000 };

/* What became of the kills. */
typedef struct {
  guint n_old;
  guint n_new;
  guint n_leftovers;
} Tally;

typedef struct {
  ServiceFixture *service;               /* (unowned) */
  char *root;                            /* (owned) the workspace */
  gint64 write_us[G_N_ELEMENTS (sizes)]; /* how long a write takes from the request to the answer */
  Tally tally;
} Killing;

/* Starts a daemon, and waits until it is connected. */
static Program *
start_daemon (ServiceFixture *self)
{
  guint n_before = fake_peer_get_n_total (FAKE_PEER (self->platform));
  Program *daemon = program_start (self, (const char *const[]){ GANGWAYD, NULL }, G_SUBPROCESS_FLAGS_STDERR_SILENCE);

  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) > n_before);
  fake_platform_wait_ready (self->platform);
  return daemon;
}

static void
kill_daemon (ServiceFixture *self, Program *daemon)
{
  g_subprocess_force_exit (daemon->subprocess);
  program_wait (daemon);
  program_free (daemon);
  fake_peer_expect_empty (self->platform);
}

static char *
send_write (ServiceFixture *self, const char *name, gsize n_bytes)
{
  g_autofree char *content = g_strnfill (n_bytes, 'n');
  g_autofree char *params =
      g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\",\"content\":\"%s\"}", name, content);

  return fake_platform_send_request (self->platform, "workspace.write", params);
}

static void
write_whole (ServiceFixture *self, const char *name, gsize n_bytes)
{
  g_autofree char *id = send_write (self, name, n_bytes);
  g_autoptr (FakeMessage) answer = fake_platform_expect_answer (self->platform, id);

  g_assert_true (fake_message_has (answer, "ok", "true"));
}

static gboolean
is_all (const char *text, gsize length, char c, gsize expected_length)
{
  return length == expected_length && (length == 0 || (text[0] == c && memcmp (text, text + 1, length - 1) == 0));
}

/* Whether the file is new; else it is the old one, or still absent if there was none. */
static gboolean
look_at_file (const char *path, gsize new_bytes, gboolean was_there)
{
  g_autofree char *text = NULL;
  gsize length = 0;

  if (!g_file_get_contents (path, &text, &length, NULL))
    {
      g_assert_false (was_there);
      return FALSE;
    }
  if (is_all (text, length, 'n', new_bytes))
    return TRUE;

  g_assert_true (was_there);
  g_assert_true (is_all (text, length, 'o', OLD_BYTES));
  return FALSE;
}

static guint
count_leftovers (const char *folder)
{
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  const char *name;
  guint n = 0;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    n += relay_workspace_path_is_temporary (name) ? 1 : 0;
  return n;
}

static void
on_moment (gpointer user_data)
{
  gboolean *has_come = user_data;

  *has_come = TRUE;
}

/* Lets everything work until a random moment of the time that such a write takes. */
static void
wait_for_a_moment (gint64 within_us)
{
  gint32 wait_us = g_test_rand_int_range (0, (gint32) within_us);
  gint64 end_us = g_get_monotonic_time () + wait_us;
  gboolean has_come = FALSE;

  g_timeout_add_once ((guint) wait_us / 1000, on_moment, &has_come);
  fake_wait_until (has_come);
  while (g_get_monotonic_time () < end_us)
    g_main_context_iteration (NULL, FALSE);
}

static void
kill_once (Killing *self, guint turn)
{
  gsize size_index = turn % G_N_ELEMENTS (sizes);
  gboolean is_overwriting = (turn / G_N_ELEMENTS (sizes)) % 2 == 0;
  g_autofree char *name = is_overwriting ? g_strdup ("a") : g_strdup_printf ("new-%u/folder/a", turn);
  g_autofree char *path = g_build_filename (self->root, name, NULL);
  g_autofree char *folder = g_path_get_dirname (path);
  g_autofree char *old = g_strnfill (OLD_BYTES, 'o');
  Program *daemon = start_daemon (self->service);
  guint n_leftovers;

  if (is_overwriting)
    g_assert_true (g_file_set_contents_full (path, old, OLD_BYTES, G_FILE_SET_CONTENTS_CONSISTENT, 0644, NULL));

  g_free (send_write (self->service, name, sizes[size_index]));
  wait_for_a_moment (self->write_us[size_index]);
  kill_daemon (self->service, daemon);

  if (look_at_file (path, sizes[size_index], is_overwriting))
    self->tally.n_new++;
  else
    self->tally.n_old++;
  n_leftovers = count_leftovers (folder);
  g_assert_cmpuint (n_leftovers, <=, 1);
  self->tally.n_leftovers += n_leftovers;
}

/* Takes the time of each size's write, with some to spare, so that moments after the end are among those tried. */
static void
measure (Killing *self)
{
  Program *daemon = start_daemon (self->service);

  for (gsize i = 0; i < G_N_ELEMENTS (sizes); i++)
    {
      gint64 begin_us = g_get_monotonic_time ();

      write_whole (self->service, "a", sizes[i]);
      self->write_us[i] = (g_get_monotonic_time () - begin_us) * 3 / 2 + 1000;
    }
  kill_daemon (self->service, daemon);
}

static void
expect_swept (Killing *self)
{
  Program *daemon = start_daemon (self->service);

  for (guint i = 0; i < N_KILLS; i++)
    {
      g_autofree char *name = g_strdup_printf ("new-%u/folder/b", i);
      g_autofree char *path = g_build_filename (self->root, name, NULL);
      g_autofree char *folder = g_path_get_dirname (path);

      if (count_leftovers (folder) > 0)
        write_whole (self->service, name, 1);
      g_assert_cmpuint (count_leftovers (folder), ==, 0);
    }
  write_whole (self->service, "b", 1);
  g_assert_cmpuint (count_leftovers (self->root), ==, 0);
  kill_daemon (self->service, daemon);
}

static void
test_killed (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("unix:path=%s/none", self->dir);
  g_autofree char *root = g_build_filename (self->dir, "workspace", NULL);
  Killing killing = { .service = self, .root = root };

  g_assert_cmpint (g_mkdir (root, 0700), ==, 0);
  service_setenv (self, "DBUS_SESSION_BUS_ADDRESS", address);
  fake_gateway_add_agent (self->gateway, "main", root);

  measure (&killing);
  for (guint i = 0; i < N_KILLS; i++)
    kill_once (&killing, i);

  g_test_message ("killed %d times: %u old, %u new, %u leftovers", N_KILLS, killing.tally.n_old, killing.tally.n_new,
                  killing.tally.n_leftovers);
  g_assert_cmpuint (killing.tally.n_old, >, 0);
  g_assert_cmpuint (killing.tally.n_new, >, 0);
  expect_swept (&killing);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/write-kill/W4/old-or-new", test_killed);

  return g_test_run ();
}
