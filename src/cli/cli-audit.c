/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <string.h>

#include "cli/cli-audit-read.h"
#include "cli/cli-render.h"
#include "common/relay-text.h"

#define RED "\033[31m"
#define YELLOW "\033[33m"
#define DIM "\033[2m"
#define NORMAL "\033[0m"

/* What is asked for, and what was found. */
typedef struct {
  const char *account_id; /* (nullable) the only one to show */
  const char *since;      /* (nullable) the first time to show */
  gboolean as_json;
  CliStyle style;
  GTree *accounts; /* (owned) ids of all accounts that there are lines of */
  guint64 n_shown;
} Audit;

static char *
dup_local_time (const char *time)
{
  g_autoptr (GDateTime) utc = g_date_time_new_from_iso8601 (time, NULL);
  g_autoptr (GDateTime) local = utc != NULL ? g_date_time_to_local (utc) : NULL;

  return local != NULL ? g_date_time_format (local, "%Y-%m-%d %H:%M:%S") : relay_text_clean (time, -1, 19, NULL);
}

static char *
dup_duration (const CliAuditLine *line)
{
  if (g_str_equal (line->event, "denied") || g_str_equal (line->event, "lost") || g_str_equal (line->event, "url-changed"))
    return g_strdup ("");

  return g_strdup_printf ("%.3f s", (double) line->duration_ms / 1000);
}

static const char *
get_color (const CliAuditLine *line)
{
  if (g_str_equal (line->event, "denied") || g_str_equal (line->event, "url-changed") || g_str_equal (line->event, "lost"))
    return RED;
  if (g_str_has_prefix (line->outcome, "failed"))
    return YELLOW;

  return g_str_equal (line->event, "request") ? NORMAL : DIM;
}

/* Appends @text, and blanks up to @width characters; what is longer moves the rest of the line. */
static void
append_cell (GString *out, const char *text, glong width)
{
  /* the service has cleaned it, but others may have written to the file */
  g_autofree char *clean = relay_text_clean (text, -1, RELAY_TEXT_MAX_MESSAGE, NULL);
  glong length = g_utf8_strlen (clean, -1);

  g_string_append_printf (out, "%s%*s", clean, (int) MAX (width - length, 0) + 2, "");
}

static void
print_row (const CliAuditLine *line, CliStyle style)
{
  g_autoptr (GString) out = g_string_new (NULL);
  g_autofree char *time = dup_local_time (line->time);
  g_autofree char *duration = dup_duration (line);
  g_autofree char *bytes = line->bytes > 0 ? g_format_size ((guint64) line->bytes) : g_strdup ("");

  append_cell (out, time, 19);
  append_cell (out, line->account, 10);
  append_cell (out, line->event, 7);
  append_cell (out, line->method, 25);
  append_cell (out, line->outcome, 8);
  append_cell (out, duration, 9);
  append_cell (out, bytes, 9);
  append_cell (out, line->path, 0);
  g_strchomp (out->str);

  if (style == CLI_STYLE_TERMINAL)
    g_print ("%s%s" NORMAL "\n", get_color (line), out->str);
  else
    g_print ("%s\n", out->str);
}

static void
on_line (const CliAuditLine *line, gpointer user_data)
{
  Audit *self = user_data;

  if (*line->account != '\0' && g_tree_lookup (self->accounts, line->account) == NULL)
    g_tree_insert (self->accounts, g_strdup (line->account), GINT_TO_POINTER (TRUE));

  /* lines that were lost may have been any account's */
  if (self->account_id != NULL && *line->account != '\0' && !g_str_equal (line->account, self->account_id))
    return;
  if (self->since != NULL && strcmp (line->time, self->since) < 0)
    return;

  self->n_shown++;
  if (self->as_json)
    puts (line->raw); /* not in the locale's encoding: JSON is UTF-8 */
  else
    print_row (line, self->style);
}

static gboolean
append_id (gpointer key, gpointer value, gpointer user_data)
{
  GString *out = user_data;

  g_string_append_printf (out, "%s%s", out->len > 0 ? ", " : "", (const char *) key);
  return FALSE;
}

static CliExit
conclude (Audit *self, guint64 n_damaged)
{
  g_autoptr (GString) known = g_string_new (NULL);

  if (n_damaged > 0)
    g_printerr (g_dngettext (GETTEXT_PACKAGE, "gangway: %u damaged line of the audit was left out\n",
                             "gangway: %u damaged lines of the audit were left out\n", n_damaged),
                (guint) n_damaged);

  if (self->account_id != NULL && g_tree_lookup (self->accounts, self->account_id) == NULL)
    {
      g_tree_foreach (self->accounts, append_id, known);
      if (known->len > 0)
        g_printerr (_ ("gangway: there is nothing of an account “%s” in the audit, only of: %s\n"), self->account_id,
                    known->str);
      else
        g_printerr (_ ("gangway: there is nothing of an account “%s” in the audit, nor of any other\n"), self->account_id);
      return CLI_NO_ACCOUNT;
    }

  if (self->n_shown == 0 && !self->as_json)
    g_print ("%s\n", self->since != NULL ? _ ("Nothing since then.") : _ ("Nothing was written down yet."));
  return CLI_DONE;
}

static int
compare_ids (gconstpointer a, gconstpointer b, gpointer user_data)
{
  return strcmp (a, b);
}

static CliExit
show_audit (Audit *self)
{
  g_autoptr (GTree) accounts = g_tree_new_full (compare_ids, NULL, g_free, NULL);
  g_autoptr (GError) error = NULL;
  guint64 n_damaged;

  self->accounts = accounts;
  if (!cli_audit_read (on_line, self, &n_damaged, &error))
    {
      g_printerr (_ ("gangway: cannot read the audit: %s\n"), error->message);
      return CLI_FAILED;
    }

  return conclude (self, n_damaged);
}

/**
 * cli_run_audit:
 * @argc: the number of arguments
 * @argv: the arguments
 *
 * Runs `gangway audit`. It reads the files, and needs no service.
 *
 * Returns: what to exit with
 */
CliExit
cli_run_audit (int argc, char **argv)
{
  g_autofree char *when = NULL;
  g_autofree char *since = NULL;
  Audit self = { .style = cli_render_style () };
  const GOptionEntry entries[] = {
    { "since", 0, 0, G_OPTION_ARG_STRING, &when, NULL, NULL },
    { "json", 0, 0, G_OPTION_ARG_NONE, &self.as_json, NULL, NULL },
    G_OPTION_ENTRY_NULL,
  };
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();

  if (!cli_parse ("audit", entries, &argc, &argv, 1))
    return CLI_USAGE;
  if (when != NULL)
    {
      since = cli_audit_read_since (when, now);
      if (since == NULL)
        {
          g_printerr (_ ("gangway audit: “%s” is no time: write 2h, 3d, today, yesterday, 2026-11-23 or 2026-11-23T14:00\n"),
                      when);
          return CLI_USAGE;
        }
    }

  self.account_id = argv[1];
  self.since = since;
  return show_audit (&self);
}
