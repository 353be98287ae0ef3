/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* gangway.conf. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "settings/relay-settings.h"
#include "settings/relay-url.h"

static void
check_error (const GError *error)
{
  g_assert_true (error->domain == RELAY_ERROR);
  g_assert_true (error->code == RELAY_ERROR_BAD_SETTINGS || error->code == RELAY_ERROR_PLAINTEXT_REFUSED);
  fuzz_check_message (error->message);
}

static void
check_url (const char *text, gboolean allow_plaintext)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) url = relay_url_parse (text, "url", allow_plaintext, &error);

  g_assert_no_error (error);
}

static void
check_account (const RelayAccount *account)
{
  g_assert_true (account->error != NULL || account->platform_url != NULL);
  if (account->error != NULL)
    check_error (account->error);
  if (account->platform_url != NULL)
    check_url (account->platform_url, account->allow_plaintext);
  g_assert_cmpuint (account->workspace_max_response, >, 0);
  for (gsize i = 0; account->tls_fingerprints[i] != NULL; i++)
    g_assert_cmpuint (strspn (account->tls_fingerprints[i], "0123456789abcdef"), ==, 64);
}

static void
check_settings (const RelaySettings *settings)
{
  const RelayGatewaySettings *gateway = &settings->gateway;

  if (gateway->url != NULL)
    check_url (gateway->url, gateway->allow_plaintext);
  g_assert_true (gateway->connect_timeout_ms > 0 && gateway->handshake_timeout_ms > 0 && gateway->request_timeout_ms > 0);
  g_assert_true (gateway->keepalive_interval_ms > 0 && gateway->stall_timeout_ms > 0);
  g_assert_cmpuint (settings->retry.initial_delay_ms, >, 0);
  g_assert_cmpuint (settings->retry.initial_delay_ms, <=, settings->retry.max_delay_ms);
  for (guint i = 0; i < settings->accounts->len; i++)
    check_account (g_ptr_array_index (settings->accounts, i));
  for (gsize i = 0; settings->warnings[i] != NULL; i++)
    fuzz_check_message (settings->warnings[i]);
}

static RelaySettings *
load (const char *text, gsize length, GError **error)
{
  g_autoptr (GError) found = NULL;
  RelaySettings *settings = relay_settings_new_from_data (text, length, "/etc/gangway.conf", &found);

  g_assert_true ((settings == NULL) == (found != NULL));
  if (found != NULL)
    {
      check_error (found);
      g_propagate_error (error, g_steal_pointer (&found));
      return NULL;
    }

  check_settings (settings);
  return settings;
}

static void
check_repeatable (const char *text, gsize length)
{
  g_autoptr (RelaySettings) settings = load (text, length, NULL);
  g_autoptr (RelaySettings) again = load (text, length, NULL);

  g_assert_true ((settings == NULL) == (again == NULL));
  if (settings != NULL)
    g_assert_true (relay_settings_equal (settings, again));
}

/* @secret where secrets stand, and where one is pasted by mistake. */
static RelaySettings *
load_with_secret (const char *text, const char *secret, GError **error)
{
  g_autofree char *whole =
      g_strdup_printf ("%s\n[gateway]\ntoken=%s\n%s==\n[account a]\nplatform-key=%s\n", text, secret, secret, secret);

  return load (whole, strlen (whole), error);
}

/* Returns: (nullable): all that may be told of the account */
static const char *
get_told (const RelaySettings *settings, guint account)
{
  const RelayAccount *found = g_ptr_array_index (settings->accounts, account);

  return found->error != NULL ? found->error->message : NULL;
}

static void
check_told (const RelaySettings *settings, const RelaySettings *other)
{
  g_autofree char *warnings = g_strjoinv ("\n", settings->warnings);
  g_autofree char *other_warnings = g_strjoinv ("\n", other->warnings);

  fuzz_check_alike (warnings, other_warnings);
  g_assert_cmpuint (settings->accounts->len, ==, other->accounts->len);
  for (guint i = 0; i < settings->accounts->len; i++)
    fuzz_check_alike (get_told (settings, i), get_told (other, i));
}

static void
check_secrecy (const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GError) other_error = NULL;
  g_autoptr (RelaySettings) settings = load_with_secret (text, FUZZ_SECRET, &error);
  g_autoptr (RelaySettings) other = load_with_secret (text, FUZZ_OTHER_SECRET, &other_error);

  fuzz_check_alike (error != NULL ? error->message : NULL, other_error != NULL ? other_error->message : NULL);
  if (settings != NULL)
    check_told (settings, other);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_make_text (data, size);

  check_repeatable ((const char *) data, size);
  check_secrecy (text);
  return 0;
}
