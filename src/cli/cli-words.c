/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "cli/cli-words.h"

#include <glib/gi18n.h>

typedef struct {
  const char *code;
  CliSide side;
  const char *words;
  const char *remedy;
} ErrorWords;

/* `LastErrorCode` for a person: what is wrong, and what to do about it. */
static const ErrorWords error_words[] = {
  { "bad-settings", CLI_SIDE_NONE, N_ ("a setting is missing or wrong"),
    N_ ("Correct the setting that the message names. It applies as soon as the file is saved.") },
  { "no-key", CLI_SIDE_NONE, N_ ("there is no key for the platform"),
    N_ ("Run “gangway pair” with the platform's address and key. Or save the key in a file that only you can read (chmod "
        "600), "
        "and name that file with platform-key-file= in the account's group of gangway.conf.") },
  { "key-locked", CLI_SIDE_NONE, N_ ("the key for the platform is locked away"),
    N_ ("Log in to your desktop, or unlock your keyring. Gangway connects by itself then.") },
  { "url-changed", CLI_SIDE_NONE, N_ ("the key belongs to another platform-url"),
    N_ ("Set platform-url back to what it was, or pair the account with the new address.") },
  { "plaintext-refused", CLI_SIDE_NONE, N_ ("the connection would not be encrypted"),
    N_ ("Use a wss:// address. Only if you trust the whole network in between, set allow-plaintext=true.") },
  { "gateway-unreachable", CLI_SIDE_GATEWAY, N_ ("the OpenClaw gateway cannot be reached"),
    N_ ("See whether it runs with “openclaw gateway status”. If it listens elsewhere, set url= in the [gateway] group of "
        "gangway.conf.") },
  { "gateway-refused", CLI_SIDE_GATEWAY, N_ ("the OpenClaw gateway refused the connection"),
    N_ ("If the message is about a token or password: remove token= from gangway.conf to use OpenClaw's own, or correct it. "
        "If it is about the protocol: update OpenClaw or ask the platform's operator to.") },
  { "gateway-starting", CLI_SIDE_GATEWAY, N_ ("the OpenClaw gateway is still starting"),
    N_ ("Nothing: Gangway tries again by itself.") },
  { "gateway-protocol", CLI_SIDE_GATEWAY, N_ ("what answered does not speak like an OpenClaw gateway"),
    N_ ("See whether url= in the [gateway] group of gangway.conf, or the port in OpenClaw's configuration, is the "
        "gateway's.") },
  { "platform-unreachable", CLI_SIDE_PLATFORM, N_ ("the platform cannot be reached"),
    N_ ("See whether this computer is online and whether platform-url in gangway.conf is right. Gangway keeps trying.") },
  { "platform-refused", CLI_SIDE_PLATFORM, N_ ("the platform refused the connection"),
    N_ ("See whether the platform still accepts this key; get a new one there if not.") },
  { "platform-protocol", CLI_SIDE_PLATFORM, N_ ("what answered does not speak like a platform"),
    N_ ("See whether platform-url in gangway.conf is the address for relays. If it is, tell the platform's operator.") },
  { "tls-failed", CLI_SIDE_NONE, N_ ("the encrypted connection was not trusted"),
    N_ ("See whether this computer's clock is right, and whether tls-fingerprint and tls-ca-file in gangway.conf fit the "
        "server's certificate.") },
  { "timeout", CLI_SIDE_NONE, N_ ("an answer did not come in time"),
    N_ ("Gangway keeps trying. If it stays so, see whether the side that the message names works at all.") },
  { "gateway-closed", CLI_SIDE_GATEWAY, N_ ("the OpenClaw gateway ended the connection"),
    N_ ("Nothing, if OpenClaw was restarted: Gangway connects again by itself. Else see OpenClaw's log.") },
  { "platform-closed", CLI_SIDE_PLATFORM, N_ ("the platform ended the connection"),
    N_ ("Nothing: Gangway connects again by itself. If it stays so, ask the platform's operator.") },
  { "link-dead", CLI_SIDE_NONE, N_ ("the connection went silent"), N_ ("Nothing: Gangway connects again by itself.") },
  { "stalled", CLI_SIDE_NONE, N_ ("one side stopped taking or sending data"),
    N_ ("Nothing: Gangway connects again by itself.") },
  { "too-large", CLI_SIDE_NONE, N_ ("a message was too large"), N_ ("Nothing: Gangway connects again by itself.") },
  { "internal", CLI_SIDE_NONE, N_ ("Gangway itself failed"),
    N_ ("Please report it, with what gangwayd logged (journalctl --user -t gangwayd).") },
};

static const ErrorWords *
find_error (const char *code)
{
  for (guint i = 0; i < G_N_ELEMENTS (error_words); i++)
    {
      if (g_str_equal (error_words[i].code, code))
        return &error_words[i];
    }

  return NULL;
}

/**
 * cli_words_error:
 * @code: a `LastErrorCode`
 *
 * Returns: (nullable): what is wrong, translated; %NULL for a code that this version does not know
 */
const char *
cli_words_error (const char *code)
{
  const ErrorWords *words = find_error (code);

  return words != NULL ? _ (words->words) : NULL;
}

/**
 * cli_words_remedy:
 * @code: a `LastErrorCode`
 *
 * Returns: (nullable): what to do, translated; %NULL for a code that this version does not know
 */
const char *
cli_words_remedy (const char *code)
{
  const ErrorWords *words = find_error (code);

  return words != NULL ? _ (words->remedy) : NULL;
}

/**
 * cli_words_side:
 * @code: a `LastErrorCode`
 *
 * Returns: on which side the trouble lies
 */
CliSide
cli_words_side (const char *code)
{
  const ErrorWords *words = find_error (code);

  return words != NULL ? words->side : CLI_SIDE_NONE;
}

/**
 * cli_words_dup_error:
 * @code: a `LastErrorCode`
 * @message: what the service or the core says of it, in English
 *
 * Returns: (transfer full): what is wrong, translated, with @message as its detail; @message alone if the code tells a
 * person nothing
 */
char *
cli_words_dup_error (const char *code, const char *message)
{
  const ErrorWords *words = find_error (code);

  if (words == NULL || g_str_equal (code, "internal"))
    return g_strdup (message);

  /* Translators: what is wrong, and in parentheses its code, or the details as the service tells them, neither translated.
   */
  return g_strdup_printf (_ ("%s (%s)"), _ (words->words), message);
}

/**
 * cli_words_step:
 * @step: a `Step`
 *
 * Returns: what is being done, translated; @step itself if this version does not know it
 */
const char *
cli_words_step (const char *step)
{
  static const char *const steps[][2] = {
    { "gateway-dial", N_ ("calling the OpenClaw gateway") },
    { "challenge", N_ ("waiting for the gateway's greeting") },
    { "platform-dial", N_ ("calling the platform") },
    { "connect", N_ ("waiting for the platform to introduce itself") },
    { "hello", N_ ("waiting for the gateway to accept the platform") },
    { "relay", N_ ("relaying") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (steps); i++)
    {
      if (g_str_equal (steps[i][0], step))
        return _ (steps[i][1]);
    }

  return step;
}

/**
 * cli_words_workspace:
 * @access: a `WorkspaceAccess`
 *
 * Returns: what the platform may do, translated; @access itself if this version does not know it
 */
const char *
cli_words_workspace (const char *access)
{
  static const char *const words[][2] = {
    { "read-write", N_ ("the platform may read and write the agents' files") },
    { "read-only", N_ ("the platform may read the agents' files") },
    { "none", N_ ("the platform may not use the agents' files") },
  };

  for (guint i = 0; i < G_N_ELEMENTS (words); i++)
    {
      if (g_str_equal (words[i][0], access))
        return _ (words[i][1]);
    }

  return access;
}

/**
 * cli_words_get_width:
 * @text: words
 *
 * Returns: how many columns of a terminal they take; Chinese characters take two
 */
int
cli_words_get_width (const char *text)
{
  int width = 0;

  for (const char *p = text; *p != '\0'; p = g_utf8_next_char (p))
    {
      gunichar c = g_utf8_get_char (p);

      if (!g_unichar_iszerowidth (c))
        width += g_unichar_iswide (c) ? 2 : 1;
    }

  return width;
}

/**
 * cli_words_dup_duration:
 * @duration_ms: a time in milliseconds; negative counts as 0
 *
 * Returns: (transfer full): the time in its two largest units, begun seconds counted, translated
 */
char *
cli_words_dup_duration (gint64 duration_ms)
{
  gint64 seconds = (MAX (duration_ms, 0) + 999) / 1000;
  gint64 minutes = seconds / 60;
  gint64 hours = minutes / 60;

  if (minutes == 0)
    return g_strdup_printf (_ ("%d s"), (int) seconds);
  if (hours == 0)
    return g_strdup_printf (_ ("%d min %d s"), (int) minutes, (int) (seconds % 60));
  if (hours < 24)
    return g_strdup_printf (_ ("%d h %d min"), (int) hours, (int) (minutes % 60));

  return g_strdup_printf (_ ("%d d %d h"), (int) (hours / 24), (int) (hours % 24));
}
