/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-chat-message.h"

#include "common/relay-json-private.h"

/* Text here is raw: what stands between the quotes of a JSON string, escapes as they are. A delta may end with one half of
 * a surrogate pair and the next begin with the other, which only fit together as long as nobody decodes them. */

/* What OpenClaw's own clients put between the blocks of a message. */
#define BLOCK_SEPARATOR "\\n"

/**
 * relay_chat_append_raw_text:
 * @out: raw text that is appended to
 * @string: the extent of a value in valid JSON, or an absent one
 *
 * Returns: %TRUE if the value is a string, the raw text of which was appended
 */
gboolean
relay_chat_append_raw_text (GString *out, const RelayJsonSpan *string)
{
  RelayJsonSpan inner;

  if (relay_json_span_kind (string) != RELAY_JSON_STRING)
    return FALSE;

  inner = (RelayJsonSpan){ string->data + 1, string->length - 2 };
  relay_json_append_span (out, &inner);
  return TRUE;
}

/* Finds the next element of an array in valid JSON, from behind the bracket or behind the last element. */
static gboolean
next_element (const char **p, const char *end, RelayJsonSpan *element)
{
  const char *begin = *p;

  while (*begin == ' ' || *begin == '\n' || *begin == '\r' || *begin == '\t' || *begin == ',')
    begin++;
  if (*begin == ']')
    return FALSE;

  *p = relay_json_skip_value (begin, end);
  *element = (RelayJsonSpan){ begin, *p - begin };
  return TRUE;
}

static gboolean
append_block (GString *out, const RelayJsonSpan *block, gboolean is_first)
{
  static const char *const names[] = { "type", "text", NULL };
  RelayJsonSpan spans[2];

  if (!relay_json_read_object (block->data, block->length, names, spans) || !relay_json_span_equal (&spans[0], "text") ||
      relay_json_span_kind (&spans[1]) != RELAY_JSON_STRING)
    return FALSE;

  if (!is_first)
    g_string_append (out, BLOCK_SEPARATOR);

  return relay_chat_append_raw_text (out, &spans[1]);
}

static gboolean
append_content (GString *out, const RelayJsonSpan *content)
{
  const char *p = content->data + 1;
  const char *end = content->data + content->length;
  gboolean has_text = FALSE;
  RelayJsonSpan block;

  while (next_element (&p, end, &block))
    has_text |= append_block (out, &block, !has_text);

  return has_text;
}

/**
 * relay_chat_append_raw_message_text:
 * @out: raw text that is appended to
 * @message: the extent of a `message` in valid JSON, or an absent one
 *
 * Appends the raw text of a message of the gateway: a string, or an object whose `content` is a string or an array with
 * blocks of type `text`, between which there is a line break. Blocks of other types are left out.
 *
 * Returns: %TRUE if the message has text, be it an empty one
 */
gboolean
relay_chat_append_raw_message_text (GString *out, const RelayJsonSpan *message)
{
  static const char *const names[] = { "content", NULL };
  RelayJsonSpan content;

  if (relay_json_span_kind (message) != RELAY_JSON_OBJECT)
    return relay_chat_append_raw_text (out, message);

  if (!relay_json_read_object (message->data, message->length, names, &content))
    return FALSE;

  if (relay_json_span_kind (&content) == RELAY_JSON_ARRAY)
    return append_content (out, &content);

  return relay_chat_append_raw_text (out, &content);
}
