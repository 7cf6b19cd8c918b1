/* SPDX-License-Identifier: LGPL-2.1-or-later */
#pragma once

#include <glib.h>

G_BEGIN_DECLS

/**
 * TideIdentity:
 *
 * Who a client is, as the server found out.
 */
typedef struct
{
  char *user_name;    /* (owned) (nullable), NULL for an anonymous user */
  char **roles;       /* (owned) (nullable), what the log-in says of them */
  gboolean is_guest;  /* has not logged in where others have; never with a name */
  gint64 lifetime_us; /* how long the log-in is good from now on; 0: without an end */
} TideIdentity;

static inline void
tide_identity_clear (TideIdentity *self)
{
  g_clear_pointer (&self->user_name, g_free);
  g_clear_pointer (&self->roles, g_strfreev);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC (TideIdentity, tide_identity_clear)

/**
 * TideLoginFuncs:
 * @check_token: (nullable): finds out whom a token of a client belongs to; fails with
 *   [error@Error.LOGIN_REFUSED] or [error@Error.LOGIN_EXPIRED]; %NULL when no tokens are
 *   taken
 * @takes_guests: who is not let in by its log-in comes in as a guest
 * @grace_us: how long a client whose log-in has run out may stay, to bring a new one
 * @user_data: for @check_token
 *
 * How clients log in who did not, or can't, by the request they came with.
 */
typedef struct
{
  gboolean (*check_token) (const char *token,
                           TideIdentity *identity,
                           gpointer user_data,
                           GError **error);
  gboolean takes_guests;
  gint64 grace_us;
  gpointer user_data;
} TideLoginFuncs;

G_END_DECLS
