/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-hang.h"

#include <linux/filter.h>
#include <linux/seccomp.h>
#include <poll.h>
#include <stddef.h>
#include <sys/eventfd.h>
#include <sys/ioctl.h>
#include <sys/prctl.h>
#include <sys/syscall.h>
#include <unistd.h>

struct _FakeHang {
  int notify_fd; /* (owned) what the kernel tells of calls on */
  int stop_fd;   /* (owned) readable when the thread is to end */
  GThread *thread;
  GMutex mutex;    /* for all that follows */
  guint n_to_hold; /* of the calls that come */
  GArray *held;    /* (owned) (element-type guint64) ids of the calls that wait */
};

/* Has the kernel ask us about each openat2 (), and returns the descriptor that it does so on. */
static int
install_filter (void)
{
  struct sock_filter filter[] = {
    BPF_STMT (BPF_LD | BPF_W | BPF_ABS, offsetof (struct seccomp_data, nr)),
    BPF_JUMP (BPF_JMP | BPF_JEQ | BPF_K, SYS_openat2, 0, 1),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_USER_NOTIF),
    BPF_STMT (BPF_RET | BPF_K, SECCOMP_RET_ALLOW),
  };
  struct sock_fprog program = { G_N_ELEMENTS (filter), filter };
  int fd;

  g_assert_cmpint (prctl (PR_SET_NO_NEW_PRIVS, 1, 0, 0, 0), ==, 0);
  fd = (int) syscall (SYS_seccomp, SECCOMP_SET_MODE_FILTER, SECCOMP_FILTER_FLAG_NEW_LISTENER, &program);
  g_assert_cmpint (fd, >=, 0);

  return fd;
}

/* Fails only if the thread that called is gone. */
static void
let_go (FakeHang *self, guint64 id)
{
  struct seccomp_notif_resp response = { .id = id, .flags = SECCOMP_USER_NOTIF_FLAG_CONTINUE };

  ioctl (self->notify_fd, SECCOMP_IOCTL_NOTIF_SEND, &response);
}

static gpointer
watch (gpointer data)
{
  FakeHang *self = data;
  struct pollfd fds[] = { { .fd = self->notify_fd, .events = POLLIN }, { .fd = self->stop_fd, .events = POLLIN } };

  while (poll (fds, G_N_ELEMENTS (fds), -1) >= 0 && fds[1].revents == 0)
    {
      struct seccomp_notif call = { 0 };

      if (ioctl (self->notify_fd, SECCOMP_IOCTL_NOTIF_RECV, &call) != 0)
        continue;

      g_mutex_lock (&self->mutex);
      if (self->n_to_hold == 0)
        {
          let_go (self, call.id);
        }
      else
        {
          self->n_to_hold--;
          g_array_append_val (self->held, call.id);
          g_main_context_wakeup (NULL);
        }
      g_mutex_unlock (&self->mutex);
    }

  return NULL;
}

/**
 * fake_hang_new:
 *
 * Returns: (transfer full): a disk that does not hang yet
 */
FakeHang *
fake_hang_new (void)
{
  FakeHang *self = g_new0 (FakeHang, 1);

  g_mutex_init (&self->mutex);
  self->held = g_array_new (FALSE, FALSE, sizeof (guint64));
  self->notify_fd = install_filter ();
  self->stop_fd = eventfd (0, EFD_CLOEXEC);
  g_assert_cmpint (self->stop_fd, >=, 0);
  self->thread = g_thread_new ("disk", watch, self);

  return self;
}

/**
 * fake_hang_free:
 * @self: (transfer full): a disk, which fails from now on
 */
void
fake_hang_free (FakeHang *self)
{
  fake_hang_release (self);
  g_assert_cmpint (eventfd_write (self->stop_fd, 1), ==, 0);
  g_thread_join (self->thread);
  close (self->notify_fd);
  close (self->stop_fd);
  g_array_unref (self->held);
  g_mutex_clear (&self->mutex);
  g_free (self);
}

/**
 * fake_hang_hold:
 * @self: a disk
 * @n_calls: how many of the next calls hang
 */
void
fake_hang_hold (FakeHang *self, guint n_calls)
{
  g_mutex_lock (&self->mutex);
  self->n_to_hold = n_calls;
  g_mutex_unlock (&self->mutex);
}

/**
 * fake_hang_release:
 * @self: a disk, on which nothing hangs any more
 */
void
fake_hang_release (FakeHang *self)
{
  g_mutex_lock (&self->mutex);
  self->n_to_hold = 0;
  for (guint i = 0; i < self->held->len; i++)
    let_go (self, g_array_index (self->held, guint64, i));
  g_array_set_size (self->held, 0);
  g_mutex_unlock (&self->mutex);
}

/**
 * fake_hang_get_n_held:
 * @self: a disk
 *
 * Returns: how many threads hang
 */
guint
fake_hang_get_n_held (FakeHang *self)
{
  guint n_held;

  g_mutex_lock (&self->mutex);
  n_held = self->held->len;
  g_mutex_unlock (&self->mutex);

  return n_held;
}
