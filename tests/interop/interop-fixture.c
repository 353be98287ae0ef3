/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "interop-fixture.h"

#include <glib/gstdio.h>
#include <unistd.h>

static RealGateway *shared_gateway;

/**
 * interop_configure:
 * @self: a fixture
 * @max_delay: the longest delay between attempts, in seconds
 * @account_lines: further lines of the account
 *
 * Writes a gangway.conf as a user does: OpenClaw's configuration is found in the home folder.
 */
void
interop_configure (InteropFixture *self, const char *max_delay, const char *account_lines)
{
  g_autofree char *account = service_account ("platform", self->service.platform, account_lines);
  g_autofree char *text = g_strdup_printf ("[retry]\ninitial-delay=0.5\nmax-delay=%s\n\n%s", max_delay, account);

  service_configure_raw (&self->service, text);
}

/**
 * interop_use_gateway_configuration:
 * @self: a fixture
 *
 * Puts the very configuration that the gateway runs with into the home folder.
 */
void
interop_use_gateway_configuration (InteropFixture *self)
{
  g_autofree char *theirs = real_gateway_get_path (self->gateway, "home/.openclaw");
  g_autofree char *ours = g_build_filename (self->service.dir, ".openclaw", NULL);

  g_assert_no_errno (symlink (theirs, ours));
}

/**
 * interop_use_own_configuration:
 * @self: a fixture
 * @secret: the gateway's token, or another one
 *
 * Puts a configuration into the home folder that knows the gateway's port and @secret, and no agents.
 */
void
interop_use_own_configuration (InteropFixture *self, const char *secret)
{
  g_autofree char *folder = g_build_filename (self->service.dir, ".openclaw", NULL);
  g_autofree char *file = g_build_filename (folder, "openclaw.json", NULL);
  g_autofree char *text =
      g_strdup_printf ("{ gateway: { port: %u, auth: { mode: 'token', token: '%s' } } }\n", self->gateway->port, secret);
  g_autoptr (GError) error = NULL;

  g_mkdir (folder, 0700);
  g_file_set_contents (file, text, -1, &error);
  g_assert_no_error (error);
}

/**
 * interop_set_up:
 * @self: what to fill
 * @data: unused
 *
 * Has a gateway that may not run yet, and a service that is not started.
 */
void
interop_set_up (InteropFixture *self, gconstpointer data)
{
  if (shared_gateway == NULL)
    shared_gateway = real_gateway_new ("token");

  self->gateway = shared_gateway;
  service_fixture_set_up (&self->service, NULL);
  interop_configure (self, "2", "");
}

/**
 * interop_set_up_running:
 * @self: what to fill
 * @data: unused
 *
 * Has a gateway that runs, and a service that is not started.
 */
void
interop_set_up_running (InteropFixture *self, gconstpointer data)
{
  interop_set_up (self, data);
  if (self->gateway->port == 0)
    real_gateway_run (self->gateway);
}

/**
 * interop_set_up_connected:
 * @self: what to fill
 * @data: unused
 *
 * Has a gateway and a service that have come together.
 */
void
interop_set_up_connected (InteropFixture *self, gconstpointer data)
{
  interop_set_up_running (self, data);
  interop_use_gateway_configuration (self);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);
  service_wait_for_state (&self->service, "platform", "connected");
}

/**
 * interop_tear_down:
 * @self: a fixture
 * @data: unused
 *
 * Ends the service; the gateway stays for the next test.
 */
void
interop_tear_down (InteropFixture *self, gconstpointer data)
{
  g_autofree char *folder = g_build_filename (self->service.dir, ".openclaw", NULL);
  g_autofree char *file = g_build_filename (folder, "openclaw.json", NULL);

  if (!g_file_test (folder, G_FILE_TEST_IS_SYMLINK))
    {
      g_unlink (file);
      g_rmdir (folder);
    }
  g_unlink (folder);
  service_fixture_tear_down (&self->service, NULL);
}

/**
 * interop_assert_member:
 * @message: a message
 * @path: a path in it
 * @value: what must stand there
 *
 * Fails the test if it does not.
 */
void
interop_assert_member (const FakeMessage *message, const char *path, const char *value)
{
  if (!fake_message_has (message, path, value))
    g_error ("%s is not %s in %.2000s", path, value, message->text);
}

/**
 * interop_request_ok:
 * @self: a fixture
 * @method: a method
 * @params: its params
 *
 * Sends a request that must succeed.
 *
 * Returns: (transfer full): the answer
 */
FakeMessage *
interop_request_ok (InteropFixture *self, const char *method, const char *params)
{
  FakeMessage *answer = fake_platform_request (self->service.platform, method, params);

  interop_assert_member (answer, "ok", "true");
  return answer;
}

/**
 * interop_end_gateway:
 *
 * Ends the gateway that the tests share.
 */
void
interop_end_gateway (void)
{
  g_clear_pointer (&shared_gateway, real_gateway_free);
}
