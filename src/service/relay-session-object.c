/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "service/relay-session-object.h"

#define SESSION_PATH_PREFIX "/dev/gangway/Relay1/session/"

/**
 * RelaySessionObject:
 *
 * A session as the bus sees it: `dev.gangway.Relay1.Session`.
 */
struct _RelaySessionObject {
  RelayDBusSessionSkeleton parent_instance;

  RelaySession *session; /* (owned) */
};

static void relay_session_object_iface_init (RelayDBusSessionIface *iface);

G_DEFINE_FINAL_TYPE_WITH_CODE (RelaySessionObject, relay_session_object, RELAY_DBUS_TYPE_SESSION_SKELETON,
                               G_IMPLEMENT_INTERFACE (RELAY_DBUS_TYPE_SESSION, relay_session_object_iface_init))

/* The counters have no change signal: they are read from the session whenever somebody asks. */
enum {
  PROP_0,
  PROP_FRAMES_TO_PLATFORM,
  PROP_FRAMES_TO_GATEWAY,
  PROP_BYTES_TO_PLATFORM,
  PROP_BYTES_TO_GATEWAY,
  PROP_REQUESTS_SERVED,
  PROP_REQUESTS_DENIED,
};

/* The others are copied when the session says that they changed: its property to the skeleton's of the same name. */
static const char *const copied_properties[] = {
  "account-id",   "state",       "step",       "last-error",      "last-error-code",  "connected-since", "retrying-at",
  "platform-url", "gateway-url", "key-status", "gateway-version", "protocol-version", "attempt",
};

static void
copy_property (RelaySession *session, RelaySessionObject *self, const char *name)
{
  GParamSpec *pspec = g_object_class_find_property (G_OBJECT_GET_CLASS (self), name);
  g_auto (GValue) source = G_VALUE_INIT;
  g_auto (GValue) target = G_VALUE_INIT;

  g_object_get_property (G_OBJECT (session), name, &source);
  g_value_init (&target, G_PARAM_SPEC_VALUE_TYPE (pspec));
  if (g_type_is_a (G_VALUE_TYPE (&source), RELAY_TYPE_STATE))
    g_value_set_static_string (&target, relay_state_to_string (g_value_get_enum (&source)));
  else if (g_type_is_a (G_VALUE_TYPE (&source), RELAY_TYPE_STEP))
    g_value_set_static_string (&target, relay_step_to_string (g_value_get_enum (&source)));
  else
    g_value_transform (&source, &target);

  /* The bus knows no null strings. */
  if (G_VALUE_HOLDS_STRING (&target) && g_value_get_string (&target) == NULL)
    g_value_set_static_string (&target, "");
  g_object_set_property (G_OBJECT (self), name, &target);
}

static void
copy_account (RelaySession *session, RelayDBusSession *self)
{
  static const char *const nothing[] = { NULL };
  RelayAccount *account = relay_session_get_account (session);

  if (account == NULL)
    {
      relay_dbus_session_set_workspace_access (self, relay_workspace_access_to_string (RELAY_WORKSPACE_ACCESS_NONE));
      relay_dbus_session_set_allow_methods (self, nothing);
      relay_dbus_session_set_deny_methods (self, nothing);
      return;
    }

  relay_dbus_session_set_workspace_access (self, relay_workspace_access_to_string (account->workspace_access));
  relay_dbus_session_set_allow_methods (self, (const char *const *) account->allow_methods);
  relay_dbus_session_set_deny_methods (self, (const char *const *) account->deny_methods);
}

/*
 * The session announces what changed together one by one, but when it is all in place. The first notification copies all
 * of it into one signal, and the others find nothing left to do. It is sent at once: whoever follows the states must not
 * miss one that lasts for less than a turn of the main loop.
 */
static void
on_session_notify (RelaySession *session, GParamSpec *pspec, RelaySessionObject *self)
{
  for (guint i = 0; i < G_N_ELEMENTS (copied_properties); i++)
    copy_property (session, self, copied_properties[i]);
  copy_account (session, RELAY_DBUS_SESSION (self));

  g_dbus_interface_skeleton_flush (G_DBUS_INTERFACE_SKELETON (self));
}

static void
on_session_activity (RelaySession *session, const RelayActivity *activity, RelaySessionObject *self)
{
  switch (activity->event)
    {
    case RELAY_ACTIVITY_REQUEST:
    case RELAY_ACTIVITY_DENIED:
      relay_dbus_session_emit_activity (RELAY_DBUS_SESSION (self), activity->kind, activity->method, activity->path,
                                        activity->outcome);
      break;
    case RELAY_ACTIVITY_CONNECT:
    case RELAY_ACTIVITY_CLOSE:
      break; /* the properties say that */
    }
}

static gboolean
handle_reconnect (RelayDBusSession *object, GDBusMethodInvocation *invocation)
{
  RelaySessionObject *self = RELAY_SESSION_OBJECT (object);

  relay_dbus_session_complete_reconnect (object, invocation, relay_session_reconnect (self->session));
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

/* Answers with the reason if the account cannot have a link, whatever is asked for it. */
static gboolean
refuse_if_unusable (RelaySessionObject *self, GDBusMethodInvocation *invocation)
{
  RelayAccount *account = relay_session_get_account (self->session);

  if (account == NULL || account->error == NULL)
    return FALSE;

  g_dbus_method_invocation_return_gerror (invocation, account->error);
  return TRUE;
}

/* A restart of all accounts must not connect one that the user has disabled. */
static gboolean
refuse_if_disabled (RelaySessionObject *self, GDBusMethodInvocation *invocation)
{
  RelayAccount *account = relay_session_get_account (self->session);

  if (account == NULL || account->enabled || relay_session_get_state (self->session) != RELAY_STATE_DISCONNECTED)
    return FALSE;

  g_dbus_method_invocation_return_error (invocation, RELAY_ERROR, RELAY_ERROR_UNAVAILABLE,
                                         "account '%s' is disabled in gangway.conf: start it, or set enabled=true there",
                                         account->id);
  return TRUE;
}

static gboolean
handle_restart (RelayDBusSession *object, GDBusMethodInvocation *invocation)
{
  RelaySessionObject *self = RELAY_SESSION_OBJECT (object);

  if (refuse_if_unusable (self, invocation) || refuse_if_disabled (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;

  relay_session_restart (self->session);
  relay_dbus_session_complete_restart (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_start (RelayDBusSession *object, GDBusMethodInvocation *invocation)
{
  RelaySessionObject *self = RELAY_SESSION_OBJECT (object);

  if (refuse_if_unusable (self, invocation))
    return G_DBUS_METHOD_INVOCATION_HANDLED;

  relay_session_start (self->session);
  relay_dbus_session_complete_start (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static gboolean
handle_stop (RelayDBusSession *object, GDBusMethodInvocation *invocation)
{
  RelaySessionObject *self = RELAY_SESSION_OBJECT (object);

  relay_session_stop (self->session);
  relay_dbus_session_complete_stop (object, invocation);
  return G_DBUS_METHOD_INVOCATION_HANDLED;
}

static void
relay_session_object_iface_init (RelayDBusSessionIface *iface)
{
  iface->handle_reconnect = handle_reconnect;
  iface->handle_restart = handle_restart;
  iface->handle_start = handle_start;
  iface->handle_stop = handle_stop;
}

static void
relay_session_object_get_property (GObject *object, guint property_id, GValue *value, GParamSpec *pspec)
{
  RelaySessionObject *self = RELAY_SESSION_OBJECT (object);
  const RelayCounters *counters = relay_session_get_counters (self->session);

  switch (property_id)
    {
    case PROP_FRAMES_TO_PLATFORM:
      g_value_set_uint64 (value, counters->frames_to_platform);
      break;
    case PROP_FRAMES_TO_GATEWAY:
      g_value_set_uint64 (value, counters->frames_to_gateway);
      break;
    case PROP_BYTES_TO_PLATFORM:
      g_value_set_uint64 (value, counters->bytes_to_platform);
      break;
    case PROP_BYTES_TO_GATEWAY:
      g_value_set_uint64 (value, counters->bytes_to_gateway);
      break;
    case PROP_REQUESTS_SERVED:
      g_value_set_uint64 (value, counters->requests_served);
      break;
    case PROP_REQUESTS_DENIED:
      g_value_set_uint64 (value, counters->requests_denied);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
      break;
    }
}

/* GObject asks for a setter because the skeleton's own properties can be set; nobody sets these. */
static void
relay_session_object_set_property (GObject *object, guint property_id, const GValue *value, GParamSpec *pspec)
{
  G_OBJECT_WARN_INVALID_PROPERTY_ID (object, property_id, pspec);
}

static void
relay_session_object_dispose (GObject *object)
{
  RelaySessionObject *self = RELAY_SESSION_OBJECT (object);

  if (self->session != NULL)
    g_signal_handlers_disconnect_by_data (self->session, self);
  g_clear_object (&self->session);

  G_OBJECT_CLASS (relay_session_object_parent_class)->dispose (object);
}

static void
relay_session_object_class_init (RelaySessionObjectClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);

  object_class->dispose = relay_session_object_dispose;
  object_class->get_property = relay_session_object_get_property;
  object_class->set_property = relay_session_object_set_property;

  g_object_class_override_property (object_class, PROP_FRAMES_TO_PLATFORM, "frames-to-platform");
  g_object_class_override_property (object_class, PROP_FRAMES_TO_GATEWAY, "frames-to-gateway");
  g_object_class_override_property (object_class, PROP_BYTES_TO_PLATFORM, "bytes-to-platform");
  g_object_class_override_property (object_class, PROP_BYTES_TO_GATEWAY, "bytes-to-gateway");
  g_object_class_override_property (object_class, PROP_REQUESTS_SERVED, "requests-served");
  g_object_class_override_property (object_class, PROP_REQUESTS_DENIED, "requests-denied");
}

static void
relay_session_object_init (RelaySessionObject *self)
{
}

/**
 * relay_session_object_new:
 * @session: the session to show
 *
 * Returns: (transfer full): an interface for export, which follows @session
 */
RelaySessionObject *
relay_session_object_new (RelaySession *session)
{
  RelaySessionObject *self = g_object_new (RELAY_TYPE_SESSION_OBJECT, NULL);

  self->session = g_object_ref (session);
  g_signal_connect (session, "notify", G_CALLBACK (on_session_notify), self);
  g_signal_connect (session, "activity", G_CALLBACK (on_session_activity), self);
  on_session_notify (session, NULL, self);

  return self;
}

/**
 * relay_session_object_dup_path:
 * @self: an interface
 *
 * Returns: (transfer full): the object path for the session's id
 */
char *
relay_session_object_dup_path (RelaySessionObject *self)
{
  g_autofree char *name = g_dbus_escape_object_path (relay_session_get_account_id (self->session));

  return g_strconcat (SESSION_PATH_PREFIX, name, NULL);
}
