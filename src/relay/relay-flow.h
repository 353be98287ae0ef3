/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-link.h"

G_BEGIN_DECLS

/**
 * RelayFlowSide:
 *
 * What waits for one side.
 */
typedef struct {
  RelayLink *link;        /* (unowned) (nullable) until it is there */
  gboolean is_full;       /* it has much to take before it gets more */
  gsize full_bytes;       /* what waited for it when it became full; 0 if it is not */
  gboolean asks_too_much; /* it has us send more than it reads */
} RelayFlowSide;

/**
 * RelayFlow:
 *
 * Which of two links are read (R10).
 */
typedef struct {
  RelayFlowSide gateway;
  RelayFlowSide platform;
} RelayFlow;

gboolean relay_flow_is_much     (gsize      queued);
gboolean relay_flow_is_little   (gsize      queued);
void     relay_flow_update      (RelayFlow *self,
                                 gboolean   hold_platform);

G_END_DECLS
