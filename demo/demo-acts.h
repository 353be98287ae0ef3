/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "demo-stage.h"

G_BEGIN_DECLS

/**
 * DemoAct:
 * @title: what happens
 * @why: what to watch for
 * @play: plays it; returns %FALSE if it failed, after it told the user
 *
 * One act of the demo.
 */
typedef struct {
  const char *title;
  const char *why;
  gboolean (*play) (Stage *stage);
} DemoAct;

extern const DemoAct demo_acts[];

void demo_watch_handshake (Stage *stage);

G_END_DECLS
