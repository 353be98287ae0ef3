/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

GUri     *relay_url_parse       (const char  *text,
                                 const char  *setting,
                                 gboolean     allow_plaintext,
                                 GError     **error);
gboolean  relay_url_is_tls      (GUri        *url);
gboolean  relay_url_is_loopback (GUri        *url);
guint16   relay_url_get_port    (GUri        *url);
char     *relay_url_to_display  (GUri        *url);
char     *relay_url_to_origin   (GUri        *url);

G_END_DECLS
