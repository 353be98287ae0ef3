/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

typedef struct _RelayAuditFile RelayAuditFile;

RelayAuditFile *relay_audit_file_new    (const char      *folder);
void            relay_audit_file_free   (RelayAuditFile  *self);
gboolean        relay_audit_file_open   (RelayAuditFile  *self,
                                         GError         **error);
gboolean        relay_audit_file_append (RelayAuditFile  *self,
                                         const char      *line,
                                         gsize            length,
                                         GError         **error);
gboolean        relay_audit_file_sync   (RelayAuditFile  *self,
                                         GError         **error);

G_END_DECLS
