/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * A workspace on a disk that hangs, seen from outside: the service goes on, and ends in time.
 */

#include "config.h"

#include "service-fixture.h"

#include <glib/gstdio.h>
#include <signal.h>

#include "fakes/fake-hang.h"

#define END_LIMIT_US (2 * G_USEC_PER_SEC)
#define N_SLOTS 4
#define LS_PARAMS "{\"sessionKey\":\"agent:main:x\"}"

static FakeHang *disk;

static void
configure (ServiceFixture *self, const char *root, const char *access)
{
  g_autofree char *more = g_strdup_printf ("workspace-root=%s\nworkspace-access=%s", root, access);
  g_autofree char *first = service_account ("platform", self->platform, more);
  g_autofree char *second = service_account ("other", self->platform2, more);
  g_autofree char *both = g_strconcat (first, second, NULL);

  service_configure (self, both);
}

/* Other accounts are served, the bus is answered, settings are read and applied, and SIGTERM is heeded. */
static void
test_service_goes_on (ServiceFixture *self, gconstpointer data)
{
  g_autofree char *root = g_dir_make_tmp ("gangway-disk-XXXXXX", NULL);
  g_autoptr (Program) daemon = NULL;
  g_autoptr (FakeMessage) answer = NULL;
  gint64 begin_us;

  configure (self, root, "read-write");
  daemon = program_start_gangwayd (self, NULL);
  fake_platform_wait_ready (self->platform);
  fake_platform_wait_ready (self->platform2);
  fake_hang_hold (disk, N_SLOTS);
  for (guint i = 0; i < N_SLOTS; i++)
    g_free (fake_platform_send_request (self->platform, "workspace.ls", LS_PARAMS));
  fake_wait_until (fake_hang_get_n_held (disk) == N_SLOTS);

  answer = fake_platform_request (self->platform2, "workspace.ls", LS_PARAMS);
  g_assert_true (fake_message_has (answer, "ok", "true"));
  g_variant_unref (service_call_manager (self, "GetStatus"));
  configure (self, root, "read-only");
  fake_wait_until (service_property_is (self, "platform", "WorkspaceAccess", "read-only"));

  begin_us = g_get_monotonic_time ();
  g_subprocess_send_signal (daemon->subprocess, SIGTERM);
  g_assert_cmpint (program_wait (daemon), ==, 0);
  g_assert_cmpint (g_get_monotonic_time () - begin_us, <, END_LIMIT_US);
  g_assert_cmpuint (fake_hang_get_n_held (disk), ==, N_SLOTS);

  fake_hang_release (disk);
  g_assert_cmpint (g_remove (root), ==, 0);
}

int
main (int argc, char *argv[])
{
  int status;

  g_test_init (&argc, &argv, NULL);
  disk = fake_hang_new ();

  service_test_add ("/disk/hangs/service-goes-on", test_service_goes_on);

  status = g_test_run ();
  fake_hang_free (disk);
  return status;
}
