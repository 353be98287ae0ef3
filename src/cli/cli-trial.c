/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-trial.h"

#include <glib/gi18n.h>

#include "cli/cli-words.h"
#include "common/relay-text.h"
#include "relay/relay-close.h"
#include "relay/relay-handshake-setup.h"

/* A connection that is made to see whether it can be made. */
typedef struct {
  CliTrialFlags flags;
  RelayStep step;        /* how far it came */
  RelayClock *clock;     /* (owned) */
  GError *error;         /* (owned) (nullable) */
  gboolean is_step_open; /* its line is not over */
  gboolean is_done;
  guint n_closing; /* links that are being closed */
} Trial;

static void
trial_clear (Trial *self)
{
  g_clear_object (&self->clock);
  g_clear_error (&self->error);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Trial, trial_clear)

static void
end_step (Trial *self, gboolean is_good)
{
  if (self->is_step_open)
    g_print (" %s\n", is_good ? _ ("ok") : _ ("failed"));
  self->is_step_open = FALSE;
}

static void
begin_step (Trial *self, RelayStep step)
{
  end_step (self, TRUE);
  self->step = step;
  self->is_step_open = (self->flags & CLI_TRIAL_SHOW) != 0;
  if (self->is_step_open)
    g_print ("  %s …", cli_words_step (relay_step_to_string (step)));
}

/* Lets it run to its end, with nothing left open. */
static gboolean
run (Trial *self, GError **error)
{
  while (!self->is_done || self->n_closing > 0)
    g_main_context_iteration (NULL, TRUE);

  end_step (self, self->error == NULL);
  if (self->error == NULL)
    return TRUE;

  g_propagate_error (error, g_steal_pointer (&self->error));
  return FALSE;
}

static void
on_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Trial *self = user_data;

  relay_link_close_finish (RELAY_LINK (source), result, NULL);
  self->n_closing--;
}

static void
close_link (Trial *self, RelayLink *link)
{
  self->n_closing++;
  relay_link_close_async (link, RELAY_CLOSE_NORMAL, "", on_closed, self);
}

static void
on_step (RelayStep step, gpointer user_data)
{
  begin_step (user_data, step);
}

static void
on_handshake_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Trial *self = user_data;
  guint close_code;
  g_autoptr (RelayHandshakeResult) links = relay_handshake_finish (result, &close_code, &self->error);

  self->is_done = TRUE;
  if (links == NULL)
    return;

  close_link (self, links->platform);
  close_link (self, links->gateway);
}

/**
 * cli_trial_connect:
 * @settings: gangway.conf
 * @account: the account to try
 * @openclaw: OpenClaw's configuration
 * @platform_key: the key to try
 * @flags: what to show
 * @step: (out) (optional): how far it came
 * @error: return location; what a session's `LastErrorCode` can be
 *
 * Connects the gateway and the platform as the service would, and lets go of both.
 *
 * Returns: %TRUE if both have accepted
 */
gboolean
cli_trial_connect (RelaySettings *settings, RelayAccount *account, RelayOpenclaw *openclaw, const char *platform_key,
                   CliTrialFlags flags, RelayStep *step, GError **error)
{
  g_auto (Trial) self = { .flags = flags, .clock = relay_clock_new () };
  g_auto (RelayHandshakeSetup) setup = { 0 };
  gboolean is_good;

  if (step != NULL)
    *step = RELAY_STEP_NONE;
  if (!relay_handshake_setup_init (&setup, settings, account, openclaw, error))
    return FALSE;

  setup.clock = self.clock;
  setup.platform_key = platform_key;
  relay_handshake_async (&setup, on_step, NULL, on_handshake_done, &self);
  is_good = run (&self, error);

  if (step != NULL)
    *step = self.step;
  return is_good;
}

static void
on_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Trial *self = user_data;
  g_autoptr (RelayLink) link = relay_link_dial_finish (result, &self->error);

  self->is_done = TRUE;
  if (link != NULL)
    close_link (self, link);
}

/**
 * cli_trial_dial:
 * @settings: gangway.conf
 * @endpoint: whom to dial
 * @flags: what to show
 * @error: return location; what a session's `LastErrorCode` can be
 *
 * Sees whether there is a server for WebSockets, and whether its certificate is to be trusted. It gets no secret.
 *
 * Returns: %TRUE if there is one
 */
gboolean
cli_trial_dial (RelaySettings *settings, RelayEndpoint *endpoint, CliTrialFlags flags, GError **error)
{
  g_auto (Trial) self = { .flags = flags, .clock = relay_clock_new () };
  RelayLinkTimes times = { .connect_timeout_ms = settings->gateway.connect_timeout_ms,
                           .keepalive_interval_ms = settings->gateway.keepalive_interval_ms,
                           .stall_timeout_ms = settings->gateway.stall_timeout_ms };

  begin_step (&self,
              relay_endpoint_get_side (endpoint) == RELAY_SIDE_GATEWAY ? RELAY_STEP_GATEWAY_DIAL : RELAY_STEP_PLATFORM_DIAL);
  relay_link_dial_async (endpoint, self.clock, &times, NULL, on_dialled, &self);

  return run (&self, error);
}

/**
 * cli_trial_dup_message:
 * @error: how a trial ended
 * @settings: gangway.conf
 * @openclaw: (nullable): OpenClaw's configuration
 * @platform_key: (nullable): the key that was tried
 *
 * Returns: (transfer full): the message, fit to be shown: a peer may have written parts of it
 */
char *
cli_trial_dup_message (const GError *error, RelaySettings *settings, RelayOpenclaw *openclaw, const char *platform_key)
{
  const char *secrets[4] = { NULL };
  gsize n = 0;

  if (platform_key != NULL)
    secrets[n++] = platform_key;
  if (settings->gateway.token != NULL)
    secrets[n++] = settings->gateway.token;
  if (openclaw != NULL && openclaw->secret != NULL)
    secrets[n++] = openclaw->secret;

  return relay_text_clean (error->message, -1, RELAY_TEXT_MAX_MESSAGE, secrets);
}
