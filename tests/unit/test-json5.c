/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "common/relay-error.h"
#include "settings/relay-json5.h"

/* What a document reads as, written as JSON. */
static void
assert_reads (const char *text, const char *json)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = relay_json5_parse (text, strlen (text), &error);
  g_autofree char *written = NULL;

  g_assert_no_error (error);
  g_assert_nonnull (node);
  written = json_to_string (node, FALSE);
  g_assert_cmpstr (written, ==, json);
}

static void
assert_refuses_bytes (const char *text, gsize length, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (JsonNode) node = relay_json5_parse (text, length, &error);

  g_assert_null (node);
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS);
  g_assert_cmpstr (error->message, ==, message);
}

static void
assert_refuses (const char *text, const char *message)
{
  assert_refuses_bytes (text, strlen (text), message);
}

static void
test_objects (void)
{
  assert_reads ("{}", "{}");
  assert_reads ("{unquoted: 1, 'single': 2, \"double\": 3, $_: 4, class: 5,}",
                "{\"unquoted\":1,\"single\":2,\"double\":3,\"$_\":4,\"class\":5}");
  assert_reads ("{\xc3\xb9\xc5\x84\xc3\xae: 1, \\u0061b\\u0030: 2}", "{\"\xc3\xb9\xc5\x84\xc3\xae\":1,\"ab0\":2}");
  assert_reads ("{a: 1, b: 2, a: 3}", "{\"a\":3,\"b\":2}");

  assert_refuses ("{,}", "line 1, column 2: expected a property name");
  assert_refuses ("{a: 1,, b: 2}", "line 1, column 7: expected a property name");
  assert_refuses ("{a 1}", "line 1, column 4: expected :");
  assert_refuses ("{a: 1 b: 2}", "line 1, column 7: expected , or }");
  assert_refuses ("{1a: 1}", "line 1, column 2: expected a property name");
  assert_refuses ("{a\\x61: 1}", "line 1, column 3: only \\u escapes can stand in a property name without quotes");
  assert_refuses ("{a\\u0020: 1}", "line 1, column 3: the escape cannot stand in a property name");
  assert_refuses ("{a: 1", "line 1, column 6: expected , or }");
}

static void
test_arrays (void)
{
  assert_reads ("[]", "[]");
  assert_reads ("[1, [2], {},]", "[1,[2],{}]");

  assert_refuses ("[,]", "line 1, column 2: expected a value");
  assert_refuses ("[1,,2]", "line 1, column 4: expected a value");
  assert_refuses ("[1 2]", "line 1, column 4: expected , or ]");
  assert_refuses ("[1,", "line 1, column 4: the text ends where a value should stand");
}

static void
test_strings (void)
{
  assert_reads ("'a\"b'", "\"a\\\"b\"");
  assert_reads ("\"a'b\"", "\"a'b\"");
  assert_reads ("'\\b\\f\\n\\r\\t\\v\\'\\\"\\\\\\/\\a\\x41\\u00e9'", "\"\\b\\f\\n\\r\\t\\u000b'\\\"\\\\/aA\xc3\xa9\"");
  assert_reads ("'one \\\ntwo \\\r\nthree \\\rfour \\\xe2\x80\xa8"
                "five'",
                "\"one two three four five\"");
  assert_reads ("'\\ud83d\\ude00'", "\"\xf0\x9f\x98\x80\"");
  assert_reads ("'\\ud83d\\\n\\ude00'", "\"\xf0\x9f\x98\x80\"");
  assert_reads ("'\\ud83d, \\ude00'", "\"\xef\xbf\xbd, \xef\xbf\xbd\"");

  assert_refuses ("'abc", "line 1, column 1: the string does not end on its line");
  assert_refuses ("['a\nb']", "line 1, column 2: the string does not end on its line");
  assert_refuses ("'\\1'", "line 1, column 3: the escape is not one of JSON5's");
  assert_refuses ("'\\01'", "line 1, column 3: the escape is not one of JSON5's");
  assert_refuses ("'\\x4'", "line 1, column 5: the escape needs more hexadecimal digits");
  assert_refuses ("'\\u{41}'", "line 1, column 4: the escape needs more hexadecimal digits");
}

static void
test_nul_is_refused (void)
{
  static const char raw[] = "{a: 1,\n b: '\0'}";

  assert_refuses ("'a\\0'", "line 1, column 4: a string must not hold a NUL character");
  assert_refuses ("'a\\x00'", "line 1, column 4: a string must not hold a NUL character");
  assert_refuses ("{'a\\u0000': 1}", "line 1, column 5: a string must not hold a NUL character");
  assert_refuses_bytes (raw, sizeof raw - 1, "line 2, column 6: the text holds a NUL character");
}

static double
read_double (const char *text)
{
  g_autoptr (JsonNode) node = relay_json5_parse (text, strlen (text), NULL);

  g_assert_nonnull (node);
  g_assert_cmpstr (g_type_name (json_node_get_value_type (node)), ==, "gdouble");
  return json_node_get_double (node);
}

static void
test_numbers (void)
{
  assert_reads ("[0, 1, +1, -1, 0x1F, -0Xdeadbeef, 9007199254740991]", "[0,1,1,-1,31,-3735928559,9007199254740991]");
  g_assert_cmpfloat (read_double (".5"), ==, 0.5);
  g_assert_cmpfloat (read_double ("5."), ==, 5);
  g_assert_cmpfloat (read_double ("-5.e-1"), ==, -0.5);
  g_assert_cmpfloat (read_double ("9007199254740992"), ==, 9007199254740992.0);
  g_assert_cmpfloat (read_double ("0x20000000000001"), ==, 9007199254740992.0);
  g_assert_true (signbit (read_double ("-0")));
  g_assert_true (isinf (read_double ("-Infinity")) && read_double ("-Infinity") < 0);
  g_assert_true (isinf (read_double ("1e999")));
  g_assert_true (isnan (read_double ("+NaN")));

  assert_refuses ("01", "line 1, column 2: there is more behind the value");
  assert_refuses ("0x", "line 1, column 1: the number is not complete");
  assert_refuses ("1e", "line 1, column 1: the number is not complete");
  assert_refuses (".", "line 1, column 1: the number is not complete");
  assert_refuses ("- 1", "line 1, column 1: the number is not complete");
}

static void
test_comments_and_space (void)
{
  assert_reads ("\xef\xbb\xbf// a line\n{ /* a\n * block **/ a: 1, // '\r b: 2 }/**/ //", "{\"a\":1,\"b\":2}");
  assert_reads ("\t\v\f \xc2\xa0\xe2\x80\xa8\xe2\x80\xa9\xe2\x80\x83null\r\n", "null");

  assert_refuses ("1 /* open", "line 1, column 3: the comment does not end");
  assert_refuses ("1 / 2", "line 1, column 3: a comment begins with // or /*");
  assert_refuses ("// nothing else", "line 1, column 16: the text ends where a value should stand");
  assert_refuses ("", "line 1, column 1: the text ends where a value should stand");
}

static void
test_errors_name_the_place (void)
{
  assert_refuses ("{\n  a: 1,\r\n  \xc3\xa9\xc3\xa9: tru,\n}", "line 3, column 7: expected a value");
  assert_refuses ("{\r  a: sesame\r}", "line 2, column 6: expected a value");
  assert_refuses ("{a:\n'\xff'}", "line 2, column 2: the text is not valid UTF-8");
}

static void
test_depth_is_limited (void)
{
  g_autoptr (GString) text = g_string_new (NULL);
  g_autoptr (JsonNode) node = NULL;

  for (guint i = 0; i < 128; i++)
    g_string_append (text, "[{a:");
  assert_refuses (text->str, "line 1, column 513: the text ends where a value should stand");
  g_string_append (text, "[");
  assert_refuses (text->str, "line 1, column 513: it is nested more than 256 deep");

  /* Wide is not deep. */
  g_string_assign (text, "[");
  for (guint i = 0; i < 1000; i++)
    g_string_append (text, "[],{},[1,],{a:1,},");
  g_string_append (text, "]");
  node = relay_json5_parse (text->str, text->len, NULL);
  g_assert_nonnull (node);
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/json5/objects", test_objects);
  g_test_add_func ("/json5/arrays", test_arrays);
  g_test_add_func ("/json5/strings", test_strings);
  g_test_add_func ("/json5/nul-is-refused", test_nul_is_refused);
  g_test_add_func ("/json5/numbers", test_numbers);
  g_test_add_func ("/json5/comments-and-space", test_comments_and_space);
  g_test_add_func ("/json5/errors-name-the-place", test_errors_name_the_place);
  g_test_add_func ("/json5/depth-is-limited", test_depth_is_limited);

  return g_test_run ();
}
