/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-json.h"

G_BEGIN_DECLS

GBytes *relay_answer_new_payload (const char          *id_json,
                                  GBytes              *payload);
GBytes *relay_answer_new_error   (const char          *id_json,
                                  const GError        *error);

G_END_DECLS
