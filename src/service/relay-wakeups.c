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
#include "common/relay-source.h"

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"
/* A network that changes does so several times in a row. */
#define DEBOUNCE_MS 1000

/* What is looked out for in a thread of its own: in the main loop, its files would be polled with each frame. */
typedef struct {
  GMainContext *context;     /* (owned) the thread's */
  GCancellable *cancellable; /* (owned) ends the thread */
  GNetworkMonitor *network;  /* (owned) (nullable) of the thread, as all below */
  GSource *debounce;         /* (owned) (nullable) */
  int clock_fd;              /* (owned) becomes readable when the clock is set, -1 if the system has no such thing */

  GMainContext *main_context; /* (owned) where it is told what was seen */
  GWeakRef wakeups;           /* whom to tell */
} Lookout;

/* Something that was seen. */
typedef struct {
  Lookout *lookout; /* (owned) */
  const char *what;
} Sight;

/**
 * RelayWakeups:
 *
 * Tells when links may be dead without knowing it: the computer woke up (logind says so; where there is none, the clock,
 * which the kernel sets on the way), or the network came back or became another one. It never delays sleep.
 */
struct _RelayWakeups {
  GObject parent_instance;

  Lookout *lookout;            /* (owned) */
  GCancellable *cancellable;   /* (owned) */
  GDBusConnection *system_bus; /* (owned) (nullable) until it is there, if there is one */
  guint logind_id;
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

/* --- from the thread to the main loop --- */

static void
lookout_clear (gpointer data)
{
  Lookout *self = data;

  if (self->clock_fd >= 0)
    close (self->clock_fd);
  g_weak_ref_clear (&self->wakeups);
  g_main_context_unref (self->main_context);
  g_main_context_unref (self->context);
  g_object_unref (self->cancellable);
}

static void
lookout_unref (Lookout *self)
{
  g_atomic_rc_box_release_full (self, lookout_clear);
}

static void
sight_free (gpointer data)
{
  Sight *self = data;

  lookout_unref (self->lookout);
  g_free (self);
}

static gboolean
on_sight (gpointer user_data)
{
  Sight *self = user_data;
  g_autoptr (RelayWakeups) wakeups = g_weak_ref_get (&self->lookout->wakeups);

  if (wakeups != NULL && !g_cancellable_is_cancelled (self->lookout->cancellable))
    wake (wakeups, self->what);

  return G_SOURCE_REMOVE;
}

static void
tell (Lookout *self, const char *what)
{
  g_autoptr (GSource) source = g_idle_source_new ();
  Sight *sight = g_new (Sight, 1);

  sight->lookout = g_atomic_rc_box_acquire (self);
  sight->what = what;
  g_source_set_priority (source, G_PRIORITY_DEFAULT);
  g_source_set_callback (source, on_sight, sight, sight_free);
  g_source_attach (source, self->main_context);
}

/* --- the network --- */

static gboolean
on_network_settled (gpointer user_data)
{
  Lookout *self = user_data;

  relay_clear_source (&self->debounce);
  /* without a network, links may outlive the time until it is back */
  if (g_network_monitor_get_network_available (self->network))
    tell (self, "the network has changed");

  return G_SOURCE_REMOVE;
}

static void
on_network_changed (GNetworkMonitor *network, gboolean available, gpointer user_data)
{
  Lookout *self = user_data;

  relay_clear_source (&self->debounce);
  self->debounce = g_timeout_source_new (DEBOUNCE_MS);
  g_source_set_callback (self->debounce, on_network_settled, self, NULL);
  g_source_attach (self->debounce, self->context);
}

/* --- the clock --- */

/* A timer that never runs out, but that the kernel cancels when it sets the clock: also when it wakes up. */
static gboolean
arm_clock (int fd)
{
  struct itimerspec never = { .it_value.tv_sec = G_MAXINT32 };

  return timerfd_settime (fd, TFD_TIMER_ABSTIME | TFD_TIMER_CANCEL_ON_SET, &never, NULL) == 0;
}

static gboolean
on_clock_set (int fd, GIOCondition condition, gpointer user_data)
{
  guint64 n_expirations;

  if (read (fd, &n_expirations, sizeof n_expirations) < 0 && errno == EAGAIN)
    return G_SOURCE_CONTINUE;

  tell (user_data, "the clock was set");
  return arm_clock (fd) ? G_SOURCE_CONTINUE : G_SOURCE_REMOVE;
}

static int
make_clock (void)
{
  int fd = timerfd_create (CLOCK_REALTIME, TFD_NONBLOCK | TFD_CLOEXEC);

  if (fd >= 0 && !arm_clock (fd))
    {
      close (fd);
      return -1;
    }

  return fd;
}

static GSource *
watch_clock (Lookout *self)
{
  GSource *source;

  if (self->clock_fd < 0)
    return NULL;

  source = g_unix_fd_source_new (self->clock_fd, G_IO_IN);
  g_source_set_callback (source, G_SOURCE_FUNC (on_clock_set), self, NULL);
  g_source_attach (source, self->context);
  return source;
}

/* --- the thread --- */

/* The monitor belongs to the context that it is made in; it asks NetworkManager, where there is one, and waits for the
 * answer. */
static gpointer
look_out (gpointer data)
{
  Lookout *self = data;
  g_autoptr (GSource) clock = watch_clock (self);
  gulong network_id;

  g_main_context_push_thread_default (self->context);
  self->network = g_object_ref (g_network_monitor_get_default ());
  network_id = g_signal_connect (self->network, "network-changed", G_CALLBACK (on_network_changed), self);

  while (!g_cancellable_is_cancelled (self->cancellable))
    g_main_context_iteration (self->context, TRUE);

  g_signal_handler_disconnect (self->network, network_id);
  g_clear_object (&self->network);
  relay_clear_source (&self->debounce);
  if (clock != NULL)
    g_source_destroy (clock);
  g_main_context_pop_thread_default (self->context);
  lookout_unref (self);

  return NULL;
}

static Lookout *
lookout_start (RelayWakeups *wakeups)
{
  Lookout *self = g_atomic_rc_box_new0 (Lookout);

  self->context = g_main_context_new ();
  self->cancellable = g_cancellable_new ();
  self->clock_fd = make_clock ();
  self->main_context = g_main_context_ref_thread_default ();
  g_weak_ref_init (&self->wakeups, wakeups);
  /* nobody waits for its end, since it may wait for NetworkManager */
  g_thread_unref (g_thread_new ("wakeups", look_out, g_atomic_rc_box_acquire (self)));

  return self;
}

static void
lookout_stop (Lookout *self)
{
  g_cancellable_cancel (self->cancellable);
  g_main_context_wakeup (self->context);
  lookout_unref (self);
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

/* --- the object --- */

static void
relay_wakeups_dispose (GObject *object)
{
  RelayWakeups *self = RELAY_WAKEUPS (object);

  g_cancellable_cancel (self->cancellable);
  g_clear_pointer (&self->lookout, lookout_stop);
  if (self->logind_id != 0)
    g_dbus_connection_signal_unsubscribe (self->system_bus, self->logind_id);
  self->logind_id = 0;
  g_clear_object (&self->system_bus);

  G_OBJECT_CLASS (relay_wakeups_parent_class)->dispose (object);
}

static void
relay_wakeups_finalize (GObject *object)
{
  RelayWakeups *self = RELAY_WAKEUPS (object);

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
}

/**
 * relay_wakeups_new:
 *
 * To be called once in a process: GLib has one network monitor, and it is heard in the thread that asks for it first.
 *
 * Returns: (transfer full): wake-ups, which are told from now on
 */
RelayWakeups *
relay_wakeups_new (void)
{
  RelayWakeups *self = g_object_new (RELAY_TYPE_WAKEUPS, NULL);

  self->lookout = lookout_start (self);
  g_bus_get (G_BUS_TYPE_SYSTEM, self->cancellable, on_system_bus, g_object_ref (self));

  return self;
}
