/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The relay at work. An input is a sequence of what the peers do: send frames of all kinds, whole or in fragments, with
 * control frames between and in pieces of any size, stop reading, answer the relay's own requests or not, break the
 * protocol. What the relay has to make of it is known beforehand, see fuzz-world.h.
 */

#include "config.h"

#include <string.h>

#include "common/relay-json.h"
#include "fakes/fake-frame.h"
#include "fuzz-support.h"
#include "fuzz-world.h"

#define MAX_ACTIONS 200
#define MAX_BIG_MESSAGES 4
/* Two of them are more than the relay holds for one side before it stops reading the other. */
#define BIG_BYTES (600 * 1024)
#define SESSION_KEY "\"agent:main:platform:direct:ann\""

typedef struct {
  FuzzWorld world;
  FuzzInput input;
  guint n_requests;
  guint n_big;
} Game;

/* --- messages --- */

G_GNUC_PRINTF (1, 2)
static GString *
make (const char *format, ...)
{
  GString *message = g_string_new (NULL);
  va_list args;

  va_start (args, format);
  g_string_vprintf (message, format, args);
  va_end (args);
  return message;
}

/* Appends a string of the input's choice, sometimes the secret and sometimes a big one. */
static void
append_string (Game *self, GString *message)
{
  guint kind = fuzz_input_take_below (&self->input, 32);

  if (kind == 0)
    {
      relay_json_append_string (message, FUZZ_SECRET);
    }
  else if (kind == 1 && self->n_big++ < MAX_BIG_MESSAGES)
    {
      g_autofree char *big = g_strnfill (BIG_BYTES, 'x');

      relay_json_append_string (message, big);
    }
  else
    {
      g_autofree char *text = fuzz_input_take_text (&self->input);

      relay_json_append_string (message, text);
    }
}

static GString *
with_string (Game *self, const char *head, const char *tail)
{
  GString *message = g_string_new (head);

  append_string (self, message);
  return g_string_append (message, tail);
}

/* Something that is not JSON; as it may not be UTF-8 either, it is for binary frames. */
static GString *
make_junk (Game *self)
{
  g_autoptr (GBytes) bytes = fuzz_input_take_bytes (&self->input);
  GString *message = g_string_new ("!");

  return g_string_append_len (message, g_bytes_get_data (bytes, NULL), g_bytes_get_size (bytes));
}

/* An id that no other request has, as raw JSON, in one of the ways to write one. */
static char *
make_id (Game *self)
{
  guint n = ++self->n_requests;

  switch (fuzz_input_take_below (&self->input, 5))
    {
    case 0:
      return g_strdup_printf ("%u", n);
    case 1:
      return g_strdup_printf ("\"p-%u\"", n);
    case 2:
      return g_strdup_printf ("%u.5e-1", n);
    case 3:
      return g_strdup_printf ("\"\\u0070-%u\"", n);
    default:
      return g_strdup_printf ("-%u", n);
    }
}

/* --- sending --- */

/* Sends @message in up to four fragments, sometimes with a ping or pong between them. */
static void
send_message (Game *self, FuzzSide *side, guint opcode, const GString *message)
{
  GByteArray *wire = side->peer.outgoing;
  guint n_fragments = 1 + fuzz_input_take_below (&self->input, 4);
  gsize at = 0;

  for (guint i = 0; i < n_fragments; i++)
    {
      gboolean is_last = i + 1 == n_fragments;
      gsize left = message->len - at;
      gsize wanted = is_last ? left : fuzz_input_take_below (&self->input, 256);
      gsize length = MIN (left, wanted);

      fake_frame_append (wire, (i == 0 ? opcode : FAKE_CONTINUATION) | (is_last ? FAKE_FIN : 0), message->str + at, length);
      at += length;
      if (!is_last && fuzz_input_take_flag (&self->input))
        fake_frame_append (wire, FAKE_FIN | (fuzz_input_take_flag (&self->input) ? FAKE_PING : FAKE_PONG), "?", 1);
    }
}

static guint
choose_opcode (Game *self)
{
  return fuzz_input_take_flag (&self->input) ? FAKE_BINARY : FAKE_TEXT;
}

/* Takes @message. */
static void
send_forwarded (Game *self, FuzzSide *from, FuzzSide *to, guint opcode, GString *message)
{
  send_message (self, from, opcode, message);
  fuzz_world_expect (to, opcode, message);
  g_string_free (message, TRUE);
}

/* Sends what the relay swallows. Takes @message. */
static void
send_swallowed (Game *self, FuzzSide *from, GString *message)
{
  send_message (self, from, choose_opcode (self), message);
  g_string_free (message, TRUE);
}

/* --- the platform --- */

/* Sends a request that the relay has to answer, and nobody else. */
static void
ask (Game *self, const char *method, const char *params_head)
{
  g_autofree char *id = make_id (self);
  g_autofree char *head =
      g_strdup_printf ("{\"id\":%s,\"method\":\"%s\",\"type\":\"req\",\"params\":{%s", id, method, params_head);

  fuzz_world_ask (&self->world, id);
  send_swallowed (self, &self->world.platform, with_string (self, head, "}}"));
}

/* A method of the relay's own, with params that are right if the input wants them to be. */
static void
ask_served (Game *self)
{
  static const char *const methods[] = {
    "platform.session.resolve",
    "platform.chat.send",
    "platform.chat.send.stream",
    "platform.chat.history",
    "platform.chat.abort",
    "platform.chat.reset",
    "workspace.ls",
    "workspace.read",
    "workspace.write",
    "platform.chat.send.stream",
  };
  static const char *const params[] = {
    "\"userId\":",
    "\"userId\":\"ann\",\"message\":",
    "\"userId\":\"ann\",\"message\":\"hi\",\"runId\":",
    "\"userId\":\"ann\",\"message\":\"hi\",\"agentId\":",
    "\"sessionKey\":" SESSION_KEY ",\"path\":",
    "\"limit\":1e9,\"userId\":\"ann\",\"message\":\"a\\u0000b\",\"x\":",
  };
  guint method = fuzz_input_take_below (&self->input, G_N_ELEMENTS (methods));
  guint param = fuzz_input_take_below (&self->input, G_N_ELEMENTS (params));

  ask (self, methods[method], params[param]);
}

/* What the relay does not serve goes to the gateway, unless the policy denies it. */
static void
ask_other (Game *self)
{
  gboolean is_denied = fuzz_input_take_flag (&self->input);
  const char *method = is_denied ? FUZZ_DENIED_METHOD : "health";
  g_autofree char *id = NULL;
  g_autofree char *head = NULL;

  if (is_denied && self->world.is_strict)
    {
      ask (self, method, "\"a\":");
      return;
    }

  id = make_id (self);
  head = g_strdup_printf ("{\"type\":\"req\",\"id\":%s,\"method\":\"%s\",\"params\":", id, method);
  send_forwarded (self, &self->world.platform, &self->world.gateway, choose_opcode (self), with_string (self, head, "}"));
}

/* A request under an id of the relay's own. It is answered, though the relay has never sent it. */
static void
ask_with_own_id (Game *self)
{
  const FuzzCall *call = self->world.calls->len > 0 ? g_ptr_array_index (self->world.calls, 0) : NULL;
  g_autofree char *id = NULL;

  if (call == NULL)
    return;

  id = g_strdup_printf ("%.*s-%u\"", (int) strlen (call->id) - 1, call->id, ++self->n_requests);
  fuzz_world_ask (&self->world, id);
  send_swallowed (self, &self->world.platform, make ("{\"type\":\"req\",\"id\":%s,\"method\":\"health\"}", id));
}

/* What is not plain JSON passes an open policy only. */
static void
send_unjudged (Game *self)
{
  gboolean is_json = fuzz_input_take_flag (&self->input);
  GString *message = is_json ? with_string (self, "{\"t\\u0079pe\":\"event\",\"payload\":", "}") : make_junk (self);

  if (self->world.is_strict)
    {
      send_message (self, &self->world.platform, FAKE_BINARY, message);
      g_string_free (message, TRUE);
    }
  else
    {
      send_forwarded (self, &self->world.platform, &self->world.gateway, FAKE_BINARY, message);
    }
}

static void
play_platform (Game *self)
{
  switch (fuzz_input_take_below (&self->input, 6))
    {
    case 0:
      ask_served (self);
      break;
    case 1:
      ask_other (self);
      break;
    case 2:
      ask_with_own_id (self);
      break;
    case 3:
      send_unjudged (self);
      break;
    case 4:
      send_swallowed (self, &self->world.platform, with_string (self, "{\"type\":\"error\",\"message\":", "}"));
      break;
    default:
      send_forwarded (self, &self->world.platform, &self->world.gateway, choose_opcode (self),
                      with_string (self, "{\"type\":\"event\",\"event\":\"e\",\"payload\":", "}"));
      break;
    }
}

/* --- the gateway --- */

static const FuzzCall *
choose_call (Game *self)
{
  guint n_calls = self->world.calls->len;

  return n_calls > 0 ? g_ptr_array_index (self->world.calls, fuzz_input_take_below (&self->input, n_calls)) : NULL;
}

/* Answers a request of the relay's own, perhaps not for the first time, and not always as it should. */
static void
answer_call (Game *self)
{
  static const char *const bodies[] = {
    "\"ok\":true,\"payload\":{\"status\":\"started\"},\"x\":",
    "\"ok\":true,\"payload\":{\"runId\":\"r\"},\"x\":",
    "\"ok\":false,\"error\":{\"code\":\"X\"},\"x\":",
    "\"ok\":true,\"payload\":",
    "\"ok\":false,\"error\":",
    "\"ok\":1,\"error\":{\"message\":7},\"payload\":",
  };
  const FuzzCall *call = choose_call (self);
  const char *body = bodies[fuzz_input_take_below (&self->input, G_N_ELEMENTS (bodies))];
  g_autofree char *head = NULL;

  if (call == NULL)
    return;

  head = g_strdup_printf ("{\"type\":\"res\",\"id\":%s,%s", call->id, body);
  send_swallowed (self, &self->world.gateway, with_string (self, head, "}"));
}

/* Says what becomes of a run. */
static void
send_chat_event (Game *self)
{
  static const char *const bodies[] = {
    "\"state\":\"delta\",\"deltaText\":", "\"state\":\"delta\",\"replace\":true,\"deltaText\":",
    "\"state\":\"delta\",\"message\":",   "\"state\":\"final\",\"message\":",
    "\"state\":\"aborted\",\"x\":",       "\"state\":\"error\",\"errorMessage\":",
    "\"state\":\"status\",\"x\":",        "\"state\":",
  };
  const FuzzCall *call = choose_call (self);
  const char *body = bodies[fuzz_input_take_below (&self->input, G_N_ELEMENTS (bodies))];
  const char *run_id = call != NULL && call->run_id != NULL ? call->run_id : "\"r\"";
  g_autofree char *head =
      g_strdup_printf ("{\"type\":\"event\",\"event\":\"chat\",\"payload\":{\"runId\":%s,\"sessionKey\":" SESSION_KEY ",%s",
                       run_id, body);

  send_forwarded (self, &self->world.gateway, &self->world.platform, FAKE_TEXT, with_string (self, head, "}}"));
}

static void
play_gateway (Game *self)
{
  FuzzSide *gateway = &self->world.gateway;
  FuzzSide *platform = &self->world.platform;

  switch (fuzz_input_take_below (&self->input, 5))
    {
    case 0:
      answer_call (self);
      break;
    case 1:
      send_chat_event (self);
      break;
    case 2:
      send_forwarded (self, gateway, platform, FAKE_BINARY, make_junk (self));
      break;
    case 3:
      send_forwarded (self, gateway, platform, choose_opcode (self),
                      with_string (self, "{\"type\":\"res\",\"id\":\"p-1\",\"ok\":true,\"payload\":", "}"));
      break;
    default:
      send_forwarded (self, gateway, platform, choose_opcode (self),
                      with_string (self, "{\"type\":\"event\",\"event\":\"tick\",\"payload\":", "}"));
      break;
    }
}

/* --- the world --- */

/* What no peer may do, or what ends the session. */
static void
break_off (Game *self)
{
  FuzzSide *side = fuzz_input_take_flag (&self->input) ? &self->world.gateway : &self->world.platform;
  guint kind = fuzz_input_take_below (&self->input, 3);
  g_autoptr (GBytes) bytes = fuzz_input_take_bytes (&self->input);
  gconstpointer data = g_bytes_get_data (bytes, NULL);
  gsize length = g_bytes_get_size (bytes);

  self->world.is_broken = TRUE;
  if (kind == 0)
    fuzz_peer_hang_up (&side->peer);
  else if (kind == 1)
    fake_frame_append (side->peer.outgoing, FAKE_FIN | FAKE_CLOSE, data, MIN (length, 125));
  else if (length > 0)
    g_byte_array_append (side->peer.outgoing, data, (guint) length);
}

static void
set_pace (Game *self)
{
  FuzzSide *side = fuzz_input_take_flag (&self->input) ? &self->world.gateway : &self->world.platform;

  side->is_reading = fuzz_input_take_flag (&self->input);
  side->chunk = 1 + fuzz_input_take_below (&self->input, G_MAXUINT16);
}

static void
play (Game *self)
{
  switch (fuzz_input_take_below (&self->input, 16))
    {
    case 0:
      fuzz_world_settle (&self->world);
      break;
    case 1:
      fuzz_world_advance (&self->world, fuzz_input_take_below (&self->input, FUZZ_REQUEST_TIMEOUT_MS));
      break;
    case 2:
      set_pace (self);
      break;
    case 3:
      fuzz_world_set_strict (&self->world, fuzz_input_take_flag (&self->input));
      break;
    case 4:
      break_off (self);
      break;
    case 5:
    case 6:
    case 7:
    case 8:
    case 9:
      play_gateway (self);
      break;
    default:
      play_platform (self);
      break;
    }
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  Game game = { .input = { data, size } };

  fuzz_world_begin (&game.world);
  for (guint i = 0; i < MAX_ACTIONS && game.input.size > 0; i++)
    play (&game);
  fuzz_world_end (&game.world);

  return 0;
}
