/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "common/relay-macros.h"

G_BEGIN_DECLS

/**
 * RelayWorkspaceAccess:
 * @RELAY_WORKSPACE_ACCESS_NONE: no workspace method is served
 * @RELAY_WORKSPACE_ACCESS_READ_ONLY: `workspace.read` and `workspace.ls` only
 * @RELAY_WORKSPACE_ACCESS_READ_WRITE: all of them
 *
 * What the platform may do in an agent's workspace through the relay's own methods.
 */
typedef enum {
  RELAY_WORKSPACE_ACCESS_NONE,
  RELAY_WORKSPACE_ACCESS_READ_ONLY,
  RELAY_WORKSPACE_ACCESS_READ_WRITE,
} RelayWorkspaceAccess;

const char *relay_workspace_access_to_string (RelayWorkspaceAccess access);

/**
 * RelayGatewaySettings:
 *
 * The `[gateway]` group of gangway.conf. Read-only; strings are %NULL where the file leaves a key out or empty.
 */
typedef struct {
  char *openclaw_config;  /* (owned) (nullable) path, `~` expanded */
  char *url;              /* (owned) (nullable) checked */
  char *tls_fingerprint;  /* (owned) (nullable) lower-case hex of the DER's SHA-256 */
  gboolean allow_plaintext;
  char *token;            /* (owned) (nullable) secret */
  guint connect_timeout_ms;
  guint handshake_timeout_ms;
  guint request_timeout_ms;
  guint stream_idle_timeout_ms;
  guint keepalive_interval_ms;
  guint stall_timeout_ms;
} RelayGatewaySettings;

/**
 * RelayRetrySettings:
 *
 * The `[retry]` group of gangway.conf. Read-only.
 */
typedef struct {
  guint initial_delay_ms;
  guint max_delay_ms;
  guint stable_after_ms;
} RelayRetrySettings;

#define RELAY_TYPE_ACCOUNT (relay_account_get_type ())

/**
 * RelayAccount:
 *
 * One `[account ID]` group of gangway.conf. Read-only and reference-counted. @error is set when the group has a mistake
 * that makes the account unusable; the other accounts are not harmed by it.
 */
typedef struct {
  char *id;                      /* (owned) */
  gboolean enabled;
  GError *error;                 /* (owned) (nullable) RELAY_ERROR_BAD_SETTINGS or RELAY_ERROR_PLAINTEXT_REFUSED */
  char *platform_url;            /* (owned) (nullable) checked */
  char *platform_key;            /* (owned) (nullable) secret */
  char *platform_key_file;       /* (owned) (nullable) path, `~` expanded */
  GStrv tls_fingerprints;        /* (owned) lower-case hex of the DER's SHA-256 each; empty for none */
  char *tls_ca_file;             /* (owned) (nullable) path, `~` expanded */
  gboolean allow_plaintext;
  gboolean share_gateway_token;
  RelayWorkspaceAccess workspace_access;
  char *workspace_root;          /* (owned) (nullable) path, `~` expanded */
  guint64 workspace_max_response; /* bytes */
  GStrv allow_methods;           /* (owned) globs */
  GStrv deny_methods;            /* (owned) globs */
  gboolean strict_user_ids;
} RelayAccount;

GType         relay_account_get_type  (void);
RelayAccount *relay_account_new       (const char         *id);
RelayAccount *relay_account_ref       (RelayAccount       *self);
void          relay_account_unref     (RelayAccount       *self);
gboolean      relay_account_same_link (const RelayAccount *self,
                                       const RelayAccount *other);
gboolean      relay_account_equal     (const RelayAccount *self,
                                       const RelayAccount *other);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayAccount, relay_account_unref)

#define RELAY_TYPE_SETTINGS (relay_settings_get_type ())

/**
 * RelaySettings:
 *
 * All of gangway.conf as it was at one moment. Read-only and reference-counted.
 */
typedef struct {
  RelayGatewaySettings gateway;
  RelayRetrySettings retry;
  GPtrArray *accounts;           /* (owned) (element-type RelayAccount) in the order of the file */
  GStrv warnings;                /* (owned) one line each, for a person */
  char *filename;                /* (owned) (nullable) where it was read from */
} RelaySettings;

RELAY_PUBLIC
GType          relay_settings_get_type      (void);
RelaySettings *relay_settings_new           (void);
RelaySettings *relay_settings_new_from_data (const char           *text,
                                             gsize                 length,
                                             const char           *filename,
                                             GError              **error);
RelaySettings *relay_settings_new_from_file (const char           *filename,
                                             GError              **error);
RelaySettings *relay_settings_ref           (RelaySettings        *self);
void           relay_settings_unref         (RelaySettings        *self);
RelayAccount  *relay_settings_find_account  (RelaySettings        *self,
                                             const char           *id);
gboolean       relay_settings_same_gateway  (const RelaySettings  *self,
                                             const RelaySettings  *other);
gboolean       relay_settings_equal         (const RelaySettings  *self,
                                             const RelaySettings  *other);

gboolean       relay_settings_is_id         (const char           *text);
char          *relay_settings_dup_filename  (const char           *option);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelaySettings, relay_settings_unref)

G_END_DECLS
