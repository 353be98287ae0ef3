/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-session-private.h"

#include "common/relay-log.h"
#include "relay/relay-handshake-setup.h"
#include "settings/relay-url.h"
#include "settings/relay-watch-points.h"

static void start (RelaySession *self);
static void on_key_found (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_handshake_done (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_pump_done (GObject *source, GAsyncResult *result, gpointer user_data);

static gboolean
is_under_way (RelaySession *self)
{
  return self->cancellable != NULL;
}

static gboolean
should_run (RelaySession *self)
{
  if (self->account == NULL || self->openclaw == NULL)
    return FALSE;

  switch (self->wish)
    {
    case RELAY_WISH_AS_SET:
      return self->account->enabled;
    case RELAY_WISH_START:
      return TRUE;
    case RELAY_WISH_STOP:
      return FALSE;
    }

  g_assert_not_reached ();
}

/* --- the wait --- */

static void
on_retry_timeout (gpointer user_data)
{
  RelaySession *self = RELAY_SESSION (user_data);

  self->retry_timeout = 0;
  start (self);
}

static void
wait_and_retry (RelaySession *self, const GError *error, guint close_code)
{
  guint wait_ms = relay_backoff_choose_wait (&self->backoff, &self->settings->retry, error, close_code);

  self->retry_timeout = relay_clock_add_timeout (self->clock, wait_ms, on_retry_timeout, self);
  relay_session_show_state (self, RELAY_STATE_RETRYING, RELAY_STEP_NONE, error,
                            relay_clock_get_real_ms (self->clock) + wait_ms);
  relay_log (G_LOG_LEVEL_WARNING, self->account_id, NULL, NULL, "%s; trying again in %.1f s", self->last_error,
             wait_ms / 1000.0);
}

static void
show_disconnected (RelaySession *self, const GError *error)
{
  relay_clock_clear_timeout (self->clock, &self->retry_timeout);
  relay_session_show_state (self, RELAY_STATE_DISCONNECTED, RELAY_STEP_NONE, error, 0);
  if (error != NULL)
    relay_log (G_LOG_LEVEL_WARNING, self->account_id, NULL, NULL, "%s", self->last_error);
}

/* --- the end of an attempt or a link --- */

static void
complete_close (RelaySession *self)
{
  g_autoptr (GPtrArray) tasks = g_steal_pointer (&self->close_tasks);

  self->close_tasks = g_ptr_array_new_with_free_func (g_object_unref);
  for (guint i = 0; i < tasks->len; i++)
    g_task_return_boolean (g_ptr_array_index (tasks, i), TRUE);
}

/* Nothing was wrong with the peer, and the network is there: there is nothing to wait for. */
static void
retry_at_once (RelaySession *self, const GError *error)
{
  relay_session_show_state (self, RELAY_STATE_RETRYING, RELAY_STEP_NONE, error, relay_clock_get_real_ms (self->clock));
  relay_log (G_LOG_LEVEL_WARNING, self->account_id, NULL, NULL, "%s; trying again now", self->last_error);
  start (self);
}

static void
conclude (RelaySession *self, const GError *error, guint close_code)
{
  gboolean start_again = self->start_again;

  g_clear_object (&self->cancellable);
  g_clear_object (&self->pump);
  relay_clock_clear_timeout (self->clock, &self->stable_timeout);
  self->start_again = FALSE;

  if (!should_run (self))
    show_disconnected (self, NULL);
  else if (relay_error_was_probed (error))
    retry_at_once (self, error);
  else if (start_again)
    start (self);
  else if (relay_error_is_bad_settings (error))
    show_disconnected (self, error);
  else
    wait_and_retry (self, error, close_code);

  g_clear_pointer (&self->platform_key, g_free);
  complete_close (self);
}

/* --- the attempt --- */

static void
start (RelaySession *self)
{
  g_auto (RelayHandshakeSetup) setup = { 0 };
  g_autoptr (GError) error = NULL;

  relay_clock_clear_timeout (self->clock, &self->retry_timeout);
  if (!relay_handshake_setup_init (&setup, self->settings, self->account, self->openclaw, &error))
    {
      show_disconnected (self, error);
      return;
    }

  self->cancellable = g_cancellable_new ();
  relay_session_begin_attempt (self);
  relay_session_show_state (self, RELAY_STATE_CONNECTING, RELAY_STEP_GATEWAY_DIAL, NULL, 0);
  relay_secrets_find_key_async (self->account, self->settings->accounts->len == 1, self->cancellable, on_key_found,
                                g_object_ref (self));
}

static void
on_step (RelayStep step, gpointer user_data)
{
  RelaySession *self = RELAY_SESSION (user_data);

  relay_session_show_state (self, RELAY_STATE_CONNECTING, step, NULL, 0);
  relay_log (G_LOG_LEVEL_INFO, self->account_id, relay_step_to_string (step), NULL, "attempt %u: %s", self->attempt,
             relay_step_to_string (step));
}

static void
warn_if_in_the_clear (RelaySession *self, RelayEndpoint *endpoint)
{
  GUri *uri = relay_endpoint_get_uri (endpoint);
  g_autofree char *url = NULL;

  if (relay_url_is_tls (uri) || relay_url_is_loopback (uri))
    return;

  url = relay_url_to_display (uri);
  relay_log (G_LOG_LEVEL_WARNING, self->account_id, NULL, NULL,
             "credentials go to %s in the clear, as allow-plaintext=true permits: use wss://", url);
}

static RelayKeyStatus
key_status_of (const char *key, const GError *error)
{
  if (key != NULL)
    return RELAY_KEY_STATUS_AVAILABLE;
  return g_error_matches (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED) ? RELAY_KEY_STATUS_LOCKED : RELAY_KEY_STATUS_MISSING;
}

static void
on_key_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelaySession) self = RELAY_SESSION (user_data);
  g_auto (RelayHandshakeSetup) setup = { 0 };
  g_autoptr (GError) error = NULL;

  self->platform_key = relay_secrets_find_key_finish (result, &error);
  if (!relay_error_is_cancelled (error))
    relay_session_show_key_status (self, key_status_of (self->platform_key, error));
  /* the settings may have changed meanwhile, but then this was cancelled */
  if (self->platform_key == NULL ||
      !relay_handshake_setup_init (&setup, self->settings, self->account, self->openclaw, &error))
    {
      conclude (self, error, 0);
      return;
    }

  self->start_again = FALSE; /* it was for want of a key */
  warn_if_in_the_clear (self, setup.gateway);
  warn_if_in_the_clear (self, setup.platform);
  setup.clock = self->clock;
  setup.platform_key = self->platform_key;
  relay_handshake_async (&setup, on_step, self->cancellable, on_handshake_done, g_object_ref (self));
}

static void
on_stable (gpointer user_data)
{
  RelaySession *self = RELAY_SESSION (user_data);

  self->stable_timeout = 0;
  relay_backoff_reset (&self->backoff);
}

static void
on_activity (RelayPump *pump, const RelayActivity *activity, gpointer user_data)
{
  relay_session_tell_activity (RELAY_SESSION (user_data), activity);
}

static void
on_handshake_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelaySession) self = RELAY_SESSION (user_data);
  g_autoptr (GError) error = NULL;
  guint close_code = 0;
  g_autoptr (RelayHandshakeResult) links = relay_handshake_finish (result, &close_code, &error);

  if (links == NULL)
    {
      conclude (self, error, close_code);
      return;
    }

  self->pump = relay_pump_new (links, self->clock, self->counters, self->slots);
  relay_pump_set_settings (self->pump, self->settings, self->account, self->openclaw, self->platform_key);
  g_signal_connect_object (self->pump, "activity", G_CALLBACK (on_activity), self, 0);
  self->stable_timeout = relay_clock_add_timeout (self->clock, self->settings->retry.stable_after_ms, on_stable, self);
  relay_session_show_gateway (self, links->gateway_version != NULL ? links->gateway_version : "", links->protocol_version);
  relay_session_show_state (self, RELAY_STATE_CONNECTED, RELAY_STEP_RELAY, NULL, 0);
  relay_log (G_LOG_LEVEL_MESSAGE, self->account_id, "relay", NULL, "connected: %s ⇄ %s", self->gateway_url,
             self->platform_url);
  relay_session_tell_connect (self);
  relay_pump_run_async (self->pump, self->cancellable, on_pump_done, g_object_ref (self));
}

static void
on_pump_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelaySession) self = RELAY_SESSION (user_data);
  g_autoptr (GError) error = NULL;
  guint close_code = 0;

  relay_pump_run_finish (RELAY_PUMP (source), result, &close_code, &error);
  relay_session_tell_close (self, error);
  conclude (self, error, close_code);
}

/* --- what is asked of it --- */

static void
stop (RelaySession *self)
{
  self->start_again = FALSE;
  if (is_under_way (self))
    g_cancellable_cancel (self->cancellable);
  else
    show_disconnected (self, NULL);
}

static void
start_anew (RelaySession *self)
{
  relay_backoff_reset (&self->backoff);
  if (!is_under_way (self))
    {
      start (self);
      return;
    }

  self->start_again = TRUE;
  g_cancellable_cancel (self->cancellable);
}

static gboolean
waits_for_settings (RelaySession *self)
{
  return self->state == RELAY_STATE_DISCONNECTED && !is_under_way (self);
}

static char *
dup_url_for_display (const char *url)
{
  g_autoptr (GUri) uri = url != NULL ? relay_url_parse (url, "url", TRUE, NULL) : NULL;

  return uri != NULL ? relay_url_to_display (uri) : g_strdup ("");
}

static void
show_urls (RelaySession *self)
{
  g_autofree char *platform_url = dup_url_for_display (self->account != NULL ? self->account->platform_url : NULL);
  g_autofree char *gateway_url = NULL;

  if (self->settings->gateway.url != NULL)
    gateway_url = dup_url_for_display (self->settings->gateway.url);
  else
    gateway_url = dup_url_for_display (self->openclaw != NULL ? self->openclaw->url : NULL);

  relay_session_show_urls (self, platform_url, gateway_url);
}

/* What is to be watched for the files that the account names: also the links on the way to them, so it may change with them.
 */
static void
watch_files (RelaySession *self)
{
  const char *const files[] = { self->account != NULL ? self->account->platform_key_file : NULL,
                                self->account != NULL ? self->account->tls_ca_file : NULL };
  g_autoptr (GStrvBuilder) points = g_strv_builder_new ();
  g_auto (GStrv) paths = NULL;

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    {
      g_auto (GStrv) way = files[i] != NULL ? relay_watch_points (files[i]) : NULL;

      if (way != NULL)
        g_strv_builder_addv (points, (const char **) way);
    }

  paths = g_strv_builder_end (points);
  relay_file_watch_set_paths (self->file_watch, (const char *const *) paths);
}

/* A file that settings name is a part of them, but nothing to drop a link for. It is watched before it is read again. */
void
relay_session_files_changed (gpointer user_data)
{
  RelaySession *self = RELAY_SESSION (user_data);

  watch_files (self);
  if (should_run (self) && self->state != RELAY_STATE_CONNECTED)
    start_anew (self);
}

static gboolean
needs_new_link (RelaySession *self, RelaySettings *settings, RelayAccount *account, RelayOpenclaw *openclaw)
{
  if (self->account == NULL || account == NULL || self->openclaw == NULL || openclaw == NULL)
    return TRUE;
  if (!relay_account_same_link (self->account, account) || !relay_settings_same_gateway (self->settings, settings))
    return TRUE;
  if (settings->gateway.url == NULL && g_strcmp0 (self->openclaw->url, openclaw->url) != 0)
    return TRUE;

  return g_strcmp0 (relay_handshake_secret (self->settings, self->openclaw), relay_handshake_secret (settings, openclaw)) !=
         0;
}

static void
put_in_force (RelaySession *self, RelaySettings *settings, RelayAccount *account, RelayOpenclaw *openclaw)
{
  g_clear_pointer (&self->settings, relay_settings_unref);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  self->settings = relay_settings_ref (settings);
  self->openclaw = openclaw != NULL ? relay_openclaw_ref (openclaw) : NULL;
  relay_session_show_account (self, account);
  show_urls (self);
  watch_files (self);
  if (self->pump != NULL && account != NULL && openclaw != NULL)
    relay_pump_set_settings (self->pump, settings, account, openclaw, self->platform_key);
}

/**
 * relay_session_apply:
 * @self: a session
 * @settings: gangway.conf
 * @openclaw: (nullable): OpenClaw's configuration; %NULL if it was not read yet
 *
 * Puts settings in force, and starts, restarts or stops the link as they ask. A link that they do not concern goes on, and
 * so does a wait; a session that had no usable settings looks again.
 */
void
relay_session_apply (RelaySession *self, RelaySettings *settings, RelayOpenclaw *openclaw)
{
  RelayAccount *account = relay_settings_find_account (settings, self->account_id);
  gboolean is_new_link = needs_new_link (self, settings, account, openclaw);

  put_in_force (self, settings, account, openclaw);

  if (!should_run (self))
    stop (self);
  else if (is_new_link || waits_for_settings (self))
    start_anew (self);
}

/**
 * relay_session_reconnect:
 * @self: a session
 *
 * Skips the wait for the next attempt. Without one nothing happens.
 *
 * Returns: %TRUE if there was a wait
 */
gboolean
relay_session_reconnect (RelaySession *self)
{
  if (self->retry_timeout == 0)
    return FALSE;

  start (self);
  return TRUE;
}

/**
 * relay_session_wake:
 * @self: a session
 *
 * To be called when the computer woke up, or the network came back or changed: a wait is skipped, and a link is probed,
 * since it may be dead without knowing.
 */
void
relay_session_wake (RelaySession *self)
{
  if (self->pump != NULL)
    relay_pump_probe (self->pump);
  else
    relay_session_reconnect (self);
}

/**
 * relay_session_look_for_key:
 * @self: a session
 *
 * To be called when the keyring changed: a session that waits for a key looks again. No other is disturbed.
 */
void
relay_session_look_for_key (RelaySession *self)
{
  static const char *const codes[] = { "no-key", "key-locked", "url-changed", NULL };

  if (!should_run (self))
    return;

  if (waits_for_settings (self) && g_strv_contains (codes, self->last_error_code))
    start_anew (self);
  else if (is_under_way (self) && self->platform_key == NULL)
    self->start_again = TRUE;
}

/**
 * relay_session_restart:
 * @self: a session
 *
 * Drops the link, if there is one, and connects again; a session that was stopped or disabled starts, as with
 * relay_session_start().
 */
void
relay_session_restart (RelaySession *self)
{
  if (!should_run (self))
    self->wish = RELAY_WISH_START;
  if (should_run (self))
    start_anew (self);
}

/**
 * relay_session_start:
 * @self: a session
 *
 * Has the session run until the service ends, whatever its account's `enabled` says. One that runs goes on.
 */
void
relay_session_start (RelaySession *self)
{
  self->wish = RELAY_WISH_START;
  if (!should_run (self))
    return;

  if (is_under_way (self) && g_cancellable_is_cancelled (self->cancellable))
    self->start_again = TRUE;
  else if (waits_for_settings (self))
    start_anew (self);
}

/**
 * relay_session_stop:
 * @self: a session
 *
 * Has the session not run until the service ends. Its link is closed with 1001.
 */
void
relay_session_stop (RelaySession *self)
{
  self->wish = RELAY_WISH_STOP;
  stop (self);
}

/**
 * relay_session_close_async:
 * @self: a session
 * @callback: called when no socket of the session is left
 * @user_data: for @callback
 *
 * Ends the session for good: both links are closed with 1001, and what is pending fails.
 */
void
relay_session_close_async (RelaySession *self, GAsyncReadyCallback callback, gpointer user_data)
{
  GTask *task = g_task_new (self, NULL, callback, user_data);

  g_task_set_source_tag (task, relay_session_close_async);
  g_ptr_array_add (self->close_tasks, task);
  relay_session_stop (self);
  if (!is_under_way (self))
    complete_close (self);
}

/**
 * relay_session_close_finish:
 * @self: a session
 * @result: what the callback got
 * @error: return location; never set
 *
 * Returns: %TRUE
 */
gboolean
relay_session_close_finish (RelaySession *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_session_close_async, FALSE);

  return g_task_propagate_boolean (G_TASK (result), error);
}

/* Lets go of all that could call back; what is under way holds the session, so there is none. */
void
relay_session_end_life (RelaySession *self)
{
  if (self->clock == NULL)
    return;

  relay_clock_clear_timeout (self->clock, &self->retry_timeout);
  relay_clock_clear_timeout (self->clock, &self->stable_timeout);
  relay_file_watch_set_paths (self->file_watch, (const char *const[]){ NULL });
}
