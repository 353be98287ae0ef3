/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-session.h"

#include "common/relay-text.h"
#include "relay/relay-session-private.h"

/**
 * RelaySession:
 *
 * The life of one account: it connects to the gateway and the platform, relays between them, and tries again whenever that
 * ends, until it is stopped.
 */
G_DEFINE_FINAL_TYPE (RelaySession, relay_session, G_TYPE_OBJECT)

enum {
  PROP_0,
  PROP_ACCOUNT_ID,
  PROP_CLOCK,
  PROP_STATE,
  PROP_STEP,
  PROP_LAST_ERROR,
  PROP_LAST_ERROR_CODE,
  PROP_RETRYING_AT,
  PROP_CONNECTED_SINCE,
  PROP_ATTEMPT,
  PROP_PLATFORM_URL,
  PROP_GATEWAY_URL,
  PROP_KEY_STATUS,
  PROP_GATEWAY_VERSION,
  PROP_PROTOCOL_VERSION,
  PROP_ACCOUNT,
  N_PROPS,
};

static GParamSpec *properties[N_PROPS];

enum {
  SIGNAL_ACTIVITY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/* --- what is shown --- */

static void
notify (RelaySession *self, guint property)
{
  g_object_notify_by_pspec (G_OBJECT (self), properties[property]);
}

static void
show_text (RelaySession *self, char **field, const char *text, guint property)
{
  if (g_str_equal (*field, text))
    return;

  g_free (*field);
  *field = g_strdup (text);
  notify (self, property);
}

static void
show_time (RelaySession *self, gint64 *field, gint64 time_ms, guint property)
{
  if (*field == time_ms)
    return;

  *field = time_ms;
  notify (self, property);
}

static void
show_attempt (RelaySession *self, guint attempt)
{
  if (self->attempt == attempt)
    return;

  self->attempt = attempt;
  notify (self, PROP_ATTEMPT);
}

/* Returns: (transfer full): @text, fit to be shown, with the session's secrets replaced */
char *
relay_session_dup_clean (RelaySession *self, const char *text)
{
  const char *secrets[4] = { NULL };
  gsize n = 0;

  if (self->platform_key != NULL)
    secrets[n++] = self->platform_key;
  if (self->settings != NULL && self->settings->gateway.token != NULL)
    secrets[n++] = self->settings->gateway.token;
  if (self->openclaw != NULL && self->openclaw->secret != NULL)
    secrets[n++] = self->openclaw->secret;

  return relay_text_clean (text, -1, RELAY_TEXT_MAX_MESSAGE, secrets);
}

/* LastError stays while it is tried again, until that works or is given up. */
static void
show_error (RelaySession *self, const GError *error)
{
  g_autofree char *message = NULL;
  const char *code;

  if (error == NULL && (self->state == RELAY_STATE_CONNECTING || self->state == RELAY_STATE_RETRYING))
    return;

  message = error != NULL ? relay_session_dup_clean (self, error->message) : g_strdup ("");
  code = error != NULL ? relay_error_code (error) : "";
  show_text (self, &self->last_error, message, PROP_LAST_ERROR);
  if (!g_str_equal (self->last_error_code, code))
    {
      self->last_error_code = code;
      notify (self, PROP_LAST_ERROR_CODE);
    }
}

static guint
attempt_in (RelaySession *self, RelayState state)
{
  switch (state)
    {
    case RELAY_STATE_DISCONNECTED:
      return 0;
    case RELAY_STATE_CONNECTING:
      if (self->state == RELAY_STATE_CONNECTING)
        return self->attempt;
      return self->state == RELAY_STATE_CONNECTED ? 1 : self->attempt + 1;
    case RELAY_STATE_RETRYING:
      /* a link that was up begins to count anew */
      return self->state == RELAY_STATE_CONNECTED ? 0 : self->attempt;
    case RELAY_STATE_CONNECTED:
      return self->attempt;
    }

  g_assert_not_reached ();
}

static gint64
connected_since_in (RelaySession *self, RelayState state)
{
  if (state != RELAY_STATE_CONNECTED)
    return 0;
  return self->state == RELAY_STATE_CONNECTED ? self->connected_since_ms : relay_clock_get_real_ms (self->clock);
}

/* The one setter of state, step, error and times: they change together, and their notifies are one batch. */
void
relay_session_show_state (RelaySession *self, RelayState state, RelayStep step, const GError *error, gint64 retrying_at_ms)
{
  guint attempt = attempt_in (self, state);
  gint64 connected_since_ms = connected_since_in (self, state);

  if (!relay_state_can_become (self->state, state))
    g_critical ("%s is no state to follow %s", relay_state_to_string (state), relay_state_to_string (self->state));

  g_object_freeze_notify (G_OBJECT (self));
  if (self->state != state)
    {
      self->state = state;
      notify (self, PROP_STATE);
    }
  if (self->step != step)
    {
      self->step = step;
      notify (self, PROP_STEP);
    }
  show_error (self, error);
  show_attempt (self, attempt);
  show_time (self, &self->retrying_at_ms, retrying_at_ms, PROP_RETRYING_AT);
  show_time (self, &self->connected_since_ms, connected_since_ms, PROP_CONNECTED_SINCE);
  g_object_thaw_notify (G_OBJECT (self));
}

void
relay_session_show_urls (RelaySession *self, const char *platform_url, const char *gateway_url)
{
  show_text (self, &self->platform_url, platform_url, PROP_PLATFORM_URL);
  show_text (self, &self->gateway_url, gateway_url, PROP_GATEWAY_URL);
}

void
relay_session_show_gateway (RelaySession *self, const char *version, guint protocol_version)
{
  show_text (self, &self->gateway_version, version, PROP_GATEWAY_VERSION);
  if (self->protocol_version != protocol_version)
    {
      self->protocol_version = protocol_version;
      notify (self, PROP_PROTOCOL_VERSION);
    }
}

void
relay_session_show_key_status (RelaySession *self, RelayKeyStatus key_status)
{
  if (self->key_status == key_status)
    return;

  self->key_status = key_status;
  notify (self, PROP_KEY_STATUS);
}

void
relay_session_show_account (RelaySession *self, RelayAccount *account)
{
  g_autoptr (RelayAccount) old = g_steal_pointer (&self->account);

  self->account = account != NULL ? relay_account_ref (account) : NULL;
  if (old == NULL || account == NULL || !relay_account_equal (old, account))
    notify (self, PROP_ACCOUNT);
}

void
relay_session_tell_activity (RelaySession *self, const RelayActivity *activity)
{
  g_signal_emit (self, signals[SIGNAL_ACTIVITY], 0, activity);
}

/* --- the object --- */

static void
relay_session_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  RelaySession *self = RELAY_SESSION (object);

  switch (property_id)
    {
    case PROP_ACCOUNT_ID:
      g_value_set_string (value, self->account_id);
      break;
    case PROP_CLOCK:
      g_value_set_object (value, self->clock);
      break;
    case PROP_STATE:
      g_value_set_enum (value, self->state);
      break;
    case PROP_STEP:
      g_value_set_enum (value, self->step);
      break;
    case PROP_LAST_ERROR:
      g_value_set_string (value, self->last_error);
      break;
    case PROP_LAST_ERROR_CODE:
      g_value_set_string (value, self->last_error_code);
      break;
    case PROP_RETRYING_AT:
      g_value_set_int64 (value, self->retrying_at_ms);
      break;
    case PROP_CONNECTED_SINCE:
      g_value_set_int64 (value, self->connected_since_ms);
      break;
    case PROP_ATTEMPT:
      g_value_set_uint (value, self->attempt);
      break;
    case PROP_PLATFORM_URL:
      g_value_set_string (value, self->platform_url);
      break;
    case PROP_GATEWAY_URL:
      g_value_set_string (value, self->gateway_url);
      break;
    case PROP_KEY_STATUS:
      g_value_set_string (value, relay_key_status_to_string (self->key_status));
      break;
    case PROP_GATEWAY_VERSION:
      g_value_set_string (value, self->gateway_version);
      break;
    case PROP_PROTOCOL_VERSION:
      g_value_set_uint (value, self->protocol_version);
      break;
    case PROP_ACCOUNT:
      g_value_set_boxed (value, self->account);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
relay_session_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  RelaySession *self = RELAY_SESSION (object);

  switch (property_id)
    {
    case PROP_ACCOUNT_ID:
      self->account_id = g_value_dup_string (value);
      break;
    case PROP_CLOCK:
      self->clock = g_value_get_object (value) != NULL ? g_value_dup_object (value) : relay_clock_new ();
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
    }
}

static void
relay_session_dispose (GObject *object)
{
  relay_session_end_life (RELAY_SESSION (object));

  G_OBJECT_CLASS (relay_session_parent_class)->dispose (object);
}

static void
relay_session_finalize (GObject *object)
{
  RelaySession *self = RELAY_SESSION (object);

  g_clear_object (&self->clock);
  g_clear_pointer (&self->settings, relay_settings_unref);
  g_clear_pointer (&self->account, relay_account_unref);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  g_clear_pointer (&self->file_watch, relay_file_watch_free);
  g_clear_pointer (&self->close_tasks, g_ptr_array_unref);
  g_clear_pointer (&self->counters, g_atomic_rc_box_release);
  g_clear_object (&self->slots);
  g_free (self->account_id);
  g_free (self->last_error);
  g_free (self->platform_url);
  g_free (self->gateway_url);
  g_free (self->gateway_version);
  g_free (self->platform_key);
  g_free (self->link_url);

  G_OBJECT_CLASS (relay_session_parent_class)->finalize (object);
}

/**
 * RelaySession:account-id:
 *
 * The account's name in gangway.conf.
 */

/**
 * RelaySession:clock:
 *
 * Where the time comes from; the system's unless given.
 */

/**
 * RelaySession:state:
 *
 * Where the session stands.
 */

/**
 * RelaySession:step:
 *
 * How far the link has come.
 */

/**
 * RelaySession:last-error:
 *
 * Why the last attempt or link ended, for a person; empty once connected or stopped.
 */

/**
 * RelaySession:last-error-code:
 *
 * The same for a program, for instance `gateway-refused`.
 */

/**
 * RelaySession:retrying-at:
 *
 * When the next attempt begins, in milliseconds since the epoch; 0 unless retrying.
 */

/**
 * RelaySession:connected-since:
 *
 * Since when the link is up, in milliseconds since the epoch; 0 unless connected.
 */

/**
 * RelaySession:attempt:
 *
 * Which attempt since the last link this is; 0 if none was made.
 */

/**
 * RelaySession:platform-url:
 *
 * The platform's URL, without query and secrets.
 */

/**
 * RelaySession:gateway-url:
 *
 * The gateway's URL, without query and secrets.
 */

/**
 * RelaySession:key-status:
 *
 * Whether the platform key was found: `available`, `missing` or `locked`.
 */

/**
 * RelaySession:gateway-version:
 *
 * What the gateway of the current or last link calls itself.
 */

/**
 * RelaySession:protocol-version:
 *
 * The protocol of the current or last link; 0 if unknown.
 */

/**
 * RelaySession:account: (skip)
 *
 * The account's settings in force.
 */

/**
 * RelaySession::activity:
 * @self: the session
 * @activity: what happened
 *
 * The platform used a method of the relay's own, was denied one, or a link came or went. Emitted before the answer is sent.
 */

static void
make_properties (void)
{
  GParamFlags shown = G_PARAM_READABLE | G_PARAM_STATIC_STRINGS | G_PARAM_EXPLICIT_NOTIFY;
  GParamFlags given = G_PARAM_READWRITE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  properties[PROP_ACCOUNT_ID] = g_param_spec_string ("account-id", NULL, NULL, "", given);
  properties[PROP_CLOCK] = g_param_spec_object ("clock", NULL, NULL, RELAY_TYPE_CLOCK, given);
  properties[PROP_STATE] = g_param_spec_enum ("state", NULL, NULL, RELAY_TYPE_STATE, RELAY_STATE_DISCONNECTED, shown);
  properties[PROP_STEP] = g_param_spec_enum ("step", NULL, NULL, RELAY_TYPE_STEP, RELAY_STEP_NONE, shown);
  properties[PROP_LAST_ERROR] = g_param_spec_string ("last-error", NULL, NULL, "", shown);
  properties[PROP_LAST_ERROR_CODE] = g_param_spec_string ("last-error-code", NULL, NULL, "", shown);
  properties[PROP_RETRYING_AT] = g_param_spec_int64 ("retrying-at", NULL, NULL, 0, G_MAXINT64, 0, shown);
  properties[PROP_CONNECTED_SINCE] = g_param_spec_int64 ("connected-since", NULL, NULL, 0, G_MAXINT64, 0, shown);
  properties[PROP_ATTEMPT] = g_param_spec_uint ("attempt", NULL, NULL, 0, G_MAXUINT, 0, shown);
  properties[PROP_PLATFORM_URL] = g_param_spec_string ("platform-url", NULL, NULL, "", shown);
  properties[PROP_GATEWAY_URL] = g_param_spec_string ("gateway-url", NULL, NULL, "", shown);
  properties[PROP_KEY_STATUS] = g_param_spec_string ("key-status", NULL, NULL, "missing", shown);
  properties[PROP_GATEWAY_VERSION] = g_param_spec_string ("gateway-version", NULL, NULL, "", shown);
  properties[PROP_PROTOCOL_VERSION] = g_param_spec_uint ("protocol-version", NULL, NULL, 0, G_MAXUINT, 0, shown);
  properties[PROP_ACCOUNT] = g_param_spec_boxed ("account", NULL, NULL, RELAY_TYPE_ACCOUNT, shown);
}

static void
relay_session_class_init (RelaySessionClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->get_property = relay_session_get_property;
  object_class->set_property = relay_session_set_property;
  object_class->dispose = relay_session_dispose;
  object_class->finalize = relay_session_finalize;

  make_properties ();
  g_object_class_install_properties (object_class, N_PROPS, properties);

  signals[SIGNAL_ACTIVITY] = g_signal_new ("activity", RELAY_TYPE_SESSION, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL,
                                           G_TYPE_NONE, 1, RELAY_TYPE_ACTIVITY | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
relay_session_init (RelaySession *self)
{
  self->counters = g_atomic_rc_box_new0 (RelayCounters);
  self->slots = relay_workspace_slots_new ();
  self->last_error = g_strdup ("");
  self->last_error_code = "";
  self->platform_url = g_strdup ("");
  self->gateway_url = g_strdup ("");
  self->gateway_version = g_strdup ("");
  self->file_watch = relay_file_watch_new (relay_session_files_changed, self);
  self->close_tasks = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * relay_session_new:
 * @account_id: the account's name in gangway.conf
 *
 * Returns: (transfer full): a session that waits for its settings
 */
RelaySession *
relay_session_new (const char *account_id)
{
  return relay_session_new_with_clock (account_id, NULL);
}

/**
 * relay_session_new_with_clock:
 * @account_id: the account's name in gangway.conf
 * @clock: (nullable): where the time comes from; %NULL for the system's
 *
 * Returns: (transfer full): a session that waits for its settings
 */
RelaySession *
relay_session_new_with_clock (const char *account_id, RelayClock *clock)
{
  return g_object_new (RELAY_TYPE_SESSION, "account-id", account_id, "clock", clock, NULL);
}

/**
 * relay_session_get_account_id:
 * @self: a session
 *
 * Returns: the account's name in gangway.conf
 */
const char *
relay_session_get_account_id (RelaySession *self)
{
  return self->account_id;
}

/**
 * relay_session_get_state:
 * @self: a session
 *
 * Returns: where it stands
 */
RelayState
relay_session_get_state (RelaySession *self)
{
  return self->state;
}

/**
 * relay_session_get_step:
 * @self: a session
 *
 * Returns: how far its link has come
 */
RelayStep
relay_session_get_step (RelaySession *self)
{
  return self->step;
}

/**
 * relay_session_get_counters:
 * @self: a session
 *
 * Returns: (transfer none): what it has carried so far
 */
const RelayCounters *
relay_session_get_counters (RelaySession *self)
{
  return self->counters;
}

/**
 * relay_session_get_account:
 * @self: a session
 *
 * Returns: (transfer none) (nullable): the account's settings in force
 */
RelayAccount *
relay_session_get_account (RelaySession *self)
{
  return self->account;
}
