/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

CliExit cli_control (const char  *name,
                     const char  *method,
                     const char  *done,
                     int          argc,
                     char       **argv);

G_END_DECLS
