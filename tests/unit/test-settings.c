/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings-fixture.h"

#include "common/relay-error.h"

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
  g_test_add_func ("/settings/sizes", test_sizes);
  g_test_add_func ("/settings/fingerprints", test_fingerprints);
  g_test_add_func ("/settings/what-needs-a-new-link", test_what_needs_a_new_link);
  g_test_add_func ("/settings/what-needs-a-new-gateway-link", test_what_needs_a_new_gateway_link);
  g_test_add_func ("/settings/filename", test_filename);

  return g_test_run ();
}
