/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Lists of subscriptions by value, and of lists by subscription. Each side knows its
 * place in the other, so that taking away moves one item on each and looks for nothing.
 */

#include "tide-array-fit.h"
#include "tide-subscription-index-private.h"

#include <string.h>

void
tide_subscription_free (TideSubscription *self)
{
  g_free (self->terms);
  g_free (self);
}

/* Finds where @list is, or would be, among sorted terms. */
static guint32
find_sorted_place (const TideSubscription *self, const TideIndexList *list)
{
  guint32 low = 0;
  guint32 high = self->n_terms;

  while (low < high)
    {
      guint32 middle = low + (high - low) / 2;

      if ((guintptr) self->terms[middle].list < (guintptr) list)
        low = middle + 1;
      else
        high = middle;
    }
  return low;
}

/* Of a counted subscription and a list the shorter one is searched. */
static TideIndexTerm *
find_counted_term (const TideSubscription *self, const TideIndexList *list)
{
  if (list->n_entries < self->n_terms)
    {
      for (guint32 i = 0; i < list->n_entries; i++)
        if (list->entries[i].subscription == self)
          return &self->terms[list->entries[i].term];
      return NULL;
    }
  for (guint32 i = 0; i < self->n_terms; i++)
    if (self->terms[i].list == list)
      return &self->terms[i];
  return NULL;
}

TideIndexTerm *
tide_subscription_find_term (const TideSubscription *self, const TideIndexList *list)
{
  if (self->counted != NULL)
    return find_counted_term (self, list);

  guint32 place = find_sorted_place (self, list);

  return place < self->n_terms && self->terms[place].list == list ? &self->terms[place]
                                                                  : NULL;
}

static void
add_term (TideSubscription *self, TideIndexList *list)
{
  if (self->n_terms == self->n_allocated)
    {
      self->n_allocated = MAX (2 * self->n_allocated, 4);
      self->terms = g_renew (TideIndexTerm, self->terms, self->n_allocated);
    }
  self->terms[self->n_terms++] = (TideIndexTerm){ .list = list, .n_holds = 1 };
}

/* Puts a subscription into the list of one of its terms. */
static void
enter_list (TideSubscriptionIndex *self, TideSubscription *subscription, guint32 term)
{
  TideIndexList *list = subscription->terms[term].list;

  if (list->n_entries == list->n_allocated)
    {
      list->n_allocated = MAX (2 * list->n_allocated, 2);
      list->entries = g_renew (TideIndexEntry, list->entries, list->n_allocated);
    }
  subscription->terms[term].place = list->n_entries;
  list->entries[list->n_entries++] =
      (TideIndexEntry){ subscription, subscription->slot, term };
  if (list->filter == NULL)
    return;
  subscription->n_values++;
  self->n_entries++;
}

/* Takes a subscription out of the list of one of its terms; the list's last one moves to
 * its place. The term is not valid any more. */
static void
leave_list (TideSubscriptionIndex *self, TideSubscription *subscription, guint32 term)
{
  TideIndexList *list = subscription->terms[term].list;
  guint32 place = subscription->terms[term].place;
  TideIndexEntry *last = &list->entries[--list->n_entries];

  last->subscription->terms[last->term].place = place;
  list->entries[place] = *last;
  if (list->filter != NULL)
    {
      subscription->n_values--;
      self->n_entries--;
    }
  if (list->filter != NULL && list->n_entries == 0)
    g_hash_table_remove (list->filter->lists, list);
  else if (list->n_entries < list->n_allocated / 4)
    {
      list->n_allocated /= 2;
      list->entries = g_renew (TideIndexEntry, list->entries, list->n_allocated);
    }
}

static void
count_of_user (TideIndexType *type, guint32 slot, int change)
{
  guint32 *n;

  if (slot >= type->n_of_user->len)
    g_array_set_size (type->n_of_user, slot + 1);
  n = &g_array_index (type->n_of_user, guint32, slot);
  type->n_users -= *n > 0;
  *n += change;
  type->n_users += *n > 0;
}

static TideSubscription *
subscription_new (TideIndexType *type, guint32 user_slot)
{
  TideSubscription *subscription = g_new0 (TideSubscription, 1);

  subscription->type = type;
  subscription->slot = user_slot;
  add_term (subscription, &type->all);
  return subscription;
}

static void
enter_all_lists (TideSubscriptionIndex *self, TideSubscription *subscription)
{
  for (guint32 i = 0; i < subscription->n_terms; i++)
    enter_list (self, subscription, i);
  count_of_user (subscription->type, subscription->slot, 1);
  self->n_subscriptions++;
}

/**
 * tide_subscription_index_new:
 * @routes: whose types and filters there are
 *
 * Returns: (transfer full): an index without subscriptions
 */
TideSubscriptionIndex *
tide_subscription_index_new (TideRouteTable *routes)
{
  TideSubscriptionIndex *self = g_new0 (TideSubscriptionIndex, 1);
  const GPtrArray *all = tide_route_table_get_routes (routes);

  self->types = g_ptr_array_new_with_free_func (tide_index_type_free);
  tide_subscription_index_init_plans (self);
  for (guint i = 0; i < all->len; i++)
    {
      TideRoute *route = g_ptr_array_index (all, i);

      for (guint j = 0; j < route->matches->len; j++)
        {
          TideRouteMatch *match = g_ptr_array_index (route->matches, j);

          tide_subscription_index_register (self, match->type, NULL);
          for (guint k = 0; k < match->filters->len; k++)
            tide_subscription_index_register (
                self,
                match->type,
                g_array_index (match->filters, TideRouteFilter, k).filter);
        }
    }
  return self;
}

/**
 * tide_subscription_index_free:
 * @self: (transfer full): an index
 *
 * Frees @self and all subscriptions in it.
 */
void
tide_subscription_index_free (TideSubscriptionIndex *self)
{
  g_hash_table_unref (self->plans);
  g_ptr_array_unref (self->types);
  g_free (self);
}

/**
 * tide_subscription_index_trim:
 * @self: an index
 * @n_slots: one more than the highest slot of a user with subscriptions
 *
 * Gives back room for users behind that.
 */
void
tide_subscription_index_trim (TideSubscriptionIndex *self, guint32 n_slots)
{
  for (guint i = 0; i < self->types->len; i++)
    {
      TideIndexType *type = g_ptr_array_index (self->types, i);

      tide_array_fit (type->n_of_user, n_slots);
    }
}

static int
compare_terms (gconstpointer a, gconstpointer b)
{
  guintptr one = (guintptr) ((const TideIndexTerm *) a)->list;
  guintptr other = (guintptr) ((const TideIndexTerm *) b)->list;

  return (one > other) - (one < other);
}

/**
 * tide_subscription_index_add:
 * @self: an index
 * @user_slot: a user
 * @type: a type that is known
 * @filters: filters, of those that the type has
 *
 * Adds a subscription.
 *
 * Returns: (transfer none): the subscription
 */
TideSubscription *
tide_subscription_index_add (TideSubscriptionIndex *self,
                             guint32 user_slot,
                             const char *type,
                             const TideSubscriptionFilters *filters)
{
  TideIndexType *found = tide_subscription_index_find_type (self, type);
  TideSubscription *subscription;

  g_return_val_if_fail (found != NULL, NULL);

  subscription = subscription_new (found, user_slot);
  for (guint i = 0; i < found->filters->len; i++)
    {
      TideIndexFilter *filter = g_ptr_array_index (found->filters, i);
      const char *const *values = tide_subscription_filters_get (filters, filter->name);

      if (values == NULL)
        add_term (subscription, &filter->all);
      for (; values != NULL && *values != NULL; values++)
        add_term (subscription, tide_index_filter_get_list (filter, *values));
    }
  subscription->n_allocated = subscription->n_terms;
  subscription->terms =
      g_renew (TideIndexTerm, subscription->terms, subscription->n_allocated);
  qsort (
      subscription->terms, subscription->n_terms, sizeof (TideIndexTerm), compare_terms);
  enter_all_lists (self, subscription);
  return subscription;
}

/**
 * tide_subscription_index_add_counted:
 * @self: an index
 * @user_slot: a user
 * @type: a type that is known
 * @filter: one of its filters
 *
 * Adds a subscription whose values in @filter come and go; as long as it has none there
 * it matches nothing.
 *
 * Returns: (transfer none): the subscription
 */
TideSubscription *
tide_subscription_index_add_counted (TideSubscriptionIndex *self,
                                     guint32 user_slot,
                                     const char *type,
                                     const char *filter)
{
  TideIndexType *found = tide_subscription_index_find_type (self, type);
  TideSubscription *subscription;

  g_return_val_if_fail (found != NULL, NULL);

  subscription = subscription_new (found, user_slot);
  subscription->counted = tide_index_type_find_filter (found, filter);
  for (guint i = 0; i < found->filters->len; i++)
    {
      TideIndexFilter *other = g_ptr_array_index (found->filters, i);

      if (other != subscription->counted)
        add_term (subscription, &other->all);
    }
  enter_all_lists (self, subscription);
  return subscription;
}

/**
 * tide_subscription_index_hold:
 * @self: an index
 * @subscription: a counted subscription
 * @value: a value for its filter
 *
 * Lets the subscription have the value, or have it once more.
 *
 * Returns: (transfer none): the index's own copy of @value, valid until it is released as
 *   often as it was held, by whomever
 */
const char *
tide_subscription_index_hold (TideSubscriptionIndex *self,
                              TideSubscription *subscription,
                              const char *value)
{
  TideIndexList *list = tide_index_filter_get_list (subscription->counted, value);
  TideIndexTerm *term = tide_subscription_find_term (subscription, list);

  if (term != NULL)
    {
      term->n_holds++;
      return list->value;
    }
  add_term (subscription, list);
  enter_list (self, subscription, subscription->n_terms - 1);
  return list->value;
}

static TideIndexTerm *
find_held (const TideSubscription *subscription, const char *value)
{
  TideIndexList *list =
      tide_index_filter_find_list (subscription->counted, value, strlen (value));

  return list != NULL ? tide_subscription_find_term (subscription, list) : NULL;
}

/**
 * tide_subscription_index_get_n_holds:
 * @subscription: a counted subscription
 * @value: a value
 *
 * Returns: how often the subscription has the value
 */
guint
tide_subscription_index_get_n_holds (const TideSubscription *subscription,
                                     const char *value)
{
  const TideIndexTerm *term = find_held (subscription, value);

  return term != NULL ? term->n_holds : 0;
}

/**
 * tide_subscription_index_release:
 * @self: an index
 * @subscription: a counted subscription
 * @value: a value
 *
 * Lets the subscription have the value once less.
 *
 * Returns: %FALSE when it did not have it
 */
gboolean
tide_subscription_index_release (TideSubscriptionIndex *self,
                                 TideSubscription *subscription,
                                 const char *value)
{
  TideIndexTerm *term = find_held (subscription, value);
  TideIndexTerm *last;

  if (term == NULL)
    return FALSE;
  if (--term->n_holds > 0)
    return TRUE;
  leave_list (self, subscription, term - subscription->terms);
  last = &subscription->terms[--subscription->n_terms];
  if (term == last)
    return TRUE;
  *term = *last;
  term->list->entries[term->place].term = term - subscription->terms;
  return TRUE;
}

/**
 * tide_subscription_index_count_values:
 * @subscription: a subscription
 *
 * Returns: how many different values it has
 */
guint
tide_subscription_index_count_values (const TideSubscription *subscription)
{
  return subscription->n_values;
}

/**
 * tide_subscription_index_remove:
 * @self: an index
 * @subscription: (transfer full): a subscription
 *
 * Removes a subscription, in constant time for each of its values.
 */
void
tide_subscription_index_remove (TideSubscriptionIndex *self,
                                TideSubscription *subscription)
{
  for (guint32 i = 0; i < subscription->n_terms; i++)
    leave_list (self, subscription, i);
  count_of_user (subscription->type, subscription->slot, -1);
  self->n_subscriptions--;
  tide_subscription_free (subscription);
}
