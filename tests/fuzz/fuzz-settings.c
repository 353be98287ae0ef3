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
  fuzz_check_secrecy (error->message);
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
    fuzz_check_secrecy (settings->warnings[i]);
}

static RelaySettings *
load (const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  RelaySettings *settings = relay_settings_new_from_data (text, length, "/etc/gangway.conf", &error);

  g_assert_true ((settings == NULL) == (error != NULL));
  if (error != NULL)
    check_error (error);
  else
    check_settings (settings);

  return settings;
}

/* The secret stands where secrets do, and where one is pasted by mistake; an input that has it elsewhere may have it told.
 */
static char *
add_secrets (const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_make_text (data, size);

  return g_strconcat (text,
                      "\n[gateway]\ntoken=" FUZZ_SECRET "\n" FUZZ_SECRET "==\n[account a]\nplatform-key=" FUZZ_SECRET "\n",
                      NULL);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autoptr (RelaySettings) settings = NULL;
  g_autoptr (RelaySettings) again = NULL;
  g_autoptr (RelaySettings) secret = NULL;
  g_autofree char *with_secrets = NULL;

  if (fuzz_holds_secret (data, size))
    return 0;

  settings = load ((const char *) data, size);
  again = load ((const char *) data, size);
  if (settings != NULL)
    g_assert_true (relay_settings_equal (settings, again));

  with_secrets = add_secrets (data, size);
  secret = load (with_secrets, strlen (with_secrets));
  return 0;
}
