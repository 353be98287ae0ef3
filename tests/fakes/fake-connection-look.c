/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-connection.h"

#include "fakes/fake-connection-private.h"
#include "fakes/fake-upgrade.h"

/**
 * fake_connection_get_number:
 * @self: a connection
 *
 * Returns: which of its peer's connections it is, from 1
 */
guint
fake_connection_get_number (FakeConnection *self)
{
  return self->number;
}

/**
 * fake_connection_is_open:
 * @self: a connection
 *
 * Returns: %TRUE if the upgrade is done, no close frame has gone either way and the TCP connection stands
 */
gboolean
fake_connection_is_open (FakeConnection *self)
{
  return self->state == FAKE_STATE_OPEN && !self->close_sent && self->close_code == 0 && !self->finish;
}

/**
 * fake_connection_is_gone:
 * @self: a connection
 *
 * Returns: %TRUE if the TCP connection is closed
 */
gboolean
fake_connection_is_gone (FakeConnection *self)
{
  return self->state == FAKE_STATE_GONE;
}

/**
 * fake_connection_get_request:
 * @self: a connection
 *
 * Returns: the HTTP request that began it, up to its empty line, or what has come of it
 */
const char *
fake_connection_get_request (FakeConnection *self)
{
  return self->request->str;
}

/**
 * fake_connection_get_header:
 * @self: a connection
 * @name: a header's name
 *
 * Returns: (transfer full) (nullable): the header's value in the HTTP request
 */
char *
fake_connection_get_header (FakeConnection *self, const char *name)
{
  return fake_upgrade_get_header (self->request->str, name);
}

/**
 * fake_connection_get_close_code:
 * @self: a connection
 *
 * Returns: the code of the client's close frame; 1005 if that had none, 0 if no close frame came
 */
guint
fake_connection_get_close_code (FakeConnection *self)
{
  return self->close_code;
}

/**
 * fake_connection_get_close_reason:
 * @self: a connection
 *
 * Returns: (nullable): the reason of the client's close frame, which may be empty; %NULL if no close frame came
 */
const char *
fake_connection_get_close_reason (FakeConnection *self)
{
  return self->close_reason;
}

/**
 * fake_connection_get_n_pings:
 * @self: a connection
 *
 * Returns: how many pings came
 */
guint
fake_connection_get_n_pings (FakeConnection *self)
{
  return self->n_pings;
}

/**
 * fake_connection_get_n_pongs:
 * @self: a connection
 *
 * Returns: how many pongs came
 */
guint
fake_connection_get_n_pongs (FakeConnection *self)
{
  return self->n_pongs;
}

/**
 * fake_connection_get_n_messages:
 * @self: a connection
 *
 * Returns: how many messages came, discarded ones too
 */
guint
fake_connection_get_n_messages (FakeConnection *self)
{
  return self->n_messages;
}

/**
 * fake_connection_get_n_bytes:
 * @self: a connection
 *
 * Returns: how many bytes of messages came, discarded ones too
 */
guint64
fake_connection_get_n_bytes (FakeConnection *self)
{
  return self->receiver.n_bytes;
}

/**
 * fake_connection_get_queued_bytes:
 * @self: a connection
 *
 * Returns: how many bytes wait to be written, the write under way counted whole
 */
gsize
fake_connection_get_queued_bytes (FakeConnection *self)
{
  return self->queued_bytes;
}

/**
 * fake_connection_take_violation:
 * @self: a connection
 *
 * Tells what the client did that RFC 6455 forbids. A connection that ends with one untaken trips a critical, so that a test
 * fails that does not expect it.
 *
 * Returns: (transfer full) (nullable): what, or %NULL
 */
char *
fake_connection_take_violation (FakeConnection *self)
{
  return g_steal_pointer (&self->violation);
}

/**
 * fake_connection_set_reading:
 * @self: a connection
 * @reading: whether to take bytes from the socket; one read that is under way still completes, its messages are kept back
 *
 * Lets the client feel a server that does not read.
 */
void
fake_connection_set_reading (FakeConnection *self, gboolean reading)
{
  g_autoptr (GByteArray) unread = NULL;

  self->reading = reading;
  if (!reading)
    return;

  unread = g_steal_pointer (&self->unread);
  self->unread = g_byte_array_new ();
  fake_connection_got_frames (self, unread->data, unread->len);
  fake_connection_read (self);
}

/**
 * fake_connection_set_discard:
 * @self: a connection
 * @discard: whether messages are counted only: not kept, not signalled
 *
 * For tests that send very much.
 */
void
fake_connection_set_discard (FakeConnection *self, gboolean discard)
{
  self->receiver.discard = discard;
}

/**
 * fake_connection_set_ignore_pings:
 * @self: a connection
 * @ignore: whether pings stay unanswered
 */
void
fake_connection_set_ignore_pings (FakeConnection *self, gboolean ignore)
{
  self->ignore_pings = ignore;
}

/**
 * fake_connection_set_ignore_close:
 * @self: a connection
 * @ignore: whether the client's close frame stays unanswered and the TCP connection open
 */
void
fake_connection_set_ignore_close (FakeConnection *self, gboolean ignore)
{
  self->ignore_close = ignore;
}

/**
 * fake_connection_take_message:
 * @self: a connection
 * @func: (nullable): tells whether a message is the one
 * @user_data: for @func
 *
 * Takes the first message out of the queue for which @func returns %TRUE.
 *
 * Returns: (transfer full) (nullable): the message, or %NULL if there is none yet
 */
FakeMessage *
fake_connection_take_message (FakeConnection *self, FakeMessageFunc func, gpointer user_data)
{
  for (GList *link = self->messages.head; link != NULL; link = link->next)
    {
      FakeMessage *message = link->data;

      if (func == NULL || func (message, user_data))
        {
          g_queue_delete_link (&self->messages, link);
          return message;
        }
    }

  return NULL;
}

typedef struct {
  const char *path; /* (nullable) */
  const char *value;
} Expectation;

static gboolean
is_expected (const FakeMessage *message, gpointer user_data)
{
  const Expectation *expectation = user_data;

  return expectation->path == NULL || fake_message_has (message, expectation->path, expectation->value);
}

/* What a failed test is told, beyond what it waited for. */
static char *
fake_connection_describe (FakeConnection *self)
{
  GString *text = g_string_new (NULL);

  g_string_append_printf (text, "connection %u (%s", self->number, self->state == FAKE_STATE_GONE ? "gone" : "stands");
  if (self->close_reason != NULL)
    g_string_append_printf (text, ", client closed with %u %s", self->close_code, self->close_reason);
  if (self->violation != NULL)
    g_string_append_printf (text, ", violation: %s", self->violation);
  g_string_append_printf (text, ", %u messages came", self->n_messages);
  for (GList *link = self->messages.head; link != NULL; link = link->next)
    g_string_append_printf (text, ", not taken: %.200s", ((FakeMessage *) link->data)->text);
  g_string_append_c (text, ')');

  return g_string_free (text, FALSE);
}

/**
 * fake_connection_expect_at:
 * @self: a connection
 * @path: (nullable): where in the message to look, see fake_json_get(); %NULL for any message
 * @value: (nullable): what should be there, see fake_message_has()
 * @where: the place in the test
 *
 * Waits for a message and takes it out of the queue; fails the test if the connection ends before or it takes too long.
 *
 * Returns: (transfer full): the message
 */
FakeMessage *
fake_connection_expect_at (FakeConnection *self, const char *path, const char *value, const char *where)
{
  Expectation expectation = { path, value };
  FakeMessage *message = fake_connection_take_message (self, is_expected, &expectation);
  gboolean is_over = FALSE;
  FakeWait wait;

  fake_wait_begin (&wait);
  while (message == NULL && !is_over)
    {
      is_over = self->state == FAKE_STATE_GONE || !fake_wait_iterate (&wait);
      message = fake_connection_take_message (self, is_expected, &expectation);
    }
  fake_wait_end (&wait);

  if (message == NULL)
    {
      g_autofree char *state = fake_connection_describe (self);
      g_autofree char *what = g_strdup_printf ("a message with %s = %s on %s", path != NULL ? path : "anything",
                                               path != NULL ? value : "anything", state);

      fake_wait_fail (where, what);
    }

  return message;
}

/**
 * fake_connection_expect_gone_at:
 * @self: a connection
 * @where: the place in the test
 *
 * Waits until the TCP connection is closed; fails the test if it takes too long.
 */
void
fake_connection_expect_gone_at (FakeConnection *self, const char *where)
{
  FakeWait wait;

  fake_wait_begin (&wait);
  while (self->state != FAKE_STATE_GONE)
    {
      if (!fake_wait_iterate (&wait))
        {
          g_autofree char *state = fake_connection_describe (self);
          g_autofree char *what = g_strdup_printf ("the end of %s", state);

          fake_wait_fail (where, what);
        }
    }
  fake_wait_end (&wait);
}
