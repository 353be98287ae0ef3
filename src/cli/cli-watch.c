/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-watch.h"

#include <glib/gi18n.h>
#include <stdio.h>
#include <unistd.h>

#include "cli/cli-bus.h"
#include "cli/cli-render.h"

/* From the top left: what is redrawn overwrites what was there, and what is left below goes. */
#define CLEAR_SCREEN "\033[2J"
#define TO_TOP "\033[H"
#define CLEAR_TO_END "\033[J"

typedef enum {
  WATCH_LINES,  /* a line of text per change */
  WATCH_JSON,   /* an object per change */
  WATCH_SCREEN, /* redrawn in place, with a countdown */
} WatchMode;

typedef struct {
  GMainLoop *loop;             /* (owned) */
  GDBusObjectManager *objects; /* (owned) */
  GDBusProxy *manager;         /* (owned) */
  const char *account_id;      /* (nullable) the only one to show */
  WatchMode mode;
  CliExit code;
} Watch;

static GVariant *
dup_properties (GDBusInterface *interface)
{
  GDBusProxy *proxy = G_DBUS_PROXY (interface);
  g_auto (GStrv) names = g_dbus_proxy_get_cached_property_names (proxy);
  g_auto (GVariantBuilder) builder = G_VARIANT_BUILDER_INIT (G_VARIANT_TYPE_VARDICT);

  for (char **name = names; name != NULL && *name != NULL; name++)
    {
      g_autoptr (GVariant) value = g_dbus_proxy_get_cached_property (proxy, *name);

      /* What has no change signal is old by now. */
      if (!g_str_has_prefix (*name, "Frames") && !g_str_has_prefix (*name, "Bytes") && !g_str_has_prefix (*name, "Requests"))
        g_variant_builder_add (&builder, "{sv}", *name, value);
    }

  return g_variant_ref_sink (g_variant_builder_end (&builder));
}

static GVariant *
watch_dup_properties (Watch *self, GDBusObject *object)
{
  g_autoptr (GDBusInterface) interface = g_dbus_object_get_interface (object, CLI_SESSION_INTERFACE);
  g_autoptr (GVariant) properties = NULL;
  const char *account_id = NULL;

  if (interface == NULL)
    return NULL;

  properties = dup_properties (interface);
  g_variant_lookup (properties, "AccountId", "&s", &account_id);
  if (self->account_id != NULL && g_strcmp0 (self->account_id, account_id) != 0)
    return NULL;

  return g_steal_pointer (&properties);
}

/* A reader that has gone away, as in `gangway status --watch | head`, ends the watch. */
static void
watch_write (Watch *self, const char *text)
{
  if (fputs (text, stdout) == EOF || fflush (stdout) == EOF)
    g_main_loop_quit (self->loop);
}

static int
compare_objects (gconstpointer a, gconstpointer b)
{
  return g_strcmp0 (g_dbus_object_get_object_path ((gpointer) a), g_dbus_object_get_object_path ((gpointer) b));
}

static GList *
watch_list_objects (Watch *self)
{
  return g_list_sort (g_dbus_object_manager_get_objects (self->objects), compare_objects);
}

static void
watch_draw_screen (Watch *self)
{
  g_autolist (GDBusObject) objects = watch_list_objects (self);
  g_autoptr (GString) out = g_string_new (TO_TOP CLEAR_TO_END);
  g_autofree char *file = cli_bus_dup_string (self->manager, "ConfigFile");
  g_autofree char *problem = cli_bus_dup_string (self->manager, "ConfigProblem");
  guint n_shown = 0;

  if (*problem != '\0')
    cli_render_problem (out, file, problem);

  for (GList *l = objects; l != NULL; l = l->next)
    {
      g_autoptr (GVariant) properties = watch_dup_properties (self, l->data);

      if (properties == NULL)
        continue;
      n_shown++;
      cli_render_account (out, properties, g_get_real_time () / 1000, cli_render_style ());
    }

  if (n_shown == 0)
    cli_render_no_accounts (out, file);
  watch_write (self, out->str);
}

static void
watch_write_line (Watch *self, const char *text)
{
  g_autoptr (GDateTime) now = g_date_time_new_now_local ();
  g_autofree char *time = g_date_time_format (now, "%H:%M:%S");
  g_autofree char *line = g_strconcat (time, " ", text, "\n", NULL);

  watch_write (self, line);
}

static void
watch_write_json (Watch *self, GVariant *properties)
{
  g_autofree char *text = cli_render_dup_json (properties, FALSE);
  g_autofree char *line = g_strconcat (text, "\n", NULL);

  watch_write (self, line);
}

static void
watch_show (Watch *self, GDBusObject *object)
{
  g_autoptr (GVariant) properties = watch_dup_properties (self, object);
  g_autofree char *line = NULL;

  if (properties == NULL)
    return;

  switch (self->mode)
    {
    case WATCH_SCREEN:
      watch_draw_screen (self);
      break;
    case WATCH_JSON:
      watch_write_json (self, properties);
      break;
    case WATCH_LINES:
      line = cli_render_dup_state (properties, g_get_real_time () / 1000);
      watch_write_line (self, line);
      break;
    }
}

static void
watch_write_config (Watch *self)
{
  g_autofree char *file = cli_bus_dup_string (self->manager, "ConfigFile");
  g_autofree char *problem = cli_bus_dup_string (self->manager, "ConfigProblem");
  g_autofree char *line = NULL;

  line = *problem != '\0' ? g_strdup_printf (_ ("%s: not in force as it is now (%s)"), file, problem)
                          : g_strdup_printf (_ ("%s: in force"), file);
  watch_write_line (self, line);
}

static void
on_manager_changed (GDBusProxy *manager, GVariant *changed, GStrv invalidated, gpointer user_data)
{
  Watch *self = user_data;

  /* Not so when the service ends. */
  if (!g_variant_lookup (changed, "ConfigProblem", "s", NULL))
    return;

  switch (self->mode)
    {
    case WATCH_SCREEN:
      watch_draw_screen (self);
      break;
    case WATCH_JSON:
      break;
    case WATCH_LINES:
      watch_write_config (self);
      break;
    }
}

static void
on_properties_changed (GDBusObjectManagerClient *objects, GDBusObjectProxy *object, GDBusProxy *proxy, GVariant *changed,
                       GStrv invalidated, gpointer user_data)
{
  watch_show (user_data, G_DBUS_OBJECT (object));
}

static void
on_object_added (GDBusObjectManager *objects, GDBusObject *object, gpointer user_data)
{
  watch_show (user_data, object);
}

static void
on_object_removed (GDBusObjectManager *objects, GDBusObject *object, gpointer user_data)
{
  Watch *self = user_data;
  g_autoptr (GVariant) properties = watch_dup_properties (self, object);
  g_autoptr (GVariant) removed = NULL;
  g_autofree char *line = NULL;
  const char *account_id = "";

  if (properties == NULL)
    return;

  g_variant_lookup (properties, "AccountId", "&s", &account_id);
  switch (self->mode)
    {
    case WATCH_SCREEN:
      watch_draw_screen (self);
      break;
    case WATCH_JSON:
      removed = g_variant_ref_sink (g_variant_new_parsed ("{'AccountId': <%s>, 'Removed': <true>}", account_id));
      watch_write_json (self, removed);
      break;
    case WATCH_LINES:
      line = g_strdup_printf (_ ("%s: removed from gangway.conf"), account_id);
      watch_write_line (self, line);
      break;
    }
}

static gboolean
on_second (gpointer user_data)
{
  watch_draw_screen (user_data);
  return G_SOURCE_CONTINUE;
}

static void
on_name_owner (GObject *objects, GParamSpec *pspec, gpointer user_data)
{
  Watch *self = user_data;
  g_autofree char *owner = g_dbus_object_manager_client_get_name_owner (G_DBUS_OBJECT_MANAGER_CLIENT (objects));

  if (owner != NULL)
    return;

  g_printerr ("%s\n", _ ("gangway: the service has ended"));
  self->code = CLI_NOT_RUNNING;
  g_main_loop_quit (self->loop);
}

static void
watch_show_beginning (Watch *self)
{
  g_autolist (GDBusObject) objects = watch_list_objects (self);
  g_autofree char *problem = cli_bus_dup_string (self->manager, "ConfigProblem");

  if (self->mode == WATCH_LINES && *problem != '\0')
    watch_write_config (self);
  for (GList *l = objects; l != NULL; l = l->next)
    watch_show (self, l->data);
}

static void
watch_run (Watch *self)
{
  guint timeout_id = 0;

  g_signal_connect (self->objects, "interface-proxy-properties-changed", G_CALLBACK (on_properties_changed), self);
  g_signal_connect (self->objects, "object-added", G_CALLBACK (on_object_added), self);
  g_signal_connect (self->objects, "object-removed", G_CALLBACK (on_object_removed), self);
  g_signal_connect (self->objects, "notify::name-owner", G_CALLBACK (on_name_owner), self);
  g_signal_connect (self->manager, "g-properties-changed", G_CALLBACK (on_manager_changed), self);

  if (self->mode == WATCH_SCREEN)
    {
      watch_write (self, CLEAR_SCREEN);
      watch_draw_screen (self);
      timeout_id = g_timeout_add_seconds (1, on_second, self);
    }
  else
    {
      watch_show_beginning (self);
    }

  g_main_loop_run (self->loop);
  g_clear_handle_id (&timeout_id, g_source_remove);
  g_signal_handlers_disconnect_by_data (self->manager, self);
  g_signal_handlers_disconnect_by_data (self->objects, self);
}

/* The commands' answers about accounts that are not there are the same whether one watches or not. */
static CliExit
check_account (GDBusConnection *connection, const char *account_id)
{
  CliExit code = CLI_DONE;
  g_auto (GStrv) accounts = cli_bus_list_accounts (connection, account_id, &code);

  return accounts != NULL ? CLI_DONE : code;
}

/**
 * cli_watch:
 * @connection: the session bus
 * @account_id: (nullable): the account that is meant, or %NULL for all
 * @as_json: whether to write objects for programs
 *
 * Shows the accounts and all their changes until the service, or the reader, is gone.
 *
 * Returns: what to exit with
 */
CliExit
cli_watch (GDBusConnection *connection, const char *account_id, gboolean as_json)
{
  CliExit code = check_account (connection, account_id);
  g_autoptr (GError) error = NULL;
  Watch self = { .account_id = account_id, .code = CLI_DONE };

  if (code != CLI_DONE)
    return code;

  self.manager = cli_bus_new_manager (connection, &code);
  if (self.manager == NULL)
    return code;
  self.objects = g_dbus_object_manager_client_new_sync (connection, G_DBUS_OBJECT_MANAGER_CLIENT_FLAGS_DO_NOT_AUTO_START,
                                                        CLI_BUS_NAME, CLI_MANAGER_PATH, NULL, NULL, NULL, NULL, &error);
  if (self.objects == NULL)
    {
      g_object_unref (self.manager);
      return cli_bus_report (error);
    }

  if (as_json)
    self.mode = WATCH_JSON;
  else
    self.mode = isatty (STDOUT_FILENO) ? WATCH_SCREEN : WATCH_LINES;
  self.loop = g_main_loop_new (NULL, FALSE);
  watch_run (&self);

  g_main_loop_unref (self.loop);
  g_object_unref (self.objects);
  g_object_unref (self.manager);
  return self.code;
}
