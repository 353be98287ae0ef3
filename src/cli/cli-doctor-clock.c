/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-doctor.h"

#include <glib/gi18n.h>
#include <libsoup/soup.h>

#include "cli/cli-words.h"
#include "settings/relay-url.h"

#define TIMEOUT_S 10
/* What certificates do not mind. */
#define MAX_DIFFERENCE_S (10 * 60)

/* Any certificate will do: nothing that is secret is sent, and a time that is made up does no more than a wrong hint. */
static gboolean
on_accept_certificate (SoupMessage *message, GTlsCertificate *certificate, GTlsCertificateFlags faults, gpointer user_data)
{
  return TRUE;
}

/* Returns: (transfer full) (nullable): what time the platform's server has */
static GDateTime *
ask_time (GUri *url)
{
  g_autoptr (SoupSession) session = soup_session_new_with_options ("timeout", TIMEOUT_S, NULL);
  g_autofree char *origin = g_uri_join (G_URI_FLAGS_ENCODED, relay_url_is_tls (url) ? "https" : "http", NULL,
                                        g_uri_get_host (url), g_uri_get_port (url), "/", NULL, NULL);
  g_autoptr (SoupMessage) message = soup_message_new (SOUP_METHOD_HEAD, origin);
  g_autoptr (GInputStream) body = NULL;
  const char *date;

  if (relay_url_is_loopback (url))
    soup_session_set_proxy_resolver (session, NULL);
  soup_message_add_flags (message, SOUP_MESSAGE_NO_REDIRECT);
  g_signal_connect (message, "accept-certificate", G_CALLBACK (on_accept_certificate), NULL);
  body = soup_session_send (session, message, NULL, NULL);
  date = body != NULL ? soup_message_headers_get_one (soup_message_get_response_headers (message), "Date") : NULL;

  return date != NULL ? soup_date_time_new_from_http_string (date) : NULL;
}

/**
 * cli_doctor_check_clock:
 * @self: an examination
 * @account: an account whose certificate was refused
 *
 * Compares the computer's clock with that of the platform: with a wrong one, good certificates look expired.
 */
void
cli_doctor_check_clock (CliDoctor *self, RelayAccount *account)
{
  g_autoptr (GUri) url = relay_url_parse (account->platform_url, "platform-url", TRUE, NULL);
  g_autoptr (GDateTime) theirs = ask_time (url);
  g_autoptr (GDateTime) ours = g_date_time_new_now_utc ();
  GTimeSpan difference_us = theirs != NULL ? g_date_time_difference (ours, theirs) : 0;
  g_autofree char *difference = cli_words_dup_duration (ABS (difference_us) / 1000);

  if (theirs == NULL)
    cli_doctor_add (self, "clock", account->id, CLI_VERDICT_SKIPPED, NULL, "%s",
                    _ ("the platform does not say what time it is"));
  else if (ABS (difference_us) <= MAX_DIFFERENCE_S * G_TIME_SPAN_SECOND)
    cli_doctor_add (self, "clock", account->id, CLI_VERDICT_OK, NULL, "%s", _ ("it agrees with the platform's"));
  else
    cli_doctor_add (self, "clock", account->id, CLI_VERDICT_FAILED, _ ("Set the clock: timedatectl set-ntp true"),
                    difference_us > 0 ? _ ("this computer's clock is %s ahead of the platform's")
                                      : _ ("this computer's clock is %s behind the platform's"),
                    difference);
}
