/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-envelope.h"

#include "common/relay-json-private.h"

enum {
  MEMBER_TYPE,
  MEMBER_ID,
  MEMBER_METHOD,
  MEMBER_EVENT,
  MEMBER_OK,
  MEMBER_PARAMS,
  MEMBER_PAYLOAD,
  MEMBER_ERROR,
  MEMBER_MESSAGE,
  N_MEMBERS,
};

static const char *const member_names[N_MEMBERS + 1] = {
  [MEMBER_TYPE] = "type",       [MEMBER_ID] = "id",       [MEMBER_METHOD] = "method",
  [MEMBER_EVENT] = "event",     [MEMBER_OK] = "ok",       [MEMBER_PARAMS] = "params",
  [MEMBER_PAYLOAD] = "payload", [MEMBER_ERROR] = "error", [MEMBER_MESSAGE] = "message",
};

static RelayEnvelopeType
read_type (const RelayJsonSpan *type)
{
  if (relay_json_span_equal (type, "req"))
    return RELAY_ENVELOPE_REQUEST;
  if (relay_json_span_equal (type, "res"))
    return RELAY_ENVELOPE_RESPONSE;
  if (relay_json_span_equal (type, "event"))
    return RELAY_ENVELOPE_EVENT;
  if (relay_json_span_equal (type, "error"))
    return RELAY_ENVELOPE_ERROR;

  return RELAY_ENVELOPE_OTHER;
}

/**
 * relay_envelope_read:
 * @self: (out caller-allocates): what was read; its extents lie within @frame
 * @frame: a message, text or binary; need not be terminated, nor UTF-8
 * @length: its length in bytes
 *
 * Reads what the relay needs to know of a frame, of any size and depth, as `JSON.parse` in the gateway would see it. Valid
 * JSON that is no object, or whose `type` is none of those known, is %RELAY_ENVELOPE_OTHER.
 *
 * Returns: %TRUE if @frame is valid JSON; else @self means nothing
 */
gboolean
relay_envelope_read (RelayEnvelope *self, const char *frame, gsize length)
{
  RelayJsonSpan spans[N_MEMBERS];

  if (!relay_json_read_object_full (frame, length, member_names, spans, &self->has_escaped_name))
    return FALSE;

  self->type = read_type (&spans[MEMBER_TYPE]);
  self->id = spans[MEMBER_ID];
  self->method = spans[MEMBER_METHOD];
  self->event = spans[MEMBER_EVENT];
  self->ok = spans[MEMBER_OK];
  self->params = spans[MEMBER_PARAMS];
  self->payload = spans[MEMBER_PAYLOAD];
  self->error = spans[MEMBER_ERROR];
  self->message = spans[MEMBER_MESSAGE];

  return TRUE;
}

/* --- the beginning of a frame --- */

typedef struct {
  const char *p;
  const char *end;
} Cursor;

/* Each of these steps over white space and one thing, if it is there: the cursor is at the end if it is not there yet. */

static gboolean
step_over_byte (Cursor *at, char byte)
{
  while (at->p < at->end && g_ascii_isspace (*at->p))
    at->p++;
  if (at->p == at->end || *at->p != byte)
    return FALSE;

  at->p++;
  return TRUE;
}

static gboolean
step_over_string (Cursor *at, RelayJsonSpan *string)
{
  const char *begin;

  if (!step_over_byte (at, '"'))
    return FALSE;
  begin = at->p - 1;
  at->p = relay_json_find_special (at->p, at->end);
  if (at->p == at->end || *at->p != '"')
    return FALSE;

  at->p++;
  *string = (RelayJsonSpan){ begin, (gsize) (at->p - begin) };
  return TRUE;
}

/* A string, a number or a word. */
static gboolean
step_over_scalar (Cursor *at, RelayJsonSpan *scalar)
{
  const char *begin;

  if (step_over_string (at, scalar))
    return TRUE;

  begin = at->p;
  while (at->p < at->end && (g_ascii_isalnum (*at->p) || *at->p == '-' || *at->p == '+' || *at->p == '.'))
    at->p++;

  *scalar = (RelayJsonSpan){ begin, (gsize) (at->p - begin) };
  return at->p < at->end && scalar->length > 0;
}

/* Returns: whether the kind of the frame is told */
static gboolean
note_beginning (RelayEnvelope *self, const RelayJsonSpan *name, const RelayJsonSpan *value)
{
  if (relay_json_span_equal (name, "id"))
    self->id = *value;
  else if (relay_json_span_equal (name, "event"))
    self->event = *value;
  else if (relay_json_span_equal (name, "type"))
    {
      self->type = read_type (value);
      if (self->type != RELAY_ENVELOPE_EVENT && self->type != RELAY_ENVELOPE_RESPONSE)
        return TRUE;
    }

  return (self->type == RELAY_ENVELOPE_EVENT && self->event.data != NULL) ||
         (self->type == RELAY_ENVELOPE_RESPONSE && self->id.data != NULL);
}

/* What is told below, told at once for an event as the gateway writes it, and it sends little else. */
static gboolean
peek_event (RelayEnvelope *self, const char *begin, gsize length)
{
  static const char usual[] = "{\"type\":\"event\",\"event\":";
  Cursor at = { begin + strlen (usual), begin + length };

  if (length <= strlen (usual) || memcmp (begin, usual, strlen (usual)) != 0 || !step_over_string (&at, &self->event))
    return FALSE;

  self->type = RELAY_ENVELOPE_EVENT;
  return TRUE;
}

/**
 * relay_envelope_peek:
 * @self: (out caller-allocates): what was seen: its type, and of an event the name, of an answer the id
 * @begin: how a message begins; need not be terminated, nor UTF-8
 * @length: how many bytes
 *
 * Tells what kind of frame it is from its first members, as far as they are scalars without escapes. That the rest of the
 * frame is JSON, and does not say something else in members of the same name, is for who sends it to see to: a gateway,
 * whose frames come out of `JSON.stringify`, never a platform.
 *
 * Returns: whether it can be told
 */
RelayEnvelopePeek
relay_envelope_peek (RelayEnvelope *self, const char *begin, gsize length)
{
  Cursor at = { begin, begin + length };
  RelayJsonSpan name, value;

  *self = (RelayEnvelope){ .type = RELAY_ENVELOPE_OTHER };
  if (peek_event (self, begin, length))
    return RELAY_ENVELOPE_PEEK_TOLD;
  if (!step_over_byte (&at, '{'))
    /* no object, so nothing that has a type */
    return at.p < at.end ? RELAY_ENVELOPE_PEEK_TOLD : RELAY_ENVELOPE_PEEK_MORE;

  do
    {
      if (!step_over_string (&at, &name) || !step_over_byte (&at, ':') || !step_over_scalar (&at, &value))
        break;
      if (note_beginning (self, &name, &value))
        return RELAY_ENVELOPE_PEEK_TOLD;
    }
  while (step_over_byte (&at, ','));

  return at.p < at.end ? RELAY_ENVELOPE_PEEK_WHOLE : RELAY_ENVELOPE_PEEK_MORE;
}
