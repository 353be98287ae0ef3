/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-backoff.h"

#include "common/relay-error.h"

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

/* --- the wait that is chosen --- */

typedef struct {
  const char *what;
  RelayError error;
  guint asked_ms;
  guint close_code;
  guint least_ms;
  guint most_ms;
} WaitCase;

static guint
choose_first_wait (const WaitCase *wait_case)
{
  const RelayRetrySettings settings = { .initial_delay_ms = 1000, .max_delay_ms = 60000 };
  g_autoptr (GError) error = g_error_new_literal (RELAY_ERROR, wait_case->error, wait_case->what);
  RelayBackoff backoff = { 0 };

  relay_error_set_retry_after_ms (error, wait_case->asked_ms);
  return relay_backoff_choose_wait (&backoff, &settings, error, wait_case->close_code);
}

/* Of many relays that one peer sends away, each waits as long as it should, and all the range is used. */
static void
test_chosen_waits_are_spread (void)
{
  static const WaitCase cases[] = {
    { "dropped", RELAY_ERROR_PLATFORM_CLOSED, 0, 1006, 500, 1000 },
    { "going away", RELAY_ERROR_PLATFORM_CLOSED, 0, 1001, 500, 1000 },
    { "service restart", RELAY_ERROR_PLATFORM_CLOSED, 0, 1012, 1000, 2000 },
    { "try again later", RELAY_ERROR_PLATFORM_CLOSED, 0, 1013, 1000, 2000 },
    { "asked for 8 s", RELAY_ERROR_PLATFORM_UNREACHABLE, 8000, 0, 8000, 10000 },
    { "asked for 10 minutes", RELAY_ERROR_PLATFORM_UNREACHABLE, 600000, 0, 600000, 750000 },
    { "asked for more than 10 minutes", RELAY_ERROR_PLATFORM_UNREACHABLE, G_MAXUINT, 0, 600000, 750000 },
    { "asked for less than the usual", RELAY_ERROR_PLATFORM_UNREACHABLE, 10, 0, 500, 1000 },
    { "starting, asked for 2 s", RELAY_ERROR_GATEWAY_STARTING, 2000, 0, 2000, 2500 },
    { "starting, asked for nothing", RELAY_ERROR_GATEWAY_STARTING, 0, 0, 500, 1000 },
    { "refused, asked for 2 minutes", RELAY_ERROR_GATEWAY_REFUSED, 120000, 0, 120000, 150000 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      guint twentieth_ms = (cases[i].most_ms - cases[i].least_ms) / 20;
      guint least_ms = G_MAXUINT;
      guint most_ms = 0;

      for (guint n = 0; n < 2000; n++)
        {
          guint wait_ms = choose_first_wait (&cases[i]);

          least_ms = MIN (least_ms, wait_ms);
          most_ms = MAX (most_ms, wait_ms);
        }

      g_test_message ("%s: %u to %u ms", cases[i].what, least_ms, most_ms);
      g_assert_cmpuint (least_ms, >=, cases[i].least_ms);
      g_assert_cmpuint (least_ms, <=, cases[i].least_ms + twentieth_ms);
      g_assert_cmpuint (most_ms, <=, cases[i].most_ms);
      g_assert_cmpuint (most_ms, >=, cases[i].most_ms - twentieth_ms);
    }
}

static void
test_permanent_fault_waits_longest (void)
{
  static const WaitCase wait_case = { "key refused", RELAY_ERROR_PLATFORM_REFUSED, 0, 0, 0, 0 };

  g_assert_cmpuint (choose_first_wait (&wait_case), ==, 60000);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/backoff/doubles", test_doubles);
  g_test_add_func ("/backoff/is-in-between", test_is_in_between);
  g_test_add_func ("/backoff/settings-change", test_settings_change);
  g_test_add_func ("/backoff/chosen-waits-are-spread", test_chosen_waits_are_spread);
  g_test_add_func ("/backoff/permanent-fault-waits-longest", test_permanent_fault_waits_longest);

  return g_test_run ();
}
