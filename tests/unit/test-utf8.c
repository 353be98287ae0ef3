/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <string.h>

#include "common/relay-utf8.h"

/* Feeds @text in parts of at most @max_part bytes. */
static gboolean
judge (const guint8 *text, gsize length, gsize max_part)
{
  RelayUtf8 utf8 = { 0 };

  for (gsize at = 0; at < length; at += max_part)
    {
      if (!relay_utf8_feed (&utf8, text + at, MIN (max_part, length - at)))
        return FALSE;
    }

  return relay_utf8_is_whole (&utf8);
}

/* As GLib sees it, which does not want NUL. */
static void
check (const guint8 *text, gsize length)
{
  gboolean expected = g_utf8_validate_len ((const char *) text, length, NULL);

  for (gsize max_part = 1; max_part <= 5; max_part++)
    g_assert_cmpint (judge (text, length, max_part), ==, expected);
  g_assert_cmpint (judge (text, length, length), ==, expected);
}

static void
test_every_beginning (void)
{
  guint8 text[] = { 'a', 0, 0, 0, 0, 'z' };

  for (guint first = 0x80; first <= 0xff; first++)
    for (guint second = 1; second <= 0xff; second++)
      {
        static const guint8 tails[] = { 0x7f, 0x80, 0xbf, 0xc0 };

        for (guint i = 0; i < 16; i++)
          {
            text[1] = (guint8) first;
            text[2] = (guint8) second;
            text[3] = tails[i & 3];
            text[4] = tails[i >> 2];
            for (gsize length = 2; length <= sizeof text; length++)
              check (text, length);
          }
      }
}

/* Long stretches of ASCII and of other characters, with now and then a wrong byte. */
static void
test_long_texts (void)
{
  static const char *const parts[] = {
    "plain ASCII of some length, as most texts are: more than a step of the widest way to look at it, when two follow ",
    "ä",
    "é€",
    "龟龟龟龟",
    "🐢",
    "\x7f",
    "߿ࠀ"
  };

  for (guint round = 0; round < 3000; round++)
    {
      g_autoptr (GString) text = g_string_new (NULL);
      guint n_parts = (guint) g_test_rand_int_range (1, 20);

      for (guint i = 0; i < n_parts; i++)
        g_string_append (text, parts[g_test_rand_int_range (0, G_N_ELEMENTS (parts))]);
      if (g_test_rand_bit ())
        text->str[g_test_rand_int_range (0, (gint32) text->len)] = (char) g_test_rand_int_range (1, 256);
      check ((const guint8 *) text->str, text->len);
    }
}

static void
test_nul_is_a_character (void)
{
  static const guint8 text[40] = { 'a' };

  g_assert_true (judge (text, sizeof text, sizeof text));
  g_assert_true (judge (text, sizeof text, 1));
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/utf8/every-beginning", test_every_beginning);
  g_test_add_func ("/utf8/long-texts", test_long_texts);
  g_test_add_func ("/utf8/nul-is-a-character", test_nul_is_a_character);

  return g_test_run ();
}
