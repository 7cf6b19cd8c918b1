/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

#include <string.h>

/* Keys made by openssl for tests alone, and tokens signed with a secret. */

#define JWT_SECRET "0123456789abcdef0123456789abcdef"

static const char jwt_rsa_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0WX4WQ075h0zLeExE5Tl\n"
    "5agOAuuxaTpe60A0myKmvwhDnty+DqHVWS8o3SYMwofkKmDAAlUWk+gs1BtmqpHC\n"
    "lUMkQ/D9PKOCSpELEPoZR9055aZ5ignC+O5otXSgdIfOL80PIRH64pvLZdVQdhOA\n"
    "ABIy81xk3+gLk9BP+F9DQgKvBQH6UMAL8V1GHmb+nONZ5UtyJ8ZJdLj5khIXAeNv\n"
    "XjFFkvJqFn5p867hrUpNuJWnK6sRhASlcVByu+Y8yFnGT4bEMFQuk+jOlPT0yrIA\n"
    "1n00dXYYsQufD0m4K7brrPL7RASD3oNPJYR2LjvDdyx+727qoia/FZi6WNSFj9NB\n"
    "NwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
static const char jwt_ec_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEve4neQasu4lVzuDUSfrNy1ipoe2\n"
    "nv9x3cTmN8AmGlmsCxuIwYPh4C9dNqzup8DIW7+aIP/tPmB+QeTAvZVCjA==\n"
    "-----END PUBLIC KEY-----\n";

static inline char *
jwt_encode (gconstpointer bytes, gsize n_bytes)
{
  char *text = g_base64_encode (bytes, n_bytes);

  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

/* Returns: (transfer full): a token, signed for HS256 whatever its header says */
static inline char *
jwt_sign (gconstpointer header, gsize n_header, gconstpointer claims, gsize n_claims)
{
  g_autofree char *first = jwt_encode (header, n_header);
  g_autofree char *second = jwt_encode (claims, n_claims);
  g_autofree char *text = g_strdup_printf ("%s.%s", first, second);
  g_autoptr (GHmac) hmac =
      g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) JWT_SECRET, strlen (JWT_SECRET));
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  g_autofree char *signature = NULL;

  g_hmac_update (hmac, (const guchar *) text, strlen (text));
  g_hmac_get_digest (hmac, digest, &n_digest);
  signature = jwt_encode (digest, n_digest);
  return g_strdup_printf ("%s.%s", text, signature);
}
