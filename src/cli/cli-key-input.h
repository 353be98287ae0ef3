/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

char *cli_key_input_read (const char  *key_file,
                          CliExit     *code);

G_END_DECLS
