/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "settings/relay-settings.h"

G_BEGIN_DECLS

gboolean relay_policy_is_open          (const RelayAccount  *account);
gboolean relay_policy_allows           (const RelayAccount  *account,
                                        const char          *method,
                                        GError             **error);
gboolean relay_policy_allows_workspace (const RelayAccount  *account,
                                        gboolean             writes,
                                        GError             **error);

G_END_DECLS
