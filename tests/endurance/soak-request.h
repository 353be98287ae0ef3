/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "fakes/fake-connection.h"

G_BEGIN_DECLS

/**
 * SoakRequest:
 * @id: (owned): its id on the wire
 * @method: its method
 * @connection: (unowned): where it was sent
 *
 * A request of a platform under load, and what its answer must be.
 */
typedef struct {
  char *id;
  const char *method;
  FakeConnection *connection;

  /*< private >*/
  guint kind;
  guint64 number;
  guint n_chunks; /* of a stream, so far */
  GString *text;  /* (owned) likewise */
} SoakRequest;

void         soak_request_prepare_workspace (const char        *path);
SoakRequest *soak_request_new               (FakeConnection    *connection,
                                             guint64            number,
                                             GRand             *random);
SoakRequest *soak_request_new_reset         (FakeConnection    *connection,
                                             guint64            number);
void         soak_request_free              (SoakRequest       *self);
void         soak_request_send              (SoakRequest       *self);
gboolean     soak_request_takes_chunk       (SoakRequest       *self,
                                             const FakeMessage *message);
gboolean     soak_request_takes_answer      (SoakRequest       *self,
                                             const FakeMessage *message);

G_END_DECLS
