/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

/* What a peer answers to the upgrade, in pieces of some size. `%` stands for the value of Sec-WebSocket-Accept that is
 * right. */

#include "config.h"

#include <string.h>

#include "common/relay-error.h"
#include "fakes/fake-clock.h"
#include "fakes/fake-upgrade.h"
#include "fuzz-peer.h"
#include "fuzz-support.h"
#include "relay/relay-upgrade.h"

#define HEAD_END "\r\n\r\n"

static RelayEndpoint *
make_endpoint (void)
{
  g_autoptr (RelayAccount) account = relay_account_new ("a");
  g_autoptr (GError) error = NULL;
  RelayEndpoint *endpoint;

  account->platform_url = g_strdup ("ws://localhost:1/");
  endpoint = relay_endpoint_new_platform (account, &error);
  g_assert_no_error (error);

  return endpoint;
}

static void
on_upgraded (GObject *source, GAsyncResult *result, gpointer user_data)
{
  *(GAsyncResult **) user_data = g_object_ref (result);
}

/* Queues the answer, with what the request asks for in place of `%`. */
static void
answer (FuzzPeer *peer, const FuzzInput *input)
{
  g_autofree char *request = g_strndup ((const char *) peer->incoming->data, peer->incoming->len);
  g_autofree char *good = fake_upgrade_answer (&(FakeUpgrade){ .mode = FAKE_UPGRADE_ACCEPT }, request);
  g_autofree char *accept = fake_upgrade_get_header (good, "Sec-WebSocket-Accept");

  for (gsize i = 0; i < input->size; i++)
    {
      if (input->data[i] == '%')
        g_byte_array_append (peer->outgoing, (const guint8 *) accept, (guint) strlen (accept));
      else
        g_byte_array_append (peer->outgoing, input->data + i, 1);
    }
}

static void
check_result (GBytes *leftover, const GError *error, const guint8 *sent, gsize n_sent)
{
  const guint8 *end;
  gsize length;
  const guint8 *data;

  if (error != NULL)
    {
      g_assert_true (error->domain == RELAY_ERROR);
      fuzz_check_message (error->message);
      g_assert_cmpuint (relay_error_get_retry_after_ms (error), <=, G_MAXINT);
      return;
    }

  /* what came with the head or not, it begins right behind */
  data = g_bytes_get_data (leftover, &length);
  end = memmem (sent, n_sent, HEAD_END, strlen (HEAD_END));
  g_assert_nonnull (end);
  end += strlen (HEAD_END);
  g_assert_cmpuint (length, <=, (gsize) (sent + n_sent - end));
  g_assert_cmpmem (data, length, end, length);
}

/* Runs until the peer has nothing more to say and the answer is judged. */
static GAsyncResult *
run (FuzzPeer *peer, GAsyncResult **result, gsize chunk)
{
  while (g_main_context_iteration (NULL, FALSE) || fuzz_peer_push (peer, chunk))
    continue;
  if (*result == NULL)
    fuzz_peer_hang_up (peer);
  while (*result == NULL)
    g_main_context_iteration (NULL, TRUE);

  return *result;
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  static RelayEndpoint *endpoint;
  FuzzInput input = { data, size };
  gsize chunk = 1 + fuzz_input_take_below (&input, 256);
  g_auto (FuzzPeer) peer = { NULL };
  g_autoptr (GSocketConnection) connection = fuzz_peer_connect (&peer);
  g_autoptr (FakeClock) clock = fake_clock_new ();
  g_autoptr (GAsyncResult) result = NULL;
  g_autoptr (GError) error = NULL;
  g_autoptr (GBytes) leftover = NULL;
  g_autofree guint8 *sent = NULL;
  gsize n_sent;

  if (endpoint == NULL)
    endpoint = make_endpoint ();
  relay_upgrade_async (G_IO_STREAM (connection), endpoint, RELAY_CLOCK (clock), NULL, on_upgraded, &result);
  while (!fuzz_peer_pull (&peer))
    g_main_context_iteration (NULL, FALSE);
  answer (&peer, &input);
  n_sent = peer.outgoing->len;
  sent = g_memdup2 (peer.outgoing->data, n_sent);

  leftover = relay_upgrade_finish (run (&peer, &result, MAX (chunk, n_sent / 64)), &error);
  check_result (leftover, error, sent, n_sent);
  return 0;
}
