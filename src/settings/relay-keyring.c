/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-keyring.h"

#include <libsecret/secret.h>

#include "common/relay-error.h"

/* The Secret Service. A key's attributes say whose it is and whom it is for; while the keyring is locked they can be asked
 * for, but not be read or changed. */

static const SecretSchema schema = {
  "dev.gangway.Relay1.PlatformKey",
  SECRET_SCHEMA_NONE,
  { { "account", SECRET_SCHEMA_ATTRIBUTE_STRING }, { "origin", SECRET_SCHEMA_ATTRIBUTE_STRING }, { NULL, 0 } },
};

/* Converts what libsecret or the bus said; @cause is freed. */
static void
take_error (GError *cause, GError **error)
{
  RelayError code = RELAY_ERROR_INTERNAL;

  if (relay_error_is_cancelled (cause) || cause->domain == RELAY_ERROR)
    {
      g_propagate_error (error, cause);
      return;
    }

  if (g_error_matches (cause, G_IO_ERROR, G_IO_ERROR_TIMED_OUT) ||
      g_error_matches (cause, G_DBUS_ERROR, G_DBUS_ERROR_NO_REPLY) ||
      g_error_matches (cause, G_DBUS_ERROR, G_DBUS_ERROR_TIMEOUT))
    code = RELAY_ERROR_TIMEOUT;
  else if (g_error_matches (cause, SECRET_ERROR, SECRET_ERROR_IS_LOCKED))
    code = RELAY_ERROR_KEY_LOCKED;

  g_dbus_error_strip_remote_error (cause);
  g_set_error (error, RELAY_ERROR, (int) code, "the keyring cannot be used: %s", cause->message);
  g_error_free (cause);
}

static gboolean
is_on_bus (GCancellable *cancellable)
{
  g_autoptr (GDBusConnection) connection = g_bus_get_sync (G_BUS_TYPE_SESSION, cancellable, NULL);
  g_autoptr (GVariant) reply = NULL;
  gboolean has_owner = FALSE;

  if (connection == NULL)
    return FALSE;

  reply = g_dbus_connection_call_sync (connection, "org.freedesktop.DBus", "/org/freedesktop/DBus", "org.freedesktop.DBus",
                                       "NameHasOwner", g_variant_new ("(s)", RELAY_KEYRING_BUS_NAME), G_VARIANT_TYPE ("(b)"),
                                       G_DBUS_CALL_FLAGS_NONE, -1, cancellable, NULL);
  if (reply != NULL)
    g_variant_get (reply, "(b)", &has_owner);
  return has_owner;
}

/*
 * Never starts a keyring: the desktop does, at the login and with its password. Not the shared object of libsecret: that one
 * keeps a session of a keyring that was replaced meanwhile.
 */
static SecretService *
open_service (GCancellable *cancellable, GError **error)
{
  SecretService *service;
  GError *cause = NULL;

  if (!is_on_bus (cancellable))
    {
      if (!g_cancellable_set_error_if_cancelled (cancellable, error))
        g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE, "no keyring is running");
      return NULL;
    }

  service = secret_service_open_sync (SECRET_TYPE_SERVICE, NULL, SECRET_SERVICE_NONE, cancellable, &cause);
  if (service == NULL)
    take_error (cause, error);

  return service;
}

/* @origin: (nullable): %NULL for any */
static GList *
search (SecretService *service, const char *account_id, const char *origin, SecretSearchFlags flags,
        GCancellable *cancellable, GError **error)
{
  g_autoptr (GHashTable) attributes = g_hash_table_new (g_str_hash, g_str_equal);
  GError *cause = NULL;
  GList *items;

  g_hash_table_insert (attributes, (gpointer) "account", (gpointer) account_id);
  if (origin != NULL)
    g_hash_table_insert (attributes, (gpointer) "origin", (gpointer) origin);

  items = secret_service_search_sync (service, &schema, attributes, SECRET_SEARCH_ALL | flags, cancellable, &cause);
  if (cause != NULL)
    take_error (cause, error);

  return items;
}

static char *
dup_key (GList *items)
{
  for (GList *link = items; link != NULL; link = link->next)
    {
      g_autoptr (SecretValue) value = secret_item_get_secret (link->data);
      const char *text = value != NULL ? secret_value_get_text (value) : NULL;

      if (text != NULL && *text != '\0')
        return g_strdup (text);
    }

  return NULL;
}

/* A keyring that is locked may keep to itself what it has. */
static gboolean
is_default_locked (SecretService *service, GCancellable *cancellable)
{
  g_autoptr (SecretCollection) collection =
      secret_collection_for_alias_sync (service, SECRET_COLLECTION_DEFAULT, SECRET_COLLECTION_NONE, cancellable, NULL);

  return collection == NULL || secret_collection_get_locked (collection);
}

static void
set_not_found (SecretService *service, const char *account_id, const char *origin, GCancellable *cancellable, GError **error)
{
  g_autoptr (GError) cause = NULL;
  g_autolist (SecretItem) others = search (service, account_id, NULL, SECRET_SEARCH_NONE, cancellable, &cause);

  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (others != NULL)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_URL_CHANGED,
                 "the key of account '%s' was paired with another address than %s", account_id, origin);
  else if (is_default_locked (service, cancellable))
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED, "the keyring is locked");
  else
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_NO_KEY, "the keyring has no key for account '%s'", account_id);
}

/**
 * relay_keyring_find:
 * @account_id: an account
 * @origin: whom the key is for
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Looks for a key in all keyrings that the desktop has. Nothing is unlocked for it, and nobody is asked to.
 *
 * Returns: (transfer full): the key; %NULL with %RELAY_ERROR_UNAVAILABLE if there is no keyring at all,
 *   %RELAY_ERROR_KEY_LOCKED if it, or the default keyring, is locked, %RELAY_ERROR_URL_CHANGED if there is one for another
 *   origin only, %RELAY_ERROR_NO_KEY, %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_INTERNAL, %G_IO_ERROR_CANCELLED
 */
char *
relay_keyring_find (const char *account_id, const char *origin, GCancellable *cancellable, GError **error)
{
  g_autoptr (SecretService) service = open_service (cancellable, error);
  g_autolist (SecretItem) items = NULL;
  g_autoptr (GError) cause = NULL;
  char *key;

  if (service == NULL)
    return NULL;

  items = search (service, account_id, origin, SECRET_SEARCH_LOAD_SECRETS, cancellable, &cause);
  key = dup_key (items);
  if (key != NULL)
    return key;

  if (cause != NULL)
    g_propagate_error (error, g_steal_pointer (&cause));
  else if (items != NULL)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED, "the key of account '%s' is in a keyring that is locked",
                 account_id);
  else
    set_not_found (service, account_id, origin, cancellable, error);

  return NULL;
}

/* So that there is one for this account and not one for each origin that it ever had. */
static void
remove_others (SecretService *service, const char *account_id, const char *origin, GCancellable *cancellable)
{
  g_autolist (SecretItem) items = search (service, account_id, NULL, SECRET_SEARCH_NONE, cancellable, NULL);

  for (GList *link = items; link != NULL; link = link->next)
    {
      g_autoptr (GHashTable) attributes = secret_item_get_attributes (link->data);

      if (g_strcmp0 (g_hash_table_lookup (attributes, "origin"), origin) != 0)
        secret_item_delete_sync (link->data, cancellable, NULL);
    }
}

/**
 * relay_keyring_store:
 * @account_id: an account
 * @origin: whom the key is for
 * @key: the key
 * @may_prompt: whether the desktop may ask the user to unlock the keyring, and is waited for
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Puts a key into the default keyring, in the place of all others that the account has in it.
 *
 * Returns: %FALSE with %RELAY_ERROR_UNAVAILABLE if there is no keyring, %RELAY_ERROR_KEY_LOCKED if it is, or stayed, locked,
 *   %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_INTERNAL, %G_IO_ERROR_CANCELLED
 */
gboolean
relay_keyring_store (const char *account_id, const char *origin, const char *key, gboolean may_prompt,
                     GCancellable *cancellable, GError **error)
{
  g_autoptr (SecretService) service = open_service (cancellable, error);
  g_autoptr (SecretValue) value = secret_value_new (key, -1, "text/plain");
  g_autoptr (GHashTable) attributes = NULL;
  g_autofree char *label = g_strdup_printf ("Gangway: key of the account “%s” for %s", account_id, origin);
  GError *cause = NULL;

  if (service == NULL)
    return FALSE;
  if (!may_prompt && is_default_locked (service, cancellable))
    {
      g_set_error_literal (error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED, "the keyring is locked");
      return FALSE;
    }

  attributes = secret_attributes_build (&schema, "account", account_id, "origin", origin, NULL);
  if (!secret_service_store_sync (service, &schema, attributes, SECRET_COLLECTION_DEFAULT, label, value, cancellable,
                                  &cause))
    {
      take_error (cause, error);
      return FALSE;
    }

  remove_others (service, account_id, origin, cancellable);
  return TRUE;
}

/**
 * relay_keyring_remove:
 * @account_id: an account
 * @cancellable: (nullable): a cancellable
 * @error: return location for an error
 *
 * Removes all keys of an account; that there is none is no error.
 *
 * Returns: %FALSE with %RELAY_ERROR_UNAVAILABLE if there is no keyring, %RELAY_ERROR_KEY_LOCKED if one is locked,
 *   %RELAY_ERROR_TIMEOUT, %RELAY_ERROR_INTERNAL, %G_IO_ERROR_CANCELLED
 */
gboolean
relay_keyring_remove (const char *account_id, GCancellable *cancellable, GError **error)
{
  g_autoptr (SecretService) service = open_service (cancellable, error);
  g_autolist (SecretItem) items = NULL;
  g_autoptr (GError) search_error = NULL;

  if (service == NULL)
    return FALSE;

  items = search (service, account_id, NULL, SECRET_SEARCH_NONE, cancellable, &search_error);
  if (search_error != NULL)
    {
      g_propagate_error (error, g_steal_pointer (&search_error));
      return FALSE;
    }

  for (GList *link = items; link != NULL; link = link->next)
    {
      GError *cause = NULL;

      if (!secret_item_delete_sync (link->data, cancellable, &cause))
        {
          take_error (cause, error);
          return FALSE;
        }
    }

  return TRUE;
}
