/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"

G_BEGIN_DECLS

#define CLI_BUS_NAME "dev.gangway.Relay1"
#define CLI_MANAGER_PATH "/dev/gangway/Relay1"
#define CLI_MANAGER_INTERFACE "dev.gangway.Relay1.Manager"
#define CLI_SESSION_INTERFACE "dev.gangway.Relay1.Session"

GDBusConnection *cli_bus_connect       (CliExit             *code);
GVariant        *cli_bus_call_manager  (GDBusConnection     *connection,
                                        const char          *method,
                                        const char          *reply_type,
                                        CliExit             *code);
GVariant        *cli_bus_call_session  (GDBusConnection     *connection,
                                        const char          *account_id,
                                        const char          *method,
                                        const char          *reply_type,
                                        GError             **error);
GDBusProxy      *cli_bus_new_manager   (GDBusConnection     *connection,
                                        CliExit             *code);
char            *cli_bus_dup_string    (GDBusProxy          *manager,
                                        const char          *name);
GStrv            cli_bus_list_accounts (GDBusConnection     *connection,
                                        const char          *account_id,
                                        CliExit             *code);
CliExit          cli_bus_report        (const GError        *error);

CliExit          cli_no_account        (const char          *account_id,
                                        GVariant            *status);

G_END_DECLS
