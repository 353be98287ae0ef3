/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "common/relay-json.h"

G_BEGIN_DECLS

typedef enum {
  RELAY_ENVELOPE_OTHER, /* valid JSON, but none of the below */
  RELAY_ENVELOPE_REQUEST,
  RELAY_ENVELOPE_RESPONSE,
  RELAY_ENVELOPE_EVENT,
  RELAY_ENVELOPE_ERROR,
} RelayEnvelopeType;

/**
 * RelayEnvelope:
 *
 * What the relay needs to know of a frame: its top-level members, as `JSON.parse` would see them (of duplicates the last),
 * as extents within the frame.
 */
typedef struct {
  RelayEnvelopeType type;
  RelayJsonSpan id;
  RelayJsonSpan method;
  RelayJsonSpan event;
  RelayJsonSpan ok;
  RelayJsonSpan params;
  RelayJsonSpan payload;
  RelayJsonSpan error;
  RelayJsonSpan message;
  gboolean has_escaped_name; /* a name is written with an escape, which the gateway may misread */
} RelayEnvelope;

/**
 * RelayEnvelopePeek:
 * @RELAY_ENVELOPE_PEEK_TOLD: enough to tell its kind
 * @RELAY_ENVELOPE_PEEK_MORE: too little yet: more of the frame is needed
 * @RELAY_ENVELOPE_PEEK_WHOLE: nothing that is easy to tell: the frame has to be read as a whole
 *
 * What the beginning of a frame shows.
 */
typedef enum {
  RELAY_ENVELOPE_PEEK_TOLD,
  RELAY_ENVELOPE_PEEK_MORE,
  RELAY_ENVELOPE_PEEK_WHOLE,
} RelayEnvelopePeek;

gboolean          relay_envelope_read (RelayEnvelope *self,
                                       const char    *frame,
                                       gsize          length);
RelayEnvelopePeek relay_envelope_peek (RelayEnvelope *self,
                                       const char    *begin,
                                       gsize          length);

G_END_DECLS
