/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Usage: soak MINUTES LOG. Keeps gangwayd under mixed traffic and trouble for so long; its log goes to LOG. At equal
 * checkpoints traffic and trouble pause, and all must have arrived and been answered, and memory and descriptors be as
 * before.
 */

#include "config.h"

#include "endurance/soak.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

#include "endurance/process-look.h"

#define ACT_MS 20
#define TROUBLE_MS 1500
#define STATUS_MS 500
/* Of a run's answer: long enough for streams to be cut. */
#define WORD_MS 20
#define SETTLE_MS 60000
#define MIN_MINUTES 0.1
#define MAX_MINUTES (24 * 60)
/* A short run has ten checkpoints, a long one has one each minute. */
#define CHECKPOINT_MS 60000
#define MIN_CHECKPOINTS 10
/* What may come to it between the middle third of the checkpoints and the last: to the heap in use, next to nothing; to the
 * memory, what gangwayd keeps of a heap that was larger (see its main.c). */
#define MAX_HEAP_GROWTH_KIB 512
#define MAX_RSS_GROWTH_KIB (16 * 1024)
#define MAX_RSS_KIB (96 * 1024)
/* Four sessions at rest, whatever they have carried. */
#define MAX_HEAP_KIB (4 * 1024)
#define MAX_FAULTS_SHOWN 20

static const char *const account_ids[] = { "north", "east", "south", "west" };

/* What was seen at a checkpoint. */
typedef struct {
  guint64 heap_kib; /* in use */
  guint64 rss_kib;
  guint n_descriptors;
} Checkpoint;

static guint n_passed, n_failed;

static void
check (gboolean is_good, const char *what)
{
  *(is_good ? &n_passed : &n_failed) += 1;
  if (!is_good)
    printf ("failed: %s\n", what);
}

/* --- what goes on all the time --- */

static gboolean
on_act (gpointer user_data)
{
  Soak *self = user_data;

  for (guint i = 0; self->is_busy && i < self->accounts->len; i++)
    soak_account_act (self->accounts->pdata[i]);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_trouble (gpointer user_data)
{
  Soak *self = user_data;

  if (self->is_busy)
    soak_make_trouble (self);
  return G_SOURCE_CONTINUE;
}

static void
on_status (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Soak *self = user_data;
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = g_dbus_connection_call_finish (G_DBUS_CONNECTION (source), result, &error);

  if (reply == NULL)
    ledger_add_fault (self->ledger, "GetStatus: %s", error->message);
}

static gboolean
on_status_due (gpointer user_data)
{
  Soak *self = user_data;

  g_dbus_connection_call (self->service.connection, SERVICE_BUS_NAME, SERVICE_PATH, SERVICE_MANAGER, "GetStatus", NULL,
                          G_VARIANT_TYPE ("(a{sa{sv}})"), G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, on_status, self);
  return G_SOURCE_CONTINUE;
}

/* Frames to the gateway are in the books, or requests that it serves; none is waited for. */
static gboolean
on_gateway_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  fake_message_unref (fake_connection_take_message (connection, NULL, NULL));
  return FALSE;
}

/* --- checkpoints --- */

static void
run_for (guint duration_ms)
{
  gint64 end_us = g_get_monotonic_time () + (gint64) duration_ms * 1000;

  while (g_get_monotonic_time () < end_us)
    g_main_context_iteration (NULL, TRUE);
}

static gboolean
are_all_settled (Soak *self)
{
  gboolean all = TRUE;

  for (guint i = 0; i < self->accounts->len; i++)
    all &= soak_account_settle (self->accounts->pdata[i]);
  return all;
}

/* Traffic and trouble pause, and the settings are as usual. */
static gboolean
settle (Soak *self)
{
  gboolean in_time = TRUE;
  FakeWait wait;

  self->is_busy = FALSE;
  soak_write_settings (self, FALSE);
  g_variant_unref (service_call_manager (&self->service, "Reload"));

  fake_wait_begin (&wait);
  while (!are_all_settled (self) && in_time)
    in_time = fake_wait_iterate (&wait);
  fake_wait_end (&wait);

  for (guint i = 0; !in_time && i < self->accounts->len; i++)
    {
      g_autofree char *text = soak_account_describe (self->accounts->pdata[i]);

      ledger_add_fault (self->ledger, "%s", text);
    }
  return in_time;
}

static void
print_faults (Soak *self, guint from)
{
  for (guint i = from; i < self->ledger->faults->len && i < MAX_FAULTS_SHOWN; i++)
    printf ("fault: %s\n", (const char *) self->ledger->faults->pdata[i]);
}

static void
print_head (void)
{
  printf ("%8s %9s %10s %9s %9s %6s %9s %9s %6s\n", "minute", "frames", "MB", "requests", "restarts", "edits", "heap KiB",
          "RSS KiB", "files");
}

static void
print_row (Soak *self, double minute, const Checkpoint *seen)
{
  guint64 n_requests = 0;

  for (guint i = 0; i < self->accounts->len; i++)
    n_requests += ((SoakAccount *) self->accounts->pdata[i])->n_requests;
  printf ("%8.1f %9" G_GUINT64_FORMAT " %10.1f %9" G_GUINT64_FORMAT " %9u %6u %9" G_GUINT64_FORMAT " %9" G_GUINT64_FORMAT
          " %6u\n",
          minute, self->ledger->n_frames, (double) self->ledger->n_bytes / 1e6, n_requests, self->n_restarts, self->n_edits,
          seen->heap_kib, seen->rss_kib, seen->n_descriptors);
  fflush (stdout);
}

static guint64
get_heap_kib (Soak *self)
{
  g_autofree char *text = NULL;

  g_unlink (self->heap_file);
  g_subprocess_send_signal (self->daemon, SIGUSR2);
  fake_wait_until (g_file_get_contents (self->heap_file, &text, NULL, NULL));
  return g_ascii_strtoull (text, NULL, 10) / 1024;
}

static void
look (Soak *self, Checkpoint *seen, const Checkpoint *first)
{
  const char *pid = g_subprocess_get_identifier (self->daemon);
  FakeWait wait;

  fake_wait_begin (&wait);
  do
    seen->n_descriptors = process_count_descriptors (pid);
  while (seen->n_descriptors != first->n_descriptors && seen != first && fake_wait_iterate (&wait));
  fake_wait_end (&wait);
  seen->heap_kib = get_heap_kib (self);
  seen->rss_kib = process_get_kib (pid, "VmRSS");
}

static gboolean
run_to_checkpoint (Soak *self, guint duration_ms, GArray *checkpoints)
{
  guint n_faults = self->ledger->faults->len;
  Checkpoint seen = { 0 };
  gboolean is_settled;

  self->is_busy = TRUE;
  run_for (duration_ms);
  is_settled = settle (self);
  check (is_settled, "everything has arrived and was answered");
  check (self->ledger->faults->len == n_faults, "all of it was right, and in order");
  print_faults (self, n_faults);

  look (self, &seen, checkpoints->len > 0 ? &g_array_index (checkpoints, Checkpoint, 0) : &seen);
  g_array_append_val (checkpoints, seen);
  check (seen.n_descriptors == g_array_index (checkpoints, Checkpoint, 0).n_descriptors,
         "no more files are open than at first");
  check (seen.heap_kib < MAX_HEAP_KIB && seen.rss_kib < MAX_RSS_KIB, "the memory is small");
  print_row (self, (double) checkpoints->len * duration_ms / 60000, &seen);
  return is_settled;
}

static int
compare_kib (gconstpointer a, gconstpointer b)
{
  const guint64 *x = a, *y = b;

  return *x < *y ? -1 : *x > *y;
}

/* Returns: the median of a figure of the checkpoints, which is at @offset */
static guint64
get_median_kib (GArray *checkpoints, gsize offset, guint from, guint to)
{
  g_autoptr (GArray) values = g_array_new (FALSE, FALSE, sizeof (guint64));

  for (guint i = from; i < to; i++)
    g_array_append_val (values, G_STRUCT_MEMBER (guint64, &g_array_index (checkpoints, Checkpoint, i), offset));
  g_array_sort (values, compare_kib);
  return g_array_index (values, guint64, values->len / 2);
}

static void
check_growth (GArray *checkpoints, const char *name, gsize offset, guint64 max_growth_kib)
{
  guint third = checkpoints->len / 3;
  guint64 middle_kib = get_median_kib (checkpoints, offset, third, 2 * third);
  guint64 last_kib = get_median_kib (checkpoints, offset, checkpoints->len - third, checkpoints->len);

  printf ("%s: %" G_GUINT64_FORMAT " KiB in the middle third, %" G_GUINT64_FORMAT " KiB in the last\n", name, middle_kib,
          last_kib);
  check (last_kib < middle_kib + max_growth_kib, "it does not grow");
}

static void
check_memory (GArray *checkpoints)
{
  check_growth (checkpoints, "heap in use", G_STRUCT_OFFSET (Checkpoint, heap_kib), MAX_HEAP_GROWTH_KIB);
  check_growth (checkpoints, "RSS", G_STRUCT_OFFSET (Checkpoint, rss_kib), MAX_RSS_GROWTH_KIB);
}

/* --- begin and end --- */

static void
start_daemon (Soak *self, const char *log)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (&self->service, G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_stderr_file_path (launcher, log);
  g_subprocess_launcher_setenv (launcher, "LD_PRELOAD", HEAP_LOOK, TRUE);
  g_subprocess_launcher_setenv (launcher, "HEAP_LOOK_FILE", self->heap_file, TRUE);
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, GANGWAYD, NULL);
  g_assert_no_error (error);
}

static void
begin (Soak *self, const char *log)
{
  service_fixture_set_up (&self->service, NULL);
  self->heap_file = g_build_filename (self->service.dir, "heap", NULL);
  self->ledger = ledger_new ();
  self->random = g_rand_new ();
  self->accounts = g_ptr_array_new_with_free_func ((GDestroyNotify) soak_account_free);
  ledger_watch (self->ledger, FAKE_PEER (self->service.gateway), "gateway");
  g_signal_connect (self->service.gateway, "message", G_CALLBACK (on_gateway_message), NULL);
  fake_gateway_set_delay (self->service.gateway, WORD_MS);
  for (guint i = 0; i < G_N_ELEMENTS (account_ids); i++)
    g_ptr_array_add (self->accounts, soak_account_new (account_ids[i], self->service.dir, self->ledger, self->random));

  soak_write_settings (self, FALSE);
  start_daemon (self, log);
  g_timeout_add (ACT_MS, on_act, self);
  g_timeout_add (TROUBLE_MS, on_trouble, self);
  g_timeout_add (STATUS_MS, on_status_due, self);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *has_ended = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  *has_ended = TRUE;
}

static void
end (Soak *self)
{
  gboolean has_ended = FALSE;

  g_subprocess_wait_async (self->daemon, NULL, on_ended, &has_ended);
  g_subprocess_send_signal (self->daemon, SIGTERM);
  fake_wait_until (has_ended);
  check (g_subprocess_get_if_exited (self->daemon) && g_subprocess_get_exit_status (self->daemon) == 0,
         "gangwayd ended well");

  while (g_source_remove_by_user_data (self))
    ;
  service_fixture_tear_down (&self->service, NULL);
  g_ptr_array_unref (self->accounts);
  ledger_free (self->ledger);
  g_rand_free (self->random);
  g_object_unref (self->daemon);
  g_free (self->heap_file);
}

static double
read_minutes (const char *text)
{
  char *rest;
  double minutes = g_ascii_strtod (text, &rest);

  return *rest == '\0' && minutes >= MIN_MINUTES && minutes <= MAX_MINUTES ? minutes : 0;
}

int
main (int argc, char *argv[])
{
  Soak self = { 0 };
  g_autoptr (GArray) checkpoints = g_array_new (FALSE, FALSE, sizeof (Checkpoint));
  double minutes = argc == 3 ? read_minutes (argv[1]) : 0;
  guint n_checkpoints = MAX (MIN_CHECKPOINTS, (guint) (minutes * 60000 / CHECKPOINT_MS));
  gboolean goes_on = TRUE;

  if (minutes == 0)
    {
      fprintf (stderr, "Usage: soak MINUTES LOG\nMINUTES is a number from %g to %d.\n", MIN_MINUTES, MAX_MINUTES);
      return 2;
    }

  fake_wait_set_limit (SETTLE_MS);
  begin (&self, argv[2]);
  print_head ();
  for (guint i = 0; goes_on && i < n_checkpoints; i++)
    goes_on = run_to_checkpoint (&self, (guint) (minutes * 60000 / n_checkpoints), checkpoints);

  if (goes_on)
    check_memory (checkpoints);
  end (&self);
  printf ("%u passed, %u failed\n", n_passed, n_failed);
  return n_failed == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}
