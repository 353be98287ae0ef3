/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-error.h"

#include <gio/gio.h>

static void
test_every_error_has_names (void)
{
  relay_error_register_for_dbus ();

  for (int value = 0; value < RELAY_N_ERRORS; value++)
    {
      g_autoptr (GError) error = g_error_new_literal (RELAY_ERROR, value, "x");
      g_autofree char *dbus_name = g_dbus_error_encode_gerror (error);

      g_assert_cmpstr (relay_error_code (error), !=, "");
      g_assert_cmpstr (relay_error_answer_code (error), !=, "");
      g_assert_true (g_str_has_prefix (dbus_name, "dev.gangway.Relay1.Error."));
    }
}

static void
test_foreign_errors_are_internal (void)
{
  g_autoptr (GError) error = g_error_new_literal (G_IO_ERROR, G_IO_ERROR_NOT_FOUND, "x");

  g_assert_cmpstr (relay_error_code (error), ==, "internal");
  g_assert_null (relay_error_get_details (error));
  g_assert_cmpuint (relay_error_get_retry_after_ms (error), ==, 0);
  g_assert_false (relay_error_was_probed (error));
}

static void
test_extras_survive_a_copy (void)
{
  g_autoptr (GError) error = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_GATEWAY_STARTING, "starting");
  g_autoptr (GError) copy = NULL;

  relay_error_set_details (error, "{\"code\":1}");
  relay_error_set_retry_after_ms (error, 500);
  relay_error_set_was_probed (error);
  copy = g_error_copy (error);

  g_assert_cmpstr (relay_error_get_details (copy), ==, "{\"code\":1}");
  g_assert_cmpuint (relay_error_get_retry_after_ms (copy), ==, 500);
  g_assert_true (relay_error_was_probed (copy));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/error/every-error-has-names", test_every_error_has_names);
  g_test_add_func ("/error/foreign-errors-are-internal", test_foreign_errors_are_internal);
  g_test_add_func ("/error/extras-survive-a-copy", test_extras_survive_a_copy);

  return g_test_run ();
}
