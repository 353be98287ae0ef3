/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelayUtf8:
 *
 * Judges a text that comes in parts, which may end within a character.
 */
typedef struct {
  guint8 n_missing; /* bytes of the character under way that are still to come */
  guint8 low;       /* what the next of them is at least */
  guint8 high;      /* and at most */
} RelayUtf8;

gboolean relay_utf8_feed      (RelayUtf8       *self,
                               const guint8    *data,
                               gsize            length);
gboolean relay_utf8_is_whole  (const RelayUtf8 *self);

G_END_DECLS
