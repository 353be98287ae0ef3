/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "settings/relay-openclaw-private.h"

#include <stdlib.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-text.h"
#include "settings/relay-json5.h"

#define DEFAULT_PROVIDER "default"
#define DEFAULT_MAX_FILE_BYTES (1024 * 1024)
#define MAX_FILE_BYTES (8 * 1024 * 1024)
#define MAX_NAME_LENGTH 128
#define TOKEN_PATH "gateway.auth.token"
#define PASSWORD_PATH "gateway.auth.password"

/* What a setting's value says of where the secret is. */
typedef struct {
  const char *source; /* (unowned) env, file, exec or store */
  char *provider;     /* (owned) */
  char *id;           /* (owned) */
} Reference;

static void
reference_clear (Reference *self)
{
  g_free (self->provider);
  g_free (self->id);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (Reference, reference_clear)

static void set_error (RelayOpenclawLoad *load, const char *setting, GError **error, const char *format, ...)
    G_GNUC_PRINTF (4, 5);

/* A message that begins with the setting and its file, and ends with what helps in any case. */
static void
set_error (RelayOpenclawLoad *load, const char *setting, GError **error, const char *format, ...)
{
  g_autofree char *shown = relay_openclaw_display_path (load, load->config_path);
  g_autofree char *problem = NULL;
  va_list args;

  va_start (args, format);
  problem = g_strdup_vprintf (format, args);
  va_end (args);
  g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "%s in %s %s: set [gateway] token in gangway.conf or %s",
               setting, shown, problem,
               g_str_has_suffix (setting, "password") ? "OPENCLAW_GATEWAY_PASSWORD" : "OPENCLAW_GATEWAY_TOKEN");
}

static gboolean
is_variable_name (const char *name)
{
  gsize length = strlen (name);

  return length >= 1 && length <= MAX_NAME_LENGTH && g_ascii_isupper (name[0]) &&
         strspn (name, G_CSET_A_2_Z G_CSET_DIGITS "_") == length;
}

/* The object in secrets.providers that a reference names, if it is one for its source. */
static JsonObject *
find_provider (RelayOpenclawLoad *load, const Reference *reference)
{
  JsonObject *providers = relay_openclaw_get_object (load, "secrets.providers");
  JsonNode *node = providers != NULL ? json_object_get_member (providers, reference->provider) : NULL;
  g_autofree char *source = NULL;

  if (node == NULL || !JSON_NODE_HOLDS_OBJECT (node))
    return NULL;

  source = relay_openclaw_dup_text (load, json_object_get_member (json_node_get_object (node), "source"));
  return g_strcmp0 (source, reference->source) == 0 ? json_node_get_object (node) : NULL;
}

/* The provider that a reference means if it names none, and which for env needs no entry of its own. */
static char *
dup_default_provider (RelayOpenclawLoad *load, const char *source)
{
  g_autofree char *path = g_strconcat ("secrets.defaults.", source, NULL);
  g_autofree char *name = relay_openclaw_dup_text (load, relay_openclaw_get (load, path));

  return name != NULL ? g_steal_pointer (&name) : g_strdup (DEFAULT_PROVIDER);
}

static gboolean
is_allowlisted (JsonObject *provider, const char *name)
{
  JsonNode *node = provider != NULL ? json_object_get_member (provider, "allowlist") : NULL;
  JsonArray *names;

  if (node == NULL || !JSON_NODE_HOLDS_ARRAY (node))
    return TRUE;

  names = json_node_get_array (node);
  for (guint i = 0; i < json_array_get_length (names); i++)
    {
      JsonNode *element = json_array_get_element (names, i);

      if (JSON_NODE_HOLDS_VALUE (element) && g_strcmp0 (json_node_get_string (element), name) == 0)
        return TRUE;
    }

  return FALSE;
}

static char *
resolve_env (RelayOpenclawLoad *load, const char *setting, const Reference *reference, GError **error)
{
  JsonObject *provider = find_provider (load, reference);
  g_autofree char *builtin = dup_default_provider (load, "env");
  g_autofree char *shown = relay_text_clean (reference->provider, -1, RELAY_TEXT_MAX_NAME, NULL);
  const char *value;

  if (!is_variable_name (reference->id))
    set_error (load, setting, error, "is an env secret reference whose id is not the name of a variable");
  else if (provider == NULL && !g_str_equal (reference->provider, builtin))
    set_error (load, setting, error, "is an env secret reference, but secrets.providers has no env provider %s", shown);
  else if (!is_allowlisted (provider, reference->id))
    set_error (load, setting, error, "refers to the variable %s, which is not in secrets.providers.%s.allowlist",
               reference->id, shown);
  else if ((value = relay_openclaw_env_get (load, reference->id)) == NULL)
    set_error (load, setting, error,
               "refers to the variable %s, which is not set in Gangway's environment or in OpenClaw's .env", reference->id);
  else
    return relay_openclaw_trim (value);

  return NULL;
}

static char *
decode_pointer_token (const char *token)
{
  g_autoptr (GString) decoded = g_string_new (token);

  g_string_replace (decoded, "~1", "/", 0);
  g_string_replace (decoded, "~0", "~", 0);
  return g_string_free (g_steal_pointer (&decoded), FALSE);
}

/* A canonical array index below @length; -1 if it is none. */
static gint
parse_index (const char *token, guint length)
{
  guint64 index;

  if ((token[0] == '0' && token[1] != '\0') || length == 0 ||
      !g_ascii_string_to_unsigned (token, 10, 0, length - 1, &index, NULL))
    return -1;

  return (gint) index;
}

/* Follows an absolute JSON pointer (RFC 6901). */
static JsonNode *
follow_pointer (JsonNode *node, const char *pointer)
{
  g_auto (GStrv) tokens = g_strsplit (pointer + 1, "/", -1);

  for (gsize i = 0; node != NULL && tokens[i] != NULL; i++)
    {
      g_autofree char *token = decode_pointer_token (tokens[i]);

      if (JSON_NODE_HOLDS_ARRAY (node))
        {
          JsonArray *array = json_node_get_array (node);
          gint index = parse_index (token, json_array_get_length (array));

          node = index >= 0 ? json_array_get_element (array, (guint) index) : NULL;
        }
      else
        {
          node = JSON_NODE_HOLDS_OBJECT (node) ? json_object_get_member (json_node_get_object (node), token) : NULL;
        }
    }

  return node;
}

/* What a secret file of many secrets has at @pointer. JSON5 takes all that JSON does; OpenClaw refuses the rest. */
static char *
read_pointer (RelayOpenclawLoad *load, const char *setting, const char *text, const char *pointer, GError **error)
{
  g_autoptr (JsonNode) root = relay_json5_parse (text, strlen (text), NULL);
  JsonNode *node = NULL;

  if (root == NULL || !JSON_NODE_HOLDS_OBJECT (root))
    {
      set_error (load, setting, error, "is a file secret reference, but the file holds no JSON object");
      return NULL;
    }

  if (pointer[0] == '/')
    node = follow_pointer (root, pointer);
  if (node == NULL || !JSON_NODE_HOLDS_VALUE (node) || json_node_get_string (node) == NULL)
    {
      set_error (load, setting, error, "is a file secret reference, but the file has no text where its id points");
      return NULL;
    }

  return relay_openclaw_trim (json_node_get_string (node));
}

static char *
read_single_value (RelayOpenclawLoad *load, const char *setting, const char *text, const char *id, GError **error)
{
  if (!g_str_equal (id, "value"))
    {
      set_error (load, setting, error, "refers to a file of one secret, whose id must be \"value\"");
      return NULL;
    }

  return relay_openclaw_trim (text);
}

static gsize
find_max_bytes (JsonObject *provider)
{
  JsonNode *node = json_object_get_member (provider, "maxBytes");
  double number = node != NULL && JSON_NODE_HOLDS_VALUE (node) ? json_node_get_double (node) : 0;

  return number >= 1 ? (gsize) MIN (number, MAX_FILE_BYTES) : DEFAULT_MAX_FILE_BYTES;
}

static char *
resolve_file (RelayOpenclawLoad *load, const char *setting, const Reference *reference, GError **error)
{
  JsonObject *provider = find_provider (load, reference);
  g_autofree char *written =
      provider != NULL ? relay_openclaw_dup_text (load, json_object_get_member (provider, "path")) : NULL;
  g_autofree char *mode =
      provider != NULL ? relay_openclaw_dup_text (load, json_object_get_member (provider, "mode")) : NULL;
  g_autofree char *shown = relay_text_clean (reference->provider, -1, RELAY_TEXT_MAX_NAME, NULL);
  g_autofree char *path = NULL;
  g_autofree char *text = NULL;
  g_autofree char *secret = NULL;
  g_autoptr (GError) local_error = NULL;

  if (written == NULL)
    {
      set_error (load, setting, error, "is a file secret reference, but secrets.providers has no file provider %s", shown);
      return NULL;
    }

  path = relay_openclaw_resolve_path (load, written);
  text = relay_openclaw_read_file (load, path, find_max_bytes (provider), RELAY_OPENCLAW_FILE_PRIVATE, NULL, &local_error);
  if (text == NULL)
    {
      set_error (load, setting, error, "is a file secret reference (%s)", local_error->message);
      return NULL;
    }

  if (g_strcmp0 (mode, "singleValue") == 0)
    secret = read_single_value (load, setting, text, reference->id, error);
  else
    secret = read_pointer (load, setting, text, reference->id, error);
  if (secret != NULL && *secret == '\0')
    {
      set_error (load, setting, error, "is a file secret reference to an empty secret");
      return NULL;
    }

  return g_steal_pointer (&secret);
}

static char *
resolve_reference (RelayOpenclawLoad *load, const char *setting, const Reference *reference, GError **error)
{
  if (g_str_equal (reference->source, "env"))
    return resolve_env (load, setting, reference, error);
  if (g_str_equal (reference->source, "file"))
    return resolve_file (load, setting, reference, error);

  set_error (load, setting, error, "is %s %s secret reference, which Gangway cannot resolve",
             g_str_equal (reference->source, "exec") ? "an" : "a", reference->source);
  return NULL;
}

/* Reads {source, provider, id}. */
static gboolean
read_reference (RelayOpenclawLoad *load, JsonObject *object, Reference *reference)
{
  static const char *const sources[] = { "env", "file", "exec", "store", NULL };
  g_autofree char *source = relay_openclaw_dup_text (load, json_object_get_member (object, "source"));

  for (gsize i = 0; source != NULL && sources[i] != NULL; i++)
    {
      if (g_str_equal (source, sources[i]))
        reference->source = sources[i];
    }
  reference->id = relay_openclaw_dup_text (load, json_object_get_member (object, "id"));
  reference->provider = relay_openclaw_dup_text (load, json_object_get_member (object, "provider"));
  if (reference->provider == NULL && reference->source != NULL)
    reference->provider = dup_default_provider (load, reference->source);

  return reference->source != NULL && reference->id != NULL;
}

static char *
resolve_text (RelayOpenclawLoad *load, const char *setting, const char *text, GError **error)
{
  g_autofree char *trimmed = relay_openclaw_trim (text);
  g_autofree char *missing = NULL;
  g_autofree char *value = NULL;
  g_autofree char *secret = NULL;

  /* "$NAME" is short for a reference to a variable; in the midst of a text it is just text. */
  if (trimmed[0] == '$' && is_variable_name (trimmed + 1))
    {
      g_auto (Reference) reference = { "env", dup_default_provider (load, "env"), g_strdup (trimmed + 1) };

      return resolve_reference (load, setting, &reference, error);
    }

  value = relay_openclaw_env_substitute (load, text, &missing);
  secret = relay_openclaw_trim (value);
  if (missing == NULL)
    return g_steal_pointer (&secret);

  set_error (load, setting, error, "uses ${%s}, which is not set in Gangway's environment or in OpenClaw's .env", missing);
  return NULL;
}

/**
 * relay_openclaw_resolve_setting:
 * @load: the load
 * @setting: names of members with dots between them
 * @error: return location for an error
 *
 * Finds the secret that a setting holds or refers to.
 *
 * Returns: (transfer full) (nullable): %NULL without an error if it is not set, with %RELAY_ERROR_BAD_SETTINGS if the secret
 *   cannot be had
 */
char *
relay_openclaw_resolve_setting (RelayOpenclawLoad *load, const char *setting, GError **error)
{
  JsonNode *node = relay_openclaw_get (load, setting);
  g_auto (Reference) reference = { NULL };
  g_autofree char *secret = NULL;

  if (node == NULL || JSON_NODE_HOLDS_NULL (node))
    return NULL;

  if (JSON_NODE_HOLDS_VALUE (node) && json_node_get_string (node) != NULL)
    {
      secret = resolve_text (load, setting, json_node_get_string (node), error);
      return secret != NULL && *secret != '\0' ? g_steal_pointer (&secret) : NULL;
    }

  if (JSON_NODE_HOLDS_OBJECT (node) && read_reference (load, json_node_get_object (node), &reference))
    return resolve_reference (load, setting, &reference, error);

  set_error (load, setting, error, "is neither text nor a secret reference");
  return NULL;
}

/* Whether a setting holds anything, resolvable or not. */
static gboolean
is_configured (RelayOpenclawLoad *load, const char *setting)
{
  g_autoptr (GError) error = NULL;
  g_autofree char *secret = relay_openclaw_resolve_setting (load, setting, &error);

  return secret != NULL || error != NULL;
}

static char *
dup_variable (RelayOpenclawLoad *load, const char *name)
{
  const char *value = relay_openclaw_env_get (load, name);

  return value != NULL ? relay_openclaw_trim (value) : NULL;
}

/*
 * The first that is there: Gangway's own environment, the setting, what .env or the `env` section set, the setting for
 * clients of a gateway elsewhere. (The gateway itself believes the setting before the environment; who sets the variable
 * for Gangway means it.)
 */
static void
find_by_setting (RelayOpenclawLoad *load, RelayOpenclaw *openclaw, const char *setting, const char *given,
                 const char *variable, const char *remote_setting)
{
  gboolean has_no_file = load->config == NULL && openclaw->error == NULL;
  g_autoptr (GError) error = NULL;

  openclaw->secret = g_strdup (given);
  if (openclaw->secret == NULL)
    openclaw->secret = relay_openclaw_resolve_setting (load, setting, &error);
  if (openclaw->secret == NULL && error == NULL)
    openclaw->secret = dup_variable (load, variable);
  if (openclaw->secret == NULL && error == NULL && remote_setting != NULL)
    openclaw->secret = relay_openclaw_resolve_setting (load, remote_setting, &error);
  if (openclaw->secret == NULL && error == NULL)
    set_error (load, setting, &error, has_no_file ? "is not set, as there is no such file" : "is not set");

  openclaw->secret_error = g_steal_pointer (&error);
}

static void
find_token (RelayOpenclawLoad *load, RelayOpenclaw *openclaw)
{
  openclaw->auth = RELAY_OPENCLAW_AUTH_TOKEN;
  find_by_setting (load, openclaw, TOKEN_PATH, load->given_token, "OPENCLAW_GATEWAY_TOKEN", "gateway.remote.token");
}

static void
find_password (RelayOpenclawLoad *load, RelayOpenclaw *openclaw, const char *remote_setting)
{
  openclaw->auth = RELAY_OPENCLAW_AUTH_PASSWORD;
  find_by_setting (load, openclaw, PASSWORD_PATH, load->given_password, "OPENCLAW_GATEWAY_PASSWORD", remote_setting);
}

/* Who comes without the proxy, from this machine, is let in with the password if there is one. */
static void
find_password_beside_proxy (RelayOpenclawLoad *load, RelayOpenclaw *openclaw)
{
  find_password (load, openclaw, NULL);
  if (openclaw->secret == NULL && !is_configured (load, PASSWORD_PATH))
    {
      g_clear_error (&openclaw->secret_error);
      set_error (load, "gateway.auth.mode", &openclaw->secret_error,
                 "is trusted-proxy, and without a gateway.auth.password the gateway lets in nobody else");
    }
}

/* Without gateway.auth.mode a password decides, wherever it comes from; two secrets in the file stop the gateway. */
static void
infer_mode (RelayOpenclawLoad *load, RelayOpenclaw *openclaw)
{
  gboolean has_password = is_configured (load, PASSWORD_PATH);

  if (has_password && is_configured (load, TOKEN_PATH))
    {
      openclaw->auth = RELAY_OPENCLAW_AUTH_TOKEN;
      openclaw->secret = g_strdup (load->given_token);
      if (openclaw->secret == NULL)
        set_error (load, "gateway.auth.mode", &openclaw->secret_error,
                   "is not set, though there are both a token and a password (the gateway does not start so)");
    }
  else if (has_password || relay_openclaw_env_get (load, "OPENCLAW_GATEWAY_PASSWORD") != NULL)
    {
      find_password (load, openclaw, NULL);
    }
  else
    {
      find_token (load, openclaw);
    }
}

/**
 * relay_openclaw_find_secret:
 * @load: the load, with the configuration read
 * @openclaw: what gets @auth, and @secret or @secret_error
 *
 * Finds out how the gateway wants to be greeted, and with which secret.
 */
void
relay_openclaw_find_secret (RelayOpenclawLoad *load, RelayOpenclaw *openclaw)
{
  g_autofree char *mode = relay_openclaw_dup_text (load, relay_openclaw_get (load, "gateway.auth.mode"));

  if (mode == NULL)
    infer_mode (load, openclaw);
  else if (g_str_equal (mode, "none"))
    openclaw->auth = RELAY_OPENCLAW_AUTH_NONE;
  else if (g_str_equal (mode, "password"))
    find_password (load, openclaw, "gateway.remote.password");
  else if (g_str_equal (mode, "trusted-proxy"))
    find_password_beside_proxy (load, openclaw);
  else if (g_str_equal (mode, "token"))
    find_token (load, openclaw);
  else
    {
      openclaw->auth = RELAY_OPENCLAW_AUTH_TOKEN;
      set_error (load, "gateway.auth.mode", &openclaw->secret_error, "is none that Gangway knows (none, token, password)");
    }
}
