/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-control.h"

#include <glib/gi18n.h>

/**
 * cli_run_start:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway start`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_start (int argc, char **argv)
{
  return cli_control ("start", "Start", _ ("started"), argc, argv);
}
