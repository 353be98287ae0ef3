/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <string.h>

#include "common/relay-error.h"

/* The interfaces that stand on @path, compared with those of the repository's XML. */
static void
assert_has_interface (ServiceFixture *self, const char *path, const char *interface)
{
  g_autofree char *file = NULL;
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GDBusNodeInfo) expected = NULL;
  g_autoptr (GDBusNodeInfo) actual = NULL;
  g_autoptr (GString) expected_xml = g_string_new (NULL);
  g_autoptr (GString) actual_xml = g_string_new (NULL);
  g_autoptr (GError) error = NULL;
  const char *xml;

  g_assert_true (g_file_get_contents (DBUS_XML, &file, NULL, NULL));
  expected = g_dbus_node_info_new_for_xml (file, &error);
  g_assert_no_error (error);

  reply = service_call (self, path, "org.freedesktop.DBus.Introspectable", "Introspect", NULL, &error);
  g_assert_no_error (error);
  g_variant_get (reply, "(&s)", &xml);
  actual = g_dbus_node_info_new_for_xml (xml, &error);
  g_assert_no_error (error);

  g_assert_nonnull (g_dbus_node_info_lookup_interface (actual, interface));
  g_dbus_interface_info_generate_xml (g_dbus_node_info_lookup_interface (expected, interface), 0, expected_xml);
  g_dbus_interface_info_generate_xml (g_dbus_node_info_lookup_interface (actual, interface), 0, actual_xml);
  g_assert_cmpstr (actual_xml->str, ==, expected_xml->str);
}

static void
test_interfaces_are_the_xml (ServiceFixture *self, gconstpointer data)
{
  service_start (self);
  assert_has_interface (self, SERVICE_PATH, SERVICE_MANAGER);
  assert_has_interface (self, SERVICE_PATH "/session/platform", SERVICE_SESSION);
}

static void
test_objects_are_announced (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = service_account ("home-2", self->platform, "");
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) objects = NULL;
  g_autoptr (GVariant) object = NULL;
  g_autoptr (GError) error = NULL;

  service_configure (self, account);
  reply = service_call (self, SERVICE_PATH, "org.freedesktop.DBus.ObjectManager", "GetManagedObjects", NULL, &error);
  g_assert_no_error (error);

  /* The hyphen is escaped. */
  objects = g_variant_get_child_value (reply, 0);
  object = g_variant_lookup_value (objects, SERVICE_PATH "/session/home_2d2", NULL);
  g_assert_cmpuint (g_variant_n_children (objects), ==, 1);
  g_assert_nonnull (object);
}

static void
test_properties_of_a_connected_account (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = service_account ("platform", self->platform,
                                              "workspace-access=read-only\nallow-methods=workspace.*;health\n"
                                              "deny-methods=workspace.write");
  g_autoptr (GVariant) allow = NULL;
  g_autoptr (GVariant) deny = NULL;
  g_autoptr (GVariant) version = NULL;
  g_autofree char *allow_text = NULL;
  g_autofree char *deny_text = NULL;

  service_configure (self, account);
  service_start (self);
  service_wait_for_state (self, "platform", "connected");

  g_assert_true (service_property_is (self, "platform", "AccountId", "platform"));
  g_assert_true (service_property_is (self, "platform", "Step", "relay"));
  g_assert_true (service_property_is (self, "platform", "LastError", ""));
  g_assert_true (service_property_is (self, "platform", "LastErrorCode", ""));
  g_assert_true (service_property_is (self, "platform", "KeyStatus", "available"));
  g_assert_true (service_property_is (self, "platform", "WorkspaceAccess", "read-only"));
  g_assert_true (service_property_is (self, "platform", "PlatformUrl", fake_peer_get_url (FAKE_PEER (self->platform))));
  g_assert_true (service_property_is (self, "platform", "GatewayUrl", fake_peer_get_url (FAKE_PEER (self->gateway))));
  g_assert_false (service_property_is (self, "platform", "GatewayVersion", ""));
  g_assert_cmpuint (service_get_uint64 (self, "platform", "RetryingAt"), ==, 0);
  g_assert_cmpuint (service_get_uint64 (self, "platform", "ConnectedSince"), >, 0);

  allow = service_get (self, "platform", "AllowMethods");
  allow_text = g_variant_print (allow, FALSE);
  g_assert_cmpstr (allow_text, ==, "['workspace.*', 'health']");
  deny = service_get (self, "platform", "DenyMethods");
  deny_text = g_variant_print (deny, FALSE);
  g_assert_cmpstr (deny_text, ==, "['workspace.write']");
  version = service_get (self, "platform", "ProtocolVersion");
  g_assert_cmpuint (g_variant_get_uint32 (version), >=, 3);
}

/* Every change of a state brings along all that belongs to it: after each signal, what one knows makes sense. */
static void
test_state_step_error_and_times_change_together (ServiceFixture *self, gconstpointer data)
{
  g_auto (GVariantDict) known = G_VARIANT_DICT_INIT (NULL);
  g_autoptr (GString) states = g_string_new (NULL);
  g_autofree char *last_state = g_strdup ("");

  service_start (self);
  service_wait_for_state (self, "platform", "connected");
  fake_wait_settle (); /* the signals that came before the last answer */
  g_ptr_array_set_size (self->changes, 0);
  fake_connection_close (fake_platform_wait_ready (self->platform), 4001, "bye now");
  service_wait_for_state (self, "platform", "retrying");
  g_variant_unref (service_call_session (self, "platform", "Reconnect"));
  service_wait_for_state (self, "platform", "connected");
  fake_wait_settle (); /* the signals that came before the last answer */

  g_variant_dict_insert (&known, "State", "s", "connected");
  g_variant_dict_insert (&known, "Step", "s", "relay");
  g_variant_dict_insert (&known, "RetryingAt", "t", (guint64) 0);
  g_variant_dict_insert (&known, "ConnectedSince", "t", (guint64) 1);
  g_variant_dict_insert (&known, "LastErrorCode", "s", "");
  for (guint i = 0; i < self->changes->len; i++)
    {
      g_autoptr (GVariant) changed = g_variant_get_child_value (g_ptr_array_index (self->changes, i), 2);
      const char *state, *step, *code, *key;
      guint64 retrying_at, connected_since;
      GVariant *value;
      GVariantIter iter;

      g_variant_iter_init (&iter, changed);
      while (g_variant_iter_loop (&iter, "{&sv}", &key, &value))
        g_variant_dict_insert_value (&known, key, value);

      g_variant_dict_lookup (&known, "State", "&s", &state);
      g_variant_dict_lookup (&known, "Step", "&s", &step);
      g_variant_dict_lookup (&known, "LastErrorCode", "&s", &code);
      g_variant_dict_lookup (&known, "RetryingAt", "t", &retrying_at);
      g_variant_dict_lookup (&known, "ConnectedSince", "t", &connected_since);
      g_assert_cmpint (g_str_equal (state, "connected"), ==, connected_since != 0);
      g_assert_cmpint (g_str_equal (state, "connected"), ==, g_str_equal (step, "relay"));
      g_assert_cmpint (g_str_equal (state, "connected"), ==, g_str_equal (code, ""));
      g_assert_cmpint (g_str_equal (state, "retrying"), ==, retrying_at != 0);
      g_assert_cmpint (g_str_equal (state, "retrying"), ==, g_str_equal (step, ""));

      if (!g_str_equal (state, last_state))
        g_string_append_printf (states, "%s ", state);
      g_free (last_state);
      last_state = g_strdup (state);
    }

  g_assert_cmpstr (states->str, ==, "retrying connecting connected ");
}

static void
test_error_of_a_closed_link (ServiceFixture *self, gconstpointer data)
{
  service_start (self);
  fake_connection_close (fake_platform_wait_ready (self->platform), 4001, "bye now");
  service_wait_for_state (self, "platform", "retrying");

  g_assert_true (service_property_is (self, "platform", "LastErrorCode", "platform-closed"));
  g_assert_true (service_property_is (self, "platform", "LastError", "platform closed: 4001: bye now"));
  g_assert_cmpuint (service_get_uint64 (self, "platform", "RetryingAt"), >, (guint64) g_get_real_time () / 1000);
  g_assert_cmpuint (service_get_uint64 (self, "platform", "ConnectedSince"), ==, 0);
}

/* Read live whenever asked, and never in a signal. */
static void
test_counters (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *status = NULL;
  guint64 frames;

  service_start (self);
  fake_platform_wait_ready (self->platform);
  service_wait_for_state (self, "platform", "connected");

  frames = service_get_uint64 (self, "platform", "FramesToGateway");
  for (guint i = 0; i < 3; i++)
    {
      g_autoptr (FakeMessage) answer = fake_platform_request (self->platform, "health", "{}");

      g_assert_nonnull (answer);
    }
  g_assert_cmpuint (service_get_uint64 (self, "platform", "FramesToGateway"), ==, frames + 3);
  g_assert_cmpuint (service_get_uint64 (self, "platform", "BytesToGateway"), >, 0);
  g_assert_cmpuint (service_get_uint64 (self, "platform", "BytesToPlatform"), >, 0);

  reply = service_call_manager (self, "GetStatus");
  status = g_variant_print (reply, TRUE);
  g_assert_nonnull (strstr (status, "'FramesToGateway': <uint64 "));
  fake_wait_settle (); /* the signals that came before the last answer */
  for (guint i = 0; i < self->changes->len; i++)
    {
      g_autofree char *change = g_variant_print (g_ptr_array_index (self->changes, i), FALSE);

      g_assert_null (strstr (change, "Frames"));
      g_assert_null (strstr (change, "Bytes"));
    }
}

static void
test_activity (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (FakeMessage) answer = NULL;
  const char *kind, *method;

  service_start (self);
  fake_platform_wait_ready (self->platform);
  answer = fake_platform_request (self->platform, "platform.session.resolve", "{\"userId\":\"u\"}");

  fake_wait_until (self->activities->len == 1);
  g_variant_get (self->activities->pdata[0], "(&s&s&s&s)", &kind, &method, NULL, NULL);
  g_assert_cmpstr (kind, !=, "");
  g_assert_cmpstr (method, ==, "platform.session.resolve");
  g_assert_cmpuint (service_get_uint64 (self, "platform", "RequestsServed"), ==, 1);
}

static void
test_get_status_is_all_properties (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *one = service_account ("one", self->platform, "");
  g_autofree char *two = service_account ("two", self->platform2, "enabled=false");
  g_autofree char *both = g_strconcat (one, two, NULL);
  g_autoptr (GVariant) reply = NULL;
  g_autoptr (GVariant) status = NULL;
  g_autoptr (GVariant) properties = NULL;
  g_autoptr (GVariant) all_reply = NULL;
  g_autoptr (GVariant) all = NULL;
  g_autoptr (GError) error = NULL;

  service_configure (self, both);
  service_start (self);
  service_wait_for_state (self, "one", "connected");

  reply = service_call_manager (self, "GetStatus");
  status = g_variant_get_child_value (reply, 0);
  g_assert_cmpuint (g_variant_n_children (status), ==, 2);
  properties = g_variant_lookup_value (status, "two", G_VARIANT_TYPE_VARDICT);
  all_reply = service_call (self, SERVICE_PATH "/session/two", "org.freedesktop.DBus.Properties", "GetAll",
                            g_variant_new ("(s)", SERVICE_SESSION), &error);
  g_assert_no_error (error);
  all = g_variant_get_child_value (all_reply, 0);
  g_assert_true (g_variant_equal (properties, all));
}

static gboolean
reconnect (ServiceFixture *self, const char *account_id)
{
  g_autoptr (GVariant) reply = service_call_session (self, account_id, "Reconnect");
  gboolean triggered;

  g_variant_get (reply, "(b)", &triggered);
  return triggered;
}

static void
test_reconnect_skips_only_a_retry (ServiceFixture *self, gconstpointer data)
{
  FakeConnection *connection;

  service_start (self);
  connection = fake_platform_wait_ready (self->platform);
  service_wait_for_state (self, "platform", "connected");
  g_assert_false (reconnect (self, "platform"));
  g_assert_true (fake_connection_is_open (connection));

  fake_connection_close (connection, 1000, "");
  service_wait_for_state (self, "platform", "retrying");
  g_assert_true (reconnect (self, "platform"));
  g_assert_cmpuint (service_get_uint64 (self, "platform", "RetryingAt"), ==, 0);
  service_wait_for_state (self, "platform", "connected");

  g_variant_unref (service_call_session (self, "platform", "Stop"));
  service_wait_for_state (self, "platform", "disconnected");
  g_assert_false (reconnect (self, "platform"));
  g_assert_true (service_property_is (self, "platform", "State", "disconnected"));
}

static void
test_manager_reconnect_counts (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *one = service_account ("one", self->platform, "");
  g_autofree char *two = service_account ("two", self->platform2, "");
  g_autofree char *both = g_strconcat (one, two, NULL);
  g_autoptr (GVariant) none = NULL;
  g_autoptr (GVariant) some = NULL;
  guint32 n_skipped;

  service_configure (self, both);
  service_start (self);
  fake_platform_wait_ready (self->platform);
  fake_platform_wait_ready (self->platform2);
  service_wait_for_state (self, "one", "connected");
  service_wait_for_state (self, "two", "connected");
  none = service_call_manager (self, "Reconnect");
  g_variant_get (none, "(u)", &n_skipped);
  g_assert_cmpuint (n_skipped, ==, 0);

  fake_connection_close (fake_platform_get_ready (self->platform2), 1000, "");
  service_wait_for_state (self, "two", "retrying");
  some = service_call_manager (self, "Reconnect");
  g_variant_get (some, "(u)", &n_skipped);
  g_assert_cmpuint (n_skipped, ==, 1);
  service_wait_for_state (self, "two", "connected");
  g_assert_true (service_property_is (self, "one", "State", "connected"));
}

static void
test_stop_start_restart (ServiceFixture *self, gconstpointer data)
{
  service_start (self);
  service_wait_for_state (self, "platform", "connected");

  g_variant_unref (service_call_session (self, "platform", "Restart"));
  fake_wait_until (fake_peer_get_n_total (FAKE_PEER (self->platform)) == 2);
  service_wait_for_state (self, "platform", "connected");

  g_variant_unref (service_call_session (self, "platform", "Stop"));
  service_wait_for_state (self, "platform", "disconnected");
  g_assert_true (service_property_is (self, "platform", "LastError", ""));
  g_assert_cmpuint (service_get_uint64 (self, "platform", "RetryingAt"), ==, 0);
  fake_peer_expect_empty (self->platform);
  fake_peer_expect_empty (self->gateway);

  g_variant_unref (service_call_session (self, "platform", "Start"));
  service_wait_for_state (self, "platform", "connected");
  g_variant_unref (service_call_session (self, "platform", "Stop"));
  g_variant_unref (service_call_session (self, "platform", "Restart"));
  service_wait_for_state (self, "platform", "connected");
}

static void
assert_refused (ServiceFixture *self, const char *account_id, const char *method, RelayError code)
{
  g_autofree char *path = g_strconcat (SERVICE_PATH "/session/", account_id, NULL);
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = service_call (self, path, SERVICE_SESSION, method, NULL, &error);

  g_assert_null (reply);
  g_assert_error (error, RELAY_ERROR, (int) code);
}

static void
test_start_of_what_cannot (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *disabled = service_account ("disabled", self->platform, "enabled=false");
  g_autofree char *text = g_strconcat (disabled,
                                       "[account wrong]\nplatform-url=http://platform.example/\n"
                                       "[account plain]\nplatform-url=ws://platform.example/\nplatform-key=k\n",
                                       NULL);

  service_configure (self, text);
  service_start (self);
  service_wait_for_state (self, "disabled", "disconnected");
  assert_refused (self, "disabled", "Restart", RELAY_ERROR_UNAVAILABLE);
  assert_refused (self, "wrong", "Start", RELAY_ERROR_BAD_SETTINGS);
  assert_refused (self, "plain", "Restart", RELAY_ERROR_PLAINTEXT_REFUSED);
  fake_wait_until (service_property_is (self, "wrong", "LastErrorCode", "bad-settings"));
  fake_wait_until (service_property_is (self, "plain", "LastErrorCode", "plaintext-refused"));
  g_assert_true (service_property_is (self, "disabled", "LastError", ""));
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->platform)), ==, 0);

  /* But who asks for it gets a disabled account connected. */
  g_variant_unref (service_call_session (self, "disabled", "Start"));
  service_wait_for_state (self, "disabled", "connected");
}

static void
assert_fails (ServiceFixture *self, const char *path, const char *interface, const char *method, GVariant *parameters)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply = service_call (self, path, interface, method, parameters, &error);

  g_assert_null (reply);
  g_assert_nonnull (error);
}

static void
test_nonsense_from_the_bus (ServiceFixture *self, gconstpointer data)
{
  const char *session_path = SERVICE_PATH "/session/platform";

  service_start (self);
  assert_fails (self, session_path, SERVICE_SESSION, "Reconnect", g_variant_new ("(s)", "x"));
  assert_fails (self, session_path, SERVICE_SESSION, "Nothing", NULL);
  assert_fails (self, SERVICE_PATH "/session/other", SERVICE_SESSION, "Stop", NULL);
  assert_fails (self, SERVICE_PATH, SERVICE_MANAGER, "GetStatus", g_variant_new ("(u)", 1));
  assert_fails (self, session_path, "org.freedesktop.DBus.Properties", "Set",
                g_variant_new ("(ssv)", SERVICE_SESSION, "State", g_variant_new_string ("connected")));
  assert_fails (self, session_path, "org.freedesktop.DBus.Properties", "Set",
                g_variant_new ("(ssv)", SERVICE_SESSION, "FramesToGateway", g_variant_new_uint64 (7)));
  assert_fails (self, session_path, "org.freedesktop.DBus.Properties", "Get",
                g_variant_new ("(ss)", SERVICE_SESSION, "Nothing"));
  service_wait_for_state (self, "platform", "connected");
}

/* No key and no token, whatever happens; not even when a peer says them. */
static void
test_no_secrets_on_the_bus (ServiceFixture *self, gconstpointer data)
{
  g_autoptr (GVariant) reply = NULL;
  g_autofree char *status = NULL;

  fake_platform_set_mode (self->platform, FAKE_PLATFORM_ERROR);
  fake_platform_set_error (self->platform, "unknown key " SERVICE_KEY " for " SERVICE_TOKEN);
  service_start (self);
  service_wait_for_state (self, "platform", "retrying");

  reply = service_call_manager (self, "GetStatus");
  status = g_variant_print (reply, FALSE);
  g_assert_nonnull (strstr (status, "unknown key"));
  g_assert_null (strstr (status, SERVICE_KEY));
  g_assert_null (strstr (status, SERVICE_TOKEN));
  fake_wait_settle (); /* the signals that came before the last answer */
  for (guint i = 0; i < self->changes->len; i++)
    {
      g_autofree char *change = g_variant_print (g_ptr_array_index (self->changes, i), FALSE);

      g_assert_null (strstr (change, SERVICE_KEY));
      g_assert_null (strstr (change, SERVICE_TOKEN));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  service_test_add ("/dbus/interfaces-are-the-xml", test_interfaces_are_the_xml);
  service_test_add ("/dbus/objects-are-announced", test_objects_are_announced);
  service_test_add ("/dbus/properties-of-a-connected-account", test_properties_of_a_connected_account);
  service_test_add ("/dbus/state-step-error-and-times-change-together", test_state_step_error_and_times_change_together);
  service_test_add ("/dbus/error-of-a-closed-link", test_error_of_a_closed_link);
  service_test_add ("/dbus/counters", test_counters);
  service_test_add ("/dbus/activity", test_activity);
  service_test_add ("/dbus/get-status-is-all-properties", test_get_status_is_all_properties);
  service_test_add ("/dbus/reconnect-skips-only-a-retry", test_reconnect_skips_only_a_retry);
  service_test_add ("/dbus/manager-reconnect-counts", test_manager_reconnect_counts);
  service_test_add ("/dbus/stop-start-restart", test_stop_start_restart);
  service_test_add ("/dbus/start-of-what-cannot", test_start_of_what_cannot);
  service_test_add ("/dbus/nonsense-from-the-bus", test_nonsense_from_the_bus);
  service_test_add ("/dbus/no-secrets-on-the-bus", test_no_secrets_on_the_bus);

  return g_test_run ();
}
