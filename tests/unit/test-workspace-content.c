/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "methods/relay-workspace-content.h"

#include <string.h>

/* Feeds @bytes in pieces of @piece_bytes. */
static char *
escape (const char *bytes, gsize n_bytes, gsize piece_bytes, gboolean *is_lossy)
{
  RelayWorkspaceContent content = { .out = g_string_new (NULL) };

  for (gsize at = 0; at < n_bytes; at += piece_bytes)
    relay_workspace_content_append_text (&content, bytes + at, MIN (piece_bytes, n_bytes - at));
  relay_workspace_content_end_text (&content);

  *is_lossy = content.is_lossy;
  return g_string_free (content.out, FALSE);
}

static void
assert_escapes (const char *bytes, gsize n_bytes, const char *expected, gboolean expected_lossy)
{
  for (gsize piece_bytes = 1; piece_bytes <= n_bytes + 1; piece_bytes++)
    {
      gboolean is_lossy;
      g_autofree char *text = escape (bytes, n_bytes, piece_bytes, &is_lossy);

      g_assert_cmpstr (text, ==, expected);
      g_assert_cmpint (is_lossy, ==, expected_lossy);
    }
}

#define assert_text(bytes, expected) assert_escapes (bytes, sizeof (bytes) - 1, expected, FALSE)
#define assert_lossy(bytes, expected) assert_escapes (bytes, sizeof (bytes) - 1, expected, TRUE)

#define BAD "\xef\xbf\xbd"

static void
test_plain_text (void)
{
  assert_text ("", "");
  assert_text ("abcdefghijklmnopqrstuvwxyz ~!", "abcdefghijklmnopqrstuvwxyz ~!");
  assert_text ("\x7f", "\x7f");
}

static void
test_escapes (void)
{
  assert_text ("1234567\"89\\0\n\r\t\b\f\v\x1f"
               "end",
               "1234567\\\"89\\\\0\\n\\r\\t\\b\\f\\u000b\\u001fend");
  assert_text ("a\0b", "a\\u0000b");
}

static void
test_utf8_is_kept (void)
{
  assert_text ("\xef\xbb\xbfGrün €", "\xef\xbb\xbfGrün €");
  assert_text ("𝄞\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80",
               "𝄞\xf4\x8f\xbf\xbf\xed\x9f\xbf\xee\x80\x80\xc2\x80\xe0\xa0\x80\xf0\x90\x80\x80");
}

static void
test_each_bad_byte_is_replaced (void)
{
  assert_lossy ("a\xff\xfe"
                "b",
                "a" BAD BAD "b");
  assert_lossy ("\x80", BAD);
  assert_lossy ("\xc0\xaf", BAD BAD);                 /* overlong */
  assert_lossy ("\xe0\x9f\xbf", BAD BAD BAD);         /* overlong */
  assert_lossy ("\xed\xa0\x80", BAD BAD BAD);         /* a surrogate */
  assert_lossy ("\xf4\x90\x80\x80", BAD BAD BAD BAD); /* beyond U+10FFFF */
  assert_lossy ("\xf5\x80", BAD BAD);
  assert_lossy ("\xe2\x82"
                "x",
                BAD BAD "x");
  assert_lossy ("\xe2\x82", BAD BAD); /* at the end */
  assert_lossy ("\xf0\x9f\x98", BAD BAD BAD);
  assert_lossy ("\xf0\x9f\xe2\x82\xac", BAD BAD "\xe2\x82\xac");
  assert_lossy ("\xe2\"", BAD "\\\"");
}

/* Against GLib's own idea of UTF-8, on bytes where much is almost right. */
static void
test_agrees_with_glib (void)
{
  static const guchar pool[] = { 'a',  0x00, '"',  0x7f, 0x80, 0x8f, 0x90, 0x9f, 0xa0, 0xbf, 0xc1,
                                 0xc2, 0xdf, 0xe0, 0xe1, 0xed, 0xee, 0xef, 0xf0, 0xf1, 0xf4, 0xf5 };

  for (guint round = 0; round < 20000; round++)
    {
      guchar bytes[12];
      gboolean is_lossy;
      g_autofree char *text = NULL;

      for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = pool[g_test_rand_int_range (0, G_N_ELEMENTS (pool))];
      text = escape ((const char *) bytes, sizeof bytes, (gsize) g_test_rand_int_range (1, 13), &is_lossy);

      g_assert_true (g_utf8_validate (text, -1, NULL));
      for (gsize i = 0; i < sizeof bytes; i++)
        bytes[i] = bytes[i] == 0 ? 'a' : bytes[i];
      g_assert_cmpint (is_lossy, ==, !g_utf8_validate ((const char *) bytes, sizeof bytes, NULL));
    }
}

static void
test_base64_in_pieces (void)
{
  const char bytes[] = "\0\1\2 any bytes, of any length\xff";

  for (gsize n_bytes = 0; n_bytes <= sizeof bytes; n_bytes++)
    {
      g_autofree char *expected = g_base64_encode ((const guchar *) bytes, n_bytes);

      for (gsize piece_bytes = 1; piece_bytes <= n_bytes + 1; piece_bytes++)
        {
          RelayWorkspaceContent content = { .out = g_string_new (NULL) };
          g_autofree char *text = NULL;

          for (gsize at = 0; at < n_bytes; at += piece_bytes)
            relay_workspace_content_append_base64 (&content, bytes + at, MIN (piece_bytes, n_bytes - at));
          relay_workspace_content_end_base64 (&content);
          text = g_string_free (content.out, FALSE);
          g_assert_cmpstr (text, ==, expected);
        }
    }
}

static void
test_base64_is_strict (void)
{
  const char *bad[] = { "a",        "ab",   "abc",    "ab=c", "=abc",  "a===", "====",
                        "ab==ab==", "ab c", "abcd\n", "ab-_", "YWI=x", "é===" };
  g_autoptr (GBytes) empty = relay_workspace_content_decode_base64 ("");
  g_autoptr (GBytes) full = relay_workspace_content_decode_base64 ("AP8K+/==");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    g_assert_null (relay_workspace_content_decode_base64 (bad[i]));
  g_assert_cmpuint (g_bytes_get_size (empty), ==, 0);
  g_assert_cmpmem (g_bytes_get_data (full, NULL), g_bytes_get_size (full), "\0\xff\n\xfb", 4);
}

static void
test_names (void)
{
  g_autoptr (GString) out = g_string_new (NULL);

  relay_workspace_content_append_valid (out, "Grün|");
  relay_workspace_content_append_valid (out, "b\xff\xe2\x82|");
  relay_workspace_content_append_valid (out, "\xff");

  g_assert_cmpstr (out->str, ==, "Grün|b" BAD BAD BAD "|" BAD);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workspace/W8/content/plain-text", test_plain_text);
  g_test_add_func ("/workspace/W8/content/escapes", test_escapes);
  g_test_add_func ("/workspace/W8/content/utf8-is-kept", test_utf8_is_kept);
  g_test_add_func ("/workspace/W8/content/each-bad-byte-is-replaced", test_each_bad_byte_is_replaced);
  g_test_add_func ("/workspace/W8/content/agrees-with-glib", test_agrees_with_glib);
  g_test_add_func ("/workspace/W8/content/base64-in-pieces", test_base64_in_pieces);
  g_test_add_func ("/workspace/W8/content/base64-is-strict", test_base64_is_strict);
  g_test_add_func ("/workspace/W8/content/names", test_names);

  return g_test_run ();
}
