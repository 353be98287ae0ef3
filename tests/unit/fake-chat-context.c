/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-chat-context.h"

#include <string.h>

typedef struct {
  char *method; /* (owned) */
  char *params; /* (owned) */
  GTask *task;  /* (owned) (nullable) NULL once it is answered */
} FakeCall;

/**
 * FakeChatContext:
 *
 * What a chat method sees of a session: a test says what the gateway answers and when, and reads what the platform gets.
 */
struct _FakeChatContext {
  GObject parent_instance;

  FakeClock *clock; /* (owned) */
  RelaySettings settings;
  RelayAccount account;
  RelayOpenclaw openclaw;
  RelayChatStreams *streams; /* (owned) */
  GPtrArray *calls;          /* (owned) (element-type FakeCall) */
  GPtrArray *frames;         /* (owned) (element-type utf8) what went to the platform */
};

static RelayClock *
fake_get_clock (RelayMethodContext *context)
{
  return RELAY_CLOCK (FAKE_CHAT_CONTEXT (context)->clock);
}

static RelaySettings *
fake_get_settings (RelayMethodContext *context)
{
  return &FAKE_CHAT_CONTEXT (context)->settings;
}

static RelayAccount *
fake_get_account (RelayMethodContext *context)
{
  return &FAKE_CHAT_CONTEXT (context)->account;
}

static RelayOpenclaw *
fake_get_openclaw (RelayMethodContext *context)
{
  return &FAKE_CHAT_CONTEXT (context)->openclaw;
}

static RelayChatStreams *
fake_get_streams (RelayMethodContext *context)
{
  return FAKE_CHAT_CONTEXT (context)->streams;
}

static void
fake_call_free (FakeCall *call)
{
  g_free (call->method);
  g_free (call->params);
  g_clear_object (&call->task);
  g_free (call);
}

static void
fake_call_gateway_async (RelayMethodContext *context, const char *method, const char *params, guint timeout_ms,
                         GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  FakeCall *call = g_new0 (FakeCall, 1);

  g_assert_true (relay_json_validate (params, strlen (params)));
  call->method = g_strdup (method);
  call->params = g_strdup (params);
  call->task = g_task_new (context, cancellable, callback, user_data);
  g_ptr_array_add (FAKE_CHAT_CONTEXT (context)->calls, call);
}

static GBytes *
fake_call_gateway_finish (RelayMethodContext *context, GAsyncResult *result, GError **error)
{
  g_assert_true (g_task_is_valid (result, context));

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
fake_notify (RelayMethodContext *context, GBytes *frame)
{
  gsize length;
  const char *data = g_bytes_get_data (frame, &length);

  g_assert_true (relay_json_validate (data, length));
  g_ptr_array_add (FAKE_CHAT_CONTEXT (context)->frames, g_strndup (data, length));
}

static void
fake_chat_context_iface_init (RelayMethodContextInterface *iface)
{
  iface->get_clock = fake_get_clock;
  iface->get_settings = fake_get_settings;
  iface->get_account = fake_get_account;
  iface->get_openclaw = fake_get_openclaw;
  iface->get_streams = fake_get_streams;
  iface->call_gateway_async = fake_call_gateway_async;
  iface->call_gateway_finish = fake_call_gateway_finish;
  iface->notify = fake_notify;
}

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeChatContext, fake_chat_context, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (RELAY_TYPE_METHOD_CONTEXT, fake_chat_context_iface_init))

static void
fake_chat_context_finalize (GObject *object)
{
  FakeChatContext *self = FAKE_CHAT_CONTEXT (object);

  /* Whoever is done leaves nothing behind. */
  g_assert_true (relay_chat_streams_is_idle (self->streams));
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);

  g_ptr_array_unref (self->frames);
  g_ptr_array_unref (self->calls);
  g_object_unref (self->streams);
  g_object_unref (self->clock);

  G_OBJECT_CLASS (fake_chat_context_parent_class)->finalize (object);
}

static void
fake_chat_context_class_init (FakeChatContextClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_chat_context_finalize;
}

static void
fake_chat_context_init (FakeChatContext *self)
{
  self->clock = fake_clock_new ();
  self->settings.gateway.stream_idle_timeout_ms = 300 * 1000;
  self->openclaw.secret = (char *) "gateway-secret";
  self->streams = relay_chat_streams_new ();
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) fake_call_free);
  self->frames = g_ptr_array_new_with_free_func (g_free);
}

FakeChatContext *
fake_chat_context_new (void)
{
  return g_object_new (FAKE_TYPE_CHAT_CONTEXT, NULL);
}

FakeClock *
fake_chat_context_get_clock (FakeChatContext *self)
{
  return self->clock;
}

void
fake_chat_context_set_strict (FakeChatContext *self, gboolean strict)
{
  self->account.strict_user_ids = strict;
}

void
fake_answer_free (FakeAnswer *self)
{
  g_clear_pointer (&self->request, relay_request_unref);
  g_free (self->payload);
  g_clear_error (&self->error);
  g_free (self);
}

/* Lets everything run that waits for nothing but its turn. */
void
fake_chat_context_settle (void)
{
  while (g_main_context_iteration (NULL, FALSE))
    continue;
}

static void
on_served (GObject *object, GAsyncResult *result, gpointer user_data)
{
  FakeAnswer *answer = user_data;
  g_autoptr (GBytes) payload = relay_request_serve_finish (answer->request, result, &answer->error);

  answer->n_answers++;
  g_assert_true ((payload != NULL) == (answer->error == NULL));
  if (payload == NULL)
    return;

  answer->payload = g_strndup (g_bytes_get_data (payload, NULL), g_bytes_get_size (payload));
  g_assert_true (relay_json_validate (answer->payload, g_bytes_get_size (payload)));
}

static RelayJsonSpan
span_of (const char *json)
{
  return (RelayJsonSpan){ json, json != NULL ? strlen (json) : 0 };
}

/* Has a request served; its answer comes into the result. @params_json may be NULL for none. */
FakeAnswer *
fake_chat_context_serve_id (FakeChatContext *self, const char *method, const char *id_json, const char *params_json,
                            GCancellable *cancellable)
{
  g_autofree char *method_json = g_strdup_printf ("\"%s\"", method);
  RelayJsonSpan method_span = span_of (method_json);
  RelayJsonSpan id_span = span_of (id_json);
  RelayJsonSpan params_span = span_of (params_json);
  FakeAnswer *answer = g_new0 (FakeAnswer, 1);

  answer->request = relay_request_new (RELAY_METHOD_CONTEXT (self), relay_methods_lookup (&method_span), &id_span,
                                       &params_span, &answer->error);
  if (answer->request != NULL)
    relay_request_serve_async (answer->request, cancellable, on_served, answer);
  fake_chat_context_settle ();

  return answer;
}

FakeAnswer *
fake_chat_context_serve (FakeChatContext *self, const char *method, const char *params_json, GCancellable *cancellable)
{
  return fake_chat_context_serve_id (self, method, "\"r1\"", params_json, cancellable);
}

guint
fake_chat_context_get_n_calls (FakeChatContext *self)
{
  return self->calls->len;
}

static FakeCall *
get_last_call (FakeChatContext *self)
{
  g_assert_cmpuint (self->calls->len, >, 0);

  return self->calls->pdata[self->calls->len - 1];
}

/* The method of the last request to the gateway. */
const char *
fake_chat_context_get_call_method (FakeChatContext *self)
{
  return get_last_call (self)->method;
}

const char *
fake_chat_context_get_call_params (FakeChatContext *self)
{
  return get_last_call (self)->params;
}

/* The oldest request that the gateway has not answered. */
static GTask *
steal_open_task (FakeChatContext *self)
{
  for (guint i = 0; i < self->calls->len; i++)
    {
      FakeCall *call = self->calls->pdata[i];

      if (call->task != NULL)
        return g_steal_pointer (&call->task);
    }

  g_assert_not_reached ();
}

void
fake_chat_context_answer (FakeChatContext *self, const char *payload)
{
  g_autoptr (GTask) task = steal_open_task (self);

  g_task_return_pointer (task, g_bytes_new (payload, strlen (payload)), (GDestroyNotify) g_bytes_unref);
  fake_chat_context_settle ();
}

void
fake_chat_context_fail (FakeChatContext *self, GError *error)
{
  g_autoptr (GTask) task = steal_open_task (self);

  g_task_return_error (task, error);
  fake_chat_context_settle ();
}

/* The gateway sends a `chat` event. The bytes lie in a block of their own, so that a reader beyond their end is caught. */
void
fake_chat_context_emit (FakeChatContext *self, const char *payload)
{
  g_autofree char *copy = g_memdup2 (payload, strlen (payload));
  RelayJsonSpan span = { copy, strlen (payload) };

  relay_chat_streams_dispatch (self->streams, &span);
  fake_chat_context_settle ();
}

guint
fake_chat_context_get_n_frames (FakeChatContext *self)
{
  return self->frames->len;
}

const char *
fake_chat_context_get_frame (FakeChatContext *self, guint i)
{
  g_assert_cmpuint (i, <, self->frames->len);

  return self->frames->pdata[i];
}
