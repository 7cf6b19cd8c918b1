/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-authenticator.h"

#include "tide-cookie.h"
#include "tide-error.h"
#include "tide-refuse.h"
#include "tide-user-name.h"

#include <string.h>

#define BEARER "Bearer "

struct _TideAuthenticator
{
  TideAuthSettings settings; /* its strings are owned */
};

/**
 * tide_auth_mode_get_nick:
 * @mode: a mode
 *
 * Returns: (transfer none): what it is called in the configuration
 */
const char *
tide_auth_mode_get_nick (TideAuthMode mode)
{
  switch (mode)
    {
    case TIDE_AUTH_NONE:
      return "none";
    case TIDE_AUTH_DEVELOPMENT:
      return "development";
    case TIDE_AUTH_FLASK_SESSION:
      return "flask-session";
    case TIDE_AUTH_JWT:
      return "jwt";
    case TIDE_AUTH_HEADER:
      return "header";
    }
  g_return_val_if_reached ("none");
}

/**
 * tide_auth_mode_has_log_in:
 * @mode: a mode
 *
 * Returns: whether the name of a user is proven by it
 */
gboolean
tide_auth_mode_has_log_in (TideAuthMode mode)
{
  return mode != TIDE_AUTH_NONE && mode != TIDE_AUTH_DEVELOPMENT;
}

/**
 * tide_authenticator_new:
 * @settings: what to go by; its verifiers are taken over, its strings copied
 *
 * Returns: (transfer full): an authenticator
 */
TideAuthenticator *
tide_authenticator_new (const TideAuthSettings *settings)
{
  TideAuthenticator *self = g_new0 (TideAuthenticator, 1);

  self->settings = *settings;
  self->settings.session_cookie = g_strdup (settings->session_cookie);
  self->settings.remember_cookie = g_strdup (settings->remember_cookie);
  self->settings.jwt_cookie = g_strdup (settings->jwt_cookie);
  self->settings.user_header = g_strdup (settings->user_header);
  return self;
}

/**
 * tide_authenticator_free:
 * @self: (transfer full): an authenticator
 *
 * Frees @self.
 */
void
tide_authenticator_free (TideAuthenticator *self)
{
  g_clear_pointer (&self->settings.flask, tide_flask_session_free);
  g_clear_pointer (&self->settings.jwt, tide_jwt_verifier_free);
  g_free ((char *) self->settings.session_cookie);
  g_free ((char *) self->settings.remember_cookie);
  g_free ((char *) self->settings.jwt_cookie);
  g_free ((char *) self->settings.user_header);
  g_free (self);
}

static gboolean
take_name (const char *name, TideIdentity *identity, GError **error)
{
  if (!tide_user_name_is_good (name))
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_FORBIDDEN,
                   "a user's name must be 1 to %d bytes of printable UTF-8",
                   TIDE_USER_NAME_MAX_BYTES);
      return FALSE;
    }
  identity->user_name = g_strdup (name);
  return TRUE;
}

/* Development mode believes what the browser says, so nothing may stand between the two:
 * the listeners are on loopback, and a proxy on this machine gives itself away. */
static gboolean
authenticate_development (const TideLogin *login, TideIdentity *identity, GError **error)
{
  if (login->has_forwarded_headers)
    return tide_refuse (
        error,
        TIDE_ERROR_FORBIDDEN,
        "auth.mode=development serves no proxy: connect directly, or choose "
        "another auth.mode");
  return login->user_parameter == NULL ||
         take_name (login->user_parameter, identity, error);
}

static gboolean
authenticate_flask (TideAuthenticator *self,
                    const TideLogin *login,
                    TideIdentity *identity,
                    GError **error)
{
  const TideAuthSettings *settings = &self->settings;
  g_autofree char *session = tide_cookie_dup (login->cookies, settings->session_cookie);
  g_autofree char *remember = tide_cookie_dup (login->cookies, settings->remember_cookie);

  if (session == NULL && remember == NULL)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REQUIRED, "not logged in: there is no session cookie");
  return tide_flask_session_find_user (
      settings->flask, session, remember, login->now_s, identity, error);
}

/* The header may carry several schemes of one name; only a token alone is one. */
static char *
dup_bearer (const char *authorization)
{
  if (authorization == NULL ||
      g_ascii_strncasecmp (authorization, BEARER, strlen (BEARER)) != 0)
    return NULL;
  return g_strstrip (g_strdup (authorization + strlen (BEARER)));
}

static gboolean
authenticate_jwt (TideAuthenticator *self,
                  const TideLogin *login,
                  TideIdentity *identity,
                  GError **error)
{
  const char *cookie = self->settings.jwt_cookie;
  g_autofree char *token = dup_bearer (login->authorization);

  if (token == NULL && cookie != NULL && *cookie != '\0')
    token = tide_cookie_dup (login->cookies, cookie);
  if (token == NULL)
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REQUIRED, "not logged in: there is no token");
  return tide_authenticator_check_token (self, token, login->now_s, identity, error);
}

/* A name that somebody else could have set is worse than none: so who does not come by
 * the proxy is not let in at all, not even as a guest. */
static gboolean
authenticate_header (const TideLogin *login, TideIdentity *identity, GError **error)
{
  if (!login->is_from_trusted_proxy)
    return tide_refuse (error,
                        TIDE_ERROR_FORBIDDEN,
                        "auth.mode=header lets in only who comes by one of [server] "
                        "trusted-proxies");
  if (login->n_user_headers > 1)
    return tide_refuse (
        error,
        TIDE_ERROR_FORBIDDEN,
        "the user's header is there more than once: the proxy has to replace "
        "what browsers send");
  if (login->user_header == NULL || *login->user_header == '\0')
    return tide_refuse (
        error, TIDE_ERROR_LOGIN_REQUIRED, "not logged in: the proxy has named no user");
  return take_name (login->user_header, identity, error);
}

/**
 * tide_authenticator_authenticate:
 * @self: an authenticator
 * @login: what the request says
 * @identity: (out caller-allocates): who it is; untouched on failure
 * @error: return location for an error
 *
 * Finds out who a browser belongs to by its request.
 *
 * Fails with [error@Error.FORBIDDEN] when the request may not be served: answer 403.
 * Fails with [error@Error.LOGIN_REQUIRED], [error@Error.LOGIN_REFUSED] or
 * [error@Error.LOGIN_EXPIRED] when it does not say who it is: the client may have other
 * ways to, and may be a guest where there are guests. No message holds a secret.
 *
 * Returns: %TRUE when it is known who it is
 */
gboolean
tide_authenticator_authenticate (TideAuthenticator *self,
                                 const TideLogin *login,
                                 TideIdentity *identity,
                                 GError **error)
{
  TideIdentity found = { 0 };
  gboolean is_known = FALSE;

  switch (self->settings.mode)
    {
    case TIDE_AUTH_NONE:
      is_known = TRUE;
      break;
    case TIDE_AUTH_DEVELOPMENT:
      is_known = authenticate_development (login, &found, error);
      break;
    case TIDE_AUTH_FLASK_SESSION:
      is_known = authenticate_flask (self, login, &found, error);
      break;
    case TIDE_AUTH_JWT:
      is_known = authenticate_jwt (self, login, &found, error);
      break;
    case TIDE_AUTH_HEADER:
      is_known = authenticate_header (login, &found, error);
      break;
    }
  if (is_known)
    *identity = found;
  return is_known;
}

/**
 * tide_authenticator_check_token:
 * @self: an authenticator
 * @token: what a client sent for a token
 * @now_s: Unix time in seconds
 * @identity: (out caller-allocates): who it belongs to; untouched on failure
 * @error: return location for an error
 *
 * Finds out whom a token belongs to.
 *
 * Fails with [error@Error.LOGIN_REFUSED] or [error@Error.LOGIN_EXPIRED], and with
 * [error@Error.UNSUPPORTED] when the mode is not %TIDE_AUTH_JWT.
 *
 * Returns: %TRUE when it is known who it is
 */
gboolean
tide_authenticator_check_token (TideAuthenticator *self,
                                const char *token,
                                gint64 now_s,
                                TideIdentity *identity,
                                GError **error)
{
  TideJwtClaims claims = { 0 };

  if (self->settings.jwt == NULL)
    return tide_refuse (error, TIDE_ERROR_UNSUPPORTED, "this server takes no tokens");
  if (!tide_jwt_verifier_verify (self->settings.jwt, token, now_s, &claims, error))
    return FALSE;
  *identity = (TideIdentity){ .user_name = claims.user_id, .roles = claims.roles };
  if (claims.expires_s > 0)
    /* One that is let in within the leeway has run out at once. */
    identity->lifetime_us = MAX (1, (claims.expires_s - now_s) * G_USEC_PER_SEC);
  return TRUE;
}

/**
 * tide_authenticator_get_mode:
 * @self: an authenticator
 *
 * Returns: how users are found out
 */
TideAuthMode
tide_authenticator_get_mode (const TideAuthenticator *self)
{
  return self->settings.mode;
}

/**
 * tide_authenticator_get_user_header:
 * @self: an authenticator
 *
 * Returns: (transfer none) (nullable): the header to look for in requests; %NULL: none
 */
const char *
tide_authenticator_get_user_header (const TideAuthenticator *self)
{
  return self->settings.mode == TIDE_AUTH_HEADER ? self->settings.user_header : NULL;
}

/**
 * tide_authenticator_takes_guests:
 * @self: an authenticator
 *
 * Returns: whether who is not logged in comes in as a guest
 */
gboolean
tide_authenticator_takes_guests (const TideAuthenticator *self)
{
  return self->settings.takes_guests;
}
