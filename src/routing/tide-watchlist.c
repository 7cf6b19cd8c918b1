/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* The lists of the mission's commands, kept as subscriptions like others: one of patterns
 * a user, and one of symbols for each kind of event that a watchlist is for. */

#include "tide-error.h"
#include "tide-subscription-manager-private.h"

#define WATCHLIST "watchlist"
#define SYMBOLS "symbols"
#define KINDS "subscription_types"

static gboolean
check_routes (TideSubscriptionManager *self,
              const char *type,
              const char *const *filters,
              GError **error)
{
  for (; *filters != NULL; filters++)
    if (!tide_subscription_index_has_filter (self->index, type, *filters))
      {
        g_set_error (error,
                     TIDE_ERROR,
                     TIDE_ERROR_UNSUPPORTED,
                     "no route of this server is for %s subscriptions with %s",
                     type,
                     *filters);
        return FALSE;
      }
  return TRUE;
}

static guint
count (const char *const *values)
{
  return values != NULL ? g_strv_length ((char **) values) : 0;
}

static TideUserSubscription *
find_pattern_list (const GPtrArray *kept)
{
  for (guint i = 0; kept != NULL && i < kept->len; i++)
    {
      TideUserSubscription *subscription = g_ptr_array_index (kept, i);

      if (subscription->is_pattern_list)
        return subscription;
    }
  return NULL;
}

/* Puts a list of patterns in place of the user's former one; an empty one clears it. */
gboolean
tide_watchlist_set_patterns (TideSubscriptionManager *self,
                             const TideSubscriptionRequest *request,
                             GError **error)
{
  static const char *const filters[] = { "pattern_types", NULL };
  const TideSubscriptionFilter *patterns = g_ptr_array_index (request->filters->items, 0);
  TideUserSubscription *list;
  guint n_old = 0;
  guint n_new = count (tide_subscription_filters_get (request->filters, patterns->name));

  if (!tide_known_user_check (self, request->user, error) ||
      !check_routes (self, request->type, filters, error))
    return FALSE;
  list = find_pattern_list (tide_known_user_get (self, request->user.slot)->kept);
  if (*patterns->values == NULL)
    {
      if (list != NULL)
        tide_user_subscriptions_remove (self, request->user, list);
      return TRUE;
    }
  if (list != NULL)
    n_old = tide_subscription_index_count_values (list->entry);
  if (!tide_user_subscriptions_check_limits (
          self, request, list == NULL, n_new > n_old ? n_new - n_old : 0, error))
    return FALSE;
  if (list != NULL)
    tide_user_subscriptions_change (self, request->user, list, request->filters);
  else
    tide_user_subscriptions_add (self, request)->is_pattern_list = TRUE;
  return TRUE;
}

/* Finds the watchlist of one kind of event. A subscription that is limited by more than
 * its symbols, where a route has more filters, is none: it would lose the rest. */
static TideUserSubscription *
find_watchlist (const GPtrArray *kept, const char *kind)
{
  const char *const kinds[] = { kind, NULL };

  for (guint i = 0; kept != NULL && i < kept->len; i++)
    {
      TideUserSubscription *subscription = g_ptr_array_index (kept, i);
      const char *const *of_it =
          tide_subscription_filters_get (subscription->filters, KINDS);

      if (g_str_equal (subscription->type, WATCHLIST) &&
          subscription->filters->items->len == 2 && of_it != NULL &&
          g_strv_equal (of_it, kinds) &&
          tide_subscription_filters_get (subscription->filters, SYMBOLS) != NULL)
        return subscription;
    }
  return NULL;
}

/* Makes a watchlist's filters: what it had, and more. */
static TideSubscriptionFilters *
make_filters (const TideUserSubscription *old,
              const char *kind,
              const char *const *symbols)
{
  const char *const kinds[] = { kind, NULL };
  TideSubscriptionFilters *filters = tide_subscription_filters_new ();
  g_autoptr (GHashTable) seen = g_hash_table_new (g_str_hash, g_str_equal);
  g_autoptr (GPtrArray) all = g_ptr_array_new ();
  const char *const *lists[] = {
    old != NULL ? tide_subscription_filters_get (old->filters, SYMBOLS) : NULL, symbols
  };

  for (guint i = 0; i < G_N_ELEMENTS (lists); i++)
    for (const char *const *at = lists[i]; at != NULL && *at != NULL; at++)
      if (g_hash_table_add (seen, (gpointer) *at))
        g_ptr_array_add (all, (gpointer) *at);
  g_ptr_array_add (all, NULL);
  tide_subscription_filters_set (filters, SYMBOLS, (const char *const *) all->pdata);
  tide_subscription_filters_set (filters, KINDS, kinds);
  return filters;
}

/* Makes the watchlists as they are to be, one for each kind; %NULL when they are over a
 * limit. */
static GPtrArray *
plan_watchlists (TideSubscriptionManager *self,
                 const TideSubscriptionRequest *request,
                 const char *const *symbols,
                 const char *const *kinds,
                 GError **error)
{
  const GPtrArray *kept = tide_known_user_get (self, request->user.slot)->kept;
  g_autoptr (GPtrArray) plans =
      g_ptr_array_new_with_free_func ((GDestroyNotify) tide_subscription_filters_free);
  guint n_more = 0;
  guint n_more_values = 0;

  for (guint i = 0; kinds[i] != NULL; i++)
    {
      const TideUserSubscription *old = find_watchlist (kept, kinds[i]);
      TideSubscriptionFilters *filters = make_filters (old, kinds[i], symbols);
      guint n = count (tide_subscription_filters_get (filters, SYMBOLS));

      g_ptr_array_add (plans, filters);
      if (n > self->settings.max_tickers)
        {
          g_set_error (error,
                       TIDE_ERROR,
                       TIDE_ERROR_LIMIT_EXCEEDED,
                       "a watchlist can have %u symbols; nothing was changed",
                       self->settings.max_tickers);
          return NULL;
        }
      n_more += old == NULL;
      /* The kind itself is a value too. */
      n_more_values += n + 1;
      if (old != NULL)
        n_more_values -= tide_subscription_index_count_values (old->entry);
    }
  if (!tide_user_subscriptions_check_limits (self, request, n_more, n_more_values, error))
    return NULL;
  return g_steal_pointer (&plans);
}

/* Adds symbols to the user's watchlists for some kinds of events, to all or to none. */
gboolean
tide_watchlist_add (TideSubscriptionManager *self,
                    const TideSubscriptionRequest *request,
                    const char *const *symbols,
                    const char *const *kinds,
                    GError **error)
{
  static const char *const needed[] = { SYMBOLS, KINDS, NULL };
  g_autoptr (GPtrArray) plans = NULL;

  if (!tide_known_user_check (self, request->user, error) ||
      !check_routes (self, WATCHLIST, needed, error))
    return FALSE;
  if (*symbols == NULL)
    return TRUE;
  plans = plan_watchlists (self, request, symbols, kinds, error);
  if (plans == NULL)
    return FALSE;
  for (guint i = 0; kinds[i] != NULL; i++)
    {
      TideSubscriptionRequest one = { .user = request->user,
                                      .connection_id = request->connection_id,
                                      .type = WATCHLIST,
                                      .filters = g_ptr_array_index (plans, i) };
      TideUserSubscription *old =
          find_watchlist (tide_known_user_get (self, request->user.slot)->kept, kinds[i]);

      if (old != NULL)
        tide_user_subscriptions_change (self, request->user, old, one.filters);
      else
        tide_user_subscriptions_add (self, &one);
    }
  return TRUE;
}

/* Takes a symbol out of one subscription; gives whether that is there no more. */
static gboolean
take_symbol (TideSubscriptionManager *self,
             TideUserRef user,
             TideUserSubscription *subscription,
             const char *symbol)
{
  const char *const *symbols =
      tide_subscription_filters_get (subscription->filters, SYMBOLS);
  g_autoptr (TideSubscriptionFilters) filters = NULL;
  g_autoptr (GPtrArray) left = g_ptr_array_new ();

  if (symbols == NULL || !g_strv_contains (symbols, symbol))
    return FALSE;
  for (; *symbols != NULL; symbols++)
    if (!g_str_equal (*symbols, symbol))
      g_ptr_array_add (left, (gpointer) *symbols);
  if (left->len == 0)
    {
      tide_user_subscriptions_remove (self, user, subscription);
      return TRUE;
    }
  g_ptr_array_add (left, NULL);
  filters = tide_subscription_filters_copy (subscription->filters);
  tide_subscription_filters_set (filters, SYMBOLS, (const char *const *) left->pdata);
  tide_user_subscriptions_change (self, user, subscription, filters);
  return FALSE;
}

/* Takes a symbol out of all watchlists of the user. */
gboolean
tide_watchlist_remove (TideSubscriptionManager *self,
                       TideUserRef user,
                       const char *symbol,
                       GError **error)
{
  guint i = 0;

  if (!tide_known_user_check (self, user, error))
    return FALSE;
  for (;;)
    {
      const GPtrArray *kept = tide_known_user_get (self, user.slot)->kept;
      TideUserSubscription *subscription;

      if (kept == NULL || i >= kept->len)
        return TRUE;
      subscription = g_ptr_array_index (kept, i);
      if (!g_str_equal (subscription->type, WATCHLIST) ||
          !take_symbol (self, user, subscription, symbol))
        i++;
    }
}
