/* SPDX-License-Identifier: LGPL-2.1-or-later */

/* Why an event is for a user, or is not, by what the user has asked for. It looks at one
 * user's subscriptions, where a look-up looks at all of a value. */

#include "tide-subscription-index-private.h"
#include "tide-subscription-manager-private.h"

#include <string.h>

/* What is compared with a filter. */
typedef struct
{
  const char *text; /* (nullable): the event has nothing there */
  gsize length;
} Wanted;

static Wanted
get_wanted (const TideRouteFilter *pair, const TideEvent *event)
{
  const TideEventValue *value;

  if (pair->constant != NULL)
    return (Wanted){ pair->constant, strlen (pair->constant) };
  value = &event->values[pair->field];
  return (Wanted){ value->text, value->length };
}

static gboolean
accepts_all (const TideSubscription *subscription, const TideIndexFilter *filter)
{
  return tide_subscription_find_term (subscription, &filter->all) != NULL;
}

static gboolean
accepts (const TideSubscription *subscription, TideIndexFilter *filter, Wanted wanted)
{
  TideIndexList *list =
      wanted.text != NULL
          ? tide_index_filter_find_list (filter, wanted.text, wanted.length)
          : NULL;

  return list != NULL && tide_subscription_find_term (subscription, list) != NULL;
}

static void
append_text (GString *out, Wanted wanted)
{
  g_autofree char *text = g_utf8_make_valid (wanted.text, wanted.length);

  g_string_append (out, text);
}

static void
write_failure (GString *out,
               const TideIndexType *type,
               const TideIndexFilter *filter,
               Wanted wanted)
{
  g_string_printf (out, "filter %s of %s ", filter->name, type->name);
  if (wanted.text == NULL)
    {
      g_string_append (out, "is set, and the event has nothing there");
      return;
    }
  g_string_append (out, "has not ");
  append_text (out, wanted);
}

static void
write_match (GString *out,
             const TideIndexType *type,
             const TideIndexFilter *filter,
             Wanted wanted)
{
  if (g_str_equal (type->name, TIDE_TICKERS))
    g_string_assign (out, "ticker ");
  else
    g_string_append_printf (
        out, "%s%s=", strchr (out->str, ':') == NULL ? ": " : ", ", filter->name);
  append_text (out, wanted);
}

/* Compares one filter with what a route pairs with it, which may be several fields. */
static gboolean
check_filter (const TideSubscription *subscription,
              const TideRouteMatch *match,
              TideIndexFilter *filter,
              const TideEvent *event,
              GString *out)
{
  gboolean is_paired = FALSE;

  if (accepts_all (subscription, filter))
    return TRUE;
  for (guint i = 0; i < match->filters->len; i++)
    {
      const TideRouteFilter *pair = &g_array_index (match->filters, TideRouteFilter, i);
      Wanted wanted;

      if (!g_str_equal (pair->filter, filter->name))
        continue;
      is_paired = TRUE;
      wanted = get_wanted (pair, event);
      if (!accepts (subscription, filter, wanted))
        {
          write_failure (out, subscription->type, filter, wanted);
          return FALSE;
        }
      write_match (out, subscription->type, filter, wanted);
    }
  if (!is_paired)
    write_failure (out, subscription->type, filter, (Wanted){ NULL, 0 });
  return is_paired;
}

static gboolean
check_subscription (const TideSubscription *subscription,
                    const TideRouteMatch *match,
                    const TideEvent *event,
                    GString *out)
{
  const TideIndexType *type = subscription->type;

  g_string_printf (out, "subscription %s", type->name);
  for (guint i = 0; i < type->filters->len; i++)
    if (!check_filter (
            subscription, match, g_ptr_array_index (type->filters, i), event, out))
      return FALSE;
  return TRUE;
}

static void
write_types (const TideRoute *route, GString *out)
{
  g_string_assign (out, "no subscription of ");
  for (guint i = 0; i < route->matches->len; i++)
    {
      const TideRouteMatch *match = g_ptr_array_index (route->matches, i);

      g_string_append_printf (out, "%s%s", i > 0 ? " or " : "", match->type);
    }
}

/**
 * tide_subscription_manager_explain:
 * @self: a manager
 * @event: an event
 * @slot: a user, by a slot that somebody holds
 * @text: (out) (transfer full): why it is, or is not: `ticker AAPL`, or `filter symbols
 * of pattern_alert has not AAPL`
 *
 * Compares an event with all that one user has asked for.
 *
 * Returns: whether tide_subscription_manager_find_subscribers() would add the user
 */
gboolean
tide_subscription_manager_explain (TideSubscriptionManager *self,
                                   const TideEvent *event,
                                   guint32 slot,
                                   char **text)
{
  const TideRoute *route = event->route;
  g_autoptr (GPtrArray) asked = g_ptr_array_new ();
  GString *out = g_string_new (NULL);
  gboolean has_type = FALSE;
  gboolean is_match = FALSE;

  if (slot < self->known->len)
    {
      const TideKnownUser *user = tide_known_user_get (self, slot);

      if (user->tickers != NULL)
        g_ptr_array_add (asked, user->tickers);
      for (guint i = 0; user->kept != NULL && i < user->kept->len; i++)
        g_ptr_array_add (
            asked, ((TideUserSubscription *) g_ptr_array_index (user->kept, i))->entry);
    }
  for (guint i = 0; i < route->matches->len && !is_match; i++)
    for (guint j = 0; j < asked->len && !is_match; j++)
      {
        const TideRouteMatch *match = g_ptr_array_index (route->matches, i);
        const TideSubscription *subscription = g_ptr_array_index (asked, j);

        if (!g_str_equal (subscription->type->name, match->type))
          continue;
        has_type = TRUE;
        is_match = check_subscription (subscription, match, event, out);
      }
  if (!has_type)
    write_types (route, out);
  *text = g_string_free (out, FALSE);
  return is_match;
}
