/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* gangwayd as a process: the name, signals, the service manager, no bus. */

/* What the service may take to end; see CLOSE_LIMIT_MS. */
#define END_LIMIT_US (2 * G_USEC_PER_SEC)

static void
test_version (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = program_run (self, (const char *const[]){ GANGWAYD, "--version", NULL });

  g_assert_cmpint (program->exit_code, ==, 0);
  g_assert_cmpstr (program->output, ==, "gangwayd " PACKAGE_VERSION "\n");
}

static void
test_wrong_option (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = program_run (self, (const char *const[]){ GANGWAYD, "--wrong", NULL });

  g_assert_cmpint (program->exit_code, ==, 2);
  g_assert_nonnull (strstr (program->errors, "--wrong"));
}

/* The one that comes second says why it leaves, and never dials. */
static void
test_name_taken (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) second = NULL;

  service_start (self);
  service_wait_for_state (self, "platform", "connected");
  second = program_start_gangwayd (self, NULL);
  g_assert_cmpint (program_wait (second), ==, 1);
  g_assert_nonnull (strstr (second->errors, "--replace"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
  g_assert_true (service_property_is (self, "platform", "State", "connected"));
}

static void
test_replace (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) first = program_start_gangwayd (self, NULL);
  g_autoptr (Program) second = NULL;

  fake_platform_wait_ready (self->platform);
  second = program_start_gangwayd (self, "--replace");
  g_assert_cmpint (program_wait (first), ==, 0);
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 2);
  service_wait_for_state (self, "platform", "connected");
  g_assert_false (second->ended);

  g_subprocess_send_signal (second->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (second), ==, 0);
}

/* Both sides are told 1001, and one that never answers a close does not hold up the end. */
static void
end_by_signal (ServiceFixture *self, int signal_number)
{
  g_autoptr (Program) daemon = program_start_gangwayd (self, NULL);
  FakeConnection *platform = fake_platform_wait_ready (self->platform);
  FakeConnection *gateway = fake_peer_get_connection (FAKE_PEER (self->gateway));
  gint64 begin_us;

  service_wait_for_state (self, "platform", "connected");
  fake_connection_set_ignore_close (platform, TRUE);
  fake_connection_set_ignore_close (gateway, TRUE);

  begin_us = g_get_monotonic_time ();
  g_subprocess_send_signal (daemon->subprocess, signal_number);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, END_LIMIT_US);

  fake_connection_expect_gone (platform);
  fake_connection_expect_gone (gateway);
  g_assert_cmpuint (fake_connection_get_close_code (platform), ==, 1001);
  g_assert_cmpuint (fake_connection_get_close_code (gateway), ==, 1001);
}

static void
test_sigterm (ServiceFixture *self, gconstpointer data)
{
  end_by_signal (self, SIGTERM);
}

static void
test_sigint (ServiceFixture *self, gconstpointer data)
{
  end_by_signal (self, SIGINT);
}

/* A side that takes no byte at all. */
static void
test_sigterm_while_a_side_does_not_read (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = program_start_gangwayd (self, NULL);
  FakeConnection *platform = fake_platform_wait_ready (self->platform);
  g_autofree char *large = g_strnfill (8 * 1024 * 1024, 'x');
  g_autofree char *payload = g_strdup_printf ("\"%s\"", large);
  gint64 begin_us;

  service_wait_for_state (self, "platform", "connected");
  fake_connection_set_reading (platform, FALSE);
  fake_gateway_send_event (self->gateway, fake_peer_get_connection (FAKE_PEER (self->gateway)), "tick", payload);
  fake_wait_until (service_get_uint64 (self, "platform", "FramesToPlatform") > 0);

  begin_us = g_get_monotonic_time ();
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, END_LIMIT_US);
  fake_connection_set_reading (platform, TRUE);
}

static void
test_sighup_reloads (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = program_start_gangwayd (self, NULL);
  g_autofree char *account = service_account ("platform", self->platform, "workspace-access=none");

  fake_platform_wait_ready (self->platform);
  service_configure (self, account);
  g_subprocess_send_signal (daemon->subprocess, SIGHUP);
  fake_wait_until (service_property_is (self, "platform", "WorkspaceAccess", "none"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);

  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_assert_nonnull (strstr (daemon->errors, "asked to reload"));
}

static void
test_without_a_bus (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("unix:path=%s/none", self->dir);
  g_autoptr (Program) daemon = NULL;

  service_setenv (self, "DBUS_SESSION_BUS_ADDRESS", address);
  daemon = program_start_gangwayd (self, NULL);
  fake_platform_wait_ready (self->platform);
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_assert_nonnull (strstr (daemon->errors, "no session bus"));
}

static void
test_ends_with_its_bus (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = program_start_gangwayd (self, NULL);
  FakeConnection *platform = fake_platform_wait_ready (self->platform);

  service_wait_for_state (self, "platform", "connected");
  service_end_bus (self);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  fake_connection_expect_gone (platform);
  g_assert_cmpuint (fake_connection_get_close_code (platform), ==, 1001);
}

static void
test_log_has_no_secrets (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = program_start_gangwayd (self, "--verbose");
  g_autoptr (FakeMessage) answer = NULL;

  fake_platform_wait_ready (self->platform);
  answer = fake_platform_request (self->platform, "platform.session.resolve", "{\"userId\":\"somebody-in-the-test\"}");
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);

  g_assert_nonnull (strstr (daemon->errors, "platform.session.resolve"));
  g_assert_null (strstr (daemon->errors, SERVICE_KEY));
  g_assert_null (strstr (daemon->errors, SERVICE_TOKEN));
  g_assert_null (strstr (daemon->errors, "somebody-in-the-test"));
}

/* Reads what came for the service manager until @expected is in it. */
static void
expect_notification (GSocket *socket, const char *expected)
{
  char buffer[1024];

  do
    {
      g_autoptr (GError) error = NULL;
      gssize length;

      fake_wait_until (g_socket_condition_check (socket, G_IO_IN) != 0);
      length = g_socket_receive (socket, buffer, sizeof buffer - 1, NULL, &error);
      g_assert_no_error (error);
      buffer[length] = '\0';
    }
  while (strstr (buffer, expected) == NULL);
}

static GSocket *
listen_for_notifications (const char *path)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  GSocket *socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, &error);

  g_assert_no_error (error);
  g_socket_bind (socket, address, FALSE, &error);
  g_assert_no_error (error);
  return socket;
}

static gboolean
keep_waking (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

static void
test_service_manager_is_told (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *path = g_build_filename (self->dir, "notify", NULL);
  g_autoptr (GSocket) socket = listen_for_notifications (path);
  g_autoptr (Program) daemon = NULL;
  guint wake_id = g_timeout_add (10, keep_waking, NULL);

  service_setenv (self, "NOTIFY_SOCKET", path);
  service_setenv (self, "WATCHDOG_USEC", "40000");
  daemon = program_start_gangwayd (self, NULL);
  expect_notification (socket, "READY=1");
  expect_notification (socket, "STATUS=1 of 1 accounts connected");
  expect_notification (socket, "WATCHDOG=1");
  expect_notification (socket, "WATCHDOG=1");
  service_configure (self, "[account first]\nplatform-url=wss://platform.example/relay\n");
  expect_notification (socket, "STATUS=0 of 1 accounts connected; first: no platform-key for account 'first'");
  service_configure_raw (self, "[account broken\n");
  expect_notification (socket, "STATUS=0 of 1 accounts connected; ");
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  expect_notification (socket, "STOPPING=1");
  g_assert_cmpint (program_wait (daemon), ==, 0);

  g_source_remove (wake_id);
  g_unlink (path);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/daemon/version", test_version);
  service_test_add ("/daemon/wrong-option", test_wrong_option);
  service_test_add ("/daemon/name-taken", test_name_taken);
  service_test_add ("/daemon/replace", test_replace);
  service_test_add ("/daemon/sigterm", test_sigterm);
  service_test_add ("/daemon/sigint", test_sigint);
  service_test_add ("/daemon/sigterm-while-a-side-does-not-read", test_sigterm_while_a_side_does_not_read);
  service_test_add ("/daemon/sighup-reloads", test_sighup_reloads);
  service_test_add ("/daemon/without-a-bus", test_without_a_bus);
  service_test_add ("/daemon/ends-with-its-bus", test_ends_with_its_bus);
  service_test_add ("/daemon/log-has-no-secrets", test_log_has_no_secrets);
  service_test_add ("/daemon/service-manager-is-told", test_service_manager_is_told);

  return g_test_run ();
}
