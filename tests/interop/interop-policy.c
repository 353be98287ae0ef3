/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <glib/gstdio.h>
#include <string.h>

#include "interop-fixture.h"

/* What the platform may not do, although the gateway would let it. */

/* The gateway takes a new configuration up a moment after it has answered. */
static void
wait_for_workspace (InteropFixture *self, const char *folder)
{
  gboolean is_there = FALSE;

  while (!is_there)
    {
      g_autoptr (FakeMessage) agents = interop_request_ok (self, "agents.list", "{}");

      is_there = strstr (agents->text, folder) != NULL;
    }
}

/* Has the platform move the workspace of an agent of its own, as an administrator of the gateway may. */
static void
move_workspace (InteropFixture *self, const char *folder)
{
  g_autofree char *params = g_strdup_printf ("{\"agentId\":\"mover\",\"workspace\":\"%s\"}", folder);
  g_autoptr (FakeMessage) moved = interop_request_ok (self, "agents.update", params);

  wait_for_workspace (self, folder);
}

static void
create_agent (InteropFixture *self, const char *folder)
{
  g_autofree char *params = g_strdup_printf ("{\"name\":\"mover\",\"workspace\":\"%s\"}", folder);
  g_autoptr (FakeMessage) created = interop_request_ok (self, "agents.create", params);

  interop_assert_member (created, "payload.agentId", "mover");
  wait_for_workspace (self, folder);
}

static void
assert_refused (InteropFixture *self, const char *method)
{
  g_autoptr (FakeMessage) refused =
      fake_platform_request (self->service.platform, method,
                             "{\"sessionKey\":\"agent:mover:x\",\"path\":\"openclaw.json\",\"content\":\"x\"}");

  interop_assert_member (refused, "error.code", "DENIED");
  g_assert_nonnull (strstr (refused->text, "The workspace is refused"));
}

/* W2: wherever the gateway says that the workspace is. */
static void
test_moved_workspace (InteropFixture *self, gconstpointer data)
{
  g_autofree char *free_folder = real_gateway_get_path (self->gateway, "moved");
  g_autofree char *state = real_gateway_get_path (self->gateway, "home/.openclaw");
  g_autofree char *own_state = g_build_filename (self->service.dir, "gangway", NULL);
  const char *const guarded[] = { self->service.dir, state, own_state };
  g_autoptr (FakeMessage) written = NULL;

  create_agent (self, free_folder);
  written =
      interop_request_ok (self, "workspace.write", "{\"sessionKey\":\"agent:mover:x\",\"path\":\"a.md\",\"content\":\"x\"}");
  for (gsize i = 0; i < G_N_ELEMENTS (guarded); i++)
    {
      move_workspace (self, guarded[i]);
      assert_refused (self, "workspace.read");
      assert_refused (self, "workspace.write");
      assert_refused (self, "workspace.ls");
    }
  move_workspace (self, free_folder);
}

/* The user's choice stands, whatever the gateway says. */
static void
test_workspace_root (InteropFixture *self, gconstpointer data)
{
  g_autofree char *root = g_build_filename (self->service.dir, "chosen", NULL);
  g_autofree char *line = g_strconcat ("workspace-root=", root, NULL);
  g_autofree char *elsewhere = real_gateway_get_path (self->gateway, "elsewhere");
  g_autofree char *file = g_build_filename (root, "moved.md", NULL);
  g_autofree char *content = NULL;
  g_autoptr (FakeMessage) written = NULL;

  g_assert_cmpint (g_mkdir (root, 0700), ==, 0);
  interop_configure (self, "2", line);
  interop_use_gateway_configuration (self);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);
  move_workspace (self, elsewhere);
  written = interop_request_ok (self, "workspace.write",
                                "{\"sessionKey\":\"agent:mover:x\",\"path\":\"moved.md\",\"content\":\"here\"}");
  g_assert_true (g_file_get_contents (file, &content, NULL, NULL));
  g_assert_cmpstr (content, ==, "here");
}

/* Asks in the words of @frame, in text or binary, for the gateway's configuration. */
static void
ask_for_configuration (InteropFixture *self, guint opcode, const char *frame)
{
  g_autoptr (GBytes) bytes = g_bytes_new (frame, strlen (frame));

  fake_connection_send_bytes (fake_platform_get_ready (self->service.platform), opcode, bytes);
}

/* Ways to ask for it that the gateway understands; the last one's name is one that Gangway does not take for plain. */
static const char *const disguises[] = {
  "{\"type\":\"req\",\"id\":\"d\",\"method\":\"config.get\",\"params\":{}}",
  "{\"type\":\"r\\u0065q\",\"id\":\"d\",\"method\":\"config\\u002eg\\u0065t\",\"params\":{}}",
  "{\"type\":\"req\",\"id\":\"d\",\"method\":\"health\",\"method\":\"config.get\",\"params\":{}}",
  "{\"method\":\"config.get\",\"type\":\"event\",\"params\":{},\"id\":\"d\",\"type\":\"req\"}",
  "{\"type\":\"req\",\"id\":\"d\",\"metho\\u0064\":\"config.get\",\"params\":{}}",
};

static void
test_disguises_are_understood (InteropFixture *self, gconstpointer data)
{
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (disguises); i++)
    {
      g_autoptr (FakeMessage) answer = NULL;

      ask_for_configuration (self, i % 2 == 0 ? FAKE_TEXT : FAKE_BINARY, disguises[i / 2]);
      answer = fake_platform_expect_answer (self->service.platform, "d");
      interop_assert_member (answer, "ok", "true");
    }
}

/* What was denied is answered by Gangway or by nobody; what is asked next, by the gateway. */
static void
test_policy (InteropFixture *self, gconstpointer data)
{
  interop_use_gateway_configuration (self);
  interop_configure (self, "2", data);
  service_start (&self->service);
  fake_platform_wait_ready (self->service.platform);
  for (gsize i = 0; i < 2 * G_N_ELEMENTS (disguises); i++)
    {
      g_autoptr (FakeMessage) health = NULL;
      FakeMessage *answer;

      ask_for_configuration (self, i % 2 == 0 ? FAKE_TEXT : FAKE_BINARY, disguises[i / 2]);
      health = interop_request_ok (self, "health", "{}");
      while ((answer = fake_connection_take_message (fake_platform_get_ready (self->service.platform), NULL, NULL)) != NULL)
        {
          if (fake_message_has (answer, "id", "d"))
            interop_assert_member (answer, "error.code", "DENIED");
          fake_message_unref (answer);
        }
    }
  g_assert_cmpuint (service_get_uint64 (&self->service, "platform", "RequestsDenied"), ==, 2 * G_N_ELEMENTS (disguises));
}

/**
 * interop_add_policy_tests:
 *
 * Adds the tests of this file.
 */
void
interop_add_policy_tests (void)
{
  interop_test_add ("moved-workspace", NULL, interop_set_up_connected, test_moved_workspace);
  interop_test_add ("workspace-root", NULL, interop_set_up_running, test_workspace_root);
  interop_test_add ("disguises-are-understood", NULL, interop_set_up_connected, test_disguises_are_understood);
  interop_test_add ("deny-methods", "deny-methods=config.*", interop_set_up_running, test_policy);
  interop_test_add ("allow-methods", "allow-methods=health", interop_set_up_running, test_policy);
}
