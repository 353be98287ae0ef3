/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * CliSide:
 * @CLI_SIDE_NONE: neither, or it cannot be told
 * @CLI_SIDE_GATEWAY: the local OpenClaw gateway
 * @CLI_SIDE_PLATFORM: the remote platform; the gateway, which is dialled first, answered
 *
 * On which side a trouble lies.
 */
typedef enum {
  CLI_SIDE_NONE,
  CLI_SIDE_GATEWAY,
  CLI_SIDE_PLATFORM,
} CliSide;

const char *cli_words_step           (const char *step);
const char *cli_words_error          (const char *code);
const char *cli_words_remedy         (const char *code);
CliSide     cli_words_side           (const char *code);
const char *cli_words_workspace      (const char *access);
char       *cli_words_dup_duration   (gint64      duration_ms);
char       *cli_words_dup_error      (const char *code,
                                      const char *message);
int         cli_words_get_width      (const char *text);

G_END_DECLS
