/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-peer.h"

#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>

typedef struct {
  guint port;                   /* 0 before the first listen */
  char *address;                /* (owned) */
  GTlsCertificate *certificate; /* (owned) (nullable) */
  guint receive_buffer_bytes;
  char *url; /* (owned) */

  GSocketService *service; /* (owned) (nullable) while it listens */
  FakeUpgrade upgrade;     /* (owned) */
  GPtrArray *connections;  /* (owned) (element-type FakeConnection) all that there ever were */
  GPtrArray *opened;       /* (owned) (element-type FakeConnection) in the order of their upgrades */
  guint n_waited;          /* of `opened`, were returned by fake_peer_wait_for_connection() */
} FakePeerPrivate;

G_DEFINE_TYPE_WITH_PRIVATE (FakePeer, fake_peer, G_TYPE_OBJECT)

enum {
  PROP_PORT = 1,
  PROP_ADDRESS,
  PROP_CERTIFICATE,
  PROP_RECEIVE_BUFFER,
  N_PROPERTIES,
};

enum {
  SIGNAL_OPENED,
  SIGNAL_MESSAGE,
  SIGNAL_CLOSED,
  N_SIGNALS,
};

static GParamSpec *properties[N_PROPERTIES];
static guint signals[N_SIGNALS];

static gboolean
fake_peer_real_opened (FakePeer *self, FakeConnection *connection)
{
  return FALSE;
}

static gboolean
fake_peer_real_message (FakePeer *self, FakeConnection *connection, FakeMessage *message)
{
  return FALSE;
}

static void
on_opened (FakeConnection *connection, FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);
  gboolean handled;

  g_ptr_array_add (priv->opened, g_object_ref (connection));
  g_signal_emit (self, signals[SIGNAL_OPENED], 0, connection, &handled);
}

static void
on_message (FakeConnection *connection, FakeMessage *message, FakePeer *self)
{
  gboolean handled;

  g_signal_emit (self, signals[SIGNAL_MESSAGE], 0, connection, message, &handled);
}

static void
on_closed (FakeConnection *connection, FakePeer *self)
{
  g_signal_emit (self, signals[SIGNAL_CLOSED], 0, connection);
}

static void
fake_peer_accept (FakePeer *self, GSocketConnection *tcp)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);
  GSocket *socket = g_socket_connection_get_socket (tcp);
  g_autoptr (GIOStream) stream = g_object_ref (G_IO_STREAM (tcp));
  g_autoptr (FakeConnection) connection = NULL;

  g_socket_set_option (socket, IPPROTO_TCP, TCP_NODELAY, 1, NULL);
  if (priv->certificate != NULL)
    {
      g_object_unref (stream);
      stream = g_tls_server_connection_new (G_IO_STREAM (tcp), priv->certificate, NULL);
      g_assert_nonnull (stream);
    }

  connection = fake_connection_new (stream, socket, &priv->upgrade, priv->connections->len + 1);
  g_signal_connect_object (connection, "opened", G_CALLBACK (on_opened), self, 0);
  g_signal_connect_object (connection, "message", G_CALLBACK (on_message), self, 0);
  g_signal_connect_object (connection, "closed", G_CALLBACK (on_closed), self, 0);
  g_ptr_array_add (priv->connections, g_object_ref (connection));
  fake_connection_start (connection);
}

static gboolean
on_incoming (GSocketService *service, GSocketConnection *tcp, GObject *source_object, gpointer user_data)
{
  fake_peer_accept (FAKE_PEER (user_data), tcp);
  return TRUE;
}

static GSocket *
fake_peer_bind (FakePeer *self, GError **error)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);
  g_autoptr (GInetAddress) address = g_inet_address_new_from_string (priv->address);
  g_autoptr (GSocketAddress) wanted = g_inet_socket_address_new (address, (guint16) priv->port);
  g_autoptr (GSocketAddress) bound = NULL;
  g_autoptr (GSocket) socket =
      g_socket_new (g_inet_address_get_family (address), G_SOCKET_TYPE_STREAM, G_SOCKET_PROTOCOL_TCP, error);

  if (socket == NULL)
    return NULL;
  /* Accepted sockets inherit it; set later it would come after the window was told. */
  if (priv->receive_buffer_bytes > 0 &&
      !g_socket_set_option (socket, SOL_SOCKET, SO_RCVBUF, (int) priv->receive_buffer_bytes, error))
    return NULL;
  if (!g_socket_bind (socket, wanted, TRUE, error) || !g_socket_listen (socket, error))
    return NULL;
  bound = g_socket_get_local_address (socket, error);
  if (bound == NULL)
    return NULL;

  priv->port = g_inet_socket_address_get_port (G_INET_SOCKET_ADDRESS (bound));
  return g_steal_pointer (&socket);
}

/**
 * fake_peer_listen:
 * @self: a peer
 * @error: return location
 *
 * Listens (again), on the port that it had before.
 *
 * Returns: %FALSE with an error of %G_IO_ERROR
 */
gboolean
fake_peer_listen (FakePeer *self, GError **error)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);
  g_autoptr (GSocket) socket = NULL;

  if (priv->service != NULL)
    return TRUE;

  socket = fake_peer_bind (self, error);
  if (socket == NULL)
    return FALSE;

  priv->service = g_socket_service_new ();
  g_signal_connect_object (priv->service, "incoming", G_CALLBACK (on_incoming), self, 0);
  g_free (priv->url);
  priv->url = g_strdup_printf (strchr (priv->address, ':') != NULL ? "%s://[%s]:%u" : "%s://%s:%u",
                               priv->certificate != NULL ? "wss" : "ws", priv->address, priv->port);
  return g_socket_listener_add_socket (G_SOCKET_LISTENER (priv->service), socket, NULL, error);
}

/**
 * fake_peer_stop_listening:
 * @self: a peer
 *
 * Has new connections refused; those that stand go on.
 */
void
fake_peer_stop_listening (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  if (priv->service == NULL)
    return;

  g_socket_service_stop (priv->service);
  g_socket_listener_close (G_SOCKET_LISTENER (priv->service));
  g_clear_object (&priv->service);
}

static void
fake_peer_constructed (GObject *object)
{
  g_autoptr (GError) error = NULL;

  G_OBJECT_CLASS (fake_peer_parent_class)->constructed (object);

  if (!fake_peer_listen (FAKE_PEER (object), &error))
    g_error ("a fake peer cannot listen: %s", error->message);
}

static void
fake_peer_dispose (GObject *object)
{
  FakePeer *self = FAKE_PEER (object);
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  fake_peer_stop_listening (self);
  for (guint i = 0; i < priv->connections->len; i++)
    fake_connection_drop (priv->connections->pdata[i], FAKE_DROP_FIN);

  G_OBJECT_CLASS (fake_peer_parent_class)->dispose (object);
}

static void
fake_peer_finalize (GObject *object)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (FAKE_PEER (object));

  g_ptr_array_unref (priv->connections);
  g_ptr_array_unref (priv->opened);
  g_clear_object (&priv->certificate);
  g_free (priv->address);
  g_free (priv->url);
  g_free (priv->upgrade.refusal);
  g_free (priv->upgrade.headers);

  G_OBJECT_CLASS (fake_peer_parent_class)->finalize (object);
}

static void
fake_peer_set_property (GObject *object, guint id, const GValue *value, GParamSpec *pspec)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (FAKE_PEER (object));

  switch (id)
    {
    case PROP_PORT:
      priv->port = g_value_get_uint (value);
      break;
    case PROP_ADDRESS:
      priv->address = g_value_dup_string (value);
      break;
    case PROP_CERTIFICATE:
      priv->certificate = g_value_dup_object (value);
      break;
    case PROP_RECEIVE_BUFFER:
      priv->receive_buffer_bytes = g_value_get_uint (value);
      break;
    default:
      G_OBJECT_WARN_INVALID_PROPERTY_ID (object, id, pspec);
    }
}

static void
fake_peer_class_init (FakePeerClass *klass)
{
  GObjectClass *object_class = G_OBJECT_CLASS (klass);
  GType type = G_TYPE_FROM_CLASS (klass);
  GParamFlags flags = G_PARAM_WRITABLE | G_PARAM_CONSTRUCT_ONLY | G_PARAM_STATIC_STRINGS;

  object_class->constructed = fake_peer_constructed;
  object_class->dispose = fake_peer_dispose;
  object_class->finalize = fake_peer_finalize;
  object_class->set_property = fake_peer_set_property;
  klass->opened = fake_peer_real_opened;
  klass->message = fake_peer_real_message;

  properties[PROP_PORT] = g_param_spec_uint ("port", NULL, NULL, 0, G_MAXUINT16, 0, flags);
  properties[PROP_ADDRESS] = g_param_spec_string ("address", NULL, NULL, "127.0.0.1", flags);
  properties[PROP_CERTIFICATE] = g_param_spec_object ("certificate", NULL, NULL, G_TYPE_TLS_CERTIFICATE, flags);
  properties[PROP_RECEIVE_BUFFER] = g_param_spec_uint ("receive-buffer", NULL, NULL, 0, G_MAXINT, 0, flags);
  g_object_class_install_properties (object_class, N_PROPERTIES, properties);

  signals[SIGNAL_OPENED] =
      g_signal_new ("opened", type, G_SIGNAL_RUN_LAST, G_STRUCT_OFFSET (FakePeerClass, opened),
                    g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 1, FAKE_TYPE_CONNECTION);
  signals[SIGNAL_MESSAGE] = g_signal_new ("message", type, G_SIGNAL_RUN_LAST, G_STRUCT_OFFSET (FakePeerClass, message),
                                          g_signal_accumulator_true_handled, NULL, NULL, G_TYPE_BOOLEAN, 2,
                                          FAKE_TYPE_CONNECTION, FAKE_TYPE_MESSAGE);
  signals[SIGNAL_CLOSED] = g_signal_new ("closed", type, G_SIGNAL_RUN_LAST, G_STRUCT_OFFSET (FakePeerClass, closed), NULL,
                                         NULL, NULL, G_TYPE_NONE, 1, FAKE_TYPE_CONNECTION);
}

static void
fake_peer_init (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  priv->connections = g_ptr_array_new_with_free_func (g_object_unref);
  priv->opened = g_ptr_array_new_with_free_func (g_object_unref);
}

/**
 * fake_peer_new:
 *
 * Returns: (transfer full): a peer on 127.0.0.1 that accepts everything and says nothing
 */
FakePeer *
fake_peer_new (void)
{
  return g_object_new (FAKE_TYPE_PEER, NULL);
}

/**
 * fake_peer_get_url:
 * @self: a peer
 *
 * Returns: where it listens, for instance `ws://127.0.0.1:40123`
 */
const char *
fake_peer_get_url (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  return priv->url;
}

/**
 * fake_peer_get_port:
 * @self: a peer
 *
 * Returns: the port on which it listens
 */
guint
fake_peer_get_port (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  return priv->port;
}

/**
 * fake_peer_set_upgrade_mode:
 * @self: a peer
 * @mode: how connections that come from now on are answered
 */
void
fake_peer_set_upgrade_mode (FakePeer *self, FakeUpgradeMode mode)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  priv->upgrade.mode = mode;
}

/**
 * fake_peer_set_upgrade_headers:
 * @self: a peer
 * @headers: (nullable): further header lines for the 101, each with its CRLF
 */
void
fake_peer_set_upgrade_headers (FakePeer *self, const char *headers)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  g_free (priv->upgrade.headers);
  priv->upgrade.headers = g_strdup (headers);
}

/**
 * fake_peer_refuse:
 * @self: a peer
 * @status: for instance `503 Service Unavailable`
 * @headers: (nullable): further header lines, each with its CRLF
 * @body: (nullable): the answer's body
 *
 * Answers connections that come from now on with another status than 101, until fake_peer_set_upgrade_mode().
 */
void
fake_peer_refuse (FakePeer *self, const char *status, const char *headers, const char *body)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  g_free (priv->upgrade.refusal);
  priv->upgrade.refusal =
      g_strdup_printf ("HTTP/1.1 %s\r\nContent-Length: %" G_GSIZE_FORMAT "\r\nConnection: close\r\n%s\r\n%s", status,
                       body != NULL ? strlen (body) : 0, headers != NULL ? headers : "", body != NULL ? body : "");
  priv->upgrade.mode = FAKE_UPGRADE_REFUSE;
}

/**
 * fake_peer_get_n_total:
 * @self: a peer
 *
 * Returns: how many TCP connections were ever made to it
 */
guint
fake_peer_get_n_total (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  return priv->connections->len;
}

/**
 * fake_peer_get_n_open:
 * @self: a peer
 *
 * Returns: how many TCP connections to it stand, whatever their state
 */
guint
fake_peer_get_n_open (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);
  guint n = 0;

  for (guint i = 0; i < priv->connections->len; i++)
    n += !fake_connection_is_gone (priv->connections->pdata[i]);
  return n;
}

/**
 * fake_peer_get_connection:
 * @self: a peer
 *
 * Returns: (transfer none) (nullable): the newest connection that is open, or %NULL
 */
FakeConnection *
fake_peer_get_connection (FakePeer *self)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  for (guint i = priv->opened->len; i > 0; i--)
    {
      if (fake_connection_is_open (priv->opened->pdata[i - 1]))
        return priv->opened->pdata[i - 1];
    }

  return NULL;
}

/**
 * fake_peer_get_nth_connection:
 * @self: a peer
 * @n: from 1
 *
 * Returns: (transfer none) (nullable): the TCP connection of that number, whatever its state
 */
FakeConnection *
fake_peer_get_nth_connection (FakePeer *self, guint n)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);

  return n >= 1 && n <= priv->connections->len ? priv->connections->pdata[n - 1] : NULL;
}

/**
 * fake_peer_wait_for_connection_at:
 * @self: a peer
 * @where: the place in the test
 *
 * Waits for the next connection whose upgrade is done; fails the test if it takes too long. Each is returned once.
 *
 * Returns: (transfer none): the connection, which may have ended since
 */
FakeConnection *
fake_peer_wait_for_connection_at (FakePeer *self, const char *where)
{
  FakePeerPrivate *priv = fake_peer_get_instance_private (self);
  FakeWait wait;

  fake_wait_begin (&wait);
  while (priv->opened->len == priv->n_waited)
    {
      if (!fake_wait_iterate (&wait))
        {
          g_autofree char *what =
              g_strdup_printf ("connection %u to %s (%u were made)", priv->n_waited + 1, priv->url, priv->connections->len);

          fake_wait_fail (where, what);
        }
    }
  fake_wait_end (&wait);

  return priv->opened->pdata[priv->n_waited++];
}
