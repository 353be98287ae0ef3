/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-setup.h"

#include <glib/gi18n.h>

#include "cli/cli-words.h"
#include "common/relay-error.h"
#include "settings/relay-openclaw-channel.h"
#include "settings/relay-secrets.h"
#include "settings/relay-url.h"

/* The plugin warned of plain ws:// and went on: whether that is wanted, the user says in gangway.conf. */
static GUri *
parse_url (const RelayOpenclawChannel *channel, GError **error)
{
  g_autofree char *label = g_strconcat (channel->section, ".platformUrl", NULL);

  return relay_url_parse (channel->platform_url != NULL ? channel->platform_url : "", label, TRUE, error);
}

static char *
dup_key (const RelayOpenclawChannel *channel, GError **error)
{
  g_autofree char *label = g_strconcat (channel->section, ".platformKey", NULL);
  const char *text = channel->platform_key != NULL ? channel->platform_key : "";
  g_autoptr (GError) cause = channel->key_error != NULL ? g_error_copy (channel->key_error) : NULL;
  char *key = cause == NULL ? relay_secrets_parse_key (text, strlen (text), label, &cause) : NULL;

  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (key == NULL)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_NO_KEY, "%s is not set", label);
  return key;
}

/* An account of that name that is there already is the user's: it is not moved to another platform behind their back. */
static gboolean
check_account (CliSetup *setup, const RelayOpenclawChannel *channel, GUri *url, GError **error)
{
  RelayAccount *account = relay_settings_find_account (setup->settings, channel->account_id);
  g_autofree char *address = g_uri_to_string (url);

  if (!relay_settings_is_id (channel->account_id))
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "'%s' is no name for an account", channel->account_id);
  else if (account != NULL && g_strcmp0 (account->platform_url, address) != 0)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "there is an account '%s' with another platform already",
                 channel->account_id);
  else
    return cli_setup_preview (setup, channel->account_id, url, error);

  return FALSE;
}

static gboolean
import_channel (CliSetup *setup, const RelayOpenclawChannel *channel)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) url = parse_url (channel, &error);
  g_autofree char *key = url != NULL ? dup_key (channel, &error) : NULL;
  g_autofree char *shown_url = NULL;

  if (key == NULL || !check_account (setup, channel, url, &error))
    {
      g_autofree char *message = cli_words_dup_error (relay_error_code (error), error->message);

      g_printerr (_ ("gangway: %s was not taken over: %s\nPair it yourself: gangway pair wss://… --account NAME\n"),
                  channel->section, message);
      return FALSE;
    }

  shown_url = relay_url_to_display (url);
  g_print (_ ("Taking over %s: %s\n"), channel->section, shown_url);
  return cli_setup_store (setup, channel->account_id, url, key);
}

static void
say_what_comes_next (GPtrArray *channels, const char *openclaw_config)
{
  g_autoptr (GString) sections = g_string_new (NULL);

  for (guint i = 0; i < channels->len; i++)
    {
      const RelayOpenclawChannel *channel = g_ptr_array_index (channels, i);

      g_string_append_printf (sections, "%s%s", i > 0 ? ", " : "", channel->section);
    }

  g_print (
      _ ("\nNow switch the plugin off, or two relays fight over the platform:\n"
         "  1. Remove the plugin from OpenClaw, and %s from %s. Do both: OpenClaw refuses to start with a section that no "
         "plugin claims.\n"
         "  2. Restart OpenClaw: openclaw gateway restart\n"),
      sections->str, openclaw_config);
}

static CliExit
import (CliSetup *setup)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *openclaw_config = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels =
      relay_openclaw_load_channels (setup->settings->gateway.openclaw_config, (const char *const *) environment,
                                    &openclaw_config, &error);
  const char *imported = NULL;
  CliExit code = CLI_DONE;

  if (channels == NULL)
    {
      g_printerr (_ ("gangway: OpenClaw's configuration cannot be read: %s\nNothing was saved.\n"), error->message);
      return CLI_FAILED;
    }
  if (channels->len == 0)
    {
      g_printerr (
          _ ("gangway: %s has neither channels.platform nor channels.sideclaw. Pair the account yourself: gangway pair "
             "wss://…\n"),
          openclaw_config);
      return CLI_FAILED;
    }

  for (guint i = 0; i < channels->len; i++)
    {
      const RelayOpenclawChannel *channel = g_ptr_array_index (channels, i);

      if (import_channel (setup, channel))
        imported = channel->account_id;
      else
        code = CLI_FAILED;
    }

  if (imported != NULL)
    {
      cli_setup_start_service (setup, imported, FALSE);
      say_what_comes_next (channels, openclaw_config);
    }
  return code;
}

/**
 * cli_run_import:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway import`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_import (int argc, char **argv)
{
  const GOptionEntry entries[] = { G_OPTION_ENTRY_NULL };
  g_auto (CliSetup) setup = { NULL };

  if (!cli_parse ("import", entries, &argc, &argv, 0))
    return CLI_USAGE;
  if (!cli_setup_open (&setup))
    return CLI_FAILED;

  return import (&setup);
}
