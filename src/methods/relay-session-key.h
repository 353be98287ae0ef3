/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

char *relay_session_key_new (const char  *agent_id,
                             const char  *user_id,
                             gboolean     strict,
                             GError     **error);
char *relay_session_key_normalize_part (const char *part);

G_END_DECLS
