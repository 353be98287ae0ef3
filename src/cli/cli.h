/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/* What `gangway` exits with. */
typedef enum {
  CLI_DONE,
  CLI_FAILED,
  CLI_USAGE,
  CLI_NOT_RUNNING,
  CLI_NO_ACCOUNT,
} CliExit;

/**
 * CliCommand:
 * @name: what is typed
 * @arguments: what may follow, for the help
 * @summary: what it does, for the help; to be translated
 * @details: (nullable): more of it; to be translated
 * @run: does it; argv[0] is the name
 *
 * One command of `gangway`.
 */
typedef struct {
  const char *name;
  const char *arguments;
  const char *summary;
  const char *details;
  CliExit (*run) (int    argc,
                  char **argv);
} CliCommand;

/* In the order of the help; ends with an entry without a name. */
extern const CliCommand cli_commands[];

const CliCommand *cli_find_command  (const char          *name);
void              cli_print_usage   (void);
void              cli_print_help    (const CliCommand    *command);
gboolean          cli_parse         (const char          *name,
                                     const GOptionEntry  *entries,
                                     int                 *argc,
                                     char              ***argv,
                                     int                  max_arguments);

CliExit           cli_run_audit     (int                  argc,
                                     char               **argv);
CliExit           cli_run_doctor    (int                  argc,
                                     char               **argv);
CliExit           cli_run_help      (int                  argc,
                                     char               **argv);
CliExit           cli_run_import    (int                  argc,
                                     char               **argv);
CliExit           cli_run_pair      (int                  argc,
                                     char               **argv);
CliExit           cli_run_reconnect (int                  argc,
                                     char               **argv);
CliExit           cli_run_restart   (int                  argc,
                                     char               **argv);
CliExit           cli_run_start     (int                  argc,
                                     char               **argv);
CliExit           cli_run_status    (int                  argc,
                                     char               **argv);
CliExit           cli_run_stop      (int                  argc,
                                     char               **argv);
CliExit           cli_run_unpair    (int                  argc,
                                     char               **argv);

G_END_DECLS
