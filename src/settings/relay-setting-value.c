/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-setting-value.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"

#define DIGITS "0123456789"
#define PATTERN_CHARS "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "._:/-*"

#define MIN_DELAY_MS 10
#define MAX_NUMBER_LENGTH 12

#define PIN_PREFIX "sha256:"
#define PIN_LENGTH 64

/* For values that cannot be secrets: they are shown. */
G_GNUC_PRINTF (4, 5)
static gboolean
fail_with_value (const char *key, const char *value, GError **error, const char *format, ...)
{
  g_autofree char *shown = relay_text_clean (value, -1, RELAY_TEXT_MAX_NAME, NULL);
  g_autofree char *rule = NULL;
  va_list args;

  va_start (args, format);
  rule = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s must be %s (got '%s')%s", key, rule, shown,
               strchr (value, '#') != NULL ? "; a comment needs a line of its own" : "");
  return FALSE;
}

/* For all others. */
static gboolean
fail (const char *key, GError **error, const char *problem)
{
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s %s", key, problem);
  return FALSE;
}

/**
 * relay_value_read_boolean:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @result: (out): `true` or `false`, which are written just so
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Returns: %TRUE on success
 */
gboolean
relay_value_read_boolean (const char *key, const char *value, gboolean *result, GError **error)
{
  gboolean is_true = g_str_equal (value, "true");

  if (!is_true && !g_str_equal (value, "false"))
    return fail_with_value (key, value, error, "true or false");

  *result = is_true;
  return TRUE;
}

/**
 * relay_value_read_seconds:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @max_s: the most that is accepted, in seconds; the least is 0.01
 * @result_ms: (out): the time in milliseconds
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads a time in seconds, such as `30` or `0.25`.
 *
 * Returns: %TRUE on success
 */
gboolean
relay_value_read_seconds (const char *key, const char *value, guint max_s, guint *result_ms, GError **error)
{
  gsize n_whole = strspn (value, DIGITS);
  gsize n_fraction = value[n_whole] == '.' ? strspn (value + n_whole + 1, DIGITS) : 0;
  gsize length = n_whole + (n_fraction > 0 ? 1 + n_fraction : 0);
  double seconds = 0;

  if (n_whole > 0 && value[length] == '\0' && length <= MAX_NUMBER_LENGTH)
    seconds = g_ascii_strtod (value, NULL);

  if (seconds * 1000 < MIN_DELAY_MS || seconds > max_s)
    return fail_with_value (key, value, error, "a number of seconds from 0.01 to %u", max_s);

  *result_ms = (guint) (seconds * 1000 + 0.5);
  return TRUE;
}

/* The factor of a unit, with the white space before it; 0 if there is no such unit. */
static guint64
read_unit (const char *text)
{
  static const struct {
    const char *name;
    guint64 factor;
  } units[] = {
    { "", 1 },
    { "B", 1 },
    { "KB", 1000 },
    { "MB", 1000 * 1000 },
    { "KiB", 1024 },
    { "MiB", 1024 * 1024 },
    { "GiB", 1024 * 1024 * 1024 },
  };

  while (g_ascii_isspace (*text))
    text++;

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (g_ascii_strcasecmp (text, units[i].name) == 0)
        return units[i].factor;
    }

  return 0;
}

/**
 * relay_value_read_size:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @max_bytes: the most that is accepted, a whole number of MiB; the least is one byte
 * @result_bytes: (out): the size in bytes
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads a size such as `24 MiB`: a whole number and B, KB, MB, KiB, MiB, GiB or nothing, for bytes.
 *
 * Returns: %TRUE on success
 */
gboolean
relay_value_read_size (const char *key, const char *value, guint64 max_bytes, guint64 *result_bytes, GError **error)
{
  gsize n_digits = strspn (value, DIGITS);
  guint64 number = n_digits <= MAX_NUMBER_LENGTH ? g_ascii_strtoull (value, NULL, 10) : 0;
  guint64 factor = n_digits > 0 ? read_unit (value + n_digits) : 0;

  if (factor == 0 || number == 0 || number > max_bytes / factor)
    return fail_with_value (key, value, error, "a size from 1 B to %" G_GUINT64_FORMAT " MiB, such as 24 MiB",
                            max_bytes / (1024 * 1024));

  *result_bytes = number * factor;
  return TRUE;
}

/**
 * relay_value_read_access:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @result: (out): what the platform may do
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Returns: %TRUE on success
 */
gboolean
relay_value_read_access (const char *key, const char *value, RelayWorkspaceAccess *result, GError **error)
{
  static const RelayWorkspaceAccess all[] = { RELAY_WORKSPACE_ACCESS_NONE, RELAY_WORKSPACE_ACCESS_READ_ONLY,
                                              RELAY_WORKSPACE_ACCESS_READ_WRITE };

  for (gsize i = 0; i < G_N_ELEMENTS (all); i++)
    {
      if (g_str_equal (value, relay_workspace_access_to_string (all[i])))
        {
          *result = all[i];
          return TRUE;
        }
    }

  return fail_with_value (key, value, error, "read-write, read-only or none");
}

/**
 * relay_value_read_path:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads an absolute path; `~` alone or before the first `/` is the user's home. The path is not shown in messages: a key
 * itself may have been put where the name of its file belongs.
 *
 * Returns: (transfer full): the path, or %NULL
 */
char *
relay_value_read_path (const char *key, const char *value, GError **error)
{
  if (g_str_equal (value, "~") || g_str_has_prefix (value, "~/"))
    return g_build_filename (g_get_home_dir (), value + 1, NULL);
  if (g_path_is_absolute (value))
    return g_strdup (value);

  fail (key, error, "must be an absolute path, or begin with ~/");
  return NULL;
}

/* The trimmed parts between `;` that are not empty. */
static GStrv
split_list (const char *value)
{
  g_autoptr (GStrvBuilder) items = g_strv_builder_new ();
  g_auto (GStrv) parts = g_strsplit (value, ";", -1);

  for (gsize i = 0; parts[i] != NULL; i++)
    {
      if (*g_strstrip (parts[i]) != '\0')
        g_strv_builder_add (items, parts[i]);
    }

  return g_strv_builder_end (items);
}

/* `sha256:` and hexadecimal digits, in pairs with colons between if need be, as openssl prints them. */
static char *
parse_pin (const char *text)
{
  g_autoptr (GString) hex = g_string_sized_new (PIN_LENGTH);
  const char *p = text + strlen (PIN_PREFIX);

  if (g_ascii_strncasecmp (text, PIN_PREFIX, strlen (PIN_PREFIX)) != 0)
    return NULL;

  for (; *p != '\0' && hex->len < PIN_LENGTH; p++)
    {
      if (*p == ':' && hex->len > 0 && hex->len % 2 == 0 && p[-1] != ':')
        continue;
      if (!g_ascii_isxdigit (*p))
        return NULL;
      g_string_append_c (hex, g_ascii_tolower (*p));
    }

  return *p == '\0' && hex->len == PIN_LENGTH ? g_string_free (g_steal_pointer (&hex), FALSE) : NULL;
}

/**
 * relay_value_read_pins:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads fingerprints of certificates, `sha256:<hex>` each, with `;` between.
 *
 * Returns: (transfer full): 64 lower-case hexadecimal digits each, at least one; or %NULL
 */
GStrv
relay_value_read_pins (const char *key, const char *value, GError **error)
{
  g_auto (GStrv) texts = split_list (value);
  g_autoptr (GStrvBuilder) pins = g_strv_builder_new ();
  gboolean is_good = texts[0] != NULL;

  for (gsize i = 0; is_good && texts[i] != NULL; i++)
    {
      g_autofree char *pin = parse_pin (texts[i]);

      is_good = pin != NULL;
      if (is_good)
        g_strv_builder_add (pins, pin);
    }

  if (!is_good)
    {
      fail (key, error,
            "must be sha256: and the 64 hexadecimal digits of the certificate's fingerprint; put ; between several");
      return NULL;
    }

  return g_strv_builder_end (pins);
}

/**
 * relay_value_read_pin:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads one fingerprint of a certificate, `sha256:<hex>`.
 *
 * Returns: (transfer full): 64 lower-case hexadecimal digits, or %NULL
 */
char *
relay_value_read_pin (const char *key, const char *value, GError **error)
{
  g_autofree char *pin = parse_pin (value);

  if (pin == NULL)
    fail (key, error, "must be sha256: and the 64 hexadecimal digits of the certificate's fingerprint");

  return g_steal_pointer (&pin);
}

/**
 * relay_value_read_patterns:
 * @key: the setting, for messages
 * @value: what stands in the file
 * @error: return location for %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads patterns of methods with `;` between. What no method's name holds is a mistake, such as a comma between two of
 * them, which would make a pattern that never matches, and a denial that never denies.
 *
 * Returns: (transfer full): the patterns, at least one; or %NULL
 */
GStrv
relay_value_read_patterns (const char *key, const char *value, GError **error)
{
  g_auto (GStrv) patterns = split_list (value);

  if (patterns[0] == NULL)
    {
      fail (key, error, "holds no pattern; remove it, or use deny-methods=* to deny all");
      return NULL;
    }

  for (gsize i = 0; patterns[i] != NULL; i++)
    {
      if (patterns[i][strspn (patterns[i], PATTERN_CHARS)] != '\0')
        {
          fail_with_value (key, patterns[i], error, "letters, digits, . _ - : / and *, with ; between several");
          return NULL;
        }
    }

  return g_steal_pointer (&patterns);
}
