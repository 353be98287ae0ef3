/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-envelope.h"

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

  if (!relay_json_read_object (frame, length, member_names, spans))
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
