/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Plays the gateways and platforms of many accounts to one relay, all at once: what grows with their number, and what one
 * of them gets while another has thousands of things under way. Otherwise as bench-driver.
 */

#include "config.h"

#include "bench-load.h"

#include "bench-frames.h"
#include "bench-options.h"
#include "bench-util.h"

#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* What of a message is kept: ids and names stand in front. */
#define KEEP_BYTES 512

static int n_accounts = 1;

static const GOptionEntry entries[] = {
  { "accounts", 0, 0, G_OPTION_ARG_INT, &n_accounts, "How many accounts the peer has", "N" },
  { NULL },
};

static const struct {
  const char *name;
  guint n_words;
  void (*run) (BenchLoad *self, char **words);
} stages[] = {
  { "flood", 3, bench_load_flood },     /* flood:WINDOW:MS */
  { "paced", 3, bench_load_paced },     /* paced:PER_SECOND:MS */
  { "pending", 2, bench_load_pending }, /* pending:COUNT */
  { "reads", 4, bench_load_reads },     /* reads:COUNT:PATH:BYTES */
  { "streams", 3, bench_load_streams }, /* streams:COUNT:DELTAS */
};

/* --- what the stages share --- */

/**
 * bench_load_look:
 * @self: the load
 *
 * Takes what has come to any link, without waiting.
 */
void
bench_load_look (BenchLoad *self)
{
  if (poll (self->fds, 2 * self->n_accounts, 0) <= 0)
    return;

  for (guint i = 0; i < self->n_accounts; i++)
    {
      if (self->fds[2 * i].revents != 0)
        bench_link_receive (&self->accounts[i].gateway);
      if (self->fds[2 * i + 1].revents != 0)
        bench_link_receive (&self->accounts[i].platform);
    }
}

/**
 * bench_load_await:
 * @self: the load
 * @link: a link
 * @n_messages: how many are to be there
 * @awaited: what they are
 *
 * Waits for messages.
 */
void
bench_load_await (BenchLoad *self, BenchLink *link, guint n_messages, const char *awaited)
{
  gint64 given_up_ns = bench_now_ns () + BENCH_PATIENCE_MS * G_GINT64_CONSTANT (1000000);

  while (g_queue_get_length (&link->messages) < n_messages)
    {
      bench_load_look (self);
      if (bench_now_ns () > given_up_ns)
        bench_fail ("%u of %s did not come", n_messages - g_queue_get_length (&link->messages), awaited);
    }
}

static void
send_text (BenchLink *link, const char *text)
{
  g_autoptr (GString) frame = bench_frame_new (1, text, strlen (text));

  bench_link_send (link, frame);
}

static void
take (BenchLoad *self, BenchLink *link, const char *text)
{
  g_autoptr (BenchMessage) message = NULL;

  bench_load_await (self, link, 1, "a round trip");
  message = g_queue_pop_head (&link->messages);
  if (strcmp (message->head->str, text) != 0)
    bench_fail ("a round trip got another frame than its own: %.100s", message->head->str);
}

/**
 * bench_load_trip:
 * @self: the load
 * @account: the number of an account with nothing else under way
 *
 * Has the account's platform ask and its gateway answer.
 *
 * Returns: how long it took, in nanoseconds
 */
gint64
bench_load_trip (BenchLoad *self, guint account)
{
  static const char request[] = "{\"type\":\"req\",\"id\":\"beside\",\"method\":\"health\"}";
  static const char answer[] = "{\"type\":\"res\",\"id\":\"beside\",\"ok\":true,\"payload\":{}}";
  BenchSession *session = &self->accounts[account];
  gint64 started_ns = bench_now_ns ();

  send_text (&session->platform, request);
  take (self, &session->gateway, request);
  send_text (&session->gateway, answer);
  take (self, &session->platform, answer);

  return bench_now_ns () - started_ns;
}

/**
 * bench_outbox_init:
 * @self: (out caller-allocates): an outbox
 */
void
bench_outbox_init (BenchOutbox *self)
{
  *self = (BenchOutbox){ g_string_new (NULL), 0 };
}

/**
 * bench_outbox_clear:
 * @self: an outbox
 */
void
bench_outbox_clear (BenchOutbox *self)
{
  g_string_free (self->bytes, TRUE);
}

/**
 * bench_outbox_add:
 * @self: an outbox
 * @format: the text of a frame, printf style
 * @...: the arguments
 */
void
bench_outbox_add (BenchOutbox *self, const char *format, ...)
{
  g_autofree char *text = NULL;
  g_autoptr (GString) frame = NULL;
  va_list arguments;

  va_start (arguments, format);
  text = g_strdup_vprintf (format, arguments);
  va_end (arguments);

  frame = bench_frame_new (1, text, strlen (text));
  g_string_append_len (self->bytes, frame->str, (gssize) frame->len);
}

/**
 * bench_outbox_write:
 * @self: an outbox
 * @link: where its frames go
 *
 * Writes as much as the socket takes.
 *
 * Returns: whether all of it is out
 */
gboolean
bench_outbox_write (BenchOutbox *self, BenchLink *link)
{
  gsize left = self->bytes->len - self->n_written;

  if (left > 0)
    self->n_written += bench_link_write (link, self->bytes->str + self->n_written, left);
  bench_link_set_mid_frame (link, self->n_written < self->bytes->len);

  return self->n_written == self->bytes->len;
}

/* --- the program --- */

static void
run (BenchLoad *self, const char *text)
{
  for (gsize i = 0; i < G_N_ELEMENTS (stages); i++)
    {
      g_auto (GStrv) words = g_strsplit (text, ":", -1);

      if (!g_str_equal (words[0], stages[i].name))
        continue;
      if (g_strv_length (words) != stages[i].n_words)
        bench_fail ("a stage %s has %u parts: %s", stages[i].name, stages[i].n_words, text);
      bench_child_reset_peak (&self->accounts[0].child);
      stages[i].run (self, words);
      g_string_append (self->accounts[0].report, "}");
      return;
    }
  bench_fail ("there is no such stage: %s", text);
}

static void
connect_all (BenchLoad *self, const BenchOptions *options)
{
  for (guint i = 0; i < self->n_accounts; i++)
    {
      bench_link_init (&self->accounts[i].gateway, "gateway", TRUE);
      bench_link_init (&self->accounts[i].platform, "platform", TRUE);
    }
  bench_child_start (&self->accounts[0].child, options->peer);
  bench_sessions_connect (self->accounts, self->n_accounts, options->gateway_fd, options->platform_fd);
  bench_session_report_start (&self->accounts[0], self->n_accounts);

  for (guint i = 0; i < self->n_accounts; i++)
    {
      self->accounts[i].gateway.keep_bytes = self->accounts[i].platform.keep_bytes = KEEP_BYTES;
      self->fds[2 * i] = (struct pollfd){ .fd = self->accounts[i].gateway.fd, .events = POLLIN };
      self->fds[2 * i + 1] = (struct pollfd){ .fd = self->accounts[i].platform.fd, .events = POLLIN };
    }
}

static void
clear_all (BenchLoad *self)
{
  bench_child_stop (&self->accounts[0].child);
  for (guint i = 0; i < self->n_accounts; i++)
    {
      bench_link_clear (&self->accounts[i].gateway);
      bench_link_clear (&self->accounts[i].platform);
    }
  g_string_free (self->accounts[0].report, TRUE);
  g_free (self->accounts);
  g_free (self->fds);
}

int
main (int argc, char **argv)
{
  BenchLoad load = { 0 };
  BenchOptions options;

  setlocale (LC_ALL, "C");
  signal (SIGPIPE, SIG_IGN);
  bench_options_parse (&options, "- measure a relay with many accounts", entries, &argc, &argv);
  if (n_accounts < 1)
    bench_fail ("--accounts must be at least 1");

  load.n_accounts = (guint) n_accounts;
  load.accounts = g_new0 (BenchSession, load.n_accounts);
  load.fds = g_new0 (struct pollfd, 2 * load.n_accounts);
  connect_all (&load, &options);
  for (char **stage = options.stages; stage != NULL && *stage != NULL; stage++)
    run (&load, *stage);

  printf ("%s]}\n", load.accounts[0].report->str);
  clear_all (&load);
  bench_options_clear (&options);
  return EXIT_SUCCESS;
}
