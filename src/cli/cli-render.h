/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

/**
 * CliStyle:
 * @CLI_STYLE_PLAIN: nothing but text
 * @CLI_STYLE_TERMINAL: with bold and coloured words
 *
 * How text is decorated.
 */
typedef enum {
  CLI_STYLE_PLAIN,
  CLI_STYLE_TERMINAL,
} CliStyle;

CliStyle cli_render_style       (void);
void     cli_render_account     (GString  *out,
                                 GVariant *properties,
                                 gint64    now_ms,
                                 CliStyle  style);
void     cli_render_problem     (GString    *out,
                                 const char *config_file,
                                 const char *problem);
void     cli_render_no_accounts (GString    *out,
                                 const char *config_file);
char    *cli_render_dup_state   (GVariant *properties,
                                 gint64    now_ms);
char    *cli_render_dup_json    (GVariant *value,
                                 gboolean  pretty);

G_END_DECLS
