/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-settings.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <string.h>
#include <unistd.h>

#include "common/relay-error.h"

#define ACCOUNT "[account a]\nplatform-url=wss://platform.example/relay\n"
#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

static RelaySettings *
read_text (const char *text)
{
  g_autoptr (GError) error = NULL;
  RelaySettings *settings = relay_settings_new_from_data (text, strlen (text), "/etc/gangway.conf", &error);

  g_assert_no_error (error);
  return settings;
}

static RelaySettings *
read_account (const char *lines)
{
  g_autofree char *text = g_strconcat (ACCOUNT, lines, NULL);

  return read_text (text);
}

static RelayAccount *
get_account (RelaySettings *settings)
{
  return g_ptr_array_index (settings->accounts, 0);
}

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
test_defaults (void)
{
  g_autoptr (RelaySettings) settings = read_text (ACCOUNT);
  RelayAccount *account = get_account (settings);

  g_assert_null (settings->gateway.openclaw_config);
  g_assert_null (settings->gateway.url);
  g_assert_null (settings->gateway.tls_fingerprint);
  g_assert_false (settings->gateway.allow_plaintext);
  g_assert_null (settings->gateway.token);
  g_assert_cmpuint (settings->gateway.connect_timeout_ms, ==, 10000);
  g_assert_cmpuint (settings->gateway.handshake_timeout_ms, ==, 10000);
  g_assert_cmpuint (settings->gateway.request_timeout_ms, ==, 30000);
  g_assert_cmpuint (settings->gateway.stream_idle_timeout_ms, ==, 300000);
  g_assert_cmpuint (settings->gateway.keepalive_interval_ms, ==, 30000);
  g_assert_cmpuint (settings->gateway.stall_timeout_ms, ==, 20000);
  g_assert_cmpuint (settings->retry.initial_delay_ms, ==, 1000);
  g_assert_cmpuint (settings->retry.max_delay_ms, ==, 60000);
  g_assert_cmpuint (settings->retry.stable_after_ms, ==, 60000);
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 0);

  g_assert_cmpstr (account->id, ==, "a");
  g_assert_no_error (account->error);
  g_assert_true (account->enabled);
  g_assert_cmpstr (account->platform_url, ==, "wss://platform.example/relay");
  g_assert_null (account->platform_key);
  g_assert_null (account->platform_key_file);
  g_assert_cmpuint (g_strv_length (account->tls_fingerprints), ==, 0);
  g_assert_null (account->tls_ca_file);
  g_assert_false (account->allow_plaintext);
  g_assert_true (account->share_gateway_token);
  g_assert_cmpint (account->workspace_access, ==, RELAY_WORKSPACE_ACCESS_READ_WRITE);
  g_assert_null (account->workspace_root);
  g_assert_cmpuint (account->workspace_max_response, ==, 24 * 1024 * 1024);
  g_assert_cmpuint (g_strv_length (account->allow_methods), ==, 1);
  g_assert_cmpstr (account->allow_methods[0], ==, "*");
  g_assert_cmpuint (g_strv_length (account->deny_methods), ==, 0);
  g_assert_false (account->strict_user_ids);
}

static void
test_every_key (void)
{
  g_autoptr (RelaySettings) settings =
      read_text ("# a comment\n\n"
                 "[gateway]\nopenclaw-config=~/oc/openclaw.json\nurl=wss://Gateway.example\n"
                 "tls-fingerprint=sha256:" PIN "\nallow-plaintext=true\ntoken= a=b;c \\t \nconnect-timeout=0.25\n"
                 "handshake-timeout=2\nrequest-timeout=3\nstream-idle-timeout=4\nkeepalive-interval=5\nstall-timeout=6.5\n"
                 "[retry]\ninitial-delay=0.01\nmax-delay=86400\nstable-after=7\n"
                 "[account b_1-x]\r\n  enabled = false \r\nplatform-url=ws://platform.example:80/x?y\r\nplatform-key=k\r\n"
                 "platform-key-file=/k\r\ntls-ca-file=~\r\nallow-plaintext=true\r\nshare-gateway-token=false\r\n"
                 "workspace-access=read-only\r\nworkspace-root=/w\r\nworkspace-max-response=2 MB\r\n"
                 "allow-methods= chat.* ;; health;\r\ndeny-methods=chat.send\r\nstrict-user-ids=true");
  RelayAccount *account = relay_settings_find_account (settings, "b_1-x");
  g_autofree char *config = g_build_filename (g_get_home_dir (), "oc/openclaw.json", NULL);
  g_autofree char *allowed = g_strjoinv ("|", account->allow_methods);

  g_assert_cmpstr (settings->gateway.openclaw_config, ==, config);
  g_assert_cmpstr (settings->gateway.url, ==, "wss://gateway.example/");
  g_assert_cmpstr (settings->gateway.tls_fingerprint, ==, PIN);
  g_assert_true (settings->gateway.allow_plaintext);
  g_assert_cmpstr (settings->gateway.token, ==, "a=b;c \\t");
  g_assert_cmpuint (settings->gateway.connect_timeout_ms, ==, 250);
  g_assert_cmpuint (settings->gateway.handshake_timeout_ms, ==, 2000);
  g_assert_cmpuint (settings->gateway.request_timeout_ms, ==, 3000);
  g_assert_cmpuint (settings->gateway.stream_idle_timeout_ms, ==, 4000);
  g_assert_cmpuint (settings->gateway.keepalive_interval_ms, ==, 5000);
  g_assert_cmpuint (settings->gateway.stall_timeout_ms, ==, 6500);
  g_assert_cmpuint (settings->retry.initial_delay_ms, ==, 10);
  g_assert_cmpuint (settings->retry.max_delay_ms, ==, 86400000);
  g_assert_cmpuint (settings->retry.stable_after_ms, ==, 7000);

  g_assert_no_error (account->error);
  g_assert_false (account->enabled);
  g_assert_cmpstr (account->platform_url, ==, "ws://platform.example/x?y");
  g_assert_cmpstr (account->platform_key, ==, "k");
  g_assert_cmpstr (account->platform_key_file, ==, "/k");
  g_assert_cmpstr (account->tls_ca_file, ==, g_get_home_dir ());
  g_assert_true (account->allow_plaintext);
  g_assert_false (account->share_gateway_token);
  g_assert_cmpint (account->workspace_access, ==, RELAY_WORKSPACE_ACCESS_READ_ONLY);
  g_assert_cmpstr (account->workspace_root, ==, "/w");
  g_assert_cmpuint (account->workspace_max_response, ==, 2000000);
  g_assert_cmpstr (allowed, ==, "chat.*|health");
  g_assert_cmpstr (account->deny_methods[0], ==, "chat.send");
  g_assert_true (account->strict_user_ids);
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 0);
}

static void
test_empty_counts_as_not_set (void)
{
  g_autoptr (RelaySettings) plain = read_text (ACCOUNT);
  g_autoptr (RelaySettings) settings =
      read_account ("enabled=\nplatform-key=\nplatform-key-file= \ntls-fingerprint=\ntls-ca-file=\nallow-plaintext=\n"
                    "share-gateway-token=\nworkspace-access=\nworkspace-root=\nworkspace-max-response=\nallow-methods=\n"
                    "deny-methods=\nstrict-user-ids=\n[gateway]\nurl=\ntoken=\ntls-fingerprint=\nconnect-timeout=\n"
                    "openclaw-config=\n[retry]\nmax-delay=\n");

  g_assert_true (relay_settings_equal (settings, plain));
}

/* The reader is our own; what GKeyFile takes must mean the same to it. */
static void
test_reads_what_gkeyfile_reads (void)
{
  static const char *const texts[] = {
    "[gateway]\ntoken=x\n",
    "[gateway]\n\ttoken \t=\t x y=z;#\\s\n",
    "#[account b]\n  # x\n[gateway]  \n token=a\n\n\n[retry]\ntoken=b",
    "[gateway]\r\ntoken=x\r\n",
    "[gateway]\ntoken=1\n[retry]\n[gateway]\ntoken=2\n",
    "[gateway]\ntoken=1\ntoken=2\n",
    "[gateway]\ntoken==\n",
    "[gateway]\ntoken=ä\xe2\x82\xac\n",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      g_autoptr (GKeyFile) key_file = g_key_file_new ();
      g_autoptr (GError) error = NULL;
      g_autoptr (RelaySettings) settings = read_text (texts[i]);
      g_autofree char *expected = NULL;

      g_key_file_load_from_data (key_file, texts[i], -1, G_KEY_FILE_NONE, &error);
      g_assert_no_error (error);
      expected = g_key_file_get_value (key_file, "gateway", "token", &error);
      g_assert_no_error (error);

      g_assert_cmpstr (settings->gateway.token, ==, g_strchomp (expected));
    }
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
test_sizes (void)
{
  static const struct {
    const char *value;
    guint64 bytes;
  } cases[] = {
    { "1", 1 },
    { "4096", 4096 },
    { "17 B", 17 },
    { "1KB", 1000 },
    { "2 MB", 2000000 },
    { "1 KiB", 1024 },
    { "64MiB", 67108864 },
    { "3  mib", 3145728 },
    { "0", 0 },
    { "1 GiB", 0 },
    { "1.5 MiB", 0 },
    { "-1", 0 },
    { "MiB", 0 },
    { "1 M", 0 },
    { "67108865", 0 },
    { "99999999999999999999 B", 0 },
    { "1 MiB x", 0 },
    { "0x10", 0 },
    { "999999999999 GiB", 0 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *line = g_strdup_printf ("workspace-max-response=%s\n", cases[i].value);
      g_autoptr (RelaySettings) settings = read_account (line);

      g_test_message ("%s", cases[i].value);
      g_assert_true ((get_account (settings)->error == NULL) == (cases[i].bytes != 0));
      if (cases[i].bytes != 0)
        g_assert_cmpuint (get_account (settings)->workspace_max_response, ==, cases[i].bytes);
    }
}

static void
test_fingerprints (void)
{
  static const char *const bad[] = {
    PIN,
    "sha1:" PIN,
    "sha256:" PIN "0",
    "sha256:" PIN ":",
    "sha256::" PIN,
    "sha256:0:0112233445566778899aabbccddeeff"
    "00112233445566778899aabbccddeeff",
    "sha256:",
    ";",
    "sha256:" PIN ";x",
    "sha256:zz" PIN,
  };
  g_autoptr (RelaySettings) settings = read_account (
      "tls-fingerprint=SHA256:00:11:22:33:44:55:66:77:88:99:AA:BB:CC:DD:EE:FF:00:11:22:33:44:55:66:77:88:99:AA:BB:"
      "CC:DD:EE:FF ; sha256:" PIN ";\n");
  GStrv pins = get_account (settings)->tls_fingerprints;

  g_assert_cmpuint (g_strv_length (pins), ==, 2);
  g_assert_cmpstr (pins[0], ==, PIN);
  g_assert_cmpstr (pins[1], ==, PIN);

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *line = g_strdup_printf ("tls-fingerprint=%s\n", bad[i]);
      g_autoptr (RelaySettings) refused = read_account (line);

      g_test_message ("%s", bad[i]);
      g_assert_error (get_account (refused)->error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
    }
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

static void
test_what_needs_a_new_link (void)
{
  static const struct {
    const char *line;
    gboolean is_same_link;
  } cases[] = {
    { "enabled=false", FALSE },
    { "platform-url=wss://other.example", FALSE },
    { "platform-key=k", FALSE },
    { "platform-key-file=/k", FALSE },
    { "tls-fingerprint=sha256:" PIN, FALSE },
    { "tls-ca-file=/ca", FALSE },
    { "allow-plaintext=true", FALSE },
    { "share-gateway-token=false", FALSE },
    { "workspace-access=bad", FALSE },
    { "workspace-access=none", TRUE },
    { "workspace-root=/w", TRUE },
    { "workspace-max-response=1", TRUE },
    { "allow-methods=x", TRUE },
    { "deny-methods=x", TRUE },
    { "strict-user-ids=true", TRUE },
  };
  g_autoptr (RelaySettings) plain = read_text (ACCOUNT);
  g_autoptr (RelaySettings) again = read_text ("\n" ACCOUNT "enabled=true");

  g_assert_true (relay_account_equal (get_account (plain), get_account (again)));
  g_assert_true (relay_settings_equal (plain, again));

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autoptr (RelaySettings) settings = read_account (cases[i].line);

      g_test_message ("%s", cases[i].line);
      g_assert_false (relay_settings_equal (plain, settings));
      g_assert_true (relay_settings_same_gateway (plain, settings));
      g_assert_false (relay_account_equal (get_account (plain), get_account (settings)));
      g_assert_cmpint (relay_account_same_link (get_account (plain), get_account (settings)), ==, cases[i].is_same_link);
    }
}

static void
test_what_needs_a_new_gateway_link (void)
{
  static const struct {
    const char *line;
    gboolean is_same_gateway;
  } cases[] = {
    { "openclaw-config=/x", FALSE },
    { "url=ws://127.0.0.1:1", FALSE },
    { "tls-fingerprint=sha256:" PIN, FALSE },
    { "allow-plaintext=true", FALSE },
    { "token=t", FALSE },
    { "connect-timeout=1", TRUE },
    { "keepalive-interval=1", TRUE },
  };
  g_autoptr (RelaySettings) plain = read_text (ACCOUNT);

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *lines = g_strconcat ("[gateway]\n", cases[i].line, NULL);
      g_autoptr (RelaySettings) settings = read_account (lines);

      g_test_message ("%s", cases[i].line);
      g_assert_false (relay_settings_equal (plain, settings));
      g_assert_cmpint (relay_settings_same_gateway (plain, settings), ==, cases[i].is_same_gateway);
      g_assert_true (relay_account_equal (get_account (plain), get_account (settings)));
    }
}

typedef struct {
  char *folder;   /* (owned) */
  char *filename; /* (owned) */
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->folder = g_dir_make_tmp ("gangway-XXXXXX", NULL);
  fixture->filename = g_build_filename (fixture->folder, "gangway.conf", NULL);
  g_assert_nonnull (fixture->folder);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_remove (fixture->filename);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->filename);
  g_free (fixture->folder);
}

static void
write_file (Fixture *fixture, const char *text, gssize length, int mode)
{
  g_file_set_contents_full (fixture->filename, text, length, G_FILE_SET_CONTENTS_NONE, mode, NULL);
  g_assert_cmpint (g_chmod (fixture->filename, mode), ==, 0);
}

static void
assert_file_refused (Fixture *fixture, const char *problem)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = relay_settings_new_from_file (fixture->filename, &error);
  g_autofree char *message = g_strdup_printf ("%s %s", fixture->filename, problem);

  g_assert_null (settings);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, message);
}

static void
test_file (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = NULL;

  write_file (fixture, ACCOUNT, -1, 0644);
  settings = relay_settings_new_from_file (fixture->filename, &error);

  g_assert_no_error (error);
  g_assert_cmpuint (settings->accounts->len, ==, 1);
  g_assert_cmpuint (g_strv_length (settings->warnings), ==, 0);
}

static void
test_missing_file (Fixture *fixture, gconstpointer user_data)
{
  assert_file_refused (fixture, "does not exist yet; create it with at least these three lines: [account NAME], "
                                "platform-url=wss://HOST/PATH, platform-key-file=FILE");
}

static void
test_empty_file (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture, "", 0, 0600);
  assert_file_refused (fixture, "is empty");
  write_file (fixture, " \n\t\r\n", -1, 0600);
  assert_file_refused (fixture, "is empty");
}

/* Root may read anything, so the test stops being root for a moment. */
static void
test_unreadable_file (Fixture *fixture, gconstpointer user_data)
{
  gboolean is_root = geteuid () == 0;

  write_file (fixture, ACCOUNT, -1, 0000);
  g_assert_cmpint (g_chmod (fixture->folder, 0755), ==, 0);

  if (is_root)
    g_assert_cmpint (seteuid (65534), ==, 0);
  assert_file_refused (fixture, "cannot be opened: Permission denied");
  if (is_root)
    g_assert_cmpint (seteuid (0), ==, 0);
}

static void
test_folder_in_its_place (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (g_mkdir (fixture->filename, 0700), ==, 0);
  assert_file_refused (fixture, "is a folder, not a file");
}

static void
test_fifo_in_its_place (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (mkfifo (fixture->filename, 0600), ==, 0);
  assert_file_refused (fixture, "is not a regular file");
}

static void
test_file_too_large (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (1024 * 1024 + 1, '#');

  write_file (fixture, text, 1024 * 1024 + 1, 0600);
  assert_file_refused (fixture, "is larger than 1024 KiB");
}

static void
test_binary_file (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = NULL;

  write_file (fixture, "\0\0\0\0", 4, 0600);
  settings = relay_settings_new_from_file (fixture->filename, &error);

  g_assert_null (settings);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, "gangway.conf line 1 holds a NUL byte");
}

static void
test_readable_secrets_are_a_warning (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *warning =
      g_strdup_printf ("gangway.conf: the file holds a key or a token, but other users may open it: chmod 600 %s",
                       fixture->filename);
  g_autoptr (RelaySettings) open_key = NULL;
  g_autoptr (RelaySettings) private_key = NULL;
  g_autoptr (RelaySettings) open_token = NULL;

  write_file (fixture, ACCOUNT "platform-key=k\n", -1, 0640);
  open_key = relay_settings_new_from_file (fixture->filename, NULL);
  write_file (fixture, ACCOUNT "platform-key=k\n", -1, 0600);
  private_key = relay_settings_new_from_file (fixture->filename, NULL);
  write_file (fixture, ACCOUNT "[gateway]\ntoken=t\n", -1, 0604);
  open_token = relay_settings_new_from_file (fixture->filename, NULL);

  g_assert_cmpstr (open_key->warnings[0], ==, warning);
  g_assert_null (private_key->warnings[0]);
  g_assert_cmpstr (open_token->warnings[0], ==, warning);
}

/* The environment is set before the process starts, as GLib looks at some of it only once. */
static void
assert_filename (const char *variable, const char *option, const char *expected)
{
  g_autofree char *filename = NULL;

  if (variable != NULL)
    g_setenv ("GANGWAY_CONFIG", variable, TRUE);
  else
    g_unsetenv ("GANGWAY_CONFIG");

  filename = relay_settings_dup_filename (option);
  g_unsetenv ("GANGWAY_CONFIG");
  g_assert_cmpstr (filename, ==, expected);
}

static void
test_filename (void)
{
  g_autofree char *usual = g_build_filename (g_get_user_config_dir (), "gangway", "gangway.conf", NULL);
  g_autofree char *here = g_get_current_dir ();
  g_autofree char *relative = g_build_filename (here, "x.conf", NULL);

  assert_filename (NULL, NULL, usual);
  assert_filename ("", "", usual);
  assert_filename ("/env.conf", NULL, "/env.conf");
  assert_filename ("/env.conf", "", "/env.conf");
  assert_filename ("/env.conf", "/a/../option.conf", "/option.conf");
  assert_filename (NULL, "x.conf", relative);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/settings/defaults", test_defaults);
  g_test_add_func ("/settings/every-key", test_every_key);
  g_test_add_func ("/settings/empty-counts-as-not-set", test_empty_counts_as_not_set);
  g_test_add_func ("/settings/reads-what-gkeyfile-reads", test_reads_what_gkeyfile_reads);
  g_test_add_func ("/settings/broken-file-names-the-line", test_broken_file_names_the_line);
  g_test_add_func ("/settings/too-many-lines", test_too_many_lines);
  g_test_add_func ("/settings/mistakes-in-gateway-and-retry-fail-all", test_mistakes_in_gateway_and_retry_fail_all);
  g_test_add_func ("/settings/gateway-plaintext-needs-leave", test_gateway_plaintext_needs_leave);
  g_test_add_func ("/settings/mistakes-in-an-account-harm-no-other", test_mistakes_in_an_account_harm_no_other);
  g_test_add_func ("/settings/rest-of-a-broken-account-is-read", test_rest_of_a_broken_account_is_read);
  g_test_add_func ("/settings/sizes", test_sizes);
  g_test_add_func ("/settings/fingerprints", test_fingerprints);
  g_test_add_func ("/settings/warnings", test_warnings);
  g_test_add_func ("/settings/warnings-have-a-limit", test_warnings_have_a_limit);
  g_test_add_func ("/settings/what-needs-a-new-link", test_what_needs_a_new_link);
  g_test_add_func ("/settings/what-needs-a-new-gateway-link", test_what_needs_a_new_gateway_link);
  g_test_add_func ("/settings/filename", test_filename);

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/settings/file/good", test_file);
  ADD ("/settings/file/missing", test_missing_file);
  ADD ("/settings/file/empty", test_empty_file);
  ADD ("/settings/file/unreadable", test_unreadable_file);
  ADD ("/settings/file/folder-in-its-place", test_folder_in_its_place);
  ADD ("/settings/file/fifo-in-its-place", test_fifo_in_its_place);
  ADD ("/settings/file/too-large", test_file_too_large);
  ADD ("/settings/file/binary", test_binary_file);
  ADD ("/settings/file/readable-secrets-are-a-warning", test_readable_secrets_are_a_warning);

  return g_test_run ();
}
