/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-control.h"

#include <glib/gi18n.h>

/**
 * cli_run_restart:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway restart`.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_restart (int argc, char **argv)
{
  return cli_control ("restart", "Restart", _ ("restarted, connecting again"), argc, argv);
}
