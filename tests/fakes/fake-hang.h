/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * FakeHang:
 *
 * A disk that can hang, as one on the network does: a thread that opens a file with openat2 () then stays in that call. It
 * is there for the thread that made it and those started from then on, for as long as they run, and is done
 * by the kernel (seccomp), so nothing of what is tested knows of it.
 */
typedef struct _FakeHang FakeHang;

FakeHang *fake_hang_new        (void);
void      fake_hang_free       (FakeHang *self);
void      fake_hang_hold       (FakeHang *self,
                                guint     n_calls);
void      fake_hang_release    (FakeHang *self);
guint     fake_hang_get_n_held (FakeHang *self);

G_END_DECLS
