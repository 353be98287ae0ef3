/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <json-glib/json-glib.h>
#include <signal.h>
#include <string.h>

/* What `gangway` says and exits with. */

enum {
  EXIT_DONE,
  EXIT_FAILED,
  EXIT_USAGE,
  EXIT_NOT_RUNNING,
  EXIT_NO_ACCOUNT,
};

static void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in:\n%s", part, text);
}

static void
test_version (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = program_run_gangway (self, "--version");

  g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (program->output, ==, "gangway " PACKAGE_VERSION "\n");
}

/* Every command is in the list, and has a help of its own in which its usage stands. */
static void
test_help (ServiceFixture *self, gconstpointer data)
{
  static const char *const names[] = { "status", "reconnect", "restart", "start", "stop",
                                       "pair",   "unpair",    "import",  "audit", "help" };
  g_autoptr (Program) list = program_run_gangway (self, "help");
  g_autoptr (Program) option = program_run_gangway (self, "--help");

  g_assert_cmpint (list->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (option->output, ==, list->output);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (Program) program = program_run_gangway (self, "help", names[i]);
      g_autoptr (Program) other = program_run_gangway (self, names[i], "--help");
      g_autofree char *usage = g_strconcat ("Usage: gangway ", names[i], NULL);

      assert_contains (list->output, names[i]);
      g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
      assert_contains (program->output, usage);
      g_assert_cmpint (other->exit_code, ==, EXIT_DONE);
      g_assert_cmpstr (other->output, ==, program->output);
    }
}

static void
assert_usage (Program *program)
{
  g_assert_cmpint (program->exit_code, ==, EXIT_USAGE);
  g_assert_cmpstr (program->output, ==, "");
  g_assert_cmpstr (program->errors, !=, "");
}

static void
test_usage (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) nothing = program_run_gangway (self, NULL);
  g_autoptr (Program) unknown = program_run_gangway (self, "statsu");
  g_autoptr (Program) option = program_run_gangway (self, "status", "--jsno");
  g_autoptr (Program) many = program_run_gangway (self, "stop", "a", "b");
  g_autoptr (Program) help = program_run_gangway (self, "help", "statsu");

  g_assert_cmpint (nothing->exit_code, ==, EXIT_USAGE);
  assert_contains (nothing->output, "Usage: gangway COMMAND");
  assert_usage (unknown);
  assert_usage (option);
  assert_usage (many);
  assert_usage (help);
  assert_contains (unknown->errors, "statsu");
  assert_contains (option->errors, "--jsno");
}

/* Where nobody has set a locale, as in many containers, quotation marks are plain ones and no question marks. */
static void
test_plain_locale (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) list = NULL;
  g_autoptr (Program) unknown = NULL;

  service_setenv (self, "LC_ALL", "C");
  list = program_run_gangway (self, "help");
  unknown = program_run_gangway (self, "statsu");
  assert_contains (list->output, "\"gangway --version\" shows");
  assert_contains (unknown->errors, "no command \"statsu\"");
}

/* Asking never starts the service, although the bus could. */
static void
test_not_running (ServiceFixture *self, gconstpointer data)
{
  static const char *const names[] = { "status", "reconnect", "restart", "start", "stop" };

  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (Program) all = program_run_gangway (self, names[i]);
      g_autoptr (Program) one = program_run_gangway (self, names[i], "platform");

      g_assert_cmpint (all->exit_code, ==, EXIT_NOT_RUNNING);
      g_assert_cmpint (one->exit_code, ==, EXIT_NOT_RUNNING);
      g_assert_cmpstr (all->output, ==, "");
      assert_contains (all->errors, "not running");
    }
  for (guint i = 0; i < 2; i++)
    {
      g_autoptr (Program) program = program_run_gangway (self, "status", i == 0 ? "--json" : "--watch");

      g_assert_cmpint (program->exit_code, ==, EXIT_NOT_RUNNING);
      g_assert_cmpstr (program->output, ==, "");
    }
  g_assert_false (service_is_running (self));
}

static void
test_no_bus (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *address = g_strdup_printf ("unix:path=%s/none", self->dir);
  g_autoptr (Program) program = NULL;

  service_setenv (self, "DBUS_SESSION_BUS_ADDRESS", address);
  program = program_run_gangway (self, "status");
  g_assert_cmpint (program->exit_code, ==, EXIT_FAILED);
  assert_contains (program->errors, "session bus");
}

static void
test_no_account (ServiceFixture *self, gconstpointer data)
{
  static const char *const names[] = { "status", "reconnect", "restart", "start", "stop" };

  service_start (self);
  for (guint i = 0; i < G_N_ELEMENTS (names); i++)
    {
      g_autoptr (Program) program = program_run_gangway (self, names[i], "../x");

      g_assert_cmpint (program->exit_code, ==, EXIT_NO_ACCOUNT);
      assert_contains (program->errors, "../x");
      assert_contains (program->errors, "platform");
    }
}

static void
test_status_connected (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  service_start_connected (self);
  program = program_run_gangway (self, "status");
  g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
  g_assert_true (g_str_has_prefix (program->output, "platform: connected for "));
  assert_contains (program->output, fake_peer_get_url (FAKE_PEER (self->platform)));
  assert_contains (program->output, fake_peer_get_url (FAKE_PEER (self->gateway)));
  assert_contains (program->output, "the platform may read and write the agents' files");
  g_assert_null (strstr (program->output, "Problem"));

  /* Nothing that only a terminal understands. */
  g_assert_null (strchr (program->output, '\033'));
}

/* What is wrong, in the peer's words and in ours, what works nevertheless, and what to do. */
static void
test_status_retrying (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  service_start_retrying (self);
  program = program_run_gangway (self, "status", "platform");
  g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
  g_assert_true (g_str_has_prefix (program->output, "platform: not connected, next attempt in "));
  assert_contains (program->output, ", works\n");
  assert_contains (program->output, ", does not work\n");
  assert_contains (program->output, "Problem:     the platform ended the connection (platform-closed)\n");
  assert_contains (program->output, "platform closed: 4001: bye now");
  assert_contains (program->output, "What to do:");
}

static void
test_status_without_key (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  service_configure (self, "[account one]\nplatform-url=wss://platform.example/\n");
  service_start (self);
  fake_wait_until (service_property_is (self, "one", "LastErrorCode", "no-key"));
  program = program_run_gangway (self, "status");
  assert_contains (program->output, "one: not connected, waits until its settings are right");
  assert_contains (program->output, "gangway pair");
}

static void
test_status_without_accounts (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) text = NULL;
  g_autoptr (Program) json = NULL;

  service_configure (self, "");
  service_start (self);
  text = program_run_gangway (self, "status");
  g_assert_cmpint (text->exit_code, ==, EXIT_DONE);
  assert_contains (text->output, "gangway pair wss://");
  json = program_run_gangway (self, "status", "--json");
  g_assert_cmpstr (json->output, ==, "{}\n");
}

/* A person who looks why nothing is there, or why a change has no effect, need not go to the log. */
static void
test_status_with_a_broken_file (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = service_account ("platform", self->platform, "");
  g_autoptr (Program) before = NULL;
  g_autoptr (Program) after = NULL;

  service_configure_raw (self, "[account late\n");
  service_start (self);
  before = program_run_gangway (self, "status");
  g_assert_cmpint (before->exit_code, ==, EXIT_DONE);
  assert_contains (before->output, self->config_file);
  assert_contains (before->output, "gangway.conf line 1 is not a group");
  assert_contains (before->output, "\n\nNo account is set up in ");

  service_configure (self, account);
  service_wait_for_state (self, "platform", "connected");
  service_configure_raw (self, "[account platform]\nplatform-url\n");
  fake_wait_until (!service_manager_property_is (self, "ConfigProblem", ""));
  after = program_run_gangway (self, "status");
  assert_contains (after->output, "gangway.conf line 2 is neither");
  assert_contains (after->output, "the last good settings stay");
  assert_contains (after->output, "platform: connected for ");
}

static JsonObject *
parse_object (JsonParser *parser, const char *text)
{
  g_autoptr (GError) error = NULL;

  json_parser_load_from_data (parser, text, -1, &error);
  g_assert_no_error (error);
  return json_node_get_object (json_parser_get_root (parser));
}

static void
test_status_json (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *one = service_account ("one", self->platform, "");
  g_autofree char *two = service_account ("two", self->platform2, "enabled=false");
  g_autofree char *both = g_strconcat (one, two, NULL);
  g_autoptr (JsonParser) parser = json_parser_new ();
  g_autoptr (Program) all = NULL;
  g_autoptr (Program) single = NULL;
  JsonObject *object, *account;

  service_configure (self, both);
  service_start (self);
  service_wait_for_state (self, "one", "connected");

  all = program_run_gangway (self, "status", "--json");
  g_assert_cmpint (all->exit_code, ==, EXIT_DONE);
  object = parse_object (parser, all->output);
  g_assert_cmpuint (json_object_get_size (object), ==, 2);
  account = json_object_get_object_member (object, "one");
  g_assert_cmpuint (json_object_get_size (account), ==, 22);
  g_assert_cmpstr (json_object_get_string_member (account, "AccountId"), ==, "one");
  g_assert_cmpstr (json_object_get_string_member (account, "State"), ==, "connected");
  g_assert_cmpint (json_object_get_int_member (account, "ConnectedSince"), >, 0);
  g_assert_true (json_object_has_member (account, "FramesToPlatform"));
  g_assert_cmpuint (json_array_get_length (json_object_get_array_member (account, "AllowMethods")), ==, 1);

  single = program_run_gangway (self, "status", "two", "--json");
  object = parse_object (parser, single->output);
  g_assert_cmpuint (json_object_get_size (object), ==, 1);
  account = json_object_get_object_member (object, "two");
  g_assert_cmpstr (json_object_get_string_member (account, "State"), ==, "disconnected");
}

static void
test_reconnect (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) triggered = NULL;
  g_autoptr (Program) idle = NULL;
  g_autoptr (Program) all = NULL;

  service_start_retrying (self);
  triggered = program_run_gangway (self, "reconnect", "platform");
  g_assert_cmpint (triggered->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (triggered->output, ==, "platform: connecting now\n");
  service_wait_for_state (self, "platform", "connected");
  idle = program_run_gangway (self, "reconnect", "platform");
  g_assert_cmpint (idle->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (idle->output, ==, "platform: was not waiting to try again\n");
  all = program_run_gangway (self, "reconnect");
  g_assert_cmpstr (all->output, ==, "No account was waiting to try again.\n");
}

static void
test_reconnect_all (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  service_start_retrying (self);
  program = program_run_gangway (self, "reconnect");
  g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (program->output, ==, "1 account is connecting now.\n");
  service_wait_for_state (self, "platform", "connected");
}

static void
test_stop_start_restart (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) stop = NULL;
  g_autoptr (Program) start = NULL;
  g_autoptr (Program) restart = NULL;

  service_start_connected (self);
  stop = program_run_gangway (self, "stop");
  g_assert_cmpint (stop->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (stop->output, ==, "platform: stopped\n");
  service_wait_for_state (self, "platform", "disconnected");

  start = program_run_gangway (self, "start", "platform");
  g_assert_cmpstr (start->output, ==, "platform: started\n");
  service_wait_for_state (self, "platform", "connected");

  restart = program_run_gangway (self, "restart");
  g_assert_cmpstr (restart->output, ==, "platform: restarted, connecting again\n");
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 3);
}

/* One that is disabled is left out of "all", but it is an error to name it. A start is what it takes. */
static void
test_restart_of_a_disabled_account (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = service_account ("off", self->platform, "enabled=false");
  g_autoptr (Program) all = NULL;
  g_autoptr (Program) named = NULL;
  g_autoptr (Program) start = NULL;

  service_configure (self, account);
  service_start (self);
  all = program_run_gangway (self, "restart");
  g_assert_cmpint (all->exit_code, ==, EXIT_DONE);
  assert_contains (all->output, "off: disabled");
  named = program_run_gangway (self, "restart", "off");
  g_assert_cmpint (named->exit_code, ==, EXIT_FAILED);
  assert_contains (named->errors, "enabled=true");
  g_assert_null (strstr (named->errors, "GDBus"));
  start = program_run_gangway (self, "start", "off");
  g_assert_cmpint (start->exit_code, ==, EXIT_DONE);
  service_wait_for_state (self, "off", "connected");
}

static void
test_start_with_wrong_settings (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = NULL;

  service_configure (self, "[account wrong]\nplatform-url=http://platform.example/\nplatform-key=k\n");
  service_start (self);
  program = program_run_gangway (self, "start");
  g_assert_cmpint (program->exit_code, ==, EXIT_FAILED);
  assert_contains (program->errors, "platform-url must use ws:// or wss:// (got http)");
}

/* A watching program whose lines are read one by one. */
typedef struct {
  GSubprocess *subprocess; /* (owned) */
  GDataInputStream *lines; /* (owned) */
  char *line;              /* (owned) (nullable) the last one */
  gboolean read;
  gboolean ended;
} Watching;

static void
watching_start (Watching *watching, ServiceFixture *self, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher =
      program_launcher_new (self, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GError) error = NULL;

  watching->subprocess = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  watching->lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (watching->subprocess));
}

static void
on_line (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watching *self = user_data;
  g_autoptr (GError) error = NULL;

  self->line = g_data_input_stream_read_line_finish (self->lines, result, NULL, &error);
  g_assert_no_error (error);
  self->read = TRUE;
}

/* The next line, without the time that it begins with; NULL at the end. */
static const char *
watching_next (Watching *self)
{
  g_clear_pointer (&self->line, g_free);
  self->read = FALSE;
  g_data_input_stream_read_line_async (self->lines, G_PRIORITY_DEFAULT, NULL, on_line, self);
  fake_wait_until (self->read);
  return self->line;
}

/* Reads lines up to the one with @part in it. */
static const char *
watching_find (Watching *self, const char *part)
{
  const char *line;

  do
    line = watching_next (self);
  while (line != NULL && strstr (line, part) == NULL);

  g_assert_nonnull (line);
  return line;
}

static void
on_watching_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Watching *self = user_data;

  g_subprocess_wait_finish (self->subprocess, result, NULL);
  self->ended = TRUE;
}

static int
watching_end (Watching *self)
{
  int exit_code;

  g_subprocess_wait_async (self->subprocess, NULL, on_watching_ended, self);
  fake_wait_until (self->ended);
  exit_code = g_subprocess_get_if_exited (self->subprocess) ? g_subprocess_get_exit_status (self->subprocess) : -1;
  g_clear_object (&self->lines);
  g_clear_object (&self->subprocess);
  g_clear_pointer (&self->line, g_free);
  return exit_code;
}

static void
test_watch_lines (ServiceFixture *self, gconstpointer data)
{
  Watching watching = { NULL };

  service_start_connected (self);
  watching_start (&watching, self, (const char *const[]){ GANGWAY, "status", "--watch", NULL });
  watching_find (&watching, "platform: connected for");
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye now");
  watching_find (&watching, "platform: not connected, next attempt in");
  g_variant_unref (service_call_session (self, "platform", "Reconnect"));
  watching_find (&watching, "platform: connecting: ");
  watching_find (&watching, "platform: connected for");

  service_configure_raw (self, "[account platform");
  watching_find (&watching, "gangway.conf: not in force as it is now (gangway.conf line 1 ");
  service_configure (self, "");
  watching_find (&watching, "platform: removed from gangway.conf");
  g_subprocess_send_signal (watching.subprocess, SIGTERM);
  g_assert_cmpint (watching_end (&watching), ==, -1);
}

static void
test_watch_json (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (JsonParser) parser = json_parser_new ();
  Watching watching = { NULL };
  JsonObject *object;

  service_start_connected (self);
  watching_start (&watching, self, (const char *const[]){ GANGWAY, "status", "platform", "--watch", "--json", NULL });
  object = parse_object (parser, watching_next (&watching));
  g_assert_cmpstr (json_object_get_string_member (object, "State"), ==, "connected");
  g_assert_false (json_object_has_member (object, "FramesToPlatform"));

  g_variant_unref (service_call_session (self, "platform", "Stop"));
  object = parse_object (parser, watching_next (&watching));
  g_assert_cmpstr (json_object_get_string_member (object, "AccountId"), ==, "platform");
  g_assert_cmpstr (json_object_get_string_member (object, "State"), ==, "disconnected");
  g_assert_cmpstr (json_object_get_string_member (object, "Step"), ==, "");

  service_configure (self, "");
  object = parse_object (parser, watching_find (&watching, "Removed"));
  g_assert_true (json_object_get_boolean_member (object, "Removed"));
  g_subprocess_send_signal (watching.subprocess, SIGTERM);
  watching_end (&watching);
}

static void
test_watch_ends_with_the_service (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = program_start_gangwayd (self, NULL);
  Watching watching = { NULL };

  fake_platform_wait_ready (self->platform);
  watching_start (&watching, self, (const char *const[]){ GANGWAY, "status", "--watch", NULL });
  g_assert_nonnull (watching_next (&watching));
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_assert_cmpint (watching_end (&watching), ==, EXIT_NOT_RUNNING);
}

/* `gangway status --watch | head -1` must not leave a process behind. */
static void
test_watch_ends_with_its_reader (ServiceFixture *self, gconstpointer data)
{
  Watching watching = { NULL };

  service_start_connected (self);
  watching_start (&watching, self, (const char *const[]){ GANGWAY, "status", "--watch", NULL });
  g_assert_nonnull (watching_next (&watching));
  g_input_stream_close (G_INPUT_STREAM (watching.lines), NULL, NULL);
  g_variant_unref (service_call_session (self, "platform", "Stop"));
  g_variant_unref (service_call_session (self, "platform", "Start"));
  watching_end (&watching);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/cli/version", test_version);
  service_test_add ("/cli/help", test_help);
  service_test_add ("/cli/usage", test_usage);
  service_test_add ("/cli/plain-locale", test_plain_locale);
  service_test_add ("/cli/not-running", test_not_running);
  service_test_add ("/cli/no-bus", test_no_bus);
  service_test_add ("/cli/no-account", test_no_account);
  service_test_add ("/cli/status/connected", test_status_connected);
  service_test_add ("/cli/status/retrying", test_status_retrying);
  service_test_add ("/cli/status/without-key", test_status_without_key);
  service_test_add ("/cli/status/without-accounts", test_status_without_accounts);
  service_test_add ("/cli/status/with-a-broken-file", test_status_with_a_broken_file);
  service_test_add ("/cli/status/json", test_status_json);
  service_test_add ("/cli/reconnect", test_reconnect);
  service_test_add ("/cli/reconnect-all", test_reconnect_all);
  service_test_add ("/cli/stop-start-restart", test_stop_start_restart);
  service_test_add ("/cli/restart-of-a-disabled-account", test_restart_of_a_disabled_account);
  service_test_add ("/cli/start-with-wrong-settings", test_start_with_wrong_settings);
  service_test_add ("/cli/watch/lines", test_watch_lines);
  service_test_add ("/cli/watch/json", test_watch_json);
  service_test_add ("/cli/watch/ends-with-the-service", test_watch_ends_with_the_service);
  service_test_add ("/cli/watch/ends-with-its-reader", test_watch_ends_with_its_reader);

  return g_test_run ();
}
