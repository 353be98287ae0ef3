/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/pressure.h"
#include "endurance/process-look.h"
#include "service-fixture.h"

/*
 * A gigabyte for a side that reads now and then, through gangwayd itself: it stays small, all comes out as it went in, and
 * the other account does not notice.
 */

#define GIB (1024 * 1024 * 1024LL)
#define MAX_RSS_KIB (32 * 1024)
/* The account under pressure, and the other one. */
#define LOADED "loaded"
#define OTHER "other"

typedef struct {
  ServiceFixture service;
  PressureNeighbour neighbour;
  char *account_lines; /* (owned) of the account under pressure */
  guint64 max_rss_kib;
  FakeConnection *to_gateway;  /* (unowned) of that account, once it is there */
  FakeConnection *to_platform; /* (unowned) likewise */
} Pressure;

/* --- the service --- */

static void
configure (Pressure *self, const char *gateway_lines, const char *accounts)
{
  g_autofree char *text =
      g_strdup_printf ("[gateway]\nopenclaw-config=%s/openclaw.json\nurl=%s\ntoken=" SERVICE_TOKEN "\n%s\n"
                       "[retry]\ninitial-delay=0.5\nmax-delay=0.5\n%s",
                       self->service.dir, fake_peer_get_url (FAKE_PEER (self->service.gateway)), gateway_lines, accounts);

  service_configure_raw (&self->service, text);
}

/* Starts the service with the other account, so that the gateway's next connection is that of the account under pressure. */
static void
start (Pressure *self, const char *gateway_lines, FakeGatewayMode gateway_mode)
{
  g_autofree char *other = service_account (OTHER, self->service.platform2, "");
  g_autofree char *loaded = service_account (LOADED, self->service.platform, self->account_lines);
  g_autofree char *both = g_strconcat (other, loaded, NULL);

  configure (self, gateway_lines, other);
  service_start (&self->service);
  service_wait_for_state (&self->service, OTHER, "connected");
  fake_platform_wait_ready (self->service.platform2);
  pressure_neighbour_begin (&self->neighbour, self->service.platform2);

  fake_gateway_set_mode (self->service.gateway, gateway_mode);
  configure (self, gateway_lines, both);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->service.gateway)) == 2);
  self->to_gateway = fake_peer_get_nth_connection (FAKE_PEER (self->service.gateway), 2);
}

static void
wait_connected (Pressure *self)
{
  service_wait_for_state (&self->service, LOADED, "connected");
  self->to_platform = fake_platform_wait_ready (self->service.platform);
}

static void
check_memory (Pressure *self)
{
  g_autofree char *pid = service_dup_pid (&self->service);
  guint64 most_kib = process_get_kib (pid, "VmHWM");

  g_test_message ("%" G_GUINT64_FORMAT " KiB now, %" G_GUINT64_FORMAT " KiB at most", process_get_kib (pid, "VmRSS"),
                  most_kib);
  g_assert_cmpuint (most_kib, <, self->max_rss_kib);
}

static void
use_tls_platform (Pressure *self)
{
  g_autofree char *chain = g_test_build_filename (G_TEST_DIST, "fakes", "tls-chain.pem", NULL);
  g_autofree char *ca = g_test_build_filename (G_TEST_DIST, "fakes", "tls-ca.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (chain, &error);

  g_assert_no_error (error);
  g_clear_object (&self->service.platform);
  self->service.platform = g_object_new (FAKE_TYPE_PLATFORM, "certificate", certificate, NULL);
  g_free (self->account_lines);
  self->account_lines = g_strdup_printf ("tls-ca-file=%s", ca);
}

static void
set_up (Pressure *self, gconstpointer unused)
{
  service_fixture_set_up (&self->service, NULL);
  self->account_lines = g_strdup ("");
  self->max_rss_kib = MAX_RSS_KIB;
}

static void
tear_down (Pressure *self, gconstpointer unused)
{
  pressure_neighbour_end (&self->neighbour);
  g_free (self->account_lines);
  service_fixture_tear_down (&self->service, NULL);
}

/* --- in the relay --- */

/* The receiver stops and goes on, each time within the stall limit. */
static void
let_through (Pressure *self, PressureFlow *flow)
{
  const guint n_stops = 4;

  for (guint i = 1; i <= n_stops; i++)
    {
      fake_connection_set_reading (flow->to, FALSE);
      pressure_flow_wait_for_stall (flow);
      check_memory (self);
      fake_connection_set_reading (flow->to, TRUE);
      fake_wait_until (flow->n_received >= flow->n_frames / n_stops * i);
    }
  fake_wait_until (pressure_flow_is_done (flow));
  g_assert_cmpuint (flow->n_bytes, >=, GIB);
  check_memory (self);
}

/* Nothing was closed meanwhile. */
static void
check_same_link (Pressure *self)
{
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->service.platform)), ==, 1);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->service.gateway)), ==, 2);
  g_assert_true (service_property_is (&self->service, LOADED, "State", "connected"));
}

static void
check_to_platform (Pressure *self)
{
  g_autofree char *id = NULL;
  g_autoptr (FakeMessage) request = NULL;
  g_autoptr (FakeMessage) answer = NULL;
  PressureFlow flow;

  start (self, "", FAKE_GATEWAY_GOOD);
  wait_connected (self);
  fake_connection_set_reading (self->to_platform, FALSE);
  pressure_flow_begin (&flow, self->to_gateway, self->to_platform, GIB);
  pressure_flow_wait_for_stall (&flow);

  /* the platform does not read, but is read, and gets its answers when it reads again */
  fake_connection_send_frame (self->to_platform, FAKE_FIN | FAKE_PING, "x", 1);
  id = fake_platform_send_request (self->service.platform, "echo", "{\"n\":1}");
  request = fake_gateway_expect_request (self->to_gateway, "echo");
  g_assert_cmpint (fake_message_get_int (request, "params.n"), ==, 1);

  let_through (self, &flow);
  answer = fake_platform_expect_answer (self->service.platform, id);
  g_assert_cmpuint (fake_connection_get_n_pongs (self->to_platform), ==, 1);
  check_same_link (self);
  pressure_flow_end (&flow);
}

static void
check_to_gateway (Pressure *self)
{
  g_autoptr (FakeMessage) event = NULL;
  PressureFlow flow;

  start (self, "", FAKE_GATEWAY_GOOD);
  wait_connected (self);
  fake_connection_set_reading (self->to_gateway, FALSE);
  pressure_flow_begin (&flow, self->to_platform, self->to_gateway, GIB);
  pressure_flow_wait_for_stall (&flow);

  fake_connection_send_frame (self->to_gateway, FAKE_FIN | FAKE_PING, "x", 1);
  fake_gateway_send_event (self->service.gateway, self->to_gateway, "meanwhile", "{}");
  event = fake_platform_expect_event (self->service.platform, "meanwhile");

  let_through (self, &flow);
  g_assert_cmpuint (fake_connection_get_n_pongs (self->to_gateway), ==, 1);
  check_same_link (self);
  pressure_flow_end (&flow);
}

static void
test_to_platform (Pressure *self, gconstpointer unused)
{
  check_to_platform (self);
}

static void
test_to_gateway (Pressure *self, gconstpointer unused)
{
  check_to_gateway (self);
}

static void
test_to_tls_platform (Pressure *self, gconstpointer unused)
{
  use_tls_platform (self);
  check_to_platform (self);
}

static void
test_from_tls_platform (Pressure *self, gconstpointer unused)
{
  use_tls_platform (self);
  check_to_gateway (self);
}

/* --- in the handshake --- */

/* The platform has sent its connect request, and the gateway holds back its answer. */
static void
start_with_held_hello (Pressure *self)
{
  start (self, "", FAKE_GATEWAY_HOLD_HELLO);
  self->to_platform = fake_peer_wait_for_connection (self->service.platform);
  fake_wait_until (fake_connection_get_n_messages (self->to_gateway) == 1);
}

static void
test_before_hello (Pressure *self, gconstpointer unused)
{
  PressureFlow flow;

  start_with_held_hello (self);
  fake_connection_set_reading (self->to_platform, FALSE);
  pressure_flow_begin (&flow, self->to_gateway, self->to_platform, GIB);
  pressure_flow_wait_for_stall (&flow);
  check_memory (self);
  fake_gateway_release (self->service.gateway);

  fake_connection_set_reading (self->to_platform, TRUE);
  wait_connected (self);
  let_through (self, &flow);
  check_same_link (self);
  pressure_flow_end (&flow);
}

static void
test_behind_connect (Pressure *self, gconstpointer unused)
{
  PressureFlow flow;

  start_with_held_hello (self);
  pressure_flow_begin (&flow, self->to_platform, self->to_gateway, GIB);
  pressure_flow_wait_for_stall (&flow);
  g_assert_cmpuint (flow.n_received, ==, 0);
  check_memory (self);
  fake_gateway_release (self->service.gateway);

  wait_connected (self);
  let_through (self, &flow);
  check_same_link (self);
  pressure_flow_end (&flow);
}

/* --- past the stall limit --- */

static void
check_stall (Pressure *self, PressureFlow *flow)
{
  fake_connection_set_reading (flow->to, FALSE);
  fake_wait_until (service_property_is (&self->service, LOADED, "State", "retrying"));
  g_assert_true (service_property_is (&self->service, LOADED, "LastErrorCode", "stalled"));
  fake_connection_expect_gone (flow->from);
  g_assert_cmpuint (fake_connection_get_close_code (flow->from), ==, 1001);
  fake_connection_set_reading (flow->to, TRUE);
  fake_connection_expect_gone (flow->to);
  g_assert_false (pressure_flow_is_done (flow));
  pressure_flow_end (flow);

  service_wait_for_state (&self->service, LOADED, "connected");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->service.platform)), ==, 2);
  check_memory (self);
}

static void
test_platform_stalls (Pressure *self, gconstpointer unused)
{
  PressureFlow flow;

  start (self, "stall-timeout=2", FAKE_GATEWAY_GOOD);
  wait_connected (self);
  pressure_flow_begin (&flow, self->to_gateway, self->to_platform, GIB);
  check_stall (self, &flow);
}

static void
test_gateway_stalls (Pressure *self, gconstpointer unused)
{
  PressureFlow flow;

  start (self, "stall-timeout=2", FAKE_GATEWAY_GOOD);
  wait_connected (self);
  pressure_flow_begin (&flow, self->to_platform, self->to_gateway, GIB);
  check_stall (self, &flow);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fake_wait_set_limit (120000);

#define add(path, func) g_test_add (path, Pressure, NULL, set_up, func, tear_down)
  add ("/pressure/R10/to-platform", test_to_platform);
  add ("/pressure/R10/to-gateway", test_to_gateway);
  add ("/pressure/R10/to-tls-platform", test_to_tls_platform);
  add ("/pressure/R10/from-tls-platform", test_from_tls_platform);
  add ("/pressure/R10/platform-stalls", test_platform_stalls);
  add ("/pressure/R10/gateway-stalls", test_gateway_stalls);
  add ("/pressure/H2/before-hello", test_before_hello);
  add ("/pressure/H2/behind-connect", test_behind_connect);

  return g_test_run ();
}
