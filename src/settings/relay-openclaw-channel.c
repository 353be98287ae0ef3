/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-channel.h"

#include <string.h>

#include "settings/relay-openclaw-private.h"

static void
channel_free (gpointer data)
{
  RelayOpenclawChannel *self = data;

  g_free (self->section);
  g_free (self->account_id);
  g_free (self->platform_url);
  g_free (self->platform_key);
  g_clear_error (&self->key_error);
  g_free (self);
}

/* Adds what @section says, if it is about a platform. */
static void
add_channel (GPtrArray *channels, RelayOpenclawLoad *load, const char *section, const char *account_id)
{
  g_autofree char *url_setting = g_strconcat (section, ".platformUrl", NULL);
  g_autofree char *key_setting = g_strconcat (section, ".platformKey", NULL);
  RelayOpenclawChannel *self;

  if (relay_openclaw_get (load, url_setting) == NULL && relay_openclaw_get (load, key_setting) == NULL)
    return;

  self = g_new0 (RelayOpenclawChannel, 1);
  self->section = g_strdup (section);
  self->account_id = g_strdup (account_id);
  self->platform_url = relay_openclaw_dup_text (load, relay_openclaw_get (load, url_setting));
  self->platform_key = relay_openclaw_resolve_setting (load, key_setting, &self->key_error);
  g_ptr_array_add (channels, self);
}

/* A section has one account, or several under `accounts`. One whose name has a dot in it cannot be told from a path. */
static void
add_section (GPtrArray *channels, RelayOpenclawLoad *load, const char *name)
{
  g_autofree char *section = g_strconcat ("channels.", name, NULL);
  g_autofree char *accounts_section = g_strconcat (section, ".accounts", NULL);
  JsonObject *accounts = relay_openclaw_get_object (load, accounts_section);
  JsonObjectIter iter;
  const char *account_id;

  add_channel (channels, load, section, name);
  if (accounts == NULL)
    return;

  json_object_iter_init_ordered (&iter, accounts);
  while (json_object_iter_next_ordered (&iter, &account_id, NULL))
    {
      g_autofree char *account_section = g_strconcat (accounts_section, ".", account_id, NULL);

      if (strchr (account_id, '.') == NULL && relay_openclaw_get_object (load, account_section) != NULL)
        add_channel (channels, load, account_section, g_str_equal (account_id, "default") ? name : account_id);
    }
}

/**
 * relay_openclaw_load_channels:
 * @config_path: (nullable): OpenClaw's configuration file; %NULL looks where OpenClaw itself does
 * @environ_: (array zero-terminated=1): the environment to believe in, as from g_get_environ()
 * @found_path: (out): the configuration file
 * @error: return location; %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads what plugins that do Gangway's job are told: `channels.platform` and `channels.sideclaw`. Reads files, so that it
 * belongs into a thread.
 *
 * Returns: (transfer container) (element-type RelayOpenclawChannel): what was found, perhaps nothing; %NULL if OpenClaw's
 *   configuration cannot be read
 */
GPtrArray *
relay_openclaw_load_channels (const char *config_path, const char *const *environ_, char **found_path, GError **error)
{
  static const char *const names[] = { "platform", "sideclaw" };
  g_auto (RelayOpenclawLoad) load = { NULL };
  g_autoptr (GPtrArray) channels = g_ptr_array_new_with_free_func (channel_free);

  if (!relay_openclaw_load_config (&load, config_path, environ_, error))
    return NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (names) && load.config != NULL; i++)
    add_section (channels, &load, names[i]);

  *found_path = g_strdup (load.config_path);
  return g_steal_pointer (&channels);
}
