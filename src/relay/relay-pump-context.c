/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-pump-private.h"

/*
 * What the handlers of methods may use of the relay that they serve.
 */

static RelayClock *
relay_pump_get_clock (RelayMethodContext *context)
{
  return RELAY_PUMP (context)->clock;
}

static RelaySettings *
relay_pump_get_settings (RelayMethodContext *context)
{
  return RELAY_PUMP (context)->settings;
}

static RelayAccount *
relay_pump_get_account (RelayMethodContext *context)
{
  return RELAY_PUMP (context)->account;
}

static RelayOpenclaw *
relay_pump_get_openclaw (RelayMethodContext *context)
{
  return RELAY_PUMP (context)->openclaw;
}

static RelayChatStreams *
relay_pump_get_streams (RelayMethodContext *context)
{
  return RELAY_PUMP (context)->streams;
}

static void
on_gateway_answered (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;
  GBytes *payload = relay_gateway_rpc_call_finish (RELAY_GATEWAY_RPC (source), result, &error);

  if (payload != NULL)
    g_task_return_pointer (task, payload, (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

static void
relay_pump_call_gateway_async (RelayMethodContext *context, const char *method, const char *params, guint timeout_ms,
                               GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  RelayPump *self = RELAY_PUMP (context);
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);

  g_task_set_source_tag (task, relay_pump_call_gateway_async);
  relay_gateway_rpc_call_async (self->rpc, method, params,
                                timeout_ms != 0 ? timeout_ms : self->settings->gateway.request_timeout_ms, cancellable,
                                on_gateway_answered, g_steal_pointer (&task));
}

static GBytes *
relay_pump_call_gateway_finish (RelayMethodContext *context, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, context), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_pump_call_gateway_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

static void
relay_pump_notify (RelayMethodContext *context, GBytes *frame)
{
  RelayPump *self = RELAY_PUMP (context);

  if (self->end != NULL)
    return;

  relay_link_send (self->platform, RELAY_OPCODE_TEXT, frame);
  self->counters->frames_to_platform++;
  self->counters->bytes_to_platform += g_bytes_get_size (frame);
  if (relay_flow_is_much (relay_link_get_queued (self->platform)))
    relay_pump_update_flow (self);
}

void
relay_pump_init_context (RelayMethodContextInterface *iface)
{
  iface->get_clock = relay_pump_get_clock;
  iface->get_settings = relay_pump_get_settings;
  iface->get_account = relay_pump_get_account;
  iface->get_openclaw = relay_pump_get_openclaw;
  iface->get_streams = relay_pump_get_streams;
  iface->call_gateway_async = relay_pump_call_gateway_async;
  iface->call_gateway_finish = relay_pump_call_gateway_finish;
  iface->notify = relay_pump_notify;
}
