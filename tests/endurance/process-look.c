/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/process-look.h"

#include <string.h>

/**
 * process_count_descriptors:
 * @pid: a process of ours
 *
 * Returns: how many files, sockets and the like it has open
 */
guint
process_count_descriptors (const char *pid)
{
  g_autofree char *path = g_strdup_printf ("/proc/%s/fd", pid);
  g_autoptr (GError) error = NULL;
  g_autoptr (GDir) dir = g_dir_open (path, 0, &error);
  guint n = 0;

  g_assert_no_error (error);
  while (g_dir_read_name (dir) != NULL)
    n++;
  return n;
}

/**
 * process_get_kib:
 * @pid: a process of ours
 * @field: a line of its `/proc/PID/status`, for instance `VmRSS`, or `RssAnon` for what it has allocated alone
 *
 * Returns: the memory in KiB
 */
guint64
process_get_kib (const char *pid, const char *field)
{
  g_autofree char *filename = g_strdup_printf ("/proc/%s/status", pid);
  g_autofree char *status = NULL;
  g_autoptr (GError) error = NULL;
  const char *line;

  g_file_get_contents (filename, &status, NULL, &error);
  g_assert_no_error (error);
  line = strstr (status, field);
  g_assert_nonnull (line);
  return g_ascii_strtoull (strchr (line, ':') + 1, NULL, 10);
}
