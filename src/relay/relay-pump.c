/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-pump-private.h"

#include "common/relay-error.h"
#include "common/relay-log.h"
#include "common/relay-text.h"
#include "methods/relay-policy.h"
#include "relay/relay-close.h"
#include "relay/relay-envelope.h"

/* An answer of the gateway that costs little to read whole. */
#define MAX_SHORT 1024

enum {
  SIGNAL_ACTIVITY,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

/**
 * RelayPump:
 *
 * The relay after its handshake: frames of either side go to the other as they came, but for the requests that the relay
 * serves, and the answers to its own.
 */
G_DEFINE_TYPE_WITH_CODE (RelayPump, relay_pump, G_TYPE_OBJECT,
                         G_IMPLEMENT_INTERFACE (RELAY_TYPE_METHOD_CONTEXT, relay_pump_init_context))

/* --- what goes through --- */

void
relay_pump_update_flow (RelayPump *self)
{
  if (self->end == NULL)
    relay_flow_update (&self->flow, relay_dispatcher_is_full (self->dispatcher));
}

/* It leaves when the turn is over. */
static void
forward (RelayPump *self, RelayLink *to, const RelayFramePiece *piece)
{
  relay_link_send_piece (to, piece);
  if (relay_flow_is_much (relay_link_get_queued (to)))
    relay_pump_update_flow (self);
}

static void
forward_to_platform (RelayPump *self, const RelayFramePiece *piece)
{
  self->counters->frames_to_platform += piece->is_first ? 1 : 0;
  self->counters->bytes_to_platform += piece->length;
  forward (self, self->platform, piece);
}

static void
forward_to_gateway (RelayPump *self, const RelayFramePiece *piece)
{
  self->counters->frames_to_gateway++;
  self->counters->bytes_to_gateway += piece->length;
  forward (self, self->gateway, piece);
}

static void
on_platform_drained (RelayLink *platform, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);

  relay_pump_update_flow (self);
  if (relay_flow_is_little (relay_link_get_queued (platform)))
    relay_dispatcher_admit (self->dispatcher);
}

static void
on_platform_waits (RelayLink *platform, gpointer user_data)
{
  relay_pump_watch_wait (RELAY_PUMP (user_data));
}

static void
on_gateway_drained (RelayLink *gateway, gpointer user_data)
{
  relay_pump_update_flow (RELAY_PUMP (user_data));
}

/* What came in one turn leaves in one write, without waiting for the next. */
static void
on_turn_over (RelayLink *link, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);

  relay_link_flush (self->gateway);
  relay_link_flush (self->platform);
  relay_pump_update_flow (self);
}

static void
on_answered (RelayDispatcher *dispatcher, gpointer user_data)
{
  relay_pump_update_flow (RELAY_PUMP (user_data));
}

/* --- from the gateway --- */

static gboolean
gateway_frame_matters (RelayPump *self)
{
  return relay_gateway_rpc_was_used (self->rpc) || !relay_chat_streams_is_idle (self->streams);
}

static gboolean
is_chat_event (const RelayEnvelope *envelope)
{
  return envelope->type == RELAY_ENVELOPE_EVENT && relay_json_span_equal (&envelope->event, "chat");
}

/* Of a frame that is told by how it begins. */
static gboolean
is_for_relay (RelayPump *self, const RelayEnvelope *envelope)
{
  if (is_chat_event (envelope))
    return !relay_chat_streams_is_idle (self->streams);

  return envelope->type == RELAY_ENVELOPE_RESPONSE && relay_gateway_rpc_owns_id (self->rpc, &envelope->id);
}

/* A short answer is here as a whole, and read as such: then it counts what members of the same name say later. */
static gboolean
is_short_answer (const RelayEnvelope *envelope, const RelayFramePiece *begin)
{
  return envelope->type == RELAY_ENVELOPE_RESPONSE && begin->is_last && begin->length <= MAX_SHORT;
}

/* Most frames need no look, and of the others most are told by how they begin: they go through as they come. */
static RelayReading
on_gateway_glance (RelayLink *gateway, const RelayFramePiece *begin, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);
  RelayEnvelope envelope;

  if (!gateway_frame_matters (self))
    return RELAY_READING_PIECES;

  switch (relay_envelope_peek (&envelope, (const char *) begin->data, begin->length))
    {
    case RELAY_ENVELOPE_PEEK_TOLD:
      if (is_for_relay (self, &envelope) || is_short_answer (&envelope, begin))
        return RELAY_READING_WHOLE;
      return RELAY_READING_PIECES;
    case RELAY_ENVELOPE_PEEK_MORE:
      return RELAY_READING_UNDECIDED;
    case RELAY_ENVELOPE_PEEK_WHOLE:
      return RELAY_READING_WHOLE;
    }

  g_assert_not_reached ();
}

static void
on_gateway_piece (RelayLink *gateway, const RelayFramePiece *piece, gpointer user_data)
{
  forward_to_platform (RELAY_PUMP (user_data), piece);
}

static void
on_gateway_message (RelayLink *gateway, RelayOpcode opcode, const char *data, gsize length, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);
  RelayFramePiece whole = relay_frame_whole (opcode, data, length);
  RelayEnvelope envelope;

  if (!gateway_frame_matters (self) || !relay_envelope_read (&envelope, data, length))
    {
      forward_to_platform (self, &whole);
      return;
    }

  if (relay_gateway_rpc_consume (self->rpc, &envelope))
    return;

  forward_to_platform (self, &whole);
  if (is_chat_event (&envelope))
    relay_chat_streams_dispatch (self->streams, &envelope.payload);
}

/* --- from the platform --- */

static void
log_platform_error (RelayPump *self, const RelayEnvelope *envelope)
{
  g_autofree char *text = relay_json_span_dup_shown (&envelope->message);
  g_autofree char *clean = relay_text_clean (text != NULL ? text : "(no message)", -1, RELAY_TEXT_MAX_MESSAGE,
                                             (const char *const *) self->secrets);

  relay_log (G_LOG_LEVEL_WARNING, self->account->id, "relay", NULL, "platform reports an error: %s", clean);
}

/* What the gateway may understand in another way than we do is not let past a policy. */
static gboolean
can_judge (RelayPump *self, gboolean is_json, const RelayEnvelope *envelope)
{
  return relay_policy_is_open (self->account) || (is_json && !envelope->has_escaped_name);
}

static gboolean
judge_request (RelayPump *self, const RelayEnvelope *request, GError **error)
{
  g_autofree char *method = NULL;

  if (relay_gateway_rpc_owns_id (self->rpc, &request->id))
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST,
                           "id begins as the relay's own ids do: choose another");
      return FALSE;
    }

  if (relay_policy_is_open (self->account))
    return TRUE;

  /* what is no string is no method to the gateway either: only an open policy lets it through */
  method = relay_json_span_dup_string (&request->method);
  return relay_policy_allows (self->account, method != NULL ? method : "", error);
}

static gboolean
fits_gateway (RelayPump *self, gsize length, GError **error)
{
  if (length <= self->max_payload)
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_TOO_LARGE,
               "the request has %" G_GSIZE_FORMAT " bytes, and the gateway takes at most %" G_GSIZE_FORMAT, length,
               self->max_payload);
  return FALSE;
}

static void
handle_request (RelayPump *self, const RelayFramePiece *whole, const RelayEnvelope *request)
{
  const RelayMethod *method = relay_methods_lookup (&request->method);
  g_autoptr (GError) error = NULL;

  if (!judge_request (self, request, &error))
    relay_dispatcher_refuse (self->dispatcher, self->account, method, request, error);
  else if (method != NULL)
    relay_dispatcher_serve (self->dispatcher, RELAY_METHOD_CONTEXT (self), method, request);
  else if (!fits_gateway (self, whole->length, &error))
    relay_dispatcher_refuse (self->dispatcher, self->account, method, request, error);
  else
    forward_to_gateway (self, whole);
}

static void
on_platform_message (RelayLink *platform, RelayOpcode opcode, const char *data, gsize length, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);
  RelayFramePiece whole = relay_frame_whole (opcode, data, length);
  RelayEnvelope envelope;
  gboolean is_json = relay_envelope_read (&envelope, data, length);

  if (!can_judge (self, is_json, &envelope))
    relay_dispatcher_drop (self->dispatcher, self->account);
  else if (is_json && envelope.type == RELAY_ENVELOPE_REQUEST)
    handle_request (self, &whole, &envelope);
  else if (is_json && envelope.type == RELAY_ENVELOPE_ERROR)
    log_platform_error (self, &envelope);
  else
    forward_to_gateway (self, &whole);
}

/* --- the end --- */

static void
return_if_closed (RelayPump *self)
{
  g_autoptr (GTask) task = NULL;

  if (--self->n_closing > 0)
    return;

  task = g_steal_pointer (&self->task);
  g_task_return_error (task, g_error_copy (self->end));
}

static void
on_link_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelayPump) self = RELAY_PUMP (user_data);

  relay_link_close_finish (RELAY_LINK (source), result, NULL);
  return_if_closed (self);
}

/* Ends the relay and closes both links, with @code and @reason. Takes @error. */
void
relay_pump_end (RelayPump *self, GError *error, guint code, const char *reason)
{
  if (self->end != NULL)
    {
      g_error_free (error);
      return;
    }

  self->end = error;
  if (self->cancelled_source != NULL)
    g_source_destroy (self->cancelled_source);
  relay_clock_clear_timeout (self->clock, &self->wait_timeout);
  relay_link_set_handler (self->gateway, NULL, NULL);
  relay_link_set_handler (self->platform, NULL, NULL);
  /* first, so that requests which wait for the gateway are still answered if it is the gateway that ended */
  relay_gateway_rpc_shut (self->rpc);
  relay_dispatcher_shut (self->dispatcher);

  self->n_closing = 2;
  relay_link_close_async (self->gateway, code, reason, on_link_closed, g_object_ref (self));
  relay_link_close_async (self->platform, code, reason, on_link_closed, g_object_ref (self));
}

/* H6: either side closing closes the other, with its code and reason. */
static void
on_link_ended (RelayLink *link, const GError *error, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (user_data);

  self->close_code = relay_link_get_close_code (link);
  relay_pump_end (self, g_error_copy (error), self->close_code, relay_link_get_close_reason (link));
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  relay_pump_end (RELAY_PUMP (user_data), g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The relay was stopped"),
                  RELAY_CLOSE_GOING_AWAY, NULL);
  return G_SOURCE_REMOVE;
}

/* --- the object --- */

static void
relay_pump_finalize (GObject *object)
{
  RelayPump *self = RELAY_PUMP (object);

  g_clear_object (&self->dispatcher);
  g_clear_object (&self->rpc);
  g_clear_object (&self->streams);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->counters, g_atomic_rc_box_release);
  g_clear_pointer (&self->settings, relay_settings_unref);
  g_clear_pointer (&self->account, relay_account_unref);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  g_clear_pointer (&self->secrets, g_strfreev);
  g_clear_pointer (&self->cancelled_source, g_source_unref);
  g_clear_error (&self->end);

  G_OBJECT_CLASS (relay_pump_parent_class)->finalize (object);
}

static void
relay_pump_class_init (RelayPumpClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_pump_finalize;

  signals[SIGNAL_ACTIVITY] = g_signal_new ("activity", RELAY_TYPE_PUMP, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE,
                                           1, RELAY_TYPE_ACTIVITY | G_SIGNAL_TYPE_STATIC_SCOPE);
}

static void
relay_pump_init (RelayPump *self)
{
  self->streams = relay_chat_streams_new ();
}

static void
on_activity (RelayDispatcher *dispatcher, const RelayActivity *activity, gpointer user_data)
{
  g_signal_emit (user_data, signals[SIGNAL_ACTIVITY], 0, activity);
}

/**
 * relay_pump_new:
 * @links: the result of a handshake; its links are taken
 * @clock: where the time comes from
 * @counters: (transfer none): counts what goes through
 * @slots: the account's, for work on files
 *
 * Returns: (transfer full): a pump that does not run yet
 */
RelayPump *
relay_pump_new (RelayHandshakeResult *links, RelayClock *clock, RelayCounters *counters, RelayWorkspaceSlots *slots)
{
  RelayPump *self = g_object_new (RELAY_TYPE_PUMP, NULL);

  self->gateway = g_steal_pointer (&links->gateway);
  self->platform = g_steal_pointer (&links->platform);
  self->flow.gateway.link = self->gateway;
  self->flow.platform.link = self->platform;
  self->max_payload = links->max_payload;
  self->clock = g_object_ref (clock);
  self->counters = g_atomic_rc_box_acquire (counters);
  self->rpc = relay_gateway_rpc_new (self->gateway, self->max_payload, clock, counters);
  self->dispatcher = relay_dispatcher_new (self->platform, counters, slots);
  g_signal_connect_object (self->dispatcher, "activity", G_CALLBACK (on_activity), self, 0);
  g_signal_connect_object (self->dispatcher, "answered", G_CALLBACK (on_answered), self, 0);

  return self;
}

static GStrv
collect_secrets (RelaySettings *settings, RelayOpenclaw *openclaw, const char *platform_key)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();

  g_strv_builder_add (builder, platform_key);
  if (settings->gateway.token != NULL)
    g_strv_builder_add (builder, settings->gateway.token);
  if (openclaw->secret != NULL)
    g_strv_builder_add (builder, openclaw->secret);

  return g_strv_builder_end (builder);
}

/**
 * relay_pump_set_settings:
 * @self: a pump
 * @settings: gangway.conf
 * @account: the account on whose behalf it runs
 * @openclaw: OpenClaw's configuration
 * @platform_key: what the platform was told, so that it is never logged
 *
 * Puts settings in force for the requests from now on.
 */
void
relay_pump_set_settings (RelayPump *self, RelaySettings *settings, RelayAccount *account, RelayOpenclaw *openclaw,
                         const char *platform_key)
{
  g_clear_pointer (&self->secrets, g_strfreev);
  g_clear_pointer (&self->settings, relay_settings_unref);
  g_clear_pointer (&self->account, relay_account_unref);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  self->settings = relay_settings_ref (settings);
  self->account = relay_account_ref (account);
  self->openclaw = relay_openclaw_ref (openclaw);
  self->secrets = collect_secrets (settings, openclaw, platform_key);
  relay_dispatcher_set_secrets (self->dispatcher, (const char *const *) self->secrets);
}

static void
attach (RelayPump *self)
{
  static const RelayLinkHandler gateway_handler = {
    .message = on_gateway_message,
    .glance = on_gateway_glance,
    .piece = on_gateway_piece,
    .turn_over = on_turn_over,
    .drained = on_gateway_drained,
    .ended = on_link_ended,
  };
  static const RelayLinkHandler platform_handler = {
    .message = on_platform_message,
    .turn_over = on_turn_over,
    .drained = on_platform_drained,
    .waits = on_platform_waits,
    .ended = on_link_ended,
  };

  relay_link_set_handler (self->gateway, &gateway_handler, self);
  if (self->end == NULL)
    relay_link_set_handler (self->platform, &platform_handler, self);
  if (self->end == NULL)
    on_turn_over (self->gateway, self);
}

/**
 * relay_pump_run_async:
 * @self: a pump with settings, which has not run yet
 * @cancellable: (nullable): a cancellable; it ends the relay with 1001
 * @callback: called when the relay has ended and no socket is left
 * @user_data: for @callback
 *
 * Relays what the links hold, in order, and then what comes, until either side ends.
 */
void
relay_pump_run_async (RelayPump *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  self->task = g_task_new (self, NULL, callback, user_data);
  g_task_set_source_tag (self->task, relay_pump_run_async);

  if (cancellable != NULL)
    {
      self->cancelled_source = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->cancelled_source, G_SOURCE_FUNC (on_cancelled), self, NULL);
      g_source_attach (self->cancelled_source, g_main_context_get_thread_default ());
    }

  attach (self);
}

/**
 * relay_pump_probe:
 * @self: a pump that runs
 *
 * Finds out at once whether both peers are still there. If one is not, the relay ends.
 */
void
relay_pump_probe (RelayPump *self)
{
  relay_link_probe (self->gateway);
  relay_link_probe (self->platform);
}

/**
 * relay_pump_run_finish:
 * @self: a pump
 * @result: what the callback got
 * @close_code: (out): the code that a peer closed with, or 0
 * @error: return location, always set: why it ended
 *
 * Returns: %FALSE
 */
gboolean
relay_pump_run_finish (RelayPump *self, GAsyncResult *result, guint *close_code, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), FALSE);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_pump_run_async, FALSE);

  *close_code = self->close_code;
  return g_task_propagate_boolean (G_TASK (result), error);
}
