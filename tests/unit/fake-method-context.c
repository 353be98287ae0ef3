/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-method-context.h"

#include "common/relay-error.h"

static void fake_method_context_iface_init (RelayMethodContextInterface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (FakeMethodContext, fake_method_context, G_TYPE_OBJECT,
                               G_IMPLEMENT_INTERFACE (RELAY_TYPE_METHOD_CONTEXT, fake_method_context_iface_init))

static RelayClock *
get_clock (RelayMethodContext *context)
{
  return FAKE_METHOD_CONTEXT (context)->clock;
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

static gboolean
on_call_cancelled (GCancellable *cancellable, gpointer user_data)
{
  g_task_return_error_if_cancelled (user_data);
  return G_SOURCE_REMOVE;
}

static void
call_gateway_async (RelayMethodContext *context, const char *method, const char *params, guint timeout_ms,
                    GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  FakeMethodContext *self = FAKE_METHOD_CONTEXT (context);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_ptr_array_add (self->calls, g_strdup_printf ("%s %s %u", method, params, timeout_ms));
  if (self->failure != NULL)
    {
      g_task_return_error (task, g_error_copy (self->failure));
    }
  else if (self->answer != NULL)
    {
      g_task_return_pointer (task, g_bytes_ref (self->answer), (GDestroyNotify) g_bytes_unref);
    }
  else
    {
      g_autoptr (GSource) source = g_cancellable_source_new (cancellable);

      g_task_attach_source (task, source, G_SOURCE_FUNC (on_call_cancelled));
    }
}

static GBytes *
call_gateway_finish (RelayMethodContext *context, GAsyncResult *result, GError **error)
{
  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
notify (RelayMethodContext *context, GBytes *frame)
{
  FakeMethodContext *self = FAKE_METHOD_CONTEXT (context);

  g_ptr_array_add (self->notifications, g_strndup (g_bytes_get_data (frame, NULL), g_bytes_get_size (frame)));
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

static void
fake_method_context_finalize (GObject *object)
{
  FakeMethodContext *self = FAKE_METHOD_CONTEXT (object);

  g_ptr_array_unref (self->settings->accounts);
  g_free (self->settings->filename);
  g_free (self->settings);
  g_free (self->account->id);
  g_free (self->account->workspace_root);
  g_free (self->account);
  g_free (self->openclaw->config_path);
  g_free (self->openclaw->state_dir);
  g_free (self->openclaw->default_agent);
  g_ptr_array_unref (self->openclaw->agents);
  g_free (self->openclaw);
  g_clear_object (&self->clock);
  g_clear_object (&self->streams);
  g_ptr_array_unref (self->calls);
  g_ptr_array_unref (self->notifications);
  g_clear_pointer (&self->answer, g_bytes_unref);
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
  self->settings = g_new0 (RelaySettings, 1);
  self->settings->accounts = g_ptr_array_new ();
  self->account = g_new0 (RelayAccount, 1);
  self->account->id = g_strdup ("platform");
  self->account->workspace_access = RELAY_WORKSPACE_ACCESS_READ_WRITE;
  self->account->workspace_max_response = 24 * 1024 * 1024;
  self->openclaw = g_new0 (RelayOpenclaw, 1);
  self->openclaw->state_dir = g_build_filename (g_get_home_dir (), ".openclaw", NULL);
  self->openclaw->config_path = g_build_filename (self->openclaw->state_dir, "openclaw.json", NULL);
  self->openclaw->default_agent = g_strdup ("main");
  self->openclaw->agents = g_ptr_array_new_with_free_func (agent_free);
  self->calls = g_ptr_array_new_with_free_func (g_free);
  self->notifications = g_ptr_array_new_with_free_func (g_free);
}

FakeMethodContext *
fake_method_context_new (void)
{
  return g_object_new (FAKE_TYPE_METHOD_CONTEXT, NULL);
}

/* Sets the payload with which the gateway answers all requests from now on. */
void
fake_method_context_answer (FakeMethodContext *self, const char *payload)
{
  g_clear_error (&self->failure);
  g_clear_pointer (&self->answer, g_bytes_unref);
  self->answer = g_bytes_new (payload, strlen (payload));
}

/* Sets the error with which all requests to the gateway fail from now on. */
void
fake_method_context_fail (FakeMethodContext *self, int code, const char *message)
{
  g_clear_error (&self->failure);
  self->failure = g_error_new_literal (RELAY_ERROR, code, message);
}

void
fake_method_context_add_agent (FakeMethodContext *self, const char *id, const char *workspace)
{
  RelayOpenclawAgent *agent = g_new0 (RelayOpenclawAgent, 1);

  agent->id = g_strdup (id);
  agent->workspace = g_strdup (workspace);
  g_ptr_array_add (self->openclaw->agents, agent);
}
