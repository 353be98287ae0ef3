/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-url.h"

#include <gio/gio.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"

/*
 * URLs are taken apart here and not by g_uri_parse (): what a URL names must be beyond doubt before credentials are sent
 * there, so nothing is repaired, decoded or guessed.
 */

#define MAX_URL_LENGTH 2048
#define MAX_HOST_LENGTH 253
#define MAX_LABEL_LENGTH 63
#define MAX_SCHEME_LENGTH 20

#define HOST_CHARS "abcdefghijklmnopqrstuvwxyz0123456789-_."
#define DIGITS "0123456789"
#define HEX_DIGITS DIGITS "abcdefABCDEF"

G_GNUC_PRINTF (3, 4)
static gboolean
fail (const char *setting, GError **error, const char *format, ...)
{
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s %s", setting, problem);
  return FALSE;
}

static gboolean
consists_of (const char *text, const char *chars)
{
  return *text != '\0' && text[strspn (text, chars)] == '\0';
}

/* What can hide the end of a URL or of one of its parts from somebody who reads it. */
static gboolean
check_characters (const char *text, const char *setting, GError **error)
{
  if (!g_utf8_validate (text, -1, NULL))
    return fail (setting, error, "is not valid UTF-8");

  if (strlen (text) > MAX_URL_LENGTH)
    return fail (setting, error, "is longer than %d bytes", MAX_URL_LENGTH);

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (g_unichar_isspace (c) || !g_unichar_isprint (c))
        return fail (setting, error, "must not contain white space or control characters");
      if (c == '\\')
        return fail (setting, error, "must not contain a backslash");
    }

  if (strchr (text, '#') != NULL)
    return fail (setting, error, "must not have a fragment (#…)");

  return TRUE;
}

/* Takes `ws://` or `wss://` off the front. */
static const char *
take_scheme (const char **text, const char *setting, GError **error)
{
  const char *separator = strstr (*text, "://");
  g_autofree char *scheme = NULL;

  if (separator != NULL && separator - *text <= MAX_SCHEME_LENGTH)
    scheme = g_ascii_strdown (*text, separator - *text);

  if (scheme == NULL || !consists_of (scheme, "abcdefghijklmnopqrstuvwxyz+-." DIGITS))
    return fail (setting, error, "must use ws:// or wss:// (got none)"), NULL;
  if (!g_str_equal (scheme, "ws") && !g_str_equal (scheme, "wss"))
    return fail (setting, error, "must use ws:// or wss:// (got %s)", scheme), NULL;

  *text = separator + strlen ("://");
  return g_str_equal (scheme, "ws") ? "ws" : "wss";
}

/* Everything behind the authority goes out as it stands, in a request line. */
static gboolean
check_target (const char *target, const char *setting, GError **error)
{
  static const char allowed[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ" DIGITS "-._~!$&'()*+,;=:@/?%";

  for (const char *p = target; *p != '\0'; p++)
    {
      if (strchr (allowed, *p) == NULL)
        return fail (setting, error, "has a character behind the host that must be percent-encoded");
      if (*p == '%' && (!g_ascii_isxdigit (p[1]) || !g_ascii_isxdigit (p[2])))
        return fail (setting, error, "has a %% that is not followed by two hexadecimal digits");
    }

  return TRUE;
}

/* @port becomes -1 for the scheme's own, however it was written. */
static gboolean
parse_port (const char *text, const char *scheme, const char *setting, int *port, GError **error)
{
  guint64 value;

  if (!consists_of (text, DIGITS) || !g_ascii_string_to_unsigned (text, 10, 1, G_MAXUINT16, &value, NULL))
    return fail (setting, error, "has a port that is not a number from 1 to 65535");

  *port = value == (g_str_equal (scheme, "ws") ? 80 : 443) ? -1 : (int) value;
  return TRUE;
}

/* Whether a resolver could read @host as an IPv4 address: its last label is a decimal or hexadecimal number. */
static gboolean
ends_in_number (const char *host)
{
  g_auto (GStrv) labels = g_strsplit (host, ".", -1);
  guint n_labels = g_strv_length (labels);
  const char *last = labels[n_labels - 1];

  if (*last == '\0' && n_labels > 1)
    last = labels[n_labels - 2];

  return consists_of (last, DIGITS) || g_str_equal (last, "0x") ||
         (g_str_has_prefix (last, "0x") && consists_of (last + 2, HEX_DIGITS));
}

static gboolean
is_host_name (const char *host)
{
  gsize length = strlen (host);
  g_auto (GStrv) labels = NULL;

  if (length > MAX_HOST_LENGTH || !consists_of (host, HOST_CHARS))
    return FALSE;

  labels = g_strsplit (host, ".", -1);
  for (gsize i = 0; labels[i] != NULL; i++)
    {
      gboolean is_root = labels[i][0] == '\0' && labels[i + 1] == NULL && i > 0;

      if (!is_root && (labels[i][0] == '\0' || strlen (labels[i]) > MAX_LABEL_LENGTH))
        return FALSE;
    }

  return TRUE;
}

static char *
parse_ipv6 (const char *text, const char *setting, GError **error)
{
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (text);

  /* A zone (%eth0) means another thing on each machine. */
  if (address == NULL || g_inet_address_get_family (address) != G_SOCKET_FAMILY_IPV6 || strchr (text, '%') != NULL)
    return fail (setting, error, "has no valid IPv6 address in the brackets"), NULL;

  return g_inet_address_to_string (address);
}

/* A name, as ASCII, or an IPv4 address. What it looks like is judged after the conversion, which turns `１２７` into `127`.
 */
static char *
parse_name (const char *text, const char *setting, GError **error)
{
  g_autofree char *ascii = g_hostname_to_ascii (text);
  g_autofree char *host = ascii != NULL ? g_ascii_strdown (ascii, -1) : NULL;
  g_autoptr (GInetAddress) address = NULL;

  if (strchr (text, '%') != NULL || host == NULL || !is_host_name (host))
    return fail (setting, error, "has a host that is no valid name"), NULL;

  address = g_inet_address_new_from_string (host);
  if (address == NULL && ends_in_number (host))
    return fail (setting, error, "has a host that looks like an IPv4 address; write it as four decimal numbers"), NULL;

  return g_steal_pointer (&host);
}

static char *
parse_authority (const char *authority, const char *scheme, const char *setting, int *port, GError **error)
{
  gboolean is_ipv6 = *authority == '[';
  const char *end = is_ipv6 ? strchr (authority, ']') : strchrnul (authority, ':');
  const char *rest;
  g_autofree char *host = NULL;

  if (strchr (authority, '@') != NULL)
    return fail (setting, error, "must not contain a user name or password"), NULL;
  if (end == authority)
    return fail (setting, error, "needs a host"), NULL;
  if (end == NULL)
    return fail (setting, error, "has no valid IPv6 address in the brackets"), NULL;

  rest = is_ipv6 ? end + 1 : end;
  if (*rest != '\0' && *rest != ':')
    return fail (setting, error, "has a host that is no valid name"), NULL;
  if (*rest == ':' && !parse_port (rest + 1, scheme, setting, port, error))
    return NULL;

  host = is_ipv6 ? g_strndup (authority + 1, end - authority - 1) : g_strndup (authority, end - authority);
  return is_ipv6 ? parse_ipv6 (host, setting, error) : parse_name (host, setting, error);
}

static gboolean
check_plaintext (GUri *url, const char *setting, GError **error)
{
  if (relay_url_is_tls (url) || relay_url_is_loopback (url))
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_PLAINTEXT_REFUSED,
               "%s would send credentials to %s in the clear; use wss://, or set allow-plaintext=true to accept that",
               setting, g_uri_get_host (url));
  return FALSE;
}

/**
 * relay_url_parse:
 * @text: what the user gave
 * @setting: the setting that it stands in, for messages, for instance `platform-url`
 * @allow_plaintext: whether `ws://` to a host that is not loopback is accepted
 * @error: return location for an error
 *
 * Parses and checks the URL of a WebSocket. The result is canonical: scheme and host in lower case, the host in ASCII, no
 * port where it is the scheme's own (see relay_url_get_port()), the path at least `/`; path and query are as they were
 * written (%G_URI_FLAGS_ENCODED). Its g_uri_to_string() gives the same again. No message holds more of @text than its
 * scheme or its host.
 *
 * Returns: (transfer full): the URL, or %NULL with %RELAY_ERROR_BAD_SETTINGS or %RELAY_ERROR_PLAINTEXT_REFUSED
 */
GUri *
relay_url_parse (const char *text, const char *setting, gboolean allow_plaintext, GError **error)
{
  const char *rest = text;
  const char *scheme;
  const char *query;
  g_autofree char *authority = NULL;
  g_autofree char *path = NULL;
  g_autofree char *host = NULL;
  g_autoptr (GUri) url = NULL;
  int port = -1;

  if (!check_characters (text, setting, error))
    return NULL;

  scheme = take_scheme (&rest, setting, error);
  if (scheme == NULL)
    return NULL;

  authority = g_strndup (rest, strcspn (rest, "/?"));
  rest += strlen (authority);
  host = parse_authority (authority, scheme, setting, &port, error);
  if (host == NULL || !check_target (rest, setting, error))
    return NULL;

  query = strchr (rest, '?');
  path = g_strndup (rest, strcspn (rest, "?"));
  url = g_uri_build (G_URI_FLAGS_ENCODED, scheme, NULL, host, port, *path != '\0' ? path : "/",
                     query != NULL ? query + 1 : NULL, NULL);

  if (!allow_plaintext && !check_plaintext (url, setting, error))
    return NULL;

  return g_steal_pointer (&url);
}

/**
 * relay_url_is_tls:
 * @url: a URL of relay_url_parse()
 *
 * Returns: %TRUE for `wss://`
 */
gboolean
relay_url_is_tls (GUri *url)
{
  return g_str_equal (g_uri_get_scheme (url), "wss");
}

/**
 * relay_url_is_loopback:
 * @url: a URL of relay_url_parse()
 *
 * Tells whether what is sent to the URL's host can never leave this machine: 127/8 in four decimal numbers, also mapped
 * into IPv6, `::1`, and the name `localhost`. GLib's resolver answers that name itself, with loopback addresses only,
 * whatever the hosts file or a name server says; other names under `.localhost` are not counted.
 *
 * Returns: %TRUE for loopback
 */
gboolean
relay_url_is_loopback (GUri *url)
{
  const char *host = g_uri_get_host (url);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (host);
  static const guint8 mapped[] = { 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff };
  const guint8 *bytes;

  if (address == NULL)
    return g_ascii_strcasecmp (host, "localhost") == 0 || g_ascii_strcasecmp (host, "localhost.") == 0;
  if (g_inet_address_get_is_loopback (address))
    return TRUE;

  bytes = g_inet_address_to_bytes (address);
  return g_inet_address_get_family (address) == G_SOCKET_FAMILY_IPV6 && memcmp (bytes, mapped, sizeof mapped) == 0 &&
         bytes[sizeof mapped] == 127;
}

/**
 * relay_url_get_port:
 * @url: a URL of relay_url_parse()
 *
 * Returns: the port to dial, the scheme's own where the URL has none
 */
guint16
relay_url_get_port (GUri *url)
{
  int port = g_uri_get_port (url);

  if (port > 0)
    return (guint16) port;

  return relay_url_is_tls (url) ? 443 : 80;
}

/**
 * relay_url_to_display:
 * @url: a URL of relay_url_parse()
 *
 * Returns: (transfer full): the URL as it may be shown and logged: without its query, which can hold secrets, and cut
 */
char *
relay_url_to_display (GUri *url)
{
  const char *path = g_uri_get_path (url);
  g_autofree char *text = g_uri_join (G_URI_FLAGS_ENCODED, g_uri_get_scheme (url), NULL, g_uri_get_host (url),
                                      g_uri_get_port (url), g_str_equal (path, "/") ? "" : path, NULL, NULL);

  return relay_text_clean (text, -1, RELAY_TEXT_MAX_MESSAGE, NULL);
}

/**
 * relay_url_to_origin:
 * @url: a URL of relay_url_parse()
 *
 * Returns: (transfer full): whom the URL leads to: scheme, host and port, the port always written, for instance
 *   `wss://platform.example:443`
 */
char *
relay_url_to_origin (GUri *url)
{
  const char *host = g_uri_get_host (url);

  return g_strdup_printf (strchr (host, ':') != NULL ? "%s://[%s]:%u" : "%s://%s:%u", g_uri_get_scheme (url), host,
                          relay_url_get_port (url));
}
