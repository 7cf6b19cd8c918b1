/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Subscriptions that users asked for by name. They belong to the user, not to a
 * connection: a tab that closes does not end them, and of a user with a name they stay
 * while it is away. */

#include "tide-error.h"
#include "tide-subscription-manager-private.h"

static void
user_subscription_free (gpointer data)
{
  TideUserSubscription *subscription = data;

  g_free (subscription->type);
  tide_subscription_filters_free (subscription->filters);
  g_free (subscription);
}

static gboolean
refuse (GError **error, const char *whose, guint max, const char *what)
{
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_LIMIT_EXCEEDED,
               "%s can have %u %s; nothing was changed",
               whose,
               max,
               what);
  return FALSE;
}

/* Whether a user can have more subscriptions, or values in them. */
gboolean
tide_user_subscriptions_check_limits (TideSubscriptionManager *self,
                                      const TideSubscriptionRequest *request,
                                      guint n_more,
                                      guint n_more_values,
                                      GError **error)
{
  const TideSubscriptionSettings *settings = &self->settings;
  const GPtrArray *kept = tide_known_user_get (self, request->user.slot)->kept;
  guint n_of_connection = 0;
  guint64 n_values = n_more_values;

  for (guint i = 0; kept != NULL && i < kept->len; i++)
    {
      const TideUserSubscription *subscription = g_ptr_array_index (kept, i);

      n_of_connection += request->connection_id != 0 &&
                         subscription->connection_id == request->connection_id;
      n_values += tide_subscription_index_count_values (subscription->entry);
    }
  if (n_more > 0 && request->connection_id != 0 &&
      n_of_connection + n_more > settings->max_subscriptions)
    return refuse (error, "a connection", settings->max_subscriptions, "subscriptions");
  if (n_more > 0 &&
      (kept != NULL ? kept->len : 0) + n_more > settings->max_subscriptions_per_user)
    return refuse (
        error, "a user", settings->max_subscriptions_per_user, "subscriptions");
  if (n_more_values > 0 && n_values > settings->max_tickers_per_user)
    return refuse (error,
                   "a user",
                   settings->max_tickers_per_user,
                   "values in all its subscriptions");
  return TRUE;
}

/* Adds a subscription without looking at limits. */
TideUserSubscription *
tide_user_subscriptions_add (TideSubscriptionManager *self,
                             const TideSubscriptionRequest *request)
{
  guint32 slot = request->user.slot;
  TideKnownUser *user = tide_known_user_get (self, slot);
  TideUserSubscription *subscription = g_new0 (TideUserSubscription, 1);

  subscription->type = g_strdup (request->type);
  subscription->filters = tide_subscription_filters_copy (request->filters);
  subscription->connection_id = request->connection_id;
  subscription->created_us = tide_subscription_manager_get_now_us (self);
  subscription->last_active_us = subscription->created_us;
  subscription->entry = tide_subscription_index_add (
      self->index, slot, subscription->type, subscription->filters);
  if (user->kept == NULL)
    user->kept = g_ptr_array_new_with_free_func (user_subscription_free);
  g_ptr_array_add (user->kept, subscription);
  user->is_unsaved = TRUE;
  tide_known_user_update_kept (self, slot);
  tide_subscription_manager_update_gauges (self);
  return subscription;
}

/* Gives a subscription other filters; it stays the one that it was. */
void
tide_user_subscriptions_change (TideSubscriptionManager *self,
                                TideUserRef user,
                                TideUserSubscription *subscription,
                                const TideSubscriptionFilters *filters)
{
  TideSubscriptionFilters *copy = tide_subscription_filters_copy (filters);

  tide_subscription_index_remove (self->index, subscription->entry);
  tide_subscription_filters_free (subscription->filters);
  subscription->filters = copy;
  subscription->entry = tide_subscription_index_add (
      self->index, user.slot, subscription->type, subscription->filters);
  subscription->last_active_us = tide_subscription_manager_get_now_us (self);
  tide_known_user_get (self, user.slot)->is_unsaved = TRUE;
  tide_subscription_manager_update_gauges (self);
}

void
tide_user_subscriptions_remove (TideSubscriptionManager *self,
                                TideUserRef ref,
                                TideUserSubscription *subscription)
{
  TideKnownUser *user = tide_known_user_get (self, ref.slot);

  tide_subscription_index_remove (self->index, subscription->entry);
  g_ptr_array_remove (user->kept, subscription);
  if (user->kept->len == 0)
    g_clear_pointer (&user->kept, g_ptr_array_unref);
  user->is_unsaved = TRUE;
  tide_known_user_update_kept (self, ref.slot);
  tide_subscription_manager_update_gauges (self);
}

/* Removes all of a user; whether the user is waited for is not looked at. */
void
tide_user_subscriptions_clear (TideSubscriptionManager *self, guint32 slot)
{
  TideKnownUser *user = tide_known_user_get (self, slot);

  for (guint i = 0; user->kept != NULL && i < user->kept->len; i++)
    tide_subscription_index_remove (
        self->index, ((TideUserSubscription *) g_ptr_array_index (user->kept, i))->entry);
  g_clear_pointer (&user->kept, g_ptr_array_unref);
}

static gboolean
check_type (TideSubscriptionManager *self, const char *type, GError **error)
{
  g_autofree char *types = NULL;

  if (tide_subscription_index_has_type (self->index, type))
    return TRUE;
  types = tide_subscription_index_list_types (self->index);
  g_set_error (error,
               TIDE_ERROR,
               TIDE_ERROR_BAD_PAYLOAD,
               "there is no such subscription_type; there are: %s",
               types);
  return FALSE;
}

static gboolean
check_filters (TideSubscriptionManager *self,
               const TideSubscriptionRequest *request,
               GError **error)
{
  const GPtrArray *items = request->filters->items;

  for (guint i = 0; i < items->len; i++)
    {
      const TideSubscriptionFilter *filter = g_ptr_array_index (items, i);
      g_autofree char *filters = NULL;

      if (tide_subscription_index_has_filter (self->index, request->type, filter->name))
        continue;
      filters = tide_subscription_index_list_filters (self->index, request->type);
      g_set_error (error,
                   TIDE_ERROR,
                   TIDE_ERROR_BAD_PAYLOAD,
                   "%s subscriptions have no such filter; they have: %s",
                   request->type,
                   *filters != '\0' ? filters : "none");
      return FALSE;
    }
  return TRUE;
}

/* Whether there is a type of that name, with filters of those names. */
gboolean
tide_user_subscriptions_check_names (TideSubscriptionManager *self,
                                     const TideSubscriptionRequest *request,
                                     GError **error)
{
  return check_type (self, request->type, error) && check_filters (self, request, error);
}

static guint
count_values (const TideSubscriptionFilters *filters)
{
  guint n_values = 0;

  for (guint i = 0; i < filters->items->len; i++)
    {
      const TideSubscriptionFilter *filter = g_ptr_array_index (filters->items, i);
      const char *const *values = tide_subscription_filters_get (filters, filter->name);

      n_values += values != NULL ? g_strv_length ((char **) values) : 0;
    }
  return n_values;
}

static TideUserSubscription *
find_equal (const GPtrArray *kept, const TideSubscriptionRequest *request)
{
  for (guint i = 0; kept != NULL && i < kept->len; i++)
    {
      TideUserSubscription *subscription = g_ptr_array_index (kept, i);

      if (!subscription->is_pattern_list &&
          g_str_equal (subscription->type, request->type) &&
          tide_subscription_filters_equal (subscription->filters, request->filters))
        return subscription;
    }
  return NULL;
}

/* Whether a user has a subscription already; of pattern lists, whether it has any. */
gboolean
tide_user_subscriptions_has (TideSubscriptionManager *self,
                             const TideSubscriptionRequest *request,
                             gboolean is_pattern_list)
{
  const GPtrArray *kept = tide_known_user_get (self, request->user.slot)->kept;

  if (!is_pattern_list)
    return find_equal (kept, request) != NULL;
  for (guint i = 0; kept != NULL && i < kept->len; i++)
    if (((TideUserSubscription *) g_ptr_array_index (kept, i))->is_pattern_list)
      return TRUE;
  return FALSE;
}

/**
 * tide_subscription_manager_subscribe_user:
 * @self: a manager
 * @request: what is asked for, by whom
 * @error: return location for an error
 *
 * Adds a subscription to those of a user. One that the user has already is not added
 * again, it only counts as active now.
 *
 * Fails with [error@Error.BAD_PAYLOAD] when no route has the type or the filters, with
 * [error@Error.LIMIT_EXCEEDED], and with [error@Error.UNAVAILABLE] when the user is
 * neither connected nor waited for; nothing is changed then.
 *
 * Returns: %TRUE when the subscription is in force
 */
gboolean
tide_subscription_manager_subscribe_user (TideSubscriptionManager *self,
                                          const TideSubscriptionRequest *request,
                                          GError **error)
{
  TideUserSubscription *known;

  if (!tide_known_user_check (self, request->user, error) ||
      !tide_user_subscriptions_check_names (self, request, error))
    return FALSE;
  known = find_equal (tide_known_user_get (self, request->user.slot)->kept, request);
  if (known != NULL)
    {
      known->last_active_us = tide_subscription_manager_get_now_us (self);
      return TRUE;
    }
  if (!tide_user_subscriptions_check_limits (
          self, request, 1, count_values (request->filters), error))
    return FALSE;
  tide_user_subscriptions_add (self, request);
  return TRUE;
}

/**
 * tide_subscription_manager_unsubscribe_user:
 * @self: a manager
 * @user: a user
 * @type: a type of subscriptions
 * @filters: (nullable): only what has these filters, in whatever order; %NULL: all of the
 *   type
 *
 * Takes subscriptions of a user away, but for the tickers of its connections.
 *
 * Returns: how many were taken away
 */
guint
tide_subscription_manager_unsubscribe_user (TideSubscriptionManager *self,
                                            TideUserRef user,
                                            const char *type,
                                            const TideSubscriptionFilters *filters)
{
  guint n_removed = 0;

  if (!tide_known_user_check (self, user, NULL))
    return 0;
  for (guint i = 0;;)
    {
      const GPtrArray *kept = tide_known_user_get (self, user.slot)->kept;
      TideUserSubscription *subscription;

      if (kept == NULL || i >= kept->len)
        return n_removed;
      subscription = g_ptr_array_index (kept, i);
      if (!g_str_equal (subscription->type, type) ||
          (filters != NULL &&
           !tide_subscription_filters_equal (subscription->filters, filters)))
        {
          i++;
          continue;
        }
      tide_user_subscriptions_remove (self, user, subscription);
      n_removed++;
    }
}

/**
 * tide_subscription_manager_get_user_subscriptions:
 * @self: a manager
 * @user: a user
 * @n_subscriptions: (out): how many it has
 *
 * Gets what a user has asked for, but for the tickers of its connections.
 *
 * Returns: (transfer none) (nullable) (array length=n_subscriptions): the subscriptions,
 *   in the order of asking, until they are changed
 */
const TideUserSubscription *const *
tide_subscription_manager_get_user_subscriptions (TideSubscriptionManager *self,
                                                  TideUserRef user,
                                                  guint *n_subscriptions)
{
  const GPtrArray *kept = tide_known_user_check (self, user, NULL)
                              ? tide_known_user_get (self, user.slot)->kept
                              : NULL;

  *n_subscriptions = kept != NULL ? kept->len : 0;
  return kept != NULL ? (const TideUserSubscription *const *) kept->pdata : NULL;
}
