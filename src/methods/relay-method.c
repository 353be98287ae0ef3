/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-method.h"

static JsonNode *
new_empty (JsonNodeType type)
{
  g_autoptr (JsonNode) node = json_node_new (type);

  if (type == JSON_NODE_OBJECT)
    json_node_take_object (node, json_object_new ());
  else
    json_node_take_array (node, json_array_new ());

  return g_steal_pointer (&node);
}

/* No handler looks into a member of a member. That it is an object or an array is all that is kept of it: what is in there
 * takes many times the memory that its text does, for as long as the request waits. */
static void
empty_members (JsonObject *object)
{
  g_autoptr (GList) names = json_object_get_members (object);

  for (const GList *at = names; at != NULL; at = at->next)
    {
      JsonNodeType type = json_node_get_node_type (json_object_get_member (object, at->data));

      if (type == JSON_NODE_OBJECT || type == JSON_NODE_ARRAY)
        json_object_set_member (object, at->data, new_empty (type));
    }
}

/* What is not there, or is no object, has no members. */
static JsonObject *
read_params (const RelayJsonSpan *params, GError **error)
{
  g_autoptr (JsonNode) node = NULL;

  if (relay_json_span_kind (params) != RELAY_JSON_OBJECT)
    return json_object_new ();

  node = relay_json_span_to_node (params, error);
  if (node == NULL)
    return NULL;

  empty_members (json_node_get_object (node));
  return json_node_dup_object (node);
}

/**
 * relay_request_new:
 * @context: what the handler may use
 * @method: what is asked for
 * @id: the extent of the request's `id`, a string or a number
 * @params: the extent of the request's `params`, or an absent one
 * @error: return location for a #GError
 *
 * Takes a request in. @id and @params are copied.
 *
 * Returns: (transfer full): the request; or %NULL with %RELAY_ERROR_INVALID_REQUEST if its params are ones that no handler
 *   reads, see relay_json_span_to_node()
 */
RelayRequest *
relay_request_new (RelayMethodContext *context, const RelayMethod *method, const RelayJsonSpan *id,
                   const RelayJsonSpan *params, GError **error)
{
  RelayRequest *self;
  JsonObject *object = read_params (params, error);

  if (object == NULL)
    {
      g_prefix_error (error, "%s: ", method->name);
      return NULL;
    }

  self = g_rc_box_new0 (RelayRequest);
  self->context = g_object_ref (context);
  self->method = method;
  self->id_json = relay_json_span_dup_raw (id);
  self->params = object;

  return self;
}

static void
relay_request_clear (RelayRequest *self)
{
  g_object_unref (self->context);
  g_free (self->id_json);
  json_object_unref (self->params);
  g_free (self->path);
  g_clear_pointer (&self->slot, relay_workspace_slot_unref);
}

/**
 * relay_request_ref:
 * @self: a request
 *
 * Returns: (transfer full): @self
 */
RelayRequest *
relay_request_ref (RelayRequest *self)
{
  return g_rc_box_acquire (self);
}

/**
 * relay_request_unref:
 * @self: (transfer full): a request
 */
void
relay_request_unref (RelayRequest *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) relay_request_clear);
}

/**
 * relay_request_serve_async:
 * @self: a request
 * @cancellable: (nullable): cancelled when the session ends
 * @callback: (scope async): called with the request's context when there is an answer, once
 * @user_data: for @callback
 *
 * Serves the request.
 */
void
relay_request_serve_async (RelayRequest *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  self->method->serve_async (self, cancellable, callback, user_data);
}

/**
 * relay_request_serve_finish:
 * @self: a request
 * @result: the result that the callback got
 * @error: return location for a #GError
 *
 * Returns: (transfer full): the answer's payload, as raw JSON; or %NULL with an error of %RELAY_ERROR, whose
 *   relay_error_answer_code() and relay_error_get_details() belong into the answer
 */
GBytes *
relay_request_serve_finish (RelayRequest *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self->context), NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
