/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "common/relay-json.h"

#include <string.h>

#include "common/relay-json-private.h"

/*
 * The reader: decides whether a text is JSON, exactly as JSON.parse () does in the gateway, and finds its parts. It walks
 * the bytes once, without recursion, and remembers one bit for each level that is open.
 *
 * Each skip_ function gets the place where its part must begin, and returns the place behind it, or NULL if the text is not
 * JSON. All bytes over 0x7f are alike: the gateway turns those that are not UTF-8 into U+FFFD before it parses, so that
 * they are fine within a string and nowhere else.
 */

#define LEVELS_PER_WORD 64

/* What is open: of each level whether it is an object. */
typedef struct {
  guint64 word; /* the innermost levels, the last one in the lowest bit */
  gsize depth;
  GArray *outer; /* (owned) (nullable) the words of the levels further out; only for deep texts */
} Nesting;

static void
nesting_clear (Nesting *self)
{
  g_clear_pointer (&self->outer, g_array_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Nesting, nesting_clear)

/* Puts a full word away. Returns FALSE if fewer bytes are left than levels are to be closed, which bounds the memory to one
 * bit for every two bytes of text. */
static gboolean
nesting_spill (Nesting *self, gsize n_left)
{
  if (n_left < self->depth)
    return FALSE;

  if (self->outer == NULL)
    self->outer = g_array_new (FALSE, FALSE, sizeof (guint64));
  g_array_append_val (self->outer, self->word);

  return TRUE;
}

static inline gboolean
nesting_enter (Nesting *self, gboolean is_object, gsize n_left)
{
  if (self->depth > 0 && self->depth % LEVELS_PER_WORD == 0 && !nesting_spill (self, n_left))
    return FALSE;

  self->word = self->word << 1 | (is_object ? 1 : 0);
  self->depth++;

  return TRUE;
}

static inline void
nesting_leave (Nesting *self)
{
  self->word >>= 1;
  self->depth--;

  if (self->depth > 0 && self->depth % LEVELS_PER_WORD == 0)
    {
      self->word = g_array_index (self->outer, guint64, self->outer->len - 1);
      g_array_set_size (self->outer, self->outer->len - 1);
    }
}

static inline gboolean
nesting_is_object (const Nesting *self)
{
  return (self->word & 1) != 0;
}

static inline const char *
skip_space (const char *p, const char *end)
{
  while (p < end && (*p == ' ' || *p == '\n' || *p == '\r' || *p == '\t'))
    p++;

  return p;
}

static inline gboolean
is_digit (const char *p, const char *end)
{
  return p < end && *p >= '0' && *p <= '9';
}

static inline const char *
skip_digits (const char *p, const char *end)
{
  if (!is_digit (p, end))
    return NULL;

  while (is_digit (p, end))
    p++;

  return p;
}

static const char *
skip_number (const char *p, const char *end)
{
  if (*p == '-')
    p++;

  if (p < end && *p == '0')
    p++;
  else if ((p = skip_digits (p, end)) == NULL)
    return NULL;

  if (p < end && *p == '.' && (p = skip_digits (p + 1, end)) == NULL)
    return NULL;

  if (p < end && (*p == 'e' || *p == 'E'))
    {
      p++;
      if (p < end && (*p == '+' || *p == '-'))
        p++;
      p = skip_digits (p, end);
    }

  return p;
}

static const char *
skip_literal (const char *p, const char *end, const char *literal, gsize length)
{
  return (gsize) (end - p) >= length && memcmp (p, literal, length) == 0 ? p + length : NULL;
}

/* From the opening quote. Names and most values are short. */
static inline const char *
skip_string (const char *p, const char *end)
{
  p++;
#ifdef __SSE2__
  if (end - p >= 16)
    {
      guint marks = relay_json_mark_special_16 (p);

      p += marks != 0 ? __builtin_ctz (marks) : 16;
      if (marks != 0 && *p == '"')
        return p + 1;
    }
#endif

  return relay_json_skip_rest_of_string (p, end);
}

static inline const char *
skip_scalar (const char *p, const char *end)
{
  switch (*p)
    {
    case '"':
      return skip_string (p, end);
    case '-':
    case '0':
    case '1':
    case '2':
    case '3':
    case '4':
    case '5':
    case '6':
    case '7':
    case '8':
    case '9':
      return skip_number (p, end);
    case 't':
      return skip_literal (p, end, "true", 4);
    case 'f':
      return skip_literal (p, end, "false", 5);
    case 'n':
      return skip_literal (p, end, "null", 4);
    default:
      return NULL;
    }
}

/* A member's key, with white space before it, and the colon; @key (nullable) gets the key's extent. */
static inline const char *
skip_key (const char *p, const char *end, RelayJsonSpan *key)
{
  const char *begin = skip_space (p, end);

  if (begin == end || *begin != '"')
    return NULL;
  p = skip_string (begin, end);
  if (p == NULL)
    return NULL;
  if (key != NULL)
    *key = (RelayJsonSpan){ begin, p - begin };

  p = skip_space (p, end);
  return p < end && *p == ':' ? p + 1 : NULL;
}

/* What stands behind a value: closes the levels that end there, and steps over the comma and the key in front of the next
 * value, if there is one. */
static inline const char *
skip_to_next_value (Nesting *nesting, const char *p, const char *end)
{
  while (nesting->depth > 0)
    {
      gboolean is_object = nesting_is_object (nesting);

      p = skip_space (p, end);
      if (p == end)
        return NULL;
      if (*p == ',')
        return is_object ? skip_key (p + 1, end, NULL) : p + 1;
      if (*p != (is_object ? '}' : ']'))
        return NULL;

      nesting_leave (nesting);
      p++;
    }

  return p;
}

/**
 * relay_json_skip_value:
 * @p: where a value begins, or white space before it
 * @end: the end of the text
 *
 * Returns: (nullable): the place behind the value, or %NULL if there is no JSON value
 */
const char *
relay_json_skip_value (const char *p, const char *end)
{
  g_auto (Nesting) nesting = { 0 };

  do
    {
      p = skip_space (p, end);
      if (p == end)
        return NULL;

      if (*p == '{' || *p == '[')
        {
          gboolean is_object = *p == '{';

          if (!nesting_enter (&nesting, is_object, end - p))
            return NULL;
          p = skip_space (p + 1, end);
          if (p == end || *p != (is_object ? '}' : ']'))
            {
              if (is_object)
                p = skip_key (p, end, NULL);
              continue;
            }
        }
      else
        {
          p = skip_scalar (p, end);
          if (p == NULL)
            return NULL;
        }

      p = skip_to_next_value (&nesting, p, end);
    }
  while (p != NULL && nesting.depth > 0);

  return p;
}

/**
 * relay_json_validate:
 * @text: a text; need not be terminated, nor UTF-8
 * @length: its length in bytes
 *
 * Returns: %TRUE if `JSON.parse (buffer.toString ('utf8'))` accepts @text
 */
gboolean
relay_json_validate (const char *text, gsize length)
{
  const char *end = text + length;
  const char *p = relay_json_skip_value (text, end);

  return p != NULL && skip_space (p, end) == end;
}

static inline gboolean
key_is (const RelayJsonSpan *key, gboolean has_escape, const char *name)
{
  gsize length = key->length - 2;

  if (has_escape)
    return relay_json_span_equal (key, name);

  return key->data[1] == name[0] && strncmp (key->data + 1, name, length) == 0 && name[length] == '\0';
}

/* Returns whether the name is written with an escape. */
static gboolean
note_member (const RelayJsonSpan *key, const RelayJsonSpan *value, const char *const *names, RelayJsonSpan *spans)
{
  gboolean has_escape = memchr (key->data, '\\', key->length) != NULL;

  for (guint i = 0; names[i] != NULL; i++)
    {
      if (key_is (key, has_escape, names[i]))
        spans[i] = *value;
    }

  return has_escape;
}

/* From the opening brace; the place behind the closing one. */
static const char *
read_members (const char *p, const char *end, const char *const *names, RelayJsonSpan *spans, gboolean *has_escaped_name)
{
  p = skip_space (p + 1, end);
  if (p < end && *p == '}')
    return p + 1;

  for (;;)
    {
      RelayJsonSpan key, value;

      p = skip_key (p, end, &key);
      if (p == NULL)
        return NULL;
      value.data = skip_space (p, end);
      p = relay_json_skip_value (value.data, end);
      if (p == NULL)
        return NULL;
      value.length = p - value.data;
      if (note_member (&key, &value, names, spans))
        *has_escaped_name = TRUE;

      p = skip_space (p, end);
      if (p == end || (*p != ',' && *p != '}'))
        return NULL;
      if (*p++ == '}')
        return p;
    }
}

/**
 * relay_json_read_object_full:
 * @text: a text; need not be terminated, nor UTF-8
 * @length: its length in bytes
 * @names: (array zero-terminated=1): names of members, ASCII and not empty
 * @spans: (out) (array): one for each name: the extent of that member's value within @text
 * @has_escaped_name: (out): whether a name of the object that @text is is written with an escape. It means what it says,
 *   but V8 of Node 24 and 26 can be led to misread such a name as another one (nodejs/node#63785)
 *
 * As relay_json_read_object(), and tells what the gateway may misread.
 *
 * Returns: %TRUE if @text is valid JSON; else what was read means nothing
 */
gboolean
relay_json_read_object_full (const char *text, gsize length, const char *const *names, RelayJsonSpan *spans,
                             gboolean *has_escaped_name)
{
  const char *end = text + length;
  const char *p = skip_space (text, end);

  *has_escaped_name = FALSE;
  for (guint i = 0; names[i] != NULL; i++)
    spans[i] = (RelayJsonSpan){ NULL, 0 };

  if (p < end && *p == '{')
    p = read_members (p, end, names, spans, has_escaped_name);
  else
    p = relay_json_skip_value (p, end);

  return p != NULL && skip_space (p, end) == end;
}

/**
 * relay_json_read_object:
 * @text: a text; need not be terminated, nor UTF-8
 * @length: its length in bytes
 * @names: (array zero-terminated=1): names of members, ASCII and not empty
 * @spans: (out) (array): one for each name: the extent of that member's value within @text
 *
 * Reads members of the object that @text is, as `JSON.parse` would see them: names are compared with their escapes
 * resolved, of duplicates the last one counts, members of nested objects do not. A member that is not there, or any if
 * @text is another kind of value, gets an absent span.
 *
 * Returns: %TRUE if @text is valid JSON; else the spans mean nothing
 */
gboolean
relay_json_read_object (const char *text, gsize length, const char *const *names, RelayJsonSpan *spans)
{
  gboolean has_escaped_name;

  return relay_json_read_object_full (text, length, names, spans, &has_escaped_name);
}

/**
 * relay_json_span_kind:
 * @span: the extent of a value in valid JSON, or an absent one
 *
 * Returns: what the value is
 */
RelayJsonKind
relay_json_span_kind (const RelayJsonSpan *span)
{
  if (span->data == NULL)
    return RELAY_JSON_ABSENT;

  switch (*span->data)
    {
    case '{':
      return RELAY_JSON_OBJECT;
    case '[':
      return RELAY_JSON_ARRAY;
    case '"':
      return RELAY_JSON_STRING;
    case 't':
    case 'f':
      return RELAY_JSON_BOOLEAN;
    case 'n':
      return RELAY_JSON_NULL;
    default:
      return RELAY_JSON_NUMBER;
    }
}
