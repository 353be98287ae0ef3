/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "workspace-fixture.h"

#include <sys/stat.h>
#include <unistd.h>

#include "common/relay-error.h"
#include "methods/relay-workspace-root.h"

#define LS "workspace.ls"
#define KEY "{\"sessionKey\":\"agent:main:x\"}"

static const char refusal[] = "The workspace is refused: it is, contains or lies in a folder that Gangway guards (home, "
                              "OpenClaw's state, Gangway's own, .git and its like); choose another with workspace-root";

/* Has the gateway say where agents' workspaces are, and the account not. */
static void
have_gateway_say (WorkspaceFixture *fixture, const char *payload)
{
  g_clear_pointer (&fixture->context->account->workspace_root, g_free);
  fake_method_context_always_answer (fixture->context, payload);
}

static void
have_gateway_name_root (WorkspaceFixture *fixture, const char *root)
{
  g_autofree char *payload =
      g_strdup_printf ("{\"defaultId\":\"main\",\"agents\":[{\"id\":\"main\",\"workspace\":\"%s\"}]}", root);

  have_gateway_say (fixture, payload);
}

static void
assert_serves (WorkspaceFixture *fixture, const char *params, const char *expected)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = workspace_serve (fixture, LS, params, &error);

  assert_answer (answer, error, expected);
}

static void
assert_serve_refused (WorkspaceFixture *fixture, const char *params, int code, const char *message)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *answer = workspace_serve (fixture, LS, params, &error);

  assert_refused (answer, error, code, message);
}

static void
assert_agent_id (const char *session_key, const char *expected)
{
  g_autofree char *id = relay_workspace_parse_agent_id (session_key);

  g_assert_cmpstr (id, ==, expected);
}

static void
test_agent_of_session_key (void)
{
  assert_agent_id ("agent:main:platform:direct:ann", "main");
  assert_agent_id (" AGENT:Main:x ", "main");
  assert_agent_id ("agent: Work_1 :x", "work_1");
  assert_agent_id ("agent:my agent!:x", "my-agent");
  assert_agent_id ("agent:--a..b--:x", "a-b");
  assert_agent_id ("agent:a--b:x", "a--b");
  assert_agent_id ("agent:_x:x", "_x");
  assert_agent_id ("agent:\xe2\x84\xaa:x", "k");
  assert_agent_id ("agent:a\xc4\xb0z:x", "ai-z");
  assert_agent_id ("agent:0123456789012345678901234567890123456789012345678901234567890123456789:x",
                   "0123456789012345678901234567890123456789012345678901234567890123");
  assert_agent_id ("", NULL);
  assert_agent_id ("main", NULL);
  assert_agent_id ("agent", NULL);
  assert_agent_id ("agent:", NULL);
  assert_agent_id ("agent:main", NULL);
  assert_agent_id ("agent:main:", NULL);
  assert_agent_id ("agent:main::x", NULL);
  assert_agent_id ("agent::x", NULL);
  assert_agent_id ("agent:日本:x", NULL);
  assert_agent_id ("xagent:main:x", NULL);
}

static void
test_session_key_errors (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *required = "sessionKey is required for workspace.ls";

  assert_serve_refused (fixture, "{}", RELAY_ERROR_INVALID_REQUEST, required);
  assert_serve_refused (fixture, "{\"sessionKey\":null}", RELAY_ERROR_INVALID_REQUEST, required);
  assert_serve_refused (fixture, "{\"sessionKey\":5}", RELAY_ERROR_INVALID_REQUEST, required);
  assert_serve_refused (fixture, "{\"sessionKey\":\" \"}", RELAY_ERROR_INVALID_REQUEST, required);
  assert_serve_refused (fixture, "{\"sessionKey\":\"main\\n\"}", RELAY_ERROR_INVALID_REQUEST,
                        "Cannot parse agent ID from sessionKey: main\\u000a");
  g_assert_cmpuint (fixture->context->calls->len, ==, 0);
}

static void
test_users_choice (WorkspaceFixture *fixture, gconstpointer data)
{
  workspace_put (fixture, "a", "x");

  assert_serves (fixture, KEY, "[\"a\"]");
  assert_serves (fixture, "{\"sessionKey\":\"Agent:nobody-knows-me:x\"}", "[\"a\"]");
  g_assert_cmpuint (fixture->context->calls->len, ==, 0);
}

static void
test_gateways_answer (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *payload = g_strdup_printf ("{\"defaultId\":\"other\",\"mainKey\":\"main\",\"agents\":["
                                              "{\"id\":\"other\",\"workspace\":\"/nowhere\"},"
                                              "{\"id\":\"Work One\",\"name\":\"x\",\"workspace\":\"%s\"}]}",
                                              fixture->root);
  const FakeCall *call;

  workspace_put (fixture, "a", "x");
  have_gateway_say (fixture, payload);
  fake_method_context_add_agent (fixture->context, "work-one", fixture->outside);

  assert_serves (fixture, "{\"sessionKey\":\"agent:work-one:x\"}", "[\"a\"]");
  g_assert_cmpuint (fixture->context->calls->len, ==, 1);
  call = fake_method_context_get_last_call (fixture->context);
  g_assert_cmpstr (call->method, ==, "agents.list");
  g_assert_cmpstr (call->params, ==, "{}");
  g_assert_cmpuint (call->timeout_ms, ==, 5000);
}

static void
test_fallback (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *malformed[] = { "",
                              "null",
                              "[]",
                              "{}",
                              "{\"agents\":{}}",
                              "{\"agents\":[1]}",
                              "{\"agents\":[{}]}",
                              "{\"agents\":[{\"id\":5}]}",
                              "{\"agents\":[{\"id\":\"a\\u0000b\"}]}",
                              "not JSON",
                              "[[[[[" };

  workspace_put (fixture, "a", "x");
  fake_method_context_add_agent (fixture->context, "main", fixture->root);

  for (gsize i = 0; i < G_N_ELEMENTS (malformed); i++)
    {
      have_gateway_say (fixture, malformed[i]);
      assert_serves (fixture, KEY, "[\"a\"]");
    }

  fake_method_context_always_fail (fixture->context, RELAY_ERROR_TIMEOUT, "gateway request timed out: agents.list");
  assert_serves (fixture, KEY, "[\"a\"]");
  fake_method_context_always_fail (fixture->context, RELAY_ERROR_GATEWAY_ERROR, "agents.list: unknown method");
  assert_serves (fixture, KEY, "[\"a\"]");
  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:other:x\"}", RELAY_ERROR_INVALID_REQUEST,
                        "Agent 'other' not found in agents list [main]");
}

static void
on_done (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_assert_null (g_task_propagate_pointer (G_TASK (result), user_data));
}

static void
test_cancelled_while_asking (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autoptr (GCancellable) cancellable = g_cancellable_new ();
  g_autoptr (GError) error = NULL;

  g_clear_pointer (&fixture->context->account->workspace_root, g_free);
  fake_method_context_add_agent (fixture->context, "main", fixture->root);
  relay_workspace_root_find_async (RELAY_METHOD_CONTEXT (fixture->context), "main", cancellable, on_done, &error);
  g_cancellable_cancel (cancellable);
  while (error == NULL)
    g_main_context_iteration (NULL, TRUE);

  g_assert_error (error, G_IO_ERROR, G_IO_ERROR_CANCELLED);
}

static void
test_agent_errors (WorkspaceFixture *fixture, gconstpointer data)
{
  have_gateway_say (fixture,
                    "{\"agents\":[{\"id\":\"a\"},{\"id\":\"b\",\"workspace\":\"\"},{\"id\":\"c\\n\",\"workspace\":7}]}");

  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:X:y\"}", RELAY_ERROR_INVALID_REQUEST,
                        "Agent 'x' not found in agents list [a, b, c\\u000a]");
  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:a:y\"}", RELAY_ERROR_UNAVAILABLE,
                        "No workspace configured for agent 'a'");
  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:b:y\"}", RELAY_ERROR_UNAVAILABLE,
                        "No workspace configured for agent 'b'");
  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:c:y\"}", RELAY_ERROR_UNAVAILABLE,
                        "No workspace configured for agent 'c'");
}

static void
test_root_errors (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *missing = g_build_filename (fixture->base, "missing", NULL);
  g_autofree char *file = g_build_filename (fixture->outside, "secret.txt", NULL);

  have_gateway_name_root (fixture, missing);
  assert_serve_refused (fixture, KEY, RELAY_ERROR_UNAVAILABLE, "Workspace directory does not exist");
  have_gateway_name_root (fixture, file);
  assert_serve_refused (fixture, KEY, RELAY_ERROR_UNAVAILABLE, "Workspace path is not a directory");
  have_gateway_name_root (fixture, "relative/path");
  assert_serve_refused (fixture, KEY, RELAY_ERROR_UNAVAILABLE, "No workspace configured for agent 'main'");
}

static void
test_path_errors (WorkspaceFixture *fixture, gconstpointer data)
{
  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:main:x\",\"path\":\"../../etc/passwd\"}", RELAY_ERROR_DENIED,
                        "Path '../../etc/passwd' is outside the workspace");
  assert_serve_refused (fixture, "{\"sessionKey\":\"agent:main:x\",\"path\":\"/etc\"}", RELAY_ERROR_DENIED,
                        "Path '/etc' is outside the workspace");
}

static void
assert_root_refused (WorkspaceFixture *fixture, const char *root)
{
  have_gateway_name_root (fixture, root);
  assert_serve_refused (fixture, KEY, RELAY_ERROR_DENIED, refusal);

  fixture->context->account->workspace_root = g_strdup (root);
  assert_serve_refused (fixture, KEY, RELAY_ERROR_DENIED, refusal);
}

static void
make_folder (const char *path)
{
  g_assert_cmpint (g_mkdir_with_parents (path, 0700), ==, 0);
}

static void
test_guarded_roots (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *above_home = g_path_get_dirname (g_get_home_dir ());
  g_autofree char *home_by_link = g_build_filename (fixture->base, "home-link", NULL);
  g_autofree char *home_with_dots = g_build_filename (g_get_home_dir (), "x", "..", NULL);
  g_autofree char *inside_home = g_build_filename (g_get_home_dir (), "x", NULL);

  make_folder (inside_home);
  g_assert_cmpint (symlink (g_get_home_dir (), home_by_link), ==, 0);

  assert_root_refused (fixture, "/");
  assert_root_refused (fixture, g_get_home_dir ());
  assert_root_refused (fixture, above_home);
  assert_root_refused (fixture, home_by_link);
  assert_root_refused (fixture, home_with_dots);

  have_gateway_name_root (fixture, inside_home);
  assert_serves (fixture, KEY, "[]");
}

static void
test_gangways_own_folders (WorkspaceFixture *fixture, gconstpointer data)
{
  const char *parents[] = { g_get_user_config_dir (), g_get_user_state_dir (), g_get_user_data_dir () };

  for (gsize i = 0; i < G_N_ELEMENTS (parents); i++)
    {
      g_autofree char *own = g_build_filename (parents[i], "gangway", NULL);
      g_autofree char *below = g_build_filename (own, "deep", "below", NULL);

      make_folder (parents[i]);
      assert_root_refused (fixture, parents[i]);
      make_folder (below);
      assert_root_refused (fixture, own);
      assert_root_refused (fixture, below);
    }
}

static void
test_folders_of_configuration (WorkspaceFixture *fixture, gconstpointer data)
{
  RelayAccount *other = relay_account_new ("other");
  g_autofree char *config = g_build_filename (fixture->base, "openclaw.json", NULL);

  g_free (fixture->context->openclaw->config_path);
  fixture->context->openclaw->config_path = g_strdup (config);
  assert_root_refused (fixture, fixture->base);
  have_gateway_name_root (fixture, fixture->root);
  assert_serves (fixture, KEY, "[]");

  other->platform_key_file = g_build_filename (fixture->outside, "keys", "platform.key", NULL);
  g_ptr_array_add (fixture->context->settings->accounts, other);
  assert_root_refused (fixture, fixture->outside);
  g_ptr_array_set_size (fixture->context->settings->accounts, 0);

  fixture->context->settings->filename = g_build_filename (fixture->root, "deep", "gangway.conf", NULL);
  assert_root_refused (fixture, fixture->root);
}

/* Wherever the configuration lies, its folder is known. */
static void
test_settings_know_their_file (void)
{
  g_autoptr (RelaySettings) settings = relay_settings_new_from_data ("[retry]\n", 8, "deep/gangway.conf", NULL);

  g_assert_nonnull (settings);
  g_assert_true (g_path_is_absolute (settings->filename));
  g_assert_true (g_str_has_suffix (settings->filename, "/deep/gangway.conf"));
}

static void
assert_gateway_may_name (WorkspaceFixture *fixture, const char *name, gboolean may)
{
  g_autofree char *folder = g_build_filename (fixture->context->openclaw->state_dir, name, NULL);

  make_folder (folder);
  have_gateway_name_root (fixture, folder);
  if (may)
    assert_serves (fixture, KEY, "[]");
  else
    assert_serve_refused (fixture, KEY, RELAY_ERROR_DENIED, refusal);
}

/* OpenClaw's own default is a folder in its state folder. */
static void
test_workspace_in_state (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *elsewhere = g_build_filename (fixture->context->openclaw->state_dir, "elsewhere", NULL);
  g_autofree char *link = g_build_filename (fixture->base, "workspace", NULL);

  assert_gateway_may_name (fixture, "workspace", TRUE);
  assert_gateway_may_name (fixture, "workspace-ann", TRUE);
  assert_gateway_may_name (fixture, "workspace/sub", TRUE);
  assert_gateway_may_name (fixture, "agents/main/workspace", TRUE);
  assert_gateway_may_name (fixture, "credentials", FALSE);
  assert_gateway_may_name (fixture, "agents/main/agent", FALSE);
  assert_gateway_may_name (fixture, "agents", FALSE);
  assert_gateway_may_name (fixture, "workspaces-of-old", FALSE);
  assert_gateway_may_name (fixture, "", FALSE);

  make_folder (elsewhere);
  g_assert_cmpint (symlink (elsewhere, link), ==, 0);
  have_gateway_name_root (fixture, link);
  assert_serve_refused (fixture, KEY, RELAY_ERROR_DENIED, refusal);

  fixture->context->account->workspace_root = g_strdup (elsewhere);
  assert_serves (fixture, KEY, "[]");
  g_free (fixture->context->account->workspace_root);
  fixture->context->account->workspace_root = g_strdup (fixture->context->openclaw->state_dir);
  assert_serve_refused (fixture, KEY, RELAY_ERROR_DENIED, refusal);
}

static void
test_root_by_link (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *link = g_build_filename (fixture->base, "link", NULL);
  g_autofree char *by_link = g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\"}", link);
  g_autofree char *by_target = g_strdup_printf ("{\"sessionKey\":\"agent:main:x\",\"path\":\"%s\"}", fixture->root);

  workspace_put (fixture, "a", "x");
  g_assert_cmpint (symlink (fixture->root, link), ==, 0);
  have_gateway_name_root (fixture, link);

  assert_serves (fixture, KEY, "[\"a\"]");
  assert_serves (fixture, by_link, "[\"a\"]");
  assert_serves (fixture, by_target, "[\"a\"]");
}

static void
on_served (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) payload = g_task_propagate_pointer (G_TASK (result), &error);
  guint *n_done = user_data;

  g_assert_no_error (error);
  g_assert_nonnull (payload);
  *n_done += 1;
}

static void
test_path_for_the_audit (WorkspaceFixture *fixture, gconstpointer data)
{
  static const RelayMethod method = { LS, NULL, "workspace", FALSE, relay_workspace_ls_async };
  g_autoptr (JsonNode) params = json_from_string ("{\"sessionKey\":\"agent:main:x\",\"path\":\" a\\u0007 \"}", NULL);
  RelayRequest request = { RELAY_METHOD_CONTEXT (fixture->context), &method, NULL, json_node_get_object (params), NULL };
  guint n_done = 0;

  relay_workspace_ls_async (&request, NULL, on_served, &n_done);
  g_assert_cmpstr (request.path, ==, "a\\u0007");
  while (n_done == 0)
    g_main_context_iteration (NULL, TRUE);
  g_free (request.path);
}

/* Many requests at once, on one context, all of them answered. */
static void
test_many_at_once (WorkspaceFixture *fixture, gconstpointer data)
{
  static const RelayMethod method = { LS, NULL, "workspace", FALSE, relay_workspace_ls_async };
  g_autoptr (JsonNode) params = json_from_string (KEY, NULL);
  guint n_done = 0;

  have_gateway_name_root (fixture, fixture->root);
  for (guint i = 0; i < 500; i++)
    {
      RelayRequest request = { RELAY_METHOD_CONTEXT (fixture->context), &method, NULL, json_node_get_object (params), NULL };

      relay_workspace_ls_async (&request, NULL, on_served, &n_done);
      g_free (request.path);
    }
  while (n_done < 500)
    g_main_context_iteration (NULL, TRUE);
}

/* Gives the tests folders of their own for all that lies in the home folder. */
static char *
isolate (void)
{
  char *home = g_dir_make_tmp ("gangway-home-XXXXXX", NULL);
  g_autofree char *config = g_build_filename (home, "config", NULL);
  g_autofree char *state = g_build_filename (home, "state", NULL);
  g_autofree char *share = g_build_filename (home, "share", NULL);

  g_assert_nonnull (home);
  g_setenv ("HOME", home, TRUE);
  g_setenv ("XDG_CONFIG_HOME", config, TRUE);
  g_setenv ("XDG_STATE_HOME", state, TRUE);
  g_setenv ("XDG_DATA_HOME", share, TRUE);

  return home;
}

static void
test_processes_are_refused (WorkspaceFixture *fixture, gconstpointer unused)
{
  assert_root_refused (fixture, "/proc");
  assert_root_refused (fixture, "/proc/self");
  assert_root_refused (fixture, "/proc/self/task");
}

/* The platform-key of another account may be there. */
static void
test_credentials_are_refused (WorkspaceFixture *fixture, gconstpointer unused)
{
  g_autofree char *credentials = workspace_path (fixture, "above/credentials");
  g_autofree char *above = workspace_path (fixture, "above");

  workspace_make_folder (fixture, "above/credentials");
  g_setenv ("CREDENTIALS_DIRECTORY", credentials, TRUE);
  assert_root_refused (fixture, credentials);
  assert_root_refused (fixture, above);
  g_unsetenv ("CREDENTIALS_DIRECTORY");
}

/* What a platform could write there would be run by the user's next command, and what it could read may be a password. */
static void
test_version_control_is_refused (WorkspaceFixture *fixture, gconstpointer data)
{
  g_autofree char *git = workspace_path (fixture, ".git");
  g_autofree char *hooks = workspace_path (fixture, ".git/hooks");
  g_autofree char *link = workspace_path (fixture, "link");

  workspace_make_folder (fixture, ".git/hooks");
  workspace_link (fixture, ".git/hooks", "link");
  assert_root_refused (fixture, git);
  assert_root_refused (fixture, hooks);
  assert_root_refused (fixture, link);
}

int
main (int argc, char *argv[])
{
  g_autofree char *home = isolate ();
  int result;

  g_test_init (&argc, &argv, NULL);

  g_test_add_func ("/workspace/W1/agent-of-session-key", test_agent_of_session_key);
  workspace_add_test ("/workspace/H8/users-choice-asks-no-gateway", test_users_choice);
  workspace_add_test ("/workspace/W1/gateways-answer", test_gateways_answer);
  workspace_add_test ("/workspace/W1/fallback", test_fallback);
  workspace_add_test ("/workspace/W1/cancelled-while-asking", test_cancelled_while_asking);
  workspace_add_test ("/workspace/W1/many-at-once", test_many_at_once);
  workspace_add_test ("/workspace/W2/guarded-roots", test_guarded_roots);
  workspace_add_test ("/workspace/W2/gangways-own-folders", test_gangways_own_folders);
  workspace_add_test ("/workspace/W2/folders-of-configuration", test_folders_of_configuration);
  g_test_add_func ("/workspace/W2/settings-know-their-file", test_settings_know_their_file);
  workspace_add_test ("/workspace/W2/workspace-in-state", test_workspace_in_state);
  workspace_add_test ("/workspace/W10/root-by-link", test_root_by_link);
  workspace_add_test ("/workspace/W11/session-key", test_session_key_errors);
  workspace_add_test ("/workspace/W11/agent", test_agent_errors);
  workspace_add_test ("/workspace/W11/root", test_root_errors);
  workspace_add_test ("/workspace/W11/path", test_path_errors);
  workspace_add_test ("/workspace/W11/path-for-the-audit", test_path_for_the_audit);
  workspace_add_test ("/workspace/W2/processes-are-refused", test_processes_are_refused);
  workspace_add_test ("/workspace/W2/version-control-is-refused", test_version_control_is_refused);
  workspace_add_test ("/workspace/W2/credentials-are-refused", test_credentials_are_refused);

  result = g_test_run ();
  workspace_remove (home);
  return result;
}
