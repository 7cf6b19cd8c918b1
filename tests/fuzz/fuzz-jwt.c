/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The first byte of an input says what the rest is: `h`, `r` or `e` a token for HS256,
 * RS256 or ES256; `c` claims, which are signed, so that what is behind the signature is
 * reached too; `a` a header and claims with a NUL between them, signed; `k` a key. */

#include "tide-error.h"
#include "tide-jwt-verifier.h"
#include "tide-user-name.h"

#include "jwt-tokens.h"
#include <string.h>

#define HEADER "{\"alg\":\"HS256\"}"
#define NOW 1500

int LLVMFuzzerTestOneInput (const guint8 *data, gsize size);

static void
verify (TideJwtAlgorithm algorithm, const char *key, const char *token)
{
  const char *keys[] = { key, NULL };
  TideJwtSettings settings = { algorithm, (char **) keys, "b", NULL, "sub", "roles", 10 };
  g_autoptr (GError) error = NULL;
  g_autoptr (TideJwtVerifier) verifier = tide_jwt_verifier_new (&settings, &error);
  TideJwtClaims claims = { 0 };

  if (verifier == NULL)
    g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
  else if (tide_jwt_verifier_verify (verifier, token, NOW, &claims, &error))
    {
      g_assert_true (tide_user_name_is_good (claims.user_id));
      g_assert_cmpint (claims.expires_s, >, NOW - 10);
      g_free (claims.user_id);
      g_strfreev (claims.roles);
    }
  else
    g_assert_true (error->domain == TIDE_ERROR);
}

static void
verify_signed (const void *header, gsize n_header, const void *claims, gsize n_claims)
{
  g_autofree char *token = jwt_sign (header, n_header, claims, n_claims);

  verify (TIDE_JWT_HS256, JWT_SECRET, token);
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
      verify (TIDE_JWT_HS256, JWT_SECRET, text);
      break;
    case 'r':
      verify (TIDE_JWT_RS256, jwt_rsa_public, text);
      break;
    case 'e':
      verify (TIDE_JWT_ES256, jwt_ec_public, text);
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
