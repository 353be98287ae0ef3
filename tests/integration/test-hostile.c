/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * What a platform may try that no good one does.
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

#define N_BLOCKERS 64

/* Pings are answered, also for a platform that does not read: that is no sign of life. */
static void
test_pings_but_does_not_read (PumpFixture *self, gconstpointer unused)
{
  static const char payload[125] = { 0 };

  /* nothing waits any more of what the handshake sent */
  fake_clock_advance_ms (self->session.clock, 25 * 1000);
  fake_connection_set_reading (self->platform, FALSE);
  fake_connection_cork (self->platform);
  for (guint i = 0; i < 160 * 1000; i++)
    fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_PING, payload, sizeof payload);
  fake_connection_uncork (self->platform);
  pump_fixture_wait_for_stall (self->platform);

  fake_clock_advance_ms (self->session.clock, 20 * 1000);
  pump_fixture_expect_end (self, "stalled", "platform stalled: it took no byte for 20 s");
}

static void
block (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_mutex_lock (task_data);
  g_mutex_unlock (task_data);
  g_task_return_boolean (task, TRUE);
}

static void
run_blocked (GMutex *mutex, GAsyncReadyCallback callback, guint *n_blocked)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, n_blocked);

  (*n_blocked)++;
  g_task_set_task_data (task, mutex, NULL);
  g_task_run_in_thread (task, block);
}

static void
on_unblocked (GObject *source, GAsyncResult *result, gpointer user_data)
{
  (*(guint *) user_data)--;
}

/* A file that hangs outlives the session that it was read for. */
static void
test_files_outlive_the_session (void)
{
  SessionFixture self = { NULL };
  g_autoptr (FakeMessage) echo = NULL;
  guint n_blocked = 0;
  GMutex mutex;

  g_mutex_init (&mutex);
  session_fixture_set_up (&self, NULL);
  fake_gateway_add_agent (self.gateway, "main", g_get_tmp_dir ());
  session_fixture_connect (&self);

  g_mutex_lock (&mutex);
  for (guint i = 0; i < N_BLOCKERS; i++)
    run_blocked (&mutex, on_unblocked, &n_blocked);
  g_free (
      fake_platform_send_request (self.platform, "workspace.ls", "{\"sessionKey\":\"agent:main:x\",\"recursive\":false}"));
  /* by then the gateway has said where the files are */
  echo = fake_platform_request (self.platform, "echo", "{}");
  session_fixture_tear_down (&self, NULL);

  g_mutex_unlock (&mutex);
  fake_wait_until (n_blocked == 0);
  run_blocked (&mutex, on_unblocked, &n_blocked);
  fake_wait_until (n_blocked == 0);
  fake_wait_settle ();
  g_mutex_clear (&mutex);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/hostile/files-outlive-the-session", test_files_outlive_the_session);
  pump_fixture_add ("/hostile/R10/pings-but-does-not-read", test_pings_but_does_not_read);

  return g_test_run ();
}
