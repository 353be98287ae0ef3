/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>
#include <sys/stat.h>

G_BEGIN_DECLS

int      relay_file_open     (const char   *filename,
                              int           flags,
                              struct stat  *info);
GString *relay_file_read_all (int           fd,
                              gsize         max_bytes);

GString *relay_file_read     (const char   *filename,
                              const char   *label,
                              gsize         max_bytes,
                              struct stat  *info,
                              GError      **error);
gboolean relay_file_check_private (const struct stat  *info,
                                   const char         *filename,
                                   const char         *label,
                                   GError            **error);

G_END_DECLS
