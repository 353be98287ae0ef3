/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-clock.h"

/* Some moment of 2026, so that times since the epoch look like ones. */
#define FIRST_REAL_MS G_GINT64_CONSTANT (1790000000000)
#define FIRST_MONOTONIC_MS 1000

typedef struct {
  guint handle;
  gint64 due_ms;
  GSourceOnceFunc func;
  gpointer user_data; /* (unowned) */
} FakeTimeout;

/**
 * FakeClock:
 *
 * A clock that stands still until a test moves it. Its timeouts run within fake_clock_advance_ms().
 */
struct _FakeClock {
  RelayClock parent_instance;

  gint64 elapsed_ms;
  guint last_handle;
  GArray *timeouts; /* (owned) (element-type FakeTimeout) in the order in which they were added */
};

G_DEFINE_FINAL_TYPE (FakeClock, fake_clock, RELAY_TYPE_CLOCK)

static gint64
fake_clock_get_monotonic_ms (RelayClock *clock)
{
  return FIRST_MONOTONIC_MS + FAKE_CLOCK (clock)->elapsed_ms;
}

static gint64
fake_clock_get_real_ms (RelayClock *clock)
{
  return FIRST_REAL_MS + FAKE_CLOCK (clock)->elapsed_ms;
}

static guint
fake_clock_add_timeout (RelayClock *clock, guint delay_ms, GSourceOnceFunc func, gpointer user_data)
{
  FakeClock *self = FAKE_CLOCK (clock);
  FakeTimeout timeout = { ++self->last_handle, self->elapsed_ms + delay_ms, func, user_data };

  g_array_append_val (self->timeouts, timeout);
  return timeout.handle;
}

static void
fake_clock_remove_timeout (RelayClock *clock, guint handle)
{
  FakeClock *self = FAKE_CLOCK (clock);

  for (guint i = 0; i < self->timeouts->len; i++)
    {
      if (g_array_index (self->timeouts, FakeTimeout, i).handle == handle)
        {
          g_array_remove_index (self->timeouts, i);
          return;
        }
    }

  g_critical ("timeout %u does not exist: it has run, or was cleared", handle);
}

static void
fake_clock_finalize (GObject *object)
{
  g_array_unref (FAKE_CLOCK (object)->timeouts);

  G_OBJECT_CLASS (fake_clock_parent_class)->finalize (object);
}

static void
fake_clock_class_init (FakeClockClass *klass)
{
  RelayClockClass *clock_class = RELAY_CLOCK_CLASS (klass);

  G_OBJECT_CLASS (klass)->finalize = fake_clock_finalize;
  clock_class->get_monotonic_ms = fake_clock_get_monotonic_ms;
  clock_class->get_real_ms = fake_clock_get_real_ms;
  clock_class->add_timeout = fake_clock_add_timeout;
  clock_class->remove_timeout = fake_clock_remove_timeout;
}

static void
fake_clock_init (FakeClock *self)
{
  self->timeouts = g_array_new (FALSE, FALSE, sizeof (FakeTimeout));
}

/**
 * fake_clock_new:
 *
 * Returns: (transfer full): a clock that stands still
 */
FakeClock *
fake_clock_new (void)
{
  return g_object_new (FAKE_TYPE_CLOCK, NULL);
}

/* Returns the index of the timeout that is due first (of equals the one added first), or -1 if there is none. */
static int
find_next (FakeClock *self)
{
  int next = -1;

  for (guint i = 0; i < self->timeouts->len; i++)
    {
      if (next < 0 ||
          g_array_index (self->timeouts, FakeTimeout, i).due_ms < g_array_index (self->timeouts, FakeTimeout, next).due_ms)
        next = (int) i;
    }

  return next;
}

/**
 * fake_clock_advance_ms:
 * @self: a clock
 * @by_ms: how far the time moves on, in milliseconds
 *
 * Lets the time pass, and runs, in the order in which they are due, all timeouts that are due by then, also those that are
 * added meanwhile. Each sees the time for which it was set.
 */
void
fake_clock_advance_ms (FakeClock *self, guint64 by_ms)
{
  gint64 end_ms = self->elapsed_ms + (gint64) by_ms;
  int next;

  g_object_ref (self);
  while ((next = find_next (self)) >= 0 && g_array_index (self->timeouts, FakeTimeout, next).due_ms <= end_ms)
    {
      FakeTimeout timeout = g_array_index (self->timeouts, FakeTimeout, next);

      g_array_remove_index (self->timeouts, (guint) next);
      self->elapsed_ms = MAX (self->elapsed_ms, timeout.due_ms);
      timeout.func (timeout.user_data);
    }

  self->elapsed_ms = end_ms;
  g_object_unref (self);
}

/**
 * fake_clock_get_n_timeouts:
 * @self: a clock
 *
 * Returns: how many timeouts wait
 */
guint
fake_clock_get_n_timeouts (FakeClock *self)
{
  return self->timeouts->len;
}

/**
 * fake_clock_get_next_ms:
 * @self: a clock
 *
 * Returns: in how many milliseconds the first timeout is due, or -1 if none waits
 */
gint64
fake_clock_get_next_ms (FakeClock *self)
{
  int next = find_next (self);

  return next < 0 ? -1 : g_array_index (self->timeouts, FakeTimeout, next).due_ms - self->elapsed_ms;
}
