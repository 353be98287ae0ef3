/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-connection.h"

G_BEGIN_DECLS

char *fake_upgrade_get_header (const char         *head,
                               const char         *name);
char *fake_upgrade_check      (const char         *head);
char *fake_upgrade_answer     (const FakeUpgrade  *upgrade,
                               const char         *head);

G_END_DECLS
