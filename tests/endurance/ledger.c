/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "endurance/ledger.h"

#include <string.h>

#define PAGE_KEY "ledger-page"
#define EVENT "numbered"
/* Of a frame that is sent in part: enough for a head of four bytes. */
#define PART_PADDING_BYTES 1000

/* One connection's books. */
typedef struct _Page Page;
struct _Page {
  char *name;                 /* (owned) */
  FakeConnection *connection; /* (unowned) whose peer keeps it */
  Page *other;                /* (unowned) (nullable) the other end of the session, once a frame came through */
  guint64 n_sent;
  guint64 n_received;
};

/* One peer under watch. */
typedef struct {
  Ledger *ledger; /* (unowned) */
  char *name;     /* (owned) */
} Watch;

static void
page_free (Page *page)
{
  g_free (page->name);
  g_free (page);
}

static void
watch_free (gpointer data, GClosure *closure)
{
  Watch *watch = data;

  g_free (watch->name);
  g_free (watch);
}

/**
 * ledger_new:
 *
 * Returns: (transfer full): empty books
 */
Ledger *
ledger_new (void)
{
  Ledger *self = g_new0 (Ledger, 1);

  self->faults = g_ptr_array_new_with_free_func (g_free);
  self->pages = g_hash_table_new_full (g_str_hash, g_str_equal, NULL, (GDestroyNotify) page_free);
  return self;
}

/**
 * ledger_free:
 * @self: (transfer full): books, whose peers are gone
 */
void
ledger_free (Ledger *self)
{
  g_ptr_array_unref (self->faults);
  g_hash_table_unref (self->pages);
  g_free (self);
}

static Page *
page_of (FakeConnection *connection)
{
  return g_object_get_data (G_OBJECT (connection), PAGE_KEY);
}

static gboolean
on_opened (FakePeer *peer, FakeConnection *connection, gpointer user_data)
{
  Watch *watch = user_data;
  Page *page = g_new0 (Page, 1);

  page->name = g_strdup_printf ("%s-%u", watch->name, fake_connection_get_number (connection));
  page->connection = connection;
  g_hash_table_insert (watch->ledger->pages, page->name, page);
  g_object_set_data (G_OBJECT (connection), PAGE_KEY, page);
  return FALSE;
}

/**
 * ledger_add_fault:
 * @self: books
 * @format: as for printf()
 * @...: what @format asks for
 *
 * Notes something wrong.
 */
void
ledger_add_fault (Ledger *self, const char *format, ...)
{
  va_list args;

  va_start (args, format);
  g_ptr_array_add (self->faults, g_strdup_vprintf (format, args));
  va_end (args);
}

/* A session has two ends: each hears of one other, which hears of nobody else. */
static gboolean
are_ends (const Page *a, const Page *b)
{
  return (a->other == NULL || a->other == b) && (b->other == NULL || b->other == a);
}

static void
enter (Ledger *self, Page *page, const FakeMessage *message)
{
  g_autofree char *name = fake_message_get_string (message, "payload.from");
  Page *from = name != NULL ? g_hash_table_lookup (self->pages, name) : NULL;
  guint64 number = (guint64) fake_message_get_int (message, "payload.number");

  self->n_frames++;
  self->n_bytes += message->length;
  if (from == NULL || !are_ends (page, from) || number > from->n_sent)
    {
      ledger_add_fault (self, "%s, which hears of %s, got frame %" G_GUINT64_FORMAT " of %s", page->name,
                        page->other != NULL ? page->other->name : "nobody yet", number, name);
      return;
    }

  if (number != page->n_received + 1)
    ledger_add_fault (self, "%s got frame %" G_GUINT64_FORMAT " of %s after %" G_GUINT64_FORMAT, page->name, number, name,
                      page->n_received);
  page->other = from;
  from->other = page;
  page->n_received = number;
}

static gboolean
is_same (const FakeMessage *message, gpointer user_data)
{
  return message == user_data;
}

static gboolean
on_message (FakePeer *peer, FakeConnection *connection, FakeMessage *message, gpointer user_data)
{
  Watch *watch = user_data;

  if (!fake_message_has (message, "event", EVENT))
    return FALSE;

  fake_message_unref (fake_connection_take_message (connection, is_same, message));
  enter (watch->ledger, page_of (connection), message);
  return TRUE;
}

/**
 * ledger_watch:
 * @self: books
 * @peer: a peer without connections yet
 * @name: its name
 *
 * Has the numbered frames that come to @peer entered, and taken out of its connections' queues.
 */
void
ledger_watch (Ledger *self, FakePeer *peer, const char *name)
{
  for (guint i = 0; i < 2; i++)
    {
      Watch *watch = g_new0 (Watch, 1);

      watch->ledger = self;
      watch->name = g_strdup (name);
      g_signal_connect_data (peer, i == 0 ? "opened" : "message", i == 0 ? G_CALLBACK (on_opened) : G_CALLBACK (on_message),
                             watch, watch_free, 0);
    }
}

static GBytes *
make_frame (const Page *page, gsize padding_bytes)
{
  g_autofree char *padding = g_strnfill (padding_bytes, '.');
  char *text = g_strdup_printf ("{\"type\":\"event\",\"event\":\"" EVENT
                                "\",\"payload\":{\"from\":\"%s\",\"number\":%" G_GUINT64_FORMAT ",\"padding\":\"%s\"}}",
                                page->name, page->n_sent + 1, padding);

  return g_bytes_new_take (text, strlen (text));
}

/**
 * ledger_send:
 * @self: books
 * @connection: an open connection of a peer under watch
 * @padding_bytes: how much to add to the frame
 * @fragment_bytes: how much of it to put into each fragment; 0 for all
 *
 * Sends the connection's next numbered frame.
 */
void
ledger_send (Ledger *self, FakeConnection *connection, gsize padding_bytes, gsize fragment_bytes)
{
  Page *page = page_of (connection);
  g_autoptr (GBytes) frame = make_frame (page, padding_bytes);

  page->n_sent++;
  if (fragment_bytes > 0)
    fake_connection_send_fragmented (connection, FAKE_TEXT, frame, fragment_bytes);
  else
    fake_connection_send_bytes (connection, FAKE_TEXT, frame);
}

/**
 * ledger_send_part:
 * @self: books
 * @connection: an open connection of a peer under watch
 * @part: how much
 *
 * Sends the beginning of a frame, which nobody may get.
 */
void
ledger_send_part (Ledger *self, FakeConnection *connection, LedgerPart part)
{
  g_autoptr (GBytes) frame = make_frame (page_of (connection), PART_PADDING_BYTES);
  gsize length;
  gconstpointer data = g_bytes_get_data (frame, &length);
  g_autoptr (GByteArray) bytes = g_byte_array_new ();
  g_autoptr (GBytes) sent = NULL;

  fake_frame_append (bytes, part == LEDGER_PART_FRAGMENT ? FAKE_TEXT : FAKE_FIN | FAKE_TEXT, data,
                     (guint) (part == LEDGER_PART_FRAGMENT ? length / 2 : length));
  if (part == LEDGER_PART_HEADER)
    g_byte_array_set_size (bytes, 1);
  else if (part == LEDGER_PART_PAYLOAD)
    g_byte_array_set_size (bytes, bytes->len / 2);

  sent = g_bytes_new (bytes->data, bytes->len);
  fake_connection_send_raw (connection, sent);
}

/**
 * ledger_get_other:
 * @self: books
 * @connection: a connection of a peer under watch
 *
 * Returns: (transfer none) (nullable): the other end of its session, once a frame came through
 */
FakeConnection *
ledger_get_other (Ledger *self, FakeConnection *connection)
{
  const Page *page = page_of (connection);

  return page->other != NULL ? page->other->connection : NULL;
}

/**
 * ledger_has_all:
 * @self: books
 * @connection: a connection of a peer under watch
 *
 * Returns: whether it has got all that the other end of its session has sent
 */
gboolean
ledger_has_all (Ledger *self, FakeConnection *connection)
{
  const Page *page = page_of (connection);

  return page->other != NULL && page->n_received == page->other->n_sent;
}

/**
 * ledger_is_even:
 * @self: books
 * @connection: a connection of a peer under watch
 *
 * Returns: whether both ends of its session have got all that the other has sent
 */
gboolean
ledger_is_even (Ledger *self, FakeConnection *connection)
{
  return ledger_has_all (self, connection) && ledger_has_all (self, page_of (connection)->other->connection);
}
