/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-platform.h"

#include <string.h>

#include "fakes/fake-platform-private.h"

/* In the order of FakePlatformMode. */
static const char *const mode_names[] = {
  "good",
  "silent",
  "error",
  "wrong-first",
  "close-on-open",
  "close-on-pre-handshake",
  "close-on-challenge",
  "close-after-connect",
  "close-on-hello",
};

G_STATIC_ASSERT (G_N_ELEMENTS (mode_names) == FAKE_PLATFORM_CLOSE_ON_HELLO + 1);

/**
 * fake_platform_new:
 *
 * Returns: (transfer full): a platform on 127.0.0.1
 */
FakePlatform *
fake_platform_new (void)
{
  return g_object_new (FAKE_TYPE_PLATFORM, NULL);
}

/**
 * fake_platform_set_mode:
 * @self: a platform
 * @mode: what it does in the handshake
 */
void
fake_platform_set_mode (FakePlatform *self, FakePlatformMode mode)
{
  self->mode = mode;
}

/**
 * fake_platform_set_mode_by_name:
 * @self: a platform
 * @name: a mode's name in lower case with hyphens, for instance `close-on-hello`
 *
 * Returns: %FALSE if there is no such mode
 */
gboolean
fake_platform_set_mode_by_name (FakePlatform *self, const char *name)
{
  for (guint i = 0; i < G_N_ELEMENTS (mode_names); i++)
    {
      if (strcmp (mode_names[i], name) == 0)
        {
          self->mode = (FakePlatformMode) i;
          return TRUE;
        }
    }

  return FALSE;
}

/**
 * fake_platform_set_close:
 * @self: a platform
 * @code: the close code of the modes that close, 4001 at first; 0 for a close frame without one
 * @reason: (nullable): its reason, `bye now` at first
 */
void
fake_platform_set_close (FakePlatform *self, guint code, const char *reason)
{
  self->close_code = code;
  g_free (self->close_reason);
  self->close_reason = g_strdup (reason);
}

/**
 * fake_platform_set_key:
 * @self: a platform
 * @key: (nullable): the platform key; others are answered with an error frame; %NULL takes any
 */
void
fake_platform_set_key (FakePlatform *self, const char *key)
{
  g_free (self->key);
  self->key = g_strdup (key);
}

/**
 * fake_platform_set_error:
 * @self: a platform
 * @message: the message of the error frame, `unknown platform key` at first
 */
void
fake_platform_set_error (FakePlatform *self, const char *message)
{
  g_free (self->error_message);
  self->error_message = g_strdup (message);
}

/**
 * fake_platform_set_connect:
 * @self: a platform
 * @frame_json: (nullable): the connect request to send, with a string as its id; %NULL for its own
 */
void
fake_platform_set_connect (FakePlatform *self, const char *frame_json)
{
  g_free (self->connect_frame);
  self->connect_frame = g_strdup (frame_json);
}

/**
 * fake_platform_set_opcode:
 * @self: a platform
 * @opcode: %FAKE_TEXT or %FAKE_BINARY, for all that it sends
 */
void
fake_platform_set_opcode (FakePlatform *self, guint opcode)
{
  self->opcode = opcode;
}

/**
 * fake_platform_pipeline:
 * @self: a platform
 * @frame: a frame
 *
 * Has @frame sent behind the connect request, in the same write (H2). Frames add up.
 */
void
fake_platform_pipeline (FakePlatform *self, const char *frame)
{
  g_ptr_array_add (self->pipelined, g_strdup (frame));
}

/**
 * fake_platform_get_pre_handshake:
 * @self: a platform
 *
 * Returns: (nullable): the pre-handshake, as it came
 */
const char *
fake_platform_get_pre_handshake (FakePlatform *self)
{
  return self->pre_handshake;
}

/**
 * fake_platform_get_challenge:
 * @self: a platform
 *
 * Returns: (nullable): the challenge, as it came
 */
const char *
fake_platform_get_challenge (FakePlatform *self)
{
  return self->challenge;
}

/**
 * fake_platform_get_connect:
 * @self: a platform
 *
 * Returns: (nullable): the connect request, as it was sent
 */
const char *
fake_platform_get_connect (FakePlatform *self)
{
  return self->connect;
}

/**
 * fake_platform_get_hello:
 * @self: a platform
 *
 * Returns: (nullable): the answer to the connect request, as it came, whether `ok` or not
 */
const char *
fake_platform_get_hello (FakePlatform *self)
{
  return self->hello;
}

/**
 * fake_platform_get_token:
 * @self: a platform
 *
 * Returns: (transfer full) (nullable): the platform key that the pre-handshake brought
 */
char *
fake_platform_get_token (FakePlatform *self)
{
  return self->pre_handshake != NULL ? fake_json_get_string (self->pre_handshake, -1, "token") : NULL;
}

/**
 * fake_platform_get_gateway_token:
 * @self: a platform
 *
 * Returns: (transfer full) (nullable): the gateway token that the pre-handshake brought
 */
char *
fake_platform_get_gateway_token (FakePlatform *self)
{
  return self->pre_handshake != NULL ? fake_json_get_string (self->pre_handshake, -1, "gatewayToken") : NULL;
}

/**
 * fake_platform_get_ready:
 * @self: a platform
 *
 * Returns: (transfer none) (nullable): the connection that has been through the handshake and stands
 */
FakeConnection *
fake_platform_get_ready (FakePlatform *self)
{
  return self->ready != NULL && fake_connection_is_open (self->ready) ? self->ready : NULL;
}
