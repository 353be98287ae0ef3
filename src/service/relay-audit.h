/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-session.h"

G_BEGIN_DECLS

#define RELAY_TYPE_AUDIT (relay_audit_get_type ())
G_DECLARE_FINAL_TYPE (RelayAudit, relay_audit, RELAY, AUDIT, GObject)

RelayAudit *relay_audit_new             (void);
void        relay_audit_follow          (RelayAudit   *self,
                                         RelaySession *session);
void        relay_audit_add_url_changed (RelayAudit   *self,
                                         const char   *account_id,
                                         const char   *url);
void        relay_audit_end             (RelayAudit   *self,
                                         gint64        deadline_us);

G_END_DECLS
