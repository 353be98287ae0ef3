/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* Where the audit is, in $XDG_STATE_HOME: the service writes it there, the command line reads it. Older files have a number
 * behind the name, from 1, which is the newest of them, to RELAY_AUDIT_N_KEPT. */
#define RELAY_AUDIT_FOLDER "gangway"
#define RELAY_AUDIT_NAME "audit.jsonl"
#define RELAY_AUDIT_N_KEPT 3

G_END_DECLS
