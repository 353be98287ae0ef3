/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-handshake.h"

#include "common/relay-error.h"
#include "common/relay-source.h"
#include "common/relay-text.h"
#include "relay/relay-close.h"
#include "relay/relay-connect-frame.h"
#include "relay/relay-envelope.h"
#include "relay/relay-flow.h"
#include "relay/relay-hello.h"

/* From its challenge on the gateway waits 15 s (seen). */
#define BUDGET_MS 14000

/* One handshake. Whatever goes wrong first is its failure; it returns when no socket is left. */
typedef struct {
  RelayEndpoint *gateway_endpoint;  /* (owned) */
  RelayEndpoint *platform_endpoint; /* (owned) */
  RelayClock *clock;                /* (owned) */
  RelayLinkTimes times;
  guint wait_timeout_ms;
  char *platform_key;   /* (owned) secret */
  char *gateway_secret; /* (owned) (nullable) secret */
  char *secret_member;  /* (owned) */
  gboolean share_gateway_secret;
  RelayStepFunc step_func;
  gpointer step_data;

  GTask *task;               /* (unowned) whose data this is */
  GCancellable *cancellable; /* (owned) cancelled on failure */
  GCancellable *outer;       /* (owned) (nullable) the caller's */
  GSource *outer_source;     /* (owned) (nullable) watches it */
  RelayStep step;
  guint wait_timeout;
  guint budget_timeout;
  RelayLink *gateway;       /* (owned) (nullable) */
  RelayLink *platform;      /* (owned) (nullable) */
  RelayFlow flow;           /* between the two */
  RelayMessage *challenge;  /* (owned) (nullable) */
  RelayJsonSpan connect_id; /* in connect */
  GBytes *connect;          /* (owned) (nullable) */
  GError *failure;          /* (owned) (nullable) */
  guint close_code;         /* what a peer closed with, if that is the failure */
  gboolean is_dialling;
  guint n_closing; /* what is left of the failed handshake: links, and a dial */
} Handshake;

/* From here on nothing ends the handshake any more. */
static void
stop_watching (Handshake *self)
{
  relay_clock_clear_timeout (self->clock, &self->wait_timeout);
  relay_clock_clear_timeout (self->clock, &self->budget_timeout);
  relay_clear_source (&self->outer_source);
}

static void
handshake_free (Handshake *self)
{
  stop_watching (self);
  g_clear_object (&self->gateway_endpoint);
  g_clear_object (&self->platform_endpoint);
  g_clear_object (&self->clock);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->outer);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_clear_pointer (&self->challenge, relay_message_free);
  g_clear_pointer (&self->connect, g_bytes_unref);
  g_clear_error (&self->failure);
  g_free (self->platform_key);
  g_free (self->gateway_secret);
  g_free (self->secret_member);
  g_free (self);
}

/**
 * relay_handshake_result_free:
 * @self: (transfer full): a result
 *
 * Frees it.
 */
void
relay_handshake_result_free (RelayHandshakeResult *self)
{
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_free (self->gateway_version);
  g_free (self);
}

static void on_gateway_dialled (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_challenge (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_platform_dialled (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_connect (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_gateway_frame (GObject *source, GAsyncResult *result, gpointer user_data);

/* --- failure --- */

static void
return_if_closed (Handshake *self)
{
  if (--self->n_closing == 0)
    g_task_return_error (self->task, g_error_copy (self->failure));
}

static void
on_link_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);

  relay_link_close_finish (RELAY_LINK (source), result, NULL);
  return_if_closed (g_task_get_task_data (task));
}

static void
close_link (Handshake *self, RelayLink *link, guint code, const char *reason)
{
  if (link == NULL)
    return;

  self->n_closing++;
  relay_link_set_handler (link, NULL, NULL);
  relay_link_close_async (link, code, reason, on_link_closed, g_object_ref (self->task));
}

/* Ends the handshake and closes what is open, with @code and @reason. Takes @error. */
static void
fail_with_code (Handshake *self, GError *error, guint code, const char *reason)
{
  g_autoptr (GTask) keep_alive G_GNUC_UNUSED = g_object_ref (self->task);

  if (self->failure != NULL)
    {
      g_error_free (error);
      return;
    }

  self->failure = error;
  stop_watching (self);
  g_cancellable_cancel (self->cancellable);

  /* one more than there are, so that it returns once, and from here if there is none */
  self->n_closing = self->is_dialling ? 2 : 1;
  close_link (self, self->platform, code, reason);
  close_link (self, self->gateway, code, reason);
  return_if_closed (self);
}

static void
fail (Handshake *self, GError *error)
{
  fail_with_code (self, error, RELAY_CLOSE_GOING_AWAY, NULL);
}

static gboolean
on_outer_cancelled (GCancellable *cancellable, gpointer user_data)
{
  fail (user_data, g_error_new_literal (G_IO_ERROR, G_IO_ERROR_CANCELLED, "The handshake was cancelled"));
  return G_SOURCE_REMOVE;
}

/* H6: either side closing closes the other, with its code and reason. Takes @error. */
static void
fail_with_link (Handshake *self, RelayLink *link, GError *error)
{
  if (self->failure == NULL)
    self->close_code = relay_link_get_close_code (link);
  fail_with_code (self, error, relay_link_get_close_code (link), relay_link_get_close_reason (link));
}

static void
on_link_ended (RelayLink *link, const GError *error, gpointer user_data)
{
  fail_with_link (user_data, link, g_error_copy (error));
}

/* H2: what waits for a side stays bounded, also if it is pongs that it does not read. */
static void
on_traffic (RelayLink *link, gpointer user_data)
{
  Handshake *self = user_data;

  relay_flow_update (&self->flow, FALSE);
}

/* Has the end of a link, on which nothing is awaited now, end the handshake: at once, if it was before. */
static gboolean
watch (Handshake *self, RelayLink *link)
{
  static const RelayLinkHandler handler = {
    .turn_over = on_traffic,
    .drained = on_traffic,
    .ended = on_link_ended,
  };

  relay_link_set_handler (link, &handler, self);
  return self->failure == NULL;
}

/* Waits for the next message. The end of the link comes behind the messages that came before it, so nobody watches. */
static void
receive (Handshake *self, RelayLink *link, GAsyncReadyCallback callback)
{
  static const RelayLinkHandler handler = { .turn_over = on_traffic, .drained = on_traffic };

  relay_link_set_handler (link, &handler, self);
  relay_link_receive_async (link, self->cancellable, callback, g_object_ref (self->task));
}

static void
dial (Handshake *self, RelayEndpoint *endpoint, GAsyncReadyCallback callback)
{
  self->is_dialling = TRUE;
  relay_link_dial_async (endpoint, self->clock, &self->times, self->cancellable, callback, g_object_ref (self->task));
}

/* Returns: (transfer full) (nullable): the link; %NULL if the handshake has failed */
static RelayLink *
dial_finish (Handshake *self, GAsyncResult *result)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (RelayLink) link = relay_link_dial_finish (result, &error);

  self->is_dialling = FALSE;
  if (self->failure != NULL)
    {
      g_clear_object (&link);
      return_if_closed (self);
      return NULL;
    }
  if (link == NULL)
    fail (self, g_steal_pointer (&error));

  return g_steal_pointer (&link);
}

/* Returns: (transfer full) (nullable): the message; %NULL if the handshake has failed */
static RelayMessage *
receive_finish (Handshake *self, GObject *source, GAsyncResult *result)
{
  RelayLink *link = RELAY_LINK (source);
  g_autoptr (GError) error = NULL;
  g_autoptr (RelayMessage) message = relay_link_receive_finish (link, result, &error);

  if (self->failure != NULL)
    return NULL;
  if (message == NULL)
    fail_with_link (self, link, g_steal_pointer (&error));

  return g_steal_pointer (&message);
}

/* --- time --- */

static RelaySide
awaited_side (RelayStep step)
{
  return step == RELAY_STEP_PLATFORM_DIAL || step == RELAY_STEP_CONNECT ? RELAY_SIDE_PLATFORM : RELAY_SIDE_GATEWAY;
}

/* A side whose peer does not read is not listened to: its silence says nothing. */
static void
on_wait_timeout (gpointer user_data)
{
  Handshake *self = user_data;
  g_autofree char *limit = relay_text_seconds (self->wait_timeout_ms);
  gboolean is_held_back = self->step == RELAY_STEP_HELLO && self->flow.platform.is_full;
  const char *side = relay_side_to_string (is_held_back ? RELAY_SIDE_PLATFORM : awaited_side (self->step));

  self->wait_timeout = 0;
  fail (self, g_error_new (RELAY_ERROR, RELAY_ERROR_TIMEOUT, "%s did not %s within %s s (waiting for %s)", side,
                           is_held_back ? "read" : "answer", limit, relay_step_to_string (self->step)));
}

static void
on_budget_timeout (gpointer user_data)
{
  Handshake *self = user_data;

  self->budget_timeout = 0;
  fail (self,
        g_error_new (RELAY_ERROR, RELAY_ERROR_TIMEOUT,
                     "handshake took over %u s, which is what the gateway gives it (waiting for the %s, %s)",
                     BUDGET_MS / 1000, relay_side_to_string (awaited_side (self->step)), relay_step_to_string (self->step)));
}

static void
enter_step (Handshake *self, RelayStep step)
{
  relay_clock_clear_timeout (self->clock, &self->wait_timeout);
  self->step = step;
  self->step_func (step, self->step_data);
}

static void
enter_wait (Handshake *self, RelayStep step)
{
  enter_step (self, step);
  self->wait_timeout = relay_clock_add_timeout (self->clock, self->wait_timeout_ms, on_wait_timeout, self);
}

/* --- 1 and 2: the gateway and its challenge --- */

/**
 * relay_handshake_async:
 * @setup: what it needs
 * @step_func: (scope notified): told of each step before it begins, the first time before this returns
 * @cancellable: (nullable): a cancellable
 * @callback: called when both links are ready, or none is left
 * @user_data: for @callback and @step_func
 *
 * Dials both peers and walks them through the handshake, up to the gateway's hello.
 */
void
relay_handshake_async (const RelayHandshakeSetup *setup, RelayStepFunc step_func, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, NULL, callback, user_data);
  Handshake *self = g_new0 (Handshake, 1);

  self->gateway_endpoint = g_object_ref (setup->gateway);
  self->platform_endpoint = g_object_ref (setup->platform);
  self->clock = g_object_ref (setup->clock);
  self->times = setup->times;
  self->wait_timeout_ms = setup->wait_timeout_ms;
  self->platform_key = g_strdup (setup->platform_key);
  self->gateway_secret = g_strdup (setup->gateway_secret);
  self->secret_member = g_strdup (setup->secret_member);
  self->share_gateway_secret = setup->share_gateway_secret;
  self->step_func = step_func;
  self->step_data = user_data;
  self->task = task;
  self->cancellable = g_cancellable_new ();
  g_task_set_source_tag (task, relay_handshake_async);
  g_task_set_task_data (task, self, (GDestroyNotify) handshake_free);

  if (cancellable != NULL)
    {
      self->outer = g_object_ref (cancellable);
      self->outer_source = g_cancellable_source_new (cancellable);
      g_source_set_callback (self->outer_source, G_SOURCE_FUNC (on_outer_cancelled), self, NULL);
      g_source_attach (self->outer_source, g_main_context_get_thread_default ());
    }

  enter_step (self, RELAY_STEP_GATEWAY_DIAL);
  dial (self, self->gateway_endpoint, on_gateway_dialled);
}

static void
on_gateway_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Handshake *self = g_task_get_task_data (task);

  self->gateway = dial_finish (self, result);
  if (self->gateway == NULL)
    return;

  self->flow.gateway.link = self->gateway;
  enter_wait (self, RELAY_STEP_CHALLENGE);
  receive (self, self->gateway, on_challenge);
}

static gboolean
read_envelope (RelayEnvelope *envelope, GBytes *frame)
{
  gsize length;
  const char *text = g_bytes_get_data (frame, &length);

  return relay_envelope_read (envelope, text, length);
}

static void
on_challenge (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Handshake *self = g_task_get_task_data (task);
  g_autoptr (RelayMessage) message = receive_finish (self, source, result);
  RelayEnvelope envelope;

  if (message == NULL)
    return;

  if (!read_envelope (&envelope, message->bytes) || envelope.type != RELAY_ENVELOPE_EVENT ||
      !relay_json_span_equal (&envelope.event, "connect.challenge"))
    {
      fail (self,
            g_error_new_literal (RELAY_ERROR, RELAY_ERROR_GATEWAY_PROTOCOL,
                                 "gateway's first frame is not connect.challenge; is an OpenClaw gateway at this URL?"));
      return;
    }

  if (!watch (self, self->gateway))
    return;

  self->challenge = g_steal_pointer (&message);
  self->budget_timeout = relay_clock_add_timeout (self->clock, BUDGET_MS, on_budget_timeout, self);
  enter_step (self, RELAY_STEP_PLATFORM_DIAL);
  dial (self, self->platform_endpoint, on_platform_dialled);
}

/* --- 3 to 5: the platform is told who we are, and challenged --- */

static GBytes *
make_pre_handshake (Handshake *self)
{
  GString *frame = g_string_new ("{\"type\":\"pre-handshake\",\"version\":1,\"token\":");

  relay_json_append_string (frame, self->platform_key);
  if (self->share_gateway_secret && self->gateway_secret != NULL)
    {
      g_string_append (frame, ",\"gatewayToken\":");
      relay_json_append_string (frame, self->gateway_secret);
    }
  g_string_append_c (frame, '}');

  return g_string_free_to_bytes (frame);
}

static void
on_platform_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Handshake *self = g_task_get_task_data (task);
  g_autoptr (GBytes) pre_handshake = NULL;

  self->platform = dial_finish (self, result);
  if (self->platform == NULL)
    return;

  self->flow.platform.link = self->platform;
  pre_handshake = make_pre_handshake (self);
  relay_link_send (self->platform, RELAY_OPCODE_TEXT, pre_handshake);
  relay_link_send (self->platform, self->challenge->opcode, self->challenge->bytes);
  enter_wait (self, RELAY_STEP_CONNECT);
  receive (self, self->platform, on_connect);
}

/* --- 6a: the platform's connect request goes to the gateway --- */

typedef struct {
  const char *list[3];
} Secrets;

/* What must not be shown, whoever says it. */
static Secrets
get_secrets (Handshake *self)
{
  return (Secrets){ { self->platform_key, self->gateway_secret, NULL } };
}

static GError *
check_connect (Handshake *self, const RelayEnvelope *envelope, gboolean is_json)
{
  if (is_json && envelope->type == RELAY_ENVELOPE_ERROR)
    {
      g_autofree char *text = relay_hello_dup_text (&envelope->message, RELAY_TEXT_MAX_MESSAGE, get_secrets (self).list);

      return g_error_new (RELAY_ERROR, RELAY_ERROR_PLATFORM_REFUSED, "platform refused: %s", text);
    }
  if (!is_json || envelope->type != RELAY_ENVELOPE_REQUEST || !relay_json_span_equal (&envelope->method, "connect"))
    return g_error_new_literal (RELAY_ERROR, RELAY_ERROR_PLATFORM_PROTOCOL,
                                "platform's first frame is not a connect request; is a Gangway platform at this URL?");

  return NULL;
}

static void
on_connect (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Handshake *self = g_task_get_task_data (task);
  g_autoptr (RelayMessage) message = receive_finish (self, source, result);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) frame = NULL;
  RelayEnvelope envelope;

  if (message == NULL)
    return;

  error = check_connect (self, &envelope, read_envelope (&envelope, message->bytes));
  if (error == NULL && self->share_gateway_secret)
    frame = g_bytes_ref (message->bytes);
  else if (error == NULL)
    frame = relay_connect_frame_set_auth (message->bytes, &envelope, self->secret_member, self->gateway_secret, &error);
  if (error != NULL)
    {
      fail (self, g_steal_pointer (&error));
      return;
    }

  if (!watch (self, self->platform))
    return;

  self->connect = g_bytes_ref (message->bytes);
  self->connect_id = envelope.id;
  relay_link_send (self->gateway, message->opcode, frame);
  enter_wait (self, RELAY_STEP_HELLO);
  receive (self, self->gateway, on_gateway_frame);
}

/* --- 6b: the gateway's answer to it goes to the platform --- */

static RelayHandshakeResult *
make_result (Handshake *self, const RelayEnvelope *hello)
{
  RelayHandshakeResult *result = g_new0 (RelayHandshakeResult, 1);

  relay_hello_read (hello, get_secrets (self).list, &result->gateway_version, &result->protocol_version,
                    &result->max_payload);
  result->gateway = g_steal_pointer (&self->gateway);
  result->platform = g_steal_pointer (&self->platform);

  return result;
}

static void
conclude (Handshake *self, const RelayEnvelope *hello)
{
  g_autoptr (GTask) task = g_object_ref (self->task);
  RelayHandshakeResult *result;

  /* cancelled in this very turn of the main loop */
  if (g_cancellable_is_cancelled (self->outer))
    {
      on_outer_cancelled (self->outer, self);
      return;
    }

  if (!relay_hello_is_ok (hello))
    {
      relay_link_flush (self->platform);
      fail_with_code (self, relay_hello_make_refusal (hello, get_secrets (self).list), RELAY_CLOSE_POLICY_VIOLATION, NULL);
      return;
    }

  stop_watching (self);
  relay_link_set_handler (self->gateway, NULL, NULL);
  relay_link_set_handler (self->platform, NULL, NULL);
  result = make_result (self, hello);
  g_task_return_pointer (task, result, (GDestroyNotify) relay_handshake_result_free);
}

/* H2: what comes before the hello goes to the platform before it. */
static void
on_gateway_frame (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Handshake *self = g_task_get_task_data (task);
  g_autoptr (RelayMessage) message = receive_finish (self, source, result);
  RelayEnvelope envelope;

  if (message == NULL)
    return;

  relay_link_send (self->platform, message->opcode, message->bytes);
  relay_flow_update (&self->flow, FALSE);
  if (read_envelope (&envelope, message->bytes) && relay_hello_answers (&envelope, &self->connect_id))
    conclude (self, &envelope);
  else
    receive (self, self->gateway, on_gateway_frame);
}

/**
 * relay_handshake_finish:
 * @result: what the callback got
 * @close_code: (out): the code that a peer closed with, if that is why it failed; else 0
 * @error: return location; what a session's `LastErrorCode` can be, or %G_IO_ERROR_CANCELLED; perhaps with a wait
 *
 * Returns: (transfer full): the links, ready for the relay
 */
RelayHandshakeResult *
relay_handshake_finish (GAsyncResult *result, guint *close_code, GError **error)
{
  Handshake *self = g_task_get_task_data (G_TASK (result));

  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_handshake_async, NULL);

  *close_code = self->close_code;
  return g_task_propagate_pointer (G_TASK (result), error);
}
