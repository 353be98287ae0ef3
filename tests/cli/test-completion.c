/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

/* What bash offers for accounts; tests/check-docs compares commands and options. */

#define COMPLETE                                                                                                            \
  "source " BASH_COMPLETION "; COMP_WORDS=(gangway stop \"$0\"); COMP_CWORD=2; "                                            \
  "_gangway gangway \"$0\" stop; printf '%s\\n' \"${COMPREPLY[@]}\" | sort"

static void
assert_completes (ServiceFixture *self, const char *word, const char *expected)
{
  g_autoptr (Program) program = program_run (self, (const char *const[]){ "bash", "-c", COMPLETE, word, NULL });

  g_assert_cmpstr (program->errors, ==, "");
  g_assert_cmpstr (program->output, ==, expected);
}

static void
put_gangway_in_path (ServiceFixture *self)
{
  g_autofree char *folder = g_path_get_dirname (GANGWAY);
  g_autofree char *path = g_strconcat (folder, ":", g_getenv ("PATH"), NULL);

  service_setenv (self, "PATH", path);
}

static void
test_accounts (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *first = service_account ("home-2", self->platform, "");
  g_autofree char *second = service_account ("work", self->platform2, "");
  g_autofree char *both = g_strconcat (first, second, NULL);

  put_gangway_in_path (self);
  service_configure (self, both);
  service_start (self);
  assert_completes (self, "", "home-2\nwork\n");
  assert_completes (self, "w", "work\n");
}

static void
test_without_the_service (ServiceFixture *self, gconstpointer data)
{
  put_gangway_in_path (self);
  assert_completes (self, "", "\n");
  g_assert_false (service_is_running (self));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  service_test_add ("/completion/accounts", test_accounts);
  service_test_add ("/completion/does-not-start-the-service", test_without_the_service);
  return g_test_run ();
}
