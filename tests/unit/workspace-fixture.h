/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fake-method-context.h"
#include "methods/relay-workspace-job.h"

G_BEGIN_DECLS

/* Bytes that no answer and no file of a workspace may ever have. */
#define CANARY "canary-of-another-folder"

/**
 * WorkspaceFixture:
 * @base: a folder of the test's own
 * @root: the workspace, in it
 * @outside: a folder next to the workspace, with a file `secret.txt` that holds the canary
 * @context: whose account has @root as its workspace-root
 * @mode: how the sandbox works when an operation is run without its handler
 */
typedef struct {
  char *base;                 /* (owned) */
  char *root;                 /* (owned) */
  char *outside;              /* (owned) */
  FakeMethodContext *context; /* (owned) */
  RelaySandboxMode mode;
} WorkspaceFixture;

typedef void (*WorkspaceTest) (WorkspaceFixture *fixture, gconstpointer data);

void          workspace_fixture_set_up    (WorkspaceFixture *self,
                                           gconstpointer     mode);
void          workspace_fixture_tear_down (WorkspaceFixture *self,
                                           gconstpointer     mode);
void          workspace_add_test          (const char       *path,
                                           WorkspaceTest     test);
void          workspace_add_test_for_modes (const char      *path,
                                           WorkspaceTest     test);

void          workspace_remove            (const char       *folder);

char         *workspace_path              (WorkspaceFixture *self,
                                           const char       *name);
void          workspace_put               (WorkspaceFixture *self,
                                           const char       *name,
                                           const char       *content);
void          workspace_put_bytes         (WorkspaceFixture *self,
                                           const char       *name,
                                           gconstpointer     bytes,
                                           gsize             n_bytes);
void          workspace_make_folder       (WorkspaceFixture *self,
                                           const char       *name);
void          workspace_link              (WorkspaceFixture *self,
                                           const char       *target,
                                           const char       *name);
char         *workspace_get               (WorkspaceFixture *self,
                                           const char       *name);
guint         workspace_count_temporary   (WorkspaceFixture *self,
                                           const char       *folder);

RelaySandbox *workspace_open_sandbox      (WorkspaceFixture *self);
char         *workspace_run               (WorkspaceFixture *self,
                                           const RelayWorkspaceOperation *operation,
                                           const RelayWorkspaceJob       *job,
                                           GError          **error);
char         *workspace_serve             (WorkspaceFixture *self,
                                           const char       *method,
                                           const char       *params,
                                           GError          **error);

void          assert_answer               (const char       *answer,
                                           const GError     *error,
                                           const char       *expected);
void          assert_refused              (const char       *answer,
                                           const GError     *error,
                                           int               code,
                                           const char       *message);

G_END_DECLS
