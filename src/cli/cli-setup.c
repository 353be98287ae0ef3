/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-setup.h"

#include <glib/gi18n.h>
#include <string.h>

#include "cli/cli-bus.h"
#include "common/relay-error.h"
#include "settings/relay-paired-key.h"
#include "settings/relay-settings-edit.h"

/* The file of the service that runs: it may have been started with another one than the usual. */
static char *
dup_config_file (CliSetup *self)
{
  g_autoptr (GDBusProxy) manager = NULL;
  g_autofree char *file = NULL;

  if (self->connection != NULL)
    manager = g_dbus_proxy_new_sync (self->connection, G_DBUS_PROXY_FLAGS_DO_NOT_AUTO_START, NULL, CLI_BUS_NAME,
                                     CLI_MANAGER_PATH, CLI_MANAGER_INTERFACE, NULL, NULL);
  if (manager != NULL)
    {
      g_autofree char *owner = g_dbus_proxy_get_name_owner (manager);

      self->is_running = owner != NULL;
      file = cli_bus_dup_string (manager, "ConfigFile");
    }

  return file != NULL && *file != '\0' ? g_steal_pointer (&file) : relay_settings_dup_filename (NULL);
}

/**
 * cli_setup_load:
 * @self: what to fill
 * @error: what is wrong with the file
 *
 * Finds out where settings are and what they say.
 *
 * Returns: %FALSE with %RELAY_ERROR_BAD_SETTINGS or %RELAY_ERROR_PLAINTEXT_REFUSED if they cannot be used as they are; then
 *   @settings is not set
 */
gboolean
cli_setup_load (CliSetup *self, GError **error)
{
  self->connection = g_bus_get_sync (G_BUS_TYPE_SESSION, NULL, NULL);
  self->config_file = dup_config_file (self);
  self->text = relay_settings_edit_read (self->config_file, error);
  if (self->text != NULL)
    self->settings = relay_settings_new_from_data (self->text, strlen (self->text), self->config_file, error);

  return self->settings != NULL;
}

/**
 * cli_setup_open:
 * @self: what to fill
 *
 * The same for a command that is about to change the file: one that has mistakes is not touched.
 *
 * Returns: %FALSE, and the user was told, if the settings cannot be used as they are
 */
gboolean
cli_setup_open (CliSetup *self)
{
  g_autoptr (GError) error = NULL;

  if (cli_setup_load (self, &error))
    return TRUE;

  g_printerr (_ ("gangway: the settings cannot be used as they are: %s\nCorrect %s first; nothing was changed.\n"),
              error->message, self->config_file);
  return FALSE;
}

/**
 * cli_setup_clear:
 * @self: a set-up
 *
 * Frees what it holds.
 */
void
cli_setup_clear (CliSetup *self)
{
  g_clear_object (&self->connection);
  g_clear_pointer (&self->config_file, g_free);
  g_clear_pointer (&self->text, g_free);
  g_clear_pointer (&self->settings, relay_settings_unref);
}

static char *
set_key (char *text, const char *group, const char *key, const char *value)
{
  char *edited = relay_settings_edit_set (text, group, key, value);

  g_free (text);
  return edited;
}

/* The account with its key in the keyring, or where that is kept in its place: keys in or next to the file would be found
 * before it, and would not be bound to the address. */
static char *
dup_edited (const char *text, const char *account_id, GUri *url)
{
  g_autofree char *group = g_strconcat ("account ", account_id, NULL);
  g_autofree char *address = g_uri_to_string (url);
  char *edited = relay_settings_edit_set (text, group, "platform-url", address);

  edited = set_key (edited, group, "platform-key", NULL);
  edited = set_key (edited, group, "platform-key-file", NULL);
  return set_key (edited, group, "enabled", NULL);
}

/**
 * cli_setup_preview:
 * @self: a set-up
 * @account_id: the account that is to be stored
 * @url: its platform
 * @error: what would be wrong with it
 *
 * Puts the settings as they will be in the place of those that there are, without touching the file.
 *
 * Returns: %TRUE if the account can be used then
 */
gboolean
cli_setup_preview (CliSetup *self, const char *account_id, GUri *url, GError **error)
{
  g_autofree char *text = dup_edited (self->text, account_id, url);
  RelaySettings *settings = relay_settings_new_from_data (text, strlen (text), self->config_file, error);
  RelayAccount *account = relay_settings_find_account (self->settings, account_id);

  if (settings == NULL)
    return FALSE;

  self->replaces_key = account != NULL && (account->platform_key != NULL || account->platform_key_file != NULL);
  relay_settings_unref (self->settings);
  self->settings = settings;
  account = relay_settings_find_account (settings, account_id);
  if (account->error == NULL)
    return TRUE;

  g_propagate_error (error, g_error_copy (account->error));
  return FALSE;
}

static void
say_place (const char *account_id, RelayKeyPlace place)
{
  g_autofree char *filename = relay_paired_key_dup_filename (account_id);

  switch (place)
    {
    case RELAY_KEY_PLACE_KEYRING:
      g_print ("%s\n", _ ("The key is in your keyring, for this address only."));
      break;

    case RELAY_KEY_PLACE_FILE:
      g_print (_ ("There is no keyring, so the key is in %s, for this address only. Only you can read that file.\n"),
               filename);
      break;

    case RELAY_KEY_PLACE_FILE_LOCKED:
      g_print (
          _ ("Your keyring is locked and cannot be unlocked from here, so the key is in %s, for this address only. Only "
             "you can read that file. To move it into the keyring, unlock that and pair again.\n"),
          filename);
      break;
    }
}

/* The file may have changed since it was read: the user was asked for a key meanwhile. */
static gboolean
write_account (CliSetup *self, const char *account_id, GUri *url, GError **error)
{
  g_autofree char *text = relay_settings_edit_read (self->config_file, error);
  g_autofree char *edited = text != NULL ? dup_edited (text, account_id, url) : NULL;

  return edited != NULL && relay_settings_edit_write (self->config_file, edited, error);
}

/* Whether somebody is there whom the desktop can ask. */
static gboolean
has_desktop (void)
{
  const char *display = g_getenv ("DISPLAY");
  const char *wayland_display = g_getenv ("WAYLAND_DISPLAY");

  return (display != NULL && *display != '\0') || (wayland_display != NULL && *wayland_display != '\0');
}

/**
 * cli_setup_store:
 * @self: a set-up
 * @account_id: an account, there or not
 * @url: its platform
 * @key: the platform's key
 *
 * Stores the key, bound to the platform, then the account. All else in gangway.conf stays as it is.
 *
 * Returns: %FALSE, and the user was told, if it failed
 */
gboolean
cli_setup_store (CliSetup *self, const char *account_id, GUri *url, const char *key)
{
  RelayKeyPlace place = RELAY_KEY_PLACE_KEYRING;
  g_autoptr (GError) error = NULL;

  if (!relay_pairing_store (account_id, url, key, has_desktop (), &place, &error))
    {
      g_printerr (_ ("gangway: the key cannot be stored: %s\nNothing was saved.\n"), error->message);
      return FALSE;
    }

  if (!write_account (self, account_id, url, &error))
    {
      g_printerr (_ ("gangway: the account cannot be saved: %s\nNothing was saved.\n"), error->message);
      relay_pairing_remove (account_id, NULL);
      return FALSE;
    }

  g_print (_ ("Saved as account “%s” in %s.\n"), account_id, self->config_file);
  say_place (account_id, place);
  if (self->replaces_key)
    g_print ("%s\n",
             _ ("The platform-key or platform-key-file that was set there is not used any more, and is not named there "
                "any more."));
  return TRUE;
}

/**
 * cli_setup_remove:
 * @self: a set-up
 * @account_id: an account that is in gangway.conf
 *
 * Takes the account out of gangway.conf. All else there stays as it is.
 *
 * Returns: %FALSE, and the user was told, if it failed
 */
gboolean
cli_setup_remove (CliSetup *self, const char *account_id)
{
  g_autofree char *group = g_strconcat ("account ", account_id, NULL);
  g_autofree char *edited = relay_settings_edit_remove (self->text, group);
  g_autoptr (GError) error = NULL;

  if (relay_settings_edit_write (self->config_file, edited, &error))
    {
      g_print (_ ("Removed account “%s” from %s.\n"), account_id, self->config_file);
      return TRUE;
    }

  g_printerr (_ ("gangway: the account cannot be removed: %s\nNothing was changed.\n"), error->message);
  return FALSE;
}
