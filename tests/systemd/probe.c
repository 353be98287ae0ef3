/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <errno.h>
#include <fcntl.h>
#include <sched.h>
#include <stdio.h>
#include <string.h>
#include <sys/mman.h>
#include <sys/personality.h>
#include <sys/ptrace.h>
#include <sys/resource.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/types.h>
#include <unistd.h>

/* probe TMP-FILE: tries what the unit forbids, and what it must not forbid; a line for each attempt with its name and how it
 * went, `ok` or the error's name. Its folder is $HOME, and TMP-FILE a file of its user in /tmp. It leaves nothing. */

static void
tell (const char *name, long result)
{
  printf ("%s %s\n", name, result < 0 ? strerrorname_np (errno) : "ok");
}

static void
try_socket (const char *name, int family, int type)
{
  int fd = socket (family, type, 0);

  tell (name, fd);
  if (fd >= 0)
    close (fd);
}

static void
try_to_create (const char *name, const char *path)
{
  int fd = open (path, O_WRONLY | O_CREAT | O_EXCL | O_CLOEXEC, 0600);

  tell (name, fd);
  if (fd >= 0)
    {
      close (fd);
      unlink (path);
    }
}

static void
try_to_read (const char *name, const char *path)
{
  int fd = open (path, O_RDONLY | O_CLOEXEC);

  tell (name, fd);
  if (fd >= 0)
    close (fd);
}

static void
try_set_user_id (void)
{
  int fd = open ("probe-file", O_WRONLY | O_CREAT | O_CLOEXEC, 0700);

  tell ("set-user-id", fchmod (fd, 04700));
  close (fd);
  unlink ("probe-file");
}

/* A filter of system calls says EPERM; newer service managers leave it to the kernel, which says EACCES. */
static void
try_writable_code (void)
{
  void *code = mmap (NULL, 4096, PROT_READ | PROT_WRITE | PROT_EXEC, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);

  if (code == MAP_FAILED && errno == EACCES)
    errno = EPERM;
  tell ("writable-code", code == MAP_FAILED ? -1 : 0);
}

int
main (int argc, char *argv[])
{
  if (argc != 2)
    return 2;

  try_socket ("socket-unix", AF_UNIX, SOCK_STREAM);
  try_socket ("socket-inet", AF_INET, SOCK_STREAM);
  try_socket ("socket-inet6", AF_INET6, SOCK_STREAM);
  try_socket ("socket-netlink", AF_NETLINK, SOCK_RAW);
  try_socket ("socket-packet", AF_PACKET, SOCK_DGRAM);

  try_to_create ("create-in-usr", "/usr/probe-file");
  try_to_create ("create-in-etc", "/etc/probe-file");
  try_to_create ("create-in-var", "/var/probe-file");
  try_to_create ("create-in-srv", "/srv/probe-file");
  try_to_create ("create-in-home", "probe-file");
  try_to_create ("create-in-settings", ".config/gangway/probe-file");
  try_to_create ("create-in-state", ".local/state/gangway/probe-file");
  try_to_create ("create-in-workspace", ".openclaw/workspace/probe-file");
  try_to_read ("read-settings", ".config/gangway/gangway.conf");
  try_to_read ("read-openclaw", ".openclaw/openclaw.json");
  try_to_read ("read-ssh", ".ssh/id_ed25519");
  try_to_read ("read-shared-tmp", argv[1]);
  tell ("device-kmsg", access ("/dev/kmsg", F_OK));

  try_set_user_id ();
  try_writable_code ();
  tell ("personality", personality (PER_LINUX32));
  tell ("priority", setpriority (PRIO_PROCESS, 0, 19));
  tell ("keyring", syscall (SYS_add_key, "user", "probe", "x", 1, -2 /* the process's */));
  tell ("trace", ptrace (PTRACE_TRACEME, 0, NULL, NULL));
  tell ("namespace", unshare (CLONE_NEWUSER));
  return 0;
}
