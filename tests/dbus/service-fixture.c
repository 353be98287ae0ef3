/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service-fixture.h"

#include <glib/gstdio.h>
#include <glib-unix.h>
#include <signal.h>
#include <sys/pidfd.h>
#include <unistd.h>

#include "common/relay-error.h"

/* What the environment of the test's user must not lend to the service. */
static const char *const foreign_variables[] = {
  "GANGWAY_PLATFORM_KEY",
  "OPENCLAW_CONFIG_PATH",
  "OPENCLAW_STATE_DIR",
  "OPENCLAW_HOME",
  "OPENCLAW_PROFILE",
  "OPENCLAW_GATEWAY_PORT",
  "OPENCLAW_GATEWAY_TOKEN",
  "CREDENTIALS_DIRECTORY",
  "NOTIFY_SOCKET",
  "WATCHDOG_USEC",
  "DISPLAY",
  "WAYLAND_DISPLAY",
  "GNOME_KEYRING_CONTROL",
};

static void
on_properties_changed (GDBusConnection *connection, const char *sender, const char *path, const char *interface,
                       const char *signal, GVariant *parameters, gpointer user_data)
{
  ServiceFixture *self = user_data;
  g_autoptr (GVariant) changed = g_variant_get_child_value (parameters, 1);
  const char *of_interface;

  g_variant_get_child (parameters, 0, "&s", &of_interface);
  g_ptr_array_add (self->changes, g_variant_ref_sink (g_variant_new ("(os@a{sv})", path, of_interface, changed)));
}

static void
on_activity (GDBusConnection *connection, const char *sender, const char *path, const char *interface, const char *signal,
             GVariant *parameters, gpointer user_data)
{
  ServiceFixture *self = user_data;

  g_ptr_array_add (self->activities, g_variant_ref (parameters));
}

/**
 * service_setenv:
 * @self: a fixture
 * @name: a variable
 * @value: its value
 *
 * Sets a variable for the programs that are started from now on; the test's own environment stays, for its threads' sake.
 */
void
service_setenv (ServiceFixture *self, const char *name, const char *value)
{
  self->environ_ = g_environ_setenv (self->environ_, name, value, TRUE);
}

static void
set_up_environment (ServiceFixture *self)
{
  self->environ_ = g_get_environ ();
  for (guint i = 0; i < G_N_ELEMENTS (foreign_variables); i++)
    self->environ_ = g_environ_unsetenv (self->environ_, foreign_variables[i]);

  self->dir = g_dir_make_tmp ("gangway-test-XXXXXX", NULL);
  self->config_file = g_build_filename (self->dir, "gangway.conf", NULL);
  service_setenv (self, "GANGWAY_CONFIG", self->config_file);
  service_setenv (self, "HOME", self->dir);
  service_setenv (self, "XDG_CONFIG_HOME", self->dir);
  service_setenv (self, "XDG_STATE_HOME", self->dir);
  service_setenv (self, "XDG_DATA_HOME", self->dir);
  service_setenv (self, "XDG_RUNTIME_DIR", self->dir);
  service_setenv (self, "LC_ALL", "C.UTF-8");
}

static const char bus_config[] = "<busconfig>\n"
                                 "  <type>session</type>\n"
                                 "  <listen>unix:dir=%s</listen>\n"
                                 "  <servicedir>" SERVICE_DIR "</servicedir>\n"
                                 "  <policy context='default'>\n"
                                 "    <allow send_destination='*' eavesdrop='true'/>\n"
                                 "    <allow eavesdrop='true'/>\n"
                                 "    <allow own='*'/>\n"
                                 "  </policy>\n"
                                 "</busconfig>\n";

/*
 * Not GTestDBus: its bus outlives a test that crashes, and the process that is to prevent this keeps copies of the fakes'
 * sockets.
 */
static char *
start_bus (ServiceFixture *self)
{
  g_autoptr (GSubprocessLauncher) launcher = program_launcher_new (self, G_SUBPROCESS_FLAGS_STDOUT_PIPE);
  g_autofree char *config_file = g_build_filename (self->dir, "bus.conf", NULL);
  g_autofree char *config = g_strdup_printf (bus_config, self->dir);
  g_autofree char *option = g_strconcat ("--config-file=", config_file, NULL);
  g_autoptr (GDataInputStream) output = NULL;
  g_autoptr (GError) error = NULL;
  char *address;

  g_file_set_contents (config_file, config, -1, &error);
  g_assert_no_error (error);
  self->bus = g_subprocess_launcher_spawn (launcher, &error, "dbus-daemon", "--nofork", "--print-address", option, NULL);
  g_assert_no_error (error);

  output = g_data_input_stream_new (g_subprocess_get_stdout_pipe (self->bus));
  address = g_data_input_stream_read_line (output, NULL, NULL, &error);
  g_assert_no_error (error);
  g_unlink (config_file);
  return address;
}

static void
set_up_bus (ServiceFixture *self)
{
  g_autofree char *address = start_bus (self);
  g_autoptr (GError) error = NULL;

  service_setenv (self, "DBUS_SESSION_BUS_ADDRESS", address);
  self->connection = g_dbus_connection_new_for_address_sync (address,
                                                             G_DBUS_CONNECTION_FLAGS_AUTHENTICATION_CLIENT |
                                                                 G_DBUS_CONNECTION_FLAGS_MESSAGE_BUS_CONNECTION,
                                                             NULL, NULL, &error);
  g_assert_no_error (error);

  self->subscription_ids[0] =
      g_dbus_connection_signal_subscribe (self->connection, SERVICE_BUS_NAME, "org.freedesktop.DBus.Properties",
                                          "PropertiesChanged", NULL, NULL, G_DBUS_SIGNAL_FLAGS_NONE, on_properties_changed,
                                          self, NULL);
  self->subscription_ids[1] =
      g_dbus_connection_signal_subscribe (self->connection, SERVICE_BUS_NAME, SERVICE_SESSION, "Activity", NULL, NULL,
                                          G_DBUS_SIGNAL_FLAGS_NONE, on_activity, self, NULL);
}

static void
on_bus_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  ServiceFixture *self = user_data;

  g_subprocess_wait_finish (G_SUBPROCESS (source), result, NULL);
  g_clear_object (&self->bus);
}

/**
 * service_end_bus:
 * @self: a fixture
 *
 * Ends the bus.
 */
void
service_end_bus (ServiceFixture *self)
{
  g_subprocess_wait_async (self->bus, NULL, on_bus_ended, self);
  g_subprocess_send_signal (self->bus, SIGTERM);
  fake_wait_until (self->bus == NULL);
}

/**
 * service_fixture_set_up:
 * @self: what to fill
 * @data: unused
 *
 * Has a bus, fakes and an account `platform` ready; the service is started by the first call.
 */
void
service_fixture_set_up (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *account = NULL;

  relay_error_register_for_dbus ();
  self->changes = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->activities = g_ptr_array_new_with_free_func ((GDestroyNotify) g_variant_unref);
  self->gateway = fake_gateway_new (SERVICE_TOKEN);
  self->platform = fake_platform_new ();
  self->platform2 = fake_platform_new ();
  set_up_environment (self);
  set_up_bus (self);

  account = service_account ("platform", self->platform, "");
  service_configure (self, account);
}

static gboolean
on_service_process_ended (int fd, GIOCondition condition, gpointer user_data)
{
  gboolean *has_ended = user_data;

  *has_ended = TRUE;
  return G_SOURCE_REMOVE;
}

/* Returns: the process of the service that the bus has started, 0 if there is none */
static guint32
get_pid (ServiceFixture *self)
{
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "GetConnectionUnixProcessID", g_variant_new ("(s)", SERVICE_BUS_NAME),
                                   G_VARIANT_TYPE ("(u)"), G_DBUS_CALL_FLAGS_NONE, FAKE_WAIT_LIMIT_MS, NULL, NULL);
  guint32 pid = 0;

  if (reply != NULL)
    g_variant_get (reply, "(u)", &pid);
  return pid;
}

/**
 * service_dup_pid:
 * @self: a fixture whose service runs
 *
 * Returns: (transfer full): the id of its process
 */
char *
service_dup_pid (ServiceFixture *self)
{
  return g_strdup_printf ("%u", get_pid (self));
}

/* Returns: the service's process, for wait_for_process(); -1 if there is none */
static int
open_service_process (ServiceFixture *self)
{
  guint32 pid = get_pid (self);

  return pid != 0 ? pidfd_open ((pid_t) pid, 0) : -1;
}

/* It writes files to its end. */
static void
wait_for_process (int pidfd)
{
  gboolean has_ended = FALSE;

  if (pidfd < 0)
    return;

  g_unix_fd_add (pidfd, G_IO_IN, on_service_process_ended, &has_ended);
  fake_wait_until (has_ended);
  close (pidfd);
}

static void
remove_folder (const char *path)
{
  g_autoptr (GDir) dir = g_dir_open (path, 0, NULL);
  const char *name;

  while (dir != NULL && (name = g_dir_read_name (dir)) != NULL)
    {
      g_autofree char *child = g_build_filename (path, name, NULL);

      if (g_file_test (child, G_FILE_TEST_IS_DIR) && !g_file_test (child, G_FILE_TEST_IS_SYMLINK))
        remove_folder (child);
      else
        g_unlink (child);
    }
  g_rmdir (path);
}

/**
 * service_stop:
 * @self: a fixture whose service runs
 *
 * Ends the service as systemd does; a call starts it again.
 */
void
service_stop (ServiceFixture *self)
{
  int pidfd = open_service_process (self);

  g_assert_cmpint (pidfd, >=, 0);
  g_assert_cmpint (pidfd_send_signal (pidfd, SIGTERM, NULL, 0), ==, 0);
  wait_for_process (pidfd);
}

/**
 * service_fixture_tear_down:
 * @self: a fixture
 * @data: unused
 *
 * Ends the bus, and with it the service.
 */
void
service_fixture_tear_down (ServiceFixture *self, gconstpointer data)
{
  int pidfd = self->bus != NULL ? open_service_process (self) : -1;

  for (guint i = 0; i < G_N_ELEMENTS (self->subscription_ids); i++)
    g_dbus_connection_signal_unsubscribe (self->connection, self->subscription_ids[i]);
  g_dbus_connection_close_sync (self->connection, NULL, NULL);
  g_clear_object (&self->connection);
  if (self->bus != NULL)
    service_end_bus (self);
  wait_for_process (pidfd);

  /* The service ends with its bus, and nothing of it is left. */
  fake_peer_expect_empty (self->gateway);
  fake_peer_expect_empty (self->platform);
  fake_peer_expect_empty (self->platform2);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_clear_object (&self->platform2);

  remove_folder (self->dir);
  g_free (self->config_file);
  g_free (self->dir);
  g_strfreev (self->environ_);
  g_ptr_array_unref (self->changes);
  g_ptr_array_unref (self->activities);
}

/**
 * service_account:
 * @id: the account's id
 * @platform: where it connects to
 * @more: further lines
 *
 * Returns: (transfer full): an account's group for gangway.conf
 */
char *
service_account (const char *id, FakePlatform *platform, const char *more)
{
  return g_strdup_printf ("[account %s]\nplatform-url=%s\nplatform-key=" SERVICE_KEY "\n%s\n", id,
                          fake_peer_get_url (FAKE_PEER (platform)), more);
}

/**
 * service_configure_raw:
 * @self: a fixture
 * @text: what gangway.conf shall hold
 *
 * Replaces gangway.conf, as an editor does.
 */
void
service_configure_raw (ServiceFixture *self, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (self->config_file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

/**
 * service_configure:
 * @self: a fixture
 * @accounts: the account groups
 *
 * Writes a gangway.conf whose retries wait too long to come up in a test, unless they are skipped.
 */
void
service_configure (ServiceFixture *self, const char *accounts)
{
  g_autofree char *openclaw_file = g_build_filename (self->dir, "openclaw.json", NULL);
  g_autofree char *text = NULL;

  if (!g_file_test (openclaw_file, G_FILE_TEST_EXISTS))
    g_file_set_contents (openclaw_file, "{}", -1, NULL);
  text = g_strdup_printf ("[gateway]\nopenclaw-config=%s\nurl=%s\ntoken=" SERVICE_TOKEN "\n\n"
                          "[retry]\ninitial-delay=3000\nmax-delay=3000\n\n%s",
                          openclaw_file, fake_peer_get_url (FAKE_PEER (self->gateway)), accounts);
  service_configure_raw (self, text);
}

/**
 * service_call:
 * @self: a fixture
 * @path: an object path
 * @interface: an interface
 * @method: a method
 * @parameters: (nullable) (transfer floating): its parameters
 * @error: how it failed
 *
 * Returns: (transfer full): the answer
 */
GVariant *
service_call (ServiceFixture *self, const char *path, const char *interface, const char *method, GVariant *parameters,
              GError **error)
{
  return g_dbus_connection_call_sync (self->connection, SERVICE_BUS_NAME, path, interface, method, parameters, NULL,
                                      G_DBUS_CALL_FLAGS_NONE, FAKE_WAIT_LIMIT_MS, NULL, error);
}

/**
 * service_call_manager:
 * @self: a fixture
 * @method: a method without parameters
 *
 * Returns: (transfer full): the answer
 */
GVariant *
service_call_manager (ServiceFixture *self, const char *method)
{
  g_autoptr (GError) error = NULL;
  GVariant *reply = service_call (self, SERVICE_PATH, SERVICE_MANAGER, method, NULL, &error);

  g_assert_no_error (error);
  return reply;
}

/**
 * service_call_session:
 * @self: a fixture
 * @account_id: an account
 * @method: a method without parameters
 *
 * Returns: (transfer full): the answer
 */
GVariant *
service_call_session (ServiceFixture *self, const char *account_id, const char *method)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *path = g_strconcat (SERVICE_PATH "/session/", account_id, NULL);
  GVariant *reply = service_call (self, path, SERVICE_SESSION, method, NULL, &error);

  g_assert_no_error (error);
  return reply;
}

/**
 * service_start:
 * @self: a fixture
 *
 * Has the bus start the service.
 */
void
service_start (ServiceFixture *self)
{
  g_variant_unref (service_call_manager (self, "GetStatus"));
  g_assert_true (service_is_running (self));
}

/**
 * service_is_running:
 * @self: a fixture
 *
 * Returns: whether the name has an owner
 */
gboolean
service_is_running (ServiceFixture *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GVariant) reply =
      g_dbus_connection_call_sync (self->connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                   "NameHasOwner", g_variant_new ("(s)", SERVICE_BUS_NAME), G_VARIANT_TYPE ("(b)"),
                                   G_DBUS_CALL_FLAGS_NONE, FAKE_WAIT_LIMIT_MS, NULL, &error);
  gboolean has_owner;

  g_assert_no_error (error);
  g_variant_get (reply, "(b)", &has_owner);
  return has_owner;
}

static GVariant *
get_property (ServiceFixture *self, const char *path, const char *interface, const char *property)
{
  g_autoptr (GVariant) reply =
      service_call (self, path, "org.freedesktop.DBus.Properties", "Get", g_variant_new ("(ss)", interface, property), NULL);
  GVariant *value;

  if (reply == NULL)
    return NULL;

  g_variant_get (reply, "(v)", &value);
  return value;
}

/**
 * service_get:
 * @self: a fixture
 * @account_id: an account
 * @property: a property of its session
 *
 * Returns: (transfer full) (nullable): its value; %NULL if there is no such account
 */
GVariant *
service_get (ServiceFixture *self, const char *account_id, const char *property)
{
  g_autofree char *path = g_strconcat (SERVICE_PATH "/session/", account_id, NULL);

  return get_property (self, path, SERVICE_SESSION, property);
}

/**
 * service_get_uint64:
 * @self: a fixture
 * @account_id: an account
 * @property: a property of its session, of type `t`
 *
 * Returns: its value
 */
guint64
service_get_uint64 (ServiceFixture *self, const char *account_id, const char *property)
{
  g_autoptr (GVariant) value = service_get (self, account_id, property);

  g_assert_nonnull (value);
  return g_variant_get_uint64 (value);
}

/**
 * service_property_is:
 * @self: a fixture
 * @account_id: an account
 * @property: a property of its session, of type `s`
 * @expected: a value
 *
 * Returns: whether it has that value now
 */
gboolean
service_property_is (ServiceFixture *self, const char *account_id, const char *property, const char *expected)
{
  g_autoptr (GVariant) value = service_get (self, account_id, property);

  return value != NULL && g_str_equal (g_variant_get_string (value, NULL), expected);
}

/**
 * service_manager_property_is:
 * @self: a fixture
 * @property: a property of the service as a whole, of type `s`
 * @expected: a value
 *
 * Returns: whether it has that value now
 */
gboolean
service_manager_property_is (ServiceFixture *self, const char *property, const char *expected)
{
  g_autoptr (GVariant) value = get_property (self, SERVICE_PATH, SERVICE_MANAGER, property);

  return value != NULL && g_str_equal (g_variant_get_string (value, NULL), expected);
}

/**
 * service_has_account:
 * @self: a fixture
 * @account_id: an account
 *
 * Returns: whether it has an object on the bus
 */
gboolean
service_has_account (ServiceFixture *self, const char *account_id)
{
  return service_property_is (self, account_id, "AccountId", account_id);
}

/**
 * service_start_connected:
 * @self: a fixture whose service does not run yet
 *
 * Starts the service, and waits until the account `platform` is connected.
 */
void
service_start_connected (ServiceFixture *self)
{
  service_start (self);
  fake_platform_wait_ready (self->platform);
  service_wait_for_state (self, "platform", "connected");
}

/**
 * service_start_retrying:
 * @self: a fixture whose service does not run yet
 *
 * Likewise, and then has the platform close with 4001.
 */
void
service_start_retrying (ServiceFixture *self)
{
  service_start_connected (self);
  fake_connection_close (fake_platform_get_ready (self->platform), 4001, "bye now");
  service_wait_for_state (self, "platform", "retrying");
}
