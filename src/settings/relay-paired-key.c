/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-paired-key.h"

#include <errno.h>
#include <unistd.h>

#include "common/relay-audit-place.h"
#include "common/relay-error.h"
#include "settings/relay-file.h"
#include "settings/relay-key-file.h"

/*
 * The file is no bare key on purpose: who can edit gangway.conf could name it with platform-key-file= beside an address of
 * their own, and a file with more than a key in it is refused there.
 */

#define KEYS_FOLDER "keys"
#define GROUP "paired-key"
#define MAX_FILE_BYTES (32 * 1024)

static const char file_format[] =
    "# The platform key of the account “%s”, stored by “gangway pair” and bound to this origin.\n"
    "[" GROUP "]\n"
    "origin=%s\n"
    "%s%s\n";

/**
 * relay_paired_key_free:
 * @self: what was read
 *
 * Frees it.
 */
void
relay_paired_key_free (RelayPairedKey *self)
{
  g_free (self->origin);
  g_free (self->key);
  g_free (self);
}

static char *
dup_folder (void)
{
  return g_build_filename (g_get_user_state_dir (), RELAY_AUDIT_FOLDER, KEYS_FOLDER, NULL);
}

/**
 * relay_paired_key_dup_filename:
 * @account_id: an account
 *
 * Returns: (transfer full): where its paired key is
 */
char *
relay_paired_key_dup_filename (const char *account_id)
{
  g_autofree char *folder = dup_folder ();

  return g_build_filename (folder, account_id, NULL);
}

static char *
dup_value (const RelayKeyGroup *group, const char *key)
{
  const RelayKeyLine *line = relay_key_group_find (group, key);

  return line != NULL && *line->value != '\0' ? g_strdup (line->value) : NULL;
}

static RelayPairedKey *
parse (const GString *text, const char *label, GError **error)
{
  g_autoptr (GPtrArray) groups = relay_key_file_parse (text->str, text->len, label, error);
  g_autoptr (RelayPairedKey) self = g_new0 (RelayPairedKey, 1);

  if (groups == NULL)
    return NULL;

  for (guint i = 0; i < groups->len; i++)
    {
      const RelayKeyGroup *group = g_ptr_array_index (groups, i);

      if (!g_str_equal (group->name, GROUP))
        continue;
      self->origin = dup_value (group, "origin");
      self->key = dup_value (group, "key");
    }

  if (self->origin == NULL)
    {
      g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS,
                   "%s does not say whom its key is for: pair the account again", label);
      return NULL;
    }

  return g_steal_pointer (&self);
}

/**
 * relay_paired_key_read:
 * @account_id: an account
 * @error: return location for an error
 *
 * Reads what pairing left. May wait for a network file system.
 *
 * Returns: (transfer full) (nullable): %NULL without an error if the account is not paired, with %RELAY_ERROR_BAD_SETTINGS
 *   if the file cannot be used
 */
RelayPairedKey *
relay_paired_key_read (const char *account_id, GError **error)
{
  g_autofree char *filename = relay_paired_key_dup_filename (account_id);
  g_autofree char *label = g_strdup_printf ("the paired key in %s", filename);
  g_autoptr (GString) text = NULL;
  struct stat info;

  if (access (filename, F_OK) != 0 && errno == ENOENT)
    return NULL;

  text = relay_file_read (filename, label, MAX_FILE_BYTES, &info, error);
  if (text == NULL || !relay_file_check_private (&info, filename, label, error))
    return NULL;

  return parse (text, label, error);
}

/**
 * relay_paired_key_write:
 * @account_id: an account
 * @origin: whom the key is for
 * @key: (nullable): the key; %NULL if it lies in the keyring
 * @error: return location for an error
 *
 * Leaves a note of a pairing, in a file that only the user can read, replaced in one go.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR
 */
gboolean
relay_paired_key_write (const char *account_id, const char *origin, const char *key, GError **error)
{
  g_autofree char *folder = dup_folder ();
  g_autofree char *filename = relay_paired_key_dup_filename (account_id);
  g_autofree char *text =
      g_strdup_printf (file_format, account_id, origin, key != NULL ? "key=" : "# The key itself is in the keyring.",
                       key != NULL ? key : "");
  g_autoptr (GError) cause = NULL;

  /* If there is no folder, the next call tells why. */
  g_mkdir_with_parents (folder, 0700);
  if (g_file_set_contents_full (filename, text, -1, G_FILE_SET_CONTENTS_CONSISTENT | G_FILE_SET_CONTENTS_DURABLE, 0600,
                                &cause))
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "the key cannot be stored: %s", cause->message);
  return FALSE;
}

/**
 * relay_paired_key_remove:
 * @account_id: an account
 * @error: return location for an error
 *
 * Removes what pairing left in the file; that there is nothing is no error.
 *
 * Returns: %FALSE with %RELAY_ERROR_IO_ERROR
 */
gboolean
relay_paired_key_remove (const char *account_id, GError **error)
{
  g_autofree char *filename = relay_paired_key_dup_filename (account_id);

  if (unlink (filename) == 0 || errno == ENOENT)
    return TRUE;

  g_set_error (error, RELAY_ERROR, RELAY_ERROR_IO_ERROR, "%s cannot be removed: %s", filename, g_strerror (errno));
  return FALSE;
}
