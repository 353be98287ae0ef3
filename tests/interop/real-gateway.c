/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "real-gateway.h"

#include <unistd.h>

/**
 * real_gateway_new:
 * @auth: how it wants clients to prove themselves: `token`, `password` or `none`
 *
 * Returns: (transfer full): a gateway that does not run
 */
RealGateway *
real_gateway_new (const char *auth)
{
  g_autoptr (GError) error = NULL;
  RealGateway *self = g_new0 (RealGateway, 1);

  self->dir = g_dir_make_tmp ("gangway-openclaw-XXXXXX", &error);
  g_assert_no_error (error);
  self->auth = g_strdup (auth);
  return self;
}

/**
 * real_gateway_free:
 * @self: a gateway
 *
 * Ends it, and removes its folder.
 */
void
real_gateway_free (RealGateway *self)
{
  g_autoptr (Program) removal = NULL;

  real_gateway_wait_command (real_gateway_start_command (self, "stop"));
  removal = program_run (NULL, (const char *const[]){ "rm", "-rf", self->dir, NULL });

  g_free (self->dir);
  g_free (self->auth);
  g_free (self->secret);
  g_free (self);
}

/**
 * real_gateway_start_command:
 * @self: a gateway
 * @command: a command of `openclaw-gateway` that takes a folder
 *
 * Returns: (transfer full): the program, for real_gateway_wait_command()
 */
Program *
real_gateway_start_command (RealGateway *self, const char *command)
{
  g_autofree char *owner = g_strdup_printf ("%d", (int) getpid ());

  return program_start (NULL,
                        (const char *const[]){ OPENCLAW_GATEWAY, command, "--auth", self->auth, "--owner", owner, self->dir,
                                               NULL },
                        G_SUBPROCESS_FLAGS_STDOUT_PIPE);
}

/**
 * real_gateway_wait_command:
 * @command: (transfer full): what real_gateway_start_command() started
 *
 * Lets platforms work until it is done; a failure ends the test.
 */
void
real_gateway_wait_command (Program *command)
{
  g_assert_cmpint (program_wait (command), ==, 0);
  program_free (command);
}

static char *
real_gateway_read (RealGateway *self, const char *name)
{
  g_autofree char *path = real_gateway_get_path (self, name);
  g_autoptr (GError) error = NULL;
  char *contents = NULL;

  g_file_get_contents (path, &contents, NULL, &error);
  g_assert_no_error (error);
  return g_strstrip (contents);
}

static void
real_gateway_run_command (RealGateway *self, const char *command)
{
  g_autofree char *port = NULL;

  real_gateway_wait_command (real_gateway_start_command (self, command));
  g_free (self->secret);
  self->secret = real_gateway_read (self, "token");
  port = real_gateway_read (self, "port");
  self->port = (guint) g_ascii_strtoull (port, NULL, 10);
}

/**
 * real_gateway_prepare:
 * @self: a gateway
 *
 * Has its configuration, secret and port ready.
 */
void
real_gateway_prepare (RealGateway *self)
{
  real_gateway_run_command (self, "prepare");
}

/**
 * real_gateway_run:
 * @self: a gateway that does not run
 *
 * Returns when it is ready.
 */
void
real_gateway_run (RealGateway *self)
{
  real_gateway_run_command (self, "run");
}

/**
 * real_gateway_get_path:
 * @self: a gateway
 * @name: a file below its folder
 *
 * Returns: (transfer full): its path
 */
char *
real_gateway_get_path (const RealGateway *self, const char *name)
{
  return g_build_filename (self->dir, name, NULL);
}
