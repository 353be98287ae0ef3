/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "pair-fixture.h"

#include <string.h>
#include <sys/stat.h>

/**
 * assert_contains:
 * @text: a text
 * @part: what must be in it
 *
 * Shows the text if it is not.
 */
void
assert_contains (const char *text, const char *part)
{
  if (strstr (text, part) == NULL)
    g_error ("“%s” is not in:\n%s", part, text);
}

/**
 * assert_lacks:
 * @text: a text
 * @part: what must not be in it
 *
 * Shows the text if it is.
 */
void
assert_lacks (const char *text, const char *part)
{
  if (strstr (text, part) != NULL)
    g_error ("“%s” is in:\n%s", part, text);
}

/**
 * pair_fixture_set_up:
 * @self: what to fill
 * @data: unused
 *
 * Has a service fixture ready in which no account is set up.
 */
void
pair_fixture_set_up (ServiceFixture *self, gconstpointer data)
{
  service_fixture_set_up (self, data);
  service_configure (self, PAIR_COMMENT);
}

/**
 * pair_write_key:
 * @self: a fixture
 * @text: what the platform gave
 *
 * Returns: (transfer full): the file that it is in now
 */
char *
pair_write_key (ServiceFixture *self, const char *text)
{
  char *filename = g_build_filename (self->dir, "key-of-the-user", NULL);

  g_assert_true (g_file_set_contents (filename, text, -1, NULL));
  return filename;
}

/**
 * pair_run:
 * @self: a fixture
 * @platform: whom to pair with
 * @key: the key
 * @more: (nullable): a further argument
 *
 * Returns: (transfer full): `gangway pair`, which has ended
 */
Program *
pair_run (ServiceFixture *self, FakePlatform *platform, const char *key, const char *more)
{
  g_autofree char *key_file = pair_write_key (self, key);

  return program_run_gangway (self, "pair", fake_peer_get_url (FAKE_PEER (platform)), "--key-file", key_file, more);
}

/**
 * pair_dup_note_file:
 * @self: a fixture
 * @account_id: an account
 *
 * Returns: (transfer full): where its key is, or the note that it is elsewhere
 */
char *
pair_dup_note_file (ServiceFixture *self, const char *account_id)
{
  return g_build_filename (self->dir, "gangway", "keys", account_id, NULL);
}

/**
 * pair_dup_file:
 * @filename: a file that is there
 *
 * Returns: (transfer full): its content
 */
char *
pair_dup_file (const char *filename)
{
  g_autoptr (GError) error = NULL;
  char *text = NULL;

  g_file_get_contents (filename, &text, NULL, &error);
  g_assert_no_error (error);
  return text;
}

/**
 * pair_assert_nothing_saved:
 * @self: a fixture
 *
 * All is as it was before, and the service was left alone.
 */
void
pair_assert_nothing_saved (ServiceFixture *self)
{
  g_autofree char *config = pair_dup_file (self->config_file);
  g_autofree char *note_file = pair_dup_note_file (self, "platform");

  g_assert_true (g_str_has_suffix (config, PAIR_COMMENT));
  g_assert_false (g_file_test (note_file, G_FILE_TEST_EXISTS));
  g_assert_false (service_is_running (self));
}

/**
 * pair_assert_private:
 * @filename: a file
 *
 * Only its owner can read it.
 */
void
pair_assert_private (const char *filename)
{
  struct stat info;

  g_assert_cmpint (stat (filename, &info), ==, 0);
  g_assert_cmpint (info.st_mode & 0777, ==, 0600);
}
