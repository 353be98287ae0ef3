/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

CliExit cli_watch (GDBusConnection *connection,
                   const char      *account_id,
                   gboolean         as_json);

G_END_DECLS
