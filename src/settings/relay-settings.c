/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings.h"

#include "settings/relay-setting-field.h"

G_DEFINE_BOXED_TYPE (RelayAccount, relay_account, relay_account_ref, relay_account_unref)
G_DEFINE_BOXED_TYPE (RelaySettings, relay_settings, relay_settings_ref, relay_settings_unref)

/**
 * relay_workspace_access_to_string:
 * @access: what the platform may do
 *
 * Returns: the value of `workspace-access` and of the `WorkspaceAccess` property
 */
const char *
relay_workspace_access_to_string (RelayWorkspaceAccess access)
{
  switch (access)
    {
    case RELAY_WORKSPACE_ACCESS_NONE:
      return "none";

    case RELAY_WORKSPACE_ACCESS_READ_ONLY:
      return "read-only";

    case RELAY_WORKSPACE_ACCESS_READ_WRITE:
      return "read-write";
    }

  g_assert_not_reached ();
}

/**
 * relay_account_new:
 * @id: its name
 *
 * Returns: (transfer full): an account with all settings at their defaults, not yet usable
 */
RelayAccount *
relay_account_new (const char *id)
{
  RelayAccount *self = g_atomic_rc_box_new0 (RelayAccount);

  self->id = g_strdup (id);
  relay_setting_fields_init (relay_account_fields, self);

  return self;
}

/**
 * relay_account_ref:
 * @self: an account
 *
 * Returns: (transfer full): @self
 */
RelayAccount *
relay_account_ref (RelayAccount *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
relay_account_clear (RelayAccount *self)
{
  g_free (self->id);
  g_clear_error (&self->error);
  relay_setting_fields_clear (relay_account_fields, self);
}

/**
 * relay_account_unref:
 * @self: (transfer full): an account
 */
void
relay_account_unref (RelayAccount *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) relay_account_clear);
}

static gboolean
is_same_error (const GError *error, const GError *other)
{
  if (error == NULL || other == NULL)
    return error == other;

  return g_error_matches (error, other->domain, other->code) && g_str_equal (error->message, other->message);
}

/**
 * relay_account_same_link:
 * @self: an account
 * @other: the same one, as it was or will be
 *
 * Tells whether a link that was made for the one serves the other as well: the URL, where the key comes from, whom to
 * trust, what is shared, and whether it may be made at all. What is left is in force at once, without a new link.
 *
 * Returns: %TRUE if no new link is needed
 */
gboolean
relay_account_same_link (const RelayAccount *self, const RelayAccount *other)
{
  return g_str_equal (self->id, other->id) && is_same_error (self->error, other->error) &&
         relay_setting_fields_equal (relay_account_fields, TRUE, self, other);
}

/**
 * relay_account_equal:
 * @self: an account
 * @other: another one
 *
 * Returns: %TRUE if both are set alike in everything
 */
gboolean
relay_account_equal (const RelayAccount *self, const RelayAccount *other)
{
  return g_str_equal (self->id, other->id) && is_same_error (self->error, other->error) &&
         relay_setting_fields_equal (relay_account_fields, FALSE, self, other);
}

/**
 * relay_settings_new:
 *
 * Returns: (transfer full): all settings at their defaults, with no account: what is in force before there is a file
 */
RelaySettings *
relay_settings_new (void)
{
  RelaySettings *self = g_atomic_rc_box_new0 (RelaySettings);

  relay_setting_fields_init (relay_gateway_fields, &self->gateway);
  relay_setting_fields_init (relay_retry_fields, &self->retry);
  self->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) relay_account_unref);
  self->warnings = g_new0 (char *, 1);

  return self;
}

/**
 * relay_settings_ref:
 * @self: settings
 *
 * Returns: (transfer full): @self
 */
RelaySettings *
relay_settings_ref (RelaySettings *self)
{
  return g_atomic_rc_box_acquire (self);
}

static void
relay_settings_clear (RelaySettings *self)
{
  relay_setting_fields_clear (relay_gateway_fields, &self->gateway);
  relay_setting_fields_clear (relay_retry_fields, &self->retry);
  g_ptr_array_unref (self->accounts);
  g_strfreev (self->warnings);
  g_free (self->filename);
}

/**
 * relay_settings_unref:
 * @self: (transfer full): settings
 */
void
relay_settings_unref (RelaySettings *self)
{
  g_atomic_rc_box_release_full (self, (GDestroyNotify) relay_settings_clear);
}

/**
 * relay_settings_find_account:
 * @self: settings
 * @id: an account's name
 *
 * Returns: (nullable) (transfer none): the account
 */
RelayAccount *
relay_settings_find_account (RelaySettings *self, const char *id)
{
  for (guint i = 0; i < self->accounts->len; i++)
    {
      RelayAccount *account = g_ptr_array_index (self->accounts, i);

      if (g_str_equal (account->id, id))
        return account;
    }

  return NULL;
}

/**
 * relay_settings_same_gateway:
 * @self: settings
 * @other: the same ones, as they were or will be
 *
 * Tells whether a link to the gateway that was made for the one serves the other as well. Times are not looked at: they are
 * in force from the next wait on.
 *
 * Returns: %TRUE if no new link is needed
 */
gboolean
relay_settings_same_gateway (const RelaySettings *self, const RelaySettings *other)
{
  return relay_setting_fields_equal (relay_gateway_fields, TRUE, &self->gateway, &other->gateway);
}

static gboolean
is_same_accounts (GPtrArray *accounts, GPtrArray *others)
{
  if (accounts->len != others->len)
    return FALSE;

  for (guint i = 0; i < accounts->len; i++)
    {
      if (!relay_account_equal (g_ptr_array_index (accounts, i), g_ptr_array_index (others, i)))
        return FALSE;
    }

  return TRUE;
}

/**
 * relay_settings_equal:
 * @self: settings
 * @other: other ones
 *
 * Returns: %TRUE if both are alike in everything, warnings included
 */
gboolean
relay_settings_equal (const RelaySettings *self, const RelaySettings *other)
{
  return relay_setting_fields_equal (relay_gateway_fields, FALSE, &self->gateway, &other->gateway) &&
         relay_setting_fields_equal (relay_retry_fields, FALSE, &self->retry, &other->retry) &&
         is_same_accounts (self->accounts, other->accounts) &&
         g_strv_equal ((const char *const *) self->warnings, (const char *const *) other->warnings);
}

/**
 * relay_settings_dup_filename:
 * @option: (nullable): what `--config` was given
 *
 * Tells which file holds the settings: @option, else `$GANGWAY_CONFIG`, else `gangway/gangway.conf` in
 * `$XDG_CONFIG_HOME`. What is empty counts as not set.
 *
 * Returns: (transfer full): an absolute path
 */
char *
relay_settings_dup_filename (const char *option)
{
  const char *variable = g_getenv ("GANGWAY_CONFIG");
  g_autofree char *usual = g_build_filename (g_get_user_config_dir (), "gangway", "gangway.conf", NULL);

  if (option != NULL && *option != '\0')
    return g_canonicalize_filename (option, NULL);
  if (variable != NULL && *variable != '\0')
    return g_canonicalize_filename (variable, NULL);

  return g_canonicalize_filename (usual, NULL);
}
