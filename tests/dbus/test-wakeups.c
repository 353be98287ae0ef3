/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

/* The computer sleeps and wakes up: a mocked logind says so, on the test's bus, which is the service's system bus too. */

#define LOGIND_NAME "org.freedesktop.login1"
#define LOGIND_PATH "/org/freedesktop/login1"
#define LOGIND_INTERFACE "org.freedesktop.login1.Manager"
/* Whatever happens sooner is not a usual retry. */
#define NEVER_BY_ITSELF "[retry]\ninitial-delay=3000\nmax-delay=3000\n"

static void
call_bus (ServiceFixture *self, const char *method, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) result =
      g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   method, parameters, NULL, G_DBUS_CALL_FLAGS_NONE, -1, NULL, &error);

  g_assert_no_error (error);
}

static void
start_with_logind (ServiceFixture *self)
{
  g_autofree char *account = service_account ("platform", self->platform, "");
  g_autofree char *settings = g_strconcat (NEVER_BY_ITSELF, account, NULL);
  const char *address = g_environ_getenv (self->environ_, "DBUS_SESSION_BUS_ADDRESS");
  GVariantBuilder variables;

  g_variant_builder_init (&variables, G_VARIANT_TYPE ("a{ss}"));
  g_variant_builder_add (&variables, "{ss}", "DBUS_SYSTEM_BUS_ADDRESS", address);
  call_bus (self, "UpdateActivationEnvironment", g_variant_new ("(a{ss})", &variables));
  call_bus (self, "RequestName", g_variant_new ("(su)", LOGIND_NAME, 0));

  service_configure (self, settings);
  service_start (self);
}

static void
tell_woken (ServiceFixture *self)
{
  g_autoptr (GError) error = NULL;

  g_dbus_connection_emit_signal (self->connection, NULL, LOGIND_PATH, LOGIND_INTERFACE, "PrepareForSleep",
                                 g_variant_new ("(b)", FALSE), &error);
  g_assert_no_error (error);
}

static gboolean
on_time_to_wake (gpointer user_data)
{
  tell_woken (user_data);
  return G_SOURCE_CONTINUE;
}

/* Wakes up until @condition holds: nobody tells when the service has begun to listen. */
#define wake_until(self, condition)                                                                                         \
  G_STMT_START                                                                                                              \
  {                                                                                                                         \
    guint wake_id_ = g_timeout_add (50, on_time_to_wake, (self));                                                           \
    fake_wait_until (condition);                                                                                            \
    g_source_remove (wake_id_);                                                                                             \
  }                                                                                                                         \
  G_STMT_END

static void
test_wait_is_skipped (ServiceFixture *self, gconstpointer data)
{
  fake_peer_refuse (FAKE_PEER (self->platform), "503 Service Unavailable", "", "");
  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_REFUSE);
  start_with_logind (self);
  service_wait_for_state (self, "platform", "retrying");

  fake_peer_set_upgrade_mode (FAKE_PEER (self->platform), FAKE_UPGRADE_ACCEPT);
  wake_until (self, service_property_is (self, "platform", "State", "connected"));
}

static void
test_live_link_is_probed_and_stays (ServiceFixture *self, gconstpointer data)
{
  FakeConnection *platform;
  FakeConnection *gateway;

  start_with_logind (self);
  service_wait_for_state (self, "platform", "connected");
  platform = fake_platform_wait_ready (self->platform);
  gateway = fake_peer_get_connection (FAKE_PEER (self->gateway));

  wake_until (self, fake_connection_get_n_pings (platform) > 0 && fake_connection_get_n_pings (gateway) > 0);
  g_assert_true (service_property_is (self, "platform", "State", "connected"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
}

static void
test_dead_link_is_replaced (ServiceFixture *self, gconstpointer data)
{
  FakeConnection *platform;

  start_with_logind (self);
  service_wait_for_state (self, "platform", "connected");
  platform = fake_platform_wait_ready (self->platform);
  fake_connection_set_ignore_pings (platform, TRUE);

  wake_until (self, fake_peer_get_n_total (FAKE_PEER (self->platform)) == 2);
  service_wait_for_state (self, "platform", "connected");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/wakeups/sleep/wait-is-skipped", test_wait_is_skipped);
  service_test_add ("/wakeups/sleep/live-link-is-probed-and-stays", test_live_link_is_probed_and_stays);
  service_test_add ("/wakeups/sleep/dead-link-is-replaced", test_dead_link_is_replaced);

  return g_test_run ();
}
