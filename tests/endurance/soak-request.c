/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/soak-request.h"

#include <string.h>

#include "fakes/fake-json.h"

#define KNOWN_FILE "known.txt"
#define KNOWN_BYTES 30000
#define N_FILES 5
#define N_USERS 3
#define MAX_WRITTEN_BYTES 200000
#define MESSAGE "as I was going to St Ives"

/* What a method's params are, and what its answer must say. */
typedef struct {
  const char *method;
  gboolean may_be_denied; /* by what the settings say now and then */
  char *(*make_params) (const SoakRequest *request);
  gboolean (*is_right) (const SoakRequest *request, const FakeMessage *answer);
} Kind;

/**
 * soak_request_prepare_workspace:
 * @path: a folder, which is made
 *
 * Puts the file there that is read all the time.
 */
void
soak_request_prepare_workspace (const char *path)
{
  g_autofree char *filename = g_build_filename (path, KNOWN_FILE, NULL);
  g_autofree char *text = g_strnfill (KNOWN_BYTES, 'k');
  g_autoptr (GError) error = NULL;

  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
  g_file_set_contents (filename, text, -1, &error);
  g_assert_no_error (error);
}

static char *
make_echo (const SoakRequest *request)
{
  return g_strdup_printf ("{\"number\":%" G_GUINT64_FORMAT ",\"text\":\"and what else there is to say\"}", request->number);
}

static gboolean
is_echo_right (const SoakRequest *request, const FakeMessage *answer)
{
  return fake_message_get_int (answer, "payload.number") == (gint64) request->number;
}

static char *
make_chat (const SoakRequest *request)
{
  return g_strdup_printf ("{\"userId\":\"user-%u\",\"message\":\"" MESSAGE "\",\"limit\":2}",
                          (guint) request->number % N_USERS);
}

static gboolean
is_send_right (const SoakRequest *request, const FakeMessage *answer)
{
  return fake_message_has (answer, "payload.status", "started");
}

/* The deltas and the whole must say the same. */
static gboolean
is_stream_right (const SoakRequest *request, const FakeMessage *answer)
{
  return fake_message_has (answer, "payload.state", "final") &&
         fake_message_has (answer, "payload.text", request->text->str) && g_str_has_suffix (request->text->str, MESSAGE) &&
         fake_message_get_int (answer, "payload.chunks") == request->n_chunks;
}

static gboolean
is_history_right (const SoakRequest *request, const FakeMessage *answer)
{
  g_autofree char *messages = fake_message_get (answer, "payload.messages");

  return messages != NULL;
}

static char *
make_key (const SoakRequest *request)
{
  return g_strdup_printf ("{\"userId\":\"user-%u\"}", (guint) request->number % N_USERS);
}

static gboolean
is_key_right (const SoakRequest *request, const FakeMessage *answer)
{
  g_autofree char *key = g_strdup_printf ("agent:main:platform:direct:user-%u", (guint) request->number % N_USERS);

  return fake_message_has (answer, "payload.sessionKey", key);
}

static char *
make_read (const SoakRequest *request)
{
  return g_strdup ("{\"sessionKey\":\"agent:main:x\",\"path\":\"" KNOWN_FILE "\"}");
}

static gboolean
is_read_right (const SoakRequest *request, const FakeMessage *answer)
{
  g_autofree char *content = fake_message_get_string (answer, "payload.0.content");

  return content != NULL && strlen (content) == KNOWN_BYTES && strspn (content, "k") == KNOWN_BYTES;
}

static gsize
written_bytes (const SoakRequest *request)
{
  return (gsize) (request->number * 7919 % MAX_WRITTEN_BYTES);
}

static char *
make_write (const SoakRequest *request)
{
  g_autofree char *content = g_strnfill (written_bytes (request), 'w');

  return g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"written/%u.txt\",\"content\":\"%s\"}",
                          (guint) request->number % N_FILES, content);
}

static gboolean
is_write_right (const SoakRequest *request, const FakeMessage *answer)
{
  return fake_message_get_int (answer, "payload.bytes") == (gint64) written_bytes (request);
}

static char *
make_ls (const SoakRequest *request)
{
  return g_strdup ("{\"sessionKey\":\"agent:main:x\"}");
}

static gboolean
is_ls_right (const SoakRequest *request, const FakeMessage *answer)
{
  return fake_message_has (answer, "payload.0", KNOWN_FILE);
}

static gboolean
is_ok (const SoakRequest *request, const FakeMessage *answer)
{
  return TRUE;
}

/* The first is not chosen by chance. */
static const Kind kinds[] = {
  { "platform.chat.reset", FALSE, make_key, is_ok },
  { "echo", TRUE, make_echo, is_echo_right },
  { "platform.chat.send", FALSE, make_chat, is_send_right },
  { "platform.chat.send.stream", FALSE, make_chat, is_stream_right },
  { "platform.chat.history", FALSE, make_chat, is_history_right },
  { "platform.session.resolve", FALSE, make_key, is_key_right },
  { "workspace.read", FALSE, make_read, is_read_right },
  { "workspace.write", TRUE, make_write, is_write_right },
  { "workspace.ls", FALSE, make_ls, is_ls_right },
};

static SoakRequest *
request_new (FakeConnection *connection, guint64 number, guint kind)
{
  SoakRequest *self = g_new0 (SoakRequest, 1);

  self->id = g_strdup_printf ("soak-%" G_GUINT64_FORMAT, number);
  self->method = kinds[kind].method;
  self->connection = connection;
  self->kind = kind;
  self->number = number;
  self->text = g_string_new (NULL);
  return self;
}

/**
 * soak_request_new:
 * @connection: where to
 * @number: a number that no other has
 * @random: chance
 *
 * Returns: (transfer full): a request of some kind
 */
SoakRequest *
soak_request_new (FakeConnection *connection, guint64 number, GRand *random)
{
  return request_new (connection, number, (guint) g_rand_int_range (random, 1, G_N_ELEMENTS (kinds)));
}

/**
 * soak_request_new_reset:
 * @connection: where to
 * @number: a number that no other has; it chooses the user too
 *
 * Returns: (transfer full): a request that has the gateway forget what a user has said
 */
SoakRequest *
soak_request_new_reset (FakeConnection *connection, guint64 number)
{
  return request_new (connection, number, 0);
}

/**
 * soak_request_free:
 * @self: (transfer full): a request
 */
void
soak_request_free (SoakRequest *self)
{
  g_free (self->id);
  g_string_free (self->text, TRUE);
  g_free (self);
}

/**
 * soak_request_send:
 * @self: a request
 *
 * Sends it.
 */
void
soak_request_send (SoakRequest *self)
{
  g_autofree char *params = kinds[self->kind].make_params (self);

  fake_connection_send_format (self->connection, "{\"type\":\"req\",\"id\":\"%s\",\"method\":\"%s\",\"params\":%s}",
                               self->id, self->method, params);
}

/**
 * soak_request_takes_chunk:
 * @self: a request
 * @message: a `platform.chat.chunk` for it
 *
 * Returns: %FALSE if it is not the chunk that must come now
 */
gboolean
soak_request_takes_chunk (SoakRequest *self, const FakeMessage *message)
{
  g_autofree char *delta = fake_message_get_string (message, "payload.deltaText");

  if (delta == NULL || fake_message_get_int (message, "payload.seq") != ++self->n_chunks)
    return FALSE;

  g_string_append (self->text, delta);
  return TRUE;
}

/**
 * soak_request_takes_answer:
 * @self: a request
 * @message: its answer
 *
 * Returns: %FALSE if it is not what the answer must be
 */
gboolean
soak_request_takes_answer (SoakRequest *self, const FakeMessage *message)
{
  const Kind *kind = &kinds[self->kind];

  if (fake_message_has (message, "ok", "true"))
    return kind->is_right (self, message);

  /* The gateway has closed, and the session is about to end; or the settings are not those that they were. */
  return fake_message_has (message, "error.code", "UNAVAILABLE") ||
         (kind->may_be_denied && fake_message_has (message, "error.code", "DENIED"));
}
