/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings.h"

#include <errno.h>
#include <string.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "settings/relay-file.h"
#include "settings/relay-key-file.h"
#include "settings/relay-setting-field.h"
#include "settings/relay-url.h"

#define MAX_FILE_BYTES (1024 * 1024)
#define MAX_WARNINGS 50
#define MAX_ID_LENGTH 32
#define MAX_SHOWN_KEY_LENGTH 40

#define ID_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define KEY_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ_-"

#define OTHERS_MODE (S_IRWXG | S_IRWXO)

/* Settings in the making. */
typedef struct {
  char *label;             /* (owned) what messages call the file */
  RelaySettings *settings; /* (owned) */
  GPtrArray *warnings;     /* (owned) (element-type utf8) */
} Loader;

static void
loader_clear (Loader *self)
{
  g_free (self->label);
  relay_settings_unref (self->settings);
  g_ptr_array_unref (self->warnings);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Loader, loader_clear)

/* @line is 0 for what has no line. */
G_GNUC_PRINTF (3, 4)
static void
warn (Loader *self, guint line, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  if (self->warnings->len > MAX_WARNINGS)
    return;
  if (self->warnings->len == MAX_WARNINGS)
    {
      g_ptr_array_add (self->warnings, g_strdup_printf ("%s: there are more mistakes than are shown", self->label));
      return;
    }

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);

  if (line > 0)
    g_ptr_array_add (self->warnings, g_strdup_printf ("%s line %u: %s", self->label, line, problem));
  else
    g_ptr_array_add (self->warnings, g_strdup_printf ("%s: %s", self->label, problem));
}

/* Whether @key knows its place in another group, which is then named. */
static const char *
get_home_of_key (const char *key)
{
  if (relay_setting_fields_find (relay_account_fields, key) != NULL)
    return "[account NAME]";
  if (relay_setting_fields_find (relay_gateway_fields, key) != NULL)
    return "[gateway]";
  if (relay_setting_fields_find (relay_retry_fields, key) != NULL)
    return "[retry]";

  return NULL;
}

/* A name that does not look like one may be a secret that was pasted into the wrong place (`c2VjcmV0==`). */
static gboolean
may_show_key (const char *key)
{
  return strlen (key) <= MAX_SHOWN_KEY_LENGTH && key[strspn (key, KEY_CHARS)] == '\0';
}

static void
warn_unknown_key (Loader *self, const RelayKeyGroup *group, const RelaySettingField *fields, const RelayKeyLine *line)
{
  g_auto (GStrv) known = relay_setting_fields_keys (fields);
  const char *nearest = relay_key_file_nearest (line->key, (const char *const *) known);
  const char *home = get_home_of_key (line->key);

  if (home != NULL)
    warn (self, line->line, "%s does not belong into [%s] but into %s; it is ignored", line->key, group->name, home);
  else if (!may_show_key (line->key))
    warn (self, line->line, "this key is not known in [%s]; it is ignored", group->name);
  else if (nearest != NULL)
    warn (self, line->line, "%s is not known in [%s] and is ignored; did you mean %s?", line->key, group->name, nearest);
  else
    warn (self, line->line, "%s is not known in [%s] and is ignored", line->key, group->name);
}

/* Reads on after a mistake, so that what is right is in force and is shown; @error tells of the first. */
static gboolean
read_group (Loader *self, const RelayKeyGroup *group, const RelaySettingField *fields, gpointer settings, GError **error)
{
  g_autoptr (GError) first_error = NULL;

  if (group->later_line != 0)
    warn (self, group->later_line, "[%s] stands here again, after line %u; both are taken as one", group->name, group->line);

  for (guint i = 0; i < group->keys->len; i++)
    {
      const RelayKeyLine *line = g_ptr_array_index (group->keys, i);
      const RelaySettingField *field = relay_setting_fields_find (fields, line->key);
      GError **line_error = first_error == NULL ? &first_error : NULL;

      if (field == NULL)
        {
          warn_unknown_key (self, group, fields, line);
          continue;
        }

      if (line->earlier_line != 0)
        warn (self, line->line, "%s stands here again, after line %u; this one counts", line->key, line->earlier_line);
      if (*line->value != '\0' && !relay_setting_field_set (field, settings, line->value, line_error))
        g_prefix_error (line_error, "%s line %u: ", self->label, line->line);
    }

  if (first_error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&first_error));
  return FALSE;
}

/* Makes the URL canonical; it is not kept if it is wrong. */
static gboolean
check_url (Loader *self, const RelayKeyGroup *group, const char *key, gboolean allow_plaintext, char **url, GError **error)
{
  g_autofree char *text = g_steal_pointer (url);
  g_autoptr (GUri) parsed = NULL;

  if (text == NULL)
    return TRUE;

  parsed = relay_url_parse (text, key, allow_plaintext, error);
  if (parsed == NULL)
    {
      g_prefix_error (error, "%s line %u: ", self->label, relay_key_group_find (group, key)->line);
      return FALSE;
    }

  *url = g_uri_to_string (parsed);
  return TRUE;
}

static void
warn_idle_pin (Loader *self, const RelayKeyGroup *group, const char *url)
{
  const RelayKeyLine *line = relay_key_group_find (group, "tls-fingerprint");

  if (line != NULL && *line->value != '\0' && url != NULL && g_str_has_prefix (url, "ws:"))
    warn (self, line->line, "tls-fingerprint has no effect on a ws:// URL");
}

static gboolean
read_gateway (Loader *self, const RelayKeyGroup *group, GError **error)
{
  RelayGatewaySettings *gateway = &self->settings->gateway;

  if (!read_group (self, group, relay_gateway_fields, gateway, error) ||
      !check_url (self, group, "url", gateway->allow_plaintext, &gateway->url, error))
    return FALSE;

  warn_idle_pin (self, group, gateway->url);
  return TRUE;
}

static gboolean
read_retry (Loader *self, const RelayKeyGroup *group, GError **error)
{
  RelayRetrySettings *retry = &self->settings->retry;
  const RelayKeyLine *line;

  if (!read_group (self, group, relay_retry_fields, retry, error))
    return FALSE;
  if (retry->max_delay_ms >= retry->initial_delay_ms)
    return TRUE;

  line = relay_key_group_find (group, "max-delay");
  if (line == NULL || *line->value == '\0')
    line = relay_key_group_find (group, "initial-delay");
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
               "%s line %u: max-delay (%g s) must not be less than initial-delay (%g s)", self->label, line->line,
               retry->max_delay_ms / 1000.0, retry->initial_delay_ms / 1000.0);
  return FALSE;
}

/* A mistake in it goes into the account and harms no other. */
static void
read_account (Loader *self, const RelayKeyGroup *group, const char *id)
{
  RelayAccount *account = relay_account_new (id);
  GError **error;

  g_ptr_array_add (self->settings->accounts, account);

  read_group (self, group, relay_account_fields, account, &account->error);
  error = account->error == NULL ? &account->error : NULL;
  check_url (self, group, "platform-url", account->allow_plaintext, &account->platform_url, error);
  warn_idle_pin (self, group, account->platform_url);

  if (account->platform_url == NULL && account->error == NULL)
    g_set_error (&account->error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
                 "%s line %u: platform-url is not set in [%s]; add platform-url=wss://HOST/PATH", self->label, group->line,
                 group->name);
}

static void
warn_unknown_group (Loader *self, const RelayKeyGroup *group)
{
  static const char *const known[] = { "account", "gateway", "retry", NULL };
  g_autofree char *shown = relay_text_clean (group->name, -1, RELAY_TEXT_MAX_NAME, NULL);
  g_auto (GStrv) words = g_strsplit (shown, " ", 2);
  const char *nearest = relay_key_file_nearest (words[0], known);

  if (nearest == NULL)
    warn (self, group->line, "[%s] is not known and is ignored; known are [gateway], [retry] and [account NAME]", shown);
  else if (nearest == known[0])
    warn (self, group->line, "[%s] is not known and is ignored; did you mean [account %s]?", shown,
          words[1] != NULL ? words[1] : "NAME");
  else
    warn (self, group->line, "[%s] is not known and is ignored; did you mean [%s]?", shown, nearest);
}

/**
 * relay_settings_is_id:
 * @text: what may be a name for an account
 *
 * Returns: whether it has only the characters, and not more of them, than the name of an account may have
 */
gboolean
relay_settings_is_id (const char *text)
{
  return *text != '\0' && strlen (text) <= MAX_ID_LENGTH && text[strspn (text, ID_CHARS)] == '\0';
}

static gboolean
read_any_group (Loader *self, const RelayKeyGroup *group, GError **error)
{
  const char *id = g_str_has_prefix (group->name, "account ") ? group->name + strlen ("account ") : NULL;

  if (g_str_equal (group->name, "gateway"))
    return read_gateway (self, group, error);
  if (g_str_equal (group->name, "retry"))
    return read_retry (self, group, error);

  if (id == NULL)
    {
      warn_unknown_group (self, group);
    }
  else if (!relay_settings_is_id (id))
    {
      g_autofree char *shown = relay_text_clean (id, -1, RELAY_TEXT_MAX_NAME, NULL);

      warn (self, group->line, "'%s' is no name for an account, which has a-z, 0-9, _ and -, %d at most; it is ignored",
            shown, MAX_ID_LENGTH);
    }
  else
    {
      read_account (self, group, id);
    }

  return TRUE;
}

/* @mode is the file's, 0 if there is none. */
static void
warn_readable_secrets (Loader *self, mode_t mode, const char *filename)
{
  gboolean has_secret = self->settings->gateway.token != NULL;

  for (guint i = 0; i < self->settings->accounts->len; i++)
    {
      const RelayAccount *account = g_ptr_array_index (self->settings->accounts, i);

      has_secret = has_secret || account->platform_key != NULL;
    }

  if (has_secret && (mode & OTHERS_MODE) != 0)
    warn (self, 0, "the file holds a key or a token, but other users may open it: chmod 600 '%s'", filename);
}

static RelaySettings *
load (const char *text, gsize length, const char *filename, mode_t mode, GError **error)
{
  g_auto (Loader) self = { .label = g_path_get_basename (filename),
                           .settings = relay_settings_new (),
                           .warnings = g_ptr_array_new_with_free_func (g_free) };
  g_autoptr (GPtrArray) groups = relay_key_file_parse (text, length, self.label, error);

  if (groups == NULL)
    return NULL;

  for (guint i = 0; i < groups->len; i++)
    {
      if (!read_any_group (&self, g_ptr_array_index (groups, i), error))
        return NULL;
    }

  if (self.settings->accounts->len == 0)
    warn (&self, 0, "there is no [account NAME], so there is nothing to connect");
  warn_readable_secrets (&self, mode, filename);

  g_ptr_array_add (self.warnings, NULL);
  g_strfreev (self.settings->warnings);
  self.settings->warnings = g_strdupv ((char **) self.warnings->pdata);
  self.settings->filename = g_canonicalize_filename (filename, NULL);

  return relay_settings_ref (self.settings);
}

/**
 * relay_settings_new_from_data:
 * @text: the content of a gangway.conf
 * @length: its length in bytes
 * @filename: what it is called, for messages
 * @error: return location for an error
 *
 * Reads settings. A mistake within an account is that account's `error`; what is unknown or stands twice is a warning; all
 * else fails. No message holds a secret.
 *
 * Returns: (transfer full): the settings, or %NULL with %RELAY_ERROR_BAD_SETTINGS or %RELAY_ERROR_PLAINTEXT_REFUSED, which
 *   says which line is wrong
 */
RelaySettings *
relay_settings_new_from_data (const char *text, gsize length, const char *filename, GError **error)
{
  return load (text, length, filename, 0, error);
}

/**
 * relay_settings_new_from_file:
 * @filename: a gangway.conf
 * @error: return location for an error
 *
 * Reads settings like relay_settings_new_from_data(). Never waits for a FIFO; may wait for a network file system.
 * A file of white space is refused: it is what an editor leaves for a moment.
 *
 * Returns: (transfer full): the settings, or %NULL with %RELAY_ERROR_BAD_SETTINGS or %RELAY_ERROR_PLAINTEXT_REFUSED, which
 *   says which line is wrong, or what is the matter with the file
 */
RelaySettings *
relay_settings_new_from_file (const char *filename, GError **error)
{
  g_autoptr (GString) text = NULL;
  struct stat info;

  if (access (filename, F_OK) != 0 && errno == ENOENT)
    {
      g_set_error (
          error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
          "%s does not exist yet: run “gangway pair”, or create it with at least these three lines: [account NAME], "
          "platform-url=wss://HOST/PATH, platform-key-file=FILE",
          filename);
      return NULL;
    }

  text = relay_file_read (filename, filename, MAX_FILE_BYTES, &info, error);
  if (text == NULL)
    return NULL;

  if (text->str[strspn (text->str, " \t\r\n")] == '\0' && strlen (text->str) == text->len)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s is empty", filename);
      return NULL;
    }

  return load (text->str, text->len, filename, info.st_mode, error);
}
