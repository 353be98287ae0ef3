/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "common/relay-json.h"

G_BEGIN_DECLS

gboolean relay_chat_append_raw_text         (GString             *out,
                                             const RelayJsonSpan *string);
gboolean relay_chat_append_raw_message_text (GString             *out,
                                             const RelayJsonSpan *message);

G_END_DECLS
