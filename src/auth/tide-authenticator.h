/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include "tide-flask-session.h"
#include "tide-identity.h"
#include "tide-jwt-verifier.h"

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideAuthMode:
 * @TIDE_AUTH_NONE: nobody has a name: each connection is a user of its own
 * @TIDE_AUTH_DEVELOPMENT: the query parameter `user` is believed; for loopback only
 * @TIDE_AUTH_FLASK_SESSION: the cookies of Flask and Flask-Login
 * @TIDE_AUTH_JWT: a JSON Web Token, in a header, a cookie, or what a client sends
 * @TIDE_AUTH_HEADER: a header that a trusted proxy sets
 *
 * How the server finds out who a browser belongs to.
 */
typedef enum
{
  TIDE_AUTH_NONE,
  TIDE_AUTH_DEVELOPMENT,
  TIDE_AUTH_FLASK_SESSION,
  TIDE_AUTH_JWT,
  TIDE_AUTH_HEADER,
} TideAuthMode;

/**
 * TideAuthSettings:
 *
 * What log-ins are checked by. Strings may be empty where the mode has no use for them.
 */
typedef struct
{
  TideAuthMode mode;
  gboolean takes_guests;       /* who is not logged in comes in as a guest */
  const char *session_cookie;  /* (unowned) (nullable), name of Flask's cookie */
  const char *remember_cookie; /* (unowned) (nullable), name of Flask-Login's cookie */
  const char *jwt_cookie;      /* (unowned) (nullable), name of a cookie with a token */
  const char *user_header;     /* (unowned) (nullable), name of the proxy's header */
  TideFlaskSession *flask;     /* (owned) (nullable), for %TIDE_AUTH_FLASK_SESSION */
  TideJwtVerifier *jwt;        /* (owned) (nullable), for %TIDE_AUTH_JWT */
} TideAuthSettings;

/**
 * TideLogin:
 *
 * What a request says about who is asking.
 */
typedef struct
{
  const char *user_parameter; /* (unowned) (nullable), `user` of the query, decoded */
  const char *cookies;        /* (unowned) (nullable), all of Cookie */
  const char *authorization;  /* (unowned) (nullable), all of Authorization */
  const char *user_header;    /* (unowned) (nullable), the proxy's header */
  guint n_user_headers;       /* how often that is there */
  gboolean is_from_trusted_proxy;
  gboolean has_forwarded_headers; /* a proxy stands in between */
  gint64 now_s;                   /* Unix time in seconds */
} TideLogin;

/**
 * TideAuthenticator:
 *
 * Finds out who browsers belong to.
 */
typedef struct _TideAuthenticator TideAuthenticator;

const char *tide_auth_mode_get_nick (TideAuthMode mode);
gboolean tide_auth_mode_has_log_in (TideAuthMode mode);

TideAuthenticator *tide_authenticator_new (const TideAuthSettings *settings);
void tide_authenticator_free (TideAuthenticator *self);

gboolean tide_authenticator_authenticate (TideAuthenticator *self,
                                          const TideLogin *login,
                                          TideIdentity *identity,
                                          GError **error);
gboolean tide_authenticator_check_token (TideAuthenticator *self,
                                         const char *token,
                                         gint64 now_s,
                                         TideIdentity *identity,
                                         GError **error);
TideAuthMode tide_authenticator_get_mode (const TideAuthenticator *self);
const char *tide_authenticator_get_user_header (const TideAuthenticator *self);
gboolean tide_authenticator_takes_guests (const TideAuthenticator *self);

G_DEFINE_AUTOPTR_CLEANUP_FUNC (TideAuthenticator, tide_authenticator_free)

G_END_DECLS
