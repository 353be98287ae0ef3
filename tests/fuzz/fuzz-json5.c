/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* OpenClaw's configuration, as text. That it means what npm's json5 says is compared by tests/unit/json5-equality.mjs. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-json.h"
#include "fuzz-support.h"
#include "settings/relay-json5.h"

static JsonNode *
parse (const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;
  JsonNode *node = relay_json5_parse (text, length, &error);

  g_assert_true ((node == NULL) == (error != NULL));
  if (error != NULL)
    {
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
      g_assert_true (g_str_has_prefix (error->message, "line "));
      fuzz_check_message (error->message);
    }

  return node;
}

/* All JSON is JSON5, but for what we refuse in the one and not in the other. */
static void
check_refused (const char *text, gsize length)
{
  g_autoptr (GError) error = NULL;

  if (!relay_json_validate (text, length) || !g_utf8_validate_len (text, length, NULL))
    return;

  g_assert_null (relay_json5_parse (text, length, &error));
  g_assert_true (strstr (error->message, "NUL") != NULL || strstr (error->message, "deep") != NULL);
}

/* Comments around it change nothing, and nothing else may stand there. */
static void
check_surroundings (JsonNode *node, const char *text, gsize length)
{
  g_autoptr (GString) longer = g_string_new ("/* * / */\xef\xbb\xbf");
  g_autoptr (JsonNode) again = NULL;
  g_autoptr (JsonNode) more = NULL;
  g_autofree char *expected = json_to_string (node, FALSE);
  g_autofree char *seen = NULL;

  g_string_append_len (longer, text, length);
  g_string_append (longer, "\n// end");
  again = parse (longer->str, longer->len);
  g_assert_nonnull (again);
  seen = json_to_string (again, FALSE);
  g_assert_cmpstr (seen, ==, expected);

  g_string_append (longer, "\n]");
  more = parse (longer->str, longer->len);
  g_assert_null (more);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  const char *text = (const char *) data;
  g_autoptr (JsonNode) node = parse (text, size);

  if (node != NULL)
    check_surroundings (node, text, size);
  else
    check_refused (text, size);

  return 0;
}
