/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideJwtAlgorithm:
 * @TIDE_JWT_HS256: HMAC with SHA-256, by a secret
 * @TIDE_JWT_RS256: RSA with SHA-256, by a public key of at least 2048 bits
 * @TIDE_JWT_ES256: ECDSA on P-256 with SHA-256, by a public key
 *
 * How tokens are signed (RFC 7518, section 3.1).
 */
typedef enum
{
  TIDE_JWT_HS256,
  TIDE_JWT_RS256,
  TIDE_JWT_ES256,
} TideJwtAlgorithm;

/**
 * TideJwtSettings:
 *
 * What tokens are checked by.
 */
typedef struct
{
  TideJwtAlgorithm algorithm; /* no other is taken */
  char **keys;          /* (array zero-terminated=1), secrets, or public keys in PEM;
                           each is good */
  const char *audience; /* (nullable), what `aud` must be or hold; NULL: there is none */
  const char *issuer;   /* (nullable), what `iss` must be */
  const char *user_claim;  /* the claim that names the user */
  const char *roles_claim; /* (nullable), the claim that has the user's roles */
  gint64 leeway_s;         /* how far the maker's clock may be off */
} TideJwtSettings;

/**
 * TideJwtClaims:
 *
 * What a token says.
 */
typedef struct
{
  char *user_id;    /* (owned) */
  char **roles;     /* (owned) (nullable) (array zero-terminated=1) */
  gint64 expires_s; /* Unix time in seconds, never 0 */
} TideJwtClaims;

/**
 * TideJwtVerifier:
 *
 * Verifies JSON Web Tokens (RFC 7519), in the compact form of a signed one.
 */
typedef struct _TideJwtVerifier TideJwtVerifier;

TideJwtVerifier *tide_jwt_verifier_new (const TideJwtSettings *settings, GError **error);
void tide_jwt_verifier_free (TideJwtVerifier *self);

gboolean tide_jwt_verifier_verify (TideJwtVerifier *self,
                                   const char *token,
                                   gint64 now_s,
                                   TideJwtClaims *claims,
                                   GError **error);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideJwtVerifier, tide_jwt_verifier_free)

G_END_DECLS
