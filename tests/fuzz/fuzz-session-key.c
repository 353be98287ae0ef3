/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* S1: the ids that a platform gives become the key of a session. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "fuzz-support.h"
#include "methods/relay-session-key.h"
#include "methods/relay-workspace-root.h"

#define PART_CHARS "abcdefghijklmnopqrstuvwxyz0123456789_-"
#define MAX_PART_LENGTH 64

/* The same again, but for this: the cut can leave a dash at the end, which goes the second time if the part is one that is
 * looked at more closely, because it begins with a low line. */
static gboolean
is_again (const char *again, const char *normalized)
{
  gsize length = strlen (again);

  return g_str_equal (again, normalized) || (*normalized == '_' && strncmp (again, normalized, length) == 0 &&
                                             strspn (normalized + length, "-") == strlen (normalized) - length);
}

static void
check_part (const char *part)
{
  g_autofree char *normalized = relay_session_key_normalize_part (part);
  g_autofree char *again = relay_session_key_normalize_part (normalized);

  g_assert_cmpuint (strspn (normalized, PART_CHARS), ==, strlen (normalized));
  g_assert_cmpuint (strlen (normalized), <=, MAX_PART_LENGTH);
  g_assert_cmpint (*normalized, !=, '-');
  g_assert_true (is_again (again, normalized));
}

/* Who is accepted by the strict rule is named by the key as they are, but for the case and white space around. */
static void
check_strict (const char *key, const char *agent_id, const char *user_id)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *strict = relay_session_key_new (agent_id, user_id, TRUE, &error);
  g_autofree char *trimmed = g_ascii_strdown (user_id, -1);
  const char *user = strrchr (key, ':') + 1;

  if (strict == NULL)
    {
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      return;
    }

  g_assert_cmpstr (strict, ==, key);
  for (char *p = trimmed; *p != '\0'; p++)
    *p = *p == '\v' ? ' ' : *p;
  g_assert_cmpstr (g_strstrip (trimmed), ==, user);
}

static void
check_key (const char *key, const char *agent_id, const char *user_id)
{
  g_auto (GStrv) parts = g_strsplit (key, ":", -1);
  g_autofree char *agent = relay_session_key_normalize_part (agent_id != NULL ? agent_id : "main");
  g_autofree char *user = relay_session_key_normalize_part (user_id);
  g_autofree char *parsed = relay_workspace_parse_agent_id (key);
  g_autofree char *expected = g_strconcat ("agent:", agent, ":platform:direct:", user, NULL);

  g_assert_cmpuint (g_strv_length (parts), ==, 5);
  g_assert_true (*agent != '\0' && *user != '\0');
  g_assert_cmpstr (key, ==, expected);
  g_assert_true (is_again (parsed, agent));
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  FuzzInput input = { data, size };
  gboolean has_agent = fuzz_input_take_flag (&input);
  g_autofree char *agent_id = has_agent ? fuzz_input_take_text (&input) : NULL;
  g_autofree char *user_id = fuzz_make_text (input.data, input.size);
  g_autoptr (GError) error = NULL;
  g_autofree char *key = relay_session_key_new (agent_id, user_id, FALSE, &error);
  g_autofree char *parsed = relay_workspace_parse_agent_id (user_id);

  check_part (user_id);
  if (key == NULL)
    {
      g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
      fuzz_check_message (error->message);
      return 0;
    }

  check_key (key, agent_id, user_id);
  check_strict (key, agent_id, user_id);
  return 0;
}
