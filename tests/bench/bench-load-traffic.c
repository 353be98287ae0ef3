/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-load.h"

#include "bench-frames.h"
#include "bench-mark.h"
#include "bench-util.h"

#include <stdlib.h>
#include <string.h>

/* Round trips on all accounts at once: the platforms ask, the gateways answer. */

#define REQUEST_BYTES 200
#define NS_PER_MS G_GINT64_CONSTANT (1000000)
#define NS_PER_S G_GINT64_CONSTANT (1000000000)

/* What one account may have under way; their times of sending are found by their numbers. */
#define MAX_UNDER_WAY 1024

typedef struct {
  guint n_sent;
  guint n_done;
  gint64 next_ns; /* when the next request is due */
  gint64 sent_ns[MAX_UNDER_WAY];
} Account;

typedef struct {
  BenchLoad *load;
  Account *accounts; /* (owned) */
  GString *request;  /* (owned) the frame but for its number */
  GString *answer;   /* (owned) likewise */
  gsize id_offset;   /* in both */
  guint window;      /* how many each account has under way; 0: as many as come of the pace */
  gint64 pace_ns;    /* between two requests of an account */
  GArray *times_ns;  /* (owned) (element-type gint64) */
} Traffic;

static void
traffic_init (Traffic *self, BenchLoad *load)
{
  g_autoptr (GString) request = bench_request_new (REQUEST_BYTES);
  g_autoptr (GString) answer = g_string_new ("{\"type\":\"res\",\"id\":\"00000000\",\"ok\":true,\"payload\":\"");

  while (answer->len < REQUEST_BYTES - 2)
    g_string_append_c (answer, '.');
  g_string_append (answer, "\"}");

  *self = (Traffic){ .load = load };
  self->accounts = g_new0 (Account, load->n_accounts);
  self->request = bench_frame_new (1, request->str, request->len);
  self->answer = bench_frame_new (1, answer->str, answer->len);
  self->id_offset = self->request->len - REQUEST_BYTES + strlen ("{\"type\":\"req\",\"id\":\"");
  self->times_ns = g_array_new (FALSE, FALSE, sizeof (gint64));
}

static void
traffic_clear (Traffic *self)
{
  g_free (self->accounts);
  g_string_free (self->request, TRUE);
  g_string_free (self->answer, TRUE);
  g_array_unref (self->times_ns);
}

static void
send_numbered (BenchLink *link, GString *frame, gsize id_offset, guint number)
{
  char id[9];

  g_snprintf (id, sizeof id, "%08u", number);
  memcpy (frame->str + id_offset, id, 8);
  bench_link_send (link, frame);
}

static guint
read_number (const BenchMessage *message)
{
  return (guint) strtoul (message->head->str + strlen ("{\"type\":\"req\",\"id\":\""), NULL, 10);
}

static void
answer_requests (Traffic *self, guint i)
{
  BenchLink *gateway = &self->load->accounts[i].gateway;

  while (!g_queue_is_empty (&gateway->messages))
    {
      g_autoptr (BenchMessage) message = g_queue_pop_head (&gateway->messages);

      send_numbered (gateway, self->answer, self->id_offset, read_number (message));
    }
}

static void
take_answers (Traffic *self, guint i)
{
  BenchLink *platform = &self->load->accounts[i].platform;
  Account *account = &self->accounts[i];

  while (!g_queue_is_empty (&platform->messages))
    {
      g_autoptr (BenchMessage) message = g_queue_pop_head (&platform->messages);
      guint number = read_number (message);
      gint64 taken_ns = bench_now_ns () - account->sent_ns[number % MAX_UNDER_WAY];

      /* each account's requests keep their order */
      if (number != account->n_done++ || message->length != REQUEST_BYTES)
        bench_fail ("account %u got answer %u where %u was due", i, number, account->n_done - 1);
      g_array_append_val (self->times_ns, taken_ns);
    }
}

static void
send_what_is_due (Traffic *self, guint i, gint64 now_ns)
{
  BenchLink *platform = &self->load->accounts[i].platform;
  Account *account = &self->accounts[i];
  guint max_under_way = self->window > 0 ? self->window : MAX_UNDER_WAY;

  while (account->n_sent - account->n_done < max_under_way && account->next_ns <= now_ns)
    {
      account->sent_ns[account->n_sent % MAX_UNDER_WAY] = bench_now_ns ();
      send_numbered (platform, self->request, self->id_offset, account->n_sent++);
      account->next_ns += self->pace_ns;
    }
}

/* Runs for @ms, and until the last answer is there. */
static void
traffic_run (Traffic *self, const char *name, guint ms)
{
  BenchSession *first = &self->load->accounts[0];
  gint64 end_ns = bench_now_ns () + ms * NS_PER_MS;
  gint64 given_up_ns = end_ns + BENCH_PATIENCE_MS * NS_PER_MS;
  guint n_under_way;
  BenchMark mark;

  for (guint i = 0; i < self->load->n_accounts; i++)
    self->accounts[i].next_ns = bench_now_ns () + self->pace_ns * i / self->load->n_accounts;

  bench_mark_set (&mark, first);
  do
    {
      gint64 now_ns = bench_now_ns ();

      bench_load_look (self->load);
      n_under_way = 0;
      for (guint i = 0; i < self->load->n_accounts; i++)
        {
          answer_requests (self, i);
          take_answers (self, i);
          if (now_ns < end_ns)
            send_what_is_due (self, i, now_ns);
          n_under_way += self->accounts[i].n_sent - self->accounts[i].n_done;
        }
      if (now_ns > given_up_ns)
        bench_fail ("%u answers did not come", n_under_way);
    }
  while (bench_now_ns () < end_ns || n_under_way > 0);

  bench_mark_report (&mark, first, name, self->times_ns->len);
  bench_report_times (first, (gint64 *) (gpointer) self->times_ns->data, self->times_ns->len);
}

/**
 * bench_load_paced:
 * @self: the load
 * @words: `paced`, how many requests each account makes in a second, and for how many milliseconds
 *
 * Measures what an account costs that has the same traffic whatever the others do.
 */
void
bench_load_paced (BenchLoad *self, char **words)
{
  Traffic traffic;

  traffic_init (&traffic, self);
  traffic.pace_ns = NS_PER_S / atoi (words[1]);
  traffic_run (&traffic, "paced", (guint) atoi (words[2]));
  traffic_clear (&traffic);
}

/**
 * bench_load_flood:
 * @self: the load
 * @words: `flood`, how many requests each account has under way, and for how many milliseconds
 *
 * Measures how many requests go through altogether.
 */
void
bench_load_flood (BenchLoad *self, char **words)
{
  Traffic traffic;

  traffic_init (&traffic, self);
  traffic.window = (guint) atoi (words[1]);
  traffic_run (&traffic, "flood", (guint) atoi (words[2]));
  traffic_clear (&traffic);
}
