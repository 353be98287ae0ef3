/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What relay_json5_peek () finds behind the last character. */
#define RELAY_JSON5_END ((gunichar) - 1)

/* A document that is being read; only the files of this module see it. */
typedef struct {
  const char *text; /* (unowned) valid UTF-8 without a NUL */
  const char *at;
  const char *end;
  guint depth;
} RelayJson5Reader;

/* relay-json5-text.c */
void      relay_json5_set_error       (RelayJson5Reader  *self,
                                       const char        *at,
                                       GError           **error,
                                       const char        *problem);
gunichar  relay_json5_peek            (RelayJson5Reader  *self);
gboolean  relay_json5_take            (RelayJson5Reader  *self,
                                       char               c);
gboolean  relay_json5_skip_space      (RelayJson5Reader  *self,
                                       GError           **error);
char     *relay_json5_read_string     (RelayJson5Reader  *self,
                                       GError           **error);
char     *relay_json5_read_identifier (RelayJson5Reader  *self,
                                       GError           **error);

G_END_DECLS
