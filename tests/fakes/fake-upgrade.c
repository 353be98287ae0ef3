/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "fakes/fake-upgrade.h"

#include <string.h>

#define WEBSOCKET_GUID "258EAFA5-E914-47DA-95CA-C5AB0DC85B11"

/**
 * fake_upgrade_get_header:
 * @head: a request, up to its empty line
 * @name: a header's name
 *
 * Returns: (transfer full) (nullable): the header's value
 */
char *
fake_upgrade_get_header (const char *head, const char *name)
{
  g_auto (GStrv) lines = g_strsplit (head, "\r\n", -1);
  gsize length = strlen (name);

  for (guint i = 1; lines[i] != NULL; i++)
    {
      if (g_ascii_strncasecmp (lines[i], name, length) == 0 && lines[i][length] == ':')
        return g_strdup (g_strstrip (lines[i] + length + 1));
    }

  return NULL;
}

static gboolean
header_is (const char *head, const char *name, const char *value)
{
  g_autofree char *actual = fake_upgrade_get_header (head, name);

  return actual != NULL && g_ascii_strcasecmp (actual, value) == 0;
}

/**
 * fake_upgrade_check:
 * @head: a request, up to its empty line
 *
 * Returns: (transfer full) (nullable): what is wrong with @head as a WebSocket client's request, or %NULL
 */
char *
fake_upgrade_check (const char *head)
{
  g_autofree char *host = fake_upgrade_get_header (head, "Host");
  g_autofree char *key = fake_upgrade_get_header (head, "Sec-WebSocket-Key");
  g_autofree guchar *nonce = NULL;
  gsize nonce_bytes = 0;

  if (!g_str_has_prefix (head, "GET ") || strstr (head, " HTTP/1.1\r\n") == NULL)
    return g_strdup ("the upgrade is no GET of HTTP/1.1");
  if (host == NULL)
    return g_strdup ("the upgrade has no Host");
  if (!header_is (head, "Upgrade", "websocket") || !header_is (head, "Connection", "Upgrade"))
    return g_strdup ("the upgrade lacks Upgrade or Connection");
  if (!header_is (head, "Sec-WebSocket-Version", "13"))
    return g_strdup ("the upgrade's Sec-WebSocket-Version is not 13");
  if (key != NULL && *key != '\0')
    nonce = g_base64_decode (key, &nonce_bytes);
  if (nonce_bytes != 16)
    return g_strdup ("the upgrade's Sec-WebSocket-Key is not 16 bytes in base64");

  return NULL;
}

static char *
accept_of (const char *key)
{
  g_autoptr (GChecksum) checksum = g_checksum_new (G_CHECKSUM_SHA1);
  guint8 digest[20];
  gsize length = sizeof digest;

  g_checksum_update (checksum, (const guchar *) key, (gssize) strlen (key));
  g_checksum_update (checksum, (const guchar *) WEBSOCKET_GUID, (gssize) strlen (WEBSOCKET_GUID));
  g_checksum_get_digest (checksum, digest, &length);
  return g_base64_encode (digest, length);
}

/**
 * fake_upgrade_answer:
 * @upgrade: how to answer
 * @head: a request, up to its empty line
 *
 * Returns: (transfer full) (nullable): what to send at once, or %NULL for nothing
 */
char *
fake_upgrade_answer (const FakeUpgrade *upgrade, const char *head)
{
  g_autofree char *key = fake_upgrade_get_header (head, "Sec-WebSocket-Key");
  g_autofree char *accept = NULL;

  switch (upgrade->mode)
    {
    case FAKE_UPGRADE_ACCEPT:
    case FAKE_UPGRADE_BYTEWISE:
      accept = accept_of (key != NULL ? key : "");
      break;
    case FAKE_UPGRADE_WRONG_ACCEPT:
      accept = accept_of ("another key");
      break;
    case FAKE_UPGRADE_REFUSE:
      return g_strdup (upgrade->refusal);
    case FAKE_UPGRADE_ENDLESS:
      return g_strdup ("HTTP/1.1 101 Switching Protocols\r\n");
    case FAKE_UPGRADE_SILENT:
    case FAKE_UPGRADE_DROP:
      return NULL;
    default:
      g_assert_not_reached ();
    }

  return g_strdup_printf ("HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                          "Sec-WebSocket-Accept: %s\r\n%s\r\n",
                          accept, upgrade->headers != NULL ? upgrade->headers : "");
}
