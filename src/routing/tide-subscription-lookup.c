/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Questions to the index. For each route there is a plan, made once, of what to compare
 * with what, so that a look-up hashes values and nothing else. */

#include "tide-subscription-index-private.h"

#include <string.h>

/* What one filter is compared with. */
typedef struct
{
  TideIndexFilter *filter; /* (unowned) */
  const char *constant;    /* (unowned) (nullable), of the route */
  int field;           /* of the event; -1 with a constant, or when there is nothing */
  TideIndexList *list; /* (unowned) (nullable), of the value, while a look-up goes on */
} Condition;

/* What a match of a route comes to: all conditions have to hold. */
typedef struct
{
  TideIndexType *type; /* (unowned) */
  GArray *conditions;  /* (owned) (element-type Condition) */
} Plan;

static void
plan_free (gpointer data)
{
  Plan *plan = data;

  g_array_unref (plan->conditions);
  g_free (plan);
}

void
tide_subscription_index_init_plans (TideSubscriptionIndex *self)
{
  self->plans = g_hash_table_new_full (
      NULL, NULL, (GDestroyNotify) tide_route_unref, (GDestroyNotify) g_ptr_array_unref);
}

/* A filter that nobody knows is in no subscription, and so is no condition. */
static Plan *
plan_new (TideIndexType *type, const TideRouteMatch *match)
{
  Plan *plan = g_new0 (Plan, 1);

  plan->type = type;
  plan->conditions = g_array_new (FALSE, FALSE, sizeof (Condition));
  for (guint i = 0; i < type->filters->len; i++)
    {
      Condition condition = { g_ptr_array_index (type->filters, i), NULL, -1, NULL };
      gboolean is_paired = FALSE;

      for (guint j = 0; j < match->filters->len; j++)
        {
          TideRouteFilter *pair = &g_array_index (match->filters, TideRouteFilter, j);

          if (!g_str_equal (pair->filter, condition.filter->name))
            continue;
          condition.constant = pair->constant;
          condition.field = pair->constant != NULL ? -1 : pair->field;
          g_array_append_val (plan->conditions, condition);
          is_paired = TRUE;
        }
      if (!is_paired)
        g_array_append_val (plan->conditions, condition);
    }
  return plan;
}

static GPtrArray *
get_plans (TideSubscriptionIndex *self, TideRoute *route)
{
  GPtrArray *plans = g_hash_table_lookup (self->plans, route);

  if (plans != NULL)
    return plans;
  plans = g_ptr_array_new_with_free_func (plan_free);
  for (guint i = 0; i < route->matches->len; i++)
    {
      const TideRouteMatch *match = g_ptr_array_index (route->matches, i);
      TideIndexType *type = tide_subscription_index_find_type (self, match->type);

      if (type != NULL)
        g_ptr_array_add (plans, plan_new (type, match));
    }
  g_hash_table_insert (self->plans, tide_route_ref (route), plans);
  return plans;
}

static TideIndexList *
find_list (const Condition *condition, const TideEvent *event)
{
  const TideEventValue *value;

  if (condition->constant != NULL)
    return tide_index_filter_find_list (
        condition->filter, condition->constant, strlen (condition->constant));
  if (condition->field < 0)
    return NULL;
  value = &event->values[condition->field];
  return value->text != NULL
             ? tide_index_filter_find_list (condition->filter, value->text, value->length)
             : NULL;
}

/* Finds the lists of a plan's conditions, and the condition that fewest subscriptions
 * hold; %NULL when there is no condition. */
static const Condition *
find_narrowest (Plan *plan, const TideEvent *event)
{
  const Condition *narrowest = NULL;
  guint64 n_narrowest = G_MAXUINT64;

  for (guint i = 0; i < plan->conditions->len; i++)
    {
      Condition *condition = &g_array_index (plan->conditions, Condition, i);
      guint64 n = condition->filter->all.n_entries;

      condition->list = find_list (condition, event);
      if (condition->list != NULL)
        n += condition->list->n_entries;
      if (n >= n_narrowest)
        continue;
      narrowest = condition;
      n_narrowest = n;
    }
  return narrowest;
}

static gboolean
holds (const Condition *condition, const TideSubscription *subscription)
{
  return (condition->list != NULL &&
          tide_subscription_find_term (subscription, condition->list) != NULL) ||
         tide_subscription_find_term (subscription, &condition->filter->all) != NULL;
}

/* Adds the users of a list for whom the conditions other than @known hold too. */
static void
add_matching (const Plan *plan,
              const Condition *known,
              const TideIndexList *list,
              TideSlotSet *found)
{
  guint n_others = plan->conditions->len - (known != NULL);

  for (guint32 i = 0; i < list->n_entries; i++)
    {
      const TideIndexEntry *entry = &list->entries[i];
      guint j;

      if (n_others == 0)
        {
          tide_slot_set_add (found, entry->slot);
          continue;
        }
      if (tide_slot_set_contains (found, entry->slot))
        continue;
      for (j = 0; j < plan->conditions->len; j++)
        {
          const Condition *condition = &g_array_index (plan->conditions, Condition, j);

          if (condition != known && !holds (condition, entry->subscription))
            break;
        }
      if (j == plan->conditions->len)
        tide_slot_set_add (found, entry->slot);
    }
}

/**
 * tide_subscription_index_lookup:
 * @self: an index
 * @event: an event
 * @found: where to add the users, by their slots
 *
 * Finds the users who have a subscription that matches the event, by one of its route's
 * matches. Costs as much as the shortest list of subscriptions that all who match are in.
 */
void
tide_subscription_index_lookup (TideSubscriptionIndex *self,
                                const TideEvent *event,
                                TideSlotSet *found)
{
  GPtrArray *plans = get_plans (self, event->route);

  for (guint i = 0; i < plans->len; i++)
    {
      Plan *plan = g_ptr_array_index (plans, i);
      const Condition *narrowest = find_narrowest (plan, event);

      if (narrowest == NULL)
        {
          add_matching (plan, NULL, &plan->type->all, found);
          continue;
        }
      add_matching (plan, narrowest, &narrowest->filter->all, found);
      if (narrowest->list != NULL)
        add_matching (plan, narrowest, narrowest->list, found);
    }
}

static gboolean
has_subscription (const Plan *plan, guint32 slot)
{
  return slot < plan->type->n_of_user->len &&
         g_array_index (plan->type->n_of_user, guint32, slot) > 0;
}

static gboolean
has_any_subscription (const GPtrArray *plans, guint32 slot)
{
  for (guint i = 0; i < plans->len; i++)
    if (has_subscription (g_ptr_array_index (plans, i), slot))
      return TRUE;
  return FALSE;
}

/**
 * tide_subscription_index_find_others:
 * @self: an index
 * @route: a route
 * @slots: (array length=n_slots): users
 * @n_slots: how many
 * @found: where to add those of them who have no subscription of the route's types
 *
 * Finds the users who have not asked for anything of what the route matches, whatever
 * their filters.
 *
 * Returns: %FALSE when nobody has, in @slots or not; nothing was added then
 */
gboolean
tide_subscription_index_find_others (TideSubscriptionIndex *self,
                                     TideRoute *route,
                                     const guint32 *slots,
                                     guint n_slots,
                                     TideSlotSet *found)
{
  const GPtrArray *plans = get_plans (self, route);
  gboolean has_users = FALSE;

  for (guint i = 0; i < plans->len && !has_users; i++)
    has_users = ((Plan *) g_ptr_array_index (plans, i))->type->n_users > 0;
  if (!has_users)
    return FALSE;
  for (guint i = 0; i < n_slots; i++)
    if (!has_any_subscription (plans, slots[i]))
      tide_slot_set_add (found, slots[i]);
  return TRUE;
}

/**
 * tide_subscription_index_has_type:
 * @self: an index
 * @type: a type's name
 *
 * Returns: whether there is such a type of subscriptions
 */
gboolean
tide_subscription_index_has_type (TideSubscriptionIndex *self, const char *type)
{
  return tide_subscription_index_find_type (self, type) != NULL;
}

/**
 * tide_subscription_index_has_filter:
 * @self: an index
 * @type: a type's name
 * @filter: a filter's name
 *
 * Returns: whether subscriptions of the type can have the filter
 */
gboolean
tide_subscription_index_has_filter (TideSubscriptionIndex *self,
                                    const char *type,
                                    const char *filter)
{
  TideIndexType *found = tide_subscription_index_find_type (self, type);

  return found != NULL && tide_index_type_find_filter (found, filter) != NULL;
}

static void
append_name (GString *out, const char *name)
{
  if (out->len > 0)
    g_string_append (out, ", ");
  g_string_append (out, name);
}

/**
 * tide_subscription_index_list_types:
 * @self: an index
 *
 * Returns: (transfer full): the types' names for a message, `tickers, watchlist`
 */
char *
tide_subscription_index_list_types (TideSubscriptionIndex *self)
{
  GString *out = g_string_new (NULL);

  for (guint i = 0; i < self->types->len; i++)
    append_name (out, ((TideIndexType *) g_ptr_array_index (self->types, i))->name);
  return g_string_free (out, FALSE);
}

/**
 * tide_subscription_index_list_filters:
 * @self: an index
 * @type: a type's name
 *
 * Returns: (transfer full): the names of its filters for a message, empty without any
 */
char *
tide_subscription_index_list_filters (TideSubscriptionIndex *self, const char *type)
{
  TideIndexType *found = tide_subscription_index_find_type (self, type);
  GString *out = g_string_new (NULL);

  for (guint i = 0; found != NULL && i < found->filters->len; i++)
    append_name (out, ((TideIndexFilter *) g_ptr_array_index (found->filters, i))->name);
  return g_string_free (out, FALSE);
}

/**
 * tide_subscription_index_get_n_subscriptions:
 * @self: an index
 *
 * Returns: how many subscriptions there are
 */
guint64
tide_subscription_index_get_n_subscriptions (TideSubscriptionIndex *self)
{
  return self->n_subscriptions;
}

/**
 * tide_subscription_index_get_n_entries:
 * @self: an index
 *
 * Returns: how many values all subscriptions have together
 */
guint64
tide_subscription_index_get_n_entries (TideSubscriptionIndex *self)
{
  return self->n_entries;
}
