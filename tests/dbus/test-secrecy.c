/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"

#include <fcntl.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

/* What the daemon knows stays in it, also when hostile peers say it back: all that it emits is searched. */

/* Each has what JSON, URLs and C strings treat in a way of their own. */
#define KEY "pk-\"\\{%41}\xc3\xa9+/4711"
#define KEY_JSON "pk-\\\"\\\\{%41}\xc3\xa9+/4711"
#define TOKEN "tok&\"\\=\xe2\x82\xac~0815"
#define TOKEN_JSON "tok&\\\"\\\\=\xe2\x82\xac~0815"

/* What the hidden is called where it stood. */
#define HIDDEN "<secret>"

/* --- the forms in which a peer may say it --- */

static char *
dup_plain (const char *secret)
{
  return g_strdup (secret);
}

static char *
dup_json (const char *secret)
{
  g_auto (GStrv) parts = g_strsplit (secret, "\\", -1);
  g_autofree char *slashes = g_strjoinv ("\\\\", parts);
  g_auto (GStrv) more_parts = g_strsplit (slashes, "\"", -1);

  return g_strjoinv ("\\\"", more_parts);
}

static char *
dup_unicode_escapes (const char *secret)
{
  GString *out = g_string_new (NULL);

  for (const char *p = secret; *p != '\0'; p = g_utf8_next_char (p))
    g_string_append_printf (out, "\\u%04x", g_utf8_get_char (p));

  return g_string_free (out, FALSE);
}

static char *
dup_percent (const char *secret)
{
  return g_uri_escape_string (secret, NULL, FALSE);
}

static char *
dup_base64 (const char *secret)
{
  return g_base64_encode ((const guchar *) secret, strlen (secret));
}

static char *(*const forms[]) (const char *secret) = { dup_plain, dup_json, dup_unicode_escapes, dup_percent, dup_base64 };

/* Both secrets in all forms that are themselves fit for a JSON string, ended by @end. */
static char *
dup_echo (const char *end)
{
  GString *out = g_string_new (NULL);

  for (gsize i = 1; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *key = forms[i](KEY);
      g_autofree char *token = forms[i](TOKEN);

      g_string_append_printf (out, "%s %s ", key, token);
    }

  return g_string_free (g_string_append (out, end), FALSE);
}

static void
assert_hidden (const char *text, gsize length, const char *where)
{
  const char *const secrets[] = { KEY, TOKEN };

  for (gsize i = 0; i < G_N_ELEMENTS (secrets) * G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *form = forms[i % G_N_ELEMENTS (forms)](secrets[i / G_N_ELEMENTS (forms)]);

      if (memmem (text, length, form, strlen (form)) != NULL)
        g_error ("%s shows %s", where, form);
    }
}

/* --- the service, and all that it emits --- */

typedef struct {
  ServiceFixture service;
  Program *daemon;          /* (owned) */
  GDBusConnection *monitor; /* (owned) sees all that goes over the bus */
  GMutex lock;              /* for what follows, because the monitor's filter runs in a thread */
  GString *traffic;         /* (owned) every message, as text */
} SecrecyFixture;

static GDBusMessage *
on_traffic (GDBusConnection *connection, GDBusMessage *message, gboolean is_incoming, gpointer user_data)
{
  SecrecyFixture *self = user_data;
  g_autofree char *text = g_dbus_message_print (message, 0);
  gsize length = 0;
  g_autofree guchar *blob = g_dbus_message_to_blob (message, &length, G_DBUS_CAPABILITY_FLAGS_NONE, NULL);

  g_mutex_lock (&self->lock);
  g_string_append (self->traffic, text);
  g_string_append_len (self->traffic, (const char *) blob, (gssize) length);
  g_mutex_unlock (&self->lock);
  if (is_incoming)
    g_clear_object (&message);
  return message;
}

static void
record_traffic (SecrecyFixture *self)
{
  const char *address = g_environ_getenv (self->service.environ_, "DBUS_SESSION_BUS_ADDRESS");
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = NULL;

  self->monitor = g_dbus_connection_new_for_address_sync (address,
                                                          G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                              G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                          NULL, NULL, &error);
  g_assert_no_error (error);
  reply = g_dbus_connection_call_sync (self->monitor, "org.freedesktop.DBus", "/org/freedesktop/DBus",
                                       "org.freedesktop.DBus.Monitoring", "BecomeMonitor", g_variant_new ("(asu)", NULL, 0),
                                       NULL, G_DBUS_CALL_FLAGS_NONE, FAKE_WAIT_LIMIT_MS, NULL, &error);
  g_assert_no_error (error);
  g_dbus_connection_add_filter (self->monitor, on_traffic, self, NULL);
}

/* The key's file ends with a line end, and the token stands in OpenClaw's own configuration. */
static void
configure (SecrecyFixture *self)
{
  g_autofree char *key_file = g_build_filename (self->service.dir, "platform.key", NULL);
  g_autofree char *openclaw_file = g_build_filename (self->service.dir, "openclaw.json", NULL);
  g_autofree char *text = g_strdup_printf (
      "[gateway]\nopenclaw-config=%s\nurl=%s\n[retry]\ninitial-delay=3000\nmax-delay=3000\n[account platform]\n"
      "platform-url=%s\nplatform-key-file=%s\ndeny-methods=secret.*\n",
      openclaw_file, fake_peer_get_url (FAKE_PEER (self->service.gateway)),
      fake_peer_get_url (FAKE_PEER (self->service.platform)), key_file);

  g_file_set_contents_full (key_file, KEY "\n", -1, G_FILE_SET_CONTENTS_NONE, 0600, NULL);
  g_file_set_contents_full (openclaw_file, "{ gateway: { auth: { mode: 'token', token: \"" TOKEN_JSON "\" } } }", -1,
                            G_FILE_SET_CONTENTS_NONE, 0600, NULL);
  service_configure_raw (&self->service, text);
}

static void
set_up (SecrecyFixture *self, gconstpointer data)
{
  service_fixture_set_up (&self->service, data);
  g_mutex_init (&self->lock);
  self->traffic = g_string_new (NULL);
  g_clear_object (&self->service.gateway);
  self->service.gateway = fake_gateway_new (TOKEN);
  record_traffic (self);
  configure (self);

  service_setenv (&self->service, "G_MESSAGES_DEBUG", "all");
  self->daemon = program_start (&self->service, (const char *const[]){ GANGWAYD, "--verbose", NULL },
                                G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
  fake_wait_until (service_is_running (&self->service));
}

static void
assert_file_hidden (ServiceFixture *service, const char *name)
{
  g_autofree char *path = g_build_filename (service->dir, "gangway", name, NULL);
  g_autofree char *text = NULL;
  gsize length;

  g_assert_true (g_file_get_contents (path, &text, &length, NULL));
  assert_hidden (text, length, name);
}

/* Ends the service, and searches all that it has emitted. Where a peer is quoted, as @data says, the stand-in shows it. */
static void
tear_down (SecrecyFixture *self, gconstpointer data)
{
  g_autofree char *state = g_build_filename (self->service.dir, "gangway", NULL);
  g_autoptr (GDir) dir = NULL;
  gboolean is_quoted = GPOINTER_TO_INT (data);
  const char *name;

  audit_end_daemon (self->daemon);
  assert_hidden (self->daemon->errors, strlen (self->daemon->errors), "stderr");
  assert_hidden (self->daemon->output, strlen (self->daemon->output), "stdout");
  g_assert_cmpint (strstr (self->daemon->errors, HIDDEN) != NULL, ==, is_quoted);

  dir = g_dir_open (state, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    assert_file_hidden (&self->service, name);

  g_dbus_connection_close_sync (self->monitor, NULL, NULL);
  g_clear_object (&self->monitor);
  g_mutex_lock (&self->lock);
  assert_hidden (self->traffic->str, self->traffic->len, "the bus");
  g_assert_cmpint (memmem (self->traffic->str, self->traffic->len, HIDDEN, strlen (HIDDEN)) != NULL, ==, is_quoted);
  g_mutex_unlock (&self->lock);

  program_free (self->daemon);
  g_string_free (self->traffic, TRUE);
  g_mutex_clear (&self->lock);
  service_fixture_tear_down (&self->service, data);
}

/* --- the handshake --- */

/* Has the service try once more, and fail with @code. */
static void
expect_failure (SecrecyFixture *self, const char *code)
{
  g_variant_unref (service_call_session (&self->service, "platform", "Restart"));
  fake_wait_until (service_property_is (&self->service, "platform", "State", "retrying"));
  g_assert_true (service_property_is (&self->service, "platform", "LastErrorCode", code));
}

static void
check_refused_upgrade (SecrecyFixture *self, FakePeer *peer, const char *refused, const char *protocol)
{
  g_autofree char *echo = dup_echo (KEY TOKEN);
  g_autofree char *status = g_strconcat ("403 ", echo, NULL);
  g_autofree char *headers = g_strdup_printf ("X-Echo: %s\r\nWWW-Authenticate: Bearer %s\r\n", echo, echo);
  g_autofree char *redirect = g_strdup_printf ("Location: wss://127.0.0.1/%s\r\n", echo);

  fake_peer_refuse (peer, status, headers, echo);
  expect_failure (self, refused);
  fake_peer_refuse (peer, "302 Found", redirect, echo);
  expect_failure (self, refused);
  fake_peer_refuse (peer, echo, NULL, NULL);
  expect_failure (self, protocol);
  fake_peer_set_upgrade_mode (peer, FAKE_UPGRADE_ACCEPT);
}

static void
test_upgrade (SecrecyFixture *self, gconstpointer data)
{
  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");
  check_refused_upgrade (self, FAKE_PEER (self->service.gateway), "gateway-refused", "gateway-protocol");
  check_refused_upgrade (self, FAKE_PEER (self->service.platform), "platform-refused", "platform-protocol");
}

static void
test_platform_in_the_handshake (SecrecyFixture *self, gconstpointer data)
{
  g_autofree char *echo = dup_echo ("");
  g_autofree char *frame = g_strdup_printf ("{\"type\":\"req\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{}}", echo, echo);

  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");
  fake_platform_set_mode (self->service.platform, FAKE_PLATFORM_ERROR);
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *form = forms[i](KEY);
      g_autofree char *token = forms[i](TOKEN);
      g_autofree char *both = g_strconcat (form, " ", token, NULL);
      g_autofree char *reason = g_strndup (both, 123);

      fake_platform_set_error (self->service.platform, i == 0 ? KEY_JSON " " TOKEN_JSON : both);
      expect_failure (self, "platform-refused");
      fake_platform_set_close (self->service.platform, 4001, reason);
      fake_platform_set_mode (self->service.platform, FAKE_PLATFORM_CLOSE_ON_CHALLENGE);
      expect_failure (self, "platform-closed");
      fake_platform_set_mode (self->service.platform, FAKE_PLATFORM_ERROR);
    }

  fake_platform_set_mode (self->service.platform, FAKE_PLATFORM_GOOD);
  fake_platform_set_connect (self->service.platform, frame);
  expect_failure (self, "platform-protocol");
}

/* Refuses the connect request in the words of the data. */
static gboolean
on_connect (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  g_autofree char *id = fake_message_get (message, "id");

  fake_connection_send_format (connection,
                               "{\"type\":\"res\",\"id\":%s,\"ok\":false,\"error\":{\"code\":\"%s\",\"message\":\"%s\","
                               "\"details\":{\"code\":\"%s\"}}}",
                               id, (const char *) user_data, (const char *) user_data, (const char *) user_data);
  return TRUE;
}

static void
test_gateway_in_the_handshake (SecrecyFixture *self, gconstpointer data)
{
  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");
  for (gsize i = 1; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *key = forms[i](KEY);
      g_autofree char *token = forms[i](TOKEN);
      g_autofree char *both = g_strconcat (token, " ", key, NULL);
      g_autofree char *reason = g_strndup (both, 123);
      gulong handler_id = g_signal_connect (self->service.gateway, "message", G_CALLBACK (on_connect), both);

      expect_failure (self, "gateway-refused");
      g_signal_handler_disconnect (self->service.gateway, handler_id);
      fake_gateway_set_close (self->service.gateway, 4000, reason);
      fake_gateway_set_mode (self->service.gateway, FAKE_GATEWAY_CLOSE_AFTER_CHALLENGE);
      expect_failure (self, "gateway-closed");
      fake_gateway_set_mode (self->service.gateway, FAKE_GATEWAY_GOOD);
    }
}

/* --- the relay --- */

static void
send_and_forget (SecrecyFixture *self, const char *format, const char *echo)
{
  g_auto (GStrv) parts = g_strsplit (format, "@", -1);
  g_autofree char *frame = g_strjoinv (echo, parts);

  fake_connection_send_text (fake_platform_get_ready (self->service.platform), frame);
}

/* Frames of the platform that say @echo wherever something is looked at, logged, told or written down. */
static void
send_echoes (SecrecyFixture *self, const char *echo)
{
  static const char *const frames[] = {
    "{\"type\":\"error\",\"message\":\"@\"}",
    "{\"type\":\"@\",\"message\":\"@\"}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"@\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"secret.@\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":{\"@\":1},\"method\":\"workspace.ls\",\"params\":{}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"platform.session.resolve\",\"params\":{\"userId\":\"@\",\"agentId\":\"@\"}"
    "}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"platform.chat.history\",\"params\":{\"userId\":\"@\"}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"platform.chat.send\",\"params\":{\"userId\":\"u\",\"message\":\"@\","
    "\"runId\":\"@\",\"thinking\":\"@\"}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"platform.chat.send.stream\",\"params\":{\"userId\":\"u\",\"message\":\"@\","
    "\"runId\":\"@\"}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"workspace.read\",\"params\":{\"sessionKey\":\"@\",\"path\":\"@\"}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"workspace.read\",\"params\":{\"sessionKey\":\"agent:@:x\",\"path\":\"@\"}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"workspace.read\",\"params\":{\"sessionKey\":\"agent:main:x\","
    "\"path\":\"/@\"}}",
    "{\"type\":\"req\",\"id\":\"@\",\"method\":\"workspace.write\",\"params\":{\"sessionKey\":\"agent:main:x\","
    "\"path\":\"@\",\"content\":\"@\",\"encoding\":\"@\"}}",
  };

  for (gsize i = 0; i < G_N_ELEMENTS (frames); i++)
    send_and_forget (self, frames[i], echo);
}

/* Waits until all that was sent before is done with: requests for files are served in order. */
static void
settle (SecrecyFixture *self)
{
  g_autoptr (FakeMessage) answer =
      fake_platform_request (self->service.platform, "workspace.ls", "{\"sessionKey\":\"agent:main:x\"}");

  g_assert_true (fake_message_has (answer, "ok", "true"));
}

/* The last step is a close frame that is not UTF-8, which libsoup tells its developers. */
static void
test_relay (SecrecyFixture *self, gconstpointer data)
{
  g_autofree char *workspace = g_build_filename (self->service.dir, "workspace", NULL);
  g_autofree char *all = dup_echo ("");
  g_autofree char *error = g_strdup_printf ("{\"code\":\"%s\",\"message\":\"%s\"}", all, all);
  const char close_frame[] = "\x0f\xa1" KEY " " TOKEN "\xff";

  g_mkdir (workspace, 0700);
  fake_gateway_add_agent (self->service.gateway, "main", workspace);
  fake_gateway_set_error (self->service.gateway, "chat.history", error);
  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");

  for (gsize i = 1; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *key = forms[i](KEY);
      g_autofree char *token = forms[i](TOKEN);

      for (gsize n_before = 0; n_before < 320; n_before += 40)
        {
          g_autofree char *filler = g_strnfill (n_before, 'x');
          g_autofree char *echo = g_strconcat (filler, key, " ", token, NULL);

          send_echoes (self, echo);
        }
      settle (self);
    }

  fake_connection_send_frame (fake_platform_get_ready (self->service.platform), FAKE_FIN | FAKE_CLOSE, close_frame,
                              sizeof close_frame - 1);
  fake_wait_until (service_property_is (&self->service, "platform", "State", "retrying"));
}

static void
test_close (SecrecyFixture *self, gconstpointer data)
{
  for (gsize i = 0; i < G_N_ELEMENTS (forms); i++)
    {
      g_autofree char *form = forms[i](TOKEN);

      service_wait_for_state (&self->service, "platform", "connected");
      fake_connection_close (fake_platform_wait_ready (self->service.platform), 4001, form);
      fake_wait_until (service_property_is (&self->service, "platform", "State", "retrying"));
      g_variant_unref (service_call_session (&self->service, "platform", "Reconnect"));
    }
  service_wait_for_state (&self->service, "platform", "connected");
}

#define secrecy_test_add(path, is_quoted, func)                                                                             \
  g_test_add (path, SecrecyFixture, GINT_TO_POINTER (is_quoted), set_up, func, tear_down)

/* --- memory --- */

/* Starts a program with the rights of a user, also if that is root. */
static Program *
start_as_user (ServiceFixture *self, const char *program, const char *argument)
{
  const char *const as_root[] = { "setpriv", "--bounding-set=-all", program, argument, NULL };

  return program_start (self, geteuid () == 0 ? as_root : as_root + 2,
                        G_SUBPROCESS_FLAGS_STDOUT_PIPE | G_SUBPROCESS_FLAGS_STDERR_PIPE);
}

/* Returns: the environment of @program, as another process of the same user sees it; "" if it may not */
static char *
read_environment (ServiceFixture *self, Program *program)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/environ", g_subprocess_get_identifier (program->subprocess));
  g_autoptr (Program) reader = start_as_user (self, "cat", path);

  program_wait (reader);
  return g_steal_pointer (&reader->output);
}

/* What a shell starts in the background ignores SIGQUIT, and so does all that it starts. */
static void
allow_core (gpointer user_data)
{
  const struct rlimit all = { RLIM_INFINITY, RLIM_INFINITY };

  setrlimit (RLIMIT_CORE, &all);
  signal (SIGQUIT, SIG_DFL);
}

/* The files of the process that show memory are closed to other processes, and with them the key of the environment. Those
 * of any other program, such as one that waits for a FIFO, are open. */
static void
test_memory_is_private (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *fifo = g_build_filename (self->dir, "fifo", NULL);
  g_autoptr (Program) daemon = start_as_user (self, GANGWAYD, "--verbose");
  g_autoptr (Program) other = NULL;
  g_autofree char *environment = NULL;
  g_autofree char *other_environment = NULL;
  int fd;

  g_assert_cmpint (mkfifo (fifo, 0600), ==, 0);
  other = start_as_user (self, "cat", fifo);
  fd = open (fifo, O_WRONLY | O_CLOEXEC); /* waits for the other end */
  fake_platform_wait_ready (self->platform);
  environment = read_environment (self, daemon);
  other_environment = read_environment (self, other);
  g_assert_cmpstr (environment, ==, "");
  g_assert_cmpstr (other_environment, !=, "");
  close (fd);
  audit_end_daemon (daemon);
}

/* Killed by the signal of the data, with all limits lifted. */
static void
test_no_core (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (self, G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autoptr (GSubprocess) daemon = NULL;
  g_autoptr (GDir) dir = NULL;
  const char *name;

  g_subprocess_launcher_set_child_setup (launcher, allow_core, NULL, NULL);
  g_subprocess_launcher_set_cwd (launcher, self->dir);
  daemon = g_subprocess_launcher_spawn (launcher, NULL, GANGWAYD, NULL);
  fake_platform_wait_ready (self->platform);
  g_subprocess_send_signal (daemon, GPOINTER_TO_INT (data));
  g_assert_true (g_subprocess_wait (daemon, NULL, NULL));
  g_assert_cmpint (g_subprocess_get_term_sig (daemon), ==, GPOINTER_TO_INT (data));
  g_assert_false (WCOREDUMP (g_subprocess_get_status (daemon)));

  dir = g_dir_open (self->dir, 0, NULL);
  while ((name = g_dir_read_name (dir)) != NULL)
    g_assert_false (g_str_has_prefix (name, "core"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  secrecy_test_add ("/secrecy/upgrade", FALSE, test_upgrade);
  secrecy_test_add ("/secrecy/platform-in-the-handshake", TRUE, test_platform_in_the_handshake);
  secrecy_test_add ("/secrecy/gateway-in-the-handshake", TRUE, test_gateway_in_the_handshake);
  secrecy_test_add ("/secrecy/relay", TRUE, test_relay);
  secrecy_test_add ("/secrecy/close", TRUE, test_close);
  service_test_add ("/secrecy/memory-is-private", test_memory_is_private);
  g_test_add ("/secrecy/no-core/abort", ServiceFixture, GINT_TO_POINTER (SIGABRT), service_fixture_set_up, test_no_core,
              service_fixture_tear_down);
  g_test_add ("/secrecy/no-core/quit", ServiceFixture, GINT_TO_POINTER (SIGQUIT), service_fixture_set_up, test_no_core,
              service_fixture_tear_down);

  return g_test_run ();
}
