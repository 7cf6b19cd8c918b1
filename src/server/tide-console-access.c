/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Who may see the console. */

#include "tide-console-access.h"

#include "tide-error.h"

/* Whether there is a console for those who come by that way at all. */
gboolean
tide_console_access_is_there (const TideConsoleVisit *visit)
{
  switch (visit->settings->serve)
    {
    case TIDE_CONSOLE_LOCAL:
      return tide_reach_is_admin (&visit->reach);
    case TIDE_CONSOLE_EVERYWHERE:
      return tide_auth_mode_has_log_in (visit->mode) ||
             tide_reach_is_admin (&visit->reach);
    case TIDE_CONSOLE_OFF:
      return FALSE;
    }
  g_return_val_if_reached (FALSE);
}

/* Where nobody logs in, whether a request asks for a host known to be this one. */
gboolean
tide_console_access_takes_host (const TideConsoleVisit *visit,
                                const char *host,
                                const char *const *allowed_origins)
{
  return tide_auth_mode_has_log_in (visit->mode) ||
         (host != NULL && tide_reach_is_own_host (host, allowed_origins));
}

static gboolean
is_operator (const TideConsoleSettings *settings, const TideIdentity *identity)
{
  if (identity->user_name != NULL && settings->operators != NULL &&
      g_strv_contains ((const char *const *) settings->operators, identity->user_name))
    return TRUE;
  return settings->operator_role != NULL && identity->roles != NULL &&
         g_strv_contains ((const char *const *) identity->roles, settings->operator_role);
}

/* Whether whoever asks is an operator; fails with FORBIDDEN, or with LOGIN_REQUIRED for a
 * guest, and says what to do. */
gboolean
tide_console_access_check_user (const TideConsoleVisit *visit,
                                const TideIdentity *identity,
                                GError **error)
{
  if (!tide_auth_mode_has_log_in (visit->mode))
    {
      if (tide_reach_is_straight (&visit->reach))
        return TRUE;
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_FORBIDDEN,
                   "with [auth] mode=%s the console is for who comes straight from the "
                   "service's own machine, not through a proxy: open it there, or choose "
                   "a mode that logs users in",
                   tide_auth_mode_get_nick (visit->mode));
      return FALSE;
    }
  if (is_operator (visit->settings, identity))
    return TRUE;
  if (identity->user_name == NULL)
    {
      g_set_error_literal (error,
                           TIDE_ERROR,
                           TIDE_ERROR_LOGIN_REQUIRED,
                           "the console is for operators: log in as one of them");
      return FALSE;
    }
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_FORBIDDEN,
               "the user %s is no operator: add the name to [console] operators",
               identity->user_name);
  return FALSE;
}
