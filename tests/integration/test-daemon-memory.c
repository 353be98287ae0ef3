/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * R10 seen from outside: however much either side sends, gangwayd stays small. The program's path is its first argument.
 */

#include "config.h"

#include <signal.h>
#include <string.h>
#include <sys/prctl.h>

#include <glib/gstdio.h>

#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"

#define MIB (1024 * 1024)
#define N_FRAMES 240
#define TOKEN "gateway-token-0815"

#define MAX_RSS_KIB (64 * 1024)
/* What a message of 20 MiB may take more than one of 1 MiB: what waits for the platform is 1 MiB, and a sanitizer has not
 * freed all of it yet; put together it would be more than twice its length. */
#define MAX_GROWTH_KIB (16 * 1024)
/* What is freed counts as the process's for a while under a sanitizer. */
#define SANITIZER_OPTIONS "quarantine_size_mb=8"

static const char *program;

typedef struct {
  FakeGateway *gateway;        /* (owned) */
  FakePlatform *platform;      /* (owned) */
  char *home;                  /* (owned) */
  GSubprocess *daemon;         /* (owned) */
  FakeConnection *to_gateway;  /* (unowned) */
  FakeConnection *to_platform; /* (unowned) */
} DaemonFixture;

static char *
write_settings (DaemonFixture *self)
{
  char *filename = g_build_filename (self->home, "gangway.conf", NULL);
  g_autofree char *text =
      g_strdup_printf ("[gateway]\nurl=%s\ntoken=" TOKEN "\n[account test]\nplatform-url=%s\n"
                       "platform-key=key-4711-4711\n",
                       fake_peer_get_url (FAKE_PEER (self->gateway)), fake_peer_get_url (FAKE_PEER (self->platform)));

  g_assert_true (g_file_set_contents (filename, text, -1, NULL));
  g_assert_cmpint (g_chmod (filename, 0600), ==, 0);
  return filename;
}

/* A test that fails aborts, and leaves nothing running. */
static void
die_with_parent (gpointer user_data)
{
  prctl (PR_SET_PDEATHSIG, SIGKILL);
}

static void
set_up (DaemonFixture *self, gconstpointer unused)
{
  g_autoptr (GSubprocessLauncher) launcher = g_subprocess_launcher_new (G_SUBPROCESS_FLAGS_STDERR_SILENCE);
  g_autofree char *settings = NULL;
  g_autoptr (GError) error = NULL;

  self->home = g_dir_make_tmp ("gangway-daemon-XXXXXX", NULL);
  self->gateway = fake_gateway_new (TOKEN);
  self->platform = fake_platform_new ();
  settings = write_settings (self);

  g_subprocess_launcher_setenv (launcher, "HOME", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_CONFIG_HOME", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_STATE_HOME", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "XDG_RUNTIME_DIR", self->home, TRUE);
  g_subprocess_launcher_setenv (launcher, "ASAN_OPTIONS", SANITIZER_OPTIONS, TRUE);
  g_subprocess_launcher_set_child_setup (launcher, die_with_parent, NULL, NULL);
  g_subprocess_launcher_unsetenv (launcher, "DBUS_SESSION_BUS_ADDRESS");
  self->daemon = g_subprocess_launcher_spawn (launcher, &error, program, "--config", settings, NULL);
  g_assert_no_error (error);

  self->to_platform = fake_platform_wait_ready (self->platform);
  self->to_gateway = fake_peer_get_connection (FAKE_PEER (self->gateway));
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      remove_folder (child);
    }
  g_remove (path);
}

static void
on_daemon_exit (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *has_ended = user_data;

  g_assert_true (g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL));
  *has_ended = TRUE;
}

/* It ends in time and without a fault, also while much is queued. */
static void
tear_down (DaemonFixture *self, gconstpointer unused)
{
  gboolean has_ended = FALSE;

  g_subprocess_send_signal (self->daemon, SIGTERM);
  g_subprocess_wait_async (self->daemon, NULL, on_daemon_exit, &has_ended);
  fake_wait_until (has_ended);
  g_assert_true (g_subprocess_get_if_exited (self->daemon));
  g_assert_cmpint (g_subprocess_get_exit_status (self->daemon), ==, 0);

  g_clear_object (&self->daemon);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  remove_folder (self->home);
  g_free (self->home);
}

/* Returns what /proc knows of the daemon, in KiB: `VmRSS` is now, `VmHWM` the most there ever was. */
static guint64
get_memory_kib (DaemonFixture *self, const char *name)
{
  g_autofree char *filename = g_strdup_printf ("/proc/%s/status", g_subprocess_get_identifier (self->daemon));
  g_autofree char *status = NULL;
  const char *line;

  g_assert_true (g_file_get_contents (filename, &status, NULL, NULL));
  line = strstr (status, name);
  g_assert_nonnull (line);
  return g_ascii_strtoull (strchr (line, ':') + 1, NULL, 10);
}

static void
check_memory (DaemonFixture *self)
{
  guint64 most_kib = get_memory_kib (self, "VmHWM");

  g_test_message ("%" G_GUINT64_FORMAT " KiB now, %" G_GUINT64_FORMAT " KiB at most", get_memory_kib (self, "VmRSS"),
                  most_kib);
  g_assert_cmpuint (most_kib, <, MAX_RSS_KIB);
}

static gboolean
on_tick (gpointer user_data)
{
  return G_SOURCE_CONTINUE;
}

/* Waits until no byte more of what @sender has queued was taken for a while. */
static void
wait_for_stall (FakeConnection *sender)
{
  guint tick = g_timeout_add (20, on_tick, NULL);
  gint64 last_change_us = g_get_monotonic_time ();
  gsize before = fake_connection_get_queued_bytes (sender);

  while (g_get_monotonic_time () - last_change_us < 400000)
    {
      g_main_context_iteration (NULL, TRUE);
      if (fake_connection_get_queued_bytes (sender) != before)
        {
          before = fake_connection_get_queued_bytes (sender);
          last_change_us = g_get_monotonic_time ();
        }
    }
  g_source_remove (tick);
}

/* Each message is a number, and then a MiB that all share. */
static void
send_numbered (FakeConnection *from)
{
  g_autoptr (GBytes) bytes = g_bytes_new_take (g_malloc0 (MIB), MIB);

  for (guint i = 0; i < N_FRAMES; i++)
    {
      fake_connection_send_format (from, "{\"type\":\"event\",\"n\":%u}", i);
      fake_connection_send_bytes (from, FAKE_BINARY, bytes);
    }
}

static void
expect_numbered (FakeConnection *to)
{
  for (guint i = 0; i < N_FRAMES; i++)
    {
      g_autoptr (FakeMessage) number = fake_connection_expect_message (to);
      g_autoptr (FakeMessage) bytes = fake_connection_expect_message (to);

      g_assert_cmpint (fake_message_get_int (number, "n"), ==, i);
      g_assert_cmpuint (bytes->opcode, ==, FAKE_BINARY);
      g_assert_cmpuint (bytes->length, ==, MIB);
    }
}

static void
take_all (FakeConnection *connection)
{
  FakeMessage *message;

  while ((message = fake_connection_take_message (connection, NULL, NULL)) != NULL)
    fake_message_unref (message);
}

static void
check_forwarding (DaemonFixture *self, FakeConnection *from, FakeConnection *to)
{
  take_all (to);
  fake_connection_set_reading (to, FALSE);
  send_numbered (from);
  wait_for_stall (from);
  g_assert_cmpuint (fake_connection_get_queued_bytes (from), >, (N_FRAMES - 32) * (gsize) MIB);
  check_memory (self);

  fake_connection_set_reading (to, TRUE);
  expect_numbered (to);
  check_memory (self);
}

static void
test_to_platform (DaemonFixture *self, gconstpointer unused)
{
  check_forwarding (self, self->to_gateway, self->to_platform);
}

static void
test_to_gateway (DaemonFixture *self, gconstpointer unused)
{
  check_forwarding (self, self->to_platform, self->to_gateway);
}

/* Returns: the most memory there was, in KiB, when an event of that size has passed */
static guint64
pass_event (DaemonFixture *self, gsize n_bytes)
{
  static const char head[] = "{\"type\":\"event\",\"event\":\"big\",\"payload\":\"";
  char *text = g_malloc (n_bytes);
  g_autoptr (GBytes) bytes = g_bytes_new_take (text, n_bytes);
  g_autoptr (FakeMessage) passed = NULL;

  memset (text, 'x', n_bytes);
  memcpy (text, head, strlen (head));
  memcpy (text + n_bytes - 2, "\"}", 2);
  fake_connection_send_bytes (self->to_gateway, FAKE_TEXT, bytes);
  passed = fake_connection_expect (self->to_platform, "event", "big");
  g_assert_cmpuint (passed->length, ==, n_bytes);
  g_assert_cmpmem (passed->text, passed->length, text, n_bytes);
  return get_memory_kib (self, "VmHWM");
}

/* A message of the gateway is nowhere held whole: however long it is, it takes what a short one takes. */
static void
check_passing (DaemonFixture *self)
{
  const guint64 before_kib = pass_event (self, MIB);
  const guint64 after_kib = pass_event (self, 20 * MIB);

  g_test_message ("%" G_GUINT64_FORMAT " KiB at most for 1 MiB, %" G_GUINT64_FORMAT " KiB for 20 MiB", before_kib,
                  after_kib);
  g_assert_cmpuint (after_kib, <, before_kib + MAX_GROWTH_KIB);
}

static void
test_long_message (DaemonFixture *self, gconstpointer unused)
{
  check_passing (self);
}

/* Also if it could be the answer that the relay waits for, and is not. */
static void
test_long_message_while_asking (DaemonFixture *self, gconstpointer unused)
{
  fake_gateway_set_answering (self->gateway, "chat.history", FAKE_ANSWER_NEVER);
  g_free (fake_platform_send_request (self->platform, "platform.chat.history", "{\"userId\":\"ann\"}"));
  fake_message_unref (fake_gateway_expect_request (self->to_gateway, "chat.history"));
  check_passing (self);
}

/* Sends many requests as large as can be, by their ids or by a param, and looks at what the daemon makes of them. */
static void
check_requests (DaemonFixture *self, const char *method, gsize id_bytes, const char *param_name, gsize param_bytes)
{
  g_autofree char *id = g_strnfill (id_bytes, 'i');
  g_autofree char *param = g_strnfill (param_bytes, 'm');
  g_autofree char *text =
      g_strdup_printf ("{\"type\":\"req\",\"id\":\"%s\",\"method\":\"%s\",\"params\":{\"userId\":\"ann\","
                       "\"sessionKey\":\"agent:main:x\",\"path\":\"a\",\"%s\":\"%s\"}}",
                       id, method, param_name, param);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  for (guint i = 0; i < N_FRAMES; i++)
    fake_connection_send_bytes (self->to_platform, FAKE_TEXT, bytes);
  wait_for_stall (self->to_platform);
  check_memory (self);
}

/* A platform that asks and asks, and does not read the answers. */
static void
test_answers (DaemonFixture *self, gconstpointer unused)
{
  fake_connection_set_reading (self->to_platform, FALSE);
  check_requests (self, "platform.session.resolve", MIB, "x", 1);
  g_assert_cmpuint (fake_connection_get_queued_bytes (self->to_platform), >, 0);

  fake_connection_set_discard (self->to_platform, TRUE);
  fake_connection_set_reading (self->to_platform, TRUE);
  fake_wait_until (fake_connection_get_n_messages (self->to_platform) == 3 + N_FRAMES);
  check_memory (self);
}

/* The same with small ones, ever so many. */
static void
test_small_answers (DaemonFixture *self, gconstpointer unused)
{
  const guint n = 40000;
  g_autofree char *id = g_strnfill (500, 'i');

  fake_connection_set_reading (self->to_platform, FALSE);
  for (guint i = 0; i < n;)
    {
      fake_connection_cork (self->to_platform);
      for (guint k = 0; k < 1000; k++)
        fake_connection_send_format (self->to_platform,
                                     "{\"type\":\"req\",\"id\":\"%u-%s\",\"method\":\"platform.session.resolve\"}", i++, id);
      fake_connection_uncork (self->to_platform);
    }
  wait_for_stall (self->to_platform);
  check_memory (self);

  fake_connection_set_discard (self->to_platform, TRUE);
  fake_connection_set_reading (self->to_platform, TRUE);
  fake_wait_until (fake_connection_get_n_messages (self->to_platform) == 3 + n);
  check_memory (self);
}

/* A side that pings and does not read the pongs. */
static void
check_pings (DaemonFixture *self, FakeConnection *from)
{
  const guint n = 800000;
  char payload[125] = { 0 };
  g_autoptr (GByteArray) frames = g_byte_array_new ();
  g_autoptr (GBytes) bytes = NULL;

  for (guint i = 0; i < 800; i++)
    fake_frame_append (frames, FAKE_FIN | FAKE_PING, payload, sizeof payload);
  bytes = g_bytes_new (frames->data, frames->len);
  fake_connection_set_reading (from, FALSE);
  for (guint i = 0; i < n / 800; i++)
    fake_connection_send_raw (from, bytes);
  wait_for_stall (from);
  check_memory (self);

  fake_connection_set_reading (from, TRUE);
  fake_wait_until (fake_connection_get_n_pongs (from) == n);
  check_memory (self);
}

static void
test_platform_pings (DaemonFixture *self, gconstpointer unused)
{
  check_pings (self, self->to_platform);
}

static void
test_gateway_pings (DaemonFixture *self, gconstpointer unused)
{
  check_pings (self, self->to_gateway);
}

/* What the relay sends to the gateway on its own is held back as well. */
static void
test_requests_to_gateway_that_does_not_read (DaemonFixture *self, gconstpointer unused)
{
  fake_connection_set_reading (self->to_gateway, FALSE);
  check_requests (self, "platform.chat.send", 1, "message", MIB);

  fake_connection_set_discard (self->to_gateway, TRUE);
  fake_connection_set_reading (self->to_gateway, TRUE);
}

/* Requests that wait for the gateway's answer, which does not come. */
static void
test_requests_without_answer (DaemonFixture *self, gconstpointer unused)
{
  fake_gateway_set_answering (self->gateway, "chat.send", FAKE_ANSWER_NEVER);
  fake_connection_set_discard (self->to_gateway, TRUE);
  check_requests (self, "platform.chat.send", 1, "message", MIB);
  check_requests (self, "platform.chat.send.stream", 1, "message", MIB);
  check_requests (self, "platform.chat.send", MIB, "message", 1);
}

/* Requests for files that wait for their turn. */
static void
test_waiting_for_files (DaemonFixture *self, gconstpointer unused)
{
  fake_gateway_set_answering (self->gateway, "agents.list", FAKE_ANSWER_NEVER);
  check_requests (self, "workspace.write", 1, "content", MIB);
}

/* Sends many requests for files that wait, with these params beside those that they need. */
static void
check_waiting (DaemonFixture *self, const char *params)
{
  g_autofree char *text = g_strdup_printf ("{\"type\":\"req\",\"id\":\"1\",\"method\":\"workspace.ls\",\"params\":{"
                                           "\"sessionKey\":\"agent:main:x\"%s}}",
                                           params);
  g_autoptr (GBytes) bytes = g_bytes_new (text, strlen (text));

  fake_gateway_set_answering (self->gateway, "agents.list", FAKE_ANSWER_NEVER);
  for (guint i = 0; i < 4 * N_FRAMES; i++)
    fake_connection_send_bytes (self->to_platform, FAKE_TEXT, bytes);
  wait_for_stall (self->to_platform);
  check_memory (self);
}

/* Params that are short as text, and would be large as a tree. */
static void
test_waiting_with_many_values (DaemonFixture *self, gconstpointer unused)
{
  g_autoptr (GString) params = g_string_new (",\"x\":[0");

  for (guint i = 0; i < 9900; i++)
    g_string_append (params, ",0");
  g_string_append_c (params, ']');
  check_waiting (self, params->str);
}

static void
test_waiting_with_many_params (DaemonFixture *self, gconstpointer unused)
{
  g_autoptr (GString) params = g_string_new (NULL);

  for (guint i = 0; i < 990; i++)
    g_string_append_printf (params, ",\"%u\":0", i);
  check_waiting (self, params->str);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_assert_cmpint (argc, ==, 2);
  program = argv[1];
  fake_wait_set_limit (60000);

#define add(path, func) g_test_add (path, DaemonFixture, NULL, set_up, func, tear_down)
  add ("/daemon/R10/to-platform", test_to_platform);
  add ("/daemon/R10/to-gateway", test_to_gateway);
  add ("/daemon/R10/long-message", test_long_message);
  add ("/daemon/R10/long-message-while-asking", test_long_message_while_asking);
  add ("/daemon/R10/answers", test_answers);
  add ("/daemon/R10/small-answers", test_small_answers);
  add ("/daemon/R10/platform-pings", test_platform_pings);
  add ("/daemon/R10/gateway-pings", test_gateway_pings);
  add ("/daemon/R10/requests-to-gateway-that-does-not-read", test_requests_to_gateway_that_does_not_read);
  add ("/daemon/R10/requests-without-answer", test_requests_without_answer);
  add ("/daemon/R10/waiting-for-files", test_waiting_for_files);
  add ("/daemon/R10/waiting-with-many-values", test_waiting_with_many_values);
  add ("/daemon/R10/waiting-with-many-params", test_waiting_with_many_params);

  return g_test_run ();
}
