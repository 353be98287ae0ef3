/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include <math.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-json-private.h"

#define FFFD "\xef\xbf\xbd"

static RelayJsonSpan
span_of (const char *json)
{
  g_assert_true (relay_json_validate (json, strlen (json)));

  return (RelayJsonSpan){ json, strlen (json) };
}

static void
assert_all (const char *const *texts, gboolean is_valid)
{
  for (guint i = 0; texts[i] != NULL; i++)
    {
      g_autofree char *shown = g_strescape (texts[i], NULL);

      g_test_message ("%s", shown);
      g_assert_cmpint (relay_json_validate (texts[i], strlen (texts[i])), ==, is_valid);
    }
}

static const char *valid_texts[] = { "0",
                                     "-0",
                                     "10",
                                     "1.50",
                                     "-1.5e-10",
                                     "1E+2",
                                     "0e0",
                                     "true",
                                     "false",
                                     "null",
                                     "\"\"",
                                     "\"\x7f\"",
                                     "\"\xe2\x80\xa8\"",
                                     "\"\\\"\\\\\\/\\b\\f\\n\\r\\t\\u00Ff\"",
                                     "\"\\ud800\"",
                                     "\"\\u0000\"",
                                     "[]",
                                     "{}",
                                     " [ ] ",
                                     "\t{\r}\n",
                                     "[1,[2,{\"a\":[]}],{}]",
                                     "{\"\":{\"\":[{}]}}",
                                     "{\"a\":1,\"a\":2}",
                                     NULL };
static const char *invalid_texts[] = { "",
                                       " ",
                                       "-",
                                       "01",
                                       "-01",
                                       "+1",
                                       ".5",
                                       "1.",
                                       "1.e1",
                                       "1e",
                                       "1e+",
                                       "0x10",
                                       "1 2",
                                       "NaN",
                                       "Infinity",
                                       "tru",
                                       "True",
                                       "nulll",
                                       "\"",
                                       "\"\\\"",
                                       "\"\\",
                                       "\"\\x41\"",
                                       "\"\\u12\"",
                                       "\"\\u12g4\"",
                                       "\"\\u123",
                                       "\"\\U0041\"",
                                       "\"\t\"",
                                       "\"\n\"",
                                       "\"\x1f\"",
                                       "'a'",
                                       "[",
                                       "]",
                                       "[1",
                                       "[1,",
                                       "[1,]",
                                       "[,1]",
                                       "[1 2]",
                                       "[1:2]",
                                       "{",
                                       "}",
                                       "{\"a\"",
                                       "{\"a\":",
                                       "{\"a\":1",
                                       "{\"a\":1,",
                                       "{\"a\":1,}",
                                       "{\"a\",1}",
                                       "{1:1}",
                                       "{\"a\":1]",
                                       "[1}",
                                       "[]]",
                                       "{}{}",
                                       "\v1",
                                       "\f1",
                                       "\xc2\xa0[]",
                                       "[\xff]",
                                       "\xef\xbb\xbf[]",
                                       "[\"a\"\xff]",
                                       "\"a\\\xff\"",
                                       NULL };

static void
test_grammar (void)
{
  assert_all (valid_texts, TRUE);
  assert_all (invalid_texts, FALSE);
  g_assert_false (relay_json_validate ("1\0", 2));
  g_assert_false (relay_json_validate ("\"\0\"", 3));
}

/* Strings are read eight bytes at a time: what ends one, or must not stand in it, is found at each place of the eight. */
static void
test_specials_at_each_place (void)
{
  for (gsize length = 1; length < 40; length++)
    {
      for (gsize at = 0; at < length; at++)
        {
          g_autofree char *text = g_strnfill (length + 2, '\x80' + (char) (at % 100));

          text[0] = text[length + 1] = '"';
          g_assert_true (relay_json_validate (text, length + 2));
          text[at + 1] = '"';
          g_assert_false (relay_json_validate (text, length + 2));
          text[at + 1] = '\x1f';
          g_assert_false (relay_json_validate (text, length + 2));
          text[at + 1] = '\0';
          g_assert_false (relay_json_validate (text, length + 2));
          text[at + 1] = ' ';
          g_assert_true (relay_json_validate (text, length + 2));
          text[at + 1] = '\\';
          g_assert_false (relay_json_validate (text, length + 2));
        }
    }
}

static void
test_read_object (void)
{
  const char *names[] = { "runId", "seq", "absent", NULL };
  const char *text = "{\"seq\" : 3 , \"runId\":\"r\",\"x\":{\"absent\":1}, \"se\\u0071\":{\"a\":[]}}";
  RelayJsonSpan spans[3];

  g_assert_true (relay_json_read_object (text, strlen (text), names, spans));
  g_assert_true (relay_json_span_equal (&spans[0], "r"));
  g_assert_cmpmem (spans[1].data, spans[1].length, "{\"a\":[]}", 8);
  g_assert_null (spans[2].data);
  g_assert_cmpint (relay_json_span_kind (&spans[2]), ==, RELAY_JSON_ABSENT);

  g_assert_true (relay_json_read_object ("[{\"seq\":1}]", 11, names, spans));
  g_assert_null (spans[1].data);

  g_assert_false (relay_json_read_object ("{\"seq\":1", 8, names, spans));
}

static void
test_kinds (void)
{
  const struct {
    const char *json;
    RelayJsonKind kind;
  } cases[] = {
    { "null", RELAY_JSON_NULL }, { "true", RELAY_JSON_BOOLEAN }, { "false", RELAY_JSON_BOOLEAN },
    { "-1", RELAY_JSON_NUMBER }, { "7", RELAY_JSON_NUMBER },     { "\"\"", RELAY_JSON_STRING },
    { "[]", RELAY_JSON_ARRAY },  { "{}", RELAY_JSON_OBJECT },
  };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RelayJsonSpan span = span_of (cases[i].json);

      g_assert_cmpint (relay_json_span_kind (&span), ==, cases[i].kind);
    }
}

static void
test_span_equal (void)
{
  const struct {
    const char *json;
    const char *string;
    gboolean is_equal;
  } cases[] = {
    { "\"req\"", "req", TRUE },
    { "\"\\u0072e\\u0071\"", "req", TRUE },
    { "\"\\u0072e\"", "req", FALSE },
    { "\"\\u0072eqs\"", "req", FALSE },
    { "\"r\\u0000q\"", "req", FALSE },
    { "\"\\u212aeq\"", "Keq", FALSE },
    { "\"r\\u00e9\"", "ré", TRUE },
    { "\"\"", "", TRUE },
    { "\"\\ud83d\\ude00\"", "😀", TRUE },
    { "\"a\\\\b\"", "a\\b", TRUE },
    { "\"a\\\\b\"", "a\\\\b", FALSE },
    { "\"re\"", "req", FALSE },
    { "\"req\\u0000\"", "req", FALSE },
    { "\"req\\u0000x\"", "req", FALSE },
    { "\"1\"", "1", TRUE },
    { "1", "1", FALSE },
    { "null", "null", FALSE },
    { "null", "ul", FALSE },
  };
  RelayJsonSpan absent = { NULL, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RelayJsonSpan span = span_of (cases[i].json);

      g_assert_cmpint (relay_json_span_equal (&span, cases[i].string), ==, cases[i].is_equal);
    }
  g_assert_false (relay_json_span_equal (&absent, ""));
}

static void
test_dup_string (void)
{
  const struct {
    const char *json;
    const char *string;
  } cases[] = {
    { "\"\"", "" },
    { "\"a\\\"\\\\\\/\\b\\f\\n\\r\\tz\"", "a\"\\/\b\f\n\r\tz" },
    { "\"\\u0041\\u00e9\\u20AC\\uD83D\\uDE00\"", "Aé€😀" },
    { "\"é😀\"", "é😀" },
    { "\"\\ud800\"", FFFD },
    { "\"\\ude00\\ud83d\"", FFFD FFFD },
    { "\"\\ud83d\\ud83d\\ude00\"", FFFD "😀" },
    { "\"\\ud83d\\u0041\"", FFFD "A" },
    { "\"\\ud83d\\n\"", FFFD "\n" },
    { "\"a\\u0000b\"", NULL },
    { "\"a\xff"
      "b\"",
      "a" FFFD "b" },
    { "\"\xe2\x82\"", FFFD },
    { "\"\xe2\x82\\n\x80\"", FFFD "\n" FFFD },
    { "\"\xf0\x9f\x98\"", FFFD },
    { "\"\xf0\x9f\"", FFFD },
    { "\"\xf0\x80\x80\x80\"", FFFD FFFD FFFD FFFD },
    { "\"\xf4\x90\x80\"", FFFD FFFD FFFD },
    { "\"\xed\xa0\x80\"", FFFD FFFD FFFD },
    { "\"\xe0\x9f\x80\"", FFFD FFFD FFFD },
    { "\"\xc0\xaf\xc3\"", FFFD FFFD FFFD },
    { "1", NULL },
  };
  RelayJsonSpan absent = { NULL, 0 };

  for (guint i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      RelayJsonSpan span = span_of (cases[i].json);
      g_autofree char *string = relay_json_span_dup_string (&span);

      g_assert_cmpstr (string, ==, cases[i].string);
    }
  g_assert_null (relay_json_span_dup_string (&absent));
  g_assert_null (relay_json_span_dup_raw (&absent));
}

static void
test_raw (void)
{
  RelayJsonSpan escaped = span_of ("{ \"a\" : \"\\u0041\\ud800\\u0000\" }");
  RelayJsonSpan broken = span_of ("\"\xff\xe2\x82\"");
  RelayJsonSpan absent = { NULL, 0 };
  g_autofree char *raw = relay_json_span_dup_raw (&escaped);
  g_autoptr (GString) out = g_string_new ("=");

  g_assert_cmpstr (raw, ==, escaped.data);

  relay_json_append_span (out, &broken);
  relay_json_append_span (out, &absent);
  g_assert_cmpstr (out->str, ==, "=\"" FFFD FFFD "\"");
}

static void
test_append_string (void)
{
  g_autoptr (GString) out = g_string_new (NULL);
  RelayJsonSpan span;
  g_autofree char *again = NULL;

  relay_json_append_string (out, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f é\xe2\x80\xa8😀");
  g_assert_cmpstr (out->str, ==, "\"a\\\"b\\\\c/\\u0008\\u000c\\n\\r\\t\\u0001\\u001f\x7f é\xe2\x80\xa8😀\"");
  span = span_of (out->str);
  again = relay_json_span_dup_string (&span);
  g_assert_cmpstr (again, ==, "a\"b\\c/\b\f\n\r\t\x01\x1f\x7f é\xe2\x80\xa8😀");

  g_string_truncate (out, 0);
  relay_json_append_string (out, "");
  relay_json_append_string_len (out, "a\0b", 3);
  g_assert_cmpstr (out->str, ==, "\"\"\"a\\u0000b\"");
}

static JsonNode *
tree_of (const char *json)
{
  g_autoptr (GError) error = NULL;
  RelayJsonSpan span = span_of (json);
  JsonNode *node = relay_json_span_to_node (&span, &error);

  g_assert_no_error (error);
  g_assert_nonnull (node);

  return node;
}

static void
test_tree (void)
{
  g_autoptr (JsonNode) node = tree_of (
      "{ \"a\" : [ 1 , \"x\\ny\" , true, false , null , { } , [] ] ,\"b\":{\"c\":2,\"\\u0063\":3},\"\":\"\\ud800\xff\" }");
  g_autofree char *json = json_to_string (node, FALSE);

  g_assert_cmpstr (json, ==, "{\"a\":[1,\"x\\ny\",true,false,null,{},[]],\"b\":{\"c\":3},\"\":\"" FFFD FFFD "\"}");
}

static void
test_tree_numbers (void)
{
  const struct {
    const char *json;
    gint64 value;
  } integers[] = {
    { "0", 0 },
    { "-0", 0 },
    { "-12", -12 },
    { "1.0", 1 },
    { "1e3", 1000 },
    { "9007199254740993", G_GINT64_CONSTANT (9007199254740992) },
    { "-1e18", G_GINT64_CONSTANT (-1000000000000000000) },
  };
  const struct {
    const char *json;
    double value;
  } doubles[] = {
    { "0.5", 0.5 },
    { "1e400", INFINITY },
    { "-1e400", -INFINITY },
    { "12345678901234567890", 12345678901234567890.0 },
    { "9223372036854775807", 9223372036854775808.0 },
    { "5e-324", 5e-324 },
    { "-9223372036854775809000", -9223372036854775809000.0 },
  };

  for (guint i = 0; i < G_N_ELEMENTS (integers); i++)
    {
      g_autoptr (JsonNode) node = tree_of (integers[i].json);

      g_assert_true (json_node_get_value_type (node) == G_TYPE_INT64);
      g_assert_cmpint (json_node_get_int (node), ==, integers[i].value);
    }
  for (guint i = 0; i < G_N_ELEMENTS (doubles); i++)
    {
      g_autoptr (JsonNode) node = tree_of (doubles[i].json);

      g_assert_true (json_node_get_value_type (node) == G_TYPE_DOUBLE);
      g_assert_cmpfloat (json_node_get_double (node), ==, doubles[i].value);
    }
}

static void
assert_refused (const char *json, const char *message)
{
  g_autoptr (GError) error = NULL;
  RelayJsonSpan span = span_of (json);

  g_assert_null (relay_json_span_to_node (&span, &error));
  g_assert_error (error, RELAY_ERROR, RELAY_ERROR_INVALID_REQUEST);
  g_assert_cmpstr (error->message, ==, message);
}

static char *
repeat (const char *part, guint n, const char *separator)
{
  g_autoptr (GString) out = g_string_new (NULL);

  for (guint i = 0; i < n; i++)
    g_string_append_printf (out, "%s%s", i > 0 ? separator : "", part);

  return g_string_free (g_steal_pointer (&out), FALSE);
}

static void
test_tree_refuses_nul (void)
{
  const char *message = "params contain a NUL character; use encoding base64 for binary content";

  assert_refused ("{\"a\":[\"x\\u0000y\"]}", message);
  assert_refused ("{\"a\\u0000\":1}", message);
}

static void
test_tree_limits (void)
{
  g_autofree char *open = repeat ("[", RELAY_JSON_MAX_TREE_DEPTH, "");
  g_autofree char *close = repeat ("]", RELAY_JSON_MAX_TREE_DEPTH, "");
  g_autofree char *deepest = g_strconcat (open, close, NULL);
  g_autofree char *too_deep = g_strconcat (open, "{}", close, NULL);
  g_autofree char *most = repeat ("1", RELAY_JSON_MAX_TREE_VALUES - 1, ",");
  g_autofree char *widest = g_strconcat ("[", most, "]", NULL);
  g_autofree char *too_wide = g_strconcat ("[", most, ",1]", NULL);
  g_autoptr (JsonNode) deepest_node = tree_of (deepest);
  g_autoptr (JsonNode) widest_node = tree_of (widest);

  g_assert_true (JSON_NODE_HOLDS_ARRAY (deepest_node));
  g_assert_cmpuint (json_array_get_length (json_node_get_array (widest_node)), ==, RELAY_JSON_MAX_TREE_VALUES - 1);
  assert_refused (too_deep, "params have more than 64 levels of nesting");
  assert_refused (too_wide, "params have more than 10000 values");
}

static void
test_tree_member_limit (void)
{
  g_autoptr (GString) members = g_string_new (NULL);
  g_autofree char *full = NULL;
  g_autofree char *too_full = NULL;
  g_autoptr (JsonNode) node = NULL;

  for (guint i = 0; i < RELAY_JSON_MAX_TREE_MEMBERS; i++)
    g_string_append_printf (members, "\"%u\":%u,", i, i);
  full = g_strconcat ("{", members->str, "\"0\":7}", NULL);
  too_full = g_strconcat ("{", members->str, "\"x\":7}", NULL);

  node = tree_of (full);
  g_assert_cmpint (json_object_get_int_member (json_node_get_object (node), "0"), ==, 7);
  assert_refused (too_full, "params have more than 1000 members in one object");
}

static void
test_large_string (void)
{
  const gsize length = 20 * 1024 * 1024;
  g_autofree char *content = g_strnfill (length, 'x');
  g_autoptr (GString) out = g_string_new (NULL);
  g_autoptr (JsonNode) node = NULL;

  for (gsize i = 0; i < length; i += 7)
    content[i] = i % 2 == 0 ? '\n' : '"';

  relay_json_append_string (out, content);
  node = tree_of (out->str);
  g_assert_cmpstr (json_node_get_string (node), ==, content);
}

/* Wherever the cut falls: within an escape, a pair or what is no UTF-8. */
static void
test_dup_shown (void)
{
  static const char *const units[] = { "a", "\\n", "\\u00e9", "\\ud83d\\ude00", "\xff", "\\\\" };

  for (gsize i = 0; i < G_N_ELEMENTS (units); i++)
    {
      g_autoptr (GString) literal = g_string_new ("\"");
      g_autofree char *whole = NULL;
      g_autofree char *shown = NULL;
      RelayJsonSpan span;
      gsize length;

      while (literal->len < 2 * RELAY_JSON_MAX_SHOWN)
        g_string_append (literal, units[i]);
      g_string_append_c (literal, '"');
      span = (RelayJsonSpan){ literal->str, literal->len };
      whole = relay_json_span_dup_string (&span);
      shown = relay_json_span_dup_shown (&span);

      g_assert_true (g_utf8_validate (shown, -1, NULL));
      g_assert_cmpuint (strlen (shown), <, strlen (whole));
      /* but for half a pair */
      length = strlen (shown) - (g_str_has_suffix (shown, "\xef\xbf\xbd") ? 3 : 0);
      g_assert_cmpuint (length, >, RELAY_JSON_MAX_SHOWN / 8);
      g_assert_cmpmem (shown, length, whole, length);
    }
}

static void
test_dup_shown_whole (void)
{
  RelayJsonSpan text = span_of ("\"a\\u0062\"");
  RelayJsonSpan number = span_of ("12");
  RelayJsonSpan absent = { NULL, 0 };
  g_autofree char *shown = relay_json_span_dup_shown (&text);

  g_assert_cmpstr (shown, ==, "ab");
  g_assert_null (relay_json_span_dup_shown (&number));
  g_assert_null (relay_json_span_dup_shown (&absent));
}

static gboolean
has_escaped_name (const char *text)
{
  static const char *const no_names[] = { NULL };
  gboolean found;

  g_assert_true (relay_json_read_object_full (text, strlen (text), no_names, NULL, &found));
  return found;
}

static void
test_escaped_name (void)
{
  g_assert_true (has_escaped_name ("{\"a\":1,\"m\\u0065thod\":2}"));
  g_assert_false (has_escaped_name ("{\"a\":{\"\\n\":1}}"));
  g_assert_false (has_escaped_name ("[\"\\n\"]"));
}

/* Mostly what may stand in a string, so that strings get long. */
static GString *
make_rest_of_string (GRand *random, guint one_in)
{
  static const char *const proper[] = { "\\\\", "\\\\", "\\\"", "\\n", "\\u00e4", "\\/", "\xff" };
  static const char *const improper[] = { "\"", "\\", "\\x", "\\u00g0", "\x1f" };
  GString *text = g_string_new (NULL);
  gsize length = (gsize) g_rand_int_range (random, 0, 400);

  while (text->len < length)
    {
      if (g_rand_int_range (random, 0, 200) == 0)
        g_string_append (text, improper[g_rand_int_range (random, 0, G_N_ELEMENTS (improper))]);
      else if (g_rand_int_range (random, 0, (gint32) one_in) == 0)
        g_string_append (text, proper[g_rand_int_range (random, 0, G_N_ELEMENTS (proper))]);
      else
        g_string_append_c (text, 'n');
    }

  return text;
}

/* Wherever escapes, quotes and control characters stand in the steps that the wide way takes. */
static void
test_ways_to_the_end (void)
{
  g_autoptr (GRand) random = g_rand_new_with_seed ((guint32) g_test_rand_int ());

  for (guint round = 0; round < 200000; round++)
    {
      g_autoptr (GString) text = make_rest_of_string (random, (guint) g_rand_int_range (random, 1, 60));
      const char *end = text->str + text->len;
      const char *expected = relay_json_skip_rest_of_string_plain (text->str, end);

      g_assert_true (relay_json_skip_rest_of_string (text->str, end) == expected);
#ifdef RELAY_CPU_MAY_HAVE_AVX2
      if (relay_cpu_has_avx2 ())
        g_assert_true (relay_json_skip_rest_of_string_avx2 (text->str, end) == expected);
#endif
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/json/R6/grammar", test_grammar);
  g_test_add_func ("/json/R6/specials-at-each-place", test_specials_at_each_place);
  g_test_add_func ("/json/R6/read-object", test_read_object);
  g_test_add_func ("/json/R6/kinds", test_kinds);
  g_test_add_func ("/json/R6/span-equal", test_span_equal);
  g_test_add_func ("/json/R6/dup-string", test_dup_string);
  g_test_add_func ("/json/raw", test_raw);
  g_test_add_func ("/json/append-string", test_append_string);
  g_test_add_func ("/json/R6/tree", test_tree);
  g_test_add_func ("/json/R6/tree-numbers", test_tree_numbers);
  g_test_add_func ("/json/tree-refuses-nul", test_tree_refuses_nul);
  g_test_add_func ("/json/tree-limits", test_tree_limits);
  g_test_add_func ("/json/tree-member-limit", test_tree_member_limit);
  g_test_add_func ("/json/large-string", test_large_string);
  g_test_add_func ("/json/dup-shown", test_dup_shown);
  g_test_add_func ("/json/dup-shown-whole", test_dup_shown_whole);

  g_test_add_func ("/json/R6/escaped-name", test_escaped_name);
  g_test_add_func ("/json/R6/ways-to-the-end-of-a-string", test_ways_to_the_end);

  return g_test_run ();
}
