/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "cli/cli.h"
#include "settings/relay-pairing.h"
#include "settings/relay-settings.h"

G_BEGIN_DECLS

/**
 * CliSetup:
 * @connection: (nullable): the session bus, if there is one
 * @is_running: whether the service is on it
 * @config_file: the gangway.conf that the service reads, or would read
 * @text: what it holds
 * @settings: what that means
 * @replaces_key: whether there was a key in or next to the file that the account does not use any more
 *
 * What the commands that set accounts up begin with.
 */
typedef struct {
  GDBusConnection *connection; /* (owned) (nullable) */
  gboolean is_running;
  char *config_file;           /* (owned) */
  char *text;                  /* (owned) */
  RelaySettings *settings;     /* (owned) */
  gboolean replaces_key;
} CliSetup;

gboolean       cli_setup_load          (CliSetup       *self,
                                        GError        **error);
gboolean       cli_setup_open          (CliSetup       *self);
void           cli_setup_clear         (CliSetup       *self);
gboolean       cli_setup_preview       (CliSetup       *self,
                                        const char     *account_id,
                                        GUri           *url,
                                        GError        **error);
gboolean       cli_setup_store         (CliSetup       *self,
                                        const char     *account_id,
                                        GUri           *url,
                                        const char     *key);
gboolean       cli_setup_remove        (CliSetup       *self,
                                        const char     *account_id);
char          *cli_setup_dup_unit      (CliSetup       *self);
GVariant      *cli_setup_get_account   (CliSetup       *self,
                                        const char     *account_id);
void           cli_setup_start_service (CliSetup       *self,
                                        const char     *account_id,
                                        gboolean        may_wait);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (CliSetup, cli_setup_clear)

G_END_DECLS
