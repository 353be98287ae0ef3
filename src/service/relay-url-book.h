/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

#define RELAY_TYPE_URL_BOOK (relay_url_book_get_type ())
G_DECLARE_FINAL_TYPE (RelayUrlBook, relay_url_book, RELAY, URL_BOOK, GObject)

RelayUrlBook *relay_url_book_new  (void);
char         *relay_url_book_note (RelayUrlBook *self,
                                   const char   *account_id,
                                   const char   *url);
void          relay_url_book_end  (RelayUrlBook *self,
                                   gint64        deadline_us);

G_END_DECLS
