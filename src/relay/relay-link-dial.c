/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-link.h"

#include "common/relay-error.h"
#include "common/relay-source.h"
#include "common/relay-text.h"
#include "relay/relay-upgrade.h"

/* One dial: connection, TLS and upgrade, within one limit. */
typedef struct {
  RelayEndpoint *endpoint; /* (owned) */
  RelayClock *clock;       /* (owned) */
  RelayLinkTimes times;
  GSocketConnection *connection; /* (owned) (nullable) */
  GCancellable *cancellable;     /* (owned) cancelled by the caller's or by the limit */
  GSource *outer_source;         /* (owned) (nullable) watches the caller's cancellable */
  guint timeout;
  gboolean is_too_late;
} Dial;

/* From here on nothing ends the dial any more. */
static void
stop_watching (Dial *dial)
{
  relay_clock_clear_timeout (dial->clock, &dial->timeout);
  relay_clear_source (&dial->outer_source);
}

static void
dial_free (Dial *dial)
{
  stop_watching (dial);
  g_clear_object (&dial->endpoint);
  g_clear_object (&dial->clock);
  g_clear_object (&dial->connection);
  g_clear_object (&dial->cancellable);
  g_free (dial);
}

static void on_dialled (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_upgraded (GObject *source, GAsyncResult *result, gpointer user_data);

static void
on_dial_timeout (gpointer user_data)
{
  Dial *dial = user_data;

  dial->timeout = 0;
  dial->is_too_late = TRUE;
  g_cancellable_cancel (dial->cancellable);
}

static gboolean
on_outer_cancelled (GCancellable *outer, gpointer user_data)
{
  Dial *dial = user_data;

  g_cancellable_cancel (dial->cancellable);
  return G_SOURCE_REMOVE;
}

/**
 * relay_link_dial_async:
 * @endpoint: whom to dial
 * @clock: where the time comes from
 * @times: how long to wait for what
 * @cancellable: (nullable): a cancellable
 * @callback: called when there is a link or none
 * @user_data: for @callback
 *
 * Connects and upgrades to a WebSocket, all of it within the connect timeout.
 */
void
relay_link_dial_async (RelayEndpoint *endpoint, RelayClock *clock, const RelayLinkTimes *times, GCancellable *cancellable,
                       GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (NULL, cancellable, callback, user_data);
  Dial *dial = g_new0 (Dial, 1);

  dial->endpoint = g_object_ref (endpoint);
  dial->clock = g_object_ref (clock);
  dial->times = *times;
  dial->cancellable = g_cancellable_new ();
  if (cancellable != NULL)
    {
      dial->outer_source = g_cancellable_source_new (cancellable);
      g_source_set_callback (dial->outer_source, G_SOURCE_FUNC (on_outer_cancelled), dial, NULL);
      g_source_attach (dial->outer_source, g_main_context_get_thread_default ());
    }
  dial->timeout = relay_clock_add_timeout (clock, times->connect_timeout_ms, on_dial_timeout, dial);
  g_task_set_source_tag (task, relay_link_dial_async);
  g_task_set_task_data (task, dial, (GDestroyNotify) dial_free);

  relay_endpoint_dial_async (endpoint, dial->cancellable, on_dialled, g_steal_pointer (&task));
}

static void
return_error (GTask *task, GError *error)
{
  Dial *dial = g_task_get_task_data (task);
  RelaySide side = relay_endpoint_get_side (dial->endpoint);

  stop_watching (dial);
  g_clear_object (&dial->connection);
  if (dial->is_too_late && relay_error_is_cancelled (error))
    {
      g_autofree char *limit = relay_text_seconds (dial->times.connect_timeout_ms);

      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_TIMEOUT, "%s did not answer within %s s (dialling)",
                               relay_side_to_string (side), limit);
      g_error_free (error);
      return;
    }

  g_task_return_error (task, error);
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Dial *dial = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  dial->connection = relay_endpoint_dial_finish (dial->endpoint, result, &error);
  if (dial->connection == NULL)
    {
      return_error (task, g_steal_pointer (&error));
      return;
    }

  relay_upgrade_async (G_IO_STREAM (dial->connection), dial->endpoint, dial->clock, dial->cancellable, on_upgraded,
                       g_steal_pointer (&task));
}

static void
on_upgraded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Dial *dial = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) leftover = relay_upgrade_finish (result, &error);

  if (leftover == NULL)
    {
      return_error (task, g_steal_pointer (&error));
      return;
    }

  stop_watching (dial);
  g_task_return_pointer (task, relay_link_new (dial->endpoint, dial->clock, &dial->times, dial->connection, leftover),
                         g_object_unref);
}

/**
 * relay_link_dial_finish:
 * @result: what the callback got
 * @error: return location; as relay_endpoint_dial_finish() and relay_upgrade_finish(), and %RELAY_ERROR_TIMEOUT
 *
 * Returns: (transfer full): an open link
 */
RelayLink *
relay_link_dial_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_link_dial_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
