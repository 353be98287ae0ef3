/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "demo-stage.h"

#include <errno.h>
#include <glib-unix.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <sys/prctl.h>

#include "demo-show.h"

#define SESSION_PATH "/dev/gangway/Relay1/session/platform"

/* Short enough to see the countdown, long enough to have one. */
#define SETTINGS                                                                                                            \
  "[gateway]\n"                                                                                                             \
  "openclaw-config=%s\n"                                                                                                    \
  "[retry]\n"                                                                                                               \
  "initial-delay=10\n"                                                                                                      \
  "[account platform]\n"                                                                                                    \
  "platform-url=%s/relay\n"                                                                                                 \
  "platform-key-file=%s\n"

static gboolean
on_interrupt (gpointer user_data)
{
  ((Stage *) user_data)->is_interrupted = TRUE;
  return G_SOURCE_CONTINUE;
}

static void
on_properties_changed (GDBusConnection *bus, const char *sender, const char *path, const char *interface, const char *signal,
                       GVariant *parameters, gpointer user_data)
{
  Stage *self = user_data;
  g_autoptr (GVariantIter) changed = NULL;
  const char *name;
  GVariant *value;

  g_variant_get (parameters, "(&sa{sv}as)", NULL, &changed, NULL);
  while (g_variant_iter_next (changed, "{&sv}", &name, &value))
    g_hash_table_insert (self->properties, g_strdup (name), value);
}

static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGTERM);
}

/* A bus of the demo's own, so that a gangwayd that runs for the user is not disturbed. */
static gboolean
stage_start_bus (Stage *self)
{
  g_autoptr (GSubprocessLauncher) launcher =
      g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *address = g_strdup_printf ("--address=unix:dir=%s", self->folder);
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->bus_daemon = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", "--session", "--nofork", "--nopidfile",
                                                  "--print-address=1", address, NULL);
  if (self->bus_daemon == NULL)
    {
      show_bad ("cannot start a private message bus: %s", error->message);
      return FALSE;
    }

  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->bus_daemon));
  self->bus_address = g_data_input_stream_read_line (output, NULL, NULL, &error);
  if (self->bus_address == NULL)
    show_bad ("the private message bus ended: %s", error != NULL ? error->message : "it gave no address");
  return self->bus_address != NULL;
}

static gboolean
stage_set_up_bus (Stage *self)
{
  g_autoptr (GError) error = NULL;

  if (!stage_start_bus (self))
    return FALSE;

  self->bus = g_dbus_connection_new_for_address_sync (self->bus_address,
                                                      G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                          G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                      NULL, NULL, &error);
  if (self->bus == NULL)
    {
      show_bad ("the private message bus does not answer: %s", error->message);
      return FALSE;
    }

  g_dbus_connection_signal_subscribe (self->bus, NULL, "org.freedesktop.DBus.Properties", "PropertiesChanged", SESSION_PATH,
                                      "dev.gangway.Relay1.Session", G_DBUS_SIGNAL_FLAGS_NONE, on_properties_changed, self,
                                      NULL);
  return TRUE;
}

static gboolean
write_file (const char *path, const char *text, int mode)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *folder = g_path_get_dirname (path);

  if (g_mkdir_with_parents (folder, 0700) == 0 &&
      g_file_set_contents_full (path, text, -1, G_FILE_SET_CONTENTS_NONE, mode, &error))
    return TRUE;

  show_bad ("cannot write %s: %s", path, error != NULL ? error->message : g_strerror (errno));
  return FALSE;
}

/* As `openclaw onboard` leaves it: JSON5, with the port and the token that the gateway was given. */
static char *
stage_write_openclaw_config (Stage *self)
{
  g_autofree char *path = g_build_filename (self->folder, "home", ".openclaw", "openclaw.json", NULL);
  g_autofree char *text = g_strdup_printf ("{\n  // the embedded gateway\n  gateway: { port: %u, auth: { mode: 'token', "
                                           "token: '%s' } },\n}\n",
                                           fake_peer_get_port (FAKE_PEER (self->gateway)), self->token);

  return write_file (path, text, 0600) ? g_steal_pointer (&path) : NULL;
}

static gboolean
stage_write_settings (Stage *self, const char *openclaw_config)
{
  g_autofree char *settings_path = g_build_filename (self->folder, "home", ".config", "gangway", "gangway.conf", NULL);
  g_autofree char *key_path = g_build_filename (self->folder, "home", ".config", "gangway", "platform.key", NULL);
  g_autofree char *text =
      g_strdup_printf (SETTINGS, openclaw_config, fake_peer_get_url (FAKE_PEER (self->platform)), key_path);
  g_autofree char *key_line = g_strconcat (self->key, "\n", NULL);

  return write_file (settings_path, text, 0600) && write_file (key_path, key_line, 0600);
}

static gboolean
stage_set_up_fake_gateway (Stage *self)
{
  g_autofree char *config = NULL;

  self->token = g_strdup_printf ("gateway-token-%08x", g_random_int ());
  self->workspace = g_build_filename (self->folder, "workspace", NULL);
  if (g_mkdir_with_parents (self->workspace, 0700) != 0)
    {
      show_bad ("cannot make %s: %s", self->workspace, g_strerror (errno));
      return FALSE;
    }

  self->gateway = fake_gateway_new (self->token);
  fake_gateway_set_hello_padding (self->gateway, 15000);
  fake_gateway_set_delay (self->gateway, 90);
  fake_gateway_add_agent (self->gateway, "main", self->workspace);
  config = stage_write_openclaw_config (self);
  return config != NULL && stage_write_settings (self, config);
}

static gboolean
stage_set_up_real_gateway (Stage *self)
{
  g_autofree char *config = g_build_filename (self->openclaw, "openclaw.json", NULL);
  g_autofree char *token_path = g_build_filename (self->openclaw, "token", NULL);
  g_autoptr (GError) error = NULL;

  self->workspace = g_build_filename (self->openclaw, "workspace", NULL);
  if (!g_file_get_contents (token_path, &self->token, NULL, &error))
    {
      show_bad ("the real gateway's folder is not complete: %s", error->message);
      return FALSE;
    }

  g_strstrip (self->token);
  return stage_write_settings (self, config);
}

/**
 * stage_set_up:
 * @self: a stage whose folders are set
 *
 * Makes everything but gangwayd.
 *
 * Returns: %FALSE if that failed; the user was told
 */
gboolean
stage_set_up (Stage *self)
{
  const int signals[] = { SIGINT, SIGTERM, SIGHUP };

  for (guint i = 0; i < G_N_ELEMENTS (signals); i++)
    self->interrupt_sources[i] = g_unix_signal_add (signals[i], on_interrupt, self);
  self->properties = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_variant_unref);
  self->key = g_strdup_printf ("platform-key-%08x", g_random_int ());
  self->platform = fake_platform_new ();
  fake_platform_set_key (self->platform, self->key);

  return (self->openclaw != NULL ? stage_set_up_real_gateway (self) : stage_set_up_fake_gateway (self)) &&
         stage_set_up_bus (self);
}

static void
stop_process (GSubprocess **process)
{
  if (*process != NULL)
    {
      g_subprocess_force_exit (*process);
      g_subprocess_wait (*process, NULL, NULL);
    }
  g_clear_object (process);
}

/**
 * stage_clear:
 * @self: a stage
 *
 * Ends what still runs, and frees what @self holds.
 */
void
stage_clear (Stage *self)
{
  stop_process (&self->daemon);
  if (self->bus != NULL)
    g_dbus_connection_close_sync (self->bus, NULL, NULL);
  g_clear_object (&self->bus);
  stop_process (&self->bus_daemon);
  g_clear_pointer (&self->bus_address, g_free);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  for (guint i = 0; i < G_N_ELEMENTS (self->interrupt_sources); i++)
    g_clear_handle_id (&self->interrupt_sources[i], g_source_remove);
  g_clear_pointer (&self->properties, g_hash_table_unref);
  g_clear_pointer (&self->key, g_free);
  g_clear_pointer (&self->token, g_free);
  g_clear_pointer (&self->workspace, g_free);
}

/* Nothing that the user's session has set reaches the programs: no OpenClaw, no settings, no bus, no proxy. */
static GSubprocessLauncher *
stage_new_launcher (Stage *self, GSubprocessFlags flags)
{
  GSubprocessLauncher *launcher = g_subprocess_launcher_new (flags);
  const char *const kept[] = { "PATH", "LANG", "LC_ALL", "LANGUAGE", "TERM", "NO_COLOR", "LD_LIBRARY_PATH", "G_DEBUG" };
  g_autofree char *home = g_build_filename (self->folder, "home", NULL);
  g_auto (GStrv) environment = g_new0 (char *, 1);

  for (guint i = 0; i < G_N_ELEMENTS (kept); i++)
    {
      if (g_getenv (kept[i]) != NULL)
        environment = g_environ_setenv (environment, kept[i], g_getenv (kept[i]), TRUE);
    }
  environment = g_environ_setenv (environment, "HOME", home, TRUE);
  environment = g_environ_setenv (environment, "XDG_RUNTIME_DIR", self->folder, TRUE);
  environment = g_environ_setenv (environment, "DBUS_SESSION_BUS_ADDRESS", self->bus_address, TRUE);
  g_subprocess_launcher_set_environ (launcher, environment);
  g_subprocess_launcher_set_cwd (launcher, self->folder);
  return launcher;
}

/**
 * stage_start_daemon:
 * @self: a stage that is set up
 *
 * Starts gangwayd.
 *
 * Returns: %FALSE if that failed; the user was told
 */
gboolean
stage_start_daemon (Stage *self)
{
  g_autoptr (GSubprocessLauncher) launcher = stage_new_launcher (self, G_SUBPROCESS_FLAGS_STDOUT_SILENCE);
  g_autofree char *program = g_build_filename (self->build, "src", "service", "gangwayd", NULL);
  g_autofree char *log = g_build_filename (self->folder, "gangwayd.log", NULL);
  g_autoptr (GError) error = NULL;

  g_subprocess_launcher_set_stderr_file_path (launcher, log);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, program, "--verbose", NULL);
  if (self->daemon == NULL)
    show_bad ("cannot start %s: %s", program, error->message);
  return self->daemon != NULL;
}

/**
 * stage_run_gangway:
 * @self: a stage with a daemon
 * @command: one of gangway's commands, one word
 *
 * Runs `gangway`, and shows it as if a user had typed it.
 *
 * Returns: %FALSE if it failed; the user was told
 */
gboolean
stage_run_gangway (Stage *self, const char *command)
{
  g_autoptr (GSubprocessLauncher) launcher =
      stage_new_launcher (self, G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_MERGE);
  g_autofree char *program = g_build_filename (self->build, "src", "cli", "gangway", NULL);
  g_autofree char *typed = g_strconcat ("gangway ", command, NULL);
  g_autoptr (GSubprocess) process = NULL;
  g_autofree char *output = NULL;
  g_autoptr (GError) error = NULL;

  show_command (typed);
  process = g_subprocess_launcher_spawn (launcher, &error, program, command, NULL);
  if (process == NULL || !g_subprocess_communicate_utf8 (process, NULL, NULL, &output, NULL, &error))
    {
      show_bad ("cannot run %s: %s", program, error->message);
      return FALSE;
    }

  show_output (output);
  if (g_subprocess_get_successful (process))
    return TRUE;

  show_bad ("“%s” failed", typed);
  return FALSE;
}

static gboolean
on_limit (gpointer user_data)
{
  *(gboolean *) user_data = TRUE;
  return G_SOURCE_CONTINUE;
}

/**
 * stage_wait:
 * @self: a stage
 * @condition: what to wait for
 * @user_data: for @condition
 * @what: what to call it when it does not come true
 *
 * Lets the players act until @condition holds.
 *
 * Returns: %FALSE if it took too long, or the user pressed Ctrl-C; the user was told
 */
gboolean
stage_wait (Stage *self, StageCondition condition, gpointer user_data, const char *what)
{
  guint limit_s = self->openclaw != NULL ? STAGE_WAIT_REAL_S : STAGE_WAIT_S;
  gboolean is_over = FALSE;
  guint limit = g_timeout_add_seconds (limit_s, on_limit, &is_over);
  gboolean holds;

  while (!(holds = condition (self, user_data)) && !is_over && !self->is_interrupted)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);

  if (!holds && !self->is_interrupted)
    show_bad ("waited %u s in vain for %s", limit_s, what);
  return holds;
}

/**
 * stage_pause:
 * @self: a stage
 * @delay_ms: for how long
 *
 * Lets the players act, and the user read.
 */
void
stage_pause (Stage *self, guint delay_ms)
{
  gboolean is_over = FALSE;
  guint limit = g_timeout_add (delay_ms, on_limit, &is_over);

  while (!is_over && !self->is_interrupted)
    g_main_context_iteration (NULL, TRUE);
  g_source_remove (limit);
}

static gboolean
has_id (const FakeMessage *message, gpointer id)
{
  return fake_message_has (message, "type", "res") && fake_message_has (message, "id", id);
}

typedef struct {
  FakeConnection *connection; /* (unowned) */
  char *id;
  FakeMessage *answer;
} Pending;

static gboolean
is_answered (Stage *self, gpointer user_data)
{
  Pending *pending = user_data;

  if (pending->answer == NULL)
    pending->answer = fake_connection_take_message (pending->connection, has_id, pending->id);
  return pending->answer != NULL;
}

/**
 * stage_request:
 * @self: a stage whose platform is connected
 * @method: a method
 * @params_json: its params
 *
 * Has the platform send a request, and waits for the answer.
 *
 * Returns: (transfer full) (nullable): the answer, or %NULL; the user was told
 */
FakeMessage *
stage_request (Stage *self, const char *method, const char *params_json)
{
  Pending pending = { fake_platform_get_ready (self->platform), NULL, NULL };

  if (pending.connection == NULL)
    {
      show_bad ("the platform is not connected, so it cannot ask for %s", method);
      return NULL;
    }

  pending.id = fake_platform_send_request (self->platform, method, params_json);
  stage_wait (self, is_answered, &pending, method);
  g_free (pending.id);
  return pending.answer;
}

/**
 * stage_get_string:
 * @self: a stage
 * @property: a property of the account on the bus
 *
 * Returns: its value as last signalled; empty if it never was
 */
const char *
stage_get_string (Stage *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  return value != NULL ? g_variant_get_string (value, NULL) : "";
}

/**
 * stage_get_time_ms:
 * @self: a stage
 * @property: a property of the account on the bus
 *
 * Returns: its value as last signalled, in milliseconds since the epoch; 0 if it never was
 */
gint64
stage_get_time_ms (Stage *self, const char *property)
{
  GVariant *value = g_hash_table_lookup (self->properties, property);

  return value != NULL ? (gint64) g_variant_get_uint64 (value) : 0;
}

/**
 * stage_state_is:
 * @self: a stage
 * @state: a state's name
 *
 * Returns: %TRUE if the account is in that state, as the bus has it
 */
gboolean
stage_state_is (Stage *self, gpointer state)
{
  return g_str_equal (stage_get_string (self, "State"), state);
}

/**
 * stage_show_log:
 * @self: a stage
 *
 * Shows the end of what gangwayd logged, on standard error.
 */
void
stage_show_log (Stage *self)
{
  g_autofree char *path = g_build_filename (self->folder, "gangwayd.log", NULL);
  g_autofree char *text = NULL;
  g_auto (GStrv) lines = NULL;
  guint n;

  if (!g_file_get_contents (path, &text, NULL, NULL))
    return;

  lines = g_strsplit (text, "\n", -1);
  n = g_strv_length (lines);
  g_printerr ("The last that gangwayd logged:\n");
  for (guint i = n > 20 ? n - 20 : 0; i < n; i++)
    g_printerr ("  %s\n", lines[i]);
}
