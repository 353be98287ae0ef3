/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Preloaded into a process, it tells how much of its heap is in use: on SIGUSR2 it writes the number of bytes to the file
 * that $HEAP_LOOK_FILE names. What the process has of the kernel says less, as the C library keeps much of what was freed.
 */

#include "config.h"

#include <malloc.h>
#include <pthread.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>

static void
tell (const char *filename)
{
  struct mallinfo2 info = mallinfo2 ();
  char part[4096];
  FILE *file;

  snprintf (part, sizeof part, "%s.part", filename);
  file = fopen (part, "w");
  if (file == NULL)
    return;

  fprintf (file, "%zu\n", info.uordblks + info.hblkhd);
  fclose (file);
  rename (part, filename);
}

static void *
wait_and_tell (void *filename)
{
  sigset_t set;
  int signal_number;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR2);
  while (sigwait (&set, &signal_number) == 0)
    tell (filename);
  return NULL;
}

/* Before main(), so that all threads have the signal blocked and ours alone gets it. */
static void __attribute__ ((constructor)) begin (void)
{
  char *filename = getenv ("HEAP_LOOK_FILE");
  pthread_t thread;
  sigset_t set;

  if (filename == NULL)
    return;

  sigemptyset (&set);
  sigaddset (&set, SIGUSR2);
  pthread_sigmask (SIG_BLOCK, &set, NULL);
  pthread_create (&thread, NULL, wait_and_tell, filename);
}
