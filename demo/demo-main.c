/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "demo-acts.h"
#include "demo-show.h"

#define EXIT_INTERRUPTED 130
/* For a reader. */
#define ACT_PAUSE_MS 1000

static void
show_players (Stage *stage)
{
  show_title ("Gangway, on this machine alone. What is written is written below a folder that goes with the demo.");
  show_note ("platform  %s   a remote service that wants to reach your OpenClaw",
             fake_peer_get_url (FAKE_PEER (stage->platform)));
  if (stage->gateway != NULL)
    show_note ("gateway   %s   stands for OpenClaw, with an agent “main”", fake_peer_get_url (FAKE_PEER (stage->gateway)));
  else
    show_note ("gateway   the real OpenClaw, in %s", stage->openclaw);
  show_note ("gangwayd  between the two, as what this is all about");
}

static gboolean
play (Stage *stage)
{
  gint64 began_us = g_get_monotonic_time ();
  guint n = 0;

  if (!stage_set_up (stage))
    return FALSE;

  show_players (stage);
  demo_watch_handshake (stage);
  for (const DemoAct *act = demo_acts; act->title != NULL; act++)
    {
      if (n > 0 && show_is_terminal ())
        stage_pause (stage, ACT_PAUSE_MS);
      show_act (++n, act->title, act->why);
      if (!act->play (stage))
        {
          if (!stage->is_interrupted)
            show_bad ("act %u, “%s”, failed", n, act->title);
          return FALSE;
        }
    }

  g_print ("\n");
  show_good ("%u acts in %.1f s", n, (double) (g_get_monotonic_time () - began_us) / G_USEC_PER_SEC);
  return TRUE;
}

int
main (int argc, char *argv[])
{
  Stage stage = { 0 };
  g_autoptr (GOptionContext) context = g_option_context_new ("- show what Gangway does; run by demo/run");
  g_autoptr (GError) error = NULL;
  g_autofree char *build = NULL;
  g_autofree char *folder = NULL;
  g_autofree char *openclaw = NULL;
  gboolean played;
  const GOptionEntry entries[] = {
    { "build", 0, 0, G_OPTION_ARG_FILENAME, &build, "Where Gangway was built", "DIR" },
    { "folder", 0, 0, G_OPTION_ARG_FILENAME, &folder, "Where to write; not removed", "DIR" },
    { "openclaw", 0, 0, G_OPTION_ARG_FILENAME, &openclaw, "The folder of a real gateway that runs", "DIR" },
    G_OPTION_ENTRY_NULL,
  };

  show_init ();
  g_option_context_add_main_entries (context, entries, NULL);
  if (!g_option_context_parse (context, &argc, &argv, &error) || build == NULL || folder == NULL)
    {
      show_bad ("%s", error != NULL ? error->message : "--build and --folder are needed");
      return 2;
    }

  stage.build = build;
  stage.folder = folder;
  stage.openclaw = openclaw;
  played = play (&stage);
  if (!played && stage.is_interrupted)
    show_bad ("interrupted");
  else if (!played)
    stage_show_log (&stage);
  stage_clear (&stage);
  return played ? 0 : stage.is_interrupted ? EXIT_INTERRUPTED : 1;
}
