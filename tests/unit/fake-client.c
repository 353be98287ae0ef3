/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fake-client.h"

static void
on_client_message (SoupWebsocketConnection *socket, SoupWebsocketDataType type, GBytes *bytes, gpointer user_data)
{
  Client *client = user_data;
  gsize length;
  const char *data = g_bytes_get_data (bytes, &length);

  g_ptr_array_add (client->received, g_strndup (data, length));
}

static void
on_client_error (SoupWebsocketConnection *socket, GError *error, gpointer user_data)
{
  Client *client = user_data;

  if (client->failure == NULL)
    client->failure = g_error_copy (error);
}

static void
on_client_closed (SoupWebsocketConnection *socket, gpointer user_data)
{
  ((Client *) user_data)->is_closed = TRUE;
}

static void
on_client_dialled (GObject *source, GAsyncResult *result, gpointer user_data)
{
  Client *client = user_data;

  client->is_dialled = TRUE;
  client->socket = soup_session_websocket_connect_finish (SOUP_SESSION (source), result, &client->error);
  if (client->socket == NULL)
    return;

  soup_websocket_connection_set_max_incoming_payload_size (client->socket, 0);
  g_signal_connect (client->socket, "message", G_CALLBACK (on_client_message), client);
  g_signal_connect (client->socket, "error", G_CALLBACK (on_client_error), client);
  g_signal_connect (client->socket, "closed", G_CALLBACK (on_client_closed), client);
}

static gboolean
accept_certificate (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags errors, gpointer user_data)
{
  return TRUE;
}

/**
 * client_dial:
 * @url: where to
 *
 * Returns: (transfer full): a client that has been connected or refused
 */
Client *
client_dial (const char *url)
{
  Client *client = g_new0 (Client, 1);

  client->session = soup_session_new ();
  client->request = soup_message_new ("GET", url);
  client->received = g_ptr_array_new_with_free_func (g_free);
  g_signal_connect (client->request, "accept-certificate", G_CALLBACK (accept_certificate), NULL);
  soup_session_websocket_connect_async (client->session, client->request, NULL, NULL, G_PRIORITY_DEFAULT, NULL,
                                        on_client_dialled, client);
  fake_wait_until (client->is_dialled);
  return client;
}

/**
 * client_new:
 * @peer: where to
 *
 * Returns: (transfer full): a client that has been connected or refused
 */
Client *
client_new (FakePeer *peer)
{
  return client_dial (fake_peer_get_url (peer));
}

/**
 * client_expect:
 * @client: a client
 * @n: from 0
 *
 * Returns: the message of that number, which may still have to come
 */
const char *
client_expect (Client *client, guint n)
{
  fake_wait_until (client->received->len > n);
  return client->received->pdata[n];
}

/**
 * client_send:
 * @client: a client
 * @text: a message
 */
void
client_send (Client *client, const char *text)
{
  soup_websocket_connection_send_text (client->socket, text);
}

/**
 * client_free:
 * @client: (transfer full): a client
 */
void
client_free (Client *client)
{
  if (client->socket != NULL)
    g_signal_handlers_disconnect_by_data (client->socket, client);
  g_clear_object (&client->socket);
  soup_session_abort (client->session);
  g_object_unref (client->session);
  g_object_unref (client->request);
  g_clear_error (&client->error);
  g_clear_error (&client->failure);
  g_ptr_array_unref (client->received);
  g_free (client);
  fake_wait_settle ();
}
