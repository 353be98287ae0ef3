/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"

G_BEGIN_DECLS

/* The longest that the demo waits for anything; the real gateway takes its time over its first chat. */
#define STAGE_WAIT_S 10
#define STAGE_WAIT_REAL_S 60

/**
 * Stage:
 *
 * The players: a gateway (or the real one), a platform, a message bus of their own, and gangwayd between them, in a folder that
 * the caller removes.
 */
typedef struct {
  const char *build;    /* (unowned) the folder in which Gangway was built */
  const char *folder;   /* (unowned) everything is written below it */
  const char *openclaw; /* (unowned) (nullable) the folder of a real gateway that runs */

  char *key;             /* (owned) the platform's key */
  char *token;           /* (owned) the gateway's token */
  char *workspace;       /* (owned) where the agent's files lie */
  FakeGateway *gateway;  /* (owned) (nullable) */
  FakePlatform *platform; /* (owned) */
  GSubprocess *bus_daemon; /* (owned) (nullable) */
  char *bus_address;     /* (owned) */
  GDBusConnection *bus;  /* (owned) */
  GSubprocess *daemon;   /* (owned) (nullable) gangwayd */
  GHashTable *properties; /* (owned) (element-type utf8 GVariant) the account's, as last signalled */
  gboolean is_interrupted;
  guint interrupt_sources[3];
} Stage;

typedef gboolean (*StageCondition) (Stage *self, gpointer user_data);

gboolean    stage_set_up       (Stage          *self);
void        stage_clear        (Stage          *self);
gboolean    stage_start_daemon (Stage          *self);
gboolean    stage_run_gangway  (Stage          *self,
                                const char     *command);
gboolean    stage_wait         (Stage          *self,
                                StageCondition  condition,
                                gpointer        user_data,
                                const char     *what);
void        stage_pause        (Stage          *self,
                                guint           delay_ms);
FakeMessage *stage_request     (Stage          *self,
                                const char     *method,
                                const char     *params_json);
const char *stage_get_string   (Stage          *self,
                                const char     *property);
gint64      stage_get_time_ms  (Stage          *self,
                                const char     *property);
gboolean    stage_state_is     (Stage          *self,
                                gpointer        state);
void        stage_show_log     (Stage          *self);

G_END_DECLS
