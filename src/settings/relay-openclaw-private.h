/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <json-glib/json-glib.h>

#include "settings/relay-openclaw.h"

G_BEGIN_DECLS

/* What is known while OpenClaw's configuration is read; only the files of this module see it. */
typedef struct {
  GHashTable *env;      /* (owned) (element-type utf8 utf8) Gangway's environment, then .env, then the `env` section */
  char *given_token;    /* (owned) (nullable) OPENCLAW_GATEWAY_TOKEN of Gangway's own environment; secret */
  char *given_password; /* (owned) (nullable) OPENCLAW_GATEWAY_PASSWORD of Gangway's own environment; secret */
  char *home;           /* (owned) what `~` stands for */
  char *state_dir;      /* (owned) */
  char *config_path;    /* (owned) */
  JsonObject *config;   /* (owned) (nullable) with everything included; strings are as written */
  GPtrArray *files;     /* (owned) (element-type filename) each once, in the order of looking */
} RelayOpenclawLoad;

/**
 * RelayOpenclawFileFlags:
 * @RELAY_OPENCLAW_FILE_ANY: any regular file
 * @RELAY_OPENCLAW_FILE_ONE_LINK: no hard link beside it
 * @RELAY_OPENCLAW_FILE_PRIVATE: no symbolic link, no hard link beside it, owned by the user, closed to all others
 *
 * What OpenClaw demands of a file before it believes it.
 */
typedef enum {
  RELAY_OPENCLAW_FILE_ANY,
  RELAY_OPENCLAW_FILE_ONE_LINK,
  RELAY_OPENCLAW_FILE_PRIVATE,
} RelayOpenclawFileFlags;

/* relay-openclaw-file.c */
char       *relay_openclaw_read_file        (RelayOpenclawLoad       *load,
                                             const char              *path,
                                             gsize                    max_bytes,
                                             RelayOpenclawFileFlags   flags,
                                             gboolean                *missing,
                                             GError                 **error);
void        relay_openclaw_add_file         (RelayOpenclawLoad       *load,
                                             const char              *path);
gboolean    relay_openclaw_file_exists      (RelayOpenclawLoad       *load,
                                             const char              *path);
char       *relay_openclaw_display_path     (RelayOpenclawLoad       *load,
                                             const char              *path);

/* relay-openclaw-env.c */
GHashTable *relay_openclaw_env_new          (const char * const      *environ_);
const char *relay_openclaw_env_get          (RelayOpenclawLoad       *load,
                                             const char              *name);
void        relay_openclaw_env_add_dotenv   (RelayOpenclawLoad       *load,
                                             const char              *text);
void        relay_openclaw_env_add_config   (RelayOpenclawLoad       *load);
char       *relay_openclaw_env_substitute   (RelayOpenclawLoad       *load,
                                             const char              *value,
                                             char                   **missing);
char       *relay_openclaw_trim             (const char              *text);

/* relay-openclaw-places.c */
void        relay_openclaw_find_places      (RelayOpenclawLoad       *load,
                                             const char              *config_path);
char       *relay_openclaw_resolve_path     (RelayOpenclawLoad       *load,
                                             const char              *path);
char       *relay_openclaw_dup_workspace    (RelayOpenclawLoad       *load);
guint       relay_openclaw_find_port        (RelayOpenclawLoad       *load);

/* relay-openclaw-include.c */
JsonNode   *relay_openclaw_resolve_includes (RelayOpenclawLoad       *load,
                                             JsonNode                *root,
                                             GError                 **error);

/* relay-openclaw-secret.c */
char       *relay_openclaw_resolve_setting  (RelayOpenclawLoad       *load,
                                             const char              *setting,
                                             GError                 **error);
void        relay_openclaw_find_secret      (RelayOpenclawLoad       *load,
                                             RelayOpenclaw           *openclaw);

/* relay-openclaw-agents.c */
void        relay_openclaw_find_agents      (RelayOpenclawLoad       *load,
                                             RelayOpenclaw           *openclaw);
char       *relay_openclaw_normalize_id     (const char              *id);

/* relay-openclaw.c */
gboolean    relay_openclaw_load_config      (RelayOpenclawLoad       *load,
                                             const char              *config_path,
                                             const char * const      *environ_,
                                             GError                 **error);
void        relay_openclaw_load_clear       (RelayOpenclawLoad       *load);
JsonNode   *relay_openclaw_get              (RelayOpenclawLoad       *load,
                                             const char              *path);
JsonObject *relay_openclaw_get_object       (RelayOpenclawLoad       *load,
                                             const char              *path);
char       *relay_openclaw_dup_text         (RelayOpenclawLoad       *load,
                                             JsonNode                *node);
gboolean    relay_openclaw_equal            (const RelayOpenclaw     *self,
                                             const RelayOpenclaw     *other);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (RelayOpenclawLoad, relay_openclaw_load_clear)

G_END_DECLS
