/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-envelope.h"

G_BEGIN_DECLS

/* The gateway's answer to the platform's connect request. */
gboolean  relay_hello_answers      (const RelayEnvelope  *frame,
                                    const RelayJsonSpan  *connect_id);
gboolean  relay_hello_is_ok        (const RelayEnvelope  *hello);
void      relay_hello_read         (const RelayEnvelope  *hello,
                                    const char * const   *secrets,
                                    char                **gateway_version,
                                    guint                *protocol_version,
                                    gsize                *max_payload);
GError   *relay_hello_make_refusal (const RelayEnvelope  *hello,
                                    const char * const   *secrets);

/* What a peer says, fit to be shown. */
char     *relay_hello_dup_text     (const RelayJsonSpan  *text,
                                    gsize                 max_chars,
                                    const char * const   *secrets);

G_END_DECLS
