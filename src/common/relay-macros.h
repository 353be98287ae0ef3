/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

/* What libgangway-1 exports; all else stays inside (the library is built with hidden visibility). */
#define RELAY_PUBLIC __attribute__ ((visibility ("default")))
