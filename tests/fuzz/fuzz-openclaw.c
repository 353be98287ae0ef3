/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* OpenClaw's configuration with the files that it includes, and the variables that it names. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "settings/relay-openclaw.h"
#include "settings/relay-url.h"

/* Where in an input another file begins. */
#define NEXT_FILE "\n=====\n"

static const char *const files[] = { "openclaw.json", "a.json5", "b/c.json5", ".env" };

static void
write_files (const char *folder, const guint8 *data, gsize size)
{
  g_autofree char *text = fuzz_make_text (data, size);
  g_auto (GStrv) parts = g_strsplit (text, NEXT_FILE, G_N_ELEMENTS (files));
  gsize n_parts = g_strv_length (parts);

  for (gsize i = 0; i < G_N_ELEMENTS (files); i++)
    fuzz_write_file (folder, files[i], i < n_parts ? parts[i] : "");
}

static void
check_error (const GError *error)
{
  if (error == NULL)
    return;

  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  fuzz_check_message (error->message);
}

static void
check (RelayOpenclaw *openclaw)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GUri) url = relay_url_parse (openclaw->url, "url", FALSE, &error);

  g_assert_no_error (error);
  check_error (openclaw->error);
  check_error (openclaw->secret_error);
  g_assert_true (openclaw->secret == NULL || openclaw->secret_error == NULL);
  g_assert_true (openclaw->port >= 1 && openclaw->port <= G_MAXUINT16);
  g_assert_cmpstr (openclaw->default_agent, !=, "");
  for (guint i = 0; i < openclaw->agents->len; i++)
    {
      const RelayOpenclawAgent *agent = g_ptr_array_index (openclaw->agents, i);

      g_assert_cmpstr (agent->id, !=, "");
      g_assert_true (g_path_is_absolute (agent->workspace));
    }
  g_assert_nonnull (relay_openclaw_find_agent (openclaw, openclaw->default_agent));
}

/* Returns: (nullable) */
static const char *
get_message (const GError *error)
{
  return error != NULL ? error->message : NULL;
}

static RelayOpenclaw *
load_with_secret (const char *home, const char *secret)
{
  g_autofree char *home_variable = g_strconcat ("HOME=", home, NULL);
  g_autofree char *secret_variable = g_strconcat ("A=", secret, NULL);
  RelayOpenclaw *openclaw =
      relay_openclaw_load (NULL, (const char *[]){ home_variable, secret_variable, "B=/b", "PORT=1234", NULL });

  check (openclaw);
  return openclaw;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static char *home;
  g_autofree char *folder = NULL;
  g_autoptr (RelayOpenclaw) openclaw = NULL;
  g_autoptr (RelayOpenclaw) other = NULL;

  if (home == NULL)
    home = fuzz_make_folder ("home");
  folder = g_build_filename (home, ".openclaw", NULL);
  write_files (folder, data, size);

  openclaw = load_with_secret (home, FUZZ_SECRET);
  other = load_with_secret (home, FUZZ_OTHER_SECRET);
  fuzz_check_alike (get_message (openclaw->error), get_message (other->error));
  fuzz_check_alike (get_message (openclaw->secret_error), get_message (other->secret_error));
  return 0;
}
