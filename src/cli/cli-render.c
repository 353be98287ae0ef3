/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-render.h"

#include <glib/gi18n.h>
#include <json-glib/json-glib.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli-words.h"

#define BOLD "\033[1m"
#define RED "\033[31m"
#define GREEN "\033[32m"
#define YELLOW "\033[33m"
#define NORMAL "\033[0m"

/* Wide enough for the labels of most languages. */
#define LABEL_WIDTH 13

/* What is shown of an account; strings are borrowed from the properties and never NULL. */
typedef struct {
  const char *account_id;
  const char *state;
  const char *step;
  const char *last_error;
  const char *last_error_code;
  const char *platform_url;
  const char *gateway_url;
  const char *gateway_version;
  const char *key_status;
  const char *workspace_access;
  guint32 attempt;
  guint64 retrying_at_ms;
  guint64 connected_since_ms;
} Account;

static const char *
lookup_string (GVariant *properties, const char *name)
{
  const char *value = "";

  g_variant_lookup (properties, name, "&s", &value);
  return value;
}

static guint64
lookup_uint64 (GVariant *properties, const char *name)
{
  guint64 value = 0;

  g_variant_lookup (properties, name, "t", &value);
  return value;
}

static Account
account_read (GVariant *properties)
{
  Account self = {
    .account_id = lookup_string (properties, "AccountId"),
    .state = lookup_string (properties, "State"),
    .step = lookup_string (properties, "Step"),
    .last_error = lookup_string (properties, "LastError"),
    .last_error_code = lookup_string (properties, "LastErrorCode"),
    .platform_url = lookup_string (properties, "PlatformUrl"),
    .gateway_url = lookup_string (properties, "GatewayUrl"),
    .gateway_version = lookup_string (properties, "GatewayVersion"),
    .key_status = lookup_string (properties, "KeyStatus"),
    .workspace_access = lookup_string (properties, "WorkspaceAccess"),
    .retrying_at_ms = lookup_uint64 (properties, "RetryingAt"),
    .connected_since_ms = lookup_uint64 (properties, "ConnectedSince"),
  };

  g_variant_lookup (properties, "Attempt", "u", &self.attempt);
  return self;
}

static gboolean
account_is (const Account *self, const char *state)
{
  return g_str_equal (self->state, state);
}

static gboolean
account_has_error (const Account *self)
{
  return self->last_error_code[0] != '\0' || self->last_error[0] != '\0';
}

static char *
account_dup_state (const Account *self, gint64 now_ms)
{
  g_autofree char *duration = NULL;

  if (account_is (self, "connected"))
    {
      duration = cli_words_dup_duration (now_ms - (gint64) self->connected_since_ms);
      return g_strdup_printf (_ ("connected for %s"), duration);
    }
  if (account_is (self, "connecting"))
    return g_strdup_printf (_ ("connecting: %s"), cli_words_step (self->step));
  if (account_is (self, "retrying"))
    {
      duration = cli_words_dup_duration ((gint64) self->retrying_at_ms - now_ms);
      return g_strdup_printf (_ ("not connected, next attempt in %s"), duration);
    }
  if (account_is (self, "disconnected"))
    return g_strdup (account_has_error (self) ? _ ("not connected, waits until its settings are right")
                                              : _ ("not connected: stopped, or disabled in gangway.conf"));

  return g_strdup (self->state);
}

static const char *
account_color (const Account *self)
{
  if (account_is (self, "connected"))
    return GREEN;

  return account_is (self, "disconnected") && account_has_error (self) ? RED : YELLOW;
}

/* @address, and whether that side works, as far as the state and the error tell. */
static char *
account_dup_side (const Account *self, CliSide side, const char *address)
{
  gboolean is_connected = account_is (self, "connected");
  CliSide troubled = is_connected ? CLI_SIDE_NONE : cli_words_side (self->last_error_code);

  if (troubled == side)
    return g_strdup_printf (_ ("%s, does not work"), address);
  if (is_connected || (troubled == CLI_SIDE_PLATFORM && side == CLI_SIDE_GATEWAY))
    return g_strdup_printf (_ ("%s, works"), address);

  return g_strdup (address);
}

/* A blank line before all but the first; what a terminal is told before that ends no line. */
static void
append_gap (GString *out)
{
  if (out->len > 0 && out->str[out->len - 1] == '\n')
    g_string_append_c (out, '\n');
}

/* Appends an indented line of a label and a text; the labels' widths differ between languages. */
static void append_line (GString *out, const char *label, const char *format, ...) G_GNUC_PRINTF (3, 4);

static void
append_line (GString *out, const char *label, const char *format, ...)
{
  va_list args;

  g_string_append_printf (out, "    %s%*s", label, MAX (LABEL_WIDTH - cli_words_get_width (label), 1), "");
  va_start (args, format);
  g_string_append_vprintf (out, format, args);
  va_end (args);
  g_string_append_c (out, '\n');
}

static void
append_endpoints (GString *out, const Account *self)
{
  const char *gateway_url = self->gateway_url[0] != '\0' ? self->gateway_url : _ ("not known yet");
  const char *platform_url = self->platform_url[0] != '\0' ? self->platform_url : _ ("not set");
  g_autofree char *gateway = self->gateway_version[0] != '\0'
                                 ? g_strdup_printf ("%s (OpenClaw %s)", gateway_url, self->gateway_version)
                                 : g_strdup (gateway_url);
  g_autofree char *gateway_side = account_dup_side (self, CLI_SIDE_GATEWAY, gateway);
  g_autofree char *platform_side = account_dup_side (self, CLI_SIDE_PLATFORM, platform_url);

  append_line (out, _ ("OpenClaw:"), "%s", gateway_side);
  append_line (out, _ ("Platform:"), "%s", platform_side);
}

static void
append_traffic (GString *out, GVariant *properties)
{
  g_autofree char *to_platform = g_format_size (lookup_uint64 (properties, "BytesToPlatform"));
  g_autofree char *to_gateway = g_format_size (lookup_uint64 (properties, "BytesToGateway"));
  guint64 value;

  /* What follows changes gives no counters. */
  if (!g_variant_lookup (properties, "BytesToPlatform", "t", &value))
    return;

  append_line (out, _ ("Carried:"), _ ("%s to the platform, %s to OpenClaw"), to_platform, to_gateway);
  append_line (out, _ ("Requests:"), _ ("%u answered here, %u denied"), (guint) lookup_uint64 (properties, "RequestsServed"),
               (guint) lookup_uint64 (properties, "RequestsDenied"));
}

static void
append_trouble (GString *out, const Account *self)
{
  const char *words = cli_words_error (self->last_error_code);
  const char *remedy = cli_words_remedy (self->last_error_code);

  if (words != NULL)
    append_line (out, _ ("Problem:"), _ ("%s (%s)"), words, self->last_error_code);
  if (self->last_error[0] != '\0')
    append_line (out, _ ("Message:"), "%s", self->last_error);
  if (self->attempt > 1 && !account_is (self, "disconnected"))
    append_line (out, _ ("Attempts:"), "%u", self->attempt);
  if (remedy != NULL)
    append_line (out, _ ("What to do:"), "%s", remedy);
}

/**
 * cli_render_style:
 *
 * Returns: how standard output may be decorated
 */
CliStyle
cli_render_style (void)
{
  const char *no_color = g_getenv ("NO_COLOR");
  gboolean wanted = (no_color == NULL || no_color[0] == '\0') && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0;

  return wanted && isatty (STDOUT_FILENO) ? CLI_STYLE_TERMINAL : CLI_STYLE_PLAIN;
}

/**
 * cli_render_account:
 * @out: where to append lines
 * @properties: an `a{sv}` of a session's bus properties
 * @now_ms: the time, in milliseconds since the epoch
 * @style: how to decorate
 *
 * Describes an account to a person: what works, what does not, what to do.
 */
void
cli_render_account (GString *out, GVariant *properties, gint64 now_ms, CliStyle style)
{
  Account self = account_read (properties);
  g_autofree char *state = account_dup_state (&self, now_ms);

  append_gap (out);
  if (style == CLI_STYLE_TERMINAL)
    g_string_append_printf (out, BOLD "%s" NORMAL ": %s%s" NORMAL "\n", self.account_id, account_color (&self), state);
  else
    g_string_append_printf (out, "%s: %s\n", self.account_id, state);

  append_endpoints (out, &self);
  append_line (out, _ ("Files:"), "%s", cli_words_workspace (self.workspace_access));
  append_traffic (out, properties);
  append_trouble (out, &self);
  if (account_is (&self, "disconnected") && !account_has_error (&self))
    append_line (out, _ ("What to do:"), "gangway start %s", self.account_id);
}

/**
 * cli_render_problem:
 * @out: where to append lines
 * @config_file: the path of gangway.conf
 * @problem: why it is not in force
 *
 * Tells a person that the file needs to be corrected.
 */
void
cli_render_problem (GString *out, const char *config_file, const char *problem)
{
  append_gap (out);
  g_string_append_printf (out, _ ("%s: not in force as it is now\n"), config_file);
  append_line (out, _ ("Message:"), "%s", problem);
  append_line (out, _ ("What to do:"), "%s",
               _ ("Correct the file. It applies as soon as it is saved; until then the last good settings stay."));
}

/**
 * cli_render_no_accounts:
 * @out: where to append lines
 * @config_file: the path of gangway.conf
 *
 * Tells a person how to begin.
 */
void
cli_render_no_accounts (GString *out, const char *config_file)
{
  append_gap (out);
  g_string_append_printf (
      out, _ ("No account is set up in %s. Pair one with the address and the key that the platform gave you:\n"),
      config_file);
  g_string_append (out, "\n    gangway pair wss://platform.example/relay\n");
}

/**
 * cli_render_dup_state:
 * @properties: an `a{sv}` of a session's bus properties
 * @now_ms: the time, in milliseconds since the epoch
 *
 * Returns: (transfer full): an account's state in one line, with its id and its error
 */
char *
cli_render_dup_state (GVariant *properties, gint64 now_ms)
{
  Account self = account_read (properties);
  g_autofree char *state = account_dup_state (&self, now_ms);
  g_autofree char *error = cli_words_dup_error (self.last_error_code, self.last_error);

  if (account_is (&self, "connected") || self.last_error[0] == '\0')
    return g_strdup_printf ("%s: %s", self.account_id, state);

  return g_strdup_printf ("%s: %s: %s", self.account_id, state, error);
}

/**
 * cli_render_dup_json:
 * @value: a value from the bus
 * @pretty: whether to spread it over lines
 *
 * Returns: (transfer full): @value as JSON, with the bus's names as keys
 */
char *
cli_render_dup_json (GVariant *value, gboolean pretty)
{
  g_autoptr (JsonNode) node = json_gvariant_serialize (value);

  return json_to_string (node, pretty);
}
