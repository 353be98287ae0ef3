/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-error.h"
#include "settings/relay-url.h"

#include <string.h>

static void
test_canonical_form (void)
{
  static const struct {
    const char *text;
    const char *canonical;
    const char *display;
    guint16 port;
    gboolean is_tls;
    gboolean is_loopback;
  } cases[] = {
    { "wss://platform.example/relay", "wss://platform.example/relay", "wss://platform.example/relay", 443, TRUE, FALSE },
    { "wss://platform.example", "wss://platform.example/", "wss://platform.example", 443, TRUE, FALSE },
    { "WSS://Platform.EXAMPLE:443/Relay", "wss://platform.example/Relay", "wss://platform.example/Relay", 443, TRUE, FALSE },
    { "wss://platform.example:0443", "wss://platform.example/", "wss://platform.example", 443, TRUE, FALSE },
    { "wss://platform.example:80/", "wss://platform.example:80/", "wss://platform.example:80", 80, TRUE, FALSE },
    { "wss://platform.example?key=x", "wss://platform.example/?key=x", "wss://platform.example", 443, TRUE, FALSE },
    { "wss://platform.example/a?", "wss://platform.example/a?", "wss://platform.example/a", 443, TRUE, FALSE },
    { "wss://platform.example/a%2Fb?c=%20?/", "wss://platform.example/a%2Fb?c=%20?/", "wss://platform.example/a%2Fb", 443,
      TRUE, FALSE },
    { "wss://platform.example/a@b:c", "wss://platform.example/a@b:c", "wss://platform.example/a@b:c", 443, TRUE, FALSE },
    { "wss://platform.example.", "wss://platform.example./", "wss://platform.example.", 443, TRUE, FALSE },
    { "wss://bücher.example/x", "wss://xn--bcher-kva.example/x", "wss://xn--bcher-kva.example/x", 443, TRUE, FALSE },
    { "wss://192.0.2.7:65535", "wss://192.0.2.7:65535/", "wss://192.0.2.7:65535", 65535, TRUE, FALSE },
    { "wss://[2001:DB8::1]:8443/", "wss://[2001:db8::1]:8443/", "wss://[2001:db8::1]:8443", 8443, TRUE, FALSE },
    { "ws://127.0.0.1:18789", "ws://127.0.0.1:18789/", "ws://127.0.0.1:18789", 18789, FALSE, TRUE },
    { "ws://127.255.0.3:80", "ws://127.255.0.3/", "ws://127.255.0.3", 80, FALSE, TRUE },
    { "ws://[::1]", "ws://[::1]/", "ws://[::1]", 80, FALSE, TRUE },
    { "ws://[0:0:0:0:0:0:0:1]/", "ws://[::1]/", "ws://[::1]", 80, FALSE, TRUE },
    { "ws://[::ffff:127.0.0.2]/", "ws://[::ffff:127.0.0.2]/", "ws://[::ffff:127.0.0.2]", 80, FALSE, TRUE },
    { "ws://localhost:1/", "ws://localhost:1/", "ws://localhost:1", 1, FALSE, TRUE },
    { "ws://LocalHost./", "ws://localhost./", "ws://localhost.", 80, FALSE, TRUE },
    { "ws://１２７.0.0.1/", "ws://127.0.0.1/", "ws://127.0.0.1", 80, FALSE, TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) url = relay_url_parse (cases[i].text, "platform-url", FALSE, &error);
      g_autoptr (GUri) again = NULL;
      g_autofree char *canonical = NULL;
      g_autofree char *canonical_again = NULL;
      g_autofree char *display = NULL;

      g_assert_no_error (error);
      canonical = g_uri_to_string (url);
      display = relay_url_to_display (url);
      again = relay_url_parse (canonical, "platform-url", FALSE, &error);
      g_assert_no_error (error);
      canonical_again = g_uri_to_string (again);

      g_assert_cmpstr (canonical, ==, cases[i].canonical);
      g_assert_cmpstr (canonical_again, ==, cases[i].canonical);
      g_assert_cmpstr (display, ==, cases[i].display);
      g_assert_cmpuint (relay_url_get_port (url), ==, cases[i].port);
      g_assert_cmpint (relay_url_is_tls (url), ==, cases[i].is_tls);
      g_assert_cmpint (relay_url_is_loopback (url), ==, cases[i].is_loopback);
    }
}

static const struct {
  const char *text;
  const char *message;
} refused_urls[] = {
  { "http://platform.example/", "platform-url must use ws:// or wss:// (got http)" },
  { "HTTPS://platform.example/", "platform-url must use ws:// or wss:// (got https)" },
  { "file:///etc/passwd", "platform-url must use ws:// or wss:// (got file)" },
  { "javascript://x", "platform-url must use ws:// or wss:// (got javascript)" },
  { "platform.example", "platform-url must use ws:// or wss:// (got none)" },
  { "platform.example:443/relay", "platform-url must use ws:// or wss:// (got none)" },
  { "wss:/platform.example", "platform-url must use ws:// or wss:// (got none)" },
  { "://platform.example", "platform-url must use ws:// or wss:// (got none)" },
  { "se cret://x", "platform-url must not contain white space or control characters" },
  { "secret=a&b://x", "platform-url must use ws:// or wss:// (got none)" },
  { "averyveryverylongscheme://x", "platform-url must use ws:// or wss:// (got none)" },
  { "", "platform-url must use ws:// or wss:// (got none)" },
  { "wss://", "platform-url needs a host" },
  { "ws:///", "platform-url needs a host" },
  { "wss://:443/", "platform-url needs a host" },
  { "wss://?x", "platform-url needs a host" },
  { "wss://user@platform.example/", "platform-url must not contain a user name or password" },
  { "wss://user:secret@platform.example/", "platform-url must not contain a user name or password" },
  { "ws://127.0.0.1@evil.example", "platform-url must not contain a user name or password" },
  { "ws://[::1]@evil.example", "platform-url must not contain a user name or password" },
  { "wss://platform.example/#top", "platform-url must not have a fragment (#…)" },
  { "wss://platform.example#@127.0.0.1", "platform-url must not have a fragment (#…)" },
  { "ws://evil.example\\@127.0.0.1/", "platform-url must not contain a backslash" },
  { "wss:\\\\platform.example", "platform-url must not contain a backslash" },
  { "wss://platform.example/a b", "platform-url must not contain white space or control characters" },
  { "wss://platform.example/\r\nX: y", "platform-url must not contain white space or control characters" },
  { "wss://platform\xe2\x80\x8b.example/", "platform-url must not contain white space or control characters" },
  { "wss://platform\xc2\xa0.example/", "platform-url must not contain white space or control characters" },
  { "wss://platform\xff.example/", "platform-url is not valid UTF-8" },
  { "wss://platform.example:0/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://platform.example:65536/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://platform.example:99999999999999999999/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://platform.example:/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://platform.example:+80/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://platform.example:-1/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://platform.example:443:1/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://::1/", "platform-url needs a host" },
  { "wss://2001:db8::1/", "platform-url has a port that is not a number from 1 to 65535" },
  { "wss://[::1/", "platform-url has no valid IPv6 address in the brackets" },
  { "wss://[]/", "platform-url has no valid IPv6 address in the brackets" },
  { "wss://[127.0.0.1]/", "platform-url has no valid IPv6 address in the brackets" },
  { "wss://[::1%25lo]/", "platform-url has no valid IPv6 address in the brackets" },
  { "wss://[fe80::1%lo]/", "platform-url has no valid IPv6 address in the brackets" },
  { "wss://[::1].evil.example/", "platform-url has a host that is no valid name" },
  { "ws://127.1/", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "ws://0x7f.1/", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "ws://0177.0.0.1/", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "ws://2130706433/", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "ws://127.0.0.0x1/", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "ws://127.0.0.1./", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "ws://127.0.0.256/", "platform-url has a host that looks like an IPv4 address; write it as four decimal numbers" },
  { "wss://platform%2eexample/", "platform-url has a host that is no valid name" },
  { "wss://platform..example/", "platform-url has a host that is no valid name" },
  { "wss://localhost../", "platform-url has a host that is no valid name" },
  { "wss://.example/", "platform-url has a host that is no valid name" },
  { "wss://./", "platform-url has a host that is no valid name" },
  { "wss://plat,form.example/", "platform-url has a host that is no valid name" },
  { "wss://example．com／x/", "platform-url has a host that is no valid name" },
  { "wss://platform.example/ä", "platform-url has a character behind the host that must be percent-encoded" },
  { "wss://platform.example/<x>", "platform-url has a character behind the host that must be percent-encoded" },
  { "wss://platform.example/%zz", "platform-url has a % that is not followed by two hexadecimal digits" },
  { "wss://platform.example/%2", "platform-url has a % that is not followed by two hexadecimal digits" },
};

static void
test_refused (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (refused_urls); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) url = relay_url_parse (refused_urls[i].text, "platform-url", TRUE, &error);
      g_autofree char *shown = g_strescape (refused_urls[i].text, NULL);

      g_test_message ("%s", shown);
      g_assert_null (url);
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
      g_assert_cmpstr (error->message, ==, refused_urls[i].message);
      g_assert_null (strstr (error->message, "secret"));
    }
}

static void
test_overlong_is_refused (void)
{
  g_autofree char *label = g_strnfill (64, 'a');
  g_autofree char *path = g_strnfill (3000, 'a');
  g_autofree char *long_label = g_strdup_printf ("wss://%s.example/", label);
  g_autofree char *long_name = g_strdup_printf ("wss://%1$s.%1$s.%1$s.%1$s.%1$s/", label + 1);
  g_autofree char *long_url = g_strdup_printf ("wss://platform.example/%s", path);
  const char *cases[] = { long_label, long_name, long_url };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) url = relay_url_parse (cases[i], "url", TRUE, &error);

      g_assert_null (url);
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
    }
}

/* Whatever merely looks like loopback must not carry credentials in the clear. */
static void
test_plaintext_needs_leave (void)
{
  static const char *const cases[] = {
    "ws://platform.example/",
    "ws://127.0.0.1.evil.example/",
    "ws://localhost.evil.example/",
    "ws://localhost.localhost/",
    "ws://localhosts/",
    "ws://xn--localhost-/",
    "ws://0.0.0.0/",
    "ws://128.0.0.1/",
    "ws://[::]/",
    "ws://[::2]/",
    "ws://[::127.0.0.1]/",
    "ws://[::ffff:128.0.0.1]/",
    "ws://[64:ff9b::7f00:1]/",
    "ws://ip6-localhost/",
    "ws://evil.example/127.0.0.1",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autoptr (GUri) refused = relay_url_parse (cases[i], "url", FALSE, &error);

      g_test_message ("%s", cases[i]);
      g_assert_null (refused);
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_PLAINTEXT_REFUSED);
    }
}

static void
test_plaintext_message_says_what_to_do (void)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) refused = relay_url_parse ("ws://Platform.example/?key=secret", "platform-url", FALSE, &error);
  g_autoptr (GUri) accepted = relay_url_parse ("ws://platform.example/", "platform-url", TRUE, NULL);

  g_assert_null (refused);
  g_assert_cmpstr (error->message, ==,
                   "platform-url would send credentials to platform.example in the clear; use wss://, or set "
                   "allow-plaintext=true to accept that");
  g_assert_nonnull (accepted);
  g_assert_false (relay_url_is_loopback (accepted));
}

static void
test_origin (void)
{
  static const char *const cases[][2] = {
    { "wss://Platform.Example/relay?key=1", "wss://platform.example:443" },
    { "wss://platform.example:443", "wss://platform.example:443" },
    { "wss://platform.example:8443/", "wss://platform.example:8443" },
    { "ws://platform.example/", "ws://platform.example:80" },
    { "ws://[::1]:9/x", "ws://[::1]:9" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (GUri) url = relay_url_parse (cases[i][0], "url", TRUE, NULL);
      g_autofree char *origin = relay_url_to_origin (url);

      g_assert_cmpstr (origin, ==, cases[i][1]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/url/canonical-form", test_canonical_form);
  g_test_add_func ("/url/refused", test_refused);
  g_test_add_func ("/url/overlong-is-refused", test_overlong_is_refused);
  g_test_add_func ("/url/plaintext-needs-leave", test_plaintext_needs_leave);
  g_test_add_func ("/url/plaintext-message-says-what-to-do", test_plaintext_message_says_what_to_do);
  g_test_add_func ("/url/origin", test_origin);

  return g_test_run ();
}
