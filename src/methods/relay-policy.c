/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-policy.h"

#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"

/* What stands between two `*` is looked for from the left, once: the time is linear, whatever the pattern. */
static gboolean
matches (const char *pattern, const char *text)
{
  const char *star = strchr (pattern, '*');
  gsize text_length = strlen (text);
  gsize length;

  if (star == NULL)
    return g_str_equal (pattern, text);

  length = star - pattern;
  if (strncmp (pattern, text, length) != 0)
    return FALSE;

  while (TRUE)
    {
      const char *next = strchr (star + 1, '*');

      text += length;
      text_length -= length;
      pattern = star + 1;
      length = next != NULL ? (gsize) (next - pattern) : strlen (pattern);

      if (next == NULL)
        return text_length >= length && g_str_equal (text + text_length - length, pattern);

      if (length > 0)
        {
          const char *found = memmem (text, text_length, pattern, length);

          if (found == NULL)
            return FALSE;
          text_length -= found - text;
          text = found;
        }
      star = next;
    }
}

static gboolean
matches_any (GStrv patterns, const char *method)
{
  for (gsize i = 0; patterns[i] != NULL; i++)
    {
      if (matches (patterns[i], method))
        return TRUE;
    }

  return FALSE;
}

/**
 * relay_policy_is_open:
 * @account: on whose behalf the platform asks
 *
 * Returns: %TRUE if every method is allowed, so that none needs to be judged
 */
gboolean
relay_policy_is_open (const RelayAccount *account)
{
  return account->deny_methods[0] == NULL && account->allow_methods[0] != NULL &&
         g_str_equal (account->allow_methods[0], "*");
}

/**
 * relay_policy_allows:
 * @account: on whose behalf the platform asks
 * @method: the name of a method, as asked or as translated
 * @error: return location for an error
 *
 * Judges a method by `allow-methods` and `deny-methods`: case-sensitive, `*` matches any characters, a denial wins.
 *
 * Returns: %FALSE with %RELAY_ERROR_DENIED, which says which setting refused it
 */
gboolean
relay_policy_allows (const RelayAccount *account, const char *method, GError **error)
{
  gboolean is_denied = matches_any (account->deny_methods, method);
  g_autofree char *shown = NULL;

  if (!is_denied && matches_any (account->allow_methods, method))
    return TRUE;

  shown = relay_text_clean (method, -1, RELAY_TEXT_MAX_NAME, NULL);
  if (is_denied)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED, "method '%s' is denied by deny-methods", shown);
  else
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_DENIED, "method '%s' is not in allow-methods", shown);

  return FALSE;
}

/**
 * relay_policy_allows_workspace:
 * @account: on whose behalf the platform asks
 * @writes: whether the method changes files
 * @error: return location for an error
 *
 * Judges a method of the relay's own `workspace.*` by `workspace-access`.
 *
 * Returns: %FALSE with %RELAY_ERROR_DENIED
 */
gboolean
relay_policy_allows_workspace (const RelayAccount *account, gboolean writes, GError **error)
{
  switch (account->workspace_access)
    {
    case RELAY_WORKSPACE_ACCESS_READ_WRITE:
      return TRUE;

    case RELAY_WORKSPACE_ACCESS_READ_ONLY:
      if (!writes)
        return TRUE;
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_DENIED,
                           "workspace-access=read-only does not allow workspace.write");
      return FALSE;

    case RELAY_WORKSPACE_ACCESS_NONE:
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_DENIED,
                           "workspace-access=none does not allow any workspace method");
      return FALSE;
    }

  g_assert_not_reached ();
}
