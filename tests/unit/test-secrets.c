/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-secrets.h"

#include <glib/gstdio.h>
#include <string.h>
#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "settings/relay-paired-key.h"

typedef struct {
  char *folder;     /* (owned) also the folder of systemd credentials */
  char *key_file;   /* (owned) */
  char *credential; /* (owned) */
  GMainLoop *loop;  /* (owned) */
  char *key;        /* (owned) (nullable) */
  GError *error;    /* (owned) (nullable) */
} Fixture;

static void
fixture_set_up (Fixture *fixture, gconstpointer user_data)
{
  fixture->folder = g_dir_make_tmp ("gangway-XXXXXX", NULL);
  fixture->key_file = g_build_filename (fixture->folder, "key", NULL);
  fixture->credential = g_build_filename (fixture->folder, "platform-key.a", NULL);
  fixture->loop = g_main_loop_new (NULL, FALSE);
}

static void
fixture_tear_down (Fixture *fixture, gconstpointer user_data)
{
  g_unsetenv ("CREDENTIALS_DIRECTORY");
  g_unsetenv ("GANGWAY_PLATFORM_KEY");
  g_assert_true (relay_paired_key_remove ("a", NULL));
  g_remove (fixture->key_file);
  g_remove (fixture->credential);
  g_assert_cmpint (g_rmdir (fixture->folder), ==, 0);
  g_free (fixture->folder);
  g_free (fixture->key_file);
  g_free (fixture->credential);
  g_main_loop_unref (fixture->loop);
  g_free (fixture->key);
  g_clear_error (&fixture->error);
}

static void
write_file (const char *filename, const char *text, gssize length, int mode)
{
  g_assert_true (g_file_set_contents (filename, text, length, NULL));
  g_assert_cmpint (g_chmod (filename, mode), ==, 0);
}

static void
found_cb (GObject *source_object, GAsyncResult *result, gpointer user_data)
{
  Fixture *fixture = user_data;

  fixture->key = relay_secrets_find_key_finish (result, &fixture->error);
  g_assert_true ((fixture->key == NULL) == (fixture->error != NULL));
  g_main_loop_quit (fixture->loop);
}

static void
find (Fixture *fixture, const char *lines, gboolean is_only_account, GCancellable *cancellable)
{
  g_autofree char *text = g_strconcat ("[account a]\nplatform-url=wss://platform.example\n", lines, NULL);
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data (text, strlen (text), "gangway.conf", NULL);
  RelayAccount *account = relay_settings_find_account (settings, "a");

  g_assert_no_error (account->error);
  g_clear_pointer (&fixture->key, g_free);
  g_clear_error (&fixture->error);

  relay_secrets_find_key_async (account, is_only_account, cancellable, found_cb, fixture);
  g_main_loop_run (fixture->loop);
}

static void
find_in_file (Fixture *fixture)
{
  g_autofree char *line = g_strdup_printf ("platform-key-file=%s\n", fixture->key_file);

  find (fixture, line, TRUE, NULL);
}

static void
assert_refused (Fixture *fixture, RelayError code, const char *message)
{
  g_autoptr (GString) expected = g_string_new (message);

  g_string_replace (expected, "FILE", fixture->key_file, 0);
  g_assert_error (fixture->error, RELAY_ERROR, (int) code);
  g_assert_cmpstr (fixture->error->message, ==, expected->str);
}

static void
test_first_source_wins (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *file = g_strdup_printf ("platform-key-file=%s\n", fixture->key_file);
  g_autofree char *both = g_strdup_printf ("platform-key=in-settings\n%s", file);

  write_file (fixture->key_file, "in-file\n", -1, 0600);
  write_file (fixture->credential, "in-credential\n", -1, 0440);
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->folder, TRUE);
  g_setenv ("GANGWAY_PLATFORM_KEY", " in-environment\n", TRUE);

  find (fixture, both, TRUE, NULL);
  g_assert_cmpstr (fixture->key, ==, "in-settings");

  find (fixture, file, TRUE, NULL);
  g_assert_cmpstr (fixture->key, ==, "in-file");

  find (fixture, "", TRUE, NULL);
  g_assert_cmpstr (fixture->key, ==, "in-credential");

  g_unsetenv ("CREDENTIALS_DIRECTORY");
  find (fixture, "", TRUE, NULL);
  g_assert_cmpstr (fixture->key, ==, "in-environment");
}

static void
test_empty_source_is_passed_over (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->key_file, " \n\n", -1, 0600);
  write_file (fixture->credential, "", -1, 0400);
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->folder, TRUE);
  g_setenv ("GANGWAY_PLATFORM_KEY", "in-environment", TRUE);

  find_in_file (fixture);
  g_assert_cmpstr (fixture->key, ==, "in-environment");

  g_setenv ("GANGWAY_PLATFORM_KEY", " ", TRUE);
  g_setenv ("CREDENTIALS_DIRECTORY", "", TRUE);
  find_in_file (fixture);
  assert_refused (fixture, RELAY_ERROR_NO_KEY, "no platform-key for account 'a'");
}

static void
test_environment_is_for_an_only_account (Fixture *fixture, gconstpointer user_data)
{
  g_setenv ("GANGWAY_PLATFORM_KEY", "in-environment", TRUE);

  find (fixture, "", FALSE, NULL);
  assert_refused (fixture, RELAY_ERROR_NO_KEY, "no platform-key for account 'a'");
}

static void
test_no_key (Fixture *fixture, gconstpointer user_data)
{
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->folder, TRUE);

  find (fixture, "platform-key=\n", TRUE, NULL);
  assert_refused (fixture, RELAY_ERROR_NO_KEY, "no platform-key for account 'a'");
}

static void
test_file_is_trimmed (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->key_file, "\n \tkey=with;signs#ä \r\n\n", -1, 0400);
  find_in_file (fixture);
  g_assert_cmpstr (fixture->key, ==, "key=with;signs#ä");
}

static void
test_file_must_be_private (Fixture *fixture, gconstpointer user_data)
{
  static const int modes[] = { 0640, 0604, 0620, 0602, 0610, 0644, 0666 };

  for (gsize i = 0; i < G_N_ELEMENTS (modes); i++)
    {
      write_file (fixture->key_file, "s3cret", -1, modes[i]);
      find_in_file (fixture);
      assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, "platform-key-file FILE is readable by others: chmod 600 'FILE'");
    }
}

static void
test_file_of_another_user (Fixture *fixture, gconstpointer user_data)
{
  write_file (fixture->key_file, "s3cret", -1, 0600);
  g_assert_cmpint (chown (fixture->key_file, 65534, 65534), ==, 0);
  find_in_file (fixture);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS,
                  "platform-key-file FILE belongs to another user: put a copy of your own in its place");
}

static void
test_missing_file (Fixture *fixture, gconstpointer user_data)
{
  g_setenv ("GANGWAY_PLATFORM_KEY", "in-environment", TRUE);
  find_in_file (fixture);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, "platform-key-file FILE does not exist");
}

static void
test_folder_in_its_place (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (g_mkdir (fixture->key_file, 0700), ==, 0);
  find_in_file (fixture);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, "platform-key-file FILE is a folder, not a file");
}

static void
test_fifo_in_its_place (Fixture *fixture, gconstpointer user_data)
{
  g_assert_cmpint (mkfifo (fixture->key_file, 0600), ==, 0);
  find_in_file (fixture);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, "platform-key-file FILE is not a regular file");
}

static void
test_file_too_large (Fixture *fixture, gconstpointer user_data)
{
  g_autofree char *text = g_strnfill (16 * 1024 + 1, 'x');

  write_file (fixture->key_file, text, -1, 0600);
  find_in_file (fixture);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, "platform-key-file FILE is larger than 16 KiB");
}

static void
test_what_is_no_key (Fixture *fixture, gconstpointer user_data)
{
  static const struct {
    const char *text;
    gssize length;
  } cases[] = {
    { "s3cret 1", -1 },
    { "s3cret\ns3cret", -1 },
    { "s3cret\t1", -1 },
    { "s3cret\x1b[0m", -1 },
    { "s3cret\xff", -1 },
    { "s3cret\0", 7 },
    { "s3c\0ret", 7 },
    { "s3cret\xc2\xa0x", -1 },
    { "s3cret\x7f", -1 },
    { "s3cret\xe2\x80\x8b", -1 },
    { "\xef\xbb\xbfs3cret", -1 },
    { "s3cret\xe2\x80\xa8x", -1 },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      write_file (fixture->key_file, cases[i].text, cases[i].length, 0600);
      find_in_file (fixture);
      assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS,
                      "platform-key-file FILE must hold nothing but the key: one line, without white space or control "
                      "characters");
    }
}

static void
test_sources_are_named (Fixture *fixture, gconstpointer user_data)
{
  static const char rule[] = "must hold nothing but the key: one line, without white space or control characters";
  g_autofree char *in_settings = g_strconcat ("platform-key ", rule, NULL);
  g_autofree char *in_credential = g_strconcat ("the systemd credential platform-key.a ", rule, NULL);
  g_autofree char *in_environment = g_strconcat ("$GANGWAY_PLATFORM_KEY ", rule, NULL);

  write_file (fixture->credential, "s3cret 1", -1, 0400);
  g_setenv ("GANGWAY_PLATFORM_KEY", "s3cret 1", TRUE);

  find (fixture, "platform-key=s3cret 1\n", TRUE, NULL);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, in_settings);

  find (fixture, "", TRUE, NULL);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, in_environment);

  g_setenv ("CREDENTIALS_DIRECTORY", fixture->folder, TRUE);
  find (fixture, "", TRUE, NULL);
  assert_refused (fixture, RELAY_ERROR_BAD_SETTINGS, in_credential);
}

static void
test_cancelled (Fixture *fixture, gconstpointer user_data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();

  g_cancellable_cancel (cancellable);
  find (fixture, "platform-key=k\n", TRUE, cancellable);
  g_assert_true (relay_error_is_cancelled (fixture->error));
}

static void
write_paired (const char *origin, const char *key)
{
  g_autoptr (GError) error = NULL;

  g_assert_true (relay_paired_key_write ("a", origin, key, &error));
  g_assert_no_error (error);
}

/* Behind what the user or the administrator names, before what lies around. */
static void
test_paired (Fixture *fixture, gconstpointer user_data)
{
  g_setenv ("GANGWAY_PLATFORM_KEY", "in-environment", TRUE);
  write_paired ("wss://platform.example:443", "paired");
  find (fixture, "", TRUE, NULL);
  g_assert_cmpstr (fixture->key, ==, "paired");

  write_file (fixture->credential, "in-credential\n", -1, 0440);
  g_setenv ("CREDENTIALS_DIRECTORY", fixture->folder, TRUE);
  find (fixture, "", TRUE, NULL);
  g_assert_cmpstr (fixture->key, ==, "in-credential");
}

static void
test_paired_elsewhere (Fixture *fixture, gconstpointer user_data)
{
  static const char *const origins[] = { "ws://platform.example:443", "wss://platform.example:444",
                                         "wss://platform.example.evil:443", "wss://platform.example" };

  g_setenv ("GANGWAY_PLATFORM_KEY", "in-environment", TRUE);
  for (gsize i = 0; i < G_N_ELEMENTS (origins); i++)
    {
      g_autofree char *message = g_strdup_printf ("the key of account 'a' was paired with %s, but platform-url leads to "
                                                  "wss://platform.example:443 now",
                                                  origins[i]);

      write_paired (origins[i], "paired");
      find (fixture, "", TRUE, NULL);
      assert_refused (fixture, RELAY_ERROR_URL_CHANGED, message);
    }
}

/* There is no keyring here. */
static void
test_paired_in_keyring (Fixture *fixture, gconstpointer user_data)
{
  g_setenv ("GANGWAY_PLATFORM_KEY", "in-environment", TRUE);
  write_paired ("wss://platform.example:443", NULL);
  find (fixture, "", TRUE, NULL);
  g_assert_error (fixture->error, RELAY_ERROR, RELAY_ERROR_KEY_LOCKED);
}

static void
test_broken_note (Fixture *fixture, gconstpointer user_data)
{
  static const char *const texts[] = { "", "[paired-key]\nkey=paired\n", "key=paired\n",
                                       "[paired-key]\norigin=\nkey=paired\n",
                                       "[paired-key]\norigin=wss://platform.example:443\nkey=two words\n" };
  g_autofree char *filename = relay_paired_key_dup_filename ("a");

  write_paired ("wss://platform.example:443", "paired");
  for (gsize i = 0; i < G_N_ELEMENTS (texts); i++)
    {
      write_file (filename, texts[i], -1, 0600);
      find (fixture, "", TRUE, NULL);
      g_assert_error (fixture->error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
      g_assert_null (strstr (fixture->error->message, "two words"));
    }

  write_paired ("wss://platform.example:443", "paired");
  g_assert_cmpint (g_chmod (filename, 0640), ==, 0);
  find (fixture, "", TRUE, NULL);
  g_assert_error (fixture->error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
}

static void
test_status_names (void)
{
  g_assert_cmpstr (relay_key_status_to_string (RELAY_KEY_STATUS_AVAILABLE), ==, "available");
  g_assert_cmpstr (relay_key_status_to_string (RELAY_KEY_STATUS_MISSING), ==, "missing");
  g_assert_cmpstr (relay_key_status_to_string (RELAY_KEY_STATUS_LOCKED), ==, "locked");
}

static void
remove_state (const char *state_folder)
{
  g_autofree char *folder = g_build_filename (state_folder, "gangway", NULL);
  g_autofree char *keys_folder = g_build_filename (folder, "keys", NULL);

  g_rmdir (keys_folder);
  g_rmdir (folder);
  g_assert_cmpint (g_rmdir (state_folder), ==, 0);
}

int
main (int argc, char *argv[])
{
  g_autofree char *state_folder = g_dir_make_tmp ("gangway-XXXXXX", NULL);
  int result;

  g_setenv ("XDG_STATE_HOME", state_folder, TRUE);
  g_test_init (&argc, &argv, NULL);

#define ADD(path, func) g_test_add (path, Fixture, NULL, fixture_set_up, func, fixture_tear_down)
  ADD ("/secrets/first-source-wins", test_first_source_wins);
  ADD ("/secrets/empty-source-is-passed-over", test_empty_source_is_passed_over);
  ADD ("/secrets/environment-is-for-an-only-account", test_environment_is_for_an_only_account);
  ADD ("/secrets/no-key", test_no_key);
  ADD ("/secrets/file-is-trimmed", test_file_is_trimmed);
  ADD ("/secrets/file-must-be-private", test_file_must_be_private);
  /* Only root can give a file away. */
  if (geteuid () == 0)
    ADD ("/secrets/file-of-another-user", test_file_of_another_user);
  ADD ("/secrets/missing-file", test_missing_file);
  ADD ("/secrets/folder-in-its-place", test_folder_in_its_place);
  ADD ("/secrets/fifo-in-its-place", test_fifo_in_its_place);
  ADD ("/secrets/file-too-large", test_file_too_large);
  ADD ("/secrets/what-is-no-key", test_what_is_no_key);
  ADD ("/secrets/sources-are-named", test_sources_are_named);
  ADD ("/secrets/cancelled", test_cancelled);
  ADD ("/secrets/paired", test_paired);
  ADD ("/secrets/paired-elsewhere", test_paired_elsewhere);
  ADD ("/secrets/paired-in-keyring", test_paired_in_keyring);
  ADD ("/secrets/broken-note", test_broken_note);
  g_test_add_func ("/secrets/status-names", test_status_names);

  result = g_test_run ();
  remove_state (state_folder);
  return result;
}
