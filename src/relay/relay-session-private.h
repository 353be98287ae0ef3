/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#pragma once

#include "relay/relay-backoff.h"
#include "relay/relay-handshake.h"
#include "relay/relay-pump.h"
#include "relay/relay-session.h"
#include "settings/relay-file-watch.h"

G_BEGIN_DECLS

/**
 * RelayWish:
 * @RELAY_WISH_AS_SET: what the account's `enabled` says
 * @RELAY_WISH_START: to run, until the service ends
 * @RELAY_WISH_STOP: not to run, until the service ends
 *
 * What was asked of a session at run time.
 */
typedef enum {
  RELAY_WISH_AS_SET,
  RELAY_WISH_START,
  RELAY_WISH_STOP,
} RelayWish;

struct _RelaySession {
  GObject parent_instance;

  char *account_id;          /* (owned) */
  RelayClock *clock;         /* (owned) */

  /* what is shown: only relay-session.c writes it */
  RelayState state;
  RelayStep step;
  char *last_error;          /* (owned) */
  const char *last_error_code;
  gint64 retrying_at_ms;     /* since the epoch, 0 unless retrying */
  gint64 connected_since_ms; /* since the epoch, 0 unless connected */
  guint attempt;
  RelayKeyStatus key_status;
  char *platform_url;        /* (owned) as shown */
  char *gateway_url;         /* (owned) as shown */
  char *gateway_version;     /* (owned) */
  guint protocol_version;
  RelayCounters *counters;   /* (owned) */
  RelayWorkspaceSlots *slots; /* (owned) for work on files, also that of links that have ended */

  /* what is in force */
  RelaySettings *settings;   /* (owned) (nullable) */
  RelayAccount *account;     /* (owned) (nullable) */
  RelayOpenclaw *openclaw;   /* (owned) (nullable) */
  RelayWish wish;

  /* the attempt, or the link, that is under way */
  GCancellable *cancellable; /* (owned) (nullable) cancels it; NULL if there is none */
  gboolean start_again;      /* as soon as it has ended */
  char *platform_key;        /* (owned) (nullable) secret */
  RelayPump *pump;           /* (owned) (nullable) */
  guint stable_timeout;
  char *link_url;            /* (owned) (nullable) where it leads, as shown; settings may have changed meanwhile */
  gint64 attempt_began_ms;   /* of the monotonic clock */
  gint64 link_began_ms;      /* likewise */
  guint64 bytes_before_link; /* to the platform */

  /* the next one */
  RelayBackoff backoff;
  guint retry_timeout;
  RelayFileWatch *file_watch; /* (owned) for the files that the account names */
  GPtrArray *close_tasks;    /* (owned) of GTask */
};

void relay_session_show_state        (RelaySession *self,
                                      RelayState    state,
                                      RelayStep     step,
                                      const GError *error,
                                      gint64        retrying_at_ms);
void relay_session_show_urls         (RelaySession *self,
                                      const char   *platform_url,
                                      const char   *gateway_url);
void relay_session_show_gateway      (RelaySession *self,
                                      const char   *version,
                                      guint         protocol_version);
void relay_session_show_key_status   (RelaySession *self,
                                      RelayKeyStatus key_status);
void relay_session_show_account      (RelaySession *self,
                                      RelayAccount *account);
char *relay_session_dup_clean        (RelaySession *self,
                                      const char   *text);
void relay_session_tell_activity     (RelaySession *self,
                                      const RelayActivity *activity);
void relay_session_files_changed     (gpointer      user_data);
void relay_session_begin_attempt     (RelaySession *self);
void relay_session_tell_connect      (RelaySession *self);
void relay_session_tell_close        (RelaySession *self,
                                      const GError *error);
void relay_session_end_life          (RelaySession *self);

G_END_DECLS
