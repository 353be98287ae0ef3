/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "demo-acts.h"

#include <string.h>

#include "demo-show.h"

#define PROMPT "every word of this travels through gangwayd, as soon as the model says it"
#define NOTE "# Shopping\\n\\n- eggs\\n- milk\\n"

static gboolean
is_linked (Stage *stage, gpointer user_data)
{
  return fake_platform_get_ready (stage->platform) != NULL && stage_state_is (stage, (gpointer) "connected");
}

static gboolean
play_handshake (Stage *stage)
{
  if (!stage_start_daemon (stage) || !stage_wait (stage, is_linked, NULL, "the handshake"))
    return FALSE;

  show_good ("connected");
  return TRUE;
}

/* Shows what was wrong with an answer, unless it is good. */
static gboolean
is_good (FakeMessage *answer, const char *what)
{
  g_autofree char *reason = NULL;

  if (answer == NULL)
    return FALSE;
  if (fake_message_has (answer, "ok", "true"))
    return TRUE;

  reason = fake_message_get_string (answer, "error.message");
  show_bad ("%s was refused: %s", what, reason != NULL ? reason : answer->text);
  return FALSE;
}

static gboolean
on_chunk (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  GString *text = user_data;
  g_autofree char *delta = NULL;

  if (!fake_message_has (message, "event", "platform.chat.chunk"))
    return FALSE;

  delta = fake_message_get_string (message, "payload.deltaText");
  if (fake_message_has (message, "payload.replace", "true"))
    g_string_truncate (text, 0);
  g_string_append (text, delta != NULL ? delta : "");
  show_word (delta != NULL ? delta : "");
  return FALSE;
}

static gboolean
play_chat (Stage *stage)
{
  g_autoptr (GString) streamed = g_string_new (NULL);
  g_autoptr (FakeMessage) answer = NULL;
  g_autofree char *text = NULL;
  gulong handler;

  show_frame ("platform", "gangwayd", "platform.chat.send.stream, userId “ada”:");
  show_note ("           “%s”", PROMPT);
  show_frame ("gangwayd", "gateway", "chat.send, with ada's own session key");
  g_print ("            ");
  handler = g_signal_connect (stage->platform, "message", G_CALLBACK (on_chunk), streamed);
  answer = stage_request (stage, "platform.chat.send.stream", "{\"userId\":\"ada\",\"message\":\"" PROMPT "\"}");
  g_signal_handler_disconnect (stage->platform, handler);
  g_print ("\n");
  if (!is_good (answer, "the chat message"))
    return FALSE;

  text = fake_message_get_string (answer, "payload.text");
  if (text == NULL || strcmp (text, streamed->str) != 0 || (stage->gateway != NULL && strcmp (text, "echo: " PROMPT) != 0))
    {
      show_bad ("the answer's text is not what was streamed: %s", answer->text);
      return FALSE;
    }

  show_good ("%d chunks streamed, and one answer at the end", (int) fake_message_get_int (answer, "payload.chunks"));
  return TRUE;
}

/* Sends a workspace request of ada's session, shows it, and returns its payload; NULL if it was refused. */
static char *
ask_workspace (Stage *stage, const char *session_key, const char *method, const char *more_params, const char *shown)
{
  g_autofree char *key = fake_json_quote (session_key);
  g_autofree char *params = g_strdup_printf ("{\"sessionKey\":%s%s}", key, more_params);
  g_autoptr (FakeMessage) answer = NULL;

  show_frame ("platform", "gangwayd", "%s %s", method, shown);
  answer = stage_request (stage, method, params);
  return is_good (answer, method) ? fake_message_get (answer, "payload") : NULL;
}

static gboolean
check_note_on_disk (Stage *stage)
{
  g_autofree char *path = g_build_filename (stage->workspace, "notes", "shopping.md", NULL);
  g_autofree char *contents = NULL;

  if (!g_file_get_contents (path, &contents, NULL, NULL) || !g_str_has_prefix (contents, "# Shopping\n"))
    {
      show_bad ("%s is not there, or not what was written", path);
      return FALSE;
    }

  show_note ("            and indeed: %s", path);
  return TRUE;
}

static gboolean
check_escape (Stage *stage, const char *session_key)
{
  g_autofree char *key = fake_json_quote (session_key);
  g_autofree char *params = g_strdup_printf ("{\"sessionKey\":%s,\"path\":\"../../etc/passwd\"}", key);
  g_autoptr (FakeMessage) answer = NULL;
  g_autofree char *reason = NULL;

  show_frame ("platform", "gangwayd", "workspace.read ../../etc/passwd");
  answer = stage_request (stage, "workspace.read", params);
  if (answer == NULL)
    return FALSE;

  reason = fake_message_get_string (answer, "error.message");
  if (!fake_message_has (answer, "ok", "false") || reason == NULL || strstr (reason, "outside the workspace") == NULL)
    {
      show_bad ("workspace.read of ../../etc/passwd was not refused as it should: %.200s", answer->text);
      return FALSE;
    }

  show_frame ("gangwayd", "platform", "refused: %s", reason);
  return TRUE;
}

static gboolean
play_workspace (Stage *stage)
{
  g_autoptr (FakeMessage) resolved = stage_request (stage, "platform.session.resolve", "{\"userId\":\"ada\"}");
  g_autofree char *session_key = resolved != NULL ? fake_message_get_string (resolved, "payload.sessionKey") : NULL;
  g_autofree char *written = NULL;
  g_autofree char *read = NULL;
  g_autofree char *listed = NULL;
  g_autofree char *content = NULL;

  if (!is_good (resolved, "platform.session.resolve") || session_key == NULL)
    return FALSE;

  show_note ("ada's session is %s", session_key);
  written = ask_workspace (stage, session_key, "workspace.write", ",\"path\":\"notes/shopping.md\",\"content\":\"" NOTE "\"",
                           "notes/shopping.md");
  if (written == NULL)
    return FALSE;
  show_frame ("gangwayd", "platform", "%s", written);
  if (!check_note_on_disk (stage))
    return FALSE;

  read = ask_workspace (stage, session_key, "workspace.read", ",\"path\":\"notes\"", "notes");
  if (read == NULL)
    return FALSE;
  show_frame ("gangwayd", "platform", "%s", read);
  content = fake_json_get_string (read, -1, "0.content");
  if (g_strcmp0 (content, "# Shopping\n\n- eggs\n- milk\n") != 0)
    {
      show_bad ("what was read is not what was written");
      return FALSE;
    }

  listed = ask_workspace (stage, session_key, "workspace.ls", "", "");
  if (listed == NULL)
    return FALSE;
  show_frame ("gangwayd", "platform", "%.90s%s", listed, strlen (listed) > 90 ? "…" : "");
  if (strstr (listed, "\"notes/shopping.md\"") == NULL)
    {
      show_bad ("workspace.ls does not list notes/shopping.md");
      return FALSE;
    }

  if (!check_escape (stage, session_key))
    return FALSE;
  show_good ("gangwayd answered all four itself; nothing outside the workspace was touched");
  return TRUE;
}

static gboolean
play_status (Stage *stage)
{
  return stage_run_gangway (stage, "status");
}

static gboolean
play_drop (Stage *stage)
{
  FakeConnection *connection = fake_platform_get_ready (stage->platform);

  if (connection == NULL)
    {
      show_bad ("there is no link to drop");
      return FALSE;
    }

  fake_connection_drop (connection, FAKE_DROP_RESET);
  show_frame ("platform", "gangwayd", "the TCP connection is reset");
  if (!stage_wait (stage, stage_state_is, (gpointer) "retrying", "gangwayd to notice"))
    return FALSE;

  show_note ("State “retrying”, LastError “%s”", stage_get_string (stage, "LastError"));
  for (guint i = 0; i < 3 && !stage->is_interrupted; i++)
    {
      gint64 left_ms = stage_get_time_ms (stage, "RetryingAt") - g_get_real_time () / 1000;

      show_note ("next attempt in %.1f s …", (double) left_ms / 1000);
      stage_pause (stage, 800);
    }
  if (stage->is_interrupted)
    return FALSE;
  if (!stage_state_is (stage, (gpointer) "retrying"))
    {
      show_bad ("gangwayd did not wait for its time");
      return FALSE;
    }

  if (!stage_run_gangway (stage, "reconnect") || !stage_wait (stage, is_linked, NULL, "the link to come back"))
    return FALSE;
  show_good ("connected again, without waiting");
  return TRUE;
}

static gboolean
is_health (const FakeMessage *message, gpointer user_data)
{
  return fake_message_has (message, "method", "health");
}

static gboolean
play_passing (Stage *stage)
{
  g_autoptr (FakeMessage) answer = NULL;
  g_autoptr (FakeMessage) asked = NULL;
  g_autofree char *id = NULL;
  g_autofree char *sent = NULL;

  show_frame ("platform", "gangwayd", "health, which is none of gangwayd's own methods");
  answer = stage_request (stage, "health", "{ }");
  if (!is_good (answer, "health"))
    return FALSE;
  show_frame ("gateway", "platform", "%.80s…", answer->text);
  if (stage->gateway == NULL)
    return TRUE;

  id = fake_message_get_string (answer, "id");
  sent = g_strdup_printf ("{\"type\":\"req\",\"id\":\"%s\",\"method\":\"health\",\"params\":{ }}", id);
  asked = fake_connection_take_message (fake_peer_get_connection (FAKE_PEER (stage->gateway)), is_health, NULL);
  if (asked == NULL || strcmp (asked->text, sent) != 0)
    {
      show_bad ("the request was not passed on as it was: %s", asked != NULL ? asked->text : "it did not arrive");
      return FALSE;
    }

  show_good ("passed on byte for byte");
  return TRUE;
}

static gboolean
is_exited (Stage *stage, gpointer user_data)
{
  return g_subprocess_get_identifier (stage->daemon) == NULL;
}

static void
on_exited (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
}

static gboolean
play_end (Stage *stage)
{
  FakeConnection *connection = fake_platform_get_ready (stage->platform);
  gint64 began_us = g_get_monotonic_time ();

  if (connection == NULL)
    {
      show_bad ("there is no link to end");
      return FALSE;
    }

  show_command ("kill -TERM $(pidof gangwayd)");
  g_subprocess_wait_async (stage->daemon, NULL, on_exited, NULL);
  g_subprocess_send_signal (stage->daemon, SIGTERM);
  if (!stage_wait (stage, is_exited, NULL, "gangwayd to end"))
    return FALSE;
  fake_wait_settle ();

  if (!g_subprocess_get_if_exited (stage->daemon) || g_subprocess_get_exit_status (stage->daemon) != 0 ||
      fake_connection_get_close_code (connection) != 1001)
    {
      show_bad ("gangwayd did not end cleanly: exit status %d, close code %u to the platform",
                g_subprocess_get_status (stage->daemon), fake_connection_get_close_code (connection));
      return FALSE;
    }

  show_good ("both links closed with code 1001, exit status 0, after %d ms",
             (int) ((g_get_monotonic_time () - began_us) / 1000));
  return TRUE;
}

const DemoAct demo_acts[] = {
  { "Handshake", "The two cannot reach each other. gangwayd dials both, and introduces them.", play_handshake },
  { "A streamed chat", "The platform speaks to an agent in the name of its user, and sees the answer grow.", play_chat },
  { "The agent's files", "gangwayd serves them itself, and nothing beside them.", play_workspace },
  { "Status", "What a user sees; the same is on the session bus as dev.gangway.Relay1.", play_status },
  { "A dropped link", "Links break. gangwayd tries again, later each time, or at once when asked.", play_drop },
  { "Everything else", "What gangwayd does not serve itself goes through.", play_passing },
  { "The end", "gangwayd says goodbye to both sides.", play_end },
  { NULL, NULL, NULL },
};
