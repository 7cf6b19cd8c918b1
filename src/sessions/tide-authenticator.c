/* SPDX-License-Identifier: LGPL-2.1-or-later */
#include "tide-authenticator.h"

#include "tide-error.h"

#include <string.h>

static gboolean
is_good_name (const char *name)
{
  gsize length = strlen (name);

  if (length == 0 || length > TIDE_USER_NAME_MAX_BYTES ||
      !g_utf8_validate (name, length, NULL))
    return FALSE;
  for (const char *p = name; *p != '\0'; p = g_utf8_next_char (p))
    if (!g_unichar_isprint (g_utf8_get_char (p)))
      return FALSE;
  return TRUE;
}

/* Development mode believes what the browser says, so nothing may stand between the two:
 * the listeners are on loopback, and a proxy on this machine gives itself away. */
static gboolean
authenticate_development (const TideLogin *login, char **user_name, GError **error)
{
  if (login->has_forwarded_headers)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_FORBIDDEN,
                           "auth.mode=development serves no proxy: connect directly, or "
                           "choose another auth.mode");
      return FALSE;
    }
  if (login->user_parameter != NULL && !is_good_name (login->user_parameter))
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_FORBIDDEN,
                   "the parameter user must be 1 to %d bytes of printable UTF-8",
                   TIDE_USER_NAME_MAX_BYTES);
      return FALSE;
    }
  *user_name = g_strdup (login->user_parameter);
  return TRUE;
}

/**
 * tide_authenticator_authenticate:
 * @mode: how to find out
 * @login: what the handshake says
 * @user_name: (out) (nullable): the user's name, %NULL for an anonymous user; untouched
 * on failure
 * @error: return location for an error
 *
 * Finds out who a browser belongs to.
 *
 * Fails with [error@Error.FORBIDDEN]: answer 403, with the message.
 *
 * Returns: %TRUE when the browser may come in
 */
gboolean
tide_authenticator_authenticate (TideAuthMode mode,
                                 const TideLogin *login,
                                 char **user_name,
                                 GError **error)
{
  switch (mode)
    {
    case TIDE_AUTH_NONE:
      *user_name = NULL;
      return TRUE;
    case TIDE_AUTH_DEVELOPMENT:
      return authenticate_development (login, user_name, error);
    }
  g_return_val_if_reached (FALSE);
}
