/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The tickers of connections. They are declared by connection and end with it; a user's
 * tickers are the union over its connections, one counted subscription in the index. */

#include "tide-error.h"
#include "tide-subscription-manager-private.h"

const char *const *
tide_connection_tickers_get (TideSubscriptionManager *self, guint64 connection_id)
{
  return g_hash_table_lookup (self->of_connection, GSIZE_TO_POINTER (connection_id));
}

static void
hold_all (TideSubscriptionManager *self, guint32 slot, const char *const *tickers)
{
  TideKnownUser *user = tide_known_user_get (self, slot);

  if (tickers == NULL || *tickers == NULL)
    return;
  if (user->tickers == NULL)
    user->tickers = tide_subscription_index_add_counted (
        self->index, slot, TIDE_TICKERS, TIDE_TICKERS);
  for (; *tickers != NULL; tickers++)
    tide_subscription_index_hold (self->index, user->tickers, *tickers);
}

static void
release_all (TideSubscriptionManager *self, guint32 slot, const char *const *tickers)
{
  TideKnownUser *user = tide_known_user_get (self, slot);

  if (tickers == NULL || user->tickers == NULL)
    return;
  for (; *tickers != NULL; tickers++)
    tide_subscription_index_release (self->index, user->tickers, *tickers);
  if (tide_subscription_index_count_values (user->tickers) > 0)
    return;
  tide_subscription_index_remove (self->index, g_steal_pointer (&user->tickers));
}

/* Puts a connection's new list in force, without looking at limits. The user holds the
 * new ones before the old ones are let go of: a ticker that is in both is never out of
 * the index. */
void
tide_connection_tickers_set (TideSubscriptionManager *self,
                             TideUserRef user,
                             guint64 connection_id,
                             const char *const *tickers)
{
  gpointer key = GSIZE_TO_POINTER (connection_id);

  hold_all (self, user.slot, tickers);
  release_all (self, user.slot, tide_connection_tickers_get (self, connection_id));
  if (tickers == NULL || *tickers == NULL)
    g_hash_table_remove (self->of_connection, key);
  else
    g_hash_table_insert (self->of_connection, key, g_strdupv ((char **) tickers));
  tide_subscription_manager_update_gauges (self);
}

/* Whether the user would have too many with this list in place of the connection's own.
 */
static gboolean
is_over_user_limit (TideSubscriptionManager *self,
                    guint32 slot,
                    guint64 connection_id,
                    const char *const *tickers)
{
  const char *const *old = tide_connection_tickers_get (self, connection_id);
  TideSubscription *held;
  guint n_of_user;

  hold_all (self, slot, tickers);
  release_all (self, slot, old);
  held = tide_known_user_get (self, slot)->tickers;
  n_of_user = held != NULL ? tide_subscription_index_count_values (held) : 0;
  hold_all (self, slot, old);
  release_all (self, slot, tickers);
  return n_of_user > self->settings.max_tickers_per_user;
}

/**
 * tide_subscription_manager_update_user_subscriptions:
 * @self: a manager
 * @user: a user who is connected
 * @connection_id: one of its connections
 * @tickers: (array zero-terminated=1): tickers, each once
 * @error: return location for an error
 *
 * Puts the tickers of a connection in place of those that it had. They end with the
 * connection.
 *
 * Fails with [error@Error.LIMIT_EXCEEDED] and [error@Error.UNAVAILABLE]; nothing is
 * changed then.
 *
 * Returns: %TRUE when the list is in force
 */
gboolean
tide_subscription_manager_update_user_subscriptions (TideSubscriptionManager *self,
                                                     TideUserRef user,
                                                     guint64 connection_id,
                                                     const char *const *tickers,
                                                     GError **error)
{
  if (!tide_known_user_check (self, user, error))
    return FALSE;
  if (g_strv_length ((char **) tickers) > self->settings.max_tickers)
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_LIMIT_EXCEEDED,
                   "a connection can have %u tickers; nothing was changed",
                   self->settings.max_tickers);
      return FALSE;
    }
  if (is_over_user_limit (self, user.slot, connection_id, tickers))
    {
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_LIMIT_EXCEEDED,
                   "a user can have %u tickers over all tabs; nothing was changed",
                   self->settings.max_tickers_per_user);
      return FALSE;
    }
  tide_connection_tickers_set (self, user, connection_id, tickers);
  return TRUE;
}
