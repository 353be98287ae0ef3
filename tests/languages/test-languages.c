/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"
#include "pair-fixture.h"

#include <gio/gunixsocketaddress.h>
#include <glib/gstdio.h>
#include <signal.h>
#include <string.h>

/* What somebody reads whose desktop speaks German or Chinese. The service was started in another language. */

enum {
  EXIT_DONE,
  EXIT_FAILED,
  EXIT_USAGE,
  EXIT_NOT_RUNNING,
  EXIT_NO_ACCOUNT,
};

/* A port that nobody listens on. */
#define NOWHERE "ws://127.0.0.1:1"

#define run(self, ...) program_run ((self), (const char *const[]){ TRANSLATED_GANGWAY, __VA_ARGS__, NULL })

static void
set_language (ServiceFixture *self, const char *language, const char *locale)
{
  service_setenv (self, "LOCPATH", LOCALES);
  service_setenv (self, "LC_ALL", locale);
  service_setenv (self, "LANGUAGE", language);
}

static void
set_up_german (ServiceFixture *self, gconstpointer data)
{
  service_fixture_set_up (self, data);
  set_language (self, "de", "de_DE.UTF-8");
}

static void
set_up_chinese (ServiceFixture *self, gconstpointer data)
{
  service_fixture_set_up (self, data);
  set_language (self, "zh_CN", "zh_CN.UTF-8");
}

#define german_test_add(path, func)                                                                                         \
  g_test_add ("/languages/de/" path, ServiceFixture, NULL, set_up_german, func, service_fixture_tear_down)
#define chinese_test_add(path, func)                                                                                        \
  g_test_add ("/languages/zh-cn/" path, ServiceFixture, NULL, set_up_chinese, func, service_fixture_tear_down)

static void
assert_output (Program *program, const char *part)
{
  if (program->exit_code != EXIT_DONE)
    g_error ("exit code %d: %s", program->exit_code, program->errors);
  assert_contains (program->output, part);
}

static void
assert_errors (Program *program, int exit_code, const char *part)
{
  g_assert_cmpint (program->exit_code, ==, exit_code);
  assert_contains (program->errors, part);
}

/* So many accounts wait for their next attempt, which does not come up by itself. */
static void
start_n_retrying (ServiceFixture *self, guint n)
{
  g_autoptr (GString) accounts = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (accounts, "[account a%u]\nplatform-url=" NOWHERE "\nplatform-key=k\n", i);
  service_configure (self, accounts->str);
  service_start (self);

  for (guint i = 0; i < n; i++)
    {
      g_autofree char *id = g_strdup_printf ("a%u", i);

      service_wait_for_state (self, id, "retrying");
    }
}

/* --- German --- */

static void
test_help (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) list = run (self, "help");
  g_autoptr (Program) stop = run (self, "help", "stop");

  assert_output (list, "Aufruf: gangway BEFEHL [ARGUMENTE]\n");
  assert_output (list,
                 "\n  doctor     [--json]                           Herausfinden, was einer Verbindung im Weg steht\n");
  g_assert_cmpstr (stop->output, ==,
                   "Aufruf: gangway stop [ACCOUNT]\n\nBis zum nächsten Start oder Neustart des Dienstes trennen.\n");
}

static void
test_usage (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) unknown = run (self, "statsu");
  g_autoptr (Program) many = run (self, "stop", "a", "b");
  g_autoptr (Program) address = run (self, "pair", "http://platform.example/");
  g_autoptr (Program) when = run (self, "audit", "--since", "gestern");

  assert_errors (unknown, EXIT_USAGE, "gangway: Es gibt keinen Befehl „statsu“;");
  assert_errors (many, EXIT_USAGE, "gangway stop: zu viele Argumente; Aufruf: gangway stop [ACCOUNT]\n");
  assert_errors (address, EXIT_USAGE, "gangway pair: Das ist keine Adresse einer Plattform: the address must use ws://");
  assert_errors (when, EXIT_USAGE, "gangway audit: „gestern“ ist keine Zeitangabe:");
}

static void
test_not_running (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) program = run (self, "status");

  assert_errors (program, EXIT_NOT_RUNNING, "gangway: Der Dienst läuft nicht. Starten Sie ihn mit: gangwayd\n");
}

static void
test_connected (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *platform =
      g_strdup_printf ("\n    Plattform:   %s, funktioniert\n", fake_peer_get_url (FAKE_PEER (self->platform)));
  g_autoptr (Program) status = NULL;
  g_autoptr (Program) json = NULL;

  service_start_connected (self);
  status = run (self, "status");
  assert_output (status, "platform: seit ");
  assert_output (status, " s verbunden\n    OpenClaw:    ws://");
  assert_output (status, platform);
  assert_output (status, "\n    Dateien:     die Plattform darf die Dateien der Agenten lesen und schreiben\n");
  assert_output (status, "\n    Anfragen:    0 hier beantwortet, 0 verweigert\n");

  /* Programs read the same in every language. */
  json = run (self, "status", "--json");
  assert_output (json, "\"State\" : \"connected\"");
}

/* A gateway that takes a call, and never says a word. */
static void
test_connecting (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GSocketListener) listener = g_socket_listener_new ();
  guint16 port = g_socket_listener_add_any_inet_port (listener, NULL, NULL);
  g_autofree char *account = service_account ("platform", self->platform, "");
  g_autofree char *text =
      g_strdup_printf ("[gateway]\nurl=ws://127.0.0.1:%u/\ntoken=t\nconnect-timeout=120\n%s", port, account);
  g_autoptr (Program) status = NULL;

  service_configure_raw (self, text);
  service_start (self);
  service_wait_for_state (self, "platform", "connecting");
  status = run (self, "status");
  assert_output (status, "platform: verbindet sich: OpenClaw-Gateway wird kontaktiert\n");
  g_socket_listener_close (listener);
}

/* The German sentence comes first; what the other side said is left as it is. */
static void
test_retrying (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) status = NULL;

  service_start_retrying (self);
  status = run (self, "status", "platform");
  assert_output (status, "platform: nicht verbunden, nächster Versuch in ");
  assert_output (status, ", funktioniert nicht\n");
  assert_output (status, "\n    Problem:     die Plattform hat die Verbindung beendet (platform-closed)\n"
                         "    Meldung:     platform closed: 4001: bye now\n"
                         "    Abhilfe:     Keine nötig: Gangway verbindet sich von selbst wieder.");
}

static void
test_stopped (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) stop = NULL;
  g_autoptr (Program) status = NULL;

  service_start_connected (self);
  stop = run (self, "stop");
  g_assert_cmpstr (stop->output, ==, "platform: angehalten\n");
  service_wait_for_state (self, "platform", "disconnected");
  status = run (self, "status");
  assert_output (status, "platform: nicht verbunden: angehalten oder in gangway.conf abgeschaltet\n");
  assert_output (status, "\n    Abhilfe:     gangway start platform\n");
}

static void
test_wrong_settings (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) status = NULL;
  g_autoptr (Program) start = NULL;
  g_autoptr (Program) unknown = NULL;

  service_configure (self, "[account wrong]\nplatform-url=http://platform.example/\nplatform-key=k\n");
  service_start (self);
  status = run (self, "status");
  assert_output (status, "wrong: nicht verbunden, wartet auf richtige Einstellungen\n");
  assert_output (
      status,
      "\n    Problem:     eine Einstellung fehlt oder ist falsch (bad-settings)\n    Meldung:     gangway.conf line ");

  start = run (self, "start");
  assert_errors (start, EXIT_FAILED,
                 "gangway: Der Dienst hat das nicht ausgeführt: eine Einstellung fehlt oder ist falsch (gangway.conf line ");
  unknown = run (self, "status", "right");
  assert_errors (unknown, EXIT_NO_ACCOUNT, "gangway: Es gibt kein Konto „right“, nur: wrong\n");
}

static void
test_broken_file (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) status = NULL;
  g_autoptr (Program) unpair = NULL;

  service_configure_raw (self, "[account late\n");
  service_start (self);
  status = run (self, "status");
  assert_output (status, "gangway.conf: in der jetzigen Fassung nicht wirksam\n    Meldung:     gangway.conf line 1 ");
  assert_output (status, "gangway.conf ist kein Konto eingerichtet. Koppeln Sie eines mit der Adresse und dem Schlüssel, ");
  unpair = run (self, "unpair");
  assert_errors (unpair, EXIT_FAILED, "gangway: Die Einstellungen können so nicht verwendet werden: gangway.conf line 1 ");
}

static void
test_doctor (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) text = NULL;
  g_autoptr (Program) json = NULL;

  service_configure (self, "[account one]\nplatform-url=" NOWHERE "\n");
  text = run (self, "doctor");
  g_assert_cmpint (text->exit_code, ==, EXIT_FAILED);
  assert_contains (text->output,
                   "FEHLER    one, Schlüssel für die Plattform: es gibt keinen Schlüssel für die Plattform (no ");
  assert_contains (text->output,
                   "\n            Abhilfe: Führen Sie „gangway pair“ mit Adresse und Schlüssel der Plattform aus.");
  assert_contains (text->output, "\nok        one, OpenClaw-Gateway: antwortet\n");
  assert_contains (text->output, "\nBeginnen Sie mit dem ersten Fehler;");
  json = run (self, "doctor", "--json");
  assert_contains (json->output, "\"check\" : \"platform-key\"");
  assert_contains (json->output, "\"result\" : \"failed\"");
}

static void
test_pair (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *key_file = NULL;
  g_autoptr (Program) program = NULL;

  service_configure (self, "");
  key_file = pair_write_key (self, "k");
  program = run (self, "pair", NOWHERE, "--key-file", key_file);
  g_assert_cmpint (program->exit_code, ==, EXIT_FAILED);
  assert_contains (program->output, "Konto „platform“ wird mit " NOWHERE " gekoppelt\n"
                                    "  OpenClaw-Gateway wird kontaktiert … ok\n"
                                    "  Begrüßung des Gateways wird abgewartet … ok\n"
                                    "  Plattform wird kontaktiert … fehlgeschlagen\n");
  assert_contains (program->errors, "\nProblem: die Plattform ist nicht erreichbar\nMeldung: ");
  assert_contains (program->errors, "\nAbhilfe: Prüfen Sie, ob dieser Rechner online ist und ob die Adresse stimmt.\n");
  g_unlink (key_file);
}

static void
test_watch (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (self, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autoptr (GSubprocess) watch = NULL;
  g_autoptr (GDataInputStream) lines = NULL;
  g_autofree char *line = NULL;

  service_start_retrying (self);
  watch = g_subprocess_launcher_spawn (launcher, NULL, TRANSLATED_GANGWAY, "status", "--watch", NULL);
  g_assert_nonnull (watch);
  lines = g_data_input_stream_new (g_subprocess_get_stdout_pipe (watch));
  line = g_data_input_stream_read_line (lines, NULL, NULL, NULL);
  g_assert_nonnull (line);
  assert_contains (line, " platform: nicht verbunden, nächster Versuch in ");
  assert_contains (line, ": die Plattform hat die Verbindung beendet (platform closed: 4001: bye now)");
  g_subprocess_force_exit (watch);
  g_assert_true (g_subprocess_wait (watch, NULL, NULL));
}

/* --- numbers --- */

/* Runs `gangway reconnect` with so many accounts that wait. */
static void
assert_reconnects (ServiceFixture *self, guint n, const char *expected)
{
  g_autoptr (Program) program = NULL;

  start_n_retrying (self, n);
  program = run (self, "reconnect");
  g_assert_cmpstr (program->output, ==, expected);
  service_stop (self);
}

static void
assert_damage (ServiceFixture *self, guint n, const char *expected)
{
  g_autoptr (GString) lines = g_string_new (NULL);
  g_autoptr (Program) program = NULL;

  for (guint i = 0; i < n; i++)
    g_string_append (lines, "{\"time\":\n");
  audit_prefill (self, 0, lines->str);
  program = run (self, "audit");
  g_assert_cmpstr (program->errors, ==, expected);
}

static void
test_german_numbers (ServiceFixture *self, gconstpointer data)
{
  assert_damage (self, 0, "");
  assert_damage (self, 1, "gangway: 1 beschädigte Zeile des Prüfprotokolls wurde ausgelassen\n");
  assert_damage (self, 2, "gangway: 2 beschädigte Zeilen des Prüfprotokolls wurden ausgelassen\n");
  assert_damage (self, 5, "gangway: 5 beschädigte Zeilen des Prüfprotokolls wurden ausgelassen\n");
  assert_reconnects (self, 0, "Kein Konto wartete auf einen neuen Versuch.\n");
  assert_reconnects (self, 1, "1 Konto verbindet sich jetzt.\n");
  assert_reconnects (self, 2, "2 Konten verbinden sich jetzt.\n");
  assert_reconnects (self, 5, "5 Konten verbinden sich jetzt.\n");
}

static void
test_chinese_numbers (ServiceFixture *self, gconstpointer data)
{
  assert_damage (self, 0, "");
  assert_damage (self, 1, "gangway: 略过了审计日志中 1 个损坏的行\n");
  assert_damage (self, 2, "gangway: 略过了审计日志中 2 个损坏的行\n");
  assert_damage (self, 5, "gangway: 略过了审计日志中 5 个损坏的行\n");
  assert_reconnects (self, 0, "没有账户在等待重试。\n");
  assert_reconnects (self, 1, "1 个账户正在连接。\n");
  assert_reconnects (self, 2, "2 个账户正在连接。\n");
  assert_reconnects (self, 5, "5 个账户正在连接。\n");
}

/* --- Chinese --- */

/* Its characters take two columns, and the values stand below each other nevertheless. */
static void
test_chinese_status (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) help = run (self, "help", "stop");
  g_autoptr (Program) status = NULL;

  g_assert_cmpstr (help->output, ==, "用法：gangway stop [ACCOUNT]\n\n断开连接，直到下次启动账户或服务。\n");
  service_start_retrying (self);
  status = run (self, "status");
  assert_output (status, "platform: 未连接，");
  assert_output (status, "后再次尝试\n    OpenClaw：   ws://");
  assert_output (status, "\n    平台：       ws://");
  assert_output (status, "，不正常\n");
  assert_output (status,
                 "\n    问题：       平台结束了连接（platform-closed）\n    消息：       platform closed: 4001: bye now\n");
}

static void
test_chinese_doctor (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) text = NULL;

  service_configure (self, "[account one]\nplatform-url=" NOWHERE "\n");
  text = run (self, "doctor");
  g_assert_cmpint (text->exit_code, ==, EXIT_FAILED);
  assert_contains (text->output, "失败  one，平台的密钥：没有该平台的密钥（no ");
  assert_contains (text->output, "\n        处理办法：请用平台的地址和密钥运行“gangway pair”。");
}

/* --- the service --- */

static void
test_service_help (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (Program) help = program_run (self, (const char *const[]){ TRANSLATED_GANGWAYD, "--help", NULL });
  g_autoptr (Program) many = program_run (self, (const char *const[]){ TRANSLATED_GANGWAYD, "a", NULL });

  assert_output (help, "Verbindet das lokale OpenClaw-Gateway mit entfernten Plattformen.\n");
  assert_output (help, "--config=DATEI");
  assert_errors (many, EXIT_USAGE, "gangwayd: zu viele Argumente\n");
}

/* Reads what comes for the service manager until it is @expected. */
static void
expect_notification (GSocket *socket, const char *expected)
{
  char buffer[1024];

  do
    {
      fake_wait_until (g_socket_condition_check (socket, G_IO_IN) != 0);
      memset (buffer, 0, sizeof buffer);
      g_assert_cmpint (g_socket_receive (socket, buffer, sizeof buffer - 1, NULL, NULL), >=, 0);
    }
  while (!g_str_equal (buffer, expected));
}

/* What `systemctl --user status` shows. */
static void
test_service_status (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *two = service_account ("two", self->platform2, "");
  g_autofree char *one = service_account ("one", self->platform, two);
  g_autofree char *path = g_build_filename (self->dir, "notify", NULL);
  g_autoptr (GSocketAddress) address = g_unix_socket_address_new (path);
  g_autoptr (GSocket) socket = g_socket_new (G_SOCKET_FAMILY_UNIX, G_SOCKET_TYPE_DATAGRAM, G_SOCKET_PROTOCOL_DEFAULT, NULL);
  g_autoptr (Program) daemon = NULL;
  guint wake_id = g_timeout_add (10, audit_keep_waking, NULL);

  g_assert_true (g_socket_bind (socket, address, FALSE, NULL));
  service_configure (self, one);
  service_setenv (self, "NOTIFY_SOCKET", path);
  daemon = program_start (self, (const char *const[]){ TRANSLATED_GANGWAYD, NULL }, G_SUBPROCESS_FLAGS_STDERR_PIPE);
  expect_notification (socket, "STATUS=2 von 2 Konten verbunden");
  service_configure (self, two);
  expect_notification (socket, "STATUS=1 von 1 Konto verbunden");
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);

  g_source_remove (wake_id);
  g_unlink (path);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  german_test_add ("help", test_help);
  german_test_add ("usage", test_usage);
  german_test_add ("not-running", test_not_running);
  german_test_add ("status/connected", test_connected);
  german_test_add ("status/connecting", test_connecting);
  german_test_add ("status/retrying", test_retrying);
  german_test_add ("status/stopped", test_stopped);
  german_test_add ("status/wrong-settings", test_wrong_settings);
  german_test_add ("status/broken-file", test_broken_file);
  german_test_add ("doctor", test_doctor);
  german_test_add ("pair", test_pair);
  german_test_add ("watch", test_watch);
  german_test_add ("numbers", test_german_numbers);
  german_test_add ("service/help", test_service_help);
  german_test_add ("service/status", test_service_status);
  chinese_test_add ("status", test_chinese_status);
  chinese_test_add ("doctor", test_chinese_doctor);
  chinese_test_add ("numbers", test_chinese_numbers);

  return g_test_run ();
}
