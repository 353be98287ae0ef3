/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelayWorkspaceContent:
 *
 * Turns the bytes of a file, in pieces as they are read, into the inside of a JSON string.
 */
typedef struct {
  GString *out;          /* (unowned) what is appended to */
  gboolean is_lossy;     /* whether there were bytes that are not UTF-8 */
  guchar pending[4];     /* the beginning of a character whose rest is still to come */
  gsize n_pending;
  int base64_state;
  int base64_save;
} RelayWorkspaceContent;

void  relay_workspace_content_append_text   (RelayWorkspaceContent *self,
                                             const char            *bytes,
                                             gsize                  n_bytes);
void  relay_workspace_content_end_text      (RelayWorkspaceContent *self);
void  relay_workspace_content_append_base64 (RelayWorkspaceContent *self,
                                             const char            *bytes,
                                             gsize                  n_bytes);
void  relay_workspace_content_end_base64    (RelayWorkspaceContent *self);
void  relay_workspace_content_append_valid  (GString               *out,
                                             const char            *name);

GBytes *relay_workspace_content_decode_base64 (const char *text);

G_END_DECLS
