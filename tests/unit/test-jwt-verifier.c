/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-error.h"
#include "tide-jwt-verifier.h"

#include "jwt-tokens.h"
#include <string.h>

/* More keys made by openssl, and tokens made by PyJWT 2.6 with them:
 * sub 42, exp 2000, nbf 1000, aud a and b, iss i. */
static const char rsa_short[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MIGfMA0GCSqGSIb3DQEBAQUAA4GNADCBiQKBgQCuIEzi0aCQEcBEMkVBczaLkpft\n"
    "9ag1eE+TBpFmLM+UTvYdzercXAtNUMAkPL4NUbRSGajGarlu0a32IsFQaIqQqPQL\n"
    "KFlNBoB2l7gC2Prfpu71+j+7NvOvybL3Rcf7CJd9hCkdxaQ1UilMGzORjeP4CGnb\n"
    "aqt7f8gXeUDKm3lMBQIDAQAB\n"
    "-----END PUBLIC KEY-----\n";
static const char ec_other_curve[] =
    "-----BEGIN PUBLIC KEY-----\n"
    "MHYwEAYHKoZIzj0CAQYFK4EEACIDYgAED5sspeEv6d8uA7l382pA6Z6Dq87PToeW\n"
    "cV8zanUYAnhq2Agjv6SMvx+X28x+kihmvk1XJMy0H3gSENdq2nUWuf2nRwTwjCH7\n"
    "FGqjZgLEDbvCu2Y4h06a9Fy5Zl2ddK3j\n"
    "-----END PUBLIC KEY-----\n";
static const char hs256[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MjAwMCwibmJmIjoxMDA"
    "wLCJhdWQiOlsiYSIsImIiXSwiaXNzIjoiaSJ9.Njx6AA4lLEYlrVzu7Pa2HpCGRj3ZOlg_q47eG1Ht0P"
    "8";
static const char rs256[] =
    "eyJhbGciOiJSUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MjAwMCwibmJmIjoxMDA"
    "wLCJhdWQiOlsiYSIsImIiXSwiaXNzIjoiaSJ9.mqgINdpelPHqEF4cxVceVABTEo9_Rag6DGaNYuDmEK"
    "QJPIdZZp70U1LgGUd-xa_w553mLV6IUQRFzxet-Z058O-uLdY3yJvxqjuR7oadMNmVDe62a0lCVgeUWS"
    "nyjW8usZpuOmEDoKVvSqRPzZ9T2ueuTHbQUxuPHovlVquuVlbl0HOgmYNnmRqiP4XgAfNEez960nB38a"
    "yNcgPsTB6WOfGol00u-2dcHU8IdsCFF9LjC6NodQkznK7Z-pO67TIv3W1KWnpt8Cz4ngl1Tzgg9423tN"
    "6JFI9E6j-sv5ngAQ4yexJO8VXTVwnB63ywL27JFT22D_WnYZgGcKToQ7gHVw";
static const char es256[] =
    "eyJhbGciOiJFUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MjAwMCwibmJmIjoxMDA"
    "wLCJhdWQiOlsiYSIsImIiXSwiaXNzIjoiaSJ9.2npaWNtooHAafNKNhjy7fjlwA0a4mcfy3UnP3Zu9OI"
    "dWQQp1EQzse6w3vTHJ9BGNAj6K9o8916coj736hPQ-BA";
static const char confused[] =
    "eyJhbGciOiJIUzI1NiIsInR5cCI6IkpXVCJ9.eyJzdWIiOiI0MiIsImV4cCI6MjAwMCwibmJmIjoxMDA"
    "wLCJhdWQiOlsiYSIsImIiXSwiaXNzIjoiaSJ9.Y22b351MiZ87yFxiFjU1AOgr68UBfAw_fgRRPC-bXE"
    "A";
static const char unsigned_token[] =
    "eyJhbGciOiJub25lIn0.eyJzdWIiOiI0MiIsImV4cCI6MjAwMCwibmJmIjoxMDAwLCJhdWQiOlsiYSIs"
    "ImIiXSwiaXNzIjoiaSJ9.";

static TideJwtVerifier *
make (TideJwtAlgorithm algorithm, const char *key)
{
  const char *const keys[] = { "another secret of at least 32 bytes", key, NULL };
  TideJwtSettings settings = {
    .algorithm = algorithm,
    /* Only secrets can be told from anything; public keys are to be good ones. */
    .keys = (char **) (algorithm == TIDE_JWT_HS256 ? keys : keys + 1),
    .audience = "b",
    .issuer = "i",
    .user_claim = "sub",
    .roles_claim = "roles",
    .leeway_s = 5,
  };
  g_autoptr (GError) error = NULL;
  TideJwtVerifier *self = tide_jwt_verifier_new (&settings, &error);

  g_assert_no_error (error);
  return self;
}

/* Gives the user and the end, or the word of the error. */
static char *
verify (TideJwtVerifier *self, const char *token, gint64 now_s)
{
  TideJwtClaims claims = { 0 };
  g_autoptr (GError) error = NULL;
  g_autofree char *user = NULL;
  g_autofree char *roles = NULL;

  if (!tide_jwt_verifier_verify (self, token, now_s, &claims, &error))
    {
      g_assert_null (claims.user_id);
      return g_strdup (tide_error_get_nick (error));
    }
  user = claims.user_id;
  roles = claims.roles != NULL ? g_strjoinv (",", claims.roles) : g_strdup ("");
  g_strfreev (claims.roles);
  return g_strdup_printf ("%s until %" G_GINT64_FORMAT "%s%s",
                          user,
                          claims.expires_s,
                          *roles != '\0' ? " as " : "",
                          roles);
}

static void
assert_verified (TideJwtVerifier *self,
                 const char *token,
                 gint64 now_s,
                 const char *expected)
{
  g_autofree char *found = verify (self, token, now_s);

  g_assert_cmpstr (found, ==, expected);
}

/* A token signed with the secret, whatever it says. */
static char *
make_token (const char *header, const char *claims)
{
  return jwt_sign (header, strlen (header), claims, strlen (claims));
}

static void
test_algorithms (void)
{
  g_autoptr (TideJwtVerifier) hmac = make (TIDE_JWT_HS256, JWT_SECRET);
  g_autoptr (TideJwtVerifier) rsa = make (TIDE_JWT_RS256, jwt_rsa_public);
  g_autoptr (TideJwtVerifier) ec = make (TIDE_JWT_ES256, jwt_ec_public);

  g_test_summary ("Tokens of PyJWT are good by their algorithm, and by no other");

  assert_verified (hmac, hs256, 1500, "42 until 2000");
  assert_verified (rsa, rs256, 1500, "42 until 2000");
  assert_verified (ec, es256, 1500, "42 until 2000");
  for (gsize i = 0; i < 3; i++)
    {
      const char *const tokens[] = { hs256, rs256, es256 };

      if (i != 0)
        assert_verified (hmac, tokens[i], 1500, "login_refused");
      if (i != 1)
        assert_verified (rsa, tokens[i], 1500, "login_refused");
      if (i != 2)
        assert_verified (ec, tokens[i], 1500, "login_refused");
    }
  /* Signed with what everybody may know, or not at all. */
  assert_verified (rsa, confused, 1500, "login_refused");
  assert_verified (hmac, unsigned_token, 1500, "login_refused");
  assert_verified (rsa, unsigned_token, 1500, "login_refused");
}

static void
test_times (void)
{
  g_autoptr (TideJwtVerifier) self = make (TIDE_JWT_HS256, JWT_SECRET);

  g_test_summary ("A token is good from nbf to exp, and a little around that");

  assert_verified (self, hs256, 994, "login_refused");
  assert_verified (self, hs256, 995, "42 until 2000");
  assert_verified (self, hs256, 2004, "42 until 2000");
  assert_verified (self, hs256, 2005, "login_expired");
}

static void
test_claims (void)
{
  static const struct
  {
    const char *claims;
    const char *expected;
  } cases[] = {
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}", "x until 2000" },
    { "{\"sub\":7,\"exp\":2000.9,\"aud\":\"b\",\"iss\":\"i\"}", "7 until 2000" },
    { "{\"sub\":\"x\",\"exp\":2e3,\"aud\":[\"b\"],\"iss\":\"i\"}", "x until 2000" },
    { "{\"sub\":\"y\",\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}",
      "x until 2000" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\",\"roles\":[\"a\",\"b\"]}",
      "x until 2000 as a,b" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\",\"roles\":7}",
      "x until 2000" },
    { "{\"sub\":\"x\",\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":0,\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":\"2000\",\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":1e300,\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":-1,\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"nbf\":null,\"aud\":\"b\",\"iss\":\"i\"}",
      "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"c\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":[],\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":{\"b\":\"b\"},\"iss\":\"i\"}",
      "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"j\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":[\"i\"]}", "login_refused" },
    { "{\"sub\":\"\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"a\\u0000\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}",
      "login_refused" },
    { "{\"sub\":null,\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}", "login_refused" },
    { "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\",}", "login_refused" },
    { "[]", "login_refused" },
    { "", "login_refused" },
  };
  g_autoptr (TideJwtVerifier) self = make (TIDE_JWT_HS256, JWT_SECRET);

  g_test_summary ("Claims are what they have to be, or the token is refused");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      g_autofree char *token = make_token ("{\"alg\":\"HS256\"}", cases[i].claims);

      g_test_message ("%s", cases[i].claims);
      assert_verified (self, token, 1500, cases[i].expected);
    }
}

static void
test_headers (void)
{
  static const char *const bad[] = {
    "{\"alg\":\"hs256\"}",
    "{\"alg\":\"none\"}",
    "{}",
    "[]",
    "",
    "{\"alg\":[\"HS256\"]}",
    "{\"alg\":\"HS512\"}",
    "{\"alg\":\"HS256\",\"crit\":[\"b64\"],\"b64\":false}",
  };
  static const char claims[] = "{\"sub\":\"x\",\"exp\":2000,\"aud\":\"b\",\"iss\":\"i\"}";
  g_autoptr (TideJwtVerifier) self = make (TIDE_JWT_HS256, JWT_SECRET);

  g_test_summary ("A header that asks for anything else is refused");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    {
      g_autofree char *token = make_token (bad[i], claims);

      assert_verified (self, token, 1500, "login_refused");
    }
}

static void
test_malformed (void)
{
  g_autofree char *long_token = g_strnfill (9000, 'x');
  const char *const bad[] = { "", ".", "..", "...", "a.b.c", "a.b", long_token };
  g_autoptr (TideJwtVerifier) self = make (TIDE_JWT_HS256, JWT_SECRET);

  g_test_summary ("What is no token is refused, and so is any changed character");

  for (gsize i = 0; i < G_N_ELEMENTS (bad); i++)
    assert_verified (self, bad[i], 1500, "login_refused");
  for (gsize at = 0; at < strlen (hs256); at++)
    {
      g_autofree char *token = g_strdup (hs256);

      token[at] = token[at] == 'A' ? 'B' : 'A';
      assert_verified (self, token, 1500, "login_refused");
    }
}

static void
test_no_audience (void)
{
  static const char *const keys[] = { JWT_SECRET, NULL };
  TideJwtSettings settings = { .algorithm = TIDE_JWT_HS256,
                               .keys = (char **) keys,
                               .user_claim = "sub" };
  g_autoptr (TideJwtVerifier) self = tide_jwt_verifier_new (&settings, NULL);
  g_autofree char *without =
      make_token ("{\"alg\":\"HS256\"}", "{\"sub\":\"x\",\"exp\":2000}");

  g_test_summary ("Without an audience of its own the server takes no token for one");

  assert_verified (self, hs256, 1500, "login_refused");
  assert_verified (self, without, 1500, "x until 2000");
}

static void
test_keys (void)
{
  static const struct
  {
    TideJwtAlgorithm algorithm;
    const char *key;
    const char *problem;
  } cases[] = {
    { TIDE_JWT_HS256, "short", "at least 32 bytes" },
    { TIDE_JWT_HS256, jwt_rsa_public, "needs a secret" },
    { TIDE_JWT_RS256, JWT_SECRET, "BEGIN PUBLIC KEY" },
    { TIDE_JWT_RS256,
      "-----BEGIN PUBLIC KEY-----\nAAAA\n-----END PUBLIC KEY-----\n",
      "no public key" },
    { TIDE_JWT_RS256, rsa_short, "2048 bits" },
    { TIDE_JWT_RS256, jwt_ec_public, "needs an RSA key" },
    { TIDE_JWT_ES256, jwt_rsa_public, "P-256" },
    { TIDE_JWT_ES256, ec_other_curve, "P-256" },
  };

  g_test_summary ("A key that the algorithm can't use is refused with what is needed");

  for (gsize i = 0; i < G_N_ELEMENTS (cases); i++)
    {
      const char *const keys[] = { cases[i].key, NULL };
      TideJwtSettings settings = { .algorithm = cases[i].algorithm,
                                   .keys = (char **) keys,
                                   .user_claim = "sub" };
      g_autoptr (GError) error = NULL;

      g_assert_null (tide_jwt_verifier_new (&settings, &error));
      g_assert_error (error, TIDE_ERROR, TIDE_ERROR_BAD_CONFIG);
      g_assert_true (g_str_has_prefix (error->message, "key 1 "));
      g_assert_nonnull (strstr (error->message, cases[i].problem));
    }
}

int
main (int argc, char *argv[])
{
  g_test_init (&argc, &argv, NULL);
  g_test_add_func ("/auth/jwt-verifier/algorithms", test_algorithms);
  g_test_add_func ("/auth/jwt-verifier/times", test_times);
  g_test_add_func ("/auth/jwt-verifier/claims", test_claims);
  g_test_add_func ("/auth/jwt-verifier/headers", test_headers);
  g_test_add_func ("/auth/jwt-verifier/malformed", test_malformed);
  g_test_add_func ("/auth/jwt-verifier/no-audience", test_no_audience);
  g_test_add_func ("/auth/jwt-verifier/keys", test_keys);
  return g_test_run ();
}
