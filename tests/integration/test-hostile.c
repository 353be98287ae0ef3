/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * What a platform may try that no good one does.
 */

#include "config.h"

#include <string.h>

#include "pump-fixture.h"

/* Pings are answered, also for a platform that does not read: that is no sign of life. */
static void
test_pings_but_does_not_read (PumpFixture *self, gconstpointer unused)
{
  static const char payload[125] = { 0 };

  /* nothing waits any more of what the handshake sent */
  fake_clock_advance_ms (self->session.clock, 25 * 1000);
  fake_connection_set_reading (self->platform, FALSE);
  fake_connection_cork (self->platform);
  for (guint i = 0; i < 400 * 1000; i++)
    fake_connection_send_frame (self->platform, FAKE_FIN | FAKE_PING, payload, sizeof payload);
  fake_connection_uncork (self->platform);
  pump_fixture_wait_for_stall (self->platform);

  fake_clock_advance_ms (self->session.clock, 20 * 1000);
  pump_fixture_expect_end (self, "stalled", "platform stalled: it took no byte for 20 s");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  pump_fixture_add ("/hostile/R10/pings-but-does-not-read", test_pings_but_does_not_read);

  return g_test_run ();
}
