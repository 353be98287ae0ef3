/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "bench-link.h"

#include "bench-frames.h"
#include "bench-util.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define READ_BYTES (256 * 1024)
#define UPGRADE_BYTES_MAX (16 * 1024)
#define WEBSOCKET_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

enum {
  OPCODE_CONTINUATION = 0,
  OPCODE_CLOSE = 8,
  OPCODE_PING = 9,
  OPCODE_PONG = 10,
};

/* One thread, one link at a time. */
static guint8 read_buffer[READ_BYTES];

/**
 * bench_message_free:
 * @message: (transfer full): a message
 *
 * Frees it.
 */
void
bench_message_free (BenchMessage *message)
{
  g_string_free (message->head, TRUE);
  g_free (message);
}

/**
 * bench_message_dup_value:
 * @message: a message
 * @before: what stands before a value, with the quotation mark that opens it
 *
 * Returns: (transfer full): what stands between @before and the next quotation mark; without it the bench fails
 */
char *
bench_message_dup_value (const BenchMessage *message, const char *before)
{
  const char *value = strstr (message->head->str, before);

  if (value == NULL)
    bench_fail ("no %s in a message: %s", before, message->head->str);
  value += strlen (before);

  return g_strndup (value, strcspn (value, "\""));
}

/**
 * bench_link_init:
 * @self: the link
 * @name: what the other end is told apart by in messages
 * @framed: whether the peer speaks WebSocket, rather than copying bytes
 *
 * Makes a link that keeps whole messages.
 */
void
bench_link_init (BenchLink *self, const char *name, gboolean framed)
{
  *self = (BenchLink){ .name = name, .fd = -1, .framed = framed, .keep_bytes = G_MAXSIZE };
  g_queue_init (&self->messages);
  self->head = g_string_new (NULL);
  self->control = g_string_new (NULL);
  self->pongs = g_string_new (NULL);
}

/**
 * bench_link_clear:
 * @self: a link
 *
 * Closes the socket and frees what the link holds.
 */
void
bench_link_clear (BenchLink *self)
{
  if (self->fd >= 0)
    close (self->fd);
  g_queue_clear_full (&self->messages, (GDestroyNotify) bench_message_free);
  g_string_free (self->head, TRUE);
  g_string_free (self->control, TRUE);
  g_string_free (self->pongs, TRUE);
}

/* Reads the HTTP request up to its empty line; a client sends nothing behind it before it has the answer. */
static GString *
read_upgrade (BenchLink *self)
{
  GString *request = g_string_new (NULL);

  while (!g_str_has_suffix (request->str, "\r\n\r\n"))
    {
      gssize n_read;

      bench_wait_fd (self->fd, POLLIN, "upgrade request");
      n_read = recv (self->fd, read_buffer, READ_BYTES, 0);
      if (n_read <= 0 || request->len + (gsize) n_read > UPGRADE_BYTES_MAX)
        bench_fail ("the %s link got no HTTP upgrade", self->name);
      g_string_append_len (request, (const char *) read_buffer, n_read);
    }
  return request;
}

static void
upgrade (BenchLink *self)
{
  g_autoptr (GString) request = read_upgrade (self);
  g_autoptr (GString) response = g_string_new (NULL);
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  g_autofree char *lower = g_ascii_strdown (request->str, -1);
  g_autofree char *key = NULL;
  g_autofree char *accept_key = NULL;
  const char *header = strstr (lower, "\r\nsec-websocket-key:");
  guint8 digest[20];
  gsize digest_bytes = sizeof digest;

  if (header == NULL)
    bench_fail ("the %s link got a request without Sec-WebSocket-Key", self->name);
  header = request->str + (header - lower) + strlen ("\r\nsec-websocket-key:");
  key = g_strstrip (g_strndup (header, strcspn (header, "\r")));

  g_checksum_update (checksum, (const guint8 *) key, -1);
  g_checksum_update (checksum, (const guint8 *) WEBSOCKET_GUID, -1);
  g_checksum_get_digest (checksum, digest, &digest_bytes);
  accept_key = g_base64_encode (digest, digest_bytes);
  g_string_printf (response,
                   "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                   "Sec-WebSocket-Accept: %s\r\n\r\n",
                   accept_key);
  bench_link_send (self, response);
}

/**
 * bench_link_accept:
 * @self: a link that is not connected
 * @listening_fd: the socket that the peer was told to dial
 *
 * Waits for the peer to dial, and upgrades the connection.
 */
void
bench_link_accept (BenchLink *self, int listening_fd)
{
  const int on = 1;

  bench_wait_fd (listening_fd, POLLIN, self->name);
  self->fd = accept4 (listening_fd, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC);
  if (self->fd < 0)
    bench_fail ("accepting the %s link: %s", self->name, g_strerror (errno));
  setsockopt (self->fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  if (self->framed)
    upgrade (self);
}

static void
flush_pongs (BenchLink *self)
{
  if (self->pongs->len > 0 && !self->mid_frame)
    {
      g_autoptr (GString) pongs = g_steal_pointer (&self->pongs);

      self->pongs = g_string_new (NULL);
      bench_link_send (self, pongs);
    }
}

static void
control_done (BenchLink *self)
{
  if (self->opcode == OPCODE_CLOSE)
    {
      int code = self->control->len < 2 ? 1005 : (guint8) self->control->str[0] << 8 | (guint8) self->control->str[1];

      bench_fail ("the peer closed the %s link: %d %s", self->name, code,
                  self->control->len > 2 ? self->control->str + 2 : "");
    }
  if (self->opcode == OPCODE_PING)
    {
      g_autoptr (GString) pong = bench_frame_new (OPCODE_PONG, self->control->str, self->control->len);

      g_string_append_len (self->pongs, pong->str, (gssize) pong->len);
    }
  g_string_truncate (self->control, 0);
}

static void
message_done (BenchLink *self)
{
  self->n_messages++;
  self->payload_bytes += self->message_bytes;
  if (self->keep_bytes > 0)
    {
      BenchMessage *message = g_new (BenchMessage, 1);

      message->head = g_steal_pointer (&self->head);
      message->length = self->message_bytes;
      g_queue_push_tail (&self->messages, message);
      self->head = g_string_new (NULL);
    }
  self->message_bytes = 0;
}

static void
append_unmasked (const BenchLink *self, GString *target, const guint8 *bytes, gsize n_bytes)
{
  gsize start = target->len;

  g_string_append_len (target, (const char *) bytes, (gssize) n_bytes);
  for (gsize i = 0; i < n_bytes; i++)
    target->str[start + i] ^= (char) self->mask[(self->frame_done + i) & 3];
}

/* Takes @n_bytes of the payload of the frame under way. */
static void
payload_arrived (BenchLink *self, const guint8 *bytes, gsize n_bytes)
{
  if (self->opcode >= OPCODE_CLOSE)
    append_unmasked (self, self->control, bytes, n_bytes);
  else if (self->head->len < self->keep_bytes)
    append_unmasked (self, self->head, bytes, MIN (n_bytes, self->keep_bytes - self->head->len));
  self->frame_done += n_bytes;

  if (self->frame_done < self->frame_bytes)
    return;
  self->header_bytes = 0;
  if (self->opcode >= OPCODE_CLOSE)
    control_done (self);
  else
    {
      self->message_bytes += self->frame_bytes;
      if (self->final)
        message_done (self);
    }
}

/* How long the header is, as far as its first two bytes tell. */
static guint
header_length (const BenchLink *self)
{
  guint length_code = self->header[1] & 0x7f;

  return 2 + (length_code == 127 ? 8 : length_code == 126 ? 2 : 0) + (self->header[1] & 0x80 ? 4 : 0);
}

static void
header_done (BenchLink *self)
{
  guint length_code = self->header[1] & 0x7f;
  guint n_bytes = length_code == 127 ? 8 : length_code == 126 ? 2 : 0;
  gboolean masked = (self->header[1] & 0x80) != 0;

  if (masked != self->framed || (self->header[0] & 0x70) != 0)
    bench_fail ("the %s link got a frame that no client may send", self->name);
  self->final = (self->header[0] & 0x80) != 0;
  self->opcode = self->header[0] & 0x0f;
  self->frame_bytes = n_bytes == 0 ? length_code : 0;
  for (guint i = 0; i < n_bytes; i++)
    self->frame_bytes = self->frame_bytes << 8 | self->header[2 + i];
  if (masked)
    memcpy (self->mask, self->header + 2 + n_bytes, 4);
  self->frame_done = 0;
}

/* Splits what came into frames. A header is collected first, so that it may be cut anywhere. */
static void
parse (BenchLink *self, const guint8 *bytes, gsize n_bytes)
{
  const guint8 *end = bytes + n_bytes;
  gboolean in_payload = self->header_bytes >= 2 && self->header_bytes == header_length (self);

  while (bytes < end)
    {
      gsize part;

      if (!in_payload)
        {
          guint wanted = self->header_bytes < 2 ? 2 : header_length (self);

          part = MIN ((gsize) (end - bytes), wanted - self->header_bytes);
          memcpy (self->header + self->header_bytes, bytes, part);
          self->header_bytes += (guint) part;
          bytes += part;
          if (self->header_bytes < 2 || self->header_bytes < header_length (self))
            continue;
          header_done (self);
          in_payload = TRUE;
          if (self->frame_bytes > 0)
            continue;
        }

      part = (gsize) MIN ((guint64) (end - bytes), self->frame_bytes - self->frame_done);
      payload_arrived (self, bytes, part);
      bytes += part;
      in_payload = self->header_bytes > 0;
    }
}

/**
 * bench_link_receive:
 * @self: the link
 *
 * Takes what has arrived, at most one read, without waiting.
 *
 * Returns: whether there was anything
 */
gboolean
bench_link_receive (BenchLink *self)
{
  gssize n_read = recv (self->fd, read_buffer, READ_BYTES, 0);

  if (n_read < 0 && (errno == EAGAIN || errno == EINTR))
    return FALSE;
  if (n_read <= 0)
    bench_fail ("the %s link ended without a close frame: %s", self->name, n_read == 0 ? "EOF" : g_strerror (errno));

  parse (self, read_buffer, (gsize) n_read);
  flush_pongs (self);
  return TRUE;
}

/**
 * bench_link_write:
 * @self: the link
 * @data: bytes of frames
 * @length: how many
 *
 * Writes as much as the socket takes at once.
 *
 * Returns: how much that was
 */
gsize
bench_link_write (BenchLink *self, const char *data, gsize length)
{
  gssize n_written = send (self->fd, data, length, MSG_NOSIGNAL);

  if (n_written >= 0)
    return (gsize) n_written;
  if (errno != EAGAIN && errno != EINTR)
    bench_fail ("writing to the %s link: %s", self->name, g_strerror (errno));
  return 0;
}

/**
 * bench_link_set_mid_frame:
 * @self: the link
 * @mid_frame: whether bench_link_write() has stopped within a frame
 *
 * Holds back pongs until the frame under way is out.
 */
void
bench_link_set_mid_frame (BenchLink *self, gboolean mid_frame)
{
  self->mid_frame = mid_frame;
  flush_pongs (self);
}

/**
 * bench_link_send:
 * @self: the link
 * @frame: what to send
 *
 * Sends all of it, waiting where it has to.
 */
void
bench_link_send (BenchLink *self, const GString *frame)
{
  for (gsize sent = 0; sent < frame->len;)
    {
      sent += bench_link_write (self, frame->str + sent, frame->len - sent);
      if (sent < frame->len)
        bench_wait_fd (self->fd, POLLOUT, "room in the socket");
    }
}

/**
 * bench_link_next:
 * @self: the link
 * @awaited: what should come, for the message when it does not
 *
 * Returns: (transfer full): the next message that the link has kept, waiting for it where it has to
 */
BenchMessage *
bench_link_next (BenchLink *self, const char *awaited)
{
  while (g_queue_is_empty (&self->messages))
    if (!bench_link_receive (self))
      bench_wait_fd (self->fd, POLLIN, awaited);

  return g_queue_pop_head (&self->messages);
}
