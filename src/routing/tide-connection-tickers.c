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

/* Lets the user hold tickers; gives them as the index has them, so that a connection's
 * list is pointers only. */
static const char **
hold_all (TideSubscriptionManager *self, guint32 slot, const char *const *tickers)
{
  TideKnownUser *user = tide_known_user_get (self, slot);
  guint n = tickers != NULL ? g_strv_length ((char **) tickers) : 0;
  const char **held;

  if (n == 0)
    return NULL;
  if (user->tickers == NULL)
    user->tickers = tide_subscription_index_add_counted (
        self->index, slot, TIDE_TICKERS, TIDE_TICKERS);
  held = g_new (const char *, n + 1);
  for (guint i = 0; i < n; i++)
    held[i] = tide_subscription_index_hold (self->index, user->tickers, tickers[i]);
  held[n] = NULL;
  return held;
}

/* Lets go of tickers; they may be gone afterwards. */
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

/* Puts what the user holds already in place of a connection's list. A ticker that is in
 * both is never out of the index. */
static void
replace_list (TideSubscriptionManager *self,
              guint32 slot,
              guint64 connection_id,
              const char **held)
{
  gpointer key = GSIZE_TO_POINTER (connection_id);

  release_all (self, slot, tide_connection_tickers_get (self, connection_id));
  if (held == NULL)
    g_hash_table_remove (self->of_connection, key);
  else
    g_hash_table_insert (self->of_connection, key, held);
  tide_subscription_manager_update_gauges (self);
}

/* Puts a connection's new list in force, without looking at limits. */
void
tide_connection_tickers_set (TideSubscriptionManager *self,
                             TideUserRef user,
                             guint64 connection_id,
                             const char *const *tickers)
{
  replace_list (self, user.slot, connection_id, hold_all (self, user.slot, tickers));
}

/* How many tickers the user will have, who holds the new list of a connection already,
 * when the connection's old one has gone. */
static guint
count_without_old (TideSubscriptionManager *self, guint32 slot, guint64 connection_id)
{
  const char *const *old = tide_connection_tickers_get (self, connection_id);
  const TideSubscription *held = tide_known_user_get (self, slot)->tickers;
  guint n = held != NULL ? tide_subscription_index_count_values (held) : 0;

  for (; old != NULL && *old != NULL; old++)
    n -= tide_subscription_index_get_n_holds (held, *old) == 1;
  return n;
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
  const char **held;

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
  held = hold_all (self, user.slot, tickers);
  if (count_without_old (self, user.slot, connection_id) >
      self->settings.max_tickers_per_user)
    {
      release_all (self, user.slot, held);
      g_free (held);
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_LIMIT_EXCEEDED,
                   "a user can have %u tickers over all tabs; nothing was changed",
                   self->settings.max_tickers_per_user);
      return FALSE;
    }
  replace_list (self, user.slot, connection_id, held);
  return TRUE;
}

/**
 * tide_subscription_manager_get_connection_tickers:
 * @self: a manager
 * @connection_id: a connection
 *
 * Returns: (transfer none) (nullable) (array zero-terminated=1): the tickers that it
 * asked for, until it asks for others; %NULL for none
 */
const char *const *
tide_subscription_manager_get_connection_tickers (TideSubscriptionManager *self,
                                                  guint64 connection_id)
{
  return tide_connection_tickers_get (self, connection_id);
}

/**
 * tide_subscription_manager_count_tickers:
 * @self: a manager
 * @slot: a user
 *
 * Returns: how many different tickers its connections ask for
 */
guint
tide_subscription_manager_count_tickers (TideSubscriptionManager *self, guint32 slot)
{
  TideKnownUser *user = slot < self->known->len ? tide_known_user_get (self, slot) : NULL;

  return user != NULL && user->tickers != NULL
             ? tide_subscription_index_count_values (user->tickers)
             : 0;
}
