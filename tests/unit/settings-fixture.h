/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "settings/relay-settings.h"

G_BEGIN_DECLS

/* The least that a file needs to have. */
#define ACCOUNT "[account a]\nplatform-url=wss://platform.example/relay\n"
#define PIN "00112233445566778899aabbccddeeff00112233445566778899aabbccddeeff"

RelaySettings *read_text    (const char    *text);
RelaySettings *read_account (const char    *lines);
RelayAccount  *get_account  (RelaySettings *settings);

G_END_DECLS
