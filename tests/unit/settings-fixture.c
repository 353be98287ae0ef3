/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings-fixture.h"

#include <string.h>

/* Reads a gangway.conf that is right. */
RelaySettings *
read_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  RelaySettings *settings = relay_settings_new_from_data (text, strlen (text), "/etc/gangway.conf", &error);

  g_assert_no_error (error);
  return settings;
}

/* Reads one with an account `a` that has these lines besides its URL. */
RelaySettings *
read_account (const char *lines)
{
  g_autofree char *text = g_strconcat (ACCOUNT, lines, NULL);

  return read_text (text);
}

RelayAccount *
get_account (RelaySettings *settings)
{
  return g_ptr_array_index (settings->accounts, 0);
}
