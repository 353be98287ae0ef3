/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-gateway-rpc.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"

/**
 * RelayGatewayRpc:
 *
 * The relay's own requests to the gateway, between those of the platform. Their ids share a prefix that nobody can guess,
 * so that an answer is known as ours also when it comes too late.
 */
struct _RelayGatewayRpc {
  GObject parent_instance;

  RelayLink *gateway;      /* (owned) */
  gsize max_payload;       /* bytes of the longest request that the gateway takes */
  RelayClock *clock;       /* (owned) */
  RelayCounters *counters; /* (owned) */
  char *prefix;            /* (owned) */
  guint64 n_calls;
  GHashTable *pending;  /* (owned) id → GTask with a Call */
  GSequence *deadlines; /* (owned) of Call, the next one first */
  guint timeout;        /* for the next one, or for one that has been answered meanwhile */
  gboolean is_shut;
};

G_DEFINE_TYPE (RelayGatewayRpc, relay_gateway_rpc, G_TYPE_OBJECT)

/* A request that waits for its answer. It is the data of its task, which the table of pending ones holds. */
typedef struct {
  char *id;             /* (owned) */
  char *method;         /* (owned) */
  gint64 deadline_ms;   /* of the monotonic clock */
  GSequenceIter *place; /* in the deadlines */
} Call;

static void
call_free (Call *call)
{
  g_free (call->id);
  g_free (call->method);
  g_free (call);
}

static void
relay_gateway_rpc_finalize (GObject *object)
{
  RelayGatewayRpc *self = RELAY_GATEWAY_RPC (object);

  relay_clock_clear_timeout (self->clock, &self->timeout);
  g_clear_pointer (&self->deadlines, g_sequence_free);
  g_clear_object (&self->gateway);
  g_clear_object (&self->clock);
  g_clear_pointer (&self->counters, g_atomic_rc_box_release);
  g_clear_pointer (&self->pending, g_hash_table_unref);
  g_free (self->prefix);

  G_OBJECT_CLASS (relay_gateway_rpc_parent_class)->finalize (object);
}

static void
relay_gateway_rpc_class_init (RelayGatewayRpcClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_gateway_rpc_finalize;
}

static void
relay_gateway_rpc_init (RelayGatewayRpc *self)
{
  g_autofree char *random = g_uuid_string_random ();

  self->prefix = g_strdup_printf ("gangway-%s-", random);
  self->pending = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);
  self->deadlines = g_sequence_new (NULL);
}

/**
 * relay_gateway_rpc_new:
 * @gateway: the link that requests go out on
 * @max_payload: how many bytes the gateway takes in one request
 * @clock: where the time comes from
 * @counters: (transfer none): counts what goes out
 *
 * Returns: (transfer full): a table of requests, empty
 */
RelayGatewayRpc *
relay_gateway_rpc_new (RelayLink *gateway, gsize max_payload, RelayClock *clock, RelayCounters *counters)
{
  RelayGatewayRpc *self = g_object_new (RELAY_TYPE_GATEWAY_RPC, NULL);

  self->gateway = g_object_ref (gateway);
  self->max_payload = max_payload;
  self->clock = g_object_ref (clock);
  self->counters = g_atomic_rc_box_acquire (counters);

  return self;
}

/* Returns: (transfer full) (nullable): the task of a request that waits no longer */
static GTask *
take_pending (RelayGatewayRpc *self, const char *id)
{
  gpointer task = NULL;

  if (g_hash_table_steal_extended (self->pending, id, NULL, &task))
    g_sequence_remove (((Call *) g_task_get_task_data (task))->place);

  return task;
}

/* Returns: (transfer none) (nullable): the request that has to be answered first */
static Call *
get_next (RelayGatewayRpc *self)
{
  GSequenceIter *first = g_sequence_get_begin_iter (self->deadlines);

  return g_sequence_iter_is_end (first) ? NULL : g_sequence_get (first);
}

static void on_timeout (gpointer user_data);

/* There is one timeout for all of them: the main loop looks at each that it has in every turn, and there may be thousands
 * of requests. It is not set back when a request is answered, only when it finds that nobody waits so long. */
static void
watch_next (RelayGatewayRpc *self)
{
  const Call *next = get_next (self);

  if (next != NULL && self->timeout == 0)
    {
      gint64 left_ms = next->deadline_ms - relay_clock_get_monotonic_ms (self->clock);

      self->timeout = relay_clock_add_timeout (self->clock, (guint) MAX (left_ms, 1), on_timeout, self);
    }
}

static void
on_timeout (gpointer user_data)
{
  g_autoptr (RelayGatewayRpc) self = g_object_ref (user_data);
  gint64 now_ms = relay_clock_get_monotonic_ms (self->clock);
  const Call *next;

  self->timeout = 0;
  while ((next = get_next (self)) != NULL && next->deadline_ms <= now_ms)
    {
      g_autoptr (GTask) task = take_pending (self, next->id);

      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_TIMEOUT, "gateway request timed out: %s", next->method);
    }
  watch_next (self);
}

static gint
compare_deadlines (gconstpointer a, gconstpointer b, gpointer unused)
{
  const Call *left = a;
  const Call *right = b;

  return left->deadline_ms < right->deadline_ms ? -1 : left->deadline_ms > right->deadline_ms;
}

/* Has @task, whose data @call is, wait for its answer. */
static void
add_pending (RelayGatewayRpc *self, GTask *task, Call *call, guint timeout_ms)
{
  const Call *next = get_next (self);

  call->deadline_ms = relay_clock_get_monotonic_ms (self->clock) + timeout_ms;
  if (next == NULL || call->deadline_ms < next->deadline_ms)
    relay_clock_clear_timeout (self->clock, &self->timeout);
  call->place = g_sequence_insert_sorted (self->deadlines, call, compare_deadlines, NULL);
  g_hash_table_insert (self->pending, call->id, g_object_ref (task));
  watch_next (self);
}

static GBytes *
make_request (const char *id, const char *method, const char *params)
{
  GString *frame = g_string_new ("{\"type\":\"req\",\"id\":");

  relay_json_append_string (frame, id);
  g_string_append (frame, ",\"method\":");
  relay_json_append_string (frame, method);
  g_string_append (frame, ",\"params\":");
  g_string_append (frame, params);
  g_string_append_c (frame, '}');

  return g_string_free_to_bytes (frame);
}

/**
 * relay_gateway_rpc_call_async:
 * @self: a table of requests
 * @method: what is asked for
 * @params: a JSON object, raw
 * @timeout_ms: how long to wait for the answer, in milliseconds
 * @cancellable: (nullable): a cancellable; it is looked at when the answer is there
 * @callback: called when the answer is there, or will not come
 * @user_data: for @callback
 *
 * Asks the gateway.
 */
void
relay_gateway_rpc_call_async (RelayGatewayRpc *self, const char *method, const char *params, guint timeout_ms,
                              GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  g_autoptr (GBytes) frame = NULL;
  Call *call = g_new0 (Call, 1);

  call->id = g_strdup_printf ("%s%" G_GUINT64_FORMAT, self->prefix, ++self->n_calls);
  call->method = g_strdup (method);
  g_task_set_source_tag (task, relay_gateway_rpc_call_async);
  g_task_set_task_data (task, call, (GDestroyNotify) call_free);

  if (self->is_shut)
    {
      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "connection closed");
      return;
    }

  /* a longer one would end the whole session (R9) */
  frame = make_request (call->id, method, params);
  if (g_bytes_get_size (frame) > self->max_payload)
    {
      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_TOO_LARGE,
                               "%s has %" G_GSIZE_FORMAT " bytes, and the gateway takes at most %" G_GSIZE_FORMAT, method,
                               g_bytes_get_size (frame), self->max_payload);
      return;
    }

  add_pending (self, task, call, timeout_ms);
  relay_link_send (self->gateway, RELAY_OPCODE_TEXT, frame);
  self->counters->frames_to_gateway++;
  self->counters->bytes_to_gateway += g_bytes_get_size (frame);
}

/**
 * relay_gateway_rpc_call_finish:
 * @self: a table of requests
 * @result: what the callback got
 * @error: return location; %RELAY_ERROR_GATEWAY_ERROR with the gateway's message, and its error as details;
 *   %RELAY_ERROR_TIMEOUT; %RELAY_ERROR_TOO_LARGE; %RELAY_ERROR_UNAVAILABLE
 *
 * Returns: (transfer full): the payload of the answer as raw JSON; `null` if it had none
 */
GBytes *
relay_gateway_rpc_call_finish (RelayGatewayRpc *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_gateway_rpc_call_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}

/**
 * relay_gateway_rpc_was_used:
 * @self: a table of requests
 *
 * Returns: %TRUE if an answer to one of ours can come, perhaps late, perhaps twice
 */
gboolean
relay_gateway_rpc_was_used (RelayGatewayRpc *self)
{
  return self->n_calls > 0;
}

/**
 * relay_gateway_rpc_owns_id:
 * @self: a table of requests
 * @id: the id of a request or an answer
 *
 * Returns: %TRUE if it begins as all of ours do
 */
gboolean
relay_gateway_rpc_owns_id (RelayGatewayRpc *self, const RelayJsonSpan *id)
{
  g_autofree char *text = NULL;
  gsize length = strlen (self->prefix);

  /* nobody can know a prefix that was never sent */
  if (self->n_calls == 0 || relay_json_span_kind (id) != RELAY_JSON_STRING)
    return FALSE;
  if (memchr (id->data, '\\', id->length) == NULL)
    return id->length > length && memcmp (id->data + 1, self->prefix, length) == 0;

  text = relay_json_span_dup_shown (id);
  return text != NULL && g_str_has_prefix (text, self->prefix);
}

static GError *
make_refusal (const RelayEnvelope *envelope)
{
  static const char *const names[] = { "message", NULL };
  RelayJsonSpan message[1] = { 0 };
  g_autofree char *text = NULL;
  g_autofree char *clean = NULL;
  g_autofree char *details = NULL;
  GError *error;

  if (envelope->error.data != NULL)
    {
      relay_json_read_object (envelope->error.data, envelope->error.length, names, message);
      details = relay_json_span_dup_raw (&envelope->error);
    }
  text = relay_json_span_dup_shown (&message[0]);
  clean = relay_text_clean (text != NULL ? text : "the gateway gave no reason", -1, RELAY_TEXT_MAX_MESSAGE, NULL);

  error = g_error_new_literal (RELAY_ERROR, RELAY_ERROR_GATEWAY_ERROR, clean);
  relay_error_set_details (error, details);
  return error;
}

static GBytes *
copy_payload (const RelayEnvelope *envelope)
{
  char *raw;

  if (envelope->payload.data == NULL)
    return g_bytes_new_static ("null", strlen ("null"));

  raw = relay_json_span_dup_raw (&envelope->payload);
  return g_bytes_new_take (raw, strlen (raw));
}

/**
 * relay_gateway_rpc_consume:
 * @self: a table of requests
 * @envelope: a frame of the gateway
 *
 * Hands an answer to one of ours to whoever asked; one that comes late, or again, is dropped.
 *
 * Returns: %TRUE if the frame was an answer to one of ours
 */
gboolean
relay_gateway_rpc_consume (RelayGatewayRpc *self, const RelayEnvelope *envelope)
{
  g_autofree char *id = NULL;
  g_autoptr (GTask) task = NULL;

  if (envelope->type != RELAY_ENVELOPE_RESPONSE || !relay_gateway_rpc_owns_id (self, &envelope->id))
    return FALSE;

  /* NULL if it holds U+0000, which none of ours does */
  id = relay_json_span_dup_string (&envelope->id);
  task = id != NULL ? take_pending (self, id) : NULL;
  if (task == NULL)
    return TRUE;

  if (relay_json_span_kind (&envelope->ok) == RELAY_JSON_BOOLEAN && *envelope->ok.data == 't')
    g_task_return_pointer (task, copy_payload (envelope), (GDestroyNotify) g_bytes_unref);
  else
    g_task_return_error (task, make_refusal (envelope));

  return TRUE;
}

/**
 * relay_gateway_rpc_shut:
 * @self: a table of requests
 *
 * Fails all that is pending with `connection closed`, and whatever is asked from now on.
 */
void
relay_gateway_rpc_shut (RelayGatewayRpc *self)
{
  g_autoptr (GHashTable) pending = g_steal_pointer (&self->pending);
  GHashTableIter iter;
  gpointer task;

  self->is_shut = TRUE;
  relay_clock_clear_timeout (self->clock, &self->timeout);
  g_sequence_remove_range (g_sequence_get_begin_iter (self->deadlines), g_sequence_get_end_iter (self->deadlines));
  self->pending = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, g_object_unref);

  g_hash_table_iter_init (&iter, pending);
  while (g_hash_table_iter_next (&iter, NULL, &task))
    g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "connection closed");
}
