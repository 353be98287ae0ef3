/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * relay_clear_source:
 * @source: (inout) (transfer full) (nullable): a source, attached or not
 *
 * Has a source never be dispatched again, lets go of it and sets it to %NULL.
 */
static inline void
relay_clear_source (GSource **source)
{
  if (*source != NULL)
    g_source_destroy (*source);
  g_clear_pointer (source, g_source_unref);
}

G_END_DECLS
