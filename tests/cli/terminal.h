/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "service-fixture.h"

G_BEGIN_DECLS

/**
 * Terminal:
 *
 * A program on a pseudo-terminal, which is its standard input and output.
 */
typedef struct {
  GSubprocess *subprocess; /* (owned) */
  GInputStream *screen;    /* (owned) all that was written to the terminal */
  int fd;                  /* of @screen */
  GString *text;           /* (owned) what of it was read so far, and not yet expected */
  GString *everything;     /* (owned) what of it was read so far */
} Terminal;

void     terminal_start  (Terminal           *self,
                          ServiceFixture     *fixture,
                          const char * const *argv);
void     terminal_expect (Terminal           *self,
                          const char         *part);
void     terminal_type   (Terminal           *self,
                          const char         *keys);
gboolean terminal_echoes (Terminal           *self);
int      terminal_signal (Terminal           *self,
                          int                 number);
void     terminal_end    (Terminal           *self);

G_END_DECLS
