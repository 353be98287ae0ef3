/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * CliAuditLine:
 *
 * One line of the audit; strings are never %NULL.
 */
typedef struct {
  const char *raw; /* (unowned) the line as it stands there, without its end */
  char *time;      /* (owned) `2026-11-23T10:00:00.000Z`: the order of times is that of the texts */
  char *account;   /* (owned) */
  char *event;     /* (owned) */
  char *method;    /* (owned) */
  char *outcome;   /* (owned) */
  char *path;      /* (owned) */
  gint64 duration_ms;
  gint64 bytes;
} CliAuditLine;

typedef void (*CliAuditFunc) (const CliAuditLine *line,
                              gpointer            user_data);

gboolean cli_audit_read       (CliAuditFunc   func,
                               gpointer       user_data,
                               guint64       *n_damaged,
                               GError       **error);
char    *cli_audit_read_since (const char    *text,
                               GDateTime     *now);

G_END_DECLS
