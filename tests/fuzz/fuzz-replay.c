/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * Gives a target the inputs of its corpus, one after the other, as an ordinary test without libFuzzer:
 * replay-TARGET FOLDER. The input that it ends with is the last one named.
 */

#include "config.h"

#include <stdio.h>
#include <stdlib.h>

#include "fuzz-support.h"

/* In a block of its very length, so that a byte too many that is read does not go unseen; an empty one has one, as
 * it has to be somewhere. */
static void
replay (const char *folder, const char *name)
{
  g_autofree char *path = g_build_filename (folder, name, NULL);
  g_autofree char *text = NULL;
  g_autofree guint8 *data = NULL;
  g_autoptr (GError) error = NULL;
  gsize size;

  printf ("# %s\n", path);
  fflush (stdout);
  g_file_get_contents (path, &text, &size, &error);
  g_assert_no_error (error);
  data = g_memdup2 (text, MAX (size, 1));
  LLVMFuzzerTestOneInput (data, size);
}

int
main (int argc, char *argv[])
{
  const char *folder = argc == 2 ? argv[1] : "";
  g_autofree char *target = g_path_get_basename (folder);
  g_autoptr (GDir) dir = g_dir_open (folder, 0, NULL);
  guint n_inputs = 0;
  const char *name;

  if (dir == NULL)
    {
      fprintf (stderr, "Usage: %s FOLDER-OF-INPUTS\n", argv[0]);
      return EXIT_FAILURE;
    }

  puts ("1..1");
  LLVMFuzzerInitialize (&argc, &argv);
  for (; (name = g_dir_read_name (dir)) != NULL; n_inputs++)
    replay (folder, name);
  g_assert_cmpuint (n_inputs, >, 0);
  printf ("ok 1 - /fuzz/%s/replay # %u inputs\n", target, n_inputs);

  return EXIT_SUCCESS;
}
