/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <fcntl.h>
#include <signal.h>
#include <string.h>
#include <sys/file.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-path.h"

#define KEY "\"sessionKey\":\"agent:main:x\""

/* Any user but root: root may write to files that are read-only. */
#define NOBODY 65534

static char *
write_path (WorkspaceFixture *fixture, const char *path, const char *content, GError **error)
{
  const RelayWorkspaceJob job = { .path = path, .content = content };

  return workspace_run (fixture, &relay_workspace_write_operation, &job, error);
}

static void
assert_write (WorkspaceFixture *fixture, const char *path, const char *content)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = write_path (fixture, path, content, &error);
  g_autofree char *expected = g_strdup_printf ("{\"bytes\":%" G_GSIZE_FORMAT "}", strlen (content));
  g_autofree char *written = workspace_get (fixture, path);

  assert_answer (answer, error, expected);
  g_assert_cmpstr (written, ==, content);
}

static struct stat
stat_path (WorkspaceFixture *fixture, const char *name)
{
  g_autofree char *path = workspace_path (fixture, name);
  struct stat info;

  g_assert_cmpint (lstat (path, &info), ==, 0);
  return info;
}

static void
test_writes (WorkspaceFixture *fixture, gconstpointer data)
{
  assert_write (fixture, "new.md", "first");
  assert_write (fixture, "new.md", "second, longer");
  assert_write (fixture, "new.md", "");
  assert_write (fixture, "..name", "x");
  assert_write (fixture, "grün €.md", "grün €");
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 0);
}

static void
test_parents_are_made (WorkspaceFixture *fixture, gconstpointer data)
{
  mode_t umask_mode = umask (022);

  assert_write (fixture, "a/b/c/d.md", "x");
  assert_write (fixture, "a/b/e.md", "x");
  g_assert_cmpuint (stat_path (fixture, "a/b").st_mode & 07777, ==, 0755);
  g_assert_cmpuint (stat_path (fixture, "a/b/e.md").st_mode & 07777, ==, 0644);

  umask (077);
  assert_write (fixture, "p/q", "x");
  g_assert_cmpuint (stat_path (fixture, "p").st_mode & 07777, ==, 0700);
  g_assert_cmpuint (stat_path (fixture, "p/q").st_mode & 07777, ==, 0600);
  umask (umask_mode);
}

static void
test_mode_is_kept (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *path = workspace_path (fixture, "run.sh");

  workspace_put (fixture, "run.sh", "old");
  g_assert_cmpint (chmod (path, 0751), ==, 0);
  assert_write (fixture, "run.sh", "new");
  g_assert_cmpuint (stat_path (fixture, "run.sh").st_mode & 07777, ==, 0751);

  g_assert_cmpint (chmod (path, 06755), ==, 0);
  assert_write (fixture, "run.sh", "newer");
  g_assert_cmpuint (stat_path (fixture, "run.sh").st_mode & 07777, ==, 0755);
}

/* Who has the old file open, or another name for it, keeps it whole. */
static void
test_replaced_not_overwritten (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *path = workspace_path (fixture, "a");
  g_autofree char *other_name = g_build_filename (fixture->base, "other-name", NULL);
  g_autofree char *kept = NULL;

  workspace_put (fixture, "a", "old");
  g_assert_cmpint (link (path, other_name), ==, 0);
  assert_write (fixture, "a", "new");

  g_assert_true (g_file_get_contents (other_name, &kept, NULL, NULL));
  g_assert_cmpstr (kept, ==, "old");
}

static void
assert_write_refused (WorkspaceFixture *fixture, const char *path, const char *why)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = write_path (fixture, path, "x", &error);
  g_autofree char *message = g_strdup_printf ("Path '%s' %s", *path != '\0' ? path : ".", why);

  assert_refused (answer, error, RELAY_ERROR_DENIED, message);
}

static void
test_only_onto_files (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *link_error = "is a symbolic link or leads through one";
  g_autofree char *fifo = workspace_path (fixture, "fifo");
  g_autofree char *made = g_build_filename (fixture->outside, "made", NULL);

  workspace_put (fixture, "folder/f", "x");
  workspace_link (fixture, "../outside/secret.txt", "secret");
  workspace_link (fixture, "../outside/made", "dangling");
  workspace_link (fixture, fixture->outside, "out");
  workspace_link (fixture, "folder", "inner");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);

  assert_write_refused (fixture, "", "is not a regular file");
  assert_write_refused (fixture, "folder", "is not a regular file");
  assert_write_refused (fixture, "fifo", "is not a regular file");
  assert_write_refused (fixture, "secret", link_error);
  assert_write_refused (fixture, "dangling", link_error);
  assert_write_refused (fixture, "out", link_error);
  assert_write_refused (fixture, "out/secret.txt", link_error);
  assert_write_refused (fixture, "out/made", link_error);
  assert_write_refused (fixture, "out/new/made", link_error);
  assert_write_refused (fixture, "inner/g", link_error);

  g_assert_false (g_file_test (made, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 0);
}

static void
test_file_is_no_folder (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  workspace_put (fixture, "file", "x");
  answer = write_path (fixture, "file/below", "x", &error);
  assert_refused (answer, error, RELAY_ERROR_IO_ERROR, "Cannot write 'file/below': Not a directory");
}

static void
test_own_names_are_refused (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *why = "has a name that is kept for temporary files";
  g_autofree char *name = relay_workspace_path_new_temporary ();
  g_autofree char *upper = g_ascii_strup (name, -1);
  g_autofree char *below = g_strconcat (name, "/x", NULL);

  assert_write_refused (fixture, name, why);
  assert_write_refused (fixture, upper, why);
  assert_write_refused (fixture, below, why);
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 0);
}

/* By no method and in no writing: a hook would be run by the user's next command. */
static void
test_version_control_is_closed (WorkspaceFixture *fixture, gconstpointer data)
{
  static const char *const paths[] = { ".git/config", "a/../.git/config", ".git\\\\config", ".GIT/config", "./.git" };
  static const char *const methods[] = { "workspace.read", "workspace.write", "workspace.ls" };
  g_autofree char *config = NULL;

  workspace_put (fixture, ".git/config", "kept");
  for (gsize i = 0; i < G_N_ELEMENTS (paths) * G_N_ELEMENTS (methods); i++)
    {
      const char *method = methods[i % G_N_ELEMENTS (methods)];
      g_autoptr (GError) error = NULL;
      g_autofree char *params =
          g_strdup_printf ("{" KEY ",\"path\":\"%s\",\"content\":\"x\"}", paths[i / G_N_ELEMENTS (methods)]);
      g_autofree char *answer = workspace_serve (fixture, method, params, &error);

      g_assert_null (answer);
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_DENIED);
      g_assert_nonnull (strstr (error->message, "is in a folder that workspace methods leave alone"));
    }
  config = workspace_get (fixture, ".git/config");
  g_assert_cmpstr (config, ==, "kept");
}

/* A file of a relay that was killed has lost its lock; the next write in the folder removes it. */
static void
test_leftovers_are_removed (WorkspaceFixture *fixture, gconstpointer data)
{
  static const char own[] = ".gangway-0000000a.tmp";
  static const char in_use[] = ".gangway-0000000b.tmp";
  static const char symlink[] = ".gangway-0000000c.tmp";
  static const char named_twice[] = ".gangway-0000000d.tmp";
  static const char folder[] = ".gangway-0000000e.tmp";
  static const char fifo[] = ".gangway-0000000f.tmp";
  g_autofree char *in_use_path = workspace_path (fixture, in_use);
  g_autofree char *twice_path = workspace_path (fixture, named_twice);
  g_autofree char *second_path = workspace_path (fixture, "second-name");
  g_autofree char *fifo_path = workspace_path (fixture, fifo);
  g_autofree char *own_path = workspace_path (fixture, own);
  int fd;

  workspace_put (fixture, own, "half");
  workspace_put (fixture, in_use, "half");
  workspace_put (fixture, named_twice, "half");
  workspace_put (fixture, "elsewhere/.gangway-0000000a.tmp", "half");
  workspace_make_folder (fixture, folder);
  workspace_link (fixture, "../outside/secret.txt", symlink);
  g_assert_cmpint (mkfifo (fifo_path, 0600), ==, 0);
  g_assert_cmpint (link (twice_path, second_path), ==, 0);
  fd = open (in_use_path, O_RDONLY | O_CLOEXEC);
  g_assert_cmpint (flock (fd, LOCK_EX), ==, 0);

  assert_write (fixture, "a", "new");
  g_assert_false (g_file_test (own_path, G_FILE_TEST_EXISTS));
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 5);
  g_assert_cmpuint (workspace_count_temporary (fixture, "elsewhere"), ==, 1);

  close (fd);
  assert_write (fixture, "a", "newer");
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 4);
}

static void
test_base64 (WorkspaceFixture *fixture, gconstpointer data)
{
  RelayWorkspaceJob job = { .path = "a", .is_base64 = TRUE, .content = "AP8K+w==" };
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = workspace_run (fixture, &relay_workspace_write_operation, &job, &error);
  g_autofree char *path = workspace_path (fixture, "a");
  g_autofree char *written = NULL;
  g_autofree char *invalid = NULL;
  gsize length;

  assert_answer (answer, error, "{\"bytes\":4}");
  g_assert_true (g_file_get_contents (path, &written, &length, NULL));
  g_assert_cmpmem (written, length, "\0\xff\n\xfb", 4);

  job.content = "AP8K+w=";
  invalid = workspace_run (fixture, &relay_workspace_write_operation, &job, &error);
  assert_refused (invalid, error, RELAY_ERROR_INVALID_REQUEST, "content is not valid base64");
}

/* A limit on the size of files stands for a full disk: writing fails halfway. */
static void
test_full_disk_leaves_the_old_file (WorkspaceFixture *fixture, gconstpointer data)
{
  struct rlimit old_limit;
  struct rlimit limit;
  g_autoptr (GError) error = NULL;
  g_autofree char *content = g_strnfill (5 * 1024 * 1024, 'x');
  g_autofree char *answer = NULL;
  g_autofree char *kept = NULL;

  workspace_put (fixture, "a", "old");
  signal (SIGXFSZ, SIG_IGN);
  g_assert_cmpint (getrlimit (RLIMIT_FSIZE, &old_limit), ==, 0);
  limit = old_limit;
  limit.rlim_cur = 3 * 1024 * 1024;
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &limit), ==, 0);
  answer = write_path (fixture, "a", content, &error);
  g_assert_cmpint (setrlimit (RLIMIT_FSIZE, &old_limit), ==, 0);
  kept = workspace_get (fixture, "a");

  assert_refused (answer, error, RELAY_ERROR_IO_ERROR, "Cannot write 'a': File too large");
  g_assert_cmpstr (kept, ==, "old");
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 0);
}

static void
test_cancelled_leaves_the_old_file (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "a", .content = "new" };
  g_autoptr (RelaySandbox) sandbox = workspace_open_sandbox (fixture);
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;
  g_autofree char *kept = NULL;

  workspace_put (fixture, "a", "old");
  g_cancellable_cancel (cancellable);
  g_assert_null (relay_workspace_write_operation.run (&job, sandbox, cancellable, &error));
  kept = workspace_get (fixture, "a");

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
  g_assert_cmpstr (kept, ==, "old");
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 0);
}

/* Runs in a process of its own, which gives up being root if it is. */
static void
test_read_only_file (WorkspaceFixture *fixture, gconstpointer data)
{
  if (g_test_subprocess ())
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *path = workspace_path (fixture, "a");
      g_autofree char *answer = NULL;
      uid_t uid = geteuid ();

      workspace_put (fixture, "a", "old");
      if (uid == 0)
        {
          g_assert_cmpint (chmod (fixture->base, 0755), ==, 0);
          g_assert_cmpint (chown (fixture->root, NOBODY, NOBODY), ==, 0);
          g_assert_cmpint (chown (path, NOBODY, NOBODY), ==, 0);
          g_assert_cmpint (setegid (NOBODY), ==, 0);
          g_assert_cmpint (seteuid (NOBODY), ==, 0);
        }
      assert_write (fixture, "a", "new");
      g_assert_cmpint (chmod (path, 0444), ==, 0);
      answer = write_path (fixture, "a", "newer", &error);

      assert_refused (answer, error, RELAY_ERROR_IO_ERROR, "Cannot write 'a': Permission denied");
      g_assert_cmpint (seteuid (uid), ==, 0);
      return;
    }

  g_test_trap_subprocess (NULL, 0, 0);
  g_test_trap_assert_passed ();
}

/* Readers see one whole content or the other, whatever is going on. */
typedef struct {
  WorkspaceFixture *fixture;
  const char *content;
  int stop; /* (atomic) */
} Rewriter;

static gpointer
rewrite_until_stopped (gpointer data)
{
  Rewriter *self = data;

  while (!g_atomic_int_get (&self->stop))
    {
      g_autofree char *answer = write_path (self->fixture, "a", self->content, NULL);

      g_assert_nonnull (answer);
    }

  return NULL;
}

static void
test_many_at_once (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *first = g_strnfill (100000, '1');
  g_autofree char *second = g_strnfill (200000, '2');
  Rewriter rewriters[] = { { fixture, first, 0 }, { fixture, second, 0 } };
  GThread *threads[G_N_ELEMENTS (rewriters)];

  workspace_put (fixture, "a", first);
  for (gsize i = 0; i < G_N_ELEMENTS (rewriters); i++)
    threads[i] = g_thread_new ("rewriter", rewrite_until_stopped, &rewriters[i]);

  for (guint i = 0; i < 300; i++)
    {
      g_autofree char *content = workspace_get (fixture, "a");

      g_assert_true (g_str_equal (content, first) || g_str_equal (content, second));
    }

  for (gsize i = 0; i < G_N_ELEMENTS (rewriters); i++)
    {
      g_atomic_int_set (&rewriters[i].stop, 1);
      g_thread_join (threads[i]);
    }
  g_assert_cmpuint (workspace_count_temporary (fixture, ""), ==, 0);
}

static void
test_params (WorkspaceFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *params;
    const char *answer;
    const char *message;
  } cases[] = {
    { KEY ",\"path\":\"a/b\",\"content\":\"\\u20ac\"", "{\"bytes\":3}", NULL },
    { KEY ",\"path\":\" a\\\\c \",\"content\":\"\"", "{\"bytes\":0}", NULL },
    { KEY ",\"path\":\"a/b\",\"content\":\"AA==\",\"encoding\":\"base64\"", "{\"bytes\":1}", NULL },
    { KEY ",\"content\":\"x\"", NULL, "path is required for workspace.write" },
    { KEY ",\"path\":\"  \",\"content\":\"x\"", NULL, "path is required for workspace.write" },
    { KEY ",\"path\":null,\"content\":\"x\"", NULL, "path is required for workspace.write" },
    { KEY ",\"path\":7,\"content\":\"x\"", NULL, "path must be a string" },
    { KEY ",\"path\":\"a\"", NULL, "content is required for workspace.write" },
    { KEY ",\"path\":\"a\",\"content\":null", NULL, "content is required for workspace.write" },
    { KEY ",\"path\":\"a\",\"content\":{}", NULL, "content must be a string" },
    { KEY ",\"path\":\"a\",\"content\":3", NULL, "content must be a string" },
    { KEY ",\"path\":\"a\",\"content\":\"x\",\"encoding\":\"hex\"", NULL, "encoding must be utf8 or base64" },
    { "\"path\":\"a\",\"content\":\"x\"", NULL, "sessionKey is required for workspace.write" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *params = g_strdup_printf ("{%s}", cases[i].params);
      g_autofree char *answer = workspace_serve (fixture, "workspace.write", params, &error);

      if (cases[i].answer != NULL)
        assert_answer (answer, error, cases[i].answer);
      else
        assert_refused (answer, error, RELAY_ERROR_INVALID_REQUEST, cases[i].message);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  workspace_add_test_for_modes ("/workspace/W4/writes", test_writes);
  workspace_add_test_for_modes ("/workspace/W4/parents-are-made", test_parents_are_made);
  workspace_add_test ("/workspace/W4/mode-is-kept", test_mode_is_kept);
  workspace_add_test ("/workspace/W4/replaced-not-overwritten", test_replaced_not_overwritten);
  workspace_add_test ("/workspace/W4/full-disk-leaves-the-old-file", test_full_disk_leaves_the_old_file);
  workspace_add_test ("/workspace/W4/cancelled-leaves-the-old-file", test_cancelled_leaves_the_old_file);
  workspace_add_test ("/workspace/W4/read-only-file", test_read_only_file);
  workspace_add_test ("/workspace/W4/many-at-once", test_many_at_once);
  workspace_add_test_for_modes ("/workspace/W4/file-is-no-folder", test_file_is_no_folder);
  workspace_add_test ("/workspace/W7/own-names-are-refused", test_own_names_are_refused);
  workspace_add_test ("/workspace/W7/version-control-is-closed", test_version_control_is_closed);
  workspace_add_test ("/workspace/W4/leftovers-are-removed", test_leftovers_are_removed);
  workspace_add_test ("/workspace/W8/write-base64", test_base64);
  workspace_add_test_for_modes ("/workspace/W10/write-only-onto-files", test_only_onto_files);
  workspace_add_test ("/workspace/W11/write-params", test_params);

  return g_test_run ();
}
