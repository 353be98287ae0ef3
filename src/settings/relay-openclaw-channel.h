/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelayOpenclawChannel:
 * @section: where it stands in OpenClaw's configuration, for instance `channels.platform`
 * @account_id: what the account is called there, or what its section is
 * @platform_url: (nullable): as it is written
 * @platform_key: (nullable): the key
 * @key_error: (nullable): why there is no key: %RELAY_ERROR_BAD_SETTINGS, or %NULL if none is set
 *
 * What a plugin that does Gangway's job is told in OpenClaw's configuration.
 */
typedef struct {
  char *section;      /* (owned) */
  char *account_id;   /* (owned) */
  char *platform_url; /* (owned) (nullable) */
  char *platform_key; /* (owned) (nullable) secret */
  GError *key_error;  /* (owned) (nullable) */
} RelayOpenclawChannel;

GPtrArray *relay_openclaw_load_channels (const char          *config_path,
                                         const char * const  *environ_,
                                         char               **found_path,
                                         GError             **error);

G_END_DECLS
