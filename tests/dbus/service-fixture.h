/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <gio/gio.h>

#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"

G_BEGIN_DECLS

#define SERVICE_BUS_NAME "dev.gangway.Relay1"
#define SERVICE_PATH "/dev/gangway/Relay1"
#define SERVICE_MANAGER "dev.gangway.Relay1.Manager"
#define SERVICE_SESSION "dev.gangway.Relay1.Session"

#define SERVICE_KEY "platform-key-in-the-test"
#define SERVICE_TOKEN "gateway-token-in-the-test"

/**
 * ServiceFixture:
 *
 * A private bus that starts the freshly built gangwayd from a service file of the build tree, with a configuration of its own
 * that names a fake gateway and two fake platforms.
 */
typedef struct {
  char *dir;                   /* (owned) */
  GStrv environ_;              /* (owned) of the bus, the service and the command line */
  char *config_file;           /* (owned) */
  GSubprocess *bus;            /* (owned) */
  GDBusConnection *connection; /* (owned) */
  FakeGateway *gateway;        /* (owned) */
  FakePlatform *platform;      /* (owned) */
  FakePlatform *platform2;     /* (owned) */
  guint subscription_ids[2];
  GPtrArray *changes;          /* (owned) (element-type GVariant) `(osa{sv})`: every change signal so far */
  GPtrArray *activities;       /* (owned) (element-type GVariant) `(ssss)`: every activity so far */
} ServiceFixture;

typedef void (*ServiceTestFunc) (ServiceFixture *self, gconstpointer data);

void      service_fixture_set_up      (ServiceFixture *self,
                                       gconstpointer   data);
void      service_fixture_tear_down   (ServiceFixture *self,
                                       gconstpointer   data);

#define service_test_add(path, func)                                                                                        \
  g_test_add (path, ServiceFixture, NULL, service_fixture_set_up, func, service_fixture_tear_down)

/* Settings */
char     *service_account             (const char     *id,
                                       FakePlatform   *platform,
                                       const char     *more);
void      service_configure           (ServiceFixture *self,
                                       const char     *accounts);
void      service_configure_raw       (ServiceFixture *self,
                                       const char     *text);

/* The service on the bus; a call starts it */
GVariant *service_call                (ServiceFixture *self,
                                       const char     *path,
                                       const char     *interface,
                                       const char     *method,
                                       GVariant       *parameters,
                                       GError        **error);
GVariant *service_call_manager        (ServiceFixture *self,
                                       const char     *method);
GVariant *service_call_session        (ServiceFixture *self,
                                       const char     *account_id,
                                       const char     *method);
void      service_start               (ServiceFixture *self);
void      service_stop                (ServiceFixture *self);
gboolean  service_is_running          (ServiceFixture *self);
char     *service_dup_pid             (ServiceFixture *self);
GVariant *service_get                 (ServiceFixture *self,
                                       const char     *account_id,
                                       const char     *property);
guint64   service_get_uint64          (ServiceFixture *self,
                                       const char     *account_id,
                                       const char     *property);
gboolean  service_property_is         (ServiceFixture *self,
                                       const char     *account_id,
                                       const char     *property,
                                       const char     *value);
gboolean  service_manager_property_is (ServiceFixture *self,
                                       const char     *property,
                                       const char     *value);
gboolean  service_has_account         (ServiceFixture *self,
                                       const char     *account_id);

#define service_wait_for_state(self, account_id, state)                                                                     \
  fake_wait_until (service_property_is ((self), (account_id), "State", (state)))

void      service_setenv              (ServiceFixture *self,
                                       const char     *name,
                                       const char     *value);
void      service_end_bus             (ServiceFixture *self);

/* Programs of the build tree, in the fixture's environment; they end with the test */
typedef struct {
  GSubprocess *subprocess; /* (owned) */
  gboolean ended;
  int exit_code;
  char *output; /* (owned) (nullable) until it ended: what it wrote to standard output */
  char *errors; /* (owned) (nullable) likewise to standard error */
} Program;

GSubprocessLauncher *
          program_launcher_new        (ServiceFixture    *self,
                                       GSubprocessFlags   flags);
Program  *program_start               (ServiceFixture    *self,
                                       const char *const *argv,
                                       GSubprocessFlags   flags);
int       program_wait                (Program           *self);
void      program_free                (Program           *self);
Program  *program_run                 (ServiceFixture    *self,
                                       const char *const *argv);

#define program_run_gangway(self, ...) program_run ((self), (const char *const[]){ GANGWAY, __VA_ARGS__, NULL })
#define program_start_gangwayd(self, ...)                                                                                   \
  program_start ((self), (const char *const[]){ GANGWAYD, __VA_ARGS__, NULL }, G_SUBPROCESS_FLAGS_STDERR_PIPE)

G_DEFINE_AUTOPTR_CLEANUP_FUNC (Program, program_free)

void service_start_connected (ServiceFixture *self);
void service_start_retrying (ServiceFixture *self);

G_END_DECLS
