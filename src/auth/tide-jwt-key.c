/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Whether a key is one that the algorithm may be used with: libjwt takes any. */

#include "tide-jwt-key.h"

#include <openssl/bio.h>
#include <openssl/ec.h>
#include <openssl/evp.h>
#include <openssl/pem.h>
#include <string.h>

/* RFC 7518: an HMAC's key is at least as long as its hash (3.2), an RSA key has 2048 bits
 * or more (3.3), and ES256 is on P-256 (3.4). */
#define MIN_SECRET_BYTES 32
#define MIN_RSA_BITS 2048

G_DEFINE_AUTOPTR_CLEANUP_FUNC (BIO, BIO_free_all)
G_DEFINE_AUTOPTR_CLEANUP_FUNC (EVP_PKEY, EVP_PKEY_free)

static const char *
check_rsa (EVP_PKEY *key)
{
  if (EVP_PKEY_get_base_id (key) != EVP_PKEY_RSA)
    return "is no key for RS256, which needs an RSA key";
  if (EVP_PKEY_get_bits (key) < MIN_RSA_BITS)
    return "is too short: RS256 needs an RSA key of at least 2048 bits";
  return NULL;
}

static const char *
check_ec (EVP_PKEY *key)
{
  char group[64];
  size_t length;

  if (EVP_PKEY_get_base_id (key) != EVP_PKEY_EC ||
      !EVP_PKEY_get_group_name (key, group, sizeof group, &length) ||
      strcmp (group, "prime256v1") != 0)
    return "is no key for ES256, which needs an EC key on the curve P-256 (prime256v1)";
  return NULL;
}

/* Gives what is wrong with a key, as the end of a sentence that begins with it; NULL when
 * nothing is. */
const char *
tide_jwt_key_check (TideJwtAlgorithm algorithm, const char *key)
{
  g_autoptr (BIO) bio = NULL;
  g_autoptr (EVP_PKEY) parsed = NULL;

  if (algorithm == TIDE_JWT_HS256)
    {
      if (strstr (key, "-----BEGIN ") != NULL)
        return "is in PEM: HS256 needs a secret, which a public key is not";
      return strlen (key) < MIN_SECRET_BYTES
                 ? "is too short: HS256 needs a secret of at least 32 bytes"
                 : NULL;
    }
  bio = BIO_new_mem_buf (key, -1);
  parsed = PEM_read_bio_PUBKEY (bio, NULL, NULL, NULL);
  if (parsed == NULL)
    return "is no public key in PEM, which begins with -----BEGIN PUBLIC KEY-----";
  return algorithm == TIDE_JWT_RS256 ? check_rsa (parsed) : check_ec (parsed);
}
