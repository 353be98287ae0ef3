/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* What a setting holds; the comment says as what C type. */
typedef enum {
  RELAY_FIELD_BOOLEAN,  /* gboolean */
  RELAY_FIELD_SECONDS,  /* guint, in milliseconds */
  RELAY_FIELD_SIZE,     /* guint64, in bytes */
  RELAY_FIELD_ACCESS,   /* RelayWorkspaceAccess */
  RELAY_FIELD_URL,      /* char *, not yet checked */
  RELAY_FIELD_PATH,     /* char *, absolute */
  RELAY_FIELD_SECRET,   /* char * */
  RELAY_FIELD_PIN,      /* char *, 64 lower-case hexadecimal digits */
  RELAY_FIELD_PINS,     /* GStrv of those */
  RELAY_FIELD_PATTERNS, /* GStrv */
} RelayFieldKind;

/**
 * RelaySettingField:
 * @key: its name in gangway.conf; %NULL ends a table
 * @kind: what it holds
 * @offset: where that stands in the struct
 * @fallback: (nullable): its default, as it would stand in the file; %NULL for none
 * @max: how large it may be: seconds or bytes
 * @is_link: whether a change of it needs a new link
 *
 * A setting: one line in the table of relay-setting-field.c, and a member of the struct.
 */
typedef struct {
  const char *key;
  RelayFieldKind kind;
  gsize offset;
  const char *fallback;
  guint64 max;
  gboolean is_link;
} RelaySettingField;

extern const RelaySettingField relay_gateway_fields[];
extern const RelaySettingField relay_retry_fields[];
extern const RelaySettingField relay_account_fields[];

const RelaySettingField *relay_setting_fields_find   (const RelaySettingField  *fields,
                                                      const char               *key);
GStrv                    relay_setting_fields_keys   (const RelaySettingField  *fields);
void                     relay_setting_fields_init   (const RelaySettingField  *fields,
                                                      gpointer                  settings);
void                     relay_setting_fields_clear  (const RelaySettingField  *fields,
                                                      gpointer                  settings);
gboolean                 relay_setting_fields_equal  (const RelaySettingField  *fields,
                                                      gboolean                  only_link,
                                                      gconstpointer             settings,
                                                      gconstpointer             other);
gboolean                 relay_setting_field_set     (const RelaySettingField  *self,
                                                      gpointer                  settings,
                                                      const char               *value,
                                                      GError                  **error);

G_END_DECLS
