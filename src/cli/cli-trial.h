/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

gboolean cli_trial_connect       (RelaySettings  *settings,
                                  RelayAccount   *account,
                                  RelayOpenclaw  *openclaw,
                                  const char     *platform_key,
                                  GError        **error);
gboolean cli_trial_dial_platform (RelaySettings  *settings,
                                  RelayAccount   *account,
                                  GError        **error);

G_END_DECLS
