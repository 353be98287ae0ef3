/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

#include "settings/relay-settings.h"

G_BEGIN_DECLS

/**
 * RelayBackoff:
 *
 * How long to wait before the next attempt: twice as long after each failure, the actual wait random, so that many relays
 * that lost the same platform do not come back together.
 */
typedef struct {
  guint next_delay_ms; /* 0 stands for the initial delay */
} RelayBackoff;

void  relay_backoff_reset       (RelayBackoff             *self);
guint relay_backoff_next        (RelayBackoff             *self,
                                 const RelayRetrySettings *settings,
                                 double                    random);
guint relay_backoff_choose_wait (RelayBackoff             *self,
                                 const RelayRetrySettings *settings,
                                 const GError             *error,
                                 guint                     close_code);

G_END_DECLS
