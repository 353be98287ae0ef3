/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-session-key.h"

#include <string.h>

#include "common/relay-error.h"

#define PREFIX "agent:main:platform:direct:"
#define A16 "aaaaaaaaaaaaaaaa"
#define K16 "kkkkkkkkkkkkkkkk"
#define KELVIN_4 "\342\204\252\342\204\252\342\204\252\342\204\252"

/* What OpenClaw 2026.9.6's own normalizeAgentIdStrict () makes of them, on Node 26; NULL where it makes nothing. */
static const struct {
  const char *part;
  const char *normalized;
} vectors[] = {
  { "main", "main" },
  { "Bob", "bob" },
  { "  bob\t", "bob" },
  { "a", "a" },
  { "A_b-C", "a_b-c" },
  { "_abc", "_abc" },
  { "-abc", "abc" },
  { "abc-", "abc-" },
  { "a!b", "a-b" },
  { "a!!b", "a-b" },
  { "a!-b", "a--b" },
  { "a--b", "a--b" },
  { "!!!", NULL },
  { "--", NULL },
  { "_", "_" },
  { "ÄÖÜ", NULL },
  { "Zoë", "zo" },
  { "user@example.com", "user-example-com" },
  { "U+1 (555) 010", "u-1-555-010" },
  { "日本語", NULL },
  { "日本語1", "1" },
  { "\342\204\252", "k" },
  { "\342\204\252elvin", "kelvin" },
  { "x\342\204\252", "xk" },
  { "\304\260stanbul", "i-stanbul" },
  { "I\304\260", "ii" },
  { "\304\260\304\260", "i-i" },
  { "\305\277", NULL },
  { "\304\260-", "i" },
  { "a\304\260b", "ai-b" },
  { "😀", NULL },
  { "a😀b", "a-b" },
  { A16 A16 A16 A16, A16 A16 A16 A16 },
  { "A" A16 A16 A16 A16, A16 A16 A16 A16 },
  { A16 A16 A16 "aaaaaaaaaaaaaaa!b", A16 A16 A16 "aaaaaaaaaaaaaaa-" },
  { A16 A16 A16 "aaaaaaaaaaaaaaa-", A16 A16 A16 "aaaaaaaaaaaaaaa-" },
  { "----------------------------------------------------------------------q", "q" },
  { A16 A16 A16 A16 "-b", A16 A16 A16 A16 },
  { "\n a b \r", "a-b" },
  { "a\302\240b", "a-b" },
  { "..", NULL },
  { "../../etc", "etc" },
  { "agent:main:main", "agent-main-main" },
  { "x:y", "x-y" },
  { "0", "0" },
  { "9-9", "9-9" },
  { "a.b.c", "a-b-c" },
  { "%00", "00" },
  { "\"quote\"", "quote" },
  { "\342\205\247", NULL },
  { "\307\205", NULL },
  { KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4
        KELVIN_4 KELVIN_4 KELVIN_4 KELVIN_4,
    K16 K16 K16 K16 },
  { "\v\fAb-\v", "ab-" },
};

static void
test_parts_are_openclaws (void)
{
  for (gsize i = 0; i < G_N_ELEMENTS (vectors); i++)
    {
      g_autoptr (GError) error = NULL;
      g_autofree char *key = relay_session_key_new (NULL, vectors[i].part, FALSE, &error);
      g_autofree char *expected = g_strconcat (PREFIX, vectors[i].normalized, NULL);

      if (vectors[i].normalized == NULL)
        g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      else
        g_assert_cmpstr (key, ==, expected);
    }
}

/* On Node, of all characters outside ASCII only these two come through toLowerCase () with a letter within it. */
static void
test_every_character (void)
{
  for (gunichar c = 0x80; c <= 0x10ffff; c++)
    {
      char part[10] = "x";
      g_autofree char *key = NULL;

      if (!g_unichar_validate (c))
        continue;
      strcpy (part + 1 + g_unichar_to_utf8 (c, part + 1), "y");
      key = relay_session_key_new (NULL, part, FALSE, NULL);
      g_assert_cmpstr (key, ==, c == 0x130 ? PREFIX "xi-y" : c == 0x212a ? PREFIX "xky" : PREFIX "x-y");
    }
}

static void
test_agent_is_normalized_too (void)
{
  g_autofree char *named = relay_session_key_new (" Team Blue ", "Bob", FALSE, NULL);
  g_autofree char *default_agent = relay_session_key_new (NULL, "Bob", FALSE, NULL);

  g_assert_cmpstr (named, ==, "agent:team-blue:platform:direct:bob");
  g_assert_cmpstr (default_agent, ==, "agent:main:platform:direct:bob");
}

static void
test_empty_parts_are_refused (void)
{
  static const char *const agents[] = { "", "  ", "///", "ÄÖ" };

  for (gsize i = 0; i < G_N_ELEMENTS (agents); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (relay_session_key_new (agents[i], "bob", FALSE, &error));
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      g_assert_true (g_str_has_prefix (error->message, "agentId "));
    }
}

static void
test_strict_refuses_changes (void)
{
  static const char *const refused[] = { "a!b", "user@example.com",  "-abc",       "Zoë", "\342\204\252", "_a-",
                                         "a b", A16 A16 A16 A16 "a", "\302\240bob" };
  static const char *const accepted[] = { "Bob", " bob\n", "abc-", "_abc", A16 A16 A16 A16 };

  for (gsize i = 0; i < G_N_ELEMENTS (refused); i++)
    {
      g_autoptr (GError) error = NULL;

      g_assert_null (relay_session_key_new (NULL, refused[i], TRUE, &error));
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      g_assert_nonnull (strstr (error->message, "strict-user-ids"));
    }

  for (gsize i = 0; i < G_N_ELEMENTS (accepted); i++)
    {
      g_autofree char *strict = relay_session_key_new ("Any agent", accepted[i], TRUE, NULL);
      g_autofree char *lax = relay_session_key_new ("Any agent", accepted[i], FALSE, NULL);

      g_assert_nonnull (strict);
      g_assert_cmpstr (strict, ==, lax);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/session-key/S1/parts-are-openclaws", test_parts_are_openclaws);
  g_test_add_func ("/session-key/S1/every-character", test_every_character);
  g_test_add_func ("/session-key/S1/agent-is-normalized-too", test_agent_is_normalized_too);
  g_test_add_func ("/session-key/S1/empty-parts-are-refused", test_empty_parts_are_refused);
  g_test_add_func ("/session-key/S1/strict-refuses-changes", test_strict_refuses_changes);

  return g_test_run ();
}
