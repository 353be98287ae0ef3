/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <sys/mount.h>

#include "common/relay-error.h"

/* workspace.write on file systems that cannot take more. Runs where it may mount. */

#define DISK "disk"

static void
mount_disk (WorkspaceFixture *fixture, const char *options)
{
  g_autofree char *path = workspace_path (fixture, DISK);

  workspace_make_folder (fixture, DISK);
  g_assert_cmpint (mount ("tmpfs", path, "tmpfs", MS_NOSUID | MS_NODEV, options), ==, 0);
}

static void
unmount_disk (WorkspaceFixture *fixture)
{
  g_autofree char *path = workspace_path (fixture, DISK);

  g_assert_cmpint (umount2 (path, MNT_DETACH), ==, 0);
}

static char *
write_file (WorkspaceFixture *fixture, const char *path, gsize n_bytes, GError **error)
{
  g_autofree char *content = g_strnfill (n_bytes, 'n');
  g_autofree char *params =
      g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\",\"content\":\"%s\"}", path, content);

  return workspace_serve (fixture, "workspace.write", params, error);
}

static void
assert_failed (WorkspaceFixture *fixture, const char *path, gsize n_bytes, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *message = g_strdup_printf ("Cannot write '%s': %s", path, why);
  g_autofree char *answer = write_file (fixture, path, n_bytes, &error);

  assert_refused (answer, error, RELAY_ERROR_IO_ERROR, message);
}

static void
assert_written (WorkspaceFixture *fixture, const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = write_file (fixture, path, 3, &error);

  assert_answer (answer, error, "{\"bytes\":3}");
}

static void
assert_content (WorkspaceFixture *fixture, const char *path, const char *expected)
{
  g_autofree char *content = workspace_get (fixture, path);

  g_assert_cmpstr (content, ==, expected);
}

/* The old file stays, nothing else is left, and what fits is written afterwards. */
static void
test_no_space (WorkspaceFixture *fixture, gconstpointer data)
{
  mount_disk (fixture, "size=256k");
  workspace_put (fixture, DISK "/a", "old");
  for (guint i = 0; i < 20; i++)
    assert_failed (fixture, DISK "/a", 300 * 1024, "No space left on device");
  assert_failed (fixture, DISK "/new", 300 * 1024, "No space left on device");

  assert_content (fixture, DISK "/a", "old");
  g_assert_cmpuint (workspace_count_temporary (fixture, DISK), ==, 0);
  assert_written (fixture, DISK "/a");
  assert_content (fixture, DISK "/a", "nnn");
  unmount_disk (fixture);
}

/* There is room for the disk's own folder, a file, and one folder more, in which the next does not fit. */
static void
test_no_room_for_folders (WorkspaceFixture *fixture, gconstpointer data)
{
  mount_disk (fixture, "nr_inodes=3");
  workspace_put (fixture, DISK "/a", "old");
  assert_failed (fixture, DISK "/b/c/d", 1, "No space left on device");
  assert_failed (fixture, DISK "/b/d", 1, "No space left on device");
  assert_failed (fixture, DISK "/a", 1, "No space left on device");
  assert_content (fixture, DISK "/a", "old");
  unmount_disk (fixture);
}

static void
test_read_only (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *path = workspace_path (fixture, DISK);

  mount_disk (fixture, "size=256k");
  workspace_put (fixture, DISK "/a", "old");
  g_assert_cmpint (mount (NULL, path, NULL, MS_REMOUNT | MS_RDONLY | MS_NOSUID | MS_NODEV, NULL), ==, 0);
  assert_failed (fixture, DISK "/a", 1, "Read-only file system");
  assert_failed (fixture, DISK "/b", 1, "Read-only file system");
  assert_failed (fixture, DISK "/c/d", 1, "Read-only file system");
  assert_content (fixture, DISK "/a", "old");
  unmount_disk (fixture);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  workspace_add_test ("/workspace/W4/no-space", test_no_space);
  workspace_add_test ("/workspace/W4/no-room-for-folders", test_no_room_for_folders);
  workspace_add_test ("/workspace/W4/read-only-file-system", test_read_only);

  return g_test_run ();
}
