/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <signal.h>
#include <sys/prctl.h>

/* Programs of the build tree. */

static void
end_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

/**
 * program_launcher_new:
 * @self: (nullable): a fixture, whose environment the program gets; %NULL for our own
 * @flags: which of the outputs to catch
 *
 * Returns: (transfer full): a launcher of programs that do not outlive the test, however it ends
 */
GSubprocessLauncher *
program_launcher_new (ServiceFixture *self, GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);

  if (self != NULL)
    g_subprocess_launcher_set_environ (launcher, self->environ_);
  g_subprocess_launcher_set_child_setup (launcher, end_with_parent, NULL, NULL);
  return launcher;
}

static void
on_program_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Program *self = user_data;
  g_autoptr (GError) error = NULL;

  g_subprocess_communicate_utf8_finish (self->subprocess, result, &self->output, &self->errors, &error);
  g_assert_no_error (error);
  self->exit_code = g_subprocess_get_if_exited (self->subprocess) ? g_subprocess_get_exit_status (self->subprocess) : -1;
  self->ended = TRUE;
}

/**
 * program_start:
 * @self: (nullable): a fixture, whose environment the program gets; %NULL for our own
 * @argv: a program of the build tree and its arguments
 * @flags: which of its outputs to catch
 *
 * Returns: (transfer full): the running program
 */
Program *
program_start (ServiceFixture *self, const char *const *argv, GSubprocessFlags flags)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (self, flags);
  g_autoptr (GError) error = NULL;
  Program *program = g_new0 (Program, 1);

  program->subprocess = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  g_subprocess_communicate_utf8_async (program->subprocess, NULL, NULL, on_program_ended, program);
  return program;
}

/**
 * program_wait:
 * @self: a program
 *
 * Lets the fakes work until the program has ended.
 *
 * Returns: its exit code; -1 if a signal ended it
 */
int
program_wait (Program *self)
{
  fake_wait_until (self->ended);
  return self->exit_code;
}

/**
 * program_free:
 * @self: a program, which is ended if it runs
 *
 * Frees it.
 */
void
program_free (Program *self)
{
  if (!self->ended)
    {
      g_subprocess_force_exit (self->subprocess);
      program_wait (self);
    }

  g_object_unref (self->subprocess);
  g_free (self->output);
  g_free (self->errors);
  g_free (self);
}

/**
 * program_run:
 * @self: (nullable): a fixture, whose environment the program gets; %NULL for our own
 * @argv: a program of the build tree and its arguments
 *
 * Runs it to its end with both outputs caught.
 *
 * Returns: (transfer full): the program, which has ended
 */
Program *
program_run (ServiceFixture *self, const char *const *argv)
{
  Program *program = program_start (self, argv, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);

  program_wait (program);
  return program;
}
