/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-clock.h"
#include "fakes/fake-clock.h"

typedef struct {
  RelayClock *clock; /* (unowned) */
  GString *log;      /* (owned) */
  gint64 start_ms;
} Fixture;

static void
on_named (gpointer user_data)
{
  Fixture *fixture = user_data;

  g_string_append_printf (fixture->log, "%" G_GINT64_FORMAT ";",
                          relay_clock_get_monotonic_ms (fixture->clock) - fixture->start_ms);
}

static void
on_chained (gpointer user_data)
{
  Fixture *fixture = user_data;

  on_named (fixture);
  relay_clock_add_timeout (fixture->clock, 5, on_named, fixture);
}

static void
test_fake_time_stands_still (void)
{
  g_autoptr (FakeClock) fake = fake_clock_new ();
  RelayClock *clock = RELAY_CLOCK (fake);
  gint64 real_ms = relay_clock_get_real_ms (clock);

  fake_clock_advance_ms (fake, 1500);

  g_assert_cmpint (relay_clock_get_real_ms (clock) - real_ms, ==, 1500);
  g_assert_cmpint (fake_clock_get_next_ms (fake), ==, -1);
}

static void
test_fake_timeouts_run_in_order (void)
{
  g_autoptr (FakeClock) fake = fake_clock_new ();
  Fixture fixture = { RELAY_CLOCK (fake), g_string_new (NULL), relay_clock_get_monotonic_ms (RELAY_CLOCK (fake)) };
  guint cleared = relay_clock_add_timeout (fixture.clock, 15, on_named, &fixture);

  relay_clock_add_timeout (fixture.clock, 20, on_named, &fixture);
  relay_clock_add_timeout (fixture.clock, 10, on_chained, &fixture);
  relay_clock_clear_timeout (fixture.clock, &cleared);
  g_assert_cmpuint (cleared, ==, 0);
  g_assert_cmpuint (fake_clock_get_n_timeouts (fake), ==, 2);
  g_assert_cmpint (fake_clock_get_next_ms (fake), ==, 10);

  fake_clock_advance_ms (fake, 9);
  g_assert_cmpstr (fixture.log->str, ==, "");
  fake_clock_advance_ms (fake, 100);
  g_assert_cmpstr (fixture.log->str, ==, "10;15;20;");
  g_assert_cmpuint (fake_clock_get_n_timeouts (fake), ==, 0);

  g_string_free (fixture.log, TRUE);
}

static void
on_quit (gpointer user_data)
{
  g_main_loop_quit (user_data);
}

static void
on_never (gpointer user_data)
{
  g_assert_not_reached ();
}

static void
test_real_timeouts_run_once (void)
{
  g_autoptr (RelayClock) clock = relay_clock_new ();
  g_autoptr (GMainLoop) loop = g_main_loop_new (NULL, FALSE);
  guint never = relay_clock_add_timeout (clock, 0, on_never, NULL);
  guint none = 0;
  gint64 start_ms = relay_clock_get_monotonic_ms (clock);

  relay_clock_clear_timeout (clock, &never);
  relay_clock_clear_timeout (clock, &none);
  relay_clock_add_timeout (clock, 2, on_quit, loop);
  g_main_loop_run (loop);

  g_assert_cmpint (relay_clock_get_monotonic_ms (clock), >, start_ms);
  g_assert_cmpint (relay_clock_get_real_ms (clock), >, G_GINT64_CONSTANT (1700000000000));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/clock/fake-time-stands-still", test_fake_time_stands_still);
  g_test_add_func ("/clock/fake-timeouts-run-in-order", test_fake_timeouts_run_in_order);
  g_test_add_func ("/clock/real-timeouts-run-once", test_real_timeouts_run_once);

  return g_test_run ();
}
