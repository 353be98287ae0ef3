/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/process-look.h"
#include "endurance/restart.h"
#include "service-fixture.h"

#include <signal.h>

/*
 * Five hundred restarts of the gateway and the platform in a row, in an order by chance, which the seed that GTest prints
 * gives again. A relay that waits is told to try at once, so that the time goes into restarts. Then twice as many more, for
 * the heap and the descriptors to be compared.
 */

#define N_RESTARTS 500
#define N_MORE_ROUNDS 2
/* A heap has its highest tide now and then, but not in each round; a leak of 1 KiB for each attempt is in each, and more. */
#define MAX_GROWTH_KIB 500
/* What is freed counts as the process's for a while under a sanitizer. */
#define SANITIZER_OPTIONS "quarantine_size_mb=1:thread_local_quarantine_size_kb=16"

static void
on_properties_changed (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                       const char *signal, GVariant *parameters, gpointer user_data)
{
  Restarter *self = user_data;
  g_autoptr (GVariant) changed = g_variant_get_child_value (parameters, 1);
  const char *state;

  if (!g_variant_lookup (changed, "State", "&s", &state) || !g_str_equal (state, "retrying"))
    return;

  self->n_retries++;
  g_dbus_connection_call (connection, SERVICE_BUS_NAME, SERVICE_PATH, SERVICE_MANAGER, "Reconnect", NULL, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

static void
run_and_check (Restarter *self, const Restart *restart, guint number)
{
  g_autofree char *text = restart_describe (restart);

  g_test_message ("%u: %s", number, text);
  restarter_run (self, restart);
  restarter_check (self);
}

/* Each restart that there can be, as often as all the others, in an order by chance. */
static void
shuffle (GArray *restarts)
{
  for (guint i = restarts->len; i > 1; i--)
    {
      guint k = (guint) g_test_rand_int_range (0, (gint32) i);
      Restart swapped = g_array_index (restarts, Restart, i - 1);

      g_array_index (restarts, Restart, i - 1) = g_array_index (restarts, Restart, k);
      g_array_index (restarts, Restart, k) = swapped;
    }
}

static void
run_many (Restarter *self, guint n)
{
  g_autoptr (GArray) all = restart_list_all ();

  for (guint i = 0; i < n; i++)
    {
      if (i % all->len == 0)
        shuffle (all);
      run_and_check (self, &g_array_index (all, Restart, i % all->len), i + 1);
    }
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
expect_descriptors (const char *pid, guint n_most)
{
  guint tick = g_timeout_add (20, on_tick, NULL);

  fake_wait_until (process_count_descriptors (pid) <= n_most);
  g_source_remove (tick);
}

/* Returns: the least that the heap grew in a round, in KiB */
static gint64
run_rounds (Restarter *self, const char *pid)
{
  gint64 least_kib = G_MAXINT64;

  for (guint i = 0; i < N_MORE_ROUNDS; i++)
    {
      gint64 before_kib = (gint64) process_get_kib (pid, "RssAnon");

      run_many (self, N_RESTARTS);
      least_kib = MIN (least_kib, (gint64) process_get_kib (pid, "RssAnon") - before_kib);
    }

  return least_kib;
}

static void
test_restarts (ServiceFixture *fixture, gconstpointer data)
{
  g_autoptr (Ledger) ledger = ledger_new ();
  g_autoptr (Program) daemon = NULL;
  Restarter restarter;
  const char *pid;
  guint n_descriptors, id;
  gint64 growth_kib;

  restarter_init (&restarter, fixture->gateway, fixture->platform, ledger);
  id = g_dbus_connection_signal_subscribe (fixture->connection, SERVICE_BUS_NAME, "org.freedesktop.DBus.Properties",
                                           "PropertiesChanged", NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_properties_changed,
                                           &restarter, NULL);
  service_setenv (fixture, "ASAN_OPTIONS", SANITIZER_OPTIONS);
  daemon = program_start_gangwayd (fixture, NULL);
  pid = g_subprocess_get_identifier (daemon->subprocess);

  restarter_check (&restarter);
  run_many (&restarter, N_RESTARTS);
  n_descriptors = process_count_descriptors (pid);
  growth_kib = run_rounds (&restarter, pid);
  g_test_message ("%u restarts, %" G_GUINT64_FORMAT " frames; %u descriptors; %" G_GINT64_FORMAT " KiB more in the end",
                  (N_MORE_ROUNDS + 1) * N_RESTARTS, ledger->n_frames, n_descriptors, growth_kib);
  expect_descriptors (pid, n_descriptors);
  g_assert_cmpint (growth_kib, <, MAX_GROWTH_KIB);

  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_dbus_connection_signal_unsubscribe (fixture->connection, id);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/endurance/restarts", test_restarts);

  return g_test_run ();
}
