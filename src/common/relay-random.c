/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-random.h"

#include <sys/random.h>

/**
 * relay_random_fill:
 * @buffer: (out caller-allocates): where to put them
 * @size: how many bytes
 *
 * Fills @buffer with bytes that nobody can predict: they are of the system's generator.
 */
void
relay_random_fill (gpointer buffer, gsize size)
{
  gsize filled = 0;

  while (filled < size)
    {
      gssize count = getrandom ((guint8 *) buffer + filled, size - filled, 0);

      if (count > 0)
        filled += (gsize) count;
    }
}
