/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

G_BEGIN_DECLS

JsonNode *relay_json5_parse (const char  *text,
                             gsize        length,
                             GError     **error);

G_END_DECLS
