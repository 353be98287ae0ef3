/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-doctor.h"

#include <glib/gi18n.h>

#include "cli/cli-trial.h"
#include "cli/cli-words.h"
#include "common/relay-error.h"
#include "relay/relay-endpoint.h"
#include "settings/relay-paired-key.h"
#include "settings/relay-secrets.h"
#include "settings/relay-url.h"

/* What a connection needs, in the order in which it finds out, so that what is behind a failure is not known. */
typedef enum {
  STAGE_GATEWAY,
  STAGE_PLATFORM,
  STAGE_CERTIFICATE,
  STAGE_PLATFORM_KEY,
  STAGE_GATEWAY_TOKEN,
  N_STAGES,
} Stage;

static const char *const stage_checks[] = { "gateway", "platform", "certificate", "platform-key", "gateway-token" };

G_STATIC_ASSERT (G_N_ELEMENTS (stage_checks) == N_STAGES);

/* What is known of each. */
typedef struct {
  char *key; /* (owned) (nullable) secret; the platform's */
  gboolean is_known[N_STAGES];
  GError *errors[N_STAGES]; /* (owned) (nullable) */
} Results;

static void
results_clear (Results *self)
{
  g_free (self->key);
  for (Stage stage = 0; stage < N_STAGES; stage++)
    g_clear_error (&self->errors[stage]);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Results, results_clear)

/* All stages from @first on before @failed are good, and @failed is not. */
static void
results_fail (Results *self, Stage first, Stage failed, GError *error)
{
  for (Stage stage = first; stage <= failed; stage++)
    self->is_known[stage] = TRUE;
  self->errors[failed] = error;
}

static void
results_pass (Results *self, Stage first, Stage last)
{
  for (Stage stage = first; stage <= last; stage++)
    self->is_known[stage] = TRUE;
}

static const char *
get_good_words (Stage stage)
{
  switch (stage)
    {
    case STAGE_GATEWAY:
      return _ ("it answers");
    case STAGE_PLATFORM:
      return _ ("it answers");
    case STAGE_CERTIFICATE:
      return _ ("they are trusted, where there are any");
    case STAGE_PLATFORM_KEY:
      return _ ("the platform accepts it");
    case STAGE_GATEWAY_TOKEN:
      return _ ("the gateway accepts it");
    case N_STAGES:
      break;
    }

  g_assert_not_reached ();
}

static Stage
get_stage (const GError *error, RelayStep step)
{
  gboolean is_about_gateway = step == RELAY_STEP_GATEWAY_DIAL || step == RELAY_STEP_CHALLENGE;

  if (is_about_gateway)
    return STAGE_GATEWAY;
  if (g_error_matches (error, RELAY_ERROR, RELAY_ERROR_TLS_FAILED))
    return STAGE_CERTIFICATE;
  if (g_error_matches (error, RELAY_ERROR, RELAY_ERROR_PLATFORM_REFUSED))
    return STAGE_PLATFORM_KEY;
  if (step == RELAY_STEP_HELLO || g_error_matches (error, RELAY_ERROR, RELAY_ERROR_GATEWAY_REFUSED))
    return STAGE_GATEWAY_TOKEN;

  return STAGE_PLATFORM;
}

/* --- the key --- */

typedef struct {
  char *key;     /* (owned) (nullable) secret */
  GError *error; /* (owned) (nullable) */
  gboolean is_done;
} KeySearch;

static void
on_key_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  KeySearch *search = user_data;

  search->key = relay_secrets_find_key_finish (result, &search->error);
  search->is_done = TRUE;
}

static gboolean
is_in_keyring (const char *account_id)
{
  g_autoptr (RelayPairedKey) paired = relay_paired_key_read (account_id, NULL);

  return paired != NULL && paired->key == NULL;
}

static void
add_key_error (CliDoctor *self, const char *account_id, const GError *error)
{
  const char *remedy = cli_words_remedy (relay_error_code (error));

  if (g_error_matches (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED))
    {
      cli_doctor_add_error (self, "keyring", account_id, remedy, error);
      cli_doctor_add (self, "key", account_id, CLI_VERDICT_SKIPPED, NULL, "%s", _ ("it is in the keyring"));
      return;
    }

  cli_doctor_add (self, "keyring", account_id, CLI_VERDICT_SKIPPED, NULL, "%s", _ ("it has no key for this account"));
  cli_doctor_add_error (self, "key", account_id, remedy, error);
}

/* A systemd credential is for the service's eyes only. */
static gboolean
service_has_key (CliDoctor *self, const char *account_id)
{
  g_autoptr (GVariant) account = cli_setup_get_account (&self->setup, account_id);
  const char *key_status = "";

  return account != NULL && g_variant_lookup (account, "KeyStatus", "&s", &key_status) &&
         g_str_equal (key_status, "available");
}

/* Returns: (transfer full) (nullable): the key, if it is to be had */
static char *
check_key (CliDoctor *self, RelayAccount *account)
{
  KeySearch search = { NULL };

  relay_secrets_find_key_async (account, self->setup.settings->accounts->len == 1, NULL, on_key_found, &search);
  while (!search.is_done)
    g_main_context_iteration (NULL, TRUE);

  if (search.key == NULL)
    {
      g_autoptr (GError) error = search.error;

      if (g_error_matches (error, RELAY_ERROR, RELAY_ERROR_NO_KEY) && service_has_key (self, account->id))
        cli_doctor_add (self, "key", account->id, CLI_VERDICT_OK, NULL, "%s", _ ("the service has one"));
      else
        add_key_error (self, account->id, error);
      return NULL;
    }

  if (is_in_keyring (account->id))
    cli_doctor_add (self, "keyring", account->id, CLI_VERDICT_OK, NULL, "%s", _ ("it is unlocked, and has the key"));
  else
    cli_doctor_add (self, "keyring", account->id, CLI_VERDICT_SKIPPED, NULL, "%s", _ ("the key is elsewhere"));
  cli_doctor_add (self, "key", account->id, CLI_VERDICT_OK, NULL, "%s", _ ("there is one"));
  return search.key;
}

/* --- the connection --- */

/* Returns: (transfer full) (nullable): the proxy that the platform is dialled through */
static char *
dup_proxy (RelayAccount *account)
{
  g_autoptr (GUri) url = relay_url_parse (account->platform_url, "platform-url", TRUE, NULL);
  g_autofree char *address = NULL;
  g_auto (GStrv) proxies = NULL;

  if (relay_url_is_loopback (url))
    return NULL;

  /* the scheme that proxy settings know */
  address = g_uri_join (G_URI_FLAGS_ENCODED, relay_url_is_tls (url) ? "https" : "http", NULL, g_uri_get_host (url),
                        relay_url_get_port (url), "/", NULL, NULL);
  proxies = g_proxy_resolver_lookup (g_proxy_resolver_get_default (), address, NULL, NULL);

  return proxies != NULL && proxies[0] != NULL && !g_str_equal (proxies[0], "direct://") ? g_strdup (proxies[0]) : NULL;
}

/* It can have a name and a password in it. */
static char *
dup_shown_proxy (const char *proxy)
{
  g_autoptr (GUri) uri = g_uri_parse (proxy, G_URI_FLAGS_NONE, NULL);

  return uri != NULL ? g_uri_join (G_URI_FLAGS_NONE, g_uri_get_scheme (uri), NULL, g_uri_get_host (uri),
                                   g_uri_get_port (uri), "", NULL, NULL)
                     : g_strdup (_ ("one that cannot be read"));
}

/* A proxy is dialled first: where the platform cannot be reached, it is the likelier one of the two. */
static void
check_proxy (CliDoctor *self, RelayAccount *account, gboolean is_platform_reached)
{
  g_autofree char *proxy = dup_proxy (account);
  g_autofree char *shown = proxy != NULL ? dup_shown_proxy (proxy) : NULL;

  if (proxy == NULL)
    cli_doctor_add (self, "proxy", account->id, CLI_VERDICT_OK, NULL, "%s", _ ("none on the way to the platform"));
  else if (is_platform_reached)
    cli_doctor_add (self, "proxy", account->id, CLI_VERDICT_OK, NULL, _ ("the platform is reached through %s"), shown);
  else
    cli_doctor_add (
        self, "proxy", account->id, CLI_VERDICT_FAILED,
        _ ("See whether the proxy works, or except the platform from it: in the desktop's network settings, or in "
           "$no_proxy for the service."),
        _ ("the platform cannot be reached through %s"), shown);
}

static void
add_stage (CliDoctor *self, const char *account_id, Stage stage, const Results *results)
{
  const GError *error = results->errors[stage];

  if (error != NULL)
    {
      const char *code = relay_error_code (error);
      g_autofree char *detail = cli_trial_dup_message (error, self->setup.settings, self->openclaw, results->key);
      g_autofree char *message = cli_words_dup_error (code, detail);

      cli_doctor_add (self, stage_checks[stage], account_id, CLI_VERDICT_FAILED, cli_words_remedy (code), "%s", message);
    }
  else if (results->is_known[stage])
    cli_doctor_add (self, stage_checks[stage], account_id, CLI_VERDICT_OK, NULL, "%s", get_good_words (stage));
  else
    cli_doctor_add (self, stage_checks[stage], account_id, CLI_VERDICT_SKIPPED, NULL, "%s",
                    _ ("not known before the rest works"));
}

static void
add_results (CliDoctor *self, RelayAccount *account, const Results *results)
{
  for (Stage stage = 0; stage < N_STAGES; stage++)
    {
      if (stage == STAGE_PLATFORM)
        check_proxy (self, account, results->errors[STAGE_PLATFORM] == NULL);
      if (stage == STAGE_CERTIFICATE && results->errors[STAGE_CERTIFICATE] != NULL)
        cli_doctor_check_clock (self, account);
      add_stage (self, account->id, stage, results);
    }
}

static void
dial_gateway (CliDoctor *self, Results *results)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelayEndpoint) gateway = relay_endpoint_new_gateway (self->setup.settings, self->openclaw, &error);

  if (gateway != NULL && cli_trial_dial (self->setup.settings, gateway, CLI_TRIAL_NONE, &error))
    results_pass (results, STAGE_GATEWAY, STAGE_GATEWAY);
  else
    results_fail (results, STAGE_GATEWAY, STAGE_GATEWAY, g_steal_pointer (&error));
}

static void
dial_platform (CliDoctor *self, RelayAccount *account, Results *results)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelayEndpoint) platform = relay_endpoint_new_platform (account, &error);
  Stage failed;

  if (platform != NULL && cli_trial_dial (self->setup.settings, platform, CLI_TRIAL_NONE, &error))
    {
      results_pass (results, STAGE_PLATFORM, STAGE_CERTIFICATE);
      return;
    }

  failed = get_stage (error, RELAY_STEP_PLATFORM_DIAL);
  results_fail (results, STAGE_PLATFORM, failed, g_steal_pointer (&error));
}

static gboolean
is_connected (CliDoctor *self, const char *account_id)
{
  g_autoptr (GVariant) account = cli_setup_get_account (&self->setup, account_id);
  const char *state = "";

  return account != NULL && g_variant_lookup (account, "State", "&s", &state) && g_str_equal (state, "connected");
}

/* Where a side fails, the other one is dialled nevertheless, without a key. */
static void
try_connection (CliDoctor *self, RelayAccount *account, Results *results)
{
  RelayStep step;
  g_autoptr (GError) error = NULL;

  if (cli_trial_connect (self->setup.settings, account, self->openclaw, results->key, CLI_TRIAL_NONE, &step, &error))
    {
      results_pass (results, STAGE_GATEWAY, STAGE_GATEWAY_TOKEN);
    }
  else if (step == RELAY_STEP_NONE)
    {
      /* the gateway's token cannot be had */
      dial_gateway (self, results);
      dial_platform (self, account, results);
      results_fail (results, STAGE_GATEWAY_TOKEN, STAGE_GATEWAY_TOKEN, g_steal_pointer (&error));
    }
  else if (get_stage (error, step) == STAGE_GATEWAY)
    {
      results_fail (results, STAGE_GATEWAY, STAGE_GATEWAY, g_steal_pointer (&error));
      dial_platform (self, account, results);
    }
  else
    {
      Stage failed = get_stage (error, step);

      results_fail (results, STAGE_GATEWAY, failed, g_steal_pointer (&error));
    }
}

/**
 * cli_doctor_check_account:
 * @self: an examination
 * @account: an account
 *
 * Looks for the account's key and tries its connection, unless that stands: it is not disturbed.
 */
void
cli_doctor_check_account (CliDoctor *self, RelayAccount *account)
{
  g_auto (Results) results = { NULL };

  if (account->error != NULL)
    {
      cli_doctor_add_error (self, "settings", account->id, cli_words_remedy (relay_error_code (account->error)),
                            account->error);
      return;
    }
  if (!account->enabled)
    {
      cli_doctor_add (self, "settings", account->id, CLI_VERDICT_WARNING, _ ("Take enabled=false out of gangway.conf."),
                      "%s", _ ("the account is disabled"));
      return;
    }

  results.key = check_key (self, account);
  if (is_connected (self, account->id))
    {
      results_pass (&results, STAGE_GATEWAY, STAGE_GATEWAY_TOKEN);
    }
  else if (results.key != NULL)
    {
      try_connection (self, account, &results);
    }
  else
    {
      dial_gateway (self, &results);
      dial_platform (self, account, &results);
    }
  add_results (self, account, &results);
}
