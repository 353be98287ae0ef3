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
} RelayEnvelope;

gboolean relay_envelope_read (RelayEnvelope *self,
                              const char    *frame,
                              gsize          length);

G_END_DECLS
