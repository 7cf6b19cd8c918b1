/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte of an input says what the rest is: `h`, `r` or `e` a token for HS256,
 * RS256 or ES256; `c` claims, which are signed, so that what is behind the signature is
 * reached too; `a` a header and claims with a NUL between them, signed; `k` a key. */

#include "tide-error.h"
#include "tide-jwt-verifier.h"
#include "tide-user-name.h"

#include <string.h>

#define SECRET "0123456789abcdef0123456789abcdef"
#define HEADER "{\"alg\":\"HS256\"}"
#define NOW 1500

static const char rsa_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIIBIjANBgkqhkiG9w0BAQEFAAOCAQ8AMIIBCgKCAQEA0WX4WQ075h0zLeExE5Tl\n"
    "5agOAuuxaTpe60A0myKmvwhDnty+DqHVWS8o3SYMwofkKmDAAlUWk+gs1BtmqpHC\n"
    "lUMkQ/D9PKOCSpELEPoZR9055aZ5ignC+O5otXSgdIfOL80PIRH64pvLZdVQdhOA\n"
    "ABIy81xk3+gLk9BP+F9DQgKvBQH6UMAL8V1GHmb+nONZ5UtyJ8ZJdLj5khIXAeNv\n"
    "XjFFkvJqFn5p867hrUpNuJWnK6sRhASlcVByu+Y8yFnGT4bEMFQuk+jOlPT0yrIA\n"
    "1n00dXYYsQufD0m4K7brrPL7RASD3oNPJYR2LjvDdyx+727qoia/FZi6WNSFj9NB\n"
    "NwIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
static const char ec_public[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEEve4neQasu4lVzuDUSfrNy1ipoe2\n"
    "nv9x3cTmN8AmGlmsCxuIwYPh4C9dNqzup8DIW7+aIP/tPmB+QeTAvZVCjA==\n"
    "-----END PUBLIC KEY-----\n";

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
verify (TideJwtAlgorithm algorithm, const char *key, const char *token)
{
  const char *keys[] = { key, NULL };
  TideJwtSettings settings = { algorithm, (char **) keys, "b", NULL, "sub", 10 };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideJwtVerifier) verifier = tide_jwt_verifier_new (&settings, &error);
  TideJwtClaims claims = { NULL, 0 };

  if (verifier == NULL)
    g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  else if (tide_jwt_verifier_verify (verifier, token, NOW, &claims, &error))
    {
      g_assert_true (tide_user_name_is_good (claims.user_id));
      g_assert_cmpint (claims.expires_s, >, NOW - 10);
      g_free (claims.user_id);
    }
  else
    g_assert_true (error->domain == TIDE_ERROR);
}

static char *
encode (const guint8 *bytes, gsize n_bytes)
{
  char *text = g_base64_encode (bytes, n_bytes);

  g_strdelimit (g_strdelimit (text, "+", '-'), "/", '_');
  text[strcspn (text, "=")] = '\0';
  return text;
}

static void
verify_signed (const void *header, gsize n_header, const void *claims, gsize n_claims)
{
  g_autofree char *first = encode (header, n_header);
  g_autofree char *second = encode (claims, n_claims);
  g_autofree char *text = g_strdup_printf ("%s.%s", first, second);
  g_autoptr (GHmac) hmac =
      g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) SECRET, strlen (SECRET));
  guint8 digest[32];
  gsize n_digest = sizeof digest;
  g_autofree char *signature = NULL;
  g_autofree char *token = NULL;

  g_hmac_update (hmac, (const guchar *) text, strlen (text));
  g_hmac_get_digest (hmac, digest, &n_digest);
  signature = encode (digest, n_digest);
  token = g_strdup_printf ("%s.%s", text, signature);
  verify (TIDE_JWT_HS256, SECRET, token);
}

int
LLVMFuzzerTestOneInput (const guint8 *data, gsize size)
{
  g_autofree char *text = NULL;
  gsize n_header;

  if (size == 0)
    return 0;
  text = g_strndup ((const char *) data + 1, size - 1);
  switch (data[0])
    {
    case 'h':
      verify (TIDE_JWT_HS256, SECRET, text);
      break;
    case 'r':
      verify (TIDE_JWT_RS256, rsa_public, text);
      break;
    case 'e':
      verify (TIDE_JWT_ES256, ec_public, text);
      break;
    case 'c':
      verify_signed (HEADER, strlen (HEADER), data + 1, size - 1);
      break;
    case 'a':
      n_header = strlen (text);
      if (n_header + 2 <= size)
        verify_signed (text, n_header, data + 2 + n_header, size - 2 - n_header);
      break;
    case 'k':
      verify (TIDE_JWT_RS256, text, "..");
      verify (TIDE_JWT_ES256, text, "..");
      break;
    default:
      break;
    }
  return 0;
}
