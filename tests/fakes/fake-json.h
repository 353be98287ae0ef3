/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/*
 * A reader for the JSON that tests look into: finds values in text that is known to be JSON, at any depth, and keeps them raw.
 * It shares no code with the relay's own reader, so that one does not vouch for the other.
 *
 * A path names members and indices with dots between: "payload.agents.0.id". Of duplicate members the last counts.
 */
char    *fake_json_get        (const char *text,
                               gssize      length,
                               const char *path);
char    *fake_json_get_string (const char *text,
                               gssize      length,
                               const char *path);
gint64   fake_json_get_int    (const char *text,
                               gssize      length,
                               const char *path);
char    *fake_json_quote      (const char *string);

G_END_DECLS
