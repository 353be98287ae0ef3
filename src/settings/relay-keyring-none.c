/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-keyring.h"

#include "common/relay-error.h"

/* In place of relay-keyring.c where Gangway is built without libsecret. */

static void
set_unavailable (GError **error)
{
  g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "this Gangway was built without keyring support");
}

char *
relay_keyring_find (const char *account_id, const char *origin, GCancellable *cancellable, GError **error)
{
  set_unavailable (error);
  return NULL;
}

gboolean
relay_keyring_store (const char *account_id, const char *origin, const char *key, gboolean may_prompt,
                     GCancellable *cancellable, GError **error)
{
  set_unavailable (error);
  return FALSE;
}

gboolean
relay_keyring_remove (const char *account_id, GCancellable *cancellable, GError **error)
{
  set_unavailable (error);
  return FALSE;
}
