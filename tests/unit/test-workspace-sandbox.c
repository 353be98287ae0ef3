/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <errno.h>
#include <fcntl.h>
#include <linux/filter.h>
#include <linux/seccomp.h>
#include <stddef.h>
#include <stdio.h>
#include <sys/prctl.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <unistd.h>

#include "common/relay-error.h"

/* How long each race is run, and how often at least. */
#define RACE_MS 700
#define RACE_MIN_ROUNDS 200

static void
assert_open_fails (const RelaySandbox *sandbox, const char *path, int flags, int expected_errno)
{
  errno = 0;
  g_assert_cmpint (relay_sandbox_open (sandbox, path, flags), ==, -1);
  g_assert_cmpint (errno, ==, expected_errno);
}

static void
assert_opens (const RelaySandbox *sandbox, const char *path, int flags)
{
  relay_autofd int fd = relay_sandbox_open (sandbox, path, flags);

  g_assert_cmpint (fd, >=, 0);
  g_assert_cmpint (fcntl (fd, F_GETFD), ==, FD_CLOEXEC);
}

static void
test_opens_what_is_beneath (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (fixture);

  workspace_put (fixture, "a/b/c.txt", "x");
  workspace_put (fixture, "..name/...", "x");

  assert_opens (sandbox, "", O_RDONLY | O_DIRECTORY);
  assert_opens (sandbox, "a/b", O_RDONLY | O_DIRECTORY);
  assert_opens (sandbox, "a/b/c.txt", O_RDONLY);
  assert_opens (sandbox, "a/b/c.txt", O_PATH);
  assert_opens (sandbox, "..name", O_PATH);
  assert_open_fails (sandbox, "a/x", O_RDONLY, ENOENT);
  assert_open_fails (sandbox, "x/c.txt", O_RDONLY, ENOENT);
  assert_open_fails (sandbox, "a/b/c.txt/d", O_RDONLY, ENOTDIR);
  assert_open_fails (sandbox, "a/b/c.txt", O_RDONLY | O_DIRECTORY, ENOTDIR);
}

static void
test_nothing_above (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (fixture);
  g_autofree char *absolute = workspace_path (fixture, "a");
  g_autoptr (GString) deep = g_string_new ("a");

  workspace_put (fixture, "a/b", "x");
  assert_open_fails (sandbox, "..", O_PATH, EXDEV);
  assert_open_fails (sandbox, "../outside/secret.txt", O_RDONLY, EXDEV);
  assert_open_fails (sandbox, "a/../../outside/secret.txt", O_RDONLY, EXDEV);
  assert_open_fails (sandbox, "a/..", O_PATH, EXDEV);
  assert_open_fails (sandbox, absolute, O_PATH, EXDEV);
  assert_open_fails (sandbox, "/", O_PATH, EXDEV);

  while (deep->len < 4096)
    g_string_append (deep, "/a");
  assert_open_fails (sandbox, deep->str, O_PATH, ENAMETOOLONG);
}

static void
test_no_symbolic_link (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (fixture);
  const int flags[] = { O_RDONLY, O_PATH, O_RDONLY | O_DIRECTORY, O_PATH | O_DIRECTORY, O_RDONLY | O_NOFOLLOW };

  workspace_put (fixture, "real/f", "x");
  workspace_link (fixture, fixture->outside, "out");
  workspace_link (fixture, "../outside/secret.txt", "secret");
  workspace_link (fixture, "real", "inner");
  workspace_link (fixture, "nowhere", "dangling");
  workspace_link (fixture, "loop", "loop");
  workspace_link (fixture, "/proc/self/root", "magic");
  workspace_link (fixture, "/proc/self/cwd", "a/magic");

  for (gsize i = 0; i < G_N_ELEMENTS (flags); i++)
    {
      assert_open_fails (sandbox, "out", flags[i], ELOOP);
      assert_open_fails (sandbox, "secret", flags[i], ELOOP);
      assert_open_fails (sandbox, "inner", flags[i], ELOOP);
      assert_open_fails (sandbox, "dangling", flags[i], ELOOP);
      assert_open_fails (sandbox, "loop", flags[i], ELOOP);
      assert_open_fails (sandbox, "magic", flags[i], ELOOP);
      assert_open_fails (sandbox, "out/secret.txt", flags[i], ELOOP);
      assert_open_fails (sandbox, "inner/f", flags[i], ELOOP);
      assert_open_fails (sandbox, "a/magic/etc", flags[i], ELOOP);
    }
}

static void
test_root_may_be_a_link (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->base, "link", NULL);
  g_autoptr (RelaySandbox) sandbox = NULL;
  g_autofree char *real = NULL;

  workspace_put (fixture, "a", "x");
  g_assert_cmpint (symlink ("ws", link), ==, 0);
  g_free (g_steal_pointer (&fixture->root));
  fixture->root = g_strdup (link);
  sandbox = workspace_open_sandbox (fixture);
  real = relay_sandbox_dup_real_root (sandbox);

  assert_opens (sandbox, "a", O_RDONLY);
  g_assert_true (g_str_has_suffix (real, "/ws"));
}

static void
test_look (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (fixture);
  g_autoptr (GError) error = NULL;
  g_autofree char *fifo = workspace_path (fixture, "fifo");
  RelaySandboxKind kind;

  workspace_put (fixture, "a/f", "x");
  workspace_link (fixture, "a", "link");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);

  g_assert_true (relay_sandbox_look (sandbox, "", &kind, NULL) && kind == RELAY_SANDBOX_FOLDER);
  g_assert_true (relay_sandbox_look (sandbox, "a/f", &kind, NULL) && kind == RELAY_SANDBOX_FILE);
  g_assert_true (relay_sandbox_look (sandbox, "fifo", &kind, NULL) && kind == RELAY_SANDBOX_OTHER);
  g_assert_true (relay_sandbox_look (sandbox, "x/y", &kind, NULL) && kind == RELAY_SANDBOX_ABSENT);
  g_assert_true (relay_sandbox_look (sandbox, "a/f/y", &kind, NULL) && kind == RELAY_SANDBOX_ABSENT);
  g_assert_false (relay_sandbox_look (sandbox, "link/f", &kind, &error));
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_DENIED);
}

static void
forbid_openat2 (int as_errno)
{
  struct sock_filter code[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ERRNO | (guint32) as_errno),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (code), code };

  g_assert_cmpint (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), ==, 0);
  g_assert_cmpint (prctl (PR_SET_SECCOMP, SECCOMP_MODE_FILTER, &program), ==, 0);
}

static RelaySandboxMode
mode_of_new_sandbox (void)
{
  g_autoptr (RelaySandbox) sandbox = relay_sandbox_new (open ("/tmp", O_PATH | O_DIRECTORY), RELAY_SANDBOX_AUTO);

  return relay_sandbox_get_mode (sandbox);
}

static void
test_without_openat2 (gconstpointer as_errno)
{
  if (g_test_subprocess ())
    {
      forbid_openat2 (GPOINTER_TO_INT (as_errno));
      g_assert_cmpint (mode_of_new_sandbox (), ==, RELAY_SANDBOX_COMPONENTS);
      return;
    }

  g_assert_cmpint (mode_of_new_sandbox (), ==, RELAY_SANDBOX_OPENAT2);
  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* Swaps the folder `d` for a link to the folder outside, and back, as fast as it can. */
typedef struct {
  int root_fd;
  int stop; /* (atomic) */
  guint n_swaps;
} Swapper;

static gpointer
swap_until_stopped (gpointer data)
{
  Swapper *self = data;

  while (!g_atomic_int_get (&self->stop))
    {
      g_assert_cmpint (renameat2 (self->root_fd, "d", self->root_fd, "link", RENAME_EXCHANGE), ==, 0);
      self->n_swaps++;
    }

  return NULL;
}

/* Runs @job again and again while folders are swapped; nothing of the folder outside may be seen, and it must have come
 * through when the folder was in its place. */
static void
race (WorkspaceFixture *fixture, const RelayWorkspaceOperation *operation, const RelayWorkspaceJob *job,
      const char *expected)
{
  Swapper swapper = { .root_fd = open (fixture->root, O_PATH | O_DIRECTORY) };
  gint64 end_us = g_get_monotonic_time () + RACE_MS * 1000;
  GThread *thread;
  guint n_rounds = 0;
  guint n_through = 0;

  workspace_put (fixture, "d/secret.txt", "harmless");
  workspace_link (fixture, fixture->outside, "link");
  thread = g_thread_new ("swapper", swap_until_stopped, &swapper);

  for (; g_get_monotonic_time () < end_us || n_rounds < RACE_MIN_ROUNDS || n_through == 0; n_rounds++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *answer = workspace_run (fixture, operation, job, &error);

      g_assert_true (answer == NULL || strstr (answer, CANARY) == NULL);
      if (answer == NULL)
        g_assert_error (error, RELAY_ERROR, RELAY_ERROR_DENIED);
      n_through += answer != NULL && strstr (answer, expected) != NULL ? 1 : 0;
    }

  g_atomic_int_set (&swapper.stop, 1);
  g_thread_join (thread);
  close (swapper.root_fd);
  g_test_message ("%u rounds, %u through, %u swaps", n_rounds, n_through, swapper.n_swaps);
}

static void
test_race_read_file (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "d/secret.txt" };

  race (fixture, &relay_workspace_read_operation, &job, "harmless");
}

static void
test_race_read_folder (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE };

  race (fixture, &relay_workspace_read_operation, &job, "harmless");
}

static void
test_race_ls (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE };
  g_autofree char *only_outside = g_build_filename (fixture->outside, CANARY, NULL);

  g_assert_true (g_file_set_contents (only_outside, "x", -1, NULL));
  race (fixture, &relay_workspace_ls_operation, &job, "d/secret.txt");
}

/* That the file outside is as it was is asserted when the fixture is torn down. */
static void
test_race_write (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "d/secret.txt", .content = "written" };

  race (fixture, &relay_workspace_write_operation, &job, "\"bytes\":7");
}

static void
test_race_make_folders (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "d/new/er/file", .content = "written" };
  g_autofree char *made = g_build_filename (fixture->outside, "new", NULL);

  race (fixture, &relay_workspace_write_operation, &job, "\"bytes\":7");
  g_assert_false (g_file_test (made, G_FILE_TEST_EXISTS));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  workspace_add_test_for_modes ("/workspace/W10/opens-what-is-beneath", test_opens_what_is_beneath);
  workspace_add_test_for_modes ("/workspace/W10/nothing-above", test_nothing_above);
  workspace_add_test_for_modes ("/workspace/W10/no-symbolic-link", test_no_symbolic_link);
  workspace_add_test_for_modes ("/workspace/W10/root-may-be-a-link", test_root_may_be_a_link);
  workspace_add_test_for_modes ("/workspace/W10/look", test_look);
  g_test_add_data_func ("/workspace/W10/without-openat2/old-kernel", GINT_TO_POINTER (ENOSYS), test_without_openat2);
  g_test_add_data_func ("/workspace/W10/without-openat2/seccomp", GINT_TO_POINTER (EPERM), test_without_openat2);
  workspace_add_test_for_modes ("/workspace/W10/race/read-file", test_race_read_file);
  workspace_add_test_for_modes ("/workspace/W10/race/read-folder", test_race_read_folder);
  workspace_add_test_for_modes ("/workspace/W10/race/ls", test_race_ls);
  workspace_add_test_for_modes ("/workspace/W10/race/write", test_race_write);
  workspace_add_test_for_modes ("/workspace/W10/race/make-folders", test_race_make_folders);

  return g_test_run ();
}
