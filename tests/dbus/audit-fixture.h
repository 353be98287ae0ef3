/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

#include "service-fixture.h"

G_BEGIN_DECLS

/* The audit of a fixture's service. @number is 0 for the current file, else that of a rotated one. */
char      *audit_path          (ServiceFixture *self,
                                guint           number);
char      *audit_read_text     (ServiceFixture *self,
                                guint           number);
GPtrArray *audit_read          (ServiceFixture *self);
guint      audit_count         (ServiceFixture *self);
void       audit_prefill       (ServiceFixture *self,
                                guint           number,
                                const char     *text);

const char *audit_get          (JsonObject     *line,
                                const char     *name);
guint      audit_count_equal   (GPtrArray      *lines,
                                const char     *name,
                                const char     *value);
JsonObject *audit_find         (GPtrArray      *lines,
                                const char     *name,
                                const char     *value);
char      *audit_dup_brief     (JsonObject     *line);

/* Ends a daemon by SIGTERM, which must work; what it logged is then in its errors. */
void       audit_end_daemon    (Program        *daemon);

gboolean   audit_keep_waking   (gpointer        unused);

/* As fake_wait_until(), for what happens on the disk, of which no main loop is told. */
#define audit_wait_until(condition)                                                                                         \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    guint audit_wake_id_ = g_timeout_add (5, audit_keep_waking, NULL);                                                      \
    fake_wait_until (condition);                                                                                            \
    g_source_remove (audit_wake_id_);                                                                                       \
  }                                                                                                                         \
  G_STMT_END

G_END_DECLS
