/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

#include <glib/gstdio.h>

static void
on_shown (GObject *object, GParamSpec *pspec, gpointer user_data)
{
  SessionFixture *self = user_data;
  RelaySession *session = RELAY_SESSION (object);

  g_string_append_printf (self->states, "%s/%s ", relay_state_to_string (relay_session_get_state (session)),
                          relay_step_to_string (relay_session_get_step (session)));
}

/* What is shown fits together whenever anything of it is told: state, step, error and times change as one. */
static void
expect_consistency (GObject *object, GParamSpec *pspec, gpointer unused)
{
  RelayState state = RELAY_STATE_DISCONNECTED;
  RelayStep step = RELAY_STEP_NONE;
  g_autofree char *error = NULL;
  g_autofree char *code = NULL;
  gint64 retrying_at_ms = 0;
  gint64 connected_since_ms = 0;
  guint attempt = 0;

  g_object_get (object, "state", &state, "step", &step, "last-error", &error, "last-error-code", &code, "retrying-at",
                &retrying_at_ms, "connected-since", &connected_since_ms, "attempt", &attempt, NULL);
  g_assert_cmpint (*error == '\0', ==, *code == '\0');
  g_assert_cmpint (retrying_at_ms != 0, ==, state == RELAY_STATE_RETRYING);
  g_assert_cmpint (connected_since_ms != 0, ==, state == RELAY_STATE_CONNECTED);
  g_assert_cmpint (step == RELAY_STEP_NONE, ==, state == RELAY_STATE_DISCONNECTED || state == RELAY_STATE_RETRYING);
  g_assert_cmpint (step == RELAY_STEP_RELAY, ==, state == RELAY_STATE_CONNECTED);
  if (state == RELAY_STATE_RETRYING)
    g_assert_cmpstr (error, !=, "");
  if (state == RELAY_STATE_CONNECTED)
    g_assert_cmpstr (error, ==, "");
  if (state == RELAY_STATE_CONNECTING)
    g_assert_cmpuint (attempt, >, 0);
}

static RelayOpenclaw *
load_openclaw (const char *home, const char *config_path)
{
  g_autofree char *home_variable = g_strdup_printf ("HOME=%s", home);
  const char *environment[] = { home_variable, NULL };

  return relay_openclaw_load (config_path, environment);
}

void
session_fixture_set_up (SessionFixture *self, gconstpointer unused)
{
  /* what a session warns of is what is tested */
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  self->home = g_dir_make_tmp ("gangway-session-XXXXXX", NULL);
  self->clock = fake_clock_new ();
  self->gateway = fake_gateway_new (FIXTURE_TOKEN);
  self->platform = fake_platform_new ();
  self->openclaw = load_openclaw (self->home, NULL);
  self->session = relay_session_new_with_clock ("test", RELAY_CLOCK (self->clock));
  self->states = g_string_new (NULL);
  g_signal_connect (self->session, "notify::state", G_CALLBACK (on_shown), self);
  g_signal_connect (self->session, "notify::step", G_CALLBACK (on_shown), self);
  g_signal_connect (self->session, "notify", G_CALLBACK (expect_consistency), self);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *is_closed = user_data;

  *is_closed = relay_session_close_finish (RELAY_SESSION (source), result, NULL);
}

/* Every test ends with no socket left (H7) and no timer. */
void
session_fixture_tear_down (SessionFixture *self, gconstpointer unused)
{
  gboolean is_closed = FALSE;

  relay_session_close_async (self->session, on_closed, &is_closed);
  while (!is_closed)
    {
      g_main_context_iteration (NULL, FALSE);
      /* a peer that does not answer our close is waited for by the clock */
      fake_clock_advance_ms (self->clock, 100);
    }
  fake_peer_expect_empty (FAKE_PEER (self->gateway));
  fake_peer_expect_empty (FAKE_PEER (self->platform));

  g_signal_handlers_disconnect_by_data (self->session, self);
  g_assert_finalize_object (g_steal_pointer (&self->session));
  /* what it did with files may return later, and has the clock until then */
  fake_wait_until (G_OBJECT (self->clock)->ref_count == 1);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  g_string_free (self->states, TRUE);
  g_rmdir (self->home);
  g_free (self->home);
}

/* Has an openclaw.json read, for the next gangway.conf that is put in force. */
void
session_fixture_set_openclaw (SessionFixture *self, const char *json)
{
  g_autofree char *path = g_build_filename (self->home, "openclaw.json", NULL);

  g_assert_true (g_file_set_contents (path, json, -1, NULL));
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  self->openclaw = load_openclaw (self->home, path);
  g_unlink (path);
}

/* Puts a gangway.conf in force. */
void
session_fixture_apply_text (SessionFixture *self, const char *text)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (text, strlen (text), "gangway.conf", &error);

  g_assert_no_error (error);
  relay_session_apply (self->session, settings, self->openclaw);
}

/* Settings with an account of those lines alone. */
void
session_fixture_apply_account (SessionFixture *self, const char *account_lines)
{
  g_autofree char *text = g_strdup_printf ("[gateway]\nurl=%s\ntoken=" FIXTURE_TOKEN "\n[account test]\n%s\n",
                                           fake_peer_get_url (FAKE_PEER (self->gateway)), account_lines);

  session_fixture_apply_text (self, text);
}

/* Puts a gangway.conf in force: the fakes' URLs and secrets, and the lines given. */
void
session_fixture_apply (SessionFixture *self, const char *gateway_lines, const char *account_lines)
{
  g_autofree char *text = g_strdup_printf ("[gateway]\nurl=%s\ntoken=" FIXTURE_TOKEN "\n%s\n"
                                           "[account test]\nplatform-url=%s\nplatform-key=" FIXTURE_KEY "\n%s\n",
                                           fake_peer_get_url (FAKE_PEER (self->gateway)), gateway_lines,
                                           fake_peer_get_url (FAKE_PEER (self->platform)), account_lines);

  session_fixture_apply_text (self, text);
}

void
session_fixture_start (SessionFixture *self)
{
  session_fixture_apply (self, "", "");
}

/* Starts, unless that was done, and returns the platform's connection when the handshake is through. */
FakeConnection *
session_fixture_connect (SessionFixture *self)
{
  if (relay_session_get_state (self->session) == RELAY_STATE_DISCONNECTED)
    session_fixture_start (self);

  session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
  return fake_platform_wait_ready (self->platform);
}

FakeConnection *
session_fixture_get_gateway_connection (SessionFixture *self)
{
  return fake_peer_get_connection (FAKE_PEER (self->gateway));
}

char *
session_fixture_dup_text (SessionFixture *self, const char *property)
{
  char *text = NULL;

  g_object_get (self->session, property, &text, NULL);
  return text;
}

gint64
session_fixture_get_number (SessionFixture *self, const char *property)
{
  g_auto (GValue) value = G_VALUE_INIT;

  g_value_init (&value, G_TYPE_INT64);
  g_object_get_property (G_OBJECT (self->session), property, &value);
  return g_value_get_int64 (&value);
}

/* Waits until the session shows an error with @code, and compares it; @message is a pattern. */
void
session_fixture_expect_error (SessionFixture *self, const char *code, const char *message)
{
  g_autofree char *shown_code = NULL;
  g_autofree char *shown = NULL;

  fake_wait_until (relay_session_get_state (self->session) == RELAY_STATE_RETRYING ||
                   (relay_session_get_state (self->session) == RELAY_STATE_DISCONNECTED));
  shown_code = session_fixture_dup_text (self, "last-error-code");
  shown = session_fixture_dup_text (self, "last-error");
  g_assert_cmpstr (shown_code, ==, code);
  if (!g_pattern_match_simple (message, shown))
    g_error ("LastError is “%s”, not like “%s”", shown, message);
}

/* Bad settings wait for better ones, and for nothing else. */
void
session_fixture_expect_bad_settings (SessionFixture *self, const char *code, const char *message)
{
  session_fixture_expect_error (self, code, message);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_DISCONNECTED);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
  g_assert_false (relay_session_reconnect (self->session));
  fake_wait_settle ();
  session_fixture_expect_error (self, code, message);
}

/* Has the session retry, and be there. */
void
session_fixture_make_retrying (SessionFixture *self)
{
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
  session_fixture_start (self);
  session_fixture_expect_state (self, RELAY_STATE_RETRYING);
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_GOOD);
}

/* Has the session wait in the step. */
void
session_fixture_make_connecting (SessionFixture *self, RelayStep step)
{
  if (step == RELAY_STEP_GATEWAY_DIAL)
    fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_SILENT);
  if (step == RELAY_STEP_CHALLENGE)
    fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  if (step == RELAY_STEP_PLATFORM_DIAL)
    fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_SILENT);
  if (step == RELAY_STEP_CONNECT)
    fake_platform_set_mode (self->platform, FAKE_PLATFORM_SILENT);
  if (step == RELAY_STEP_HELLO)
    fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_HOLD_HELLO);

  session_fixture_start (self);
  session_fixture_expect_step (self, step);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->gateway)) == 1);
  fake_wait_settle ();

  fake_peer_set_upgrade_mode (FAKE_PEER (self->gateway), FAKE_UPGRADE_ACCEPT);
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_ACCEPT);
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_GOOD);
  fake_platform_set_mode (self->platform, FAKE_PLATFORM_GOOD);
}
