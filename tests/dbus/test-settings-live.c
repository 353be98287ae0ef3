/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

/* gangway.conf is edited while the service runs. */

static void
configure_two (ServiceFixture *self, const char *more_of_one, const char *more_of_two)
{
  g_autofree char *one = service_account ("one", self->platform, more_of_one);
  g_autofree char *two = service_account ("two", self->platform2, more_of_two);
  g_autofree char *both = g_strconcat (one, two, NULL);

  service_configure (self, both);
}

static void
start_with_two (ServiceFixture *self)
{
  configure_two (self, "", "");
  service_start (self);
  service_wait_for_state (self, "one", "connected");
  service_wait_for_state (self, "two", "connected");
}

static void
test_account_is_added (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *one = service_account ("one", self->platform, "");

  service_configure (self, one);
  service_start (self);
  service_wait_for_state (self, "one", "connected");

  configure_two (self, "", "");
  service_wait_for_state (self, "two", "connected");
  g_assert_true (service_property_is (self, "one", "State", "connected"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
}

static void
test_account_is_removed (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *one = service_account ("one", self->platform, "");

  start_with_two (self);
  service_configure (self, one);
  fake_wait_until (!service_has_account (self, "two"));
  fake_peer_expect_empty (self->platform2);
  g_assert_true (service_property_is (self, "one", "State", "connected"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
  g_assert_cmpuint (fake_peer_get_n_open (FAKE_PEER (self->gateway)), ==, 1);
}

static void
test_only_the_changed_account_is_disturbed (ServiceFixture *self, gconstpointer data)
{
  start_with_two (self);
  configure_two (self, "", "share-gateway-token=false");
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform2)) == 2);
  service_wait_for_state (self, "two", "connected");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
}

static void
test_policy_applies_without_a_new_link (ServiceFixture *self, gconstpointer data)
{
  start_with_two (self);
  configure_two (self, "", "workspace-access=none");
  fake_wait_until (service_property_is (self, "two", "WorkspaceAccess", "none"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform2)), ==, 1);
}

static void
test_account_is_disabled_and_enabled (ServiceFixture *self, gconstpointer data)
{
  start_with_two (self);
  configure_two (self, "", "enabled=false");
  service_wait_for_state (self, "two", "disconnected");
  g_assert_true (service_property_is (self, "two", "LastError", ""));
  fake_peer_expect_empty (self->platform2);
  configure_two (self, "", "");
  service_wait_for_state (self, "two", "connected");
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
}

/* With an address that works now, nobody waits for the retry. */
static void
test_correction_is_tried_at_once (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *right = service_account ("one", self->platform, "");

  service_configure (self, "[account one]\nplatform-url=ws://127.0.0.1:1/\nplatform-key=" SERVICE_KEY "\n");
  service_start (self);
  service_wait_for_state (self, "one", "retrying");
  g_assert_true (service_property_is (self, "one", "LastErrorCode", "platform-unreachable"));

  service_configure (self, right);
  service_wait_for_state (self, "one", "connected");
}

static void
test_no_file_at_the_start (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GFile) file = g_file_new_for_path (self->config_file);
  g_autofree char *account = service_account ("late", self->platform, "");

  g_assert_true (g_file_delete (file, NULL, NULL));
  service_start (self);
  g_assert_false (service_has_account (self, "late"));
  service_configure (self, account);
  service_wait_for_state (self, "late", "connected");
}

static void
test_broken_file_at_the_start (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = service_account ("late", self->platform, "");

  service_configure_raw (self, "[account late\nplatform-url\n");
  service_start (self);
  g_assert_false (service_has_account (self, "late"));
  g_assert_true (service_manager_property_is (self, "ConfigFile", self->config_file));
  g_assert_true (
      service_manager_property_is (self, "ConfigProblem",
                                   "gangway.conf line 1 is not a group: [NAME] on a line of its own is expected"));
  service_configure (self, account);
  service_wait_for_state (self, "late", "connected");
  g_assert_true (service_manager_property_is (self, "ConfigProblem", ""));
}

static void
test_broken_file_keeps_the_last_good_one (ServiceFixture *self, gconstpointer data)
{
  start_with_two (self);
  service_configure_raw (self, "[account one\n");
  g_variant_unref (service_call_manager (self, "Reload"));
  configure_two (self, "", "workspace-access=none");
  fake_wait_until (service_property_is (self, "two", "WorkspaceAccess", "none"));

  g_assert_true (service_property_is (self, "one", "State", "connected"));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 1);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform2)), ==, 1);
}

static void
test_reload_of_what_is_the_same_disturbs_nothing (ServiceFixture *self, gconstpointer data)
{
  start_with_two (self);
  fake_wait_settle (); /* the signals that came before the last answer */
  g_ptr_array_set_size (self->changes, 0);
  g_variant_unref (service_call_manager (self, "Reload"));

  /* What comes after the reload shows that it is over. */
  configure_two (self, "", "workspace-access=none");
  fake_wait_until (self->changes->len > 0);
  g_assert_true (service_property_is (self, "two", "WorkspaceAccess", "none"));
  g_assert_cmpuint (self->changes->len, ==, 1);
}

/* No key: disconnected, with the words that INTERFACES fixes; a key: connected. */
static void
test_key_comes_later (ServiceFixture *self, gconstpointer data)
{
  const char *url = fake_peer_get_url (FAKE_PEER (self->platform));
  g_autofree char *without = g_strdup_printf ("[account one]\nplatform-url=%s\n", url);
  g_autofree char *with = service_account ("one", self->platform, "");

  service_configure (self, without);
  service_start (self);
  fake_wait_until (service_property_is (self, "one", "LastErrorCode", "no-key"));
  g_assert_true (service_property_is (self, "one", "State", "disconnected"));
  g_assert_true (service_property_is (self, "one", "LastError", "no platform-key for account 'one'"));
  g_assert_true (service_property_is (self, "one", "KeyStatus", "missing"));

  service_configure (self, with);
  service_wait_for_state (self, "one", "connected");
  g_assert_true (service_property_is (self, "one", "KeyStatus", "available"));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/settings-live/account-is-added", test_account_is_added);
  service_test_add ("/settings-live/account-is-removed", test_account_is_removed);
  service_test_add ("/settings-live/only-the-changed-account-is-disturbed", test_only_the_changed_account_is_disturbed);
  service_test_add ("/settings-live/policy-applies-without-a-new-link", test_policy_applies_without_a_new_link);
  service_test_add ("/settings-live/account-is-disabled-and-enabled", test_account_is_disabled_and_enabled);
  service_test_add ("/settings-live/correction-is-tried-at-once", test_correction_is_tried_at_once);
  service_test_add ("/settings-live/no-file-at-the-start", test_no_file_at_the_start);
  service_test_add ("/settings-live/broken-file-at-the-start", test_broken_file_at_the_start);
  service_test_add ("/settings-live/broken-file-keeps-the-last-good-one", test_broken_file_keeps_the_last_good_one);
  service_test_add ("/settings-live/reload-of-what-is-the-same-disturbs-nothing",
                    test_reload_of_what_is_the_same_disturbs_nothing);
  service_test_add ("/settings-live/key-comes-later", test_key_comes_later);

  return g_test_run ();
}
