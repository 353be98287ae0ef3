/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-audit-read.h"

#include <errno.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/stat.h>

#include "common/relay-audit-place.h"
#include "common/relay-error.h"
#include "common/relay-json.h"

/* One of the audit's files; NULL if it is not there. */
static FILE *
open_file (guint number, GError **error)
{
  g_autofree char *name = number == 0 ? g_strdup (RELAY_AUDIT_NAME) : g_strdup_printf ("%s.%u", RELAY_AUDIT_NAME, number);
  g_autofree char *filename = g_build_filename (g_get_user_state_dir (), RELAY_AUDIT_FOLDER, name, NULL);
  FILE *file = fopen (filename, "re");

  if (file == NULL && errno != ENOENT)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "%s: %s", filename, g_strerror (errno));
  return file;
}

static gboolean
is_same_file (FILE *file, FILE *other)
{
  struct stat info;
  struct stat other_info;

  return fstat (fileno (file), &info) == 0 && fstat (fileno (other), &other_info) == 0 && info.st_dev == other_info.st_dev &&
         info.st_ino == other_info.st_ino;
}

static void
close_files (GPtrArray *files)
{
  for (guint i = 0; i < files->len; i++)
    fclose (g_ptr_array_index (files, i));
  g_ptr_array_unref (files);
}

/*
 * The files, the newest first. They are opened in that order, since the service may begin a new one meanwhile: then the next
 * name is that of a file that is open already, and none is missed.
 */
static GPtrArray *
open_files (GError **error)
{
  GPtrArray *files = g_ptr_array_new ();

  for (guint i = 0; i <= RELAY_AUDIT_N_KEPT; i++)
    {
      g_autoptr (GError) local_error = NULL;
      FILE *file = open_file (i, &local_error);

      if (local_error != NULL)
        {
          g_propagate_error (error, g_steal_pointer (&local_error));
          close_files (files);
          return NULL;
        }
      if (file == NULL)
        continue;
      if (files->len > 0 && is_same_file (file, g_ptr_array_index (files, files->len - 1)))
        fclose (file);
      else
        g_ptr_array_add (files, file);
    }

  return files;
}

static char *
dup_text (const RelayJsonSpan *span)
{
  char *text = relay_json_span_dup_string (span);

  return text != NULL ? text : g_strdup ("");
}

static gint64
read_number (const RelayJsonSpan *span)
{
  g_autofree char *text = relay_json_span_dup_raw (span);

  return text != NULL ? g_ascii_strtoll (text, NULL, 10) : 0;
}

static gboolean
read_line (CliAuditLine *line, const char *text, gsize length)
{
  static const char *const names[] = {
    "time", "account", "event", "method", "outcome", "duration_ms", "bytes", "path", NULL
  };
  RelayJsonSpan spans[G_N_ELEMENTS (names)] = { 0 };

  if (!relay_json_read_object (text, length, names, spans) || relay_json_span_kind (&spans[0]) != RELAY_JSON_STRING)
    return FALSE;

  line->raw = text;
  line->time = dup_text (&spans[0]);
  line->account = dup_text (&spans[1]);
  line->event = dup_text (&spans[2]);
  line->method = dup_text (&spans[3]);
  line->outcome = dup_text (&spans[4]);
  line->duration_ms = read_number (&spans[5]);
  line->bytes = read_number (&spans[6]);
  line->path = dup_text (&spans[7]);
  return TRUE;
}

static void
line_clear (CliAuditLine *line)
{
  g_free (line->time);
  g_free (line->account);
  g_free (line->event);
  g_free (line->method);
  g_free (line->outcome);
  g_free (line->path);
}

/* Returns: how many lines are damaged, as a crash may leave the last one */
static guint64
read_lines (FILE *file, CliAuditFunc func, gpointer user_data)
{
  char *text = NULL;
  size_t size = 0;
  ssize_t length;
  guint64 n_damaged = 0;

  while ((length = getline (&text, &size, file)) > 0)
    {
      CliAuditLine line;

      if (text[length - 1] == '\n')
        text[--length] = '\0';
      if (length == 0)
        continue;
      if (read_line (&line, text, (gsize) length))
        {
          func (&line, user_data);
          line_clear (&line);
        }
      else
        n_damaged++;
    }

  free (text);
  return n_damaged;
}

/**
 * cli_audit_read:
 * @func: called with each line, from the oldest to the newest
 * @user_data: for @func
 * @n_damaged: (out): how many lines could not be read
 * @error: return location for an error
 *
 * Reads all that there is of the audit, also while the service writes it.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR if a file cannot be opened
 */
gboolean
cli_audit_read (CliAuditFunc func, gpointer user_data, guint64 *n_damaged, GError **error)
{
  GPtrArray *files = open_files (error);

  *n_damaged = 0;
  if (files == NULL)
    return FALSE;

  for (guint i = files->len; i > 0; i--)
    *n_damaged += read_lines (g_ptr_array_index (files, i - 1), func, user_data);
  close_files (files);

  return TRUE;
}

static gint64
unit_seconds (const char *unit)
{
  static const struct {
    const char *unit;
    gint64 seconds;
  } units[] = { { "s", 1 }, { "m", 60 }, { "min", 60 }, { "h", 3600 }, { "d", 86400 }, { "w", 604800 } };

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      if (g_str_equal (units[i].unit, unit))
        return units[i].seconds;
    }

  return 0;
}

static GDateTime *
read_ago (const char *text, GDateTime *now)
{
  char *unit;
  guint64 number = g_ascii_strtoull (text, &unit, 10);

  /* so long ago that there was no computer to write it down */
  if (!g_ascii_isdigit (*text) || number > 100000 || unit_seconds (unit) == 0)
    return NULL;

  return g_date_time_add_seconds (now, (gdouble) (-(gint64) number * unit_seconds (unit)));
}

static GDateTime *
read_day (const char *text, GDateTime *now)
{
  g_autoptr (GDateTime) day = NULL;
  int n_days_ago = g_str_equal (text, "yesterday") ? 1 : 0;

  if (n_days_ago == 0 && !g_str_equal (text, "today"))
    return NULL;

  day = g_date_time_add_days (now, -n_days_ago);
  return g_date_time_new_local (g_date_time_get_year (day), g_date_time_get_month (day), g_date_time_get_day_of_month (day),
                                0, 0, 0);
}

/* A date alone begins at midnight; what names no time zone is meant here. */
static GDateTime *
read_date (const char *text)
{
  static const char minutes[] = "2026-11-23T10:00";
  g_autoptr (GTimeZone) here = g_time_zone_new_local ();
  g_autoptr (GString) whole = g_string_new (text);

  if (strpbrk (text, "Tt ") == NULL)
    g_string_append (whole, "T00:00:00");
  else if (whole->len >= strlen (minutes) && whole->str[strlen (minutes)] != ':')
    g_string_insert (whole, (gssize) strlen (minutes), ":00");

  return g_date_time_new_from_iso8601 (whole->str, here);
}

/**
 * cli_audit_read_since:
 * @text: `2h` (`s`, `m`, `h`, `d`, `w`), `today`, `yesterday`, `2026-11-23`, or a time in ISO 8601
 * @now: the time
 *
 * Returns: (transfer full) (nullable): that time as the audit's lines have it; %NULL if it is none
 */
char *
cli_audit_read_since (const char *text, GDateTime *now)
{
  g_autoptr (GDateTime) since = read_ago (text, now);
  g_autoptr (GDateTime) utc = NULL;
  g_autofree char *seconds = NULL;

  if (since == NULL)
    since = read_day (text, now);
  if (since == NULL)
    since = read_date (text);
  if (since == NULL)
    return NULL;

  utc = g_date_time_to_utc (since);
  seconds = g_date_time_format (utc, "%Y-%m-%dT%H:%M:%S");
  return g_strdup_printf ("%s.%03dZ", seconds, g_date_time_get_microsecond (utc) / 1000);
}
