/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef struct _RelayFileWatch RelayFileWatch;

/**
 * RelayFileWatchFunc:
 * @user_data: as given to relay_file_watch_new()
 *
 * Something has changed at one of the paths that are watched, and then nothing for a moment.
 */
typedef void (*RelayFileWatchFunc) (gpointer user_data);

RelayFileWatch *relay_file_watch_new       (RelayFileWatchFunc   func,
                                            gpointer             user_data);
void            relay_file_watch_free      (RelayFileWatch      *self);
gboolean        relay_file_watch_set_paths (RelayFileWatch      *self,
                                            const char * const  *paths);
void            relay_file_watch_poke      (RelayFileWatch      *self);

G_END_DECLS
