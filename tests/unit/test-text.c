/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "common/relay-text.h"

static void
test_secrets_are_replaced (void)
{
  const char *secrets[] = { "sesame-123", NULL };
  g_autofree char *text = relay_text_clean ("bad key sesame-123!", -1, RELAY_TEXT_MAX_MESSAGE, secrets);

  g_assert_cmpstr (text, ==, "bad key <secret>!");
}

static void
test_controls_are_escaped (void)
{
  g_autofree char *text = relay_text_clean ("a\x1b[31mb\nc\xe2\x80\xae", -1, RELAY_TEXT_MAX_MESSAGE, NULL);

  g_assert_cmpstr (text, ==, "a\\u001b[31mb\\u000ac\\u202e");
}

static void
test_cut_to_max (void)
{
  g_autofree char *exact = relay_text_clean ("abcd", -1, 4, NULL);
  g_autofree char *cut = relay_text_clean ("abcde", -1, 4, NULL);
  g_autofree char *escaped = relay_text_clean ("\n\n\n", -1, 13, NULL);

  g_assert_cmpstr (exact, ==, "abcd");
  g_assert_cmpstr (cut, ==, "abc…");
  g_assert_cmpstr (escaped, ==, "\\u000a\\u000a…");
}

static void
test_invalid_utf8_is_replaced (void)
{
  g_autofree char *text = relay_text_clean ("a\xff"
                                            "b",
                                            -1, RELAY_TEXT_MAX_NAME, NULL);

  g_assert_cmpstr (text, ==,
                   "a\xef\xbf\xbd"
                   "b");
}

/* A secret within another one must not keep what is left of that from being replaced. */
static void
test_longest_secret_is_replaced (void)
{
  const char *secrets[] = { "sesame", "open-sesame-123", "123-and", NULL };
  g_autofree char *text = relay_text_clean ("open-sesame-123-and sesame", -1, RELAY_TEXT_MAX_MESSAGE, secrets);

  g_assert_cmpstr (text, ==, "<secret>-and <secret>");
}

/* However a peer writes what it was told. */
static void
test_disguised_secrets_are_replaced (void)
{
  static const char *const cases[][2] = {
    { "id s\\u0065same\\u002D\\\"12\\\\3.", "id <secret>." },
    { "%73esame-%2212%5C3, se%73ame-%2212%5c3", "<secret>, <secret>" },
    { "Basic c2VzYW1lLSIxMlwz", "Basic <secret>" },
    { "Basic c2VzYW1lLSIxMlwz, dTpzZXNhbWUtIjEyXDM=", "Basic <secret>, <secret>=" },
    { "Basic dXM6c2VzYW1lLSIxMlwzOnU=", "Basic dXM6<secret>OnU=" },
    { "Basic dXNlOnNlc2FtZS0iMTJcMw", "Basic dXNl<secret>" },
    { "sesame-\"12…", "<secret>…" },
    { "s\\u0065sa…", "<secret>…" },
    { "ses…", "ses…" },
    { "sesame-\"12", "sesame-\"12" },
    { "p%e4ssw\\u00f6rd p\\u00e4ssw%f6rd", "p%e4ssw\\u00f6rd p\\u00e4ssw%f6rd" },
    { "p\\u00e4ssw\\u00F6rd p%C3%A4ssw%c3%b6rd", "<secret> <secret>" },
    { "line\\nend line\nend", "<secret> <secret>" },
    { "\\", "\\" },
    { "%", "%" },
    { "%7", "%7" },
    { "\\u007", "\\u007" },
  };
  const char *secrets[] = { "sesame-\"12\\3", "p\u00e4ssw\u00f6rd", "line\nend", NULL };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = relay_text_clean (cases[i][0], -1, RELAY_TEXT_MAX_MESSAGE, secrets);

      g_assert_cmpstr (text, ==, cases[i][1]);
    }
}

/* A text that was cut before its secrets were known. */
static void
test_cut_secret_is_replaced (void)
{
  const char *secrets[] = { "sesame-123", NULL };

  for (gsize max_chars = 8; max_chars < 20; max_chars++)
    {
      g_autofree char *cut = relay_text_clean ("12\x01sesame-123!", -1, max_chars, NULL);
      g_autofree char *text = relay_text_clean (cut, -1, RELAY_TEXT_MAX_MESSAGE, secrets);

      g_assert_null (strstr (text, "sesa"));
    }
}

/* What a peer sends may be 64 MiB of a secret that it knows: no more is looked at than is shown. */
static void
test_long_text_takes_no_time (void)
{
  const char *secrets[] = { "sesame-123", NULL };
  g_autoptr (GString) peer_text = g_string_new (NULL);
  g_autofree char *text = NULL;
  gint64 begin_us;

  for (guint i = 0; i < 3 * 1000 * 1000; i++)
    g_string_append (peer_text, secrets[0]);

  begin_us = g_get_monotonic_time ();
  text = relay_text_clean (peer_text->str, (gssize) peer_text->len, 20, secrets);
  g_assert_cmpstr (text, ==, "<secret><secret>…");
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, G_USEC_PER_SEC);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/text/secrets-are-replaced", test_secrets_are_replaced);
  g_test_add_func ("/text/disguised-secrets-are-replaced", test_disguised_secrets_are_replaced);
  g_test_add_func ("/text/cut-secret-is-replaced", test_cut_secret_is_replaced);
  g_test_add_func ("/text/longest-secret-is-replaced", test_longest_secret_is_replaced);
  g_test_add_func ("/text/long-text-takes-no-time", test_long_text_takes_no_time);
  g_test_add_func ("/text/controls-are-escaped", test_controls_are_escaped);
  g_test_add_func ("/text/cut-to-max", test_cut_to_max);
  g_test_add_func ("/text/invalid-utf8-is-replaced", test_invalid_utf8_is_replaced);

  return g_test_run ();
}
