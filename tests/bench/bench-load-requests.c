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

/* Thousands of requests that the relay translates, and hundreds of streams, on the first account; the second one has to
 * have its round trips meanwhile. */

#define N_TRIPS 1000

static void
write_all (BenchLoad *self, BenchOutbox *outbox, BenchLink *link)
{
  while (!bench_outbox_write (outbox, link))
    bench_load_look (self);
}

/* Has the gateway answer all that it was asked, with a payload in which %s is @value of the request. */
static void
answer_all (BenchLoad *self, const char *payload, const char *value)
{
  BenchLink *gateway = &self->accounts[0].gateway;
  BenchOutbox answers;

  bench_outbox_init (&answers);
  while (!g_queue_is_empty (&gateway->messages))
    {
      g_autoptr (BenchMessage) message = g_queue_pop_head (&gateway->messages);
      g_autofree char *id = bench_message_dup_value (message, "\"id\":\"");
      g_autofree char *found = bench_message_dup_value (message, value);

      bench_outbox_add (&answers, "{\"type\":\"res\",\"id\":\"%s\",\"ok\":true,\"payload\":{\"%s\":\"%s\"}}", id, payload,
                        found);
    }
  write_all (self, &answers, gateway);
  bench_outbox_clear (&answers);
}

/* Drops what came, after a look at the last of it. */
static void
expect_last (BenchLink *link, const char *text)
{
  g_autoptr (BenchMessage) last = g_queue_pop_tail (&link->messages);

  if (last == NULL || strstr (last->head->str, text) == NULL)
    bench_fail ("no %s in: %s", text, last != NULL ? last->head->str : "nothing");
  g_queue_clear_full (&link->messages, (GDestroyNotify) bench_message_free);
  g_queue_init (&link->messages);
}

static void
report_trips (BenchLoad *self)
{
  g_autofree gint64 *times_ns = g_new (gint64, N_TRIPS);

  for (guint i = 0; i < N_TRIPS; i++)
    times_ns[i] = bench_load_trip (self, 1);
  bench_report_times (&self->accounts[0], times_ns, N_TRIPS);
}

/* Has the platform send all of @requests, and waits until the gateway has them. */
static void
ask_all (BenchLoad *self, BenchOutbox *requests, guint n)
{
  BenchSession *first = &self->accounts[0];

  requests->n_written = 0;
  write_all (self, requests, &first->platform);
  bench_load_await (self, &first->gateway, n, "the requests");
}

static void
finish_pending (BenchLoad *self, guint n)
{
  BenchSession *first = &self->accounts[0];

  answer_all (self, "sessionKey", "\"sessionKey\":\"");
  bench_load_await (self, &first->platform, n, "the answers");
}

/**
 * bench_load_pending:
 * @self: the load, of two accounts
 * @words: `pending`, and how many
 *
 * Measures requests that the relay translates for the gateway, which answers when it has them all; and then, with as many
 * pending again, the other account.
 */
void
bench_load_pending (BenchLoad *self, char **words)
{
  BenchSession *first = &self->accounts[0];
  guint n = (guint) atoi (words[1]);
  BenchOutbox requests;
  BenchMark mark;

  bench_outbox_init (&requests);
  for (guint i = 0; i < n; i++)
    bench_outbox_add (&requests,
                      "{\"type\":\"req\",\"id\":\"p%u\",\"method\":\"platform.chat.history\",\"params\":{\"userId\":"
                      "\"user-%u\"}}",
                      i, i);

  bench_mark_set (&mark, first);
  ask_all (self, &requests, n);
  finish_pending (self, n);
  bench_mark_report (&mark, first, "pending", n);
  expect_last (&first->platform, "\"ok\":true");

  ask_all (self, &requests, n);
  report_trips (self);
  finish_pending (self, n);
  expect_last (&first->platform, "\"ok\":true");
  bench_outbox_clear (&requests);
}

static void
begin_streams (BenchLoad *self, guint n)
{
  BenchSession *first = &self->accounts[0];
  BenchOutbox requests;

  bench_outbox_init (&requests);
  for (guint i = 0; i < n; i++)
    bench_outbox_add (&requests,
                      "{\"type\":\"req\",\"id\":\"s%u\",\"method\":\"platform.chat.send.stream\",\"params\":{\"userId\":"
                      "\"user-%u\",\"message\":\"hi\",\"runId\":\"run-%u\"}}",
                      i, i, i);
  write_all (self, &requests, &first->platform);
  bench_load_await (self, &first->gateway, n, "the requests");
  answer_all (self, "runId", "\"idempotencyKey\":\"");
  bench_outbox_clear (&requests);
}

/* One event of each run; @n_expected is what comes of each. */
static void
send_events (BenchLoad *self, guint n, const char *members, guint n_expected)
{
  BenchSession *first = &self->accounts[0];
  BenchOutbox events;

  bench_outbox_init (&events);
  for (guint i = 0; i < n; i++)
    bench_outbox_add (&events,
                      "{\"type\":\"event\",\"event\":\"chat\",\"payload\":{\"runId\":\"run-%u\",\"sessionKey\":"
                      "\"agent:main:platform:direct:user-%u\",%s}}",
                      i, i, members);
  write_all (self, &events, &first->gateway);
  bench_load_await (self, &first->platform, n * n_expected, "the events and chunks");
  bench_outbox_clear (&events);
}

/**
 * bench_load_streams:
 * @self: the load, of two accounts
 * @words: `streams`, how many, and how many deltas each has
 *
 * Measures streams that run at once: each delta goes out as it came, and as a chunk.
 */
void
bench_load_streams (BenchLoad *self, char **words)
{
  static const char delta[] = "\"seq\":1,\"state\":\"delta\",\"deltaText\":\"a few words more of what the agent says, \"";
  BenchSession *first = &self->accounts[0];
  guint n = (guint) atoi (words[1]);
  guint n_deltas = (guint) atoi (words[2]);
  BenchMark mark;

  begin_streams (self, n);
  bench_mark_set (&mark, first);
  for (guint i = 0; i < n_deltas; i++)
    {
      send_events (self, n, delta, 2);
      expect_last (&first->platform, "platform.chat.chunk");
    }
  bench_mark_report (&mark, first, "streams", (guint64) n * n_deltas);
  report_trips (self);
  send_events (self, n, "\"seq\":2,\"state\":\"final\"", 2);
  expect_last (&first->platform, "\"ok\":true");
}
