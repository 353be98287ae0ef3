/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"

#include <glib/gstdio.h>
#include <string.h>

/* `gangway audit`: what it shows of files that are there, without the service. */

enum {
  EXIT_DONE,
  EXIT_FAILED,
  EXIT_USAGE,
  EXIT_NOT_RUNNING,
  EXIT_NO_ACCOUNT,
};

static char *
make_line (const char *time, const char *account, const char *event, const char *method, const char *outcome)
{
  return g_strdup_printf ("{\"time\":\"%s\",\"account\":\"%s\",\"event\":\"%s\",\"method\":\"%s\",\"outcome\":\"%s\","
                          "\"duration_ms\":1250,\"bytes\":2048,\"path\":\"notes/a.md\"}\n",
                          time, account, event, method, outcome);
}

/* A line of that many seconds ago. */
static char *
make_line_ago (int seconds, const char *account)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GDateTime) then = g_date_time_add_seconds (now, -seconds);
  g_autofree char *time = g_date_time_format (then, "%Y-%m-%dT%H:%M:%S.000Z");

  return make_line (time, account, "request", "workspace.ls", "ok");
}

/* Four files with a line each, of the accounts 3, 2, 1 and 0, from the oldest to the newest. Returns all of it. */
static char *
fill_files (ServiceFixture *self)
{
  GString *all = g_string_new (NULL);

  for (int i = 3; i >= 0; i--)
    {
      g_autofree char *account = g_strdup_printf ("%d", i);
      g_autofree char *line = make_line_ago (i * 3600 + 60, account);

      audit_prefill (self, (guint) i, line);
      g_string_append (all, line);
    }

  return g_string_free (all, FALSE);
}

static void
expect_output (ServiceFixture *self, const char *const *arguments, int exit_code, const char *output)
{
  const char *argv[8] = { GANGWAY, "audit" };
  g_autoptr (Program) program = NULL;

  for (guint i = 0; arguments[i] != NULL; i++)
    argv[i + 2] = arguments[i];
  program = program_run (self, argv);
  g_assert_cmpstr (program->output, ==, output);
  g_assert_cmpint (program->exit_code, ==, exit_code);
  if (exit_code != EXIT_DONE)
    g_assert_cmpstr (program->errors, !=, "");
}

#define expect(self, code, output, ...) expect_output ((self), (const char *const[]){ __VA_ARGS__, NULL }, (code), (output))

static void
test_json_is_the_lines (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *all = fill_files (self);

  expect (self, EXIT_DONE, all, "--json");

  /* whatever the locale's encoding */
  audit_prefill (self, 0, "{\"time\":\"2026-11-23T10:00:00.000Z\",\"account\":\"0\",\"path\":\"\xc3\xa4\"}\n");
  service_setenv (self, "LC_ALL", "C");
  expect (self, EXIT_DONE, "{\"time\":\"2026-11-23T10:00:00.000Z\",\"account\":\"0\",\"path\":\"\xc3\xa4\"}\n", "0",
          "--json");
}

static void
test_account (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *all = fill_files (self);
  g_auto (GStrv) lines = g_strsplit (all, "\n", -1);
  g_autofree char *two = g_strconcat (lines[1], "\n", NULL);
  g_autoptr (Program) other = NULL;

  expect (self, EXIT_DONE, two, "2", "--json");
  expect (self, EXIT_NO_ACCOUNT, "", "other", "--json");
  expect (self, EXIT_NO_ACCOUNT, "", "other");
  other = program_run_gangway (self, "audit", "other");
  g_assert_nonnull (strstr (other->errors, "“other”"));
  g_assert_nonnull (strstr (other->errors, "0, 1, 2, 3"));
}

static void
test_since (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *all = fill_files (self);
  g_auto (GStrv) lines = g_strsplit (all, "\n", -1);
  g_autofree char *last = g_strconcat (lines[3], "\n", NULL);
  g_autofree char *last_two = g_strconcat (lines[2], "\n", lines[3], "\n", NULL);

  expect (self, EXIT_DONE, last_two, "--json", "--since", "2h");
  expect (self, EXIT_DONE, last_two, "--json", "--since", "90m");
  expect (self, EXIT_DONE, last, "--json", "--since", "120s");
  expect (self, EXIT_DONE, "", "--json", "--since", "1s");
  expect (self, EXIT_DONE, "", "--json", "3", "--since", "2h");
  expect (self, EXIT_DONE, "Nothing since then.\n", "--since", "1s");
  expect (self, EXIT_DONE, all, "--json", "--since", "2d");
  expect (self, EXIT_DONE, all, "--json", "--since", "1w");
  expect (self, EXIT_DONE, all, "--json", "--since", "2000-01-01");
}

static void
test_since_a_date (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *before = make_line ("2026-11-22T22:59:59.999Z", "a", "connect", "", "ok");
  g_autofree char *after = make_line ("2026-11-22T23:00:00.000Z", "a", "close", "", "ok");
  g_autofree char *both = g_strconcat (before, after, NULL);

  /* a date is one of this place */
  service_setenv (self, "TZ", "UTC-1");
  audit_prefill (self, 0, both);
  expect (self, EXIT_DONE, after, "--json", "--since", "2026-11-23");
  expect (self, EXIT_DONE, after, "--json", "--since", "2026-11-23T00:00");
  expect (self, EXIT_DONE, after, "--json", "--since", "2026-11-23 00:00:00");
  expect (self, EXIT_DONE, after, "--json", "--since", "2026-11-22T23:00Z");
  expect (self, EXIT_DONE, after, "--json", "--since", "2026-11-22T23:00:00.000Z");
  expect (self, EXIT_DONE, both, "--json", "--since", "2026-11-22T22:59:59Z");
  expect (self, EXIT_DONE, both, "--json", "--since", "2026-11-22");
}

static void
test_since_a_day (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_utc ();
  g_autoptr (GString) all = g_string_new (NULL);
  g_autofree char *today = NULL;
  char *lines[3];

  service_setenv (self, "TZ", "UTC");
  for (int i = 2; i >= 0; i--)
    {
      g_autoptr (GDateTime) day = g_date_time_add_days (now, -i);
      g_autofree char *midnight = g_date_time_format (day, "%Y-%m-%dT00:00:00.000Z");

      lines[i] = make_line (midnight, "a", "connect", "", "ok");
      g_string_append (all, lines[i]);
    }
  audit_prefill (self, 0, all->str);
  today = g_strdup (lines[0]);
  expect (self, EXIT_DONE, today, "--json", "--since", "today");
  expect (self, EXIT_DONE, all->str + strlen (lines[2]), "--json", "--since", "yesterday");
  for (guint i = 0; i < G_N_ELEMENTS (lines); i++)
    g_free (lines[i]);
}

static void
test_usage (ServiceFixture *self, gconstpointer data)
{
  static const char *const wrong[] = {
    "", "h", "2", "2x", "-2h", "tomorrow", "2026-13-01", "2026-11-23T25:00", "999999999999h"
  };

  for (guint i = 0; i < G_N_ELEMENTS (wrong); i++)
    {
      g_autofree char *option = g_strconcat ("--since=", wrong[i], NULL);

      expect (self, EXIT_USAGE, "", option);
    }
  expect (self, EXIT_USAGE, "", "--jsno");
  expect (self, EXIT_USAGE, "", "a", "b");
}

static void
test_nothing (ServiceFixture *self, gconstpointer data)
{
  expect (self, EXIT_DONE, "Nothing was written down yet.\n", NULL);
  expect (self, EXIT_DONE, "", "--json");
  expect (self, EXIT_NO_ACCOUNT, "", "platform");
}

static void
test_table (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *ok = make_line ("2026-11-23T10:00:00.000Z", "platform", "request", "workspace.ls", "ok");
  g_autofree char *denied = make_line ("2026-11-23T10:00:01.000Z", "a", "denied", "secret\\u001b[31m", "denied");
  g_autofree char *both = g_strconcat (ok, denied, NULL);

  service_setenv (self, "TZ", "UTC");
  audit_prefill (self, 0, both);
  expect (self, EXIT_DONE,
          "2026-11-23 10:00:00  platform    request  workspace.ls               ok        1.250 s    2.0\xc2\xa0kB"
          "     notes/a.md\n"
          "2026-11-23 10:00:01  a           denied   secret\\u001b[31m           denied               2.0\xc2\xa0kB"
          "     notes/a.md\n",
          NULL);
}

/* What a crash has left, or somebody has written, is passed over, and that is said. */
/* The space in a figure is one that a locale can lack. */
static void
test_plain_locale (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *all = fill_files (self);
  g_autoptr (Program) program = NULL;

  service_setenv (self, "LC_ALL", "C");
  program = program_run_gangway (self, "audit");
  g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
  g_assert_nonnull (strstr (program->output, "2.0 kB"));
}

static void
test_damaged_lines (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *line = make_line_ago (60, "a");
  g_autofree char *text = g_strconcat ("{\"time\":\"20\n\n[]\n", line, "{\"time\":7}\n{\"ti", NULL);
  g_autoptr (Program) program = NULL;

  audit_prefill (self, 0, text);
  program = program_run_gangway (self, "audit", "--json");
  g_assert_cmpint (program->exit_code, ==, EXIT_DONE);
  g_assert_cmpstr (program->output, ==, line);
  g_assert_nonnull (strstr (program->errors, "4 damaged lines"));
}

static void
test_unreadable (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->dir, "gangway", NULL);
  g_autoptr (Program) program = NULL;

  g_assert_true (g_file_set_contents (folder, "", 0, NULL));
  program = program_run_gangway (self, "audit");
  g_assert_cmpint (program->exit_code, ==, EXIT_FAILED);
  g_assert_nonnull (strstr (program->errors, "cannot read the audit"));
}

/* Of a service that runs, with what it did last. */
static void
test_of_a_running_service (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) answer = NULL;
  g_autoptr (Program) table = NULL;
  g_autoptr (Program) json = NULL;
  g_autofree char *text = NULL;

  service_start (self);
  fake_platform_wait_ready (self->platform);
  answer = fake_platform_request (self->platform, "platform.session.resolve", "{\"userId\":\"u\"}");
  audit_wait_until (audit_count (self) == 2);
  table = program_run_gangway (self, "audit", "platform", "--since", "1m");
  json = program_run_gangway (self, "audit", "--json");
  text = audit_read_text (self, 0);

  g_assert_cmpint (table->exit_code, ==, EXIT_DONE);
  g_assert_nonnull (strstr (table->output, "connect"));
  g_assert_nonnull (strstr (table->output, "platform.session.resolve"));
  g_assert_null (strchr (table->output, '\033'));
  g_assert_cmpstr (json->output, ==, text);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/cli/audit/json-is-the-lines", test_json_is_the_lines);
  service_test_add ("/cli/audit/account", test_account);
  service_test_add ("/cli/audit/since", test_since);
  service_test_add ("/cli/audit/since-a-date", test_since_a_date);
  service_test_add ("/cli/audit/since-a-day", test_since_a_day);
  service_test_add ("/cli/audit/usage", test_usage);
  service_test_add ("/cli/audit/nothing", test_nothing);
  service_test_add ("/cli/audit/table", test_table);
  service_test_add ("/cli/audit/plain-locale", test_plain_locale);
  service_test_add ("/cli/audit/damaged-lines", test_damaged_lines);
  service_test_add ("/cli/audit/unreadable", test_unreadable);
  service_test_add ("/cli/audit/of-a-running-service", test_of_a_running_service);

  return g_test_run ();
}
