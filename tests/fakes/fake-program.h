/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-peer.h"

G_BEGIN_DECLS

typedef struct _FakeProgram FakeProgram;

/**
 * FakeCommand:
 * @name: the first word of the line
 * @args: (nullable): names of its arguments, for the help; the last takes the rest of the line
 * @run: does it; returns %FALSE if @args make no sense
 *
 * One command that a program takes on its standard input.
 */
typedef struct {
  const char *name;
  const char *args;
  gboolean (*run) (FakeProgram *program, char **args);
} FakeCommand;

/**
 * FakeProgram:
 * @peer: (unowned): the server that the program is
 * @commands: (unowned): its own commands, ended by one without a name
 *
 * A fake peer as a program: one line of JSON per happening on standard output, one command per line on standard input. It ends
 * with the end of its input.
 */
struct _FakeProgram {
  FakePeer *peer;
  const FakeCommand *commands;

  /*< private >*/
  GMainLoop *loop;
};

/**
 * FakeProgramOptions:
 *
 * What every such program can be started with.
 */
typedef struct {
  int port;
  char *address;
  char *tls;
} FakeProgramOptions;

void             fake_program_add_options      (GOptionContext     *context,
                                                FakeProgramOptions *options);
GTlsCertificate *fake_program_load_certificate (FakeProgramOptions *options);
int              fake_program_run              (FakeProgram        *self);
void             fake_program_print            (const char         *format,
                                                ...) G_GNUC_PRINTF (1, 2);
gboolean         fake_program_is_on            (const char         *word);

G_END_DECLS
