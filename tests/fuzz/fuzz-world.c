/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz-world.h"

#include <string.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "methods/relay-workspace-slots.h"
#include "relay/relay-close.h"
#include "relay/relay-envelope.h"

#define CONF                                                                                                                \
  "[gateway]\nurl=ws://127.0.0.1:1\ntoken=" FUZZ_SECRET "\nrequest-timeout=2\nstream-idle-timeout=2\n"                      \
  "[account a]\nplatform-url=ws://127.0.0.1:2\nplatform-key=" FUZZ_SECRET "\nworkspace-access=none\n"
#define STRICT "deny-methods=" FUZZ_DENIED_METHOD ";" FUZZ_DENIED_TARGET "\n"

/* Nobody is slow or silent here, but for the gateway, with its answers. */
static const RelayLinkTimes patient = {
  .connect_timeout_ms = G_MAXINT,
  .keepalive_interval_ms = G_MAXINT / 4,
  .stall_timeout_ms = G_MAXINT / 4,
};

static RelaySettings *settings[2]; /* (owned) by whether they are strict */
static RelayOpenclaw *openclaw;    /* (owned) */

static void
fuzz_call_free (FuzzCall *self)
{
  g_free (self->id);
  g_free (self->run_id);
  g_free (self);
}

static RelaySettings *
read_settings (const char *text)
{
  g_autoptr (GError) error = NULL;
  RelaySettings *read = relay_settings_new_from_data (text, strlen (text), "gangway.conf", &error);

  g_assert_no_error (error);
  return read;
}

static void
prepare (void)
{
  g_autofree char *home = NULL;
  g_autofree char *variable = NULL;

  if (openclaw != NULL)
    return;

  home = fuzz_make_folder ("home");
  variable = g_strconcat ("HOME=", home, NULL);
  openclaw = relay_openclaw_load (NULL, (const char *[]){ variable, NULL });
  settings[FALSE] = read_settings (CONF);
  settings[TRUE] = read_settings (CONF STRICT);
}

/* --- what arrives --- */

/* A request of the relay's own, which the gateway may answer when it likes. */
static void
note_call (FuzzWorld *self, const RelayEnvelope *request)
{
  static const char *const names[] = { "idempotencyKey", NULL };
  FuzzCall *call = g_new0 (FuzzCall, 1);
  RelayJsonSpan run_id = { NULL, 0 };

  g_assert_cmpint (request->type, ==, RELAY_ENVELOPE_REQUEST);
  g_assert_false (self->is_strict && relay_json_span_equal (&request->method, FUZZ_DENIED_TARGET));
  call->id = relay_json_span_dup_raw (&request->id);
  g_assert_true (g_str_has_prefix (call->id, "\"gangway-"));
  g_assert_true (relay_json_read_object (request->params.data, request->params.length, names, &run_id));
  call->run_id = relay_json_span_dup_raw (&run_id);
  g_ptr_array_add (self->calls, call);
}

/* What the relay says to the platform by itself: an answer, the only one to its request, or a chunk of a stream. */
static void
note_answer (FuzzWorld *self, const RelayEnvelope *answer)
{
  g_autofree char *id = relay_json_span_dup_raw (&answer->id);
  gpointer n_answers;

  if (answer->type == RELAY_ENVELOPE_EVENT && relay_json_span_equal (&answer->event, "platform.chat.chunk"))
    return;

  g_assert_cmpint (answer->type, ==, RELAY_ENVELOPE_RESPONSE);
  g_assert_true (g_hash_table_lookup_extended (self->asked, id, NULL, &n_answers));
  g_assert_cmpuint (GPOINTER_TO_UINT (n_answers), ==, 0);
  g_hash_table_insert (self->asked, g_steal_pointer (&id), GUINT_TO_POINTER (1));
}

static void
on_message (FuzzWorld *self, FuzzSide *side, guint opcode, GBytes *bytes)
{
  RelayMessage *next = g_queue_peek_head (&side->expected);
  RelayEnvelope envelope;
  gsize length;
  const char *text = g_bytes_get_data (bytes, &length);

  side->n_frames++;
  if (next != NULL && next->opcode == opcode && g_bytes_equal (next->bytes, bytes))
    {
      relay_message_free (g_queue_pop_head (&side->expected));
      return;
    }

  /* the bytes that a peer breaks off with may make a frame by chance, which goes through */
  if (self->is_broken)
    return;

  g_assert_cmpuint (opcode, ==, RELAY_OPCODE_TEXT);
  g_assert_true (relay_envelope_read (&envelope, text, length));
  if (side == &self->gateway)
    note_call (self, &envelope);
  else
    note_answer (self, &envelope);
}

static void
take_incoming (FuzzWorld *self, FuzzSide *side)
{
  GByteArray *incoming = side->peer.incoming;
  const guint8 *data = incoming->data;
  gsize length = incoming->len;
  FakeReceived received;

  while ((received = fake_receiver_feed (&side->receiver, &data, &length)) != FAKE_RECEIVED_NOTHING)
    {
      g_autoptr (GBytes) bytes = NULL;

      g_assert_cmpint (received, !=, FAKE_RECEIVED_VIOLATION);
      if (received != FAKE_RECEIVED_MESSAGE)
        continue;

      bytes = g_bytes_new (side->receiver.data->data, side->receiver.data->len);
      on_message (self, side, side->receiver.opcode, bytes);
    }
  g_byte_array_set_size (incoming, 0);
}

static gboolean
read_side (FuzzWorld *self, FuzzSide *side)
{
  if (!side->is_reading || !fuzz_peer_pull (&side->peer))
    return FALSE;

  take_incoming (self, side);
  return TRUE;
}

/**
 * fuzz_world_settle:
 * @self: a world
 *
 * Runs until nothing happens any more by itself.
 */
void
fuzz_world_settle (FuzzWorld *self)
{
  gboolean is_moving = TRUE;

  for (guint round = 0; is_moving; round++)
    {
      /* small pieces, but not a whole big message in them */
      gsize least = round < 100 ? 1 : G_MAXUINT16;

      is_moving = g_main_context_iteration (NULL, FALSE);
      is_moving |= fuzz_peer_push (&self->gateway.peer, MAX (self->gateway.chunk, least));
      is_moving |= fuzz_peer_push (&self->platform.peer, MAX (self->platform.chunk, least));
      is_moving |= read_side (self, &self->gateway);
      is_moving |= read_side (self, &self->platform);
    }
}

void
fuzz_world_advance (FuzzWorld *self, guint by_ms)
{
  fuzz_world_settle (self);
  fake_clock_advance_ms (self->clock, by_ms);
  fuzz_world_settle (self);
}

/* --- what is to come --- */

/* Notes that @message has to arrive at @receiver, behind all that was noted before. */
void
fuzz_world_expect (FuzzSide *receiver, RelayOpcode opcode, const GString *message)
{
  RelayMessage *expected = g_new0 (RelayMessage, 1);

  *expected = (RelayMessage){ opcode, g_bytes_new (message->str, message->len) };
  g_queue_push_tail (&receiver->expected, expected);
}

/* Notes that the relay has to answer a request with that raw id, which is asked once. */
void
fuzz_world_ask (FuzzWorld *self, const char *id)
{
  g_hash_table_insert (self->asked, g_strdup (id), GUINT_TO_POINTER (0));
}

/* --- beginning and end --- */

void
fuzz_world_set_strict (FuzzWorld *self, gboolean is_strict)
{
  RelaySettings *chosen = settings[is_strict];

  /* what was sent before is judged before, also if it was held up */
  self->gateway.is_reading = self->platform.is_reading = TRUE;
  fuzz_world_settle (self);
  self->is_strict = is_strict;
  relay_pump_set_settings (self->pump, chosen, g_ptr_array_index (chosen->accounts, 0), openclaw, FUZZ_SECRET);
}

static RelayLink *
open_link (FuzzWorld *self, FuzzSide *side, RelayEndpoint *endpoint)
{
  g_autoptr (GSocketConnection) connection = fuzz_peer_connect (&side->peer);
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);

  side->is_reading = TRUE;
  side->chunk = G_MAXUINT16;
  g_queue_init (&side->expected);
  fake_receiver_init (&side->receiver);
  return relay_link_new (endpoint, RELAY_CLOCK (self->clock), &patient, connection, nothing);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  FuzzWorld *self = user_data;
  g_autoptr (GError) error = NULL;
  guint close_code;

  g_assert_false (relay_pump_run_finish (RELAY_PUMP (source), result, &close_code, &error));
  g_assert_nonnull (error);
  self->has_ended = TRUE;
}

void
fuzz_world_begin (FuzzWorld *self)
{
  g_autoptr (RelayEndpoint) gateway = NULL;
  g_autoptr (RelayEndpoint) platform = NULL;
  g_autoptr (RelayWorkspaceSlots) slots = relay_workspace_slots_new ();
  RelayHandshakeResult links = { .max_payload = 25 * 1024 * 1024 };

  prepare ();
  *self = (FuzzWorld){ .clock = fake_clock_new (), .cancellable = g_cancellable_new () };
  self->counters = g_atomic_rc_box_new0 (RelayCounters);
  self->asked = g_hash_table_new_full (g_str_hash, g_str_equal, g_free, NULL);
  self->calls = g_ptr_array_new_with_free_func ((GDestroyNotify) fuzz_call_free);

  gateway = relay_endpoint_new_gateway (settings[FALSE], openclaw, NULL);
  platform = relay_endpoint_new_platform (g_ptr_array_index (settings[FALSE]->accounts, 0), NULL);
  links.gateway = open_link (self, &self->gateway, gateway);
  links.platform = open_link (self, &self->platform, platform);
  self->pump = relay_pump_new (&links, RELAY_CLOCK (self->clock), self->counters, slots);
  fuzz_world_set_strict (self, FALSE);
  relay_pump_run_async (self->pump, self->cancellable, on_ended, self);
}

/* Everybody reads again, and the gateway stays silent until the relay gives up on it. */
static void
come_to_rest (FuzzWorld *self)
{
  self->gateway.is_reading = self->platform.is_reading = TRUE;
  fuzz_world_advance (self, FUZZ_REQUEST_TIMEOUT_MS);
  /* an acknowledgement may have begun a stream, which has a limit of its own */
  fuzz_world_advance (self, FUZZ_REQUEST_TIMEOUT_MS);
}

static void
check_nothing_lost (FuzzWorld *self)
{
  GHashTableIter iter;
  gpointer id, n_answers;

  g_assert_false (self->has_ended);
  g_assert_cmpuint (g_queue_get_length (&self->gateway.expected), ==, 0);
  g_assert_cmpuint (g_queue_get_length (&self->platform.expected), ==, 0);
  g_assert_cmpuint (self->counters->frames_to_gateway, ==, self->gateway.n_frames);
  g_assert_cmpuint (self->counters->frames_to_platform, ==, self->platform.n_frames);

  g_hash_table_iter_init (&iter, self->asked);
  while (g_hash_table_iter_next (&iter, &id, &n_answers))
    {
      if (GPOINTER_TO_UINT (n_answers) != 1)
        g_error ("the request %s was not answered", (char *) id);
    }
}

/* Stops the relay, which has to go within the second that it gives its peers, and to leave nothing behind. */
static void
stop (FuzzWorld *self)
{
  RelayPump *pump = self->pump;

  g_cancellable_cancel (self->cancellable);
  for (guint i = 0; i < 4 && !self->has_ended; i++)
    fuzz_world_advance (self, 500);
  g_assert_true (self->has_ended);

  g_object_add_weak_pointer (G_OBJECT (pump), (gpointer *) &pump);
  g_clear_object (&self->pump);
  fuzz_world_settle (self);
  g_assert_null (pump);
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
  g_assert_true (self->gateway.peer.has_ended && self->platform.peer.has_ended);
}

/**
 * fuzz_world_end:
 * @self: a world
 *
 * Lets all come to rest, checks it, and takes it down.
 */
void
fuzz_world_end (FuzzWorld *self)
{
  come_to_rest (self);
  if (!self->is_broken)
    check_nothing_lost (self);
  stop (self);

  for (guint i = 0; i < 2; i++)
    {
      FuzzSide *side = i == 0 ? &self->gateway : &self->platform;

      fuzz_peer_clear (&side->peer);
      fake_receiver_clear (&side->receiver);
      g_queue_clear_full (&side->expected, (GDestroyNotify) relay_message_free);
    }
  g_clear_pointer (&self->asked, g_hash_table_unref);
  g_clear_pointer (&self->calls, g_ptr_array_unref);
  g_clear_pointer (&self->counters, g_atomic_rc_box_release);
  g_clear_object (&self->cancellable);
  g_clear_object (&self->clock);
}
