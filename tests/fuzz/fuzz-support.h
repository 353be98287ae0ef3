/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/* A target is the second function, in a file of its own; libFuzzer calls it, and so does fuzz-replay.c. What it does not hold
 * to be true is asserted. */
int LLVMFuzzerInitialize   (int           *argc,
                            char        ***argv);
int LLVMFuzzerTestOneInput (const guint8  *data,
                            gsize          size);

/* What must not be seen in any message: the process ends if it is logged. */
#define FUZZ_SECRET "s3cr3t-0f-th3-fuzz3r5"
/* One that differs in each letter. */
#define FUZZ_OTHER_SECRET "p4kw9m-7u-di6-qeyy8v2"

/**
 * FuzzInput:
 *
 * What is left of an input that is taken for a sequence of decisions. An input that has come to its end decides 0.
 */
typedef struct {
  const guint8 *data; /* (unowned) */
  gsize size;
} FuzzInput;

guint    fuzz_input_take_below (FuzzInput    *self,
                                guint         n);
gboolean fuzz_input_take_flag  (FuzzInput    *self);
GBytes  *fuzz_input_take_bytes (FuzzInput    *self);
char    *fuzz_input_take_text  (FuzzInput    *self);

char    *fuzz_make_text        (const guint8 *data,
                                gsize         size);
char    *fuzz_make_folder      (const char   *name);
void     fuzz_write_file       (const char   *folder,
                                const char   *name,
                                const char   *text);
void     fuzz_check_message    (const char   *message);
void     fuzz_check_secrecy    (const char   *message);
void     fuzz_check_alike      (const char   *message,
                                const char   *other);

G_END_DECLS
