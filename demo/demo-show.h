/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Everything that the demo prints. Plain when standard output is no terminal. */
void     show_init        (void);
gboolean show_is_terminal (void);
void     show_title       (const char *text);
void     show_act         (guint       number,
                           const char *title,
                           const char *why);
void     show_frame       (const char *from,
                           const char *to,
                           const char *format,
                           ...) G_GNUC_PRINTF (3, 4);
void     show_note        (const char *format,
                           ...) G_GNUC_PRINTF (1, 2);
void     show_word        (const char *text);
void     show_command     (const char *command);
void     show_output      (const char *text);
void     show_good        (const char *format,
                           ...) G_GNUC_PRINTF (1, 2);
void     show_bad         (const char *format,
                           ...) G_GNUC_PRINTF (1, 2);

G_END_DECLS
