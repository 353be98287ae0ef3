/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-systemd.h"
#include "pair-fixture.h"

/* How `gangway pair` starts the service, with the user's systemd in the test's hands. */

static Program *
pair (FakeSystemd *self)
{
  return pair_run (&self->service, self->service.platform, SERVICE_KEY, NULL);
}

static void
test_unit_is_enabled (FakeSystemd *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "disabled";
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "The service starts with your session from now on.\n");
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState EnableUnitFiles Reload StartUnit ");
}

static void
test_unit_was_enabled (FakeSystemd *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "enabled";
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_lacks (program->output, "from now on");
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState StartUnit ");
}

/* It was started by hand, or by the bus; from the next login on systemd starts it. */
static void
test_unit_is_enabled_for_later (FakeSystemd *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "disabled";
  service_start (&self->service);
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState EnableUnitFiles Reload ");
}

static void
test_no_unit (FakeSystemd *self, gconstpointer data)
{
  g_autoptr (Program) program = pair (self);

  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "“platform” is connected.\n");
  g_assert_cmpstr (self->calls->str, ==, "GetUnitFileState ");
}

/* The account is saved all the same, and the user told what to do. */
static void
test_start_fails (FakeSystemd *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  self->unit_state = "enabled";
  self->refuses = TRUE;
  program = pair (self);
  g_assert_cmpint (program->exit_code, ==, 0);
  assert_contains (program->output, "The service could not be started (Unit is not there.). Start it with: gangwayd\n");
  assert_lacks (program->output, "GDBus");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  fake_systemd_test_add ("/pair-service/unit-is-enabled", test_unit_is_enabled);
  fake_systemd_test_add ("/pair-service/unit-was-enabled", test_unit_was_enabled);
  fake_systemd_test_add ("/pair-service/unit-is-enabled-for-later", test_unit_is_enabled_for_later);
  fake_systemd_test_add ("/pair-service/no-unit", test_no_unit);
  fake_systemd_test_add ("/pair-service/start-fails", test_start_fails);

  return g_test_run ();
}
