/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-systemd.h"
#include "pair-fixture.h"

#include <json-glib/json-glib.h>
#include <string.h>

/* What `gangway doctor` finds in set-ups that are broken in one place: the true cause comes first. */

typedef struct {
  Program *program;   /* (owned) */
  JsonParser *parser; /* (owned) */
} Diagnosis;

static void
diagnosis_clear (Diagnosis *self)
{
  program_free (self->program);
  g_object_unref (self->parser);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Diagnosis, diagnosis_clear)

static void
diagnose (Diagnosis *self, FakeSystemd *fixture)
{
  g_autoptr (GError) error = NULL;

  self->program = program_run_gangway (&fixture->service, "doctor", "--json");
  self->parser = json_parser_new ();
  json_parser_load_from_data (self->parser, self->program->output, -1, &error);
  g_assert_no_error (error);
  assert_lacks (self->program->output, SERVICE_KEY);
  assert_lacks (self->program->output, SERVICE_TOKEN);
}

/* Returns: (nullable): the first finding with that result */
static JsonObject *
find_first (Diagnosis *self, const char *result)
{
  JsonArray *findings = json_node_get_array (json_parser_get_root (self->parser));

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);

      if (g_str_equal (json_object_get_string_member (finding, "result"), result))
        return finding;
    }

  return NULL;
}

static void
assert_result (Diagnosis *self, const char *check, const char *result)
{
  JsonArray *findings = json_node_get_array (json_parser_get_root (self->parser));

  for (guint i = 0; i < json_array_get_length (findings); i++)
    {
      JsonObject *finding = json_array_get_object_element (findings, i);

      if (g_str_equal (json_object_get_string_member (finding, "check"), check))
        {
          g_assert_cmpstr (json_object_get_string_member (finding, "result"), ==, result);
          return;
        }
    }

  g_error ("nothing about %s in:\n%s", check, self->program->output);
}

/* That is what the user is told to begin with, and how to go about it. */
static void
assert_cause (Diagnosis *self, const char *check, const char *message)
{
  JsonObject *finding = find_first (self, "failed");

  g_assert_cmpint (self->program->exit_code, ==, 1);
  g_assert_nonnull (finding);
  g_assert_cmpstr (json_object_get_string_member (finding, "check"), ==, check);
  assert_contains (json_object_get_string_member (finding, "message"), message);
  g_assert_false (json_object_get_null_member (finding, "remedy"));
}

static void
set_up (FakeSystemd *self, gconstpointer data)
{
  g_autofree char *account = NULL;

  fake_systemd_set_up (self, data);
  account = service_account ("platform", self->service.platform, "");
  service_configure (&self->service, account);
  self->unit_state = "enabled";
  self->lingers = TRUE;
}

static void
test_all_is_well (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autoptr (Program) text = NULL;

  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "connected");
  diagnose (&diagnosis, self);
  g_assert_cmpint (diagnosis.program->exit_code, ==, 0);
  g_assert_null (find_first (&diagnosis, "failed"));
  g_assert_null (find_first (&diagnosis, "warning"));
  assert_result (&diagnosis, "platform-key", "ok");

  /* the connection was not disturbed, nor another one made */
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->service.platform)), ==, 1);
  text = program_run_gangway (&self->service, "doctor");
  assert_contains (text->output, "ok       platform, OpenClaw gateway: it answers\n");
  assert_contains (text->output, "\nNothing is in the way.\n");
}

static void
test_service_does_not_run (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "service", "it does not run");
  assert_result (&diagnosis, "platform-key", "ok");
  assert_result (&diagnosis, "gateway-token", "ok");
  g_assert_false (service_is_running (&self->service));
}

static void
test_no_gateway (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autoptr (Program) text = NULL;

  fake_peer_stop_listening (FAKE_PEER (self->service.gateway));
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "gateway", "cannot reach the gateway at ws://127.0.0.1:");
  assert_result (&diagnosis, "platform", "ok");
  assert_result (&diagnosis, "platform-key", "skipped");
  g_assert_null (fake_platform_get_pre_handshake (self->service.platform));

  text = program_run_gangway (&self->service, "doctor");
  g_assert_cmpint (text->exit_code, ==, 1);
  assert_contains (text->output,
                   "FAILED   platform, OpenClaw gateway: the OpenClaw gateway cannot be reached (cannot reach ");
  assert_contains (text->output, "           What to do: See whether it runs with “openclaw gateway status”.");
}

static void
test_wrong_port (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autofree char *openclaw_file = g_build_filename (self->service.dir, "openclaw.json", NULL);
  g_autofree char *account = service_account ("platform", self->service.platform, "");
  g_autofree char *text = g_strdup_printf ("[gateway]\nopenclaw-config=%s\ntoken=x\n%s", openclaw_file, account);

  g_assert_true (g_file_set_contents (openclaw_file, "{ gateway: { port: 9 } }", -1, NULL));
  service_configure_raw (&self->service, text);
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "gateway", "ws://127.0.0.1:9");
}

static void
test_wrong_token (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  fake_gateway_set_mode (self->service.gateway, FAKE_GATEWAY_REFUSE_TOKEN);
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "gateway-token", "token");
  assert_result (&diagnosis, "gateway", "ok");
  assert_result (&diagnosis, "platform-key", "ok");
}

static void
test_no_token (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autofree char *openclaw_file = g_build_filename (self->service.dir, "openclaw.json", NULL);
  g_autofree char *account = service_account ("platform", self->service.platform, "");
  g_autofree char *text = g_strdup_printf ("[gateway]\nopenclaw-config=%s\nurl=%s\n%s", openclaw_file,
                                           fake_peer_get_url (FAKE_PEER (self->service.gateway)), account);

  service_configure_raw (&self->service, text);
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "gateway-token", "gateway.auth.token");
  assert_result (&diagnosis, "gateway", "ok");
  assert_result (&diagnosis, "platform", "ok");
}

/* It is why the gateway does not run. */
static void
test_plugin_section (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autofree char *openclaw_file = g_build_filename (self->service.dir, "openclaw.json", NULL);

  g_assert_true (g_file_set_contents (openclaw_file, "{ channels: { platform: { platformKey: 'x' } } }", -1, NULL));
  fake_peer_stop_listening (FAKE_PEER (self->service.gateway));
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "plugin-section", "channels.platform");
  assert_result (&diagnosis, "gateway", "failed");
}

static void
test_broken_settings (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  service_configure_raw (&self->service, "[account\n");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "settings", "gangway.conf line 1 is not a group");
}

static void
test_broken_account (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  service_configure (&self->service, "[account platform]\nplatform-url=http://platform.example/\nplatform-key=x\n");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "settings", "must use ws:// or wss:// (got http)");
}

static void
test_no_account (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  service_configure (&self->service, "");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "settings", "no account is set up");
}

static void
configure_keyless (FakeSystemd *self, const char *url, const char *more)
{
  g_autofree char *account = g_strdup_printf ("[account platform]\nplatform-url=%s\n%s", url, more);

  service_configure (&self->service, account);
}

static void
test_no_key (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  configure_keyless (self, fake_peer_get_url (FAKE_PEER (self->service.platform)), "");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "key", "no platform-key for account 'platform'");
  assert_result (&diagnosis, "gateway", "ok");
  assert_result (&diagnosis, "platform", "ok");
}

/* From systemd, which gives it to nobody else. */
static void
test_key_of_the_service (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autofree char *credential = g_build_filename (self->service.dir, "platform-key.platform", NULL);
  g_autoptr (Program) gangwayd = NULL;

  g_assert_true (g_file_set_contents (credential, SERVICE_KEY, -1, NULL));
  configure_keyless (self, fake_peer_get_url (FAKE_PEER (self->service.platform)), "");
  service_setenv (&self->service, "CREDENTIALS_DIRECTORY", self->service.dir);
  gangwayd = program_start_gangwayd (&self->service, NULL);
  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");

  service_setenv (&self->service, "CREDENTIALS_DIRECTORY", "");
  diagnose (&diagnosis, self);
  g_assert_cmpint (diagnosis.program->exit_code, ==, 0);
  assert_result (&diagnosis, "key", "ok");
}

static void
test_key_for_another_address (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };
  g_autoptr (Program) program = NULL;

  configure_keyless (self, "wss://platform.example/", "");
  program = pair_run (&self->service, self->service.platform, SERVICE_KEY, "--account=platform");
  g_assert_cmpint (program->exit_code, ==, 0);
  configure_keyless (self, fake_peer_get_url (FAKE_PEER (self->service.platform2)), "");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "key", "was paired with");
  g_assert_null (fake_platform_get_pre_handshake (self->service.platform2));
}

static void
test_key_is_refused (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  fake_platform_set_key (self->service.platform, "another key");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "platform-key", "");
  assert_result (&diagnosis, "platform", "ok");
  assert_result (&diagnosis, "gateway-token", "skipped");
}

static void
test_no_platform (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  fake_peer_stop_listening (FAKE_PEER (self->service.platform));
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "platform", "cannot reach the platform");
  assert_result (&diagnosis, "proxy", "ok");
}

static void
test_proxy (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  configure_keyless (self, "wss://platform.example/", "platform-key=" SERVICE_KEY "\n");
  service_setenv (&self->service, "NO_PROXY", "localhost");
  service_setenv (&self->service, "https_proxy", "http://me:s3cret@127.0.0.1:9");
  service_setenv (&self->service, "GIO_USE_PROXY_RESOLVER", "libproxy");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "proxy", "http://127.0.0.1:9");
  assert_result (&diagnosis, "platform", "failed");
  assert_lacks (diagnosis.program->output, "s3cret");
}

/* Nobody who is trusted has signed it. */
static FakePlatform *
use_tls_platform (FakeSystemd *self)
{
  g_autofree char *path = g_test_build_filename (G_TEST_DIST, "fakes", "tls-chain.pem", NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (path, &error);
  g_autofree char *account = NULL;

  g_assert_no_error (error);
  g_object_unref (self->service.platform);
  self->service.platform = g_object_new (FAKE_TYPE_PLATFORM, "certificate", certificate, NULL);
  account = service_account ("platform", self->service.platform, "");
  service_configure (&self->service, account);
  return self->service.platform;
}

/* To ask for the time is no fault of a client's. */
static void
on_closed (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  if (g_str_has_prefix (fake_connection_get_request (connection), "HEAD / HTTP/1.1\r\n"))
    g_free (fake_connection_take_violation (connection));
}

/* Has the platform's web server say what time it has. */
static void
set_date (FakePlatform *platform, int ahead_days)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) theirs = g_date_time_add_days (now, ahead_days);
  g_autofree char *date = g_date_time_format (theirs, "Date: %a, %d %b %Y %H:%M:%S GMT\r\n");

  fake_peer_refuse (FAKE_PEER (platform), "404 Not Found", date, "");
  g_signal_handlers_disconnect_by_func (platform, on_closed, NULL);
  g_signal_connect (platform, "closed", G_CALLBACK (on_closed), NULL);
}

static void
test_certificate (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  set_date (use_tls_platform (self), 0);
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "certificate", "is not trusted");
  assert_result (&diagnosis, "clock", "ok");
  assert_result (&diagnosis, "platform", "ok");
  g_assert_null (fake_platform_get_pre_handshake (self->service.platform));
}

/* Good certificates look expired, or not yet valid, then. */
static void
test_clock (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) behind = { NULL };
  g_auto (Diagnosis) ahead = { NULL };
  FakePlatform *platform = use_tls_platform (self);

  set_date (platform, 1);
  diagnose (&behind, self);
  assert_cause (&behind, "clock", "behind the platform's");
  assert_result (&behind, "certificate", "failed");

  set_date (platform, -1);
  diagnose (&ahead, self);
  assert_cause (&ahead, "clock", "ahead of the platform's");
}

static void
test_no_unit (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) diagnosis = { NULL };

  self->unit_state = NULL;
  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "connected");
  diagnose (&diagnosis, self);
  assert_cause (&diagnosis, "unit", "no gangwayd.service");
}

static void
assert_warning (Diagnosis *self, const char *check, const char *remedy)
{
  JsonObject *finding = find_first (self, "warning");

  g_assert_cmpint (self->program->exit_code, ==, 0);
  g_assert_nonnull (finding);
  g_assert_cmpstr (json_object_get_string_member (finding, "check"), ==, check);
  assert_contains (json_object_get_string_member (finding, "remedy"), remedy);
}

/* It works, until the computer is started again. */
static void
test_what_works_for_now (FakeSystemd *self, gconstpointer data)
{
  g_auto (Diagnosis) unit = { NULL };
  g_auto (Diagnosis) linger = { NULL };

  service_start (&self->service);
  service_wait_for_state (&self->service, "platform", "connected");
  self->unit_state = "disabled";
  diagnose (&unit, self);
  assert_warning (&unit, "unit", "systemctl --user enable --now gangwayd");

  self->unit_state = "enabled";
  self->lingers = FALSE;
  diagnose (&linger, self);
  assert_warning (&linger, "linger", "loginctl enable-linger");
}

static void
test_usage (FakeSystemd *self, gconstpointer data)
{
  g_autoptr (Program) program = program_run_gangway (&self->service, "doctor", "platform");

  g_assert_cmpint (program->exit_code, ==, 2);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, FakeSystemd, NULL, set_up, func, fake_systemd_tear_down)
  ADD ("/doctor/all-is-well", test_all_is_well);
  ADD ("/doctor/service-does-not-run", test_service_does_not_run);
  ADD ("/doctor/no-gateway", test_no_gateway);
  ADD ("/doctor/wrong-port", test_wrong_port);
  ADD ("/doctor/wrong-token", test_wrong_token);
  ADD ("/doctor/no-token", test_no_token);
  ADD ("/doctor/plugin-section", test_plugin_section);
  ADD ("/doctor/broken-settings", test_broken_settings);
  ADD ("/doctor/broken-account", test_broken_account);
  ADD ("/doctor/no-account", test_no_account);
  ADD ("/doctor/no-key", test_no_key);
  ADD ("/doctor/key-of-the-service", test_key_of_the_service);
  ADD ("/doctor/key-for-another-address", test_key_for_another_address);
  ADD ("/doctor/key-is-refused", test_key_is_refused);
  ADD ("/doctor/no-platform", test_no_platform);
  ADD ("/doctor/proxy", test_proxy);
  ADD ("/doctor/certificate", test_certificate);
  ADD ("/doctor/clock", test_clock);
  ADD ("/doctor/no-unit", test_no_unit);
  ADD ("/doctor/what-works-for-now", test_what_works_for_now);
  ADD ("/doctor/usage", test_usage);

  return g_test_run ();
}
