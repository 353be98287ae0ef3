/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-policy.h"

#include <string.h>

#include "common/relay-error.h"

static RelayAccount *
make_account (const char *lines)
{
  g_autofree char *text = g_strconcat ("[account a]\nplatform-url=wss://platform.example\n", lines, NULL);
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (text, strlen (text), "gangway.conf", NULL);
  RelayAccount *account = relay_settings_find_account (settings, "a");

  g_assert_no_error (account->error);
  return relay_account_ref (account);
}

static void
test_patterns (void)
{
  static const struct {
    const char *pattern;
    const char *method;
    gboolean matches;
  } cases[] = {
    { "*", "chat.send", TRUE },
    { "*", "", TRUE },
    { "chat.send", "chat.send", TRUE },
    { "chat.send", "chat.sen", FALSE },
    { "chat.send", "chat.sends", FALSE },
    { "chat.send", "Chat.send", FALSE },
    { "chat.send", "", FALSE },
    { "chat.*", "chat.", TRUE },
    { "chat.*", "chat.send.stream", TRUE },
    { "chat.*", "chat", FALSE },
    { "chat.*", "platform.chat.send", FALSE },
    { "*.send", "chat.send", TRUE },
    { "*.send", "chat.send.stream", FALSE },
    { "*.send", "send", FALSE },
    { "a*a", "a", FALSE },
    { "a*a", "aa", TRUE },
    { "ab*ba", "aba", FALSE },
    { "a*b*c", "a.b.c", TRUE },
    { "a*b*c", "abc", TRUE },
    { "a*b*c", "acb", FALSE },
    { "a*b*c", "abcbc", TRUE },
    { "*b*b*", "ab", FALSE },
    { "*b*b*", "bb", TRUE },
    { "**", "x", TRUE },
    { "a**b", "ab", TRUE },
    { "*aab*", "aaab", TRUE },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *allow = g_strdup_printf ("allow-methods=%s\n", cases[i].pattern);
      g_autofree char *deny = g_strdup_printf ("deny-methods=%s\n", cases[i].pattern);
      g_autoptr (RelayAccount) allowing = make_account (allow);
      g_autoptr (RelayAccount) denying = make_account (deny);

      g_test_message ("%s on %s", cases[i].pattern, cases[i].method);
      g_assert_cmpint (relay_policy_allows (allowing, cases[i].method, NULL), ==, cases[i].matches);
      g_assert_cmpint (relay_policy_allows (denying, cases[i].method, NULL), ==, !cases[i].matches);
    }
}

/* Every character is as good as any other but `*`. */
static void
test_only_the_star_is_special (void)
{
  g_autoptr (RelayAccount) account = make_account ("allow-methods=chat.send\n");

  g_assert_false (relay_policy_allows (account, "chatxsend", NULL));
  g_assert_false (relay_policy_allows (account, "*", NULL));
}

static void
test_denial_wins (void)
{
  g_autoptr (RelayAccount) account = make_account ("allow-methods=chat.*;health\ndeny-methods=chat.send*\n");
  g_autoptr (GError) denied = NULL;
  g_autoptr (GError) not_allowed = NULL;

  g_assert_true (relay_policy_allows (account, "health", NULL));
  g_assert_true (relay_policy_allows (account, "chat.history", NULL));

  g_assert_false (relay_policy_allows (account, "chat.send", &denied));
  g_assert_error (denied, RELAY_ERROR, RELAY_ERROR_DENIED);
  g_assert_cmpstr (denied->message, ==, "method 'chat.send' is denied by deny-methods");

  g_assert_false (relay_policy_allows (account, "config.get", &not_allowed));
  g_assert_error (not_allowed, RELAY_ERROR, RELAY_ERROR_DENIED);
  g_assert_cmpstr (not_allowed->message, ==, "method 'config.get' is not in allow-methods");
}

static void
test_all_by_default (void)
{
  g_autoptr (RelayAccount) account = make_account ("allow-methods=\ndeny-methods=\n");

  g_assert_true (relay_policy_allows (account, "anything at all\n", NULL));
}

static void
test_names_are_cleaned (void)
{
  g_autoptr (RelayAccount) account = make_account ("deny-methods=*\n");
  g_autofree char *long_name = g_strnfill (5000, 'x');
  g_autoptr (GError) control = NULL;
  g_autoptr (GError) too_long = NULL;

  g_assert_false (relay_policy_allows (account, "a\x1b[31m", &control));
  g_assert_cmpstr (control->message, ==, "method 'a\\u001b[31m' is denied by deny-methods");

  g_assert_false (relay_policy_allows (account, long_name, &too_long));
  g_assert_cmpint (g_utf8_strlen (too_long->message, -1), ==, 100 + (long) strlen ("method '' is denied by deny-methods"));
}

/* A pattern that makes a backtracking matcher take years. */
static void
test_time_is_linear (void)
{
  g_autofree char *pattern = g_strdup_printf ("deny-methods=%s\n", "*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*a*b");
  g_autoptr (RelayAccount) account = make_account (pattern);
  g_autofree char *method = g_strnfill (1000000, 'a');
  gint64 start = g_get_monotonic_time ();

  g_assert_true (relay_policy_allows (account, method, NULL));
  g_assert_cmpint (g_get_monotonic_time () - start, <, G_USEC_PER_SEC);
}

static void
test_workspace_access (void)
{
  g_autoptr (RelayAccount) all = make_account ("workspace-access=read-write\n");
  g_autoptr (RelayAccount) reading = make_account ("workspace-access=read-only\n");
  g_autoptr (RelayAccount) none = make_account ("workspace-access=none\n");
  g_autoptr (GError) read_only_error = NULL;
  g_autoptr (GError) none_error = NULL;

  g_assert_true (relay_policy_allows_workspace (all, TRUE, NULL));
  g_assert_true (relay_policy_allows_workspace (all, FALSE, NULL));
  g_assert_true (relay_policy_allows_workspace (reading, FALSE, NULL));

  g_assert_false (relay_policy_allows_workspace (reading, TRUE, &read_only_error));
  g_assert_error (read_only_error, RELAY_ERROR, RELAY_ERROR_DENIED);
  g_assert_cmpstr (read_only_error->message, ==, "workspace-access=read-only does not allow workspace.write");

  g_assert_false (relay_policy_allows_workspace (none, TRUE, NULL));
  g_assert_false (relay_policy_allows_workspace (none, FALSE, &none_error));
  g_assert_error (none_error, RELAY_ERROR, RELAY_ERROR_DENIED);
  g_assert_cmpstr (none_error->message, ==, "workspace-access=none does not allow any workspace method");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/policy/patterns", test_patterns);
  g_test_add_func ("/policy/only-the-star-is-special", test_only_the_star_is_special);
  g_test_add_func ("/policy/denial-wins", test_denial_wins);
  g_test_add_func ("/policy/all-by-default", test_all_by_default);
  g_test_add_func ("/policy/names-are-cleaned", test_names_are_cleaned);
  g_test_add_func ("/policy/time-is-linear", test_time_is_linear);
  g_test_add_func ("/policy/workspace-access", test_workspace_access);

  return g_test_run ();
}
