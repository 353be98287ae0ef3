/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "audit-fixture.h"
#include "pair-fixture.h"
#include "terminal.h"

#include <signal.h>

/* What `gangway` does on a terminal, which a pseudo-terminal is to it. */

#define QUESTION "(it is not shown): "

static void
test_status_has_colours (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };

  service_start (self);
  service_wait_for_state (self, "platform", "connected");
  terminal_start (&terminal, self, (const char *const[]){ GANGWAY, "status", NULL });
  terminal_expect (&terminal, "\033[1mplatform\033[0m: \033[32mconnected for");
  terminal_end (&terminal);
}

/* Drawn again from the top, each second and at each change, with the time that is left. */
static void
test_watch_counts_down (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };

  service_start (self);
  service_wait_for_state (self, "platform", "connected");
  terminal_start (&terminal, self, (const char *const[]){ GANGWAY, "status", "--watch", NULL });
  terminal_expect (&terminal, "\033[2J\033[H\033[J");
  terminal_expect (&terminal, "connected for 1 s");
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye now");
  terminal_expect (&terminal, "\033[H\033[J");
  terminal_expect (&terminal, "not connected, next attempt in ");
  terminal_expect (&terminal, "\033[H\033[J");
  terminal_expect (&terminal, "not connected, next attempt in ");
  terminal_end (&terminal);
}

static void
test_audit_has_colours (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };

  audit_prefill (self, 0,
                 "{\"time\":\"2026-11-23T10:00:00.000Z\",\"account\":\"a\",\"event\":\"denied\",\"method\":\"secret\","
                 "\"outcome\":\"denied\",\"duration_ms\":0,\"bytes\":70,\"path\":\"\"}\n");
  terminal_start (&terminal, self, (const char *const[]){ GANGWAY, "audit", NULL });
  terminal_expect (&terminal, "\033[31m2026-11-23 ");
  terminal_expect (&terminal, "\033[0m\r\n");
  terminal_end (&terminal);
}

/* Neither on the screen nor on the way to it. */
static void
test_key_is_not_shown (ServiceFixture *self, gconstpointer data)
{
  Terminal terminal = { NULL };
  g_autofree char *token = NULL;

  terminal_start (&terminal, self,
                  (const char *const[]){ GANGWAY, "pair", fake_peer_get_url (FAKE_PEER (self->platform)), NULL });
  terminal_expect (&terminal, QUESTION);
  g_assert_false (terminal_echoes (&terminal));
  terminal_type (&terminal, SERVICE_KEY "\n");
  terminal_expect (&terminal, "“platform” is connected.");
  g_assert_true (terminal_echoes (&terminal));
  assert_lacks (terminal.everything->str, SERVICE_KEY);
  token = fake_platform_get_token (self->platform);
  g_assert_cmpstr (token, ==, SERVICE_KEY);
  terminal_end (&terminal);
}

/* Who gives up gets the terminal back as it was, and nothing is saved. */
static void
test_key_is_not_given (ServiceFixture *self, gconstpointer data)
{
  static const int numbers[] = { SIGINT, SIGTERM, SIGHUP };

  for (guint i = 0; i < G_N_ELEMENTS (numbers); i++)
    {
      Terminal terminal = { NULL };

      terminal_start (&terminal, self,
                      (const char *const[]){ GANGWAY, "pair", fake_peer_get_url (FAKE_PEER (self->platform)), NULL });
      terminal_expect (&terminal, QUESTION);
      g_assert_cmpint (terminal_signal (&terminal, numbers[i]), ==, numbers[i]);
      g_assert_true (terminal_echoes (&terminal));
      terminal_end (&terminal);
    }
  pair_assert_nothing_saved (self);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/terminal/status-has-colours", test_status_has_colours);
  service_test_add ("/terminal/audit-has-colours", test_audit_has_colours);
  service_test_add ("/terminal/watch-counts-down", test_watch_counts_down);
  pair_test_add ("/terminal/key-is-not-shown", test_key_is_not_shown);
  pair_test_add ("/terminal/key-is-not-given", test_key_is_not_given);

  return g_test_run ();
}
