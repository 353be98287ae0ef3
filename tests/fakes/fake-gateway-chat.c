/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "fakes/fake-gateway-private.h"

struct _FakeChat {
  FakeGateway *gateway; /* (unowned) */
  FakeChatMode mode;
  guint delay_ms;
  GHashTable *histories; /* (owned) (element-type utf8 GPtrArray) session key → messages as JSON */
  GHashTable *done;      /* (owned) (element-type utf8) ids of the runs that are over */
  GPtrArray *runs;       /* (owned) (element-type Run) those that are not */
};

typedef struct {
  FakeChat *chat;             /* (unowned) */
  FakeConnection *connection; /* (owned) */
  char *run_id;               /* (owned) */
  char *session_key;          /* (owned) */
  GStrv words;                /* (owned) */
  guint n_words_sent;
  guint seq;
  GString *text;  /* (owned) so far */
  GSource *timer; /* (owned) (nullable) */
} Run;

static void
run_free (Run *run)
{
  if (run->timer != NULL)
    g_source_destroy (run->timer);
  g_clear_pointer (&run->timer, g_source_unref);
  g_object_unref (run->connection);
  g_free (run->run_id);
  g_free (run->session_key);
  g_strfreev (run->words);
  g_string_free (run->text, TRUE);
  g_free (run);
}

/**
 * fake_chat_new:
 * @gateway: (transfer none): whose chat it is
 *
 * Returns: (transfer full): a chat without sessions
 */
FakeChat *
fake_chat_new (FakeGateway *gateway)
{
  FakeChat *self = g_new0 (FakeChat, 1);

  self->gateway = gateway;
  self->histories = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, (GDestroyNotify) g_ptr_array_unref);
  self->done = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->runs = g_ptr_array_new_with_free_func ((GDestroyNotify) run_free);
  return self;
}

/**
 * fake_chat_free:
 * @self: (transfer full): a chat
 */
void
fake_chat_free (FakeChat *self)
{
  g_hash_table_unref (self->histories);
  g_hash_table_unref (self->done);
  g_ptr_array_unref (self->runs);
  g_free (self);
}

/**
 * fake_chat_set_mode:
 * @self: a chat
 * @mode: what follows on a `chat.send`
 */
void
fake_chat_set_mode (FakeChat *self, FakeChatMode mode)
{
  self->mode = mode;
}

/**
 * fake_chat_set_delay:
 * @self: a chat
 * @delay_ms: how long to wait before each event, in milliseconds
 */
void
fake_chat_set_delay (FakeChat *self, guint delay_ms)
{
  self->delay_ms = delay_ms;
}

/**
 * fake_chat_forget:
 * @self: a chat
 * @connection: a connection that is gone
 *
 * Ends the runs whose events went to @connection.
 */
void
fake_chat_forget (FakeChat *self, FakeConnection *connection)
{
  for (guint i = self->runs->len; i > 0; i--)
    {
      Run *run = self->runs->pdata[i - 1];

      if (run->connection == connection)
        g_ptr_array_remove_index (self->runs, i - 1);
    }
}

/* A message as a history has it. */
static char *
make_message (const char *role, const char *text)
{
  g_autofree char *quoted = fake_json_quote (text);

  return g_strdup_printf ("{\"role\":\"%s\",\"content\":[{\"type\":\"text\",\"text\":%s}],\"timestamp\":1790000000000}",
                          role, quoted);
}

static void
fake_chat_remember (FakeChat *self, const char *session_key, const char *role, const char *text)
{
  GPtrArray *messages = g_hash_table_lookup (self->histories, session_key);

  if (messages == NULL)
    {
      messages = g_ptr_array_new_with_free_func (g_free);
      g_hash_table_insert (self->histories, g_strdup (session_key), messages);
    }
  g_ptr_array_add (messages, make_message (role, text));
}

static void
run_send_event (Run *run, const char *members)
{
  g_autofree char *all = g_strdup_printf ("\"seq\":%u,%s", ++run->seq, members);

  fake_gateway_send_chat_event (run->chat->gateway, run->connection, run->run_id, run->session_key, all);
}

static void
run_send_delta (Run *run, const char *word)
{
  gboolean is_last = run->words[run->n_words_sent] == NULL;
  gboolean replaces = run->chat->mode == FAKE_CHAT_REPLACE && is_last;
  g_autofree char *quoted = fake_json_quote (replaces ? run->text->str : word);
  g_autofree char *message = make_message ("assistant", run->text->str);
  g_autofree char *members = NULL;

  if (run->chat->mode == FAKE_CHAT_OLD)
    members = g_strdup_printf ("\"state\":\"delta\",\"message\":%s", message);
  else
    members = g_strdup_printf ("\"state\":\"delta\",\"deltaText\":%s,%s\"message\":%s", quoted,
                               replaces ? "\"replace\":true," : "", message);
  run_send_event (run, members);
}

static void
run_end (Run *run)
{
  g_autofree char *message = make_message ("assistant", run->text->str);
  g_autofree char *members = g_strdup_printf ("\"state\":\"final\",\"stopReason\":\"stop\",\"message\":%s", message);

  if (run->chat->mode == FAKE_CHAT_FAIL)
    run_send_event (run, "\"state\":\"error\",\"errorMessage\":\"the model failed\"");
  else
    run_send_event (run, members);

  fake_chat_remember (run->chat, run->session_key, "assistant", run->text->str);
  g_hash_table_add (run->chat->done, g_strdup (run->run_id));
  g_ptr_array_remove (run->chat->runs, run);
}

/* Sends the run's next event. FALSE when it was the last: the run is freed then. */
static gboolean
run_step (gpointer user_data)
{
  Run *run = user_data;
  const char *word = run->words[run->n_words_sent];

  if (run->seq == 0)
    {
      run_send_event (run, "\"state\":\"status\",\"phase\":\"starting_model\"");
      return G_SOURCE_CONTINUE;
    }
  if (word == NULL || (run->chat->mode == FAKE_CHAT_FAIL && run->n_words_sent == 1))
    {
      run_end (run);
      return G_SOURCE_REMOVE;
    }

  run->n_words_sent++;
  g_string_append (run->text, word);
  run_send_delta (run, word);
  return G_SOURCE_CONTINUE;
}

static void
run_start (Run *run)
{
  FakeChat *self = run->chat;
  g_autoptr (GMainContext) context = g_main_context_ref_thread_default ();

  if (self->mode == FAKE_CHAT_MANUAL)
    return;
  if (self->delay_ms == 0)
    {
      while (run_step (run))
        ;
      return;
    }

  run->timer = g_timeout_source_new (self->delay_ms);
  g_source_set_callback (run->timer, run_step, run, NULL);
  g_source_attach (run->timer, context);
}

/* "echo: a b" as "echo: ", "a ", "b". */
static GStrv
split_words (const char *message)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  g_autofree char *text = g_strdup_printf ("echo: %s", message);

  for (const char *at = text; *at != '\0';)
    {
      const char *space = strchr (at, ' ');
      gsize length = space != NULL ? (gsize) (space - at) + 1 : strlen (at);
      g_autofree char *word = g_strndup (at, length);

      g_strv_builder_add (builder, word);
      at += length;
    }

  return g_strv_builder_end (builder);
}

static Run *
fake_chat_add_run (FakeChat *self, FakeConnection *connection, const char *run_id, const char *session_key,
                   const char *message)
{
  Run *run = g_new0 (Run, 1);

  run->chat = self;
  run->connection = g_object_ref (connection);
  run->run_id = g_strdup (run_id);
  run->session_key = g_strdup (session_key);
  run->words = split_words (message);
  run->text = g_string_new (NULL);
  g_ptr_array_add (self->runs, run);
  fake_chat_remember (self, session_key, "user", message);
  return run;
}

static gboolean
fake_chat_has_run (FakeChat *self, const char *run_id)
{
  for (guint i = 0; i < self->runs->len; i++)
    {
      if (strcmp (((Run *) self->runs->pdata[i])->run_id, run_id) == 0)
        return TRUE;
    }

  return FALSE;
}

static void
fake_chat_ack (FakeChat *self, FakeConnection *connection, FakeMessage *request, const char *run_id, const char *status)
{
  g_autofree char *quoted = fake_json_quote (run_id);
  g_autofree char *payload = g_strdup_printf ("{\"runId\":%s,\"status\":\"%s\"}", quoted, status);

  fake_gateway_answer (self->gateway, connection, request, payload);
}

/* The param, or NULL after a refusal in the real gateway's words. */
static char *
require_param (FakeChat *self, FakeConnection *connection, FakeMessage *request, const char *method, const char *name)
{
  g_autofree char *path = g_strconcat ("params.", name, NULL);
  char *value = fake_message_get_string (request, path);
  g_autofree char *error = NULL;

  if (value != NULL)
    return value;

  error =
      g_strdup_printf ("{\"code\":\"INVALID_REQUEST\",\"message\":\"invalid %s params: must have required property '%s'\"}",
                       method, name);
  fake_gateway_refuse (self->gateway, connection, request, error);
  return NULL;
}

static void
fake_chat_send (FakeChat *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *key = require_param (self, connection, request, "chat.send", "sessionKey");
  g_autofree char *message = key != NULL ? require_param (self, connection, request, "chat.send", "message") : NULL;
  g_autofree char *run_id =
      message != NULL ? require_param (self, connection, request, "chat.send", "idempotencyKey") : NULL;
  Run *run;

  if (run_id == NULL)
    return;
  if (fake_chat_has_run (self, run_id))
    {
      fake_chat_ack (self, connection, request, run_id, "in_flight");
      return;
    }
  if (g_hash_table_contains (self->done, run_id))
    {
      fake_chat_ack (self, connection, request, run_id, "ok");
      return;
    }

  run = fake_chat_add_run (self, connection, run_id, key, message);
  if (self->mode == FAKE_CHAT_EARLY)
    run_start (run);
  fake_chat_ack (self, connection, request, run_id, "started");
  if (self->mode != FAKE_CHAT_EARLY)
    run_start (run);
}

static void
fake_chat_history (FakeChat *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *key = require_param (self, connection, request, "chat.history", "sessionKey");
  GPtrArray *messages = key != NULL ? g_hash_table_lookup (self->histories, key) : NULL;
  gint64 limit = fake_message_get_int (request, "params.limit");
  guint n = messages != NULL ? messages->len : 0;
  guint first = limit >= 0 && limit < n ? n - (guint) limit : 0;
  g_autofree char *quoted = key != NULL ? fake_json_quote (key) : NULL;
  g_autoptr (GString) payload = g_string_new (NULL);

  if (key == NULL)
    return;

  g_string_append_printf (payload,
                          "{\"sessionKey\":%s,\"sessionId\":\"85bdc5cf-98e0-4e74-806b-0f39080ec817\",\"messages\":[",
                          quoted);
  for (guint i = first; i < n; i++)
    g_string_append_printf (payload, "%s%s", i > first ? "," : "", (const char *) messages->pdata[i]);
  g_string_append_printf (payload, "],\"hasMore\":%s,\"totalMessages\":%u}", first > 0 ? "true" : "false", n);
  fake_gateway_answer (self->gateway, connection, request, payload->str);
}

static void
fake_chat_abort (FakeChat *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *key = require_param (self, connection, request, "chat.abort", "sessionKey");
  g_autofree char *run_id = fake_message_get_string (request, "params.runId");
  g_autoptr (GString) ids = g_string_new (NULL);
  g_autofree char *payload = NULL;

  if (key == NULL)
    return;

  for (guint i = self->runs->len; i > 0; i--)
    {
      Run *run = self->runs->pdata[i - 1];
      g_autofree char *quoted = fake_json_quote (run->run_id);

      if (strcmp (run->session_key, key) != 0 || (run_id != NULL && strcmp (run->run_id, run_id) != 0))
        continue;
      g_string_append_printf (ids, "%s%s", ids->len > 0 ? "," : "", quoted);
      run_send_event (run, "\"state\":\"aborted\",\"stopReason\":\"rpc\"");
      g_hash_table_add (self->done, g_strdup (run->run_id));
      g_ptr_array_remove_index (self->runs, i - 1);
    }

  payload = g_strdup_printf ("{\"ok\":true,\"aborted\":%s,\"runIds\":[%s]}", ids->len > 0 ? "true" : "false", ids->str);
  fake_gateway_answer (self->gateway, connection, request, payload);
}

static void
fake_chat_reset (FakeChat *self, FakeConnection *connection, FakeMessage *request)
{
  g_autofree char *key = require_param (self, connection, request, "sessions.reset", "key");
  g_autofree char *quoted = key != NULL ? fake_json_quote (key) : NULL;
  g_autofree char *payload = NULL;

  if (key == NULL)
    return;

  g_hash_table_remove (self->histories, key);
  payload = g_strdup_printf (
      "{\"ok\":true,\"key\":%s,\"entry\":{\"sessionId\":\"85bdc5cf-98e0-4e74-806b-0f39080ec817\",\"systemSent\":false}}",
      quoted);
  fake_gateway_answer (self->gateway, connection, request, payload);
}

/**
 * fake_chat_serve:
 * @self: a chat
 * @connection: where the request came from
 * @request: the request
 * @method: its method
 *
 * Serves a request, if it is one of a chat's.
 *
 * Returns: %FALSE if it is not
 */
gboolean
fake_chat_serve (FakeChat *self, FakeConnection *connection, FakeMessage *request, const char *method)
{
  if (strcmp (method, "chat.send") == 0)
    fake_chat_send (self, connection, request);
  else if (strcmp (method, "chat.history") == 0)
    fake_chat_history (self, connection, request);
  else if (strcmp (method, "chat.abort") == 0)
    fake_chat_abort (self, connection, request);
  else if (strcmp (method, "sessions.reset") == 0)
    fake_chat_reset (self, connection, request);
  else
    return FALSE;

  return TRUE;
}
