/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings-fixture.h"

#include <string.h>

#include "common/relay-error.h"

static void
assert_refused (const char *text, gsize length, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (text, length, "/etc/gangway.conf", &error);

  g_assert_null (settings);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_broken_file_names_the_line (void)
{
  static const struct {
    const char *text;
    const char *message;
  } cases[] = {
    { "[gateway]\n\nurl\n", "gangway.conf line 3 is neither a group, nor KEY=VALUE, nor a comment" },
    { "[gateway]\n=x\n", "gangway.conf line 2 is neither a group, nor KEY=VALUE, nor a comment" },
    { "# x\nurl=x\n", "gangway.conf line 2 stands before the first group, such as [gateway]" },
    { "[gateway\n", "gangway.conf line 1 is not a group: [NAME] on a line of its own is expected" },
    { "[gateway] # x\n", "gangway.conf line 1 is not a group: [NAME] on a line of its own is expected" },
    { "[[gateway]]\n", "gangway.conf line 1 is not a group: [NAME] on a line of its own is expected" },
    { "\n[ ]\n", "gangway.conf line 2 is a group without a name" },
    { "{\n  \"gateway\": {}\n}\n", "gangway.conf line 1 is neither a group, nor KEY=VALUE, nor a comment" },
    { "[gateway]\nurl=\xff\n", "gangway.conf line 2 is not valid UTF-8" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    assert_refused (cases[i].text, strlen (cases[i].text), cases[i].message);

  assert_refused ("[gateway]\n\n\0\n", 13, "gangway.conf line 3 holds a NUL byte");
}

static void
test_too_many_lines (void)
{
  g_autofree char *text = g_strnfill (20000, '\n');

  assert_refused (text, 20000, "gangway.conf line 10001 is one too many");
}

static void
test_mistakes_in_gateway_and_retry_fail_all (void)
{
  static const struct {
    const char *text;
    const char *message;
  } cases[] = {
    { "[gateway]\nurl=http://127.0.0.1:18789\n", "gangway.conf line 2: url must use ws:// or wss:// (got http)" },
    { "[gateway]\nallow-plaintext=yes\n", "gangway.conf line 2: allow-plaintext must be true or false (got 'yes')" },
    { "[gateway]\nconnect-timeout=10s\n",
      "gangway.conf line 2: connect-timeout must be a number of seconds from 0.01 to 600 (got '10s')" },
    { "[gateway]\nconnect-timeout=0\n",
      "gangway.conf line 2: connect-timeout must be a number of seconds from 0.01 to 600 (got '0')" },
    { "[gateway]\nconnect-timeout=-1\n",
      "gangway.conf line 2: connect-timeout must be a number of seconds from 0.01 to 600 (got '-1')" },
    { "[gateway]\nrequest-timeout=1e3\n",
      "gangway.conf line 2: request-timeout must be a number of seconds from 0.01 to 3600 (got '1e3')" },
    { "[gateway]\nrequest-timeout=3600.1\n",
      "gangway.conf line 2: request-timeout must be a number of seconds from 0.01 to 3600 (got '3600.1')" },
    { "[gateway]\nrequest-timeout=99999999999999999999\n",
      "gangway.conf line 2: request-timeout must be a number of seconds from 0.01 to 3600 (got '99999999999999999999')" },
    { "[gateway]\nstall-timeout=5 # s\n", "gangway.conf line 2: stall-timeout must be a number of seconds from 0.01 to 3600 "
                                          "(got '5 # s'); a comment needs a line "
                                          "of its own" },
    { "[gateway]\ntls-fingerprint=" PIN "\n", "gangway.conf line 2: tls-fingerprint must be sha256: and the 64 hexadecimal "
                                              "digits of the certificate's fingerprint" },
    { "[gateway]\nopenclaw-config=openclaw.json\n",
      "gangway.conf line 2: openclaw-config must be an absolute path, or begin with ~/" },
    { "[retry]\ninitial-delay=10\nmax-delay=5\n",
      "gangway.conf line 3: max-delay (5 s) must not be less than initial-delay (10 s)" },
    { "[retry]\ninitial-delay=120\n", "gangway.conf line 2: max-delay (60 s) must not be less than initial-delay (120 s)" },
    { "[gateway]\nstall-timeout=x\nconnect-timeout=y\n",
      "gangway.conf line 2: stall-timeout must be a number of seconds from 0.01 to 3600 (got 'x')" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat (cases[i].text, ACCOUNT, NULL);

      assert_refused (text, strlen (text), cases[i].message);
    }
}

static void
test_gateway_plaintext_needs_leave (void)
{
  static const char refused[] = "[gateway]\nurl=ws://10.0.0.5:18789\n";
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) none = relay_settings_new_from_data (refused, strlen (refused), "gangway.conf", &error);
  g_autoptr (RelaySettings) loopback = read_text ("[gateway]\nurl=ws://localhost:18789\n");
  g_autoptr (RelaySettings) allowed = read_text ("[gateway]\nurl=ws://10.0.0.5:18789\nallow-plaintext=true\n");

  g_assert_null (none);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_PLAINTEXT_REFUSED);
  g_assert_true (
      g_str_has_prefix (error->message, "gangway.conf line 2: url would send credentials to 10.0.0.5 in the clear"));
  g_assert_cmpstr (loopback->gateway.url, ==, "ws://localhost:18789/");
  g_assert_cmpstr (allowed->gateway.url, ==, "ws://10.0.0.5:18789/");
}

static void
test_mistakes_in_an_account_harm_no_other (void)
{
  static const struct {
    const char *lines;
    RelayError code;
    const char *message;
  } cases[] = {
    { "enabled=true\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 3: platform-url is not set in [account bad]; add platform-url=wss://HOST/PATH" },
    { "platform-url=\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 3: platform-url is not set in [account bad]; add platform-url=wss://HOST/PATH" },
    { "platform-url=http://platform.example\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 4: platform-url must use ws:// or wss:// (got http)" },
    { "platform-url=ws://platform.example\n", RELAY_ERROR_PLAINTEXT_REFUSED,
      "gangway.conf line 4: platform-url would send credentials to platform.example in the clear; use wss://, or set "
      "allow-plaintext=true to accept that" },
    { "platform-url=wss://u:s3cret@platform.example\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 4: platform-url must not contain a user name or password" },
    { "platform-url=wss://x\nenabled=True\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: enabled must be true or false (got 'True')" },
    { "platform-url=wss://x\nenabled=1\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: enabled must be true or false (got '1')" },
    { "platform-url=http://x\nenabled=1\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: enabled must be true or false (got '1')" },
    { "platform-url=wss://x\nworkspace-access=write\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: workspace-access must be read-write, read-only or none (got 'write')" },
    { "platform-url=wss://x\nworkspace-max-response=65 MiB\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: workspace-max-response must be a size from 1 B to 64 MiB, such as 24 MiB (got '65 MiB')" },
    { "platform-url=wss://x\nworkspace-max-response=24 megs\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: workspace-max-response must be a size from 1 B to 64 MiB, such as 24 MiB (got '24 megs')" },
    { "platform-url=wss://x\nworkspace-root=work\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: workspace-root must be an absolute path, or begin with ~/" },
    { "platform-url=wss://x\nplatform-key-file=s3cret\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: platform-key-file must be an absolute path, or begin with ~/" },
    { "platform-url=wss://x\ntls-fingerprint=sha256:abc\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: tls-fingerprint must be sha256: and the 64 hexadecimal digits of the certificate's fingerprint; "
      "put ; between several" },
    { "platform-url=wss://x\ndeny-methods=a.*,b\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: deny-methods must be letters, digits, . _ - : / and *, with ; between several (got 'a.*,b')" },
    { "platform-url=wss://x\nallow-methods=;\n", RELAY_ERROR_BAD_SETTINGS,
      "gangway.conf line 5: allow-methods holds no pattern; remove it, or use deny-methods=* to deny all" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strconcat (ACCOUNT, "[account bad]\n", cases[i].lines, NULL);
      g_autoptr (RelaySettings) settings = read_text (text);
      RelayAccount *bad = relay_settings_find_account (settings, "bad");

      g_assert_error (bad->error, RELAY_ERROR, (int) cases[i].code);
      g_assert_cmpstr (bad->error->message, ==, cases[i].message);
      g_assert_no_error (get_account (settings)->error);
    }
}

/* What is right in a broken account still counts: one that is disabled stays so. */
static void
test_rest_of_a_broken_account_is_read (void)
{
  g_autoptr (RelaySettings) settings = read_account ("workspace-access=some\nenabled=false\n");

  g_assert_nonnull (get_account (settings)->error);
  g_assert_false (get_account (settings)->enabled);
  g_assert_cmpstr (get_account (settings)->platform_url, ==, "wss://platform.example/relay");
}

static void
test_warnings (void)
{
  static const struct {
    const char *text;
    const char *warning;
  } cases[] = {
    { ACCOUNT "platfrom-key=s3cret\n",
      "gangway.conf line 3: platfrom-key is not known in [account a] and is ignored; did you mean platform-key?" },
    { ACCOUNT "Workspace_Root=/w\n",
      "gangway.conf line 3: Workspace_Root is not known in [account a] and is ignored; did you mean workspace-root?" },
    { ACCOUNT "colour=red\n", "gangway.conf line 3: colour is not known in [account a] and is ignored" },
    { ACCOUNT "czNjcmV0==\n", "gangway.conf line 3: this key is not known in [account a]; it is ignored" },
    { ACCOUNT "token=s3cret\n",
      "gangway.conf line 3: token does not belong into [account a] but into [gateway]; it is ignored" },
    { ACCOUNT "max-delay=3\n",
      "gangway.conf line 3: max-delay does not belong into [account a] but into [retry]; it is ignored" },
    { ACCOUNT "[retry]\nenabled=true\n",
      "gangway.conf line 4: enabled does not belong into [retry] but into [account NAME]; it is ignored" },
    { ACCOUNT "[gatway]\n", "gangway.conf line 3: [gatway] is not known and is ignored; did you mean [gateway]?" },
    { ACCOUNT "[acount b]\n", "gangway.conf line 3: [acount b] is not known and is ignored; did you mean [account b]?" },
    { ACCOUNT "[account]\n", "gangway.conf line 3: [account] is not known and is ignored; did you mean [account NAME]?" },
    { ACCOUNT "[platform]\n",
      "gangway.conf line 3: [platform] is not known and is ignored; known are [gateway], [retry] and [account NAME]" },
    { ACCOUNT "[account My Own]\n",
      "gangway.conf line 3: 'My Own' is no name for an account, which has a-z, 0-9, _ and -, 32 at most; it is ignored" },
    { ACCOUNT "[account b123456789012345678901234567890123]\n",
      "gangway.conf line 3: 'b123456789012345678901234567890123' is no name for an account, which has a-z, 0-9, _ and -, 32 "
      "at "
      "most; it is ignored" },
    { ACCOUNT "[account ..]\n",
      "gangway.conf line 3: '..' is no name for an account, which has a-z, 0-9, _ and -, 32 at most; it is ignored" },
    { ACCOUNT "enabled=true\nenabled=false\n",
      "gangway.conf line 4: enabled stands here again, after line 3; this one counts" },
    { ACCOUNT "[account  a]\nenabled=true\n",
      "gangway.conf line 3: [account a] stands here again, after line 1; both are taken as one" },
    { "[account a]\nplatform-url=ws://[::1]/\ntls-fingerprint=sha256:" PIN "\n",
      "gangway.conf line 3: tls-fingerprint has no effect on a ws:// URL" },
    { "# nothing yet\n", "gangway.conf: there is no [account NAME], so there is nothing to connect" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RelaySettings) settings = read_text (cases[i].text);

      g_assert_cmpuint (g_strv_length (settings->warnings), ==, 1);
      g_assert_cmpstr (settings->warnings[0], ==, cases[i].warning);
    }
}

static void
test_warnings_have_a_limit (void)
{
  g_autoptr (GString) text = g_string_new (ACCOUNT);
  g_autoptr (RelaySettings) settings = NULL;

  for (guint i = 0; i < 1000; i++)
    g_string_append_printf (text, "x%u=y\n", i);
  settings = read_text (text->str);

  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 51);
  g_assert_cmpstr (settings->warnings[50], ==, "gangway.conf: there are more mistakes than are shown");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/settings/broken-file-names-the-line", test_broken_file_names_the_line);
  g_test_add_func ("/settings/too-many-lines", test_too_many_lines);
  g_test_add_func ("/settings/mistakes-in-gateway-and-retry-fail-all", test_mistakes_in_gateway_and_retry_fail_all);
  g_test_add_func ("/settings/gateway-plaintext-needs-leave", test_gateway_plaintext_needs_leave);
  g_test_add_func ("/settings/mistakes-in-an-account-harm-no-other", test_mistakes_in_an_account_harm_no_other);
  g_test_add_func ("/settings/rest-of-a-broken-account-is-read", test_rest_of_a_broken_account_is_read);
  g_test_add_func ("/settings/warnings", test_warnings);
  g_test_add_func ("/settings/warnings-have-a-limit", test_warnings_have_a_limit);

  return g_test_run ();
}
