/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * RelaySandboxMode:
 * @RELAY_SANDBOX_AUTO: whatever the kernel offers, asked when the sandbox is made
 * @RELAY_SANDBOX_OPENAT2: openat2 () with RESOLVE_BENEATH, RESOLVE_NO_SYMLINKS and RESOLVE_NO_MAGICLINKS
 * @RELAY_SANDBOX_COMPONENTS: one openat () with O_NOFOLLOW per component
 *
 * How a sandbox keeps paths beneath its root.
 */
typedef enum {
  RELAY_SANDBOX_AUTO,
  RELAY_SANDBOX_OPENAT2,
  RELAY_SANDBOX_COMPONENTS,
} RelaySandboxMode;

/**
 * RelaySandboxKind:
 * @RELAY_SANDBOX_ABSENT: nothing is there
 * @RELAY_SANDBOX_FOLDER: a folder
 * @RELAY_SANDBOX_FILE: a regular file
 * @RELAY_SANDBOX_OTHER: a FIFO, a socket or a device
 *
 * What lies at a path.
 */
typedef enum {
  RELAY_SANDBOX_ABSENT,
  RELAY_SANDBOX_FOLDER,
  RELAY_SANDBOX_FILE,
  RELAY_SANDBOX_OTHER,
} RelaySandboxKind;

typedef struct _RelaySandbox RelaySandbox;

RelaySandbox *relay_sandbox_new           (int                   root_fd,
                                           RelaySandboxMode      mode);
void          relay_sandbox_free          (RelaySandbox         *self);
RelaySandboxMode relay_sandbox_get_mode   (const RelaySandbox   *self);
char         *relay_sandbox_dup_real_root (const RelaySandbox   *self);
int           relay_sandbox_open          (const RelaySandbox   *self,
                                           const char           *path,
                                           int                   flags);
int           relay_sandbox_open_at       (const RelaySandbox   *self,
                                           int                   folder_fd,
                                           const char           *path,
                                           int                   flags);
gboolean      relay_sandbox_look          (const RelaySandbox   *self,
                                           const char           *path,
                                           RelaySandboxKind     *kind,
                                           GError              **error);
gboolean      relay_sandbox_is_gone       (int                   saved_errno);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (RelaySandbox, relay_sandbox_free)

void          relay_fd_clear              (int                  *fd);

/* Closes a descriptor, unless it is -1, when the variable goes out of scope. */
#define relay_autofd __attribute__ ((cleanup (relay_fd_clear)))

G_END_DECLS
