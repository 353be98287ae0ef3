/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

/* The audit's file: whole lines, private, rotated, whatever the disk and the process do. */

#define MIB (1024 * 1024)
#define OLD_LINE                                                                                                            \
  "{\"time\":\"2026-01-01T00:00:00.000Z\",\"account\":\"old\",\"event\":\"connect\",\"method\":\"\",\"outcome\":\"ok\","    \
  "\"duration_ms\":1,\"bytes\":0,\"path\":\"%s\"}\n"

static Program *
start_daemon (ServiceFixture *self)
{
  Program *daemon = program_start_gangwayd (self, NULL);

  fake_platform_wait_ready (self->platform);
  return daemon;
}

static void
resolve (ServiceFixture *self)
{
  g_autoptr (FakeMessage) answer =
      fake_platform_request (self->platform, "platform.session.resolve", "{\"userId\":\"ann\"}");

  g_assert_true (fake_message_has (answer, "ok", "true"));
}

static guint
get_mode (const char *path)
{
  struct stat info;

  g_assert_cmpint (stat (path, &info), ==, 0);
  return info.st_mode & 07777;
}

static char *
make_file_of (gsize size, const char *mark)
{
  g_autofree char *line = g_strdup_printf (OLD_LINE, mark);
  GString *text = g_string_new (NULL);

  while (text->len + strlen (line) <= size)
    g_string_append (text, line);

  return g_string_free (text, FALSE);
}

static void
expect_text (ServiceFixture *self, guint number, const char *expected)
{
  g_autofree char *text = audit_read_text (self, number);

  g_assert_cmpuint (strlen (text), ==, strlen (expected));
  g_assert_true (g_str_equal (text, expected));
}

/* Whether the current file has lines, but few. */
static gboolean
is_new (ServiceFixture *self)
{
  g_autofree char *text = audit_read_text (self, 0);

  return *text != '\0' && strlen (text) < 10000;
}

static void
test_rotated_at_4_mib (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *full = make_file_of (4 * MIB, "full");
  g_autofree char *one = make_file_of (1000, "one");
  g_autofree char *two = make_file_of (2000, "two");
  g_autofree char *path = audit_path (self, 1);
  g_autofree char *fourth = audit_path (self, 4);
  g_autoptr (Program) daemon = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  audit_prefill (self, 0, full);
  audit_prefill (self, 1, one);
  audit_prefill (self, 2, two);
  audit_prefill (self, 3, "{}\n");
  daemon = start_daemon (self);
  audit_wait_until (is_new (self));

  lines = audit_read (self);
  audit_find (lines, "account", "platform");
  expect_text (self, 1, full);
  expect_text (self, 2, one);
  expect_text (self, 3, two);
  g_assert_cmpuint (get_mode (path), ==, 0600);
  g_assert_false (g_file_test (fourth, G_FILE_TEST_EXISTS));
  audit_end_daemon (daemon);
}

/* The file before is as full as it may be, and a line more is not. */
static void
test_not_rotated_before (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *most = make_file_of (4 * MIB - 1000, "most");
  g_autofree char *first = audit_path (self, 1);
  g_autoptr (Program) daemon = NULL;
  guint n_before;

  audit_prefill (self, 0, most);
  n_before = audit_count (self);
  daemon = start_daemon (self);
  audit_wait_until (audit_count (self) == n_before + 1);
  g_assert_false (g_file_test (first, G_FILE_TEST_EXISTS));
  for (guint i = 0; i < 10; i++)
    resolve (self);
  audit_wait_until (audit_count (self) == n_before + 11);
  g_assert_true (is_new (self));
  g_assert_true (g_file_test (first, G_FILE_TEST_EXISTS));
  audit_end_daemon (daemon);
}

static void
test_modes_are_repaired (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->dir, "gangway", NULL);
  g_autofree char *path = audit_path (self, 0);
  g_autoptr (Program) daemon = NULL;

  audit_prefill (self, 0, "");
  g_assert_cmpint (g_chmod (path, 0644), ==, 0);
  g_assert_cmpint (g_chmod (folder, 0755), ==, 0);
  daemon = start_daemon (self);
  audit_wait_until (audit_count (self) == 1);
  g_assert_cmpuint (get_mode (path), ==, 0600);
  g_assert_cmpuint (get_mode (folder), ==, 0700);

  /* also later */
  g_assert_cmpint (g_chmod (path, 0666), ==, 0);
  resolve (self);
  audit_wait_until (audit_count (self) == 2);
  g_assert_cmpuint (get_mode (path), ==, 0600);

  audit_end_daemon (daemon);
  g_assert_nonnull (strstr (daemon->errors, "audit.jsonl was open to other users (mode 0644)"));
  g_assert_nonnull (strstr (daemon->errors, "audit.jsonl was open to other users (mode 0666)"));
  g_assert_nonnull (strstr (daemon->errors, "gangway was open to other users (mode 0755)"));
}

static void
test_torn_line_is_ended (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = NULL;
  g_autofree char *text = NULL;

  audit_prefill (self, 0, "{\"time\":\"2026-01-01T00:00:00.000Z\",\"acc");
  daemon = start_daemon (self);
  audit_wait_until (audit_count (self) == 2);
  text = audit_read_text (self, 0);
  g_assert_true (g_str_has_prefix (text, "{\"time\":\"2026-01-01T00:00:00.000Z\",\"acc\n{\"time\":\"20"));
  audit_end_daemon (daemon);
}

/* What it must not write to it does not; the relay goes on, and nothing is lost once the way is free. */
static void
test_symbolic_link_is_refused (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *path = audit_path (self, 0);
  g_autofree char *target = g_build_filename (self->dir, "target", NULL);
  g_autoptr (Program) daemon = NULL;
  g_autofree char *text = NULL;

  audit_prefill (self, 1, "");
  g_assert_true (g_file_set_contents (target, "", 0, NULL));
  g_assert_cmpint (symlink (target, path), ==, 0);
  daemon = start_daemon (self);
  resolve (self);
  g_assert_cmpint (g_unlink (path), ==, 0);
  audit_wait_until (audit_count (self) == 2);
  g_assert_true (g_file_get_contents (target, &text, NULL, NULL));
  g_assert_cmpstr (text, ==, "");

  audit_end_daemon (daemon);
  g_assert_nonnull (strstr (daemon->errors, "is a symbolic link: remove it"));
  g_assert_nonnull (strstr (daemon->errors, "the audit is written again; lines lost: 0"));
}

/* Only root can give a file away. */
static void
test_of_another_user (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *path = audit_path (self, 0);
  g_autoptr (Program) daemon = NULL;

  audit_prefill (self, 0, "");
  g_assert_cmpint (chown (path, 12345, 12345), ==, 0);
  daemon = start_daemon (self);
  resolve (self);
  audit_end_daemon (daemon);
  expect_text (self, 0, "");
  g_assert_nonnull (strstr (daemon->errors, "audit.jsonl belongs to another user: move it away"));
}

static void
test_folder_that_is_none (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->dir, "gangway", NULL);
  g_autoptr (Program) daemon = NULL;

  g_assert_true (g_file_set_contents (folder, "", 0, NULL));
  daemon = start_daemon (self);
  resolve (self);
  audit_end_daemon (daemon);
  g_assert_nonnull (strstr (daemon->errors, "the audit cannot be written: "));
  g_assert_nonnull (strstr (daemon->errors, "the audit could not be written to its end; lines lost: 3"));
}

static void
test_moved_away (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *path = audit_path (self, 0);
  g_autofree char *elsewhere = g_build_filename (self->dir, "elsewhere", NULL);
  g_autoptr (Program) daemon = start_daemon (self);

  audit_wait_until (audit_count (self) == 1);
  g_assert_cmpint (g_rename (path, elsewhere), ==, 0);
  resolve (self);
  audit_wait_until (audit_count (self) == 1);
  audit_end_daemon (daemon);
}

/* What the file may grow to, as on a full disk: `write` takes what still fits, and then nothing. */
static void
limit_files (Program *daemon, rlim_t max_bytes)
{
  struct rlimit limit = { max_bytes, RLIM_INFINITY };
  pid_t pid = (pid_t) g_ascii_strtoll (g_subprocess_get_identifier (daemon->subprocess), NULL, 10);

  g_assert_cmpint (prlimit (pid, RLIMIT_FSIZE, &limit, NULL), ==, 0);
}

static guint
count_in (const char *text, const char *part)
{
  guint n = 0;

  for (const char *p = text; (p = strstr (p, part)) != NULL; p++)
    n++;

  return n;
}

static void
test_full_disk (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = start_daemon (self);
  g_autofree char *before = NULL;
  g_autofree char *meanwhile = NULL;
  g_autoptr (GPtrArray) lines = NULL;

  audit_wait_until (audit_count (self) == 1);
  before = audit_read_text (self, 0);
  limit_files (daemon, strlen (before) + 1000);
  for (guint i = 0; i < 100; i++)
    resolve (self);
  audit_wait_until (audit_count (self) > 5);
  for (guint i = 0; i < 100; i++)
    resolve (self);
  meanwhile = audit_read_text (self, 0);
  g_assert_cmpuint (strlen (meanwhile), <=, strlen (before) + 1000);
  g_assert_true (g_str_has_suffix (meanwhile, "}\n"));

  limit_files (daemon, RLIM_INFINITY);
  audit_wait_until (audit_count (self) == 201);
  lines = audit_read (self);
  g_assert_cmpuint (lines->len, ==, 201);
  audit_end_daemon (daemon);
  g_assert_cmpuint (count_in (daemon->errors, "the audit cannot be written: "), ==, 1);
  g_assert_cmpuint (count_in (daemon->errors, "the audit is written again; lines lost: 0"), ==, 1);
}

static gboolean
has_gap_line (ServiceFixture *self)
{
  g_autofree char *text = audit_read_text (self, 0);
  g_autofree char *rotated = audit_read_text (self, 1);

  return strstr (text, "\"event\":\"lost\"") != NULL || strstr (rotated, "\"event\":\"lost\"") != NULL;
}

/* More comes than can be held: it is counted, and the gap is shown where it is. */
static void
test_full_disk_for_long (ServiceFixture *self, gconstpointer data)
{
  const guint n_requests = 4500;
  g_autoptr (Program) daemon = start_daemon (self);
  g_autoptr (GString) path = g_string_new (NULL);
  FakeConnection *platform = fake_platform_get_ready (self->platform);
  g_autoptr (GPtrArray) lines = NULL;
  const char *outcome;
  guint n_before, n_lost;

  /* lines as long as they can be */
  while (g_utf8_strlen (path->str, -1) < 300)
    g_string_append (path, "\xf0\x9f\x98\x80");
  audit_wait_until (audit_count (self) == 1);

  limit_files (daemon, 1);
  n_before = fake_connection_get_n_messages (platform);
  fake_connection_set_discard (platform, TRUE);
  for (guint i = 0; i < n_requests; i++)
    fake_connection_send_format (platform,
                                 "{\"type\":\"req\",\"id\":%u,\"method\":\"workspace.write\",\"params\":"
                                 "{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\"}}",
                                 i, path->str);
  fake_wait_until (fake_connection_get_n_messages (platform) == n_before + n_requests);
  limit_files (daemon, RLIM_INFINITY);
  audit_wait_until (has_gap_line (self));
  audit_end_daemon (daemon);

  lines = audit_read (self);
  outcome = audit_get (audit_find (lines, "event", "lost"), "outcome");
  g_assert_true (g_str_has_prefix (outcome, "failed: "));
  n_lost = (guint) g_ascii_strtoull (outcome + strlen ("failed: "), NULL, 10);
  g_test_message ("%s of %u", outcome, n_requests);
  g_assert_cmpuint (n_lost, >, 0);
  g_assert_cmpuint (audit_count_equal (lines, "method", "workspace.write") + n_lost, ==, n_requests);
  g_assert_nonnull (strstr (daemon->errors, "lines are lost until that takes some"));
}

/* Both sides ignore the close: the end is written down all the same. */
static void
test_written_to_its_end (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) daemon = start_daemon (self);
  g_autoptr (GPtrArray) lines = NULL;
  guint n_lines;

  fake_connection_set_ignore_close (fake_platform_get_ready (self->platform), TRUE);
  fake_connection_set_ignore_close (fake_peer_get_connection (FAKE_PEER (self->gateway)), TRUE);
  fake_gateway_set_answering (self->gateway, "chat.history", FAKE_ANSWER_NEVER);
  for (guint i = 0; i < 500; i++)
    g_free (fake_platform_send_request (self->platform, "platform.chat.history", "{\"userId\":\"ann\"}"));
  resolve (self);
  audit_end_daemon (daemon);

  lines = audit_read (self);
  n_lines = lines->len;
  g_assert_cmpuint (n_lines, ==, 1 + 1 + 500 + 1);
  g_assert_cmpstr (audit_get (g_ptr_array_index (lines, n_lines - 1), "event"), ==, "close");
}

/* What was answered until a process is killed, in order. */
typedef struct {
  ServiceFixture *fixture;
  GPtrArray *ids;   /* (owned) of char */
  GArray *times_us; /* (owned) of gint64 */
  guint n_sent;
} Answers;

static void
send_next (Answers *self)
{
  g_autofree char *params = g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"p%u\"}", ++self->n_sent);

  g_free (fake_platform_send_request (self->fixture->platform, "workspace.ls", params));
}

static void
on_answer (FakeConnection *connection, FakeMessage *message, Answers *self)
{
  gint64 now_us = g_get_monotonic_time ();
  JsonParser *parser = json_parser_new ();

  g_assert_true (json_parser_load_from_data (parser, message->text, (gssize) message->length, NULL));
  g_ptr_array_add (self->ids, g_strdup (audit_get (json_node_get_object (json_parser_get_root (parser)), "id")));
  g_array_append_val (self->times_us, now_us);
  g_object_unref (parser);
  send_next (self);
}

/* The paths of the lines, which are the ids of the requests, in order. */
static GPtrArray *
read_audited_ids (ServiceFixture *self)
{
  g_autoptr (GPtrArray) lines = audit_read (self);
  GPtrArray *ids = g_ptr_array_new_with_free_func (g_free);

  for (guint i = 0; i < lines->len; i++)
    {
      JsonObject *line = g_ptr_array_index (lines, i);

      if (g_str_equal (audit_get (line, "method"), "workspace.ls"))
        g_ptr_array_add (ids, g_strdup (audit_get (line, "path")));
    }

  return ids;
}

/*
 * The promise: the line of a request is queued before its answer is sent, and written within a second. So a crash loses at
 * most the last second's lines, no others, and leaves no line twice.
 */
static void
test_killed (ServiceFixture *self, gconstpointer data)
{
  const gint64 promise_us = G_USEC_PER_SEC;
  g_autofree char *workspace = g_build_filename (self->dir, "ws", NULL);
  g_autoptr (Program) daemon = NULL;
  g_autoptr (Program) second = NULL;
  g_autoptr (GPtrArray) audited = NULL;
  Answers answers = { .fixture = self };
  gint64 begin_us, kill_us;
  guint n_owed = 0;

  g_mkdir (workspace, 0700);
  fake_gateway_add_agent (self->gateway, "main", workspace);
  daemon = start_daemon (self);
  answers.ids = g_ptr_array_new_with_free_func (g_free);
  answers.times_us = g_array_new (FALSE, FALSE, sizeof (gint64));
  g_signal_connect (fake_platform_get_ready (self->platform), "message", G_CALLBACK (on_answer), &answers);
  for (guint i = 0; i < 20; i++)
    send_next (&answers);
  begin_us = g_get_monotonic_time ();
  audit_wait_until (g_get_monotonic_time () - begin_us > promise_us * 3 / 2);
  kill_us = g_get_monotonic_time ();
  g_subprocess_force_exit (daemon->subprocess);
  g_assert_cmpint (program_wait (daemon), ==, -1);
  fake_peer_expect_empty (self->platform);

  audited = read_audited_ids (self);
  for (guint i = 0; i < MIN (audited->len, answers.ids->len); i++)
    g_assert_cmpstr (g_ptr_array_index (audited, i), ==, g_ptr_array_index (answers.ids, i));
  while (n_owed < answers.ids->len && g_array_index (answers.times_us, gint64, n_owed) < kill_us - promise_us)
    n_owed++;
  g_test_message ("%u answers, %u of them owed, %u lines", answers.ids->len, n_owed, audited->len);
  g_assert_cmpuint (n_owed, >, 0);
  g_assert_cmpuint (audited->len, >=, n_owed);

  /* and it goes on from there */
  second = start_daemon (self);
  audit_wait_until (audit_count (self) >= audited->len + 2);
  audit_end_daemon (second);
  g_ptr_array_unref (answers.ids);
  g_array_unref (answers.times_us);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/audit-file/rotated-at-4-mib", test_rotated_at_4_mib);
  service_test_add ("/audit-file/not-rotated-before", test_not_rotated_before);
  service_test_add ("/audit-file/modes-are-repaired", test_modes_are_repaired);
  service_test_add ("/audit-file/torn-line-is-ended", test_torn_line_is_ended);
  service_test_add ("/audit-file/symbolic-link-is-refused", test_symbolic_link_is_refused);
  if (geteuid () == 0)
    service_test_add ("/audit-file/of-another-user", test_of_another_user);
  service_test_add ("/audit-file/folder-that-is-none", test_folder_that_is_none);
  service_test_add ("/audit-file/moved-away", test_moved_away);
  service_test_add ("/audit-file/full-disk", test_full_disk);
  service_test_add ("/audit-file/full-disk-for-long", test_full_disk_for_long);
  service_test_add ("/audit-file/written-to-its-end", test_written_to_its_end);
  service_test_add ("/audit-file/killed", test_killed);

  return g_test_run ();
}
