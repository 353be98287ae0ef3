/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>

#include "session-fixture.h"

/* What a change of settings does to a session. */

static guint
n_links (SessionFixture *self)
{
  return fake_peer_get_n_total (FAKE_PEER (self->gateway));
}

static void
apply_openclaw (SessionFixture *self, const char *json, const char *gateway_lines)
{
  g_autofree char *text = g_strdup_printf ("[gateway]\n%s\n[account test]\nplatform-url=%s\nplatform-key=" FIXTURE_KEY "\n",
                                           gateway_lines, fake_peer_get_url (FAKE_PEER (self->platform)));

  session_fixture_set_openclaw (self, json);
  session_fixture_apply_text (self, text);
}

/* --- bad ones, and how they heal --- */

static void
test_no_key (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line = g_strdup_printf ("platform-url=%s", fake_peer_get_url (FAKE_PEER (self->platform)));
  g_autofree char *key_status = NULL;
  g_autofree char *good_status = NULL;

  session_fixture_apply_account (self, line);
  session_fixture_expect_bad_settings (self, "no-key", "no platform-key for account 'test'");
  key_status = session_fixture_dup_text (self, "key-status");
  g_assert_cmpstr (key_status, ==, "missing");
  g_assert_cmpuint (n_links (self), ==, 0);

  session_fixture_start (self);
  session_fixture_connect (self);
  good_status = session_fixture_dup_text (self, "key-status");
  g_assert_cmpstr (good_status, ==, "available");
}

static void
test_bad_url (SessionFixture *self, gconstpointer unused)
{
  session_fixture_apply (self, "", "platform-url=http://127.0.0.1/");
  session_fixture_expect_bad_settings (self, "bad-settings", "*platform-url must use ws:// or wss:// (got http)");
  session_fixture_start (self);
  session_fixture_connect (self);
  session_fixture_apply (self, "", "platform-url=http://127.0.0.1/");
  fake_wait_until (relay_session_get_state (self->session) == RELAY_STATE_DISCONNECTED);
  session_fixture_expect_bad_settings (self, "bad-settings", "*platform-url must use ws:// or wss:// (got http)");
}

static void
test_no_url (SessionFixture *self, gconstpointer unused)
{
  session_fixture_apply_account (self, "platform-key=" FIXTURE_KEY);
  session_fixture_expect_bad_settings (self, "bad-settings", "*platform-url*");
  session_fixture_start (self);
  session_fixture_connect (self);
}

static void
test_plaintext_refused (SessionFixture *self, gconstpointer unused)
{
  session_fixture_apply (self, "", "platform-url=ws://192.0.2.1/");
  session_fixture_expect_bad_settings (self, "plaintext-refused",
                                       "*platform-url would send credentials to 192.0.2.1 in the clear*");
  session_fixture_start (self);
  session_fixture_connect (self);
}

static void
test_unresolvable_token (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *url_line = g_strdup_printf ("url=%s", fake_peer_get_url (FAKE_PEER (self->gateway)));

  apply_openclaw (self, "{gateway: {auth: {mode: 'token', token: '${NO_SUCH_VARIABLE}'}}}", url_line);
  session_fixture_expect_bad_settings (self, "bad-settings", "*NO_SUCH_VARIABLE*");
  apply_openclaw (self, "{gateway: {auth: {mode: 'token', token: '" FIXTURE_TOKEN "'}}}", url_line);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
}

static void
test_broken_openclaw (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *json = g_strdup_printf ("{gateway: {port: %u, auth: {password: '" FIXTURE_TOKEN "', mode: 'password'}}}",
                                           fake_peer_get_port (FAKE_PEER (self->gateway)));

  apply_openclaw (self, "{gateway: {port: 1,", "");
  session_fixture_expect_bad_settings (self, "bad-settings", "*openclaw.json*");
  apply_openclaw (self, json, "");
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
}

/* With everything in gangway.conf, OpenClaw's own file does not matter. */
static void
test_broken_openclaw_that_is_not_needed (SessionFixture *self, gconstpointer unused)
{
  session_fixture_set_openclaw (self, "{gateway:");
  session_fixture_start (self);
  session_fixture_connect (self);
}

/* --- what a change disturbs --- */

static void
expect_undisturbed (SessionFixture *self)
{
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTED);
  g_assert_cmpuint (n_links (self), ==, 1);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
}

static void
test_same_settings_disturb_nothing (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  session_fixture_start (self);
  session_fixture_apply (self, "# a comment", "enabled=true");
  session_fixture_set_openclaw (self, "{gateway: {port: 1, auth: {token: 'not in force'}}}");
  session_fixture_start (self);
  expect_undisturbed (self);
}

static void
test_policy_is_in_force_at_once (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (FakeMessage) before = NULL;
  g_autoptr (FakeMessage) after = NULL;

  session_fixture_connect (self);
  before = fake_platform_request (self->platform, "health", "{}");
  g_assert_true (fake_message_has (before, "ok", "true"));
  session_fixture_apply (self, "request-timeout=5\nconnect-timeout=1\n[retry]\nmax-delay=5", "deny-methods=health");
  after = fake_platform_request (self->platform, "health", "{}");
  g_assert_true (fake_message_has (after, "ok", "false"));
  expect_undisturbed (self);
}

static void
test_unchanged_wait_goes_on (SessionFixture *self, gconstpointer unused)
{
  gint64 retrying_at_ms;

  session_fixture_make_retrying (self);
  retrying_at_ms = session_fixture_get_number (self, "retrying-at");
  session_fixture_start (self);
  session_fixture_apply (self, "", "deny-methods=x");
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_RETRYING);
  g_assert_cmpint (session_fixture_get_number (self, "retrying-at"), ==, retrying_at_ms);
}

static void
expect_new_link (SessionFixture *self, const char *gateway_lines, const char *account_lines)
{
  FakeConnection *old;

  session_fixture_start (self);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  old = fake_platform_wait_ready (self->platform);
  session_fixture_apply (self, gateway_lines, account_lines);
  fake_connection_expect_gone (old);
  g_assert_cmpuint (fake_connection_get_close_code (old), ==, 1001);
  session_fixture_connect (self);
  g_assert_null (strstr (self->states->str, "retrying"));
}

static void
test_what_needs_a_new_link (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *url = g_strdup_printf ("url=%s/other", fake_peer_get_url (FAKE_PEER (self->gateway)));
  g_autofree char *platform_url = g_strdup_printf ("platform-url=%s/other", fake_peer_get_url (FAKE_PEER (self->platform)));
  g_autofree char *pre_handshake = NULL;

  expect_new_link (self, url, "");
  expect_new_link (self, "", platform_url);
  expect_new_link (self, "", "platform-key=another");
  pre_handshake = fake_platform_get_token (self->platform);
  g_assert_cmpstr (pre_handshake, ==, "another");
  expect_new_link (self, "", "share-gateway-token=false");
  g_assert_null (strstr (fake_platform_get_pre_handshake (self->platform), "gatewayToken"));
}

static void
test_changed_token_of_openclaw (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *url_line = g_strdup_printf ("url=%s", fake_peer_get_url (FAKE_PEER (self->gateway)));

  apply_openclaw (self, "{gateway: {auth: {token: '" FIXTURE_TOKEN "'}}}", url_line);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  apply_openclaw (self, "{gateway: {auth: {token: 'changed'}}}", url_line);
  session_fixture_expect_error (self, "gateway-refused", "*AUTH_TOKEN_MISMATCH*");
  apply_openclaw (self, "{gateway: {auth: {token: '" FIXTURE_TOKEN "'}}}", url_line);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_assert_cmpuint (n_links (self), ==, 3);
}

static void
test_change_when_connecting (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *key = NULL;

  session_fixture_make_connecting (self, RELAY_STEP_CONNECT);
  session_fixture_apply (self, "", "platform-key=another");
  session_fixture_connect (self);
  key = fake_platform_get_token (self->platform);
  g_assert_cmpstr (key, ==, "another");
  g_assert_cmpuint (n_links (self), ==, 2);
}

static void
test_many_changes_in_a_row (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *key = NULL;

  session_fixture_connect (self);
  for (guint i = 0; i < 10; i++)
    {
      g_autofree char *line = g_strdup_printf ("platform-key=key-number-%u", i);

      session_fixture_apply (self, "", line);
    }
  fake_wait_until (relay_session_get_state (self->session) != RELAY_STATE_CONNECTED);
  session_fixture_connect (self);
  key = fake_platform_get_token (self->platform);
  g_assert_cmpstr (key, ==, "key-number-9");
  g_assert_cmpuint (n_links (self), ==, 2);
}

/* --- accounts come and go --- */

static void
test_disabled_account (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *error = NULL;

  session_fixture_apply (self, "", "enabled=false");
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_DISCONNECTED);
  error = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (error, ==, "");
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);

  session_fixture_start (self);
  session_fixture_connect (self);
  session_fixture_apply (self, "", "enabled=false");
  session_fixture_expect_state (self, RELAY_STATE_DISCONNECTED);
  fake_peer_expect_empty (self->platform);
}

static void
test_account_is_removed_and_comes_back (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  session_fixture_apply_text (self, "");
  session_fixture_expect_state (self, RELAY_STATE_DISCONNECTED);
  session_fixture_start (self);
  session_fixture_connect (self);

  session_fixture_apply_text (self, "");
  session_fixture_start (self);
  fake_wait_until (relay_session_get_state (self->session) != RELAY_STATE_CONNECTED);
  session_fixture_connect (self);
  g_assert_cmpuint (n_links (self), ==, 3);
}

static void
test_openclaw_is_waited_for (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (RelayOpenclaw) openclaw = g_steal_pointer (&self->openclaw);
  g_autofree char *error = NULL;

  session_fixture_start (self);
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_DISCONNECTED);
  error = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (error, ==, "");
  self->openclaw = g_steal_pointer (&openclaw);
  session_fixture_start (self);
  session_fixture_connect (self);
}

/* --- several accounts --- */

#define N_SESSIONS 5

static RelaySettings *
make_accounts (SessionFixture *self, FakePlatform *const *platforms)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  RelaySettings *settings;

  g_string_append_printf (text, "[gateway]\nurl=%s\ntoken=" FIXTURE_TOKEN "\n",
                          fake_peer_get_url (FAKE_PEER (self->gateway)));
  for (guint i = 0; i < N_SESSIONS; i++)
    g_string_append_printf (text, "[account n%u]\nplatform-url=%s\nplatform-key=key-%u\n", i,
                            i == 0 ? "ftp://wrong" : fake_peer_get_url (FAKE_PEER (platforms[i])), i);
  settings = relay_settings_new_from_data (text->str, text->len, "gangway.conf", &error);
  g_assert_no_error (error);
  return settings;
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint *n_closed = user_data;

  g_assert_true (relay_session_close_finish (RELAY_SESSION (source), result, NULL));
  ++*n_closed;
}

static void
test_several_sessions (SessionFixture *self, gconstpointer unused)
{
  FakePlatform *platforms[N_SESSIONS];
  RelaySession *sessions[N_SESSIONS];
  g_autoptr (RelaySettings) settings = NULL;
  guint n_closed = 0;

  for (guint i = 0; i < N_SESSIONS; i++)
    platforms[i] = fake_platform_new ();
  settings = make_accounts (self, platforms);
  for (guint i = 0; i < N_SESSIONS; i++)
    {
      g_autofree char *id = g_strdup_printf ("n%u", i);

      sessions[i] = relay_session_new_with_clock (id, RELAY_CLOCK (self->clock));
      relay_session_apply (sessions[i], settings, self->openclaw);
    }

  /* the first is wrong, and harms nobody */
  for (guint i = 1; i < N_SESSIONS; i++)
    {
      g_autofree char *expected = g_strdup_printf ("key-%u", i);
      g_autofree char *key = NULL;

      fake_platform_wait_ready (platforms[i]);
      key = fake_platform_get_token (platforms[i]);
      g_assert_cmpstr (key, ==, expected);
    }
  g_assert_cmpint (relay_session_get_state (sessions[0]), ==, RELAY_STATE_DISCONNECTED);

  relay_session_stop (sessions[1]);
  fake_peer_expect_empty (platforms[1]);
  for (guint i = 2; i < N_SESSIONS; i++)
    g_assert_cmpint (relay_session_get_state (sessions[i]), ==, RELAY_STATE_CONNECTED);

  for (guint i = 0; i < N_SESSIONS; i++)
    relay_session_close_async (sessions[i], on_closed, &n_closed);
  fake_wait_until (n_closed == N_SESSIONS);
  for (guint i = 0; i < N_SESSIONS; i++)
    {
      g_assert_finalize_object (sessions[i]);
      fake_peer_expect_empty (platforms[i]);
      g_object_unref (platforms[i]);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/session/bad-settings/no-key", test_no_key);
  session_fixture_add ("/session/bad-settings/bad-url", test_bad_url);
  session_fixture_add ("/session/bad-settings/no-url", test_no_url);
  session_fixture_add ("/session/bad-settings/plaintext-refused", test_plaintext_refused);
  session_fixture_add ("/session/bad-settings/unresolvable-token", test_unresolvable_token);
  session_fixture_add ("/session/bad-settings/broken-openclaw", test_broken_openclaw);
  session_fixture_add ("/session/bad-settings/broken-openclaw-not-needed", test_broken_openclaw_that_is_not_needed);
  session_fixture_add ("/session/settings/same-ones-disturb-nothing", test_same_settings_disturb_nothing);
  session_fixture_add ("/session/settings/policy-is-in-force-at-once", test_policy_is_in_force_at_once);
  session_fixture_add ("/session/settings/unchanged-wait-goes-on", test_unchanged_wait_goes_on);
  session_fixture_add ("/session/settings/what-needs-a-new-link", test_what_needs_a_new_link);
  session_fixture_add ("/session/settings/changed-token-of-openclaw", test_changed_token_of_openclaw);
  session_fixture_add ("/session/settings/change-when-connecting", test_change_when_connecting);
  session_fixture_add ("/session/settings/many-changes-in-a-row", test_many_changes_in_a_row);
  session_fixture_add ("/session/account/disabled", test_disabled_account);
  session_fixture_add ("/session/account/removed-and-comes-back", test_account_is_removed_and_comes_back);
  session_fixture_add ("/session/account/openclaw-is-waited-for", test_openclaw_is_waited_for);
  session_fixture_add ("/session/account/several", test_several_sessions);

  return g_test_run ();
}
