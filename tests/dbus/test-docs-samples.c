/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <string.h>

/* The samples of docs/d-bus.md, as they stand there. */

/* Returns: the block of code below a heading, without the fence */
static char *
dup_sample (const char *heading, const char *language)
{
  g_autofree char *page = NULL;
  g_autofree char *title = g_strdup_printf ("\n## %s\n", heading);
  g_autofree char *fence = g_strdup_printf ("\n```%s\n", language);
  const char *begin;
  const char *end;

  g_assert_true (g_file_get_contents (DOCS_DBUS, &page, NULL, NULL));
  begin = strstr (page, title);
  g_assert_nonnull (begin);
  begin = strstr (begin, fence);
  g_assert_nonnull (begin);
  begin += strlen (fence);
  end = strstr (begin, "```\n");
  g_assert_nonnull (end);
  return g_strndup (begin, (gsize) (end - begin));
}

/* Returns: the file in the fixture's folder that the sample was written to */
static char *
save_sample (ServiceFixture *self, const char *heading, const char *language)
{
  g_autofree char *sample = dup_sample (heading, language);
  g_autofree char *file = g_strdup_printf ("%s/sample.%s", self->dir, language);

  g_assert_true (g_file_set_contents (file, sample, -1, NULL));
  return g_steal_pointer (&file);
}

static void
assert_prints (ServiceFixture *self, const char *const *argv, const char *expected)
{
  g_autoptr (Program) program = program_run (self, argv);

  g_assert_cmpstr (program->errors, ==, "");
  g_assert_cmpstr (program->output, ==, expected);
  g_assert_cmpint (program->exit_code, ==, 0);
}

static void
test_busctl (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *sample = dup_sample ("busctl", "sh");

  service_start_connected (self);
  assert_prints (self, (const char *const[]){ "sh", "-c", sample, NULL }, "s \"connected\"\n");
}

static void
test_gdbus (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *sample = dup_sample ("gdbus", "sh");

  service_start_retrying (self);
  assert_prints (self, (const char *const[]){ "sh", "-c", sample, NULL }, "(uint32 1,)\n");
  service_wait_for_state (self, "platform", "connected");
  assert_prints (self, (const char *const[]){ "sh", "-c", sample, NULL }, "(uint32 0,)\n");
}

static void
test_gjs (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *file = save_sample (self, "GJS", "js");
  const char *const argv[] = { "gjs", "-m", file, "platform", NULL };
  g_autoptr (Program) program = NULL;

  service_start_retrying (self);
  program = program_run (self, argv);
  g_assert_cmpint (program->exit_code, ==, 0);
  g_assert_cmpstr (program->errors, ==, "");
  /* The change of State comes before the answer. */
  g_assert_cmpstr (program->output, ==, "connecting\ntrying now\nconnected\n");

  assert_prints (self, argv, "nothing to skip\nconnected\n");
}

static void
test_python (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *file = save_sample (self, "Python", "python");
  const char *const argv[] = { PYTHON, file, NULL };

  assert_prints (self, argv, "Gangway does not run\n");
  g_assert_false (service_is_running (self));
  service_start_retrying (self);
  assert_prints (self, argv, "platform retrying platform-closed\n");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  service_test_add ("/docs/d-bus/busctl", test_busctl);
  service_test_add ("/docs/d-bus/gdbus", test_gdbus);
  service_test_add ("/docs/d-bus/gjs", test_gjs);
  service_test_add ("/docs/d-bus/python", test_python);
  return g_test_run ();
}
