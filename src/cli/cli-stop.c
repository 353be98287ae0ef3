/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-control.h"

#include <glib/gi18n.h>

/**
 * cli_run_stop:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway stop`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_stop (int argc, char **argv)
{
  return cli_control ("stop", "Stop", _ ("stopped"), argc, argv);
}
