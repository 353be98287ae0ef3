/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-method.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-source.h"
#include "common/relay-text.h"
#include "methods/relay-chat-message.h"
#include "methods/relay-chat-request.h"
#include "methods/relay-chat-streams.h"

/*
 * platform.chat.send.stream: sends a message as platform.chat.send does, turns what the run says into chunks, and answers
 * when the run ends. Nothing that the gateway said is decoded on its way into a chunk or the answer.
 */

/* The text goes into the answer, which has to fit into one message; as much as a workspace answer may have. */
#define MAX_TEXT_BYTES (24 * 1024 * 1024)

/* What may come of the session's runs before the gateway says which of them is ours, which takes it milliseconds. */
#define MAX_HELD_BYTES (4 * 1024 * 1024)

typedef struct {
  RelayRequest *request;       /* (owned) */
  RelayChatListener *listener; /* (owned) (nullable) set while the run is listened to */
  GTask *task;                 /* (owned) (nullable) NULL once it is answered */
  char *session_key;           /* (owned) */
  char *run_id;                /* (owned) the run that was asked for; from the acknowledgement on the gateway's */
  char *chunk_head;            /* (owned) (nullable) how each chunk begins, up to the request, run and session */
  GString *text;               /* (owned) raw: what the run has said so far */
  GPtrArray *held;             /* (owned) (nullable) (element-type GBytes) events from before the acknowledgement */
  gsize held_bytes;
  gboolean joined; /* the run was under way already, the deltas do not begin at the beginning */
  guint n_chunks;
  guint idle_timeout;
  gint64 last_event_ms;
  GSource *cancelled_source; /* (owned) (nullable) */
} ChatStream;

static void
chat_stream_free (ChatStream *self)
{
  relay_request_unref (self->request);
  g_free (self->session_key);
  g_free (self->run_id);
  g_free (self->chunk_head);
  g_string_free (self->text, TRUE);
  g_clear_pointer (&self->held, g_ptr_array_unref);
  g_free (self);
}

static ChatStream *
chat_stream_new (RelayRequest *request, RelayChatSend *send)
{
  ChatStream *self = g_new0 (ChatStream, 1);

  self->request = relay_request_ref (request);
  self->session_key = g_steal_pointer (&send->session_key);
  self->run_id = g_steal_pointer (&send->run_id);
  self->text = g_string_new (NULL);
  self->held = g_ptr_array_new_with_free_func ((GDestroyNotify) g_bytes_unref);

  return self;
}

static RelayChatStreams *
chat_stream_get_streams (ChatStream *self)
{
  return relay_method_context_get_streams (self->request->context);
}

static RelayClock *
chat_stream_get_clock (ChatStream *self)
{
  return relay_method_context_get_clock (self->request->context);
}

/* Lets go of all that could wake the stream, and hands out the task that waits for an answer. What remains of @self goes
 * with the task. */
static GTask *
chat_stream_end (ChatStream *self)
{
  relay_chat_streams_remove (chat_stream_get_streams (self), g_steal_pointer (&self->listener));
  relay_clock_clear_timeout (chat_stream_get_clock (self), &self->idle_timeout);
  relay_clear_source (&self->cancelled_source);

  return g_steal_pointer (&self->task);
}

static void
chat_stream_fail (ChatStream *self, GError *error)
{
  g_autoptr (GTask) task = chat_stream_end (self);

  g_task_return_error (task, error);
}

/* The gateway's own words, fit to be shown, without its secret. */
static void
chat_stream_fail_with_text (ChatStream *self, const RelayJsonSpan *text)
{
  RelayMethodContext *context = self->request->context;
  const char *token = relay_method_context_get_settings (context)->gateway.token;
  const char *secrets[] = { token != NULL ? token : relay_method_context_get_openclaw (context)->secret, NULL };
  g_autofree char *said = relay_json_span_dup_shown (text);
  g_autofree char *clean = relay_text_clean (said != NULL ? said : "the run failed", -1, RELAY_TEXT_MAX_MESSAGE, secrets);

  chat_stream_fail (self, g_error_new_literal (RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR, clean));
}

/* Answers. @state is what became of the run; @stop_reason may be absent. */
static void
chat_stream_succeed (ChatStream *self, const char *state, const RelayJsonSpan *stop_reason)
{
  g_autoptr (GTask) task = chat_stream_end (self);
  g_autoptr (GString) payload = g_string_sized_new (self->text->len + 256);

  relay_chat_append_member (payload, "runId", self->run_id);
  relay_chat_append_member (payload, "sessionKey", self->session_key);
  relay_chat_append_member (payload, "state", state);
  g_string_append (payload, ",\"text\":\"");
  g_string_append_len (payload, self->text->str, self->text->len);
  g_string_append_printf (payload, "\",\"chunks\":%u", self->n_chunks);
  if (relay_json_span_kind (stop_reason) == RELAY_JSON_STRING)
    {
      g_string_append (payload, ",\"stopReason\":");
      relay_json_append_span (payload, stop_reason);
    }
  g_string_append_c (payload, '}');

  g_task_return_pointer (task, g_string_free_to_bytes (g_steal_pointer (&payload)), (GDestroyNotify) g_bytes_unref);
}

/* Returns FALSE, and the stream is over, if the text is more than an answer can have. */
static gboolean
chat_stream_check_text (ChatStream *self)
{
  if (self->text->len <= MAX_TEXT_BYTES)
    return TRUE;

  chat_stream_fail (self, g_error_new (RELAY_ERROR, RELAY_ERROR_TOO_LARGE, "%s: the run's text is over %d MiB",
                                       self->request->method->name, MAX_TEXT_BYTES / (1024 * 1024)));
  return FALSE;
}

static void
chat_stream_send_chunk (ChatStream *self, const char *delta, gsize length, gboolean replace)
{
  g_autoptr (GString) frame = g_string_sized_new (strlen (self->chunk_head) + length + 96);
  g_autoptr (GBytes) bytes = NULL;

  g_string_append (frame, self->chunk_head);
  g_string_append_printf (frame, ",\"seq\":%u,\"state\":\"delta\",\"deltaText\":\"", ++self->n_chunks);
  g_string_append_len (frame, delta, length);
  g_string_append (frame, replace ? "\",\"replace\":true}}" : "\"}}");

  bytes = g_string_free_to_bytes (g_steal_pointer (&frame));
  relay_method_context_notify (self->request->context, bytes);
}

/* Finds what a delta adds. Newer gateways say so themselves; older ones send all of the text so far, as newer ones do beside
 * it, which helps those who came late. Returns the raw text that is new, or NULL if there is none. */
static GString *
chat_stream_read_delta (ChatStream *self, const RelayChatEvent *event, gboolean *replace)
{
  g_autoptr (GString) text = g_string_new (NULL);
  gboolean came_late = self->joined && self->n_chunks == 0;

  *replace = FALSE;
  if (came_late && relay_chat_append_raw_message_text (text, &event->message))
    return g_steal_pointer (&text);

  if (relay_chat_append_raw_text (text, &event->delta_text))
    {
      *replace = relay_json_span_kind (&event->replace) == RELAY_JSON_BOOLEAN && *event->replace.data == 't';
      return g_steal_pointer (&text);
    }

  if (!relay_chat_append_raw_message_text (text, &event->message))
    return NULL;

  *replace = !g_str_has_prefix (text->str, self->text->str);
  if (!*replace)
    g_string_erase (text, 0, self->text->len);

  return text->len > 0 || *replace ? g_steal_pointer (&text) : NULL;
}

static void
chat_stream_on_delta (ChatStream *self, const RelayChatEvent *event)
{
  g_autoptr (GString) delta = NULL;
  gboolean replace;

  delta = chat_stream_read_delta (self, event, &replace);
  if (delta == NULL)
    return;

  if (replace)
    g_string_truncate (self->text, 0);
  g_string_append_len (self->text, delta->str, delta->len);
  if (chat_stream_check_text (self))
    chat_stream_send_chunk (self, delta->str, delta->len, replace);
}

/* The last message has the whole text, if it has any: the gateway may have left out deltas. */
static void
chat_stream_on_end (ChatStream *self, const RelayChatEvent *event, const char *state)
{
  g_autoptr (GString) text = g_string_new (NULL);

  if (relay_chat_append_raw_message_text (text, &event->message))
    {
      g_string_free (self->text, TRUE);
      self->text = g_steal_pointer (&text);
    }

  if (chat_stream_check_text (self))
    chat_stream_succeed (self, state, &event->stop_reason);
}

static void
chat_stream_on_run_event (ChatStream *self, const RelayChatEvent *event)
{
  if (!relay_json_span_equal (&event->run_id, self->run_id))
    return;

  self->last_event_ms = relay_clock_get_monotonic_ms (chat_stream_get_clock (self));
  if (relay_json_span_equal (&event->state, "delta"))
    chat_stream_on_delta (self, event);
  else if (relay_json_span_equal (&event->state, "final"))
    chat_stream_on_end (self, event, "final");
  else if (relay_json_span_equal (&event->state, "aborted"))
    chat_stream_on_end (self, event, "aborted");
  else if (relay_json_span_equal (&event->state, "error"))
    chat_stream_fail_with_text (self, &event->error_message);
}

static void
chat_stream_hold (ChatStream *self, const RelayChatEvent *event)
{
  self->held_bytes += event->payload.length;
  if (self->held_bytes <= MAX_HELD_BYTES)
    {
      g_ptr_array_add (self->held, g_bytes_new (event->payload.data, event->payload.length));
      return;
    }

  chat_stream_fail (self, g_error_new (RELAY_ERROR, RELAY_ERROR_TOO_LARGE,
                                       "%s: over %d MiB of chat events came before the gateway's answer to %s",
                                       self->request->method->name, MAX_HELD_BYTES / (1024 * 1024),
                                       self->request->method->gateway_method));
}

static void
on_event (const RelayChatEvent *event, gpointer user_data)
{
  ChatStream *self = user_data;

  if (self->held != NULL)
    chat_stream_hold (self, event);
  else
    chat_stream_on_run_event (self, event);
}

static guint
chat_stream_get_idle_limit_ms (ChatStream *self)
{
  return relay_method_context_get_settings (self->request->context)->gateway.stream_idle_timeout_ms;
}

static void
on_idle_timeout (gpointer user_data)
{
  ChatStream *self = user_data;
  RelayClock *clock = chat_stream_get_clock (self);
  gint64 idle_ms = relay_clock_get_monotonic_ms (clock) - self->last_event_ms;
  guint limit_ms = chat_stream_get_idle_limit_ms (self);
  g_autofree char *run_id = NULL;

  self->idle_timeout = 0;
  if (idle_ms < limit_ms)
    {
      self->idle_timeout = relay_clock_add_timeout (clock, (guint) (limit_ms - idle_ms), on_idle_timeout, self);
      return;
    }

  run_id = relay_text_clean (self->run_id, -1, RELAY_TEXT_MAX_NAME, NULL);
  chat_stream_fail (self, g_error_new (RELAY_ERROR, RELAY_ERROR_TIMEOUT, "%s: the gateway sent no event of run %s for %u s",
                                       self->request->method->name, run_id, limit_ms / 1000));
}

static gboolean
on_cancelled (GCancellable *cancellable, gpointer user_data)
{
  GError *error = NULL;

  relay_chat_set_closed (&error);
  chat_stream_fail (user_data, error);

  return G_SOURCE_REMOVE;
}

/* Has the stream end if nothing is heard for too long, or if the session ends. */
static void
chat_stream_watch (ChatStream *self)
{
  RelayClock *clock = chat_stream_get_clock (self);
  GCancellable *cancellable = g_task_get_cancellable (self->task);

  self->last_event_ms = relay_clock_get_monotonic_ms (clock);
  self->idle_timeout = relay_clock_add_timeout (clock, chat_stream_get_idle_limit_ms (self), on_idle_timeout, self);

  if (cancellable == NULL)
    return;
  self->cancelled_source = g_cancellable_source_new (cancellable);
  g_source_set_static_name (self->cancelled_source, "[gangway] chat stream");
  g_source_set_callback (self->cancelled_source, G_SOURCE_FUNC (on_cancelled), self, NULL);
  g_source_attach (self->cancelled_source, g_task_get_context (self->task));
}

/* The run is what the gateway calls it. Returns FALSE, and the stream is over, if it is the run of another stream. */
static gboolean
chat_stream_take_run_id (ChatStream *self, const RelayJsonSpan *run_id)
{
  g_autofree char *said = relay_json_span_dup_string (run_id);
  GError *error = NULL;

  if (said == NULL)
    return TRUE;

  if (!relay_chat_streams_set_run (chat_stream_get_streams (self), self->listener, said, &error))
    {
      g_prefix_error (&error, "%s: ", self->request->method->name);
      chat_stream_fail (self, error);
      return FALSE;
    }

  g_free (self->run_id);
  self->run_id = g_steal_pointer (&said);
  return TRUE;
}

static void
chat_stream_write_chunk_head (ChatStream *self)
{
  g_autoptr (GString) head =
      g_string_new ("{\"type\":\"event\",\"event\":\"platform.chat.chunk\",\"payload\":{\"requestId\":");

  g_string_append (head, self->request->id_json);
  relay_chat_append_member (head, "runId", self->run_id);
  relay_chat_append_member (head, "sessionKey", self->session_key);
  self->chunk_head = g_string_free (g_steal_pointer (&head), FALSE);
}

static void
chat_stream_replay_held (ChatStream *self)
{
  g_autoptr (GPtrArray) held = g_steal_pointer (&self->held);

  for (guint i = 0; i < held->len && self->task != NULL; i++)
    {
      RelayJsonSpan payload;
      RelayChatEvent event;

      payload.data = g_bytes_get_data (held->pdata[i], &payload.length);
      if (relay_chat_event_read (&event, &payload))
        chat_stream_on_run_event (self, &event);
    }
}

/*
 * What the gateway says to chat.send: a run has `started`, or is `in_flight` since an earlier request. Else no event will
 * come: `ok`, `timeout` (which it says of aborted runs) and `error` are of a run that is over, kept for those who ask
 * again; and what has no run at all is the answer to a command such as /stop.
 */
static void
chat_stream_on_acknowledged (ChatStream *self, GBytes *payload)
{
  static const char *const names[] = { "runId", "status", "summary", "stopReason", NULL };
  RelayJsonSpan spans[4];
  gsize length;
  const char *data = g_bytes_get_data (payload, &length);

  if (!relay_json_read_object (data, length, names, spans) || !chat_stream_take_run_id (self, &spans[0]))
    return;

  self->joined = relay_json_span_equal (&spans[1], "in_flight");
  chat_stream_write_chunk_head (self);
  chat_stream_watch (self);
  chat_stream_replay_held (self);
  if (self->task == NULL)
    return;

  if (relay_json_span_kind (&spans[0]) != RELAY_JSON_STRING || relay_json_span_equal (&spans[1], "ok"))
    chat_stream_succeed (self, "final", &spans[3]);
  else if (relay_json_span_equal (&spans[1], "timeout"))
    chat_stream_succeed (self, "aborted", &spans[3]);
  else if (relay_json_span_equal (&spans[1], "error"))
    chat_stream_fail_with_text (self, &spans[2]);
}

static void
on_acknowledged (GObject *object, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = user_data;
  g_autoptr (GBytes) payload = NULL;
  g_autoptr (GError) error = NULL;
  ChatStream *self = g_task_get_task_data (task);

  payload = relay_chat_call_gateway_finish (self->request, result, &error);
  if (self->task == NULL)
    return;

  if (payload != NULL)
    chat_stream_on_acknowledged (self, payload);
  else
    chat_stream_fail (self, g_steal_pointer (&error));
}

/**
 * relay_chat_send_stream_async:
 * @request: `platform.chat.send.stream` (C2)
 * @cancellable: (nullable): cancelled when the session ends
 * @callback: (scope async): called when the run has ended
 * @user_data: for @callback
 *
 * Sends a user's message to an agent, and what it says to the platform as it says it.
 */
void
relay_chat_send_stream_async (RelayRequest *request, GCancellable *cancellable, GAsyncReadyCallback callback,
                              gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (request->context, cancellable, callback, user_data);
  g_auto (RelayChatSend) send = { NULL };
  GError *error = NULL;
  ChatStream *self;

  g_task_set_source_tag (task, relay_chat_send_stream_async);
  g_task_set_check_cancellable (task, FALSE);
  if (!relay_chat_read_send (request, &send, &error))
    {
      g_task_return_error (task, error);
      return;
    }

  self = chat_stream_new (request, &send);
  g_task_set_task_data (task, self, (GDestroyNotify) chat_stream_free);
  self->listener =
      relay_chat_streams_add (chat_stream_get_streams (self), self->session_key, self->run_id, on_event, self, &error);
  if (self->listener == NULL)
    {
      g_prefix_error (&error, "%s: ", request->method->name);
      g_task_return_error (task, error);
      return;
    }

  self->task = g_object_ref (task);
  relay_chat_call_gateway_async (request, send.params, cancellable, on_acknowledged, g_steal_pointer (&task));
}
