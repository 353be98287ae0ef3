/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-doctor.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>

#include "cli/cli-words.h"
#include "common/relay-error.h"
#include "settings/relay-openclaw-channel.h"

static const char *const verdict_codes[] = { "ok", "warning", "failed", "skipped" };

static void
finding_free (gpointer data)
{
  CliFinding *self = data;

  g_free (self->account_id);
  g_free (self->message);
  g_free (self->remedy);
  g_free (self);
}

static void
cli_doctor_clear (CliDoctor *self)
{
  cli_setup_clear (&self->setup);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  g_clear_pointer (&self->findings, g_ptr_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliDoctor, cli_doctor_clear)

/**
 * cli_doctor_add:
 * @self: an examination
 * @check: what was looked at
 * @account_id: (nullable): whose it is
 * @verdict: what came out
 * @remedy: (nullable): what to do about it, translated
 * @format: what was found, for a person
 *
 * Adds a finding behind the others.
 */
void
cli_doctor_add (CliDoctor *self, const char *check, const char *account_id, CliVerdict verdict, const char *remedy,
                const char *format, ...)
{
  CliFinding *finding = g_new0 (CliFinding, 1);
  va_list args;

  finding->check = check;
  finding->account_id = g_strdup (account_id);
  finding->verdict = verdict;
  finding->remedy = g_strdup (remedy);
  va_start (args, format);
  finding->message = g_strdup_vprintf (format, args);
  va_end (args);
  g_ptr_array_add (self->findings, finding);
}

/**
 * cli_doctor_add_error:
 * @self: an examination
 * @check: what failed
 * @account_id: (nullable): whose it is
 * @remedy: (nullable): what to do about it, translated
 * @error: why it failed
 *
 * Adds a failure behind the other findings.
 */
void
cli_doctor_add_error (CliDoctor *self, const char *check, const char *account_id, const char *remedy, const GError *error)
{
  g_autofree char *message = cli_words_dup_error (relay_error_code (error), error->message);

  cli_doctor_add (self, check, account_id, CLI_VERDICT_FAILED, remedy, "%s", message);
}

/**
 * cli_doctor_has_failed:
 * @self: an examination
 * @check: (nullable): a check, or %NULL for any
 *
 * Returns: whether it failed, for any account
 */
gboolean
cli_doctor_has_failed (CliDoctor *self, const char *check)
{
  for (guint i = 0; i < self->findings->len; i++)
    {
      const CliFinding *finding = g_ptr_array_index (self->findings, i);

      if (finding->verdict == CLI_VERDICT_FAILED && (check == NULL || g_str_equal (finding->check, check)))
        return TRUE;
    }

  return FALSE;
}

static void
check_settings (CliDoctor *self)
{
  g_autoptr (GError) error = NULL;

  if (!cli_setup_load (&self->setup, &error))
    cli_doctor_add_error (self, "settings", NULL, _ ("Correct the line that the message names."), error);
  else if (self->setup.settings->accounts->len == 0)
    cli_doctor_add (self, "settings", NULL, CLI_VERDICT_FAILED,
                    _ ("Run “gangway pair” with the address and the key that the platform gave you."),
                    _ ("no account is set up in %s"), self->setup.config_file);
  else if (self->setup.settings->warnings[0] != NULL)
    cli_doctor_add (self, "settings", NULL, CLI_VERDICT_WARNING, _ ("Correct the line that the message names."),
                    _ ("a part of them has no effect (%s)"), self->setup.settings->warnings[0]);
  else
    cli_doctor_add (self, "settings", NULL, CLI_VERDICT_OK, NULL, "%s", self->setup.config_file);
}

/* OpenClaw does not start with a section that no plugin claims; with one that does, two relays fight over the platform. */
static void
check_plugin_section (CliDoctor *self)
{
  g_auto (GStrv) environment = g_get_environ ();
  g_autofree char *path = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GPtrArray) channels = relay_openclaw_load_channels (self->setup.settings->gateway.openclaw_config,
                                                                 (const char *const *) environment, &path, &error);
  const RelayOpenclawChannel *channel;

  if (channels == NULL)
    {
      cli_doctor_add (self, "plugin-section", NULL, CLI_VERDICT_SKIPPED, NULL,
                      _ ("OpenClaw's configuration cannot be read (%s)"), error->message);
      return;
    }
  if (channels->len == 0)
    {
      cli_doctor_add (self, "plugin-section", NULL, CLI_VERDICT_OK, NULL, _ ("none in %s"), path);
      return;
    }

  channel = g_ptr_array_index (channels, 0);
  cli_doctor_add (
      self, "plugin-section", NULL, CLI_VERDICT_FAILED,
      _ ("Remove the section together with its plugin, and restart OpenClaw: openclaw gateway restart"),
      _ ("%s has %s: OpenClaw refuses to start with it if no plugin claims it, and if one does, two relays fight "
         "over the platform"),
      path, channel->section);
}

static void
examine (CliDoctor *self)
{
  g_auto (GStrv) environment = g_get_environ ();

  self->findings = g_ptr_array_new_with_free_func (finding_free);
  check_settings (self);
  if (self->setup.settings != NULL)
    {
      self->openclaw =
          relay_openclaw_load (self->setup.settings->gateway.openclaw_config, (const char *const *) environment);
      check_plugin_section (self);
      for (guint i = 0; i < self->setup.settings->accounts->len; i++)
        cli_doctor_check_account (self, g_ptr_array_index (self->setup.settings->accounts, i));
    }
  cli_doctor_check_service (self);
}

static const char *
get_verdict_words (CliVerdict verdict)
{
  switch (verdict)
    {
    case CLI_VERDICT_OK:
      return _ ("ok");
    case CLI_VERDICT_WARNING:
      return _ ("warning");
    case CLI_VERDICT_FAILED:
      return _ ("FAILED");
    case CLI_VERDICT_SKIPPED:
      return _ ("skipped");
    }

  g_assert_not_reached ();
}

static const char *
get_check_words (const char *check)
{
  static const char *const words[][2] = {
    { "settings", N_ ("settings") },
    { "plugin-section", N_ ("settings of a plugin") },
    { "keyring", N_ ("keyring") },
    { "key", N_ ("key for the platform") },
    { "gateway", N_ ("OpenClaw gateway") },
    { "proxy", N_ ("proxy") },
    { "platform", N_ ("platform") },
    { "clock", N_ ("clock") },
    { "certificate", N_ ("certificates") },
    { "platform-key", N_ ("key is accepted") },
    { "gateway-token", N_ ("gateway's token is accepted") },
    { "service", N_ ("service") },
    { "unit", N_ ("start with the session") },
    { "linger", N_ ("running without a login") },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (g_str_equal (words[i][0], check))
        return _ (words[i][1]);
    }

  g_assert_not_reached ();
}

/* How many columns the longest of them takes. */
static int
get_verdict_width (void)
{
  int width = 0;

  for (CliVerdict verdict = CLI_VERDICT_OK; verdict <= CLI_VERDICT_SKIPPED; verdict++)
    width = MAX (width, cli_words_get_width (get_verdict_words (verdict)));

  return width;
}

static void
print_finding (const CliFinding *finding, int verdict_width)
{
  const char *verdict = get_verdict_words (finding->verdict);
  const char *words = get_check_words (finding->check);

  g_print ("%s%*s", verdict, verdict_width - cli_words_get_width (verdict) + 2, "");
  if (finding->account_id != NULL)
    /* Translators: whose account it is, what was looked at, and what was found. */
    g_print (_ ("%s, %s: %s\n"), finding->account_id, words, finding->message);
  else
    /* Translators: what was looked at, and what was found. */
    g_print (_ ("%s: %s\n"), words, finding->message);
  if (finding->remedy == NULL)
    return;

  g_print ("%*s", verdict_width + 4, "");
  g_print (_ ("What to do: %s\n"), finding->remedy);
}

static void
print_text (CliDoctor *self)
{
  int verdict_width = get_verdict_width ();

  for (guint i = 0; i < self->findings->len; i++)
    print_finding (g_ptr_array_index (self->findings, i), verdict_width);

  if (!cli_doctor_has_failed (self, NULL))
    g_print ("\n%s\n", _ ("Nothing is in the way."));
  else
    g_print ("\n%s\n", _ ("Begin with the first that failed; others may only follow from it."));
}

static void
print_json (CliDoctor *self)
{
  g_autoptr (JsonBuilder) builder = json_builder_new ();
  g_autoptr (JsonNode) root = NULL;
  g_autofree char *text = NULL;

  json_builder_begin_array (builder);
  for (guint i = 0; i < self->findings->len; i++)
    {
      const CliFinding *finding = g_ptr_array_index (self->findings, i);

      json_builder_begin_object (builder);
      json_builder_set_member_name (builder, "check");
      json_builder_add_string_value (builder, finding->check);
      json_builder_set_member_name (builder, "account");
      json_builder_add_string_value (builder, finding->account_id);
      json_builder_set_member_name (builder, "result");
      json_builder_add_string_value (builder, verdict_codes[finding->verdict]);
      json_builder_set_member_name (builder, "message");
      json_builder_add_string_value (builder, finding->message);
      json_builder_set_member_name (builder, "remedy");
      json_builder_add_string_value (builder, finding->remedy);
      json_builder_end_object (builder);
    }
  json_builder_end_array (builder);

  root = json_builder_get_root (builder);
  text = json_to_string (root, TRUE);
  g_print ("%s\n", text);
}

/**
 * cli_run_doctor:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway doctor`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_doctor (int argc, char **argv)
{
  gboolean as_json = FALSE;
  const GOptionEntry entries[] = {
    { "json", 0, 0, G_OPTION_ARG_NONE, &as_json, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_auto (CliDoctor) self = { { NULL } };

  if (!cli_parse ("doctor", entries, &argc, &argv, 0))
    return CLI_USAGE;

  examine (&self);
  if (as_json)
    print_json (&self);
  else
    print_text (&self);

  return cli_doctor_has_failed (&self, NULL) ? CLI_FAILED : CLI_DONE;
}
