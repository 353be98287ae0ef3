/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/*
 * The least that any relay costs: it dials both sides and copies bytes from one socket to the other, knowing nothing of
 * frames. What one side does not take stops the reading of the other.
 *
 * bare-copy GATEWAY_PORT PLATFORM_PORT
 */

#include "config.h"

#include <arpa/inet.h>
#include <errno.h>
#include <netinet/tcp.h>
#include <poll.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <sys/socket.h>
#include <unistd.h>

#define BUFFER_BYTES (256 * 1024)

/* One direction. */
typedef struct {
  char bytes[BUFFER_BYTES];
  size_t start;
  size_t end;
} Pipe;

static Pipe pipes[2]; /* pipes[i] holds what came from socket i */

static int
dial (const char *port)
{
  struct sockaddr_in address = { .sin_family = AF_INET, .sin_port = htons ((uint16_t) atoi (port)) };
  const int on = 1;
  int fd = socket (AF_INET, SOCK_STREAM, 0);

  address.sin_addr.s_addr = htonl (INADDR_LOOPBACK);
  if (fd < 0 || connect (fd, (struct sockaddr *) &address, sizeof address) < 0)
    {
      perror ("bare-copy: connect");
      exit (EXIT_FAILURE);
    }
  setsockopt (fd, IPPROTO_TCP, TCP_NODELAY, &on, sizeof on);
  return fd;
}

/* Returns 0 at the end of the stream. */
static int
fill (Pipe *pipe, int from)
{
  ssize_t n_read = recv (from, pipe->bytes, BUFFER_BYTES, MSG_DONTWAIT);

  if (n_read < 0 && errno != EAGAIN && errno != EINTR)
    return 0;
  pipe->start = 0;
  pipe->end = n_read > 0 ? (size_t) n_read : 0;
  return n_read != 0;
}

static void
drain (Pipe *pipe, int to)
{
  ssize_t n_written = send (to, pipe->bytes + pipe->start, pipe->end - pipe->start, MSG_DONTWAIT | MSG_NOSIGNAL);

  if (n_written > 0)
    pipe->start += (size_t) n_written;
}

int
main (int argc, char **argv)
{
  struct pollfd sockets[2];

  if (argc != 3)
    {
      fputs ("usage: bare-copy GATEWAY_PORT PLATFORM_PORT\n", stderr);
      return 2;
    }
  for (int i = 0; i < 2; i++)
    sockets[i].fd = dial (argv[1 + i]);

  for (;;)
    {
      for (int i = 0; i < 2; i++)
        sockets[i].events =
            (short) ((pipes[i].start == pipes[i].end ? POLLIN : 0) | (pipes[!i].start < pipes[!i].end ? POLLOUT : 0));
      if (poll (sockets, 2, -1) < 0)
        return EXIT_FAILURE;

      for (int i = 0; i < 2; i++)
        {
          if ((sockets[i].revents & (POLLIN | POLLHUP | POLLERR)) && pipes[i].start == pipes[i].end &&
              !fill (&pipes[i], sockets[i].fd))
            return EXIT_SUCCESS;
          if (pipes[i].start < pipes[i].end)
            drain (&pipes[i], sockets[!i].fd);
        }
    }
}
