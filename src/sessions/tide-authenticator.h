/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

#define TIDE_USER_NAME_MAX_BYTES 128

/**
 * TideAuthMode:
 * @TIDE_AUTH_NONE: nobody has a name: each connection is a user of its own
 * @TIDE_AUTH_DEVELOPMENT: the query parameter `user` is believed; for loopback only
 *
 * How the server finds out who a browser belongs to.
 */
typedef enum
{
  TIDE_AUTH_NONE,
  TIDE_AUTH_DEVELOPMENT,
} TideAuthMode;

/**
 * TideLogin:
 *
 * What a handshake says about who is asking.
 */
typedef struct
{
  const char *user_parameter;     /* (unowned) (nullable), `user` of the query, decoded */
  gboolean has_forwarded_headers; /* a proxy stands in between */
} TideLogin;

gboolean tide_authenticator_authenticate (TideAuthMode mode,
                                          const TideLogin *login,
                                          char **user_name,
                                          GError **error);

G_END_DECLS
