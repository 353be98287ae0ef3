/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

/* Whom a session takes for its peers. */

static char *
dup_certificate_path (const char *name)
{
  return g_test_build_filename (G_TEST_DIST, "fakes", name, NULL);
}

static GTlsCertificate *
load_certificate (const char *name)
{
  g_autofree char *path = dup_certificate_path (name);
  g_autoptr (GError) error = NULL;
  GTlsCertificate *certificate = g_tls_certificate_new_from_file (path, &error);

  g_assert_no_error (error);
  return certificate;
}

static char *
dup_pin (GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;
  g_autofree char *hex = NULL;

  g_object_get (certificate, "certificate", &der, NULL);
  hex = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
  return g_strdup_printf ("sha256:%s", hex);
}

static char *
dup_pin_of (const char *name)
{
  g_autoptr (GTlsCertificate) certificate = load_certificate (name);

  return dup_pin (certificate);
}

static void
use_tls_gateway (SessionFixture *self, const char *name)
{
  g_autoptr (GTlsCertificate) certificate = load_certificate (name);

  g_clear_object (&self->gateway);
  self->gateway = g_object_new (FAKE_TYPE_GATEWAY, "token", FIXTURE_TOKEN, "certificate", certificate, NULL);
}

static void
use_tls_platform (SessionFixture *self, const char *name)
{
  g_autoptr (GTlsCertificate) certificate = load_certificate (name);

  g_clear_object (&self->platform);
  self->platform = g_object_new (FAKE_TYPE_PLATFORM, "certificate", certificate, NULL);
}

/* Refused, and not a byte was said before. */
static void
expect_refused (SessionFixture *self, gpointer peer, const char *message)
{
  session_fixture_expect_error (self, "tls-failed", message);
  g_assert_cmpint (relay_session_get_state (self->session), ==, RELAY_STATE_RETRYING);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (peer)), ==, 1);
  g_assert_cmpstr (fake_connection_get_request (fake_peer_get_nth_connection (FAKE_PEER (peer), 1)), ==, "");
}

/* Connected, and frames of every size go through. */
static void
expect_link (SessionFixture *self)
{
  g_autofree char *padding = g_strnfill (1000000, 'x');
  g_autofree char *params = g_strdup_printf ("{\"p\":\"%s\"}", padding);
  g_autoptr (FakeMessage) answer = NULL;

  session_fixture_connect (self);
  answer = fake_platform_request (self->platform, "echo", params);
  g_assert_cmpuint (answer->length, >, 1000000);
}

static char *
pin_line (const char *pin)
{
  return g_strdup_printf ("tls-fingerprint=%s", pin);
}

static char *
ca_line (const char *name)
{
  g_autofree char *path = dup_certificate_path (name);

  return g_strdup_printf ("tls-ca-file=%s", path);
}

#define WRONG_PIN "sha256:0000000000000000000000000000000000000000000000000000000000000000"

static gboolean
on_opened (FakePeer *peer, FakeConnection *connection, gpointer challenge)
{
  fake_connection_send_text (connection, challenge);
  return TRUE;
}

/* One record of TLS may hold the answer to the upgrade and much behind it (H2). */
static void
test_long_challenge (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *padding = g_strnfill (8000, 'x');
  g_autofree char *challenge =
      g_strdup_printf ("{\"type\":\"event\",\"event\":\"connect.challenge\",\"payload\":{\"nonce\":\"%s\"}}", padding);
  g_autofree char *pin = dup_pin_of ("localhost.pem");
  g_autofree char *line = pin_line (pin);

  use_tls_gateway (self, "localhost.pem");
  g_signal_connect (self->gateway, "opened", G_CALLBACK (on_opened), challenge);
  session_fixture_apply (self, line, "");
  session_fixture_connect (self);
  g_signal_handlers_disconnect_by_data (self->gateway, challenge);
}

/* --- the gateway: a pinned leaf stands in place of CA and name checks --- */

static void
test_gateway_without_pin (SessionFixture *self, gconstpointer unused)
{
  use_tls_gateway (self, "localhost.pem");
  session_fixture_start (self);
  expect_refused (self, self->gateway,
                  "the gateway's certificate for 127.0.0.1 is not trusted: nobody who is trusted has signed it; *"
                  "tls-fingerprint");
}

static void
test_gateway_with_pin (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *pin = dup_pin_of ("localhost.pem");
  g_autofree char *line = pin_line (pin);

  use_tls_gateway (self, "localhost.pem");
  session_fixture_apply (self, line, "");
  expect_link (self);
}

static void
test_gateway_with_pin_and_other_name (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *pin = dup_pin_of ("tls-other-host.pem");
  g_autofree char *line = pin_line (pin);

  use_tls_gateway (self, "tls-other-host.pem");
  session_fixture_apply (self, line, "");
  expect_link (self);
}

static void
test_gateway_with_wrong_pin (SessionFixture *self, gconstpointer unused)
{
  use_tls_gateway (self, "localhost.pem");
  session_fixture_apply (self, "tls-fingerprint=" WRONG_PIN, "");
  expect_refused (self, self->gateway, "the gateway's certificate is not the one that tls-fingerprint pins");
}

/* Only the leaf counts, not who has signed it. */
static void
test_gateway_with_pinned_issuer (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (GTlsCertificate) leaf = load_certificate ("tls-chain.pem");
  g_autofree char *pin = dup_pin (g_tls_certificate_get_issuer (leaf));
  g_autofree char *line = pin_line (pin);

  use_tls_gateway (self, "tls-chain.pem");
  session_fixture_apply (self, line, "");
  expect_refused (self, self->gateway, "the gateway's certificate is not the one that tls-fingerprint pins");
}

/* --- the platform: a CA file, and pins on top of the name check --- */

static void
test_platform_without_ca (SessionFixture *self, gconstpointer unused)
{
  use_tls_platform (self, "tls-chain.pem");
  session_fixture_start (self);
  expect_refused (self, self->platform, "the platform's certificate for 127.0.0.1 is not trusted: nobody who is trusted *");
}

static void
test_platform_with_ca_file (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line = ca_line ("tls-ca.pem");

  use_tls_platform (self, "tls-chain.pem");
  session_fixture_apply (self, "", line);
  expect_link (self);
}

/* A certificate that has signed itself is its own CA. */
static void
test_platform_with_own_certificate_as_ca_file (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line = ca_line ("localhost.pem");

  use_tls_platform (self, "localhost.pem");
  session_fixture_apply (self, "", line);
  expect_link (self);
}

static void
expect_pinned_issuer (SessionFixture *self, const char *name)
{
  g_autoptr (GTlsCertificate) leaf = load_certificate (name);
  g_autofree char *pin = dup_pin (g_tls_certificate_get_issuer (leaf));
  g_autofree char *line = pin_line (pin);

  use_tls_platform (self, name);
  session_fixture_apply (self, "", line);
}

/* Later links take up the first one's TLS session; what was checked then holds for them as well. */
static void
expect_link_again (SessionFixture *self)
{
  for (guint i = 0; i < 5; i++)
    {
      FakeConnection *platform;

      session_fixture_expect_state (self, RELAY_STATE_CONNECTED);
      platform = fake_platform_wait_ready (self->platform);
      fake_connection_close (platform, 1000, NULL);
      session_fixture_expect_error (self, "platform-closed", "platform closed: 1000");
      g_assert_true (relay_session_reconnect (self->session));
    }
  session_fixture_connect (self);
}

static void
test_platform_with_ca_file_again (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line = ca_line ("tls-ca.pem");

  use_tls_platform (self, "tls-chain.pem");
  session_fixture_apply (self, "", line);
  expect_link_again (self);
}

static void
test_platform_with_pinned_issuer_again (SessionFixture *self, gconstpointer unused)
{
  expect_pinned_issuer (self, "tls-chain.pem");
  expect_link_again (self);
}

static void
test_platform_with_other_ca_file (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line = ca_line ("localhost.pem");

  use_tls_platform (self, "tls-chain.pem");
  session_fixture_apply (self, "", line);
  expect_refused (self, self->platform, "the platform's certificate for 127.0.0.1 is not trusted: nobody who is trusted *");
}

static void
test_platform_for_other_host (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line = ca_line ("tls-ca.pem");

  use_tls_platform (self, "tls-other-host.pem");
  session_fixture_apply (self, "", line);
  expect_refused (self, self->platform, "the platform's certificate for 127.0.0.1 is not trusted: it is for another host");
}

static void
test_platform_with_pinned_leaf (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *pin = dup_pin_of ("localhost.pem");
  g_autofree char *two = g_strdup_printf (WRONG_PIN ";%s", pin);
  g_autofree char *line = pin_line (two);

  use_tls_platform (self, "localhost.pem");
  session_fixture_apply (self, "", line);
  expect_link (self);
}

static void
test_platform_with_pinned_leaf_for_other_host (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *pin = dup_pin_of ("tls-other-host.pem");
  g_autofree char *line = pin_line (pin);

  use_tls_platform (self, "tls-other-host.pem");
  session_fixture_apply (self, "", line);
  expect_refused (self, self->platform, "the platform's certificate for 127.0.0.1 is not trusted: it is for another host");
}

static void
test_platform_with_pinned_issuer (SessionFixture *self, gconstpointer unused)
{
  expect_pinned_issuer (self, "tls-chain.pem");
  expect_link (self);
}

static void
test_platform_with_pinned_issuer_for_other_host (SessionFixture *self, gconstpointer unused)
{
  expect_pinned_issuer (self, "tls-other-host.pem");
  expect_refused (self, self->platform, "the platform's certificate for 127.0.0.1 is not trusted: it is for another host");
}

/* Anybody can send the pinned certificate along: it must have signed. */
static void
test_platform_with_pinned_certificate_sent_along (SessionFixture *self, gconstpointer unused)
{
  g_autoptr (GTlsCertificate) genuine = load_certificate ("tls-chain.pem");
  GTlsCertificate *intermediate = g_tls_certificate_get_issuer (genuine);
  g_autoptr (GTlsCertificate) forged_leaf = load_certificate ("localhost.pem");
  g_autofree char *pin = dup_pin (intermediate);
  g_autofree char *line = pin_line (pin);
  g_autofree char *leaf_pem = NULL;
  g_autofree char *key_pem = NULL;
  g_autofree char *intermediate_pem = NULL;
  g_autoptr (GTlsCertificate) forged = NULL;
  g_autoptr (GError) error = NULL;

  g_object_get (forged_leaf, "certificate-pem", &leaf_pem, "private-key-pem", &key_pem, NULL);
  g_object_get (intermediate, "certificate-pem", &intermediate_pem, NULL);
  forged = g_object_new (G_OBJECT_TYPE (forged_leaf), "certificate-pem", leaf_pem, "private-key-pem", key_pem, "issuer",
                         intermediate, NULL);

  g_clear_object (&self->platform);
  self->platform = g_object_new (FAKE_TYPE_PLATFORM, "certificate", forged, NULL);
  session_fixture_apply (self, "", line);
  expect_refused (self, self->platform, "the platform's certificate is not the one that tls-fingerprint pins");
}

/* A pin narrows what a CA file trusts. */
static void
test_platform_with_ca_file_and_wrong_pin (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *ca = ca_line ("tls-ca.pem");
  g_autofree char *lines = g_strdup_printf ("%s\ntls-fingerprint=" WRONG_PIN, ca);

  use_tls_platform (self, "tls-chain.pem");
  session_fixture_apply (self, "", lines);
  expect_refused (self, self->platform, "the platform's certificate is not the one that tls-fingerprint pins");
}

/* Its own CA file, or its pin, makes up for who has signed it, but not for the time. */
static void
expect_out_of_time (SessionFixture *self, const char *name, const char *message)
{
  g_autofree char *pin = dup_pin_of (name);
  g_autofree char *pinned = pin_line (pin);
  g_autofree char *trusted = ca_line (name);

  use_tls_platform (self, name);
  session_fixture_apply (self, "", trusted);
  expect_refused (self, self->platform, message);

  use_tls_platform (self, name);
  session_fixture_apply (self, "", pinned);
  expect_refused (self, self->platform, message);
}

static void
test_platform_expired (SessionFixture *self, gconstpointer unused)
{
  expect_out_of_time (self, "tls-expired.pem",
                      "the platform's certificate for 127.0.0.1 is not trusted: it has expired; is the clock right?");
}

static void
test_platform_not_valid_yet (SessionFixture *self, gconstpointer unused)
{
  expect_out_of_time (self, "tls-not-yet.pem",
                      "the platform's certificate for 127.0.0.1 is not trusted: it is not valid yet; is the clock right?");
}

static void
test_gateway_expired (SessionFixture *self, gconstpointer unused)
{
  use_tls_gateway (self, "tls-expired.pem");
  session_fixture_start (self);
  expect_refused (self, self->gateway, "the gateway's certificate for 127.0.0.1 is not trusted: it has expired; *");
}

static void
test_platform_without_tls (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line =
      g_strdup_printf ("platform-url=wss://127.0.0.1:%u", fake_peer_get_port (FAKE_PEER (self->platform)));

  session_fixture_apply (self, "", line);
  session_fixture_expect_step (self, RELAY_STEP_PLATFORM_DIAL);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 1);
  fake_wait_settle ();
  if (relay_session_get_state (self->session) == RELAY_STATE_CONNECTING)
    fake_connection_drop (fake_peer_get_nth_connection (FAKE_PEER (self->platform), 1), FAKE_DROP_FIN);
  session_fixture_expect_error (self, "tls-failed", "TLS with the platform at wss://127.0.0.1:* failed: *");
}

/* The clock runs while a peer says nothing to our hello. */
static void
test_silent_tls_handshake (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *line =
      g_strdup_printf ("platform-url=wss://127.0.0.1:%u", fake_peer_get_port (FAKE_PEER (self->platform)));

  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_SILENT);
  session_fixture_apply (self, "", line);
  session_fixture_expect_step (self, RELAY_STEP_PLATFORM_DIAL);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 1);
  fake_clock_advance_ms (self->clock, 10000);
  session_fixture_expect_error (self, "timeout", "platform did not answer within 10 s (dialling)");
}

static void
test_close_over_tls (SessionFixture *self, gconstpointer unused)
{
  g_autofree char *pin = dup_pin_of ("localhost.pem");
  g_autofree char *line = pin_line (pin);
  FakeConnection *platform;

  use_tls_gateway (self, "localhost.pem");
  use_tls_platform (self, "localhost.pem");
  session_fixture_apply (self, line, line);
  platform = session_fixture_connect (self);
  fake_connection_close (session_fixture_get_gateway_connection (self), 4002, "over TLS");
  session_fixture_expect_error (self, "gateway-closed", "gateway closed: 4002: over TLS");
  fake_connection_expect_gone (platform);
  g_assert_cmpuint (fake_connection_get_close_code (platform), ==, 4002);
  g_assert_cmpstr (fake_connection_get_close_reason (platform), ==, "over TLS");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/session/tls/gateway/without-pin", test_gateway_without_pin);
  session_fixture_add ("/session/tls/gateway/with-pin", test_gateway_with_pin);
  session_fixture_add ("/session/tls/gateway/with-pin-and-other-name", test_gateway_with_pin_and_other_name);
  session_fixture_add ("/session/tls/gateway/with-wrong-pin", test_gateway_with_wrong_pin);
  session_fixture_add ("/session/tls/gateway/with-pinned-issuer", test_gateway_with_pinned_issuer);
  session_fixture_add ("/session/tls/platform/without-ca", test_platform_without_ca);
  session_fixture_add ("/session/tls/platform/with-ca-file", test_platform_with_ca_file);
  session_fixture_add ("/session/tls/platform/with-ca-file-again", test_platform_with_ca_file_again);
  session_fixture_add ("/session/tls/platform/with-pinned-issuer-again", test_platform_with_pinned_issuer_again);
  session_fixture_add ("/session/tls/platform/with-own-certificate-as-ca-file",
                       test_platform_with_own_certificate_as_ca_file);
  session_fixture_add ("/session/tls/platform/with-other-ca-file", test_platform_with_other_ca_file);
  session_fixture_add ("/session/tls/platform/for-other-host", test_platform_for_other_host);
  session_fixture_add ("/session/tls/gateway/expired", test_gateway_expired);
  session_fixture_add ("/session/tls/platform/expired", test_platform_expired);
  session_fixture_add ("/session/tls/platform/not-valid-yet", test_platform_not_valid_yet);
  session_fixture_add ("/session/tls/platform/with-pinned-leaf", test_platform_with_pinned_leaf);
  session_fixture_add ("/session/tls/platform/with-pinned-leaf-for-other-host",
                       test_platform_with_pinned_leaf_for_other_host);
  session_fixture_add ("/session/tls/platform/with-pinned-issuer", test_platform_with_pinned_issuer);
  session_fixture_add ("/session/tls/platform/with-pinned-issuer-for-other-host",
                       test_platform_with_pinned_issuer_for_other_host);
  session_fixture_add ("/session/tls/platform/with-pinned-certificate-sent-along",
                       test_platform_with_pinned_certificate_sent_along);
  session_fixture_add ("/session/tls/platform/with-ca-file-and-wrong-pin", test_platform_with_ca_file_and_wrong_pin);
  session_fixture_add ("/session/tls/platform/without-tls", test_platform_without_tls);
  session_fixture_add ("/session/tls/long-challenge-behind-the-answer", test_long_challenge);
  session_fixture_add ("/session/tls/silent-handshake", test_silent_tls_handshake);
  session_fixture_add ("/session/tls/close", test_close_over_tls);

  return g_test_run ();
}
