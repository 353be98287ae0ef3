/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* The longest that a test waits for something, in real time, unless it says otherwise. Only a test that fails takes so long. */
#define FAKE_WAIT_LIMIT_MS 10000

typedef struct {
  GMainContext *context; /* (owned) */
  GSource *limit;        /* (owned) */
  gboolean is_over;
} FakeWait;

void     fake_wait_set_limit (guint       limit_ms);
void     fake_wait_begin     (FakeWait   *self);
gboolean fake_wait_iterate   (FakeWait   *self);
void     fake_wait_end       (FakeWait   *self);
void     fake_wait_fail      (const char *where,
                              const char *what) G_GNUC_NORETURN;
void     fake_wait_settle    (void);

/**
 * fake_wait_until:
 * @condition: an expression
 *
 * Runs the thread-default main context until @condition holds, and ends the test program with a message that names it when
 * that takes more than %FAKE_WAIT_LIMIT_MS, or than fake_wait_set_limit() said. A test that uses a clock of its own moves it
 * before.
 */
#define fake_wait_until(condition)                                                                                          \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    FakeWait fake_wait_;                                                                                                    \
    fake_wait_begin (&fake_wait_);                                                                                          \
    while (!(condition))                                                                                                    \
      {                                                                                                                     \
        if (!fake_wait_iterate (&fake_wait_))                                                                               \
          fake_wait_fail (G_STRLOC, #condition);                                                                            \
      }                                                                                                                     \
    fake_wait_end (&fake_wait_);                                                                                            \
  }                                                                                                                         \
  G_STMT_END

G_END_DECLS
