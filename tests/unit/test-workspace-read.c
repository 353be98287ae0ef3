/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/sysmacros.h>
#include <sys/un.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-path.h"

#define BAD "\xef\xbf\xbd"

static char *
read_path (WorkspaceFixture *fixture, const char *path, GError **error)
{
  const RelayWorkspaceJob job = { .path = path, .is_recursive = TRUE };

  return workspace_run (fixture, &relay_workspace_read_operation, &job, error);
}

static void
assert_read (WorkspaceFixture *fixture, const char *path, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = read_path (fixture, path, &error);

  assert_answer (answer, error, expected);
}

static void
test_file_and_folder (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob flat = { .path = "", .is_recursive = FALSE };
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  workspace_put (fixture, "b.md", "two\n\"words\"");
  workspace_put (fixture, "a/c.md", "");

  assert_read (fixture, "b.md", "[{\"name\":\"b.md\",\"content\":\"two\\n\\\"words\\\"\"}]");
  assert_read (fixture, "a/c.md", "[{\"name\":\"a/c.md\",\"content\":\"\"}]");
  assert_read (fixture, "a", "[{\"name\":\"a/c.md\",\"content\":\"\"}]");
  assert_read (fixture, "",
               "[{\"name\":\"a/c.md\",\"content\":\"\"},{\"name\":\"b.md\",\"content\":\"two\\n\\\"words\\\"\"}]");

  answer = workspace_run (fixture, &relay_workspace_read_operation, &flat, &error);
  assert_answer (answer, error, "[{\"name\":\"b.md\",\"content\":\"two\\n\\\"words\\\"\"}]");
}

static void
test_missing_is_empty (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *temporary = relay_workspace_path_new_temporary ();

  workspace_put (fixture, temporary, "half a file");
  workspace_put (fixture, "file", "x");

  assert_read (fixture, "missing", "[]");
  assert_read (fixture, "missing/file", "[]");
  assert_read (fixture, "file/below", "[]");
  assert_read (fixture, temporary, "[]");
}

static void
test_walk_skips (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *temporary = relay_workspace_path_new_temporary ();
  g_autofree char *fifo = workspace_path (fixture, "fifo");

  workspace_put (fixture, temporary, "half a file");
  workspace_put (fixture, "node_modules/x", "x");
  workspace_put (fixture, ".git/config", "x");
  workspace_put (fixture, "a", "A");
  workspace_link (fixture, fixture->outside, "out");
  workspace_link (fixture, "../outside/secret.txt", "secret");
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);

  assert_read (fixture, "", "[{\"name\":\"a\",\"content\":\"A\"}]");
}

static void
test_text_that_is_not_utf8 (WorkspaceFixture *fixture, gconstpointer data)
{
  workspace_put_bytes (fixture, "bad", "a\xff\xe2\x82", 4);
  workspace_put_bytes (fixture, "bom", "\xef\xbb\xbfx", 4);
  workspace_put_bytes (fixture, "nul", "a\0b", 3);

  assert_read (fixture, "bad", "[{\"name\":\"bad\",\"content\":\"a" BAD BAD BAD "\",\"lossy\":true}]");
  assert_read (fixture, "bom", "[{\"name\":\"bom\",\"content\":\"\xef\xbb\xbfx\"}]");
  assert_read (fixture, "nul", "[{\"name\":\"nul\",\"content\":\"a\\u0000b\"}]");
}

static void
test_name_that_is_not_utf8 (WorkspaceFixture *fixture, gconstpointer data)
{
  workspace_put (fixture, "d/\xff.md", "x");

  assert_read (fixture, "", "[{\"name\":\"d/" BAD ".md\",\"content\":\"x\",\"lossy\":true}]");
}

static void
test_base64 (WorkspaceFixture *fixture, gconstpointer data)
{
  const RelayWorkspaceJob job = { .path = "", .is_recursive = TRUE, .is_base64 = TRUE };
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = NULL;

  workspace_put_bytes (fixture, "a", "\0\xff\n\xfb", 4);
  workspace_put (fixture, "b", "");
  workspace_put (fixture, "c", "abc");

  answer = workspace_run (fixture, &relay_workspace_read_operation, &job, &error);
  assert_answer (answer, error,
                 "[{\"name\":\"a\",\"content\":\"AP8K+w==\"},{\"name\":\"b\",\"content\":\"\"},"
                 "{\"name\":\"c\",\"content\":\"YWJj\"}]");
}

/* Larger than what is read at once, with a character across each border. */
static void
test_large_text (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GString) text = g_string_new ("x");
  g_autofree char *expected = NULL;

  while (text->len < 300 * 1024)
    g_string_append (text, "€");
  expected = g_strdup_printf ("[{\"name\":\"large\",\"content\":\"%s\"}]", text->str);
  workspace_put (fixture, "large", text->str);

  assert_read (fixture, "large", expected);
}

static void
assert_capped (WorkspaceFixture *fixture, RelayWorkspaceJob job)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = workspace_run (fixture, &relay_workspace_read_operation, &job, &error);
  g_autofree char *fits = NULL;
  g_autofree char *over = NULL;
  g_autofree char *size = NULL;

  g_assert_no_error (error);
  job.max_bytes = strlen (answer);
  fits = workspace_run (fixture, &relay_workspace_read_operation, &job, &error);
  assert_answer (fits, error, answer);

  job.max_bytes--;
  over = workspace_run (fixture, &relay_workspace_read_operation, &job, &error);
  size = g_strdup_printf ("over the limit of %" G_GUINT64_FORMAT " (workspace-max-response)", job.max_bytes);
  g_assert_null (over);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_TOO_LARGE);
  g_assert_nonnull (strstr (error->message, size));
}

static void
test_cap (WorkspaceFixture *fixture, gconstpointer data)
{
  workspace_put (fixture, "a", "\1\2\3\"\\");
  assert_capped (fixture, (RelayWorkspaceJob){ .path = "", .is_recursive = TRUE });
  assert_capped (fixture, (RelayWorkspaceJob){ .path = "", .is_recursive = TRUE, .is_base64 = TRUE });
  workspace_put (fixture, "b/c", "\xff\xff");
  assert_capped (fixture, (RelayWorkspaceJob){ .path = "", .is_recursive = TRUE });
  assert_capped (fixture, (RelayWorkspaceJob){ .path = "b/c", .is_recursive = TRUE });
  assert_capped (fixture, (RelayWorkspaceJob){ .path = "", .is_recursive = TRUE, .is_base64 = TRUE });
}

/* A file over the cap is refused by its size: reading this one would take days. */
static void
test_size_is_told_without_reading (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = workspace_path (fixture, "huge");
  g_autofree char *answer = NULL;

  workspace_put (fixture, "huge", "");
  g_assert_cmpint (truncate (path, G_GINT64_CONSTANT (1) << 43), ==, 0);

  answer = read_path (fixture, "huge", &error);
  assert_refused (answer, error, RELAY_ERROR_TOO_LARGE,
                  "The answer would have at least 8796093022212 bytes, over the limit of 25165824 "
                  "(workspace-max-response): read files one by one with path (workspace.ls lists them), or use "
                  "recursive:false");
}

static void
test_other_kinds_are_refused (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *names[] = { "fifo", "socket", "device" };
  g_autofree char *fifo = workspace_path (fixture, "fifo");
  g_autofree char *device = workspace_path (fixture, "device");
  struct sockaddr_un address = { .sun_family = AF_UNIX };
  int fd = socket (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);

  g_assert_cmpint (g_snprintf (address.sun_path, sizeof address.sun_path, "%s/socket", fixture->root), <,
                   sizeof address.sun_path);
  g_assert_cmpint (bind (fd, (struct sockaddr *) &address, sizeof address), ==, 0);
  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);

  /* Only root may make a device; for others a second FIFO stands in. */
  if (mknod (device, S_IFCHR | 0600, makedev (1, 5)) != 0)
    g_assert_cmpint (mkfifo (device, 0600), ==, 0);

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *answer = read_path (fixture, names[i], &error);
      g_autofree char *message = g_strdup_printf ("Path '%s' is not a regular file", names[i]);

      assert_refused (answer, error, RELAY_ERROR_DENIED, message);
    }

  assert_read (fixture, "", "[]");
  close (fd);
}

static void
test_links_are_refused (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *names[] = { "secret", "out/secret.txt", "inner", "dangling" };

  workspace_put (fixture, "a", "x");
  workspace_link (fixture, "../outside/secret.txt", "secret");
  workspace_link (fixture, fixture->outside, "out");
  workspace_link (fixture, "a", "inner");
  workspace_link (fixture, "nothing", "dangling");

  for (gsize i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *answer = read_path (fixture, names[i], &error);
      g_autofree char *message = g_strdup_printf ("Path '%s' is a symbolic link or leads through one", names[i]);

      assert_refused (answer, error, RELAY_ERROR_DENIED, message);
    }
}

static void
test_params (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *text = NULL;
  g_autofree char *base64 = NULL;
  g_autofree char *absolute = NULL;
  g_autofree char *absolute_params = g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"%s/a\"}", fixture->root);

  workspace_put (fixture, "a", "x");
  text = workspace_serve (fixture, "workspace.read", "{\"sessionKey\":\"agent:main:x\",\"encoding\":\"utf8\"}", &error);
  assert_answer (text, error, "[{\"name\":\"a\",\"content\":\"x\"}]");
  base64 = workspace_serve (fixture, "workspace.read",
                            "{\"sessionKey\":\"agent:main:x\",\"path\":\"a\",\"encoding\":\"base64\"}", &error);
  assert_answer (base64, error, "[{\"name\":\"a\",\"content\":\"eA==\"}]");
  absolute = workspace_serve (fixture, "workspace.read", absolute_params, &error);
  assert_answer (absolute, error, "[{\"name\":\"a\",\"content\":\"x\"}]");
}

static void
test_wrong_params (WorkspaceFixture *fixture, gconstpointer data)
{
  static const struct {
    const char *params;
    const char *message;
  } wrong[] = {
    { "\"path\":1", "path must be a string" },
    { "\"path\":[\"a\"]", "path must be a string" },
    { "\"encoding\":\"utf16\"", "encoding must be utf8 or base64" },
    { "\"encoding\":{}", "encoding must be a string" },
    { "\"recursive\":1", "recursive must be true or false" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *params = g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",%s}", wrong[i].params);
      g_autofree char *answer = workspace_serve (fixture, "workspace.read", params, &error);

      assert_refused (answer, error, RELAY_ERROR_INVALID_REQUEST, wrong[i].message);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  workspace_add_test_for_modes ("/workspace/W3/file-and-folder", test_file_and_folder);
  workspace_add_test ("/workspace/W3/params", test_params);
  workspace_add_test ("/workspace/W3/wrong-params", test_wrong_params);
  workspace_add_test_for_modes ("/workspace/W7/read-missing-is-empty", test_missing_is_empty);
  workspace_add_test_for_modes ("/workspace/W7/read-walk-skips", test_walk_skips);
  workspace_add_test ("/workspace/W8/text-that-is-not-utf8", test_text_that_is_not_utf8);
  workspace_add_test ("/workspace/W8/name-that-is-not-utf8", test_name_that_is_not_utf8);
  workspace_add_test ("/workspace/W8/base64", test_base64);
  workspace_add_test ("/workspace/W8/large-text", test_large_text);
  workspace_add_test ("/workspace/W9/read-over-the-cap", test_cap);
  workspace_add_test ("/workspace/W9/size-is-told-without-reading", test_size_is_told_without_reading);
  workspace_add_test_for_modes ("/workspace/W10/read-other-kinds", test_other_kinds_are_refused);
  workspace_add_test_for_modes ("/workspace/W10/read-links", test_links_are_refused);

  return g_test_run ();
}
