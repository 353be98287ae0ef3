/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-chat-streams.h"

#include "common/relay-error.h"
#include "common/relay-text.h"

/* Each holds what its run has said so far. */
#define MAX_STREAMS 256

/* Who hears the events of a session, in the hope that they are of their run. Lives while it is listed or being called. */
struct _RelayChatListener {
  char *session_key;       /* (owned) */
  char *run_id;            /* (owned) */
  RelayChatEventFunc func; /* NULL once it is removed */
  gpointer user_data;      /* (unowned) */
};

/**
 * RelayChatStreams:
 *
 * The streams of one session that are running, found by the session key of an event: what other sessions' runs say costs
 * one look, however many streams there are.
 */
struct _RelayChatStreams {
  GObject parent_instance;

  GHashTable *listeners; /* (owned) (element-type utf8 GPtrArray<RelayChatListener>) by session key, no array is empty */
  GHashTable *runs;      /* (owned) (element-type utf8 RelayChatListener) by run id; the keys are the listeners' */
};

G_DEFINE_FINAL_TYPE (RelayChatStreams, relay_chat_streams, G_TYPE_OBJECT)

static void
relay_chat_listener_clear (RelayChatListener *self)
{
  g_free (self->session_key);
  g_free (self->run_id);
}

static void
relay_chat_listener_unref (RelayChatListener *self)
{
  g_rc_box_release_full (self, (GDestroyNotify) relay_chat_listener_clear);
}

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayChatListener, relay_chat_listener_unref)

static void
relay_chat_streams_finalize (GObject *object)
{
  RelayChatStreams *self = RELAY_CHAT_STREAMS (object);

  g_hash_table_unref (self->runs);
  g_hash_table_unref (self->listeners);

  G_OBJECT_CLASS (relay_chat_streams_parent_class)->finalize (object);
}

static void
relay_chat_streams_class_init (RelayChatStreamsClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_chat_streams_finalize;
}

static void
relay_chat_streams_init (RelayChatStreams *self)
{
  self->listeners = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->runs = g_hash_table_new (g_str_hash, g_str_equal);
}

/**
 * relay_chat_streams_new:
 *
 * Returns: (transfer full): no streams yet
 */
RelayChatStreams *
relay_chat_streams_new (void)
{
  return g_object_new (RELAY_TYPE_CHAT_STREAMS, NULL);
}

/**
 * relay_chat_streams_is_idle:
 * @self: the streams of a session
 *
 * Returns: %TRUE if none is running, so that no event needs to be handed to relay_chat_streams_dispatch()
 */
gboolean
relay_chat_streams_is_idle (RelayChatStreams *self)
{
  return g_hash_table_size (self->listeners) == 0;
}

/**
 * relay_chat_event_read:
 * @event: (out caller-allocates): the payload's members; good for as long as @payload is
 * @payload: the extent of the payload of a `chat` event
 *
 * Returns: %TRUE if it says of which run, of which session and in which state it is; what else it has may be absent
 */
gboolean
relay_chat_event_read (RelayChatEvent *event, const RelayJsonSpan *payload)
{
  static const char *const names[] = { "runId",   "sessionKey",   "state",      "deltaText", "replace",
                                       "message", "errorMessage", "stopReason", NULL };
  RelayJsonSpan spans[G_N_ELEMENTS (names) - 1];

  if (payload->data == NULL || !relay_json_read_object (payload->data, payload->length, names, spans))
    return FALSE;

  *event = (RelayChatEvent){ *payload, spans[0], spans[1], spans[2], spans[3], spans[4], spans[5], spans[6], spans[7] };

  return relay_json_span_kind (&event->run_id) == RELAY_JSON_STRING &&
         relay_json_span_kind (&event->session_key) == RELAY_JSON_STRING &&
         relay_json_span_kind (&event->state) == RELAY_JSON_STRING;
}

static gpointer
listener_ref (gconstpointer listener, gpointer user_data)
{
  return g_rc_box_acquire ((gpointer) listener);
}

/**
 * relay_chat_streams_dispatch:
 * @self: the streams of a session
 * @payload: the extent of the payload of a `chat` event, or an absent one
 *
 * Hands an event to the streams of the gateway's session that it is of, which may answer their requests from here. An
 * event of another session, or one that is not shaped as expected, does nothing.
 */
void
relay_chat_streams_dispatch (RelayChatStreams *self, const RelayJsonSpan *payload)
{
  g_autoptr (GPtrArray) listeners = NULL;
  g_autofree char *session_key = NULL;
  GPtrArray *listed;
  RelayChatEvent event;

  if (relay_chat_streams_is_idle (self) || !relay_chat_event_read (&event, payload))
    return;

  session_key = relay_json_span_dup_string (&event.session_key);
  listed = session_key != NULL ? g_hash_table_lookup (self->listeners, session_key) : NULL;
  if (listed == NULL)
    return;

  /* A listener may be removed, or another be added, from within a call. */
  listeners = g_ptr_array_copy (listed, listener_ref, NULL);
  for (guint i = 0; i < listeners->len; i++)
    {
      RelayChatListener *listener = listeners->pdata[i];

      if (listener->func != NULL)
        listener->func (&event, listener->user_data);
    }
}

static void
set_streaming_already (GError **error, const char *run_id)
{
  g_autofree char *clean = relay_text_clean (run_id, -1, RELAY_TEXT_MAX_NAME, NULL);

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST, "run %s is already streaming", clean);
}

static gboolean
may_add (RelayChatStreams *self, const char *run_id, GError **error)
{
  if (g_hash_table_contains (self->runs, run_id))
    set_streaming_already (error, run_id);
  else if (g_hash_table_size (self->runs) >= MAX_STREAMS)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE,
                 "%d runs are streaming already: wait until one ends, or abort one", MAX_STREAMS);
  else
    return TRUE;

  return FALSE;
}

/**
 * relay_chat_streams_add: (skip)
 * @self: the streams of a session
 * @session_key: the gateway's session whose events are wanted
 * @run_id: the run that is asked for
 * @func: (scope forever): called with each of those events, of whatever run, until the listener is removed
 * @user_data: for @func
 * @error: return location for a #GError
 *
 * Returns: (transfer none): the listener; or %NULL with %RELAY_ERROR_INVALID_REQUEST if that run is streaming already, or
 *   %RELAY_ERROR_UNAVAILABLE if as many are as may be
 */
RelayChatListener *
relay_chat_streams_add (RelayChatStreams *self, const char *session_key, const char *run_id, RelayChatEventFunc func,
                        gpointer user_data, GError **error)
{
  GPtrArray *listed = g_hash_table_lookup (self->listeners, session_key);
  RelayChatListener *listener;

  if (!may_add (self, run_id, error))
    return NULL;

  listener = g_rc_box_new (RelayChatListener);
  *listener = (RelayChatListener){ g_strdup (session_key), g_strdup (run_id), func, user_data };
  if (listed == NULL)
    {
      listed = g_ptr_array_new_with_free_func ((GDestroyNotify) relay_chat_listener_unref);
      g_hash_table_insert (self->listeners, g_strdup (session_key), listed);
    }
  g_ptr_array_add (listed, listener);
  g_hash_table_insert (self->runs, listener->run_id, listener);

  return listener;
}

/**
 * relay_chat_streams_remove: (skip)
 * @self: the streams of a session
 * @listener: (transfer full): a listener, which is not called again
 */
void
relay_chat_streams_remove (RelayChatStreams *self, RelayChatListener *listener)
{
  g_autofree char *session_key = g_strdup (listener->session_key);
  GPtrArray *listed = g_hash_table_lookup (self->listeners, session_key);

  listener->func = NULL;
  g_hash_table_remove (self->runs, listener->run_id);
  g_ptr_array_remove (listed, listener);
  if (listed->len == 0)
    g_hash_table_remove (self->listeners, session_key);
}

/**
 * relay_chat_streams_set_run: (skip)
 * @self: the streams of a session
 * @listener: a listener
 * @run_id: the run that it turned out to be of
 * @error: return location for a #GError
 *
 * Returns: %TRUE; or %FALSE with %RELAY_ERROR_INVALID_REQUEST, and nothing changes, if another listener is of that run
 */
gboolean
relay_chat_streams_set_run (RelayChatStreams *self, RelayChatListener *listener, const char *run_id, GError **error)
{
  RelayChatListener *other = g_hash_table_lookup (self->runs, run_id);

  if (other == listener)
    return TRUE;
  if (other != NULL)
    {
      set_streaming_already (error, run_id);
      return FALSE;
    }

  g_hash_table_remove (self->runs, listener->run_id);
  g_free (listener->run_id);
  listener->run_id = g_strdup (run_id);
  g_hash_table_insert (self->runs, listener->run_id, listener);

  return TRUE;
}
