/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-setup.h"

#include <glib/gi18n.h>

#include "cli/cli-key-input.h"
#include "cli/cli-trial.h"
#include "cli/cli-words.h"
#include "common/relay-error.h"
#include "settings/relay-url.h"

#define USUAL_ACCOUNT "platform"

static gboolean
leads_to (const RelayAccount *account, const char *origin)
{
  g_autoptr (GUri) url =
      account->platform_url != NULL ? relay_url_parse (account->platform_url, "platform-url", TRUE, NULL) : NULL;
  g_autofree char *other = url != NULL ? relay_url_to_origin (url) : NULL;

  return g_strcmp0 (origin, other) == 0;
}

/* Without a name: the account that is with this platform already, else the usual one, unless it is with another platform. */
static char *
choose_account (CliSetup *setup, const char *name, GUri *url)
{
  g_autofree char *origin = relay_url_to_origin (url);
  RelayAccount *usual = relay_settings_find_account (setup->settings, USUAL_ACCOUNT);

  if (name != NULL && relay_settings_is_id (name))
    return g_strdup (name);
  if (name != NULL)
    {
      g_printerr (_ ("gangway: “%s” is no name for an account: use a-z, 0-9, _ and -, 32 characters at most\n"), name);
      return NULL;
    }

  for (guint i = 0; i < setup->settings->accounts->len; i++)
    {
      const RelayAccount *account = g_ptr_array_index (setup->settings->accounts, i);

      if (leads_to (account, origin))
        return g_strdup (account->id);
    }

  if (usual == NULL || usual->platform_url == NULL)
    return g_strdup (USUAL_ACCOUNT);

  g_printerr (_ ("gangway: the account “%s” is with another platform. Add --account NAME for a new one, or --account %s to "
                 "move it.\n"),
              USUAL_ACCOUNT, USUAL_ACCOUNT);
  return NULL;
}

/* Whatever the settings say of plain ws:// is found out later, when they are known. */
static GUri *
parse_url (const char *text)
{
  g_autoptr (GError) error = NULL;
  GUri *url = relay_url_parse (text, "the address", TRUE, &error);

  if (url == NULL)
    g_printerr (_ ("gangway pair: this is no address of a platform: %s\n"), error->message);
  return url;
}

/* The usual words are about a service that goes on trying. */
static const char *
get_remedy (const char *code)
{
  static const char *const remedies[][2] = {
    { "platform-unreachable", N_ ("See whether this computer is online and whether the address is right.") },
    { "platform-protocol", N_ ("See whether the address is the one for relays. If it is, tell the platform's operator.") },
    { "platform-closed", N_ ("Ask the platform's operator, if it stays so.") },
    { "gateway-closed", N_ ("See OpenClaw's log, if it stays so.") },
    { "timeout", N_ ("See whether the side that the message names works at all.") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (remedies); i++)
    {
      if (g_str_equal (remedies[i][0], code))
        return _ (remedies[i][1]);
    }

  return cli_words_remedy (code);
}

static void
report (const GError *error, RelaySettings *settings, RelayOpenclaw *openclaw, const char *key)
{
  const char *code = relay_error_code (error);
  g_autofree char *message = cli_trial_dup_message (error, settings, openclaw, key);

  g_printerr (_ ("\nProblem: %s\nMessage: %s\nWhat to do: %s\nNothing was saved. Run “gangway pair” again after that.\n"),
              cli_words_error (code), message, get_remedy (code));
}

/* Whether only OpenClaw has to be started. */
static gboolean
is_gateway_down (const GError *error)
{
  return g_error_matches (error, RELAY_ERROR, RELAY_ERROR_GATEWAY_UNREACHABLE) ||
         g_error_matches (error, RELAY_ERROR, RELAY_ERROR_GATEWAY_STARTING);
}

/*
 * With no gateway there is nothing to show the platform, so that its answer to the key is not to be had. The user did their
 * part all the same.
 */
static gboolean
try_without_gateway (CliSetup *setup, RelayAccount *account, GError **error)
{
  g_autoptr (RelayEndpoint) platform = relay_endpoint_new_platform (account, error);

  g_print ("%s\n", _ ("OpenClaw's gateway does not run now. Seeing whether the platform is there:"));
  return platform != NULL && cli_trial_dial (setup->settings, platform, CLI_TRIAL_SHOW, error);
}

/* @is_complete: whether the key was tried, too */
static gboolean
try_account (CliSetup *setup, const char *account_id, const char *key, gboolean *is_complete)
{
  RelayAccount *account = relay_settings_find_account (setup->settings, account_id);
  g_auto (GStrv) environment = g_get_environ ();
  g_autoptr (RelayOpenclaw) openclaw =
      relay_openclaw_load (setup->settings->gateway.openclaw_config, (const char *const *) environment);
  g_autoptr (GError) error = NULL;

  *is_complete = cli_trial_connect (setup->settings, account, openclaw, key, CLI_TRIAL_SHOW, NULL, &error);
  if (*is_complete)
    return TRUE;
  if (is_gateway_down (error))
    {
      g_clear_error (&error);
      if (try_without_gateway (setup, account, &error))
        return TRUE;
    }

  report (error, setup->settings, openclaw, key);
  return FALSE;
}

static CliExit
pair (CliSetup *setup, const char *account_id, GUri *url, const char *key_file)
{
  g_autofree char *shown_url = relay_url_to_display (url);
  g_autofree char *key = NULL;
  g_autoptr (GError) error = NULL;
  gboolean is_complete;
  CliExit code = CLI_DONE;

  if (!cli_setup_preview (setup, account_id, url, &error))
    {
      report (error, setup->settings, NULL, NULL);
      return CLI_FAILED;
    }

  g_print (_ ("Pairing account “%s” with %s\n"), account_id, shown_url);
  key = cli_key_input_read (key_file, &code);
  if (key == NULL)
    return code;
  if (!try_account (setup, account_id, key, &is_complete) || !cli_setup_store (setup, account_id, url, key))
    return CLI_FAILED;

  if (!is_complete)
    g_print ("%s\n", _ ("The key could not be tried. Gangway connects as soon as OpenClaw's gateway runs: openclaw gateway "
                        "start"));
  cli_setup_start_service (setup, account_id, is_complete);
  return CLI_DONE;
}

/**
 * cli_run_pair:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway pair`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_pair (int argc, char **argv)
{
  g_autofree char *name = NULL;
  g_autofree char *key_file = NULL;
  const GOptionEntry entries[] = {
    { "account", 0, 0, G_OPTION_ARG_STRING, &name, NULL, NULL },
    { "key-file", 0, 0, G_OPTION_ARG_FILENAME, &key_file, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (CliSetup) setup = { NULL };
  g_autoptr (GUri) url = NULL;
  g_autofree char *account_id = NULL;

  if (!cli_parse ("pair", entries, &argc, &argv, 1))
    return CLI_USAGE;
  if (argc < 2)
    {
      g_printerr ("%s\n", _ ("gangway pair: which platform? Give the address that it names, wss://…"));
      return CLI_USAGE;
    }

  url = parse_url (argv[1]);
  if (url == NULL)
    return CLI_USAGE;
  if (!cli_setup_open (&setup))
    return CLI_FAILED;
  account_id = choose_account (&setup, name, url);

  return account_id != NULL ? pair (&setup, account_id, url, key_file) : CLI_USAGE;
}
