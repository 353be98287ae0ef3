/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* How many characters of a peer's text are shown, logged or stored. */
#define RELAY_TEXT_MAX_MESSAGE 300
#define RELAY_TEXT_MAX_NAME 100

char *relay_text_clean (const char         *text,
                        gssize              length,
                        gsize               max_chars,
                        const char * const *secrets);
char *relay_text_seconds (guint              time_ms);

G_END_DECLS
