/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "openclaw-fixture.h"

static void
test_entries (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  openclaw_fixture_write_config (
      self,
      "{ agents: { defaults: { workspace: '~/claw' },\n"
      "  entries: { main: {}, work: { workspace: ' ~/work ' }, 'My Agent!': {}, ops: { workspace: ' ' }, bad: 5 } } }");
  openclaw = openclaw_fixture_load (self);
  g_assert_cmpuint (openclaw->agents->len, ==, 4);
  g_assert_cmpstr (openclaw->default_agent, ==, "main");
  openclaw_fixture_assert_workspace (self, openclaw, "main", "claw/main");
  openclaw_fixture_assert_workspace (self, openclaw, "WORK", "work");
  openclaw_fixture_assert_workspace (self, openclaw, "my-agent", "claw/my-agent");
  openclaw_fixture_assert_workspace (self, openclaw, "ops", "claw/ops");
}

/* More than a person has, as a platform can write it through the gateway. */
static void
test_very_many (OpenclawFixture *self, gconstpointer data)
{
  const guint n = 50000;
  g_autoptr (GString) config = g_string_new ("{ agents: { list: [");
  g_autoptr (RelayOpenclaw) openclaw = NULL;

  for (guint i = 0; i < 2 * n; i++)
    g_string_append_printf (config, "{ id: 'a%u', workspace: '~/%u' },", i % n, i);
  g_string_append (config, "] } }");
  openclaw_fixture_write_config (self, config->str);
  openclaw = openclaw_fixture_load (self);

  g_assert_no_error (openclaw->error);
  g_assert_cmpuint (openclaw->agents->len, ==, n);
  g_assert_cmpstr (openclaw->default_agent, ==, "a0");
  openclaw_fixture_assert_workspace (self, openclaw, "a49999", "49999");
}

static void
test_entries_without_workspace (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) several = NULL;
  g_autoptr (RelayOpenclaw) marked = NULL;
  g_autoptr (RelayOpenclaw) named = NULL;
  g_autoptr (RelayOpenclaw) sole = NULL;

  openclaw_fixture_write_config (self, "{ agents: { entries: { one: {}, two: {} } } }");
  several = openclaw_fixture_load (self);
  g_assert_cmpstr (several->default_agent, ==, "one");
  openclaw_fixture_assert_workspace (self, several, "one", ".openclaw/workspace-one");
  openclaw_fixture_assert_workspace (self, several, "two", ".openclaw/workspace-two");

  openclaw_fixture_write_config (self, "{ agents: { entries: { one: {}, two: { default: true } } } }");
  marked = openclaw_fixture_load (self);
  g_assert_cmpstr (marked->default_agent, ==, "two");
  openclaw_fixture_assert_workspace (self, marked, "one", ".openclaw/workspace-one");
  openclaw_fixture_assert_workspace (self, marked, "two", ".openclaw/workspace");

  openclaw_fixture_write_config (self, "{ agents: { ownership: 'explicit', defaults: { systemAgent: { agentId: 'Two' } },\n"
                                       "  entries: { one: { default: true }, two: {} } } }");
  named = openclaw_fixture_load (self);
  g_assert_cmpstr (named->default_agent, ==, "two");
  openclaw_fixture_assert_workspace (self, named, "one", ".openclaw/workspace-one");

  openclaw_fixture_write_config (self,
                                 "{ agents: { defaults: { workspace: '/srv/claw/../claw' }, entries: { solo: {} } } }");
  sole = openclaw_fixture_load (self);
  g_assert_cmpstr (sole->default_agent, ==, "solo");
  g_assert_cmpstr (relay_openclaw_find_agent (sole, "solo")->workspace, ==, "/srv/claw");
}

static void
test_list (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) unmarked = NULL;
  g_autoptr (RelayOpenclaw) marked = NULL;
  g_autoptr (RelayOpenclaw) empty = NULL;
  g_autoptr (RelayOpenclaw) both = NULL;

  openclaw_fixture_write_config (
      self, "{ agents: { list: [ { id: 'one' }, { id: 'two', workspace: '~/two' }, { id: 'three' }, 5, { id: 'One' } ] } }");
  unmarked = openclaw_fixture_load (self);
  g_assert_cmpuint (unmarked->agents->len, ==, 3);
  g_assert_cmpstr (unmarked->default_agent, ==, "one");
  openclaw_fixture_assert_workspace (self, unmarked, "one", ".openclaw/workspace");
  openclaw_fixture_assert_workspace (self, unmarked, "two", "two");
  openclaw_fixture_assert_workspace (self, unmarked, "three", ".openclaw/workspace-three");

  openclaw_fixture_write_config (self, "{ agents: { list: [ { id: 'one' }, { id: 'two', default: true } ] } }");
  marked = openclaw_fixture_load (self);
  g_assert_cmpstr (marked->default_agent, ==, "two");
  openclaw_fixture_assert_workspace (self, marked, "one", ".openclaw/workspace-one");
  openclaw_fixture_assert_workspace (self, marked, "two", ".openclaw/workspace");

  openclaw_fixture_write_config (self, "{ agents: { list: [] } }");
  empty = openclaw_fixture_load (self);
  openclaw_fixture_assert_workspace (self, empty, "main", ".openclaw/workspace");

  openclaw_fixture_write_config (self, "{ agents: { list: [ { id: 'listed' } ], entries: { entered: {} } } }");
  both = openclaw_fixture_load (self);
  g_assert_null (relay_openclaw_find_agent (both, "listed"));
  g_assert_nonnull (relay_openclaw_find_agent (both, "entered"));
}

static void
test_workspace_variable (OpenclawFixture *self, gconstpointer data)
{
  g_autoptr (RelayOpenclaw) absolute = NULL;
  g_autoptr (RelayOpenclaw) relative = NULL;

  openclaw_fixture_set_env (self, "OPENCLAW_WORKSPACE_DIR", "/srv/claw");
  absolute = openclaw_fixture_load (self);
  g_assert_cmpstr (relay_openclaw_find_agent (absolute, "main")->workspace, ==, "/srv/claw");

  openclaw_fixture_write_config (self, "{ agents: { defaults: { workspace: 'claw' } } }");
  relative = openclaw_fixture_load (self);
  openclaw_fixture_assert_workspace (self, relative, "main", "claw");
}

static void
test_ids (OpenclawFixture *self, gconstpointer data)
{
  static const struct {
    const char *written, *id;
  } cases[] = {
    { "Main", "main" },
    { " a_b-C ", "a_b-c" },
    { "my agent", "my-agent" },
    { "--x--", "x" },
    { "x--", "x--" },
    { "a.b..c", "a-b-c" },
    { "a -b", "a--b" },
    { "-é-", "main" },
    { "\xc4\xb0stanbul", "i-stanbul" },
    { "\xe2\x84\xaa", "k" },
    { "a123456789012345678901234567890123456789012345678901234567890123456789",
      "a123456789012345678901234567890123456789012345678901234567890123" },
  };

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *text = g_strdup_printf ("{ agents: { entries: { '%s': {} } } }", cases[i].written);
      g_autoptr (RelayOpenclaw) openclaw = NULL;

      openclaw_fixture_write_config (self, text);
      openclaw = openclaw_fixture_load (self);
      g_assert_cmpstr (openclaw->default_agent, ==, cases[i].id);
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);

  OPENCLAW_FIXTURE_ADD ("/openclaw/agents/W1/entries", test_entries);
  OPENCLAW_FIXTURE_ADD ("/openclaw/agents/very-many", test_very_many);
  OPENCLAW_FIXTURE_ADD ("/openclaw/agents/W1/entries-without-workspace", test_entries_without_workspace);
  OPENCLAW_FIXTURE_ADD ("/openclaw/agents/W1/list", test_list);
  OPENCLAW_FIXTURE_ADD ("/openclaw/agents/W1/workspace-variable", test_workspace_variable);
  OPENCLAW_FIXTURE_ADD ("/openclaw/agents/W1/ids", test_ids);

  return g_test_run ();
}
