/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "settings/relay-openclaw.h"

G_BEGIN_DECLS

/* A home folder of its own, and the environment to believe in. */
typedef struct {
  char *home;     /* (owned) */
  GStrv environ_; /* (owned) */
} OpenclawFixture;

#define OPENCLAW_FIXTURE_ADD(path, func)                                                                                    \
  g_test_add (path, OpenclawFixture, NULL, openclaw_fixture_set_up, func, openclaw_fixture_tear_down)

void           openclaw_fixture_set_up              (OpenclawFixture   *self,
                                                     gconstpointer      data);
void           openclaw_fixture_tear_down           (OpenclawFixture   *self,
                                                     gconstpointer      data);

void           openclaw_fixture_remove_tree         (const char        *path);
char          *openclaw_fixture_in_home             (OpenclawFixture   *self,
                                                     const char        *name);
void           openclaw_fixture_write_file          (OpenclawFixture   *self,
                                                     const char        *name,
                                                     const char        *text);
void           openclaw_fixture_write_config        (OpenclawFixture   *self,
                                                     const char        *text);
void           openclaw_fixture_set_env             (OpenclawFixture   *self,
                                                     const char        *name,
                                                     const char        *value);

RelayOpenclaw *openclaw_fixture_load                (OpenclawFixture   *self);
gboolean       openclaw_fixture_watches             (OpenclawFixture   *self,
                                                     RelayOpenclaw     *openclaw,
                                                     const char        *name);

void           openclaw_fixture_assert_path         (OpenclawFixture   *self,
                                                     const char        *path,
                                                     const char        *expected);
void           openclaw_fixture_assert_workspace    (OpenclawFixture   *self,
                                                     RelayOpenclaw     *openclaw,
                                                     const char        *id,
                                                     const char        *expected);
void           openclaw_fixture_assert_error        (const GError      *error,
                                                     const char        *message);
void           openclaw_fixture_assert_secret       (OpenclawFixture   *self,
                                                     RelayOpenclawAuth  auth,
                                                     const char        *secret);
void           openclaw_fixture_assert_secret_error (OpenclawFixture   *self,
                                                     const char        *message);
void           openclaw_fixture_assert_config_error (OpenclawFixture   *self,
                                                     const char        *message);

G_END_DECLS
