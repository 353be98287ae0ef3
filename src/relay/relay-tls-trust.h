/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _RelayTlsTrust RelayTlsTrust;

RelayTlsTrust *relay_tls_trust_new_leaf  (const char * const   *fingerprints);
RelayTlsTrust *relay_tls_trust_new_chain (const char * const   *fingerprints,
                                          const char           *ca_file);
void           relay_tls_trust_free      (RelayTlsTrust        *self);

const char    *relay_tls_trust_get_ca_file  (RelayTlsTrust        *self);
GTlsDatabase  *relay_tls_trust_read_ca_file (const char           *ca_file,
                                             GError              **error);
void           relay_tls_trust_set_database (RelayTlsTrust        *self,
                                             GTlsDatabase         *database);
void           relay_tls_trust_prepare   (RelayTlsTrust        *self,
                                          GTlsConnection       *connection);
gboolean       relay_tls_trust_judge     (RelayTlsTrust        *self,
                                          GTlsCertificate      *certificate,
                                          GTlsCertificateFlags  faults,
                                          const char           *host,
                                          const char           *peer,
                                          GError              **error);

G_END_DECLS
