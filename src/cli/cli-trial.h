/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"
#include "relay/relay-endpoint.h"
#include "relay/relay-state.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

/**
 * CliTrialFlags:
 * @CLI_TRIAL_NONE: nothing is shown
 * @CLI_TRIAL_SHOW: each step is a line, which says how it went when it is over
 *
 * How a connection is tried.
 */
typedef enum {
  CLI_TRIAL_NONE = 0,
  CLI_TRIAL_SHOW = 1 << 0,
} CliTrialFlags;

gboolean cli_trial_connect (RelaySettings  *settings,
                            RelayAccount   *account,
                            RelayOpenclaw  *openclaw,
                            const char     *platform_key,
                            CliTrialFlags   flags,
                            RelayStep      *step,
                            GError        **error);
gboolean cli_trial_dial    (RelaySettings  *settings,
                            RelayEndpoint  *endpoint,
                            CliTrialFlags   flags,
                            GError        **error);

char    *cli_trial_dup_message (const GError   *error,
                                RelaySettings  *settings,
                                RelayOpenclaw  *openclaw,
                                const char     *platform_key);

G_END_DECLS
