/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-wait.h"

#include <stdio.h>
#include <stdlib.h>

static guint wait_limit_ms = FAKE_WAIT_LIMIT_MS;

/**
 * fake_wait_set_limit:
 * @limit_ms: the longest that a wait of this program takes
 *
 * For a test of something that is slow in itself.
 */
void
fake_wait_set_limit (guint limit_ms)
{
  wait_limit_ms = limit_ms;
}

static gboolean
on_limit (gpointer user_data)
{
  FakeWait *self = user_data;

  self->is_over = TRUE;
  return G_SOURCE_REMOVE;
}

/**
 * fake_wait_begin:
 * @self: (out caller-allocates): a wait
 *
 * Begins a wait with the limit, on the thread-default main context.
 */
void
fake_wait_begin (FakeWait *self)
{
  self->context = g_main_context_ref_thread_default ();
  self->is_over = FALSE;
  self->limit = g_timeout_source_new (wait_limit_ms);
  g_source_set_callback (self->limit, on_limit, self, NULL);
  g_source_attach (self->limit, self->context);
}

/**
 * fake_wait_iterate:
 * @self: a wait
 *
 * Sleeps until something happens, and has it dispatched.
 *
 * Returns: %FALSE when the time is over
 */
gboolean
fake_wait_iterate (FakeWait *self)
{
  g_main_context_iteration (self->context, TRUE);
  return !self->is_over;
}

/**
 * fake_wait_end:
 * @self: a wait
 *
 * Frees what @self holds.
 */
void
fake_wait_end (FakeWait *self)
{
  g_source_destroy (self->limit);
  g_clear_pointer (&self->limit, g_source_unref);
  g_clear_pointer (&self->context, g_main_context_unref);
}

/**
 * fake_wait_fail:
 * @where: the place in the test
 * @what: what did not happen
 *
 * Ends the test program.
 */
void
fake_wait_fail (const char *where, const char *what)
{
  /* The first is for the test harness, which reads TAP, the second for a person. */
  fprintf (stdout, "Bail out! %s: waited in vain for: %s\n", where, what);
  fprintf (stderr, "%s: waited %u s in vain for: %s\n", where, wait_limit_ms / 1000, what);
  fflush (stdout);
  abort ();
}

/**
 * fake_wait_settle:
 *
 * Has everything dispatched that is ready now, without waiting.
 */
void
fake_wait_settle (void)
{
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  while (g_main_context_iteration (context, FALSE))
    ;
}
