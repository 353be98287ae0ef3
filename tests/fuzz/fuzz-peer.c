/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fuzz-peer.h"

#include <errno.h>
#include <sys/socket.h>
#include <unistd.h>

/**
 * fuzz_peer_connect:
 * @self: (out caller-allocates): the far end
 *
 * Returns: (transfer full): the near end
 */
GSocketConnection *
fuzz_peer_connect (FuzzPeer *self)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GSocket) socket = NULL;
  int fds[2];

  g_assert_no_errno (socketpair (AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0, fds));
  *self = (FuzzPeer){ g_byte_array_new (), g_byte_array_new (), FALSE, fds[0] };
  socket = g_socket_new_from_fd (fds[1], &error);
  g_assert_no_error (error);

  return g_socket_connection_factory_create_connection (socket);
}

void
fuzz_peer_clear (FuzzPeer *self)
{
  g_clear_pointer (&self->incoming, g_byte_array_unref);
  g_clear_pointer (&self->outgoing, g_byte_array_unref);
  if (self->fd >= 0)
    close (self->fd);
  self->fd = -1;
}

/**
 * fuzz_peer_push:
 * @self: a peer
 * @max_bytes: how many bytes to send at most
 *
 * Sends what the socket takes.
 *
 * Returns: whether it took some
 */
gboolean
fuzz_peer_push (FuzzPeer *self, gsize max_bytes)
{
  gssize count = 0;

  if (self->outgoing->len > 0 && self->fd >= 0)
    count = send (self->fd, self->outgoing->data, MIN (self->outgoing->len, max_bytes), MSG_NOSIGNAL);
  if (count <= 0)
    return FALSE;

  g_byte_array_remove_range (self->outgoing, 0, (guint) count);
  return TRUE;
}

/**
 * fuzz_peer_pull:
 * @self: a peer
 *
 * Takes what has come.
 *
 * Returns: whether there was something, also if it was the end
 */
gboolean
fuzz_peer_pull (FuzzPeer *self)
{
  guint8 buffer[65536];
  gssize count;

  if (self->has_ended || self->fd < 0)
    return FALSE;

  count = recv (self->fd, buffer, sizeof buffer, 0);
  if (count < 0 && (errno == EAGAIN || errno == EWOULDBLOCK))
    return FALSE;

  self->has_ended = count <= 0;
  if (count > 0)
    g_byte_array_append (self->incoming, buffer, (guint) count);
  return TRUE;
}

/* What waited to be sent is lost. */
void
fuzz_peer_hang_up (FuzzPeer *self)
{
  g_byte_array_set_size (self->outgoing, 0);
  shutdown (self->fd, SHUT_WR);
}
