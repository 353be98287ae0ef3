/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-session-key.h"

#include <string.h>

#include "common/relay-error.h"

/* OpenClaw's own limit for an agent's id, in characters. */
#define MAX_PART_LENGTH 64

#define DEFAULT_AGENT "main"
#define WHITE_SPACE " \t\n\v\f\r"

/* The only characters outside ASCII that JavaScript's toLowerCase () turns into, or into something that begins with, one
 * within: "K" (Kelvin) into "k" and "İ" into "i" and a combining dot. */
#define KELVIN_SIGN 0x212a
#define CAPITAL_I_WITH_DOT 0x0130

static char *
dup_trimmed (const char *text)
{
  const char *begin = text + strspn (text, WHITE_SPACE);
  gsize length = strlen (begin);

  while (length > 0 && strchr (WHITE_SPACE, begin[length - 1]) != NULL)
    length--;

  return g_strndup (begin, length);
}

static gboolean
is_part_char (gunichar c)
{
  return (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || c == '_' || c == '-';
}

/* Whether it is fine but for its case: ^[A-Za-z0-9][A-Za-z0-9_-]{0,63}$ */
static gboolean
is_plain (const char *part)
{
  gsize length = strlen (part);

  if (length == 0 || length > MAX_PART_LENGTH || !g_ascii_isalnum (part[0]))
    return FALSE;

  for (const char *p = part; *p != '\0'; p++)
    {
      if (!is_part_char ((guchar) g_ascii_tolower (*p)))
        return FALSE;
    }

  return TRUE;
}

/* Lower-cases as JavaScript does, independently of the locale, and puts one dash for each run of what a part cannot have. */
static char *
replace_runs (const char *part)
{
  g_autoptr (GString) out = g_string_sized_new (strlen (part));
  gboolean in_run = FALSE;

  for (const char *p = part; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);
      gunichar lower = c < 0x80 ? (guchar) g_ascii_tolower ((char) c) : c == KELVIN_SIGN ? 'k' : c;

      if (c == CAPITAL_I_WITH_DOT)
        g_string_append (out, "i-");
      else if (is_part_char (lower))
        g_string_append_c (out, (char) lower);
      else if (!in_run)
        g_string_append_c (out, '-');
      in_run = c == CAPITAL_I_WITH_DOT || !is_part_char (lower);
    }

  return g_string_free (g_steal_pointer (&out), FALSE);
}

static char *
replace_and_cut (const char *part)
{
  g_autofree char *replaced = replace_runs (part);
  const char *begin = replaced + strspn (replaced, "-");
  gsize length = strlen (begin);

  while (length > 0 && begin[length - 1] == '-')
    length--;

  return g_strndup (begin, MIN (length, MAX_PART_LENGTH));
}

/**
 * relay_session_key_normalize_part:
 * @part: an agent's or a user's id
 *
 * Brings a part of a session key into the form in which OpenClaw compares it.
 *
 * Returns: (transfer full): the part; empty if nothing is left of it
 */
char *
relay_session_key_normalize_part (const char *part)
{
  g_autofree char *trimmed = dup_trimmed (part);

  return is_plain (trimmed) ? g_ascii_strdown (trimmed, -1) : replace_and_cut (trimmed);
}

static char *
normalize_named (const char *name, const char *part, gboolean strict, GError **error)
{
  g_autofree char *trimmed = dup_trimmed (part);
  g_autofree char *lower = g_ascii_strdown (trimmed, -1);
  g_autofree char *normalized = relay_session_key_normalize_part (part);

  if (*normalized == '\0')
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST,
                   "%s has no letter a-z, digit or underscore, so it cannot name a session", name);
      return NULL;
    }
  if (strict && strcmp (lower, normalized) != 0)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST,
                   "%s must match [A-Za-z0-9][A-Za-z0-9_-]{0,%d} (strict-user-ids is on)", name, MAX_PART_LENGTH - 1);
      return NULL;
    }

  return g_steal_pointer (&normalized);
}

/**
 * relay_session_key_new:
 * @agent_id: (nullable): the agent as the platform calls it; %NULL for the default one
 * @user_id: the user as the platform calls them
 * @strict: whether to refuse a user id that would be changed by more than trimming and case, so that no two users can come
 *   to share a session
 * @error: return location for a #GError
 *
 * Makes the key under which the gateway keeps the session of one user with one agent. Both parts become what OpenClaw
 * makes of an agent's id.
 *
 * Returns: (transfer full): `agent:<agent>:platform:direct:<user>`; or %NULL with %RELAY_ERROR_INVALID_REQUEST, whose
 *   message names the param, if nothing is left of a part or if @strict forbids it
 */
char *
relay_session_key_new (const char *agent_id, const char *user_id, gboolean strict, GError **error)
{
  g_autofree char *agent = NULL;
  g_autofree char *user = NULL;

  agent = normalize_named ("agentId", agent_id != NULL ? agent_id : DEFAULT_AGENT, FALSE, error);
  if (agent == NULL)
    return NULL;

  user = normalize_named ("userId", user_id, strict, error);
  if (user == NULL)
    return NULL;

  return g_strdup_printf ("agent:%s:platform:direct:%s", agent, user);
}
