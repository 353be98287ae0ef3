/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * A pump between two sockets that hold little, so that it is known to some KiB what waits for a platform that hardly reads:
 * between peers on TCP the kernel takes megabytes.
 */

#include "config.h"

#include <string.h>
#include <sys/socket.h>

#include <glib/gstdio.h>

#include "fakes/fake-clock.h"
#include "fakes/fake-frame.h"
#include "fakes/fake-wait.h"
#include "relay/relay-pump.h"

/* More than the socket takes, and less than has the relay stop reading the gateway. */
#define MUCH (200 * 1024)
#define SOCKET_BYTES 4096
#define CONF                                                                                                                \
  "[gateway]\nurl=ws://127.0.0.1:1\ntoken=t\nkeepalive-interval=300\n"                                                      \
  "[account a]\nplatform-url=ws://127.0.0.1:2\nplatform-key=key-4711\n"

typedef struct {
  FakeClock *clock;          /* (owned) */
  RelayCounters *counters;   /* (owned) */
  GCancellable *cancellable; /* (owned) */
  RelaySettings *settings;   /* (owned) */
  RelayOpenclaw *openclaw;   /* (owned) */
  RelayPump *pump;           /* (owned) */
  GSocket *gateway;          /* (owned) the far end */
  GSocket *platform;         /* (owned) the far end */
  char *home;                /* (owned) */
  GError *end;               /* (owned) (nullable) why the relay ended */
} NarrowFixture;

/* Returns: (transfer full): a link, whose far end is put into @peer */
static RelayLink *
open_link (NarrowFixture *self, RelayEndpoint *endpoint, GSocket **peer)
{
  static const RelayLinkTimes times = { 1000, 300000, 20000 };
  g_autoptr (GSocketConnection) connection = NULL;
  g_autoptr (GSocket) socket = NULL;
  g_autoptr (GBytes) nothing = g_bytes_new (NULL, 0);
  int fds[2];

  g_assert_cmpint (socketpair (AF_UNIX, SOCK_STREAM, 0, fds), ==, 0);
  socket = g_socket_new_from_fd (fds[0], NULL);
  *peer = g_socket_new_from_fd (fds[1], NULL);
  g_socket_set_blocking (*peer, FALSE);
  g_assert_true (g_socket_set_option (socket, SOL_SOCKET, SO_SNDBUF, SOCKET_BYTES, NULL));
  connection = g_socket_connection_factory_create_connection (socket);
  return relay_link_new (endpoint, RELAY_CLOCK (self->clock), &times, connection, nothing);
}

static void
on_ended (GObject *source, GAsyncResult *result, gpointer user_data)
{
  guint close_code;

  relay_pump_run_finish (RELAY_PUMP (source), result, &close_code, &((NarrowFixture *) user_data)->end);
}

static void
read_settings (NarrowFixture *self)
{
  g_autofree char *variable = NULL;
  g_autoptr (GError) error = NULL;

  self->home = g_dir_make_tmp ("gangway-narrow-XXXXXX", NULL);
  variable = g_strconcat ("HOME=", self->home, NULL);
  self->openclaw = relay_openclaw_load (NULL, (const char *[]){ variable, NULL });
  self->settings = relay_settings_new_from_data (CONF, strlen (CONF), "gangway.conf", &error);
  g_assert_no_error (error);
}

static void
set_up (NarrowFixture *self, gconstpointer unused)
{
  g_autoptr (RelayEndpoint) gateway = NULL;
  g_autoptr (RelayEndpoint) platform = NULL;
  g_autoptr (RelayWorkspaceSlots) slots = relay_workspace_slots_new ();
  RelayHandshakeResult links = { .max_payload = 1024 * 1024 };
  RelayAccount *account;

  self->clock = fake_clock_new ();
  self->cancellable = g_cancellable_new ();
  self->counters = g_atomic_rc_box_new0 (RelayCounters);
  read_settings (self);
  account = g_ptr_array_index (self->settings->accounts, 0);
  gateway = relay_endpoint_new_gateway (self->settings, self->openclaw, NULL);
  platform = relay_endpoint_new_platform (account, NULL);
  links.gateway = open_link (self, gateway, &self->gateway);
  links.platform = open_link (self, platform, &self->platform);
  self->pump = relay_pump_new (&links, RELAY_CLOCK (self->clock), self->counters, slots);
  relay_pump_set_settings (self->pump, self->settings, account, self->openclaw, "key-4711");
  relay_pump_run_async (self->pump, self->cancellable, on_ended, self);
}

static void
tear_down (NarrowFixture *self, gconstpointer unused)
{
  g_cancellable_cancel (self->cancellable);
  while (self->end == NULL)
    {
      fake_wait_settle ();
      fake_clock_advance_ms (self->clock, 100);
    }
  g_clear_object (&self->pump);
  fake_wait_settle ();
  g_assert_cmpuint (fake_clock_get_n_timeouts (self->clock), ==, 0);
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_clear_object (&self->clock);
  g_clear_object (&self->cancellable);
  g_clear_pointer (&self->counters, g_atomic_rc_box_release);
  g_clear_pointer (&self->settings, relay_settings_unref);
  g_clear_pointer (&self->openclaw, relay_openclaw_unref);
  g_clear_error (&self->end);
  g_rmdir (self->home);
  g_free (self->home);
}

static void
send_frame (GSocket *from, guint first_byte, const char *text, gsize length)
{
  g_autoptr (GByteArray) frame = g_byte_array_new ();

  fake_frame_append (frame, first_byte, text, length);
  for (gsize at = 0; at < frame->len;)
    {
      gssize count = g_socket_send (from, (const char *) frame->data + at, frame->len - at, NULL, NULL);

      at += count > 0 ? (gsize) count : 0;
      fake_wait_settle ();
    }
}

/* Returns: how many bytes were there to read, of @max_bytes */
static gsize
take (GSocket *socket, gsize max_bytes)
{
  g_autofree char *buffer = g_malloc (max_bytes);
  gsize taken = 0;
  gssize count;

  while (taken < max_bytes && (count = g_socket_receive (socket, buffer, max_bytes - taken, NULL, NULL)) > 0)
    {
      taken += (gsize) count;
      fake_wait_settle ();
    }
  return taken;
}

static void
pass_ms (NarrowFixture *self, guint ms)
{
  fake_clock_advance_ms (self->clock, ms);
  fake_wait_settle ();
  g_assert_no_error (self->end);
}

static void
begin_much (NarrowFixture *self)
{
  static const char request[] = "{\"type\":\"req\",\"id\":\"1\",\"method\":\"platform.session.resolve\",\"params\":"
                                "{\"userId\":\"ann\"}}";
  g_autofree char *much = g_strnfill (MUCH, '0');

  send_frame (self->gateway, FAKE_TEXT, much, MUCH);
  send_frame (self->platform, FAKE_FIN | FAKE_TEXT, request, strlen (request));
  g_assert_cmpuint (self->counters->requests_served, ==, 1);
}

static void
expect_end (NarrowFixture *self, const char *message)
{
  for (guint i = 0; i < 20 && self->end == NULL; i++)
    {
      fake_clock_advance_ms (self->clock, 100);
      fake_wait_settle ();
    }
  g_assert_nonnull (self->end);
  g_assert_cmpstr (self->end->message, ==, message);
}

/* A platform that reads little has not come to the end of what there is: no matter what the gateway does, it is not the one
 * that keeps the answers back. */
static void
test_platform_is_behind (NarrowFixture *self, gconstpointer unused)
{
  begin_much (self);
  pass_ms (self, 15000);
  g_assert_cmpuint (take (self->platform, MUCH / 4), ==, MUCH / 4);
  pass_ms (self, 15000);
  g_assert_cmpuint (take (self->platform, MUCH / 4), ==, MUCH / 4);
  pass_ms (self, 19999);
  fake_clock_advance_ms (self->clock, 1);
  expect_end (self, "platform stalled: it took no byte for 20 s");
}

/* When it has taken all, it does wait for the gateway. */
static void
test_platform_catches_up (NarrowFixture *self, gconstpointer unused)
{
  begin_much (self);
  pass_ms (self, 15000);
  g_assert_cmpuint (take (self->platform, 2 * MUCH), >=, MUCH);
  pass_ms (self, 4999);
  fake_clock_advance_ms (self->clock, 1);
  expect_end (self,
              "gateway stalled: it sent nothing more of a message for 20 s, and answers to the platform wait for its end");
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

#define add(path, func) g_test_add (path, NarrowFixture, NULL, set_up, func, tear_down)
  add ("/narrow/R10/platform-is-behind", test_platform_is_behind);
  add ("/narrow/R10/platform-catches-up", test_platform_catches_up);

  return g_test_run ();
}
