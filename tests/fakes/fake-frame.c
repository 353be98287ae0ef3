/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-frame.h"

#include <string.h>

#include "fakes/fake-json.h"

G_DEFINE_BOXED_TYPE (FakeMessage, fake_message, fake_message_ref, fake_message_unref)

/**
 * fake_message_new:
 * @opcode: %FAKE_TEXT or %FAKE_BINARY
 * @data: (array length=length): the bytes, which are copied
 * @length: how many
 * @longest_frame: payload bytes of the longest of the frames they came in
 *
 * Returns: (transfer full): a message
 */
FakeMessage *
fake_message_new (guint opcode, const guint8 *data, gsize length, gsize longest_frame)
{
  FakeMessage *self = g_rc_box_new0 (FakeMessage);

  self->opcode = opcode;
  self->text = g_malloc (length + 1);
  if (length > 0)
    memcpy (self->text, data, length);
  self->text[length] = '\0';
  self->length = length;
  self->longest_frame = longest_frame;
  return self;
}

/**
 * fake_message_ref:
 * @self: a message
 *
 * Returns: (transfer full): @self
 */
FakeMessage *
fake_message_ref (FakeMessage *self)
{
  return g_rc_box_acquire (self);
}

static void
fake_message_clear (gpointer message)
{
  g_free (((FakeMessage *) message)->text);
}

/**
 * fake_message_unref:
 * @self: (transfer full): a message
 */
void
fake_message_unref (FakeMessage *self)
{
  g_rc_box_release_full (self, fake_message_clear);
}

/**
 * fake_message_get:
 * @self: a message
 * @path: which value, see fake_json_get()
 *
 * Returns: (transfer full) (nullable): the raw JSON of the value
 */
char *
fake_message_get (const FakeMessage *self, const char *path)
{
  return fake_json_get (self->text, self->length, path);
}

/**
 * fake_message_get_string:
 * @self: a message
 * @path: which value, see fake_json_get()
 *
 * Returns: (transfer full) (nullable): the string there
 */
char *
fake_message_get_string (const FakeMessage *self, const char *path)
{
  return fake_json_get_string (self->text, self->length, path);
}

/**
 * fake_message_get_int:
 * @self: a message
 * @path: which value, see fake_json_get()
 *
 * Returns: the number there, or -1
 */
gint64
fake_message_get_int (const FakeMessage *self, const char *path)
{
  return fake_json_get_int (self->text, self->length, path);
}

/**
 * fake_message_has:
 * @self: a message
 * @path: which value, see fake_json_get()
 * @value: what it should be: a string's content, or any other value's raw JSON
 *
 * Returns: %TRUE if the value is there and is @value
 */
gboolean
fake_message_has (const FakeMessage *self, const char *path, const char *value)
{
  g_autofree char *raw = fake_message_get (self, path);
  g_autofree char *string = raw != NULL && raw[0] == '"' ? fake_message_get_string (self, path) : NULL;

  return g_strcmp0 (string != NULL ? string : raw, value) == 0;
}

/**
 * fake_frame_append_header:
 * @out: where to
 * @first_byte: FIN, reserved bits and opcode
 * @length: of the payload that follows, in bytes
 *
 * Writes the head of an unmasked frame.
 */
void
fake_frame_append_header (GByteArray *out, guint first_byte, gsize length)
{
  guint8 header[10] = { (guint8) first_byte };
  guint size = 2;

  if (length < 126)
    {
      header[1] = (guint8) length;
    }
  else if (length <= G_MAXUINT16)
    {
      guint16 wire = GUINT16_TO_BE ((guint16) length);

      header[1] = 126;
      memcpy (header + 2, &wire, sizeof wire);
      size += sizeof wire;
    }
  else
    {
      guint64 wire = GUINT64_TO_BE ((guint64) length);

      header[1] = 127;
      memcpy (header + 2, &wire, sizeof wire);
      size += sizeof wire;
    }

  g_byte_array_append (out, header, size);
}

/**
 * fake_frame_append:
 * @out: where to
 * @first_byte: FIN, reserved bits and opcode
 * @data: (nullable) (array length=length): the payload
 * @length: its length in bytes
 *
 * Writes an unmasked frame.
 */
void
fake_frame_append (GByteArray *out, guint first_byte, gconstpointer data, gsize length)
{
  fake_frame_append_header (out, first_byte, length);
  if (length > 0)
    g_byte_array_append (out, data, (guint) length);
}

/**
 * fake_frame_read_header:
 * @header: (out caller-allocates): where the header goes
 * @data: (array length=length): what has been received
 * @length: how much
 *
 * Returns: how many bytes the header has, or 0 if there are not enough yet
 */
gsize
fake_frame_read_header (FakeFrameHeader *header, const guint8 *data, gsize length)
{
  gsize size = 2;

  if (length < size)
    return 0;

  header->first_byte = data[0];
  header->is_masked = (data[1] & 0x80) != 0;
  header->length = data[1] & 0x7f;
  size += header->length == 126 ? 2 : header->length == 127 ? 8 : 0;
  if (length < size + (header->is_masked ? 4 : 0))
    return 0;

  if (size > 2)
    header->length = 0;
  for (gsize i = 2; i < size; i++)
    header->length = header->length << 8 | data[i];
  if (header->is_masked)
    {
      memcpy (header->mask, data + size, 4);
      size += 4;
    }

  return size;
}
