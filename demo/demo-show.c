/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "demo-show.h"

#include <locale.h>
#include <stdio.h>
#include <string.h>
#include <unistd.h>

static struct {
  const char *bold;
  const char *dim;
  const char *green;
  const char *red;
  const char *cyan;
  const char *normal;
  const char *arrow;
  gint64 act_began_us;
} style = { "", "", "", "", "", "", "->", 0 };

/**
 * show_init:
 *
 * Looks whether standard output is a terminal, and whether it can show more than ASCII.
 */
void
show_init (void)
{
  const char *no_color = g_getenv ("NO_COLOR");
  gboolean has_color =
      isatty (STDOUT_FILENO) && g_strcmp0 (g_getenv ("TERM"), "dumb") != 0 && (no_color == NULL || *no_color == '\0');

  setlocale (LC_ALL, "");
  if (g_get_charset (NULL))
    style.arrow = "→";
  if (has_color)
    {
      style.bold = "\033[1m";
      style.dim = "\033[2m";
      style.green = "\033[32m";
      style.red = "\033[31m";
      style.cyan = "\033[36m";
      style.normal = "\033[0m";
    }
  setvbuf (stdout, NULL, _IONBF, 0);
}

/**
 * show_is_terminal:
 *
 * Returns: %TRUE if somebody reads while it is played
 */
gboolean
show_is_terminal (void)
{
  return isatty (STDOUT_FILENO) != 0;
}

/**
 * show_title:
 * @text: what this is
 */
void
show_title (const char *text)
{
  printf ("%s%s%s\n", style.bold, text, style.normal);
}

/**
 * show_act:
 * @number: the act's number
 * @title: what happens in it
 * @why: what to watch for
 *
 * Begins an act; its lines show the milliseconds since.
 */
void
show_act (guint number, const char *title, const char *why)
{
  style.act_began_us = g_get_monotonic_time ();
  printf ("\n%s%s%u  %s%s\n   %s%s%s\n", style.bold, style.cyan, number, title, style.normal, style.dim, why, style.normal);
}

/**
 * show_frame:
 * @from: who sends
 * @to: who receives
 * @format: as for printf(): what
 * @...: what @format asks for
 *
 * Shows that something went from one to the other.
 */
void
show_frame (const char *from, const char *to, const char *format, ...)
{
  g_autofree char *text = NULL;
  va_list args;

  va_start (args, format);
  text = g_strdup_vprintf (format, args);
  va_end (args);
  printf ("   %s%5" G_GINT64_FORMAT " ms%s  %8s %s %-8s  %s\n", style.dim,
          (g_get_monotonic_time () - style.act_began_us) / 1000, style.normal, from, style.arrow, to, text);
}

/**
 * show_note:
 * @format: as for printf()
 * @...: what @format asks for
 *
 * Shows a remark.
 */
void
show_note (const char *format, ...)
{
  va_list args;

  printf ("   ");
  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("\n");
}

/**
 * show_word:
 * @text: what comes next on the line
 *
 * Shows a piece of a line at once.
 */
void
show_word (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);
  g_autofree char *indented = g_strjoinv ("\n            ", lines);

  printf ("%s%s%s", style.green, indented, style.normal);
}

/**
 * show_command:
 * @command: a command line
 *
 * Shows what a user would type.
 */
void
show_command (const char *command)
{
  printf ("   %s$ %s%s\n", style.bold, command, style.normal);
}

/**
 * show_output:
 * @text: what a command printed
 *
 * Shows it, indented.
 */
void
show_output (const char *text)
{
  g_auto (GStrv) lines = g_strsplit (text, "\n", -1);

  for (guint i = 0; lines[i] != NULL; i++)
    {
      if (lines[i + 1] != NULL || *lines[i] != '\0')
        printf ("   %s%s\n", *lines[i] != '\0' ? "  " : "", lines[i]);
    }
}

/**
 * show_good:
 * @format: as for printf()
 * @...: what @format asks for
 *
 * Shows that something is as it should be.
 */
void
show_good (const char *format, ...)
{
  va_list args;

  printf ("   %s%s ", style.green, g_get_charset (NULL) ? "✓" : "ok:");
  va_start (args, format);
  vprintf (format, args);
  va_end (args);
  printf ("%s\n", style.normal);
}

/**
 * show_bad:
 * @format: as for printf()
 * @...: what @format asks for
 *
 * Shows what failed, on standard error.
 */
void
show_bad (const char *format, ...)
{
  va_list args;

  fprintf (stderr, "\n%sdemo: ", isatty (STDERR_FILENO) ? style.red : "");
  va_start (args, format);
  vfprintf (stderr, format, args);
  va_end (args);
  fprintf (stderr, "%s\n", isatty (STDERR_FILENO) ? style.normal : "");
}
