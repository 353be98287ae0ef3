/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-log.h"

#include <stdio.h>
#include <string.h>
#include <unistd.h>

#define MAX_FIELDS 6

static gboolean log_installed;
static gboolean log_verbose;
static gboolean log_to_journal;

static const char *
level_to_priority (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_ERROR)
    return "3";
  if (level & (G_LOG_LEVEL_CRITICAL | G_LOG_LEVEL_WARNING))
    return "4";
  if (level & G_LOG_LEVEL_MESSAGE)
    return "5";
  if (level & G_LOG_LEVEL_INFO)
    return "6";
  return "7";
}

static const char *
level_to_word (GLogLevelFlags level)
{
  if (level & G_LOG_LEVEL_ERROR)
    return "error: ";
  if (level & G_LOG_LEVEL_CRITICAL)
    return "critical: ";
  if (level & G_LOG_LEVEL_WARNING)
    return "warning: ";
  if (level & G_LOG_LEVEL_DEBUG)
    return "debug: ";
  return "";
}

static gboolean
log_would_drop (GLogLevelFlags level, const char *domain)
{
  /* What other libraries tell their developers is of no use to the people who read this log. */
  if (!log_installed || g_strcmp0 (domain, G_LOG_DOMAIN) != 0)
    return g_log_writer_default_would_drop (level, domain);

  return (level & G_LOG_LEVEL_DEBUG) != 0 && !log_verbose && g_log_writer_default_would_drop (level, domain);
}

static void
append_field (GString *line, const GLogField *fields, gsize n_fields, const char *key, const char *suffix)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, key) != 0)
        continue;

      g_string_append_len (line, fields[i].value, fields[i].length); /* -1 means up to the NUL, here as there */
      g_string_append (line, suffix);
    }
}

static void
write_to_stderr (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%H:%M:%S");
  g_autoptr (GString) line = g_string_new (time);

  g_string_append_printf (line, ".%03d ", g_date_time_get_microsecond (now) / 1000);
  append_field (line, fields, n_fields, "GANGWAY_ACCOUNT", " ");
  append_field (line, fields, n_fields, "GANGWAY_STEP", " ");
  append_field (line, fields, n_fields, "GANGWAY_METHOD", " ");
  g_string_append (line, level_to_word (level));
  append_field (line, fields, n_fields, "MESSAGE", "\n");

  /* One write per line, so that lines of several processes stay whole. Nothing can be done about a closed stderr. */
  fwrite (line->str, 1, line->len, stderr);
  fflush (stderr);
}

/* GLib names no program, by which `journalctl -t` finds what a program wrote. */
static gboolean
write_to_journal (GLogLevelFlags level, const GLogField *fields, gsize n_fields)
{
  g_autofree GLogField *named = g_new (GLogField, n_fields + 1);

  memcpy (named, fields, n_fields * sizeof *fields);
  named[n_fields] = (GLogField){ "SYSLOG_IDENTIFIER", g_get_prgname (), -1 };

  return g_log_writer_journald (level, named, n_fields + 1, NULL) == G_LOG_WRITER_HANDLED;
}

static GLogWriterOutput
log_writer (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  const char *domain = NULL;

  for (gsize i = 0; i < n_fields; i++)
    {
      if (strcmp (fields[i].key, "GLIB_DOMAIN") == 0)
        domain = fields[i].value;
    }

  if (log_would_drop (level, domain))
    return G_LOG_WRITER_HANDLED;
  if (log_to_journal && write_to_journal (level, fields, n_fields))
    return G_LOG_WRITER_HANDLED;

  write_to_stderr (level, fields, n_fields);
  return G_LOG_WRITER_HANDLED;
}

static void
drop_message (const char *domain, GLogLevelFlags level, const char *message, gpointer user_data)
{
}

/**
 * relay_log_install:
 * @verbose: whether debug messages are written too
 *
 * Sends all that is logged in this process to the journal if stderr is connected to it, else to stderr as lines for a
 * person. To be called once, before any thread is started.
 */
void
relay_log_install (gboolean verbose)
{
  log_installed = TRUE;
  log_verbose = verbose;
  log_to_journal = g_log_writer_is_journald (fileno (stderr));
  g_log_set_writer_func (log_writer, NULL, NULL);

  /* libsoup logs every frame several times, and quotes peers: drop that where it is cheapest, before it is made a structured
   * message */
  g_log_set_handler ("libsoup", G_LOG_LEVEL_DEBUG, drop_message, NULL);
}

/**
 * relay_log:
 * @level: %G_LOG_LEVEL_DEBUG for what only `--verbose` shows, %G_LOG_LEVEL_INFO for steps and requests,
 *   %G_LOG_LEVEL_MESSAGE for what a user should know, %G_LOG_LEVEL_WARNING for what a user should change
 * @account: (nullable): the id of the account it is about
 * @step: (nullable): how far the session's link has come
 * @method: (nullable): the request's method; a peer's text must have gone through relay_text_clean()
 * @format: the message, without a line end; never with keys, tokens or frame contents
 * @...: for @format
 *
 * Writes one structured line to the log, with the fields `GANGWAY_ACCOUNT`, `GANGWAY_STEP` and `GANGWAY_METHOD`.
 */
void
relay_log (GLogLevelFlags level, const char *account, const char *step, const char *method, const char *format, ...)
{
  GLogField fields[MAX_FIELDS];
  gsize n_fields = 0;
  g_autofree char *message = NULL;
  va_list args;

  if (log_would_drop (level, G_LOG_DOMAIN))
    return;

  va_start (args, format);
  message = g_strdup_vprintf (format, args);
  va_end (args);

  fields[n_fields++] = (GLogField){ "MESSAGE", message, -1 };
  fields[n_fields++] = (GLogField){ "PRIORITY", level_to_priority (level), -1 };
  fields[n_fields++] = (GLogField){ "GLIB_DOMAIN", G_LOG_DOMAIN, -1 };
  if (account != NULL)
    fields[n_fields++] = (GLogField){ "GANGWAY_ACCOUNT", account, -1 };
  if (step != NULL)
    fields[n_fields++] = (GLogField){ "GANGWAY_STEP", step, -1 };
  if (method != NULL)
    fields[n_fields++] = (GLogField){ "GANGWAY_METHOD", method, -1 };

  g_log_structured_array (level, fields, n_fields);
}
