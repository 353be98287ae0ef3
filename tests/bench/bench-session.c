/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-frames.h"
#include "bench-stages.h"
#include "bench-util.h"

#include <string.h>

/* For what a peer still does after it has connected: reading files, collecting garbage. */
#define SETTLE_MS 300

/* The nonce is the session's number, by which both of its ends are known. */
#define CHALLENGE_FORMAT                                                                                                    \
  "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{\"nonce\":\"%06u\",\"ts\":1767225600000}}"
static const char connect_request[] =
    "{\"type\":\"req\",\"id\":\"connect-1\",\"method\":\"connect\",\"params\":{\"minProtocol\":3,\"maxProtocol\":4,"
    "\"client\":{\"id\":\"bench\",\"version\":\"1\",\"platform\":\"linux\",\"mode\":\"backend\"},\"role\":\"operator\","
    "\"scopes\":[\"operator.admin\"],\"auth\":{\"token\":\"bench-gateway-token\"}}}";

static void
send_text (BenchLink *link, const char *payload, gsize length)
{
  g_autoptr (GString) frame = bench_frame_new (1, payload, length);

  bench_link_send (link, frame);
}

static void
expect_verbatim (BenchLink *link, const char *payload, gsize length, const char *awaited)
{
  g_autoptr (BenchMessage) message = bench_link_next (link, awaited);

  if (message->length != length || memcmp (message->head->str, payload, length) != 0)
    bench_fail ("the %s link got something else than the %s: %.100s", link->name, awaited, message->head->str);
}

static void
expect_pre_handshake (BenchLink *platform)
{
  g_autoptr (BenchMessage) message = bench_link_next (platform, "pre-handshake");

  if (strstr (message->head->str, "\"pre-handshake\"") == NULL)
    bench_fail ("the first frame to the platform is no pre-handshake");
}

/* Accepts a connection to the platform, and finds out from the challenge which session it is of. */
static void
accept_platform (BenchSession *sessions, guint n, int platform_fd, gboolean framed)
{
  BenchLink link;
  g_autoptr (BenchMessage) message = NULL;
  g_autofree char *challenge = NULL;
  const char *nonce;
  guint64 number;

  bench_link_init (&link, "platform", framed);
  bench_link_accept (&link, platform_fd);
  if (framed)
    expect_pre_handshake (&link);
  message = bench_link_next (&link, "challenge");

  nonce = strstr (message->head->str, "\"nonce\":\"");
  number = nonce != NULL ? g_ascii_strtoull (nonce + strlen ("\"nonce\":\""), NULL, 10) : n;
  challenge = g_strdup_printf (CHALLENGE_FORMAT, (guint) number);
  if (number >= n || sessions[number].platform.fd >= 0 || strcmp (message->head->str, challenge) != 0)
    bench_fail ("the platform got no challenge of a gateway's: %.100s", message->head->str);

  bench_link_clear (&sessions[number].platform);
  sessions[number].platform = link;
}

static void
agree (BenchSession *self, const GString *hello)
{
  send_text (&self->platform, connect_request, strlen (connect_request));
  expect_verbatim (&self->gateway, connect_request, strlen (connect_request), "connect request");
  send_text (&self->gateway, hello->str, hello->len);
  expect_verbatim (&self->platform, hello->str, hello->len, "hello");
}

/**
 * bench_sessions_connect:
 * @sessions: (array length=n): sessions whose links are new; the first one's peer has been started
 * @n: how many
 * @gateway_fd: where the peer dials the gateway
 * @platform_fd: where it dials the platform
 *
 * Plays both ends of the handshakes. A peer that copies bytes gets the same frames, without upgrades and pre-handshake.
 */
void
bench_sessions_connect (BenchSession *sessions, guint n, int gateway_fd, int platform_fd)
{
  g_autoptr (GString) hello = bench_hello_new ();

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *challenge = g_strdup_printf (CHALLENGE_FORMAT, i);

      bench_link_accept (&sessions[i].gateway, gateway_fd);
      send_text (&sessions[i].gateway, challenge, strlen (challenge));
    }
  for (guint i = 0; i < n; i++)
    accept_platform (sessions, n, platform_fd, sessions[i].platform.framed);
  for (guint i = 0; i < n; i++)
    agree (&sessions[i], hello);
}

/**
 * bench_session_report_start:
 * @self: the first of the sessions, which have just been connected
 * @n: how many
 *
 * Begins the report with the time from the start of the process to now, and the memory that it has come to rest with.
 */
void
bench_session_report_start (BenchSession *self, guint n)
{
  gint64 connected_ns = bench_now_ns ();

  bench_sleep_ms (SETTLE_MS);
  self->report = g_string_new (NULL);
  g_string_append_printf (self->report,
                          "{\"accounts\":%u,\"start_ns\":%" G_GINT64_FORMAT ",\"idle_kib\":%" G_GUINT64_FORMAT
                          ",\"stages\":[",
                          n, connected_ns - self->child.started_ns, bench_child_memory_kib (&self->child, "VmRSS"));
}

static void
start_stream (BenchSession *self, guint number)
{
  g_autofree char *json = g_strdup_printf ("{\"type\":\"req\",\"id\":\"s%u\",\"method\":\"platform.chat.send.stream\","
                                           "\"params\":{\"userId\":\"user-%u\",\"message\":\"hi\"}}",
                                           number, number);
  g_autoptr (GString) request = bench_frame_new (1, json, strlen (json));
  g_autofree char *answer_json = NULL;
  g_autofree char *id = NULL;
  g_autofree char *run = NULL;
  g_autoptr (BenchMessage) asked = NULL;
  g_autoptr (GString) answer = NULL;

  bench_link_send (&self->platform, request);
  asked = bench_link_next (&self->gateway, "chat.send");
  id = bench_message_dup_value (asked, "\"id\":\"");
  run = bench_message_dup_value (asked, "\"idempotencyKey\":\"");
  answer_json = g_strdup_printf ("{\"type\":\"res\",\"id\":\"%s\",\"ok\":true,\"payload\":{\"runId\":\"%s\"}}", id, run);
  answer = bench_frame_new (1, answer_json, strlen (answer_json));
  bench_link_send (&self->gateway, answer);
}

/**
 * bench_session_start_streams:
 * @self: a connected session without streams
 * @n: how many
 *
 * Has streams begin, of which nothing more is heard.
 */
void
bench_session_start_streams (BenchSession *self, guint n)
{
  const gsize keep_bytes = self->gateway.keep_bytes;

  self->gateway.keep_bytes = G_MAXSIZE;
  for (guint i = 0; i < n; i++)
    start_stream (self, i);
  self->gateway.keep_bytes = keep_bytes;
}
