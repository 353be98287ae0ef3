/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-daemon.h"

#include <gio/gio.h>
#include <glib-unix.h>
#include <glib/gi18n.h>
#include <signal.h>
#include <stdlib.h>

#include "common/relay-log.h"
#include "service/relay-audit.h"
#include "service/relay-manager-object.h"
#include "service/relay-sd-notify.h"
#include "service/relay-service.h"
#include "service/relay-url-book.h"
#include "settings/relay-url.h"

#define BUS_NAME "dev.gangway.Relay1"
/* The end of the process comes within 2 s, whatever a peer or the disk does. */
#define CLOSE_LIMIT_MS 1700
#define AUDIT_LIMIT_MS 1900
#define EXIT_USAGE 2

typedef struct {
  GMainLoop *loop;             /* (owned) */
  RelayService *service;       /* (owned) */
  RelayAudit *audit;           /* (owned) (nullable) until it is started, */
  RelayUrlBook *url_book;      /* (owned) (nullable) likewise: one that finds the name taken leaves no trace */
  RelayManagerObject *manager; /* (owned) */
  GDBusConnection *connection; /* (owned) (nullable) without a session bus */
  guint name_id;
  guint signal_ids[3];
  guint watchdog_id;
  gboolean replace;
  gboolean started;
  gboolean closing;
  gint64 close_began_us;
  int exit_code;
} RelayDaemon;

/* What the first account that is not connected suffers from, for a person; NULL if there is none. */
static char *
daemon_dup_trouble (RelayDaemon *self)
{
  GPtrArray *sessions = relay_service_get_sessions (self->service);

  for (guint i = 0; i < sessions->len; i++)
    {
      RelaySession *session = g_ptr_array_index (sessions, i);
      g_autofree char *error = NULL;

      if (relay_session_get_state (session) == RELAY_STATE_CONNECTED)
        continue;
      g_object_get (session, "last-error", &error, NULL);
      if (error != NULL && error[0] != '\0')
        return g_strdup_printf ("%s: %s", relay_session_get_account_id (session), error);
    }

  return NULL;
}

static void
daemon_show_status (RelayDaemon *self)
{
  GPtrArray *sessions = relay_service_get_sessions (self->service);
  const char *problem = relay_service_get_problem (self->service);
  g_autofree char *trouble = problem == NULL ? daemon_dup_trouble (self) : NULL;
  guint n_connected = 0;
  g_autofree char *connected = NULL;

  if (problem == NULL)
    problem = trouble;
  for (guint i = 0; i < sessions->len; i++)
    {
      if (relay_session_get_state (g_ptr_array_index (sessions, i)) == RELAY_STATE_CONNECTED)
        n_connected++;
    }

  connected = g_strdup_printf (g_dngettext (GETTEXT_PACKAGE, "%u of %u accounts connected", "%u of %u accounts connected",
                                            sessions->len),
                               n_connected, sessions->len);
  relay_sd_notify ("STATUS=%s%s%s", connected, problem != NULL ? "; " : "", problem != NULL ? problem : "");
}

/* Keys in or next to the file go wherever the file says: that must not change in silence. */
static void
daemon_note_url (RelayDaemon *self, const RelayAccount *account)
{
  g_autoptr (GUri) uri = relay_url_parse (account->platform_url, "platform-url", TRUE, NULL);
  g_autofree char *url = uri != NULL ? relay_url_to_display (uri) : NULL;
  g_autofree char *old = url != NULL ? relay_url_book_note (self->url_book, account->id, url) : NULL;

  if (old == NULL)
    return;

  relay_log (
      G_LOG_LEVEL_WARNING, account->id, NULL, NULL,
      "platform-url was changed from %s to %s, where this account's key goes now: if that was not you, change it back "
      "and get a new key",
      old, url);
  relay_audit_add_url_changed (self->audit, account->id, url);
}

static void
daemon_note_urls (RelayDaemon *self)
{
  GPtrArray *accounts = relay_service_get_settings (self->service)->accounts;

  for (guint i = 0; i < accounts->len; i++)
    {
      RelayAccount *account = g_ptr_array_index (accounts, i);

      if (account->platform_url != NULL)
        daemon_note_url (self, account);
    }
}

static void
on_settings_read (RelayService *service, RelayDaemon *self)
{
  if (self->started)
    daemon_note_urls (self);
  daemon_show_status (self);
}

static void
on_session_changed (RelaySession *session, GParamSpec *pspec, RelayDaemon *self)
{
  daemon_show_status (self);
}

static void
on_session_added (RelayService *service, RelaySession *session, RelayDaemon *self)
{
  g_signal_connect (session, "notify::state", G_CALLBACK (on_session_changed), self);
  g_signal_connect (session, "notify::last-error", G_CALLBACK (on_session_changed), self);
  if (self->audit != NULL)
    relay_audit_follow (self->audit, session);
}

static void
on_session_removed (RelayService *service, RelaySession *session, RelayDaemon *self)
{
  g_signal_handlers_disconnect_by_data (session, self);
}

static void
on_service_closed (GObject *source, GAsyncResult *result, gpointer user_data)
{
  RelayDaemon *self = user_data;

  relay_service_close_finish (RELAY_SERVICE (source), result, NULL);
  g_main_loop_quit (self->loop);
}

static void
on_close_limit (gpointer user_data)
{
  RelayDaemon *self = user_data;

  relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, "a link did not close in time, leaving it");
  g_main_loop_quit (self->loop);
}

static void
daemon_close (RelayDaemon *self, int exit_code)
{
  if (self->closing)
    return;

  self->closing = TRUE;
  self->close_began_us = g_get_monotonic_time ();
  self->exit_code = exit_code;
  relay_sd_notify ("STOPPING=1");
  g_timeout_add_once (CLOSE_LIMIT_MS, on_close_limit, self);
  relay_service_close_async (self->service, on_service_closed, self);
}

static gboolean
on_watchdog (gpointer user_data)
{
  relay_sd_notify ("WATCHDOG=1");
  return G_SOURCE_CONTINUE;
}

static void
daemon_start_audit (RelayDaemon *self)
{
  GPtrArray *sessions = relay_service_get_sessions (self->service);

  self->audit = relay_audit_new ();
  self->url_book = relay_url_book_new ();
  for (guint i = 0; i < sessions->len; i++)
    relay_audit_follow (self->audit, g_ptr_array_index (sessions, i));
  daemon_note_urls (self);
}

static void
daemon_start (RelayDaemon *self)
{
  guint watchdog_ms = relay_sd_watchdog_interval_ms ();

  if (self->started || self->closing)
    return;

  self->started = TRUE;
  daemon_start_audit (self);
  relay_service_start (self->service);
  relay_sd_notify ("READY=1");
  daemon_show_status (self);
  if (watchdog_ms != 0)
    self->watchdog_id = g_timeout_add (watchdog_ms, on_watchdog, self);
}

static void
on_name_acquired (GDBusConnection *connection, const char *name, gpointer user_data)
{
  RelayDaemon *self = user_data;

  relay_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, "on the session bus as %s", name);
  daemon_start (self);
}

static void
on_name_lost (GDBusConnection *connection, const char *name, gpointer user_data)
{
  RelayDaemon *self = user_data;

  self->name_id = 0; /* GLib complains when a name is given back that was taken */
  if (self->started)
    {
      relay_log (G_LOG_LEVEL_MESSAGE, NULL, NULL, NULL, "%s was taken over, or the session bus ended: leaving", name);
      daemon_close (self, EXIT_SUCCESS);
      return;
    }

  relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
             "%s is taken: another gangwayd is running on this bus (--replace takes its place)", name);
  daemon_close (self, EXIT_FAILURE);
}

static void
daemon_join_bus (RelayDaemon *self)
{
  GBusNameOwnerFlags flags = G_BUS_NAME_OWNER_FLAGS_ALLOW_REPLACEMENT | G_BUS_NAME_OWNER_FLAGS_DO_NOT_QUEUE;
  g_autoptr (GError) error = NULL;

  if (!relay_manager_object_export (self->manager, self->connection, &error))
    {
      relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL, "cannot show the service on the session bus: %s", error->message);
      daemon_close (self, EXIT_FAILURE);
      return;
    }

  if (self->replace)
    flags |= G_BUS_NAME_OWNER_FLAGS_REPLACE;
  self->name_id =
      g_bus_own_name_on_connection (self->connection, BUS_NAME, flags, on_name_acquired, on_name_lost, self, NULL);
}

static void
on_bus (GObject *source, GAsyncResult *result, gpointer user_data)
{
  RelayDaemon *self = user_data;
  g_autoptr (GError) error = NULL;

  self->connection = g_bus_get_finish (result, &error);
  if (self->closing)
    return;
  if (self->connection == NULL)
    {
      relay_log (G_LOG_LEVEL_WARNING, NULL, NULL, NULL,
                 "no session bus, running without: the state cannot be seen or changed by other programs (%s)",
                 error->message);
      daemon_start (self);
      return;
    }

  /* The end of the bus is the loss of the name: a clean end, with both links closed. */
  g_dbus_connection_set_exit_on_close (self->connection, FALSE);
  daemon_join_bus (self);
}

static gboolean
on_end_signal (gpointer user_data)
{
  RelayDaemon *self = user_data;

  relay_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, "asked to end");
  daemon_close (self, EXIT_SUCCESS);
  return G_SOURCE_CONTINUE;
}

static gboolean
on_reload_signal (gpointer user_data)
{
  RelayDaemon *self = user_data;

  relay_log (G_LOG_LEVEL_INFO, NULL, NULL, NULL, "asked to reload");
  relay_service_reload (self->service);
  return G_SOURCE_CONTINUE;
}

static void
daemon_begin (RelayDaemon *self, const char *config_file)
{
  GPtrArray *sessions;

  self->loop = g_main_loop_new (NULL, FALSE);
  self->signal_ids[0] = g_unix_signal_add (SIGTERM, on_end_signal, self);
  self->signal_ids[1] = g_unix_signal_add (SIGINT, on_end_signal, self);
  self->signal_ids[2] = g_unix_signal_add (SIGHUP, on_reload_signal, self);

  self->service = relay_service_new (config_file);
  g_signal_connect (self->service, "settings-read", G_CALLBACK (on_settings_read), self);
  g_signal_connect (self->service, "session-added", G_CALLBACK (on_session_added), self);
  g_signal_connect (self->service, "session-removed", G_CALLBACK (on_session_removed), self);
  sessions = relay_service_get_sessions (self->service);
  for (guint i = 0; i < sessions->len; i++)
    on_session_added (self->service, g_ptr_array_index (sessions, i), self);

  self->manager = relay_manager_object_new (self->service);
  g_bus_get (G_BUS_TYPE_SESSION, NULL, on_bus, self);
}

static void
daemon_end_audit (RelayDaemon *self)
{
  gint64 deadline_us = self->close_began_us + AUDIT_LIMIT_MS * G_TIME_SPAN_MILLISECOND;

  if (self->audit == NULL)
    return;

  relay_url_book_end (self->url_book, deadline_us);
  relay_audit_end (self->audit, deadline_us);
  g_clear_object (&self->url_book);
  g_clear_object (&self->audit);
}

static void
daemon_end (RelayDaemon *self)
{
  GPtrArray *sessions = relay_service_get_sessions (self->service);

  for (guint i = 0; i < G_N_ELEMENTS (self->signal_ids); i++)
    g_source_remove (self->signal_ids[i]);
  g_clear_handle_id (&self->watchdog_id, g_source_remove);
  g_clear_handle_id (&self->name_id, g_bus_unown_name);
  if (self->connection != NULL)
    relay_manager_object_unexport (self->manager);

  for (guint i = 0; i < sessions->len; i++)
    g_signal_handlers_disconnect_by_data (g_ptr_array_index (sessions, i), self);
  g_signal_handlers_disconnect_by_data (self->service, self);
  g_clear_object (&self->manager);
  g_clear_object (&self->service);
  g_clear_object (&self->connection);
  daemon_end_audit (self);
  g_main_loop_unref (self->loop);
}

/**
 * relay_daemon_run:
 * @argc: as main() has it
 * @argv: as main() has it
 *
 * All of `gangwayd`: blocks until it is asked to end.
 *
 * Returns: the process's exit code
 */
int
relay_daemon_run (int argc, char **argv)
{
  g_autoptr (GOptionContext) context = g_option_context_new (NULL);
  g_autoptr (GError) error = NULL;
  g_autofree char *config_option = NULL;
  g_autofree char *config_file = NULL;
  gboolean show_version = FALSE;
  gboolean verbose = FALSE;
  RelayDaemon self = { .exit_code = EXIT_SUCCESS };
  const GOptionEntry entries[] = {
    { "config", 0, 0, G_OPTION_ARG_FILENAME, &config_option, N_ ("Read the settings from FILE"), N_ ("FILE") },
    { "replace", 0, 0, G_OPTION_ARG_NONE, &self.replace, N_ ("Take the place of a running gangwayd"), NULL },
    { "verbose", 0, 0, G_OPTION_ARG_NONE, &verbose, N_ ("Log debug messages too"), NULL },
    { "version", 0, 0, G_OPTION_ARG_NONE, &show_version, N_ ("Show the version and exit"), NULL },
    G_OPTION_ENTRY_NULL,
  };

  g_option_context_add_main_entries (context, entries, GETTEXT_PACKAGE);
  g_option_context_set_summary (context, _ ("Connects the local OpenClaw gateway to remote platforms."));
  if (!g_option_context_parse (context, &argc, &argv, &error) || argc > 1)
    {
      g_printerr ("gangwayd: %s\n", error != NULL ? error->message : _ ("too many arguments"));
      return EXIT_USAGE;
    }
  if (show_version)
    {
      g_print ("gangwayd %s\n", PACKAGE_VERSION);
      return EXIT_SUCCESS;
    }

  relay_log_install (verbose);
  relay_error_register_for_dbus ();
  signal (SIGXFSZ, SIG_IGN); /* a file that may not grow is an error, not the end */
  config_file = relay_settings_dup_filename (config_option);
  daemon_begin (&self, config_file);
  g_main_loop_run (self.loop);
  daemon_end (&self);

  return self.exit_code;
}
