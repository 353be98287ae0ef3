/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-method-context.h"

#include <string.h>

static void fake_method_context_iface_init (RelayMethodContextInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeMethodContext, fake_method_context, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (RELAY_TYPE_METHOD_CONTEXT, fake_method_context_iface_init))

static RelayClock *
get_clock (RelayMethodContext *context)
{
  return RELAY_CLOCK (FAKE_METHOD_CONTEXT (context)->clock);
}

static RelaySettings *
get_settings (RelayMethodContext *context)
{
  return FAKE_METHOD_CONTEXT (context)->settings;
}

static RelayAccount *
get_account (RelayMethodContext *context)
{
  return FAKE_METHOD_CONTEXT (context)->account;
}

static RelayOpenclaw *
get_openclaw (RelayMethodContext *context)
{
  return FAKE_METHOD_CONTEXT (context)->openclaw;
}

static RelayChatStreams *
get_streams (RelayMethodContext *context)
{
  return FAKE_METHOD_CONTEXT (context)->streams;
}

static void
call_free (gpointer data)
{
  FakeCall *self = data;

  g_free (self->method);
  g_free (self->params);
  g_clear_object (&self->task);
  if (self->cancelling != NULL)
    g_source_destroy (self->cancelling);
  g_clear_pointer (&self->cancelling, g_source_unref);
  g_free (self);
}

static FakeCall *
add_call (FakeMethodContext *self, const char *method, const char *params, guint timeout_ms)
{
  FakeCall *call = g_new0 (FakeCall, 1);

  g_assert_true (relay_json_validate (params, strlen (params)));
  call->method = g_strdup (method);
  call->params = g_strdup (params);
  call->timeout_ms = timeout_ms;
  g_ptr_array_add (self->calls, call);

  return call;
}

static gboolean
on_call_cancelled (GCancellable *cancellable, gpointer user_data)
{
  FakeCall *call = user_data;
  g_autoptr (GTask) task = g_steal_pointer (&call->task);

  if (task != NULL)
    g_task_return_error_if_cancelled (task);
  return G_SOURCE_REMOVE;
}

static void
call_gateway_async (RelayMethodContext *context, const char *method, const char *params, guint timeout_ms,
                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  FakeMethodContext *self = FAKE_METHOD_CONTEXT (context);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  FakeCall *call = add_call (self, method, params, timeout_ms);

  if (self->failure != NULL)
    {
      g_task_return_error (task, g_error_copy (self->failure));
    }
  else if (self->payload != NULL)
    {
      g_task_return_pointer (task, g_bytes_new (self->payload, strlen (self->payload)), (GDestroyNotify) g_bytes_unref);
    }
  else
    {
      call->task = g_steal_pointer (&task);
      call->cancelling = g_cancellable_source_new (cancellable);
      g_source_set_callback (call->cancelling, G_SOURCE_FUNC (on_call_cancelled), call, NULL);
      g_source_attach (call->cancelling, NULL);
    }
}

static GBytes *
call_gateway_finish (RelayMethodContext *context, GAsyncResult *result, GError **error)
{
  g_assert_true (g_task_is_valid (result, context));

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
notify (RelayMethodContext *context, GBytes *frame)
{
  gsize length;
  const char *data = g_bytes_get_data (frame, &length);

  g_assert_true (relay_json_validate (data, length));
  g_ptr_array_add (FAKE_METHOD_CONTEXT (context)->frames, g_strndup (data, length));
}

static void
fake_method_context_iface_init (RelayMethodContextInterface *iface)
{
  iface->get_clock = get_clock;
  iface->get_settings = get_settings;
  iface->get_account = get_account;
  iface->get_openclaw = get_openclaw;
  iface->get_streams = get_streams;
  iface->call_gateway_async = call_gateway_async;
  iface->call_gateway_finish = call_gateway_finish;
  iface->notify = notify;
}

static void
agent_free (gpointer data)
{
  RelayOpenclawAgent *agent = data;

  g_free (agent->id);
  g_free (agent->workspace);
  g_free (agent);
}

static RelayOpenclaw *
openclaw_new (void)
{
  RelayOpenclaw *self = g_new0 (RelayOpenclaw, 1);

  self->state_dir = g_build_filename (g_get_home_dir (), ".openclaw", NULL);
  self->config_path = g_build_filename (self->state_dir, "openclaw.json", NULL);
  self->secret = g_strdup ("gateway-secret");
  self->default_agent = g_strdup ("main");
  self->agents = g_ptr_array_new_with_free_func (agent_free);

  return self;
}

static void
openclaw_free (RelayOpenclaw *self)
{
  g_free (self->config_path);
  g_free (self->state_dir);
  g_free (self->secret);
  g_free (self->default_agent);
  g_ptr_array_unref (self->agents);
  g_free (self);
}

static void
fake_method_context_finalize (GObject *object)
{
  FakeMethodContext *self = FAKE_METHOD_CONTEXT (object);

  /* Whoever is done leaves nothing behind. */
  g_assert_true (relay_chat_streams_is_idle (self->streams));
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);

  relay_settings_unref (self->settings);
  relay_account_unref (self->account);
  openclaw_free (self->openclaw);
  g_object_unref (self->clock);
  g_object_unref (self->streams);
  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->frames);
  g_free (self->payload);
  g_clear_error (&self->failure);

  G_OBJECT_CLASS (fake_method_context_parent_class)->finalize (object);
}

static void
fake_method_context_class_init (FakeMethodContextClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = fake_method_context_finalize;
}

static void
fake_method_context_init (FakeMethodContext *self)
{
  self->settings = relay_settings_new ();
  self->account = relay_account_new ("platform");
  self->openclaw = openclaw_new ();
  self->clock = fake_clock_new ();
  self->streams = relay_chat_streams_new ();
  self->calls = g_ptr_array_new_with_free_func (call_free);
  self->frames = g_ptr_array_new_with_free_func (g_free);
}

FakeMethodContext *
fake_method_context_new (void)
{
  return g_object_new (FAKE_TYPE_METHOD_CONTEXT, NULL);
}

void
fake_method_context_add_agent (FakeMethodContext *self, const char *id, const char *workspace)
{
  RelayOpenclawAgent *agent = g_new0 (RelayOpenclawAgent, 1);

  agent->id = g_strdup (id);
  agent->workspace = g_strdup (workspace);
  g_ptr_array_add (self->openclaw->agents, agent);
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
fake_method_context_settle (void)
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
fake_method_context_serve_id (FakeMethodContext *self, const char *method, const char *id_json, const char *params_json,
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
  fake_method_context_settle ();

  return answer;
}

FakeAnswer *
fake_method_context_serve (FakeMethodContext *self, const char *method, const char *params_json, GCancellable *cancellable)
{
  return fake_method_context_serve_id (self, method, "\"r1\"", params_json, cancellable);
}

const FakeCall *
fake_method_context_get_last_call (FakeMethodContext *self)
{
  g_assert_cmpuint (self->calls->len, >, 0);

  return g_ptr_array_index (self->calls, self->calls->len - 1);
}

/* The oldest request that the gateway has not answered. */
static GTask *
steal_open_task (FakeMethodContext *self)
{
  for (guint i = 0; i < self->calls->len; i++)
    {
      FakeCall *call = self->calls->pdata[i];

      if (call->task != NULL)
        return g_steal_pointer (&call->task);
    }

  g_assert_not_reached ();
}

/* The gateway answers the oldest request that waits. */
void
fake_method_context_answer (FakeMethodContext *self, const char *payload)
{
  g_autoptr (GTask) task = steal_open_task (self);

  g_task_return_pointer (task, g_bytes_new (payload, strlen (payload)), (GDestroyNotify) g_bytes_unref);
  fake_method_context_settle ();
}

/* The oldest request that waits fails. @error: (transfer full) */
void
fake_method_context_fail (FakeMethodContext *self, GError *error)
{
  g_autoptr (GTask) task = steal_open_task (self);

  g_task_return_error (task, error);
  fake_method_context_settle ();
}

/* The gateway answers all requests from now on, at once. */
void
fake_method_context_always_answer (FakeMethodContext *self, const char *payload)
{
  g_clear_error (&self->failure);
  g_free (self->payload);
  self->payload = g_strdup (payload);
}

/* All requests to the gateway fail from now on, at once. */
void
fake_method_context_always_fail (FakeMethodContext *self, int code, const char *message)
{
  g_clear_error (&self->failure);
  self->failure = g_error_new_literal (RELAY_ERROR, code, message);
}

/* The gateway sends a `chat` event. The bytes lie in a block of their own, so that a reader beyond their end is caught. */
void
fake_method_context_emit (FakeMethodContext *self, const char *payload)
{
  g_autofree char *copy = g_memdup2 (payload, strlen (payload));
  RelayJsonSpan span = { copy, strlen (payload) };

  relay_chat_streams_dispatch (self->streams, &span);
  fake_method_context_settle ();
}

const char *
fake_method_context_get_frame (FakeMethodContext *self, guint i)
{
  g_assert_cmpuint (i, <, self->frames->len);

  return g_ptr_array_index (self->frames, i);
}
