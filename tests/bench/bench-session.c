/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-frames.h"
#include "bench-stages.h"
#include "bench-util.h"

#include <string.h>

static const char challenge[] =
    "{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{\"nonce\":\"4a1d2c\",\"ts\":1767225600000}}";
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

/**
 * bench_session_connect:
 * @self: a session whose peer has been started
 * @gateway_fd: where the peer dials the gateway
 * @platform_fd: where it dials the platform
 *
 * Plays both ends of the handshake. A peer that copies bytes gets the same frames, without upgrades and pre-handshake.
 */
void
bench_session_connect (BenchSession *self, int gateway_fd, int platform_fd)
{
  g_autoptr (GString) hello = bench_hello_new ();

  bench_link_accept (&self->gateway, gateway_fd);
  send_text (&self->gateway, challenge, strlen (challenge));

  bench_link_accept (&self->platform, platform_fd);
  if (self->platform.framed)
    expect_pre_handshake (&self->platform);
  expect_verbatim (&self->platform, challenge, strlen (challenge), "challenge");

  send_text (&self->platform, connect_request, strlen (connect_request));
  expect_verbatim (&self->gateway, connect_request, strlen (connect_request), "connect request");

  send_text (&self->gateway, hello->str, hello->len);
  expect_verbatim (&self->platform, hello->str, hello->len, "hello");
}
