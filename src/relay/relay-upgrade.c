/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-upgrade.h"

#include <libsoup/soup.h>
#include <string.h>

#include "common/relay-error.h"
#include "common/relay-random.h"

#define WEBSOCKET_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"
#define KEY_BYTES 16
#define HEAD_END "\r\n\r\n"
/* What is left of a record within TLS makes no source ready, so that one has to be read as a whole. */
#define MAX_TLS_RECORD (16 * 1024)
/* libsoup has no name for it */
#define STATUS_TOO_MANY_REQUESTS 429

typedef struct {
  GIOStream *connection;   /* (owned) */
  RelayEndpoint *endpoint; /* (owned) */
  RelayClock *clock;       /* (owned) */
  char *key;               /* (owned) */
  char *request;           /* (owned) */
  GByteArray *answer;      /* (owned) */
  guint8 buffer[MAX_TLS_RECORD];
} Upgrade;

static void
upgrade_free (Upgrade *upgrade)
{
  g_clear_object (&upgrade->connection);
  g_clear_object (&upgrade->endpoint);
  g_clear_object (&upgrade->clock);
  g_free (upgrade->key);
  g_free (upgrade->request);
  g_byte_array_unref (upgrade->answer);
  g_free (upgrade);
}

static char *
make_key (void)
{
  guint8 random[KEY_BYTES];

  relay_random_fill (random, sizeof random);
  return g_base64_encode (random, sizeof random);
}

static char *
expected_accept (const char *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  g_checksum_update (checksum, (const guint8 *) key, -1);
  g_checksum_update (checksum, (const guint8 *) WEBSOCKET_GUID, -1);
  g_checksum_get_digest (checksum, digest, &length);

  return g_base64_encode (digest, length);
}

static char *
host_header (GUri *uri)
{
  gboolean is_ipv6 = strchr (g_uri_get_host (uri), ':') != NULL;
  g_autofree char *host = g_strdup_printf (is_ipv6 ? "[%s]" : "%s", g_uri_get_host (uri));
  int port = g_uri_get_port (uri);
  int default_port = g_str_equal (g_uri_get_scheme (uri), "wss") ? 443 : 80;

  if (port == -1 || port == default_port)
    return g_steal_pointer (&host);
  return g_strdup_printf ("%s:%d", host, port);
}

/**
 * relay_upgrade_build_request:
 * @uri: what is dialled
 * @key: the value of `Sec-WebSocket-Key`
 *
 * Returns: (transfer full): the whole request head
 */
char *
relay_upgrade_build_request (GUri *uri, const char *key)
{
  g_autofree char *host = host_header (uri);
  const char *path = g_uri_get_path (uri);
  const char *query = g_uri_get_query (uri);

  return g_strdup_printf ("GET %s%s%s HTTP/1.1\r\n"
                          "Host: %s\r\n"
                          "Upgrade: websocket\r\n"
                          "Connection: Upgrade\r\n"
                          "Sec-WebSocket-Key: %s\r\n"
                          "Sec-WebSocket-Version: 13\r\n"
                          "User-Agent: gangway/" PACKAGE_VERSION HEAD_END,
                          *path != '\0' ? path : "/", query != NULL ? "?" : "", query != NULL ? query : "", host, key);
}

static guint
parse_retry_after_ms (SoupMessageHeaders *headers, gint64 now_ms)
{
  const char *value = soup_message_headers_get_one (headers, "Retry-After");
  g_autoptr (GDateTime) date = NULL;

  if (value == NULL)
    return 0;
  /* however long: the number that is too large for us is a long wait, not none */
  if (*value != '\0' && value[strspn (value, "0123456789")] == '\0')
    return (guint) MIN (g_ascii_strtoull (value, NULL, 10), G_MAXINT / 1000) * 1000;

  date = soup_date_time_new_from_http_string (value);
  if (date == NULL)
    return 0;
  return (guint) CLAMP (g_date_time_to_unix (date) * 1000 - now_ms, 0, G_MAXINT);
}

static GError *
error_for_status (RelaySide side, guint status, SoupMessageHeaders *headers, gint64 now_ms)
{
  const char *name = relay_side_to_string (side);
  const char *phrase = status == STATUS_TOO_MANY_REQUESTS ? "Too Many Requests" : soup_status_get_phrase (status);
  GError *error;

  if (SOUP_STATUS_IS_REDIRECTION (status))
    return relay_side_error (
        side, RELAY_ERROR_GATEWAY_REFUSED, RELAY_ERROR_PLATFORM_REFUSED,
        "%s answered with a redirect (HTTP %u), which is never followed: put the final address into the settings", name,
        status);
  if (status == SOUP_STATUS_UNAUTHORIZED || status == SOUP_STATUS_FORBIDDEN)
    return relay_side_error (side, RELAY_ERROR_GATEWAY_REFUSED, RELAY_ERROR_PLATFORM_REFUSED,
                             "%s refused the connection: HTTP %u %s; check the key and the URL", name, status, phrase);
  if (SOUP_STATUS_IS_CLIENT_ERROR (status) && status != SOUP_STATUS_REQUEST_TIMEOUT && status != STATUS_TOO_MANY_REQUESTS)
    return relay_side_error (side, RELAY_ERROR_GATEWAY_REFUSED, RELAY_ERROR_PLATFORM_REFUSED,
                             "%s refused the connection: HTTP %u %s; check the URL", name, status, phrase);

  error = relay_side_error (side, RELAY_ERROR_GATEWAY_UNREACHABLE, RELAY_ERROR_PLATFORM_UNREACHABLE,
                            "%s is not available: HTTP %u %s", name, status, phrase);
  relay_error_set_retry_after_ms (error, parse_retry_after_ms (headers, now_ms));
  return error;
}

static const char *
find_upgrade_fault (SoupMessageHeaders *headers, const char *key)
{
  g_autofree char *accept = expected_accept (key);
  const char *upgrade = soup_message_headers_get_one (headers, "Upgrade");
  const char *connection = soup_message_headers_get_list (headers, "Connection");

  if (upgrade == NULL || g_ascii_strcasecmp (upgrade, "websocket") != 0)
    return "Upgrade";
  if (connection == NULL || !soup_header_contains (connection, "upgrade"))
    return "Connection";
  if (g_strcmp0 (soup_message_headers_get_one (headers, "Sec-WebSocket-Accept"), accept) != 0)
    return "Sec-WebSocket-Accept";
  /* none was asked for */
  if (soup_message_headers_get_list (headers, "Sec-WebSocket-Extensions") != NULL)
    return "Sec-WebSocket-Extensions";
  if (soup_message_headers_get_list (headers, "Sec-WebSocket-Protocol") != NULL)
    return "Sec-WebSocket-Protocol";

  return NULL;
}

/**
 * relay_upgrade_check_answer:
 * @head: the answer's head, with the empty line that ends it
 * @length: its length in bytes
 * @key: the request's `Sec-WebSocket-Key`
 * @side: who answered
 * @now_ms: the time, in milliseconds since the epoch
 * @error: return location; a `-refused` error when asking again will not help, `-unreachable` (perhaps with a wait) when
 *   it may, `-protocol` when it is no answer to an upgrade
 *
 * Judges the answer to an upgrade.
 *
 * Returns: %TRUE if the connection is a WebSocket now
 */
gboolean
relay_upgrade_check_answer (const char *head, gsize length, const char *key, RelaySide side, gint64 now_ms, GError **error)
{
  g_autoptr (SoupMessageHeaders) headers = soup_message_headers_new (SOUP_MESSAGE_HEADERS_RESPONSE);
  SoupHTTPVersion version;
  guint status;
  const char *fault;

  if (memchr (head, '\0', length) != NULL ||
      !soup_headers_parse_response (head, (int) length - 2, headers, &version, &status, NULL))
    {
      g_propagate_error (error,
                         relay_side_error (side, RELAY_ERROR_GATEWAY_PROTOCOL, RELAY_ERROR_PLATFORM_PROTOCOL,
                                           "%s did not answer in HTTP; is the URL right?", relay_side_to_string (side)));
      return FALSE;
    }

  if (status != SOUP_STATUS_SWITCHING_PROTOCOLS)
    {
      g_propagate_error (error, error_for_status (side, status, headers, now_ms));
      return FALSE;
    }

  fault = version == SOUP_HTTP_1_1 ? find_upgrade_fault (headers, key) : "HTTP version";
  if (fault != NULL)
    {
      g_propagate_error (error,
                         relay_side_error (side, RELAY_ERROR_GATEWAY_PROTOCOL, RELAY_ERROR_PLATFORM_PROTOCOL,
                                           "%s answered the upgrade with a wrong %s", relay_side_to_string (side), fault));
      return FALSE;
    }

  return TRUE;
}

static void on_request_written (GObject *source, GAsyncResult *result, gpointer user_data);
static void read_more (GTask *task);
static void on_answer_read (GObject *source, GAsyncResult *result, gpointer user_data);

/**
 * relay_upgrade_async:
 * @connection: an open connection that nobody else uses
 * @endpoint: what was dialled
 * @clock: where the time comes from
 * @cancellable: (nullable): a cancellable; only it limits the time
 * @callback: called when the answer was judged
 * @user_data: for @callback
 *
 * Asks the peer to speak WebSocket.
 */
void
relay_upgrade_async (GIOStream *connection, RelayEndpoint *endpoint, RelayClock *clock, GCancellable *cancellable,
                     GAsyncReadyCallback callback, gpointer user_data)
{
  g_autoptr (GTask) task = g_task_new (connection, cancellable, callback, user_data);
  Upgrade *upgrade = g_new0 (Upgrade, 1);

  upgrade->connection = g_object_ref (connection);
  upgrade->endpoint = g_object_ref (endpoint);
  upgrade->clock = g_object_ref (clock);
  upgrade->key = make_key ();
  upgrade->request = relay_upgrade_build_request (relay_endpoint_get_uri (endpoint), upgrade->key);
  upgrade->answer = g_byte_array_new ();
  g_task_set_source_tag (task, relay_upgrade_async);
  g_task_set_task_data (task, upgrade, (GDestroyNotify) upgrade_free);

  g_output_stream_write_all_async (g_io_stream_get_output_stream (connection), upgrade->request, strlen (upgrade->request),
                                   G_PRIORITY_DEFAULT, cancellable, on_request_written, g_steal_pointer (&task));
}

static void
return_broken (GTask *task, const GError *cause)
{
  Upgrade *upgrade = g_task_get_task_data (task);
  RelaySide side = relay_endpoint_get_side (upgrade->endpoint);

  if (g_task_return_error_if_cancelled (task))
    return;

  g_task_return_error (task, relay_side_error (side, RELAY_ERROR_GATEWAY_UNREACHABLE, RELAY_ERROR_PLATFORM_UNREACHABLE,
                                               "%s closed the connection during the upgrade: %s",
                                               relay_side_to_string (side), cause != NULL ? cause->message : "no answer"));
}

static void
on_request_written (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  g_autoptr (GError) error = NULL;

  if (!g_output_stream_write_all_finish (G_OUTPUT_STREAM (source), result, NULL, &error))
    {
      return_broken (task, error);
      return;
    }

  read_more (g_steal_pointer (&task));
}

static void
read_more (GTask *task)
{
  Upgrade *upgrade = g_task_get_task_data (task);

  g_input_stream_read_async (g_io_stream_get_input_stream (upgrade->connection), upgrade->buffer, sizeof upgrade->buffer,
                             G_PRIORITY_DEFAULT, g_task_get_cancellable (task), on_answer_read, task);
}

static void
judge (GTask *task, gsize head_length)
{
  Upgrade *upgrade = g_task_get_task_data (task);
  g_autoptr (GError) error = NULL;

  if (!relay_upgrade_check_answer ((const char *) upgrade->answer->data, head_length, upgrade->key,
                                   relay_endpoint_get_side (upgrade->endpoint), relay_clock_get_real_ms (upgrade->clock),
                                   &error))
    {
      g_task_return_error (task, g_steal_pointer (&error));
      return;
    }

  g_task_return_pointer (task, g_bytes_new (upgrade->answer->data + head_length, upgrade->answer->len - head_length),
                         (GDestroyNotify) g_bytes_unref);
}

static void
on_answer_read (GObject *source, GAsyncResult *result, gpointer user_data)
{
  g_autoptr (GTask) task = G_TASK (user_data);
  Upgrade *upgrade = g_task_get_task_data (task);
  RelaySide side = relay_endpoint_get_side (upgrade->endpoint);
  g_autoptr (GError) error = NULL;
  gssize count = g_input_stream_read_finish (G_INPUT_STREAM (source), result, &error);
  const char *end;

  if (count <= 0)
    {
      return_broken (task, error);
      return;
    }

  g_byte_array_append (upgrade->answer, upgrade->buffer, (guint) count);
  end = memmem (upgrade->answer->data, upgrade->answer->len, HEAD_END, strlen (HEAD_END));
  if (end != NULL)
    judge (task, (gsize) (end - (const char *) upgrade->answer->data) + strlen (HEAD_END));
  else if (upgrade->answer->len > RELAY_UPGRADE_MAX_ANSWER)
    g_task_return_error (task, relay_side_error (side, RELAY_ERROR_GATEWAY_PROTOCOL, RELAY_ERROR_PLATFORM_PROTOCOL,
                                                 "%s answered the upgrade with more than %d bytes of headers",
                                                 relay_side_to_string (side), RELAY_UPGRADE_MAX_ANSWER));
  else
    read_more (g_steal_pointer (&task));
}

/**
 * relay_upgrade_finish:
 * @result: what the callback got
 * @error: return location; as relay_upgrade_check_answer(), or %G_IO_ERROR_CANCELLED
 *
 * Returns: (transfer full): the bytes behind the answer, perhaps none: the first frames
 */
GBytes *
relay_upgrade_finish (GAsyncResult *result, GError **error)
{
  g_return_val_if_fail (g_task_get_source_tag (G_TASK (result)) == relay_upgrade_async, NULL);

  return g_task_propagate_pointer (G_TASK (result), error);
}
