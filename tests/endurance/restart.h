/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "endurance/ledger.h"
#include "fakes/fake-gateway.h"
#include "fakes/fake-platform.h"

G_BEGIN_DECLS

/**
 * RestartSide:
 * @RESTART_GATEWAY: the gateway
 * @RESTART_PLATFORM: the platform
 *
 * Who restarts.
 */
typedef enum {
  RESTART_GATEWAY,
  RESTART_PLATFORM,
} RestartSide;

/**
 * RestartPoint:
 *
 * When it restarts: from the dial, in the order of the handshake, to the relay. See the table in restart.c.
 */
typedef enum {
  RESTART_DIAL_REFUSED,
  RESTART_UPGRADE_DROPPED,
  RESTART_UPGRADE_REFUSED,
  RESTART_OPENED,
  RESTART_HALF_CHALLENGE,
  RESTART_AFTER_CHALLENGE,
  RESTART_GOT_PRE_HANDSHAKE,
  RESTART_GOT_CHALLENGE,
  RESTART_HALF_CONNECT,
  RESTART_AFTER_CONNECT,
  RESTART_GOT_CONNECT,
  RESTART_HALF_HELLO,
  RESTART_AFTER_HELLO,
  RESTART_RELAY,
  RESTART_HALF_HEAD,
  RESTART_HALF_PAYLOAD,
  RESTART_BETWEEN_FRAGMENTS,
  RESTART_HALF_RECEIVED,
} RestartPoint;

/**
 * RestartEnd:
 * @RESTART_CLOSE_1000: a close frame, and the answer awaited
 * @RESTART_CLOSE_1001: the same
 * @RESTART_CLOSE_1012: the same
 * @RESTART_FIN: the stream ends without a close frame
 * @RESTART_RESET: a TCP reset
 * @RESTART_KILL: the listening socket goes, all connections are reset; the side is back when a dial was refused
 *
 * How its connections end.
 */
typedef enum {
  RESTART_CLOSE_1000,
  RESTART_CLOSE_1001,
  RESTART_CLOSE_1012,
  RESTART_FIN,
  RESTART_RESET,
  RESTART_KILL,
} RestartEnd;

typedef struct {
  RestartSide side;
  RestartPoint point;
  RestartEnd end;
} Restart;

/**
 * Restarter:
 * @gateway: (unowned): the gateway
 * @platform: (unowned): the platform
 * @ledger: (unowned): the books of both
 * @n_retries: how often the relay has begun to wait for its next attempt; whoever watches it counts them
 *
 * Restarts the peers of a relay with one account, at the points named.
 */
typedef struct {
  FakeGateway *gateway;
  FakePlatform *platform;
  Ledger *ledger;
  guint n_retries;

  /*< private >*/
  const Restart *armed; /* (unowned) (nullable) what waits for its point of the handshake */
  guint n_fired;        /* how many have reached it */
  guint n_before_fired[2]; /* how many connections each side had by then */
} Restarter;

GArray *restart_list_all (void);
char   *restart_describe (const Restart *restart);

void    restarter_init   (Restarter     *self,
                          FakeGateway   *gateway,
                          FakePlatform  *platform,
                          Ledger        *ledger);
void    restarter_run    (Restarter     *self,
                          const Restart *restart);
void    restarter_check  (Restarter     *self);

G_END_DECLS
