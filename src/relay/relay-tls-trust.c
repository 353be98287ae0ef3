/*
 * SPDX-FileCopyrightText: the Gangway authors
 * SPDX-License-Identifier: LGPL-2.1-or-later
 */

#include "config.h"

#include "relay/relay-tls-trust.h"

#include "common/relay-error.h"

/**
 * RelayTlsTrust:
 *
 * Whom to take for a peer: what the system or a CA file trusts, narrowed or replaced by pinned certificates.
 */
struct _RelayTlsTrust {
  GStrv fingerprints;     /* (owned) lower-case hex of the DER's SHA-256 each */
  char *ca_file;          /* (owned) (nullable) */
  gboolean leaf_only;     /* a pinned leaf stands in place of CA and name checks */
  GTlsDatabase *database; /* (owned) (nullable) what ca_file holds, once it was read */
};

static RelayTlsTrust *
trust_new (const char *const *fingerprints, const char *ca_file, gboolean leaf_only)
{
  RelayTlsTrust *self = g_new0 (RelayTlsTrust, 1);

  self->fingerprints = g_strdupv ((char **) fingerprints);
  self->ca_file = g_strdup (ca_file);
  self->leaf_only = leaf_only;

  return self;
}

/**
 * relay_tls_trust_new_leaf:
 * @fingerprints: pins, or none
 *
 * Returns: (transfer full): trust in exactly the pinned certificates, whatever their names and issuers; in what the system
 *   trusts if there is no pin
 */
RelayTlsTrust *
relay_tls_trust_new_leaf (const char *const *fingerprints)
{
  return trust_new (fingerprints, NULL, TRUE);
}

/**
 * relay_tls_trust_new_chain:
 * @fingerprints: pins, or none
 * @ca_file: (nullable): a PEM file that takes the place of the system's CAs
 *
 * Returns: (transfer full): trust in what the system or @ca_file trusts; with pins only if the leaf is pinned, or verifies
 *   with a pinned certificate as its only anchor; always with the name checked
 */
RelayTlsTrust *
relay_tls_trust_new_chain (const char *const *fingerprints, const char *ca_file)
{
  return trust_new (fingerprints, ca_file, FALSE);
}

/**
 * relay_tls_trust_free:
 * @self: (transfer full): a trust
 *
 * Frees it.
 */
void
relay_tls_trust_free (RelayTlsTrust *self)
{
  g_strfreev (self->fingerprints);
  g_free (self->ca_file);
  g_clear_object (&self->database);
  g_free (self);
}

/**
 * relay_tls_trust_get_ca_file:
 * @self: a trust
 *
 * Returns: (nullable): the file that relay_tls_trust_read_ca_file() is to read before anything is dialled
 */
const char *
relay_tls_trust_get_ca_file (RelayTlsTrust *self)
{
  return self->ca_file;
}

/**
 * relay_tls_trust_read_ca_file:
 * @ca_file: from relay_tls_trust_get_ca_file()
 * @error: return location; %RELAY_ERROR_BAD_SETTINGS
 *
 * Reads certificates. Blocks.
 *
 * Returns: (transfer full): them, for relay_tls_trust_set_database()
 */
GTlsDatabase *
relay_tls_trust_read_ca_file (const char *ca_file, GError **error)
{
  g_autoptr (GError) cause = NULL;
  GTlsDatabase *database = g_tls_file_database_new (ca_file, &cause);

  if (database == NULL)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_BAD_SETTINGS, "tls-ca-file %s cannot be used: %s", ca_file, cause->message);
  return database;
}

/**
 * relay_tls_trust_set_database:
 * @self: a trust
 * @database: (transfer full): what the CA file holds
 *
 * Has it stand in place of what the system trusts.
 */
void
relay_tls_trust_set_database (RelayTlsTrust *self, GTlsDatabase *database)
{
  g_clear_object (&self->database);
  self->database = database;
}

/**
 * relay_tls_trust_prepare:
 * @self: a trust
 * @connection: a connection before its handshake
 *
 * Has the handshake check against the CA file, if there is one.
 */
void
relay_tls_trust_prepare (RelayTlsTrust *self, GTlsConnection *connection)
{
  if (self->database != NULL)
    g_tls_connection_set_database (connection, self->database);
}

static gboolean
is_pinned (RelayTlsTrust *self, GTlsCertificate *certificate)
{
  g_autoptr (GByteArray) der = NULL;
  g_autofree char *fingerprint = NULL;

  g_object_get (certificate, "certificate", &der, NULL);
  fingerprint = g_compute_checksum_for_data (G_CHECKSUM_SHA256, der->data, der->len);

  return g_strv_contains ((const char *const *) self->fingerprints, fingerprint);
}

/* The chain was sent by the peer: that a pinned certificate is in it proves nothing, that the leaf verifies with the pinned
 * certificate as the only anchor does. */
static gboolean
verifies_with_pinned_anchor (RelayTlsTrust *self, GTlsCertificate *leaf, GSocketConnectable *identity)
{
  for (GTlsCertificate *issuer = g_tls_certificate_get_issuer (leaf); issuer != NULL;
       issuer = g_tls_certificate_get_issuer (issuer))
    {
      if (is_pinned (self, issuer) && g_tls_certificate_verify (leaf, identity, issuer) == 0)
        return TRUE;
    }

  return FALSE;
}

static const char *
describe_faults (GTlsCertificateFlags faults)
{
  if (faults & G_TLS_CERTIFICATE_BAD_IDENTITY)
    return "it is for another host";
  if (faults & G_TLS_CERTIFICATE_EXPIRED)
    return "it has expired; is the clock right?";
  if (faults & G_TLS_CERTIFICATE_NOT_ACTIVATED)
    return "it is not valid yet; is the clock right?";
  if (faults & G_TLS_CERTIFICATE_REVOKED)
    return "it was revoked";
  if (faults & G_TLS_CERTIFICATE_INSECURE)
    return "its algorithm is not secure";
  if (faults & G_TLS_CERTIFICATE_UNKNOWN_CA)
    return "nobody who is trusted has signed it; for a certificate of your own set tls-fingerprint";
  return "it could not be verified";
}

static gboolean
is_trusted (RelayTlsTrust *self, GTlsCertificate *certificate, GTlsCertificateFlags faults, const char *host)
{
  g_autoptr (GSocketConnectable) identity = NULL;

  if (self->fingerprints[0] == NULL)
    return faults == 0;
  if (self->leaf_only)
    return is_pinned (self, certificate);

  /* a pinned leaf needs no CA, but every other check */
  if (is_pinned (self, certificate))
    return (faults & ~(guint) G_TLS_CERTIFICATE_UNKNOWN_CA) == 0;

  identity = g_network_address_new (host, 443);
  return verifies_with_pinned_anchor (self, certificate, identity);
}

/**
 * relay_tls_trust_judge:
 * @self: a trust
 * @certificate: the peer's certificate, with its chain
 * @faults: what the handshake found wrong with it
 * @host: the name that was dialled
 * @peer: `gateway` or `platform`, for the message
 * @error: return location; %RELAY_ERROR_TLS_FAILED with the reason
 *
 * Returns: %TRUE if the peer is who it should be
 */
gboolean
relay_tls_trust_judge (RelayTlsTrust *self, GTlsCertificate *certificate, GTlsCertificateFlags faults, const char *host,
                       const char *peer, GError **error)
{
  if (is_trusted (self, certificate, faults, host))
    return TRUE;

  if (self->fingerprints[0] != NULL && (faults & ~(guint) G_TLS_CERTIFICATE_UNKNOWN_CA) == 0)
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_TLS_FAILED, "the %s's certificate is not the one that tls-fingerprint pins",
                 peer);
  else
    g_set_error (error, RELAY_ERROR, RELAY_ERROR_TLS_FAILED, "the %s's certificate for %s is not trusted: %s", peer, host,
                 describe_faults (faults));
  return FALSE;
}
