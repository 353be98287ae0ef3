/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-method.h"

/* A method is added by one line here and one function. */
static const RelayMethod methods[] = {
  { "platform.chat.abort", "chat.abort", "chat", FALSE, relay_chat_abort_async },
  { "platform.chat.history", "chat.history", "chat", FALSE, relay_chat_history_async },
  { "platform.chat.reset", "sessions.reset", "chat", FALSE, relay_chat_reset_async },
  { "platform.chat.send", "chat.send", "chat", FALSE, relay_chat_send_async },
  { "platform.chat.send.stream", "chat.send", "chat", FALSE, relay_chat_send_stream_async },
  { "platform.session.resolve", NULL, "session", FALSE, relay_session_resolve_async },
  { "workspace.ls", NULL, "workspace", FALSE, relay_workspace_ls_async },
  { "workspace.read", NULL, "workspace", FALSE, relay_workspace_read_async },
  { "workspace.write", NULL, "workspace", TRUE, relay_workspace_write_async },
};

/**
 * relay_methods_lookup:
 * @method: the extent of a request's `method`, or an absent one
 *
 * Returns: (transfer none) (nullable): the method, if it is one that the relay answers itself
 */
const RelayMethod *
relay_methods_lookup (const RelayJsonSpan *method)
{
  for (guint i = 0; i < G_N_ELEMENTS (methods); i++)
    {
      if (relay_json_span_equal (method, methods[i].name))
        return &methods[i];
    }

  return NULL;
}
