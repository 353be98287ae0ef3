/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "demo-acts.h"
#include "demo-show.h"

/*
 * Shows what arrives at the two players, while the handshake lasts. What they send in turn follows at once and is shown with
 * it. Where a step says "untouched", that is checked.
 */

static gboolean
on_gateway_opened (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  show_frame ("gangwayd", "gateway", "dials the gateway first");
  return FALSE;
}

static gboolean
on_gateway_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  Stage *stage = user_data;
  const char *connect = fake_platform_get_connect (stage->platform);
  gboolean is_untouched = connect != NULL && strcmp (message->text, connect) == 0;

  if (!fake_message_has (message, "method", "connect"))
    return FALSE;

  show_frame ("gangwayd", "gateway", "the connect request, %s", is_untouched ? "untouched" : "changed on the way!");
  show_frame ("gateway", "gangwayd", "hello-ok: the token is right");
  return FALSE;
}

static gboolean
on_platform_opened (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  Stage *stage = user_data;

  if (stage->gateway != NULL)
    show_frame ("gateway", "gangwayd", "connect.challenge, which gangwayd keeps");
  else
    show_frame ("gangwayd", "gateway", "has dialled the gateway first, and keeps its connect.challenge");
  show_frame ("gangwayd", "platform", "dials the platform");
  return FALSE;
}

static gboolean
on_platform_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  Stage *stage = user_data;

  if (fake_message_has (message, "type", "pre-handshake"))
    {
      show_frame ("gangwayd", "platform", "pre-handshake: the platform's key and the gateway's token");
    }
  else if (fake_message_has (message, "event", "connect.challenge"))
    {
      g_autofree char *nonce = fake_message_get_string (message, "payload.nonce");

      show_frame ("gangwayd", "platform", "the kept challenge, nonce %.8s…", nonce != NULL ? nonce : "?");
      show_frame ("platform", "gangwayd", "connect request, with that token");
    }
  else if (fake_message_has (message, "payload.type", "hello-ok"))
    {
      const char *hello = stage->gateway != NULL ? fake_gateway_get_hello (stage->gateway) : NULL;
      g_autofree char *version = fake_message_get_string (message, "payload.server.version");

      show_frame ("gangwayd", "platform", "hello-ok, %" G_GSIZE_FORMAT " bytes%s: OpenClaw %s, protocol %d", message->length,
                  hello == NULL                        ? ""
                  : strcmp (message->text, hello) == 0 ? ", untouched"
                                                       : ", changed on the way!",
                  version != NULL ? version : "?", (int) fake_message_get_int (message, "payload.protocol"));
    }
  else if (fake_message_has (message, "ok", "false") && fake_platform_get_ready (stage->platform) == NULL)
    {
      g_autofree char *reason = fake_message_get_string (message, "error.message");

      show_frame ("gateway", "platform", "a refusal: %s", reason != NULL ? reason : "?");
    }

  return FALSE;
}

/**
 * demo_watch_handshake:
 * @stage: a stage that is set up
 *
 * Has every handshake shown from now on, step by step.
 */
void
demo_watch_handshake (Stage *stage)
{
  if (stage->gateway != NULL)
    {
      g_signal_connect (stage->gateway, "opened", G_CALLBACK (on_gateway_opened), stage);
      g_signal_connect (stage->gateway, "message", G_CALLBACK (on_gateway_message), stage);
    }
  g_signal_connect (stage->platform, "opened", G_CALLBACK (on_platform_opened), stage);
  g_signal_connect (stage->platform, "message", G_CALLBACK (on_platform_message), stage);
}
