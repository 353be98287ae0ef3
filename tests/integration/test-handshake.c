/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "session-fixture.h"

static void
test_main_path (SessionFixture *self, gconstpointer unused)
{
  FakeConnection *platform = session_fixture_connect (self);
  g_autoptr (FakeMessage) answer = NULL;
  g_autofree char *version = session_fixture_dup_text (self, "gateway-version");

  g_assert_cmpstr (self->states->str, ==,
                   "connecting/gateway-dial connecting/gateway-dial connecting/challenge connecting/platform-dial "
                   "connecting/connect connecting/hello connected/relay connected/relay ");
  g_assert_cmpstr (version, !=, "");
  g_assert_nonnull (platform);

  answer = fake_platform_request (self->platform, "health", "{}");
  g_assert_nonnull (answer);
}

/* H1: what ran out is named. */
static void
test_gateway_never_challenges (SessionFixture *self, gconstpointer unused)
{
  fake_gateway_set_mode (self->gateway, FAKE_GATEWAY_SILENT);
  session_fixture_start (self);
  session_fixture_expect_step (self, RELAY_STEP_CHALLENGE);
  fake_clock_advance_ms (self->clock, 10000);
  fake_clock_advance_ms (self->clock, 1000);

  session_fixture_expect_error (self, "timeout", "gateway did not answer within 10 s (waiting for challenge)");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  session_fixture_add ("/handshake/main-path", test_main_path);
  session_fixture_add ("/handshake/H1/gateway-never-challenges", test_gateway_never_challenges);

  return g_test_run ();
}
