/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* libjwt verifies signatures by public keys; what a token says is read here, strictly,
 * from the bytes that were signed. */

#include "tide-jwt-verifier.h"

#include "tide-base64url.h"
#include "tide-error.h"
#include "tide-json-scan.h"
#include "tide-json-walk.h"
#include "tide-jwt-key.h"
#include "tide-refuse.h"
#include "tide-roles.h"
#include "tide-secret-file.h"
#include "tide-user-name.h"

#include <jwt.h>
#include <string.h>

#define MAX_TOKEN_BYTES 8192
#define SHA256_BYTES 32
#define MAX_TIME_S 253402300799.0 /* the end of the year 9999 */

enum
{
  CLAIM_EXP,
  CLAIM_NBF,
  CLAIM_AUD,
  CLAIM_ISS,
  CLAIM_USER,
  CLAIM_ROLES, /* the last: it may be left out */
  N_CLAIMS,
};

struct _TideJwtVerifier
{
  TideJwtSettings settings; /* its strings are owned */
};

G_DEFINE_AUTOPTR_CLEANUP_FUNC (jwt_t, jwt_free)

static const char *
get_word (TideJwtAlgorithm algorithm)
{
  switch (algorithm)
    {
    case TIDE_JWT_HS256:
      return "HS256";
    case TIDE_JWT_RS256:
      return "RS256";
    case TIDE_JWT_ES256:
      return "ES256";
    }
  g_return_val_if_reached ("HS256");
}

static jwt_alg_t
get_libjwt_algorithm (TideJwtAlgorithm algorithm)
{
  switch (algorithm)
    {
    case TIDE_JWT_HS256:
      return JWT_ALG_HS256;
    case TIDE_JWT_RS256:
      return JWT_ALG_RS256;
    case TIDE_JWT_ES256:
      return JWT_ALG_ES256;
    }
  g_return_val_if_reached (JWT_ALG_HS256);
}

/**
 * tide_jwt_verifier_new:
 * @settings: what to go by, copied
 * @error: return location for an error
 *
 * Fails with [error@Error.BAD_CONFIG] when a key can't be used with the algorithm; the
 * message says which, by its place from 1 on, and what is needed.
 *
 * Returns: (transfer full): a verifier
 */
TideJwtVerifier *
tide_jwt_verifier_new (const TideJwtSettings *settings, GError **error)
{
  TideJwtVerifier *self;

  for (guint i = 0; settings->keys[i] != NULL; i++)
    {
      const char *problem = tide_jwt_key_check (settings->algorithm, settings->keys[i]);

      if (problem == NULL)
        continue;
      g_set_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG, "key %u %s", i + 1, problem);
      return NULL;
    }
  self = g_new0 (TideJwtVerifier, 1);
  self->settings = *settings;
  self->settings.keys = g_strdupv (settings->keys);
  self->settings.audience = g_strdup (settings->audience);
  self->settings.issuer = g_strdup (settings->issuer);
  self->settings.user_claim = g_strdup (settings->user_claim);
  self->settings.roles_claim = g_strdup (settings->roles_claim);
  return self;
}

/**
 * tide_jwt_verifier_free:
 * @self: (transfer full): a verifier
 *
 * Frees @self and wipes the keys.
 */
void
tide_jwt_verifier_free (TideJwtVerifier *self)
{
  for (char **key = self->settings.keys; *key != NULL; key++)
    explicit_bzero (*key, strlen (*key));
  g_strfreev (self->settings.keys);
  g_free ((char *) self->settings.audience);
  g_free ((char *) self->settings.issuer);
  g_free ((char *) self->settings.user_claim);
  g_free ((char *) self->settings.roles_claim);
  g_free (self);
}

static gboolean
equals (const TideJsonField *field, const char *text)
{
  return field->kind == TIDE_JSON_STRING &&
         tide_json_string_equals (field->start, field->start + field->length, text);
}

/* The header: signed as is configured, and nothing that a verifier has to know and this
 * one does not (RFC 7515, section 4.1.11). */
static gboolean
check_header (TideJwtVerifier *self, const char *token, const char *dot, GError **error)
{
  TideJsonField fields[] = {
    { .name = "alg", .parent = -1 },
    { .name = "crit", .parent = -1 },
  };
  gsize n_bytes;
  g_autofree guint8 *bytes = tide_base64url_decode (token, dot - token, &n_bytes);
  TideJsonKind kind;

  if (bytes == NULL ||
      tide_json_scan (
          (const char *) bytes, n_bytes, fields, G_N_ELEMENTS (fields), &kind) !=
          TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the token's header can't be read");
  if (!equals (&fields[0], get_word (self->settings.algorithm)))
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the token is not signed by the algorithm of this server");
  if (fields[1].kind != TIDE_JSON_NONE)
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the token asks for extensions that this server does not know");
  return TRUE;
}

/* libjwt before 1.17 compares HMACs in a time that tells how much of one is right
 * (CVE-2024-25189), so this one is made here. */
static gboolean
is_signed_by_secret (const char *secret, const char *token, const char *last_dot)
{
  guint8 digest[SHA256_BYTES];
  gsize digest_length = sizeof digest;
  gsize n_bytes;
  g_autofree guint8 *signature =
      tide_base64url_decode (last_dot + 1, strlen (last_dot + 1), &n_bytes);
  g_autoptr (GHmac) hmac =
      g_hmac_new (G_CHECKSUM_SHA256, (const guchar *) secret, strlen (secret));

  g_hmac_update (hmac, (const guchar *) token, last_dot - token);
  g_hmac_get_digest (hmac, digest, &digest_length);
  return signature != NULL && n_bytes == sizeof digest &&
         tide_secret_equal (signature, digest, sizeof digest);
}

/* libjwt goes by the token's own header, so what it went by is looked at again. */
static gboolean
is_signed_by_key (TideJwtVerifier *self, const char *key, const char *token)
{
  g_autoptr (jwt_t) jwt = NULL;

  return jwt_decode (&jwt, token, (const unsigned char *) key, strlen (key)) == 0 &&
         jwt != NULL &&
         jwt_get_alg (jwt) == get_libjwt_algorithm (self->settings.algorithm);
}

static gboolean
is_signed (TideJwtVerifier *self, const char *token, const char *last_dot)
{
  gboolean has_secret = self->settings.algorithm == TIDE_JWT_HS256;

  for (char **key = self->settings.keys; *key != NULL; key++)
    if (has_secret ? is_signed_by_secret (*key, token, last_dot)
                   : is_signed_by_key (self, *key, token))
      return TRUE;
  return FALSE;
}

/* A NumericDate (RFC 7519, section 2): seconds, perhaps with a fraction. */
static gboolean
read_time (const TideJsonField *field, gint64 *time_s)
{
  double value;

  if (field->kind != TIDE_JSON_NUMBER || field->length > 32)
    return FALSE;

  g_autofree char *text = g_strndup (field->start, field->length);

  value = g_ascii_strtod (text, NULL);
  if (!(value >= 0 && value <= MAX_TIME_S))
    return FALSE;
  *time_s = (gint64) value;
  return TRUE;
}

static gboolean
check_times (TideJwtVerifier *self,
             const TideJsonField *fields,
             gint64 now_s,
             gint64 *expires_s,
             GError **error)
{
  gint64 leeway_s = self->settings.leeway_s;
  gint64 not_before_s = 0;

  if (!read_time (&fields[CLAIM_EXP], expires_s) || *expires_s == 0)
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the token has no exp, and without an end none is taken");
  if (fields[CLAIM_NBF].kind != TIDE_JSON_NONE &&
      !read_time (&fields[CLAIM_NBF], &not_before_s))
    return tide_refuse (error, TIDE_ERROR_LOGIN_REFUSED, "the token's nbf is no time");
  if (now_s >= *expires_s + leeway_s)
    return tide_refuse (error, TIDE_ERROR_LOGIN_EXPIRED, "the token has run out");
  if (now_s < not_before_s - leeway_s)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the token is not good yet: see its nbf");
  return TRUE;
}

static gboolean
has_audience (const TideJsonField *field, const char *audience)
{
  const char *cursor = field->start;
  TideJsonField item;

  if (field->kind != TIDE_JSON_ARRAY)
    return equals (field, audience);
  cursor++;
  while (tide_json_array_next (&cursor, field->start + field->length, &item))
    if (equals (&item, audience))
      return TRUE;
  return FALSE;
}

static gboolean
check_names (TideJwtVerifier *self, const TideJsonField *fields, GError **error)
{
  const TideJwtSettings *settings = &self->settings;

  /* RFC 7519, section 4.1.3: who has no name as an audience takes no token that names
   * one. */
  if (settings->audience != NULL ? !has_audience (&fields[CLAIM_AUD], settings->audience)
                                 : fields[CLAIM_AUD].kind != TIDE_JSON_NONE)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the token is for another audience");
  if (settings->issuer != NULL && !equals (&fields[CLAIM_ISS], settings->issuer))
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the token is of another issuer");
  return TRUE;
}

/* The user: a string, or a whole number, as some issuers have it. */
static char *
dup_user (const TideJsonField *field)
{
  g_autofree char *name = NULL;
  gsize length = 0;

  if (field->kind == TIDE_JSON_NUMBER)
    name = g_strndup (field->start, length = field->length);
  else if (field->kind == TIDE_JSON_STRING)
    name = tide_json_unescape (field->start, field->length, &length);
  if (name == NULL || strlen (name) != length || !tide_user_name_is_good (name))
    return NULL;
  return g_steal_pointer (&name);
}

static gboolean
read_claims (TideJwtVerifier *self,
             const char *json,
             gsize length,
             gint64 now_s,
             TideJwtClaims *claims,
             GError **error)
{
  TideJsonField fields[N_CLAIMS] = {
    [CLAIM_EXP] = { .name = "exp", .parent = -1 },
    [CLAIM_NBF] = { .name = "nbf", .parent = -1 },
    [CLAIM_AUD] = { .name = "aud", .parent = -1 },
    [CLAIM_ISS] = { .name = "iss", .parent = -1 },
    [CLAIM_USER] = { .name = self->settings.user_claim, .parent = -1 },
    [CLAIM_ROLES] = { .name = self->settings.roles_claim, .parent = -1 },
  };
  guint n_fields = self->settings.roles_claim != NULL ? N_CLAIMS : CLAIM_ROLES;
  TideJwtClaims found = { 0 };
  TideJsonKind kind;

  if (tide_json_scan (json, length, fields, n_fields, &kind) != TIDE_JSON_OK ||
      kind != TIDE_JSON_OBJECT)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the token's claims can't be read");
  if (!check_times (self, fields, now_s, &found.expires_s, error) ||
      !check_names (self, fields, error))
    return FALSE;
  found.user_id = dup_user (&fields[CLAIM_USER]);
  if (found.user_id == NULL)
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the token names no user: its claim must be 1 to 128 bytes of "
                        "printable UTF-8");
  if (n_fields == N_CLAIMS)
    found.roles = tide_roles_read (&fields[CLAIM_ROLES]);
  *claims = found;
  return TRUE;
}

/**
 * tide_jwt_verifier_verify:
 * @self: a verifier
 * @token: what a client gave for a token
 * @now_s: Unix time in seconds
 * @claims: (out caller-allocates): what it says; untouched on failure
 * @error: return location for an error
 *
 * Verifies a token: its algorithm, its signature, `exp`, which must be there, `nbf`,
 * `aud` and `iss`, and the claim that names the user.
 *
 * Fails with [error@Error.LOGIN_EXPIRED] when it was good once, and with
 * [error@Error.LOGIN_REFUSED]. No message has anything of the token in it.
 *
 * Returns: %TRUE when it is good
 */
gboolean
tide_jwt_verifier_verify (TideJwtVerifier *self,
                          const char *token,
                          gint64 now_s,
                          TideJwtClaims *claims,
                          GError **error)
{
  const char *first_dot = strchr (token, '.');
  const char *last_dot = strrchr (token, '.');
  g_autofree guint8 *json = NULL;
  gsize length;

  if (strlen (token) > MAX_TOKEN_BYTES || first_dot == NULL || first_dot == last_dot ||
      strchr (first_dot + 1, '.') != last_dot)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REFUSED, "the token is no JSON Web Token");
  if (!check_header (self, token, first_dot, error))
    return FALSE;
  json = tide_base64url_decode (first_dot + 1, last_dot - first_dot - 1, &length);
  if (json == NULL || !is_signed (self, token, last_dot))
    return tide_refuse (error,
                        TIDE_ERROR_LOGIN_REFUSED,
                        "the token is not signed with a key of this server");
  return read_claims (self, (const char *) json, length, now_s, claims, error);
}
