/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Makes what checks log-ins out of the configuration, with the secrets from their files.
 */

#include "tide-login-factory.h"

#include "tide-error.h"
#include "tide-secret-file.h"

#include <string.h>

#define MAX_SECRET_BYTES (64 * 1024)
#define PEM_BEGIN "-----BEGIN PUBLIC KEY-----"
#define PEM_END "-----END PUBLIC KEY-----"

static const char *
get_string (TideConfig *config, const char *name)
{
  return tide_config_get_string (config, "auth", name);
}

static const char *
get_string_or_null (TideConfig *config, const char *name)
{
  const char *text = get_string (config, name);

  return *text != '\0' ? text : NULL;
}

static TideAuthMode
get_mode (TideConfig *config)
{
  const char *word = get_string (config, "mode");

  for (TideAuthMode mode = TIDE_AUTH_NONE; mode <= TIDE_AUTH_HEADER; mode++)
    if (g_str_equal (word, tide_auth_mode_get_nick (mode)))
      return mode;
  g_return_val_if_reached (TIDE_AUTH_NONE);
}

/* Reads what a key of the group names a file for; what is wrong is said with the key. */
static char *
read_secret (TideConfig *config, const char *key, GError **error)
{
  g_autoptr (GBytes) bytes =
      tide_secret_file_read (get_string (config, key), MAX_SECRET_BYTES, error);
  gsize length;
  const char *text;

  if (bytes == NULL)
    {
      g_prefix_error (error, "[auth] %s: ", key);
      return NULL;
    }
  text = g_bytes_get_data (bytes, &length);
  if (memchr (text, '\0', length) == NULL)
    return g_strndup (text, length);
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_BAD_CONFIG,
               "[auth] %s: %s has a NUL in it; secrets are lines of text",
               key,
               get_string (config, key));
  return NULL;
}

static void
wipe (char *text)
{
  if (text != NULL)
    explicit_bzero (text, strlen (text));
  g_free (text);
}

/* Public keys in PEM stand one after the other, secrets are a line each. */
static char **
split_secrets (const char *text)
{
  g_autoptr (GStrvBuilder) builder = g_strv_builder_new ();
  gboolean is_pem = strstr (text, PEM_BEGIN) != NULL;
  g_auto (GStrv) parts = g_strsplit (text, is_pem ? PEM_END : "\n", -1);

  for (char **part = parts; *part != NULL; part++)
    {
      g_autofree char *pem = NULL;

      g_strstrip (*part);
      if (is_pem && strstr (*part, PEM_BEGIN) != NULL)
        pem = g_strconcat (strstr (*part, PEM_BEGIN), "\n", PEM_END, "\n", NULL);
      if (pem != NULL || (!is_pem && **part != '\0'))
        g_strv_builder_add (builder, pem != NULL ? pem : *part);
      explicit_bzero (*part, strlen (*part));
    }
  return g_strv_builder_end (builder);
}

static char **
read_secrets (TideConfig *config, const char *key, GError **error)
{
  char *text = read_secret (config, key, error);
  char **secrets = text != NULL ? split_secrets (text) : NULL;

  wipe (text);
  if (secrets == NULL || secrets[0] != NULL)
    return secrets;
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_BAD_CONFIG,
               "[auth] %s: %s is empty; put the secret into its first line",
               key,
               get_string (config, key));
  g_strfreev (secrets);
  return NULL;
}

static void
wipe_all (char **secrets)
{
  for (char **secret = secrets; *secret != NULL; secret++)
    explicit_bzero (*secret, strlen (*secret));
  g_strfreev (secrets);
}

static gboolean
make_flask (TideConfig *config, TideAuthSettings *settings, GError **error)
{
  TideFlaskSettings flask = {
    .secrets = read_secrets (config, "flask-secret-file", error),
    .max_age_s = (gint64) tide_config_get_uint64 (config, "auth", "flask-max-age-s"),
    .max_inflated_bytes =
        tide_config_get_uint64 (config, "auth", "flask-max-inflated-bytes"),
    .roles_member = get_string_or_null (config, "roles-claim"),
  };

  if (flask.secrets == NULL)
    return FALSE;
  settings->flask = tide_flask_session_new (&flask);
  wipe_all (flask.secrets);
  return TRUE;
}

static TideJwtAlgorithm
get_algorithm (TideConfig *config)
{
  const char *word = get_string (config, "jwt-algorithm");

  if (g_str_equal (word, "RS256"))
    return TIDE_JWT_RS256;
  return g_str_equal (word, "ES256") ? TIDE_JWT_ES256 : TIDE_JWT_HS256;
}

static gboolean
make_jwt (TideConfig *config, TideAuthSettings *settings, GError **error)
{
  TideJwtSettings jwt = {
    .algorithm = get_algorithm (config),
    .keys = read_secrets (config, "jwt-key-file", error),
    .audience = get_string_or_null (config, "jwt-audience"),
    .issuer = get_string_or_null (config, "jwt-issuer"),
    .user_claim = get_string (config, "jwt-user-claim"),
    .roles_claim = get_string_or_null (config, "roles-claim"),
    .leeway_s = tide_config_get_int (config, "auth", "jwt-leeway-s"),
  };

  if (jwt.keys == NULL)
    return FALSE;
  settings->jwt = tide_jwt_verifier_new (&jwt, error);
  wipe_all (jwt.keys);
  if (settings->jwt == NULL)
    g_prefix_error (
        error, "[auth] jwt-key-file: %s: ", get_string (config, "jwt-key-file"));
  return settings->jwt != NULL;
}

/**
 * tide_login_factory_make:
 * @config: a good configuration
 * @error: return location for an error
 *
 * Makes what checks log-ins, and reads the secrets for it.
 *
 * Fails with [error@Error.BAD_CONFIG] or [error@Error.UNAVAILABLE] when a secret can't be
 * read or used; the message names the key and the file, and nothing of the secret.
 *
 * Returns: (transfer full): an authenticator
 */
TideAuthenticator *
tide_login_factory_make (TideConfig *config, GError **error)
{
  TideAuthSettings settings = {
    .mode = get_mode (config),
    .takes_guests = tide_config_get_boolean (config, "auth", "guest"),
    .session_cookie = get_string (config, "flask-session-cookie"),
    .remember_cookie = get_string (config, "flask-remember-cookie"),
    .jwt_cookie = get_string (config, "jwt-cookie"),
    .user_header = get_string (config, "user-header"),
  };

  if (settings.mode == TIDE_AUTH_FLASK_SESSION && !make_flask (config, &settings, error))
    return NULL;
  if (settings.mode == TIDE_AUTH_JWT && !make_jwt (config, &settings, error))
    return NULL;
  return tide_authenticator_new (&settings);
}

/**
 * tide_login_factory_settle:
 * @server: where users come in
 * @config: a good configuration
 * @error: return location for an error
 *
 * Reads the secrets, and has log-ins checked by them from now on. Those who are in stay.
 *
 * Fails as tide_login_factory_make(); all is as before then.
 *
 * Returns: %TRUE when log-ins are checked by @config
 */
gboolean
tide_login_factory_settle (TideHttpServer *server, TideConfig *config, GError **error)
{
  TideAuthenticator *authenticator = tide_login_factory_make (config, error);

  if (authenticator == NULL)
    return FALSE;
  tide_http_server_set_authenticator (
      server,
      authenticator,
      (gint64) tide_config_get_int (config, "auth", "jwt-grace-s") * G_USEC_PER_SEC);
  return TRUE;
}
