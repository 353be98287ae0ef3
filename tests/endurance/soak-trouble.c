/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/soak.h"

#include <signal.h>

#define MIN_DOWN_MS 100
#define MAX_DOWN_MS 1500
#define MIN_SLOW_MS 1000
#define MAX_SLOW_MS 5000

/* What an edit may do to an account beside leaving it out. */
static const char *const variations[] = {
  "enabled=false\n",
  "deny-methods=echo\n",
  "workspace-access=read-only\n",
  "allow-methods=*\nworkspace-max-response=8 MiB\n",
};

/* What an edit may do to the rest. The last is a mistake, with which all stays as it was. */
static const char *const general_variations[] = {
  "[retry]\ninitial-delay=0.2\nmax-delay=2\n",
  "[retry]\ninitial-delay=0.1\nmax-delay=1\nstable-after=10\n",
  "[retry]\ninitial-delay=soon\n",
};

static SoakAccount *
choose_account (Soak *self)
{
  return self->accounts->pdata[g_rand_int_range (self->random, 0, (gint32) self->accounts->len)];
}

static const char *
choose_text (Soak *self, const char *const *texts, guint n)
{
  return texts[g_rand_int_range (self->random, 0, (gint32) n)];
}

static void
append_account (GString *text, SoakAccount *account, const char *more)
{
  g_autofree char *lines = g_strdup_printf ("workspace-root=%s\n%s", account->workspace, more);
  g_autofree char *group = service_account (account->id, account->platform, lines);

  g_string_append (text, group);
}

/**
 * soak_write_settings:
 * @self: a soak
 * @is_varied: whether something by chance is other than usual
 *
 * Replaces gangway.conf.
 */
void
soak_write_settings (Soak *self, gboolean is_varied)
{
  SoakAccount *changed = is_varied ? choose_account (self) : NULL;
  guint dice = (guint) g_rand_int_range (self->random, 0, 4);
  const char *retry = is_varied && dice == 0 ? choose_text (self, general_variations, G_N_ELEMENTS (general_variations))
                                             : general_variations[0];
  g_autoptr (GString) text = g_string_new (NULL);

  g_string_append_printf (text, "[gateway]\nopenclaw-config=%s/openclaw.json\nurl=%s\ntoken=" SERVICE_TOKEN "\n%s",
                          self->service.dir, fake_peer_get_url (FAKE_PEER (self->service.gateway)), retry);
  for (guint i = 0; i < self->accounts->len; i++)
    {
      SoakAccount *account = self->accounts->pdata[i];

      if (account != changed)
        append_account (text, account, "");
      else if (dice > 1)
        append_account (text, account, choose_text (self, variations, G_N_ELEMENTS (variations)));
    }
  service_configure_raw (&self->service, text->str);
}

/* --- restarts --- */

static void
end_by_chance (Soak *self, FakeConnection *connection, guint how)
{
  switch (how)
    {
    case 0:
      fake_connection_close (connection, 1001, "restart");
      break;
    case 1:
      fake_connection_close (connection, 1012, "restart");
      break;
    case 2:
      fake_connection_drop (connection, FAKE_DROP_FIN);
      break;
    default:
      fake_connection_drop (connection, FAKE_DROP_RESET);
      break;
    }
}

static gboolean
on_back (gpointer user_data)
{
  g_autoptr (GError) error = NULL;

  fake_peer_listen (FAKE_PEER (user_data), &error);
  g_assert_no_error (error);
  return G_SOURCE_REMOVE;
}

/* All its connections end in one way, and half of the time there is nobody for a while. */
static void
restart (Soak *self, FakePeer *peer)
{
  guint how = (guint) g_rand_int_range (self->random, 0, 4);

  self->n_restarts++;
  if (g_rand_boolean (self->random))
    {
      guint down_ms = (guint) g_rand_int_range (self->random, MIN_DOWN_MS, MAX_DOWN_MS);

      fake_peer_stop_listening (peer);
      g_timeout_add_full (G_PRIORITY_DEFAULT, down_ms, on_back, g_object_ref (peer), g_object_unref);
    }
  for (guint i = 1; i <= fake_peer_get_n_total (peer); i++)
    {
      FakeConnection *connection = fake_peer_get_nth_connection (peer, i);

      if (!fake_connection_is_gone (connection))
        end_by_chance (self, connection, how);
    }
}

/* --- the rest --- */

static gboolean
on_read_again (gpointer user_data)
{
  fake_connection_set_reading (FAKE_CONNECTION (user_data), TRUE);
  return G_SOURCE_REMOVE;
}

/* One side of one account stops reading for a while, shorter than `stall-timeout`. */
static void
be_slow (Soak *self)
{
  SoakAccount *account = choose_account (self);
  FakeConnection *connection =
      g_rand_boolean (self->random) ? soak_account_get_connection (account) : soak_account_get_gateway (account);
  guint slow_ms = (guint) g_rand_int_range (self->random, MIN_SLOW_MS, MAX_SLOW_MS);

  if (connection == NULL)
    return;

  fake_connection_set_reading (connection, FALSE);
  g_timeout_add_full (G_PRIORITY_DEFAULT, slow_ms, on_read_again, g_object_ref (connection), g_object_unref);
}

static void
call_session (Soak *self, const char *method)
{
  SoakAccount *account = choose_account (self);
  g_autofree char *path = g_strconcat (SERVICE_PATH "/session/", account->id, NULL);

  /* An account that an edit has taken out has no object; that is no fault. */
  g_dbus_connection_call (self->service.connection, SERVICE_BUS_NAME, path, SERVICE_SESSION, method, NULL, NULL,
                          G_DBUS_CALL_FLAGS_NO_AUTO_START, -1, NULL, NULL, NULL);
}

/**
 * soak_make_trouble:
 * @self: a soak
 *
 * Has something happen that relays see in a month.
 */
void
soak_make_trouble (Soak *self)
{
  switch (g_rand_int_range (self->random, 0, 8))
    {
    case 0:
      restart (self, FAKE_PEER (self->service.gateway));
      break;
    case 1:
    case 2:
      restart (self, FAKE_PEER (choose_account (self)->platform));
      break;
    case 3:
    case 4:
      be_slow (self);
      break;
    case 5:
      self->n_edits++;
      soak_write_settings (self, TRUE);
      break;
    case 6:
      g_subprocess_send_signal (self->daemon, SIGHUP);
      break;
    default:
      call_session (self, g_rand_boolean (self->random) ? "Restart" : "Reconnect");
      break;
    }
}
