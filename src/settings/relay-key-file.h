/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelayKeyLine:
 * @key: (owned): trimmed
 * @value: (owned): raw and trimmed
 * @line: where it stands, from 1
 * @earlier_line: where the key stood before in the same group, or 0; the later value counts
 *
 * A key of a group.
 */
typedef struct {
  char *key;
  char *value;
  guint line;
  guint earlier_line;
} RelayKeyLine;

/**
 * RelayKeyGroup:
 * @name: (owned): what stands in the brackets, trimmed, each run of white space one space
 * @line: where it begins, from 1
 * @later_line: where it stands again, or 0; both count as one
 * @keys: (owned) (element-type RelayKeyLine): in the order of the file
 *
 * A group of a key file.
 */
typedef struct {
  char *name;
  guint line;
  guint later_line;
  GPtrArray *keys;
} RelayKeyGroup;

GPtrArray          *relay_key_file_parse    (const char           *text,
                                             gsize                 length,
                                             const char           *label,
                                             GError              **error);
const RelayKeyLine *relay_key_group_find    (const RelayKeyGroup  *self,
                                             const char           *key);

const char         *relay_key_file_nearest  (const char           *name,
                                             const char * const   *known);

G_END_DECLS
