/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-setup.h"

#include <glib/gi18n.h>

#include "common/relay-error.h"

static char *
dup_names (RelaySettings *settings)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_auto (GStrv) names = NULL;

  for (guint i = 0; i < settings->accounts->len; i++)
    {
      const RelayAccount *account = g_ptr_array_index (settings->accounts, i);

      g_strv_builder_add (builder, account->id);
    }

  names = g_strv_builder_end (builder);
  return g_strjoinv (", ", names);
}

/* Without a name it is the only one, or none: what is removed cannot be had back. */
static const char *
choose_account (RelaySettings *settings, const char *name, CliExit *code)
{
  g_autofree char *names = dup_names (settings);

  if (name == NULL && settings->accounts->len == 1)
    return ((RelayAccount *) g_ptr_array_index (settings->accounts, 0))->id;
  /* the keyring may still have its key */
  if (name != NULL &&
      (relay_settings_find_account (settings, name) != NULL || (relay_settings_is_id (name) && relay_pairing_exists (name))))
    return name;

  if (settings->accounts->len == 0)
    g_printerr ("%s\n", _ ("gangway: no account is set up"));
  else if (name != NULL)
    g_printerr (_ ("gangway: there is no account “%s”, only: %s\n"), name, names);
  else
    g_printerr (_ ("gangway unpair: which account? There are: %s\n"), names);

  *code = settings->accounts->len > 0 && name == NULL ? CLI_USAGE : CLI_NO_ACCOUNT;
  return NULL;
}

static void
say_what_stays (const RelayAccount *account)
{
  if (account->platform_key_file != NULL)
    g_print (_ ("The key file %s stays. Delete it if you do not need it any more.\n"), account->platform_key_file);
}

static CliExit
unpair (CliSetup *setup, const char *account_id)
{
  RelayAccount *account = relay_settings_find_account (setup->settings, account_id);
  g_autoptr (GError) error = NULL;

  if (account != NULL && !cli_setup_remove (setup, account_id))
    return CLI_FAILED;
  if (!relay_pairing_remove (account_id, &error))
    {
      g_printerr (_ ("gangway: the key was not removed: %s\nUnlock your keyring and run “gangway unpair %s” again.\n"),
                  error->message, account_id);
      return CLI_FAILED;
    }

  g_print (_ ("No key of “%s” is left in the keyring or in Gangway's folder.\n"), account_id);
  if (account != NULL)
    say_what_stays (account);
  g_print ("%s\n", _ ("The platform may still accept the key; withdraw it there, too."));
  return CLI_DONE;
}

/**
 * cli_run_unpair:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway unpair`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_unpair (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_auto (CliSetup) setup = { NULL };
  const char *account_id;
  CliExit code = CLI_DONE;

  if (!cli_parse ("unpair", entries, &argc, &argv, 1))
    return CLI_USAGE;
  if (!cli_setup_open (&setup))
    return CLI_FAILED;
  account_id = choose_account (setup.settings, argv[1], &code);

  return account_id != NULL ? unpair (&setup, account_id) : code;
}
