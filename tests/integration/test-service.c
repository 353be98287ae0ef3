/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>

#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"
#include "service/relay-service.h"

#define TOKEN "gateway-token-0815"

typedef struct {
  char *dir;              /* (owned) */
  char *config_file;      /* (owned) */
  char *openclaw_file;    /* (owned) */
  FakeGateway *gateway;   /* (owned) */
  FakePlatform *platform; /* (owned) */
  RelayService *service;  /* (owned) */
} ServiceTest;

static GString *log_text;

static GLogWriterOutput
keep_log (GLogLevelFlags level, const GLogField *fields, gsize n_fields, gpointer user_data)
{
  for (gsize i = 0; i < n_fields; i++)
    {
      if (g_str_equal (fields[i].key, "MESSAGE"))
        g_string_append_printf (log_text, "%s\n", (const char *) fields[i].value);
    }

  return G_LOG_WRITER_HANDLED;
}

static void
write_file (const char *file, const char *text)
{
  g_autoptr (GError) error = NULL;

  g_file_set_contents_full (file, text, -1, G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error);
  g_assert_no_error (error);
}

static void
write_openclaw (ServiceTest *self, const char *more)
{
  g_autofree char *text = g_strdup_printf ("{ gateway: { port: %u, auth: { token: '" TOKEN "' } }, %s }",
                                           fake_peer_get_port (FAKE_PEER (self->gateway)), more);

  write_file (self->openclaw_file, text);
}

static void
set_up (ServiceTest *self, gconstpointer unused)
{
  g_autofree char *text = NULL;

  g_string_truncate (log_text, 0);
  self->dir = g_dir_make_tmp ("gangway-service-XXXXXX", NULL);
  self->config_file = g_build_filename (self->dir, "gangway.conf", NULL);
  self->openclaw_file = g_build_filename (self->dir, "openclaw.json", NULL);
  self->gateway = fake_gateway_new (TOKEN);
  self->platform = fake_platform_new ();
  write_openclaw (self, "");
  text = g_strdup_printf ("[gateway]\nopenclaw-config=%s\n[account test]\nplatform-url=%s\nplatform-key=key-4711\n",
                          self->openclaw_file, fake_peer_get_url (FAKE_PEER (self->platform)));
  write_file (self->config_file, text);

  self->service = relay_service_new (self->config_file);
  relay_service_start (self->service);
}

static RelaySession *
get_session (ServiceTest *self)
{
  return g_ptr_array_index (relay_service_get_sessions (self->service), 0);
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  gboolean *is_closed = user_data;

  *is_closed = relay_service_close_finish (RELAY_SERVICE (source), result, NULL);
}

static void
tear_down (ServiceTest *self, gconstpointer unused)
{
  gboolean is_closed = FALSE;

  relay_service_close_async (self->service, on_closed, &is_closed);
  fake_wait_until (is_closed);
  g_clear_object (&self->service);
  fake_peer_expect_empty (FAKE_PEER (self->gateway));
  g_clear_object (&self->gateway);
  g_clear_object (&self->platform);
  g_unlink (self->config_file);
  g_unlink (self->openclaw_file);
  g_rmdir (self->dir);
  g_free (self->dir);
  g_free (self->config_file);
  g_free (self->openclaw_file);
}

/* openclaw.json, saved half-way, is no reason to drop a link; what it says when it is in order again counts. */
static void
test_broken_openclaw_config_drops_no_link (ServiceTest *self, gconstpointer unused)
{
  RelaySession *session = get_session (self);

  fake_wait_until (relay_session_get_state (session) == RELAY_STATE_CONNECTED);

  write_file (self->openclaw_file, "{ gateway: {");
  fake_wait_until (strstr (log_text->str, "going on with what it said before") != NULL);
  g_assert_cmpint (relay_session_get_state (session), ==, RELAY_STATE_CONNECTED);
  g_assert_cmpuint (fake_peer_get_n_total (FAKE_PEER (self->gateway)), ==, 1);

  write_file (self->openclaw_file, "{ gateway: { port: 1, auth: { token: 'another' } } }");
  fake_wait_until (relay_session_get_state (session) == RELAY_STATE_RETRYING);
}

int
main (int argc, char *argv[])
{
  g_autoptr (GString) text = g_string_new (NULL);

  log_text = text;
  g_test_init (&argc, &argv, NULL);
  g_log_set_always_fatal (G_LOG_FATAL_MASK | G_LOG_LEVEL_CRITICAL);
  g_log_set_writer_func (keep_log, NULL, NULL);

  g_test_add ("/service/broken-openclaw-config-drops-no-link", ServiceTest, NULL, set_up,
              test_broken_openclaw_config_drops_no_link, tear_down);

  return g_test_run ();
}
