/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

#include <glib/gstdio.h>
#include <limits.h>
#include <sys/inotify.h>
#include <unistd.h>

/* What can be asked of a session in each of its states. */

static FakeConnection *
get_first (gpointer peer)
{
  return fake_peer_get_nth_connection (FAKE_PEER (peer), 1);
}

static void
expect_disconnected (SessionFixture *self)
{
  g_autofree char *error = NULL;

  session_fixture_expect_state (self, RELAY_STATE_DISCONNECTED);
  error = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (error, ==, "");
}

static const RelayStep waiting_steps[] = { RELAY_STEP_GATEWAY_DIAL, RELAY_STEP_CHALLENGE, RELAY_STEP_PLATFORM_DIAL,
                                           RELAY_STEP_CONNECT, RELAY_STEP_HELLO };

/* Runs @func in each step of an attempt, each in a fixture of its own. */
static void
in_each_step (void (*func) (SessionFixture *self, RelayStep step))
{
  for (gsize i = 0; i < G_N_ELEMENTS (waiting_steps); i++)
    {
      SessionFixture fixture = { NULL };

      session_fixture_set_up (&fixture, NULL);
      session_fixture_make_connecting (&fixture, waiting_steps[i]);
      func (&fixture, waiting_steps[i]);
      session_fixture_tear_down (&fixture, NULL);
    }
}

/* --- Reconnect --- */

static void
test_reconnect_skips_the_wait (SessionFixture *self, gconstpointer unused)
{
  session_fixture_make_retrying (self);
  g_assert_true (relay_session_reconnect (self->session));
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
  g_assert_false (relay_session_reconnect (self->session));
  session_fixture_connect (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 2);
}

static void
expect_reconnect_does_nothing (SessionFixture *self, RelayStep step)
{
  guint n_gateway = fake_peer_get_n_total (FAKE_PEER (self->gateway));
  guint n_platform = fake_peer_get_n_total (FAKE_PEER (self->platform));

  g_string_truncate (self->states, 0);
  g_assert_false (relay_session_reconnect (self->session));
  fake_wait_settle ();
  g_assert_cmpstr (self->states->str, ==, "");
  g_assert_cmpint (relay_session_get_step (self->session), ==, step);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, n_gateway);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), >=, n_platform);
}

static void
test_reconnect_elsewhere_does_nothing (SessionFixture *self, gconstpointer unused)
{
  in_each_step (expect_reconnect_does_nothing);

  expect_reconnect_does_nothing (self, RELAY_STEP_NONE);
  session_fixture_connect (self);
  expect_reconnect_does_nothing (self, RELAY_STEP_RELAY);
  relay_session_stop (self->session);
  expect_disconnected (self);
  expect_reconnect_does_nothing (self, RELAY_STEP_NONE);
}

/* --- Restart --- */

static void
test_restart_when_connected (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *old = session_fixture_connect (self);

  relay_session_restart (self->session);
  fake_connection_expect_gone (old);
  g_assert_cmpuint (fake_connection_get_close_code (old), ==, 1001);
  session_fixture_connect (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 2);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 2);
  g_assert_null (strstr (self->states->str, "retrying"));
}

static void
expect_restart_begins_anew (SessionFixture *self, RelayStep step)
{
  relay_session_restart (self->session);
  fake_connection_expect_gone (get_first (self->gateway));
  session_fixture_connect (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 2);
  g_assert_null (strstr (self->states->str, "retrying"));
}

static void
test_restart_when_connecting (SessionFixture *self, gconstpointer unused)
{
  in_each_step (expect_restart_begins_anew);
}

static void
test_restart_when_retrying (SessionFixture *self, gconstpointer unused)
{
  session_fixture_make_retrying (self);
  relay_session_restart (self->session);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTING);
  session_fixture_connect (self);
}

static void
test_restart_when_stopped (SessionFixture *self, gconstpointer unused)
{
  session_fixture_start (self);
  relay_session_stop (self->session);
  expect_disconnected (self);
  g_string_truncate (self->states, 0);
  relay_session_restart (self->session);
  session_fixture_connect (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 1);
}

/* Restart is not Start: what the file says later holds. */
static void
test_restart_does_not_outlast_the_settings (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  relay_session_restart (self->session);
  fake_wait_until (relay_session_get_state (self->session) != RELAY_STATE_CONNECTED);
  session_fixture_connect (self);
  session_fixture_apply (self, "", "enabled=false");
  expect_disconnected (self);
}

static void
test_restart_twice (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  relay_session_restart (self->session);
  relay_session_restart (self->session);
  fake_wait_until (relay_session_get_state (self->session) != RELAY_STATE_CONNECTED);
  session_fixture_connect (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 2);
}

/* --- Start and Stop --- */

static void
test_stop_when_connected (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);

  relay_session_stop (self->session);
  expect_disconnected (self);
  fake_connection_expect_gone (platform);
  fake_connection_expect_gone (get_first (self->gateway));
  g_assert_cmpuint (fake_connection_get_close_code (platform), ==, 1001);
  g_assert_cmpuint (fake_connection_get_close_code (get_first (self->gateway)), ==, 1001);

  relay_session_stop (self->session);
  session_fixture_start (self);
  expect_disconnected (self);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
}

static void
expect_stop_ends_it (SessionFixture *self, RelayStep step)
{
  relay_session_stop (self->session);
  expect_disconnected (self);
  fake_peer_expect_empty (self->gateway);
  fake_peer_expect_empty (self->platform);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
}

static void
test_stop_when_connecting (SessionFixture *self, gconstpointer unused)
{
  in_each_step (expect_stop_ends_it);
}

static void
test_stop_when_retrying (SessionFixture *self, gconstpointer unused)
{
  session_fixture_make_retrying (self);
  relay_session_stop (self->session);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_DISCONNECTED);
  expect_disconnected (self);
  fake_clock_advance_ms (self->clock, 100000);
  expect_disconnected (self);
}

/* A peer that does not answer the close is waited for, but not for long. */
static void
test_stop_with_mute_peers (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);

  fake_connection_set_ignore_close (platform, TRUE);
  fake_connection_set_ignore_close (get_first (self->gateway), TRUE);
  relay_session_stop (self->session);
  fake_wait_until (fake_connection_get_close_code (platform) == 1001);
  fake_wait_settle ();
  fake_clock_advance_ms (self->clock, 1000);
  expect_disconnected (self);
  fake_peer_expect_empty (self->platform);
}

static void
test_start_undoes_stop (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  relay_session_stop (self->session);
  relay_session_start (self->session);
  fake_connection_expect_gone (get_first (self->gateway));
  session_fixture_connect (self);

  relay_session_stop (self->session);
  expect_disconnected (self);
  relay_session_start (self->session);
  session_fixture_connect (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 3);
}

static void
test_stop_start_stop (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  relay_session_stop (self->session);
  relay_session_start (self->session);
  relay_session_stop (self->session);
  expect_disconnected (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 1);
}

static void
expect_start_does_nothing (SessionFixture *self, RelayStep step)
{
  g_string_truncate (self->states, 0);
  relay_session_start (self->session);
  fake_wait_settle ();
  g_assert_cmpstr (self->states->str, ==, "");
  g_assert_cmpint (relay_session_get_step (self->session), ==, step);
}

static void
test_start_of_what_runs_does_nothing (SessionFixture *self, gconstpointer unused)
{
  in_each_step (expect_start_does_nothing);

  session_fixture_connect (self);
  expect_start_does_nothing (self, RELAY_STEP_RELAY);
  fake_connection_close (get_first (self->platform), 1000, NULL);
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);
  expect_start_does_nothing (self, RELAY_STEP_NONE);
}

static void
test_start_of_a_disabled_account (SessionFixture *self, gconstpointer unused)
{
  session_fixture_apply (self, "", "enabled=false");
  expect_disconnected (self);
  relay_session_start (self->session);
  session_fixture_connect (self);

  session_fixture_apply (self, "", "enabled=false\ndeny-methods=x");
  fake_wait_settle ();
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_CONNECTED);
}

static gboolean
on_early_source (gpointer user_data)
{
  SessionFixture *self = user_data;

  g_autoptr (RelaySettings) without_accounts = relay_settings_new ();

  relay_session_apply (self->session, without_accounts, self->openclaw);
  return G_SOURCE_REMOVE;
}

/* The account goes in the same turn of the main loop in which hello is there to be read. */
static void
test_stop_at_the_moment_of_hello (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (GSource) early = g_timeout_source_new (G_MAXINT);

  /* older than the link's, and so dispatched before it */
  g_source_set_callback (early, on_early_source, self, NULL);
  g_source_attach (early, NULL);
  session_fixture_make_connecting (self, RELAY_STEP_HELLO);
  fake_wait_until (fake_connection_get_n_messages (get_first (self->gateway)) == 1);
  fake_gateway_release (self->gateway);
  g_source_set_ready_time (early, 0);

  expect_disconnected (self);
  g_assert_null (strstr (self->states->str, " connected/"));
  g_source_destroy (early);
}

static void
apply_without_key (SessionFixture *self)
{
  g_autofree char *text =
      g_strdup_printf ("[gateway]\nurl=%s\ntoken=" FIXTURE_TOKEN "\n[account test]\nplatform-url=%s\n",
                       fake_peer_get_url (FAKE_PEER (self->gateway)), fake_peer_get_url (FAKE_PEER (self->platform)));

  session_fixture_apply_text (self, text);
}

/* Waits until somebody has read the file that @inotify_fd watches, and lets nothing else happen meanwhile. */
static void
wait_for_reader (int inotify_fd)
{
  char buffer[sizeof (struct inotify_event) + NAME_MAX + 1];

  g_assert_cmpint (read (inotify_fd, buffer, sizeof buffer), >, 0);
  close (inotify_fd);
}

/* What was seen of the keyring, for which a file stands here, may be older than the news of it. */
static void
test_look_for_key_while_looking (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *credential = g_build_filename (self->home, "platform-key.test", NULL);
  int inotify_fd = inotify_init1 (IN_CLOEXEC);

  g_assert_true (g_file_set_contents (credential, "no key", -1, NULL));
  g_assert_cmpint (inotify_add_watch (inotify_fd, credential, IN_CLOSE_NOWRITE), >=, 0);
  g_setenv ("CREDENTIALS_DIRECTORY", self->home, TRUE);
  apply_without_key (self);
  wait_for_reader (inotify_fd);

  g_assert_true (g_file_set_contents (credential, FIXTURE_KEY, -1, NULL));
  relay_session_look_for_key (self->session);
  fake_platform_wait_ready (self->platform);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_unlink (credential);
}

static void
test_look_for_key_when_there_was_none (SessionFixture *self, gconstpointer unused)
{
  apply_without_key (self);
  session_fixture_expect_error (self, "no-key", "no platform-key for account 'test'");
  g_setenv ("GANGWAY_PLATFORM_KEY", FIXTURE_KEY, TRUE);
  relay_session_look_for_key (self->session);
  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  g_unsetenv ("GANGWAY_PLATFORM_KEY");
}

/* Other programs change the keyring all the time. */
static void
test_look_for_key_elsewhere_does_nothing (SessionFixture *self, gconstpointer unused)
{
  session_fixture_connect (self);
  relay_session_look_for_key (self->session);
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye now");
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);
  relay_session_look_for_key (self->session);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_RETRYING);

  relay_session_stop (self->session);
  relay_session_look_for_key (self->session);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_DISCONNECTED);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/session/reconnect/skips-the-wait", test_reconnect_skips_the_wait);
  session_fixture_add ("/session/reconnect/elsewhere-does-nothing", test_reconnect_elsewhere_does_nothing);
  session_fixture_add ("/session/restart/when-connected", test_restart_when_connected);
  session_fixture_add ("/session/restart/when-connecting", test_restart_when_connecting);
  session_fixture_add ("/session/restart/when-retrying", test_restart_when_retrying);
  session_fixture_add ("/session/restart/when-stopped", test_restart_when_stopped);
  session_fixture_add ("/session/restart/does-not-outlast-the-settings", test_restart_does_not_outlast_the_settings);
  session_fixture_add ("/session/restart/twice", test_restart_twice);
  session_fixture_add ("/session/stop/when-connected", test_stop_when_connected);
  session_fixture_add ("/session/stop/when-connecting", test_stop_when_connecting);
  session_fixture_add ("/session/stop/when-retrying", test_stop_when_retrying);
  session_fixture_add ("/session/stop/with-mute-peers", test_stop_with_mute_peers);
  session_fixture_add ("/session/stop/at-the-moment-of-hello", test_stop_at_the_moment_of_hello);
  session_fixture_add ("/session/start/undoes-stop", test_start_undoes_stop);
  session_fixture_add ("/session/start/stop-start-stop", test_stop_start_stop);
  session_fixture_add ("/session/start/of-what-runs-does-nothing", test_start_of_what_runs_does_nothing);
  session_fixture_add ("/session/start/of-a-disabled-account", test_start_of_a_disabled_account);
  session_fixture_add ("/session/look-for-key/while-looking", test_look_for_key_while_looking);
  session_fixture_add ("/session/look-for-key/when-there-was-none", test_look_for_key_when_there_was_none);
  session_fixture_add ("/session/look-for-key/elsewhere-does-nothing", test_look_for_key_elsewhere_does_nothing);

  return g_test_run ();
}
