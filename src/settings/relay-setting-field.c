/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-setting-field.h"

#include <string.h>

#include "common/relay-error.h"
#include "settings/relay-setting-value.h"
#include "settings/relay-settings.h"

#define GATEWAY(member) G_STRUCT_OFFSET (RelayGatewaySettings, member)
#define RETRY(member) G_STRUCT_OFFSET (RelayRetrySettings, member)
#define ACCOUNT(member) G_STRUCT_OFFSET (RelayAccount, member)

#define MINUTES 60
#define HOURS (60 * MINUTES)
#define DAYS (24 * HOURS)
#define MIB (1024 * 1024)

/* clang-format off */
const RelaySettingField relay_gateway_fields[] = {
  { "openclaw-config", RELAY_FIELD_PATH, GATEWAY (openclaw_config), .is_link = TRUE },
  { "url", RELAY_FIELD_URL, GATEWAY (url), .is_link = TRUE },
  { "tls-fingerprint", RELAY_FIELD_PIN, GATEWAY (tls_fingerprint), .is_link = TRUE },
  { "allow-plaintext", RELAY_FIELD_BOOLEAN, GATEWAY (allow_plaintext), "false", .is_link = TRUE },
  { "token", RELAY_FIELD_SECRET, GATEWAY (token), .is_link = TRUE },
  { "connect-timeout", RELAY_FIELD_SECONDS, GATEWAY (connect_timeout_ms), "10", 10 * MINUTES },
  { "handshake-timeout", RELAY_FIELD_SECONDS, GATEWAY (handshake_timeout_ms), "10", 10 * MINUTES },
  { "request-timeout", RELAY_FIELD_SECONDS, GATEWAY (request_timeout_ms), "30", 1 * HOURS },
  { "stream-idle-timeout", RELAY_FIELD_SECONDS, GATEWAY (stream_idle_timeout_ms), "300", 1 * DAYS },
  { "keepalive-interval", RELAY_FIELD_SECONDS, GATEWAY (keepalive_interval_ms), "30", 1 * HOURS },
  { "stall-timeout", RELAY_FIELD_SECONDS, GATEWAY (stall_timeout_ms), "20", 1 * HOURS },
  { NULL },
};

const RelaySettingField relay_retry_fields[] = {
  { "initial-delay", RELAY_FIELD_SECONDS, RETRY (initial_delay_ms), "1", 1 * HOURS },
  { "max-delay", RELAY_FIELD_SECONDS, RETRY (max_delay_ms), "60", 1 * DAYS },
  { "stable-after", RELAY_FIELD_SECONDS, RETRY (stable_after_ms), "60", 1 * DAYS },
  { NULL },
};

const RelaySettingField relay_account_fields[] = {
  { "enabled", RELAY_FIELD_BOOLEAN, ACCOUNT (enabled), "true", .is_link = TRUE },
  { "platform-url", RELAY_FIELD_URL, ACCOUNT (platform_url), .is_link = TRUE },
  { "platform-key", RELAY_FIELD_SECRET, ACCOUNT (platform_key), .is_link = TRUE },
  { "platform-key-file", RELAY_FIELD_PATH, ACCOUNT (platform_key_file), .is_link = TRUE },
  { "tls-fingerprint", RELAY_FIELD_PINS, ACCOUNT (tls_fingerprints), .is_link = TRUE },
  { "tls-ca-file", RELAY_FIELD_PATH, ACCOUNT (tls_ca_file), .is_link = TRUE },
  { "allow-plaintext", RELAY_FIELD_BOOLEAN, ACCOUNT (allow_plaintext), "false", .is_link = TRUE },
  { "share-gateway-token", RELAY_FIELD_BOOLEAN, ACCOUNT (share_gateway_token), "true", .is_link = TRUE },
  { "workspace-access", RELAY_FIELD_ACCESS, ACCOUNT (workspace_access), "read-write" },
  { "workspace-root", RELAY_FIELD_PATH, ACCOUNT (workspace_root) },
  { "workspace-max-response", RELAY_FIELD_SIZE, ACCOUNT (workspace_max_response), "24 MiB", 64 * MIB },
  { "allow-methods", RELAY_FIELD_PATTERNS, ACCOUNT (allow_methods), "*" },
  { "deny-methods", RELAY_FIELD_PATTERNS, ACCOUNT (deny_methods) },
  { "strict-user-ids", RELAY_FIELD_BOOLEAN, ACCOUNT (strict_user_ids), "false" },
  { NULL },
};
/* clang-format on */

/**
 * relay_setting_fields_find:
 * @fields: a table
 * @key: a key
 *
 * Returns: (nullable): the setting of that name
 */
const RelaySettingField *
relay_setting_fields_find (const RelaySettingField *fields, const char *key)
{
  for (; fields->key != NULL; fields++)
    {
      if (g_str_equal (fields->key, key))
        return fields;
    }

  return NULL;
}

/**
 * relay_setting_fields_keys:
 * @fields: a table
 *
 * Returns: (transfer full): the names of all settings in it
 */
GStrv
relay_setting_fields_keys (const RelaySettingField *fields)
{
  g_autoptr (GStrvBuilder) keys = g_strv_builder_new ();

  for (; fields->key != NULL; fields++)
    g_strv_builder_add (keys, fields->key);

  return g_strv_builder_end (keys);
}

/**
 * relay_setting_fields_init:
 * @fields: a table
 * @settings: its struct, filled with zeros
 *
 * Gives all settings their defaults.
 */
void
relay_setting_fields_init (const RelaySettingField *fields, gpointer settings)
{
  for (; fields->key != NULL; fields++)
    {
      gpointer member = G_STRUCT_MEMBER_P (settings, fields->offset);

      if (fields->fallback != NULL)
        relay_setting_field_set (fields, settings, fields->fallback, NULL);
      else if (fields->kind == RELAY_FIELD_PINS || fields->kind == RELAY_FIELD_PATTERNS)
        *(GStrv *) member = g_new0 (char *, 1);
    }
}

/**
 * relay_setting_fields_clear:
 * @fields: a table
 * @settings: its struct
 *
 * Frees what the settings own.
 */
void
relay_setting_fields_clear (const RelaySettingField *fields, gpointer settings)
{
  for (; fields->key != NULL; fields++)
    {
      gpointer member = G_STRUCT_MEMBER_P (settings, fields->offset);

      switch (fields->kind)
        {
        case RELAY_FIELD_URL:
        case RELAY_FIELD_PATH:
        case RELAY_FIELD_SECRET:
        case RELAY_FIELD_PIN:
          g_clear_pointer ((char **) member, g_free);
          break;

        case RELAY_FIELD_PINS:
        case RELAY_FIELD_PATTERNS:
          g_clear_pointer ((GStrv *) member, g_strfreev);
          break;

        case RELAY_FIELD_BOOLEAN:
        case RELAY_FIELD_SECONDS:
        case RELAY_FIELD_SIZE:
        case RELAY_FIELD_ACCESS:
          break;
        }
    }
}

static gboolean
is_equal (const RelaySettingField *self, gconstpointer settings, gconstpointer other)
{
  gconstpointer a = (const char *) settings + self->offset;
  gconstpointer b = (const char *) other + self->offset;

  switch (self->kind)
    {
    case RELAY_FIELD_BOOLEAN:
      return *(const gboolean *) a == *(const gboolean *) b;

    case RELAY_FIELD_SECONDS:
      return *(const guint *) a == *(const guint *) b;

    case RELAY_FIELD_SIZE:
      return *(const guint64 *) a == *(const guint64 *) b;

    case RELAY_FIELD_ACCESS:
      return *(const RelayWorkspaceAccess *) a == *(const RelayWorkspaceAccess *) b;

    case RELAY_FIELD_URL:
    case RELAY_FIELD_PATH:
    case RELAY_FIELD_SECRET:
    case RELAY_FIELD_PIN:
      return g_strcmp0 (*(const char *const *) a, *(const char *const *) b) == 0;

    case RELAY_FIELD_PINS:
    case RELAY_FIELD_PATTERNS:
      return g_strv_equal (*(const char *const *const *) a, *(const char *const *const *) b);
    }

  g_assert_not_reached ();
}

/**
 * relay_setting_fields_equal:
 * @fields: a table
 * @only_link: whether to look only at what a link is made with
 * @settings: its struct
 * @other: another one
 *
 * Returns: %TRUE if both are set alike
 */
gboolean
relay_setting_fields_equal (const RelaySettingField *fields, gboolean only_link, gconstpointer settings, gconstpointer other)
{
  for (; fields->key != NULL; fields++)
    {
      if ((fields->is_link || !only_link) && !is_equal (fields, settings, other))
        return FALSE;
    }

  return TRUE;
}

static gboolean
replace_string (char **member, char *value)
{
  if (value == NULL)
    return FALSE;

  g_free (*member);
  *member = value;
  return TRUE;
}

static gboolean
replace_strv (GStrv *member, GStrv value)
{
  if (value == NULL)
    return FALSE;

  g_strfreev (*member);
  *member = value;
  return TRUE;
}

/**
 * relay_setting_field_set:
 * @self: a setting
 * @settings: its struct
 * @value: what stands in the file, raw, trimmed and not empty
 * @error: return location for an error
 *
 * Reads a value. Where it is wrong, the setting stays as it is, and no message shows a value that can be, or can be mistaken
 * for, a secret.
 *
 * Returns: %FALSE with %RELAY_ERROR_BAD_SETTINGS
 */
gboolean
relay_setting_field_set (const RelaySettingField *self, gpointer settings, const char *value, GError **error)
{
  gpointer member = G_STRUCT_MEMBER_P (settings, self->offset);

  switch (self->kind)
    {
    case RELAY_FIELD_BOOLEAN:
      return relay_value_read_boolean (self->key, value, member, error);

    case RELAY_FIELD_SECONDS:
      return relay_value_read_seconds (self->key, value, (guint) self->max, member, error);

    case RELAY_FIELD_SIZE:
      return relay_value_read_size (self->key, value, self->max, member, error);

    case RELAY_FIELD_ACCESS:
      return relay_value_read_access (self->key, value, member, error);

    case RELAY_FIELD_URL:
    case RELAY_FIELD_SECRET:
      return replace_string (member, g_strdup (value));

    case RELAY_FIELD_PATH:
      return replace_string (member, relay_value_read_path (self->key, value, error));

    case RELAY_FIELD_PIN:
      return replace_string (member, relay_value_read_pin (self->key, value, error));

    case RELAY_FIELD_PINS:
      return replace_strv (member, relay_value_read_pins (self->key, value, error));

    case RELAY_FIELD_PATTERNS:
      return replace_strv (member, relay_value_read_patterns (self->key, value, error));
    }

  g_assert_not_reached ();
}
