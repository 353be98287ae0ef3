/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-peer.h"
#include "relay/relay-endpoint.h"

typedef struct {
  FakePeer *peer;                /* (owned) */
  char *pin;                     /* (owned) */
  GSocketConnection *connection; /* (owned) (nullable) */
  GError *error;                 /* (owned) (nullable) */
} Fixture;

static void
set_up (Fixture *self, gconstpointer unused)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fakes", "localhost.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);
  g_autoptr (GByteArray) der = NULL;

  g_assert_no_error (error);
  g_object_get (certificate, "certificate", &der, NULL);
  self->pin = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);
  self->peer = g_object_new (FAKE_TYPE_PEER, "certificate", certificate, NULL);
}

static void
tear_down (Fixture *self, gconstpointer unused)
{
  g_clear_object (&self->connection);
  g_clear_object (&self->peer);
  g_clear_error (&self->error);
  g_free (self->pin);
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Fixture *self = user_data;

  self->connection = relay_endpoint_dial_finish (RELAY_ENDPOINT (source), result, &self->error);
}

static void
dial (Fixture *self, const char *pin)
{
  g_autofree char *text = g_strdup_printf ("[account test]\nplatform-url=wss://localhost:%u\nplatform-key=key-4711\n%s%s\n",
                                           fake_peer_get_port (self->peer), pin != NULL ? "tls-fingerprint=sha256:" : "",
                                           pin != NULL ? pin : "");
  g_autoptr (GError) error = NULL;
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (text, strlen (text), "gangway.conf", &error);
  g_autoptr (RelayEndpoint) endpoint = NULL;

  g_assert_no_error (error);
  endpoint = relay_endpoint_new_platform (relay_settings_find_account (settings, "test"), &error);
  g_assert_no_error (error);
  relay_endpoint_dial_async (endpoint, NULL, on_dialled, self);
  fake_wait_until (self->connection != NULL || self->error != NULL);
}

static void
test_unknown_certificate (Fixture *self, gconstpointer unused)
{
  dial (self, NULL);
  g_assert_error (self->error, RELAY_ERROR, RELAY_ERROR_TLS_FAILED);
}

static void
test_wrong_pin (Fixture *self, gconstpointer unused)
{
  self->pin[0] = self->pin[0] == '0' ? '1' : '0';
  dial (self, self->pin);
  g_assert_error (self->error, RELAY_ERROR, RELAY_ERROR_TLS_FAILED);
}

/* A peer that renegotiates shows its certificate again, when the dial is long over. */
static void
test_nobody_judges_after_the_dial (Fixture *self, gconstpointer unused)
{
  GIOStream *tls;
  guint signal_id = g_signal_lookup ("accept-certificate", G_TYPE_TLS_CONNECTION);

  dial (self, self->pin);
  g_assert_no_error (self->error);
  tls = g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (self->connection));
  g_assert_false (g_signal_has_handler_pending (tls, signal_id, 0, FALSE));
}

#define add(path, func) g_test_add (path, Fixture, NULL, set_up, func, tear_down)

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  add ("/endpoint/tls/unknown-certificate", test_unknown_certificate);
  add ("/endpoint/tls/wrong-pin", test_wrong_pin);
  add ("/endpoint/tls/nobody-judges-after-the-dial", test_nobody_judges_after_the_dial);

  return g_test_run ();
}
