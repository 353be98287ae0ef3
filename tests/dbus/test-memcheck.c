/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* One session from its beginning to its end with gangwayd under valgrind: no error, and nothing lost. */

/* Everything takes some ten times as long. */
#define WAIT_LIMIT_MS 120000
#define ERROR_EXIT_CODE "99"

#define FILE_PARAMS "\"sessionKey\":\"agent:main:x\",\"path\":\"notes/a.md\""

/* Valgrind of Debian 12 does not know openat2 (), so that files are reached component by component there. */
static Program *
start_under_valgrind (ServiceFixture *self)
{
  g_autofree char *log = g_build_filename (self->dir, "valgrind.log", NULL);
  g_autofree char *log_option = g_strconcat ("--log-file=", log, NULL);
  const char *const argv[] = {
    VALGRIND,
    "--error-exitcode=" ERROR_EXIT_CODE,
    "--leak-check=full",
    "--show-leak-kinds=definite,indirect,possible",
    "--errors-for-leak-kinds=definite,indirect,possible",
    "--suppressions=" SUPPRESSIONS,
    "--num-callers=30",
    log_option,
    GANGWAYD,
    NULL,
  };

  return program_start (self, argv, G_SUBPROCESS_FLAGS_STDERR_SILENCE);
}

static void
expect_clean_end (ServiceFixture *self, Program *daemon)
{
  g_autofree char *log = g_build_filename (self->dir, "valgrind.log", NULL);
  g_autofree char *text = NULL;

  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  program_wait (daemon);
  g_assert_true (g_file_get_contents (log, &text, NULL, NULL));
  if (daemon->exit_code != 0)
    g_printerr ("%s", text);
  g_assert_cmpint (daemon->exit_code, ==, 0);
  g_assert_nonnull (strstr (text, "ERROR SUMMARY: 0 errors"));
}

/* A platform with TLS, and an agent with a folder. */
static void
prepare (ServiceFixture *self)
{
  g_autofree char *certificate_file = g_test_build_filename (G_TEST_DIST, "fakes", "localhost.pem", NULL);
  g_autofree char *workspace = g_build_filename (self->dir, "workspace", NULL);
  g_autoptr (GTlsCertificate) certificate = g_tls_certificate_new_from_file (certificate_file, NULL);
  g_autofree char *line = g_strdup_printf ("tls-ca-file=%s", certificate_file);
  g_autofree char *account = NULL;

  g_clear_object (&self->platform);
  self->platform = g_object_new (FAKE_TYPE_PLATFORM, "certificate", certificate, NULL);
  account = service_account ("platform", self->platform, line);
  service_configure (self, account);
  g_assert_cmpint (g_mkdir (workspace, 0700), ==, 0);
  fake_gateway_add_agent (self->gateway, "main", workspace);
}

static void
expect_answer (ServiceFixture *self, const char *method, const char *params, const char *is_ok)
{
  g_autoptr (FakeMessage) answer = fake_platform_request (self->platform, method, params);

  g_assert_true (fake_message_has (answer, "ok", is_ok));
}

/* Each kind of request, served and forwarded, good and bad. */
static void
use_link (ServiceFixture *self)
{
  expect_answer (self, "echo", "{\"x\":1}", "true");
  expect_answer (self, "platform.session.resolve", "{\"userId\":\"ann\"}", "true");
  expect_answer (self, "platform.chat.send", "{\"userId\":\"ann\",\"message\":\"hello\"}", "true");
  expect_answer (self, "platform.chat.send.stream", "{\"userId\":\"ann\",\"message\":\"hello to you\"}", "true");
  expect_answer (self, "platform.chat.history", "{\"userId\":\"ann\"}", "true");
  expect_answer (self, "platform.chat.reset", "{\"userId\":\"\"}", "false");
  expect_answer (self, "workspace.write", "{" FILE_PARAMS ",\"content\":\"text\"}", "true");
  expect_answer (self, "workspace.read", "{" FILE_PARAMS "}", "true");
  expect_answer (self, "workspace.ls", "{\"sessionKey\":\"agent:main:x\"}", "true");
  expect_answer (self, "workspace.read", "{\"sessionKey\":\"agent:main:x\",\"path\":\"../x\"}", "false");
  expect_answer (self, "workspace.read", "{\"sessionKey\":\"agent:none:x\"}", "false");
}

static void
expect_link (ServiceFixture *self, guint n_before)
{
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) > n_before);
  fake_platform_wait_ready (self->platform);
  service_wait_for_state (self, "platform", "connected");
}

/* The platform closes, and refuses; then it is asked once more. */
static void
lose_link (ServiceFixture *self)
{
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye now");
  service_wait_for_state (self, "platform", "retrying");
  fake_peer_refuse (FAKE_PEER (self->platform), "503 Service Unavailable", "Retry-After: 3000\r\n", NULL);
  g_variant_unref (service_call_session (self, "platform", "Reconnect"));
  fake_wait_until (service_property_is (self, "platform", "LastErrorCode", "platform-unreachable"));
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_ACCEPT);
  service_wait_for_state (self, "platform", "retrying");
}

static void
change_settings (ServiceFixture *self)
{
  g_autofree char *certificate_file = g_test_build_filename (G_TEST_DIST, "fakes", "localhost.pem", NULL);
  g_autofree char *lines = g_strdup_printf ("tls-ca-file=%s\ndeny-methods=echo", certificate_file);
  g_autofree char *account = service_account ("platform", self->platform, lines);
  g_autofree char *second = service_account ("second", self->platform2, "");
  g_autofree char *both = g_strconcat (account, second, NULL);

  service_configure_raw (self, "[broken\n");
  fake_wait_until (!service_manager_property_is (self, "ConfigProblem", ""));
  service_configure (self, both);
  fake_wait_until (service_property_is (self, "second", "State", "connected"));
  service_configure (self, account);
  fake_wait_until (!service_has_account (self, "second"));
  service_wait_for_state (self, "platform", "connected");
  expect_answer (self, "echo", "{}", "false");
}

static void
test_session (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = NULL;
  guint n_links;

  prepare (self);
  daemon = start_under_valgrind (self);
  fake_platform_wait_ready (self->platform);
  service_wait_for_state (self, "platform", "connected");
  use_link (self);

  lose_link (self);
  n_links = fake_peer_get_n_total (FAKE_PEER (self->platform));
  g_variant_unref (service_call_session (self, "platform", "Reconnect"));
  expect_link (self, n_links);
  change_settings (self);
  expect_clean_end (self, daemon);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  fake_wait_set_limit (WAIT_LIMIT_MS);

  service_test_add ("/memcheck/session", test_session);

  return g_test_run ();
}
