/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "common/relay-clock.h"

G_BEGIN_DECLS

#define FAKE_TYPE_CLOCK (fake_clock_get_type ())
G_DECLARE_FINAL_TYPE (FakeClock, fake_clock, FAKE, CLOCK, RelayClock)

FakeClock *fake_clock_new            (void);
void       fake_clock_advance_ms     (FakeClock *self,
                                      guint64    by_ms);
guint      fake_clock_get_n_timeouts (FakeClock *self);
gint64     fake_clock_get_next_ms    (FakeClock *self);

G_END_DECLS
