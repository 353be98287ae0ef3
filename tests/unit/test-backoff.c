/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-backoff.h"

#define ALMOST_1 0.9999999

static void
test_doubles (void)
{
  static const guint delays_ms[] = { 1000, 2000, 4000, 8000, 16000, 32000, 60000, 60000, 60000 };
  const RelayRetrySettings settings = { .initial_delay_ms = 1000, .max_delay_ms = 60000 };
  RelayBackoff shortest = { 0 };
  RelayBackoff longest = { 0 };

  for (guint i = 0; i < G_N_ELEMENTS (delays_ms); i++)
    {
      g_assert_cmpuint (relay_backoff_next (&shortest, &settings, 0), ==, delays_ms[i] / 2);
      g_assert_cmpuint (relay_backoff_next (&longest, &settings, ALMOST_1), ==, delays_ms[i]);
    }

  relay_backoff_reset (&longest);
  g_assert_cmpuint (relay_backoff_next (&longest, &settings, ALMOST_1), ==, 1000);
}

static void
test_is_in_between (void)
{
  const RelayRetrySettings settings = { .initial_delay_ms = 1001, .max_delay_ms = 1001 };
  RelayBackoff backoff = { 0 };

  for (guint i = 0; i < 1000; i++)
    {
      guint delay_ms = relay_backoff_next (&backoff, &settings, g_test_rand_double_range (0, 1));

      g_assert_cmpuint (delay_ms, >=, 500);
      g_assert_cmpuint (delay_ms, <=, 1001);
    }
}

/* Settings may change between two attempts, and be as large as they can. */
static void
test_settings_change (void)
{
  const RelayRetrySettings large = { .initial_delay_ms = G_MAXUINT, .max_delay_ms = G_MAXUINT };
  const RelayRetrySettings small = { .initial_delay_ms = 100, .max_delay_ms = 50 };
  RelayBackoff backoff = { 0 };

  g_assert_cmpuint (relay_backoff_next (&backoff, &large, 0), ==, G_MAXUINT / 2);
  g_assert_cmpuint (relay_backoff_next (&backoff, &large, ALMOST_1), >, G_MAXUINT / 2);
  g_assert_cmpuint (relay_backoff_next (&backoff, &small, ALMOST_1), ==, 50);
  relay_backoff_reset (&backoff);
  g_assert_cmpuint (relay_backoff_next (&backoff, &small, ALMOST_1), ==, 50);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/backoff/doubles", test_doubles);
  g_test_add_func ("/backoff/is-in-between", test_is_in_between);
  g_test_add_func ("/backoff/settings-change", test_settings_change);

  return g_test_run ();
}
