/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "settings/relay-settings.h"

G_BEGIN_DECLS

/* Judges a method that the platform asks for; %RELAY_ERROR_DENIED says which setting refused it. */
gboolean relay_policy_allows (const RelayAccount  *account,
                              const char          *method,
                              GError             **error);

G_END_DECLS
