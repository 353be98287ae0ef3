/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a cut text ends with. */
#define RELAY_TEXT_ELLIPSIS "…"

gsize relay_text_measure_secret (const char         *text,
                                 gsize               length,
                                 const char * const *secrets);

G_END_DECLS
