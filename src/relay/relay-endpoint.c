/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-endpoint.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>

#include "relay/relay-tls-trust.h"
#include "settings/relay-url.h"

/**
 * RelayEndpoint:
 *
 * One peer, as the settings describe it: where it is, and whom to take for it.
 */
struct _RelayEndpoint {
  GObject parent_instance;

  RelaySide side;
  GUri *uri;            /* (owned) */
  RelayTlsTrust *trust; /* (owned) */
};

G_DEFINE_TYPE (RelayEndpoint, relay_endpoint, G_TYPE_OBJECT)

static void
relay_endpoint_finalize (GObject *object)
{
  RelayEndpoint *self = RELAY_ENDPOINT (object);

  g_clear_pointer (&self->uri, g_uri_unref);
  g_clear_pointer (&self->trust, relay_tls_trust_free);

  G_OBJECT_CLASS (relay_endpoint_parent_class)->finalize (object);
}

static void
relay_endpoint_class_init (RelayEndpointClass *klass)
{
  G_OBJECT_CLASS (klass)->finalize = relay_endpoint_finalize;
}

static void
relay_endpoint_init (RelayEndpoint *self)
{
}

/**
 * relay_side_to_string:
 * @side: a side
 *
 * Returns: `gateway` or `platform`, as messages name it
 */
const char *
relay_side_to_string (RelaySide side)
{
  return side == RELAY_SIDE_GATEWAY ? "gateway" : "platform";
}

/**
 * relay_side_error:
 * @side: whose fault it is
 * @gateway_code: the value if it is the gateway's
 * @platform_code: the value if it is the platform's
 * @format: the message
 *
 * Returns: (transfer full): an error that tells the sides apart
 */
GError *
relay_side_error (RelaySide side, RelayError gateway_code, RelayError platform_code, const char *format, ...)
{
  GError *error;
  va_list args;

  va_start (args, format);
  error = g_error_new_valist (RELAY_ERROR, side == RELAY_SIDE_GATEWAY ? gateway_code : platform_code, format, args);
  va_end (args);

  return error;
}

/**
 * relay_endpoint_new_gateway:
 * @settings: gangway.conf
 * @openclaw: OpenClaw's configuration, for what gangway.conf leaves out
 * @error: return location; %RELAY_ERROR_BAD_SETTINGS, %RELAY_ERROR_PLAINTEXT_REFUSED
 *
 * Returns: (transfer full): the local gateway
 */
RelayEndpoint *
relay_endpoint_new_gateway (RelaySettings *settings, RelayOpenclaw *openclaw, GError **error)
{
  const char *url = settings->gateway.url;
  g_autoptr (RelayEndpoint) self = g_object_new (RELAY_TYPE_ENDPOINT, NULL);
  const char *pins[] = { settings->gateway.tls_fingerprint, NULL };

  if (url == NULL && openclaw->error != NULL)
    {
      g_propagate_error (error, g_error_copy (openclaw->error));
      return NULL;
    }

  self->side = RELAY_SIDE_GATEWAY;
  self->uri = relay_url_parse (url != NULL ? url : openclaw->url, "url", settings->gateway.allow_plaintext, error);
  if (self->uri == NULL)
    return NULL;
  self->trust = relay_tls_trust_new_leaf (pins);

  return g_steal_pointer (&self);
}

/**
 * relay_endpoint_new_platform:
 * @account: an account of gangway.conf
 * @error: return location; %RELAY_ERROR_BAD_SETTINGS, %RELAY_ERROR_PLAINTEXT_REFUSED
 *
 * Returns: (transfer full): the account's platform
 */
RelayEndpoint *
relay_endpoint_new_platform (RelayAccount *account, GError **error)
{
  g_autoptr (RelayEndpoint) self = g_object_new (RELAY_TYPE_ENDPOINT, NULL);

  if (account->error != NULL)
    {
      g_propagate_error (error, g_error_copy (account->error));
      return NULL;
    }

  self->side = RELAY_SIDE_PLATFORM;
  self->uri = relay_url_parse (account->platform_url != NULL ? account->platform_url : "", "platform-url",
                               account->allow_plaintext, error);
  if (self->uri == NULL)
    return NULL;
  self->trust = relay_tls_trust_new_chain ((const char *const *) account->tls_fingerprints, account->tls_ca_file);

  return g_steal_pointer (&self);
}

/**
 * relay_endpoint_get_side:
 * @self: an endpoint
 *
 * Returns: which peer it is
 */
RelaySide
relay_endpoint_get_side (RelayEndpoint *self)
{
  return self->side;
}

/**
 * relay_endpoint_get_uri:
 * @self: an endpoint
 *
 * Returns: (transfer none): its checked URL
 */
GUri *
relay_endpoint_get_uri (RelayEndpoint *self)
{
  return self->uri;
}

typedef struct {
  RelayEndpoint *endpoint;       /* (owned) */
  GSocketClient *client;         /* (owned) */
  GSocketConnectable *address;   /* (owned) */
  GTlsConnection *tls;           /* (owned) (nullable) whose certificate we judge */
  GSocketConnection *connection; /* (owned) (nullable) */
  GError *tls_error;             /* (owned) (nullable) why a certificate was refused */
} Dial;

/* A connection outlives its dial, and a peer may show another certificate later: that is not ours to judge any more. */
static void
stop_judging (Dial *dial)
{
  if (dial->tls != NULL)
    g_signal_handlers_disconnect_by_data (dial->tls, dial);
  g_clear_object (&dial->tls);
}

static void
dial_free (Dial *dial)
{
  stop_judging (dial);
  g_clear_object (&dial->endpoint);
  if (dial->client != NULL)
    g_signal_handlers_disconnect_by_data (dial->client, dial);
  g_clear_object (&dial->client);
  g_clear_object (&dial->address);
  g_clear_object (&dial->connection);
  g_clear_error (&dial->tls_error);
  g_free (dial);
}

static gboolean
on_accept_certificate (GTlsConnection *tls, GTlsCertificate *certificate, GTlsCertificateFlags faults, gpointer user_data)
{
  Dial *dial = user_data;

  g_clear_error (&dial->tls_error);
  return relay_tls_trust_judge (dial->endpoint->trust, certificate, faults, g_uri_get_host (dial->endpoint->uri),
                                relay_side_to_string (dial->endpoint->side), &dial->tls_error);
}

static void
on_client_event (GSocketClient *client, GSocketClientEvent event, GSocketConnectable *connectable, GIOStream *connection,
                 gpointer user_data)
{
  Dial *dial = user_data;

  if (event != G_SOCKET_CLIENT_TLS_HANDSHAKING)
    return;

  /* not the first one, if the host has several addresses */
  stop_judging (dial);
  dial->tls = g_object_ref (G_TLS_CONNECTION (connection));
  relay_tls_trust_prepare (dial->endpoint->trust, dial->tls);
  g_signal_connect (dial->tls, "accept-certificate", G_CALLBACK (on_accept_certificate), dial);
}

/* http and https, not ws and wss: those are the schemes that proxy settings know. */
static GSocketConnectable *
make_address (GUri *uri, GError **error)
{
  gboolean is_tls = relay_url_is_tls (uri);
  gboolean is_ipv6 = strchr (g_uri_get_host (uri), ':') != NULL;
  int port = g_uri_get_port (uri);
  g_autofree char *text =
      g_strdup_printf (is_ipv6 ? "%s://[%s]" : "%s://%s", is_tls ? "https" : "http", g_uri_get_host (uri));
  g_autofree char *with_port = g_strdup_printf ("%s:%d", text, port != -1 ? port : is_tls ? 443 : 80);

  return g_network_address_parse_uri (with_port, (guint16) (is_tls ? 443 : 80), error);
}

static void on_ca_file_read (GObject *source, GAsyncResult *result, gpointer user_data);
static void on_connected (GObject *source, GAsyncResult *result, gpointer user_data);

static void
read_ca_file_in_thread (GTask *task, gpointer source, gpointer task_data, GCancellable *cancellable)
{
  g_autoptr (GError) error = NULL;
  GTlsDatabase *database = relay_tls_trust_read_ca_file (task_data, &error);

  if (database != NULL)
    g_task_return_pointer (task, database, g_object_unref);
  else
    g_task_return_error (task, g_steal_pointer (&error));
}

/* Takes @task. The thread may hang in a network's file system: nobody waits for it then. */
static void
read_ca_file (GTask *task, const char *ca_file)
{
  g_autoptr (GTask) reading = g_task_new (NULL, g_task_get_cancellable (task), on_ca_file_read, task);

  g_task_set_source_tag (reading, read_ca_file);
  g_task_set_return_on_cancel (reading, TRUE);
  g_task_set_task_data (reading, g_strdup (ca_file), g_free);
  g_task_run_in_thread (reading, read_ca_file_in_thread);
}

/* Takes @task. */
static void
connect_client (GTask *task)
{
  Dial *dial = g_task_get_task_data (task);

  g_socket_client_connect_async (dial->client, dial->address, g_task_get_cancellable (task), on_connected, task);
}

/**
 * relay_endpoint_dial_async:
 * @self: an endpoint
 * @cancellable: (nullable): a cancellable; only it limits the time
 * @callback: called when there is a connection or none
 * @user_data: for @callback
 *
 * Opens a connection, through TLS for `wss`, through the desktop's or the environment's proxy where the host is not this
 * machine. Nothing is sent on it before the certificate was accepted.
 */
void
relay_endpoint_dial_async (RelayEndpoint *self, GCancellable *cancellable, GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (self, cancellable, callback, user_data);
  const char *ca_file = relay_url_is_tls (self->uri) ? relay_tls_trust_get_ca_file (self->trust) : NULL;
  g_autoptr (GError) error = NULL;
  Dial *dial = g_new0 (Dial, 1);

  dial->endpoint = g_object_ref (self);
  dial->client = g_socket_client_new ();
  g_task_set_source_tag (task, relay_endpoint_dial_async);
  g_task_set_task_data (task, dial, (GDestroyNotify) dial_free);

  dial->address = make_address (self->uri, &error);
  if (dial->address == NULL)
    {
      g_task_return_new_error (task, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "the %s's URL cannot be dialled: %s",
                               relay_side_to_string (self->side), error->message);
      return;
    }

  g_socket_client_set_enable_proxy (dial->client, !relay_url_is_loopback (self->uri));
  g_socket_client_set_tls (dial->client, relay_url_is_tls (self->uri));
  g_signal_connect (dial->client, "event", G_CALLBACK (on_client_event), dial);
  if (ca_file != NULL)
    read_ca_file (g_steal_pointer (&task), ca_file);
  else
    connect_client (g_steal_pointer (&task));
}

static void
on_ca_file_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Dial *dial = g_task_get_task_data (task);
  GError *error = NULL;
  GTlsDatabase *database = g_task_propagate_pointer (G_TASK (result), &error);

  if (database == NULL)
    {
      g_task_return_error (task, error);
      return;
    }

  relay_tls_trust_set_database (dial->endpoint->trust, database);
  connect_client (g_steal_pointer (&task));
}

static GError *
make_dial_error (Dial *dial, const GError *cause)
{
  RelaySide side = dial->endpoint->side;
  g_autofree char *url = relay_url_to_display (dial->endpoint->uri);

  if (dial->tls_error != NULL)
    return g_steal_pointer (&dial->tls_error);
  if (cause->domain == G_TLS_ERROR)
    return g_error_new (RELAY_ERROR, RELAY_ERROR_TLS_FAILED, "TLS with the %s at %s failed: %s", relay_side_to_string (side),
                        url, cause->message);

  return relay_side_error (side, RELAY_ERROR_GATEWAY_UNREACHABLE, RELAY_ERROR_PLATFORM_UNREACHABLE,
                           "cannot reach the %s at %s: %s", relay_side_to_string (side), url, cause->message);
}

static GTlsConnection *
get_tls (Dial *dial)
{
  return G_TLS_CONNECTION (g_tcp_wrapper_connection_get_base_io_stream (G_TCP_WRAPPER_CONNECTION (dial->connection)));
}

static gboolean
check_pins (Dial *dial)
{
  GTlsConnection *tls = get_tls (dial);
  GTlsCertificate *certificate = g_tls_connection_get_peer_certificate (tls);

  /* "accept-certificate" is not emitted when the system trusts the certificate: a pin must hold all the same */
  return on_accept_certificate (tls, certificate, g_tls_connection_get_peer_certificate_errors (tls), dial);
}

static void
on_connected (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Dial *dial = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;
  GSocket *socket;

  dial->connection = g_socket_client_connect_finish (G_SOCKET_CLIENT (source), result, &error);
  if (g_task_return_error_if_cancelled (task))
    return;
  if (dial->connection == NULL)
    {
      g_task_return_error (task, make_dial_error (dial, error));
      return;
    }

  if (relay_url_is_tls (dial->endpoint->uri) && !check_pins (dial))
    {
      g_task_return_error (task, g_steal_pointer (&dial->tls_error));
      return;
    }
  stop_judging (dial);

  /* we join small writes ourselves */
  socket = g_socket_connection_get_socket (dial->connection);
  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, TRUE, NULL);

  g_task_return_pointer (task, g_steal_pointer (&dial->connection), g_object_unref);
}

/**
 * relay_endpoint_dial_finish:
 * @self: an endpoint
 * @result: what the callback got
 * @error: return location; %RELAY_ERROR_GATEWAY_UNREACHABLE or %RELAY_ERROR_PLATFORM_UNREACHABLE, %RELAY_ERROR_TLS_FAILED,
 *   %RELAY_ERROR_BAD_SETTINGS, %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): a connection on which nothing was sent yet
 */
GSocketConnection *
relay_endpoint_dial_finish (RelayEndpoint *self, GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_is_valid (result, self), NULL);
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_endpoint_dial_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
