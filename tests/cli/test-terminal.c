/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"

#include <glib-unix.h>
#include <gio/gunixinputstream.h>
#include <pty.h>
#include <string.h>
#include <unistd.h>

/* What `gangway` does on a terminal, which a pseudo-terminal is to it. */
typedef struct {
  GSubprocess *subprocess; /* (owned) */
  GInputStream *screen;    /* (owned) all that was written to the terminal */
  GString *text;           /* (owned) what of it was read so far */
} Terminal;

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *ended = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  *ended = TRUE;
}

static void
terminal_start (Terminal *terminal, ServiceFixture *self, const char *const *argv)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (self, G_SUBPROCESS_FLAGS_NONE);
  g_autoptr (GError) error = NULL;
  int ours, theirs;

  g_assert_cmpint (openpty (&ours, &theirs, NULL, NULL, NULL), ==, 0);
  g_subprocess_launcher_take_stdout_fd (launcher, theirs);
  g_subprocess_launcher_setenv (launcher, "TERM", "xterm", TRUE);
  g_subprocess_launcher_unsetenv (launcher, "NO_COLOR");
  terminal->subprocess = g_subprocess_launcher_spawnv (launcher, argv, &error);
  g_assert_no_error (error);
  terminal->text = g_string_new (NULL);
  terminal->screen = g_unix_input_stream_new (ours, TRUE);
}

static void
on_screen (GObject *source, GAsyncResult *result, gpointer user_data)
{
  GBytes **bytes = user_data;

  *bytes = g_input_stream_read_bytes_finish (G_INPUT_STREAM (source), result, NULL);
}

/* Waits until @part was written, and forgets what came before its end. */
static void
terminal_expect (Terminal *self, const char *part)
{
  const char *found;

  while ((found = strstr (self->text->str, part)) == NULL)
    {
      g_autoptr (GBytes) bytes = NULL;

      g_input_stream_read_bytes_async (self->screen, 4096, G_PRIORITY_DEFAULT, NULL, on_screen, &bytes);
      fake_wait_until (bytes != NULL);
      g_string_append_len (self->text, g_bytes_get_data (bytes, NULL), (gssize) g_bytes_get_size (bytes));
    }

  g_string_erase (self->text, 0, found - self->text->str + (gssize) strlen (part));
}

static void
terminal_end (Terminal *self)
{
  gboolean ended = FALSE;

  g_subprocess_force_exit (self->subprocess);
  g_subprocess_wait_async (self->subprocess, NULL, on_ended, &ended);
  fake_wait_until (ended);
  g_clear_object (&self->subprocess);
  g_clear_object (&self->screen);
  g_string_free (self->text, TRUE);
}

static void
test_status_has_colours (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };

  service_start (self);
  service_wait_for_state (self, "platform", "connected");
  terminal_start (&terminal, self, (const char *const[]){ GANGWAY, "status", NULL });
  terminal_expect (&terminal, "\033[1mplatform\033[0m: \033[32mconnected for");
  terminal_end (&terminal);
}

/* Drawn again from the top, each second and at each change, with the time that is left. */
static void
test_watch_counts_down (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };

  service_start (self);
  service_wait_for_state (self, "platform", "connected");
  terminal_start (&terminal, self, (const char *const[]){ GANGWAY, "status", "--watch", NULL });
  terminal_expect (&terminal, "\033[2J\033[H\033[J");
  terminal_expect (&terminal, "connected for 1 s");
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye now");
  terminal_expect (&terminal, "\033[H\033[J");
  terminal_expect (&terminal, "not connected, next attempt in ");
  terminal_expect (&terminal, "\033[H\033[J");
  terminal_expect (&terminal, "not connected, next attempt in ");
  terminal_end (&terminal);
}

static void
test_audit_has_colours (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };

  audit_prefill (self, 0,
                 "{\"time\":\"2026-11-23T10:00:00.000Z\",\"account\":\"a\",\"event\":\"denied\",\"method\":\"secret\","
                 "\"outcome\":\"denied\",\"duration_ms\":0,\"bytes\":70,\"path\":\"\"}\n");
  terminal_start (&terminal, self, (const char *const[]){ GANGWAY, "audit", NULL });
  terminal_expect (&terminal, "\033[31m2026-11-23 ");
  terminal_expect (&terminal, "\033[0m\r\n");
  terminal_end (&terminal);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/terminal/status-has-colours", test_status_has_colours);
  service_test_add ("/terminal/audit-has-colours", test_audit_has_colours);
  service_test_add ("/terminal/watch-counts-down", test_watch_counts_down);

  return g_test_run ();
}
