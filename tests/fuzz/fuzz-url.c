/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* The URLs that settings name. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "relay/relay-upgrade.h"
#include "settings/relay-url.h"

/* Whoever else reads it sees the same host and port, and no credentials. */
static void
check_as_others (const char *text, GUri *url)
{
  g_autoptr (GUri) other = g_uri_parse (text, G_URI_FLAGS_ENCODED, NULL);

  g_assert_nonnull (other);
  g_assert_cmpstr (g_uri_get_scheme (other), ==, g_uri_get_scheme (url));
  g_assert_cmpstr (g_uri_get_host (other), ==, g_uri_get_host (url));
  g_assert_cmpint (g_uri_get_port (other), ==, g_uri_get_port (url));
  g_assert_null (g_uri_get_userinfo (url));
  g_assert_null (g_uri_get_fragment (url));
}

static void
check_canonical (const char *text, gboolean allow_plaintext)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) again = relay_url_parse (text, "url", allow_plaintext, &error);
  g_autofree char *text_again = NULL;

  g_assert_no_error (error);
  text_again = g_uri_to_string (again);
  g_assert_cmpstr (text_again, ==, text);
}

/* Nothing in it ends a line, or adds one. */
static void
check_request (GUri *url)
{
  g_autofree char *request = relay_upgrade_build_request (url, "key");
  g_auto (GStrv) lines = g_strsplit (request, "\n", -1);
  g_auto (GStrv) words = g_strsplit (lines[0], " ", -1);

  g_assert_cmpuint (g_strv_length (lines), ==, 9);
  g_assert_true (g_str_has_prefix (lines[0], "GET /") && g_str_has_suffix (lines[0], " HTTP/1.1\r"));
  g_assert_true (g_str_has_prefix (lines[1], "Host: "));
  g_assert_cmpuint (g_strv_length (words), ==, 3);
  g_assert_true (g_str_is_ascii (request));
}

static void
check_url (GUri *url, gboolean allow_plaintext)
{
  g_autofree char *text = g_uri_to_string (url);
  g_autofree char *shown = relay_url_to_display (url);

  g_assert_true (allow_plaintext || relay_url_is_tls (url) || relay_url_is_loopback (url));
  g_assert_cmpuint (relay_url_get_port (url), >, 0);
  g_assert_null (strchr (shown, '?'));
  check_as_others (text, url);
  check_canonical (text, allow_plaintext);
  check_request (url);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { data, size };
  gboolean allow_plaintext = fuzz_input_take_flag (&input);
  g_autofree char *text = g_strndup ((const char *) input.data, input.size);
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) url = relay_url_parse (text, "url", allow_plaintext, &error);

  if (url != NULL)
    {
      check_url (url, allow_plaintext);
      return 0;
    }

  g_assert_true (error->domain == RELAY_ERROR);
  fuzz_check_message (error->message);
  return 0;
}
