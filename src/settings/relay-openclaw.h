/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

G_BEGIN_DECLS

typedef enum {
  RELAY_OPENCLAW_AUTH_NONE,
  RELAY_OPENCLAW_AUTH_TOKEN,
  RELAY_OPENCLAW_AUTH_PASSWORD,
} RelayOpenclawAuth;

typedef struct {
  char *id;        /* (owned) normalised as OpenClaw does */
  char *workspace; /* (owned) absolute */
} RelayOpenclawAgent;

#define RELAY_TYPE_OPENCLAW (relay_openclaw_get_type ())

/**
 * RelayOpenclaw:
 *
 * What Gangway needs of OpenClaw's own configuration, as it was at one moment. Read-only and reference-counted.
 *
 * @error says why the configuration as a whole could not be read (the other members then hold OpenClaw's defaults);
 * @secret_error why the gateway's secret could not be resolved (it names the setting).
 */
typedef struct {
  char *config_path;          /* (owned) */
  char *state_dir;            /* (owned) */
  GError *error;              /* (owned) (nullable) RELAY_ERROR_BAD_SETTINGS */
  guint port;                 /* gateway.port, OPENCLAW_GATEWAY_PORT or 18789 */
  gboolean tls;               /* gateway.tls.enabled */
  char *url;                  /* (owned) ws://127.0.0.1:PORT or wss://127.0.0.1:PORT */
  RelayOpenclawAuth auth;
  char *secret;               /* (owned) (nullable) token or password, by @auth; secret */
  GError *secret_error;       /* (owned) (nullable) RELAY_ERROR_BAD_SETTINGS */
  char *default_agent;        /* (owned) id */
  GPtrArray *agents;          /* (owned) (element-type RelayOpenclawAgent) the known ones, with their derived workspaces */
  GStrv files;                /* (owned) all files that were read or looked for, to be watched */
} RelayOpenclaw;

GType                     relay_openclaw_get_type   (void);
RelayOpenclaw            *relay_openclaw_load       (const char     *config_path,
                                                     const char * const *environ_);
RelayOpenclaw            *relay_openclaw_ref        (RelayOpenclaw  *self);
void                      relay_openclaw_unref      (RelayOpenclaw  *self);
const RelayOpenclawAgent *relay_openclaw_find_agent (RelayOpenclaw  *self,
                                                     const char     *id);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelayOpenclaw, relay_openclaw_unref)

#define RELAY_TYPE_OPENCLAW_MONITOR (relay_openclaw_monitor_get_type ())
G_DECLARE_FINAL_TYPE (RelayOpenclawMonitor, relay_openclaw_monitor, RELAY, OPENCLAW_MONITOR, GObject)

/*
 * Loads OpenClaw's configuration in a thread and again, debounced by 250 ms, whenever a file it consists of changes.
 * Signal: changed (RelayOpenclaw *openclaw), also after the first load.
 */
RelayOpenclawMonitor *relay_openclaw_monitor_new          (const char           *config_path);
RelayOpenclaw        *relay_openclaw_monitor_get_openclaw (RelayOpenclawMonitor *self);
void                  relay_openclaw_monitor_reload       (RelayOpenclawMonitor *self);

G_END_DECLS
