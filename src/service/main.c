/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-daemon.h"

#include <glib/gi18n.h>
#include <locale.h>
#include <malloc.h>
#include <sys/prctl.h>
#include <sys/resource.h>

/* Frames are allocated and freed all the time: their memory is kept for the next one, not given back to the kernel and asked
 * for again, which would cost more than all that is done with a frame. Beyond this much it is given back. */
#define MAX_KEPT_BYTES (16 * 1024 * 1024)
#define MAX_KEPT_BLOCK (32 * 1024 * 1024)

/* The memory of this process holds keys: it gets into no core dump, and no other process of the user may look at it, nor at
 * the environment. */
static void
keep_memory_private (void)
{
  const struct rlimit none = { 0, 0 };

  setrlimit (RLIMIT_CORE, &none);
  prctl (PR_SET_DUMPABLE, 0);
}

int
main (int argc, char *argv[])
{
  keep_memory_private ();
  mallopt (M_MMAP_THRESHOLD, MAX_KEPT_BLOCK);
  mallopt (M_TRIM_THRESHOLD, MAX_KEPT_BYTES);
  setlocale (LC_ALL, "");
  bindtextdomain (GETTEXT_PACKAGE, LOCALEDIR);
  bind_textdomain_codeset (GETTEXT_PACKAGE, "UTF-8");
  textdomain (GETTEXT_PACKAGE);

  return relay_daemon_run (argc, argv);
}
