/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-wakeups.h"

#include <errno.h>
#include <glib-unix.h>
#include <sys/timerfd.h>
#include <unistd.h>

#include "common/relay-log.h"

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"
/* A network that changes does so several times in a row. */
#define DEBOUNCE_MS 1000

/**
 * RelayWakeups:
 *
 * Tells when links may be dead without knowing it: the computer woke up (logind says so; where there is none, the clock,
 * which the kernel sets on the way), or the network came back or became another one. It never delays sleep.
 */
struct _RelayWakeups {
  GObject parent_instance;

  GCancellable *cancellable; /* (owned) */
  GNetworkMonitor *network;  /* (owned) (nullable) until it is there */
  guint debounce_id;
  GDBusConnection *system_bus; /* (owned) (nullable) until it is there, if there is one */
  guint logind_id;
  int clock_fd; /* (owned) becomes readable when the clock is set, -1 if the system has no such thing */
  guint clock_id;
};

G_DEFINE_FINAL_TYPE (RelayWakeups, relay_wakeups, G_TYPE_OBJECT)

enum {
  SIGNAL_WOKEN,
  N_SIGNALS,
};

static guint signals[N_SIGNALS];

static void
wake (RelayWakeups *self, const char *why)
{
  relay_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, "%s: looking after the links", why);
  g_signal_emit (self, signals[SIGNAL_WOKEN], 0);
}

/* --- the network --- */

static void
on_network_settled (gpointer user_data)
{
  RelayWakeups *self = RELAY_WAKEUPS (user_data);

  self->debounce_id = 0;
  /* without a network, links may outlive the time until it is back */
  if (g_network_monitor_get_network_available (self->network))
    wake (self, "the network has changed");
}

static void
on_network_changed (GNetworkMonitor *network, gboolean available, gpointer user_data)
{
  RelayWakeups *self = RELAY_WAKEUPS (user_data);

  g_clear_handle_id (&self->debounce_id, g_source_remove);
  self->debounce_id = g_timeout_add_once (DEBOUNCE_MS, on_network_settled, self);
}

/* The monitor asks NetworkManager, where there is one, and waits for the answer. */
static void
find_network_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_task_return_pointer (task, g_object_ref (g_network_monitor_get_default ()), g_object_unref);
}

static void
on_network_found (GObject *source, GAsyncResult *result, gpointer user_data)
{
  RelayWakeups *self = RELAY_WAKEUPS (source);

  self->network = g_task_propagate_pointer (G_TASK (result), NULL);
  if (self->network != NULL)
    g_signal_connect_object (self->network, "network-changed", G_CALLBACK (on_network_changed), self, 0);
}

static void
watch_network (RelayWakeups *self)
{
  g_autoptr (GTask) task = g_task_new (self, self->cancellable, on_network_found, NULL);

  g_task_set_source_tag (task, watch_network);
  g_task_run_in_thread (task, find_network_in_thread);
}

/* --- sleep, from logind --- */

static void
on_prepare_for_sleep (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                      const char *signal, GVariant *parameters, gpointer user_data)
{
  gboolean is_going_to_sleep;

  if (!g_variant_is_of_type (parameters, G_VARIANT_TYPE ("(b)")))
    return;

  g_variant_get (parameters, "(b)", &is_going_to_sleep);
  if (!is_going_to_sleep)
    wake (RELAY_WAKEUPS (user_data), "the computer woke up");
}

static void
on_system_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (RelayWakeups) self = RELAY_WAKEUPS (user_data);
  g_autoptr (GError) error = NULL;

  self->system_bus = g_bus_get_finish (result, &error);
  if (self->system_bus == NULL)
    {
      relay_log (G_LOG_LEVEL_DEBUG, NULL, NULL, NULL, "no system bus, so no news of sleep from logind: %s", error->message);
      return;
    }

  g_dbus_connection_set_exit_on_close (self->system_bus, FALSE);
  if (!g_cancellable_is_cancelled (self->cancellable))
    self->logind_id =
        g_dbus_connection_signal_subscribe (self->system_bus, LOGIND_NAME, LOGIND_INTERFACE, "PrepareForSleep", LOGIND_PATH,
                                            NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_prepare_for_sleep, self, NULL);
}

/* --- sleep, from the clock --- */

/* A timer that never runs out, but that the kernel cancels when it sets the clock: also when it wakes up. */
static gboolean
arm_clock (RelayWakeups *self)
{
  struct itimerspec never = { .it_value.tv_sec = G_MAXINT32 };

  return timerfd_settime (self->clock_fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0;
}

static gboolean
on_clock_set (int fd, GIOCondition condition, gpointer user_data)
{
  RelayWakeups *self = RELAY_WAKEUPS (user_data);
  guint64 n_expirations;

  if (read (fd, &n_expirations, sizeof n_expirations) < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;

  wake (self, "the clock was set");
  if (arm_clock (self))
    return G_SOURCE_CONTINUE;

  self->clock_id = 0;
  return G_SOURCE_REMOVE;
}

static void
watch_clock (RelayWakeups *self)
{
  self->clock_fd = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);
  if (self->clock_fd >= 0 && arm_clock (self))
    self->clock_id = g_unix_fd_add (self->clock_fd, G_IO_IN, on_clock_set, self);
}

/* --- the object --- */

static void
relay_wakeups_dispose (GObject *object)
{
  RelayWakeups *self = RELAY_WAKEUPS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_handle_id (&self->debounce_id, g_source_remove);
  g_clear_handle_id (&self->clock_id, g_source_remove);
  if (self->logind_id != 0)
    g_dbus_connection_signal_unsubscribe (self->system_bus, self->logind_id);
  self->logind_id = 0;
  g_clear_object (&self->system_bus);
  g_clear_object (&self->network);

  G_OBJECT_CLASS (relay_wakeups_parent_class)->dispose (object);
}

static void
relay_wakeups_finalize (GObject *object)
{
  RelayWakeups *self = RELAY_WAKEUPS (object);

  if (self->clock_fd >= 0)
    close (self->clock_fd);
  g_clear_object (&self->cancellable);

  G_OBJECT_CLASS (relay_wakeups_parent_class)->finalize (object);
}

static void
relay_wakeups_class_init (RelayWakeupsClass *klass)
{
  G_OBJECT_CLASS (klass)->dispose = relay_wakeups_dispose;
  G_OBJECT_CLASS (klass)->finalize = relay_wakeups_finalize;

  /**
   * RelayWakeups::woken:
   * @self: the wake-ups
   *
   * Links should be looked after.
   */
  signals[SIGNAL_WOKEN] = g_signal_new ("woken", RELAY_TYPE_WAKEUPS, G_SIGNAL_RUN_LAST, 0, NULL, NULL, NULL, G_TYPE_NONE, 0);
}

static void
relay_wakeups_init (RelayWakeups *self)
{
  self->cancellable = g_cancellable_new ();
  self->clock_fd = -1;
}

/**
 * relay_wakeups_new:
 *
 * Returns: (transfer full): wake-ups, which are told from now on
 */
RelayWakeups *
relay_wakeups_new (void)
{
  RelayWakeups *self = g_object_new (RELAY_TYPE_WAKEUPS, NULL);

  watch_network (self);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_system_bus, g_object_ref (self));
  watch_clock (self);

  return self;
}
